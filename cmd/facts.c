/* cmd/facts.c: see facts.h. */
#include "cmd/facts.h"

#include "base/scope.h"
#include "cmd/out.h"

#include <string.h>

bool
lang_chinese(void)
{
	/* Translators: the code of this language, "zh" in Chinese. */
	return strcmp(_("en"), "zh") == 0;
}

void
facts_own_path(struct buf *out, const struct session *s)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (s->home != NULL)
		buf_addf(out, "%s/providers.txt", s->home);
	else if (config != NULL && config[0] == '/')
		buf_addf(out, "%s/purser/providers.txt", config);
	else if (home != NULL && home[0] == '/')
		buf_addf(out, "%s/.config/purser/providers.txt", home);
}

void
facts_load(struct facts *out, const struct session *s)
{
	struct facts f = { .zh = lang_chinese(), .now_ms = s->now_ms };
	AUTO(auto_close) int dir = -1;
	BUF own = { .max = 8192 };
	enum rc rc;

	if ((rc = data_open(&dir, &f.shipped)) == OK && (rc = providers_load(&f.providers, dir, &f.shipped)) == OK)
		rc = firststeps_load(&f.steps, dir, &f.shipped);
	if (rc == OK)
		f.shipped.rc = OK;
	facts_own_path(&own, s);
	if (f.providers == NULL && providers_none(&f.providers, &f.own) != OK) {
		*out = f;
		return;
	}
	rc = own.len == 0 || own.failed ? E_NOTFOUND : providers_own(f.providers, buf_str(&own), &f.own);
	if (rc == OK || rc == E_NOTFOUND)
		f.own.rc = OK;
	*out = f;
}

void
facts_free(struct facts *f)
{
	providers_free(&f->providers);
	firststeps_free(&f->steps);
}

void
facts_warn(struct session *s, const struct facts *f)
{
	if (f->shipped.rc != OK)
		warn(s, N_("What is known of providers and first steps cannot be read: %s"), f->shipped.what);
	if (f->own.rc != OK)
		warn(s, N_("Your own file of providers is left out: %s"), f->own.what);
}
