/* Cases in the store: what an event changes, what a notice opens or goes on with, which rows a case is about, and a store
 * of an older version, which has none. */
#include "store/account.h"
#include "store/cases.h"
#include "tests/unit/rows.h"

struct seen { size_t n; struct support_case c; char ref[64], channel[64]; };

static enum rc
see(void *ctx, const struct support_case *c, struct err *e)
{
	struct seen *s = ctx;

	(void)e;
	s->n++;
	s->c = *c;
	(void)snprintf(s->ref, sizeof s->ref, "%s", c->ref);
	(void)snprintf(s->channel, sizeof s->channel, "%s", c->channel);
	return OK;
}

static struct seen
look(struct db *db, int64_t id)
{
	struct seen s = { .n = 0 };
	struct err e = { .rc = OK };

	must(case_one(db, id, see, &s, &e), &e, "case_one");
	return s;
}

static size_t
count(struct db *db, const struct case_filter *f)
{
	struct seen s = { .n = 0 };
	struct err e = { .rc = OK };

	must(case_each(db, f, see, &s, &e), &e, "case_each");
	return s.n;
}

static enum rc
happens(struct db *db, int64_t id, enum case_event_kind kind, enum rung rung, const char *by, const char *ref)
{
	static int64_t now = 2000;
	struct err e = { .rc = OK };
	const struct case_event ev = { .kind = kind, .rung = rung, .at_ms = now, .made_ms = now, .by = by, .ref = ref,
		.text = "x" };

	now += 1000;
	return case_happened(db, id, &ev, &e);
}

static void
test_events(struct db *db, int64_t account)
{
	const struct support_case c = { .account = account, .who = "wallet", .subject = "s", .channel = "web", .ref = "R-1",
		.opened_ms = 1000, .has_promised = true, .promised = 20000 };
	struct err e = { .rc = OK };
	struct seen s;
	int64_t id = 0;

	must(case_open(db, &c, "not mine", 1000, &id, &e), &e, "case_open");
	s = look(db, id);
	ok(s.c.rung == RUNG_SUPPORT && s.c.has_promised && s.c.promised == 20000 && s.c.since_ms == 1000 && !s.c.answered &&
	    strcmp(s.ref, "R-1") == 0 && s.c.account == account, "an open case stands on the lowest rung");
	must(happens(db, id, CASE_ANSWER, 0, "mail", ""), &e, "answer");
	s = look(db, id);
	ok(s.c.answered && !s.c.has_promised && strcmp(s.channel, "mail") == 0 && strcmp(s.ref, "R-1") == 0,
	    "an answer keeps the promise; what it does not say stays");
	must(happens(db, id, CASE_TOLD, 0, "", "R-2"), &e, "told");
	s = look(db, id);
	ok(!s.c.answered && s.c.since_ms == 1000 && strcmp(s.ref, "R-2") == 0, "told again: the wait goes on from the first notice");
	must(case_promised(db, id, 20010, 9000, 9000, &e), &e, "promise");
	must(happens(db, id, CASE_CLIMB, RUNG_COMPLAINT, "", ""), &e, "climb");
	s = look(db, id);
	ok(s.c.rung == RUNG_COMPLAINT && !s.c.has_promised && s.c.since_ms > 1000 && !s.c.answered,
	    "a climb starts another wait, without the old promise");
	ok(happens(db, id, CASE_CLIMB, RUNG_COMPLAINT, "", "") == E_USAGE &&
	    happens(db, id, CASE_CLIMB, RUNG_SUPPORT, "", "") == E_USAGE && look(db, id).c.rung == RUNG_COMPLAINT,
	    "it climbs up only");
	must(happens(db, id, CASE_CLOSE, 0, "", ""), &e, "close");
	ok(look(db, id).c.closed_ms != 0 && happens(db, id, CASE_NOTE, 0, "", "") == E_EXISTS &&
	    case_promised(db, id, 20020, 1, 1, &e) == E_EXISTS && count(db, &(struct case_filter){ .open_only = true }) == 0 &&
	    count(db, &(struct case_filter){ .who = "wallet" }) == 1, "a closed one takes nothing more, and stays");
	ok(happens(db, id + 7, CASE_NOTE, 0, "", "") == E_NOTFOUND, "no such case");
}

