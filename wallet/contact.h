/*
 * wallet/contact.h: is this URL, domain, mail address, phone number or payment address really theirs? Compared with
 * what is known: the shipped facts (wallet/providers.h), the user's own file, and what the user entered. Pure; what
 * needs a library is asked of a name_source.
 *
 * The best that is ever said is "matches the contact confirmed on DATE". Nothing is ever called safe: a name says
 * nothing about who sends a mail or calls, nor what stands on a page.
 *
 *	URL, domain   the host is verified, or below a verified domain and registered by the same (public suffix list)
 *	mail          exactly a verified address; another one at a verified domain is VERDICT_PARTLY
 *	phone         exactly a verified number, in the international form (E.164) or as the short number that it is
 *	address       exactly one of the user's own book; a history proves nothing: poisoners put theirs there
 */
#ifndef PURSER_WALLET_CONTACT_H
#define PURSER_WALLET_CONTACT_H

#include "wallet/chainaddr.h"
#include "wallet/providers.h"

#define CONTACT_MAX 2048u               /* bytes that may be asked about */
#define CONTACT_VALUE_MAX 512u          /* bytes of one that is kept */
#define PHONE_DIGITS_MAX 20u

enum contact_kind {
	CONTACT_TEXT, CONTACT_URL, CONTACT_DOMAIN, CONTACT_MAIL, CONTACT_PHONE, CONTACT_ADDRESS, CONTACT_KINDS
};
const char *contact_kind_name(enum contact_kind k);             /* "text" "url" "domain" "mail" "phone" "address" */
bool contact_kind_from(const char *word, enum contact_kind *out);       /* all but text; also "web" */

enum contact_origin {
	ORIGIN_SHIPPED,                 /* data/providers.txt */
	ORIGIN_FILE,                    /* the user's file of providers */
	ORIGIN_ACCOUNT,                 /* entered for an account */
	ORIGIN_CONTACT,                 /* contact add */
	ORIGIN_BOOK,                    /* account address add */
	ORIGIN_HISTORY                  /* stands in a transaction: compared, never a match */
};
const char *contact_origin_name(enum contact_origin o); /* "shipped" "own-file" "account" "contact" "book" "history" */

/* One that is known. Strings are borrowed by contacts_add() for the call, and owned by the set afterwards. */
struct known {
	enum contact_kind kind;
	enum contact_origin origin;
	const char *who;                /* provider, account, or a name of the user's */
	const char *name, *name_zh;     /* as it is shown */
	const char *value;              /* as it is published or was typed */
	const char *note;               /* "" none; of a fact: its id */
	const char *source;             /* "" none */
	char date[11];                  /* checked or confirmed on; "" not known */
	enum data_status status;        /* of the user's own: confirmed */
	bool stale;
	int64_t id;                     /* the caller's, kept as it is */
};

struct contacts;                        /* a set */
enum rc contacts_new(struct contacts **out, struct err *e) MUST_CHECK;
void contacts_free(struct contacts **c);
/* A value that cannot be read as one of its kind is E_USAGE with the reason. A kind TEXT is found by its look. */
enum rc contacts_add(struct contacts *c, const struct name_source *src, const struct known *k, struct err *e)
    MUST_CHECK;
/* Domains of providers, and facts that have a value. What cannot be read of the user's own file is left out. */
enum rc contacts_add_providers(struct contacts *c, const struct name_source *src, const struct providers *p,
    int64_t now_ms, struct err *e) MUST_CHECK;
const char *contacts_left_out(const struct contacts *c);       /* why the last one of these was; "" none was */
size_t contacts_count(const struct contacts *c);
const struct known *contacts_at(const struct contacts *c, size_t i);

enum contact_verdict {
	VERDICT_UNKNOWN,                /* no contact that is known */
	VERDICT_LOOKALIKE,              /* not theirs, and made or apt to be taken for theirs */
	VERDICT_PARTLY,                 /* their host or domain, but not as it is published: see why */
	VERDICT_REPORTED,               /* matches one that only a third party reports */
	VERDICT_MATCH
};
const char *contact_verdict_name(enum contact_verdict v);       /* "unknown" "look-alike" "partly" "reported" "match" */

