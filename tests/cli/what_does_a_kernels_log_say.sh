#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does a report in a kernel's log come back as the machine that it shows, and
# does the same allocation fail on it?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
logs=tests/fixtures/dmesg

# import LOG OPTION…: to $tmp/w.yaml and $tmp/c.yaml, and what is beside it.
import() {
	local log=$1
	shift
	rm -f "$tmp"/[cw].*
	run "$KMEMSIM" import dmesg "$log" -o "$tmp/w.yaml" \
		--config "$tmp/c.yaml" "$@"
	exits_with 0
	cp "$tmp/stderr" "$tmp/report"
}

# reported REGEX…: each is in what the last import said.
reported() {
	local regex
	for regex; do
		holds "expected $regex in the report" \
			grep -qE -- "$regex" "$tmp/report"
	done
}

# Runs what was imported; its log goes to $tmp/log.
run_again() {
	run "$KMEMSIM" run -c "$tmp/c.yaml" -w "$tmp/w.yaml" -o "$tmp/r.db" \
		--log-ops all
	exits_with 0
	"$KMEMSIM" show "$tmp/r.db" dmesg >"$tmp/log"
}

# The counts of free blocks, by zone: a log's, without stamps and letters. A
# kernel of today does not show HighMem where it may not be used.
free_blocks() {
	tr -d '\r' <"$1" | grep -oE '(DMA|DMA32|Normal): [0-9]+\*.*' |
		sed -E 's/ \([A-Z]*\)//g'
}

# The marks of zones: a log's first report.
marks() {
	grep -oE '(DMA|DMA32|Normal) free:.* high:[0-9]+kB' "$1" |
		sed -E 's/ boost:[0-9]+kB//'
}

# What zones have of each kind, after direct reclaim as it may be.
on_lists() {
	grep -oE '(DMA|DMA32|Normal) free:.* unevictable:[0-9]+kB' "$1" |
		sed -E 's/ free:.* active_anon/ active_anon/'
}

event() {
	grep -o 'op: alloc_pages.*' "$tmp/w.yaml"
}

# calls REQUEST WHO: the event that was imported.
calls() {
	same "$(event)" "op: alloc_pages, id: 1, $1, $2}" "the call"
}

# comes_back LOG REASON REQUEST WHO: the call, its outcome, blocks and marks.
comes_back() {
	local log=$logs/$1
	import "$log"
	calls "$3" "$4"
	run_again
	same "$(sqlite3 "$tmp/r.db" "SELECT ok || '|' || reason FROM op_log")" \
		"0|$2" "the outcome"
	same "$(free_blocks "$tmp/log" | sort -u)" \
		"$(free_blocks "$log" | sort -u)" "the free blocks"
	same "$(marks "$tmp/log" | sort -u)" "$(marks "$log" | sort -u)" \
		"the marks"
	same "$(on_lists "$tmp/log" | sort -u)" \
		"$(on_lists "$log" | sort -u)" "the pages on LRU lists"
}

it "reads 2.6.32: zones without nodes, a mask without names, a syslog"
comes_back linux-2.6.32-highmem.txt fragmented \
	'order: 3, gfp: GFP_ATOMIC|__GFP_COMP' \
	'ctx: softirq, task: swapper, recorded: {ok: false}'
reported 'Linux 2.6.32-5-686' 'read by the bits of Linux 2.6.31 to 4.3$' \
	'called from __alloc_skb' '2 CPUs'
holds "no HighMem" grep -q 'profile: linux-6.1-i386-pae' "$tmp/c.yaml"
holds "no free blocks of HighMem" \
	grep -q 'HighMem *220 *40 *12 *3 *1 ' "$tmp/c.buddyinfo"
holds "no swap" grep -q 'swap: {size: 979956KiB}' "$tmp/c.yaml"

it "reads 3.10: letters, reserved blocks, an interrupt by its call trace"
comes_back linux-3.10.txt fragmented 'order: 2, gfp: GFP_ATOMIC|__GFP_COMP' \
	'cpu: 1, ctx: hardirq, task: "kworker/1:2", recorded: {ok: false}'
reported 'report 1 of 2' 'MIGRATE_RESERVE count as unmovable'

