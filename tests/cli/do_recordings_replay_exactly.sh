#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does the simulator do what the kernel did, in every recording?
#
# suite-timeout: 300

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
recordings=build/recordings

exact=(g1-order0 g2-orders g3-mobility g4-fallback g5-atomic g6-slab g7-vmalloc
	g8-driver g9-twozone g10-highmem g11-costs g12-zones g14-huge)

for recording in "${exact[@]}"; do
	it "lands on every page frame and free-list count of $recording"
	run "$KMEMSIM" verify "$recordings/$recording"
	exits_with 0
	stdout_has "$recording"
done

# Its thread lets kswapd and kcompactd have the CPU between and in its calls.
# What a call takes includes what they do meanwhile: costs are less near.
it "lands on all page frames of g13-compaction, where kcompactd runs, too"
run "$KMEMSIM" verify "$recordings/g13-compaction"
exits_with 0
stdout_has 'page frames  *18717 of  *18717 '
stdout_has 'costs within 10 % of instructions .* 99\.'

# Nothing is left there: what calls cost is reclaim that finds nothing.
it "lands on all page frames and addresses of g17-full, where calls fail"
run "$KMEMSIM" verify "$recordings/g17-full"
exits_with 0
stdout_has 'page frames  *2196 of  *2196 '
stdout_has 'vmalloc addresses  *1512 of  *1512 '
stdout_has 'costs within 10 % of instructions .* 99\.'

# Its times are real ones: pages come back at the ticks of the kernel's timer.
# What an object of such a cache costs is less: it is not cleared.
it "lands on all page frames of g18-rcu, where slabs wait for grace periods"
run "$KMEMSIM" verify "$recordings/g18-rcu"
exits_with 0
stdout_has 'page frames  *16000 of  *16000 ' 'zone counters .* 100\.000 %' \
	'costs within 10 % of instructions .* 99\.'

it "lands on all page frames of g19-boost, where steals raise the marks"
run "$KMEMSIM" verify "$recordings/g19-boost"
exits_with 0
stdout_has 'page frames  *7591 of  *7591 ' \
	'costs within 10 % of instructions .* 99\.'

# Areas are tried with blocks of 2 MiB first; a worker purges what that leaves.
it "lands on all frames and addresses of g20-retries, where areas start over"
run "$KMEMSIM" verify "$recordings/g20-retries"
exits_with 0
stdout_has 'page frames  *2389 of  *2389 ' \
	'vmalloc addresses  *232 of  *232 ' \
	'costs within 10 % of instructions .* 99\.'

# The kernel's own slabs there are not known, nor hence all page frames.
it "lands on all addresses of g15-aligned, where they depend on a tree's shape"
run "$KMEMSIM" verify "$recordings/g15-aligned"
exits_with 0
stdout_has 'vmalloc addresses  *1520 of  *1520 '

# Its times only number the calls: by the clock, those of two CPUs overlap.
it "lands on all page frames of g16-cpus, where two CPUs take turns"
run "$KMEMSIM" verify "$recordings/g16-cpus"
exits_with 0
stdout_has 'page frames  *8933 of  *8933 '

# What calls cost is clock enough: its times are as good as none.
it "does so by what calls cost, too, without the times that they were made at"
cp -r "$recordings/g13-compaction" "$tmp/untimed-g13"
chmod -R u+w "$tmp/untimed-g13"
sed -i '/^scheduler:/d' "$tmp/untimed-g13/config.yaml"
run "$KMEMSIM" verify "$tmp/untimed-g13"
exits_with 0
stdout_has 'page frames  *18717 of  *18717 '

# (A recording that can't tell proves less.)
it "would not if kswapd and kcompactd waited until all is over"
cp -r "$tmp/untimed-g13" "$tmp/alone-g13"
echo 'scheduler: {kernel_threads: true, keeps_cpu: 1000000s, slice: 1000000s}' \
	>>"$tmp/alone-g13/config.yaml"
run "$KMEMSIM" verify "$tmp/alone-g13"
exits_with 1

# 14 of its allocations follow pages that vmalloc took in bulk, with no event.
it "lands on all 10,514 page frames of a real load's trace, and ends as the \
kernel did"
run "$KMEMSIM" verify "$recordings/real-files"
exits_with 0
stdout_has 'page frames  *10514 of  *10514 '

# Costs were fitted on these: 98 % within a tenth, each total within 1 %.
it "says costs that are near the instructions that the kernel took"
for recording in "${exact[@]}"; do
	run "$KMEMSIM" verify "$recordings/$recording"
	same "$(awk -v case="$recording" '
		/costs within/ { share = $(NF - 1); seen = 1 }
		/all costs/ { off = $(NF - 1) }
		END { if (!seen || share < 98 || off < -1 || off > 1) {
			print case ": " share " % near, off by " off " %"
			} }' "$tmp/stdout")" "" "what is far off"
done

it "says how exactly as JSON"
run "$KMEMSIM" verify --json "$recordings/g1-order0"
exits_with 0
stdout_has '"g1-order0"'
python_is_there=$(command -v python3 || true)
if [ -n "$python_is_there" ]; then
	python3 -m json.tool "$tmp/stdout" >/dev/null 2>&1 ||
		fail "that is not JSON"
fi

