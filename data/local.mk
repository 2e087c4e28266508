# What the system around us wants to know: a unit for a namespace, the state directory, the schema.
systemdunitdir = $(prefix)/lib/systemd/system
tmpfilesdir = $(prefix)/lib/tmpfiles.d
schemadir = $(datadir)/podgraft

nodist_systemdunit_DATA = data/podgraft@.service
data/podgraft@.service: data/podgraft@.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) data && sed 's,@sbindir[@],$(sbindir),' $(srcdir)/data/podgraft@.service.in >$@

tmpfiles_DATA = data/podgraft.conf
data/podgraft.conf: data/podgraft.tmpfiles
	$(AM_V_GEN)$(MKDIR_P) data && cp $(srcdir)/data/podgraft.tmpfiles $@

# Made by 'podgraft config --schema'; tests/netns/test_config.sh compares.
dist_schema_DATA = data/podgraft.schema.json

CLEANFILES += data/podgraft@.service data/podgraft.conf
EXTRA_DIST += data/podgraft@.service.in data/podgraft.tmpfiles

# What shells complete podgraft's command line with. A distribution may have other places, such as
# zshcompletiondir=/usr/share/zsh/vendor-completions.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
nodist_bashcompletion_DATA = data/bash/podgraft
nodist_zshcompletion_DATA = data/zsh/_podgraft
nodist_fishcompletion_DATA = data/fish/podgraft.fish
completions = $(nodist_bashcompletion_DATA) $(nodist_zshcompletion_DATA) $(nodist_fishcompletion_DATA)
CLEANFILES += $(completions)
data/bash/podgraft: podgraft$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) data/bash && ./podgraft$(EXEEXT) completion bash >$@
data/zsh/_podgraft: podgraft$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) data/zsh && ./podgraft$(EXEEXT) completion zsh >$@
data/fish/podgraft.fish: podgraft$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) data/fish && ./podgraft$(EXEEXT) completion fish >$@
