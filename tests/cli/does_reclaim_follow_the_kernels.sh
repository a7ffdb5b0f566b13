#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A trace of a machine of 384 MB that read and wrote more than it had: does the
# simulator's own reclaim come to what the kernel's did?
#
# suite-timeout: 300

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
recording=build/recordings/real-reclaim
workload=$tmp/workload.yaml
db=$tmp/run.db

# kernel NAME: how much the counter grew while the trace was taken.
kernel() {
	awk -v name="$1" '$1 == name { sum = $2 - sum } END { print sum }' \
		"$recording/vmstat.before" "$recording/vmstat.after"
}

ours() {
	sqlite3 "$db" "SELECT value FROM vmstat WHERE name = '$1'
		ORDER BY sample DESC LIMIT 1"
}

# within PER_CENT NAME: ours is so near to the kernel's.
within() {
	local ours theirs
	ours=$(ours "$2")
	theirs=$(kernel "$2")
	holds "$2: $ours, and the kernel's $theirs" \
		awk -v per_cent="$1" -v ours="$ours" -v theirs="$theirs" \
		'BEGIN { off = 100 * (ours - theirs) / theirs
			exit off < -per_cent || off > per_cent }'
}

it "imports the trace with a model of reclaim, and replays it"
run "$KMEMSIM" import ftrace --model-reclaim "$recording/trace.txt" \
	-o "$workload"
exits_with 0
run "$KMEMSIM" run -c "$recording/config.yaml" -w "$workload" -o "$db"
exits_with 0

it "moves as many pages, to within a quarter"
within 25 pgmigrate_success
within 25 compact_migrate_scanned

it "reclaims what the kernel's kswapd reclaimed, to within a tenth"
within 10 pgsteal_kswapd
within 10 pgscan_kswapd

it "wakes kswapd as often, to within a tenth"
within 10 pageoutrun

# Stalls come in bursts, of which the kernel had one: whether one comes hangs by
# single pages (docs/import.md).
it "lets allocations stall as rarely: 2 to 20 times, where the kernel had 7"
stalls=$(ours allocstall_normal)
holds "$stalls times" [ "$stalls" -ge 2 ]
holds "$stalls times" [ "$stalls" -le 20 ]

it "fails no allocation, as the kernel failed none"
same "$(sqlite3 "$db" 'SELECT failed FROM run')" 0 "failed"

it "ends with as much free memory, to within a batch of reclaim"
# free ZONE: the kernel's, at the end.
free() {
	awk -v zone="$1" '/^Node/ { this = $4 }
		this == zone && $1 == "nr_free_pages" { print $2; exit }' \
		"$recording/zoneinfo.after"
}
for zone in DMA DMA32; do
	pages=$(sqlite3 "$db" "SELECT nr_free_pages FROM zone_sample
		WHERE zone = '$zone' ORDER BY sample DESC LIMIT 1")
	off=$((pages - $(free "$zone")))
	holds "$zone: $pages free, not $(free "$zone")" [ ${off#-} -le 32 ]
done

it "leaves memory as fragmented, at order 9 to within 0.05"
for zone in DMA DMA32; do
	ours=$(sqlite3 "$db" "SELECT unusable_index FROM fragmentation
		WHERE zone = '$zone' AND order_ = 9
		ORDER BY sample DESC LIMIT 1")
	theirs=$(awk -F, -v zone="$zone" '$1 == "end" && $3 == zone {
			pages = $6 * 2 ^ $5; free += pages
			if ($5 >= 9) usable += pages }
		END { printf "%d", 1000 * (1 - usable / free) }' \
		"$recording/expected_samples.csv")
	off=$((ours - theirs))
	holds "$zone: 0.$ours, not 0.$theirs" [ ${off#-} -le 50 ]
done

done_testing
