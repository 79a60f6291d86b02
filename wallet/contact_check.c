/* wallet/contact_check.c: the verdict; see contact.h. */
#include "wallet/contact_int.h"

#include "base/ascii.h"
#include "base/scope.h"

#include <string.h>

/* What a verified host is not to come with: it may lead elsewhere, or show what is not theirs. */
#define TRICKS                                                                                                         \
	(WHY(WHY_USERINFO) | WHY(WHY_PORT) | WHY(WHY_PLAIN) | WHY(WHY_BACKSLASH) | WHY(WHY_PERCENT) |                  \
	    WHY(WHY_CONTROL) | WHY(WHY_SCHEME) | WHY(WHY_INVISIBLE) | WHY(WHY_DISPLAYED) | WHY(WHY_INVALID))

static void
show(char *out, size_t size, const char *s)
{
	size_t n = strlen(s);

	if (n >= size)
		n = size - 1;
	memcpy(out, s, n);
	out[n] = '\0';
}

/* A match of one that is confirmed counts more than of one that is reported, an exact one more than one of a domain
 * above it. */
static void
match(struct contact_result *r, const struct known *k, bool exactly)
{
	enum contact_verdict v = k->status == DATA_CONFIRMED ? VERDICT_MATCH : VERDICT_REPORTED;

	if (v > r->verdict || (v == r->verdict && exactly && r->below)) {
		r->verdict = v;
		r->of = k;
		r->below = !exactly;
	}
}

static void
like(struct contact_result *r, const struct known *k, uint64_t why)
{
	r->verdict = VERDICT_LOOKALIKE;
	r->of = k;
	r->why |= why;
}

/* ---- hosts ---- */

static uint64_t
name_whys(const struct name_facts *f)
{
	static const struct {
		unsigned flag;
		enum contact_why why;
	} of[] = { { NAME_MIXED, WHY_MIXED }, { NAME_WHOLE, WHY_WHOLE }, { NAME_PUNYCODE, WHY_PUNYCODE },
		{ NAME_INVISIBLE, WHY_INVISIBLE }, { NAME_INVALID, WHY_INVALID } };
	uint64_t why = 0;

	for (size_t i = 0; i < COUNTOF(of); i++)
		why |= f->flags & of[i].flag ? WHY(of[i].why) : 0;
	return why;
}

/* page: path and query of what was asked; NULL: it has none, as a mail address. */
static void
match_hosts(const struct contacts *c, const struct name_facts *f, bool sure, const char *page, struct contact_result *r)
{
	bool exactly, anybody = page != NULL && host_of_anybody(f);
	const struct known *other = NULL;

	for (size_t i = 0; i < c->n; i++) {
		if (!host_theirs(f, sure, &c->item[i], &exactly))
			continue;
		if (!anybody || same_page(page, &c->item[i]))
			match(r, &c->item[i].k, exactly);
		else
			other = other != NULL ? other : &c->item[i].k;
	}
	if (r->verdict == VERDICT_UNKNOWN && other != NULL) {
		r->verdict = VERDICT_PARTLY;
		r->of = other;
		r->why |= WHY(WHY_ANYBODY);
	}
}

static void
near_hosts(const struct contacts *c, const struct asked *q, const struct name_facts *f, struct contact_result *r)
{
	const struct item *best = NULL;
	unsigned least = ~0u, rank = 0;
	uint64_t why, best_why = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct item *it = &c->item[i];

		if ((why = host_near(f, q, it, &rank)) == 0 || rank >= least)
			continue;
		/* Whose mail is at a large provider says nothing about the rest of it. */
		if (it->k.kind == CONTACT_MAIL && (q->kind != CONTACT_MAIL || (why & ~WHY(WHY_CONFUSABLE)) != 0))
			continue;
		least = rank;
		best = it;
		best_why = why;
	}
	if (best == NULL)
		return;
	like(r, &best->k, best_why);
	if (best_why == WHY(WHY_SHARED))
		r->verdict = VERDICT_UNKNOWN;
}

/* false: nothing can be said of it. */
static bool
examine(const struct name_source *src, const struct asked *q, struct name_facts *f, struct contact_result *r)
{
	struct name_source plain = name_source_plain();

	show(r->shown, sizeof r->shown, q->host);
	r->unexamined = src->plain || !src->host(src->ctx, q->host, f);
	if (r->unexamined && !plain.host(NULL, q->host, f))
		return false;
	if (r->unexamined)
		f->registrable[0] = '\0';
	else
		r->why |= name_whys(f);
	if (f->unicode[0] != '\0')
		show(r->shown, sizeof r->shown, f->unicode);
	if (strlen(f->ascii) < sizeof r->ascii)
		memcpy(r->ascii, f->ascii, strlen(f->ascii) + 1);
	if (strlen(f->registrable) < sizeof r->registrable)
		memcpy(r->registrable, f->registrable, strlen(f->registrable) + 1);
	return true;
}

