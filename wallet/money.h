/*
 * wallet/money.h: exact amounts. Integer minor units with the currency's exponent (ISO 4217); never floating point.
 */
#ifndef PURSER_WALLET_MONEY_H
#define PURSER_WALLET_MONEY_H

#include "base/buf.h"

#define CURRENCY_MAX 8u

struct money {
	int64_t minor; /* -1234 = -12.34 with exp 2 */
	uint8_t exp; /* decimals, 0..18 */
	char cur[CURRENCY_MAX + 1]; /* ISO code or ticker in upper case; "" unknown */
};

/* Decimals of a currency: ISO 4217's for a known one, 8 for well-known crypto assets, 2 for anything else. */
uint8_t currency_exp(const char *cur);
bool currency_known(const char *cur);
/* 1 to 8 letters or digits, starting with a letter, upper-cased into out. */
bool currency_norm(char out[CURRENCY_MAX + 1], const char *s);

/* Plain decimal text as people type it and machine output has it: optional sign, digits, optional '.' and decimals; no
 * grouping. More decimals than the currency has are accepted only when they are zeros. E_INPUT otherwise, or out of
 * range. */
enum rc money_parse(struct money *out, const char *s, const char *cur, struct err *e) MUST_CHECK;
/* "-12.34", "-1200": machine form, no currency. */
void money_plain(struct buf *out, const struct money *m);
/* For people: "-2,203.52 USD"; the ISO code, never a bare symbol. */
void money_human(struct buf *out, const struct money *m);
/* false on overflow or when currency or exponent differ. */
bool money_add(struct money *sum, const struct money *m) MUST_CHECK;

#endif
