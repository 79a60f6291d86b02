/* The audit log: what it records, what it finds, and attack 15 of keys.md section 13. */
#include "tests/unit/log_home.h"

#include "base/num.h"

#include <time.h>

static double
seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- format ---- */

/* Section 8 taken word by word, independent of the code that wrote it. */
static bool
first_record_as_specified(struct fixture *f)
{
	BUF log = { .max = 0 };
	BUF msg = { .max = 0 };
	unsigned char plain[4096], h[32], seed[32], pub[32], priv[32];
	const unsigned char *p, *r;
	size_t len, boxlen, n;

	get(f->vault, "log", &log);
	p = (const unsigned char *)log.p;
	len = le32_get(p);
	r = p + 4;
	boxlen = len - 216;
	if (le64_get(r) != 0 || (int64_t)le64_get(r + 8) != T0 || r[16] != 'U' || r[17] != 0 || memcmp(r + 18,
	    "\0\0\0\0\0\0", 6) != 0)
		return false;
	memset(h, 0, sizeof h);
	if (memcmp(r + 56, h, 32) != 0 || !sign_ok(r + 152, f->pk0, r, 152))
		return false;
	kdf_to(h, f->lk, 32, L_LOG_ORIGIN, BYTES(r, 120));
	if (memcmp(h, r + 120, 32) != 0)
		return false;
	kdf_raw(seed, f->lk, 32, L_LOG_BOX, NULL, 0);
	box_keypair(pub, priv, seed);
	if (box_open(plain, pub, priv, r + 216, boxlen) != OK || (boxlen - 48 - 32) % 64 != 0)
		return false;
	n = boxlen - 48;
	while (n > 32 && plain[n - 1] == 0)
		n--;
	if (plain[n - 1] != 0x80)
		return false;
	n--;
	buf_add(&msg, "\x0d\0\0\0", 4);
	buf_adds(&msg, "purser/v1/log");
	buf_add(&msg, plain, n);
	hash256(h, msg.p, msg.len);
	if (memcmp(h, r + 24, 32) != 0)
		return false;
	hash256(h, r, 216);
	r += len + 4;
	return memcmp(h, r + 56, 32) == 0 && le64_get(r) == 1 && sign_ok(r + 152, p + 4 + 88, r, 152);
}

static void
test_format(void)
{
	struct fixture f;
	BUF state = { .max = 0 };
	struct stat st;
	unsigned char h[24], pk[32], sk[64];
	const unsigned char *s;
	BUF log = { .max = 0 };

	fixture_make(&f);
	fill_log(&f, 3);
	ok(first_record_as_specified(&f), "a record is byte for byte what the specification says");
	get(f.dev, "logstate", &state);
	get(f.vault, "log", &log);
	s = (const unsigned char *)state.p;
	hash192(h, s, 40);
	sign_keypair(pk, sk, s + 8);
	ok(state.len == 128 && memcmp(s, s + 64, 64) == 0 && le64_get(s) == 3 && memcmp(h, s + 40, 24) == 0,
	    "logstate: 128 bytes, both halves of the next record");
	ok(memmem(log.p, log.len, pk, 32) != NULL, "the last record announces the key of that seed");
	ok(fstatat(f.vault, "log", &st, 0) == 0 && (st.st_mode & 0777) == 0600 &&
	    st.st_blocks * 512 >= (off_t)(st.st_size + 32768),
	    "log is private and allocated ahead (%lld blocks for %lld bytes)", (long long)st.st_blocks,
	    (long long)st.st_size);
	ok(fstatat(f.dev, "logstate", &st, 0) == 0 && (st.st_mode & 0777) == 0600, "logstate is private");
	fixture_end(&f);
}

/* The key that signed the newest record must be in no file any more: that is what makes the past unforgeable. */
static void
test_seed_erased(void)
{
	struct fixture f;
	BUF before = { .max = 0 };
	BUF after = { .max = 0 };

	fixture_make(&f);
	fill_log(&f, 1);
	get(f.dev, "logstate", &before);
	fill_log(&f, 1);
	get(f.dev, "logstate", &after);
	ok(memmem(after.p, after.len, before.p + 8, 32) == NULL,
	    "after an append the seed that signed it is gone from logstate");
	fixture_end(&f);
}

