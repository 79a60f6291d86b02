/* wallet/card.c: see card.h. */
#include "wallet/card.h"

#include "base/num.h"
#include "base/time.h"
#include "base/utf8.h"

#include <string.h>

#define VALUE_MAX 400u          /* bytes of one value */

/* ---- what may stand on it ---- */

/* Start of the character before p. */
static const char *
back(const char *start, const char *p)
{
	do
		p--;
	while (p > start && ((unsigned char)*p & 0xc0) == 0x80);
	return p;
}

static size_t
characters(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

/* The first `head` and the last `tail` characters of s[0..n), an ellipsis between. */
static void
ends(struct buf *out, const char *s, size_t n, size_t head, size_t tail)
{
	const char *p = s, *q = s + n;

	while (head-- > 0 && p < s + n)
		for (p++; p < s + n && ((unsigned char)*p & 0xc0) == 0x80;)
			p++;
	while (tail-- > 0 && q > p)
		q = back(p, q);
	buf_add(out, s, (size_t)(p - s));
	buf_adds(out, "\xe2\x80\xa6");
	buf_add(out, q, (size_t)(s + n - q));
}

void
mask_login(struct buf *out, const char *login)
{
	BUF s = { .max = 4096 };
	const char *at;
	size_t digits = 0, n, chars;

	utf8_clean(&s, login, strlen(login));
	if (s.len == 0 || s.failed)
		return;
	at = strrchr(buf_str(&s), '@');
	n = at != NULL ? (size_t)(at - buf_str(&s)) : s.len;
	chars = characters(buf_str(&s), n);
	for (size_t i = 0; i < n; i++)
		digits += buf_str(&s)[i] >= '0' && buf_str(&s)[i] <= '9';
	if (at == NULL && digits >= 4 && strspn(buf_str(&s), "0123456789 +-/.()") == n)
		ends(out, buf_str(&s), n, 0, digits >= 10 ? 4 : 2);
	else if (chars >= 6)
		ends(out, buf_str(&s), n, at != NULL ? 1 : 2, 1);
	else
		ends(out, buf_str(&s), n, chars >= 2, 0);
	if (at != NULL)
		buf_adds(out, at);
}

/* "key: value", as the format wants it; nothing when nothing is left. */
static void
put_field(struct buf *out, const char *key, const char *value)
{
	BUF s = { .max = 1 << 20 };
	const char *p;
	size_t n;

	utf8_clean(&s, value, strlen(value));
	p = buf_str(&s) + strspn(buf_str(&s), " ");
	for (n = strlen(p); n > 0 && p[n - 1] == ' '; n--)
		;
	if (n > VALUE_MAX)
		for (n = VALUE_MAX; n > 0 && (((unsigned char)p[n] & 0xc0) == 0x80 || p[n - 1] == ' '); n--)
			;
	if (n > 0)
		buf_addf(out, "%s: %.*s\n", key, (int)n, p);
}

/* An address without what may be private in it: user, query, fragment. */
static void
put_url(struct buf *out, const char *url)
{
	BUF s = { .max = 1 << 20 };
	const char *sep = strstr(url, "://"), *host = sep != NULL ? sep + 3 : url;
	size_t n = strcspn(host, "/?#"), user = 0;

	for (size_t i = 0; i < n; i++)
		if (host[i] == '@')
			user = i + 1;
	buf_add(&s, url, (size_t)(host - url));
	buf_add(&s, host + user, strcspn(host + user, "?#"));
	put_field(out, "url", buf_str(&s));
}

static void
put_contact(struct buf *out, const struct contact *c)
{
	struct civil on = civil_from_unix(c->confirmed_ms / 1000);
	BUF s = { .max = 1 << 20 };

	if (c->value[0] == '\0')
		return;
	buf_addf(&s, "%s %04d-%02u-%02u %s", strlen(c->kind) < 8 ? c->kind : "other", on.year, on.month, on.day, c->value);
	put_field(out, "contact", buf_str(&s));
}

void
card_data(struct buf *out, const struct account *a, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n && kept < CARD_ACCOUNTS_MAX; i++) {
		BUF login = { .max = 8192 };

		if (a[i].state == ACCOUNT_CLOSED)
			continue;
		if (kept++ > 0)
			buf_addc(out, '\n');
		mask_login(&login, a[i].login);
		put_field(out, "account", a[i].name);
		put_field(out, "provider", a[i].provider);
		put_field(out, "login", buf_str(&login));
		put_url(out, a[i].url);
		put_field(out, "way-in", a[i].way_in);
		for (size_t k = 0; k < a[i].controls && k < CARD_LIST_MAX; k++)
			put_field(out, "controls", a[i].control[k]);
		for (size_t k = 0; k < a[i].contacts && k < CARD_LIST_MAX; k++)
			put_contact(out, &a[i].contact[k]);
	}
}

