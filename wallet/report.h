/*
 * wallet/report.h: the report of an incident as one page of HTML that loads nothing, to read and to print (A4): who, what,
 * when, what was paid, who was told, deadlines, the time line, what the bundle holds and what not. Pure, and the same bytes
 * for the same input. Every text may be a stranger's: all of it is cleaned and escaped here.
 */
#ifndef PURSER_WALLET_REPORT_H
#define PURSER_WALLET_REPORT_H

#include "wallet/timeline.h"

struct report_fact { const char *name, *value; };       /* name: N_() */
struct report_file {
	const char *path;               /* in the bundle */
	const char *what;               /* "s4, paypal, imported 2026-11-21" */
	uint64_t size;
	unsigned char sha256[32];
};
struct report_deadline { const char *due, *what, *source; bool instruction; };  /* instruction: from a confirmed fact */

struct report {
	const char *(*tr)(const char *);        /* N_() into the language of the report */
	const char *lang;                       /* of <html>: "en", "zh-CN" */
	const char *title;                      /* "I1: ..." */
	const struct report_fact *fact;         /* opened, accounts, sums ... */
	size_t facts;
	const char *zone;                       /* of the times */
	const char *as_of;
	const struct timeline *timeline;        /* sorted */
	const struct report_deadline *deadline;
	size_t deadlines;
	const struct report_file *file;         /* statements and attachments */
	size_t files;
	size_t disclosed;                       /* entries of the log */
	uint64_t log_from, log_to;              /* records whose fixed part is there; both 0 and disclosed 0: none */
	bool log_broken;                        /* it has findings and was left out */
	const char *key, *kit;                  /* as minisign has it; "" no kit */
	const char *review;                     /* of the close; "" none */
};
void report_html(struct buf *out, const struct report *r);

#endif