/* ---- use ---- */

struct seen { size_t n, opened, u; uint64_t next; bool in_order; struct log_reveals rv; };

static enum rc
see(void *ctx, const struct log_entry *en, struct err *e)
{
	struct seen *s = ctx;

	s->in_order = s->in_order && en->seq == s->next++;
	s->n++;
	s->opened += en->opened;
	s->u += en->origin == 'U';
	return log_reveals_note(&s->rv, en, e);
}

static void
test_thousand(void)
{
	struct fixture f;
	AUTO(log_close) struct log *l = NULL;
	AUTO(log_report_free) struct log_report r = { .f = NULL };
	struct seen s = { .in_order = true };
	unsigned char rec[16];
	struct log_head head;
	const struct log_reveal *rv;
	uint64_t changes = 0, hdr = 0, seq;
	bool found = false;
	double t0, t1, t2;
	struct err e;

	fixture_make(&f);
	t0 = seconds();
	fill_log(&f, 1000);
	t1 = seconds();
	ok(fixture_open(&f, &l, LOG_READ, &e) == OK && log_verify(l, f.lks, 1, see, &s, &r, &e) == OK && r.bad == 0,
	    "1000 entries verify");
	ok(r.entries == 1000 && r.opened == 1000 && s.n == 1000 && s.opened == 1000 && s.u == 800 && s.in_order,
	    "each is seen once, in order, and opened");
	log_report_free(&r);
	t2 = seconds();
	ok(log_verify(l, NULL, 0, NULL, NULL, &r, &e) == OK && r.bad == 0 && r.entries == 1000 && r.opened == 0,
	    "the chain verifies without any key");
	printf("# append %.0f us, verify without key %.0f us an entry (processor time)\n", (t1 - t0) * 1e3, (seconds()
	    - t2) * 1e3);
	memset(rec, 3 % 7, sizeof rec);
	rv = log_reveals_find(&s.rv, rec);
	ok(rv != NULL && s.rv.n == 7 && rv->time_ms == T0 + 983000,
	    "the last reveal of a record is found (%zu records)", s.rv.n);
	memset(rec, 9, sizeof rec);
	ok(log_reveals_find(&s.rv, rec) == NULL, "one never revealed is not");
	ok(log_head(l, &head, &e) == OK && head.any && head.proven && head.seq == 999 && head.next_seq == 1000 &&
	    head.time_ms == T0 + 999000, "head");
	ok(log_last_counters(l, f.lks, 1, &changes, &hdr, &found, &e) == OK && found && changes == 998 && hdr == 499,
	    "the last db= and hdr= are those of the last U record");
	ok(log_freeze_since(l, 0, &found, &seq, NULL, &e) == OK && !found, "no freeze record");
	log_reveals_free(&s.rv);
	fixture_end(&f);
}

static void
test_locked(void)
{
	struct fixture f;
	AUTO(log_close) struct log *l = NULL;
	uint64_t seq = 0;
	int64_t when = 0;
	bool found = false, done = false, second = true, later = false, near = true;
	struct err e;
	static const char text[] = "00112233445566778899aabbccddeeff unlock-failed count=1";

	fixture_make(&f);
	fill_log(&f, 12);
	ok(fixture_open(&f, &l, LOG_WRITE, &e) == OK, "opens for writing with L_pub and pk0 alone");
	ok(log_append(l, NULL, true, "00112233445566778899aabbccddeeff freeze reason=lost", T0 + 20000, &seq, &e)
	    == OK && seq == 12, "freeze is recorded without LK");
	ok(log_freeze_since(l, 12, &found, &seq, &when, &e) == OK && found && seq == 12 && when == T0 + 20000,
	    "and found by its kind");
	ok(log_freeze_since(l, 13, &found, &seq, NULL, &e) == OK && !found, "not from a later number on");
	ok(log_append_failed(l, text, T0 + 100000, &done, &e) == OK && done && log_append_failed(l, text, T0 + 130000,
	    &second, &e) == OK && !second && log_append_failed(l, text, T0 + 159999, &near, &e) == OK && !near &&
	    log_append_failed(l, text, T0 + 160000, &later, &e) == OK && later, "failed unlocks: one record a minute");
	ok(verify(&f, true, NULL, NULL) == 0 && verify(&f, false, NULL, NULL) == 0,
	    "locked records belong to the chain");
	fixture_end(&f);
}

