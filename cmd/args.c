/* cmd/args.c: argv against the command table. See cmd.h. */
#include "cmd/cmd.h"

#include "base/ascii.h"
#include "base/num.h"
#include "base/scope.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

const struct option global_options[] = {
	{ "home", 0, "DIR", N_("keep everything below DIR, as DIR/vault and DIR/device"), NULL, 0 },
	{ "json", 0, NULL, N_("JSON Lines on stdout, one object a line"), NULL, 0 },
	{ "password-fd", 0, "N", N_("read the password from descriptor N, one line"), NULL, 0 },
	{ "password-file", 0, "FILE", N_("read the password from FILE, one line"), NULL, 0 },
	{ "new-password-fd", 0, "N", N_("read the new password from descriptor N, one line"), NULL, 0 },
	{ "code-fd", 0, "N", N_("read the store's own codes from descriptor N, one a line"), NULL, 0 },
	{ "key-file", 0, "FILE", N_("the store's key file"), NULL, 0 },
	{ "kit-fd", 0, "N", N_("read the recovery kit from descriptor N, one share a line"), NULL, 0 },
	{ "clock", 0, "+SECONDS", N_("correct a wrong clock for the store's second factor"), NULL, 0 },
	{ "wait", 0, "SECONDS", N_("how long to wait for another purser (default 5)"), NULL, 0 },
	{ "tz", 0, "ZONE", N_("zone of times and date filters (default: the system's)"), NULL, 0 },
	{ "yes", 0, NULL, N_("answer yes to confirmations"), NULL, 0 },
	{ "confirm", 0, "NAME", N_("confirm what --yes is not enough for, by its name"), NULL, 0 },
	{ "no-input", 0, NULL, N_("never ask; name the option that answers instead"), NULL, 0 },
	{ "color", 0, "WHEN", N_("colors: auto, always or never"), "auto|always|never", 0 },
	{ "lang", 0, "LANG", N_("language of messages: zh or en"), "zh|en", 0 },
	{ "quiet", 'q', NULL, N_("fewer messages"), NULL, 0 },
	{ "verbose", 'v', NULL, N_("more messages"), NULL, 0 },
	{ "help", 'h', NULL, N_("show help"), NULL, 0 },
	{ "version", 0, NULL, N_("show the version"), NULL, 0 },
	{ "complete-names", 0, "KIND", NULL, NULL, OPT_HIDDEN },
	{ NULL, 0, NULL, NULL, NULL, 0 }
};

/* Where the value of a global option goes; help, version and complete-names are args_scan()'s. */
static const struct { const char *name; size_t at; } global_flags[] = {
	{ "json", offsetof(struct session, json) }, { "yes", offsetof(struct session, yes) },
	{ "no-input", offsetof(struct session, no_input) }, { "quiet", offsetof(struct session, quiet) },
	{ "verbose", offsetof(struct session, verbose) },
}, global_fds[] = {
	{ "password-fd", offsetof(struct session, password_fd) },
	{ "new-password-fd", offsetof(struct session, new_password_fd) },
	{ "code-fd", offsetof(struct session, code_fd) }, { "kit-fd", offsetof(struct session, kit_fd) },
}, global_texts[] = {
	{ "password-file", offsetof(struct session, password_file) }, { "key-file", offsetof(struct session, key_file) },
	{ "tz", offsetof(struct session, tz) }, { "confirm", offsetof(struct session, confirm) },
	{ "lang", offsetof(struct session, lang) },
};

const struct command *
command_find(const struct command *const *table, const char *name)
{
	for (; table != NULL && *table != NULL; table++) {
		if (strcmp((*table)->name, name) == 0)
			return *table;
	}
	return NULL;
}

/* By its long name (n bytes), or by its letter when name is NULL. */
static const struct option *
option_in(const struct option *o, const char *name, size_t n, char letter)
{
	for (; o != NULL && o->name != NULL; o++) {
		if (name != NULL ? strncmp(o->name, name, n) == 0 && o->name[n] == '\0' : o->letter == letter)
			return o;
	}
	return NULL;
}

