/*
 * tests/cli/logind.c: as much of systemd-logind as a program sees that wants to know of sleep: the name
 * org.freedesktop.login1 on the bus of DBUS_SYSTEM_BUS_ADDRESS, Inhibit (delay locks), the signal PrepareForSleep. Lines
 * on stdin: "sleep", "wake". Says on stdout: "ready", "inhibit WHAT MODE WHO", "released MILLISECONDS" (after "sleep": all locks were given back),
 * "kept" (not within three seconds), "awake".
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#define LOCKS 16

static int lock_end[LOCKS];
static unsigned locks;

static int
inhibit(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	const char *what, *who, *why, *mode;
	int fd[2], r;

	(void)arg;
	(void)error;
	if ((r = sd_bus_message_read(m, "ssss", &what, &who, &why, &mode)) < 0 || locks == LOCKS || pipe(fd) < 0)
		return r < 0 ? r : -EIO;
	lock_end[locks++] = fd[0];
	printf("inhibit %s %s %s\n", what, mode, who);
	(void)fflush(stdout);
	r = sd_bus_reply_method_return(m, "h", fd[1]);
	(void)close(fd[1]);
	return r;
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Inhibit", "ssss", "h", inhibit, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL("PrepareForSleep", "b", 0),
	SD_BUS_VTABLE_END
};

static long
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
prepare(sd_bus *bus, int sleeps)
{
	(void)sd_bus_emit_signal(bus, "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
	    "PrepareForSleep", "b", sleeps);
	(void)sd_bus_flush(bus);
}

static void
go_to_sleep(sd_bus *bus)
{
	long from = now_ms();

	prepare(bus, 1);
	while (locks > 0) {
		struct pollfd p = { .fd = lock_end[locks - 1], .events = POLLIN };

		if (poll(&p, 1, 3000) != 1) {
			puts("kept");
			(void)fflush(stdout);
			return;
		}
		(void)close(lock_end[--locks]);
	}
	printf("released %ld\n", now_ms() - from);
	(void)fflush(stdout);
}

int
main(void)
{
	sd_bus *bus = NULL;
	char line[64];

	if (sd_bus_open_system(&bus) < 0 || sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/login1",
		"org.freedesktop.login1.Manager", vtable, NULL) < 0 || sd_bus_request_name(bus, "org.freedesktop.login1", 0) < 0)
		return 1;
	puts("ready");
	(void)fflush(stdout);
	for (;;) {
		struct pollfd p[2] = { { .fd = 0, .events = POLLIN }, { .fd = sd_bus_get_fd(bus), .events = POLLIN } };

		while (sd_bus_process(bus, NULL) > 0)
			;
		if (poll(p, 2, 100) < 0 && errno != EINTR)
			return 1;
		if (p[0].revents == 0)
			continue;
		if (fgets(line, sizeof line, stdin) == NULL)
			return 0;
		if (strcmp(line, "sleep\n") == 0) {
			go_to_sleep(bus);
		} else if (strcmp(line, "wake\n") == 0) {
			prepare(bus, 0);
			puts("awake");
			(void)fflush(stdout);
		}
	}
}
