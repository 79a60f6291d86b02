/* Fuzzer: templates of letters, files of the ladder, and what goes into a letter. The first byte says which. Whatever
 * is accepted, and whatever is in a name, a letter is lines of clean text that fit. */
#include "base/scope.h"
#include "base/utf8.h"
#include "wallet/letter.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct providers *facts, *none;
static struct calendars *calendars;
static struct letters *shipped;

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
once(void)
{
	int dir = open("data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (shipped != NULL)
		return (void)close(dir);
	must(dir >= 0 && providers_load(&facts, dir, NULL) == OK && providers_none(&none, NULL) == OK &&
	    calendars_load(&calendars, dir, NULL) == OK && letters_load(&shipped, dir, facts, NULL) == OK);
	(void)close(dir);
}

static void
clean_lines(const struct buf *b)
{
	const char *p = buf_str(b), *end = p + b->len;

	must(b->len == strlen(p) && utf8_valid(p, b->len) && (b->len == 0 || end[-1] == '\n'));
	while (p < end) {
		unsigned columns = 0;
		uint32_t cp;

		for (size_t k; *p != '\n'; p += k) {
			k = utf8_next(p, (size_t)(end - p), &cp);
			must(k > 0 && cp >= 0x20 && cp != 0x7f && !utf8_steers(cp));
			columns += utf8_cpwidth(cp) > 0 ? (unsigned)utf8_cpwidth(cp) : 0;
		}
		/* A single character may be wider than what an indent leaves, never than a line. */
		must(columns <= LETTER_WIDTH);
		p++;
	}
}

/* Four letters with these templates, which ones by the input; text: 11 fields, a line each. */
static void
write_some(const struct letters *l, const char *p, size_t n)
{
	static const char *const countries[] = { "US", "FR", "GB", "CN", "" };
	char *field[11];
	struct letter_row row = { .id = "t7q4aaaaaaaa", .date = "2026-11-22", .has_amount = true };
	struct letter_event ev = { .day = 20779 };
	struct letter_in in = { .today = 20780, .opened = 20779, .answer_by = 20790, .rows = 1, .row = &row, .events = 1,
		.event = &ev, .facts = facts };

	for (size_t i = 0; i < COUNTOF(field); i++) {
		const char *lf = n > 0 ? memchr(p, '\n', n) : NULL;
		size_t k = lf != NULL ? (size_t)(lf - p) : n;

		must((field[i] = strndup(n > 0 ? p : "", k)) != NULL);
		p += lf != NULL ? k + 1 : k;
		n -= lf != NULL ? k + 1 : k;
	}
	row.amount = (struct money){ .minor = (int64_t)strlen(field[0]) * -1234567, .exp = 2, .cur = "EUR" };
	row.with = field[1];
	row.reference = field[2];
	ev.who = field[3];
	ev.by = field[4];
	ev.text = field[5];
	ev.ref = field[6];
	in.name = field[7];
	in.provider = in.body = field[8];
	in.subject = in.login = field[9];
	in.reference = field[10];
	for (unsigned at = 0, i; at < 4; at++) {
		struct buf out = { .max = 8 << 20 };

		i = ((unsigned char)field[7][0] * 5u + at * 3) % (2 * LETTER_COUNT);
		in.kind = (enum letter_kind)(i / 2);
		in.zh = i % 2 != 0;
		ev.what = (enum letter_what)(i % 4);
		in.where = (struct ladder_where){ .calendars = calendars, .country = countries[i % COUNTOF(countries)],
			.provider = "paypal", .payment = true };
		if (letter_write(l, &in, &out, NULL) == OK)
			clean_lines(&out);
		buf_free(&out);
	}
	for (size_t i = 0; i < COUNTOF(field); i++)
		free(field[i]);
}

static void
try_templates(struct buf *text)
{
	AUTO(letters_free) struct letters *l = NULL;

	if (letters_parse(&l, text, "letters", none, NULL) == OK)
		write_some(l, "a shop\nref\n\nbank\nphone\ntext\nR\nA\nB\nC\nD", 37);
}

static void
try_ladder(struct buf *text)
{
	static const char *const countries[] = { "US", "DE", "EEA", "" };
	AUTO(ladder_free) struct ladder *l = NULL;
	struct ladder_here at;
	enum rung next;

	if (ladder_parse(&l, text, "ladder", none, NULL) != OK)
		return;
	for (size_t i = 0; i < COUNTOF(countries); i++) {
		const struct ladder_where w = { .calendars = calendars, .country = countries[i], .provider = "paypal" };

		for (unsigned r = 0; r < RUNG_COUNT; r++) {
			ladder_here(l, (enum rung)r, &w, true, &at);
			for (size_t k = 0; k < at.n; k++)
				must(at.en[k]->fact.status == DATA_CONFIRMED && at.en[k]->rung == r);
			must(r < RUNG_OMBUDSMAN || (at.n > 0) == (ladder_known(l, (enum rung)r, &w) == RUNG_KNOWN));
			must(ladder_next(l, (enum rung)r, &w, &next) == (r + 1 < RUNG_COUNT) && (r + 1 == RUNG_COUNT || next > r));
		}
	}
	for (size_t i = 0; i < ladder_count(l); i++)
		must(ladder_at(l, i)->fact.status != DATA_UNCONFIRMED || ladder_at(l, i)->value[0] == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf text = { .max = DATA_FILE_MAX };

	once();
	if (n == 0)
		return 0;
	if ((data[0] & 3) > 1) {
		write_some(shipped, (const char *)data + 1, n - 1);
		return 0;
	}
	buf_add(&text, data + 1, n - 1);
	if ((data[0] & 3) == 0)
		try_templates(&text);
	else
		try_ladder(&text);
	buf_free(&text);
	return 0;
}
