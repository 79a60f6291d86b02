/* wallet/letter.c: see letter.h. */
#include "wallet/letter_int.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#define FILE_NAME "letters.txt"
#define CURRENCIES 8u

static const char *const kinds[LETTER_COUNT] = { "support", "reminder", "complaint", "ombudsman", "regulator", "police",
	"records", "confirm" };

const char *
letter_name(enum letter_kind k)
{
	return kinds[k];
}

bool
letter_from(const char *name, enum letter_kind *out)
{
	for (unsigned i = 0; i < LETTER_COUNT; i++)
		if (strcmp(name, kinds[i]) == 0) {
			*out = (enum letter_kind)i;
			return true;
		}
	return false;
}

enum letter_kind
letter_of_rung(enum rung r)
{
	static const enum letter_kind of[RUNG_COUNT] = { LETTER_SUPPORT, LETTER_COMPLAINT, LETTER_OMBUDSMAN,
		LETTER_REGULATOR, LETTER_POLICE };

	return of[r];
}

/* ---- the file ---- */

static const char *const words[WORD_COUNT] = { "told", "answer", "promise", "turned", "reference", "total", "more",
	"source", "hour", "hours", "day", "days", "business-day", "business-days", "month", "months", "app", "web", "phone",
	"mail", "chat", "post", "person" };
static const char *const letter_fields[] = { "name", "today", "to", "subject", "login", "reference", "provider",
	"opened", "answer-by" };
static const char *const word_fields[] = { "reference", "total", "count", "source", "checked" };
static const char *const cite_fields[] = { "period" };

_Static_assert(WORD_TOLD + LETTER_TURNED == WORD_TURNED, "the words are in the order of enum letter_what");

#define WORD(w) { w, true, false }
static const struct data_key word_keys[] = { { "words", true, false }, WORD("told"), WORD("answer"), WORD("promise"),
	WORD("turned"), WORD("reference"),
	WORD("total"), WORD("more"), WORD("source"), WORD("hour"), WORD("hours"), WORD("day"), WORD("days"),
	WORD("business-day"), WORD("business-days"), WORD("month"), WORD("months"), WORD("app"), WORD("web"),
	WORD("phone"), WORD("mail"), WORD("chat"), WORD("post"), WORD("person"), { NULL, false, false } };
static const struct data_key letter_keys[] = { { "letter", true, false }, { "lang", true, false },
	{ "line", false, true }, { "line-if", false, true }, { "par", true, true }, { "par-if", false, true },
	{ "rows", false, false }, { "events", false, false }, { "law", false, false }, { NULL, false, false } };
static const struct data_key cite_keys[] = { { "cite", true, false }, { "in", true, true }, { "about", false, false },
	{ "fact", true, false }, { "en", true, false }, { "zh", true, false }, { NULL, false, false } };
static const struct data_shape shapes[] = { { "words", word_keys, true }, { "letter", letter_keys, true },
	{ "cite", cite_keys, true }, { NULL, NULL, false } };

static enum rc
lang_get(const struct datafile *f, const struct data_record *r, const char *key, size_t *out, struct err *e)
{
	const char *lang = data_get(r, key);

	if (strcmp(lang, "en") != 0 && strcmp(lang, "zh") != 0)
		return data_bad(f, r, key, N_("expected en or zh"), e);
	*out = strcmp(lang, "zh") == 0;
	return OK;
}

/* Every text of the record but these has only fields of the list. */
static enum rc
fields_known(const struct datafile *f, const struct data_record *r, const char *const *names, size_t n, struct err *e)
{
	for (size_t i = 0; i < r->fields; i++)
		if (!letter_fields_ok(r->field[i].value, names, n))
			return err_set(e, E_INPUT, N_("%s:%u: %s: unknown field, or a brace alone"), f->name,
			    r->field[i].line, r->field[i].key);
	return OK;
}

static enum rc
words_get(struct letters *l, const struct data_record *r, struct err *e)
{
	size_t zh;
	enum rc rc;

	if ((rc = lang_get(&l->file, r, "words", &zh, e)) != OK ||
	    (rc = fields_known(&l->file, r, word_fields, COUNTOF(word_fields), e)) != OK)
		return rc;
	if (l->word[zh][0] != NULL)
		return data_bad(&l->file, r, "words", N_("stands twice"), e);
	for (unsigned w = 0; w < WORD_COUNT; w++)
		l->word[zh][w] = data_get(r, words[w]);
	return OK;
}

