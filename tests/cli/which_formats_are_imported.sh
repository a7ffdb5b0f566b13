#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Which files of real kernels, old and new, become workloads and configs?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
fixtures=tests/fixtures
net=build/recordings/real-net

# The same events as perf would have printed them.
as_perf_script() {
	local task='^ *(.*[^ ])-([0-9]+)' cpu=' +\[([0-9]+)\]'
	sed -nE "s/$task$cpu [^ ]+ +([0-9.]+): /\1 \2 [\3] \4: kmem:/p" "$1" |
		awk '{ printf "%16s\n", $0 }'
}

# What is left of a workload when perf has told it.
without_contexts() {
	grep 'op:' "$1" | sed -E 's/, ctx: [a-z]+//; s/, can_sleep: [a-z]+//'
}

it "makes the same workload of a real trace's events in perf's words"
as_perf_script "$net/trace.txt" >"$tmp/perf.txt"
for options in "" "--level calls"; do
	# shellcheck disable=SC2086
	run "$KMEMSIM" import perf "$tmp/perf.txt" $options -o "$tmp/perf.yaml"
	exits_with 0
	stderr_has 'events without a context: guessed by the task' \
		'of them in a process'
	# shellcheck disable=SC2086
	run "$KMEMSIM" import ftrace "$net/trace.txt" $options \
		-o "$tmp/ftrace.yaml"
	exits_with 0
	run diff <(without_contexts "$tmp/ftrace.yaml") \
		<(without_contexts "$tmp/perf.yaml")
	exits_with 0
done

it "takes ksoftirqd for a soft interrupt, and says which line is wrong"
{
	echo ' <idle>-0     [002] 1.000001: mm_page_alloc: page=0 pfn=0x100' \
		'order=0 migratetype=0 gfp_flags=GFP_ATOMIC'
	echo ' ksoftirqd/2-27 [002] 1.000002: mm_page_alloc: page=0 pfn=0x200' \
		'order=4 migratetype=0 gfp_flags=GFP_ATOMIC|__GFP_COMP'
	echo ' sh-1500      [000] 1.000003: mm_page_alloc: page=0 pfn=0x301' \
		'order=1 migratetype=0 gfp_flags=GFP_KERNEL'
	echo ' sh-1500      [000] 1.000004: mm_page_alloc: page=0 pfn=0x302' \
		'order=1 migratetype=0 gfp_flags=GFP_KERNEL'
} >"$tmp/softirqs.txt"
run "$KMEMSIM" import ftrace "$tmp/softirqs.txt" -o "$tmp/w.yaml"
exits_with 0
stderr_has ' 4 events without a context: guessed by the task' \
	' 2 of them in a soft interrupt: idle tasks and ksoftirqd' \
	' 2 of them in a process' \
	'skipped, its frame is no block of its order: line 3'
same "$(grep -c 'ctx: softirq' "$tmp/w.yaml")" 2 "calls in soft interrupts"
run grep -q 'ctx: softirq, task: ksoftirqd/2' "$tmp/w.yaml"
exits_with 0

it "reads masks by the bits that --gfp-bits names"
run "$KMEMSIM" import perf $fixtures/perf/linux-4.9-masks.txt --gfp-bits 4.14 \
	-o "$tmp/w.yaml"
exits_with 0
stderr_has 'bits of Linux 4.11 to 4.15$'
holds "read by 4.9's bits" \
	not grep -q 'gfp: GFP_HIGHUSER_MOVABLE,' "$tmp/w.yaml"
run "$KMEMSIM" import perf $fixtures/perf/linux-4.9-masks.txt --gfp-bits new \
	-o "$tmp/w.yaml"
exits_with 2
stderr_has "\"new\" is no version"

it "reads a binary trace.dat as trace-cmd does, its contexts and losses too"
run "$KMEMSIM" import ftrace $fixtures/ftrace/linux-6.1.dat --no-tasks \
	-o "$tmp/w.yaml"
exits_with 0
stderr_has '7 events lost' '1 allocation failed'
same "$(grep 'op:' "$tmp/w.yaml" | sed 's/, recorded: {ok: /, /; s/}*$//
	s/.*t: \([0-9]*\), op: \([a-z]*\)_pages, id:/\1 \2/')" \
	"0 alloc 1, order: 2, gfp: GFP_KERNEL|__GFP_COMP, true, pfn: 5120