void
card_head(struct buf *out, int64_t written_ms, const char *lang)
{
	struct civil c = civil_from_unix(written_ms / 1000);

	buf_addf(out, "%s\ncard: 1\nwritten: %04d-%02u-%02u %02u:%02u:%02u\nlang: %s\n\n", CARD_MARK, c.year, c.month,
	    c.day, c.hour, c.minute, c.second, lang);
}

/* ---- reading ---- */

void
card_free(struct card *c)
{
	datafile_free(&c->file);
	free(c->a);
	*c = (struct card){ .n = 0 };
}

static bool
time_get(const char *s, int64_t *ms)
{
	unsigned v[6];
	static const unsigned char at[] = { 0, 5, 8, 11, 14, 17 };
	struct civil c;

	if (strlen(s) != 19 || s[4] != '-' || s[7] != '-' || s[10] != ' ' || s[13] != ':' || s[16] != ':')
		return false;
	for (size_t i = 0; i < COUNTOF(at); i++)
		if (!num_digits(s + at[i], i == 0 ? 4 : 2, &v[i]))
			return false;
	if (!civil_valid_date((int32_t)v[0], v[1], v[2]) || !civil_valid_time(v[3], v[4], v[5]))
		return false;
	c = (struct civil){ (int32_t)v[0], (uint8_t)v[1], (uint8_t)v[2], (uint8_t)v[3], (uint8_t)v[4], (uint8_t)v[5], 0 };
	*ms = civil_to_unix(&c) * 1000;
	return true;
}

/* "phone 2026-11-20 +49 ..." */
static bool
contact_get(const char *s, struct card_contact *out)
{
	static const char *const kinds[] = { "phone", "url", "mail", "address", "domain", "other" };
	size_t k = strcspn(s, " ");

	for (size_t i = 0; i < COUNTOF(kinds); i++) {
		if (strlen(kinds[i]) != k || strncmp(s, kinds[i], k) != 0 || strlen(s) < k + 13 || s[k + 11] != ' ')
			continue;
		memcpy(out->kind, s, k);
		out->kind[k] = '\0';
		memcpy(out->on, s + k + 1, 10);
		out->on[10] = '\0';
		out->value = s + k + 12;
		return strspn(out->on, "0123456789-") == 10;
	}
	return false;
}

static const char *
or_empty(const struct data_record *r, const char *key)
{
	const char *v = data_get(r, key);

	return v != NULL ? v : "";
}

static enum rc
account_get(const struct datafile *f, const struct data_record *r, struct card_account *out, struct err *e)
{
	struct card_account a = { .name = data_get(r, "account"), .provider = or_empty(r, "provider"),
		.login = or_empty(r, "login"), .url = or_empty(r, "url"), .way_in = or_empty(r, "way-in") };
	const char *v;

	for (; (v = data_nth(r, "controls", a.controls)) != NULL; a.controls++) {
		if (a.controls == CARD_LIST_MAX)
			return data_bad(f, r, "controls", N_("too many"), e);
		a.control[a.controls] = v;
	}
	for (; (v = data_nth(r, "contact", a.contacts)) != NULL; a.contacts++) {
		if (a.contacts == CARD_LIST_MAX)
			return data_bad(f, r, "contact", N_("too many"), e);
		if (!contact_get(v, &a.contact[a.contacts]))
			return data_bad(f, r, "contact", N_("expected a kind, a day and a value"), e);
	}
	*out = a;
	return OK;
}

static enum rc
records_get(struct card *c, struct err *e)
{
	const struct datafile *f = &c->file;
	enum rc rc;

	if (strcmp(f->rec[0].shape->first, "card") != 0 || strcmp(data_get(&f->rec[0], "card"), "1") != 0)
		return data_bad(f, &f->rec[0], "card", N_("not a card of this version"), e);
	if (!time_get(data_get(&f->rec[0], "written"), &c->written_ms))
		return data_bad(f, &f->rec[0], "written", N_("not a time"), e);
	c->lang = data_get(&f->rec[0], "lang");
	if ((c->a = calloc(f->n, sizeof *c->a)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 1; i < f->n; i++) {
		if (strcmp(f->rec[i].shape->first, "account") != 0)
			return data_bad(f, &f->rec[i], "card", N_("stands twice"), e);
		if ((rc = account_get(f, &f->rec[i], &c->a[c->n++], e)) != OK)
			return rc;
	}
	return OK;
}

enum rc
card_parse(struct card *out, struct buf *text, struct err *e)
{
	static const struct data_key head[] = { { "card", true, false }, { "written", true, false }, { "lang", true,
	    false }, { NULL, false, false } };
	static const struct data_key account[] = { { "account", true, false }, { "provider", false, false }, { "login",
	    false, false }, { "url", false, false }, { "way-in", false, false }, { "controls", false, true },
		{ "contact", false, true }, { NULL, false, false } };
	static const struct data_shape shapes[] = { { "card", head, true }, { "account", account, true }, { NULL, NULL,
	    false } };
	const char *mark = text->p != NULL ? memmem(text->p, text->len, "\n" CARD_MARK "\n", strlen(CARD_MARK) + 2) : NULL;
	struct card c = { .n = 0 };
	BUF data = { .max = CARD_FILE_MAX };
	enum rc rc;

	/* The text for people becomes empty lines, so that a message names the line of the file. */
	for (const char *t = text->p; mark != NULL && t <= mark; t++)
		if (*t == '\n')
			buf_addc(&data, '\n');
	if (mark != NULL) {
		mark += strlen(CARD_MARK) + 1;
		buf_add(&data, mark, text->len - (size_t)(mark - text->p));
	}
	buf_free(text);
	if (mark == NULL)
		return err_set(e, E_INPUT, N_("card: the records for purser are missing"));
	if ((rc = buf_check(&data, e)) != OK || (rc = datafile_parse(&c.file, &data, "card", shapes, e)) != OK)
		return rc;
	if ((rc = records_get(&c, e)) != OK) {
		card_free(&c);
		return rc;
	}
	*out = c;
	return OK;
}

const struct card_account *
card_find(const struct card *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->a[i].name, name) == 0)
			return &c->a[i];
	return NULL;
}

