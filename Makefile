# SPDX-License-Identifier: GPL-2.0-only
#
# One makefile for all of it: no directory has its own, so make sees every
# dependency. `make help` lists what there is to make.
#
# Knobs: DEVELOPER=1 (more warnings, and they are errors), SANITIZE=LIST (for
# -fsanitize), CC, CFLAGS, LDFLAGS, V=1 (whole commands), prefix, DESTDIR, JOBS,
# FUZZ_SECONDS. Builds with different knobs live in folders of their own and
# never mix.

VERSION := $(shell cat VERSION)

prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share/kmemsim
docdir ?= $(prefix)/share/doc/kmemsim
mandir ?= $(prefix)/share/man
# Where shells look for completions, below share/.
bash_dir ?= $(prefix)/share/bash-completion/completions
zsh_dir ?= $(prefix)/share/zsh/site-functions
fish_dir ?= $(prefix)/share/fish/vendor_completions.d

# V=1 shows commands whole, not just what they make.
say = $(if $(V),,@echo '  $(1)' $(patsubst $(B)/%,%,$@);)

JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 30

# ---- where the results of this build go ------------------------------------

comma := ,
variant := $(if $(DEVELOPER),developer)
variant += $(if $(SANITIZE),sanitize-$(subst $(comma),-,$(SANITIZE)))
variant := $(strip $(variant))
empty :=
space := $(empty) $(empty)
B ?= build$(if $(variant),/$(subst $(space),-,$(variant)))

# ---- flags ------------------------------------------------------------------

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
ifdef DEVELOPER
WARNINGS += -Werror -Wundef -Wvla -Wpointer-arith -Wwrite-strings \
	-Wold-style-definition -Wredundant-decls -Wformat=2 -Winit-self
endif

# Not evaluated before something is compiled: `make deps` must work where
# pkg-config is one of the things that are missing.
LIBRARIES := yaml-0.1 sqlite3 libzstd libxxhash nettle libtracecmd
lib_cflags = $(eval lib_cflags := $$(shell pkg-config --cflags $(LIBRARIES)))$(lib_cflags)
lib_libs = $(eval lib_libs := $$(shell pkg-config --libs $(LIBRARIES)))$(lib_libs)

sanitize_flags := $(if $(SANITIZE),-fsanitize=$(SANITIZE) \
	-fno-sanitize-recover=all -fno-omit-frame-pointer)
# Left alone, gcc clears and copies a struct of known size on x86 by a string
# instruction that takes some 10 ns to get going, several times an operation.
looped := vector_loop:256:noalign$(comma)libcall:-1:noalign
struct_flags := -mmemset-strategy=$(looped) -mmemcpy-strategy=$(looped)
known_flags = $(eval known_flags := $$(shell $(CC) $(struct_flags) -x c -c \
	-o /dev/null /dev/null 2>/dev/null && echo '$(struct_flags)'))$(known_flags)
compile = $(CC) -std=gnu17 $(WARNINGS) $(known_flags) $(CFLAGS) $(sanitize_flags) \
	-pthread -I. -I$(B) $(lib_cflags) $(CPPFLAGS)
link = $(CC) $(CFLAGS) $(sanitize_flags) -pthread $(LDFLAGS)
libs = $(lib_libs) -lm
# The program alone draws in a terminal; the libraries know of none.
curses_libs = $(eval curses_libs := $$(shell pkg-config --libs ncursesw))$(curses_libs)

# ---- what there is ----------------------------------------------------------

