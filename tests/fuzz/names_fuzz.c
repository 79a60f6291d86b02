/* Fuzzer: what purser-names is asked; the whole of what it does with a question, libraries and all. The first byte
 * is the question's kind. What it says of a host must be what it says of that host's own A-labels. */
#include "helper/prog_names_ask.c"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool good)
{
	if (!good)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static unsigned char out[NAMES_ANSWER_MAX];
	static struct name_facts f, again;
	static bool ready;
	char q[NAMES_TEXT_MAX + 1];
	enum names_op op;
	size_t len;

	if (!ready)
		must(ready = answer_prepare());
	if (n < 2 || n > NAMES_TEXT_MAX + 1)
		return 0;
	op = data[0] % 8 == 0 ? NAMES_KECCAK : data[0] % 2 ? NAMES_HOST : NAMES_LINE;
	memcpy(q, data + 1, n - 1);
	q[n - 1] = '\0';
	len = answer(op, q, n - 1, out);
	must(len <= NAMES_ANSWER_MAX && (op != NAMES_KECCAK || len == 32));
	if (op != NAMES_HOST || len == 0)
		return 0;
	must(names_take(&f, op, out, len));
	if ((f.flags & NAME_INVALID) != 0)
		return 0;
	len = answer(op, f.ascii, strlen(f.ascii), out);
	must(len > 0 && names_take(&again, op, out, len) && (again.flags & NAME_INVALID) == 0);
	must(strcmp(f.ascii, again.ascii) == 0 && strcmp(f.fold, again.fold) == 0 &&
	     strcmp(f.registrable, again.registrable) == 0);
	return 0;
}
