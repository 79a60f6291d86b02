/* wallet/guide_search.c: words in the help centre; see guide.h. */
#include "wallet/guide.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <string.h>

#define TERMS_MAX 32u
#define TERM_BYTES 64u
#define RARE_MAX 12u            /* how much more a rare word counts than a common one, at most */

enum { IN_TEXT = 1, IN_WORDS = 4, IN_TITLE = 8 };

struct term { char text[TERM_BYTES]; bool han; unsigned topics; };
struct terms { size_t n; struct term t[TERMS_MAX]; };

/* ASCII in lower case, fullwidth forms as ASCII; everything else as it is. */
static void
fold(struct buf *out, const char *s)
{
	size_t n = strlen(s), k;
	uint32_t cp;
	char u[4];

	for (size_t i = 0; i < n; i += k) {
		if ((k = utf8_next(s + i, n - i, &cp)) == 0) {
			k = 1;
			continue;
		}
		if (cp >= 0xff01 && cp <= 0xff5e)
			cp -= 0xff01 - 0x21;
		if (cp < 0x80)
			buf_addc(out, ascii_lower((char)cp));
		else
			buf_add(out, u, utf8_put(u, cp));
	}
}

static bool
is_han(uint32_t cp)
{
	return cp >= 0x3040 && (cp < 0xd800 || (cp >= 0xf900 && cp < 0xfb00) || (cp >= 0x20000 && cp < 0x40000));
}

static bool
is_word(uint32_t cp)
{
	if (cp < 0x80)
		return (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9');
	return cp >= 0xc0 && cp < 0x2000;
}

/* Words that stand everywhere and ask nothing; a search of nothing else is taken as it is. */
static bool
is_filler(const char *p, size_t n)
{
	static const char words[] = " a about after all am an and any are at be been but by can did do does for from get go got had has have he "
				    "her him his how i if in is it its just me my no not now of on or our out she should so some somebody "
				    "someone that the their them then there they this to up us was we were what when where which who why "
				    "will with would you your ";

	for (const char *w = words; (w = strchr(w, ' ')) != NULL && w[1] != '\0'; w++)
		if (strncmp(w + 1, p, n) == 0 && w[n + 1] == ' ')
			return true;
	return false;
}

static void
add_term(struct terms *all, const char *p, size_t n, bool han)
{
	struct term *t = &all->t[all->n];

	if (n == 0 || n >= TERM_BYTES || all->n == TERMS_MAX)
		return;
	memcpy(t->text, p, n);
	t->text[n] = '\0';
	t->han = han;
	t->topics = 0;
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->t[i].text, t->text) == 0)
			return;
	all->n++;
}

/* Runs of letters and digits, and runs of Chinese. */
static void
split(struct terms *all, const char *s, size_t n, bool fillers)
{
	size_t from = 0, k;
	int kind = 0;           /* of the run that began at from: 0 none, 1 word, 2 Chinese */
	uint32_t cp;

	for (size_t i = 0; i <= n; i += k) {
		int now = 0;

		k = 1;
		if (i < n && (k = utf8_next(s + i, n - i, &cp)) == 0)
			k = 1;
		else if (i < n)
			now = is_han(cp) ? 2 : is_word(cp);
		if (now == kind)
			continue;
		if (kind == 2 || (kind == 1 && (fillers || !is_filler(s + from, i - from))))
			add_term(all, s + from, i - from, kind == 2);
		from = i;
		kind = now;
	}
}

/* Does it stand in hay, a word at the beginning of one? */
static bool
stands(const char *hay, const struct term *t)
{
	for (const char *p = hay; (p = strstr(p, t->text)) != NULL; p++)
		if (t->han || p == hay || !is_word((unsigned char)p[-1]))
			return true;
	return false;
}

/* ---- the texts of a topic, folded ---- */

struct place { unsigned weight; const struct guide_text *line; struct buf text; };
#define PLACES_MAX (3u + 2u * GUIDE_LINES_MAX)
struct places { size_t n; struct place p[PLACES_MAX]; };

static void
places_free(struct places *all)
{
	for (size_t i = 0; i < all->n; i++)
		buf_free(&all->p[i].text);
}

static void
add_place(struct places *all, unsigned weight, const struct guide_text *line, const char *one, const char *two)
{
	struct place *p = &all->p[all->n++];

	*p = (struct place){ .weight = weight, .line = line };
	fold(&p->text, one);
	buf_addc(&p->text, '\n');
	fold(&p->text, two);
}

static void
places_of(struct places *all, const struct guide_topic *t)
{
	add_place(all, IN_TITLE, &t->title, t->title.en, t->title.zh);
	add_place(all, IN_WORDS, &t->answer, t->words, t->id);
	add_place(all, IN_TEXT, &t->answer, t->answer.en, t->answer.zh);
	for (size_t i = 0; i < t->nots; i++)
		add_place(all, IN_TEXT, &t->not[i], t->not[i].en, t->not[i].zh);
	for (size_t i = 0; i < t->dos; i++)
		add_place(all, IN_TEXT, &t->to_do[i], t->to_do[i].en, t->to_do[i].zh);
}

