# Power-loss simulators: NAME_crash.c each with the recorder, the model and the load. They take a number of images.
CRASH_C := $(wildcard tests/crash/*_crash.c)
CRASH   := $(patsubst %.c,$(BUILD)/%,$(CRASH_C))
CRASH_O := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(CRASH_C),$(wildcard tests/crash/*.c)))
$(BUILD)/tests/crash/%_crash: $(BUILD)/tests/crash/%_crash.o $(CRASH_O) $(BUILD)/libreader.a $(BUILD)/libpurser.a
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -rdynamic -Wl,--wrap=log_append,--wrap=log_append_batch -o $@ $< $(CRASH_O) $(BUILD)/libreader.a $(BUILD)/libpurser.a $(LIBS) $(READER_LIBS)
CHECKS += $(CRASH)
crash: $(CRASH)
	@$(TEST_ENV) prove -e '' -v $(CRASH)
.PHONY: crash
