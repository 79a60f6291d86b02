# pty: a program on a terminal of its own, driven by a script. probe: the frame of cmd/ with a table of questions.
# spy: looks at the memory of another process.
CLI_TOOLS = $(BUILD)/tests/cli/pty $(BUILD)/tests/cli/probe $(BUILD)/tests/cli/spy
$(BUILD)/tests/cli/pty: $(BUILD)/tests/cli/pty.o
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $< -lutil
$(BUILD)/tests/cli/spy: $(BUILD)/tests/cli/spy.o
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $<
$(BUILD)/tests/cli/probe: $(BUILD)/tests/cli/probe.o $(BUILD)/cmd/main.o $(BUILD)/libpurser.a
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ $(LIBS)
check: $(CLI_TOOLS)
