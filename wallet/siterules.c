/* wallet/siterules.c: see siterules.h. */
#include "wallet/siterules.h"

#include "base/num.h"

#include <string.h>
#include <strings.h>

#define FILE_NAME "password-rules.txt"
#define SPECIAL "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

struct siterules { struct datafile file; size_t n; struct siterule rule[]; };

/* ---- classes ---- */

static void
add_char(char set[128], char c)
{
	size_t n = strlen(set);

	if (memchr(set, c, n) == NULL) {
		set[n] = c;
		set[n + 1] = '\0';
	}
}

static void
add_range(char set[128], char from, char to)
{
	for (char c = from; c <= to; c++)
		add_char(set, c);
}

/* One class at *p; *p moves behind it. "[...]" ends at the last ] before a comma or the end, so that ] may be inside.
 * */
static bool
add_class(char set[128], const char **p)
{
	static const char *const words[] = { "lower", "upper", "digit", "special" };
	const char *s = *p, *end;
	size_t n;

	if (*s == '[') {
		for (end = s + 1; *end != '\0' && !(*end == ']' && end > s + 1 && (end[1] == '\0' ||
		    end[1] == ',')); end++)
			if (*end <= 0x20 || *end >= 0x7f)
				return false;
		if (*end == '\0')
			return false;
		for (s++; s < end; s++)
			add_char(set, *s);
		*p = end + 1;
		return true;
	}
	n = strcspn(s, ",");
	*p = s + n;
	for (size_t i = 0; i < COUNTOF(words); i++) {
		if (n != strlen(words[i]) || memcmp(s, words[i], n) != 0)
			continue;
		if (i < 3)
			add_range(set, "aA0"[i], "zZ9"[i]);
		else
			for (s = SPECIAL; *s != '\0'; s++)
				add_char(set, *s);
		return true;
	}
	return false;
}

static bool
classes(char set[128], const char *p)
{
	set[0] = '\0';
	for (;;) {
		if (!add_class(set, &p))
			return false;
		if (*p == '\0')
			return true;
		if (p[0] != ',' || p[1] != ' ')
			return false;
		p += 2;
	}
}

/* ---- rules ---- */

static bool
length_get(struct passrule *r, const char *s)
{
	const char *dash = strchr(s, '-');
	char first[8];
	uint64_t min, max;

	if (dash == NULL || (size_t)(dash - s) >= sizeof first)
		return false;
	memcpy(first, s, (size_t)(dash - s));
	first[dash - s] = '\0';
	if (!num_u64(first, 1, 128, &min) || !num_u64(dash + 1, min, 1024, &max))
		return false;
	r->min = (unsigned)min;
	r->max = (unsigned)max;
	return true;
}

static bool
subset(const char *small, const char *big)
{
	return strspn(small, big) == strlen(small);
}

static enum rc
rule_get(const struct datafile *f, const struct data_record *r, struct siterule *out, struct err *e)
{
	const char *length = data_get(r, "length"), *allow = data_get(r, "allow"), *run = data_get(r,
	    "max-consecutive");
	struct passrule *p = &out->rule;
	uint64_t v;

	out->has_rule = length != NULL;
	if ((length != NULL) != (allow != NULL))
		return data_bad(f, r, length != NULL ? "allow" : "length", N_("length and allow come together"), e);
	if (length != NULL && !length_get(p, length))
		return data_bad(f, r, "length", N_("expected MIN-MAX"), e);
	if (allow != NULL && !classes(p->allowed, allow))
		return data_bad(f, r, "allow", N_("expected classes: lower, upper, digit, special, [characters]"), e);
	if (run != NULL && (length == NULL || !num_u64(run, 1, 64, &v)))
		return data_bad(f, r, "max-consecutive", N_("expected a number, beside a length"), e);
	if (run != NULL)
		p->max_consecutive = (unsigned)v;
	for (size_t i = 0; i < r->fields; i++) {
		if (strcmp(r->field[i].key, "require") != 0)
			continue;
		if (p->required == PASS_CLASSES_MAX || length == NULL || !classes(p->require[p->required],
		    r->field[i].value) || !subset(p->require[p->required], p->allowed))
			return data_bad(f, r, "require", N_("expected allowed classes"), e);
		p->required++;
	}
	if (length != NULL && p->required > p->max)
		return data_bad(f, r, "length", N_("shorter than what is required"), e);
	return OK;
}