/* A command's own option comes before the global one: secret restore --version N. */
static const struct option *
option_known(const struct args *a, const char *name, size_t n, char letter)
{
	const struct option *o = a->self != NULL ? option_in(a->self->options, name, n, letter) : NULL;

	return o != NULL ? o : option_in(global_options, name, n, letter);
}

/* Before the subcommand is known its options count too: `account --provider paypal add NAME`. */
static const struct option *
option_find(const struct args *a, const char *name, size_t n, char letter)
{
	const struct option *o = option_known(a, name, n, letter);

	if (o == NULL && a->self != NULL && a->sub == NULL) {
		for (const struct command *const *sub = a->self->subs; o == NULL && sub != NULL && *sub != NULL; sub++)
			o = option_in((*sub)->options, name, n, letter);
	}
	return o;
}

/* One word of argv taken apart. */
struct word {
	enum { W_ARG, W_LONG, W_LETTERS, W_END } kind;
	const char *name, *value;      /* W_LONG: name, n, and the value after "=", or NULL */
	size_t n;
};

static struct word
word_read(const char *w, bool ended)
{
	struct word r = { W_ARG, w, NULL, 0 };

	if (ended || w[0] != '-' || w[1] == '\0')
		return r;
	if (w[1] != '-') {
		/* A negative amount is an argument; no option has a digit for its letter. */
		if (strchr("0123456789.,", w[1]) == NULL)
			r.kind = W_LETTERS;
		return r;
	}
	if (w[2] == '\0') {
		r.kind = W_END;
		return r;
	}
	r.kind = W_LONG;
	r.name = w + 2;
	r.n = strcspn(r.name, "=");
	r.value = r.name[r.n] == '=' ? r.name + r.n + 1 : NULL;
	return r;
}

/* A file that is missing is no name: what looks like one is left to be complained about. */
static bool
file_like(const char *w)
{
	static const char *const ends[] = { ".csv", ".txt", ".tsv", ".zip", ".xlsx" };
	size_t n = strlen(w);

	if (strchr(w, '/') != NULL)
		return true;
	for (size_t i = 0; i < COUNTOF(ends); i++) {
		size_t k = strlen(ends[i]);

		if (n > k && ascii_is(w + n - k, k, ends[i]))
			return true;
	}
	return false;
}

/* Does the option take the next word as its value? */
static bool
takes_next(const struct option *o, const char *next)
{
	if (o == NULL || o->arg == NULL)
		return false;
	if (!(o->flags & OPT_OPTIONAL))
		return true;
	return next != NULL && next[0] != '-' && !file_like(next) && access(next, F_OK) != 0;
}

static void
scan_early(struct session *s, const struct option *o, const char *value, const char **early)
{
	if (o == NULL || o < global_options || o >= global_options + COUNTOF(global_options))
		return;
	if (strcmp(o->name, "json") == 0)
		s->json = true;
	else if (strcmp(o->name, "lang") == 0 && value != NULL && (strcmp(value, "zh") == 0 || strcmp(value, "en") == 0))
		s->lang = value;
	else if (strcmp(o->name, "help") == 0 && *early == NULL)
		*early = "help";
	else if (strcmp(o->name, "version") == 0 && *early == NULL)
		*early = "version";
	else if (strcmp(o->name, "complete-names") == 0)
		*early = "complete-names";
}

/* The first argument is the command, the next one perhaps a subcommand; after "--" it is never one. */
static void
scan_arg(const struct command *const *table, int at, char *w, bool ended, struct args *a, bool *settled)
{
	const struct command *c;

	if (a->cmd == NULL) {
		if (a->unknown == NULL && (c = command_find(table, w)) != NULL && c->name[0] != '\0') {
			a->cmd = a->self = c;
			a->cmd_at = at;
		} else if (a->unknown == NULL) {
			a->unknown = w;
		}
		return;
	}
	if (*settled)
		return;
	*settled = true;
	if (!ended && (c = command_find(a->cmd->subs, w)) != NULL) {
		a->sub = a->self = c;
		a->sub_at = at;
	}
}

