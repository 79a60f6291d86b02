/* tests/fido/cbor.h: as much of CBOR (RFC 8949) as a security key reads and writes. */
#ifndef PURSER_TESTS_FIDO_CBOR_H
#define PURSER_TESTS_FIDO_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct in { const unsigned char *p, *end; };
struct item { unsigned type; uint64_t n; const unsigned char *p; };      /* p: bytes of a string, or what follows the head */

/* The next head; a string's bytes are passed over, an array's or map's items are not. */
static inline bool
cbor_next(struct in *in, struct item *out)
{
	unsigned low, more;

	if (in->p >= in->end)
		return false;
	out->type = *in->p >> 5;
	low = *in->p++ & 31;
	more = low < 24 ? 0 : low == 24 ? 1 : low == 25 ? 2 : low == 26 ? 4 : 9;
	if (more == 9 || (size_t)(in->end - in->p) < more)
		return false;
	out->n = more == 0 ? low : 0;
	while (more-- > 0)
		out->n = out->n << 8 | *in->p++;
	out->p = in->p;
	if (out->type == 2 || out->type == 3) {
		if ((uint64_t)(in->end - in->p) < out->n)
			return false;
		in->p += out->n;
	}
	return true;
}

/* Pass over a whole item. */
static inline bool
cbor_skip(struct in *in)
{
	struct item i;
	uint64_t n;

	if (!cbor_next(in, &i))
		return false;
	n = i.type == 4 ? i.n : i.type == 5 ? 2 * i.n : 0;
	while (n-- > 0)
		if (!cbor_skip(in))
			return false;
	return true;
}

/* The value of an integer key (negative ones too) or of a text key in a map. */
static inline bool
cbor_find(struct in map, int key, const char *text, struct in *value)
{
	struct item head, k;

	if (!cbor_next(&map, &head) || head.type != 5)
		return false;
	for (uint64_t i = 0; i < head.n; i++) {
		if (!cbor_next(&map, &k))
			return false;
		if (text == NULL ? (k.type == 0 && key >= 0 && k.n == (uint64_t)key) ||
			    (k.type == 1 && key < 0 && k.n == (uint64_t)(-1 - key)) :
		    k.type == 3 && k.n == strlen(text) && memcmp(k.p, text, k.n) == 0) {
			*value = map;
			return true;
		}
		if (!cbor_skip(&map))
			return false;
	}
	return false;
}

static inline bool
cbor_bytes(struct in map, int key, const unsigned char **p, size_t *n)
{
	struct in v;
	struct item i;

	if (!cbor_find(map, key, NULL, &v) || !cbor_next(&v, &i) || (i.type != 2 && i.type != 3))
		return false;
	*p = i.p;
	*n = (size_t)i.n;
	return true;
}

struct out { unsigned char p[2048]; size_t n; };

static inline void
put(struct out *o, const void *p, size_t n)
{
	if (n > sizeof o->p - o->n)
		abort();
	memcpy(o->p + o->n, p, n);
	o->n += n;
}

static inline void
put_head(struct out *o, unsigned type, size_t n)
{
	unsigned char h[3] = { (unsigned char)(type << 5), 0, 0 };

	if (n < 24) {
		h[0] |= (unsigned char)n;
		put(o, h, 1);
	} else if (n < 256) {
		h[0] |= 24;
		h[1] = (unsigned char)n;
		put(o, h, 2);
	} else {
		h[0] |= 25;
		h[1] = (unsigned char)(n >> 8);
		h[2] = (unsigned char)n;
		put(o, h, 3);
	}
}

static inline void put_map(struct out *o, size_t n) { put_head(o, 5, n); }
static inline void put_int(struct out *o, int v) { put_head(o, v < 0, (size_t)(v < 0 ? -1 - v : v)); }
static inline void put_bool(struct out *o, bool v) { put(o, v ? "\xf5" : "\xf4", 1); }
static inline void put_bytes(struct out *o, const void *p, size_t n) { put_head(o, 2, n); put(o, p, n); }
static inline void put_text(struct out *o, const char *s) { put_head(o, 3, strlen(s)); put(o, s, strlen(s)); }

#endif
