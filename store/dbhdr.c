/* store/dbhdr.c: see dbhdr.h. */
#include "store/dbhdr.h"

#include "base/le.h"
#include "crypto/seal.h"

#include <string.h>

#define MAGIC "PURSSTO1"
#define FORMAT 1u
#define CIPHER 1u
#define F_RUNNING 1u
#define F_COPY 2u
#define BULK_AFTER 512u                     /* pages until libcrypto pays for its start (store.md 3.7) */
#define MAC_AT 168u
#define KIND_DB 1u
#define KIND_WAL 2u

enum rc
dbkeys_new(struct dbkeys *k, const unsigned char lk[32], const unsigned char file_id[16], struct err *e)
{
	struct { unsigned char dek[32], cipher[2][32]; } t;
	enum rc rc;

	memset(k, 0, sizeof *k);
	if ((rc = secret_alloc(&k->own, 96, e)) != OK)
		return rc;
	k->walhdr = k->own.bytes;
	k->hdr = k->own.bytes + 32;
	k->set = k->own.bytes + 64;
	memcpy(k->file_id, file_id, 16);
	kdf_to(t.dek, lk, 32, L_STORE, BYTES(file_id, 16));
	kdf_raw(t.cipher[0], t.dek, 32, L_PAGE, NULL, 0);
	kdf_raw(t.cipher[1], t.dek, 32, L_WAL, NULL, 0);
	kdf_raw(k->walhdr, t.dek, 32, L_WAL_HEADER, NULL, 0);
	kdf_raw(k->hdr, t.dek, 32, L_HEADER, NULL, 0);
	kdf_raw(k->set, t.dek, 32, L_SET_HASH, NULL, 0);
	rc = page_cipher_pair(k->cipher, (const unsigned char (*)[32])t.cipher, BULK_AFTER, e);
	wipe(&t, sizeof t);
	if (rc != OK)
		dbkeys_free(k);
	return rc;
}

void
dbkeys_free(struct dbkeys *k)
{
	page_cipher_pair_free(k->cipher);
	secret_wipe(&k->own);
	k->walhdr = k->hdr = k->set = NULL;
}

static void
element(uint64_t w[4], const struct dbkeys *k, uint32_t pgno, const unsigned char trailer[DB_RESERVE])
{
	unsigned char m[4 + DB_RESERVE], h[32];

	le32_put(m, pgno);
	memcpy(m + 4, trailer, DB_RESERVE);
	mac256(h, k->set, m, sizeof m);
	for (int i = 0; i < 4; i++)
		w[i] = le64_get(h + 8 * i);
}

void
sethash_add(struct sethash *s, const struct dbkeys *k, uint32_t pgno, const unsigned char trailer[DB_RESERVE])
{
	uint64_t w[4];
	unsigned carry = 0;

	element(w, k, pgno, trailer);
	for (int i = 0; i < 4; i++) {
		uint64_t t = s->w[i] + w[i];
		unsigned over = t < w[i];

		s->w[i] = t + carry;
		carry = over | (s->w[i] < t);
	}
}

void
sethash_sub(struct sethash *s, const struct dbkeys *k, uint32_t pgno, const unsigned char trailer[DB_RESERVE])
{
	uint64_t w[4];
	unsigned borrow = 0;

	element(w, k, pgno, trailer);
	for (int i = 0; i < 4; i++) {
		uint64_t t = s->w[i] - w[i];
		unsigned under = s->w[i] < w[i];

		s->w[i] = t - borrow;
		borrow = under | (t < borrow);
	}
}

bool
sethash_same(const struct sethash *a, const struct sethash *b)
{
	return same_bytes(a->w, b->w, sizeof a->w);
}

