#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does each small workload of a mechanism run as its comment works it out: who
# has a CPU when, who sleeps, who wakes whom, and what the kernel's counters say
# afterwards?
#
# Prices and sizes are those of configs/examples/by-hand.yaml, so that every
# time below can be added up from the comment in the workload.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

machine=by-hand

# runs WORKLOAD OPTION…: on that machine.
runs() {
	local name=$1
	shift
	db=$tmp/$name.db
	run "$KMEMSIM" run -c "configs/examples/$machine.yaml" \
		-w "workloads/$name.yaml" --timeline --check --json \
		-o "$db" "$@"
	exits_with 0
	run "$KMEMSIM" show "$db" timeline
	exits_with 0
}

# happens FROM: the lines of the timeline from that microsecond on are those on
# stdin: us, CPU (- for none), who, what. Spaces don't count.
happens() {
	local lanes
	lanes=$(sqlite3 "$db" 'SELECT count(DISTINCT cpu) FROM timeline')
	awk -v from="$1" -v lanes="$lanes" 'NR > 1 && $1 + 0 >= from {
		cpu = "-"
		for (i = 0; i < lanes; i++) {
			if ($(i + 2) == "*")
				cpu = i
			$(i + 2) = ""
		}
		t = $1
		$1 = ""
		$0 = t " " cpu " " $0
		$1 = $1
		print
	}' "$tmp/stdout" >"$tmp/happened"
	sed 's/^[[:space:]]*//; s/[[:space:]]\{1,\}/ /g' >"$tmp/expected"
	same "$(diff "$tmp/expected" "$tmp/happened")" "" \
		"what differs of the timeline (< expected)"
}

# counts NAME=VALUE…: of the last reading of vmstat.
counts() {
	local pair name
	for pair; do
		name=${pair%%=*}
		same "$name=$(sqlite3 "$db" "SELECT value FROM vmstat
			WHERE name = '$name' ORDER BY sample DESC LIMIT 1")" \
			"$pair" "a counter"
	done
}

# gives SQL TEXT: what the database says.
gives() {
	same "$(sqlite3 "$db" "$1")" "$2" "the result of $1"
}

it "lets a hardirq preempt a softirq, and both a process"
runs interrupts-preempt
happens 0 <<'END'
0.000 0 call 1 runs: alloc_pages order 6, GFP_KERNEL
0.500 0 call 2 waits for its CPU: alloc_pages order 0 in hardirq, GFP_ATOMIC
1.000 0 call 2 runs after waiting 500 ns
1.000 0 call 1 preempted by call 2
2.100 0 call 2 ends after 1.60 us: by pcp-refill
2.100 0 call 1 resumes after 1.10 us
3.000 0 call 3 runs: alloc_pages order 5 in softirq, GFP_ATOMIC
3.000 0 call 1 preempted by call 3
5.000 0 call 4 runs: alloc_pages order 0 in hardirq, GFP_ATOMIC
5.000 0 call 3 preempted by call 4
6.000 0 call 5 waits for its CPU: free_pages in softirq
6.100 0 call 4 ends after 1.10 us: by pcp-refill
6.100 0 call 3 resumes after 1.10 us
7.000 0 call 6 waits for its CPU: free_pages
8.300 0 call 3 ends after 5.30 us: by buddy
8.300 0 call 1 resumes after 5.30 us
8.300 0 call 5 runs after waiting 2.30 us
8.300 0 call 1 preempted by call 5
9.300 0 call 5 ends after 3.30 us
9.300 0 call 1 resumes after 1.00 us
14.800 0 call 1 ends after 14.8 us: by buddy
14.800 0 call 6 runs after waiting 7.80 us
15.800 0 call 6 ends after 8.80 us
END

it "lets two CPUs contend for the zone's lock"
runs two-cpus-one-lock
happens 0 <<'END'
0.000 0 call 1 runs: alloc_pages order 5, GFP_KERNEL
0.000 1 call 2 runs: alloc_pages order 5, GFP_KERNEL
0.000 1 call 2 spins 1.00 us for the lock zone 0 Normal
0.500 1 call 3 waits for its CPU: alloc_pages order 0 in softirq, GFP_ATOMIC
2.000 1 call 3 runs after waiting 1.50 us
2.000 1 call 2 preempted by call 3
3.100 1 call 3 ends after 2.60 us: by pcp-refill
3.100 1 call 2 resumes after 1.10 us
4.200 0 call 1 ends after 4.20 us: by buddy
6.300 1 call 2 ends after 6.30 us: by buddy
10.000 0 call 4 runs: free_pages
10.200 1 call 5 runs: free_pages
10.200 1 call 5 spins 800 ns for the lock zone 0 Normal
11.000 0 call 4 ends after 1.00 us
12.000 1 call 5 ends after 1.80 us
END
gives "SELECT taken, waited, wait_ns FROM lock_stats
	WHERE name = 'zone 0 Normal'" '5|2|1800'