static enum rc
url_check(const struct datafile *f, const struct data_record *r, const char *url, struct err *e)
{
	if (*url == '\0')
		return OK;
	if (strncmp(url, "https://", 8) != 0 || strlen(url) > 250 || strpbrk(url, " \"<>\\") != NULL)
		return data_bad(f, r, "url", N_("expected an https address"), e);
	return OK;
}

enum rc
siterules_load(struct siterules **out, int dirfd, struct err *e)
{
	static const struct data_key keys[] = { { "provider", true, false }, { "domain", true, true }, { "length",
	    false, false },
		{ "allow", false, false }, { "require", false, true }, { "max-consecutive", false, false }, { "url",
		    false, false },
		{ NULL, false, false } };
	struct datafile f = { .n = 0 };
	AUTO(siterules_free) struct siterules *s = NULL;
	const char *url;
	enum rc rc;

	if ((rc = datafile_load(&f, dirfd, FILE_NAME, keys, e)) != OK)
		return rc;
	if ((s = calloc(1, sizeof *s + f.n * sizeof s->rule[0])) == NULL) {
		datafile_free(&f);
		return err_set(e, E_NOMEM, N_("out of memory"));
	}
	s->file = f;
	for (s->n = 0; s->n < f.n; s->n++) {
		url = data_get(&f.rec[s->n], "url");
		s->rule[s->n].provider = data_get(&f.rec[s->n], "provider");
		s->rule[s->n].url = url != NULL ? url : "";
		if ((rc = data_fact(&f, &f.rec[s->n], &s->rule[s->n].fact, e)) != OK ||
		    (rc = rule_get(&f, &f.rec[s->n], &s->rule[s->n], e)) != OK ||
		    (rc = url_check(&f, &f.rec[s->n], s->rule[s->n].url, e)) != OK)
			return rc;
		if (!s->rule[s->n].has_rule && *s->rule[s->n].url == '\0')
			return data_bad(&f, &f.rec[s->n], "provider", N_("neither a rule nor an address"), e);
		if (s->rule[s->n].fact.status == DATA_UNCONFIRMED)
			return data_bad(&f, &f.rec[s->n], "status", N_("an unconfirmed fact is not shipped"), e);
	}
	*out = s;
	s = NULL;
	return OK;
}

void
siterules_free(struct siterules **s)
{
	if (*s != NULL)
		datafile_free(&(*s)->file);
	free(*s);
	*s = NULL;
}

size_t
siterules_count(const struct siterules *s)
{
	return s->n;
}

const struct siterule *
siterules_at(const struct siterules *s, size_t i)
{
	return &s->rule[i];
}

/* ---- finding ---- */

/* The host of an address, or the whole of what is none. An address with a user part is never matched: it is a known way
 * to show one name and go to another. */
static bool
host_of(const char *key, const char **host, size_t *n)
{
	const char *sep = strstr(key, "://");

	*host = sep != NULL ? sep + 3 : key;
	*n = strcspn(*host, "/?#");
	if (memchr(*host, '@', *n) != NULL || *n == 0)
		return false;
	*n = strcspn(*host, ":/?#");
	if (*n > 0 && (*host)[*n - 1] == '.')
		--*n;
	return *n > 0;
}

static bool
in_domain(const char *host, size_t n, const char *domain)
{
	size_t d = strlen(domain);

	return n >= d && strncasecmp(host + n - d, domain, d) == 0 && (n == d || host[n - d - 1] == '.');
}

/* The longest domain of a record that the host lies in; 0: none. */
static size_t
fits(const struct data_record *r, const char *host, size_t n)
{
	size_t best = 0;

	for (size_t k = 0; k < r->fields; k++)
		if (strcmp(r->field[k].key, "domain") == 0 && in_domain(host, n, r->field[k].value) &&
		    strlen(r->field[k].value) > best)
			best = strlen(r->field[k].value);
	return best;
}

const struct siterule *
siterules_find(const struct siterules *s, const char *key)
{
	const struct siterule *found = NULL;
	size_t n, len, best = 0;
	const char *host;

	for (size_t i = 0; i < s->n; i++)
		if (strcasecmp(key, s->rule[i].provider) == 0)
			return &s->rule[i];
	if (!host_of(key, &host, &n))
		return NULL;
	for (size_t i = 0; i < s->n; i++)
		if ((len = fits(&s->file.rec[i], host, n)) > best) {
			best = len;
			found = &s->rule[i];
		}
	return found;
}
