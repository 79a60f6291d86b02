/* store/devices.h: the devices and sessions that an account is, or was, used from, as its owner noted them.
 * (store/device.h is about this computer's own files.) A store of before version 3 that is open for reading only has
 * none. */
#ifndef PURSER_STORE_DEVICES_H
#define PURSER_STORE_DEVICES_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct db;

enum device_state { DEVICE_KNOWN, DEVICE_UNKNOWN, DEVICE_REVOKED, DEVICE_STATE_COUNT };
const char *device_state_name(enum device_state s);     /* "known" "unknown" "revoked" */
bool device_state_from(const char *name, enum device_state *out);
#define DEVICE_KINDS "phone|tablet|computer|browser|app|session|other"
#define DEVICE_NAME_MAX 128u

/* Strings are borrowed for the call that hands them over. Shown as D<id>. */
struct known_device {
	int64_t id, account;
	const char *name, *kind, *note;
	bool has_seen;
	int64_t seen;                   /* day since 1970 */
	enum device_state state;
	int64_t added_ms, revoked_ms;
};
typedef enum rc (*device_fn)(void *ctx, const struct known_device *d, struct err *e);
/* account 0: of all. Unknown ones first, then known, then revoked; the one seen last first. */
enum rc device_each(struct db *db, int64_t account, device_fn fn, void *ctx, struct err *e) MUST_CHECK;
/* "D3", "3", or the name of one that is not revoked yet. E_NOTFOUND; E_USAGE: several have that name. */
enum rc device_find(struct db *db, int64_t account, const char *word, int64_t *id, struct err *e) MUST_CHECK;
enum rc device_one(struct db *db, int64_t id, device_fn fn, void *ctx, struct err *e) MUST_CHECK;
/* Inside a write transaction. E_EXISTS: one of that name is there and not revoked. */
enum rc device_add(struct db *db, const struct known_device *d, int64_t *id, struct err *e) MUST_CHECK;
/* E_EXISTS: it is revoked already. */
enum rc device_revoke(struct db *db, int64_t id, int64_t now_ms, struct err *e) MUST_CHECK;

#endif
