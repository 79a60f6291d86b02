/* cmd/incident_note.c: `purser incident note`, `notice` and `attach`: what is written down. The first two work locked. */
#include "cmd/incident.h"

#include "agent/agent.h"
#include "base/io.h"
#include "base/num.h"
#include "cmd/history_add.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/inbox.h"
#include "store/log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define DAY_MS (INT64_C(86400) * 1000)
#define SEALED_TEXT_MAX 1000u           /* of a note that is sealed: an entry of the inbox holds 2,048 bytes */

/* ---- what was typed ---- */

static const char *
given(const struct args *a, const char *name)
{
	const char *v = arg_str(a, name);

	return v != NULL ? v : "";
}

static enum rc
answer_by(struct incident_entry *en, const struct args *a, struct err *e)
{
	const char *text = arg_str(a, "answer-by");

	en->has_answer_by = text != NULL;
	if (text == NULL)
		return OK;
	if (!civil_day_read(text, &en->answer_by))
		return err_set(e, E_USAGE, N_("--answer-by: \"%s\" is no day such as 2026-12-02"), text);
	/* The day is over everywhere on earth. */
	if ((en->answer_by + 1) * DAY_MS + DAY_MS / 2 < en->at_ms)
		return err_set(e, E_USAGE, N_("--answer-by: %s was before they were told (--at)"), text);
	return OK;
}

static enum rc
entry_read(const struct session *s, const struct args *a, enum entry_kind kind, struct incident_entry *en, struct err *e)
{
	enum rc rc;

	*en = (struct incident_entry){ .kind = kind, .made_ms = s->now_ms, .who = "", .by = "", .ref = "", .text = "",
		.why = "", .name = "" };
	if ((rc = moment_ms(s, arg_str(a, "at"), &en->at_ms, e)) != OK)
		return rc;
	if (kind == ENTRY_NOTE) {
		en->text = a->v[0];
		return text_check("note", en->text, INCIDENT_TEXT_MAX, e);
	}
	en->text = given(a, "text");
	if ((rc = text_check("text", en->text, INCIDENT_TEXT_MAX, e)) != OK || kind != ENTRY_NOTICE)
		return rc;
	en->who = a->v[0];
	en->by = given(a, "by");
	en->ref = given(a, "ref");
	if ((rc = text_check("WHO", en->who, 256, e)) != OK || (rc = text_check("ref", en->ref, 256, e)) != OK)
		return rc;
	if (en->by[0] == '\0') {
		rc = err_set(e, E_USAGE, N_("--by is missing: how were they told? Nothing was written down"));
		err_next(e, "--by %s", TOLD_BY);
		return rc;
	}
	return answer_by(en, a, e);
}

/* ---- sealed, while the store is locked ---- */

static enum rc
seal_note(struct session *s, const struct incident_entry *en, struct err *e)
{
	BUF text = { 0 }, day = { .max = 32 };
	JSON j = { 0 };
	enum rc rc;

	if (strlen(en->text) > SEALED_TEXT_MAX)
		return err_set(e, E_USAGE, N_("too long while the store is locked: at most %u bytes"), SEALED_TEXT_MAX);
	if (en->has_answer_by)
		add_day(&day, en->answer_by);
	log_text_begin(&text, NULL, entry_kind_name(en->kind));
	log_text_u64(&text, "at", (uint64_t)en->at_ms);
	if (en->kind == ENTRY_NOTICE) {
		log_text_add(&text, "who", en->who);
		log_text_add(&text, "by", en->by);
		if (en->ref[0] != '\0')
			log_text_add(&text, "ref", en->ref);
		if (en->has_answer_by)
			log_text_add(&text, "answer-by", buf_str(&day));
	}
	if (en->text[0] != '\0')
		log_text_add(&text, "text", en->text);
	log_text_u64(&text, "made", (uint64_t)s->now_ms);
	if ((rc = inbox_add(session_home(s), &text, s->wait_ms, e)) != OK)
		return rc;
	if (!s->json) {
		say(s, N_("Noted and sealed (store is locked). It goes into the incident at the next unlock."));
		return OK;
	}
	j_open(&j, entry_kind_name(en->kind));
	j_bool(&j, "sealed", true);
	j_time(&j, "at", en->at_ms);
	j_str(&j, "who", en->who[0] != '\0' ? en->who : NULL);
	j_str(&j, "by", en->by[0] != '\0' ? en->by : NULL);
	j_str(&j, "ref", en->ref[0] != '\0' ? en->ref : NULL);
	j_str(&j, "text", en->text[0] != '\0' ? en->text : NULL);
	j_int(&j, "notes_waiting", (int64_t)inbox_waiting(session_home(s)));
	return out_json(s, &j, e);
}

/* ---- in the store ---- */

