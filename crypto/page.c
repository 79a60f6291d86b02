/* crypto/page.c: see page.h. */
#include "crypto/page.h"

#include "base/le.h"
#include "crypto/libcrypto.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PREFIX 16u                       /* random part of the nonce; with the key it gives the subkey (HChaCha20) */
#define PREFIX_PAGES 65536u

_Static_assert(PAGE_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(PAGE_TAG == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");

struct page_cipher {                     /* in sodium_malloc'd memory */
	unsigned char key[32];
	unsigned char prefix[PREFIX];
	uint64_t counter;
	pid_t pid;                       /* the process that drew the prefix */
	uint32_t bulk_after, pages;
	bool tried;                      /* OpenSSL was tried: evp is it, or NULL for good */
	struct chapoly *evp;
	unsigned char evp_prefix[PREFIX];
	bool evp_keyed;
};

static enum rc
ciphers_new(struct page_cipher **out, size_t n, const unsigned char *keys, uint32_t bulk_after, struct err *e)
{
	size_t size = n * sizeof(struct page_cipher);
	struct page_cipher *pc = sodium_malloc(size);

	if (pc == NULL)
		return err_set(e, E_NOMEM, N_("out of memory for keys"));
	/* Fails where sodium_malloc() could not lock (see secret.c); mlock() takes whole pages by itself. The pages do
	 * go to a
	 * child: it gets nonces of its own. */
	if (mlock(pc, size) != 0) {
		sodium_free(pc);
		return err_set(e, E_NOMEM, N_("cannot lock memory for keys: the limit (ulimit -l) is too small"));
	}
	memset(pc, 0, size);
	for (size_t i = 0; i < n; i++) {
		memcpy(pc[i].key, keys + 32 * i, 32);
		pc[i].bulk_after = bulk_after;
		out[i] = &pc[i];
	}
	return OK;
}

enum rc
page_cipher_new(struct page_cipher **out, const unsigned char key[32], uint32_t bulk_after, struct err *e)
{
	return ciphers_new(out, 1, key, bulk_after, e);
}

enum rc
page_cipher_pair(struct page_cipher *out[2], const unsigned char keys[2][32], uint32_t bulk_after, struct err *e)
{
	return ciphers_new(out, 2, keys[0], bulk_after, e);
}

void
page_cipher_free(struct page_cipher **pc)
{
	if (*pc == NULL)
		return;
	chapoly_free(&(*pc)->evp);
	sodium_free(*pc);
	*pc = NULL;
}

void
page_cipher_pair_free(struct page_cipher *pair[2])
{
	if (pair[0] == NULL)
		return;
	chapoly_free(&pair[1]->evp);
	page_cipher_free(&pair[0]);
	pair[1] = NULL;
}

const char *
page_cipher_backend(const struct page_cipher *pc)
{
	return pc->evp != NULL ? "libcrypto" : "libsodium";
}

/* XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) = ChaCha20-Poly1305 under HChaCha20(key, nonce[0..15]) with the nonce
 * 0^4 | nonce[16..23]. The pages of one process share the first part, so the subkey is nearly always there already. */
static bool
evp_nonce(struct page_cipher *pc, unsigned char short_nonce[12], const unsigned char nonce[PAGE_NONCE])
{
	unsigned char sub[32];

	if (!pc->evp_keyed || memcmp(pc->evp_prefix, nonce, PREFIX) != 0) {
		(void)crypto_core_hchacha20(sub, nonce, pc->key, NULL);         /* always 0 */
		pc->evp_keyed = chapoly_key(pc->evp, sub);
		wipe(sub, sizeof sub);
		memcpy(pc->evp_prefix, nonce, PREFIX);
	}
	memset(short_nonce, 0, 4);
	memcpy(short_nonce + 4, nonce + PREFIX, 8);
	return pc->evp_keyed;
}

static bool
evp_seal(struct page_cipher *pc, unsigned char *ct, unsigned char tag[PAGE_TAG], const unsigned char nonce[PAGE_NONCE],
    const unsigned char *m, size_t n, const unsigned char ad[16])
{
	unsigned char sn[12];

	return evp_nonce(pc, sn, nonce) && chapoly_seal(pc->evp, ct, tag, sn, ad, 16, m, n);
}

/* A whole page, so that the widest code of OpenSSL runs; the answer was computed with two other libraries. */
static bool
self_test(struct page_cipher *pc)
{
	static const unsigned char known[16] = { 0x4e, 0xe1, 0x0d, 0x91, 0x51, 0xc4, 0x70, 0x84, 0xda, 0x56, 0xa1, 0x78,
		0xaa, 0x81, 0x63, 0x0b };
	unsigned char key[32], m[4056], got[4056 + PAGE_TAG], back[4056], nonce[PAGE_NONCE], ad[16], sum[16], sn[12];
	bool good;

	memcpy(key, pc->key, sizeof key);
	for (size_t i = 0; i < sizeof m; i++)
		m[i] = (unsigned char)(i * 7 + i / 256);
	for (size_t i = 0; i < 32; i++)
		pc->key[i] = (unsigned char)(0x80 + i);
	for (size_t i = 0; i < sizeof nonce; i++)
		nonce[i] = (unsigned char)(0x40 + i);
	for (size_t i = 0; i < sizeof ad; i++)
		ad[i] = (unsigned char)(0xc0 + i);
	good = evp_seal(pc, got, got + sizeof m, nonce, m, sizeof m, ad);
	hash128(sum, got, sizeof got);
	good = good && same_bytes(sum, known, sizeof sum) && evp_nonce(pc, sn, nonce) &&
	    chapoly_open(pc->evp, back, sn, got + sizeof m, ad, sizeof ad, got, sizeof m) &&
	    memcmp(back, m, sizeof m) == 0;
	got[sizeof got - 1] ^= 0x80;
	good = good && !chapoly_open(pc->evp, back, sn, got + sizeof m, ad, sizeof ad, got, sizeof m);
	memcpy(pc->key, key, sizeof key);
	wipe(key, sizeof key);
	pc->evp_keyed = false;
	return good;
}

/* Use OpenSSL for this page? It is slow to start and fast to run. */
static bool
bulk(struct page_cipher *pc)
{
	if (pc->evp != NULL)
		return true;
	if (pc->tried || pc->bulk_after == UINT32_MAX)
		return false;
	if (pc->pages < pc->bulk_after) {
		pc->pages++;
		return false;
	}
	pc->tried = true;
	if ((pc->evp = chapoly_new()) != NULL && !self_test(pc))
		chapoly_free(&pc->evp);
	return pc->evp != NULL;
}

static void
next_nonce(struct page_cipher *pc, unsigned char nonce[PAGE_NONCE])
{
	pid_t self = getpid();

	if (pc->pid != self || pc->counter == PREFIX_PAGES) {
		random_bytes(pc->prefix, sizeof pc->prefix);
		pc->counter = 0;
		pc->pid = self;
	}
	memcpy(nonce, pc->prefix, PREFIX);
	le64_put(nonce + PREFIX, pc->counter++);
}

/*
 * libcrypto's AVX-512 code may return with the upper halves of the vector registers in use; on some processors every
 * SSE instruction after it is slower then, whoever it belongs to. A query over a million rows takes a third longer.
 */
static void
leave_vectors(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx"))
		__asm__ __volatile__("vzeroupper");
#endif
}

void
page_seal(struct page_cipher *pc, unsigned char *ct, unsigned char nonce[PAGE_NONCE], unsigned char tag[PAGE_TAG],
    const unsigned char *m, size_t n, const unsigned char ad[16])
{
	next_nonce(pc, nonce);
	if (bulk(pc)) {
		bool done = evp_seal(pc, ct, tag, nonce, m, n, ad);

		leave_vectors();
		if (done)
			return;
		chapoly_free(&pc->evp);         /* not this library again; the same nonce seals the same page */
	}
	if (crypto_aead_xchacha20poly1305_ietf_encrypt_detached(ct, tag, NULL, m, n, ad, 16, NULL, nonce, pc->key) != 0)
		abort();                        /* it has no way to fail */
}

bool
page_open(struct page_cipher *pc, unsigned char *m, const unsigned char *ct, size_t n,
    const unsigned char nonce[PAGE_NONCE],
    const unsigned char tag[PAGE_TAG], const unsigned char ad[16])
{
	unsigned char sn[12];

	if (bulk(pc) && evp_nonce(pc, sn, nonce)) {
		bool good = chapoly_open(pc->evp, m, sn, tag, ad, 16, ct, n);

		leave_vectors();
		return good;
	}
	if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(m, NULL, ct, n, tag, ad, 16, nonce, pc->key) == 0)
		return true;
	wipe(m, n);
	return false;
}

/* out ^= first half bytes of BLAKE2b-128(key, tweak u64 | round u8 | in). */
static void
feistel(unsigned char *out, const unsigned char *in, size_t half, const unsigned char key[32], uint64_t tweak,
    unsigned r)
{
	unsigned char m[8 + 1 + 16], h[16];

	le64_put(m, tweak);
	m[8] = (unsigned char)r;
	memcpy(m + 9, in, half);
	if (crypto_generichash(h, sizeof h, m, 9 + half, key, 32) != 0)
		abort();
	for (size_t i = 0; i < half; i++)
		out[i] ^= h[i];
	wipe(m, sizeof m);
	wipe(h, sizeof h);
}

static size_t
half_of(size_t n)
{
	if (n != 24 && n != 32)
		abort();
	return n / 2;
}

void
wide_encrypt(const unsigned char key[32], uint64_t tweak, unsigned char *p, size_t n)
{
	size_t half = half_of(n);

	for (unsigned r = 0; r < 4; r++)
		feistel(r & 1 ? p + half : p, r & 1 ? p : p + half, half, key, tweak, r);
}

void
wide_decrypt(const unsigned char key[32], uint64_t tweak, unsigned char *p, size_t n)
{
	size_t half = half_of(n);

	for (unsigned r = 4; r-- > 0;)
		feistel(r & 1 ? p + half : p, r & 1 ? p : p + half, half, key, tweak, r);
}