static void
test_clock(void)
{
	struct fixture f;
	AUTO(log_close) struct log *l = NULL;
	AUTO(log_report_free) struct log_report r = { .f = NULL };
	struct log_head head;
	uint64_t seq = 0;
	struct err e;

	fixture_make(&f);
	fill_log(&f, 2);
	(void)!fixture_open(&f, &l, LOG_WRITE, &e);
	ok(log_append(l, f.lk, false, "00112233445566778899aabbccddeeff lock", T0 - 200000, &seq, &e) == OK && seq == 2,
	    "four minutes back: nothing special");
	ok(log_append(l, f.lk, false, "00112233445566778899aabbccddeeff lock", T0 - 900000, &seq, &e) == OK && seq == 4,
	    "a quarter of an hour back: a record of its own before it");
	ok(log_head(l, &head, &e) == OK && head.seq == 4 && head.time_ms == T0 - 900000,
	    "the time is what the clock said");
	ok(log_verify(l, f.lks, 1, NULL, NULL, &r, &e) == OK && r.bad == 0 && r.n == 1 && r.f[0].what == LOG_CLOCK &&
	    r.f[0].seq == 3, "verification notes it and does not call it damage");
	fixture_end(&f);
}

static void
test_limits(void)
{
	struct fixture f;
	AUTO(log_close) struct log *l = NULL;
	AUTO(log_close) struct log *ro = NULL;
	char *text = malloc(LOG_TEXT_MAX + 2);
	static const size_t sizes[] = { 0, 1, 62, 63, 64, 65, 127, 128, 4031, 4032, 4095, 4096 };
	const char *many[LOG_BATCH_MAX + 1];
	bool good = true;
	uint64_t seq;
	struct err e;

	fixture_make(&f);
	(void)!fixture_open(&f, &l, LOG_WRITE, &e);
	memset(text, 'x', LOG_TEXT_MAX + 1);
	for (size_t i = 0; i < COUNTOF(sizes); i++) {
		text[sizes[i]] = '\0';
		good = good && log_append(l, f.lk, false, text, T0, &seq, &e) == OK;
		text[sizes[i]] = 'x';
	}
	ok(good && verify(&f, true, NULL, NULL) == 0, "payloads of every length around the padding");
	text[LOG_TEXT_MAX + 1] = '\0';
	ok(log_append(l, f.lk, false, text, T0, &seq, &e) == E_RANGE, "one byte too long is refused");
	for (size_t i = 0; i < COUNTOF(many); i++)
		many[i] = "batch";
	ok(log_append_batch(l, f.lk, many, LOG_BATCH_MAX, T0, &seq, &e) == OK && seq == COUNTOF(sizes) &&
	    log_append_batch(l, f.lk, many, LOG_BATCH_MAX + 1, T0, &seq, &e) == E_RANGE, "batches up to the limit");
	ok(verify(&f, true, NULL, NULL) == 0, "a batch verifies");
	ok(fixture_open(&f, &ro, LOG_READ, &e) == OK && log_append(ro, f.lk, false, "x", T0, NULL, &e) == E_FAILED,
	    "a handle for reading does not write");
	free(text);
	fixture_end(&f);
}

