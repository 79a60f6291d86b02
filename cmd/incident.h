/* cmd/incident.h: what the subcommands of incident share; each has its own file. */
#ifndef PURSER_CMD_INCIDENT_H
#define PURSER_CMD_INCIDENT_H

#include "cmd/cmd.h"
#include "store/incident.h"

/* word: "I1" or "1" as typed; NULL: the only open one. E_NOTFOUND, E_USAGE (several are open, named). */
enum rc incident_pick(struct session *s, const char *word, int64_t *id, struct err *e) MUST_CHECK;

extern const struct command incident_note_command, incident_notice_command, incident_attach_command;
extern const struct command incident_next_command, incident_done_command, incident_show_command, incident_close_command;
extern const struct command incident_deadlines_command, incident_evidence_command;

#endif
