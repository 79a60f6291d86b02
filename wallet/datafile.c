/* wallet/datafile.c: see datafile.h. */
#include "wallet/datafile.h"

#include "base/io.h"
#include "base/place.h"
#include "base/time.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <libintl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char *
data_status_name(enum data_status s)
{
	static const char *const names[] = { "confirmed", "confirmed-2nd", "unconfirmed" };

	return names[s];
}

bool
fact_stale(const struct fact *f, int64_t now_ms)
{
	int64_t today = now_ms / 86400000;

	return today - f->day > DATA_STALE_DAYS || f->day > today + 1;
}

/* ---- where ---- */

enum rc
data_open(int *dirfd, struct err *e)
{
	char path[4096];
	int fd;

	place_find(path, sizeof path, "data", "share/purser", PURSER_DATA);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno == ENOENT ? E_NOTFOUND : E_SYS, N_("purser's data files are not installed: %s"), path);
	*dirfd = fd;
	return OK;
}

/* ---- parsing ---- */

void
datafile_free(struct datafile *f)
{
	buf_free(&f->text);
	free(f->fields);
	free(f->rec);
	*f = (struct datafile){ .n = 0 };
}

static enum rc
bad_line(const struct datafile *f, unsigned line, const char *reason, struct err *e)
{
	return err_set(e, E_INPUT, "%s:%u: %s", f->name, line, gettext(reason));
}

enum rc
data_bad(const struct datafile *f, const struct data_record *r, const char *key, const char *reason, struct err *e)
{
	unsigned line = r->line;

	for (size_t i = 0; i < r->fields; i++)
		if (strcmp(r->field[i].key, key) == 0)
			line = r->field[i].line;
	return err_set(e, E_INPUT, "%s:%u: %s: %s", f->name, line, key, gettext(reason));
}

const char *
data_nth(const struct data_record *r, const char *key, size_t i)
{
	for (size_t k = 0; k < r->fields; k++)
		if (strcmp(r->field[k].key, key) == 0 && i-- == 0)
			return r->field[k].value;
	return NULL;
}

const char *
data_get(const struct data_record *r, const char *key)
{
	return data_nth(r, key, 0);
}

static const struct data_key *
known(const struct data_shape *shape, const char *key)
{
	static const struct data_key always[] = { { "source", true, false }, { "checked", true, false }, { "status",
	    true, false } };

	for (size_t i = 0; !shape->bare && i < COUNTOF(always); i++)
		if (strcmp(always[i].key, key) == 0)
			return &always[i];
	for (const struct data_key *k = shape->keys; k->key != NULL; k++)
		if (strcmp(k->key, key) == 0)
			return k;
	return NULL;
}

/* The shape of a record that begins with this key; NULL: of none. */
static const struct data_shape *
shape_of(const struct data_shape *s, const char *first)
{
	for (; s->keys != NULL; s++)
		if (s->first == NULL || strcmp(s->first, first) == 0)
			return s;
	return NULL;
}

/* What a line may hold at all. NULL: fine. */
static const char *
line_wrong(const char *s, size_t n)
{
	uint32_t cp;
	size_t k;

	if (n > DATA_LINE_MAX)
		return N_("the line is too long");
	for (size_t i = 0; i < n; i += k) {
		if ((k = utf8_next(s + i, n - i, &cp)) == 0)
			return N_("not UTF-8");
		if (utf8_cpwidth(cp) < 0 || cp == 0x200e || cp == 0x200f || (cp >= 0x202a && cp <= 0x202e) ||
		    (cp >= 0x2066 && cp <= 0x2069))
			return N_("control character");
	}
	if (n > 0 && (s[n - 1] == ' ' || s[0] == ' '))
		return N_("blank at the beginning or end of a line");
	return NULL;
}

struct scan { struct datafile *f; const struct data_shape *shapes; size_t fields, cap; struct data_record *open; };

/* NULL: there are too many. */
static struct data_record *
open_record(struct scan *s, const struct data_shape *shape, unsigned number)
{
	struct datafile *f = s->f;

	if (f->n == DATA_RECORDS_MAX)
		return NULL;
	f->rec[f->n] = (struct data_record){ .line = number, .shape = shape, .field = f->fields + s->fields };
	return &f->rec[f->n++];
}

/* "key: value", made two strings in place. */
static enum rc
take_field(struct scan *s, char *line, size_t n, unsigned number, struct err *e)
{
	struct datafile *f = s->f;
	char *colon = memchr(line, ':', n);
	const struct data_shape *shape;
	struct data_record *r = s->open;
	const struct data_key *k;

	if (colon == NULL || colon == line || (size_t)(colon - line) + 2 >= n || colon[1] != ' ')
		return bad_line(f, number, N_("expected \"key: value\""), e);
	*colon = '\0';
	line[n] = '\0';
	shape = r != NULL ? r->shape : shape_of(s->shapes, line);
	if (shape == NULL)
		return bad_line(f, number, N_("no record begins with this key"), e);
	if ((k = known(shape, line)) == NULL)
		return bad_line(f, number, N_("unknown key"), e);
	if (r == NULL && (r = open_record(s, shape, number)) == NULL)
		return bad_line(f, number, N_("too many records"), e);
	s->open = r;
	if (r->fields == DATA_FIELDS_MAX || s->fields == s->cap)
		return bad_line(f, number, N_("too many fields"), e);
	if (!k->many && data_get(r, line) != NULL)
		return bad_line(f, number, N_("the key stands twice"), e);
	f->fields[s->fields++] = (struct data_field){ .key = line, .value = colon + 2, .line = number };
	r->fields++;
	return OK;
}

