# A fuzzer of a helper is linked with that helper's libraries.
$(BUILD)/tests/fuzz/names_fuzz: LIBS += -licui18n -licuuc -lidn2 -lpsl -lnettle
