/* incident_test.c: incidents in the store: what is kept of them, what is never lost, what opens by itself. */
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "store/account.h"
#include "store/cases.h"
#include "store/inbox.h"
#include "store/incident.h"
#include "store/log.h"
#include "store/sql.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool
in_txn(struct vault *v, enum rc (*fn)(struct db *db, void *ctx, struct err *e), void *ctx, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;

	return vault_txn_begin(v, 0, 1000, &t, e) == OK && fn(vault_db(v), ctx, e) == OK && vault_txn_commit(&t, e) == OK;
}

struct made { int64_t id; unsigned n[4]; int fd; };

static enum rc
make_one(struct db *db, void *ctx, struct err *e)
{
	struct incident i = { .kind = INCIDENT_PHISHING, .severity = SEVERITY_HIGH, .opened_ms = 1000, .discovered_ms = 900,
		.title = "a text message", .review = "" };
	struct incident_entry note = { .kind = ENTRY_NOTE, .at_ms = 2000, .made_ms = 3000, .who = "", .by = "", .ref = "",
		.text = "first", .why = "", .name = "" };
	struct incident_entry told = { .kind = ENTRY_NOTICE, .at_ms = 1500, .made_ms = 3000, .who = "the bank", .by = "phone",
		.ref = "R-1", .text = "Ms K.", .why = "", .name = "", .has_answer_by = true, .answer_by = 20780 };
	struct incident_entry file = { .kind = ENTRY_ATTACH, .at_ms = 4000, .made_ms = 4000, .who = "", .by = "", .ref = "",
		.text = "", .why = "", .name = "mail.eml" };
	struct made *m = ctx;
	enum rc rc;

	if ((rc = incident_add(db, &i, &m->id, e)) != OK || (rc = incident_entry_add(db, m->id, &note, &m->n[0], e)) != OK ||
	    (rc = incident_entry_add(db, m->id, &told, &m->n[1], e)) != OK)
		return rc;
	return incident_attach(db, m->id, m->fd, &file, &m->n[2], e);
}

struct seen { struct buf text; unsigned n; };

static enum rc
see_entry(void *ctx, const struct incident_entry *en, struct err *e)
{
	struct seen *x = ctx;

	(void)e;
	x->n++;
	buf_addf(&x->text, "%s#%u@%lld:%s%s%s ", entry_kind_name(en->kind), en->n, (long long)en->at_ms, en->text, en->ref,
	    en->retracted_ms != 0 ? "!" : "");
	return OK;
}

static enum rc
see_bytes(void *ctx, const void *p, size_t n, struct err *e)
{
	buf_add(ctx, p, n);
	return buf_check(ctx, e);
}

static enum rc
see_step(void *ctx, const struct incident_step *s, struct err *e)
{
	(void)e;
	buf_addf(ctx, "%u=%s:%lld%s%s ", s->n, s->key, (long long)s->account, s->done_ms != 0 ? "*" : "", s->ref);
	return OK;
}

static enum rc
steps(struct db *db, void *ctx, struct err *e)
{
	struct made *m = ctx;
	enum rc rc;

	if ((rc = incident_step_add(db, m->id, "stop", 0, e)) != OK || (rc = incident_step_add(db, m->id, "report", 0, e)) != OK ||
	    (rc = incident_step_add(db, m->id, "stop", 0, e)) != OK || (rc = incident_step_add(db, m->id, "stop", 7, e)) != OK)
		return rc;
	return incident_step_done(db, m->id, 2, 5000, "R-9", "", e);
}

static enum rc
take_back(struct db *db, void *ctx, struct err *e)
{
	struct made *m = ctx;

	return incident_retract(db, m->id, m->n[0], 6000, "mixed up", e);
}

static enum rc
damage(struct db *db, void *ctx, struct err *e)
{
	(void)ctx;
	return sql_exec(db, "UPDATE attachment_bytes SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB)", e);
}

static void
kept(struct vault *v)
{
	char name[] = "/tmp/incident-test-XXXXXX", big[300000];
	struct made m = { .fd = mkstemp(name) };
	struct seen x = { .n = 0 };
	BUF bytes = { .max = 1 << 20 }, list = { .max = 4096 };
	struct err e = { .rc = OK };

	memset(big, 'x', sizeof big);
	ok(m.fd >= 0 && write(m.fd, big, sizeof big) == (ssize_t)sizeof big && lseek(m.fd, 0, SEEK_SET) == 0, "a file");
	ok(in_txn(v, make_one, &m, &e), "an incident with a note, a notice and a file: %s", e.what);
	ok(m.n[0] == 1 && m.n[1] == 2 && m.n[2] == 3, "they are numbered from 1");
	ok(incident_entries(vault_db(v), m.id, see_entry, &x, &e) == OK && x.n == 3 &&
	    strcmp(buf_str(&x.text), "notice#2@1500:Ms K.R-1 note#1@2000:first attach#3@4000: ") == 0, "in the order of time: %s",
	    buf_str(&x.text));
	ok(incident_attachment(vault_db(v), m.id, 3, see_bytes, &bytes, &e) == OK && bytes.len == sizeof big &&
	    memcmp(bytes.p, big, sizeof big) == 0, "the file comes back byte for byte");
	ok(incident_attachment(vault_db(v), m.id, 1, see_bytes, &bytes, &e) == E_NOTFOUND, "a note is no file");
	ok(in_txn(v, steps, &m, &e) && incident_steps(vault_db(v), m.id, see_step, &list, &e) == OK &&
	    strcmp(buf_str(&list), "1=stop:0 2=report:0*R-9 3=stop:7 ") == 0, "steps: each once, numbered: %s", buf_str(&list));
	buf_reset(&x.text);
	ok(in_txn(v, take_back, &m, &e) && incident_entries(vault_db(v), m.id, see_entry, &x, &e) == OK &&
	    strstr(buf_str(&x.text), "note#1@2000:first!") != NULL, "taken back, and still there");
	ok(!in_txn(v, take_back, &m, &e) && e.rc == E_EXISTS, "twice is refused");
	ok(in_txn(v, damage, NULL, &e) && incident_attachment(vault_db(v), m.id, 3, see_bytes, &bytes, &e) == E_DAMAGED,
	    "bytes that are not those of the hash are refused");
	buf_free(&x.text);
	close(m.fd);
	unlink(name);
}