void
args_scan(struct session *s, const struct command *const *table, int argc, char **argv, struct args *a, const char **early)
{
	const struct option *o;
	bool ended = false, settled = false;

	*a = (struct args){ 0 };
	*early = NULL;
	for (int i = 1; i < argc; i++) {
		struct word w = word_read(argv[i], ended);
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;

		if (w.kind == W_END) {
			ended = true;
		} else if (w.kind == W_ARG) {
			scan_arg(table, i, argv[i], ended, a, &settled);
		} else if (w.kind == W_LONG) {
			o = option_find(a, w.name, w.n, 0);
			scan_early(s, o, w.value ? w.value : next, early);
			if (w.value == NULL && takes_next(o, next))
				i++;
		} else {
			for (const char *l = argv[i] + 1; *l; l++) {
				o = option_find(a, NULL, 0, *l);
				scan_early(s, o, NULL, early);
				if (o == NULL || o->arg == NULL)
					continue;
				if (l[1] == '\0' && takes_next(o, next))
					i++;
				break;
			}
		}
	}
	if (a->cmd == NULL && a->unknown == NULL)
		a->cmd = a->self = command_find(table, "");
}

/* -- errors -- */

static void
full_name(struct buf *b, const struct args *a)
{
	buf_adds(b, "purser");
	if (a->cmd != NULL && a->cmd->name[0] != '\0')
		buf_addf(b, " %s", a->cmd->name);
	if (a->sub != NULL)
		buf_addf(b, " %s", a->sub->name);
}

static void
names_of(const struct command *const *table, const char **out, size_t *n, size_t max)
{
	for (*n = 0; table != NULL && *table != NULL && *n < max; table++) {
		if (!((*table)->flags & CMD_HIDDEN) && (*table)->name[0] != '\0')
			out[(*n)++] = (*table)->name;
	}
}

/* Somebody whose money is leaving must not believe that it is frozen now. */
static bool
near_freeze(const char *word)
{
	static const char *const meant[] = { "panic", "emergency", "lockdown", "sos", "block", "stop", "halt", "ice", "冻结" };

	for (size_t i = 0; i < COUNTOF(meant); i++) {
		if (strcasecmp(word, meant[i]) == 0)
			return true;
	}
	if (strlen(word) >= 3 && strncasecmp(word, "freeze", strlen(word)) == 0)
		return true;
	return strncasecmp(word, "freeze", 6) == 0 || (strlen(word) >= 4 && edit_distance(word, "freeze", 2) <= 2);
}

static enum rc
no_command(const struct command *const *table, const char *word, struct err *e)
{
	const char *names[128];
	char near[200];
	size_t n;

	(void)err_set(e, E_USAGE, N_("no command \"%s\". Nothing was done."), word);
	if (command_find(table, "freeze") != NULL && near_freeze(word)) {
		(void)err_set(e, E_USAGE, N_("no command \"%s\"."), word);
		err_next(e, N_("Nothing was frozen. Type: purser freeze"));
		return E_USAGE;
	}
	names_of(table, names, &n, COUNTOF(names));
	suggest(near, sizeof near, word, names, n);
	if (near[0] != '\0')
		err_next(e, N_("Near: %s"), near);
	else
		err_next(e, "purser help");
	return E_USAGE;
}

/* What to type instead: near subcommands, or the usage line. */
static void
next_usage(const struct args *a, const char *word, struct err *e)
{
	const char *names[64];
	char near[200] = "";
	BUF b = { .max = 1024 };
	size_t n;

	if (a->sub == NULL && a->cmd->subs != NULL && word != NULL) {
		names_of(a->cmd->subs, names, &n, COUNTOF(names));
		suggest(near, sizeof near, word, names, n);
	}
	if (near[0] != '\0') {
		err_next(e, N_("Near: %s"), near);
		return;
	}
	full_name(&b, a);
	if (a->self->run == NULL && a->sub == NULL && a->cmd->subs != NULL) {
		names_of(a->cmd->subs, names, &n, COUNTOF(names));
		for (size_t i = 0; i < n; i++)
			buf_addf(&b, "%s%s", i == 0 ? " " : "|", names[i]);
	} else if (a->self->usage != NULL) {
		buf_addf(&b, " %s", a->self->usage);
	}
	err_next(e, "%s", buf_str(&b));
}

