/* The command line against a table of its own: options on either side, errors, suggestions, near misses of freeze. */
#include "cmd/cmd.h"
#include "tests/tap.h"

#include <unistd.h>

static enum rc
run(struct session *s, const struct args *a, struct err *e)
{
	(void)s;
	(void)a;
	(void)e;
	return OK;
}

static const struct option freeze_options[] = { { "reason", 'r', "TEXT", "why", NULL, 0 }, { 0 } };
static const struct command t_freeze = { .name = "freeze", .group = GROUP_EMERGENCY, .summary = "s", .options = freeze_options,
	.max_args = 1, .flags = CMD_EMERGENCY, .run = run };

static const struct option add_options[] = { { "provider", 'p', "NAME", "h", NULL, 0 }, { "url", 0, "URL", "h", NULL, 0 }, { 0 } };
static const struct command t_add = { .name = "add", .usage = "NAME", .summary = "s", .options = add_options, .min_args = 1,
	.max_args = 1, .run = run };
static const struct command t_list = { .name = "list", .summary = "s", .run = run };
static const struct command *const account_subs[] = { &t_add, &t_list, NULL };
static const struct command t_account = { .name = "account", .group = GROUP_DAILY, .summary = "s", .subs = account_subs };

static const struct option history_options[] = {
	{ "limit", 'n', "N", "h", NULL, 0 }, { "account", 'a', "NAME", "h", NULL, 0 }, { "review", 0, NULL, "h", NULL, 0 },
	{ "idle", 0, "TIME", "h", NULL, 0 }, { "format", 0, "F", "h", "csv|json", 0 }, { "min", 0, "AMOUNT", "h", NULL, 0 }, { 0 }
};
static const struct command t_show = { .name = "show", .usage = "ID", .summary = "s", .min_args = 1, .max_args = MANY, .run = run };
static const struct command *const history_subs[] = { &t_show, NULL };
static const struct command t_history = { .name = "history", .group = GROUP_DAILY, .usage = "[NAME]", .summary = "s",
	.options = history_options, .subs = history_subs, .max_args = 1, .run = run };

static const struct option import_options[] = { { "create", 0, "NAME", "h", NULL, OPT_OPTIONAL }, { 0 } };
static const struct command t_import = { .name = "import", .group = GROUP_DAILY, .usage = "FILE...", .summary = "s",
	.options = import_options, .min_args = 1, .max_args = MANY, .run = run };
static const struct command t_where = { .name = "", .summary = "s", .run = run };
static const struct command t_status = { .name = "status", .group = GROUP_STORE, .summary = "s", .run = run };
static const struct command t_statement = { .name = "statement", .group = GROUP_STORE, .summary = "s", .run = run };
static const struct command *const table[] = { &t_where, &t_freeze, &t_account, &t_history, &t_import, &t_status, &t_statement, NULL };

struct parsed {
	struct session s;
	struct args a;
	struct err e;
	const char *early;
	enum rc rc;
	char *argv[40];
	char text[512];
};

/* line: words with blanks between; "'" stands for an empty word. */
static void
parse(struct parsed *p, const char *line)
{
	int argc = 0;
	char *save = NULL, *w;

	memset(p, 0, sizeof *p);
	(void)snprintf(p->text, sizeof p->text, "%s", line);
	for (w = strtok_r(p->text, " ", &save); w != NULL && argc < 39; w = strtok_r(NULL, " ", &save))
		p->argv[argc++] = strcmp(w, "'") == 0 ? w + 1 : w;
	session_init(&p->s);
	args_scan(&p->s, table, argc, p->argv, &p->a, &p->early);
	p->rc = args_parse(&p->s, table, argc, p->argv, &p->a, &p->e);
}

static void
done(struct parsed *p)
{
	args_free(&p->a);
	session_free(&p->s);
}