sources_under = $(sort $(shell find $(1) -name '*.c' 2>/dev/null))
library_sources := $(call sources_under,sim models configs workloads results)
cli_sources := $(call sources_under,cli)
cli_suites := $(sort $(filter-out tests/cli/lib.sh,$(wildcard tests/cli/*.sh)))
unit_sources := $(sort $(wildcard tests/unit/*.c))
fuzz_sources := $(sort $(wildcard tests/fuzz/*.c))
bench_sources := $(sort $(wildcard tests/bench/*.c))
headers := $(sort $(shell find sim models configs workloads results cli \
	-name '*.h' 2>/dev/null))
embedded_sources := $(wildcard results/database/*.sql results/report/page.css \
	results/report/page.js cli/shells/completion.*)

object = $(patsubst %.c,$(B)/obj/%.o,$(1))
library_objects := $(call object,$(library_sources))
cli_objects := $(call object,$(cli_sources))
unit_programs := $(patsubst %.c,$(B)/%,$(unit_sources))
bench_programs := $(patsubst %.c,$(B)/%,$(bench_sources))
fuzz_programs := $(patsubst %.c,$(B)/%,$(fuzz_sources))
embedded := $(patsubst %,$(B)/embedded/%.h,$(notdir $(embedded_sources)))
recordings := $(patsubst tests/recordings/%.tar.xz,build/recordings/%/.unpacked,\
	$(wildcard tests/recordings/*.tar.xz))

# ---- the binary, the library, the tests' programs ---------------------------

all: $(B)/kmemsim

$(B)/kmemsim: $(cli_objects) $(B)/libkmemsim.a
	$(call say,LINK)$(link) -o $@ $(cli_objects) $(B)/libkmemsim.a $(libs) $(curses_libs)

# Made anew each time: an object whose source is gone must not stay in it.
$(B)/libkmemsim.a: $(library_objects) $(B)/flags
	@rm -f $@
	$(call say,AR  )$(AR) crs $@ $(library_objects)

$(B)/obj/%.o: %.c $(B)/flags | $(embedded)
	@mkdir -p $(@D)
	$(call say,CC  )$(compile) -DKMEMSIM_VERSION='"$(VERSION)"' -MMD -MP -c -o $@ $<

$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(B)/libkmemsim.a
	@mkdir -p $(@D)
	$(call say,LINK)$(link) -o $@ $< $(B)/libkmemsim.a $(libs) -lcmocka

# The floors take nothing from the library: it is there for the others.
$(B)/tests/bench/%: $(B)/obj/tests/bench/%.o $(B)/libkmemsim.a
	@mkdir -p $(@D)
	$(call say,LINK)$(link) -o $@ $< $(B)/libkmemsim.a $(libs)

# A text file as a C string: results/database/schema.sql becomes
# embedded_schema_sql[], got by #include "embedded/schema.sql.h".
define embed
$(B)/embedded/$(notdir $(1)).h: $(1) scripts/embed.awk
	@mkdir -p $$(@D)
	$$(call say,TEXT)awk -v name=$(notdir $(1)) -f scripts/embed.awk $$< >$$@.tmp && \
		mv $$@.tmp $$@
endef
$(foreach source,$(embedded_sources),$(eval $(call embed,$(source))))

# Changes when the compiler or the flags do, and everything is compiled anew.
$(B)/flags: force
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(compile) $(link) $(VERSION))' >$@.$$$$; \
	if cmp -s $@.$$$$ $@; then rm $@.$$$$; else mv $@.$$$$ $@; fi

build/recordings/%/.unpacked: tests/recordings/%.tar.xz
	@mkdir -p build/recordings
	$(call say,XZ  )xz -dc $< | tar -xf - -C build/recordings
	@touch $@

tests: $(unit_programs)
recordings: $(recordings)

-include $(patsubst %.o,%.d,$(library_objects) $(cli_objects) \
	$(call object,$(unit_sources) $(fuzz_sources) $(bench_sources)))

# ---- checks -----------------------------------------------------------------

# Starts make again, once: what `deps` installs is only seen by a new one.
check: deps
	@scripts/install-deps.sh page
	+@$(MAKE) --no-print-directory check-quick \
		$(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

check-quick: $(B)/kmemsim $(unit_programs) $(bench_programs) $(recordings)
	@BUILD=$(B) CC='$(CC)' LIBRARY_CFLAGS='$(lib_cflags)' JOBS=$(JOBS) \
		tests/run \
		$(unit_programs) $(cli_suites) \
		scripts/check-headers.sh scripts/check-deps.sh

check-headers: $(embedded)
	@CC='$(CC)' BUILD=$(B) LIBRARY_CFLAGS='$(lib_cflags)' \
		scripts/check-headers.sh

check-deps:
	@scripts/check-deps.sh

check-determinism: $(recordings)
	@JOBS=$(JOBS) scripts/check-determinism.sh

lint:
	@scripts/lint.sh

format:
	clang-format-14 -i $(library_sources) $(cli_sources) $(headers) \
		$(call sources_under,tests) $(sort $(wildcard tests/*/*.h))

bench: $(B)/kmemsim $(bench_programs)
	@BUILD=$(B) scripts/bench.sh

# Mistakes made in FILE, one at a time, and what the unit tests say of each. The
# library is shared there, so that a mistake is linked in a second.
mutation: $(recordings)
	$(if $(filter $(FILE),$(library_sources)),,$(error \
		make mutation FILE=…: a source of the library, as sim/engine/fair.c))
	@scripts/install-deps.sh base mutation
	+@$(MAKE) --no-print-directory mutation-run B=build/mutation \
		CFLAGS='-O1 -fPIC' \
		$(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

mutation-run: $(library_objects) $(call object,$(unit_sources))
	@BUILD=$(B) LINK='$(link)' LIBS='$(libs)' OBJECTS='$(library_objects)' \
		COMPILE='$(compile) -DKMEMSIM_VERSION="$(VERSION)"' \
		PROGRAMS='$(unit_programs)' FILE='$(FILE)' python3 -B scripts/mutation.py

# The fuzzers' own build of the library: clang's, with coverage in it.
fuzz:
	@scripts/install-deps.sh base fuzz
	+@$(MAKE) --no-print-directory fuzz-run CC=clang B=build/fuzz \
		CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined' \
		$(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

fuzz-run: $(fuzz_programs)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz.sh $(fuzz_programs)

$(B)/tests/fuzz/%: $(B)/obj/tests/fuzz/%.o $(B)/libkmemsim.a
	@mkdir -p $(@D)
	$(call say,LINK)$(link) -fsanitize=fuzzer -o $@ $< $(B)/libkmemsim.a $(libs)

# ---- people -----------------------------------------------------------------

# The pictures of docs/plots.md and docs/example-report.html, the same byte for
# byte each time (a screenshot of the page where there is Chromium), and pages
# that show what commands print.
run_pages := README.md docs/tutorial.md docs/compare.md docs/sweep.md
docs: $(B)/kmemsim $(recordings) kernel-functions
	@KMEMSIM=$(B)/kmemsim scripts/docs.sh
	@for page in $(run_pages); do \
		KMEMSIM=$(B)/kmemsim scripts/run-page.sh $$page docs/pictures \
			>$(B)/page.md && cp $(B)/page.md $$page || exit; \
	done

# An index of the models' comments.
kernel-functions:
	@scripts/kernel-functions.sh >docs/kernel-functions.md

deps:
	@scripts/install-deps.sh base

demo: deps
	+@$(MAKE) --no-print-directory all recordings \
		$(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
	@scripts/demo.sh

# Their text is that of docs/ and of each verb's --help.
man: $(B)/man/kmemsim.1

$(B)/man/kmemsim.1: $(B)/kmemsim scripts/man.sh $(wildcard scripts/*-to-scdoc.awk) \
		$(wildcard docs/man/*.scd) docs/config.md docs/workload.md \
		docs/database.md
	$(call say,MAN )scripts/man.sh $(B)/kmemsim $(B)/man

# The same layout as the source tree's below $(datadir), so that the binary
# looks for its data in one way only.
data_folders := configs configs/examples workloads results/plots results/queries
data_files = $(wildcard $(addprefix $(1)/*.,yaml gp sql))
define newline


endef
install: $(B)/kmemsim man
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(docdir)/docs/pictures \
		$(addprefix $(DESTDIR)$(datadir)/,$(data_folders))
	install -m 755 $(B)/kmemsim $(DESTDIR)$(bindir)/kmemsim
	$(foreach folder,$(data_folders),install -m 644 \
		$(call data_files,$(folder)) $(DESTDIR)$(datadir)/$(folder)$(newline))
	install -D -m 644 cli/shells/completion.bash \
		$(DESTDIR)$(bash_dir)/kmemsim
	install -D -m 644 cli/shells/completion.zsh $(DESTDIR)$(zsh_dir)/_kmemsim
	install -D -m 644 cli/shells/completion.fish \
		$(DESTDIR)$(fish_dir)/kmemsim.fish
	install -d $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man5
	install -m 644 $(B)/man/*.1 $(DESTDIR)$(mandir)/man1
	install -m 644 $(B)/man/*.5 $(DESTDIR)$(mandir)/man5
	install -m 644 README.md LICENSE $(DESTDIR)$(docdir)
	install -m 644 $(wildcard docs/*.md docs/*.html) \
		$(DESTDIR)$(docdir)/docs
	install -m 644 $(wildcard docs/pictures/*.svg docs/pictures/*.png) \
		$(DESTDIR)$(docdir)/docs/pictures

uninstall:
	rm -f $(DESTDIR)$(bindir)/kmemsim $(DESTDIR)$(bash_dir)/kmemsim \
		$(DESTDIR)$(zsh_dir)/_kmemsim \
		$(DESTDIR)$(fish_dir)/kmemsim.fish \
		$(DESTDIR)$(mandir)/man1/kmemsim.1 \
		$(DESTDIR)$(mandir)/man1/kmemsim-*.1 \
		$(DESTDIR)$(mandir)/man5/kmemsim-*.5
	rm -rf $(DESTDIR)$(datadir) $(DESTDIR)$(docdir)

clean:
	rm -rf build

help:
	@echo 'make                  builds build/kmemsim'
	@echo 'make check            installs what is missing, builds, passes all tests'
	@echo 'make check-quick      the same without looking for missing packages'
	@echo 'make check-headers    compiles each header alone'
	@echo 'make check-deps       proves from the includes that layers are kept'
	@echo 'make check-determinism  same digests from gcc, clang, -O0, -O2 and -O3'
	@echo 'make lint             style, static analysis, licence lines'
	@echo 'make format           puts the C sources into the house style'
	@echo 'make bench            how fast it is, beside floors of our own; BENCH_OPS'
	@echo 'make fuzz             nonsense read, any calls run: FUZZ_SECONDS=30 each'
	@echo 'make mutation         which mistakes in FILE= do the unit tests not notice?'
	@echo 'make demo             a real trace in, databases and pictures out'
	@echo 'make docs             makes docs/ anew: pictures, a report, what commands print'
	@echo 'make kernel-functions  its index from the kernel'\''s functions to our files'
	@echo 'make recordings       unpacks recordings of real kernels: README, tutorial'
	@echo 'make deps             installs the packages needed (Debian 12)'
	@echo 'make man              man pages, in build/man'
	@echo 'make install          to $$(DESTDIR)$$(prefix), prefix=/usr/local'
	@echo 'make uninstall        removes what install put there'
	@echo 'make clean            removes build/'
	@echo 'make help             this list'
	@echo
	@echo 'DEVELOPER=1           more warnings, and they are errors'
	@echo 'SANITIZE=address,undefined   for any of the above'
	@echo 'V=1                   whole commands'

force:

.PHONY: all tests man recordings kernel-functions check check-quick check-headers check-deps \
	check-determinism lint format bench fuzz fuzz-run mutation \
	mutation-run docs deps demo install uninstall clean help force
.DELETE_ON_ERROR:
.SECONDARY: $(call object,$(unit_sources) $(fuzz_sources) $(bench_sources))
