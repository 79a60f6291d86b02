/*
 * statement/note.h: what readers have to say, in a machine form that crosses the pipe, can be kept and is
 * translated when it is shown: "CODE NUMBER TEXT". Refusals, reasons of bad rows and warnings are all of this form.
 */
#ifndef PURSER_STATEMENT_NOTE_H
#define PURSER_STATEMENT_NOTE_H

#include "statement/statement.h"

#define NOTE_MAX 512u                   /* bytes of a whole note; longer texts are cut */

/* Make a note; text is cleaned and cut. code must be in the table of note.c: others do not pass note_valid(). */
void note_make(char out[NOTE_MAX], const char *code, uint64_t number, const char *text, size_t len);
bool note_valid(const char *note);
/* A refusal: e.what is the note; the main program makes a sentence of it with note_refuse(). Returns rc. */
enum rc refuse(struct err *e, enum rc rc, const char *code, uint64_t number, const char *text, size_t len);
/* "NAME:214 ends inside a row": the sentence for a refusal of the file called name, into e. Returns rc. */
enum rc note_refuse(struct err *e, enum rc rc, const char *name, const char *note);
/* Append a warning or a bad row. */
enum rc statement_warn(struct statement *s, const char *code, uint64_t number, const char *text, size_t len,
    struct err *e) MUST_CHECK;
enum rc statement_bad(struct statement *s, uint32_t row, uint32_t sheet, const char *code, uint64_t number,
    const char *text, size_t len, struct err *e) MUST_CHECK;

#endif
