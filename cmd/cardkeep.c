/* cmd/cardkeep.c: the file of the emergency card, kept up to date; see card.h. */
#include "cmd/card.h"

#include "agent/access.h"
#include "base/scope.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/account.h"

#include <string.h>
#include <unistd.h>

#define DAY_MS INT64_C(86400000)
#define REWRITE_DAYS 30         /* the date on the card says when it was last compared with the accounts */
#define WAIT_MS 1000

/* ---- the text ---- */

static const char *
lang(const struct facts *f)
{
	return f->zh ? "zh" : "en";
}

/* The whole file: for people, then for purser. */
static enum rc
compose(struct buf *out, const struct facts *f, const struct accounts *all, int64_t written_ms, struct err *e)
{
	BUF data = { .max = CARD_FILE_MAX }, records = { .max = CARD_FILE_MAX };
	AUTO(card_free) struct card c = { .n = 0 };
	CARD_LINES lines = { .n = 0 };
	enum rc rc;

	buf_addc(&data, '\n');
	card_head(&data, written_ms, lang(f));
	card_data(&data, all->a, all->n);
	buf_add(&records, data.p, data.len);
	if ((rc = buf_check(&data, e)) != OK || (rc = buf_check(&records, e)) != OK ||
	    (rc = card_parse(&c, &data, e)) != OK)
		return rc;
	card_order(&c, f->providers);
	card_lines_page(&lines, f, &c, NULL);
	if (lines.failed)
		return err_set(e, E_NOMEM, N_("out of memory"));
	card_lines_text(out, &lines);
	buf_add(out, records.p, records.len);
	return buf_check(out, e);
}

static int64_t
written_of(const struct buf *file)
{
	AUTO(card_free) struct card c = { .n = 0 };
	BUF copy = { .max = CARD_FILE_MAX };
	struct err none = { 0 };

	buf_add(&copy, file->p, file->len);
	return card_parse(&c, &copy, &none) == OK ? c.written_ms : 0;
}

/* Does the card that is there say what it should? Any difference counts, also one that somebody else made. */
static bool
current(const struct buf *old, const struct facts *f, const struct accounts *all, int64_t written_ms)
{
	BUF text = { .max = CARD_FILE_MAX };
	struct err none = { 0 };

	return written_ms != 0 && compose(&text, f, all, written_ms, &none) == OK && text.len == old->len &&
	    memcmp(text.p, old->p, text.len) == 0;
}

/* ---- writing ---- */

static enum rc
write_locked(struct session *s, const struct home *h, struct db *db, struct err *e)
{
	AUTO(facts_free) struct facts f = { .zh = false };
	AUTO(accounts_free) struct accounts all = { 0 };
	BUF old = { .max = CARD_FILE_MAX }, text = { .max = CARD_FILE_MAX };
	struct err none = { 0 };
	int64_t written;
	enum rc rc;

	facts_load(&f, s);
	if (f.providers == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = account_list(db, &all, e)) != OK)
		return rc;
	if (cardfile_read(h, &old, &none) == OK) {
		written = written_of(&old);
		if (s->now_ms - written < REWRITE_DAYS * DAY_MS && s->now_ms >= written && current(&old, &f, &all, written))
			return OK;
	}
	if ((rc = compose(&text, &f, &all, s->now_ms, e)) != OK)
		return rc;
	return cardfile_write(h, &text, e);
}

enum rc
card_write(struct session *s, const struct home *h, struct db *db, struct err *e)
{
	AUTO(auto_close) int lock = -1;
	enum rc rc;

	if ((rc = cardfile_lock(h, WAIT_MS, &lock, e)) != OK)
		return rc;
	/* Switched off while we waited; a card that a killed run left goes too. */
	if (cardfile_state(h) == CARD_OFF)
		return cardfile_switch(h, false, e);
	return write_locked(s, h, db, e);
}

void
card_keep(struct session *s, const struct home *h, struct db *db)
{
	struct err e = { 0 };

	if (h->device < 0 || cardfile_state(h) == CARD_OFF)
		return;
	if (card_write(s, h, db, &e) != OK)
		warn(s, N_("The emergency card was not brought up to date: %s"), e.what);
}

/* ---- reading ---- */

