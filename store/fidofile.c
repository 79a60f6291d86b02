/* store/fidofile.c: see fidofile.h. */
#include "store/fidofile.h"

#include "base/io.h"
#include "base/le.h"
#include "store/files.h"

#include <string.h>

static const char magic[8] = { 'P', 'U', 'R', 'S', 'F', 'I', 'D', '1' };
static const unsigned char no_wrap[FIDO_WRAP];

enum { F_VAULT = 8, F_SALT = 24, F_TOKENS = 56, F_SETS = 57, F_HEAD = 64 };
enum { T_PUB = 16, T_MADE = 48, T_LEN = 56, T_NAME = 58, T_CRED = 106, T_SIZE = 640 };
#define SET_SIZE(n) (8 + (n) * FIDO_WRAP + 32)
#define FILE_MAX (F_HEAD + FIDO_TOKENS_MAX * T_SIZE + 2 * SET_SIZE(FIDO_TOKENS_MAX) + HASH_LEN)

_Static_assert(T_NAME + FIDO_NAME == T_CRED && T_CRED + FIDO_CRED_MAX <= T_SIZE, "a key's fields fit its place");

/* ---- bytes ---- */

static void
token_put(unsigned char *p, const struct fido_token *t)
{
	memset(p, 0, T_SIZE);
	memcpy(p, t->id, sizeof t->id);
	memcpy(p + T_PUB, t->pub, sizeof t->pub);
	le64_put(p + T_MADE, (uint64_t)t->made_ms);
	le16_put(p + T_LEN, (uint16_t)t->cred_len);
	memcpy(p + T_NAME, t->name, strlen(t->name));
	memcpy(p + T_CRED, t->cred, t->cred_len);
}

static bool
token_get(struct fido_token *t, const unsigned char *p)
{
	*t = (struct fido_token){ .made_ms = (int64_t)le64_get(p + T_MADE), .cred_len = le16_get(p + T_LEN) };
	if (t->cred_len == 0 || t->cred_len > FIDO_CRED_MAX || p[T_CRED - 1] != '\0')
		return false;
	memcpy(t->id, p, sizeof t->id);
	memcpy(t->pub, p + T_PUB, sizeof t->pub);
	memcpy(t->name, p + T_NAME, FIDO_NAME);
	memcpy(t->cred, p + T_CRED, t->cred_len);
	return true;
}

/* Head and keys: what every set's MAC covers. */
static size_t
head_put(unsigned char *p, const struct fido_file *f)
{
	memset(p, 0, F_HEAD);
	memcpy(p, magic, sizeof magic);
	memcpy(p + F_VAULT, f->vault_id, ID_LEN);
	memcpy(p + F_SALT, f->salt, FIDO_SALT);
	p[F_TOKENS] = (unsigned char)f->n;
	for (unsigned i = 0; i < f->n; i++)
		token_put(p + F_HEAD + i * T_SIZE, &f->token[i]);
	return F_HEAD + f->n * T_SIZE;
}

static size_t
set_put(unsigned char *p, const struct fido_file *f, const struct fido_set *s)
{
	le64_put(p, s->epoch);
	memcpy(p + 8, s->wrap, f->n * FIDO_WRAP);
	memcpy(p + 8 + f->n * FIDO_WRAP, s->mac, sizeof s->mac);
	return SET_SIZE(f->n);
}

static size_t
file_put(unsigned char p[FILE_MAX], const struct fido_file *f)
{
	size_t n = head_put(p, f);

	p[F_SETS] = (unsigned char)f->sets;
	for (unsigned i = 0; i < f->sets; i++)
		n += set_put(p + n, f, &f->set[i]);
	hash256(p + n, p, n);
	return n + HASH_LEN;
}

