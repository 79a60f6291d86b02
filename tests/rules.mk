# Rules of the tests; included by the Makefile. New files are found by wildcard:
#   tests/unit/NAME_test.c   a TAP program each. One whose source names PURSER_TEST_KDF is linked with the objects that have the
#                            tests' hooks (8 MiB KDF, clock), the others with those that are shipped.
#   tests/cli/*.sh           scripts that print TAP and drive $(BUILD)/purser-test (lib.sh is what they share)
#   tests/check-*.sh tests/fault/*.sh     the same, about the tree and under injected faults
#   tests/fuzz/NAME_fuzz.c   libFuzzer, seeds in tests/fuzz/corpus/NAME, an optional tests/fuzz/NAME.dict
#   tests/mutants/*.patch    first line "# test: NAME [ARGS]"
#   tests/*/rules.mk         further rules (crash simulators, bench); they add to CHECKS, ALL, ...
UNIT_C := $(wildcard tests/unit/*_test.c)
UNIT   := $(patsubst %.c,$(BUILD)/%,$(UNIT_C))
UNIT_HOOKS := $(patsubst %.c,$(BUILD)/%,$(shell grep -l PURSER_TEST_KDF $(UNIT_C) /dev/null))
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libreader.a $(BUILD)/libpurser.a
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $(filter %.o,$^) $(BUILD)/libreader.a $(BUILD)/libpurser.a $(LIBS) $(READER_LIBS)
$(UNIT_HOOKS): $(filter-out %/cmd/main.o,$(TEST_O))
.SECONDARY:

FAULT_SO = $(BUILD)/tests/fault/fault.so
$(FAULT_SO): tests/fault/fault.c $(BUILD)/flags | $(HAVE)
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) -std=c11 -D_GNU_SOURCE -O2 -g -fPIC -shared $(WARN) -o $@ $< -ldl

SCRIPTS := $(filter-out %/lib.sh,$(wildcard tests/check-*.sh tests/cli/*.sh tests/fault/*.sh))
CHECKS  += $(SCRIPTS) $(UNIT)
include $(sort $(wildcard tests/*/rules.mk))
TOOLS    = $(BUILD)/purser-test $(FAULT_SO) $(CLI_TOOLS)
TEST_ENV = BUILD='$(abspath $(BUILD))' BUILD_ARG='$(BUILD)' MODE='$(MODE)' MAKE='$(MAKE)' PURSER='$(abspath $(BUILD))/purser-test' \
           PURSER_SHARED='$(abspath $(or $(PURSER_SHARED),../shared))' ASAN_OPTIONS=verify_asan_link_order=0 UBSAN_OPTIONS=print_stacktrace=1
JOBS    ?= $(shell nproc)

tools: $(TOOLS)
unit: $(UNIT)
	@$(TEST_ENV) prove -j$(JOBS) -e '' $(UNIT)

# Everything through clang's front end; then what other programs can say about scripts and layout of the code (the latter only informs).
LINT_C := $(wildcard $(addsuffix /*.c,$(ROOMS)) tests/unit/*.c tests/crash/*.c tests/bench/*.c tests/fault/*.c tests/fuzz/*.c)
lint: $(BUILD)/have-build $(BUILD)/have-check $(BUILD)/have-clang $(GEN)
	@bad=0; for f in $(LINT_C); do clang -fsyntax-only $(filter-out -MMD -MP,$(ALL_C)) $$f || bad=1; done; exit $$bad
	@set -e; for f in $(filter %.sh,$(shell git ls-files)) .ci/run .ci/packages; do bash -n $$f; done
	@if command -v clang-format >/dev/null; then clang-format --dry-run $(LINT_C) 2>&1 | grep -c 'code should be' | \
		sed 's/$$/ places that clang-format would lay out differently (for information)/'; fi
	@echo "lint: $(words $(LINT_C)) files without a warning"

FUZZ_C := $(wildcard tests/fuzz/*_fuzz.c)
FUZZERS = $(patsubst %.c,$(BUILD)/%,$(FUZZ_C))
RUNS   ?= 20000
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libreader.a $(BUILD)/libpurser.a
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -fsanitize=fuzzer -o $@ $< $(BUILD)/libreader.a $(BUILD)/libpurser.a $(LIBS) $(READER_LIBS)
fuzzers: $(FUZZERS)
fuzz: $(BUILD)/have-clang $(BUILD)/have-check
	@$(MAKE) --no-print-directory MODE=fuzz BUILD=$(if $(filter command environment,$(origin BUILD)),$(BUILD)-fuzz,build/fuzz) CC=clang fuzzers
	@BUILD=$(abspath $(if $(filter command environment,$(origin BUILD)),$(BUILD)-fuzz,build/fuzz)) RUNS=$(RUNS) prove -e '' -v tests/fuzz/run 2>&1

mutants: $(BUILD)/have-check all $(TOOLS)
	@$(TEST_ENV) SOME=$(SOME) prove -e '' -v tests/mutants/run $(if $(ONLY),:: $(ONLY:%=tests/mutants/%.patch))
.PHONY: tools unit lint fuzz fuzzers mutants
