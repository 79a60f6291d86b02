/* crypto/slip39_words.h: SLIP-0039's word list; also for passphrases. Private to crypto/. */
#ifndef PURSER_CRYPTO_SLIP39_WORDS_H
#define PURSER_CRYPTO_SLIP39_WORDS_H

#define SLIP39_WORD_COUNT 1024u

extern const char *const slip39_words[SLIP39_WORD_COUNT];

#endif