# As many nodes as there may be, each of a CPU and a zone. Calls of the first,
# of the last, and of those around the 32nd: each takes its own node's lock.
{
	printf 'kmemsim: config\nversion: 1\nname: wide\n'
	printf 'profile: linux-6.1-x86_64\nnodes:\n'
	for ((i = 0; i < 64; i++)); do
		type=Normal
		((i > 0)) || type=DMA32
		printf '  - {id: %d, cpus: [%d], zones: [{%s}]}\n' $i $i \
			"type: $type, size: 16MiB"
	done
} >"$tmp/wide.yaml"
{
	printf 'kmemsim: workload\nversion: 1\nname: wide\nevents:\n'
	for i in 0 30 31 32 62 63; do
		printf '  - {t: 0, %s, id: %d, cpu: %d}\n' \
			'op: alloc_pages, order: 5, gfp: GFP_KERNEL' $i $i
	done
} >"$tmp/wide-calls.yaml"

# For 1 us the zone's lock is held, interrupts off. An NMI, which takes no lock,
# comes in the middle of that for 2 us: the lock is let go of at 103 us.
it "keeps an interrupt waiting for a lock's holder that an NMI has interrupted"
cat >"$tmp/nmi.yaml" <<END
kmemsim: workload
version: 1
events:
  - {t: 0, op: kmalloc, id: 1, size: 100, gfp: GFP_KERNEL}
  - {t: 100us, op: alloc_pages, id: 2, order: 5, gfp: GFP_KERNEL}
  - {t: 100500ns, op: kmalloc, id: 3, size: 100, gfp: GFP_ATOMIC, ctx: nmi}
  - {t: 101us, op: alloc_pages, id: 4, order: 0, gfp: GFP_ATOMIC, ctx: hardirq}
END
db=$tmp/nmi.db
run "$KMEMSIM" run -c configs/examples/by-hand.yaml -w "$tmp/nmi.yaml" \
	-o "$db" --set costs.work.slab_fast=2000 --log-ops all
exits_with 0
gives "SELECT group_concat(t_ns + latency_ns - cost_ns) FROM
	(SELECT * FROM op_log WHERE seq > 2 ORDER BY seq)" 100500,103000

# Nobody looks at the CPU when the second interrupt ends, before the last call
# begins: that was not held up, and resumes nothing.
it "lets nobody resume who had not begun"
run "$KMEMSIM" run -c configs/examples/by-hand.yaml \
	-w workloads/reserves-are-kept.yaml --timeline -o "$tmp/late.db"