void
dbhdr_build(unsigned char *slot, const struct dbhdr *h, const struct dbkeys *k, bool copy)
{
	unsigned char sum[32], aad[24];

	memset(slot, 0, SLOT_LEN);
	memcpy(slot, MAGIC, 8);
	le16_put(slot + 8, FORMAT);
	slot[10] = CIPHER;
	slot[11] = 12;
	slot[12] = DB_RESERVE;
	slot[13] = (unsigned char)((h->running ? F_RUNNING : 0) | (copy ? F_COPY : 0));
	memcpy(slot + 16, k->file_id, 16);
	le64_put(slot + 32, h->epoch);
	le64_put(slot + 40, h->seq);
	for (int i = 0; i < 4; i++)
		le64_put(sum + 8 * i, h->sum.w[i]);
	memcpy(aad, k->file_id, 16);
	memcpy(aad + 16, slot + 40, 8);
	seal(slot + 48, k->set, L_SET_HASH, aad, sizeof aad, sum, sizeof sum);
	le32_put(slot + 152, h->pages);
	if (h->running) {
		memcpy(slot + 156, h->wal_salts, 8);
		le32_put(slot + 164, h->wal_frames);
	}
	mac256(slot + MAC_AT, k->hdr, slot, MAC_AT);
}

bool
dbhdr_parse(const unsigned char *slot, struct dbhdr *h, const struct dbkeys *k, bool *copy)
{
	unsigned char aad[24], sum[32], mine[32];

	mac256(mine, k->hdr, slot, MAC_AT);
	if (memcmp(slot, MAGIC, 8) != 0 || !same_bytes(mine, slot + MAC_AT, 32))
		return false;
	if (le16_get(slot + 8) != FORMAT || slot[10] != CIPHER || slot[11] != 12 || slot[12] != DB_RESERVE)
		return false;
	memcpy(aad, k->file_id, 16);
	memcpy(aad + 16, slot + 40, 8);
	if (!same_bytes(slot + 16, k->file_id, 16) ||
	    open_sealed(sum, k->set, L_SET_HASH, aad, sizeof aad, slot + 48, 104) != OK)
		return false;
	memset(h, 0, sizeof *h);
	h->epoch = le64_get(slot + 32);
	h->seq = le64_get(slot + 40);
	for (int i = 0; i < 4; i++)
		h->sum.w[i] = le64_get(sum + 8 * i);
	h->pages = le32_get(slot + 152);
	h->running = slot[13] & F_RUNNING;
	memcpy(h->wal_salts, slot + 156, 8);
	h->wal_frames = le32_get(slot + 164);
	*copy = slot[13] & F_COPY;
	return true;
}

/*
 * The next header goes to the slot that does not count: over the copy, over what is spoilt, or, while a checkpoint
 * runs, over the header from before it. The one that counts stays until its successor is on disk. That it is itself on
 * disk is known only from a copy beside it, which is written after the sync; else a process may have died in between.
 */
void
dbslots_judge(struct dbslots *s, const unsigned char slots[2][SLOT_LEN], const struct dbkeys *k)
{
	struct dbhdr h[2];
	bool good[2], copy[2] = { false, false };
	int a;

	memset(s, 0, sizeof *s);
	for (int i = 0; i < 2; i++)
		good[i] = dbhdr_parse(slots[i], &h[i], k, &copy[i]);
	if (!good[0] && !good[1]) {
		s->best = -1;
		return;
	}
	if (!good[0] || !good[1])
		a = good[0] ? 0 : 1;
	else if (h[0].seq != h[1].seq)
		a = h[0].seq > h[1].seq ? 0 : 1;
	else
		a = copy[0] ? 1 : 0;
	s->best = a;
	s->h = h[a];
	s->first = 1 - a;
	s->unsure = !(good[1 - a] && copy[1 - a] && h[1 - a].seq == h[a].seq);
}

enum rc
dbslots_open(struct dbslots *s, struct dbkeys *k, const unsigned char slots[2][SLOT_LEN], const unsigned char lk[32],
    struct err *e)
{
	bool ours = false, newer = false;
	enum rc rc;