static enum rc
no_option(const struct args *a, const char *word, size_t len, struct err *e)
{
	const char *names[160];
	char near[200], typed[64];
	BUF full = { .max = 1024 };
	size_t n = 0;

	full_name(&full, a);
	(void)err_set(e, E_USAGE, N_("%s has no option %.*s"), buf_str(&full), (int)len, word);
	for (const struct option *o = a->self ? a->self->options : NULL; o != NULL && o->name != NULL; o++)
		if (n < COUNTOF(names) && !(o->flags & OPT_HIDDEN))
			names[n++] = o->name;
	for (const struct option *o = global_options; o->name != NULL; o++)
		if (n < COUNTOF(names) && !(o->flags & OPT_HIDDEN))
			names[n++] = o->name;
	(void)snprintf(typed, sizeof typed, "%.*s", (int)(len < 3 ? 0 : len - 2), len < 3 ? "" : word + 2);
	suggest(near, sizeof near, typed, names, typed[0] != '\0' ? n : 0);
	if (near[0] != '\0') {
		err_next(e, N_("Near: %s"), near);
		return E_USAGE;
	}
	if (a->cmd != NULL && a->cmd->name[0] != '\0')
		err_next(e, "purser help %s%s%s", a->cmd->name, a->sub ? " " : "", a->sub ? a->sub->name : "");
	else
		err_next(e, "purser help");
	return E_USAGE;
}

/* -- values -- */

static bool
choice_ok(const char *choices, const char *value)
{
	size_t n = strlen(value), k;

	for (const char *p = choices; *p; p += k + (p[k] == '|')) {
		k = strcspn(p, "|");
		if (k == n && strncmp(p, value, n) == 0)
			return true;
	}
	return false;
}

static enum rc
wrong_value(const char *name, const char *value, const char *want, struct err *e)
{
	return err_set(e, E_USAGE, N_("--%s: \"%s\" is not %s"), name, value, want);
}

static enum rc
set_number(struct session *s, const struct option *o, const char *v, struct err *e)
{
	uint64_t u = 0;
	int64_t i = 0;

	for (size_t k = 0; k < COUNTOF(global_fds); k++) {
		if (strcmp(o->name, global_fds[k].name) != 0)
			continue;
		if (!num_u64(v, 0, 1 << 20, &u))
			return wrong_value(o->name, v, _("the number of a descriptor"), e);
		*(int *)(void *)((char *)s + global_fds[k].at) = (int)u;
	}
	if (strcmp(o->name, "wait") == 0) {
		if (!num_u64(v, 0, 86400, &u))
			return wrong_value(o->name, v, _("a number of seconds"), e);
		s->wait_ms = (int64_t)u * 1000;
	}
	if (strcmp(o->name, "clock") == 0) {
		if (!num_i64(v[0] == '+' ? v + 1 : v, -1000000000, 1000000000, &i) || (v[0] == '+' && v[1] == '-'))
			return wrong_value(o->name, v, _("a number of seconds"), e);
		s->clock_s = i;
	}
	return OK;
}