static enum rc
letter_get(struct letters *l, const struct data_record *r, struct err *e)
{
	enum letter_kind k;
	size_t zh;
	enum rc rc;

	if (!letter_from(data_get(r, "letter"), &k))
		return data_bad(&l->file, r, "letter", N_("unknown letter"), e);
	if ((rc = lang_get(&l->file, r, "lang", &zh, e)) != OK ||
	    (rc = fields_known(&l->file, r, letter_fields, COUNTOF(letter_fields), e)) != OK)
		return rc;
	if (l->letter[k][zh] != NULL)
		return data_bad(&l->file, r, "letter", N_("stands twice"), e);
	l->letter[k][zh] = r;
	return OK;
}

static enum rc
cite_get(struct letters *l, const struct data_record *r, const struct providers *p, struct err *e)
{
	struct cite *c = &l->cite[l->cites];
	const char *in, *about = data_get(r, "about");
	enum letter_kind k;
	enum rc rc;

	for (size_t i = 0; (in = data_nth(r, "in", i)) != NULL; i++) {
		if (!letter_from(in, &k))
			return data_bad(&l->file, r, "in", N_("unknown letter"), e);
		c->in[k] = true;
	}
	if (about != NULL && strcmp(about, "payment") != 0)
		return data_bad(&l->file, r, "about", N_("expected payment"), e);
	c->payment = about != NULL;
	c->fact = data_get(r, "fact");
	c->en = data_get(r, "en");
	c->zh = data_get(r, "zh");
	if (advice_count(p) > 0 && advice_by_id(p, c->fact) == NULL)
		return data_bad(&l->file, r, "fact", N_("there is no such fact"), e);
	if ((rc = fields_known(&l->file, r, cite_fields, COUNTOF(cite_fields), e)) != OK)
		return rc;
	l->cites++;
	return OK;
}

static enum rc
all_there(const struct letters *l, struct err *e)
{
	for (size_t zh = 0; zh < 2; zh++) {
		if (l->word[zh][0] == NULL)
			return err_set(e, E_INPUT, N_("%s: the words of a language are missing"), l->file.name);
		for (unsigned k = 0; k < LETTER_COUNT; k++)
			if (l->letter[k][zh] == NULL)
				return err_set(e, E_INPUT, N_("%s: the letter %s is missing in a language"), l->file.name, kinds[k]);
	}
	return OK;
}

static enum rc
take(struct letters **out, struct datafile *f, const struct providers *p, struct err *e)
{
	AUTO(letters_free) struct letters *l = calloc(1, sizeof *l + f->n * sizeof l->cite[0]);
	enum rc rc;

	if (l == NULL) {
		datafile_free(f);
		return err_set(e, E_NOMEM, N_("out of memory"));
	}
	l->file = *f;
	for (size_t i = 0; i < f->n; i++) {
		const struct data_record *r = &l->file.rec[i];

		if (r->shape->keys == word_keys)
			rc = words_get(l, r, e);
		else
			rc = r->shape->keys == letter_keys ? letter_get(l, r, e) : cite_get(l, r, p, e);
		if (rc != OK)
			return rc;
	}
	if ((rc = all_there(l, e)) != OK)
		return rc;
	*out = l;
	l = NULL;
	return OK;
}

enum rc
letters_parse(struct letters **out, struct buf *text, const char *name, const struct providers *p, struct err *e)
{
	struct datafile f = { .n = 0 };
	enum rc rc = datafile_parse(&f, text, name, shapes, e);

	return rc == OK ? take(out, &f, p, e) : rc;
}

enum rc
letters_load(struct letters **out, int dirfd, const struct providers *p, struct err *e)
{
	struct datafile f = { .n = 0 };
	enum rc rc = datafile_shapes(&f, dirfd, FILE_NAME, shapes, e);

	return rc == OK ? take(out, &f, p, e) : rc;
}

void
letters_free(struct letters **l)
{
	if (*l != NULL)
		datafile_free(&(*l)->file);
	free(*l);
	*l = NULL;
}

/* ---- one letter ---- */

struct writing {
	const struct letters *l;
	const struct letter_in *in;
	struct buf *out;
	const char *const *word;
	struct letter_field field[COUNTOF(letter_fields)];
	char day[3][11];
	bool lines;                     /* the last thing was a line: another one follows at once */
};

static void
gap(struct writing *w, bool line)
{
	if (w->out->len > 0 && !(line && w->lines))
		buf_addc(w->out, '\n');
	w->lines = line;
}

static void
clean(struct buf *out, const char *s)
{
	utf8_clean(out, s, strlen(s));
}

static const char *
comma(const struct writing *w)
{
	return w->in->zh ? "，" : ", ";
}

static void
amount_line(struct buf *out, const struct letter_row *r)
{
	BUF amount = { .max = 256 };

	if (!r->has_amount) {
		buf_addf(out, "%.15s%s%s", r->id, r->date[0] != '\0' ? "  " : "", r->date);
		return;
	}
	money_human(&amount, &r->amount);
	buf_addf(out, "%-12.15s  %-10.10s  %22s", r->id, r->date, buf_str(&amount));
}

