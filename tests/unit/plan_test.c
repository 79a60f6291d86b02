/* plan_test.c: the steps of an incident: the data file, their order, who comes first. */
#include "wallet/plan.h"

#include "tests/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static struct plan_defs *
shipped(void)
{
	AUTO(auto_close) int dir = open("data", O_RDONLY | O_DIRECTORY);
	struct plan_defs *p = NULL;
	struct err e = { .rc = OK };

	if (plan_defs_load(&p, dir, &e) != OK)
		printf("# %s\n", e.what);
	return p;
}

static void
test_shipped(void)
{
	AUTO(plan_defs_free) struct plan_defs *p = shipped();
	bool confirmed = true, both = true;
	unsigned kinds = 0;

	ok(p != NULL, "the shipped steps are read");
	for (size_t i = 0; p != NULL && i < plan_defs_count(p); i++) {
		const struct plan_def *d = plan_defs_at(p, i);

		confirmed = confirmed && d->fact.status == DATA_CONFIRMED && d->fact.source[0] != '\0';
		both = both && d->en[0] != '\0' && d->zh[0] != '\0' && strcmp(d->en, d->zh) != 0;
		kinds |= d->kinds;
	}
	ok(confirmed, "every step has a source and is confirmed");
	ok(both, "every step is there in both languages");
	ok(kinds == (1U << INCIDENT_KIND_COUNT) - 1, "every kind of incident has steps");
	ok(p != NULL && plan_def(p, "report")->ref && !plan_def(p, "stop")->ref, "a report wants a reference number");
}

/* "stop:2 report:2 ..." */
static void
words(struct buf *out, const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		buf_addf(out, "%s%s:%lld", i > 0 ? " " : "", p->step[i].def->key, (long long)p->step[i].account);
}

static const char two_steps[] =
    "step: stop\nwhen: unauthorised\nfor: account\nphase: 20\nen: a\nzh: b\nsource: s\nchecked: 2026-11-21\nstatus: confirmed\n\n"
    "step: mailbox\nwhen: unauthorised\nfor: mailbox\nphase: 10\nen: a\nzh: b\nsource: s\nchecked: 2026-11-21\nstatus: confirmed\n\n"
    "step: end\nwhen: unauthorised\nfor: once\nphase: 90\nen: a\nzh: b\nsource: s\nchecked: 2026-11-21\nstatus: confirmed\n\n"
    "step: thaw\nwhen: unauthorised\nfor: frozen-store\nphase: 91\nen: a\nzh: b\nsource: s\nchecked: 2026-11-21\nstatus: confirmed\n";

static struct plan_defs *
parse(const char *text, struct err *e)
{
	struct plan_defs *p = NULL;
	BUF b = { .max = 1 << 16 };

	buf_adds(&b, text);
	return plan_defs_parse(&p, &b, "steps", e) == OK ? p : NULL;
}

static bool
order_is(const struct plan_in *in, const char *want)
{
	struct err e = { .rc = OK };
	AUTO(plan_defs_free) struct plan_defs *d = parse(two_steps, &e);
	AUTO(plan_free) struct plan p = { .n = 0 };
	BUF got = { .max = 4096 };

	if (d == NULL || plan_make(d, in, &p, &e) != OK)
		return false;
	words(&got, &p);
	if (strcmp(buf_str(&got), want) == 0)
		return true;
	printf("# got  %s\n# want %s\n", buf_str(&got), want);
	return false;
}

#define ACCOUNT(i, n, c, k, sv, sec) { .id = (i), .name = (n), .class = (c), .controls = (k), .saving = (sv), .seconds = (sec) }

static void
test_order(void)
{
	const struct plan_account equal[] = { ACCOUNT(1, "b", CLASS_WALLET, 0, 8, -1), ACCOUNT(2, "a", CLASS_WALLET, 0, 8, -1) };
	const struct plan_account savable[] = { ACCOUNT(1, "a", CLASS_WALLET, 0, 2, 60), ACCOUNT(2, "b", CLASS_BANK, 0, 0, -1) };
	const struct plan_account pace[] = { ACCOUNT(1, "a", CLASS_WALLET, 0, 2, -1), ACCOUNT(2, "b", CLASS_BANK, 0, 2, 7200),
		ACCOUNT(3, "c", CLASS_BANK, 0, 2, 60) };
	const struct plan_account resets[] = { ACCOUNT(1, "a", CLASS_WALLET, 0, 0, 5), ACCOUNT(2, "m", CLASS_MAILBOX, 1, 8, -1) };
	const struct plan_account alone[] = { ACCOUNT(1, "a", CLASS_WALLET, 0, 0, 5), ACCOUNT(2, "m", CLASS_MAILBOX, 0, 8, -1) };
	const struct plan_account more[] = { ACCOUNT(1, "z", CLASS_WALLET, 0, 0, 5), ACCOUNT(2, "a", CLASS_MAILBOX, 1, 0, 1),
		ACCOUNT(3, "b", CLASS_MAILBOX, 2, 8, -1) };
	struct plan_in in = { .kind = INCIDENT_UNAUTHORISED, .mailbox = true, .n = 2, .a = equal };

	ok(order_is(&in, "stop:2 stop:1 end:0"), "nothing tells them apart: by name");
	in.a = savable;
	ok(order_is(&in, "stop:2 stop:1 end:0"), "money that can be stopped comes before money that can be disputed, however fast");
	in.a = pace;
	in.n = 3;
	ok(order_is(&in, "stop:3 stop:2 stop:1 end:0"), "empty sooner comes sooner; an unknown pace last");
	in.a = resets;
	in.n = 2;
	ok(order_is(&in, "mailbox:2 stop:1 end:0"), "a mailbox that resets a wallet of it comes first");
	in.a = more;
	in.n = 3;
	ok(order_is(&in, "mailbox:3 mailbox:2 stop:1 end:0"), "what resets more comes sooner, whatever money is at stake");
	in.a = alone;
	in.n = 2;
	ok(order_is(&in, "stop:1 mailbox:2 end:0"), "one that resets nothing of it comes after the wallet");
	in.mailbox = false;
	in.n = 1;
	ok(order_is(&in, "mailbox:0 stop:1 end:0"), "everybody has a mailbox: one that is not entered comes first too");
	in.frozen = true;
	ok(order_is(&in, "mailbox:0 stop:1 end:0 thaw:0"), "while the store is frozen there is a step to thaw");
	in.kind = INCIDENT_PHISHING;
	ok(order_is(&in, ""), "a kind that no step is for has none");
}

