/* statement/client.h: statement_read() with the reader's program given; for the tests of the main side. */
#ifndef PURSER_STATEMENT_CLIENT_H
#define PURSER_STATEMENT_CLIENT_H

#include "statement/statement.h"

enum rc statement_read_by(const char *reader, struct statements *out, int fd, const char *name,
    const struct read_options *o, const struct secret *zip_password, struct err *e) MUST_CHECK;
/* Resolve the zones of all rows. */
void statements_resolve(struct statements *all);

#endif