static enum rc
set_global(struct session *s, const struct option *o, const char *v, struct err *e)
{
	for (size_t k = 0; k < COUNTOF(global_flags); k++)
		if (strcmp(o->name, global_flags[k].name) == 0)
			*(bool *)(void *)((char *)s + global_flags[k].at) = true;
	for (size_t k = 0; k < COUNTOF(global_texts); k++)
		if (strcmp(o->name, global_texts[k].name) == 0)
			*(const char **)(void *)((char *)s + global_texts[k].at) = v;
	if (strcmp(o->name, "home") == 0) {
		if (v[0] == '\0')
			return wrong_value(o->name, v, _("a directory"), e);
		free(s->home);
		if ((s->home = strdup(v)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
	}
	if (strcmp(o->name, "color") == 0)
		s->color = strcmp(v, "auto") == 0 ? COLOR_AUTO : strcmp(v, "always") == 0 ? COLOR_ALWAYS : COLOR_NEVER;
	return set_number(s, o, v, e);
}

static bool
is_global(const struct option *o)
{
	for (const struct option *g = global_options; g->name != NULL; g++)
		if (g == o)
			return true;
	return false;
}

static enum rc
set_option(struct session *s, struct args *a, const struct option *o, const char *v, struct err *e)
{
	if (o->arg != NULL && v == NULL && !(o->flags & OPT_OPTIONAL))
		return err_set(e, E_USAGE, N_("--%s needs a value: --%s %s"), o->name, o->name, o->arg);
	if (o->arg == NULL && v != NULL)
		return err_set(e, E_USAGE, N_("--%s takes no value"), o->name);
	if (v != NULL && o->choices != NULL && !choice_ok(o->choices, v))
		return wrong_value(o->name, v, o->choices, e);
	if (is_global(o))
		return set_global(s, o, v, e);
	a->opt[a->nopt++] = (struct optval){ o, v };
	return OK;
}

/* -- the second pass -- */

static enum rc
parse_letters(struct session *s, struct args *a, const char *w, const char *next, int *i, struct err *e)
{
	const struct option *o;
	const char *v;
	char shown[3] = "-?";
	enum rc rc;

	for (const char *l = w + 1; *l; l++) {
		v = NULL;
		shown[1] = *l;
		if ((o = option_known(a, NULL, 0, *l)) == NULL)
			return no_option(a, shown, 2, e);
		if (o->arg != NULL && l[1] != '\0') {
			v = l + 1 + (l[1] == '=');
		} else if (takes_next(o, next) && next != NULL) {
			v = next;
			(*i)++;
		}
		if ((rc = set_option(s, a, o, v, e)) != OK)
			return rc;
		if (o->arg != NULL)
			break;
	}
	return OK;
}

static enum rc
parse_long(struct session *s, struct args *a, const struct word *w, const char *next, int *i, struct err *e)
{
	const struct option *o = option_known(a, w->name, w->n, 0);
	const char *v = w->value;

	if (o == NULL)
		return no_option(a, w->name - 2, w->n + 2, e);
	if (v == NULL && next != NULL && takes_next(o, next)) {
		v = next;
		(*i)++;
	}
	return set_option(s, a, o, v, e);
}

static enum rc
parse_words(struct session *s, int argc, char **argv, struct args *a, struct err *e)
{
	bool ended = false;
	enum rc rc = OK;

	for (int i = 1; i < argc && rc == OK; i++) {
		struct word w = word_read(argv[i], ended);
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;

		if (w.kind == W_END)
			ended = true;
		else if (w.kind == W_LETTERS)
			rc = parse_letters(s, a, argv[i], next, &i, e);
		else if (w.kind == W_LONG)
			rc = parse_long(s, a, &w, next, &i, e);
		else if (i != a->cmd_at && i != a->sub_at)
			a->v[a->n++] = argv[i];
	}
	return rc;
}

static enum rc
check_count(const struct args *a, struct err *e)
{
	const struct command *c = a->self;
	BUF full = { .max = 1024 };

	full_name(&full, a);
	if (c->run == NULL) {
		if (a->n == 0)
			(void)err_set(e, E_USAGE, N_("%s: a subcommand is missing"), buf_str(&full));
		else
			(void)err_set(e, E_USAGE, N_("%s has no subcommand \"%s\". Nothing was done."), buf_str(&full),
			    a->v[0]);
		next_usage(a, a->n ? a->v[0] : NULL, e);
		return E_USAGE;
	}
	if (a->n < c->min_args) {
		(void)err_set(e, E_USAGE, N_("%s: an argument is missing"), buf_str(&full));
		next_usage(a, NULL, e);
		return E_USAGE;
	}
	if (a->n > c->max_args) {
		(void)err_set(e, E_USAGE, N_("%s: \"%s\" is one argument too many. Nothing was done."), buf_str(&full),
		    a->v[c->max_args]);
		next_usage(a, a->v[c->max_args], e);
		return E_USAGE;
	}
	return OK;
}

enum rc
args_parse(struct session *s, const struct command *const *table, int argc, char **argv, struct args *a, struct err *e)
{
	size_t most = 1;
	enum rc rc;

	if (a->unknown != NULL)
		return no_command(table, a->unknown, e);
	for (int i = 1; i < argc; i++)
		most += strlen(argv[i]);                     /* "-abc" is three options */
	a->v = calloc((size_t)argc + 1, sizeof *a->v);
	a->opt = calloc(most, sizeof *a->opt);
	if (a->v == NULL || a->opt == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	rc = parse_words(s, argc, argv, a, e);
	if (rc == OK && a->self != NULL)
		rc = check_count(a, e);
	if (rc == E_USAGE && a->self != NULL && (a->self->flags & CMD_EMERGENCY))
		err_next(e, N_("Nothing was frozen. Type: purser freeze"));
	return rc;
}

void
args_free(struct args *a)
{
	free(a->v);
	free(a->opt);
	*a = (struct args){ 0 };
}

/* -- for run() -- */

static const struct optval *
last_of(const struct args *a, const char *name)
{
	assert(option_in(a->self->options, name, strlen(name), 0) != NULL);
	for (unsigned i = a->nopt; i > 0; i--) {
		if (strcmp(a->opt[i - 1].option->name, name) == 0)
			return &a->opt[i - 1];
	}
	return NULL;
}

bool
arg_has(const struct args *a, const char *name)
{
	return last_of(a, name) != NULL;
}

const char *
arg_str(const struct args *a, const char *name)
{
	const struct optval *o = last_of(a, name);

	return o ? o->value : NULL;
}

const char *
arg_nth(const struct args *a, const char *name, unsigned i)
{
	assert(option_in(a->self->options, name, strlen(name), 0) != NULL);
	for (unsigned k = 0; k < a->nopt; k++) {
		if (strcmp(a->opt[k].option->name, name) == 0 && i-- == 0)
			return a->opt[k].value;
	}
	return NULL;
}

unsigned
arg_count(const struct args *a, const char *name)
{
	unsigned n = 0;

	assert(option_in(a->self->options, name, strlen(name), 0) != NULL);
	for (unsigned k = 0; k < a->nopt; k++)
		n += strcmp(a->opt[k].option->name, name) == 0;
	return n;
}

enum rc
arg_u64(const struct args *a, const char *name, uint64_t min, uint64_t max, uint64_t *out, struct err *e)
{
	const struct optval *o = last_of(a, name);

	if (o == NULL || o->value == NULL || num_u64(o->value, min, max, out))
		return OK;
	return err_set(e, E_USAGE, N_("--%s: \"%s\" is not a whole number from %llu to %llu"), name, o->value,
	    (unsigned long long)min, (unsigned long long)max);
}

enum rc
arg_seconds(const struct args *a, const char *name, int64_t min, int64_t max, int64_t *out, struct err *e)
{
	static const struct { char unit; int64_t s; } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	const struct optval *o = last_of(a, name);
	char digits[24];
	int64_t v, f = 1;
	size_t n;

	if (o == NULL || o->value == NULL)
		return OK;
	n = strlen(o->value);
	for (size_t i = 0; n > 0 && i < COUNTOF(units); i++) {
		if (o->value[n - 1] == units[i].unit) {
			f = units[i].s;
			n--;
			break;
		}
	}
	(void)snprintf(digits, sizeof digits, "%.*s", (int)(n < sizeof digits ? n : 0), o->value);
	if (!num_i64(digits, 0, INT64_MAX / 86400, &v) || v * f < min || v * f > max)
		return err_set(e, E_USAGE, N_("--%s: \"%s\" is not a time such as 90s, 10m, 8h or 2d within its limits"), name,
		    o->value);
	*out = v * f;
	return OK;
}

enum rc
arg_exclusive(const struct args *a, const char *x, const char *y, struct err *e)
{
	if (!arg_has(a, x) || !arg_has(a, y))
		return OK;
	return err_set(e, E_USAGE, N_("--%s and --%s exclude each other"), x, y);
}
