/* cmd/cardlines.c: what the emergency card says, line by line; see card.h. */
#include "cmd/card.h"

#include "base/utf8.h"
#include "cmd/out.h"
#include "wallet/deadline.h"

#include <stdarg.h>
#include <string.h>

void
card_lines_free(struct card_lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->line[i].text);
	free(l->line);
	*l = (struct card_lines){ .n = 0 };
}

static void PRINTF(4, 5)
add(struct card_lines *l, enum card_style style, const char *value, const char *fmt, ...)
{
	struct card_line *more;
	BUF text = { .max = 1 << 16 };
	va_list ap;

	va_start(ap, fmt);
	out_compose(&text, fmt, ap);
	va_end(ap);
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		if ((more = realloc(l->line, l->cap * sizeof *more)) == NULL) {
			l->failed = true;
			return;
		}
		l->line = more;
	}
	if (text.failed || text.p == NULL) {
		l->failed = l->failed || text.failed;
		return;
	}
	l->line[l->n++] = (struct card_line){ style, text.p, value };
	text = (struct buf){ .p = NULL };
}

/* ---- provenance ---- */

static const char *
status_text(const struct fact *fact, bool own)
{
	if (own)
		return N_("your own entry");
	switch (fact->status) {
	case DATA_CONFIRMED: return N_("confirmed");
	case DATA_SECOND: return N_("reported by others");
	case DATA_UNCONFIRMED: break;
	}
	return N_("not confirmed");
}

void
add_provenance(struct buf *out, const struct fact *fact, bool own, int64_t now_ms)
{
	const char *status = _(status_text(fact, own));

	if (fact_stale(fact, now_ms))
		buf_addf(out, _("%s, checked on %s, older than 180 days: %s"), status, fact->checked, fact->source);
	else
		buf_addf(out, _("%s, checked on %s: %s"), status, fact->checked, fact->source);
}

static void
add_source(struct card_lines *l, const struct facts *f, const struct fact *fact, bool own)
{
	BUF text = { .max = 1 << 16 };

	add_provenance(&text, fact, own, f->now_ms);
	add(l, CARD_SOURCE, NULL, "%s", buf_str(&text));
}

/* ---- general steps ---- */

static void
general(struct card_lines *l, const struct facts *f, enum step_kind kind, const char *head, bool numbered, bool details)
{
	unsigned n = 0;

	for (size_t i = 0; f->steps != NULL && i < firststeps_count(f->steps); i++) {
		const struct first_step *st = firststeps_at(f->steps, i);

		if (st->kind != kind)
			continue;
		if (n++ == 0)
			add(l, CARD_HEAD, NULL, "%s", _(head));
		if (numbered)
			add(l, CARD_STEP, NULL, "%u %s", n, first_step_text(st, f->zh));
		else
			add(l, CARD_STEP, NULL, "- %s", first_step_text(st, f->zh));
		if (details && first_step_detail(st, f->zh)[0] != '\0')
			add(l, CARD_HINT, NULL, "%s", first_step_detail(st, f->zh));
		add_source(l, f, &st->fact, false);
	}
}

/* ---- one account ---- */

bool
card_advice_for(const struct card_sources *src, const struct advice *a)
{
	for (size_t i = 0; i < src->n; i++)
		if (advice_of(a, src->id[i]))
			return true;
	return false;
}

static const char *
kind_text(enum advice_kind k)
{
	static const char *const text[ADVICE_COUNT] = { [ADVICE_FREEZE] = N_("Stop it"), [ADVICE_REPORT] = N_("Report"),
		[ADVICE_CONTACT] = N_("Reach them"), [ADVICE_NOTICE] = N_("Tell them"), [ADVICE_STEP] = N_("Then"),
		[ADVICE_SAY] = N_("Say"), [ADVICE_NEVER] = N_("Never"), [ADVICE_KNOW] = N_("Good to know"),
		[ADVICE_DEADLINE] = N_("In time") };

	return _(text[k]);
}

const char *
way_words(const char *by)
{
	static const struct { const char *by, *text;
	} table[] = { { "app", N_("app") }, { "web", N_("web") }, { "phone", N_("phone") }, { "mail", N_("mail") },
		{ "chat", N_("chat") }, { "post", N_("letter") }, { "person", N_("in person") },
		{ "url", N_("web") }, { "address", N_("address") }, { "domain", N_("web") }, { "other", N_("other") } };

	for (size_t i = 0; i < COUNTOF(table); i++)
		if (strcmp(by, table[i].by) == 0)
			return _(table[i].text);
	return by;
}

