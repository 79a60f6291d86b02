/* Fuzzer: what is typed for `contact check`, addresses, telephone numbers, and what the helper purser-names might
 * say. The first byte says which. Nothing is ever taken for a known contact that is not, letter by letter, one or
 * below one. */
#include "base/scope.h"
#include "helper/names.h"
#include "wallet/contact.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool good)
{
	if (!good)
		abort();
}

static const struct { enum contact_kind kind; enum contact_origin origin; const char *value; } known[] = {
	{ CONTACT_DOMAIN, ORIGIN_SHIPPED, "paypal.com" }, { CONTACT_DOMAIN, ORIGIN_SHIPPED, "weixin.qq.com" },
	{ CONTACT_URL, ORIGIN_ACCOUNT, "https://banking.example/login" }, { CONTACT_MAIL, ORIGIN_SHIPPED, "spoof@paypal.com" },
	{ CONTACT_PHONE, ORIGIN_SHIPPED, "+44 20 3322 8352" }, { CONTACT_PHONE, ORIGIN_SHIPPED, "95188" },
	{ CONTACT_ADDRESS, ORIGIN_BOOK, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed" },
	{ CONTACT_ADDRESS, ORIGIN_HISTORY, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa" },
};

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && strcmp(s + n - k, end) == 0 && (n == k || s[n - k - 1] == '.');
}

static void
try_check(const char *typed)
{
	static struct contacts *all;
	struct name_source plain = name_source_plain();
	struct contact_result r;

	if (all == NULL) {
		must(contacts_new(&all, NULL) == OK);
		for (size_t i = 0; i < COUNTOF(known); i++) {
			struct known k = { .kind = known[i].kind, .origin = known[i].origin, .who = "somebody", .name = "", .name_zh = "",
				.value = known[i].value, .note = "", .source = "", .status = DATA_CONFIRMED };

			must(contacts_add(all, &plain, &k, NULL) == OK);
		}
	}
	must(contact_check(all, &plain, typed, &r, NULL) == OK);
	must(r.why < WHY(WHY_COUNT) && memchr(r.shown, '\0', sizeof r.shown) != NULL);
	must(r.verdict == VERDICT_UNKNOWN || r.of != NULL);
	if (r.verdict != VERDICT_MATCH)
		return;
	must(r.of->origin != ORIGIN_HISTORY);
	if (r.kind == CONTACT_URL || r.kind == CONTACT_DOMAIN)
		must(ends_in(r.ascii, r.of->kind == CONTACT_URL ? "banking.example" : r.of->value) &&
		    (r.why & (WHY(WHY_USERINFO) | WHY(WHY_PORT) | WHY(WHY_PLAIN) | WHY(WHY_BACKSLASH) | WHY(WHY_NUMBERS))) == 0);
	if (r.kind == CONTACT_MAIL)
		must(strcmp(r.ascii, "paypal.com") == 0 && strchr(r.shown, ' ') == NULL);
	if (r.kind == CONTACT_PHONE)
		must(strcmp(r.shown, "+442033228352") == 0 || strcmp(r.shown, "95188") == 0);
	if (r.kind == CONTACT_ADDRESS)
		must(strcmp(r.shown, r.of->value) == 0);
}

static void
try_address(const char *typed)
{
	struct name_source plain = name_source_plain();
	char phone[PHONE_DIGITS_MAX + 2], again[PHONE_DIGITS_MAX + 2];
	struct chainaddr a, b;
	bool there, same;

	if (chainaddr_read(&a, typed, &plain) && !a.private_key) {
		must(a.chain != CHAIN_NONE && strlen(a.canon) <= CHAINADDR_MAX && a.fixed <= strlen(a.canon));
		must(chainaddr_read(&b, a.canon, &plain) && b.chain == a.chain && strcmp(b.canon, a.canon) == 0);
		must(!chainaddr_alike(&a, &b));
	}
	if (phone_read(phone, typed, &there))
		must(phone_read(again, phone, &same) && same == there && strcmp(phone, again) == 0);
}

static void
try_answer(const uint8_t *p, size_t n)
{
	struct name_facts f;

	if (names_take(&f, NAMES_HOST, p, n))
		must(f.unicode[0] != '\0' && f.level >= 1 && f.level <= 6 && ends_in(f.ascii, f.suffix) &&
		    (f.registrable[0] == '\0' || ends_in(f.ascii, f.registrable)));
	if (names_take(&f, NAMES_LINE, p, n))
		must(f.ascii[0] == '\0' && f.registrable[0] == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(auto_free) char *text = n > 0 ? strndup((const char *)data + 1, n - 1) : NULL;

	if (text == NULL)
		return 0;
	switch (data[0] % 3) {
	case 0: try_check(text); break;
	case 1: try_address(text); break;
	default: try_answer(data + 1, n - 1);
	}
	return 0;
}