/* Why it is not what it seems, or not as it should be. */
enum contact_why {
	WHY_CONFUSABLE,                 /* other characters that look the same */
	WHY_MIXED,                      /* alphabets are mixed */
	WHY_WHOLE,                      /* another alphabet throughout, which looks like Latin letters */
	WHY_PUNYCODE,                   /* xn--: another name is shown than the one that is typed */
	WHY_INVISIBLE,                  /* characters that nobody sees */
	WHY_INVALID,                    /* no host can be called that */
	WHY_TLD,                        /* the same name with another ending */
	WHY_ADDED, WHY_DOUBLED, WHY_OMITTED, WHY_SWAPPED, WHY_VOWEL, WHY_BIT, WHY_REPLACED, WHY_HYPHEN, WHY_DOTS,
	WHY_NEAR,                       /* several of these */
	WHY_SUBDOMAIN,                  /* their whole name, before a domain of somebody else */
	WHY_INSIDE,                     /* their name inside a domain of somebody else */
	WHY_SHARED,                     /* of a domain of which only parts are known as theirs, or where anybody gets one */
	WHY_ANYBODY,                    /* a host where anybody has pages, and another page than the known one */
	WHY_USERINFO,                   /* what stands before the @ is no host */
	WHY_PATH,                       /* their name in the path only */
	WHY_BACKSLASH, WHY_PERCENT, WHY_CONTROL,
	WHY_NUMBERS,                    /* an IP address instead of a name */
	WHY_PORT, WHY_PLAIN,            /* another port; http:// */
	WHY_SCHEME,                     /* data:, javascript: and the like, or an app's own */
	WHY_DISPLAYED,                  /* another address stands before the real one */
	WHY_LOCAL_PART,                 /* their domain, but an address at it that is not known */
	WHY_DIGIT,                      /* a digit or two differ */
	WHY_COUNTRY,                    /* the same number with another country */
	WHY_NATIONAL,                   /* without its country, so it may be another one */
	WHY_SUM,                        /* its checksum is wrong */
	WHY_ENDS,                       /* equal at both ends, different between */
	WHY_HISTORY,                    /* it stands in the history, which proves nothing */
	WHY_SECRET,                     /* a private key */
	WHY_TEST,                       /* of a network for tests */
	WHY_COUNT
};
const char *contact_why_name(enum contact_why w);               /* machine word: "confusable" ... */
#define WHY(w) (UINT64_C(1) << (w))

struct contact_result {
	enum contact_kind kind;
	enum contact_verdict verdict;
	uint64_t why;                   /* WHY() bits */
	const struct known *of;         /* what it matches or is like; NULL none. The set's */
	bool below;                     /* a match of a domain above it, not of the name itself */
	bool unexamined;                /* the name source had no answer: look-alike characters were not looked for */
	char shown[CONTACT_VALUE_MAX + 1];      /* what is really asked: the host, the address, the number */
	char ascii[256];                /* the host in A-labels; "" none */
	char registrable[256];          /* who owns the host is who registered this; "" not known */
	struct chainaddr address;       /* of kind ADDRESS; its chain NONE: none */
};
/* Never fails but for memory: what cannot be read is VERDICT_UNKNOWN. typed: a line (text_check()). */
enum rc contact_check(const struct contacts *c, const struct name_source *src, const char *typed,
    struct contact_result *out, struct err *e) MUST_CHECK;

/* ---- the pieces ---- */

/* Digits with their "+"; 00 is "+", "(0)" and marks are left out, fullwidth digits are digits, tel: and sms: may
 * stand before, and after a sms: number "?body=". false: no number of 3 to PHONE_DIGITS_MAX digits.
 * *international: has its country. */
bool phone_read(char out[PHONE_DIGITS_MAX + 2], const char *typed, bool *international) MUST_CHECK;

/* Of a URL, host or mail address: what stands where. */
struct asked {
	enum contact_kind kind;
	char host[CONTACT_VALUE_MAX + 1];       /* as typed, percent escapes undone; "" none */
	char local[CONTACT_VALUE_MAX + 1];      /* of a mail address, before the last @ */
	char before[CONTACT_VALUE_MAX + 1];     /* userinfo, or the name before <...>: no part of the address */
	char rest[CONTACT_MAX + 1];             /* path, query and fragment */
	char phone[PHONE_DIGITS_MAX + 2];
	bool international;
	uint64_t why;
	struct chainaddr address;
};
/* Of which kind is what was typed? kind TEXT: of none. */
void contact_ask(struct asked *out, const char *typed, const struct name_source *src);

/* How is the label a (of f) near b, both folded and unfolded? 0: not near; else WHY() bits. Labels are UTF-8. */
uint64_t label_near(const char *a, const char *a_fold, const char *b, const char *b_fold);

#endif