static void
check_web(const struct contacts *c, const struct name_source *src, const struct asked *q, struct contact_result *r)
{
	struct name_facts f;

	if (q->host[0] == '\0' || (q->why & (WHY(WHY_NUMBERS))) != 0) {
		show(r->shown, sizeof r->shown, q->host);
		return;
	}
	if (!examine(src, q, &f, r))
		return;
	match_hosts(c, &f, !r->unexamined, q->rest, r);
	if (r->verdict >= VERDICT_REPORTED && (r->why & TRICKS) != 0)
		r->verdict = VERDICT_PARTLY;
	if (r->verdict == VERDICT_UNKNOWN)
		near_hosts(c, q, &f, r);
}

/* ---- mail ---- */

static bool
same_local(const char *a, const char *b)
{
	return ascii_is(a, strlen(a), b);
}

/* Like one that is known, at the same host? */
static void
near_locals(const struct contacts *c, const struct name_source *src, const struct asked *q, const struct name_facts *f,
    struct contact_result *r)
{
	struct name_facts a, b;
	uint64_t why;

	if (!src->line(src->ctx, q->local, &a))
		return;
	for (size_t i = 0; i < c->n; i++) {
		const struct item *it = &c->item[i];

		if (it->k.kind != CONTACT_MAIL || strcmp(it->host->ascii, f->ascii) != 0 ||
		    !src->line(src->ctx, it->local, &b) || (why = label_near(a.unicode, a.fold, b.unicode, b.fold)) == 0)
			continue;
		like(r, &it->k, why);
		return;
	}
}

/* "paypal.service" at somebody else's. */
static void
brand_before_at(const struct contacts *c, const struct asked *q, struct contact_result *r)
{
	for (size_t i = 0; i < c->n && r->verdict == VERDICT_UNKNOWN; i++) {
		const struct item *it = &c->item[i];

		for (size_t b = 0; b < COUNTOF(it->brand); b++) {
			const char *word = it->brand[b].word;
			size_t n = strlen(word), len = strlen(q->local);

			for (size_t at = 0; n >= 6 && it->k.kind == CONTACT_DOMAIN && at + n <= len; at++) {
				if (ascii_compare(q->local + at, n, word) == 0)
					like(r, &it->k, WHY(WHY_USERINFO));
			}
		}
	}
}

static void
show_mail(struct contact_result *r, const char *local, const char *host)
{
	size_t n;

	show(r->shown, sizeof r->shown, local);
	n = strlen(r->shown);
	show(r->shown + n, sizeof r->shown - n, "@");
	n = strlen(r->shown);
	show(r->shown + n, sizeof r->shown - n, host);
}

static void
check_mail(const struct contacts *c, const struct name_source *src, const struct asked *q, struct contact_result *r)
{
	struct contact_result host = { .verdict = VERDICT_UNKNOWN };
	struct name_facts f;

	if ((q->why & WHY(WHY_NUMBERS)) != 0) {
		show(r->shown, sizeof r->shown, q->host);
		return;
	}
	if (!examine(src, q, &f, r))
		return;
	show_mail(r, q->local, f.unicode);
	for (size_t i = 0; i < c->n; i++) {
		const struct item *it = &c->item[i];

		if (it->k.kind == CONTACT_MAIL && f.ascii[0] != '\0' && (f.flags & NAME_INVALID) == 0 &&
		    strcmp(it->host->ascii, f.ascii) == 0 && same_local(q->local, it->local))
			match(r, &it->k, true);
	}
	if (r->verdict >= VERDICT_REPORTED && (r->why & TRICKS) != 0)
		r->verdict = VERDICT_PARTLY;
	if (r->verdict != VERDICT_UNKNOWN)
		return;
	near_locals(c, src, q, &f, r);
	if (r->verdict != VERDICT_UNKNOWN)
		return;
	match_hosts(c, &f, !r->unexamined, NULL, &host);
	if (host.verdict != VERDICT_UNKNOWN) {
		r->verdict = VERDICT_PARTLY;
		r->of = host.of;
		r->below = host.below;
		r->why |= WHY(WHY_LOCAL_PART);
		return;
	}
	near_hosts(c, q, &f, r);
	brand_before_at(c, q, r);
}

/* ---- telephone ---- */

/* a: international, b: another way to write its end. */
static bool
ends_with(const char *a, const char *b)
{
	size_t n = strlen(a), k = strlen(b);

	return k <= n && strcmp(a + n - k, b) == 0;
}

