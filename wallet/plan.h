/*
 * wallet/plan.h: what to do in an incident, in the order of what it saves for this user (data/incident-steps.txt). Pure.
 * Records:
 *
 *	step:     stop                  its key
 *	when:     unauthorised phishing         kinds of incident (incident.h)
 *	for:      account               once each for an account of the incident; mailbox, sim: for those, or once where the user
 *	                                has entered none; once; open-store, frozen-store: once, while the store is so
 *	phase:    20                    1..99: steps of a lower phase come first
 *	channels: freeze report         kinds of advice (providers.h) that say where
 *	ref:      yes                   there will be a reference number to write down
 *	command:  purser rotate NAME    what to type here; NAME stands for the account
 *	en, zh, say-en, say-zh, never-en, never-zh, note-en, note-zh
 *
 * Only confirmed records are accepted: a step is an instruction.
 */
#ifndef PURSER_WALLET_PLAN_H
#define PURSER_WALLET_PLAN_H

#include "wallet/incident.h"
#include "wallet/providers.h"

enum plan_for { PLAN_ONCE, PLAN_ACCOUNT, PLAN_MAILBOX, PLAN_SIM, PLAN_OPEN_STORE, PLAN_FROZEN_STORE, PLAN_FOR_COUNT };
struct plan_def {
	const char *key;
	unsigned kinds;                         /* bits of enum incident_kind */
	enum plan_for of;
	unsigned phase;
	unsigned channels;                      /* bits of enum advice_kind */
	bool ref;
	const char *command;                    /* "" none */
	const char *en, *zh, *say_en, *say_zh, *never_en, *never_zh, *note_en, *note_zh;       /* "" none */
	struct fact fact;
};
struct plan_defs;
/* E_NOTFOUND, E_INPUT "incident-steps.txt:LINE: ...". */
enum rc plan_defs_load(struct plan_defs **out, int dirfd, struct err *e) MUST_CHECK;
enum rc plan_defs_parse(struct plan_defs **out, struct buf *text, const char *name, struct err *e) MUST_CHECK;
void plan_defs_free(struct plan_defs **p);
size_t plan_defs_count(const struct plan_defs *p);
const struct plan_def *plan_defs_at(const struct plan_defs *p, size_t i);
const struct plan_def *plan_def(const struct plan_defs *p, const char *key);    /* NULL: none */

/* An account of the incident. */
struct plan_account {
	int64_t id;
	const char *name;
	enum provider_class class;
	unsigned controls;                      /* how many accounts of the incident it can reset */
	unsigned saving;                        /* enum saving of its most savable row, or the number past the last: the lower the
	                                         * sooner (savable.h) */
	int64_t seconds;                        /* until it is empty at the pace of now; below 0: not known */
};
struct plan_in {
	enum incident_kind kind;
	bool frozen;                            /* the store */
	bool thawed;                            /* it was frozen for this, and is open again: no step to freeze it */
	bool mailbox, sim;                      /* one is among the accounts below; else the general step stands there */
	size_t n;
	const struct plan_account *a;
};
struct plan_step { const struct plan_def *def; int64_t account; unsigned phase; size_t rank; };
struct plan { size_t n; struct plan_step *step; };
void plan_free(struct plan *p);
/*
 * By phase, then by account: those that can reset others first (the more, the sooner), then those with the money that can
 * best be saved, then those that are empty soonest, then by name. A mailbox or SIM that resets nothing of the incident
 * comes after the wallets. E_NOMEM.
 */
enum rc plan_make(const struct plan_defs *defs, const struct plan_in *in, struct plan *out, struct err *e) MUST_CHECK;

#endif