static const struct {
	const char *line;
	enum rc rc;
	const char *what;        /* part of the message */
	const char *next;        /* part of the next line */
} errors[] = {
	{ "purser", OK, NULL, NULL },
	{ "purser status", OK, NULL, NULL },
	{ "purser freeze", OK, NULL, NULL },
	{ "purser freeze all", OK, NULL, NULL },
	{ "purser statsu", E_USAGE, "no command \"statsu\"", "status" },
	{ "purser statment", E_USAGE, "no command", "statement" },
	{ "purser xyzzy", E_USAGE, "no command", "purser help" },
	{ "purser hist", E_USAGE, "no command", "history" },
	{ "purser frezee", E_USAGE, "no command \"frezee\"", "Nothing was frozen. Type: purser freeze" },
	{ "purser frez", E_USAGE, "no command", "Nothing was frozen" },
	{ "purser freez", E_USAGE, "no command", "Nothing was frozen" },
	{ "purser frreze", E_USAGE, "no command", "Nothing was frozen" },
	{ "purser freeeze", E_USAGE, "no command", "Nothing was frozen" },
	{ "purser FREEZE", E_USAGE, "no command", "Nothing was frozen" },
	{ "purser freeze-all", E_USAGE, "no command", "Nothing was frozen" },
	{ "purser fre", E_USAGE, "no command", "Nothing was frozen" },
	{ "purser panic", E_USAGE, "no command", "Nothing was frozen" },
	{ "purser --json panic", E_USAGE, "no command", "Nothing was frozen" },
	{ "purser freeze --reson x", E_USAGE, "has no option --reson", "Nothing was frozen" },
	{ "purser freeze a b", E_USAGE, "one argument too many", "Nothing was frozen" },
	{ "purser freeze --reason", E_USAGE, "needs a value", "Nothing was frozen" },
	{ "purser breeze", E_USAGE, "no command", "Nothing was frozen" },
	{ "purser account", E_USAGE, "a subcommand is missing", "purser account add|list" },
	{ "purser account ad x", E_USAGE, "has no subcommand \"ad\"", "Near: add" },
	{ "purser account add", E_USAGE, "an argument is missing", "purser account add NAME" },
	{ "purser account add x y", E_USAGE, "\"y\" is one argument too many", "purser account add NAME" },
	{ "purser account list --provider x", E_USAGE, "has no option --provider", "purser help account list" },
	{ "purser history --limt 3", E_USAGE, "purser history has no option --limt", "limit" },
	{ "purser history -z", E_USAGE, "has no option -z", "purser help history" },
	{ "purser history --limit", E_USAGE, "--limit needs a value: --limit N", NULL },
	{ "purser history --review=yes", E_USAGE, "--review takes no value", NULL },
	{ "purser history --format xml", E_USAGE, "--format: \"xml\" is not csv|json", NULL },
	{ "purser history --format cs", E_USAGE, "is not csv|json", NULL },
	{ "purser history a b", E_USAGE, "one argument too many", NULL },
	{ "purser import", E_USAGE, "an argument is missing", "purser import FILE..." },
	{ "purser status --color sometimes", E_USAGE, "--color", NULL },
	{ "purser status --lang fr", E_USAGE, "--lang", NULL },
	{ "purser status --wait -1", E_USAGE, "--wait", NULL },
	{ "purser status --wait 5s", E_USAGE, "--wait", NULL },
	{ "purser status --password-fd x", E_USAGE, "--password-fd", NULL },
	{ "purser status --clock +-5", E_USAGE, "--clock", NULL },
	{ "purser status --home=", E_USAGE, "--home", NULL },
	{ "purser status --hom x", E_USAGE, "has no option --hom", "home" },
	{ "purser status --", OK, NULL, NULL },
	{ "purser --no-such", E_USAGE, "purser has no option --no-such", "purser help" },
};

static void
test_errors(void)
{
	struct parsed p;

	for (size_t i = 0; i < COUNTOF(errors); i++) {
		bool good;

		parse(&p, errors[i].line);
		good = p.rc == errors[i].rc && (errors[i].what == NULL || strstr(p.e.what, errors[i].what) != NULL) &&
		    (errors[i].next == NULL || strstr(p.e.next, errors[i].next) != NULL);
		if (!ok(good, "%s: %d", errors[i].line, (int)errors[i].rc))
			printf("# got %d, what '%s', next '%s'\n", (int)p.rc, p.e.what, p.e.next);
		done(&p);
	}
}

static void
test_sides(void)
{
	static const char *const lines[] = {
		"purser --json --wait 7 account add wallet --provider alipay",
		"purser account --json add --provider=alipay wallet --wait 7",
		"purser account --provider alipay add wallet --wait=7 --json",
		"purser --wait=7 account -p alipay --json add wallet",
		"purser account add -palipay --wait 7 --json -- wallet",
	};
	struct parsed p;

	for (size_t i = 0; i < COUNTOF(lines); i++) {
		parse(&p, lines[i]);
		ok(p.rc == OK && p.s.json && p.s.wait_ms == 7000 && p.a.cmd == &t_account && p.a.sub == &t_add && p.a.self == &t_add &&
		    p.a.n == 1 && strcmp(p.a.v[0], "wallet") == 0 && arg_str(&p.a, "provider") != NULL &&
		    strcmp(arg_str(&p.a, "provider"), "alipay") == 0, "%s", lines[i]);
		done(&p);
	}
}