static enum rc
see_incident(void *ctx, const struct incident *i, struct err *e)
{
	(void)e;
	buf_addf(ctx, "I%lld:%s:%s ", (long long)i->id, incident_kind_name(i->kind), i->closed_ms != 0 ? "closed" :
	    i->frozen_ms != 0 ? "frozen" : "open");
	return OK;
}

static enum rc
close_all(struct db *db, void *ctx, struct err *e)
{
	(void)ctx;
	return sql_exec(db, "UPDATE incident SET closed = 9", e);
}

static bool
list_is(struct vault *v, const char *want)
{
	struct err e = { .rc = OK };
	BUF got = { .max = 4096 };

	if (incident_each(vault_db(v), false, see_incident, &got, &e) == OK && strcmp(buf_str(&got), want) == 0)
		return true;
	printf("# got %s want %s\n", buf_str(&got), want);
	return false;
}

static bool
seal_one(struct vh *t, const char *kind, const char *who, const char *text)
{
	struct err e = { .rc = OK };
	BUF b = { 0 };

	log_text_begin(&b, NULL, kind);
	log_text_u64(&b, "at", 7000);
	if (who != NULL) {
		log_text_add(&b, "who", who);
		log_text_add(&b, "by", "pigeon");
		log_text_add(&b, "answer-by", "2026-02-30");
	}
	log_text_add(&b, "text", text);
	log_text_u64(&b, "made", 8000);
	return inbox_add(t->h, &b, 0, &e) == OK;
}

struct counted { unsigned sealed, hostile; };

static enum rc
count_sealed(void *ctx, const struct incident_entry *en, struct err *e)
{
	struct counted *c = ctx;

	(void)e;
	c->sealed += en->sealed;
	c->hostile += en->by[0] != '\0' || en->has_answer_by || strchr(en->text, '\033') != NULL;
	return OK;
}

static void
by_itself(struct vh *t, struct vault **v)
{
	struct counted c = { 0 };
	struct freeze_report r;
	struct err e = { .rc = OK };

	ok(list_is(*v, "I1:phishing:open "), "one is open");
	ok(in_txn(*v, close_all, NULL, &e), "it is closed");
	vault_close(v);
	ok(vh_freeze(t, &r, &e) == OK && seal_one(t, "note", NULL, "phone dead") && seal_one(t, "notice", "the bank", "a\033[2Jb"),
	    "a freeze, and two notes while locked");
	ok(vh_unlock(t, 1, v, &e) == OK && vault_notices(*v)->incident == 2 && list_is(*v, "I1:phishing:closed I2:unauthorised:frozen "),
	    "the next unlock opens the incident of the freeze, and says so");
	ok(incident_entries(vault_db(*v), 2, count_sealed, &c, &e) == OK && c.sealed == 2 && c.hostile == 0,
	    "both notes are in it, as not authenticated; what is no plain text, way or day is left out (%u, %u)", c.sealed, c.hostile);
	vault_close(v);
	ok(vh_unlock(t, 1, v, &e) == OK && vault_notices(*v)->incident == 0, "and only once");
	ok(in_txn(*v, close_all, NULL, &e), "closed");
	vault_close(v);
	ok(vh_unlock(t, 1, v, &e) == OK && list_is(*v, "I1:phishing:closed I2:unauthorised:closed "), "the same freeze opens none again");
	vault_close(v);
	ok(seal_one(t, "note", NULL, "later") && vh_unlock(t, 1, v, &e) == OK &&
	    list_is(*v, "I1:phishing:closed I2:unauthorised:closed I3:unauthorised:open "), "a note with no incident open opens one");
}

int
main(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	struct err e = { .rc = OK };

	if (crypto_start(&e) != OK || db_init(&e) != OK)
		return 1;
	vh_tmp(&t);
	ok(vh_create(&t, 1, true, &v, &e) == OK, "a store");
	kept(v);
	by_itself(&t, &v);
	return tap_done();
}
