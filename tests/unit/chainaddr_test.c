/* Addresses: the well known ones of the specifications are read, and one wrong character is seen in every place.
 * Keccak is the helper's. */
#include "base/scope.h"
#include "helper/names.h"
#include "tests/tap.h"
#include "wallet/chainaddr.h"

static struct names names = NAMES_NONE;
static struct name_source src;

struct good { const char *text; enum chain chain; enum chain_sum sum; const char *form; bool test; };
/* The genesis block's, BIP 141/173/350's own examples, EIP-55's, the registry's IBANs. */
static const struct good goods[] = {
	{ "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", CHAIN_BITCOIN, SUM_GOOD, "P2PKH", false },
	{ "3P14159f73E4gFr7JterCCQh9QjiTjiZrG", CHAIN_BITCOIN, SUM_GOOD, "P2SH", false },
	{ "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", CHAIN_BITCOIN, SUM_GOOD, "P2PKH", true },
	{ "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", CHAIN_BITCOIN, SUM_GOOD, "P2WPKH", false },
	{ "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", CHAIN_BITCOIN, SUM_GOOD, "P2WPKH", false },
	{ "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", CHAIN_BITCOIN, SUM_GOOD, "P2WSH", true },
	{ "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y", CHAIN_BITCOIN, SUM_GOOD, "P2TR",
	    false },
	{ "BC1SW50QGDZ25J", CHAIN_BITCOIN, SUM_GOOD, "witness", false },
	{ "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", CHAIN_BITCOIN, SUM_GOOD, "witness", false },
	{ "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", CHAIN_BITCOIN, SUM_GOOD, "P2TR", false },
	{ "LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1", CHAIN_LITECOIN, SUM_GOOD, "P2PKH", false },
	{ "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L", CHAIN_DOGECOIN, SUM_GOOD, "P2PKH", false },
	{ "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", CHAIN_TRON, SUM_GOOD, "", false },
	{ "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", CHAIN_XRP, SUM_GOOD, "", false },
	{ "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", CHAIN_SOLANA, SUM_NONE, "", false },
	{ "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", CHAIN_ETHEREUM, SUM_GOOD, "", false },
	{ "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", CHAIN_ETHEREUM, SUM_GOOD, "", false },
	{ "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", CHAIN_ETHEREUM, SUM_GOOD, "", false },
	{ "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb", CHAIN_ETHEREUM, SUM_GOOD, "", false },
	{ "0xd1220a0cf47c7b9be7a2e6ba89f429762e7b9adb", CHAIN_ETHEREUM, SUM_UNSAID, "", false },
	{ "0xD1220A0CF47C7B9BE7A2E6BA89F429762E7B9ADB", CHAIN_ETHEREUM, SUM_UNSAID, "", false },
	{ "GB82 WEST 1234 5698 7654 32", CHAIN_IBAN, SUM_GOOD, "", false },
	{ "DE89370400440532013000", CHAIN_IBAN, SUM_GOOD, "", false },
	{ "fr14 2004 1010 0505 0001 3m02 606", CHAIN_IBAN, SUM_GOOD, "", false },
};

/* Of BIP 173 and 350: what must be refused. */
static const char *const bads[] = {
	"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
	"BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2",
	"bc1rw5uspcuh",
	"bc10w508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kw5rljs90",
	"BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
	"tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7",
	"bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du",
	"tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3pjxtptv",
	"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
	"BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
	"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
	"bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
	"BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
	"bc1pw5dgrnzv",
	"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
	"BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
	"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
	"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
	"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
	"GB82 WEST 1234 5698 7654 33",
	"DE8937040044053201300",
	"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
	"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTi",
};

static const char *const none[] = { "", "hello", "0x12", "1A1zP1", "bc1", "paypal.com", "0xzz", "95188", "r",
	"+49 30 1234567", "XX89370400440532013000", "bc1bc1", "1111111111111111111111111111111111111111111111111111" };

