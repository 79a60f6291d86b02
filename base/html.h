/* base/html.h: text of others in a page of HTML. */
#ifndef PURSER_BASE_HTML_H
#define PURSER_BASE_HTML_H

#include "base/buf.h"

/* s as text or as the value of a quoted attribute: cleaned (utf8_clean), then & < > " ' escaped. */
void html_text(struct buf *out, const char *s);

#endif