/* The best place of a term in a topic; NULL: none. */
static const struct place *
best_place(const struct places *all, const struct term *t)
{
	for (size_t i = 0; i < all->n; i++)             /* the weightiest come first */
		if (stands(buf_str(&all->p[i].text), t))
			return &all->p[i];
	return NULL;
}

/* ---- counting ---- */

static void
count_topics(const struct guide *g, struct terms *all)
{
	for (size_t i = 0; i < guide_topics(g); i++) {
		AUTO(places_free) struct places p = { .n = 0 };

		places_of(&p, guide_topic_at(g, i));
		for (size_t k = 0; k < all->n; k++)
			all->t[k].topics += best_place(&p, &all->t[k]) != NULL;
	}
}

/* "hacked" where only "hack" stands, "codes" where "code" does. */
static void
shorten(const struct guide *g, struct terms *whole)
{
	for (unsigned tries = 0; tries < 3; tries++) {
		for (size_t i = 0; i < whole->n; i++) {
			struct term *t = &whole->t[i];
			size_t n = strlen(t->text);

			if (!t->han && t->topics == 0 && n > 4)
				t->text[n - 1] = '\0';
		}
		for (size_t i = 0; i < whole->n; i++)
			whole->t[i].topics = 0;
		count_topics(g, whole);
	}
}

/* What nobody wrote as a whole ("钱被转走了怎么办") is looked for by its pairs of characters. */
static void
pairs_of(struct terms *out, const struct term *t)
{
	size_t n = strlen(t->text), first, second;
	uint32_t cp;

	for (size_t i = 0; i < n; i += first) {
		first = utf8_next(t->text + i, n - i, &cp);
		if (first == 0 || (second = utf8_next(t->text + i + first, n - i - first, &cp)) == 0)
			return;
		add_term(out, t->text + i, first + second, true);
	}
}

static void
terms_of(const struct guide *g, const char *text, struct terms *out)
{
	struct terms whole = { .n = 0 };
	BUF folded = { .max = 1 << 16 };

	fold(&folded, text);
	split(&whole, buf_str(&folded), folded.len, false);
	if (whole.n == 0)
		split(&whole, buf_str(&folded), folded.len, true);
	count_topics(g, &whole);
	shorten(g, &whole);
	for (size_t i = 0; i < whole.n; i++) {
		if (whole.t[i].han && whole.t[i].topics == 0)
			pairs_of(out, &whole.t[i]);
		else
			add_term(out, whole.t[i].text, strlen(whole.t[i].text), whole.t[i].han);
	}
	count_topics(g, out);
}

/* Words that more than half of the topics have say nothing, unless there is no other. */
static bool
says_something(const struct guide *g, const struct terms *all, const struct term *t)
{
	if (t->topics * 2 <= guide_topics(g))
		return t->topics > 0;
	for (size_t i = 0; i < all->n; i++)
		if (all->t[i].topics > 0 && all->t[i].topics < t->topics)
			return false;
	return true;
}

static unsigned
rarity(const struct guide *g, const struct term *t)
{
	size_t r = guide_topics(g) / t->topics;

	return r == 0 ? 1 : r > RARE_MAX ? RARE_MAX : (unsigned)r;
}

static struct guide_hit
rate(const struct guide *g, const struct guide_topic *topic, const struct terms *all)
{
	AUTO(places_free) struct places p = { .n = 0 };
	struct guide_hit hit = { .topic = topic };
	unsigned most = 0;

	places_of(&p, topic);
	for (size_t i = 0; i < all->n; i++) {
		const struct place *at = says_something(g, all, &all->t[i]) ? best_place(&p, &all->t[i]) : NULL;
		unsigned score = at != NULL ? at->weight * rarity(g, &all->t[i]) : 0;

		hit.score += score;
		if (score > most) {
			most = score;
			hit.line = at->line;
		}
	}
	return hit;
}

size_t
guide_search(const struct guide *g, const char *text, struct guide_hit *out)
{
	struct terms all = { .n = 0 };
	size_t n = 0, k;

	terms_of(g, text, &all);
	for (size_t i = 0; i < guide_topics(g); i++) {
		struct guide_hit hit = rate(g, guide_topic_at(g, i), &all);

		if (hit.score == 0 || (n == GUIDE_HITS_MAX && hit.score <= out[n - 1].score))
			continue;
		k = n < GUIDE_HITS_MAX ? n++ : n - 1;
		for (; k > 0 && out[k - 1].score < hit.score; k--)
			out[k] = out[k - 1];
		out[k] = hit;
	}
	/* Far behind the best: a word or two in common, no answer. */
	while (n > 0 && out[n - 1].score * 6 < out[0].score)
		n--;
	return n;
}
