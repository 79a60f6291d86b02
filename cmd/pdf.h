/*
 * cmd/pdf.h: a page of HTML as PDF, by the program weasyprint where it is installed. It is a program of the person, started
 * outside of the sandbox (launch.h) with an environment of its own; the page loads nothing, so it has nothing to fetch.
 */
#ifndef PURSER_CMD_PDF_H
#define PURSER_CMD_PDF_H

#include "cmd/cmd.h"

/* html: read from its beginning; pdf: an empty file. false: no PDF, and why in words (translated, one line). chinese: a
 * font for it is needed. */
bool pdf_make(struct session *s, int html, int pdf, bool chinese, struct buf *why);

#endif