# The first: 6319 free pages and a min mark of 5250, of which it may take 5/8.
# Without the last three of its own, 3907 single pages and 1206 of two there
# are none left, and a quarter of the mark's 1969 has to be.
it "says which zone a rule refused that ended with 4.4"
reported '^zone DMA32 .* Linux 4.4, .* 0 are in blocks of order 2 .* 492 had'
sed 's/1206\*8kB (UEMR) 0\*16kB/1206*8kB (UEMR) 200*16kB/
	s/DMA32 free:25276kB/DMA32 free:28476kB/' $logs/linux-3.10.txt \
	>"$tmp/many.txt"
import "$tmp/many.txt"
holds "800 pages of order 2 are not too few" \
	[ "$(grep -c 'ended with' "$tmp/report")" = 0 ]
import "$tmp/many.txt" --nth 2
reported '^zone DMA32 .* of its free pages 785 are in blocks of order 2 and'
sed 's/ 3\.10\.0/ 4.4.0/' $logs/linux-3.10.txt >"$tmp/later.txt"
import "$tmp/later.txt"
holds "4.4 has no such rule" \
	[ "$(grep -c 'ended with' "$tmp/report")" = 0 ]

it "takes another report of the same log with --nth"
import $logs/linux-3.10.txt --nth 2
reported 'report 2 of 2' 'called from sg_build_indirect'
calls 'order: 4, gfp: GFP_KERNEL' 'cpu: 1, task: rsync, recorded: {ok: false}'

it "reads 5.10's OOM killer, behind levels, stamps and threads' ids"
comes_back linux-5.10-oom.txt watermark \
	'order: 0, gfp: GFP_HIGHUSER_MOVABLE' 'cpu: 3, task: java'
reported 'the OOM killer' \
	'958904 pages of page cache and anonymous memory: .* guess'

it "reads 6.1 with two nodes: boosted marks, high-order atomic blocks"
comes_back linux-6.1-two-nodes.txt fragmented \
	'order: 6, gfp: GFP_ATOMIC|__GFP_COMP' \
	'cpu: 1, ctx: softirq, task: swapper/1, recorded: {ok: false}'
reported '3 zones'
holds "no atomic pageblocks" grep -q 'DMA32 .* 2$' "$tmp/c.pagetypeinfo"
holds "the boost was not taken off" \
	grep -q 'min: 5540, low: 6925, high: 8310' "$tmp/c.yaml"
holds "the boost is lost" grep -q 'watermark_boost: 512' "$tmp/c.yaml"
holds "the pages on LRU lists are lost" grep -q \
	'lru: {active_anon: 100, inactive_anon: 20500, active_file: 9100,' \
	"$tmp/c.yaml"

it "refuses what the marks refuse while they are boosted"
{
	echo '[1.0] kworker/0:1: page allocation failure: order:1,' \
		'mode:0x40800(GFP_NOWAIT|__GFP_COMP), nodemask=(null)'
	echo '[1.0] CPU: 0 PID: 27 Comm: kworker/0:1 Not tainted 6.1.0 #1'
	echo '[1.0] Mem-Info:'
	echo '[1.0] Node 0 Normal free:40000kB boost:40960kB min:58072kB' \
		'low:62348kB high:66624kB active_anon:0kB' \
		'inactive_anon:200000kB active_file:300000kB' \
		'inactive_file:400000kB unevictable:0kB' \
		'present:1048576kB managed:1015972kB'
	echo '[1.0] Node 0 Normal: 5000*4kB (UME) 2500*8kB (UME) 0*16kB' \
		'0*32kB 0*64kB 0*128kB 0*256kB 0*512kB 0*1024kB 0*2048kB' \
		'0*4096kB = 40000kB'
} >"$tmp/boosted.txt"
import "$tmp/boosted.txt"
run_again
same "$(sqlite3 "$tmp/r.db" "SELECT ok || '|' || reason FROM op_log")" \
	"0|watermark" "the outcome"

it "says that a setting changes nothing where the log gives the marks"
for min in '' 'nodes.*.zones.*.watermarks=auto'; do
	for verb in run compare; do
		run "$KMEMSIM" $verb -c "$tmp/c.yaml" -w "$tmp/w.yaml" \
			--set sysctl.min_free_kbytes=99999 ${min:+--set "$min"}
		exits_with 0
		same "$(grep -c '^note: --set sysctl.min_free_kbytes changes' \
			"$tmp/stderr")" "$([ -n "$min" ]; echo $?)" "the notes"
	done
