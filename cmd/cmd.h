/*
 * cmd/cmd.h: the command table, the parsed command line and the session. A command is one file cmd/NAME.c with its entry at
 * the end, and one line in cmd/commands.c:
 *
 *	static const struct option freeze_options[] = {
 *		{ "reason", 0, "TEXT", N_("kept in the log"), NULL, 0 },
 *		{ 0 },
 *	};
 *
 *	static enum rc
 *	freeze_run(struct session *s, const struct args *a, struct err *e)
 *	{
 *		const char *reason = arg_str(a, "reason");          // NULL when not given
 *		...
 *		if (s->json) {
 *			JSON j = { 0 };
 *
 *			j_open(&j, "freeze");
 *			j_bool(&j, "frozen", true);
 *			return out_json(s, &j, e);
 *		}
 *		say(s, N_("FROZEN %s."), when);
 *		return OK;
 *	}
 *
 *	const struct command cmd_freeze = {
 *		.name = "freeze", .group = GROUP_EMERGENCY, .usage = "[all]",
 *		.summary = N_("no password or code can be read here until thawed"),
 *		.description = N_("Paragraphs of the man page, a blank line between them.\n\n..."),
 *		.examples = freeze_examples, .options = freeze_options,
 *		.max_args = 1, .flags = CMD_AS_ROOT | CMD_EMERGENCY, .run = freeze_run,
 *	};
 *
 * The frame has checked the options, the number of arguments and the choices before run() is entered. run() returns OK,
 * or err_set(...): cmd/main.c prints the message once, also as JSON, flushes stdout and sets the exit status.
 * E_FINDINGS: worked, there is something to act on (no message needed). SIGPIPE only makes write() fail with EPIPE; children
 * get the default disposition by exec. Descriptors from 3 up are close-on-exec.
 */
#ifndef PURSER_CMD_H
#define PURSER_CMD_H

#include "base/buf.h"
#include "base/err.h"

#include <libintl.h>
#include <stdint.h>

struct session;
struct args;

#define _(s) gettext(s)

/* The order of `purser help`. GROUP_QUIET: only in its own help and `help --list`. */
enum group { GROUP_QUIET, GROUP_EMERGENCY, GROUP_DAILY, GROUP_ORDER, GROUP_BEFORE, GROUP_AFTER, GROUP_STORE, GROUP_COUNT };

enum {
	CMD_STORE = 1 << 0,      /* hooks.open() opens the store, without its key; none there: 8 */
	CMD_UNLOCK = 1 << 1,     /* ... and unlocks the ledger before run() */
	CMD_SECRET = 1 << 2,     /* ... and needs the fuse: refused early, with 4, when there is none */
	CMD_WRITE = 1 << 3,      /* ... and will write: for hooks.open() */
	CMD_AS_ROOT = 1 << 4,    /* root may run it in another user's directory (freeze becomes the owner first) */
	CMD_NO_HOME = 1 << 5,    /* touches no file of a store (help, version) */
	CMD_EMERGENCY = 1 << 6,  /* a usage error says "Nothing was frozen. Type: purser freeze" */
	CMD_HIDDEN = 1 << 7,     /* in no list; completion helpers */
	/* What the sandbox leaves open; see confine.h. A file that is opened later than that must be reachable by one of
	 * these, or by a FILE or DIR in the usage or of an option. */
	CMD_MAKES_HOME = 1 << 8, /* makes directories of the store */
	CMD_AGENT = 1 << 9,      /* starts an agent */
	CMD_CLIPBOARD = 1 << 10, /* fills a clipboard */
	CMD_ARG_WRITES = 1 << 11, /* its FILE or DIR may exist and is written all the same */
	CMD_OWN_SANDBOX = 1 << 12, /* closes one itself */
	CMD_PDF = 1 << 13,       /* starts what makes a PDF */
	CMD_SCRATCH = 1 << 14    /* gets a directory of its own, session.scratch; the store can only be read */
};

enum {
	OPT_OPTIONAL = 1 << 0,   /* the value may be left out: --create, --create=NAME, and --create NAME unless NAME begins
	                          * with - or names an existing file; without a value arg_has() is true and arg_str() NULL */
	OPT_HIDDEN = 1 << 1,     /* in no help, no completion */
	OPT_WRITES = 1 << 2      /* its FILE or DIR may exist and is written all the same; see confine.h */
};

