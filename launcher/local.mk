sbin_PROGRAMS += podgraft
podgraft_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
podgraft_SOURCES = \
	launcher/main.c \
	launcher/commands.c launcher/commands.h \
	launcher/options.c launcher/options.h \
	launcher/cmd_plan.c launcher/cmd_up.c launcher/cmd_serve.c launcher/cmd_status.c \
	launcher/cmd_wait.c launcher/cmd_down.c launcher/cmd_run.c launcher/cmd_domain.c \
	launcher/wire.c launcher/wire.h \
	launcher/supervisor.c launcher/supervisor.h \
	launcher/domain_process.c launcher/domain_process.h \
	launcher/responder_process.c launcher/responder_process.h \
	launcher/process.c launcher/process.h \
	launcher/namespace.c launcher/namespace.h \
	launcher/picture.c launcher/picture.h
podgraft_LDADD = libnetsetup.a libdhcp.a libcommon.a $(LIBNL_LIBS) $(JSONC_LIBS)