static void
test_outbox(void)
{
	struct fixture f;
	AUTO(log_close) struct log *l = NULL;
	struct log_pending rows[150];
	static char texts[150][80];
	struct log_report r;
	bool found = true, after = true, there = false;
	struct err e;

	fixture_make(&f);
	fill_log(&f, 20);
	(void)!fixture_open(&f, &l, LOG_WRITE, &e);
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		memset(rows[i].id, (int)i + 1, 16);
		rows[i].from_seq = 20;
		rows[i].text = texts[i];
		hex_put(texts[i], rows[i].id, 16);
		(void)snprintf(texts[i] + 32, 48, " import i=%zu db=%zu hdr=1", i, i);
	}
	ok(log_find(l, f.lks, 1, rows[0].id, 0, &found, &e) == OK && !found, "a row that was not written is not found");
	ok(log_append(l, f.lk, false, texts[7], T0 + 30000, NULL, &e) == OK && log_find(l, f.lks, 1, rows[7].id, 20,
	    &there, &e) == OK && there && log_find(l, f.lks, 1, rows[7].id, 21, &after, &e) == OK && !after,
	    "one that was is, from its number on");
	ok(log_append(l, NULL, false, texts[9], T0 + 30000, NULL, &e) == OK, "(one forged as a locked record)");
	ok(log_drain(l, f.lks, 1, rows, COUNTOF(rows), T0 + 40000, &e) == OK && verify(&f, true, &r, NULL) == 0 &&
	    r.entries == 20 + 1 + 1 + COUNTOF(rows) - 1,
	    "drain writes those that are missing, a forged one counts for nothing");
	ok(log_drain(l, f.lks, 1, rows, COUNTOF(rows), T0 + 50000, &e) == OK && verify(&f, true, &r, NULL) == 0 &&
	    r.entries == 20 + 1 + 1 + COUNTOF(rows) - 1, "and nothing twice");
	ok(log_drain(l, NULL, 0, rows, 1, T0, &e) == E_LOCKED, "not without the ledger key");
	fixture_end(&f);
}

/* A thaw gives a new LK; the old part of the log must still open, and the old LK must not be good for new records. */
static void
test_old_keys(void)
{
	struct fixture f, old;
	AUTO(log_close) struct log *l = NULL;
	AUTO(log_report_free) struct log_report r = { .f = NULL };
	struct log_lk lks[2];
	struct err e;

	fixture_make(&f);
	fill_log(&f, 10);
	old = f;
	fixture_key(&f, 0x77);
	(void)!fixture_open(&old, &l, LOG_WRITE, &e);
	(void)!log_append(l, NULL, false, "00112233445566778899aabbccddeeff unlock-failed", T0 + 60000, NULL, &e);
	log_close(&l);
	fill_log(&f, 5);
	lks[0] = (struct log_lk){ .last_seq = 9, .lk = old.lk };
	lks[1] = (struct log_lk){ .last_seq = UINT64_MAX, .lk = f.lk };
	(void)!fixture_open(&f, &l, LOG_READ, &e);
	ok(log_verify(l, lks, 2, NULL, NULL, &r, &e) == OK && r.bad == 0 && r.opened == 16,
	    "records of two LKs open; a locked one of the time between too");
	log_close(&l);
	log_report_free(&r);
	(void)!fixture_open(&old, &l, LOG_WRITE, &e);
	(void)!log_append(l, old.lk, false, "00112233445566778899aabbccddeeff import db=1 hdr=1", T0 + 70000, NULL, &e);
	ok(log_verify(l, lks, 2, NULL, NULL, &r, &e) == OK && r.bad > 0 && r.f[0].what == LOG_ORIGIN &&
	    r.f[0].seq == 16, "who knows the LK of before the thaw cannot write a U record after it");
	fixture_end(&f);
}

