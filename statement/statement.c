/* statement/statement.c: see statement.h. */
#include "statement/statement.h"

#include "statement/note.h"

#include <string.h>

void
statement_free(struct statement *s)
{
	free(s->format);
	free(s->provider);
	free(s->entry);
	free(s->account_hint);
	free(s->language);
	free(s->encoding);
	for (size_t i = 0; i < s->headers; i++)
		free(s->header[i]);
	free(s->header);
	for (size_t i = 0; i < s->rows; i++)
		txn_free(&s->row[i]);
	free(s->row);
	for (size_t i = 0; i < s->bads; i++)
		free(s->bad[i].reason);
	free(s->bad);
	for (size_t i = 0; i < s->warnings; i++)
		free(s->warning[i]);
	free(s->warning);
	*s = (struct statement){ 0 };
}

void
statements_free(struct statements *all)
{
	for (size_t i = 0; i < all->n; i++)
		statement_free(&all->s[i]);
	free(all->s);
	*all = (struct statements){ 0 };
}

enum rc
statements_add(struct statements *all, struct statement *s, struct err *e)
{
	struct statement *more = realloc(all->s, (all->n + 1) * sizeof *more);

	if (more == NULL)
		return refuse(e, E_NOMEM, "memory", 0, "", 0);
	all->s = more;
	all->s[all->n++] = *s;
	*s = (struct statement){ 0 };
	return OK;
}
