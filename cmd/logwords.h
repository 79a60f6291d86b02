/* cmd/logwords.h: entries of the log in words for people; machine output keeps the words of store/log.h. */
#ifndef PURSER_CMD_LOGWORDS_H
#define PURSER_CMD_LOGWORDS_H

#include "agent/access.h"
#include "store/log.h"

/* Which account and kind a record of a secret is: for those that are still there. */
struct record_names;
enum rc record_names_get(struct access *a, struct record_names **out, struct err *e) MUST_CHECK;
void record_names_free(struct record_names **n);        /* AUTO(record_names_free) */

/* What happened, translated; an event that is not known stays as it is. */
const char *log_event_words(const char *event);
/* The rest of the entry: "paypal password v2, copy". names may be NULL. */
void log_fields_words(struct buf *b, const struct log_text *t, const struct record_names *names);

#endif
