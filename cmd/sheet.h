/* cmd/sheet.h: the recovery kit as a page to print: one self-contained HTML file, one sheet of paper a share. */
#ifndef PURSER_CMD_SHEET_H
#define PURSER_CMD_SHEET_H

#include "cmd/cmd.h"
#include "store/vault.h"

/*
 * Make path (O_EXCL, 0600, on disk when it returns). Nothing in it is loaded from anywhere. Each sheet: number and
 * K of N, the words numbered, their QR code where it can be made, fingerprint, store, date, three lines of use in
 * the language of the session (and in English beside another). E_EXISTS: it is there already. On failure no file
 * stays.
 */
enum rc sheet_make(struct session *s, const char *path, const struct kit *k, const unsigned char vault_id[16],
    struct err *e) MUST_CHECK;

#endif