static void
test_globals(void)
{
	struct parsed p;

	parse(&p, "purser status -qv --yes --no-input --password-fd 3 --new-password-fd 4 --code-fd 5 --kit-fd 6 --clock +90 --tz UTC "
	    "--confirm store --color never --lang zh --key-file k --password-file f --home h");
	ok(p.rc == OK && p.s.quiet && p.s.verbose && p.s.yes && p.s.no_input && p.s.password_fd == 3 && p.s.new_password_fd == 4 &&
	    p.s.code_fd == 5 && p.s.kit_fd == 6 && p.s.clock_s == 90 && strcmp(p.s.tz, "UTC") == 0 && strcmp(p.s.confirm, "store") == 0 &&
	    p.s.color == COLOR_NEVER && strcmp(p.s.lang, "zh") == 0 && strcmp(p.s.key_file, "k") == 0 &&
	    strcmp(p.s.password_file, "f") == 0 && strcmp(p.s.home, "h") == 0, "every global option arrives");
	done(&p);
	parse(&p, "purser status");
	ok(p.s.password_fd == FD_NONE && p.s.wait_ms == 5000 && p.s.color == COLOR_AUTO && !p.s.json && p.s.lang == NULL, "the defaults");
	done(&p);
	parse(&p, "purser --clock -90 status");
	ok(p.rc == OK && p.s.clock_s == -90, "a clock may be corrected backwards");
	done(&p);
	parse(&p, "purser --json statsu");
	ok(p.rc == E_USAGE && p.s.json, "--json is known even when the line is wrong");
	done(&p);
	parse(&p, "purser --home --json status");
	ok(p.rc == OK && !p.s.json && strcmp(p.s.home, "--json") == 0, "a value may look like an option, as GNU has it");
	done(&p);
}

static void
test_early(void)
{
	static const struct { const char *line, *early, *cmd; } cases[] = {
		{ "purser --help", "help", "" }, { "purser -h", "help", "" }, { "purser freeze --help", "help", "freeze" },
		{ "purser --help freeze", "help", "freeze" }, { "purser account add --help", "help", "account" },
		{ "purser freeze --bogus -h", "help", "freeze" }, { "purser -qh", "help", "" }, { "purser --version", "version", "" },
		{ "purser freeze --reason --help", NULL, "freeze" }, { "purser freeze -r -h", NULL, "freeze" },
		{ "purser history -- --help", NULL, "history" }, { "purser --complete-names account", "complete-names", "" },
	};
	struct parsed p;

	for (size_t i = 0; i < COUNTOF(cases); i++) {
		parse(&p, cases[i].line);
		ok((p.early == NULL) == (cases[i].early == NULL) && (p.early == NULL || strcmp(p.early, cases[i].early) == 0) &&
		    p.a.cmd != NULL && strcmp(p.a.cmd->name, cases[i].cmd) == 0, "early: %s", cases[i].line);
		done(&p);
	}
}

static void
test_subs(void)
{
	struct parsed p;

	parse(&p, "purser history show abcd efgh");
	ok(p.rc == OK && p.a.self == &t_show && p.a.n == 2 && strcmp(p.a.v[1], "efgh") == 0, "a first argument that is a subcommand is one");
	done(&p);
	parse(&p, "purser history wallet");
	ok(p.rc == OK && p.a.self == &t_history && p.a.n == 1, "... and otherwise an argument");
	done(&p);
	parse(&p, "purser history -- show");
	ok(p.rc == OK && p.a.self == &t_history && p.a.n == 1 && strcmp(p.a.v[0], "show") == 0, "... also after --");
	done(&p);
	parse(&p, "purser history -a show -n 3");
	ok(p.rc == OK && p.a.self == &t_history && strcmp(arg_str(&p.a, "account"), "show") == 0, "-a show reaches an account of that name");
	done(&p);
	parse(&p, "purser -- status");
	ok(p.rc == OK && p.a.self == &t_status, "a command after --");
	done(&p);
}