/* "Stop it, phone (US): TEXT  +1 ..." and where that is from. What is not confirmed says so first. */
static void
advice_line(struct card_lines *l, const struct facts *f, enum provider_class class, const struct advice *a)
{
	BUF head = { .max = 4096 };
	const char *value = a->value[0] != '\0' ? a->value : NULL;

	buf_adds(&head, class == CLASS_MAILBOX && a->kind == ADVICE_FREEZE ? _("Secure it") : kind_text(a->kind));
	if (a->by[0] != '\0')
		buf_addf(&head, "%s%s", f->zh ? "，" : ", ", way_words(a->by));
	for (size_t i = 0; i < a->places; i++)
		buf_addf(&head, "%s%s%s", i == 0 ? " (" : " ", a->place[i], i + 1 == a->places ? ")" : "");
	if (a->kind == ADVICE_DEADLINE) {
		buf_adds(&head, f->zh ? "，" : ", ");
		deadline_rule_of(&head, a);
	}
	if (advice_instructs(a))
		add(l, CARD_DO, value, "%s%s%s%s%s", buf_str(&head), f->zh ? "：" : ": ", advice_text(a, f->zh),
		    value ? "  " : "", value ? value : "");
	else if (a->fact.status == DATA_SECOND)
		add(l, CARD_CHECK, NULL, _("Reported, check yourself: %s: %s%s%s"), buf_str(&head),
		    advice_text(a, f->zh), value ? "  " : "", value ? value : "");
	else
		add(l, CARD_CHECK, NULL, _("Not confirmed, check yourself: %s: %s"), buf_str(&head),
		    advice_text(a, f->zh));
	add_source(l, f, &a->fact, a->own);
}

void
card_lines_advice(struct card_lines *l, const struct facts *f, const struct advice *a)
{
	const struct provider *q = providers_find(f->providers, a->of[0]);

	advice_line(l, f, q != NULL ? q->class : CLASS_WALLET, a);
}

/* All advice of these kinds that instructs, or all that does not. Returns how many. */
static unsigned
advices(struct card_lines *l, const struct facts *f, const struct card_sources *src, enum advice_kind from,
    enum advice_kind to, bool instructs)
{
	unsigned n = 0;

	for (unsigned k = from; k <= to; k++)
		for (size_t i = 0; i < advice_count(f->providers); i++) {
			const struct advice *a = advice_at(f->providers, i);

			if (a->kind != k || !card_advice_for(src, a) || advice_instructs(a) != instructs)
				continue;
			advice_line(l, f, src->class, a);
			n++;
		}
	return n;
}

static void
add_list(struct buf *out, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "", v[i]);
}

/* "2 paypal    PayPal, m...e@mail.example    can reset: wise"; number 0: without */
static void
account_head(struct card_lines *l, const struct facts *f, const struct card_account *a, unsigned number)
{
	const struct provider *q = a->provider[0] != '\0' ? providers_find(f->providers, a->provider) : NULL;
	BUF text = { .max = 1 << 16 }, list = { .max = 1 << 16 };

	if (number > 0)
		buf_addf(&text, "%u ", number);
	buf_adds(&text, a->name);
	if (a->provider[0] != '\0')
		buf_addf(&text, "    %s", q != NULL ? provider_name(q, f->zh) : a->provider);
	if (a->login[0] != '\0')
		buf_addf(&text, "%s%s", a->provider[0] != '\0' ? ", " : "    ", a->login);
	if (a->controls > 0) {
		add_list(&list, a->control, a->controls);
		buf_adds(&text, "    ");
		buf_addf(&text, _("can reset: %s"), buf_str(&list));
	}
	add(l, CARD_ACCOUNT, NULL, "%s", buf_str(&text));
}

static void
own_lines(struct card_lines *l, const struct card_account *a)
{
	if (a->url[0] != '\0')
		add(l, CARD_DO, a->url, _("Your own entry, web: %s"), a->url);
	for (size_t i = 0; i < a->contacts; i++)
		add(l, CARD_DO, a->contact[i].value, _("Your own entry of %s, %s: %s"), a->contact[i].on,
		    way_words(a->contact[i].kind), a->contact[i].value);
}