enum rc
fido_read(const struct home *h, struct fido_file *out, struct err *e)
{
	unsigned char p[FILE_MAX + 1], again[FILE_MAX], sum[HASH_LEN];
	struct fido_file f = { .n = 0 };
	size_t n = 0, at = F_HEAD;
	enum rc rc;

	if ((rc = file_read(h->device, "fido", p, sizeof p, &n, e)) != OK)
		return rc;
	if (n < F_HEAD + HASH_LEN || memcmp(p, magic, sizeof magic) != 0 || p[F_TOKENS] > FIDO_TOKENS_MAX || p[F_SETS] < 1 ||
	    p[F_SETS] > 2)
		return err_set(e, E_DAMAGED, N_("the file of the security keys is damaged"));
	f.n = p[F_TOKENS];
	f.sets = p[F_SETS];
	memcpy(f.vault_id, p + F_VAULT, ID_LEN);
	memcpy(f.salt, p + F_SALT, FIDO_SALT);
	hash256(sum, p, n - HASH_LEN);
	if (n != F_HEAD + f.n * T_SIZE + f.sets * SET_SIZE(f.n) + HASH_LEN || !same_bytes(sum, p + n - HASH_LEN, HASH_LEN))
		return err_set(e, E_DAMAGED, N_("the file of the security keys is damaged"));
	for (unsigned i = 0; i < f.n; i++, at += T_SIZE)
		if (!token_get(&f.token[i], p + at))
			return err_set(e, E_DAMAGED, N_("the file of the security keys is damaged"));
	for (unsigned i = 0; i < f.sets; i++, at += SET_SIZE(f.n)) {
		f.set[i].epoch = le64_get(p + at);
		memcpy(f.set[i].wrap, p + at + 8, f.n * FIDO_WRAP);
		memcpy(f.set[i].mac, p + at + 8 + f.n * FIDO_WRAP, sizeof f.set[i].mac);
	}
	/* No byte that means nothing: the MACs are over what was understood. */
	if (file_put(again, &f) != n || memcmp(again, p, n) != 0)
		return err_set(e, E_DAMAGED, N_("the file of the security keys is damaged"));
	*out = f;
	return OK;
}

enum rc
fido_write(const struct home *h, const struct fido_file *f, struct err *e)
{
	unsigned char p[FILE_MAX];
	size_t n = file_put(p, f);

	return io_replace(h->device, "fido", 0600, p, n, e);
}

enum rc
fido_erase(const struct home *h, struct err *e)
{
	return file_erase(h->device, "fido", e);
}

/* ---- keys ---- */

void
fido_begin(struct fido_file *f, const unsigned char vault_id[ID_LEN])
{
	*f = (struct fido_file){ .n = 0 };
	memcpy(f->vault_id, vault_id, ID_LEN);
	random_bytes(f->salt, sizeof f->salt);
}

int
fido_by_cred(const struct fido_file *f, const unsigned char *cred, size_t n)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->token[i].cred_len == n && memcmp(f->token[i].cred, cred, n) == 0)
			return (int)i;
	return -1;
}

int
fido_by_name(const struct fido_file *f, const char *name)
{
	for (unsigned i = 0; i < f->n; i++)
		if (strcmp(f->token[i].name, name) == 0)
			return (int)i;
	return -1;
}

static void
pair_of(unsigned char pub[32], unsigned char priv[32], const struct fido_file *f, const struct fido_token *t,
    const unsigned char output[FIDO_OUTPUT])
{
	unsigned char seed[KEY_LEN];

	kdf_to(seed, output, FIDO_OUTPUT, L_FIDO_KEY, BYTES(f->vault_id, ID_LEN), BYTES(t->id, sizeof t->id));
	box_keypair(pub, priv, seed);
	wipe(seed, sizeof seed);
}

enum rc
fido_add(struct fido_file *f, const char *name, const unsigned char *cred, size_t n,
    const unsigned char output[FIDO_OUTPUT], int64_t now_ms, struct err *e)
{
	struct fido_token t = { .cred_len = n, .made_ms = now_ms };
	unsigned char priv[32];

	if (f->n == FIDO_TOKENS_MAX)
		return err_set(e, E_USAGE, N_("there are %u security keys already: remove one first"), FIDO_TOKENS_MAX);
	if (n == 0 || n > FIDO_CRED_MAX || strlen(name) >= FIDO_NAME)
		return err_set(e, E_RANGE, N_("this security key is not fit for it"));
	memcpy(t.name, name, strlen(name));
	memcpy(t.cred, cred, n);
	random_bytes(t.id, sizeof t.id);
	pair_of(t.pub, priv, f, &t, output);
	wipe(priv, sizeof priv);
	f->token[f->n++] = t;
	return OK;
}

/* ---- F ---- */

static void
mac_of(unsigned char mac[32], const struct fido_file *f, const struct fido_set *s, const struct secret *F)
{
	unsigned char p[F_HEAD + FIDO_TOKENS_MAX * T_SIZE], set[SET_SIZE(FIDO_TOKENS_MAX)];
	size_t n = head_put(p, f), k = set_put(set, f, s);

	kdf_to(mac, F->bytes, F->len, L_FIDO_MAC, BYTES(p, n), BYTES(set, k - sizeof s->mac));
}