done
run "$KMEMSIM" run -c tiny-32m -w nic-order-4 \
	--set sysctl.min_free_kbytes=256
stderr_is_empty

it "compacts the memory of a machine of one zone, which is not at frame 0"
sed 's/order:1,/order:4,/; s/(GFP_NOWAIT|__GFP_COMP)/(GFP_KERNEL)/
	s/boost:40960kB min:58072kB/boost:0kB min:17112kB/
	s/low:62348kB high:66624kB/low:21388kB high:25664kB/' \
	"$tmp/boosted.txt" >"$tmp/pieces.txt"
import "$tmp/pieces.txt"
holds "it begins elsewhere" grep -q 'start_pfn: 1024' "$tmp/c.yaml"
run_again
same "$(sqlite3 "$tmp/r.db" "SELECT ok || '|' || path FROM op_log")" \
	"1|compaction" "the outcome"

it "reads 4.9 on ARM, with CR LF: blocks of contiguous areas are in use"
import $logs/linux-4.9-arm.txt
reported '226 free pages of contiguous areas' 'called from bcm2835_alloc' \
	'Linux 4.9.35-v7\+: simulated by the rules of linux-6.1-x86_64' \
	'not of an x86: zones, addresses and costs are'
run_again
stdout_has '1 call that failed for the real kernel was granted here'
same "$(sqlite3 "$tmp/r.db" "SELECT ok || '|' || path FROM op_log")" \
	"1|compaction" "the outcome, at places that are guessed"

it "gets back to the letter what a run's own kernel has written"
"$KMEMSIM" run -c configs/examples/tiny-32m.yaml \
	--set sysctl.min_free_kbytes=256 -w workloads/nic-order-4.yaml \
	-o "$tmp/nic.db" >/dev/null 2>&1
"$KMEMSIM" show "$tmp/nic.db" dmesg >"$tmp/nic.txt"
import "$tmp/nic.txt"
run_again
message() {
	sed -E 's/^\[ *[0-9.]+\] //; s/PID: [0-9]+ //
		s/all_unreclaimable\? (yes|no)//' "$1"
}
run diff <(message "$tmp/nic.txt") <(message "$tmp/log")
exits_with 0

it "reads the same report behind whatever a log puts before its lines"
message "$logs/linux-6.1-two-nodes.txt" | sed 's/^CPU: 1 /&PID: 0 /' \
	>"$tmp/plain.txt"
import "$tmp/plain.txt" --name same
cp "$tmp/w.yaml" "$tmp/plain.w"
cp "$tmp/c.yaml" "$tmp/plain.c"
for prefix in '<4>' '[12.345678] ' '[Tue Nov 22 01:00:00 2026] ' \
	'2026-11-22T01:00:00,123456+00:00 ' '4,1234,12345678,-;' \
	'kern  :warn  : [   12.345678] ' 'kern  :err   : ' \
	'[   12.345678][    C1] ' 'Nov 22 01:00:00 host kernel: ' \
	'Nov 22 01:00:00 my-host kernel: [12.345678] ' \
	'<4>1 2026-11-22T01:00:00.123456+00:00 host kernel - - - ' \
	'<4>1 2026-11-22T01:00:00Z host kernel - - [t q="1"] [12.345678] ' \
	'> ' '>> [   12.345678] ' '> > Nov 22 01:00:00 host kernel: ' \
	'2026-11-22T01:00:00.123456+00:00 host kernel: [   12.345678] '; do
	sed "s|^|$prefix|; s/\$/\r/" "$tmp/plain.txt" >"$tmp/prefixed.txt"
	import "$tmp/prefixed.txt" --name same
	run diff "$tmp/plain.w" "$tmp/w.yaml"
	exits_with 0
	run diff "$tmp/plain.c" "$tmp/c.yaml"
	exits_with 0
done

it "writes the workload alone where no config is asked for"
run "$KMEMSIM" import dmesg $logs/linux-3.10.txt -o -
exits_with 0
stdout_has 'order: 2'

# refuses MESSAGE LOG OPTION…: as an invalid file, leaving nothing.
refuses() {
	local message=$1
	shift
	it "refuses: import dmesg $*"
	run "$KMEMSIM" import dmesg "$@" -o "$tmp/new-w" --config "$tmp/new-c"
	exits_with 3
	stderr_has "$message"
	holds "$(compgen -G "$tmp/new*")" [ -z "$(compgen -G "$tmp/new*")" ]
}
sed 's/order:2,/order:x,/' $logs/linux-3.10.txt >"$tmp/order"
sed 's/DMA32 free:[0-9]*kB.*/DMA32 free:12kB min:12/' \
	$logs/linux-3.10.txt >"$tmp/cut"