static void
account_lines(struct card_lines *l, const struct facts *f, const struct card_account *a, unsigned number, bool brief)
{
	struct card_sources src;
	unsigned n;

	card_sources(&src, f->providers, a);
	account_head(l, f, a, number);
	if (a->way_in[0] != '\0')
		add(l, CARD_HINT, NULL, _("way in: %s"), a->way_in);
	else if (!brief)
		add(l, CARD_HINT, NULL, _("way in without purser: not said yet (purser account edit %s --way-in TEXT)"),
		    a->name);
	n = advices(l, f, &src, ADVICE_FREEZE, ADVICE_REPORT, true);
	if (!brief || n == 0)
		n += advices(l, f, &src, ADVICE_CONTACT, ADVICE_CONTACT, true);
	own_lines(l, a);
	if (n == 0 && a->contacts == 0)
		add(l, CARD_HINT, NULL, "%s", _("purser knows no confirmed channel: take number or address from your own "
						"papers, never from a search or a message"));
	if (!brief || n == 0)
		(void)advices(l, f, &src, ADVICE_FREEZE, ADVICE_CONTACT, false);
	if (brief)
		return;
	(void)advices(l, f, &src, ADVICE_NOTICE, ADVICE_KNOW, true);
	(void)advices(l, f, &src, ADVICE_NOTICE, ADVICE_KNOW, false);
}

size_t
card_generic(const char *id[2], const struct facts *f, const struct card *c, size_t *at)
{
	static const struct { const char *id; enum provider_class class;
	} first[] = { { "mailbox", CLASS_MAILBOX }, { "sim", CLASS_SIM } };
	struct card_sources src;
	size_t n = 0;

	for (size_t k = 0; k < COUNTOF(first); k++) {
		bool there = providers_find(f->providers, first[k].id) == NULL;

		for (size_t i = 0; i < c->n && !there; i++) {
			card_sources(&src, f->providers, &c->a[i]);
			there = src.class == first[k].class;
		}
		if (!there)
			id[n++] = first[k].id;
	}
	for (*at = 0; *at < c->n; ++*at) {
		card_sources(&src, f->providers, &c->a[*at]);
		if (src.class != CLASS_MAILBOX && src.class != CLASS_SIM && c->a[*at].controls == 0)
			break;
	}
	return n;
}

/* ---- by when they have to be told ---- */

/* About how long it is, to tell the shorter of two. */
static unsigned
length_of(const struct advice *a)
{
	static const unsigned hours[] = { 1, 24, 24, 30 * 24 };

	return a->period * hours[a->unit];
}

/* Does it limit what an account of the card has to tell somewhere, counted from what happened? */
static bool
clock_of(const struct facts *f, const struct card *c, const struct advice *a)
{
	struct deadline_input in = { .providers = f->providers };
	struct card_sources src;

	if (a->kind != ADVICE_DEADLINE || !advice_instructs(a) || strcmp(a->who, "you") != 0 ||
	    strncmp(a->duty, "report", 6) != 0)
		return false;
	for (size_t i = 0; i < c->n; i++) {
		struct deadline_account acct = { .country = "" };

		card_sources(&src, f->providers, &c->a[i]);
		acct.sources = src.n;
		acct.class = src.class;
		for (size_t k = 0; k < src.n; k++)
			acct.source[k] = src.id[k];
		if (deadline_applies(&in, a, &acct, a->places > 0 ? a->place[0] : ""))
			return true;
	}
	return false;
}

static const char *
place_of(const struct advice *a)
{
	return a->places > 0 ? a->place[0] : "";
}

/* The shortest of each country: which one an account is in stands in the ledger, not on the card. */
static void
clocks(struct card_lines *l, const struct facts *f, const struct card *c)
{
	bool head = false;

	for (size_t i = 0; i < advice_count(f->providers); i++) {
		const struct advice *a = advice_at(f->providers, i);
		bool shortest = clock_of(f, c, a);

		for (size_t k = 0; k < advice_count(f->providers) && shortest; k++) {
			const struct advice *b = advice_at(f->providers, k);

			shortest = k == i || strcmp(place_of(a), place_of(b)) != 0 || !clock_of(f, c, b) ||
			    length_of(a) < length_of(b) || (length_of(a) == length_of(b) && i < k);
		}
		if (!shortest)
			continue;
		if (!head)
			add(l, CARD_HEAD, NULL, "%s", _("Clocks that run; the country of the account decides:"));
		head = true;
		advice_line(l, f, CLASS_WALLET, a);
	}
}

