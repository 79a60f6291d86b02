# Rules of the tests; included by the Makefile.
UNIT_C := $(wildcard tests/unit/*_test.c)
UNIT   := $(patsubst %.c,$(BUILD)/%,$(UNIT_C))
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libreader.a $(BUILD)/libpurser.a
	$(CC) $(CFLAGS) $(ALL_LD) -o $@ $< $(BUILD)/libreader.a $(BUILD)/libpurser.a $(LIBS) $(READER_LIBS)
.SECONDARY:
unit: $(UNIT)
	prove -e '' $(UNIT)
.PHONY: unit