static void
test_bad(void)
{
	static const struct { const char *from, *to, *word; } bad[] = { { "phase: 20", "phase: 0", "phase" },
		{ "phase: 20", "phase: 100", "phase" }, { "when: unauthorised", "when: theft", "when" },
		{ "for: account", "for: everybody", "for" }, { "status: confirmed", "status: confirmed-2nd", "status" },
		{ "status: confirmed", "status: unconfirmed", "status" }, { "step: stop", "step: Stop it", "step" },
		{ "step: end", "step: stop", "step" }, { "en: a", "en: a\nsay-en: x", "step" }, { "en: a", "en: a\nref: no", "ref" },
		{ "en: a", "en: a\nchannels: pigeon", "channels" }, { "zh: b\n", "", "zh" }, { "source: s\n", "", "source" } };

	for (size_t i = 0; i < COUNTOF(bad); i++) {
		struct err e = { .rc = OK };
		const char *at = strstr(two_steps, bad[i].from);
		AUTO(plan_defs_free) struct plan_defs *p = NULL;
		BUF text = { .max = 1 << 16 };

		buf_add(&text, two_steps, (size_t)(at - two_steps));
		buf_adds(&text, bad[i].to);
		buf_adds(&text, at + strlen(bad[i].from));
		p = parse(buf_str(&text), &e);
		ok(p == NULL && e.rc == E_INPUT && strncmp(e.what, "steps:", 6) == 0 && strstr(e.what, bad[i].word) != NULL,
		    "refused, with file, line and key: %s %zu", bad[i].word, i);
	}
}

static void
test_words(void)
{
	enum incident_kind k;
	bool same = true;
	int64_t id = 0;

	for (unsigned i = 0; i < INCIDENT_KIND_COUNT; i++)
		same = same && incident_kind_from(incident_kind_name((enum incident_kind)i), &k) && k == (enum incident_kind)i;
	ok(same, "every kind is read as it is written");
	ok(incident_kind_from("unauthorized", &k) && k == INCIDENT_UNAUTHORISED && !incident_kind_from("theft", &k),
	    "both spellings; no other word");
	ok(incident_id_parse("I12", &id) && id == 12 && incident_id_parse("i3", &id) && id == 3 && incident_id_parse("7", &id) &&
	    id == 7 && !incident_id_parse("I0", &id) && !incident_id_parse("I", &id) && !incident_id_parse("I-1", &id) &&
	    !incident_id_parse("I99999999999999999999", &id) && id == 7, "IDs");
	ok(told_by_ok("web") && told_by_ok("person") && !told_by_ok("pigeon") && !told_by_ok(""), "ways of telling");
}

static void
test_severity(void)
{
	const struct severity_facts calm = { .money_moved = false }, moved = { .money_moved = true },
		now = { .money_moved = true, .recent = true }, mailbox = { .controls_others = true };

	ok(incident_severity(INCIDENT_PAYMENT_FAILED, &now) == SEVERITY_LOW, "one payment that failed: low");
	ok(incident_severity(INCIDENT_BALANCE_WRONG, &calm) == SEVERITY_MEDIUM, "sums that do not fit: medium");
	ok(incident_severity(INCIDENT_UNAUTHORISED, &moved) == SEVERITY_HIGH, "somebody else's payment: high");
	ok(incident_severity(INCIDENT_UNAUTHORISED, &now) == SEVERITY_CRITICAL, "... of the last two days: critical");
	ok(incident_severity(INCIDENT_PHISHING, &mailbox) == SEVERITY_CRITICAL, "what resets others is touched: critical");
}

int
main(void)
{
	test_shipped();
	test_order();
	test_bad();
	test_words();
	test_severity();
	return tap_done();
}