sed 's/1206\*8kB/1206*9kB/' $logs/linux-3.10.txt >"$tmp/blocks"
sed '/free:/d' $logs/linux-3.10.txt >"$tmp/rate-limited"
refuses 'linux-3.10.txt:1?.*report 3 is asked for.*has 2' \
	$logs/linux-3.10.txt --nth 3
refuses 'no report found: [^;]*$' tests/fixtures/proc/zoneinfo-3.10
refuses 'order:1:1: error: an order from 0 to 15' "$tmp/order"
refuses 'cut:[0-9]+:1: error: min:' "$tmp/cut"
refuses 'blocks:[0-9]+:1: error: the free blocks of zone DMA32' "$tmp/blocks"
refuses 'rate-limited:1:1: error: no zone follows.*limits' "$tmp/rate-limited"

# What a log says of free blocks comes last: a copy that ends too early has
# the zones, and nobody knows what of them is free.
lines() {
	grep -nE "$1" $logs/linux-6.1-two-nodes.txt | cut -d: -f1
}
list=$(lines 'Node 0 DMA32: ')
head -n $((list - 1)) $logs/linux-6.1-two-nodes.txt >"$tmp/ends"
sed "${list}d" $logs/linux-6.1-two-nodes.txt >"$tmp/lost"
sed "$(lines 'Node 0 DMA32 free:')d" $logs/linux-6.1-two-nodes.txt \
	>"$tmp/lost-zone"
refuses "ends:$(lines 'Node 1 DMA32 free'):1: error: no free blocks of zone \
DMA32 of node 1 .*cut off" "$tmp/ends"
refuses "lost:$(lines 'Node 0 DMA32 free'):1: error: no free blocks of zone \
DMA32 of node 0" "$tmp/lost"
refuses "lost-zone:$((list - 1)):1: error: free blocks of zone DMA32 of \
node 0, and the line" "$tmp/lost-zone"

# Behind a prefix that is not known the zones are there all the same.
sed 's/^/box| /' $logs/linux-3.10.txt >"$tmp/odd"
zone=$(grep -m1 -n ' free:.*present' "$tmp/odd" | cut -d: -f1)
refuses "odd:1:1: error: no zone .* that of line $zone stands" "$tmp/odd"

# Other reports about memory have no machine in them, or nothing that failed.
printf '%s\n' '[1.0] java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL),' \
	'[1.0] memory: usage 524288kB, limit 524288kB, failcnt 1234' \
	'[1.0] Memory cgroup out of memory: Killed process 4242 (java)' |
	sed '1s/$/ order=0/' >"$tmp/cgroup"
refuses 'cgroup:1:1: error: no zone .* a cgroup .* \(line 3\)' "$tmp/cgroup"
other() {
	printf '[1.0] eth0: up\n[2.0] %s\n' "$1" >"$tmp/other"
	refuses "other:2:1: error: no report found: .*; here $2" "$tmp/other"
}
other 'cc1: page allocation stalls for 10008ms, order:0, mode:0x14200ca' \
	'a request had to wait'
other 'SLUB: Unable to allocate memory on node -1, gfp=0xa20(GFP_ATOMIC)' 'SLUB'
other 'modprobe: vmalloc error: size 4096, page order 0, failed to allocate' \
	'vmalloc failed'

it "writes the workload alone of a report whose free blocks are cut off"
run "$KMEMSIM" import dmesg "$tmp/ends" -o -
exits_with 0
stdout_has 'order: 6'

it "refuses a config on stdout: its free blocks need a file beside it"
run "$KMEMSIM" import dmesg $logs/linux-3.10.txt -o "$tmp/new-w" --config -
exits_with 3
stderr_has 'pagetypeinfo beside it'
is_gone "$tmp/new-w"

it "refuses --nth 0, and options of other formats"
run "$KMEMSIM" import dmesg $logs/linux-3.10.txt -o - --nth 0
exits_with 2
run "$KMEMSIM" import dmesg $logs/linux-3.10.txt -o - --level pages
exits_with 2
stderr_has '--level is for ftrace or perf'

done_testing
