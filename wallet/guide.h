/*
 * wallet/guide.h: the offline help centre (data/guide.txt): short cards in English and Chinese: what is the matter, what not to do,
 * what to do now. Records (datafile.h tells the rest of the format):
 *
 *	group: now                      en, zh: topics stand below the group that they name
 *
 *	topic: money-leaving            what is typed; a-z, 0-9 and dashes
 *	of:    now                      its group
 *	en, zh: its title
 *	words: theft stolen 盗刷 ...    further words under which it is found, of either language
 *	answer-en, answer-zh
 *	see:   freeze                   many: what to type after `purser`
 *	fact:  PP-01                    many: facts of providers.txt and laws.txt that belong to it
 *
 *	card:  money-leaving            the topic just above; a file has one for each
 *	not-en, not-zh, do-en, do-zh    many, in pairs; at least one do
 *
 * What stands here is purser's own advice, or confirmed: it names no number, no address and no way through menus.
 * These are facts, and keep their source, date and status where they are.
 */
#ifndef PURSER_WALLET_GUIDE_H
#define PURSER_WALLET_GUIDE_H

#include "wallet/datafile.h"

#define GUIDE_LINES_MAX 8u
#define GUIDE_SEE_MAX 8u
#define GUIDE_HITS_MAX 12u

struct guide_text { const char *en, *zh; };             /* never empty */
struct guide_group { const char *id; struct guide_text title; };
struct guide_topic {
	const char *id, *words;                 /* words: "" none */
	size_t group;
	struct guide_text title, answer;
	size_t nots, dos, sees, facts;
	struct guide_text not[GUIDE_LINES_MAX], to_do[GUIDE_LINES_MAX];
	const char *see[GUIDE_SEE_MAX], *fact_id[GUIDE_SEE_MAX];
	struct fact fact;
};
struct guide;

/* E_NOTFOUND; E_INPUT "guide.txt:LINE: ...". */
enum rc guide_load(struct guide **out, int dirfd, struct err *e) MUST_CHECK;
/* From memory; text is taken over. */
enum rc guide_parse(struct guide **out, struct buf *text, const char *name, struct err *e) MUST_CHECK;
void guide_free(struct guide **g);
size_t guide_groups(const struct guide *g);
const struct guide_group *guide_group_at(const struct guide *g, size_t i);
size_t guide_topics(const struct guide *g);
const struct guide_topic *guide_topic_at(const struct guide *g, size_t i);
/* By id or by its title in either language; ASCII case does not matter. NULL: none. */
const struct guide_topic *guide_find(const struct guide *g, const char *name);
const char *guide_say(const struct guide_text *t, bool zh);

/*
 * Topics in which words of text stand, in either language: a word of an alphabet where one begins with it, Chinese anywhere, a run of
 * Chinese that stands nowhere as a whole by its pairs of characters. A word counts the more the fewer topics have it, most in a
 * title, then among `words`, then in the text. Best first; out has room for GUIDE_HITS_MAX. Returns how many.
 */
struct guide_hit { const struct guide_topic *topic; unsigned score; const struct guide_text *line; };    /* line: where it stands */
size_t guide_search(const struct guide *g, const char *text, struct guide_hit *out);

#endif
