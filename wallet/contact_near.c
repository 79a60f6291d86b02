/* wallet/contact_near.c: names that are apt to be taken for another; see contact.h. */
#include "wallet/contact_int.h"

#include "base/ascii.h"
#include "base/scope.h"
#include "base/utf8.h"

#include <stdio.h>

#define LABEL_MAX 96u                   /* characters of a label that are looked at */
#define NEAR_MIN 5u                     /* shorter words are a letter away from many others */
#define INSIDE_MIN 6u
#define TOKEN_MIN 4u

/* ---- characters ---- */

struct chars { uint32_t c[LABEL_MAX]; size_t n; };

static struct chars
chars(const char *s)
{
	struct chars x = { .n = 0 };
	size_t left = strlen(s), k;

	while (left > 0 && x.n < LABEL_MAX && (k = utf8_next(s, left, &x.c[x.n])) > 0) {
		x.n++;
		s += k;
		left -= k;
	}
	return x;
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned
edits(const char *a, const char *b, unsigned max)
{
	unsigned row[3][LABEL_MAX + 1], *two = row[0], *last = row[1], *now = row[2];
	struct chars x = chars(a), y = chars(b);

	if ((x.n > y.n ? x.n - y.n : y.n - x.n) > max)
		return max + 1;
	for (size_t k = 0; k <= y.n; k++)
		two[k] = last[k] = (unsigned)k;
	for (size_t i = 1; i <= x.n; i++) {
		unsigned *spare = two;

		now[0] = (unsigned)i;
		for (size_t k = 1; k <= y.n; k++) {
			now[k] = least(least(last[k], now[k - 1]) + 1, last[k - 1] + (x.c[i - 1] != y.c[k - 1]));
			if (i > 1 && k > 1 && x.c[i - 1] == y.c[k - 2] && x.c[i - 2] == y.c[k - 1])
				now[k] = least(now[k], two[k - 2] + 1);
		}
		two = last;
		last = now;
		now = spare;
	}
	return last[y.n] <= max ? last[y.n] : max + 1;
}

static bool
vowel(uint32_t c)
{
	return c < 0x80 && c != 0 && strchr("aeiouy", (int)c) != NULL;
}

/* They differ in one character. */
static uint64_t
replaced(uint32_t a, uint32_t b)
{
	uint32_t x = a ^ b;

	if (vowel(a) && vowel(b))
		return WHY(WHY_VOWEL);
	return a < 0x80 && b < 0x80 && (x & (x - 1)) == 0 ? WHY(WHY_BIT) : WHY(WHY_REPLACED);
}

/* x is y and one character more. */
static uint64_t
longer(const struct chars *x, const struct chars *y)
{
	size_t i = 0;

	while (i < y->n && x->c[i] == y->c[i])
		i++;
	return (i > 0 && x->c[i] == x->c[i - 1]) || (i + 1 < x->n && x->c[i] == x->c[i + 1]) ? WHY(WHY_DOUBLED)
											     : WHY(WHY_ADDED);
}

/* One edit apart: which? */
static uint64_t
which(const char *a, const char *b)
{
	struct chars x = chars(a), y = chars(b);
	size_t i = 0;

	if (x.n != y.n)
		return x.n > y.n ? longer(&x, &y) : WHY(WHY_OMITTED);
	while (i < x.n && x.c[i] == y.c[i])
		i++;
	if (i + 1 < x.n && x.c[i] == y.c[i + 1] && x.c[i + 1] == y.c[i])
		return WHY(WHY_SWAPPED);
	return i < x.n ? replaced(x.c[i], y.c[i]) : 0;
}

static void
without(char out[NAME_MAX_BYTES + 1], const char *s, const char *drop)
{
	size_t n = 0;

	for (; *s != '\0' && n < NAME_MAX_BYTES; s++) {
		if (strchr(drop, *s) == NULL)
			out[n++] = *s;
	}
	out[n] = '\0';
}

static bool
ascii_only(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s >= 0x80)
			return false;
	}
	return true;
}

/* As long as the other, and where it differs, a character stands that is no ASCII letter. */
static bool
foreign_letters(const char *a, const char *b)
{
	struct chars x = chars(a), y = chars(b);
	size_t same = 0;

	if (x.n != y.n)
		return false;
	for (size_t i = 0; i < x.n; i++) {
		if (x.c[i] != y.c[i] && x.c[i] < 0x80)
			return false;
		same += x.c[i] == y.c[i];
	}
	return same >= 2 && same * 3 >= x.n;
}