/* An array ends with an entry whose name is NULL. Global options (--json, --yes, -q ...) are not repeated here. */
struct option {
	const char *name;        /* without the two dashes */
	char letter;             /* 'n' for -n; 0: none */
	const char *arg;         /* what the value is, in help: "TEXT" "FILE" "DIR" "NAME" (an account: completed) "N" ...;
	                          * NULL: takes none */
	const char *help;        /* N_(), one line, no full stop */
	const char *choices;     /* "csv|json|hledger": anything else is refused with 2; NULL: free */
	unsigned flags;          /* OPT_ */
};

struct example {
	const char *line;        /* what to type: "purser freeze" */
	const char *what;        /* N_(), or NULL */
};

struct command {
	const char *name;        /* one word; "" is `purser` alone */
	enum group group;
	const char *usage;       /* of the arguments only, not of options: "NAME", "FILE...", "[NAME]", or NULL.
	                          * NAME is completed as an account, FILE as a file, DIR as a directory, a|b as these words */
	const char *summary;     /* N_(), begins in lower case, no full stop */
	const char *description; /* N_(), paragraphs with a blank line between; NULL: the summary is all */
	const struct example *examples;              /* ends with line NULL; may be NULL */
	const struct option *options;                /* ends with name NULL; may be NULL */
	const struct command *const *subs;           /* ends with NULL; may be NULL */
	unsigned min_args, max_args;                 /* of the arguments; MANY: no limit */
	unsigned flags;                              /* CMD_; a subcommand's own count, not its parent's */
	/* NULL: a subcommand is needed. With subs and run both, a first argument that is a subcommand's name is one
	 * (an account of that name is reached with -a NAME, or after --). */
	enum rc (*run)(struct session *s, const struct args *a, struct err *e);
};
#define MANY (~0U)

extern const struct command *const commands[];       /* commands.c; ends with NULL */

/* What the frame calls and cmd/ files of the store implement; a NULL one is not called. Set in commands.c. */
struct hooks {
	/* Before run(), when the command has CMD_STORE, CMD_UNLOCK or CMD_SECRET; keeps what it opened in s->open. */
	enum rc (*open)(struct session *s, unsigned flags, struct err *e);
	/* After run(), whatever it returned; s->open may be NULL. */
	void (*close)(struct session *s);
	/* `purser --complete-names account`: print names, one a line, only while the agent is unlocked; never prompts, never
	 * starts the KDF, no message. */
	void (*names)(struct session *s, const char *kind);
};
extern const struct hooks hooks;

/* -- the parsed command line -- */

struct optval { const struct option *option; const char *value; };
struct args {
	const struct command *cmd;       /* the top level entry */
	const struct command *sub;       /* NULL when none was named */
	const struct command *self;      /* sub, or cmd: whose run() this is */
	char **v;                        /* arguments without command and subcommand, NULL-terminated; strings are argv's */
	unsigned n;
	struct optval *opt;              /* in the order given */
	unsigned nopt;
	const char *unknown;             /* args_scan(): the word that is no command */
	int cmd_at, sub_at;              /* their places in argv; 0: not there */
};

/* name must be in the command's table (asserted). The last one given counts. */
bool arg_has(const struct args *a, const char *name);
const char *arg_str(const struct args *a, const char *name);                 /* NULL when not given */
unsigned arg_count(const struct args *a, const char *name);
const char *arg_nth(const struct args *a, const char *name, unsigned i);     /* the i-th given, from 0; NULL past the end */
/* Not given: OK and *out stays (its default). Not a whole number in [min, max]: E_USAGE naming the option. */
enum rc arg_u64(const struct args *a, const char *name, uint64_t min, uint64_t max, uint64_t *out, struct err *e) MUST_CHECK;
/* "90", "90s", "10m", "8h", "2d": seconds in [min, max]; otherwise as arg_u64(). */
enum rc arg_seconds(const struct args *a, const char *name, int64_t min, int64_t max, int64_t *out, struct err *e) MUST_CHECK;
/* Two options that exclude each other: E_USAGE when both are given. */
enum rc arg_exclusive(const struct args *a, const char *x, const char *y, struct err *e) MUST_CHECK;

/* -- the session: everything a run is told from outside -- */

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum { FD_NONE = -1 };

struct session {
	/* Absolute directories; they need not exist. Owned. */
	char *home;                      /* --home or PURSER_HOME; NULL: the XDG directories are used */
	char *vault;                     /* HOME/vault, or $XDG_DATA_HOME/purser */
	char *device;                    /* HOME/device, or $XDG_STATE_HOME/purser */