static void
test_keep(void)
{
	struct fixture f;
	AUTO(log_close) struct log *l = NULL;
	AUTO(log_report_free) struct log_report r = { .f = NULL };
	AUTO(auto_close) int fd = -1;
	SECRET seed = { .bytes = NULL };
	unsigned char pk0[32];
	char name[32], again[32], second[32];
	struct log_head head;
	struct err e;

	fixture_make(&f);
	fill_log(&f, 20);
	(void)unlinkat(f.dev, "logstate", 0);
	ok(fixture_open(&f, &l, LOG_WRITE, &e) == E_DAMAGED && strcmp(e.next, "purser recover") == 0,
	    "without logstate: recover");
	ok(log_keep(f.vault, name, &e) == OK && strcmp(name, "log.1") == 0 && log_keep(f.vault, again, &e) == OK &&
	    strcmp(again, name) == 0, "the old log is kept as log.1, once");
	ok(log_seed_new(&seed, pk0, &e) == OK && log_create(&(struct log_where){ f.vault, f.dev, "log.next",
	    "logstate.next" }, 20, &seed, &e) == OK, "a new chain beside it");
	ok(log_create(&(struct log_where){ f.vault, f.dev, "log.next", "logstate.next" }, 20, &seed, &e) == E_EXISTS,
	    "never over an existing one");
	(void)renameat(f.vault, "log.next", f.vault, "log");
	(void)renameat(f.dev, "logstate.next", f.dev, "logstate");
	fd = openat(f.vault, name, O_RDONLY);
	ok(log_open_fd(&l, fd, f.pk0, &e) == OK && log_verify(l, f.lks, 1, NULL, NULL, &r, &e) == OK && r.bad == 0 &&
	    r.entries == 20 && r.n == 1 && r.f[0].what == LOG_UNPROVEN,
	    "log.1 verifies from its own pk0, its tail unproven");
	log_close(&l);
	memcpy(f.pk0, pk0, sizeof pk0);
	fill_log(&f, 3);
	(void)!fixture_open(&f, &l, LOG_READ, &e);
	ok(verify(&f, true, NULL, NULL) == 0 && log_head(l, &head, &e) == OK && head.seq == 22,
	    "the numbers go on in the new chain");
	ok(log_keep(f.vault, second, &e) == OK && strcmp(second, "log.2") == 0, "the next one is log.2");
	fixture_end(&f);
}

/* ---- attacks (section 13, number 15) ---- */

struct copy { struct buf log, state; };

static void
copy_take(struct fixture *f, struct copy *c)
{
	get(f->vault, "log", &c->log);
	get(f->dev, "logstate", &c->state);
}

static void
copy_put(struct fixture *f, const struct copy *c)
{
	put(f->vault, "log", c->log.p, c->log.len);
	put(f->dev, "logstate", c->state.p, c->state.len);
}

static void
copy_free(struct copy *c)
{
	buf_free(&c->log);
	buf_free(&c->state);
}

static size_t
record_at(const struct buf *log, size_t i)
{
	size_t at = 0;

	while (i-- > 0)
		at += 4 + le32_get((const unsigned char *)log->p + at);
	return at;
}

/* The log with records [a, b) of it left out, and what comes then put in front of it. */
static void
replace_records(struct fixture *f, const struct copy *c, size_t a, size_t b, const void *instead, size_t n)
{
	size_t from = record_at(&c->log, a), to = record_at(&c->log, b);
	BUF out = { .max = 0 };

	buf_add(&out, c->log.p, from);
	buf_add(&out, instead, n);
	buf_add(&out, c->log.p + to, c->log.len - to);
	put(f->vault, "log", out.p, out.len);
}

static bool
found(struct fixture *f, bool key, enum log_what what, uint64_t seq)
{
	struct log_finding first;
	int bad = verify(f, key, NULL, &first);

	if (bad <= 0 || first.what != what || first.seq != seq)
		printf("# bad %d, first finding %d at %llu\n", bad, (int)first.what, (unsigned long long)first.seq);
	return bad > 0 && first.what == what && first.seq == seq;
}

static bool
refuses_writing(struct fixture *f)
{
	AUTO(log_close) struct log *l = NULL;
	struct err e;

	return fixture_open(f, &l, LOG_WRITE, &e) == E_DAMAGED;
}