uint64_t
label_near(const char *a, const char *a_fold, const char *b, const char *b_fold)
{
	char x[NAME_MAX_BYTES + 1], y[NAME_MAX_BYTES + 1];
	uint64_t why;
	size_t n = strlen(b);

	if (n < TOKEN_MIN || a[0] == '\0' || strcmp(a, b) == 0)
		return 0;
	if (strcmp(a_fold, b_fold) == 0)
		return WHY(WHY_CONFUSABLE);
	without(x, a_fold, "-._");
	without(y, b_fold, "-._");
	if (strcmp(x, y) == 0)
		return WHY(WHY_HYPHEN);
	if (edits(a, b, 1) == 1) {
		why = which(a, b);
		return n >= NEAR_MIN || (why & (WHY(WHY_SWAPPED) | WHY(WHY_DOUBLED))) != 0 ? why : 0;
	}
	if (n < NEAR_MIN)
		return 0;
	if (edits(x, y, 1) == 1)
		return WHY(WHY_NEAR) | (ascii_only(a) ? 0 : WHY(WHY_CONFUSABLE));
	if (foreign_letters(a, b))
		return WHY(WHY_CONFUSABLE);
	return edits(x, y, 2) == 2 && (!ascii_only(a) || n >= 8) ? WHY(WHY_NEAR) : 0;
}

/* ---- hosts ---- */

static bool
below(const char *host, const char *domain)
{
	size_t n = strlen(host), k = strlen(domain);

	return k > 0 && n > k && host[n - k - 1] == '.' && strcmp(host + n - k, domain) == 0;
}

bool
host_theirs(const struct name_facts *f, bool sure, const struct item *it, bool *exactly)
{
	const struct name_facts *d = it->host;

	if (d == NULL || it->k.kind == CONTACT_MAIL || f->ascii[0] == '\0' || (f->flags & NAME_INVALID) != 0)
		return false;
	*exactly = strcmp(f->ascii, d->ascii) == 0;
	if (*exactly)
		return true;
	if (it->k.kind != CONTACT_DOMAIN || !below(f->ascii, d->ascii))
		return false;
	/* Below a public suffix, or where one lies between, somebody else may have it. */
	return sure ? d->registrable[0] != '\0' && strcmp(f->registrable, d->registrable) == 0
		    : it->k.origin == ORIGIN_SHIPPED;
}

/* Where everybody writes below one name: messengers, networks, documents, forms, short links, links to be paid. The
 * public suffix list has those that give each a host of his own. */
bool
host_of_anybody(const struct name_facts *f)
{
	static const char *const of[] = { "wa.me", "whatsapp.com", "t.me", "telegram.me", "telegra.ph", "m.me", "facebook.com",
		"fb.com", "messenger.com", "instagram.com", "x.com", "twitter.com", "t.co", "linkedin.com", "lnkd.in",
		"youtube.com", "youtu.be", "tiktok.com", "discord.com", "discord.gg", "reddit.com", "medium.com", "github.com",
		"gitlab.com", "sites.google.com", "docs.google.com", "drive.google.com", "forms.gle", "goo.gl", "g.page",
		"g.co", "forms.office.com", "forms.microsoft.com", "sharepoint.com", "onedrive.live.com", "1drv.ms", "dropbox.com",
		"linktr.ee", "bit.ly", "tinyurl.com", "is.gd", "t.ly", "cutt.ly", "rebrand.ly", "ow.ly", "pastebin.com",
		"typeform.com", "jotform.com", "calendly.com", "trustpilot.com", "line.me", "lin.ee", "weibo.com", "t.cn",
		"mp.weixin.qq.com", "docs.qq.com", "zhihu.com", "paypal.me", "revolut.me", "cash.me" };

	for (size_t i = 0; i < COUNTOF(of); i++) {
		if (strcmp(f->ascii, of[i]) == 0 || below(f->ascii, of[i]))
			return true;
	}
	return false;
}

bool
same_page(const char *page, const struct item *it)
{
	const char *known = it->page;
	size_t n = strlen(known);

	if (it->k.kind == CONTACT_DOMAIN)       /* its owner's own first page */
		return page[strspn(page, "/")] == '\0';
	while (n > 0 && known[n - 1] == '/')
		n--;
	/* A dot or a percent sign may lead back up. */
	return it->k.kind == CONTACT_URL && n > 0 && strncmp(page, known, n) == 0 && strstr(page + n, "..") == NULL &&
	    strchr(page + n, '%') == NULL && strchr(page + n, '\\') == NULL && strchr("/?#", page[n]) != NULL;
}

/* The labels of s (ASCII, Unicode or fold of a host) but the last n. */
static void
head(char out[NAME_MAX_BYTES + 1], const char *s, size_t n)
{
	size_t len = strlen(s);

	for (; n > 0 && len > 0; n--) {
		do
			len--;
		while (len > 0 && s[len] != '.');
	}
	memcpy(out, s, len);
	out[len] = '\0';
}

static size_t
labels(const char *s)
{
	size_t n = s[0] != '\0';

	for (; *s != '\0'; s++)
		n += *s == '.';
	return n;
}

static const char *
last_label(const char *s)
{
	const char *dot = strrchr(s, '.');

	return dot != NULL ? dot + 1 : s;
}