enum rc
card_load(struct card *out, const struct home *h, const struct facts *f, struct err *e)
{
	BUF text = { .max = CARD_FILE_MAX };
	struct card c = { .n = 0 };
	enum rc rc;

	if ((rc = cardfile_read(h, &text, e)) == E_NOTFOUND)
		return rc;
	if (rc != OK || (rc = card_parse(&c, &text, e)) != OK) {
		struct err why = *e;

		return rc == E_NOMEM ? rc : err_set(e, E_DAMAGED, N_("the emergency card cannot be read: %s"), why.what);
	}
	card_order(&c, f->providers);
	*out = c;
	return OK;
}

void
card_refresh(struct session *s, const struct home *h)
{
	struct access_how how = { .now_ms = s->now_ms, .wait_ms = 0 };
	AUTO(access_close) struct access *a = NULL;
	struct err none = { 0 };

	if (cardfile_state(h) != CARD_OFF && access_open(h, &how, &a, &none) == OK)
		card_keep(s, h, vault_db(access_vault(a)));
}

/* ---- how it stands ---- */

const char *
card_state_name(enum card_state s)
{
	static const char *const names[] = { "none", "off", "current", "stale", "damaged" };

	return names[s];
}

/* Does anything on it rest on what was looked up too long ago? */
static bool
old_facts(const struct card *c, const struct facts *f)
{
	struct card_sources src;

	for (size_t i = 0; i < c->n; i++) {
		card_sources(&src, f->providers, &c->a[i]);
		for (size_t k = 0; k < advice_count(f->providers); k++) {
			const struct advice *a = advice_at(f->providers, k);

			if (a->kind != ADVICE_DEADLINE && card_advice_for(&src, a) && fact_stale(&a->fact, f->now_ms))
				return true;
		}
	}
	return false;
}

enum card_state
card_standing(const struct session *s, const struct home *h, struct db *db, int64_t *written_ms)
{
	AUTO(facts_free) struct facts f = { .zh = false };
	AUTO(accounts_free) struct accounts all = { 0 };
	AUTO(card_free) struct card c = { .n = 0 };
	enum card_file there = cardfile_state(h);
	struct err none = { 0 };
	BUF text = { .max = CARD_FILE_MAX };

	*written_ms = 0;
	if (there != CARD_HERE)
		return there == CARD_OFF ? CARD_STATE_OFF : CARD_STATE_NONE;
	facts_load(&f, s);
	if (f.providers == NULL || card_load(&c, h, &f, &none) != OK)
		return CARD_STATE_DAMAGED;
	*written_ms = c.written_ms;
	if (s->now_ms - c.written_ms > DATA_STALE_DAYS * DAY_MS || old_facts(&c, &f))
		return CARD_STATE_STALE;
	/* In the language in which it was written. */
	f.zh = strcmp(c.lang, "zh") == 0;
	if (db != NULL && f.zh == lang_chinese() && cardfile_read(h, &text, &none) == OK &&
	    account_list(db, &all, &none) == OK && !current(&text, &f, &all, c.written_ms))
		return CARD_STATE_STALE;
	return CARD_STATE_CURRENT;
}

/* ---- freeze ---- */

void
card_accounts_say(struct session *s, const struct account *a, size_t n)
{
	AUTO(facts_free) struct facts f = { .zh = false };
	AUTO(card_free) struct card c = { .n = 0 };
	CARD_LINES lines = { .n = 0 };
	BUF text = { .max = CARD_FILE_MAX };
	struct err none = { 0 };

	if (s->json)
		return;
	facts_load(&f, s);
	facts_warn(s, &f);
	buf_addc(&text, '\n');
	card_head(&text, s->now_ms, lang(&f));
	card_data(&text, a, n);
	if (f.providers == NULL || text.failed || card_parse(&c, &text, &none) != OK)
		return;
	card_order(&c, f.providers);
	card_lines_accounts(&lines, &f, &c);
	card_lines_say(s, &lines);
}

void
card_freeze_say(struct session *s, const struct home *h)
{
	AUTO(facts_free) struct facts f = { .zh = false };
	AUTO(card_free) struct card c = { .n = 0 };
	CARD_LINES lines = { .n = 0 };
	struct err e = { 0 };
	enum rc rc;

	if (s->json)
		return;
	facts_load(&f, s);
	facts_warn(s, &f);
	if (f.providers == NULL)
		return;
	rc = h != NULL ? card_load(&c, h, &f, &e) : E_NOTFOUND;
	if (rc != OK && rc != E_NOTFOUND)
		warn(s, N_("%s. The general steps:"), e.what);
	card_lines_freeze(&lines, &f, rc == OK ? &c : NULL);
	card_lines_say(s, &lines);
	if (rc == OK && c.n > 0)
		say(s, N_("All of it, readable while frozen: purser card"));
}