/* ID, day and amount in a line, with whom and which reference in the next: no name is cut off. */
static void
row_out(struct writing *w, const struct letter_row *r)
{
	BUF head = { .max = 512 }, with = { .max = 65536 };

	amount_line(&head, r);
	buf_adds(w->out, "  ");
	clean(w->out, buf_str(&head));
	buf_addc(w->out, '\n');
	clean(&with, r->with);
	if (r->reference[0] != '\0') {
		const struct letter_field f[] = { { "reference", r->reference } };

		if (with.len > 0)
			buf_adds(&with, comma(w));
		letter_expand(&with, w->word[WORD_REFERENCE], f, 1, false, NULL);
	}
	letter_wrap(w->out, buf_str(&with), 6, 6);
	w->out->failed = w->out->failed || with.failed || head.failed;
}

/* A sum for each currency; one that cannot be made is left out. */
static void
totals(struct writing *w)
{
	struct money sum[CURRENCIES];
	bool good[CURRENCIES];
	size_t n = 0;

	for (size_t i = 0; i < w->in->rows; i++) {
		const struct letter_row *r = &w->in->row[i];
		size_t k = 0;

		if (!r->has_amount)
			continue;
		while (k < n && (strcmp(sum[k].cur, r->amount.cur) != 0 || sum[k].exp != r->amount.exp))
			k++;
		if (k == CURRENCIES)
			return;
		if (k == n) {
			sum[n] = r->amount;
			good[n++] = true;
		} else
			good[k] = good[k] && money_add(&sum[k], &r->amount);
	}
	for (size_t k = 0; k < n; k++) {
		BUF text = { .max = 256 }, line = { .max = 1024 };

		if (!good[k])
			continue;
		money_human(&text, &sum[k]);
		const struct letter_field f[] = { { "total", buf_str(&text) } };

		letter_expand(&line, w->word[WORD_TOTAL], f, 1, false, NULL);
		letter_wrap(w->out, buf_str(&line), 2, 2);
	}
}

static void
more(struct writing *w, size_t n)
{
	BUF line = { .max = 1024 };
	char count[24];
	const struct letter_field f[] = { { "count", count } };

	if (n <= LETTER_LIST_MAX)
		return;
	(void)snprintf(count, sizeof count, "%zu", n - LETTER_LIST_MAX);
	letter_expand(&line, w->word[WORD_MORE], f, 1, false, NULL);
	letter_wrap(w->out, buf_str(&line), 2, 2);
}

static void
rows_out(struct writing *w, const char *head)
{
	if (w->in->rows == 0)
		return;
	gap(w, false);
	letter_wrap(w->out, head, 0, 0);
	for (size_t i = 0; i < w->in->rows && i < LETTER_LIST_MAX; i++)
		row_out(w, &w->in->row[i]);
	more(w, w->in->rows);
	totals(w);
}

static void
event_out(struct writing *w, const struct letter_event *ev)
{
	BUF line = { .max = 65536 };
	char day[11];

	date_put(day, ev->day);
	buf_addf(&line, "%s  %s", day, w->word[WORD_TOLD + (unsigned)ev->what]);
	if (ev->who[0] != '\0') {
		buf_addc(&line, ' ');
		clean(&line, ev->who);
	}
	for (unsigned k = WORD_APP; k <= WORD_PERSON; k++)
		if (strcmp(ev->by, words[k]) == 0)
			buf_addf(&line, "%s%s", comma(w), w->word[k]);
	if (ev->ref[0] != '\0') {
		const struct letter_field f[] = { { "reference", ev->ref } };

		buf_adds(&line, comma(w));
		letter_expand(&line, w->word[WORD_REFERENCE], f, 1, false, NULL);
	}
	if (ev->text[0] != '\0') {
		buf_adds(&line, w->in->zh ? "：" : ": ");
		clean(&line, ev->text);
	}
	letter_wrap(w->out, buf_str(&line), 2, 14);
	w->out->failed = w->out->failed || line.failed;
}

static void
events_out(struct writing *w, const char *head)
{
	if (w->in->events == 0)
		return;
	gap(w, false);
	letter_wrap(w->out, head, 0, 0);
	for (size_t i = 0; i < w->in->events && i < LETTER_LIST_MAX; i++)
		event_out(w, &w->in->event[i]);
	more(w, w->in->events);
}

/* ---- the law ---- */

