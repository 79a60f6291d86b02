/*
 * wallet/datafile.h: the reviewed facts that come with purser (room data/): text files of records, read at run time.
 *
 *     # comment
 *     key: value
 *     key: value
 *                      <- a blank line ends a record
 * UTF-8, LF. A key stands at the start of its line; its value is the rest after ": ". Files are bounded (see below) and
 * checked as a whole: one clear error, "NAME:LINE: reason", or everything.
 */
#ifndef PURSER_WALLET_DATAFILE_H
#define PURSER_WALLET_DATAFILE_H

#include "base/buf.h"

#include <stdint.h>

#define DATA_FILE_MAX (256u * 1024u)    /* bytes */
#define DATA_LINE_MAX 1024u
#define DATA_RECORDS_MAX 512u
#define DATA_FIELDS_MAX 24u             /* of one record */

/* How sure a fact is. DATA_CONFIRMED: the provider's own page or the text of the law says so. DATA_SECOND: a third
 * party does: shown with "reported by" and its source, never a default action. DATA_UNCONFIRMED is never shipped as a
 * fact. */
enum data_status { DATA_CONFIRMED, DATA_SECOND, DATA_UNCONFIRMED };
const char *data_status_name(enum data_status s);       /* "confirmed", "confirmed-2nd", "unconfirmed" */
#define DATA_STALE_DAYS 180             /* an older fact is shown with "may be out of date" */

/* Where a fact comes from; every record has one. Strings live as long as the file they are from. */
struct fact {
	const char *source;             /* an address, a document */
	char checked[11];               /* YYYY-MM-DD */
	int64_t day;                    /* the same in days since 1970 */
	enum data_status status;
};
bool fact_stale(const struct fact *f, int64_t now_ms);         /* older than that, or of a day that is still to come */

/* Opens the directory of the data: `data` beside the program (build tree), ../share/purser from it, or PURSER_DATA as
 * configured. E_NOTFOUND. */
enum rc data_open(int *dirfd, struct err *e) MUST_CHECK;

/* One key that a file may have. */
struct data_key { const char *key; bool required, many; };
/* One shape of record: the key that it begins with (NULL: any), and its keys, the last one NULL. bare: no provenance;
 * otherwise `source`, `checked` and `status` are required and need not be in keys. */
struct data_shape { const char *first; const struct data_key *keys; bool bare; };

struct data_field { const char *key, *value; unsigned line; };
struct data_record {
	unsigned line;
	const struct data_shape *shape;         /* the caller's; not kept by datafile_load() */
	size_t fields;
	struct data_field *field;
};
struct datafile {
	struct buf text;                /* owned; the strings point into it */
	struct data_field *fields;      /* owned, of all records */
	struct data_record *rec;        /* owned */
	size_t n;
	char name[256];
};
void datafile_free(struct datafile *f);
/* A file whose records have all one shape, with provenance. E_NOTFOUND; E_INPUT "NAME:LINE: ..." for anything that is
 * not as documented. */
enum rc datafile_load(struct datafile *out, int dirfd, const char *name, const struct data_key *keys, struct err *e)
    MUST_CHECK;
/* A file of several shapes; the list ends with one without keys and must outlive the file. */
enum rc datafile_shapes(struct datafile *out, int dirfd, const char *name, const struct data_shape *shapes,
    struct err *e) MUST_CHECK;
/* The same from memory: text is taken over (emptied) in any case; name is for messages. */
enum rc datafile_parse(struct datafile *out, struct buf *text, const char *name, const struct data_shape *shapes,
    struct err *e) MUST_CHECK;
const char *data_get(const struct data_record *r, const char *key);     /* the first of that key; NULL: none */
const char *data_nth(const struct data_record *r, const char *key, size_t i);   /* from 0; NULL past the end */
enum rc data_fact(const struct datafile *f, const struct data_record *r, struct fact *out, struct err *e) MUST_CHECK;
/* E_INPUT "NAME:LINE: key: reason" for a value that is not acceptable; reason is N_(). */
enum rc data_bad(const struct datafile *f, const struct data_record *r, const char *key, const char *reason,
    struct err *e);

#endif
