/* agent/wire.h: the socket's place and its frames; for agent/ only. */
#ifndef PURSER_AGENT_WIRE_H
#define PURSER_AGENT_WIRE_H

#include "agent/agent.h"

#define SOCKET_NAME_LEN 32u

/* What a reveal is for, as the log says it; the index goes over the wire. */
#define REVEALS 4u
#define REVEAL_OTP 2u
extern const char *const reveal_words[REVEALS];

/* The directory for sockets, opened; made (0700) when it is missing. */
enum rc wire_place(int *dirfd, struct err *e) MUST_CHECK;
/* The socket's name for this home. */
enum rc wire_name(const struct home *h, char out[SOCKET_NAME_LEN], struct err *e) MUST_CHECK;
/* The socket that systemd listens on for the default store. */
#define SOCKET_ACTIVATED "agent.sock"
/* What the agent calls itself (/proc/PID/comm), so that nobody else is ever taken for it. */
#define AGENT_COMM "purser-agent"
/* Connect; E_NOTFOUND: nobody listens there. */
enum rc wire_connect(int dirfd, const char *name, int *fd, struct err *e) MUST_CHECK;
/* Bind and listen, replacing a dead socket. E_BUSY: somebody listens there already. */
enum rc wire_listen(int dirfd, const char *name, int *fd, struct err *e) MUST_CHECK;
/* Same uid at the other end? */
bool wire_peer_ok(int fd);

/* Bodies are built in locked memory: most of them carry keys or secrets. A part is appended while it fits; failed is
 * checked once at the end. */
struct frame { struct secret mem; size_t len, at; bool failed; };
void frame_wipe(struct frame *f);
#define FRAME AUTO(frame_wipe) struct frame
/* op or reply byte first. room: upper bound of the body. */
enum rc frame_start(struct frame *f, uint8_t op, size_t room, struct err *e) MUST_CHECK;
void frame_u8(struct frame *f, uint8_t v);
void frame_u32(struct frame *f, uint32_t v);
void frame_u64(struct frame *f, uint64_t v);
void frame_bytes(struct frame *f, const void *p, size_t n);          /* fixed length, as they are */
void frame_part(struct frame *f, const void *p, size_t n);           /* u32 length first */
/* What was given besides the password (NULL: nothing). */
#define FRAME_FACTORS 128u
void frame_factors(struct frame *f, const struct factors *with);
/* E_FAILED: not what the other side sends. */
enum rc frame_get_factors(struct frame *f, struct factors *with, struct err *e) MUST_CHECK;
/* Reading: zeros and failed past the end. */
uint8_t frame_get_u8(struct frame *f);
uint32_t frame_get_u32(struct frame *f);
uint64_t frame_get_u64(struct frame *f);
const unsigned char *frame_get_bytes(struct frame *f, size_t n);     /* borrowed; NULL and failed past the end */
const unsigned char *frame_get_part(struct frame *f, size_t *n);
bool frame_done(const struct frame *f);                              /* all read, nothing failed */

/* Whole frames, blocking up to wait_ms. E_FAILED: the other side went away or is too slow. */
enum rc frame_send(int fd, const struct frame *f, int wait_ms, struct err *e) MUST_CHECK;
enum rc frame_recv(int fd, struct frame *f, int wait_ms, struct err *e) MUST_CHECK;

#endif