# The yardstick must be able to break: one frame of the recording moved.
wrong=$tmp/g1-wrong
cp -r "$recordings/g1-order0" "$wrong"
chmod -R u+w "$wrong"

it "notices one wrong page frame among the thousands of a recording"
awk -F, -v OFS=, 'NR > 1000 && !done && $5 != "" { $5++; done = 1 } { print }' \
	"$recordings/g1-order0/expected_ops.csv" >"$wrong/expected_ops.csv"
run "$KMEMSIM" verify "$wrong"
exits_with 1

it "notices one wrong count of free blocks"
cp "$recordings/g1-order0/expected_ops.csv" "$wrong/expected_ops.csv"
awk -F, -v OFS=, 'NR == 12 { $6++ } { print }' \
	"$recordings/g1-order0/expected_samples.csv" \
	>"$wrong/expected_samples.csv"
run "$KMEMSIM" verify "$wrong"
exits_with 1

it "notices what an event itself says that the kernel did"
cp "$recordings/g1-order0/expected_samples.csv" "$wrong"
sed -i '6s/}$/, recorded: {pfn: 133379}}/' "$wrong/workload.yaml"
run "$KMEMSIM" verify "$wrong"
exits_with 0
sed -i '6s/133379/133378/' "$wrong/workload.yaml"
run "$KMEMSIM" verify "$wrong"
exits_with 1
stdout_has "operation 1, alloc_pages: kernel's frame 133378, .* 133379"

it "refuses a recording with a line that it cannot read"
awk 'NR == 12 { print "1"; next } { print }' \
	"$recordings/g1-order0/expected_samples.csv" \
	>"$wrong/expected_samples.csv"
run "$KMEMSIM" verify "$wrong"
exits_with 3
stderr_has 'expected_samples\.csv:12:'

# By their times, 1 ms of quiet between the last two calls, kcompactd would make
# the block that the last one asks for: so it does in a run.
it "lets no time pass between a script's calls"
alone=$tmp/alone
mkdir "$alone"
cp workloads/kcompactd-after-kswapd.yaml "$alone/workload.yaml"
sed -e 's/cpus: \[0, 1\]/cpus: [0]/' -e 's/size: 4MiB/size: 256KiB/' \
	-e 's/^pageblock_order: 6/pageblock_order: 3/' \
	-e 's/min: 32, low: 64, high: 96/min: 1, low: 4, high: 6/' \
	configs/examples/by-hand.yaml >"$alone/config.yaml"
run "$KMEMSIM" run -c "$alone/config.yaml" -w "$alone/workload.yaml" \
	-o "$tmp/alone.db" --log-ops all
"$KMEMSIM" export "$tmp/alone.db" --query "SELECT seq, op, id, ok, pfn,
	NULL AS vaddr_offset, NULL AS instructions FROM op_log
	ORDER BY seq" >"$tmp/in-a-run.csv"
holds "kcompactd made no block" grep -q 'block again,1,' "$tmp/in-a-run.csv"
sed '/block again/s/,1,[0-9]*,,$/,0,,,/' "$tmp/in-a-run.csv" \
	>"$alone/expected_ops.csv"
echo label,node,zone,migratetype,order,nr_free >"$alone/expected_samples.csv"
run "$KMEMSIM" verify "$alone"
exits_with 0

it "calibrates by the same run as it verifies"
sed -i '2,$s/$/1000/' "$alone/expected_ops.csv" # instructions
run "$KMEMSIM" calibrate "$alone"
exits_with 0
holds "its run is another" not grep -q 'did otherwise' "$tmp/stdout"

# Memory runs out, and two callers sleep until the end: those behind them are
# over first. The recording says that the kernel had memory for one of them.
it "says what differs where calls end in another order than they were made"
short=$tmp/short
mkdir "$short"
cp workloads/nothing-can-go-on.yaml "$short/workload.yaml"
cp configs/examples/by-hand.yaml "$short/config.yaml"
cp "$alone/expected_samples.csv" "$short"
run "$KMEMSIM" run -c "$short/config.yaml" -w "$short/workload.yaml" \
	-o "$tmp/short.db" --log-ops all
"$KMEMSIM" export "$tmp/short.db" --query "SELECT seq, op, id, ok, pfn,
	NULL AS vaddr_offset, 100 AS instructions FROM op_log
	ORDER BY seq" >"$short/expected_ops.csv"
[ "$(sqlite3 "$tmp/short.db" 'SELECT count(*) FROM op_log a, op_log b
	WHERE a.rowid < b.rowid AND a.seq > b.seq')" -gt 0 ] ||
	fail "the calls end in order"
run "$KMEMSIM" verify "$short"
exits_with 0
sed -i '14s/,0,,,/,1,500,,/' "$short/expected_ops.csv"
run "$KMEMSIM" verify "$short"
exits_with 1
stdout_has 'operation 13, .*: kernel success, simulator failure'
run "$KMEMSIM" calibrate "$short"
holds "its files are not invalid" [ "$status" -ne 3 ]
sed -i '$d' "$short/expected_ops.csv"
run "$KMEMSIM" verify "$short"
exits_with 1
stdout_has 'not of the same length'

it "refuses a folder that holds no recording"
mkdir "$tmp/empty"
run "$KMEMSIM" verify "$tmp/empty"
exits_with 3
stderr_has empty

done_testing
