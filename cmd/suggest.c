/* cmd/suggest.c: names near to a mistyped one. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 48u

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
unsigned
edit_distance(const char *a, const char *b, unsigned max)
{
	size_t na = strlen(a), nb = strlen(b);
	unsigned row[3][WORD_MAX + 1];      /* the row before last, the last, this one */
	unsigned d;

	if (na > WORD_MAX || nb > WORD_MAX || (na > nb ? na - nb : nb - na) > max)
		return max + 1;
	for (size_t j = 0; j <= nb; j++)
		row[1][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		row[2][0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			d = min3(row[1][j] + 1, row[2][j - 1] + 1, row[1][j - 1] + (lower(a[i - 1]) != lower(b[j - 1])));
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]) &&
			    row[0][j - 2] + 1 < d)
				d = row[0][j - 2] + 1;
			row[2][j] = d;
		}
		memcpy(row[0], row[1], sizeof row[0]);
		memcpy(row[1], row[2], sizeof row[1]);
	}
	return row[1][nb] > max ? max + 1 : row[1][nb];
}

/* How far is still near: one error in three letters, two in six; a longer word that begins with what was typed counts as one. */
static unsigned
distance(const char *word, const char *name, unsigned max)
{
	size_t n = strlen(word);

	if (n >= 2 && strncasecmp(word, name, n) == 0)
		return 1;
	return edit_distance(word, name, max);
}

void
suggest(char *out, size_t size, const char *word, const char *const *names, size_t n)
{
	const char *best[3] = { NULL, NULL, NULL };
	unsigned dist[3] = { 0, 0, 0 }, have = 0, d, max = (unsigned)(strlen(word) / 3);
	size_t at = 0;

	max = max < 1 ? 1 : max > 3 ? 3 : max;
	for (size_t i = 0; i < n; i++) {
		unsigned k;

		if ((d = distance(word, names[i], max)) > max)
			continue;
		for (k = have; k > 0 && dist[k - 1] > d; k--) {
			if (k < 3) {
				best[k] = best[k - 1];
				dist[k] = dist[k - 1];
			}
		}
		if (k < 3) {
			best[k] = names[i];
			dist[k] = d;
			have += have < 3;
		}
	}
	out[0] = '\0';
	for (unsigned k = 0; k < have && at < size; k++)
		at += (size_t)snprintf(out + at, size - at, "%s%s", k == 0 ? "" : ", ", best[k]);
}