/* ---- the whole ---- */

#define HEAD_NOT N_("DO NOT, now:")
#define HEAD_DO N_("DO, from another device, in this order:")
#define HEAD_EACH N_("At each of them:")
#define HEAD_KNOW N_("Good to know:")

static void
generic_lines(struct card_lines *l, const struct facts *f, const char *const *id, size_t n, size_t number)
{
	for (size_t i = 0; i < n; i++) {
		const struct provider *q = providers_find(f->providers, id[i]);
		struct card_sources src = { .n = 1, .id = { id[i] }, .class = q->class };

		add(l, CARD_ACCOUNT, NULL, "%zu %s", number + i, provider_name(q, f->zh));
		(void)advices(l, f, &src, ADVICE_FREEZE, ADVICE_REPORT, true);
	}
}

static void
in_order(struct card_lines *l, const struct facts *f, const struct card *c, bool brief)
{
	const char *id[2];
	size_t at, n = card_generic(id, f, c, &at), number = 1;

	add(l, CARD_HEAD, NULL, "%s", _(HEAD_DO));
	for (size_t i = 0; i <= c->n; i++) {
		if (i == at) {
			generic_lines(l, f, id, n, number);
			number += n;
		}
		if (i < c->n)
			account_lines(l, f, &c->a[i], (unsigned)number++, brief);
	}
	if (c->n == 0)
		add(l, CARD_HINT, NULL, "%s", _("No account is kept yet: purser account add NAME, or purser import FILE"));
}

void
card_lines_page(struct card_lines *l, const struct facts *f, const struct card *c, const struct card_account *only)
{
	BUF when = { .max = 256 };

	if (only != NULL) {
		account_lines(l, f, only, 0, false);
		return;
	}
	add_time(&when, c->written_ms, false);
	add(l, CARD_TITLE, NULL, _("EMERGENCY CARD of %s. Plain text without secrets."), buf_str(&when));
	general(l, f, STEP_NOT, HEAD_NOT, false, true);
	in_order(l, f, c, false);
	clocks(l, f, c);
	general(l, f, STEP_DO, HEAD_EACH, false, true);
	general(l, f, STEP_KNOW, HEAD_KNOW, false, true);
}

void
card_lines_freeze(struct card_lines *l, const struct facts *f, const struct card *c)
{
	bool have = c != NULL && c->n > 0;

	general(l, f, STEP_NOT, HEAD_NOT, false, true);
	if (have) {
		in_order(l, f, c, true);
		clocks(l, f, c);
	}
	general(l, f, STEP_DO, have ? HEAD_EACH : HEAD_DO, !have, !have);
	general(l, f, STEP_KNOW, HEAD_KNOW, false, !have);
}

void
card_lines_accounts(struct card_lines *l, const struct facts *f, const struct card *c)
{
	for (size_t i = 0; i < c->n; i++)
		account_lines(l, f, &c->a[i], 0, true);
}

/* ---- where they go ---- */

static const struct { unsigned indent; enum tone tone;
} styles[] = { [CARD_TITLE] = { 0, TONE_BOLD }, [CARD_HEAD] = { 0, TONE_BOLD }, [CARD_ACCOUNT] = { 2, TONE_BOLD },
	[CARD_STEP] = { 2, TONE_PLAIN },
	[CARD_HINT] = { 4, TONE_PLAIN }, [CARD_DO] = { 4, TONE_PLAIN }, [CARD_CHECK] = { 4, TONE_YELLOW },
	[CARD_SOURCE] = { 6, TONE_DIM } };

void
card_lines_say(struct session *s, const struct card_lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		say_tone(s, styles[l->line[i].style].tone, "%*s%s", (int)styles[l->line[i].style].indent, "",
		    l->line[i].text);
}

void
card_lines_text(struct buf *out, const struct card_lines *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->line[i].style == CARD_HEAD)
			buf_addc(out, '\n');
		buf_addf(out, "%*s", (int)styles[l->line[i].style].indent, "");
		utf8_clean(out, l->line[i].text, strlen(l->line[i].text));
		buf_addc(out, '\n');
	}
}
