# The engine against a model of the kernel, and the model against the kernel
MODEL_SOURCES = \
	tests/model/model.c tests/model/model.h tests/model/model_internal.h \
	tests/model/model_link.c tests/model/model_hop.c \
	tests/model/model_addr.c tests/model/model_addr4.c tests/model/model_addr6.c \
	tests/model/model_route.c tests/model/model_reach.c \
	tests/model/random_ops.c tests/model/random_routes.c \
	tests/model/random_ops.h tests/model/random_internal.h \
	tests/model/state_text.c tests/model/state_text.h
MODEL_CPPFLAGS = $(NETSETUP_TEST_CPPFLAGS)
MODEL_LIBS = $(NETSETUP_TEST_LIBS)

TWINS_SOURCES = tests/model/twins.c tests/model/twins.h \
	tests/model/raw_message.c tests/model/raw_message.h

check_PROGRAMS += tests/model/test_model_kernel
TESTS += tests/model/test_model_kernel
tests_model_test_model_kernel_SOURCES = tests/model/test_model_kernel.c \
	$(TWINS_SOURCES) $(MODEL_SOURCES)
tests_model_test_model_kernel_CPPFLAGS = $(MODEL_CPPFLAGS)
tests_model_test_model_kernel_LDADD = $(MODEL_LIBS)

ENGINE_SOURCES = tests/model/engine.c tests/model/engine.h \
	tests/model/judge.c tests/model/judge_restored.c tests/model/judge.h

check_PROGRAMS += tests/model/test_engine_kernel
TESTS += tests/model/test_engine_kernel
tests_model_test_engine_kernel_SOURCES = tests/model/test_engine_kernel.c \
	$(TWINS_SOURCES) $(ENGINE_SOURCES) $(MODEL_SOURCES)
tests_model_test_engine_kernel_CPPFLAGS = $(MODEL_CPPFLAGS)
tests_model_test_engine_kernel_LDADD = $(MODEL_LIBS)

check_PROGRAMS += tests/model/test_properties
TESTS += tests/model/test_properties
tests_model_test_properties_SOURCES = tests/model/test_properties.c \
	$(ENGINE_SOURCES) \
	tests/model/scenario.c tests/model/scenario_run.c tests/model/scenario.h $(MODEL_SOURCES)
tests_model_test_properties_CPPFLAGS = $(MODEL_CPPFLAGS)
tests_model_test_properties_LDADD = $(MODEL_LIBS)
