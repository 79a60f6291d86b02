/* wallet/outflow.c: see savable.h: how fast money leaves and how long it lasts. */
#include "wallet/savable.h"

#include <stdlib.h>
#include <string.h>

#define DAY_S 86400
#define HOUR_US (3600 * INT64_C(1000000))
#define SECONDS_MAX (100 * INT64_C(366) * DAY_S)

const unsigned outflow_window_hours[OUTFLOW_WINDOWS] = { 1, 24, OUTFLOW_HOURS };
_Static_assert(OUTFLOW_HOURS == 72, "the last window is all that is looked at");

static const char *const states[] = { [PACE_KNOWN] = "known", [PACE_EMPTY] = "empty", [PACE_NO_BALANCE] = "no-balance",
	[PACE_ONE_ROW] = "one-row", [PACE_NO_ROWS] = "no-rows", [PACE_TOO_SLOW] = "too-slow" };

const char *
pace_state_name(enum pace_state s)
{
	return (unsigned)s < COUNTOF(states) ? states[s] : states[PACE_NO_ROWS];
}

/* Sums stop at the ends of the range: nobody has that much money, and a wrong sign would be worse. */
static int64_t
plus(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

/* Oldest first; of one moment the smallest amount first. */
static int
by_time(const void *a, const void *b)
{
	const struct outflow_row *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return x->minor > y->minor ? -1 : x->minor < y->minor;
}

/* A row that has only a day is in a window that is at least a day long and reaches into that day. */
static bool
in_window(const struct outflow_row *r, int64_t end_us, unsigned hours)
{
	int64_t from = end_us - (int64_t)hours * HOUR_US;

	if (r->at_us > end_us)
		return false;
	if (!r->day_only)
		return r->at_us >= from;
	return hours >= 24 && r->at_us > from - 24 * HOUR_US;
}

static bool
counts(const struct outflow *o, const struct outflow_row *r)
{
	return o->basis == PACE_ALL || r->suspicious;
}

struct pace { unsigned rows; int64_t minor, s; };

/* What left after the first row, by the time from the first to the last. Where only days are known: all of it, by whole
 * days. */
static struct pace
pace_in(const struct outflow *o, int64_t end_us, unsigned hours)
{
	const struct outflow_row *first = NULL, *last = NULL;
	struct pace p = { .rows = 0 };
	int64_t sum = 0, rest = 0;
	bool days = false;

	for (size_t i = 0; i < o->rows; i++) {
		const struct outflow_row *r = &o->row[i];

		if (!counts(o, r) || !in_window(r, end_us, hours))
			continue;
		rest = first != NULL ? plus(rest, r->minor) : 0;
		first = first != NULL ? first : r;
		last = r;
		days = days || r->day_only;
		sum = plus(sum, r->minor);
		p.rows++;
	}
	if (p.rows < 2)
		return p;
	p.s = (last->at_us - first->at_us) / 1000000;
	if (days)
		p.s = (p.s / DAY_S + 1) * DAY_S;
	else
		sum = rest;
	p.s = p.s < 60 ? 60 : p.s;
	p.minor = sum == INT64_MIN ? INT64_MAX : -sum;
	return p;
}

/* Is a faster than b? */
static bool
faster(const struct pace *a, const struct pace *b)
{
	if (a->rows < 2 || b->rows < 2)
		return a->rows >= 2;
	return (__int128)a->minor * b->s > (__int128)b->minor * a->s;
}

static void
find_basis(struct outflow *o)
{
	o->basis = o->rows > 0 ? PACE_ALL : PACE_NONE;
	for (size_t i = 0; i < o->rows; i++)
		if (o->row[i].suspicious)
			o->basis = PACE_SUSPICIOUS;
	for (size_t i = 0; i < o->rows; i++) {
		if (!counts(o, &o->row[i]))
			continue;
		o->newest_us = o->row[i].at_us;
		o->newest_day_only = o->row[i].day_only;
		o->newest_local = o->row[i].local;
		o->each = o->row[i].minor == INT64_MIN ? INT64_MAX : -o->row[i].minor;
	}
}

static void
fill_windows(struct outflow *o, int64_t end_us)
{
	for (unsigned w = 0; w < OUTFLOW_WINDOWS; w++)
		for (size_t i = 0; i < o->rows; i++) {
			const struct outflow_row *r = &o->row[i];

			if (!in_window(r, end_us, outflow_window_hours[w]))
				continue;
			o->window[w].rows++;
			o->window[w].all = plus(o->window[w].all, r->minor);
			if (!r->suspicious)
				continue;
			o->window[w].suspicious_rows++;
			o->window[w].suspicious = plus(o->window[w].suspicious, r->minor);
		}
}

static void
find_pace(struct outflow *o, int64_t end_us)
{
	struct pace best = { .rows = 0 };

	for (unsigned w = 0; w < OUTFLOW_WINDOWS; w++) {
		struct pace p = pace_in(o, end_us, outflow_window_hours[w]);

		if (faster(&p, &best))
			best = p;
		else if (best.rows < 2 && p.rows > best.rows)
			best.rows = p.rows;
	}
	o->pace_rows = best.rows;
	o->pace_minor = best.minor;
	o->pace_s = best.s;
}

static enum pace_state
reckon_state(struct outflow *o)
{
	__int128 s;

	o->left = o->has_balance ? plus(o->balance, o->since) : 0;
	o->left = o->left < 0 ? 0 : o->left;
	if (o->pace_rows == 0)
		return PACE_NO_ROWS;
	if (!o->has_balance)
		return PACE_NO_BALANCE;
	if (o->left == 0)
		return PACE_EMPTY;
	if (o->pace_rows < 2 || o->pace_minor <= 0) {
		o->repeats = o->each > 0 ? o->left / o->each : 0;
		return PACE_ONE_ROW;
	}
	s = (__int128)o->left * o->pace_s / o->pace_minor;
	if (s > SECONDS_MAX)
		return PACE_TOO_SLOW;
	o->seconds = (int64_t)s;
	return PACE_KNOWN;
}

void
outflow_reckon(struct outflow *o, int64_t now_us)
{
	int64_t end;

	if (o->rows > 1)
		qsort(o->row, o->rows, sizeof *o->row, by_time);
	find_basis(o);
	/* A local time taken as UTC may be ahead of the clock. */
	end = o->basis == PACE_SUSPICIOUS || (o->basis == PACE_ALL && o->newest_us > now_us) ? o->newest_us : now_us;
	fill_windows(o, end);
	find_pace(o, end);
	o->state = reckon_state(o);
}

void
outflows_free(struct outflows *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->o[i].account);
		free(all->o[i].row);
	}
	free(all->o);
	*all = (struct outflows){ .n = 0 };
}

/* Known ones by when they are empty, then those that a single row speaks of, then what is not known. */
static int
by_urgency(const void *a, const void *b)
{
	static const unsigned order[] = { [PACE_KNOWN] = 0, [PACE_ONE_ROW] = 1, [PACE_NO_BALANCE] = 2, [PACE_EMPTY] = 3,
		[PACE_TOO_SLOW] = 4, [PACE_NO_ROWS] = 5 };
	const struct outflow *x = a, *y = b;
	int c;

	if (order[x->state] != order[y->state])
		return order[x->state] < order[y->state] ? -1 : 1;
	if (x->state == PACE_KNOWN) {
		int64_t p = x->newest_us / 1000000 + x->seconds, q = y->newest_us / 1000000 + y->seconds;

		if (p != q)
			return p < q ? -1 : 1;
	}
	c = strcmp(x->account, y->account);
	return c != 0 ? c : strcmp(x->cur, y->cur);
}

void
outflows_sort(struct outflows *all)
{
	if (all->n > 1)
		qsort(all->o, all->n, sizeof *all->o, by_urgency);
}
