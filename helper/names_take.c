/* helper/names_take.c: what purser-names says, checked; see names.h. */
#include "helper/names.h"

#include "base/le.h"
#include "base/utf8.h"

#include <string.h>

static bool
take_text(char out[NAME_MAX_BYTES + 1], const unsigned char **p, size_t *left)
{
	size_t n;

	if (*left < 2 || (n = le16_get(*p)) > *left - 2 || n > NAME_MAX_BYTES)
		return false;
	memcpy(out, *p + 2, n);
	out[n] = '\0';
	*p += 2 + n;
	*left -= 2 + n;
	if (strlen(out) != n || !utf8_valid(out, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f)
			return false;
	}
	return true;
}

static size_t
labels(const char *s)
{
	size_t n = 1;

	for (; *s != '\0'; s++)
		n += *s == '.';
	return n;
}

static bool
plain_name(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s >= 0x80 || *s == ' ' || (*s >= 'A' && *s <= 'Z'))
			return false;
	}
	return true;
}

/* Is b the whole of a, or its end after a dot? */
static bool
ends_in(const char *a, const char *b)
{
	size_t n = strlen(a), k = strlen(b);

	return k <= n && strcmp(a + n - k, b) == 0 && (k == n || k == 0 || a[n - k - 1] == '.');
}

static bool
host_can_be(const struct name_facts *f)
{
	bool good = !(f->flags & NAME_INVALID);

	if (good && (f->ascii[0] == '\0' || labels(f->ascii) != labels(f->unicode)))
		return false;
	return f->unicode[0] != '\0' && labels(f->fold) == labels(f->unicode) && plain_name(f->ascii) &&
	    plain_name(f->registrable) && plain_name(f->suffix) && ends_in(f->ascii, f->registrable) &&
	    ends_in(f->ascii, f->suffix);
}

bool
names_take(struct name_facts *out, enum names_op op, const unsigned char *p, size_t n)
{
	struct name_facts f = { .flags = 0 };

	if (n < 3 || (op != NAMES_HOST && op != NAMES_LINE))
		return false;
	f.flags = le16_get(p);
	f.level = p[2];
	p += 3;
	n -= 3;
	if (f.flags >= NAME_NUMBERS << 1 || f.level < 1 || f.level > 6 || !take_text(f.ascii, &p, &n) ||
	    !take_text(f.unicode, &p, &n) || !take_text(f.fold, &p, &n) || !take_text(f.registrable, &p, &n) ||
	    !take_text(f.suffix, &p, &n) || n != 0)
		return false;
	if (op == NAMES_HOST ? !host_can_be(&f) : f.ascii[0] != '\0' || f.registrable[0] != '\0' || f.suffix[0] != '\0')
		return false;
	*out = f;
	return true;
}
