# The agent's helper that listens to logind, and the units with which systemd starts the agent when somebody asks for it.
ALL     += $(BUILD)/purser-suspend $(AGENT_UNITS)
AGENT_UNITS = $(BUILD)/systemd/purser-agent.socket $(BUILD)/systemd/purser-agent.service
INSTALL += 755:$(BUILD)/purser-suspend:libexec/purser/purser-suspend \
           $(foreach u,$(AGENT_UNITS),644:$(u):lib/systemd/user/$(notdir $(u)))
$(BUILD)/purser-suspend: $(BUILD)/helper/prog_suspend.o $(patsubst %.c,$(BUILD)/%.o,$(wildcard base/*.c))
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ -lsystemd
$(BUILD)/systemd/%: agent/%.in $(BUILD)/flags
	@mkdir -p $(@D)
	$(call Q,SED)sed 's|@PREFIX@|$(PREFIX)|g' $< >$@
