/*
 * tests/fido/softkey.c: a FIDO2 security key in software, for the tests of purser-fido: CTAPHID over a socket, CTAP 2 with
 * clientPIN (PIN/UV auth protocols one and two) and hmac-secret, as a small hardware key does it: a credential id is the wrapped
 * private key, so that it keeps nothing but its own secret, its PIN and the tries that are left.
 *
 *	softkey SOCKET STATE [pin PIN] [protocol 1|2] [no-touch] [no-hmac] [no-uv]
 *
 * STATE is made when it is not there; SOCKET is listened on until a signal comes: plugged in, for ten minutes at most. pin sets the
 * PIN of a new one.
 */
#include "tests/fido/cbor.h"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define RETRIES 8
#define ID_LEN 80u               /* nonce 16, wrapped scalar 32, tag 32 */

enum { UP = 1, UV = 4, AT = 0x40, ED = 0x80 };
enum { OKAY = 0, BAD = 0x12, EXCLUDED = 0x19, UNSUPPORTED = 0x2b, NO_CREDENTIALS = 0x2e, NO_TOUCH = 0x2f, PIN_INVALID = 0x31,
	PIN_BLOCKED = 0x32, PIN_AUTH = 0x33, PIN_REPLUG = 0x34, PIN_REQUIRED = 0x36 };

static struct {
	struct { unsigned char secret[32], pin_hash[16], retries, has_pin; } kept;
	const char *state;
	int protocol, wrong, conn;
	bool touch, hmac, uv;
	unsigned char token[32];         /* pinUvAuthToken of this session */
	EVP_PKEY *agreement;
} key = { .protocol = 1, .touch = true, .hmac = true, .uv = true };

static void
must(bool good)
{
	if (!good)
		abort();
}

/* ---- state ---- */

static void
save(void)
{
	FILE *f = fopen(key.state, "wb");

	must(f != NULL && fwrite(&key.kept, sizeof key.kept, 1, f) == 1 && fclose(f) == 0);
}

static void
sha256(unsigned char out[32], const void *p, size_t n)
{
	must(EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL) == 1);
}

static void
load(const char *pin)
{
	FILE *f = fopen(key.state, "rb");
	unsigned char h[32];

	if (f != NULL) {
		must(fread(&key.kept, sizeof key.kept, 1, f) == 1 && fclose(f) == 0);
		return;
	}
	must(RAND_bytes(key.kept.secret, 32) == 1);
	key.kept.retries = RETRIES;
	if (pin != NULL) {
		sha256(h, pin, strlen(pin));
		memcpy(key.kept.pin_hash, h, 16);
		key.kept.has_pin = 1;
	}
	save();
}

/* ---- arithmetic of keys ---- */

static void
hmac(unsigned char out[32], const void *k, size_t klen, const void *a, size_t an, const void *b, size_t bn)
{
	unsigned char m[1024];

	must(an + bn <= sizeof m);
	memcpy(m, a, an);
	if (bn > 0)
		memcpy(m + an, b, bn);
	must(HMAC(EVP_sha256(), k, (int)klen, m, an + bn, out, NULL) != NULL);
}

static void
aes(unsigned char *out, const unsigned char k[32], const unsigned char iv[16], const unsigned char *in, size_t n, bool encrypt)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int len;

	must(c != NULL && EVP_CipherInit_ex(c, EVP_aes_256_cbc(), NULL, k, iv, encrypt) == 1 &&
	    EVP_CIPHER_CTX_set_padding(c, 0) == 1 && EVP_CipherUpdate(c, out, &len, in, (int)n) == 1 && (size_t)len == n);
	EVP_CIPHER_CTX_free(c);
}

