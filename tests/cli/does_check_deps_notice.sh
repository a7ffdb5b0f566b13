#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does check-deps notice an include that points the wrong way?
#
#	cli -> everything
#	results, workloads -> sim -> models -> sim/base
#	configs -> models -> sim/base

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$tmp/tree
mkdir -p "$tree"/{sim/base,models,configs,workloads/import,results,cli}

# with FILE INCLUDE: the tree holds this one file, with this one include.
with() {
	find "$tree" -name '*.[ch]' -delete
	printf '/* a comment */\n#include %s\n' "$2" >"$tree/$1"
	run scripts/check-deps.sh "$tree"
}

allows() {
	it "allows $1 to include $2"
	with "$1" "$2"
	exits_with 0
}

refuses() {
	it "refuses $1 to include $2, and says where"
	with "$1" "$2"
	exits_with 1
	stdout_has "^# $1:2: .* may not include ${2//./\\.}\$"
}

allows models/zone.c '"sim/base/error.h"'
allows models/zone.c '<stdio.h>'
allows sim/engine.c '"models/memory.h"'
allows configs/config.c '<yaml.h>'
allows workloads/import/ftrace.c '<yaml.h>'
allows workloads/reader.c '"configs/yaml/yaml_stream.h"'
allows results/recorder.c '<sqlite3.h>'
allows results/recorder.c '"embedded/schema.sql.h"'
allows cli/run.c '"results/recorder.h"'

refuses sim/base/text.c '"models/types.h"'
refuses sim/base/text.c '"sim/engine.h"'
refuses models/zone.c '"sim/engine.h"'
refuses models/zone.c '"configs/config.h"'
refuses models/zone.c '<time.h>'
refuses models/zone.c '<sys/stat.h>'
refuses models/zone.c '<fcntl.h>'
refuses models/zone.c '<yaml.h>'
refuses sim/engine.c '"workloads/reader.h"'
refuses sim/engine.c '<time.h>'
refuses sim/engine.c '<sqlite3.h>'
refuses configs/config.c '"sim/engine.h"'
refuses configs/config.c '<sqlite3.h>'
refuses workloads/reader.c '"configs/config.h"'
refuses workloads/import/ftrace.c '"results/recorder.h"'
refuses results/recorder.c '"workloads/reader.h"'
refuses results/recorder.c '<yaml.h>'
refuses results/recorder.c '<ncurses.h>'
refuses cli/run.c '<sqlite3.h>'
refuses models/zone.c '"../sim/engine.h"'

it "sees an include behind spaces and a comment"
with models/zone.c '<time.h> /* for now */'
printf '  #  include <time.h> // now\n' >"$tree/models/zone.c"
run scripts/check-deps.sh "$tree"
exits_with 1

it "is not led astray by a comment with a colon and quotes in it"
with models/zone.c '"models/types.h" // "why": <see there>'
exits_with 0

it "refuses an include whose name it cannot read"
with models/zone.c 'SOME_HEADER'
exits_with 1

it "finds nothing wrong with the tree as it is"
run scripts/check-deps.sh
exits_with 0

done_testing