static void
attack_records(struct fixture *f, const struct copy *c)
{
	size_t at50 = record_at(&c->log, 50), at51 = record_at(&c->log, 51), at52 = record_at(&c->log, 52);
	BUF two = { .max = 0 };
	char saved;

	saved = c->log.p[at50 + 4 + 30];
	c->log.p[at50 + 4 + 30] ^= 1;
	copy_put(f, c);
	ok(found(f, false, LOG_ALTERED, 50), "alter a commit: found without a key");
	c->log.p[at50 + 4 + 30] = saved;
	c->log.p[at50 + 4 + 8] ^= 1;
	copy_put(f, c);
	ok(found(f, false, LOG_ALTERED, 50), "alter a time: found");
	c->log.p[at50 + 4 + 8] ^= 1;
	c->log.p[at50 + 4 + 16] = 'L';
	copy_put(f, c);
	ok(found(f, false, LOG_ALTERED, 50), "swap the origin: found");
	c->log.p[at50 + 4 + 16] = 'U';
	c->log.p[at50 + 4 + 17] = 1;
	copy_put(f, c);
	ok(found(f, false, LOG_ALTERED, 50), "make it a freeze: found");
	c->log.p[at50 + 4 + 17] = 0;
	c->log.p[at50 + 4 + 216 + 60] ^= 1;
	copy_put(f, c);
	ok(found(f, true, LOG_BOX, 50), "alter a box: found with the key");
	c->log.p[at50 + 4 + 216 + 60] ^= 1;
	copy_put(f, c);
	replace_records(f, c, 50, 51, NULL, 0);
	ok(found(f, false, LOG_MISSING, 51), "drop one: found");
	replace_records(f, c, 0, 1, NULL, 0);
	ok(found(f, false, LOG_ALTERED, 1), "drop the first: found");
	replace_records(f, c, 50, 50, c->log.p + at50, at51 - at50);
	ok(found(f, false, LOG_ORDER, 50), "insert a copy: found");
	replace_records(f, c, 50, 50, c->log.p, record_at(&c->log, 1));
	ok(found(f, false, LOG_ORDER, 0), "replay an old record: found");
	buf_add(&two, c->log.p + at51, at52 - at51);
	buf_add(&two, c->log.p + at50, at51 - at50);
	replace_records(f, c, 50, 52, two.p, two.len);
	ok(found(f, false, LOG_MISSING, 51), "reorder two: found");
}

static void
attack_box(struct fixture *f, const struct copy *c)
{
	size_t at = record_at(&c->log, 50), other = record_at(&c->log, 51), len = le32_get((unsigned char *)c->log.p +
	    at);
	BUF rec = { .max = 0 };
	unsigned char box[256], plain[96] = { 0 };

	buf_add(&rec, c->log.p + at, 4 + 216);
	le32_put((unsigned char *)rec.p, 216);
	replace_records(f, c, 50, 51, rec.p, rec.len);
	ok(found(f, false, LOG_BOX, 50), "take the box away: found without a key");
	buf_reset(&rec);
	buf_add(&rec, c->log.p + at, 4 + 216);
	buf_add(&rec, c->log.p + other + 220, le32_get((unsigned char *)c->log.p + other) - 216);
	le32_put((unsigned char *)rec.p, (uint32_t)(rec.len - 4));
	replace_records(f, c, 50, 51, rec.p, rec.len);
	ok(found(f, true, LOG_BOX, 50), "another record's box: found");
	buf_reset(&rec);
	plain[32] = 0x80;
	(void)!box_seal(box, f->lpub, plain, sizeof plain);
	buf_add(&rec, c->log.p + at, 4 + 216);
	buf_add(&rec, box, sizeof plain + 48);
	le32_put((unsigned char *)rec.p, 216 + 144);
	replace_records(f, c, 50, 51, rec.p, rec.len);
	ok(len >= 216 && found(f, true, LOG_BOX, 50), "a new box sealed to the public key: found by the commit");
}

