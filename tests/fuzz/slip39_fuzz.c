/* Any bytes as lines of kit words: what is accepted comes back the same, and combining ends in a clean way. */
#include "crypto/slip39.h"

#include <string.h>

#define SHARES_MAX 8

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (crypto_start(NULL) != OK)
		abort();
	return 0;
}

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
check(const struct slip39_share *s)
{
	struct slip39_share back;
	SECRET text = { 0 };

	must(s->words >= 20 && s->words <= SLIP39_WORDS_MAX && s->group_threshold <= s->group_count);
	must(slip39_text(&text, s, NULL) == OK);
	must(slip39_parse(&back, (const char *)text.bytes, text.len, NULL) == OK);
	must(memcmp(back.word, s->word, s->words * sizeof s->word[0]) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slip39_share s[SHARES_MAX];
	const char *p = (const char *)data, *end = p + size, *nl;
	struct err e = { 0 };
	SECRET master = { 0 };
	size_t n = 0;
	enum rc rc;

	for (; p < end && n < SHARES_MAX; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			nl = end;
		rc = slip39_parse(&s[n], p, (size_t)(nl - p), &e);
		must(rc == OK || (rc == E_INPUT && e.what[0] != '\0'));
		if (rc != OK)
			continue;
		check(&s[n]);
		/* 2^15 as many rounds are the standard's right, and not worth fuzzing */
		s[n++].iteration_exp &= 1;
	}
	rc = slip39_combine(&master, s, n, "", &e);
	must(rc == OK ? master.len >= 16 : rc == E_INPUT && master.bytes == NULL);
	return 0;
}
