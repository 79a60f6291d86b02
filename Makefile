# purser. `make demo` and `make check` install what is missing (as root, through apt), build and run. No pkg-config:
# the Debian layout is fixed and make must be able to start on a machine that has nothing yet.
#
# Files are found by wildcard. A room's own rules go into ROOM/rules.mk (po, man, completions, data, tests), which may add to:
#   ALL      files that `make` builds                    GEN      generated headers, below $(BUILD)/gen
#   INSTALL  mode:file:place below PREFIX                CHECKS   executables that print TAP, for `make check`
#   MANLINT  man pages for mandoc -Tlint
MODE    ?= release
BUILD   ?= build/$(MODE)
PREFIX  ?= /usr/local
DESTDIR ?=
CFLAGS  ?= -O2 -g
ifeq ($(origin CC),default)
CC      = gcc
endif
VERSION := $(shell cat VERSION)
MACHINE := $(shell uname -m)
# `make V=1` shows the whole commands.
Q = $(if $(V),,@echo '  $(1)  $@' &&)

WARN = -Wall -Wextra -Werror -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
       -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wold-style-definition -Wnull-dereference
CFI_x86_64 = -fcf-protection=full
CFI_aarch64 = -mbranch-protection=standard
HARD = -fPIE -fstack-protector-strong -fstack-clash-protection $(CFI_$(MACHINE))
HARD_release = $(HARD) -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
HARD_asan = -fPIE
HARD_coverage = -fPIE
HARD_fuzz = -fPIE
SAN_asan = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_coverage = --coverage -O0
SAN_fuzz = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
WHERE = -DPURSER_VERSION='"$(VERSION)"' -DPURSER_LIBEXEC='"$(PREFIX)/libexec/purser"' -DPURSER_LOCALE='"$(PREFIX)/share/locale"' \
        -DPURSER_DATA='"$(PREFIX)/share/purser"'
ALL_C = -std=c11 -D_GNU_SOURCE -I. -I$(BUILD)/gen -MMD -MP $(WARN) $(HARD_$(MODE)) $(SAN_$(MODE)) $(WHERE)
ALL_LD = -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(SAN_$(MODE)) $(LDFLAGS)
LIBS  = -lsodium -largon2 -lsqlite3
READER_LIBS = -lzip -lexpat -lseccomp -lsodium

ROOMS   = base crypto wallet statement helper store agent cmd
LIB_C  := $(filter-out cmd/main.c statement/reader.c helper/prog_%,$(foreach r,$(ROOMS),$(wildcard $(r)/*.c)))
READER_C := $(wildcard statement/format_*.c statement/parse_*.c) statement/sandbox.c
APP_O  := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(READER_C),$(LIB_C)))
READER_O := $(patsubst %.c,$(BUILD)/%.o,$(READER_C))
# Files that read a hook of the tests (a small KDF, a clock that stands): compiled twice, see purser-test.
TEST_C := $(shell grep -l PURSER_TEST_ cmd/main.c $(LIB_C) 2>/dev/null)
TEST_O := $(patsubst %.c,$(BUILD)/test/%.o,$(TEST_C))
HAVE   := $(BUILD)/have-build

ALL     = $(BUILD)/purser $(BUILD)/purser-reader
INSTALL = 755:$(BUILD)/purser:bin/purser 755:$(BUILD)/purser-reader:libexec/purser/purser-reader \
          $(foreach f,README.md CHANGELOG.md SECURITY.md LICENSE,644:$(f):share/doc/purser/$(f))

all:
include $(sort $(wildcard */rules.mk))
all: $(ALL)
$(ALL) $(GEN): | $(HAVE)

# What is compiled in another way than last time is compiled again; noticed while parsing, so that a second make does nothing.
FLAGS := $(strip $(CC) $(CFLAGS) $(CPPFLAGS) $(ALL_C) $(ALL_LD))
ifneq ($(MAKECMDGOALS),clean)
ifneq ($(strip $(file <$(BUILD)/flags)),$(FLAGS))
$(shell mkdir -p $(BUILD))$(file >$(BUILD)/flags,$(FLAGS))
endif
endif

$(BUILD)/%.o: %.c $(BUILD)/flags | $(HAVE) $(GEN)
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(CFLAGS) $(CPPFLAGS) $(ALL_C) -c -o $@ $<
$(BUILD)/test/%.o: %.c $(BUILD)/flags | $(HAVE) $(GEN)
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(CFLAGS) $(CPPFLAGS) $(ALL_C) -DPURSER_TEST_KDF -c -o $@ $<
$(BUILD)/libpurser.a: $(APP_O)
	@rm -f $@
	$(call Q,AR)ar rcs $@ $^
$(BUILD)/libreader.a: $(READER_O)
	@rm -f $@
	$(call Q,AR)ar rcs $@ $^
$(BUILD)/purser: $(BUILD)/cmd/main.o $(BUILD)/libpurser.a
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ $(LIBS)
$(BUILD)/purser-reader: $(BUILD)/statement/reader.o $(BUILD)/libreader.a $(BUILD)/libpurser.a
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ $(READER_LIBS)
# The same program with the hooks of the tests; never installed.
$(BUILD)/purser-test: $(TEST_O) $(if $(filter cmd/main.c,$(TEST_C)),,$(BUILD)/cmd/main.o) $(BUILD)/libpurser.a
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ $(LIBS)

$(BUILD)/have-%: .ci/packages
	@mkdir -p $(@D)
	@.ci/packages $*
	@touch $@

# CHECKS, TOOLS and TEST_ENV are those of tests/rules.mk.
check: $(BUILD)/have-check all $(TOOLS) $(CHECKS)
	@$(TEST_ENV) prove -j$(JOBS) --timer --directives -e '' $(CHECKS)

demo: all
	@BUILD=$(abspath $(BUILD)) tests/demo.sh

install: all
	@set -e; for f in $(INSTALL); do IFS=:; set -- $$f; unset IFS; install -D -m "$$1" "$$2" "$(DESTDIR)$(PREFIX)/$$3"; done
	@echo "purser $(VERSION) is in $(DESTDIR)$(PREFIX)"
uninstall:
	@for f in $(INSTALL); do rm -f "$(DESTDIR)$(PREFIX)/$${f##*:}"; done
	@for d in libexec/purser share/purser share/doc/purser; do test ! -d "$(DESTDIR)$(PREFIX)/$$d" || \
		find "$(DESTDIR)$(PREFIX)/$$d" -type d -empty -delete; done
clean:
	rm -rf build
.PHONY: all check demo install uninstall clean
.DELETE_ON_ERROR:
-include $(shell test -d $(BUILD) && find $(BUILD) -name '*.d')