/* log and logstate of time t against each other, and the newest records cut off. */
static void
attack_tail(struct fixture *f, const struct copy *c, const struct copy *old)
{
	static const size_t cuts[] = { 1, 2, 100 };

	for (size_t i = 0; i < COUNTOF(cuts); i++) {
		copy_put(f, c);
		put(f->vault, "log", c->log.p, record_at(&c->log, 200 - cuts[i]));
		ok(found(f, false, LOG_CUT, 200 - cuts[i]) && refuses_writing(f),
		    "truncate %zu entries: found, nothing is appended", cuts[i]);
	}
	put(f->vault, "log", c->log.p, c->log.len - 1);
	ok(verify(f, false, NULL, NULL) > 0 && refuses_writing(f), "truncate one byte: found");
	put(f->vault, "log", c->log.p, 0);
	ok(found(f, false, LOG_CUT, 0) && refuses_writing(f), "truncate everything: found");
	copy_put(f, c);
	put(f->dev, "logstate", old->state.p, old->state.len);
	ok(found(f, false, LOG_EXTRA, 200) && refuses_writing(f),
	    "replay an old logstate: found, and the log is not cut back");
	copy_put(f, c);
	put(f->vault, "log", old->log.p, old->log.len);
	ok(found(f, false, LOG_CUT, 150) && refuses_writing(f), "replay an old log: found");
	copy_put(f, c);
	(void)unlinkat(f->dev, "logstate", 0);
	ok(found(f, false, LOG_STATE, 200) && refuses_writing(f), "remove logstate: found");
	put(f->dev, "logstate", c->state.p, 64);
	ok(found(f, false, LOG_STATE, 200) && refuses_writing(f), "half a logstate: found");
	put(f->dev, "logstate", c->state.p, 128);
	(void)unlinkat(f->vault, "log", 0);
	ok(verify(f, false, NULL, NULL) == -1, "no log at all is an error");
}

/* Someone who copied everything at t goes on from there on his own. */
static void
attack_fork(struct fixture *f, const struct copy *c, const struct copy *old, const char *checkpoint, size_t n)
{
	AUTO(log_close) struct log *l = NULL;
	AUTO(log_report_free) struct log_report r = { .f = NULL };
	struct fixture thief = *f;
	struct copy forged = { .log = { .max = 0 } };
	int64_t made = 0;
	bool signed_ok = false;
	struct err e;

	memset(thief.lk, 0xee, sizeof thief.lk);
	thief.lks[0].lk = thief.lk;
	copy_put(f, old);
	fill_log(&thief, 60);
	copy_take(f, &forged);
	ok(found(f, true, LOG_ORIGIN, 150), "forged U records without LK: found even with the whole set replaced");
	put(f->dev, "logstate", c->state.p, c->state.len);
	ok(found(f, false, LOG_CUT, 210), "a fork after t against the true logstate: found");
	copy_put(f, old);
	ok(verify(f, true, NULL, NULL) == 0, "rollback of the complete set: not found here, as documented");
	(void)!fixture_open(f, &l, LOG_READ, &e);
	ok(log_against(l, checkpoint, n, f->vault_id, f->ek_pub, &r, &made, &signed_ok, &e) == OK && r.bad == 1 &&
	    r.f[0].what == LOG_ROLLBACK && signed_ok && made == T0 + 500000, "but found with a checkpoint");
	log_close(&l);
	log_report_free(&r);
	copy_put(f, &forged);
	(void)!fixture_open(f, &l, LOG_READ, &e);
	ok(log_against(l, checkpoint, n, f->vault_id, f->ek_pub, &r, &made, &signed_ok, &e) == OK && r.bad == 1 &&
	    r.f[0].what == LOG_FORK, "and so is a fork of the complete set");
	copy_free(&forged);
}

/* Who had logstate at t cannot touch what was written before t: its seeds are gone. */
static void
attack_past(struct fixture *f, const struct copy *c)
{
	size_t at = record_at(&c->log, 100);
	unsigned char pk[32], sk[64], *rec = (unsigned char *)c->log.p + at + 4;
	unsigned char keep[216];

	memcpy(keep, rec, sizeof keep);
	sign_keypair(pk, sk, (unsigned char *)c->state.p + 8);
	rec[8] ^= 1;
	kdf_to(rec + 120, f->lk, 32, L_LOG_ORIGIN, BYTES(rec, 120));
	sign_bytes(rec + 152, sk, rec, 152);
	copy_put(f, c);
	ok(found(f, true, LOG_ALTERED, 100), "with LK and the present seed an old record cannot be rewritten");
	memcpy(rec, keep, sizeof keep);
}