static void
read_all(void)
{
	struct chainaddr a;

	for (size_t i = 0; i < COUNTOF(goods); i++) {
		const struct good *g = &goods[i];
		bool found = chainaddr_read(&a, g->text, &src);

		ok(found && a.chain == g->chain && a.sum == g->sum && strcmp(a.form, g->form) == 0 && a.test == g->test &&
		    !a.private_key, "%s: %s, %s %s%s", g->text, chain_name(g->chain), chain_sum_name(g->sum), g->form,
		    found ? "" : " (not read)");
	}
	for (size_t i = 0; i < COUNTOF(bads); i++) {
		a.chain = CHAIN_NONE;
		ok(chainaddr_read(&a, bads[i], &src) && a.sum == SUM_BAD, "%s: refused (%s)", bads[i], chain_name(a.chain));
	}
	for (size_t i = 0; i < COUNTOF(none); i++)
		ok(!chainaddr_read(&a, none[i], &src), "\"%s\" is no address", none[i]);
	ok(chainaddr_read(&a, "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ", &src) && a.private_key &&
		a.canon[0] == '\0',
	    "a private key is told to be one, and not kept");
}

/* One character changed to its neighbour in the alphabet, at every place. */
static void
one_wrong(const char *text, const char *alphabet)
{
	size_t n = strlen(text), seen = 0, tried = 0;
	char s[CHAINADDR_MAX];

	for (size_t i = 0; i < n; i++) {
		const char *at = strchr(alphabet, text[i]);
		struct chainaddr a;

		if (at == NULL)
			continue;
		(void)snprintf(s, sizeof s, "%s", text);
		s[i] = at[1] != '\0' ? at[1] : alphabet[0];
		tried++;
		seen += !chainaddr_read(&a, s, &src) || a.sum == SUM_BAD;
	}
	ok(tried >= n / 2 && seen == tried, "%s: a wrong character is seen in %zu of %zu places", text, seen, tried);
}

static void
wrong_characters(void)
{
	static const char b58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

	one_wrong("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", b58);
	one_wrong("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", b58);
	one_wrong("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", b58);
	one_wrong("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "qpzry9x8gf2tvdw0s3jn54khce6mua7l");
	one_wrong("DE89370400440532013000", "0123456789");
}

static void
alike(void)
{
	static const struct { const char *a, *b; bool like; } pairs[] = {
		{ "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0x5aae000000000000000000000000000000001aed", true },
		{ "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0x5aa0000000000000000000000000000000000aed", false },
		{ "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", false },
		{ "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0x1aaeb6053f3e94c9b9a09f33669435e7ef1beaec", true },
		{ "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0x1111111111111111111111111111111111111111", false },
		{ "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bc1qw508qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqf3t4", true },
		{ "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bc1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", false },
	};

	for (size_t i = 0; i < COUNTOF(pairs); i++) {
		struct chainaddr a, b;

		ok(chainaddr_read(&a, pairs[i].a, &src) && chainaddr_read(&b, pairs[i].b, &src) &&
		    chainaddr_alike(&a, &b) == pairs[i].like && chainaddr_alike(&b, &a) == pairs[i].like, "%s %s %s", pairs[i].a,
		    pairs[i].like ? "is apt to be taken for" : "is not like", pairs[i].b);
	}
}

/* Keccak-256 of nothing cannot be asked; of "abc" and of the lengths around a block. Sums from other programs. */
static void
keccak(void)
{
	static const struct { size_t n; const char *hex; } known[] = {
		{ 135, "34367dc248bbd832f4e3e69dfaac2f92638bd0bbd18f2912ba4ef454919cf446" },
		{ 136, "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e" },
		{ 137, "d869f639c7046b4929fc92a4d988a8b22c55fbadb802c0c66ebcd484f1915f39" },
	};
	unsigned char text[137], sum[32];
	char hex[65];

	memset(text, 'a', sizeof text);
	for (size_t i = 0; i < COUNTOF(known); i++) {
		bool good = src.keccak(src.ctx, sum, text, known[i].n);

		for (size_t k = 0; k < sizeof sum; k++)
			(void)snprintf(hex + 2 * k, 3, "%02x", sum[k]);
		ok(good && strcmp(hex, known[i].hex) == 0, "Keccak-256 of %zu letters a: %s", known[i].n, hex);
	}
}

static void
without_helper(void)
{
	struct name_source plain = name_source_plain();
	struct chainaddr a;

	ok(chainaddr_read(&a, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", &plain) && a.sum == SUM_UNCHECKED,
	    "without the helper the checksum of Ethereum is not checked, and that is said");
	ok(chainaddr_read(&a, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", &plain) && a.sum == SUM_GOOD, "... that of Bitcoin is");
}

int
main(void)
{
	src = names_source(&names);
	read_all();
	wrong_characters();
	alike();
	keccak();
	without_helper();
	names_end(&names);
	return tap_done();
}
