/*
 * cmd/bundle.h: an evidence bundle (keys.md section 9): what of the store goes into it, and the files that are made of it.
 * The same store and incident give the same bytes, whenever it is made: nothing in it is of the present moment.
 */
#ifndef PURSER_CMD_BUNDLE_H
#define PURSER_CMD_BUNDLE_H

#include "cmd/cmd.h"
#include "cmd/outdir.h"
#include "store/evidence.h"
#include "store/incident.h"
#include "wallet/report.h"

enum bundle_from { FROM_TEXT, FROM_STATEMENT_FILE, FROM_ATTACHMENT };
struct bundle_file {
	char *path;                     /* owned */
	enum bundle_from from;
	int64_t id;                     /* of the statement; number of the entry */
	struct buf text;                /* FROM_TEXT */
	char *what;                     /* for the report; owned, NULL: none */
	uint64_t size;
	unsigned char sha256[32];
	bool beside;                    /* not in the manifest: it came after it */
};

struct bundle {
	struct session *s;
	struct incident i;              /* title and review are owned here */
	char *title, *review;
	struct accounts accounts;
	struct evidence_log log;
	struct bundle_file *file;       /* owned */
	size_t n, cap;
	size_t unkept;                  /* statements whose bytes were not kept */
	int64_t as_of_ms;               /* the last change of the incident */
	char key[64], kit[20];
	unsigned char pk[32];
	bool chinese;                   /* there is a report in Chinese */
};
void bundle_free(struct bundle *b);
#define BUNDLE AUTO(bundle_free) struct bundle

struct bundle_how {
	const uint64_t *entry;          /* of the log, to be disclosed too */
	size_t entries;
	bool whole_log;
};

/* What it is about and what is copied: incident, accounts, statements, attachments, log. pk: of the evidence key. */
enum rc bundle_gather(struct session *s, int64_t id, const unsigned char pk[32], const struct bundle_how *how,
    struct bundle *b, struct err *e) MUST_CHECK;
/* The text files, in both languages where there are messages in Chinese. */
enum rc bundle_texts(struct bundle *b, struct err *e) MUST_CHECK;
/* Sorted; the manifest, its signatures and the request of a time stamp are added. */
enum rc bundle_sign(struct bundle *b, const unsigned char seed[32], struct err *e) MUST_CHECK;
/* All files and evidence.tar. */
enum rc bundle_write(struct bundle *b, struct outdir *o, struct err *e) MUST_CHECK;
const struct bundle_file *bundle_find(const struct bundle *b, const char *path);

/* Adds a text file; text is taken over. */
enum rc bundle_add(struct bundle *b, const char *path, struct buf *text, struct err *e) MUST_CHECK;

/* cmd/bundle_story.c: what happened, in the language of messages. */
enum rc bundle_story(struct bundle *b, struct timeline *t, struct err *e) MUST_CHECK;
/* The page. t: bundle_story() in the same language. */
enum rc bundle_report(struct bundle *b, const struct timeline *t, struct buf *out, struct err *e) MUST_CHECK;

/* cmd/bundle_due.c: its deadlines, in the language of messages. */
struct bundle_dues { size_t n; struct report_deadline *line; struct buf *text; };      /* owned; three texts a line */
void bundle_dues_free(struct bundle_dues *d);
enum rc bundle_dues(struct bundle *b, struct bundle_dues *out, struct err *e) MUST_CHECK;

#endif