/* ---- whose advice, and in which order ---- */

static void
add_source(struct card_sources *s, const char *id)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->id[i], id) == 0)
			return;
	if (s->n < CARD_SOURCES_MAX)
		s->id[s->n++] = id;
}

void
card_sources(struct card_sources *out, const struct providers *p, const struct card_account *a)
{
	static const char *const generic[CLASS_COUNT] = { [CLASS_CARD] = "card", [CLASS_BANK] = "bank",
		[CLASS_EXCHANGE] = "exchange", [CLASS_MAILBOX] = "mailbox", [CLASS_SIM] = "sim" };
	struct card_sources s = { .n = 0, .class = CLASS_WALLET };
	const struct provider *q = NULL, *named;

	if (a->provider[0] != '\0') {
		q = providers_find(p, a->provider);
		add_source(&s, q != NULL ? q->id : a->provider);
	}
	/* "mailbox", "sim", "bank": an account that is called what it is. */
	if (q == NULL && (named = providers_find(p, a->name)) != NULL && named->class != CLASS_LAW)
		q = named;
	if (q != NULL) {
		s.class = q->class;
		add_source(&s, q->id);
	} else if (a->controls > 0) {
		s.class = CLASS_MAILBOX;
	}
	if (generic[s.class] != NULL)
		add_source(&s, generic[s.class]);
	*out = s;
}

/* How many others can be reset from account i, by any number of steps. seen: one mark each, all clear. */
static size_t
reach(const struct card *c, size_t i, bool *seen, size_t *stack)
{
	size_t depth = 0, found = 0;

	seen[i] = true;
	stack[depth++] = i;
	while (depth > 0) {
		const struct card_account *a = &c->a[stack[--depth]];

		for (size_t k = 0; k < a->controls; k++) {
			const struct card_account *b = card_find(c, a->control[k]);
			size_t at = b != NULL ? (size_t)(b - c->a) : 0;

			if (b == NULL || seen[at])
				continue;
			seen[at] = true;
			stack[depth++] = at;
			found++;
		}
	}
	return found;
}

static bool
has_freeze(const struct providers *p, const struct card_account *a)
{
	struct card_sources s;

	card_sources(&s, p, a);
	for (size_t i = 0; i < advice_count(p); i++) {
		const struct advice *v = advice_at(p, i);

		for (size_t k = 0; k < s.n; k++)
			if (v->kind <= ADVICE_REPORT && advice_instructs(v) && advice_of(v, s.id[k]))
				return true;
	}
	return false;
}

void
card_order(struct card *c, const struct providers *p)
{
	AUTO(auto_free) size_t *rank = calloc(c->n + 1, sizeof *rank), *stack = NULL;
	AUTO(auto_free) bool *seen = calloc(c->n + 1, sizeof *seen);
	struct card_sources s;

	if ((stack = calloc(c->n + 1, sizeof *stack)) == NULL || rank == NULL || seen == NULL)
		return;                 /* as written will do */
	for (size_t i = 0; i < c->n; i++) {
		memset(seen, 0, (c->n + 1) * sizeof *seen);
		card_sources(&s, p, &c->a[i]);
		rank[i] = reach(c, i, seen, stack) * 4;
		if (s.class == CLASS_MAILBOX || s.class == CLASS_SIM)
			rank[i] += 2;
		if (rank[i] == 0)
			rank[i] = has_freeze(p, &c->a[i]);
	}
	for (size_t i = 1; i < c->n; i++)
		for (size_t k = i; k > 0 && rank[k] > rank[k - 1]; k--) {
			struct card_account a = c->a[k];
			size_t r = rank[k];

			c->a[k] = c->a[k - 1];
			rank[k] = rank[k - 1];
			c->a[k - 1] = a;
			rank[k - 1] = r;
		}
}
