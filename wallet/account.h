/*
 * wallet/account.h: what an account is and how it may be called. Pure: no SQL, no terminal.
 */
#ifndef PURSER_WALLET_ACCOUNT_H
#define PURSER_WALLET_ACCOUNT_H

#include "base/buf.h"

#include <stdint.h>

#define ACCOUNT_NAME_MAX 64u            /* bytes */

enum account_state { ACCOUNT_ACTIVE = 0, ACCOUNT_FROZEN = 1, ACCOUNT_CLOSED = 2, ACCOUNT_STATE_COUNT };
const char *account_state_name(enum account_state s);           /* machine word: "active", "frozen", "closed" */

/* A contact that the owner entered for an account. */
struct contact { char *kind, *value, *note; int64_t confirmed_ms; };    /* kind: phone url mail address domain other */

/* Strings are owned (malloc), never NULL after account_init(); "" none. */
struct account {
	int64_t id;                     /* row; 0: not stored yet */
	unsigned char uid[16];          /* random, for ever; acct_id of the secret records */
	char *name;                     /* as typed, NFC */
	char *provider;                 /* paypal, alipay, wechat, apple-card, or any word */
	char *login, *currency, *limits, *url, *way_in, *notes;
	enum account_state state;
	int64_t created_ms, frozen_ms, closed_ms;       /* 0: not */
	size_t controls;
	char **control;                 /* names of the accounts that this one gives access to (a mailbox) */
	size_t contacts;
	struct contact *contact;
};
void account_init(struct account *a);           /* not inline: strings become "" */
void account_free(struct account *a);
/* Replace an owned string. E_NOMEM. */
enum rc text_set(char **to, const char *s, struct err *e) MUST_CHECK;

/*
 * May a new account be called this? 1 to 64 bytes of UTF-8; begins with a letter or digit; letters and digits, - _
 * . + & ' @ ( ) and single blanks inside. Letters: Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, Georgian,
 * Thai, Hangul, Kana, Bopomofo and Han, in their composed form: a text made of these without combining marks,
 * conjoining jamo and characters with a canonical singleton is in NFC by construction, so that no normaliser is
 * needed to compare names. Refused: `store`, `all` and subcommand words. E_USAGE with the reason.
 */
enum rc account_name_check(const char *name, struct err *e) MUST_CHECK;
/* What two names that look alike have in common: case folded, look-alike letters of Cyrillic, Greek and the
 * fullwidth forms replaced by the Latin ones, digits 0 and 1 by o and l. A new name whose key is another account's
 * is refused. */
void account_name_key(struct buf *out, const char *name);

/* The whole of s is a well-formed single line: valid UTF-8, no control or bidirectional characters, at most max
 * bytes. E_USAGE naming what. */
enum rc text_check(const char *what, const char *s, size_t max, struct err *e) MUST_CHECK;

#endif