enum rc
fido_seal(struct fido_file *f, unsigned i, uint64_t epoch, const struct secret *F, int without, struct err *e)
{
	struct fido_set *s = &f->set[i];
	enum rc rc;

	*s = (struct fido_set){ .epoch = epoch };
	for (unsigned k = 0; k < f->n; k++)
		if ((int)k != without && (rc = box_seal(s->wrap[k], f->token[k].pub, F->bytes, KEY_LEN)) != OK)
			return err_set(e, rc, N_("the file of the security keys is damaged"));
	mac_of(s->mac, f, s, F);
	if (f->sets <= i)
		f->sets = i + 1;
	return OK;
}

int
fido_set_for(const struct fido_file *f, uint64_t epoch)
{
	int best = -1;

	for (unsigned i = 0; i < f->sets; i++)
		if (f->set[i].epoch <= epoch && (best < 0 || f->set[i].epoch > f->set[best].epoch))
			best = (int)i;
	return best;
}

enum rc
fido_open(const struct fido_file *f, unsigned i, unsigned place, const unsigned char output[FIDO_OUTPUT],
    struct secret *F, struct err *e)
{
	const struct fido_set *s = &f->set[i];
	unsigned char pub[32], priv[32], mac[32];
	SECRET got = { 0 };
	enum rc rc;

	if (memcmp(s->wrap[place], no_wrap, FIDO_WRAP) == 0)
		return err_set(e, E_AUTH, N_("this security key was removed from the store"));
	if ((rc = secret_alloc(&got, KEY_LEN, e)) != OK)
		return rc;
	pair_of(pub, priv, f, &f->token[place], output);
	rc = box_open(got.bytes, pub, priv, s->wrap[place], FIDO_WRAP);
	wipe(priv, sizeof priv);
	if (rc != OK)
		return err_set(e, E_AUTH, N_("this security key is not the one that was added: was it reset since?"));
	mac_of(mac, f, s, &got);
	if (!same_bytes(mac, s->mac, sizeof mac))
		return err_set(e, E_DAMAGED, N_("the file of the security keys was altered"));
	secret_move(F, &got);
	return OK;
}

void
fido_keep(struct fido_file *f, unsigned i, const struct secret *F)
{
	struct fido_set s = f->set[i];
	unsigned n = 0;

	for (unsigned k = 0; k < f->n; k++) {
		if (memcmp(s.wrap[k], no_wrap, FIDO_WRAP) == 0)
			continue;
		f->token[n] = f->token[k];
		memmove(s.wrap[n++], s.wrap[k], FIDO_WRAP);
	}
	f->n = n;
	f->sets = 1;
	f->set[0] = s;
	mac_of(f->set[0].mac, f, &f->set[0], F);
}

/* ---- the file while keys of the store change ---- */

static int
set_of(const struct fido_file *f, const struct secret *F)
{
	unsigned char mac[32];

	for (unsigned i = 0; i < f->sets; i++) {
		mac_of(mac, f, &f->set[i], F);
		if (same_bytes(mac, f->set[i].mac, sizeof mac))
			return (int)i;
	}
	return -1;
}

static enum rc
changed_meanwhile(struct err *e)
{
	return err_set(e, E_BUSY, N_("another purser has just changed the security keys. Nothing was changed"));
}

enum rc
fido_before(const struct home *h, uint64_t epoch, const struct secret *F, struct err *e)
{
	struct fido_file f;
	int mine;
	enum rc rc;

	if ((rc = fido_read(h, &f, e)) == E_NOTFOUND)
		return changed_meanwhile(e);
	if (rc != OK)
		return rc;
	if ((mine = set_of(&f, F)) < 0 || f.set[mine].epoch > epoch)
		return changed_meanwhile(e);
	if (fido_set_for(&f, epoch) == mine)
		return OK;
	fido_keep(&f, (unsigned)mine, F);
	return fido_write(h, &f, e);
}

enum rc
fido_after(const struct home *h, uint64_t epoch, const struct secret *F, struct err *e)
{
	struct fido_file f;
	int mine;
	enum rc rc;

	if ((rc = fido_read(h, &f, e)) != OK)
		return rc;
	if ((mine = set_of(&f, F)) < 0 || fido_set_for(&f, epoch) != mine)
		return changed_meanwhile(e);
	if (f.sets == 1)
		return OK;
	fido_keep(&f, (unsigned)mine, F);
	return fido_write(h, &f, e);
}
