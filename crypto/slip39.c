/* crypto/slip39.c: SLIP-0039 shares as words: parsing, checksum, text; see slip39.h. */
#include "crypto/slip39.h"

#include "base/ascii.h"
#include "crypto/slip39_code.h"
#include "crypto/slip39_words.h"

#include <string.h>

#define CHECKSUM_WORDS 3u

const char *
slip39_word(unsigned index)
{
	return index < SLIP39_WORD_COUNT ? slip39_words[index] : NULL;
}

int
slip39_find(const char *s, size_t n)
{
	unsigned from = 0, to = SLIP39_WORD_COUNT;

	if (n < 4)
		return -1;
	while (from < to) {
		unsigned mid = (from + to) / 2;
		int c = ascii_compare(s, n, slip39_words[mid]);

		/* Equal in all of its characters, and four tell the words apart. Going on after the word's end is not
		 * equal. */
		if (c == 0)
			return n <= strlen(slip39_words[mid]) ? (int)mid : -1;
		if (c < 0)
			to = mid;
		else
			from = mid + 1;
	}
	return -1;
}

/* RS1024: a Reed-Solomon code over GF(1024); any 3 wrong words are noticed. Shares are secret: no branch on their
 * bits. */
static uint32_t
polymod_step(uint32_t chk, uint32_t word)
{
	static const uint32_t gen[10] = { 0x00e0e040, 0x01c1c080, 0x03838100, 0x07070200, 0x0e0e0009, 0x1c0c2412,
		0x38086c24, 0x3090fc48, 0x21b1f890, 0x03f3f120 };
	uint32_t b = chk >> 20;

	chk = (chk & 0xfffff) << 10 ^ word;
	for (unsigned i = 0; i < 10; i++)
		chk ^= gen[i] & (0 - (b >> i & 1));
	return chk;
}

static uint32_t
polymod(const uint16_t *word, unsigned n, bool ext)
{
	const char *custom = ext ? "shamir_extendable" : "shamir";
	uint32_t chk = 1;

	for (; *custom; custom++)
		chk = polymod_step(chk, (unsigned char)*custom);
	for (unsigned i = 0; i < n; i++)
		chk = polymod_step(chk, word[i]);
	return chk;
}

/* The flag stands in the words themselves. */
static bool
ext_of(const uint16_t *word)
{
	return (word[1] >> 4 & 1) != 0;
}

static bool
checksum_ok(const uint16_t *word, unsigned n)
{
	return polymod(word, n, ext_of(word)) == 1;
}

size_t
slip39_value_len(unsigned words)
{
	unsigned bits, pad;

	if (words < SLIP39_META_WORDS || words > SLIP39_WORDS_MAX)
		return 0;
	bits = 10 * (words - SLIP39_META_WORDS);
	pad = bits % 16;
	return pad > 8 || (bits - pad) / 8 < SLIP39_VALUE_MIN ? 0 : (bits - pad) / 8;
}

bool
slip39_get_value(const struct slip39_share *s, unsigned char *value)
{
	size_t len = slip39_value_len(s->words), at = 0;
	unsigned have = 0, pad = 10 * (s->words - SLIP39_META_WORDS) - 8 * (unsigned)len;
	uint32_t acc = s->word[4];

	if (acc >> (10 - pad) != 0)
		return false;
	have = 10 - pad;
	for (unsigned i = 5; at < len; have -= 8) {
		while (have < 8) {
			acc = (acc << 10 | s->word[i++]) & 0xfffff;
			have += 10;
		}
		value[at++] = (unsigned char)(acc >> (have - 8));
	}
	wipe(&acc, sizeof acc);
	return true;
}

/* Ten bits a word, the first of them zero where the value's bits do not fill the words. */
static unsigned
put_value(uint16_t *word, const unsigned char *value, size_t len)
{
	unsigned words = ((unsigned)len * 8 + 9) / 10, have = words * 10 - (unsigned)len * 8;
	uint32_t acc = 0;

	for (unsigned i = 0; i < words; i++) {
		while (have < 10) {
			acc = (acc << 8 | *value++) & 0x3ffff;
			have += 8;
		}
		have -= 10;
		word[i] = (uint16_t)(acc >> have & 1023);
	}
	wipe(&acc, sizeof acc);
	return words;
}

void
slip39_put_words(struct slip39_share *s, const unsigned char *value, size_t len)
{
	uint32_t head = (uint32_t)s->id << 5 | (uint32_t)s->ext << 4 | s->iteration_exp, sum;
	uint32_t place = (uint32_t)s->group_index << 16 | (uint32_t)(s->group_threshold - 1) << 12 |
	    (uint32_t)(s->group_count - 1) << 8 | (uint32_t)s->member_index << 4 | (uint32_t)(s->member_threshold - 1);
	unsigned n;

	s->word[0] = (uint16_t)(head >> 10);
	s->word[1] = head & 1023;
	s->word[2] = (uint16_t)(place >> 10);
	s->word[3] = place & 1023;
	n = 4 + put_value(s->word + 4, value, len);
	s->words = n + CHECKSUM_WORDS;
	memset(s->word + n, 0, CHECKSUM_WORDS * sizeof s->word[0]);
	sum = polymod(s->word, s->words, s->ext) ^ 1;
	for (unsigned i = 0; i < CHECKSUM_WORDS; i++)
		s->word[n + i] = sum >> 10 * (CHECKSUM_WORDS - 1 - i) & 1023;
}