1000 alloc 2, order: 0, gfp: GFP_ATOMIC, cpu: 1, ctx: softirq, true, pfn: 4660
2000 alloc 3, order: 9, gfp: GFP_HIGHUSER_MOVABLE|__GFP_COMP, cpu: 1, false
2500 free 2, cpu: 1, ctx: softirq
4000 free 1, can_sleep: false" "the calls"

it "refuses a trace.dat that is cut off, wherever"
for length in 20 2000 3000 5000 12000; do
	head -c $length $fixtures/ftrace/linux-6.1.dat >"$tmp/cut.dat"
	# The library can't close such a file: trace_dat.c.
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
		run "$KMEMSIM" import ftrace "$tmp/cut.dat" -o "$tmp/new"
	exits_with 3
	stderr_has 'is it complete'
done
is_gone "$tmp/new"

it "reads a trace.dat from a pipe as well"
run "$KMEMSIM" import ftrace - --no-tasks -o "$tmp/piped.yaml" \
	< <(cat $fixtures/ftrace/linux-6.1.dat)
exits_with 0
same "$(grep 'op:' "$tmp/piped.yaml")" "$(grep 'op:' "$tmp/w.yaml")" "the calls"

# ---- page_owner -------------------------------------------------------------

# owners FIXTURE: the calls' tasks and orders, by their age.
owners() {
	local request='.*order: ([0-9]+), gfp: ([^,]*),.*'
	local who=' task: ([^,]*), .*pfn: ([0-9]+).*'
	run "$KMEMSIM" import page_owner "$fixtures/page_owner/$1" \
		-o "$tmp/w.yaml"
	exits_with 0
	sed -nE "s/$request$who/\1 \2 \3 \4/p" "$tmp/w.yaml"
}

it "takes a name with brackets in it as the task's"
by='pid 9, tgid 9 ((sd-pam)), ts 5 ns'
printf '%s\n' "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), $by" \
	'PFN 4096 type Movable Block 8 type Movable Flags 0x0()' \
	' do_fault+0x1/0x2' >"$tmp/owner.txt"
run "$KMEMSIM" import page_owner "$tmp/owner.txt" -o -
exits_with 0
stdout_has '"\(sd-pam\)/do_fault"'

it "says which file of /proc is not there"
run "$KMEMSIM" import proc "$tmp/none" -o "$tmp/w.yaml" --config "$tmp/c.yaml"
exits_with 3
stderr_has 'none:1:1: error: can.t be opened'

it "finds who holds pages in 4.4's page_owner, without names of flags"
same "$(owners linux-4.4.txt)" \
	"0 GFP_HIGHUSER_MOVABLE handle_mm_fault 4660
2 GFP_KERNEL|__GFP_COMP copy_process 5120" "the owners"
run "$KMEMSIM" import page_owner $fixtures/page_owner/linux-4.4.txt \
	-o "$tmp/w.yaml"
stderr_has 'bits of Linux 4.4 to 4.10, a guess' '2 without a time'

readahead='GFP_HIGHUSER_MOVABLE|__GFP_NOWARN|__GFP_NORETRY'
it "takes 5.15's by their age, and of two on one page the later"
same "$(owners linux-5.15.txt)" \
	"0 GFP_KERNEL|__GFP_ZERO __pte_alloc 5130
0 $readahead page_cache_ra_unbounded 4661" \
	"the owners"
run "$KMEMSIM" import page_owner $fixtures/page_owner/linux-5.15.txt \
	-o "$tmp/w.yaml"
stderr_has '1 left out' '1 was moved since: it is' '1 __pte_alloc'

it "names tasks where 6.8 does, and reads its frames in hexadecimal"
same "$(owners linux-6.8.txt)" \
	'0 GFP_HIGHUSER_MOVABLE|__GFP_COMP systemd/do_anonymous_page 4661
4 GFP_ATOMIC|__GFP_NOWARN|__GFP_ZERO "kworker/0:1-eve/nvme_alloc_queue" 4672' \
	"the owners"

it "runs a dump on the config of its machine"
run "$KMEMSIM" import page_owner $fixtures/page_owner/linux-6.8.txt \
	"$net/zoneinfo.before" -o "$tmp/w.yaml" --config "$tmp/c.yaml"
