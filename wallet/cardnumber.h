/*
 * wallet/cardnumber.h: is a card number as typed one at all (ISO/IEC 7812-1: 12 to 19 digits, Luhn's check digit), and
 * has the card expired. Nothing is kept; the caller's bytes are read in place and wiped by the caller.
 */
#ifndef PURSER_WALLET_CARDNUMBER_H
#define PURSER_WALLET_CARDNUMBER_H

#include "base/time.h"

enum cardno { CARDNO_NOT_GIVEN, CARDNO_GOOD, CARDNO_NO_DIGITS, CARDNO_LENGTH, CARDNO_CHECKSUM };
enum expiry { EXPIRY_NOT_GIVEN, EXPIRY_GOOD, EXPIRY_SOON, EXPIRY_PAST, EXPIRY_UNREADABLE };

/* Blanks and dashes between digits do not matter. */
enum cardno cardno_check(const unsigned char *p, size_t n);
/* "MM/YY", "MM/YYYY", "MM-YY", "MMYY", "YYYY-MM": good to the end of that month. SOON: it ends within 31 days. */
enum expiry expiry_check(const unsigned char *p, size_t n, const struct civil *today);
/* Where the number ends and the expiry begins in "4111 1111 1111 1111 08/27": after the last blank when a date
 * follows it. n: there is none. */
size_t cardno_split(const unsigned char *p, size_t n);

#endif