static enum rc
entry_event(struct vault_txn *t, int64_t id, unsigned n, const struct incident_entry *en, const char *what, struct err *e)
{
	char sum[65];
	BUF text = { 0 };
	enum rc rc;

	log_text_begin(&text, NULL, "incident");
	log_text_add(&text, "what", what);
	log_text_u64(&text, "incident", (uint64_t)id);
	log_text_u64(&text, "n", n);
	if (en != NULL && en->who[0] != '\0')
		log_text_add(&text, "who", en->who);
	if (en != NULL && en->by[0] != '\0')
		log_text_add(&text, "by", en->by);
	if (en != NULL && en->ref[0] != '\0')
		log_text_add(&text, "ref", en->ref);
	if (en != NULL && en->kind == ENTRY_ATTACH) {
		hex_put(sum, en->sha256, 32);
		log_text_add(&text, "sha256", sum);
	}
	return (rc = buf_check(&text, e)) != OK ? rc : vault_txn_event(t, &text, e);
}

static enum rc
of_account(struct session *s, struct incident_entry *en, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	enum rc rc;

	account_init(&acct);
	rc = account_find(session_db(s), en->who, &acct, e);
	if (rc == OK)
		en->account = acct.id;
	else if (rc == E_NOTFOUND) {
		err_clear(e);
		return OK;
	}
	return rc;
}

static enum rc
said(struct session *s, const struct incident_entry *en, int64_t id, unsigned n, int64_t case_id, struct err *e)
{
	BUF name = { .max = 32 };
	char sum[65];
	JSON j = { 0 };

	if (!s->json && en->kind == ENTRY_ATTACH) {
		hex_put(sum, en->sha256, 32);
		say(s, N_("Kept as #%u of I%lld: %s, %llu bytes, SHA-256 %s"), n, (long long)id, en->name,
		    (unsigned long long)en->size, sum);
		return OK;
	}
	if (!s->json) {
		say(s, N_("Written down as #%u of I%lld."), n, (long long)id);
		if (case_id != 0)
			say(s, N_("Case C%lld follows it up: purser case show C%lld"), (long long)case_id, (long long)case_id);
		return OK;
	}
	buf_addf(&name, "I%lld", (long long)id);
	j_open(&j, en->kind == ENTRY_ATTACH ? "attachment" : entry_kind_name(en->kind));
	j_str(&j, "incident", buf_str(&name));
	j_int(&j, "n", n);
	j_bool(&j, "sealed", false);
	j_time(&j, "at", en->at_ms);
	if (en->kind == ENTRY_ATTACH) {
		hex_put(sum, en->sha256, 32);
		j_str(&j, "name", en->name);
		j_str(&j, "sha256", sum);
		j_int(&j, "size", (int64_t)en->size);
	}
	j_str(&j, "who", en->who[0] != '\0' ? en->who : NULL);
	j_str(&j, "by", en->by[0] != '\0' ? en->by : NULL);
	j_str(&j, "ref", en->ref[0] != '\0' ? en->ref : NULL);
	j_str(&j, "text", en->text[0] != '\0' ? en->text : NULL);
	buf_reset(&name);
	buf_addf(&name, "C%lld", (long long)case_id);
	j_str(&j, "case", case_id != 0 ? buf_str(&name) : NULL);
	return out_json(s, &j, e);
}

