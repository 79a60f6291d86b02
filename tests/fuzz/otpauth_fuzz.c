/* Any bytes as an otpauth URI or seed: what is accepted gives a code, and comes back the same after it was written. */
#include "crypto/otp.h"

#include <string.h>

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
check(const struct otp *o)
{
	SECRET packed = { 0 };
	OTP back = { 0 };
	char code[16], again[16];

	must(strlen(o->issuer) < sizeof o->issuer && strlen(o->label) < sizeof o->label);
	must(otp_code(code, NULL, o, INT64_MAX, NULL) == OK && strlen(code) == o->digits);
	must(otp_pack(&packed, o, NULL) == OK && otp_unpack(&back, &packed, NULL) == OK);
	must(otp_code(again, NULL, &back, INT64_MAX, NULL) == OK && strcmp(code, again) == 0);
	must(back.type == o->type && back.counter == o->counter && secret_equal(&back.key, &o->key));
	must(strcmp(back.issuer, o->issuer) == 0 && strcmp(back.label, o->label) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	SECRET text = { 0 };
	OTP o = { 0 };
	enum rc rc;

	if (size > 4096 || secret_copy(&text, data, size, NULL) != OK)
		return 0;
	rc = otp_parse(&o, &text, &e);
	if (rc == OK)
		check(&o);
	else
		must(rc == E_INPUT && o.key.bytes == NULL && e.what[0] != '\0');
	return 0;
}