exits_with 0
holds "a call resumes before it runs" [ -z "$(awk '
	match($0, /call [0-9]+/) {
		call = substr($0, RSTART, RLENGTH)
		if (/ resumes/ && !(call in ran))
			print
		if (/ runs/)
			ran[call] = 1
	}' "$tmp/stdout")" ]

it "holds nobody up by the lock of another zone, on a machine of 64 nodes"
db=$tmp/wide.db
run "$KMEMSIM" run -c "$tmp/wide.yaml" -w "$tmp/wide-calls.yaml" -o "$db"
exits_with 0
gives "SELECT group_concat(lock), sum(taken), sum(waited) FROM lock_stats
	WHERE taken" '0,30,31,32,62,63|6|0'

it "wakes kswapd at the low mark, which reclaims up to the high one"
runs kswapd-in-time
happens 1000 <<'END'
1000.000 0 call 8 runs: alloc_pages order 0, GFP_KERNEL
1000.000 0 kswapd0 woken by call 8 after 1.00 ms
1000.000 1 kswapd0 runs
1001.100 0 call 8 ends after 1.10 us: by slow
1015.400 1 kswapd0 sleeps on kswapd 0
END
# One more than the 127 of the comment: what CPU 0 took last it has not told the
# zone's counter yet.
counts pageoutrun=1 pgscan_kswapd=64 pgsteal_kswapd=64 pgfree=64 \
	allocstall_normal=0 nr_free_pages=128

it "lets a caller reclaim by itself where kswapd has no CPU"
runs kswapd-too-late --set nodes.0.cpus=[0] --set scheduler.keeps_cpu=20us
happens 1000 <<'END'
1000.000 0 call 8 runs: alloc_pages order 3, GFP_HIGHUSER_MOVABLE
1000.000 0 kswapd0 woken by call 8 after 1.00 ms
1001.800 0 call 8 ends after 1.80 us: by slow
1010.000 0 call 9 runs: alloc_pages order 3, GFP_HIGHUSER_MOVABLE
1011.800 0 call 9 ends after 1.80 us: by slow
1020.000 0 call 10 runs: alloc_pages order 3, GFP_HIGHUSER_MOVABLE
1021.800 0 call 10 ends after 1.80 us: by slow
1030.000 0 call 11 runs: alloc_pages order 3, GFP_HIGHUSER_MOVABLE
1031.800 0 call 11 ends after 1.80 us: by slow
1040.000 0 call 12 runs: alloc_pages order 3, GFP_HIGHUSER_MOVABLE
1052.000 0 call 12 ends after 12.0 us: by reclaim
1072.000 0 kswapd0 runs
1088.400 0 kswapd0 sleeps on kswapd 0
END
counts allocstall_movable=1 pgsteal_direct=32 pgscan_direct=32 \
	pgsteal_kswapd=64 pageoutrun=1 nr_free_pages=120

# page_is_on_disk: a workload's first events. So little is free then that the
# page "log 0" has been given up: who touches it sleeps for 2 ms.
page_is_on_disk() {
	cat <<'END'
kmemsim: workload
version: 1
defaults: {gfp: GFP_HIGHUSER_MOVABLE}
events:
  - {t: 0us, op: alloc_pages, id: "log 0", order: 0, lru: file, mapping: log}
  - {t: 5us, op: alloc_pages, id: "log 1", order: 5, lru: file, mapping: log}
  - {t: 10us, op: alloc_pages, id: "log 2", order: 5, lru: file, mapping: log}
  - {t: 20us, op: alloc_pages, id: "log 3", order: 5, lru: file, mapping: log}
  - {t: 30us, op: alloc_pages, id: "log 4", order: 5, lru: file, mapping: log}
  - {t: 40us, op: alloc_pages, id: "k1", order: 9, gfp: GFP_KERNEL}
  - {t: 140us, op: alloc_pages, id: "k2", order: 8, gfp: GFP_KERNEL}
  - {t: 240us, op: alloc_pages, id: "k3", order: 6, gfp: GFP_KERNEL}
  - {t: 1000us, op: alloc_pages, id: "eight 1", order: 3}
END
}

# Call 19 begins its last stretch at 3192.2, with 1 us under the zone's lock.
# Call 20 comes while interrupts are off, before the disk wakes call 10: who was
# woken waits behind it, and behind call 19, which it has put off.
it "lets a woken caller wait behind an interrupt that waits until they are on"
{
	page_is_on_disk
	cat <<'END'
  - {t: 1192000ns, op: touch, id: "log 0", task: reader}
  - {t: 3100us, op: alloc_pages, id: "u1", order: 5}
  - {t: 3110us, op: alloc_pages, id: "u2", order: 5}
  - {t: 3120us, op: alloc_pages, id: "u3", order: 3}
  - {t: 3130us, op: alloc_pages, id: "u4", order: 3}
  - {t: 3140us, op: alloc_pages, id: "u5", order: 3}
  - {t: 3150us, op: alloc_pages, id: "u6", order: 3}
  - {t: 3160us, op: alloc_pages, id: "u7", order: 3}
  - {t: 3170us, op: alloc_pages, id: "u8", order: 3}
  - {t: 3180us, op: alloc_pages, id: "u9", order: 3}
  - {t: 3193us, op: alloc_pages, id: "p", order: 0, ctx: softirq,
     gfp: GFP_ATOMIC}
END
} >"$tmp/woken.yaml"
db=$tmp/woken.db
run timeout -s KILL 60 "$KMEMSIM" run -c "configs/examples/$machine.yaml" \
	-w "$tmp/woken.yaml" --timeline --check -o "$db" \
	--set nodes.0.cpus=[0] --set scheduler.keeps_cpu=20us
exits_with 0
run "$KMEMSIM" show "$db" timeline
exits_with 0
happens 3180 <<'END'
3180.000 0 call 19 runs: alloc_pages order 3, GFP_HIGHUSER_MOVABLE
3193.000 0 call 20 waits for its CPU: alloc_pages order 0 in softirq, GFP_ATOMIC
3193.100 0 call 10 reader woken by disk after 2.00 ms
3193.200 0 call 20 runs after waiting 200 ns
3193.200 0 call 19 preempted by call 20
3194.300 0 call 20 ends after 1.30 us: by slow
3194.300 0 call 19 resumes after 1.10 us
3195.100 0 call 19 ends after 15.1 us: by reclaim
3195.100 0 call 10 reader runs
3195.100 0 call 10 reader ends after 2.00 ms: by pcp-refill
END

# The same, later: nothing is under a lock any more, nor is anybody in a call.
it "has interrupts on where a call has let go of its last lock"
for t in 3193500 3194100; do
	sed "s/t: 3193us/t: ${t}ns/" "$tmp/woken.yaml" >"$tmp/later.yaml"
	run "$KMEMSIM" run -c "configs/examples/$machine.yaml" \
		-w "$tmp/later.yaml" -o "$tmp/later.db" --log-ops all \
		--set nodes.0.cpus=[0] --set scheduler.keeps_cpu=20us
	exits_with 0
	same "$(sqlite3 "$tmp/later.db" "SELECT latency_ns - cost_ns FROM op_log
		WHERE ctx = 'softirq'")" 0 "what an interrupt at $t ns waits"
done

it "lets a caller sleep before it reclaims where the reserves are going"
runs reserves-are-kept --set nodes.0.cpus=[0] --set scheduler.keeps_cpu=20us
happens 1000 <<'END'
1000.000 0 call 8 runs: alloc_pages order 0, GFP_KERNEL
1000.000 0 kswapd0 woken by call 8 after 1.00 ms
1001.100 0 call 8 ends after 1.10 us: by slow
1005.000 0 call 9 runs: alloc_pages order 4 in softirq, __GFP_MEMALLOC
1007.600 0 call 9 ends after 2.60 us: by slow
1010.000 0 call 10 runs: alloc_pages order 5 in softirq, __GFP_MEMALLOC
1014.200 0 call 10 ends after 4.20 us: by slow
1016.000 0 call 11 runs: alloc_pages order 0, GFP_KERNEL
1016.000 0 call 11 sleeps on pfmemalloc 0
1016.000 0 kswapd0 runs
1026.200 0 call 11 woken by kswapd0 after 10.2 us
1036.600 0 kswapd0 sleeps on kswapd 0
1036.600 0 call 11 runs
1049.900 0 call 11 ends after 33.9 us: by reclaim
END
counts pgscan_direct_throttle=1 pgsteal_kswapd=96 pgsteal_direct=32

it "lets no thread of the kernel sleep there"
runs reserves-are-kept --set nodes.0.cpus=[0] --set scheduler.keeps_cpu=20us \
	--set scheduler.kernel_threads=true
happens 1016 <<'END'
1016.000 0 call 11 runs: alloc_pages order 0, GFP_KERNEL
1027.300 0 call 11 ends after 11.3 us: by reclaim
END
counts pgscan_direct_throttle=0 pgsteal_direct=32

it "lets a writer sleep while too much is dirty or on its way to a slow disk"
runs slow-disk
grep -v flusher "$tmp/stdout" >"$tmp/others"
cp "$tmp/others" "$tmp/stdout"
happens 3000 <<'END'
3000.000 0 call 4 writer runs: alloc_pages order 5 log, GFP_HIGHUSER_MOVABLE
3004.200 0 call 4 writer ends after 4.20 us: by buddy
4000.000 0 call 5 writer runs: alloc_pages order 5 log, GFP_HIGHUSER_MOVABLE
4004.200 0 call 5 writer sleeps on dirty 0
12004.200 0 call 5 writer woken by its timeout after 8.00 ms
12004.200 0 call 5 writer runs
12004.200 0 call 5 writer sleeps on dirty 0
20004.200 0 call 5 writer woken by its timeout after 8.00 ms
20004.200 0 call 5 writer runs
20004.200 0 call 5 writer sleeps on dirty 0
28004.200 0 call 5 writer woken by its timeout after 8.00 ms
28004.200 0 call 5 writer runs
28004.200 0 call 5 writer sleeps on dirty 0
36004.200 0 call 5 writer woken by its timeout after 8.00 ms
36004.200 0 call 5 writer runs
36004.200 0 call 5 writer ends after 32.0 ms: by buddy
36004.200 0 call 6 writer runs: alloc_pages order 5 log, GFP_HIGHUSER_MOVABLE
36008.400 0 call 6 writer sleeps on dirty 0
44008.400 0 call 6 writer woken by its timeout after 8.00 ms
44008.400 0 call 6 writer runs
44008.400 0 call 6 writer sleeps on dirty 0
52008.400 0 call 6 writer woken by its timeout after 8.00 ms
52008.400 0 call 6 writer runs
52008.400 0 call 6 writer sleeps on dirty 0
60008.400 0 call 6 writer woken by its timeout after 8.00 ms
60008.400 0 call 6 writer runs
60008.400 0 call 6 writer sleeps on dirty 0
68008.400 0 call 6 writer woken by its timeout after 8.00 ms
68008.400 0 call 6 writer runs
68008.400 0 call 6 writer ends after 32.0 ms: by buddy
END
gives "SELECT group_concat(t_ns / 1000000, ' ') FROM
	(SELECT t_ns FROM timeline WHERE kind = 'io' ORDER BY t_ns)" \
	'2 34 66 98 130 162'
counts pgpgout=768
# The flusher is woken for nothing at times, and goes on living.
gives "SELECT kind FROM timeline WHERE actor = 'flusher'
	ORDER BY n DESC LIMIT 1" sleeps

it "swaps out, and lets who touches it wait for the device"
runs swap-and-back --set swap.size=1MiB
happens 1000 <<'END'
1000.000 0 call 8 runs: alloc_pages order 0, GFP_KERNEL
1000.000 0 kswapd0 woken by call 8 after 1.00 ms
1000.000 1 kswapd0 runs
1001.100 0 call 8 ends after 1.10 us: by slow
1154.800 - swap starts I/O of 33.0 ms for kswapd0
1551.800 1 kswapd0 sleeps on writeback 0
33154.800 - swap starts I/O of 33.0 ms for kswapd0
65154.800 - swap starts I/O of 33.0 ms for kswapd0
66154.800 1 kswapd0 woken by swap after 64.6 ms
66154.800 1 kswapd0 runs
66165.200 1 kswapd0 sleeps on kswapd 0
97154.800 - swap starts I/O of 33.0 ms for kswapd0
300000.000 0 call 9 editor runs: touch
300004.200 - swap starts I/O of 33.0 ms for call 9
300004.200 0 call 9 editor sleeps on io 0
333004.200 0 call 9 editor woken by swap after 33.0 ms
333004.200 0 call 9 editor runs
333004.200 0 call 9 editor ends after 33.0 ms: by buddy
END
counts pswpout=128 pswpin=32 pgmajfault=1 pgsteal_kswapd=64

# As above, but the device takes 3 s to answer. Pages that were swapped out by
# then are touched at 4.2 s, and are there at 7 s. Before that CPU 1 takes a
# page, and the counter lags by its share. No call is made meanwhile.
it "adds CPUs' shares to the counters until the last call has ended"
{
	sed '/t: 300ms/,$d' workloads/swap-and-back.yaml
	cat <<'END'
  - {t: 4100ms, op: alloc_pages, id: "two more", order: 0, gfp: GFP_KERNEL,
     cpu: 1}
  - {t: 4200ms, op: touch, id: "text 1", task: editor}
END
} >"$tmp/slow-swap.yaml"
db=$tmp/slow-swap.db
run "$KMEMSIM" run -c "configs/examples/$machine.yaml" \
	-w "$tmp/slow-swap.yaml" -o "$db" --sample-every 500ms \
	--set swap.size=1MiB --set swap.latency=3s
exits_with 0
gives "SELECT sim_ns / 1000000000 FROM run" 7
gives "SELECT group_concat(nr_free_pages - free_pages, ' ') FROM zone_sample
	WHERE t_ns BETWEEN 4500000000 AND 6500000000" "1 1 0 0 0"

it "drops objects of a reclaimable cache, whose last slabs stay"
runs inodes-are-dropped
happens 1000 <<'END'
1000.000 0 call 34 runs: alloc_pages order 0, GFP_KERNEL
1000.000 0 kswapd0 woken by call 34 after 1.00 ms
1000.000 1 kswapd0 runs
1001.100 0 call 34 ends after 1.10 us: by slow
1029.000 1 kswapd0 sleeps on kswapd 0
END
counts slabs_scanned=39 pgfree=136

few_pages=(--set nodes.0.cpus=[0] --set nodes.0.zones.0.size=256KiB
	--set pageblock_order=3 --set nodes.0.zones.0.watermarks.min=1
	--set nodes.0.zones.0.watermarks.low=4
	--set nodes.0.zones.0.watermarks.high=6)

it "makes a block from pieces for the caller that needs it"
runs block-from-pieces "${few_pages[@]}"
happens 2000 <<'END'
2000.000 0 call 33 runs: alloc_pages order 2, __GFP_IO|__GFP_DIRECT_RECLAIM
2020.600 0 call 33 ends after 20.6 us: by compaction
END
counts compact_stall=2 compact_fail=1 compact_success=1 pgmigrate_success=2 \
	compact_migrate_scanned=6 allocstall_normal=1
gives "SELECT pfn - 1048576 FROM op_log WHERE id = 'block'" 0

# Compaction for good begins at 2014; from 2015 on it takes pages to move to,
# 1 us of that under the zone's lock, and moves them in the same stretch.
it "keeps interrupts off while a lock is held in the middle of a call"
while read -r t waits; do
	{
		cat workloads/block-from-pieces.yaml
		echo "  - {t: ${t}ns, op: alloc_pages, id: \"irq\", order: 0," \
			"gfp: GFP_ATOMIC, ctx: softirq}"
	} >"$tmp/irq.yaml"
	run "$KMEMSIM" run -c "configs/examples/$machine.yaml" \
		-w "$tmp/irq.yaml" -o "$tmp/irq.db" --log-ops all \
		"${few_pages[@]}"
	exits_with 0
	same "$(sqlite3 "$tmp/irq.db" "SELECT latency_ns - cost_ns FROM op_log
		WHERE ctx = 'softirq'")" "$waits" \
		"what an interrupt at $t ns waits"
done <<'END'
2015500 500
2015900 100
2016100 0
END

# The same request, but for waking kswapd: that one takes the CPU at the points
# where the slow path lets it, before reclaim first, and goes through its 12
# rounds; the caller wakes it again when it comes round. As kswapd lies down it
# has compaction look for places to begin at, in every 8th page. In pageblocks
# of 8 that finds none to move to, so that it takes the OOM killer.
it "lets kswapd in where a call gives the CPU away"
db=$tmp/gives-way.db
sed '/"block"/s/__GFP_DIRECT_RECLAIM|__GFP_IO/GFP_KERNEL/' \
	workloads/block-from-pieces.yaml >"$tmp/gives-way.yaml"
run "$KMEMSIM" run -c "configs/examples/$machine.yaml" \
	-w "$tmp/gives-way.yaml" --timeline --check -o "$db" "${few_pages[@]}"
exits_with 0
run "$KMEMSIM" show "$db" timeline
happens 2000 <<'END'
2000.000 0 call 33 runs: alloc_pages order 2, GFP_KERNEL
2000.000 0 kswapd0 woken by call 33 after 2.00 ms
2001.000 0 kswapd0 runs
2013.000 0 kswapd0 sleeps on kswapd 0
2013.000 0 call 33 runs
2013.000 0 kswapd0 woken by call 33 after 0 ns
2013.000 0 kswapd0 runs
2025.000 0 kswapd0 sleeps on kswapd 0
2025.000 0 call 33 runs
2044.400 0 call 33 ends after 44.4 us: by slow
END

it "hands over from kswapd to kcompactd"
runs kcompactd-after-kswapd "${few_pages[@]}"
happens 2000 <<'END'
2000.000 0 call 35 runs: alloc_pages order 2, GFP_NOWAIT
2000.000 0 kswapd0 woken by call 35 after 2.00 ms
2000.000 0 call 35 ends after 0 ns: fails, fragmented
2000.000 0 kswapd0 runs
2016.800 0 kcompactd0 woken by kswapd0 after 2.02 ms
2016.800 0 kswapd0 sleeps on kswapd 0
2016.800 0 kcompactd0 runs
2022.000 0 kcompactd0 sleeps on kcompactd 0
3000.000 0 call 36 runs: alloc_pages order 2, GFP_NOWAIT
3001.400 0 call 36 ends after 1.40 us: by buddy
END
counts compact_daemon_wake=1 pgmigrate_success=2 pgsteal_kswapd=8 \
	compact_stall=0

it "puts compaction off that has failed"
runs compaction-is-deferred "${few_pages[@]}"
happens 6001 <<'END'
6013.000 0 call 37 ends after 13.0 us: fails, fragmented
END
gives "SELECT group_concat(latency_ns, ' ') FROM
	(SELECT latency_ns FROM op_log WHERE id LIKE 'block%' ORDER BY seq)" \
	'15000 14000 13000 14000 13000'

it "kills the task that has most, but for what its score is adjusted by"
runs oom-two-tasks
happens 1000 <<'END'
1000.000 0 call 6 sshd runs: alloc_pages order 5, GFP_KERNEL
1000.000 0 kswapd0 woken by call 6 after 1.00 ms
1000.000 1 kswapd0 runs
1004.200 0 call 6 sshd ends after 4.20 us: by slow
1192.000 1 kswapd0 sleeps on kswapd 0
2000.000 0 call 7 sshd runs: alloc_pages order 2, GFP_KERNEL
2224.400 0 call 7 sshd ends after 224 us: by slow
3000.000 0 call 8 browser runs: alloc_pages order 0, GFP_HIGHUSER_MOVABLE
3000.000 0 call 8 browser ends after 0 ns: nothing to do, task-killed
3010.000 0 call 9 browser runs: free_pages
3010.000 0 call 9 browser ends after 0 ns: nothing to do, reclaimed
3020.000 0 call 10 browser runs: exit
3020.000 0 call 10 browser ends after 0 ns
3030.000 0 call 11 browser runs: alloc_pages order 0, GFP_HIGHUSER_MOVABLE
3031.100 0 call 11 browser ends after 1.10 us: by pcp-refill
END
counts oom_kill=1 pageoutrun=16 allocstall_normal=17 pgfree=384

it "gives each flag its due when nothing is left"
runs flags-under-pressure
gives "SELECT group_concat(coalesce(reason, 'ok') || ' ' || cost_ns, ', ')
	FROM (SELECT * FROM op_log WHERE seq > 7 ORDER BY seq)" \
	"watermark 0, ok 1100, watermark 13000, watermark 221000, \
watermark 221000, ok 1100, watermark 221000, stuck 442000, stuck 442000, \
ok 222100"
happens 11000 <<'END'
11000.000 0 call 17 runs: alloc_pages order 0, GFP_KERNEL|__GFP_NOFAIL
11222.100 0 call 17 ends after 222 us: by slow
11222.100 0 call 15 runs
11443.100 0 call 15 ends after 2.44 ms: fails, stuck
11443.100 0 call 16 runs
11664.100 0 call 16 ends after 1.66 ms: fails, stuck
END

machine=by-hand-two-nodes

# The nodes that the requests for 32 pages were served by, in order.
nodes_of="SELECT group_concat((pfn - 1048576) / 1024, ' ') FROM
	(SELECT pfn FROM op_log WHERE id LIKE 'near%' OR id = 'far'
	ORDER BY seq)"

it "reclaims on the node before it goes to another, if it is told to"
runs own-node-first --set sysctl.zone_reclaim_mode=1
gives "$nodes_of" '0 0 1'
counts pgfree=64 pageoutrun=0 allocstall_normal=0
runs own-node-first
gives "$nodes_of" '1 1 1'
counts pgfree=0 pageoutrun=0

machine=by-hand

it "says who waits for what when nothing can go on"
runs nothing-can-go-on
gives "SELECT group_concat(task || ' ' || reason, ', ') FROM
	(SELECT task, reason FROM op_log WHERE NOT ok AND task IS NOT NULL
	ORDER BY seq)" \
	'reader still-waiting, lister stuck, logger nofail-loop'
gives "SELECT rule || (message LIKE '%held by%') FROM violation" never-woken1

# CPU 1 has more to do than it can. While the reader sleeps on CPU 0, for the
# 2 ms of its page from the disk, others read on: to the last calls, which are
# fewer than are read at once. Nothing is taken for a call behind these.
it "begins no calls but those that were made when others have read on"
{
	page_is_on_disk
	for ((i = 0; i <= 1300; i++)); do
		at="t: $((1200000 + i * 1800))ns"
		((i >= 20)) || printf '  - {%s, op: alloc_pages, %s}\n' \
			"$at" "id: $((200 + i)), order: 0, gfp: GFP_ATOMIC"
		((i != 20)) || printf '  - {%s, op: touch, %s}\n' \
			"$at" 'id: "log 0", task: reader'
		printf '  - {%s, op: alloc_pages, %s}\n' \
			"$at" "id: 100, order: 0, gfp: GFP_ATOMIC, cpu: 1"
		printf '  - {%s, op: free_pages, id: 100, cpu: 1}\n' "$at"
	done
} >"$tmp/read-on.yaml"
db=$tmp/read-on.db
run timeout -s KILL 60 "$KMEMSIM" run -c "configs/examples/$machine.yaml" \
	-w "$tmp/read-on.yaml" -o "$db" \
	--set nodes.0.cpus=[0,1] --set scheduler.keeps_cpu=20us
exits_with 0
gives "SELECT ops, (SELECT sum(count) FROM op_stats) FROM run" '2632|2632'

# Four writers leave the disk behind. Call 5 waits for it, and has its page.
# Behind it wait another call of its task, which has to wait for the disk again,
# the free of the page by somebody else, and one more call of the task.
it "wakes all who waited for a call, and those of its task one after another"
cat >"$tmp/slow-disk.yaml" <<END
kmemsim: config
version: 1
nodes:
  - {id: 0, cpus: [0, 1], zones: [{type: DMA32, size: 48MiB}]}
disk: {bandwidth: 64MiB}
END
written='gfp: GFP_HIGHUSER_MOVABLE|__GFP_COMP, lru: file, mapping: m'
written="$written, dirty: true"
{
	printf 'kmemsim: workload\nversion: 1\nevents:\n'
	for i in 1 2 3 4; do
		echo "  - {t: 0, op: alloc_pages, id: $i, order: 10," \
			"$written, task: w$i, cpu: 1}"
	done
	cat <<END
  - {t: 50ms, op: alloc_pages, id: 5, order: 0, $written, task: t, cpu: 1}
  - {t: 51ms, op: alloc_pages, id: 6, order: 10, $written, task: t}
  - {t: 52ms, op: free_pages, id: 5, cpu: 1}
  - {t: 53ms, op: kmalloc, id: 7, size: 100, gfp: GFP_KERNEL, task: t}
END
} >"$tmp/behind.yaml"
db=$tmp/behind.db
run "$KMEMSIM" run -c "$tmp/slow-disk.yaml" -w "$tmp/behind.yaml" -o "$db" \
	--log-ops all --check
exits_with 0
end_of="(SELECT t_ns + latency_ns FROM op_log WHERE seq ="
gives "SELECT sleep_ns > 0, $end_of 7) - $end_of 5) = cost_ns
	FROM op_log WHERE seq = 7" '1|1'
gives "SELECT sleep_ns > 0, $end_of 8) - $end_of 6) = cost_ns
	FROM op_log WHERE seq = 8" '1|1'
gives "SELECT count(*) FROM op_log WHERE latency_ns <>
	cost_ns + cpu_wait_ns + lock_wait_ns + sleep_ns" 0

# As in reserves-are-kept; the caller who sleeps is a task's, and has its page
# 1.1 us before its call is over. Its next call waits for that, and on the CPU
# for no one made later: not for the other task's, which is made at that moment.
it "begins a task's next call when the one before is over, and the CPU is free"
sed 's/id: 2, order: 0, gfp: GFP_KERNEL/&, task: a/' \
	workloads/reserves-are-kept.yaml >"$tmp/next.yaml"
cat >>"$tmp/next.yaml" <<END
  - {t: 1018us, op: alloc_pages, id: 3, order: 1, gfp: GFP_KERNEL, task: a}
  - {t: 1051us, op: alloc_pages, id: 4, order: 2, gfp: GFP_KERNEL, task: b}
END
db=$tmp/next.db
run "$KMEMSIM" run -c configs/examples/by-hand.yaml -w "$tmp/next.yaml" \
	-o "$db" --set 'nodes.0.cpus=[0]' --set scheduler.keeps_cpu=20us \
	--log-ops all --check
exits_with 0
gives "SELECT a.sleep_ns > 0, b.t_ns + b.latency_ns - b.cost_ns -
	(a.t_ns + a.latency_ns), c.t_ns + c.latency_ns - c.cost_ns -
	(b.t_ns + b.latency_ns), b.cpu_wait_ns
	FROM op_log a, op_log b, op_log c
	WHERE a.seq = 11 AND b.seq = 12 AND c.seq = 13" '1|0|0|1100'

begin=$(sqlite3 "$db" "SELECT t_ns + latency_ns - cost_ns FROM op_log
	WHERE seq = 12")
it "gives up a call that waits for its CPU where the run ends"
run "$KMEMSIM" run -c configs/examples/by-hand.yaml -w "$tmp/next.yaml" \
	-o "$tmp/cut.db" --set 'nodes.0.cpus=[0]' \
	--set scheduler.keeps_cpu=20us --log-ops all --check \
	--until "$((begin - 500))ns"
exits_with 0
db=$tmp/cut.db
gives "SELECT ok IS NULL, reason, cpu_wait_ns,
	latency_ns - sleep_ns - cpu_wait_ns FROM op_log WHERE seq = 12" \
	'1|not-begun|600|0'

# "bio 2" sleeps for the element that the writer has. Its task's next call
# waits for that, but not what an interrupt does while the task sleeps.
it "lets a task that sleeps for a pool's element make no other call"
sed 's/^  - {t: 4ms.*//; s/^  - {t: 5ms.*//' \
	workloads/nothing-can-go-on.yaml >"$tmp/element.yaml"
cat >>"$tmp/element.yaml" <<END
  - {t: 4ms, op: free_pages, id: "all 2", task: reader}
  - {t: 5ms, op: free_pages, id: "all 3", task: reader, ctx: softirq}
  - {t: 6ms, op: mempool_free, id: "bio 1", task: writer, cpu: 1}
END
db=$tmp/element.db
run "$KMEMSIM" run -c configs/examples/by-hand.yaml -w "$tmp/element.yaml" \
	-o "$db" --log-ops all --check
exits_with 0
gives "SELECT group_concat(op || ' ' ||
	((t_ns + latency_ns - cost_ns) / 1000000))
	FROM (SELECT * FROM op_log WHERE task = 'reader' ORDER BY seq)" \
	'mempool_alloc 6,free_pages 6,free_pages 5'

it "adds the task that frees an area for an interrupt to the call it stops"
{
	printf 'kmemsim: workload\nversion: 1\nevents:\n'
	cat <<END
  - {t: 0, op: vmalloc, id: 1, size: 1MiB}
  - {t: 1ms, op: vzalloc, id: 2, size: 4MiB}
  - {t: 1010us, op: vfree, id: 1, ctx: hardirq}
END
} >"$tmp/vfree.yaml"
db=$tmp/vfree.db
run "$KMEMSIM" run -c "$tmp/slow-disk.yaml" -w "$tmp/vfree.yaml" -o "$db" \
	--log-ops all
exits_with 0
gives "SELECT cpu_wait_ns > 0, latency_ns = cost_ns + cpu_wait_ns FROM op_log
	WHERE op = 'vzalloc'" '1|1'

# As in kswapd-too-late, with an area in place of "kernel 3": its 64 pages are
# freed one by one, 1 us each, and 0.1 us each besides.
it "adds it to a call in reclaim as well"
{
	area='{t: 240us, op: vmalloc, id: "area", size: 256KiB}'
	sed "/\"kernel 3\"/s/{.*/$area/; /op: sample/d" \
		workloads/kswapd-too-late.yaml
	for ((n = 6; n <= 12; n++)); do
		echo "  - {t: $((990 + 10 * n))us, op: alloc_pages, id: $n," \
			"order: 3, gfp: GFP_HIGHUSER_MOVABLE}"
	done
	echo '  - {t: 1115us, op: vfree, id: "area", ctx: hardirq}'
} >"$tmp/vfree.yaml"
run "$KMEMSIM" run -c configs/examples/by-hand.yaml --set nodes.0.cpus=[0] \
	--set scheduler.keeps_cpu=20us --set costs.work.area_pages_freed=100 \
	-w "$tmp/vfree.yaml" -o "$db" --log-ops all
exits_with 0
gives "SELECT path, cpu_wait_ns, latency_ns - cost_ns FROM op_log
	WHERE id = 12" 'reclaim|70400|70400'

it "lets a task's calls on two CPUs overlap, as docs/time.md says"
# db queues for CPU 0 behind another, and is over on CPU 1 before.
machine=by-hand
cat >"$tmp/overlap.yaml" <<'END'
kmemsim: workload
version: 1
name: overlap
defaults: {task: db, gfp: GFP_KERNEL, order: 5}
events:
  - {t: 0, op: alloc_pages, id: 1, cpu: 0, task: other}
  - {t: 1us, op: alloc_pages, id: 2, cpu: 0}
  - {t: 2us, op: alloc_pages, id: 3, order: 3, cpu: 1}
END
db=$tmp/overlap.db
run "$KMEMSIM" run -c configs/examples/by-hand.yaml -w "$tmp/overlap.yaml" \
	--log-ops all -o "$db"
gives "SELECT group_concat(seq) FROM
	(SELECT seq FROM op_log ORDER BY t_ns + latency_ns)" 3,1,2

done_testing