	int64_t now_ms;                  /* read once; use nothing else, but for what a clock beside it must agree with: session_now() */
	int64_t began_ms;                /* CLOCK_BOOTTIME of that moment; 0: the clock stands (tests) */
	const char *tz;                  /* --tz as given, or NULL; TZ is set accordingly, localtime_r() gives display times */

	bool json, quiet, verbose, yes, no_input;
	enum color color;                /* as asked; out_color() and err_color() of out.h say what holds */
	const char *lang;                /* "zh", "en" or NULL */
	int64_t wait_ms;                 /* --wait; default 5,000 */
	int64_t clock_s;                 /* --clock; default 0 */
	const char *confirm;             /* --confirm NAME, or NULL; ask_confirm() of term.h checks it */
	int password_fd, new_password_fd, code_fd, kit_fd;   /* FD_NONE when not given; term.h reads them */
	const char *password_file, *key_file;

	const struct command *const *commands;
	int tty;                         /* term.c: -1 not tried, -2 there is none */
	int64_t progress_ms;             /* out.c: monotonic time of the last progress line; 0: none is there */
	int signal;                      /* term.c: the signal that ended a prompt; main re-raises it */
	bool out_failed;                 /* out.c: stdout is gone (closed pipe): lists may stop early */
	int out_errno;                   /* out.c: of the first write that failed */
	bool paging;                     /* out.c: stdout is the pager's pipe */
	int pager_job, launcher;         /* launch.c */
	void *open;                      /* of hooks.open(): what it opened */
	char *scratch;                   /* CMD_SCRATCH: a directory, 0700; removed at the end if it is empty then */
};

/* -- the frame itself (args.c, session.c, suggest.c, help.c); commands rarely need these -- */

/* Global options, ends with name NULL. */
extern const struct option global_options[];
/* Two steps, so that the language is set before the first message. args_scan() finds command and subcommand and whether
 * help, the version or names were asked for (*early: "help", "version", "complete-names" or NULL), and sets s->json and
 * s->lang. args_parse() does the rest. E_USAGE: what is wrong, with the nearest names. argv[0] is the program; table:
 * commands, or a test's own. Nothing is read from files or terminals. args_free() after either. */
void args_scan(struct session *s, const struct command *const *table, int argc, char **argv, struct args *a,
    const char **early);
enum rc args_parse(struct session *s, const struct command *const *table, int argc, char **argv, struct args *a,
    struct err *e) MUST_CHECK;
void args_free(struct args *a);
/* Defaults only: no environment, no clock. */
void session_init(struct session *s);
/* Directories, clock, zone, from the options and the environment. */
enum rc session_start(struct session *s, struct err *e) MUST_CHECK;
void session_free(struct session *s);
/* now_ms and what has passed since: a code that is shown after a minute of typing is for now. */
int64_t session_now(const struct session *s);
/* E_USAGE when root would work in a directory of another user. */
enum rc session_check_owner(const struct session *s, struct err *e) MUST_CHECK;
/* Messages in lang ("zh", "en", NULL: the locale). */
void lang_start(const char *lang);

/* The up to three names nearest to word, as "a, b, c" in out; "" when none is near. For E_NOTFOUND messages:
 * err_next(e, N_("Near: %s"), near). names need not be sorted; comparison ignores case. */
void suggest(char *out, size_t size, const char *word, const char *const *names, size_t n);
/* Damerau-Levenshtein (adjacent swaps count 1), bytes, case ignored; anything above max is returned as max + 1. */
unsigned edit_distance(const char *a, const char *b, unsigned max);

/* Help of a command (and its subcommand, may be NULL); both NULL: the overview. */
enum rc help_print(struct session *s, const struct command *cmd, const struct command *sub, struct err *e) MUST_CHECK;
/* The pieces that help, man page and list are made of. */
const struct command *command_find(const struct command *const *table, const char *name);
void help_overview(struct buf *b, const struct command *const *table);
void help_command(struct buf *b, const struct command *cmd, const struct command *sub);
/* English: when the exit status is n (0..10). */
const char *help_status_when(unsigned n);
void help_list(struct buf *b, const struct command *const *table);
enum rc help_man(struct buf *b, const struct command *const *table, const char *name, struct err *e) MUST_CHECK;

#endif
