/*
 * wallet/firststeps.h: the general first steps of an incident (data/first-steps.txt), in the order to print them.
 * Confirmed facts only, each with source and date.
 *
 * Keys of a record: kind (not, do, know), en, zh, detail-en, detail-zh.
 */
#ifndef PURSER_WALLET_FIRSTSTEPS_H
#define PURSER_WALLET_FIRSTSTEPS_H

#include "wallet/datafile.h"

enum step_kind {
	STEP_NOT,                       /* printed first; the text continues the words "do not" */
	STEP_DO,                        /* numbered, in this order */
	STEP_KNOW                       /* printed last */
};
struct first_step {
	enum step_kind kind;
	const char *en, *zh;            /* a few words; never empty */
	const char *detail_en, *detail_zh;      /* one line more; "" none */
	struct fact fact;
};
struct firststeps;

enum rc firststeps_load(struct firststeps **out, int dirfd, struct err *e) MUST_CHECK;
void firststeps_free(struct firststeps **s);
size_t firststeps_count(const struct firststeps *s);
const struct first_step *firststeps_at(const struct firststeps *s, size_t i);
/* zh: text and detail in Chinese, else English. */
const char *first_step_text(const struct first_step *s, bool zh);
const char *first_step_detail(const struct first_step *s, bool zh);

#endif
