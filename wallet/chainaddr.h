/*
 * wallet/chainaddr.h: addresses that money is sent to: of which kind, and does the checksum say that it was copied
 * whole? Whose an address is nobody can see from it. Bitcoin: Base58Check, Bech32 and Bech32m (BIP 173, 350, with
 * the version and length rules of BIP 141); Litecoin, Dogecoin, Tron, XRP Ledger (Base58Check); Solana (no
 * checksum); Ethereum (EIP-55); bank accounts (IBAN, ISO 13616).
 */
#ifndef PURSER_WALLET_CHAINADDR_H
#define PURSER_WALLET_CHAINADDR_H

#include "wallet/names.h"

#define CHAINADDR_MAX 128u              /* characters of one, as typed */

enum chain {
	CHAIN_NONE,                     /* no address that is known here */
	CHAIN_BITCOIN, CHAIN_LITECOIN, CHAIN_DOGECOIN, CHAIN_TRON, CHAIN_XRP, CHAIN_SOLANA, CHAIN_ETHEREUM, CHAIN_IBAN,
	CHAIN_COUNT
};
const char *chain_name(enum chain c);           /* machine word: "bitcoin", ... "iban"; "" none */
const char *chain_title(enum chain c);          /* for people: "Bitcoin", ... */

enum chain_sum {
	SUM_GOOD, SUM_BAD,
	SUM_NONE,                       /* addresses of this kind have none */
	SUM_UNSAID,                     /* they may, this one is written without (Ethereum in small letters) */
	SUM_UNCHECKED                   /* it cannot be checked now (Ethereum without the helper) */
};
const char *chain_sum_name(enum chain_sum s);   /* "good" "bad" "none" "unsaid" "unchecked" */

struct chainaddr {
	enum chain chain;
	enum chain_sum sum;
	bool test;                      /* of a network for tests: worth nothing */
	bool private_key;               /* no address but the key to one */
	const char *form;               /* "P2PKH", "witness v0" ...; "" none */
	const char *why;                /* N_(), when it is bad: what else than the sum; "" */
	char canon[CHAINADDR_MAX + 1];  /* equal for equal addresses: no blanks, the case where it means nothing is one */
	size_t fixed;                   /* characters at its beginning that all of its kind share ("0x", "bc1q", "1") */
};
/* false: nothing that looks like an address. src->keccak is asked for Ethereum. */
bool chainaddr_read(struct chainaddr *out, const char *typed, const struct name_source *src) MUST_CHECK;

/* Different, and made or mistyped to be taken for the other: equal at both ends, where people look, or a character
 * or two apart. Both canonical and of the same chain. */
bool chainaddr_alike(const struct chainaddr *a, const struct chainaddr *b);
/* How many characters are equal at the beginning (after what is fixed) and at the end. */
void chainaddr_ends(const struct chainaddr *a, const struct chainaddr *b, size_t *head, size_t *tail);

#endif