static enum rc
check_record(const struct datafile *f, const struct data_record *r, struct err *e)
{
	static const char *const always[] = { "source", "checked", "status" };
	struct fact fact;

	for (size_t k = 0; !r->shape->bare && k < COUNTOF(always); k++)
		if (data_get(r, always[k]) == NULL)
			return data_bad(f, r, always[k], N_("missing"), e);
	for (const struct data_key *k = r->shape->keys; k->key != NULL; k++)
		if (k->required && data_get(r, k->key) == NULL)
			return data_bad(f, r, k->key, N_("missing"), e);
	return r->shape->bare ? OK : data_fact(f, r, &fact, e);
}

static enum rc
scan_lines(struct datafile *f, const struct data_shape *shapes, struct err *e)
{
	struct scan s = { .f = f, .shapes = shapes, .cap = (size_t)DATA_RECORDS_MAX * DATA_FIELDS_MAX };
	char *p = f->text.p, *end = f->text.p + f->text.len, *lf;
	const char *wrong;
	enum rc rc;

	for (unsigned number = 1; p < end; number++, p = lf + 1) {
		if ((lf = memchr(p, '\n', (size_t)(end - p))) == NULL)
			return bad_line(f, number, N_("the last line does not end"), e);
		if ((wrong = line_wrong(p, (size_t)(lf - p))) != NULL)
			return bad_line(f, number, wrong, e);
		if (lf == p)
			s.open = NULL;
		else if (*p != '#' && (rc = take_field(&s, p, (size_t)(lf - p), number, e)) != OK)
			return rc;
	}
	if (f->n == 0)
		return bad_line(f, 1, N_("the file is empty"), e);
	for (size_t i = 0; i < f->n; i++)
		if ((rc = check_record(f, &f->rec[i], e)) != OK)
			return rc;
	return OK;
}

enum rc
datafile_parse(struct datafile *out, struct buf *text, const char *name, const struct data_shape *shapes,
    struct err *e)
{
	struct datafile f = { .text = *text };
	enum rc rc;

	*text = (struct buf){ .p = NULL };
	(void)snprintf(f.name, sizeof f.name, "%s", name);
	f.fields = calloc((size_t)DATA_RECORDS_MAX * DATA_FIELDS_MAX, sizeof *f.fields);
	f.rec = calloc(DATA_RECORDS_MAX, sizeof *f.rec);
	if (f.fields == NULL || f.rec == NULL)
		rc = err_set(e, E_NOMEM, N_("out of memory"));
	else
		rc = scan_lines(&f, shapes, e);
	if (rc == OK)
		*out = f;
	else
		datafile_free(&f);
	return rc;
}

enum rc
datafile_shapes(struct datafile *out, int dirfd, const char *name, const struct data_shape *shapes, struct err *e)
{
	BUF text = { .max = DATA_FILE_MAX };
	enum rc rc;

	if ((rc = io_read_file(dirfd, name, DATA_FILE_MAX, &text, e)) == E_RANGE)
		return err_set(e, E_INPUT, N_("%s is larger than purser accepts"), name);
	return rc == OK ? datafile_parse(out, &text, name, shapes, e) : rc;
}

enum rc
datafile_load(struct datafile *out, int dirfd, const char *name, const struct data_key *keys, struct err *e)
{
	const struct data_shape shapes[] = { { NULL, keys, false }, { NULL, NULL, false } };
	enum rc rc = datafile_shapes(out, dirfd, name, shapes, e);

	for (size_t i = 0; rc == OK && i < out->n; i++)
		out->rec[i].shape = NULL;
	return rc;
}

/* ---- facts ---- */

enum rc
data_fact(const struct datafile *f, const struct data_record *r, struct fact *out, struct err *e)
{
	struct fact fact = { .source = data_get(r, "source") };
	const char *checked = data_get(r, "checked"), *status = data_get(r, "status");

	if (!civil_day_read(checked, &fact.day))
		return data_bad(f, r, "checked", N_("not a date (YYYY-MM-DD)"), e);
	memcpy(fact.checked, checked, sizeof fact.checked);
	while (strcmp(status, data_status_name(fact.status)) != 0)
		if (++fact.status > DATA_UNCONFIRMED)
			return data_bad(f, r, "status", N_("unknown status"), e);
	*out = fact;
	return OK;
}