static int64_t
notice(struct db *db, int64_t incident, int64_t account, const char *who, const char *ref, bool *opened)
{
	const struct case_notice n = { .incident = incident, .account = account, .who = who, .by = "phone", .ref = ref,
		.text = "", .at_ms = 5000, .made_ms = 5000, .has_answer_by = true, .answer_by = 20005 };
	struct err e = { .rc = OK };
	int64_t id = 0;

	must(case_of_notice(db, &n, &id, opened, &e), &e, "case_of_notice");
	return id;
}

static void
test_notices(struct db *db, int64_t account)
{
	const struct support_case loose = { .account = account, .who = "wallet", .subject = "", .channel = "", .ref = "",
		.opened_ms = 1000 };
	struct err e = { .rc = OK };
	int64_t first = 0, one, bank;
	bool opened = true;

	must(sql_exec(db, "INSERT INTO incident(id, kind, opened, closed, title) VALUES(1, 'unauthorised', 1, 0, ''),"
	    " (2, 'phishing', 1, 0, '')", &e), &e, "incidents");
	must(case_open(db, &loose, "", 1000, &first, &e), &e, "case_open");
	one = notice(db, 1, account, "wallet", "R-1", &opened);
	ok(one == first && !opened && look(db, one).c.incident == 1 && strcmp(look(db, one).ref, "R-1") == 0 &&
	    look(db, one).c.promised == 20005, "a notice goes on with the open case of the account, which is of its incident then");
	ok(notice(db, 1, account, "wallet", "", &opened) == one && !opened && notice(db, 2, account, "wallet", "", &opened) != one &&
	    opened, "again the same; of another incident it is another case");
	bank = notice(db, 1, 0, "bank", "", &opened);
	ok(opened && notice(db, 1, 0, "bank", "", &opened) == bank && !opened && notice(db, 1, 0, "police", "", &opened) != bank &&
	    opened, "somebody who is no account has a case of his own");
	must(happens(db, bank, CASE_CLOSE, 0, "", ""), &e, "close");
	ok(notice(db, 1, 0, "bank", "", &opened) != bank && opened, "a closed one is not opened again");
}

static void
test_old(void)
{
	struct scratch s;
	struct seen seen = { .n = 0 };
	struct err e = { .rc = OK };

	(void)snprintf(s.dir, sizeof s.dir, "/tmp/purser-rows-XXXXXX");
	if (mkdtemp(s.dir) == NULL || (s.fd = open(s.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		exit(1);
	memset(s.lk, 7, sizeof s.lk);
	must(db_create(s.fd, "store.db", s.lk, 1, 0, &e), &e, "db_create");
	must(db_open(s.fd, "store.db", s.lk, 0, &s.db, &e), &e, "db_open");
	ok(count(s.db, &(struct case_filter){ .open_only = false }) == 0 && case_one(s.db, 1, see, &seen, &e) == E_NOTFOUND &&
	    seen.n == 0, "a store of before version 3 has no cases, and says nothing worse");
	scratch_close(&s);
}

static void
test_ids(void)
{
	int64_t id = 0;

	ok(case_id_parse("C12", &id) && id == 12 && case_id_parse("c1", &id) && id == 1 && !case_id_parse("12", &id) &&
	    !case_id_parse("C", &id) && !case_id_parse("C0", &id) && !case_id_parse("C-1", &id) && !case_id_parse("C+1", &id) &&
	    !case_id_parse("C1x", &id) && !case_id_parse("C99999999999999999999", &id), "what is a case's number");
}

int
main(void)
{
	struct scratch s;
	struct account a;
	struct err e = { .rc = OK };

	scratch_open(&s);
	account_init(&a);
	must(text_set(&a.name, "wallet", &e), &e, "name");
	must(account_add(s.db, &a, 1, &e), &e, "account");
	test_events(s.db, a.id);
	test_notices(s.db, a.id);
	test_old();
	test_ids();
	account_free(&a);
	scratch_close(&s);
	return tap_done();
}