exits_with 0
stderr_has '2 nodes'
run "$KMEMSIM" run -c "$tmp/c.yaml" -w "$tmp/w.yaml"
exits_with 0
stdout_has '2 \(0 failed'

it "tells in which line a dump can't be read"
sed 's/^PFN 5120/PFN 5121/' $fixtures/page_owner/linux-4.4.txt >"$tmp/frame"
sed '/^PFN/d' $fixtures/page_owner/linux-4.4.txt >"$tmp/gap"
run "$KMEMSIM" import page_owner "$tmp/frame" -o "$tmp/new"
exits_with 3
stderr_has 'frame:9:1: error: a frame below'
run "$KMEMSIM" import page_owner "$tmp/gap" -o "$tmp/new"
exits_with 3
stderr_has "gap:1:1: error: no line with \"PFN\""
is_gone "$tmp/new"

# ---- /proc ------------------------------------------------------------------

it "makes a config and a workload of all that /proc shows, in any order"
run "$KMEMSIM" import proc $fixtures/proc/vmallocinfo-6.1 \
	"$net/slabinfo.before" "$net/pagetypeinfo.before" \
	"$net/zoneinfo.before" -o "$tmp/w.yaml" --config "$tmp/c.yaml"
exits_with 0
stderr_has '4 areas' '1 area left out that lies' '90 caches created' \
	'120978 live objects and 1079 free ones' 'are in use at the start'
same "$(cat "$tmp/c.vmap_areas.csv")" "start_offset,end_offset
0,20480
20480,28672
32768,53248
65536,200704" "the areas, sorted"
run "$KMEMSIM" run -c "$tmp/c.yaml" -w "$tmp/w.yaml" -o "$tmp/r.db"
exits_with 0
stdout_has '\(0 failed'
same "$(sqlite3 "$tmp/r.db" 'SELECT sum(cpu_wait_ns) FROM op_stats')" 0 \
	"ns that calls wait for others"

# What the kernel said of caches' slabs, and what the run has of them.
it "holds as many slabs as the kernel held, in nearly every cache"
"$KMEMSIM" show "$tmp/r.db" slabinfo >"$tmp/slabinfo"
slabs() {
	grep -vE '^#|^slabinfo|^kmem_cache|^vmap_area' "$1" |
		awk '$3 > 0 { print $1, $15 }' | sort
}
differ=$(comm -23 <(slabs "$net/slabinfo.before") <(slabs "$tmp/slabinfo") |
	wc -l)
holds "$differ caches have another number of slabs" [ "$differ" -le 12 ]

it "knows the names of general caches, with families and sizes"
run "$KMEMSIM" import proc $fixtures/proc/zoneinfo-3.10 \
	$fixtures/proc/slabinfo-6.6 -o "$tmp/w.yaml" --config "$tmp/c.yaml"
exits_with 0
same "$(grep -oE 'op: kmalloc.*' "$tmp/w.yaml")" \
	"op: kmalloc, id: 3, size: 64, gfp: GFP_KERNEL|__GFP_RECLAIMABLE}
op: kmalloc, id: 4, size: 1024, gfp: GFP_KERNEL_ACCOUNT}
op: kmalloc, id: 5, size: 8192, gfp: GFP_KERNEL}
op: kmalloc, id: 6, size: 96, gfp: GFP_KERNEL}" "the calls"

it "reads 3.10's: reserved pageblocks, caches of SLAB with blanks in names"
run "$KMEMSIM" import proc $fixtures/proc/slabinfo-3.10-slab \
	$fixtures/proc/pagetypeinfo-3.10 $fixtures/proc/zoneinfo-3.10 \
	-o "$tmp/w.yaml" --config "$tmp/c.yaml"
exits_with 0
holds "no blank" grep -q 'cache: "nf conntrack", size: 320' "$tmp/w.yaml"
grep -q 'op: kmalloc, id: 15, size: 128, gfp: GFP_KERNEL|GFP_DMA' \
	"$tmp/w.yaml" || fail "no size-128(DMA)"
run "$KMEMSIM" run -c "$tmp/c.yaml" -w "$tmp/w.yaml"
exits_with 0
stdout_has '\(0 failed'