static EVP_PKEY *
from_parts(const unsigned char *point, const unsigned char *scalar)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	BIGNUM *d = scalar != NULL ? BN_bin2bn(scalar, 32, NULL) : NULL;
	EVP_PKEY *out = NULL;
	OSSL_PARAM *p;

	must(b != NULL && c != NULL && OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1);
	if (point != NULL)
		must(OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, 65) == 1);
	if (d != NULL)
		must(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1);
	must((p = OSSL_PARAM_BLD_to_param(b)) != NULL && EVP_PKEY_fromdata_init(c) == 1);
	if (EVP_PKEY_fromdata(c, &out, d != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, p) != 1)
		out = NULL;
	OSSL_PARAM_free(p);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(c);
	BN_free(d);
	return out;
}

static void
put_cose(struct out *o, EVP_PKEY *k, int alg)
{
	BIGNUM *x = NULL, *y = NULL;
	unsigned char c[32];

	must(EVP_PKEY_get_bn_param(k, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
	    EVP_PKEY_get_bn_param(k, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1);
	put_map(o, 5);
	put_int(o, 1), put_int(o, 2);
	put_int(o, 3), put_int(o, alg);
	put_int(o, -1), put_int(o, 1);
	put_int(o, -2), BN_bn2binpad(x, c, 32), put_bytes(o, c, 32);
	put_int(o, -3), BN_bn2binpad(y, c, 32), put_bytes(o, c, 32);
	BN_free(x);
	BN_free(y);
}

/* ECDH with the platform's key; then the keys of the protocol. */
struct shared { unsigned char mac[32], aes[32]; };

static void
hkdf(unsigned char out[32], const unsigned char z[32], const char *info)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	unsigned char salt[32] = { 0 };
	size_t n = 32;

	must(c != NULL && EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_CTX_set_hkdf_md(c, EVP_sha256()) == 1 &&
	    EVP_PKEY_CTX_set1_hkdf_salt(c, salt, 32) == 1 && EVP_PKEY_CTX_set1_hkdf_key(c, z, 32) == 1 &&
	    EVP_PKEY_CTX_add1_hkdf_info(c, (const unsigned char *)info, (int)strlen(info)) == 1 &&
	    EVP_PKEY_derive(c, out, &n) == 1 && n == 32);
	EVP_PKEY_CTX_free(c);
}

static bool
agree(struct shared *out, struct in cose)
{
	const unsigned char *x, *y;
	unsigned char point[65] = { 4 }, z[32];
	EVP_PKEY_CTX *c;
	EVP_PKEY *peer;
	size_t xn, yn, n = sizeof z;

	if (!cbor_bytes(cose, -2, &x, &xn) || !cbor_bytes(cose, -3, &y, &yn) || xn != 32 || yn != 32)
		return false;
	memcpy(point + 1, x, 32);
	memcpy(point + 33, y, 32);
	if ((peer = from_parts(point, NULL)) == NULL)
		return false;
	must((c = EVP_PKEY_CTX_new(key.agreement, NULL)) != NULL && EVP_PKEY_derive_init(c) == 1 &&
	    EVP_PKEY_derive_set_peer(c, peer) == 1 && EVP_PKEY_derive(c, z, &n) == 1 && n == 32);
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(peer);
	if (key.protocol == 2) {
		hkdf(out->mac, z, "CTAP2 HMAC key");
		hkdf(out->aes, z, "CTAP2 AES key");
	} else {
		sha256(out->mac, z, 32);
		memcpy(out->aes, out->mac, 32);
	}
	return true;
}

/* Protocol two: the IV comes first. */
static bool
decrypt(const struct shared *s, const unsigned char *p, size_t n, unsigned char *out, size_t want)
{
	static const unsigned char zero[16];
	const unsigned char *iv = key.protocol == 2 ? p : zero;
	size_t head = key.protocol == 2 ? 16 : 0;

	if (n != want + head)
		return false;
	aes(out, s->aes, iv, p + head, want, false);
	return true;
}

static size_t
encrypt(const struct shared *s, const unsigned char *p, size_t n, unsigned char *out)
{
	unsigned char iv[16] = { 0 };
	size_t head = key.protocol == 2 ? 16 : 0;

	if (head > 0)
		must(RAND_bytes(iv, 16) == 1);
	memcpy(out, iv, head);
	aes(out + head, s->aes, iv, p, n, true);
	return n + head;
}

static bool
authentic(const unsigned char mac_key[32], const void *m, size_t n, const unsigned char *tag, size_t taglen)
{
	unsigned char t[32];

	hmac(t, mac_key, 32, m, n, "", 0);
	return taglen == (key.protocol == 2 ? 32 : 16) && CRYPTO_memcmp(t, tag, taglen) == 0;
}

/* ---- credentials ---- */

static void
wrap_keys(unsigned char iv[32], unsigned char k[32], const unsigned char nonce[16])
{
	hmac(iv, key.kept.secret, 32, "iv", 2, nonce, 16);
	hmac(k, key.kept.secret, 32, "wrap", 4, "", 0);
}

static void
make_id(unsigned char id[ID_LEN], const unsigned char rp[32], const unsigned char scalar[32])
{
	unsigned char iv[32], k[32];

	must(RAND_bytes(id, 16) == 1);
	wrap_keys(iv, k, id);
	aes(id + 16, k, iv, scalar, 32, true);
	hmac(id + 48, key.kept.secret, 32, rp, 32, id, 48);
}

static bool
own_id(const unsigned char *id, size_t n, const unsigned char rp[32], unsigned char scalar[32])
{
	unsigned char iv[32], k[32], tag[32];

	if (n != ID_LEN)
		return false;
	hmac(tag, key.kept.secret, 32, rp, 32, id, 48);
	if (CRYPTO_memcmp(tag, id + 48, 32) != 0)
		return false;
	wrap_keys(iv, k, id);
	aes(scalar, k, iv, id + 16, 32, false);
	return true;
}

/* The first of a list of descriptors that is ours. */
static const unsigned char *
find_own(struct in list, const unsigned char rp[32], unsigned char scalar[32])
{
	struct item head, id;
	struct in v;

	if (!cbor_next(&list, &head) || head.type != 4)
		return NULL;
	for (uint64_t i = 0; i < head.n; i++) {
		if (cbor_find(list, 0, "id", &v) && cbor_next(&v, &id) && id.type == 2 && own_id(id.p, (size_t)id.n, rp, scalar))
			return id.p;
		if (!cbor_skip(&list))
			return NULL;
	}
	return NULL;
}

/* ---- commands ---- */

static void keepalive(void);

/* Is the user verified by this pinUvAuthParam? Without one, a key that has a PIN says so. */
static int
verified(struct in map, int param, const unsigned char *hash, bool *uv)
{
	const unsigned char *tag;
	size_t n;

	*uv = false;
	if (!cbor_bytes(map, param, &tag, &n))
		return OKAY;
	if (!authentic(key.token, hash, 32, tag, n))
		return PIN_AUTH;
	*uv = key.uv;
	return OKAY;
}

static int
touched(void)
{
	keepalive();
	return key.touch ? OKAY : NO_TOUCH;
}

static int
get_info(struct out *o)
{
	static const unsigned char aaguid[16] = "purser softkey";

	put_map(o, key.hmac ? 6 : 5);
	put_int(o, 1), put_head(o, 4, 1), put_text(o, "FIDO_2_0");
	if (key.hmac)
		put_int(o, 2), put_head(o, 4, 1), put_text(o, "hmac-secret");
	put_int(o, 3), put_bytes(o, aaguid, 16);
	put_int(o, 4), put_map(o, 3);
	put_text(o, "rk"), put_bool(o, false);
	put_text(o, "up"), put_bool(o, true);
	put_text(o, "clientPin"), put_bool(o, key.kept.has_pin);
	put_int(o, 5), put_int(o, 1200);
	put_int(o, 6), put_head(o, 4, 1), put_int(o, key.protocol);
	return OKAY;
}

static int
pin_token(struct in map, struct out *o)
{
	const unsigned char *p;
	unsigned char typed[16], enc[64];
	struct shared s;
	struct in cose;
	size_t n;

	if (!cbor_find(map, 3, NULL, &cose) || !agree(&s, cose) || !cbor_bytes(map, 6, &p, &n) || !decrypt(&s, p, n, typed, 16))
		return BAD;
	if (key.kept.retries == 0)
		return PIN_BLOCKED;
	if (key.wrong == 3)
		return PIN_REPLUG;
	key.kept.retries--;                     /* kept before it is compared: no power cut gives a free try */
	save();
	if (CRYPTO_memcmp(typed, key.kept.pin_hash, 16) != 0) {
		EVP_PKEY_free(key.agreement);
		must((key.agreement = EVP_EC_gen("P-256")) != NULL);
		key.wrong++;
		return key.kept.retries == 0 ? PIN_BLOCKED : key.wrong == 3 ? PIN_REPLUG : PIN_INVALID;
	}
	key.wrong = 0;
	key.kept.retries = RETRIES;
	save();
	must(RAND_bytes(key.token, 32) == 1);
	put_map(o, 1), put_int(o, 2), put_bytes(o, enc, encrypt(&s, key.token, 32, enc));
	return OKAY;
}

static int
client_pin(struct in map, struct out *o)
{
	struct item sub;
	struct in v;

	if (!cbor_find(map, 2, NULL, &v) || !cbor_next(&v, &sub))
		return BAD;
	if (sub.n == 1) {
		put_map(o, 1), put_int(o, 3), put_int(o, key.kept.retries);
		return OKAY;
	}
	if (sub.n == 2) {
		put_map(o, 1), put_int(o, 1), put_cose(o, key.agreement, -25);
		return OKAY;
	}
	return sub.n == 5 ? pin_token(map, o) : BAD;
}

static void
auth_head(struct out *a, const unsigned char rp[32], unsigned flags)
{
	unsigned char f = (unsigned char)flags;

	put(a, rp, 32);
	put(a, &f, 1);
	put(a, "\0\0\0\1", 4);
}

static int
make_credential(struct in map, struct out *o)
{
	const unsigned char *hash, *rp_id;
	unsigned char rp[32], scalar[32], id[ID_LEN];
	struct out a = { .n = 0 };
	struct in v, ext, on;
	size_t n;
	EVP_PKEY *k;
	BIGNUM *d = NULL;
	bool uv;
	int r;

	struct item rpi;

	if (!cbor_bytes(map, 1, &hash, &n) || n != 32 || !cbor_find(map, 2, NULL, &v) || !cbor_find(v, 0, "id", &on) ||
	    !cbor_next(&on, &rpi))
		return BAD;
	rp_id = rpi.p;
	sha256(rp, rp_id, (size_t)rpi.n);
	if ((r = verified(map, 8, hash, &uv)) != OKAY)
		return r;
	if (key.kept.has_pin && !cbor_find(map, 8, NULL, &v))
		return PIN_REQUIRED;
	if ((r = touched()) != OKAY)
		return r;
	if (cbor_find(map, 5, NULL, &v) && find_own(v, rp, scalar) != NULL)
		return EXCLUDED;
	must((k = EVP_EC_gen("P-256")) != NULL && EVP_PKEY_get_bn_param(k, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1);
	BN_bn2binpad(d, scalar, 32);
	make_id(id, rp, scalar);
	auth_head(&a, rp, UP | AT | (uv ? UV : 0) | (key.hmac ? ED : 0));
	put(&a, "purser softkey\0", 16);
	put(&a, "\0", 1), put(&a, &(unsigned char){ ID_LEN }, 1), put(&a, id, ID_LEN);
	put_cose(&a, k, -7);
	if (key.hmac && cbor_find(map, 6, NULL, &ext) && cbor_find(ext, 0, "hmac-secret", &v))
		put_map(&a, 1), put_text(&a, "hmac-secret"), put_bool(&a, true);
	put_map(o, 3);
	put_int(o, 1), put_text(o, "none");
	put_int(o, 2), put_bytes(o, a.p, a.n);
	put_int(o, 3), put_map(o, 0);
	BN_free(d);
	EVP_PKEY_free(k);
	return OKAY;
}

/* HMAC-SHA-256 of the salt under a secret of the credential: one for verified users, another for others. */
static int
hmac_secret(struct in ext, const unsigned char *id, bool uv, struct out *a)
{
	const unsigned char *enc, *tag;
	unsigned char salt[32], random[32], output[32], back[64];
	size_t n, tn;
	struct shared s;
	struct in cose;

	if (!cbor_find(ext, 1, NULL, &cose) || !agree(&s, cose) || !cbor_bytes(ext, 2, &enc, &n) || !cbor_bytes(ext, 3, &tag, &tn))
		return BAD;
	if (!authentic(s.mac, enc, n, tag, tn))
		return PIN_AUTH;
	if (!decrypt(&s, enc, n, salt, 32))
		return BAD;
	hmac(random, key.kept.secret, 32, uv ? "uv" : "no", 2, id, 16);
	hmac(output, random, 32, salt, 32, "", 0);
	put_map(a, 1), put_text(a, "hmac-secret"), put_bytes(a, back, encrypt(&s, output, 32, back));
	return OKAY;
}

static size_t
sign(unsigned char sig[80], const unsigned char scalar[32], const struct out *a, const unsigned char hash[32])
{
	EVP_PKEY *k = from_parts(NULL, scalar);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	struct out m = *a;
	size_t n = 80;

	put(&m, hash, 32);
	must(k != NULL && c != NULL && EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, k) == 1 &&
	    EVP_DigestSign(c, sig, &n, m.p, m.n) == 1);
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return n;
}

static int
get_assertion(struct in map, struct out *o)
{
	const unsigned char *hash, *rp_id, *id;
	unsigned char rp[32], scalar[32], sig[80];
	struct out a = { .n = 0 };
	struct in v, ext, up;
	struct item present;
	bool uv, touch = true, with;
	size_t n, rn;
	int r;

	if (!cbor_bytes(map, 2, &hash, &n) || n != 32 || !cbor_bytes(map, 1, &rp_id, &rn))
		return BAD;
	sha256(rp, rp_id, rn);
	if (cbor_find(map, 5, NULL, &v) && cbor_find(v, 0, "up", &up) && cbor_next(&up, &present))
		touch = present.n != 20;                /* false */
	if ((r = verified(map, 6, hash, &uv)) != OKAY)
		return r;
	if (!cbor_find(map, 3, NULL, &v) || (id = find_own(v, rp, scalar)) == NULL)
		return NO_CREDENTIALS;
	if (touch && (r = touched()) != OKAY)
		return r;
	with = key.hmac && touch && cbor_find(map, 4, NULL, &ext) && cbor_find(ext, 0, "hmac-secret", &v);
	auth_head(&a, rp, (touch ? UP : 0) | (uv ? UV : 0) | (with ? ED : 0));
	if (with && (r = hmac_secret(v, id, uv, &a)) != OKAY)
		return r;
	put_map(o, 3);
	put_int(o, 1), put_map(o, 2), put_text(o, "id"), put_bytes(o, id, ID_LEN);
	put_text(o, "type"), put_text(o, "public-key");
	put_int(o, 2), put_bytes(o, a.p, a.n);
	put_int(o, 3), put_bytes(o, sig, sign(sig, scalar, &a, hash));
	return OKAY;
}

/* ---- CTAPHID ---- */

static unsigned char channel[4] = { 0xff, 0xff, 0xff, 0xff };

static void
send_message(unsigned cmd, const unsigned char *p, size_t n)
{
	unsigned char r[64];
	size_t at = 0;

	for (unsigned seq = 0; at < n || seq == 0; seq++) {
		size_t head = seq == 0 ? 7 : 5, k;

		memset(r, 0, sizeof r);
		memcpy(r, channel, 4);
		r[4] = (unsigned char)(seq == 0 ? cmd | 0x80 : seq - 1);
		if (seq == 0)
			r[5] = (unsigned char)(n >> 8), r[6] = (unsigned char)n;
		k = n - at < sizeof r - head ? n - at : sizeof r - head;
		memcpy(r + head, p + at, k);
		at += k;
		if (send(key.conn, r, sizeof r, MSG_NOSIGNAL) != (ssize_t)sizeof r)
			return;
	}
}

static void
keepalive(void)
{
	send_message(0x3b, (const unsigned char *)"\x02", 1);    /* user presence is needed */
}

static void
answer(const unsigned char *p, size_t n)
{
	struct out o = { .n = 1 };
	struct in map = { p + 1, p + n };
	int r;

	switch (p[0]) {
	case 1: r = make_credential(map, &o); break;
	case 2: r = get_assertion(map, &o); break;
	case 4: r = get_info(&o); break;
	case 6: r = client_pin(map, &o); break;
	default: r = UNSUPPORTED; break;
	}
	o.p[0] = (unsigned char)r;
	send_message(0x10, o.p, r == OKAY ? o.n : 1);
}

static void
initialise(const unsigned char *nonce)
{
	unsigned char r[17] = { 0 };

	memcpy(r, nonce, 8);
	memcpy(r + 8, "\1\2\3\4", 4);
	r[12] = 2;
	r[16] = 0x04 | 0x08;                    /* CBOR, and no U2F */
	send_message(0x06, r, sizeof r);
	memcpy(channel, "\1\2\3\4", 4);
}

/* The platform's reports have a zero before them. */
static void
serve(void)
{
	unsigned char r[65], m[2048];
	size_t want = 0, have = 0;
	unsigned cmd = 0;

	memset(channel, 0xff, sizeof channel);
	key.wrong = 0;                          /* plugged in anew */
	while (recv(key.conn, r, sizeof r, 0) == (ssize_t)sizeof r) {
		size_t head = r[5] & 0x80 ? 8 : 6;

		if (memcmp(r + 1, channel, 4) != 0 && r[5] != 0x86)
			continue;
		if (head == 8) {
			cmd = r[5] & 0x7f;
			want = (size_t)r[6] << 8 | r[7];
			have = 0;
		}
		if (want > sizeof m)
			return;
		memcpy(m + have, r + head, want - have < 65 - head ? want - have : 65 - head);
		have += want - have < 65 - head ? want - have : 65 - head;
		if (have < want)
			continue;
		if (cmd == 0x06 && want == 8)
			initialise(m);
		else if (cmd == 0x10 && want > 0)
			answer(m, want);
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const char *pin = NULL;
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (argc < 3)
		return 2;
	key.state = argv[2];
	for (int i = 3; i < argc; i++) {
		if (strcmp(argv[i], "pin") == 0 && i + 1 < argc)
			pin = argv[++i];
		else if (strcmp(argv[i], "protocol") == 0 && i + 1 < argc)
			key.protocol = strcmp(argv[++i], "1") == 0 ? 1 : 2;
		key.touch = key.touch && strcmp(argv[i], "no-touch") != 0;
		key.hmac = key.hmac && strcmp(argv[i], "no-hmac") != 0;
		key.uv = key.uv && strcmp(argv[i], "no-uv") != 0;
	}
	(void)alarm(600);
	load(pin);
	must((key.agreement = EVP_EC_gen("P-256")) != NULL);
	(void)unlink(argv[1]);
	if ((size_t)snprintf(at.sun_path, sizeof at.sun_path, "%s", argv[1]) >= sizeof at.sun_path ||
	    bind(s, (const struct sockaddr *)&at, sizeof at) != 0 || listen(s, 8) != 0)
		return 1;
	while ((key.conn = accept(s, NULL, NULL)) >= 0) {
		serve();
		(void)close(key.conn);
	}
	return 0;
}
