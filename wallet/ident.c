/* wallet/ident.c: see ident.h. */
#include "wallet/ident.h"

#include "base/le.h"
#include "crypto/kdf.h"

#include <stdlib.h>
#include <string.h>

/* Each part with its length in front: two rows whose parts run together differently are different rows. */
static void
part(struct buf *b, const char *s)
{
	unsigned char len[4];
	size_t n = strlen(s);

	le32_put(len, (uint32_t)n);
	buf_add(b, len, sizeof len);
	buf_add(b, s, n);
}

static void
part_amount(struct buf *b, const struct txn *t)
{
	BUF text = { .max = 128 };

	if (t->has_amount)
		money_plain(&text, &t->amount);
	part(b, buf_str(&text));
	part(b, t->amount.cur);
}

/* Local time only: the zone word of a provider may change from export to export, the clock does not. Beside an id the
 * minute does: a spreadsheet that saved the file again dropped the seconds. */
static void
part_time(struct buf *b, const struct txn *t, bool by_id)
{
	struct when w = t->when;
	BUF text = { .max = 128 };

	w.has_utc = false;
	if (by_id)
		w.local.second = 0;
	when_rfc3339(&text, &w);
	part(b, buf_str(&text));
}

/* Refunds repeat the order id of their payment; nothing else does. */
static const char *
class_of(const struct txn *t)
{
	bool refund = t->status == TXN_REFUNDED && t->moved == TXN_MOVED && t->has_amount && t->amount.minor > 0;

	return refund ? "refund" : "payment";
}

static void
key_parts(struct buf *b, const char *provider, const struct txn *t, bool by_id)
{
	if (by_id && strcmp(provider, "paypal") == 0) {
		part(b, "paypal");
		part(b, t->id);
	} else if (by_id && (strcmp(provider, "alipay") == 0 || strcmp(provider, "wechat") == 0)) {
		part(b, provider);
		part(b, t->id);
		part(b, t->direction);
		part(b, strcmp(provider, "alipay") == 0 ? class_of(t) : "");
		part_amount(b, t);
		part_time(b, t, by_id);
	} else if (by_id) {
		part(b, "id");
		part(b, t->id);
		part_amount(b, t);
		part_time(b, t, by_id);
	} else {
		part(b, "composite");
		part_time(b, t, by_id);
		part_amount(b, t);
		part(b, t->counterparty);
		part(b, t->description);
	}
}

struct ref { const unsigned char *key; size_t at; };

static int
by_key(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	int d = memcmp(x->key, y->key, 32);

	return d != 0 ? d : (x->at > y->at) - (x->at < y->at);
}

static bool
differ(const struct txn *a, const struct txn *b)
{
	return a->has_amount != b->has_amount || a->amount.minor != b->amount.minor ||
	    a->when.has_date != b->when.has_date || a->when.has_time != b->when.has_time ||
	    civil_to_unix(&a->when.local) != civil_to_unix(&b->when.local);
}

/* The same id with the same amount, time and status twice in one file: exports that somebody joined. */
static bool
repeats(const struct txn *a, const struct txn *b)
{
	return !differ(a, b) && a->status == b->status && a->moved == b->moved;
}

enum rc
ident_assign(const char *provider, const struct txn *row, size_t n, struct txn_ident *out, struct err *e)
{
	AUTO(auto_free) struct ref *ref = calloc(n + 1, sizeof *ref);
	BUF b = { .max = 1 << 22 };
	enum rc rc;

	if (ref == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < n; i++) {
		bool by_id = row[i].id[0] != '\0' && !(row[i].flags & TXN_F_ID_DOUBTFUL);

		buf_reset(&b);
		key_parts(&b, provider, &row[i], by_id);
		if ((rc = buf_check(&b, e)) != OK)
			return rc;
		out[i] = (struct txn_ident){ .by_id = by_id };
		hash256(out[i].key, buf_str(&b), b.len);
		ref[i] = (struct ref){ out[i].key, i };
	}
	qsort(ref, n, sizeof *ref, by_key);
	for (size_t i = 1; i < n; i++) {
		size_t at = ref[i].at, before = ref[i - 1].at;

		if (memcmp(ref[i].key, ref[i - 1].key, 32) != 0)
			continue;
		if (out[at].by_id && repeats(&row[before], &row[at])) {
			out[at].same_as = out[before].same_as != 0 ? out[before].same_as : before + 1;
			out[at].occurrence = out[before].occurrence;
		} else {
			out[at].occurrence = out[before].occurrence + 1;
		}
	}
	return OK;
}

/* 4.2E+27: what a spreadsheet made of an id is no id any more. */
static bool
id_scientific(const char *id)
{
	size_t digits = strspn(id, "0123456789"), more;

	if (digits == 0)
		return false;
	more = id[digits] == '.' || id[digits] == ',' ? 1 + strspn(id + digits + 1, "0123456789") : 0;
	id += digits + more;
	return (*id == 'E' || *id == 'e') && (id[1] == '+' || id[1] == '-') && id[2] != '\0' &&
	    id[2 + strspn(id + 2, "0123456789")] == '\0';
}

static void
drop_id(char **id)
{
	if (txn_put(id, "", 0, NULL) != OK)
		**id = '\0';                    /* cannot be: nothing is allocated for an empty text */
}

struct idref { const struct txn *t; const char *class; };

static int
by_id(const void *a, const void *b)
{
	const struct idref *x = a, *y = b;
	int d = strcmp(x->t->id, y->t->id);

	if (d != 0)
		return d;
	if ((d = strcmp(x->class, y->class)) != 0)
		return d;
	return (x->t > y->t) - (x->t < y->t);
}

size_t
ident_doubt(const char *provider, struct txn *row, size_t n)
{
	AUTO(auto_free) struct idref *ref = calloc(n + 1, sizeof *ref);
	bool alipay = strcmp(provider, "alipay") == 0, wechat = strcmp(provider, "wechat") == 0;
	size_t ids = 0, clash = 0, marked = 0, i, k;

	for (i = 0; i < n; i++) {
		if (strchr(row[i].id, '*') != NULL || id_scientific(row[i].id))
			row[i].flags |= TXN_F_ID_DOUBTFUL;
		if (id_scientific(row[i].id))
			drop_id(&row[i].id);
		if (id_scientific(row[i].ref_id))
			drop_id(&row[i].ref_id);
	}
	for (i = 0; ref != NULL && i < n; i++)
		if (row[i].id[0] != '\0')
			ref[ids++] = (struct idref){ &row[i], alipay   ? class_of(&row[i])
							      : wechat ? row[i].direction
								       : "" };
	if (ids > 0)
		qsort(ref, ids, sizeof *ref, by_id);
	/* Within a run of equal ids, all rows clash as soon as one is another transaction. */
	for (i = 0; i < ids; i = k) {
		bool clashes = false;

		for (k = i + 1;
		     k < ids && strcmp(ref[k].t->id, ref[i].t->id) == 0 && strcmp(ref[k].class, ref[i].class) == 0; k++)
			clashes = clashes || differ(ref[i].t, ref[k].t);
		if (clashes)
			clash += k - i;
	}
	for (i = 0; i < n; i++) {
		if (ref == NULL || clash * 20 > n)
			row[i].flags |= row[i].id[0] != '\0' ? TXN_F_ID_DOUBTFUL : 0u;
		marked += (row[i].flags & TXN_F_ID_DOUBTFUL) != 0;
	}
	return marked;
}