static void
test_attacks(void)
{
	struct fixture f;
	struct copy c = { .log = { .max = 0 } }, old = { .log = { .max = 0 } };
	AUTO(log_close) struct log *l = NULL;
	BUF cp = { .max = 0 };
	struct err e;

	fixture_make(&f);
	fill_log(&f, 150);
	copy_take(&f, &old);
	fill_log(&f, 50);
	copy_take(&f, &c);
	(void)!fixture_open(&f, &l, LOG_READ, &e);
	ok(log_checkpoint(l, f.vault_id, f.ek_seed, T0 + 500000, &cp, &e) == OK, "checkpoint (%zu bytes)", cp.len);
	log_close(&l);
	attack_records(&f, &c);
	attack_box(&f, &c);
	attack_tail(&f, &c, &old);
	copy_put(&f, &c);
	attack_past(&f, &c);
	attack_fork(&f, &c, &old, cp.p, cp.len);
	copy_free(&c);
	copy_free(&old);
	fixture_end(&f);
}

/* The seed of the newest record is in logstate: its holder can write records, but no 'U' ones without LK. */
static void
test_origin(void)
{
	struct fixture f;
	struct copy c = { .log = { .max = 0 } }, before = { .log = { .max = 0 } };
	unsigned char *rec, pk[32], sk[64];

	fixture_make(&f);
	fill_log(&f, 4);
	copy_take(&f, &before);
	fill_log(&f, 1);
	copy_take(&f, &c);
	rec = (unsigned char *)c.log.p + record_at(&c.log, 4) + 4;
	sign_keypair(pk, sk, (unsigned char *)before.state.p + 8);
	rec[16] = 'L';
	sign_bytes(rec + 152, sk, rec, 152);
	copy_put(&f, &c);
	ok(found(&f, false, LOG_ORIGIN, 4), "U made L and signed anew: a umac on L is found without a key");
	rec[16] = 'U';
	memset(rec + 120, 7, 32);
	sign_bytes(rec + 152, sk, rec, 152);
	copy_put(&f, &c);
	ok(found(&f, true, LOG_ORIGIN, 4), "a U record with an invented umac is found");
	memset(rec + 120, 0, 32);
	kdf_to(rec + 120, f.lk, 32, L_LOG_ORIGIN, BYTES(rec, 120));
	rec[18] = 1;
	kdf_to(rec + 120, f.lk, 32, L_LOG_ORIGIN, BYTES(rec, 120));
	sign_bytes(rec + 152, sk, rec, 152);
	copy_put(&f, &c);
	ok(found(&f, true, LOG_ALTERED, 4), "bytes that must be zero are looked at");
	copy_free(&c);
	copy_free(&before);
	fixture_end(&f);
}

/* Who copied logstate while it held the seed of record 3, and has LK, can sign another record 3 that announces the same
 * next key, so that every signature holds. That 4 names the hash of the true one is what gives it away. */
static void
test_prev(void)
{
	struct fixture f;
	struct copy c = { .log = { .max = 0 } }, before = { .log = { .max = 0 } };
	unsigned char *rec, pk[32], sk[64];

	fixture_make(&f);
	fill_log(&f, 3);
	copy_take(&f, &before);
	fill_log(&f, 3);
	copy_take(&f, &c);
	rec = (unsigned char *)c.log.p + record_at(&c.log, 3) + 4;
	sign_keypair(pk, sk, (unsigned char *)before.state.p + 8);
	rec[8] ^= 1;
	kdf_to(rec + 120, f.lk, 32, L_LOG_ORIGIN, BYTES(rec, 120));
	sign_bytes(rec + 152, sk, rec, 152);
	copy_put(&f, &c);
	ok(found(&f, true, LOG_ALTERED, 4), "a record signed anew with its stolen seed does not fit the next one");
	copy_free(&c);
	copy_free(&before);
	fixture_end(&f);
}

int
main(void)
{
	struct err e;

	if (crypto_start(&e) != OK)
		die("crypto_start", &e);
	test_format();
	test_seed_erased();
	test_thousand();
	test_locked();
	test_clock();
	test_limits();
	test_outbox();
	test_old_keys();
	test_keep();
	test_attacks();
	test_origin();
	test_prev();
	return tap_done();
}