/* 0: not like it. */
static uint64_t
phone_near(const struct asked *q, const struct item *it)
{
	bool known_int = it->phone[0] == '+';
	const char *typed = q->phone + (q->international ? 1 : strspn(q->phone, "0")), *known = it->phone + known_int;
	size_t k = strlen(known), n = strlen(typed);

	if (q->international == known_int && edits(q->phone, it->phone, 2) <= (k > 6 ? 2u : 1u))
		return WHY(WHY_DIGIT);
	if (q->international && !known_int)
		return n > k && n <= k + 3 && ends_with(typed, known) ? WHY(WHY_COUNTRY) : 0;
	/* The same subscriber: seven digits or more, behind another country. */
	if (q->international && n >= 8 && k >= 8) {
		for (size_t cc = 1; cc <= 3; cc++) {
			if (strlen(known + cc) >= 7 && n > strlen(known + cc) && n <= strlen(known + cc) + 3 &&
			    ends_with(typed, known + cc))
				return WHY(WHY_COUNTRY);
		}
	}
	return 0;
}

/* Written without a country, as it is dialled in one: the same if that is the country. */
static bool
phone_national(const struct asked *q, const struct item *it)
{
	const char *typed = q->phone + strspn(q->phone, "0");
	size_t n = strlen(typed), k = strlen(it->phone);

	return !q->international && it->phone[0] == '+' && n >= 6 && k > n && k <= n + 4 && ends_with(it->phone, typed);
}

static void
check_phone(const struct contacts *c, const struct asked *q, struct contact_result *r)
{
	uint64_t why;

	show(r->shown, sizeof r->shown, q->phone);
	for (size_t i = 0; i < c->n; i++) {
		if (c->item[i].k.kind == CONTACT_PHONE && strcmp(c->item[i].phone, q->phone) == 0)
			match(r, &c->item[i].k, true);
	}
	if (r->verdict >= VERDICT_REPORTED && (r->why & TRICKS) != 0)
		r->verdict = VERDICT_PARTLY;
	for (size_t i = 0; i < c->n && r->verdict == VERDICT_UNKNOWN; i++) {
		if (c->item[i].k.kind == CONTACT_PHONE && phone_national(q, &c->item[i])) {
			r->verdict = VERDICT_PARTLY;
			r->of = &c->item[i].k;
			r->why |= WHY(WHY_NATIONAL);
		}
	}
	for (size_t i = 0; i < c->n && r->verdict == VERDICT_UNKNOWN; i++) {
		if (c->item[i].k.kind == CONTACT_PHONE && (why = phone_near(q, &c->item[i])) != 0)
			like(r, &c->item[i].k, why);
	}
}

/* ---- addresses ---- */

static void
check_address(const struct contacts *c, const struct asked *q, struct contact_result *r)
{
	const struct chainaddr *a = &q->address;

	r->address = *a;
	show(r->shown, sizeof r->shown, a->canon);
	r->why |= (a->private_key ? WHY(WHY_SECRET) : 0) | (a->sum == SUM_BAD ? WHY(WHY_SUM) : 0) |
		  (a->test ? WHY(WHY_TEST) : 0);
	r->unexamined = a->sum == SUM_UNCHECKED;
	if (a->private_key)
		return;
	for (size_t i = 0; i < c->n; i++) {
		const struct item *it = &c->item[i];

		if (it->k.kind != CONTACT_ADDRESS || it->address.chain != a->chain || strcmp(it->address.canon, a->canon) != 0)
			continue;
		if (it->k.origin != ORIGIN_HISTORY && a->sum != SUM_BAD) {
			match(r, &it->k, true);
		} else if (r->of == NULL) {
			r->of = &it->k;
			r->why |= it->k.origin == ORIGIN_HISTORY ? WHY(WHY_HISTORY) : 0;
		}
	}
	/* Also for one that stands in the history: that is where a poisoner puts it. */
	for (size_t i = 0; i < c->n && r->verdict == VERDICT_UNKNOWN; i++) {
		if (c->item[i].k.kind == CONTACT_ADDRESS && chainaddr_alike(a, &c->item[i].address))
			like(r, &c->item[i].k, WHY(WHY_ENDS));
	}
}

enum rc
contact_check(const struct contacts *c, const struct name_source *src, const char *typed, struct contact_result *out,
    struct err *e)
{
	AUTO(auto_free) struct asked *q = calloc(1, sizeof *q);
	struct contact_result r = { .verdict = VERDICT_UNKNOWN };

	if (q == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (strlen(typed) <= CONTACT_MAX)
		contact_ask(q, typed, src);
	r.kind = q->kind;
	r.why = q->why;
	switch (q->kind) {
	case CONTACT_URL:
	case CONTACT_DOMAIN:
		check_web(c, src, q, &r);
		break;
	case CONTACT_MAIL:
		check_mail(c, src, q, &r);
		break;
	case CONTACT_PHONE:
		check_phone(c, q, &r);
		break;
	case CONTACT_ADDRESS:
		check_address(c, q, &r);
		break;
	case CONTACT_TEXT:
	case CONTACT_KINDS:
		break;
	}
	*out = r;
	return OK;
}
