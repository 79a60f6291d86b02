/*
 * wallet/providers.h: the providers and laws that purser knows something about, and what it knows: data/providers.txt,
 * data/laws.txt, and a file of the user's own that adds to them. An account may have any other word as its provider; it
 * then has no data. Records (datafile.h tells the rest of the format):
 *
 *	provider: paypal                a provider, or a word that stands for many (mailbox, sim, card, bank, exchange)
 *	class:    wallet card bank exchange mailbox sim
 *	en, zh:   its name              domain, alias, format: many; currency
 *
 *	law:      us-reg-e              en, zh, jurisdiction (many)
 *	class:    many; the classes of providers that it is about; none: all but mailbox and sim
 *
 *	fact:     PP-01                 one thing to know or to do
 *	of:       paypal                whom it is about (many)
 *	kind:     see enum advice_kind
 *	by:       app web phone mail chat post person; freeze, report and contact name it where there is one
 *	en, zh:   the text; a user's own file may have one of them
 *	value:    by web an https address, by mail an address, by phone a number
 *	jurisdiction: where it holds (many): two capital letters of ISO 3166, or EEA; none: everywhere
 *	who, period, from: of a deadline only: `you` or `they`; "60 days", "13 months", "10 business-days", "48 hours";
 *	          payment statement learning notice opening complaint answer authority (a complaint to an authority)
 *	duty:     of a deadline: one word for what has to be done; facts of one duty limit the same thing (wallet/deadline.h)
 *
 * Only a confirmed fact may be shown as an instruction: advice_instructs(). No unconfirmed fact carries a number or an
 * address at all.
 */
#ifndef PURSER_WALLET_PROVIDERS_H
#define PURSER_WALLET_PROVIDERS_H

#include "wallet/datafile.h"

#define PROVIDER_LIST_MAX 8u
enum provider_class {
	CLASS_WALLET, CLASS_CARD, CLASS_BANK, CLASS_EXCHANGE, CLASS_MAILBOX, CLASS_SIM, CLASS_LAW, CLASS_COUNT
};
struct provider {
	const char *id;                 /* paypal, alipay, wechat, apple-card ... */
	enum provider_class class;
	const char *en, *zh;            /* as people write it; zh equals en where there is no Chinese name */
	const char *currency;           /* of a new account; "" several */
	size_t domains, formats, aliases, places;
	const char *domain[PROVIDER_LIST_MAX];
	const char *format[PROVIDER_LIST_MAX];  /* statement formats that purser reads; none: cannot be imported */
	const char *alias[PROVIDER_LIST_MAX];
	const char *place[PROVIDER_LIST_MAX];   /* of a law: its jurisdictions */
	unsigned classes;               /* of a law: 1 << enum provider_class, those it is about */
	bool own;                       /* from the user's file */
	struct fact fact;
};

enum advice_kind {
	ADVICE_FREEZE,                  /* locks the account, a card or a device there */
	ADVICE_REPORT,                  /* where what was not yours is reported */
	ADVICE_CONTACT,                 /* another way to reach them */
	ADVICE_NOTICE,                  /* what has to be told, because liability turns on it */
	ADVICE_STEP,                    /* a first step there besides */
	ADVICE_SAY,                     /* what to say, what to have ready */
	ADVICE_NEVER,                   /* what they never ask for */
	ADVICE_KNOW,
	ADVICE_DEADLINE, ADVICE_COUNT
};
const char *advice_kind_name(enum advice_kind k);       /* "freeze", "report" ... */

enum period_unit { UNIT_HOURS, UNIT_DAYS, UNIT_BUSINESS_DAYS, UNIT_MONTHS };
struct advice {
	const char *id;
	enum advice_kind kind;
	const char *by, *value;         /* "" none */
	const char *en, *zh;            /* never empty */
	size_t ofs, places;
	const char *of[PROVIDER_LIST_MAX];
	const char *place[PROVIDER_LIST_MAX];
	const char *who, *from;         /* of a deadline; else "" */
	const char *duty;               /* the same; "" none */
	unsigned period;                /* 0: no deadline */
	enum period_unit unit;
	bool own;                       /* from the user's file */
	struct fact fact;
};
struct providers;

/* What is shipped: providers.txt and laws.txt of that directory. E_NOTFOUND, E_INPUT. */
enum rc providers_load(struct providers **out, int dirfd, struct err *e) MUST_CHECK;
/* Adds the user's file; a record of an id that is there takes its place. E_NOTFOUND: there is none. E_INPUT
 * "PATH:LINE: ...": nothing of it was taken. */
enum rc providers_own(struct providers *p, const char *path, struct err *e) MUST_CHECK;
/* From memory, as shipped (own false) or as a user's file; text is taken over. */
enum rc providers_parse(struct providers **out, struct buf *text, const char *name, bool own, struct err *e) MUST_CHECK;
/* None at all: for what has to go on without the data files. */
enum rc providers_none(struct providers **out, struct err *e) MUST_CHECK;
void providers_free(struct providers **p);
/* By id, name, alias, or domain; ASCII case, blanks and dashes do not matter ("Apple Card", "applecard"). NULL: none.
 * Laws are found by id only. */
const struct provider *providers_find(const struct providers *p, const char *name);
size_t providers_count(const struct providers *p);
const struct provider *providers_at(const struct providers *p, size_t i);
const char *provider_name(const struct provider *q, bool zh);

size_t advice_count(const struct providers *p);
const struct advice *advice_at(const struct providers *p, size_t i);
bool advice_of(const struct advice *a, const char *id);
/* May it be shown as something to do? Only what is confirmed. */
bool advice_instructs(const struct advice *a);
const char *advice_text(const struct advice *a, bool zh);

#endif
