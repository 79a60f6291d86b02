# Benchmarks: NAME_bench.c each, beside plain SQLite in the same run; `make bench ROWS=... RUNS=...` for less than a million
# rows and nine runs.
BENCH_C := $(wildcard tests/bench/*_bench.c)
BENCH   := $(patsubst %.c,$(BUILD)/%,$(BENCH_C))
$(BUILD)/tests/bench/%_bench: $(BUILD)/tests/bench/%_bench.o $(BUILD)/libreader.a $(BUILD)/libpurser.a
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $< $(BUILD)/libreader.a $(BUILD)/libpurser.a $(LIBS) $(READER_LIBS)
bench: $(BENCH) $(BUILD)/purser
	@for b in $(BENCH); do echo "== $$(basename $$b)"; $$b $(ROWS) $(RUNS) || exit 1; done
.PHONY: bench
