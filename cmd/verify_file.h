/* cmd/verify_file.h: `purser verify FILE`; and what verify of the store shares with it. */
#ifndef PURSER_CMD_VERIFY_FILE_H
#define PURSER_CMD_VERIFY_FILE_H

#include "cmd/cmd.h"
#include "store/vault.h"

/* A backup: what its hashes say; with a key at hand all that is in it. */
enum rc verify_file(struct session *s, const char *path, struct err *e) MUST_CHECK;
/* Every page, every record, every log of an open vault. E_FINDINGS: something was found (and said). */
enum rc verify_vault(struct session *s, struct vault *v, struct err *e) MUST_CHECK;
/* One finding, as text or JSON. fix may be NULL. */
enum rc verify_finding(struct session *s, const char *what, const char *why, const char *fix, struct err *e) MUST_CHECK;

#endif