it "makes a config that runs of a kernel with three types of zones"
three=$tmp/zoneinfo-three
sed -E 's/(protection: .*), [0-9]+\)/\1)/' $fixtures/proc/zoneinfo-2.6.32 \
	>"$three"
sed 's/  Normal/ HighMem/' "$three" >"$three-high"
sed 's/  Normal/   DMA32/' "$three" >"$three-64"
for want in three:linux-2.6-i386 three-high:linux-2.6-i386 \
	three-64:linux-6.1-x86_64; do
	run "$KMEMSIM" import proc "$tmp/zoneinfo-${want%%:*}" -o "$tmp/c.yaml"
	exits_with 0
	holds "no ${want#*:}" grep -qx "profile: ${want#*:}" "$tmp/c.yaml"
	run "$KMEMSIM" run -c "$tmp/c.yaml" -w workloads/first-steps.yaml
	exits_with 0
done

it "reads 2.6.32's zoneinfo, which does not say what is managed"
run "$KMEMSIM" import proc $fixtures/proc/zoneinfo-2.6.32 -o -
exits_with 0
stdout_has 'managed_pages: 60960'

it "says when slabinfo was not used"
run "$KMEMSIM" import proc $fixtures/proc/zoneinfo-3.10 \
	$fixtures/proc/slabinfo-6.6 -o "$tmp/c.yaml"
exits_with 0
stderr_has 'slabinfo was not used'

# refuses MESSAGE FILE…
refuses() {
	local message=$1
	shift
	it "refuses: import proc $*"
	run "$KMEMSIM" import proc $fixtures/proc/zoneinfo-3.10 "$@" \
		-o "$tmp/new-w" --config "$tmp/new-c"
	exits_with "${expected_status:-3}"
	stderr_has "$message"
	holds "$(compgen -G "$tmp/new*")" [ -z "$(compgen -G "$tmp/new*")" ]
}
slabinfo=$fixtures/proc/slabinfo-6.6
sed 's/^kmalloc-96 .*/kmalloc-96 1 1/' $slabinfo >"$tmp/short"
sed 's/ 5      8 / 9 8 /' $slabinfo >"$tmp/many"
sed 's/2\.1/1.1/' $slabinfo >"$tmp/old"
sed '2s/0x/0y/' $fixtures/proc/vmallocinfo-6.1 >"$tmp/range"
sed '2s/0xffffb1e180005000-/0xffffb1e180004000-/; 2s/ 8192/12288/' \
	$fixtures/proc/vmallocinfo-6.1 >"$tmp/overlap"
refuses "short:8:1: error: \"kmalloc-96 1 1\" is not a cache" "$tmp/short"
refuses 'many:4:1: error: 9 active objects of 8' "$tmp/many"
refuses 'old:1:1: error: .*2.0 or 2.1' "$tmp/old"
refuses 'hashed:1:1: error: .*kptr_restrict' $slabinfo \
	$fixtures/proc/vmallocinfo-hashed
refuses 'range:2:1: error: .* is not a range' $slabinfo "$tmp/range"
refuses 'overlap:2:1: error: the range overlaps that of line 1' $slabinfo \
	"$tmp/overlap"
refuses 'a second slabinfo' $slabinfo $slabinfo
expected_status=2
refuses 'not both; a workload beside it' $fixtures/proc/pagetypeinfo-3.10

it "reads a slabinfo whose head was cut off"
run "$KMEMSIM" import proc $fixtures/proc/zoneinfo-3.10 $slabinfo \
	-o "$tmp/whole.yaml" --config "$tmp/c.yaml"
for cut in 1d 1,2d; do
	sed "$cut" $slabinfo >"$tmp/cut"
	run "$KMEMSIM" import proc $fixtures/proc/zoneinfo-3.10 "$tmp/cut" \
		-o "$tmp/cut.yaml" --config "$tmp/c.yaml"
	exits_with 0
	run diff "$tmp/whole.yaml" "$tmp/cut.yaml"
	exits_with 0
done

it "names the formats there are, and the nearest"
run "$KMEMSIM" import page-owner x -o y
exits_with 2
stderr_has "did you mean \"page_owner\"" \
	'ftrace, perf, dmesg, page_owner or proc'

done_testing
