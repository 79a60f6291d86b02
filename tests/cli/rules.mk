# pty: a program on a terminal of its own, driven by a script. probe: the frame of cmd/ with a table of questions.
# spy: looks at the memory of another process.
CLI_TOOLS = $(BUILD)/tests/cli/pty $(BUILD)/tests/cli/probe $(BUILD)/tests/cli/spy
$(BUILD)/tests/cli/pty: $(BUILD)/tests/cli/pty.o
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $< -lutil
$(BUILD)/tests/cli/spy: $(BUILD)/tests/cli/spy.o
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $<
$(BUILD)/tests/cli/probe: $(BUILD)/tests/cli/probe.o $(BUILD)/cmd/main.o $(BUILD)/libpurser.a
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ $(LIBS)

# picture: QR codes as rows, SVG, PNG and JPEG; it starts the helper as purser does.
CLI_TOOLS += $(BUILD)/tests/cli/picture
$(BUILD)/tests/cli/picture: $(BUILD)/tests/cli/picture.o $(BUILD)/libpurser.a | $(BUILD)/tests/cli/purser-qr
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ $(LIBS) -lpng16 -ljpeg
$(BUILD)/tests/cli/purser-qr: $(BUILD)/purser-qr
	@mkdir -p $(@D)
	@ln -sf ../../purser-qr $@

# cage: the frame of cmd/ with commands that try what a sandbox should refuse; with the tests' hooks.
CLI_TOOLS += $(BUILD)/tests/cli/cage
$(BUILD)/tests/cli/cage: $(BUILD)/tests/cli/cage.o $(TEST_O) $(if $(filter cmd/main.c,$(TEST_C)),,$(BUILD)/cmd/main.o) \
		$(BUILD)/libpurser.a
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ $(LIBS)

# logind: what a program sees of systemd-logind when the computer goes to sleep, on a bus of the test.
CLI_TOOLS += $(BUILD)/tests/cli/logind
$(BUILD)/tests/cli/logind: $(BUILD)/tests/cli/logind.o
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $< -lsystemd
