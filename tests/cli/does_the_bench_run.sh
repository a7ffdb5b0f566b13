#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does `make bench` still measure, and do operations still take about as many
# instructions as they did? No time is asserted here: times are the bench's own.
#
# Instructions that callgrind counts are repeatable, for a compiler: so the most
# that an operation may take is twice what it took with gcc 12 and -O2 when the
# number was written down. Who makes it faster may lower it.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

# bench WORD…: with sizes at which a figure means nothing.
bench() {
	run env BENCH_OPS=5000 BENCH_ROUNDS=1 BENCH_PAGES=16384 \
		BENCH_LARGE_PAGES=32768 BENCH_OBJECTS=2000 \
		scripts/bench.sh "$@"
}

it "prints a table of all goals"
bench
exits_with 0
stderr_is_empty
stdout_has '^ +floor +ours +result +goal +met$' '^mix, YAML: ' \
	'^pages, steady ' '^pages, breathing ' '^kmalloc and kfree ' \
	'large machine: resident' '^--log-ops all: rows ' \
	'^events, 100k pending ' '^pack, of YAML ' '^compare of two'

it "prints one group for programs"
bench --tsv events
exits_with 0
stdout_has "^row	about	unit	floor	ours	result	goal	met$" \
	"^events-1k	.*	<=2	(yes|NO)$"
same "$(wc -l <"$tmp/stdout")" 3 "the number of lines"

it "says which measurement failed, and why"
KMEMSIM=/bin/false bench mix
exits_with 1
stderr_has 'bench: .*/bin/false run .* failed'

it "does the same work in each of the floors' shapes"
for shape in lists bitmaps stacked-bitmaps; do
	run "$BUILD/tests/bench/floor_pages" $shape 16384 5000 60 10
	exits_with 0
	stdout_has 'ops=5000 failed=0 '
done

it "generates workloads that are valid"
for workload in "mix 2000 300" "calm 2000 300" "pages 500 4000 400" \
	"slab 500 300"; do
	# shellcheck disable=SC2086 # words are words
	"$BUILD/tests/bench/generate" $workload >"$tmp/workload.yaml"
	run "$KMEMSIM" check "$tmp/workload.yaml"
	exits_with 0
done

# ---- instructions ------------------------------------------------------------

cat >"$tmp/machine.yaml" <<END
kmemsim: config
version: 1
nodes:
  - id: 0
    cpus: [0]
    zones: [{type: DMA, size: 16MiB}, {type: DMA32, size: 48MiB}]
END

# instructions KIND OPS TARGET: of a whole program.
instructions() {
	run valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		"$BUILD/tests/bench/simulate" "$1" "$tmp/machine.yaml" "$2" \
		"$3" 0 ""
	exits_with 0
	sed -n 's/.*Collected : //p' "$tmp/stderr"
}

# takes_at_most NUMBER KIND TARGET: instructions an operation.
takes_at_most() {
	local few many each
	it "takes at most $1 instructions for an operation of $2"
	if ! command -v valgrind >/dev/null; then
		skip "there is no valgrind"
		return
	fi
	# Not the code that is shipped: it checks itself.
	if [[ $BUILD == *sanitize* ]]; then
		skip "sanitizers count as well"
		return
	fi
	few=$(instructions "$2" 5000 "$3")
	many=$(instructions "$2" 15000 "$3")
	each=$(((many - few) / 10000))
	echo "# $2: $each instructions an operation"
	holds "expected 1 instruction or more, got $each" [ "$each" -gt 0 ]
	holds "expected $1 instructions or less, got $each" [ "$each" -le "$1" ]
}

takes_at_most 1500 pages 9830
takes_at_most 1200 slab 10000

done_testing