static void
period_text(const struct writing *w, const struct advice *a, struct buf *out)
{
	static const enum word of[][2] = { [UNIT_HOURS] = { WORD_HOUR, WORD_HOURS }, [UNIT_DAYS] = { WORD_DAY, WORD_DAYS },
		[UNIT_BUSINESS_DAYS] = { WORD_BUSINESS_DAY, WORD_BUSINESS_DAYS },
		[UNIT_MONTHS] = { WORD_MONTH, WORD_MONTHS } };
	char count[16];
	const struct letter_field f[] = { { "count", count } };

	(void)snprintf(count, sizeof count, "%u", a->period);
	if (a->period > 0)
		letter_expand(out, w->word[of[a->unit][a->period != 1]], f, 1, false, NULL);
}

/* Is it said here: in this letter, of such a case, confirmed, in this country? A text with a period needs one. */
static const struct advice *
cited(const struct writing *w, const struct cite *c)
{
	const struct letter_in *in = w->in;
	const struct advice *a = NULL;

	if (c->in[in->kind] && (!c->payment || in->where.payment))
		a = advice_by_id(in->facts, c->fact);
	if (a == NULL || !advice_instructs(a) || a->places == 0 || !ladder_holds(&in->where, a->places, a->place) ||
	    (strstr(in->zh ? c->zh : c->en, "{period}") != NULL && a->period == 0))
		return NULL;
	return a;
}

static void
law_out(struct writing *w, const char *head)
{
	bool begun = false;

	for (size_t i = 0; i < w->l->cites; i++) {
		const struct cite *c = &w->l->cite[i];
		const struct advice *a = cited(w, c);
		BUF period = { .max = 256 }, text = { .max = 65536 };

		if (a == NULL)
			continue;
		period_text(w, a, &period);
		const struct letter_field f[] = { { "period", buf_str(&period) }, { "source", a->fact.source },
			{ "checked", a->fact.checked } };

		buf_adds(&text, "- ");
		letter_expand(&text, w->in->zh ? c->zh : c->en, f, COUNTOF(f), false, NULL);
		if (!w->in->zh)
			buf_addc(&text, ' ');
		letter_expand(&text, w->word[WORD_SOURCE], f, COUNTOF(f), false, NULL);
		if (!begun) {
			gap(w, false);
			letter_wrap(w->out, head, 0, 0);
			begun = true;
		}
		letter_wrap(w->out, buf_str(&text), 2, 4);
		w->out->failed = w->out->failed || text.failed;
	}
}

/* ---- all of it ---- */

static void
text_out(struct writing *w, const char *text, bool line, bool only_if)
{
	BUF full = { .max = 1 << 20 };
	bool empty = false;

	letter_expand(&full, text, w->field, COUNTOF(w->field), true, &empty);
	if (only_if && empty)
		return;
	gap(w, line);
	letter_wrap(w->out, buf_str(&full), 0, 0);
	w->out->failed = w->out->failed || full.failed;
}

static void
fields_set(struct writing *w)
{
	const struct letter_in *in = w->in;
	const bool higher = in->kind == LETTER_OMBUDSMAN || in->kind == LETTER_REGULATOR || in->kind == LETTER_POLICE;
	/* In the order of letter_fields. */
	const char *const value[] = { in->name, w->day[0], higher ? in->body : in->provider, in->subject, in->login,
		in->reference, in->provider, w->day[1], in->answer_by != 0 ? w->day[2] : "" };

	_Static_assert(COUNTOF(value) == COUNTOF(letter_fields), "each field has its value");
	date_put(w->day[0], in->today);
	date_put(w->day[1], in->opened);
	date_put(w->day[2], in->answer_by);
	for (size_t i = 0; i < COUNTOF(letter_fields); i++)
		w->field[i] = (struct letter_field){ letter_fields[i], value[i] };
}

static void
item_out(struct writing *w, const struct data_field *f)
{
	if (strcmp(f->key, "line") == 0 || strcmp(f->key, "line-if") == 0)
		text_out(w, f->value, true, strcmp(f->key, "line-if") == 0);
	else if (strcmp(f->key, "par") == 0 || strcmp(f->key, "par-if") == 0)
		text_out(w, f->value, false, strcmp(f->key, "par-if") == 0);
	else if (strcmp(f->key, "rows") == 0)
		rows_out(w, f->value);
	else if (strcmp(f->key, "events") == 0)
		events_out(w, f->value);
	else if (strcmp(f->key, "law") == 0)
		law_out(w, f->value);
}

enum rc
letter_write(const struct letters *l, const struct letter_in *in, struct buf *out, struct err *e)
{
	const struct data_record *r = l->letter[in->kind][in->zh];
	BUF text = { .max = 4 << 20 };
	struct writing w = { .l = l, .in = in, .out = &text, .word = l->word[in->zh] };
	enum rc rc;

	fields_set(&w);
	for (size_t i = 0; i < r->fields; i++)
		item_out(&w, &r->field[i]);
	if ((rc = buf_check(&text, e)) != OK)
		return rc;
	buf_add(out, buf_str(&text), text.len);
	return buf_check(out, e);
}
