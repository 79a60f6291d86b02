/*
 * Any bytes as an audit log, as logstate beside it, as a checkpoint and as a payload. Input: one byte that says which,
 * then for a log pk0(32), u16 length of logstate, logstate, log. Seeds (tests/fuzz/corpus/log) are logs that verify
 * under the key here.
 */
#include "base/io.h"
#include "base/le.h"
#include "crypto/kdf.h"
#include "crypto/seal.h"
#include "store/log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int vault = -1, dev = -1;
static unsigned char lk[32], lpub[32];

static void
start(void)
{
	unsigned char seed[32], priv[32];
	char dir[] = "/dev/shm/purser-fuzz-XXXXXX", path[64];

	if (vault >= 0)
		return;
	if (crypto_start(NULL) != OK || mkdtemp(dir) == NULL)
		abort();
	vault = open(dir, O_RDONLY | O_DIRECTORY);
	(void)snprintf(path, sizeof path, "%s/device", dir);
	if (vault < 0 || mkdir(path, 0700) < 0 || (dev = open(path, O_RDONLY | O_DIRECTORY)) < 0)
		abort();
	memset(lk, 0x5a, sizeof lk);
	kdf_raw(seed, lk, 32, L_LOG_BOX, NULL, 0);
	box_keypair(lpub, priv, seed);
}

static void
put(int dir, const char *name, const uint8_t *p, size_t n)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || io_write(fd, p, n, NULL) != OK)
		abort();
	(void)close(fd);
}

static enum rc
touch(void *ctx, const struct log_entry *en, struct err *e)
{
	if (en->opened && strlen(en->text) > en->n)
		abort();
	return log_reveals_note(ctx, en, e);
}

static void
read_all(struct log *l)
{
	AUTO(log_report_free) struct log_report r = { .f = NULL };
	AUTO(log_reveals_free) struct log_reveals rv = { .r = NULL };
	struct log_lk keys = { .last_seq = UINT64_MAX, .lk = lk };
	struct log_head h;
	uint64_t a, b;
	bool found;
	struct err e;

	(void)!log_verify(l, &keys, 1, touch, &rv, &r, &e);
	(void)!log_head(l, &h, &e);
	(void)!log_freeze_since(l, 0, &found, &a, NULL, &e);
	(void)!log_last_counters(l, &keys, 1, &a, &b, &found, &e);
}

/* Whatever is there: if it opens for writing and is whole, an append keeps it whole. */
static void
write_one(const unsigned char pk0[32])
{
	AUTO(log_close) struct log *l = NULL;
	AUTO(log_report_free) struct log_report before = { .f = NULL };
	AUTO(log_report_free) struct log_report after = { .f = NULL };
	struct err e;

	if (log_open(&l, &(struct log_where){ .vaultfd = vault, .devfd = dev }, lpub, pk0, LOG_WRITE, 100, &e) != OK ||
	    log_verify(l, NULL, 0, NULL, NULL, &before, &e) != OK || before.bad != 0)
		return;
	if (log_append(l, lk, false, "00112233445566778899aabbccddeeff lock db=1 hdr=1", 1795300000000, NULL, &e) != OK)
		return;
	if (log_verify(l, NULL, 0, NULL, NULL, &after, &e) != OK || after.bad != 0 ||
	    after.entries <= before.entries)
		abort();
}

static void
as_log(const uint8_t *p, size_t n)
{
	AUTO(log_close) struct log *l = NULL;
	AUTO(log_close) struct log *alone = NULL;
	AUTO(auto_close) int fd = -1;
	size_t state;
	struct err e;

	if (n < 34)
		return;
	state = le16_get(p + 32);
	if (state > n - 34)
		state = n - 34;
	put(dev, "logstate", p + 34, state);
	put(vault, "log", p + 34 + state, n - 34 - state);
	if (log_open(&l, &(struct log_where){ .vaultfd = vault, .devfd = dev }, NULL, p, LOG_READ, 100, &e) == OK)
		read_all(l);
	if ((fd = openat(vault, "log", O_RDONLY)) >= 0 && log_open_fd(&alone, fd, p, &e) == OK)
		read_all(alone);
	log_close(&l);
	write_one(p);
}

static void
as_text(const uint8_t *p, size_t n)
{
	AUTO(auto_free) struct log_text *t = malloc(sizeof *t);
	BUF back = { .max = 0 };
	char hex[33];

	if (t == NULL || !log_text_parse(t, (const char *)p, n))
		return;
	log_text_begin(&back, t->id, t->event);         /* what parses is the one text of its content */
	for (size_t i = 0; i < t->fields; i++)
		log_text_bytes(&back, t->field[i].key, t->field[i].value, t->field[i].n);
	memcpy(hex, p, 32);
	for (int i = 0; i < 32; i++)
		if (hex[i] >= 'A' && hex[i] <= 'F')
			return;                         /* capitals in the id are read, never written */
	if (back.len != n || memcmp(back.p, p, n) != 0)
		abort();
}

static void
as_checkpoint(const uint8_t *p, size_t n)
{
	static const unsigned char zero[32];
	AUTO(log_close) struct log *l = NULL;
	AUTO(log_report_free) struct log_report r = { .f = NULL };
	unsigned char pk[32], sk[64], seed[32], vault_id[16];
	int64_t made;
	bool signed_ok;
	struct err e;

	memset(seed, 0x21, sizeof seed);
	memset(vault_id, 0x22, sizeof vault_id);
	sign_keypair(pk, sk, seed);
	put(vault, "log", p, 0);
	if (log_open(&l, &(struct log_where){ .vaultfd = vault, .devfd = -1 }, NULL, zero, LOG_READ, 100, &e) == OK) {
		(void)!log_against(l, (const char *)p, n, vault_id, NULL, &r, &made, &signed_ok, &e);
		(void)!log_against(l, (const char *)p, n, vault_id, pk, &r, &made, &signed_ok, &e);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	start();
	if (n == 0 || n > 65536)
		return 0;
	if (p[0] == 'T')
		as_text(p + 1, n - 1);
	else if (p[0] == 'C')
		as_checkpoint(p + 1, n - 1);
	else
		as_log(p + 1, n - 1);
	return 0;
}