static enum rc
keep(struct session *s, const struct args *a, struct incident_entry *en, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	int64_t id, case_id = 0;
	unsigned n;
	enum rc rc;

	if ((rc = incident_pick(s, arg_str(a, "incident"), &id, e)) != OK ||
	    (en->who[0] != '\0' && (rc = of_account(s, en, e)) != OK) ||
	    (rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = incident_entry_add(session_db(s), id, en, &n, e)) != OK)
		return rc;
	if (en->kind == ENTRY_NOTICE && (rc = incident_notice_case(session_db(s), id, en, &case_id, e)) != OK)
		return rc;
	if (en->account != 0 && (rc = incident_account_add(session_db(s), id, en->account, e)) != OK)
		return rc;
	if ((rc = entry_event(t, id, n, en, entry_kind_name(en->kind), e)) != OK || (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	return said(s, en, id, n, case_id, e);
}

static enum rc
retract_json(struct session *s, enum entry_kind kind, int64_t id, unsigned n, const char *why, struct err *e)
{
	BUF name = { .max = 32 };
	JSON j = { 0 };

	buf_addf(&name, "I%lld", (long long)id);
	j_open(&j, entry_kind_name(kind));
	j_str(&j, "incident", buf_str(&name));
	j_int(&j, "n", n);
	j_time(&j, "retracted", s->now_ms);
	j_str(&j, "why", why[0] != '\0' ? why : NULL);
	return out_json(s, &j, e);
}

static enum rc
retract(struct session *s, const struct args *a, enum entry_kind kind, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	uint64_t n = 0;
	int64_t id;
	enum rc rc;

	if (a->n > 0)
		return err_set(e, E_USAGE, N_("--retract takes one back: nothing else can be given with it but --why"));
	if ((rc = arg_u64(a, "retract", 1, 1000000, &n, e)) != OK || (rc = session_unlock(s, CMD_UNLOCK, e)) != OK ||
	    (rc = incident_pick(s, arg_str(a, "incident"), &id, e)) != OK ||
	    (rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = incident_retract(session_db(s), id, (unsigned)n, s->now_ms, given(a, "why"), e)) != OK ||
	    (rc = entry_event(t, id, (unsigned)n, NULL, "retract", e)) != OK || (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	if (s->json)
		return retract_json(s, kind, id, (unsigned)n, given(a, "why"), e);
	say(s, N_("#%u of I%lld is taken back; it stays to be seen."), (unsigned)n, (long long)id);
	return OK;
}

static enum rc
write_down(struct session *s, const struct args *a, enum entry_kind kind, struct err *e)
{
	struct agent_status st = { 0 };
	struct incident_entry en;
	enum rc rc;

	if (arg_has(a, "retract"))
		return retract(s, a, kind, e);
	if (a->n != 1 || a->v[0][strspn(a->v[0], " \t")] == '\0') {
		rc = err_set(e, E_USAGE, kind == ENTRY_NOTE ? N_("what is to be noted is missing")
							    : N_("who was told is missing"));
		err_next(e, kind == ENTRY_NOTE ? "purser incident note TEXT" : "purser incident notice WHO --by " TOLD_BY);
		return rc;
	}
	if ((rc = entry_read(s, a, kind, &en, e)) != OK)
		return rc;
	agent_status(session_home(s), &st);
	/* Nobody is asked for a password here: at night, on a computer that may be watched, none should be typed. */
	if (!st.unlocked && s->password_fd == FD_NONE && s->password_file == NULL)
		return seal_note(s, &en, e);
	return (rc = session_unlock(s, CMD_UNLOCK, e)) != OK ? rc : keep(s, a, &en, e);
}

static enum rc
note_run(struct session *s, const struct args *a, struct err *e)
{
	return write_down(s, a, ENTRY_NOTE, e);
}

static enum rc
notice_run(struct session *s, const struct args *a, struct err *e)
{
	return write_down(s, a, ENTRY_NOTICE, e);
}

/* ---- attach ---- */

static enum rc
attach_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	const char *slash = strrchr(a->v[0], '/');
	AUTO(auto_close) int fd = -1;
	struct incident_entry en;
	int64_t id;
	unsigned n;
	enum rc rc;

	if ((rc = entry_read(s, a, ENTRY_ATTACH, &en, e)) != OK)
		return rc;
	en.name = slash != NULL ? slash + 1 : a->v[0];
	/* A pipe without a writer would hang here otherwise. */
	if ((fd = open(a->v[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) < 0)
		return err_sys(e, E_INPUT, N_("cannot read %s. Nothing was kept"), a->v[0]);
	if ((rc = incident_pick(s, arg_str(a, "incident"), &id, e)) != OK ||
	    (rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = incident_attach(session_db(s), id, fd, &en, &n, e)) != OK ||
	    (rc = entry_event(t, id, n, &en, "attach", e)) != OK || (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	return said(s, &en, id, n, 0, e);
}

/* ---- the table ---- */

#define COMMON_OPTIONS \
	{ "at", 0, "TIME", N_("when it was: 02:19, \"2026-11-22 02:19\", yesterday (default now)"), NULL, 0 }, \
	{ "incident", 0, "ID", N_("of this incident (default the only open one)"), NULL, 0 }
#define RETRACT_OPTIONS \
	{ "retract", 0, "N", N_("take #N back; it stays to be seen"), NULL, 0 }, \
	{ "why", 0, "TEXT", N_("why it is taken back"), NULL, 0 }

static const struct option note_options[] = { COMMON_OPTIONS, RETRACT_OPTIONS, { 0 } };
static const struct option notice_options[] = {
	{ "by", 0, "WAY", N_("how they were told"), TOLD_BY, 0 },
	{ "ref", 0, "REF", N_("the reference number they gave"), NULL, 0 },
	{ "answer-by", 0, "DATE", N_("the day by which they promised an answer"), NULL, 0 },
	{ "text", 0, "TEXT", N_("what was said, and by whom"), NULL, 0 },
	COMMON_OPTIONS, RETRACT_OPTIONS, { 0 }
};
static const struct option attach_options[] = {
	{ "text", 0, "TEXT", N_("what it is and where it came from"), NULL, 0 },
	COMMON_OPTIONS, { 0 }
};

const struct command incident_note_command = {
	.name = "note", .usage = "[TEXT]", .summary = N_("write something down; works locked"),
	.options = note_options, .max_args = 1, .flags = CMD_STORE, .run = note_run,
};
const struct command incident_notice_command = {
	.name = "notice", .usage = "[WHO]",
	.summary = N_("write down whom you told, how and when; opens or updates the case; works locked"),
	.options = notice_options, .max_args = 1, .flags = CMD_STORE, .run = notice_run,
};
const struct command incident_attach_command = {
	.name = "attach", .usage = "FILE", .summary = N_("keep a file encrypted with the incident, with its hash"),
	.options = attach_options, .min_args = 1, .max_args = 1, .flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = attach_run,
};
