/* statement/parse_china.h: what Alipay's and WeChat Pay's files have in common (formats.md sections 3 and 4). */
#ifndef PURSER_STATEMENT_PARSE_CHINA_H
#define PURSER_STATEMENT_PARSE_CHINA_H

#include "statement/parse.h"

enum china_way { WAY_OUT, WAY_IN, WAY_NEUTRAL, WAY_UNKNOWN };
/* 支出, 收入, and the words for neither: 不计收支, 其他, /, empty. */
enum china_way china_way(struct str s);
/* Cells of the header: full-width brackets count as ASCII ones, blanks do not count. */
bool china_header_is(struct str cell, const char *word);
/* CNY; brackets behind the number (已退款89.84) are left off. */
enum number china_amount(struct str s, bool binary, struct money *out);
/* The same of a column whose direction stands in another one: a sign of its own contradicts that, NUMBER_BAD. */
enum number china_unsigned(struct str s, bool binary, struct money *out);
/* A row wider than the header that could not be put right may be shifted: then fits() of its layout decides. */
bool china_row_fits(const struct table *t, const struct trow *r, const struct header *h,
    bool (*fits)(const struct str *cell, size_t n, const void *ctx));
/* Could cell and the one before it be one number with a comma in it, 1,000.00? Rows are not put right by a guess. */
bool china_torn_amount(struct str before, struct str cell);
/* 服务费¥0.10 in a remark: what the move between own pots cost; positive. */
bool china_fee(struct str remark, struct money *out);
/* Moves between the owner's own pots: does money go out of the pot that is spoken of? */
bool china_pot_out(struct str type, struct str text);
/* China time into w; flags of t; counts stamps that a spreadsheet rewrote. */
void china_stamp(struct txn *t, const struct table *tab, const struct trow *r, int col, bool in_file, size_t *resaved);
/* Period of the banner. */
void china_period(struct statement *s, const struct table *tab);
/* Set NO_TWIN on closed payments whose refund row is not there. */
enum rc china_twins(struct statement *s, struct err *e) MUST_CHECK;

#endif
