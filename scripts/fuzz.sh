#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/fuzz.sh FUZZER…: runs each for FUZZ_SECONDS, starting from what
# tests/fuzz/seeds/NAME/ and, of an importer, tests/fixtures/NAME/ hold (of
# NAME_PART, tests/fixtures/NAME/). New inputs of interest go to
# build/fuzz/corpus/NAME, an input that broke something to build/fuzz/NAME-*.
# What C leaves undefined counts as broken.

set -u
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}
cd "$(dirname "$0")/.." || exit 1
failed=0

[ $# -gt 0 ] || {
	echo "fuzz: there is no fuzzer in tests/fuzz" >&2
	exit 1
}
for fuzzer; do
	name=${fuzzer##*/}
	corpus=build/fuzz/corpus/$name
	log=build/fuzz/$name.log
	mkdir -p "$corpus"
	folders=("$corpus")
	for seeds in "tests/fuzz/seeds/$name" "tests/fixtures/$name" \
		"tests/fixtures/${name%_*}"; do
		[ -d "$seeds" ] && [ "$seeds" != "${folders[-1]}" ] &&
			folders+=("$seeds")
	done
	if KMEMSIM_DATA=$PWD "$fuzzer" -max_total_time="${FUZZ_SECONDS:-30}" \
		-timeout=10 -rss_limit_mb=2048 -max_len=65536 \
		-print_final_stats=1 \
		-artifact_prefix="build/fuzz/$name-" "${folders[@]}" \
		>"$log" 2>&1; then
		echo "ok    $name: $(sed -n \
			's/.*number_of_executed_units: *//p' "$log") inputs"
	else
		failed=1
		tail -n 40 "$log" | sed 's/^/      /'
		echo "FAIL  $name: see $log"
	fi
done
exit $failed
