/*
 * helper/fido.h: what purser and purser-fido say to each other over the helper's socket. purser asks for one thing:
 *
 *	FIDO_ENROL or FIDO_DERIVE | salt(32) | user(16) | n u8 | n x (length u16 LE, credential id)
 *
 * and the helper answers with messages until one of the last two:
 *
 *	FIDO_PIN   retries u8 (255: not known)            purser sends: length u8 | PIN; length 0: nobody knows it
 *	FIDO_TOUCH                                        somebody should touch the key now
 *	FIDO_DONE  length u16 LE | credential id | output(32)
 *	FIDO_FAILED  enum fido_why u8 | retries u8
 *
 * Enrol: the ids are those of keys that are known; the key that is none of them makes a credential with hmac-secret. Derive:
 * the key that holds one of the ids answers. In both, output is its hmac-secret for the salt, after user verification (CTAP 2,
 * sections 5.2 and "HMAC Secret Extension").
 */
#ifndef PURSER_HELPER_FIDO_H
#define PURSER_HELPER_FIDO_H

#define FIDO_SALT 32u
#define FIDO_OUTPUT 32u
#define FIDO_USER 16u
#define FIDO_CRED_MAX 512u
#define FIDO_PIN_MAX 63u                 /* bytes (CTAP 2) */
#define FIDO_TOKENS_MAX 8u
#define FIDO_RETRIES_UNKNOWN 255u

enum { FIDO_ENROL = 'E', FIDO_DERIVE = 'D', FIDO_PIN = 'P', FIDO_TOUCH = 'T', FIDO_DONE = 'K', FIDO_FAILED = 'X' };

enum fido_why {
	FIDO_OTHER,              /* what has no name below */
	FIDO_NO_DEVICE,          /* no security key is plugged in */
	FIDO_NOT_OURS,           /* derive: none of those that are has one of the credentials */
	FIDO_KNOWN,              /* enrol: all of those that are plugged in are known already */
	FIDO_MANY,               /* enrol: several new ones */
	FIDO_UNFIT,              /* no FIDO2, or no hmac-secret */
	FIDO_NO_PIN,             /* neither a PIN nor another way to verify its user is set up */
	FIDO_WRONG_PIN,
	FIDO_PIN_BLOCKED,        /* for ever: only a reset of the key helps, and that destroys what is on it */
	FIDO_PIN_REPLUG,         /* until it is plugged in again */
	FIDO_NOT_VERIFIED,       /* fingerprint refused */
	FIDO_NO_TOUCH            /* nobody touched it in time, or it was refused */
};

#endif
