# purser. `make demo` and `make check` install what is missing (as root, through apt), build and run. No pkg-config:
# the Debian layout is fixed and make must be able to start on a machine that has nothing yet.
MODE    ?= release
BUILD   ?= build/$(MODE)
PREFIX  ?= /usr/local
DESTDIR ?=
CFLAGS  ?= -O2 -g
ifeq ($(origin CC),default)
CC      = gcc
endif
VERSION := $(shell cat VERSION)

WARN = -Wall -Wextra -Werror -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
       -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wold-style-definition -Wnull-dereference
HARD = -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
HARD_release = $(HARD) -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
SAN_asan = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_coverage = --coverage -O0
WHERE = -DPURSER_VERSION='"$(VERSION)"' -DPURSER_LIBEXEC='"$(PREFIX)/libexec/purser"' -DPURSER_LOCALE='"$(PREFIX)/share/locale"' \
        -DPURSER_DATA='"$(PREFIX)/share/purser"'
ALL_C = -std=c11 -D_GNU_SOURCE -I. -I$(BUILD)/gen -MMD -MP $(WARN) $(HARD_$(MODE)) $(SAN_$(MODE)) $(WHERE)
ALL_LD = -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(SAN_$(MODE)) $(LDFLAGS)
LIBS  = -lsodium -largon2 -lsqlite3
READER_LIBS = -lzip -lexpat -lseccomp -lsodium

ROOMS   = base crypto wallet statement store agent cmd
LIB_C  := $(filter-out cmd/main.c statement/reader.c,$(foreach r,$(ROOMS),$(wildcard $(r)/*.c)))
READER_C := statement/reader.c $(wildcard statement/format_*.c statement/parse_*.c)
APP_O  := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(READER_C),$(LIB_C)))
READER_O := $(patsubst %.c,$(BUILD)/%.o,$(READER_C))

all: $(BUILD)/purser $(BUILD)/purser-reader
include tests/rules.mk

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CPPFLAGS) $(ALL_C) -c -o $@ $<
$(BUILD)/libpurser.a: $(APP_O)
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/libreader.a: $(filter-out %/reader.o,$(READER_O))
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/purser: $(BUILD)/cmd/main.o $(BUILD)/libpurser.a
	$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ $(LIBS)
$(BUILD)/purser-reader: $(BUILD)/statement/reader.o $(BUILD)/libreader.a $(BUILD)/libpurser.a
	$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ $(READER_LIBS)

clean:
	rm -rf build
.PHONY: all clean
-include $(shell test -d $(BUILD) && find $(BUILD) -name '*.d')
