#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Do generators that were fitted to a trace allocate as much as the trace, and
# hold as many pages over time?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
recordings=build/recordings

# live_at WORKLOAD END: allocations, and pages live at each 20th of END.
live_at() {
	awk -v end="$2" '
	BEGIN { step = 1; all = 0; live = 0 }
	/^  - \{t: / {
		t = $3 + 0
		while (step <= 20 && t > end * step / 20) {
			line = line " " live
			step++
		}
		if (!match($0, / id: [0-9]+/)) next
		id = substr($0, RSTART + 5, RLENGTH - 5)
		order = 0
		if (match($0, / order: [0-9]+/))
			order = substr($0, RSTART + 8, RLENGTH - 8)
		if (/ op: alloc_pages/) {
			pages[id] = 2 ^ order; live += pages[id]; all++
		} else if (id in pages) {
			live -= pages[id]; delete pages[id]
		}
	}
	END {
		for (; step <= 20; step++) line = line " " live
		print all line
	}' "$1"
}

for name in real-net real-files; do
	it "fits $name: as many allocations, pages live off by 0.1 on average"
	trace=$recordings/$name/trace.txt
	"$KMEMSIM" import ftrace "$trace" -o "$tmp/w.yaml" 2>"$tmp/report"
	run "$KMEMSIM" import ftrace "$trace" --fit -o "$tmp/spec.yaml"
	exits_with 0
	stderr_has 'by group' 'distance 0\.' 'lumped together' 'are left out'
	run "$KMEMSIM" check "$tmp/spec.yaml"
	exits_with 0
	run "$KMEMSIM" generate "$tmp/spec.yaml" -o "$tmp/fit.yaml"
	exits_with 0
	end=$(awk '/^  - / { t = $3 + 0 } END { print t }' "$tmp/w.yaml")
	read -r -a real <<<"$(live_at "$tmp/w.yaml" "$end")"
	read -r -a drawn <<<"$(live_at "$tmp/fit.yaml" "$end")"
	same "${drawn[0]}" "${real[0]}" "the number of allocations"
	off=0
	most=0
	for i in {1..20}; do
		difference=$((drawn[i] - real[i]))
		off=$((off + ${difference#-}))
		[ "${real[i]}" -le "$most" ] || most=${real[i]}
	done
	[ $((off / 2)) -le "$most" ] ||
		fail "expected ${real[*]}, got ${drawn[*]}"

	it "fits objects and caches of $name, too"
	run "$KMEMSIM" import ftrace "$trace" --level calls --fit --name like \
		-o "$tmp/calls.yaml"
	exits_with 0
	holds "expected its name" grep -q '^name: like$' "$tmp/calls.yaml"
	run "$KMEMSIM" run -c configs/examples/two-nodes.yaml \
		-w "$tmp/calls.yaml" --check
	exits_with 0
	stdout_has '0 failed, 0 skipped, 0 violations'
done

it "fits traces alone"
run "$KMEMSIM" import proc "$recordings/real-net/zoneinfo.before" --fit \
	-o "$tmp/c.yaml"
exits_with 2
stderr_has 'fit.* is for ftrace'
is_gone "$tmp/c.yaml"

it "refuses a trace that is none, and writes nothing"
echo "no trace" >"$tmp/none.txt"
run "$KMEMSIM" import ftrace "$tmp/none.txt" --fit -o "$tmp/none.yaml"
exits_with 3
stderr_has 'none.txt:'
is_gone "$tmp/none.yaml"

done_testing
