/*
 * tests/keyring.h: every key that an unlocked agent has or had, computed from the files by a test that knows the password,
 * so that it can be looked for in the agent's memory.
 */
#ifndef PURSER_TESTS_KEYRING_H
#define PURSER_TESTS_KEYRING_H

#include "base/io.h"
#include "crypto/kdf.h"
#include "store/dbhdr.h"
#include "store/fuse.h"
#include "store/keysfile.h"
#include "store/vault_int.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* ledger: needed while only the ledger is open, too. brief: only while something is being done. */
struct ring_key { const char *name; bool ledger, brief; unsigned char k[32]; };
struct keyring { size_t n; struct ring_key key[24]; };

static unsigned char *
ring_add(struct keyring *r, const char *name, bool ledger, bool brief)
{
	struct ring_key *k = &r->key[r->n++];

	*k = (struct ring_key){ .name = name, .ledger = ledger, .brief = brief };
	return k->k;
}

static inline bool
keyring_make(struct keyring *r, const struct home *h, struct vault *v, const unsigned char vid[16],
    const struct record_id *id)
{
	unsigned char device[64], page[64], wrap[RECORD_WRAP_LEN];
	const unsigned char *lk, *sk, *dek, *d;
	struct err e = { 0 };
	size_t got;
	BUF b = { 0 };

	r->n = 0;
	if (io_read_file(h->device, "device.key", 64, &b, &e) != OK || b.len != 64)
		return false;
	memcpy(device, buf_str(&b), 64);
	buf_reset(&b);
	{
		AUTO(auto_close) int fd = openat(h->vault, "store.db", O_RDONLY | O_CLOEXEC);

		if (fd < 0 || io_pread(fd, page, sizeof page, 0, &got, &e) != OK || got != sizeof page)
			return false;
	}
	if (fuse_lookup(h, vid, id->rec, id->version, wrap, &e) != OK)
		return false;
	lk = memcpy(ring_add(r, "LK", true, false), vault_lk(v)->bytes, 32);
	sk = memcpy(ring_add(r, "SK", false, false), vault_sk(v)->bytes, 32);
	d = memcpy(ring_add(r, "D", false, true), device + 16, 32);
	keys_possession(ring_add(r, "H", false, true), d, NULL, NULL);
	kdf_raw(ring_add(r, "the key of wraps", false, true), sk, 32, L_WRAP_RECORD, NULL, 0);
	if (record_unwrap(ring_add(r, "RK", false, true), vid, vault_sk(v), wrap, id) != OK)
		return false;
	dek = ring_add(r, "the store's key", true, true);
	kdf_to(r->key[r->n - 1].k, lk, 32, L_STORE, BYTES(page + 16, 16));
	kdf_raw(ring_add(r, "the key of pages", true, false), dek, 32, L_PAGE, NULL, 0);
	kdf_raw(ring_add(r, "the key of the WAL", true, false), dek, 32, L_WAL, NULL, 0);
	kdf_raw(ring_add(r, "the key of the WAL's header", true, false), dek, 32, L_WAL_HEADER, NULL, 0);
	kdf_raw(ring_add(r, "the key of the header", true, false), dek, 32, L_HEADER, NULL, 0);
	kdf_raw(ring_add(r, "the key of the set hash", true, false), dek, 32, L_SET_HASH, NULL, 0);
	kdf_raw(ring_add(r, "the key of record tags", true, true), lk, 32, L_MANIFEST, NULL, 0);
	kdf_raw(ring_add(r, "the key of the header MAC", true, true), lk, 32, L_HEADER_MAC, NULL, 0);
	kdf_raw(ring_add(r, "the key of the log's origin", true, true), lk, 32, L_LOG_ORIGIN, NULL, 0);
	kdf_raw(ring_add(r, "the seed of the log's box", true, true), lk, 32, L_LOG_BOX, NULL, 0);
	kdf_raw(ring_add(r, "the key of recovery seals", true, true), lk, 32, L_RECOVERY_INNER, NULL, 0);
	return true;
}

#endif
