/* cmd/commands.c: every command of purser, one line each; the order is that of help within a group. */
#include "cmd/cmd.h"
#include "cmd/open.h"

extern const struct command cmd_account;
extern const struct command cmd_agent_process;
extern const struct command cmd_alone;
extern const struct command cmd_backup;
extern const struct command cmd_card;
extern const struct command cmd_case;
extern const struct command cmd_diagnose;
extern const struct command cmd_drill;
extern const struct command cmd_contact;
extern const struct command cmd_export;
extern const struct command cmd_freeze;
extern const struct command cmd_guide;
extern const struct command cmd_help;
extern const struct command cmd_history;
extern const struct command cmd_import;
extern const struct command cmd_incident;
extern const struct command cmd_init;
extern const struct command cmd_kit;
extern const struct command cmd_lock;
extern const struct command cmd_log;
extern const struct command cmd_otp;
extern const struct command cmd_passwd;
extern const struct command cmd_review;
extern const struct command cmd_rotate;
extern const struct command cmd_rekey;
extern const struct command cmd_secret;
extern const struct command cmd_recover;
extern const struct command cmd_restore;
extern const struct command cmd_statement;
extern const struct command cmd_status;
extern const struct command cmd_thaw;
extern const struct command cmd_twofa;
extern const struct command cmd_unlock;
extern const struct command cmd_verify;
extern const struct command cmd_version;

const struct command *const commands[] = {
	&cmd_alone,
	&cmd_freeze,
	&cmd_card,
	&cmd_contact,
	&cmd_incident,
	&cmd_import,
	&cmd_history,
	&cmd_review,
	&cmd_otp,
	&cmd_secret,
	&cmd_rotate,
	&cmd_account,
	&cmd_statement,
	&cmd_export,
	&cmd_drill,
	&cmd_guide,
	&cmd_thaw,
	&cmd_case,
	&cmd_diagnose,
	&cmd_init,
	&cmd_unlock,
	&cmd_lock,
	&cmd_status,
	&cmd_passwd,
	&cmd_twofa,
	&cmd_rekey,
	&cmd_kit,
	&cmd_backup,
	&cmd_restore,
	&cmd_recover,
	&cmd_log,
	&cmd_verify,
	&cmd_help,
	&cmd_version,
	&cmd_agent_process,
	NULL
};

const struct hooks hooks = { .open = store_hook_open, .close = store_hook_close, .names = store_hook_names };