static void
decode_fields(struct slip39_share *s)
{
	uint32_t head = (uint32_t)s->word[0] << 10 | s->word[1], place = (uint32_t)s->word[2] << 10 | s->word[3];

	s->id = (uint16_t)(head >> 5);
	s->ext = (head >> 4 & 1) != 0;
	s->iteration_exp = head & 15;
	s->group_index = place >> 16 & 15;
	s->group_threshold = (uint8_t)((place >> 12 & 15) + 1);
	s->group_count = (uint8_t)((place >> 8 & 15) + 1);
	s->member_index = place >> 4 & 15;
	s->member_threshold = (uint8_t)((place & 15) + 1);
}

/* The one place where another word makes the checksum right, counted from 1; 0 when there is none. The word is not
 * told: four wrong words can lead here too, and a kit must be right on paper. */
static unsigned
suspect(const struct slip39_share *s)
{
	struct slip39_share t = *s;
	unsigned found = 0;

	for (unsigned i = 0; i < s->words && found == 0; i++) {
		for (unsigned w = 0; w < SLIP39_WORD_COUNT && found == 0; w++) {
			t.word[i] = (uint16_t)w;
			if (checksum_ok(t.word, t.words))
				found = i + 1;
		}
		t.word[i] = s->word[i];
	}
	slip39_wipe(&t, 1);
	return found;
}

/* The first of two neighbours whose exchange makes the checksum right, counted from 1; 0 when there are none. */
static unsigned
swapped(const struct slip39_share *s)
{
	struct slip39_share t = *s;
	unsigned found = 0;

	for (unsigned i = 0; i + 1 < s->words && found == 0; i++) {
		t.word[i] = s->word[i + 1];
		t.word[i + 1] = s->word[i];
		if (checksum_ok(t.word, t.words))
			found = i + 1;
		t.word[i] = s->word[i];
		t.word[i + 1] = s->word[i + 1];
	}
	slip39_wipe(&t, 1);
	return found;
}

static enum rc
wrong_checksum(const struct slip39_share *s, struct err *e)
{
	unsigned at = swapped(s);

	if (at != 0)
		return err_set(e, E_INPUT, N_("the words do not fit together: words %u and %u look swapped"), at,
		    at + 1);
	if ((at = suspect(s)) != 0)
		return err_set(e, E_INPUT, N_("the words do not fit together: look at word %u, \"%s\""), at,
		    slip39_words[s->word[at - 1]]);
	return err_set(e, E_INPUT,
	    N_("the words do not fit together: more than one is wrong, or they are out of order"));
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static enum rc
parse_words(struct slip39_share *s, const char *line, size_t n, struct err *e)
{
	size_t from, to = 0;
	int found;

	for (;;) {
		for (from = to; from < n && blank(line[from]); from++)
			;
		if (from == n)
			return OK;
		for (to = from; to < n && !blank(line[to]); to++)
			;
		if (s->words == SLIP39_WORDS_MAX)
			return err_set(e, E_INPUT, N_("a share has 20 or 33 words, never more than %u"),
			    SLIP39_WORDS_MAX);
		if ((found = slip39_find(line + from, to - from)) < 0)
			return err_set(e, E_INPUT, N_("word %u, \"%.*s\", is no word of a kit"), s->words + 1,
			    (int)(to - from < 20 ? to - from : 20), line + from);
		s->word[s->words++] = (uint16_t)found;
	}
}

static enum rc
check_fields(const struct slip39_share *s, struct err *e)
{
	unsigned char value[SLIP39_VALUE_MAX];
	bool padded;

	if (s->group_threshold > s->group_count)
		return err_set(e, E_INPUT, N_("the share asks for more groups than there are"));
	padded = slip39_get_value(s, value);
	wipe(value, sizeof value);
	return padded ? OK : err_set(e, E_INPUT, N_("the share is malformed: its first bits are not zero"));
}

enum rc
slip39_parse(struct slip39_share *out, const char *line, size_t n, struct err *e)
{
	SHARE s = { 0 };
	enum rc rc;

	if ((rc = parse_words(&s, line, n, e)) != OK)
		return rc;
	if (slip39_value_len(s.words) == 0)
		return err_set(e, E_INPUT, N_("a share has 20 or 33 words; these are %u"), s.words);
	if (!checksum_ok(s.word, s.words))
		return wrong_checksum(&s, e);
	decode_fields(&s);
	if ((rc = check_fields(&s, e)) != OK)
		return rc;
	*out = s;
	return OK;
}

enum rc
slip39_text(struct secret *out, const struct slip39_share *s, struct err *e)
{
	SECRET text = { 0 };
	size_t len = 0, n;
	enum rc rc;

	if (s->words > SLIP39_WORDS_MAX)
		return err_set(e, E_RANGE, N_("the share has too many words"));
	if ((rc = secret_alloc(&text, s->words * 9, e)) != OK)
		return rc;
	for (unsigned i = 0; i < s->words; i++) {
		if (s->word[i] >= SLIP39_WORD_COUNT)
			return err_set(e, E_RANGE, N_("the share holds a number that is no word"));
		if (i != 0)
			text.bytes[len++] = ' ';
		n = strlen(slip39_words[s->word[i]]);
		memcpy(text.bytes + len, slip39_words[s->word[i]], n);
		len += n;
	}
	secret_cut(&text, len);
	secret_move(out, &text);
	return OK;
}

void
slip39_wipe(struct slip39_share *shares, size_t n)
{
	wipe(shares, n * sizeof *shares);
}

void
slip39_wipe_one(struct slip39_share *s)
{
	wipe(s, sizeof *s);
}