static void
test_values(void)
{
	struct parsed p;
	uint64_t u = 20;
	int64_t t = 600;

	parse(&p, "purser history -310.00 --min -5 -n3 -a x -a y");
	ok(p.rc == OK && p.a.n == 1 && strcmp(p.a.v[0], "-310.00") == 0, "a negative amount is an argument");
	ok(strcmp(arg_str(&p.a, "min"), "-5") == 0, "... and a value");
	ok(arg_u64(&p.a, "limit", 1, 100, &u, &p.e) == OK && u == 3, "-n3");
	ok(arg_count(&p.a, "account") == 2 && strcmp(arg_nth(&p.a, "account", 0), "x") == 0 &&
	    strcmp(arg_nth(&p.a, "account", 1), "y") == 0 && arg_nth(&p.a, "account", 2) == NULL &&
	    strcmp(arg_str(&p.a, "account"), "y") == 0, "an option given twice: all of them, or the last");
	ok(!arg_has(&p.a, "review") && arg_str(&p.a, "format") == NULL, "what was not given");
	ok(arg_exclusive(&p.a, "limit", "review", &p.e) == OK && arg_exclusive(&p.a, "limit", "account", &p.e) == E_USAGE, "exclusive");
	done(&p);
	parse(&p, "purser history --limit 0x10");
	ok(p.rc == OK && arg_u64(&p.a, "limit", 1, 100, &u, &p.e) == E_USAGE && u == 3, "a number that is none leaves the default");
	done(&p);
	parse(&p, "purser history --limit 101");
	ok(arg_u64(&p.a, "limit", 1, 100, &u, &p.e) == E_USAGE, "a number above its limit");
	done(&p);
	parse(&p, "purser history --format json -");
	ok(p.rc == OK && strcmp(arg_str(&p.a, "format"), "json") == 0 && strcmp(p.a.v[0], "-") == 0, "a choice; - alone is an argument");
	done(&p);

	static const struct { const char *text; enum rc rc; int64_t want; } times[] = {
		{ "90", OK, 90 }, { "90s", OK, 90 }, { "10m", OK, 600 }, { "8h", OK, 28800 }, { "2d", OK, 172800 }, { "0", E_USAGE, 0 },
		{ "3d", E_USAGE, 0 }, { "m", E_USAGE, 0 }, { "1.5h", E_USAGE, 0 }, { "-5m", E_USAGE, 0 }, { "10 m", E_USAGE, 0 },
		{ "99999999999999999999999d", E_USAGE, 0 },
	};
	for (size_t i = 0; i < COUNTOF(times); i++) {
		char *argv[] = { (char[]){ "purser" }, (char[]){ "history" }, (char[]){ "--idle" }, strdup(times[i].text), NULL };
		enum rc rc;

		t = 1;
		memset(&p, 0, sizeof p);
		session_init(&p.s);
		args_scan(&p.s, table, 4, argv, &p.a, &p.early);
		rc = args_parse(&p.s, table, 4, argv, &p.a, &p.e) == OK ? arg_seconds(&p.a, "idle", 1, 172800, &t, &p.e) : E_FAILED;
		ok(rc == times[i].rc && t == (rc == OK ? times[i].want : 1), "--idle %s", times[i].text);
		done(&p);
		free(argv[3]);
	}
}

static void
test_optional(void)
{
	struct parsed p;

	parse(&p, "purser import a.csv --create");
	ok(p.rc == OK && arg_has(&p.a, "create") && arg_str(&p.a, "create") == NULL && p.a.n == 1, "--create at the end");
	done(&p);
	parse(&p, "purser import --create=new a.csv");
	ok(p.rc == OK && strcmp(arg_str(&p.a, "create"), "new") == 0 && p.a.n == 1, "--create=new");
	done(&p);
	parse(&p, "purser import a.csv --create new-wallet");
	ok(p.rc == OK && arg_str(&p.a, "create") != NULL && strcmp(arg_str(&p.a, "create"), "new-wallet") == 0 && p.a.n == 1, "--create NAME");
	done(&p);
	parse(&p, "purser import --create /dev/null");
	ok(p.rc == OK && arg_has(&p.a, "create") && arg_str(&p.a, "create") == NULL && p.a.n == 1, "--create FILE: a file is no name");
	done(&p);
	parse(&p, "purser import --create --json x");
	ok(p.rc == OK && arg_has(&p.a, "create") && p.s.json && p.a.n == 1, "--create before another option");
	done(&p);
}

static void
test_distance(void)
{
	static const struct { const char *a, *b; unsigned max, want; } cases[] = {
		{ "freeze", "freeze", 2, 0 }, { "freeze", "frezee", 2, 1 }, { "ab", "ba", 2, 1 }, { "abc", "", 5, 3 }, { "", "", 5, 0 },
		{ "kitten", "sitting", 5, 3 }, { "kitten", "sitting", 2, 3 }, { "History", "history", 1, 0 }, { "ca", "abc", 5, 3 },
		{ "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 9, 10 },
	};
	static const char *const names[] = { "paypal", "paypal2", "alipay", "wechat" };
	char near[80];

	for (size_t i = 0; i < COUNTOF(cases); i++)
		ok(edit_distance(cases[i].a, cases[i].b, cases[i].max) == cases[i].want, "distance of '%s' and '%s'", cases[i].a, cases[i].b);
	suggest(near, sizeof near, "paypla", names, COUNTOF(names));
	ok(strcmp(near, "paypal, paypal2") == 0, "suggestions, nearest first: %s", near);
	suggest(near, sizeof near, "zzz", names, COUNTOF(names));
	ok(near[0] == '\0', "no suggestion where nothing is near");
	suggest(near, 9, "paypla", names, COUNTOF(names));
	ok(strlen(near) == 8, "suggestions never leave their buffer");
}

int
main(void)
{
	test_errors();
	test_sides();
	test_globals();
	test_early();
	test_subs();
	test_values();
	test_optional();
	test_distance();
	return tap_done();
}
