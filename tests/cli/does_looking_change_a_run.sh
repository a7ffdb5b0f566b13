#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Is a run that is looked at the run that nobody looks at? Samples of the clock,
# the timeline and a log of all operations only read: with all of them each
# shipped workload must come to the same digest, in the same simulated time,
# with the same counters and sums. Calls that interrupt each other, sleep and
# wait are where a reading between them could change who is told of first.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

# What became of the run, without a word of who looked.
what_happened() {
	sqlite3 "$1" "SELECT digest, sim_ns, ops, failed, skipped FROM run;
		SELECT * FROM op_stats ORDER BY 2, 3, 4, 5;
		SELECT name, value FROM vmstat
		WHERE sample = (SELECT max(sample) FROM sample)"
}

samples_of_the_clock() {
	sqlite3 "$1" "SELECT count(*) FROM sample WHERE cause = 'clock'"
}

for workload in workloads/*.yaml; do
	it "runs $(basename "$workload" .yaml) alike, looked at or not"
	read -r -a words <<<"$(command_of "$workload")"
	run "$KMEMSIM" run "${words[@]:2}" -o "$tmp/alone.db"
	exits_with 0
	sim_ns=$(sqlite3 "$tmp/alone.db" "SELECT sim_ns FROM run")
	run "$KMEMSIM" run "${words[@]:2}" -o "$tmp/seen.db" --timeline \
		--check --log-ops failures \
		--sample-every "$((sim_ns / 37 + 1))ns"
	exits_with 0
	same "$(what_happened "$tmp/alone.db")" \
		"$(what_happened "$tmp/seen.db")" "what happened"
	holds "it was hardly sampled" \
		[ "$(samples_of_the_clock "$tmp/seen.db")" -ge 30 ]
	rm -f "$tmp/alone.db" "$tmp/seen.db"
done

it "samples as often as it was told, before what happens then"
cat >"$tmp/two.yaml" <<'EOF'
kmemsim: workload
version: 1
name: two
events:
  - {t: 0, op: alloc_pages, id: 1, order: 4, gfp: GFP_KERNEL}
  - {t: 10us, op: free_pages, id: 1}
  - {t: 25us, op: alloc_pages, id: 2, order: 3, gfp: GFP_KERNEL}
EOF
run "$KMEMSIM" run -c configs/examples/by-hand.yaml -w "$tmp/two.yaml" \
	-o "$tmp/two.db" --sample-every 5us
exits_with 0
same "$(sqlite3 "$tmp/two.db" "SELECT z.t_ns / 1000, sum(nr_free_pages) -
		(SELECT sum(nr_free_pages) FROM zone_sample WHERE sample = 1)
	FROM zone_sample AS z JOIN sample USING (sample)
	WHERE cause = 'clock' GROUP BY sample")" \
	"0|0
5|-16
10|-16
15|0
20|0
25|0" "free pages against the start, by us"

it "says how many samples were taken, where there are more than that at the end"
run "$KMEMSIM" run -c configs/examples/by-hand.yaml -w "$tmp/two.yaml" \
	-o "$tmp/two.db" --sample-every 5us
stdout_has '^  samples     7$'
run "$KMEMSIM" run -c configs/examples/by-hand.yaml -w "$tmp/two.yaml" \
	-o "$tmp/two.db" --json --sample-every 5us
same "$(sqlite3 :memory: "SELECT readfile('$tmp/stdout') ->> '$.samples'")" \
	"$(sqlite3 "$tmp/two.db" "SELECT count(*) FROM sample")" samples
run "$KMEMSIM" run -c configs/examples/by-hand.yaml -w "$tmp/two.yaml" \
	-o "$tmp/two.db"
holds "an end is nothing to tell of" not grep -q '^  samples' "$tmp/stdout"

done_testing
