/* helper/prog_names_ask.h: what purser-names answers; the libraries are called here. */
#ifndef PURSER_HELPER_PROG_NAMES_ASK_H
#define PURSER_HELPER_PROG_NAMES_ASK_H

#include "helper/names.h"

/* Everything that is read from files, before the sandbox is closed. */
bool answer_prepare(void) MUST_CHECK;
/* The answer to a question of n bytes, after its length: how many bytes, at most NAMES_ANSWER_MAX. 0: none. */
size_t answer(enum names_op op, const char *q, size_t n, unsigned char out[NAMES_ANSWER_MAX]) MUST_CHECK;

#endif