	for (int i = 0; i < 2; i++) {
		if (memcmp(slots[i], MAGIC, 8) != 0)
			continue;
		ours = true;
		newer |= le16_get(slots[i] + 8) > FORMAT;
		if ((rc = dbkeys_new(k, lk, slots[i] + 16, e)) != OK)
			return rc;
		dbslots_judge(s, slots, k);
		if (s->best >= 0)
			return OK;
		dbkeys_free(k);
	}
	if (newer)
		return err_set(e, E_DAMAGED, N_("the store was written by a newer purser, or its header is damaged"));
	if (ours)
		return err_set(e, E_KEY, N_("this key does not open the store, or both of its headers are damaged"));
	return err_set(e, E_DAMAGED, N_("store.db is damaged: it has no header"));
}

static void
page_ad(unsigned char ad[16], unsigned kind, uint32_t n)
{
	memset(ad, 0, 16);
	ad[0] = (unsigned char)kind;
	le32_put(ad + 4, n);
}

void
dbpage_seal(unsigned char *out, const unsigned char *m, uint32_t pgno, struct dbkeys *k)
{
	unsigned char ad[16];

	page_ad(ad, KIND_DB, pgno);
	le64_put(ad + 8, (uint64_t)dbpage_at(pgno));
	page_seal(k->cipher[0], out, out + DB_USABLE, out + DB_USABLE + PAGE_NONCE, m, DB_USABLE, ad);
}

bool
dbpage_open(unsigned char *m, const unsigned char *in, uint32_t pgno, struct dbkeys *k)
{
	unsigned char ad[16];

	page_ad(ad, KIND_DB, pgno);
	le64_put(ad + 8, (uint64_t)dbpage_at(pgno));
	memset(m + DB_USABLE, 0, DB_RESERVE);
	return page_open(k->cipher[0], m, in, DB_USABLE, in + DB_USABLE, in + DB_USABLE + PAGE_NONCE, ad);
}

void
walpage_seal(unsigned char *out, const unsigned char *m, uint32_t n, const unsigned char salts[8], struct dbkeys *k)
{
	unsigned char ad[16];

	page_ad(ad, KIND_WAL, n);
	memcpy(ad + 8, salts, 8);
	page_seal(k->cipher[1], out, out + DB_USABLE, out + DB_USABLE + PAGE_NONCE, m, DB_USABLE, ad);
}

bool
walpage_open(unsigned char *m, const unsigned char *in, uint32_t n, const unsigned char salts[8], struct dbkeys *k)
{
	unsigned char ad[16];

	page_ad(ad, KIND_WAL, n);
	memcpy(ad + 8, salts, 8);
	memset(m + DB_USABLE, 0, DB_RESERVE);
	return page_open(k->cipher[1], m, in, DB_USABLE, in + DB_USABLE, in + DB_USABLE + PAGE_NONCE, ad);
}

/* SQLite's file format, section 1.3 (header) and 1.6 (an empty leaf of the schema table). */
void
dbpage_first(unsigned char *m)
{
	static const unsigned char head[28] = { 'S', 'Q', 'L', 'i', 't', 'e', ' ', 'f', 'o', 'r', 'm', 'a', 't', ' ',
		'3', 0, 0x10, 0x00 /* page size */, 2, 2 /* WAL */, DB_RESERVE, 64, 32, 32, 0, 0, 0, 1 /* changes */ };

	memset(m, 0, DB_PAGE);
	memcpy(m, head, sizeof head);
	m[31] = 1;                          /* pages */
	m[47] = 4;                          /* schema format */
	m[59] = 1;                          /* UTF-8 */
	m[95] = 1;                          /* the number of changes for which the number of pages is right */
	m[100] = 13;                        /* leaf of a table, no cells */
	m[105] = DB_USABLE >> 8;
	m[106] = DB_USABLE & 0xff;
}