/* What the owner chose: labels left of the public suffix, in Unicode and folded. */
struct own { char word[NAME_MAX_BYTES + 1], fold[NAME_MAX_BYTES + 1]; };

static struct own
own_labels(const struct name_facts *f)
{
	struct own o;
	size_t suffix = labels(f->suffix);

	if (suffix == 0 || suffix >= labels(f->unicode))
		suffix = labels(f->unicode) > 1;
	head(o.word, f->unicode, suffix);
	head(o.fold, f->fold, suffix);
	return o;
}

/* The next piece between dots and dashes; NULL: no more. */
static const char *
token(char out[NAME_MAX_BYTES + 1], const char *s)
{
	size_t n;

	s += strspn(s, ".-");
	if ((n = strcspn(s, ".-")) == 0)
		return NULL;
	memcpy(out, s, n);
	out[n] = '\0';
	return s + n;
}

static uint64_t
token_near(const struct own *o, const struct brand *b)
{
	char x[NAME_MAX_BYTES + 1], y[NAME_MAX_BYTES + 1];
	const char *at = o->word, *fold = o->fold;

	while ((at = token(x, at)) != NULL && (fold = token(y, fold)) != NULL) {
		if (strcmp(x, b->word) == 0 || strcmp(y, b->fold) == 0)
			return WHY(WHY_INSIDE);
		if (strlen(b->word) >= INSIDE_MIN && strlen(x) >= NEAR_MIN && edits(y, b->fold, 1) <= 1)
			return WHY(WHY_INSIDE) | WHY(WHY_NEAR);
	}
	return 0;
}

static uint64_t
brand_near(const struct own *o, const struct brand *b, unsigned *rank)
{
	char x[NAME_MAX_BYTES + 1];
	const char *word = last_label(o->word), *fold = last_label(o->fold);
	uint64_t why;

	if (b->word[0] == '\0')
		return 0;
	*rank = 2;
	if (strcmp(word, b->word) == 0)
		return WHY(WHY_TLD);
	*rank = 3;
	if ((why = label_near(word, fold, b->word, b->fold)) != 0)
		return why;
	*rank = 4;
	without(x, o->fold, ".-");
	if (strlen(b->word) >= TOKEN_MIN && strcmp(x, b->fold) == 0)
		return WHY(WHY_DOTS);
	*rank = 5;
	if (strlen(b->word) >= TOKEN_MIN && (why = token_near(o, b)) != 0)
		return why;
	*rank = 6;
	if (strlen(b->word) >= INSIDE_MIN && (strstr(o->fold, b->fold) != NULL || strstr(x, b->fold) != NULL))
		return WHY(WHY_INSIDE);
	return 0;
}

static bool
mentions(const char *text, const char *domain)
{
	size_t n = strlen(domain);

	for (size_t i = 0, len = strlen(text); i + n <= len; i++) {
		if (ascii_compare(text + i, n, domain) == 0)
			return true;
	}
	return false;
}

/* Their whole name as labels, not at the end. */
static bool
as_subdomain(const char *host, const char *domain)
{
	size_t n = strlen(domain);

	for (const char *at = host; n > 0 && (at = strstr(at, domain)) != NULL; at++) {
		if ((at == host || at[-1] == '.') && at[n] == '.')
			return true;
	}
	return false;
}

uint64_t
host_near(const struct name_facts *f, const struct asked *q, const struct item *it, unsigned *rank)
{
	const struct name_facts *d = it->host;
	uint64_t why = 0;
	struct own o;

	if (d == NULL || d->ascii[0] == '\0')
		return 0;
	if (f->ascii[0] == '\0' && (below(f->unicode, d->unicode) || below(f->unicode, d->registrable)))
		return 0;                       /* below theirs, and no host at all */
	*rank = 0;
	if (strcmp(f->ascii, d->ascii) != 0 && !below(f->ascii, d->ascii) &&
	    (strcmp(f->fold, d->fold) == 0 || below(f->fold, d->fold)))
		return WHY(WHY_CONFUSABLE);
	*rank = 1;
	if (as_subdomain(f->ascii, d->ascii) || as_subdomain(f->fold, d->fold))
		return WHY(WHY_SUBDOMAIN);
	if (q->before[0] != '\0' && mentions(q->before, d->ascii))
		return q->kind == CONTACT_MAIL ? WHY(WHY_DISPLAYED) : WHY(WHY_USERINFO);
	if (strcmp(f->ascii, d->ascii) == 0 || below(f->ascii, d->ascii) ||
	    (f->registrable[0] != '\0' && strcmp(f->registrable, d->registrable) == 0)) {
		*rank = 1;
		return WHY(WHY_SHARED);
	}
	o = own_labels(f);
	for (size_t i = 0; i < COUNTOF(it->brand) && why == 0; i++)
		why = brand_near(&o, &it->brand[i], rank);
	if (why == 0 && mentions(q->rest, d->ascii)) {
		*rank = 7;
		why = WHY(WHY_PATH);
	}
	return why;
}
