#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does explain say why an allocation failed, and is what it suggests true when
# it is done by hand?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
tiny=configs/examples/tiny-32m.yaml
nic=workloads/nic-order-4.yaml

# made NAME ARGUMENT…: a run into $tmp/NAME.db.
made() {
	local name=$1
	shift
	run "$KMEMSIM" run "$@" -o "$tmp/$name.db"
	exits_with 0
}

# field JQ: of the last command's JSON; jq is not everywhere, python is.
field() {
	python3 -c 'import json, sys
e = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$tmp/stdout" "$1"
}

# trial WHAT FIELD: of the last command's JSON, a trial by a part of its words.
trial() {
	field "next((t.get('$2') for t in e['trials']
		if '$1' in t['what']), '')"
}

# outcome SEQ: of a run with all operations logged: 1 or 0.
outcome() {
	sqlite3 "$tmp/hand.db" "SELECT ok FROM op_log WHERE seq = $1"
}

it "tells of nothing where nothing failed"
made fine -c "$tiny" -w workloads/page-0x55.yaml
run "$KMEMSIM" explain "$tmp/fine.db"
exits_with 0
stdout_has 'No allocation failed'

it "explains the first failure, step by step"
made nic -c "$tiny" --set sysctl.min_free_kbytes=256 -w "$nic"
run "$KMEMSIM" explain "$tmp/nic.db"
exits_with 0
stderr_is_empty
stdout_has '^Failure 1 of 4: alloc_pages, order 4 \(16 pages, 64 KiB\)' \
	'line 156 of workloads/nic-order-4.yaml' \
	'page allocation failure: order:4' \
	'= +241  that count' '= +24  have to be left' \
	'241 > 24: enough pages, but no block of the order' \
	'unmovable: 32 of order 3' \
	'largest on a list that it may use is order 3 \(8 pages, 32 KiB\)' \
	'in a pageblock that is unmovable: 8 of its 16 pages are in use' \
	"0x1000 \|\.{8}A{8}\|" \
	'A +8  alloc_pages, order 3, id "small 1", line 24' \
	'256  alloc_pages, order 3: 32 of them, lines 24-86' \
	'\+ order 3 \(8 pages, 32 KiB\) instead of order 4 \(16 pages, ' \
	'- GFP_KERNEL\|__GFP_COMP in a process that may sleep'

it "shows the log as dmesg does, and what it kept back"
run "$KMEMSIM" show "$tmp/nic.db" dmesg
sed 's/^/  /' "$tmp/stdout" >"$tmp/dmesg"
run "$KMEMSIM" explain "$tmp/nic.db" --seconds 0
same "$(grep -cFxf "$tmp/dmesg" "$tmp/stdout")" "$(wc -l <"$tmp/dmesg")" \
	"lines of the log"
run "$KMEMSIM" explain "$tmp/nic.db" --failure 2 --seconds 0
stdout_has 'ratelimit' '^  swapper/0: page allocation failure: order:4'

it "says what it read from the state by the numbers of JSON, too"
run "$KMEMSIM" explain "$tmp/nic.db" --json
exits_with 0
same "$(field "e['verified']")" True "verified"
same "$(field "e['zones'][0]['usable']")" 241 "usable"
same "$(field "e['zones'][0]['needed']")" 24 "needed"
same "$(field "e['region']['picture']")" ........AAAAAAAA "the picture"
same "$(trial order value)" 3 "the order that is had"

it "is right about the order: by hand it is had at that frame"
pfn=$(trial order pfn)
sed '156s/order: 4/order: 3/' "$nic" >"$tmp/order.yaml"
made hand -c "$tiny" --set sysctl.min_free_kbytes=256 --log-ops all \
	-w "$tmp/order.yaml"
same "$(sqlite3 "$tmp/hand.db" 'SELECT pfn FROM op_log WHERE seq = 132')" \
	"$pfn" "the frame"

it "is right about vmalloc in a process"
run "$KMEMSIM" explain "$tmp/nic.db" --json
same "$(trial 'vmalloc()' result)" succeeds "the trial"
sed '156s/op:.*/op: vmalloc, id: "ring 4", size: 64KiB}/' "$nic" \
	>"$tmp/vmalloc.yaml"
made hand -c "$tiny" --set sysctl.min_free_kbytes=256 --log-ops all \
	-w "$tmp/vmalloc.yaml"
same "$(outcome 132)" 1 "success by hand"

it "is right about min_free_kbytes, about the value below, and the price"
run "$KMEMSIM" explain "$tmp/nic.db" --json
value=$(field "next(t['value'] for t in e['trials']
	if 'min_free' in t['what'] and t['result'] == 'succeeds')")
below=$(field "next(t['fails_with'] for t in e['trials']
	if 'min_free' in t['what'] and t['result'] == 'succeeds')")
price=$(field "next(t['failed_before'] for t in e['trials']
	if 'min_free' in t['what'] and t['result'] == 'succeeds')")
made hand -c "$tiny" --set "sysctl.min_free_kbytes=$value" --log-ops all \
	-w "$nic"
same "$(outcome 132)" 1 "success with $value"
same "$(sqlite3 "$tmp/hand.db" \
	'SELECT count(*) FROM op_log WHERE ok = 0 AND seq < 132')" \
	"$price" "failures before it"
made hand -c "$tiny" --set "sysctl.min_free_kbytes=$below" --log-ops all \
	-w "$nic"
same "$(outcome 132)" 0 "failure with $below"

it "says what a smaller min_free_kbytes costs, where that helps"
for id in 1 2 3 4 5 6 7; do
	blocks[id]="alloc_pages, id: $id, order: 10, gfp: GFP_KERNEL"
done
a_microsecond_each "${blocks[@]}" >"$tmp/blocks.yaml"
made blocks -c "$tiny" --set sysctl.min_free_kbytes=8192 -w "$tmp/blocks.yaml"
run "$KMEMSIM" explain "$tmp/blocks.db"
exits_with 0
stdout_has '\+ sysctl.min_free_kbytes [0-9]+ instead of' \
	'Price: [0-9]+ [KM]iB less is kept for atomic requests'

it "is right about more memory"
run "$KMEMSIM" explain "$tmp/nic.db" --json
sets=$(field "' '.join('--set ' + s for t in e['trials']
	if 'memory of' in t['what'] for s in t['set'])")
sqlite3 "$tmp/nic.db" 'SELECT config FROM run' >"$tmp/text.yaml"
# shellcheck disable=SC2086 # words are words
made hand -c "$tmp/text.yaml" $sets --log-ops all -w "$nic"
same "$(outcome 132)" 1 "success by hand"

it "lists the failures, and takes one by its operation"
run "$KMEMSIM" explain "$tmp/nic.db" --failure list
exits_with 0
same "$(wc -l <"$tmp/stdout")" 5 "lines: a head and four failures"
stdout_has ' 4 +135 .*alloc_pages +order 4 +softirq +fragmented'
run "$KMEMSIM" explain "$tmp/nic.db" --seq 135 --seconds 0
exits_with 0
stdout_has '^Failure 4 of 4'
run "$KMEMSIM" explain "$tmp/nic.db" --failure list --json
same "$(field "[f['seq'] for f in e['failures']]")" '[132, 133, 134, 135]' \
	"the operations"

it "refuses a failure that there is not, and words that make no sense"
for words in "--failure 5" "--failure 0" "--failure x" "--seq 1" \
	"--seq 132 --failure 1" "--seconds x"; do
	# shellcheck disable=SC2086 # words are words
	run "$KMEMSIM" explain "$tmp/nic.db" $words
	exits_with 2
	stdout_is_empty
done

it "finds a workload that has moved, and notices one that has changed"
cp "$nic" "$tmp/w.yaml"
made moved -c "$tiny" --set sysctl.min_free_kbytes=256 -w "$tmp/w.yaml"
mv "$tmp/w.yaml" "$tmp/elsewhere.yaml"
run "$KMEMSIM" explain "$tmp/moved.db"
exits_with 1
stderr_has 'w\.yaml' '--workload'
run "$KMEMSIM" explain "$tmp/moved.db" -w "$tmp/elsewhere.yaml" --seconds 0
exits_with 0
stdout_has 'line 156 of .*elsewhere'
echo >>"$tmp/elsewhere.yaml"
run "$KMEMSIM" explain "$tmp/moved.db" -w "$tmp/elsewhere.yaml"
exits_with 1
stderr_has 'has changed since the run'

it "prints what docs/explain.md shows"
run "$KMEMSIM" explain "$tmp/nic.db"
awk '/^    Which zones/ { on = 1 } on && /^Read it from/ { exit } on
	/^    What the simulated kernel/ { exit }' \
	docs/explain.md | sed 's/^    //' >"$tmp/shown"
same "$(sed -n '/^Which zones/,/^What the simulated/p' "$tmp/stdout")" \
	"$(cat "$tmp/shown")" "the example"

it "says so where it can't tell whether it is the same run"
cp "$tmp/nic.db" "$tmp/killed.db"
sqlite3 "$tmp/killed.db" \
	"UPDATE run SET status = 'interrupted', digest = NULL, ops = 133"
run "$KMEMSIM" explain "$tmp/killed.db" --seconds 0
exits_with 0
stdout_has 'not complete' '^Failure 1 of 2'

it "notices a run that does not come out as before"
cp "$tmp/nic.db" "$tmp/other.db"
sqlite3 "$tmp/other.db" "UPDATE run SET digest = 'f00d'"
run "$KMEMSIM" explain "$tmp/other.db"
exits_with 1
stdout_is_empty
stderr_has 'does not come out as the run in'

it "explains packed workloads"
run "$KMEMSIM" pack "$nic" -o "$tmp/nic.kmt"
made packed -c "$tiny" --set sysctl.min_free_kbytes=256 -w "$tmp/nic.kmt"
run "$KMEMSIM" explain "$tmp/packed.db"
exits_with 0
stdout_has '^Failure 1 of 4' "0x1000 \|\.{8}A{8}\|" '\+ order 3'

it "explains a run that was cut short by --until"
made cut -c "$tiny" --set sysctl.min_free_kbytes=256 -w "$nic" --until 133500
run "$KMEMSIM" explain "$tmp/cut.db" --seconds 0
exits_with 0

it "finds files that the config names, beside it"
recording=build/recordings/g5-atomic
made g5 -c "$recording/config.yaml" -w "$recording/workload.yaml" \
	--log-ops failures
run "$KMEMSIM" explain "$tmp/g5.db" --json --seconds 60
exits_with 0
same "$(field "e['kernel_log']['silence']")" nowarn "why the kernel is silent"
same "$(trial 'memory of' result)" not-tried "what the free lists rule out"
same "$(trial 'GFP_KERNEL' result)" not-known \
	"what nobody knows of the pages in use"

it "is right about min_free_kbytes, where the config gives the marks"
sets=$(field "' '.join(next(t['set'] for t in e['trials']
	if 'min_free' in t['what'] and t['result'] == 'succeeds'))")
seq=$(field "e['seq']")
# shellcheck disable=SC2086 # words are words
made hand -c "$recording/config.yaml" -w "$recording/workload.yaml" \
	--set ${sets// / --set } --log-ops all
same "$(outcome "$seq")" 1 "success with $sets"

# imported FIXTURE [SED]: a report's run into $tmp/log.db, its config edited.
imported() {
	run "$KMEMSIM" import dmesg "$1" -o "$tmp/log.yaml" \
		--config "$tmp/log-c.yaml"
	exits_with 0
	sed -i "${2-}" "$tmp/log-c.yaml"
	made log -c "$tmp/log-c.yaml" -w "$tmp/log.yaml"
}

it "finds what reclaim and compaction can do for a log's machine"
imported tests/fixtures/dmesg/linux-6.1-two-nodes.txt
stdout_has ' 1 \(1 failed'
run "$KMEMSIM" explain "$tmp/log.db" --json
exits_with 0
same "$(trial 'GFP_KERNEL|__GFP_COMP in a process' result)" succeeds \
	"a trial of GFP_KERNEL"
same "$(field "e['where']['boot_file'] + e['where']['boot_anon']")" 149850 \
	"the pages on LRU lists"
same "$(field "[t['result'] for t in e['trials'] if 'memory' in t['what']]")" \
	"['not-tried', 'not-tried', 'not-tried']" "more memory, all in use"
same "$(trial 'sysctl.min_free_kbytes' now)" 45448 "what the marks come from"
run "$KMEMSIM" explain "$tmp/log.db" --seconds 0
stdout_has '108650  page cache from before the run' \
	'41200  anonymous memory from before' \
	'its own times, PIDs and counts: no log of a real machine'
log_at=$(grep -n '^What the simulated' "$tmp/stdout" | cut -d: -f1)
same "$(grep -n 'page allocation failure' "$tmp/stdout" | cut -d: -f1)" \
	"$((log_at + 2))" "the log's place, behind all else"

it "gives no verdict where nobody says what the pages in use are"
imported tests/fixtures/dmesg/linux-6.1-two-nodes.txt '/ lru: /d'
run "$KMEMSIM" explain "$tmp/log.db" --json
same "$(trial 'GFP_KERNEL|__GFP_COMP in a process' result)" not-known \
	"GFP_KERNEL"
imported tests/fixtures/dmesg/linux-5.10-oom.txt '/ lru: /d'
run "$KMEMSIM" explain "$tmp/log.db" --seconds 0
stdout_has 'What could be reclaimed is not known'

it "says why a call that was recorded as failed is granted"
sed 's/2001\*4kB (UMEH) 910/1*4kB (UMEH) 910/
	s/ 0\*2048kB \(0\*4096kB = 23316\)/ 4*2048kB (U) \1/' \
	tests/fixtures/dmesg/linux-6.1-two-nodes.txt >"$tmp/granted.txt"
imported "$tmp/granted.txt"
stdout_has '1 call that failed for the real kernel was granted here' \
	'explain .*log.db --seq 1'
run "$KMEMSIM" explain "$tmp/log.db"
exits_with 0
stdout_has '^Recorded as failed, granted here: alloc_pages, order 6' \
	'It gets pfn 0x[0-9a-f]+, zone DMA32 of node 0, .* by slow' \
	'the block is from here' "A log's counts are read when" \
	'is a$'
cp "$tmp/stdout" "$tmp/by-default"
run "$KMEMSIM" explain "$tmp/log.db" --seq 1
same "$(cat "$tmp/stdout")" "$(cat "$tmp/by-default")" "the same by --seq"
run "$KMEMSIM" explain "$tmp/log.db" --seq 1 --json
same "$(field "[e['recorded_ok'], e['granted']['zone']]")" \
	"[False, 'DMA32']" "as JSON"
run "$KMEMSIM" explain "$tmp/log.db" --failure list
stdout_has 'No allocation failed' '1 call was recorded as failed'

it "counts what failed and was recorded as granted"
imported tests/fixtures/dmesg/linux-6.1-two-nodes.txt
sed 's/ok: false/ok: true/' "$tmp/log.yaml" >"$tmp/other.yaml"
made log -c "$tmp/log-c.yaml" -w "$tmp/other.yaml"
stdout_has '1 call that the real kernel granted failed here'
run "$KMEMSIM" explain "$tmp/log.db" --seconds 0
stdout_has 'It was recorded as granted'

it "goes down from an object to the page that was not there"
{
	echo 'kmemsim: workload'
	echo 'version: 1'
	echo 'name: slab'
	echo 'events:'
	echo '  - {t: 0, op: kmem_cache_create, cache: skb, size: 2000}'
	for i in {1..31}; do
		echo "  - {t: $i, op: alloc_pages, id: $i, order: 8," \
			"gfp: GFP_KERNEL, task: hog}"
	done
	for i in {100..600}; do
		echo "  - {t: $i, op: kmem_cache_alloc, id: $i, cache: skb," \
			"gfp: GFP_NOWAIT, ctx: softirq}"
	done
} >"$tmp/slab.yaml"
made slab -c "$tiny" --set sysctl.min_free_kbytes=256 -w "$tmp/slab.yaml"
run "$KMEMSIM" explain "$tmp/slab.db"
exits_with 0
stdout_has 'kmem_cache_alloc of skb' 'SLUB: Unable to allocate memory' \
	'order 2, .*__GFP_NORETRY.*: watermark' 'order 0, GFP_NOWAIT' \
	'7936  alloc_pages, order 8, by hog: 31 of them, lines 6-36' \
	'slabs of skb: [0-9]+ live objects' '\+ GFP_ATOMIC'

it "tells other reasons in their own terms"
made dma -c configs/examples/camera-256m.yaml -w workloads/dma-buffers.yaml
run "$KMEMSIM" explain "$tmp/dma.db" --failure 3
stdout_has 'addresses have 11 bits: it reaches no pages' \
	'\+ a device whose addresses have 64 bits'
made limits -c configs/examples/books-1g.yaml -w workloads/limits.yaml
run "$KMEMSIM" explain "$tmp/limits.db"
stdout_has 'kmalloc, 131073 bytes' 'more than kmalloc\(\) ever gives' \
	'\+ size 131072 bytes instead of 131073 bytes$' \
	'Price: 1 byte less' 'No report of a failure: the call is refused'
run "$KMEMSIM" explain "$tmp/limits.db" --failure 4
stdout_has 'The largest block is order 10 \(1024 pages, 4 MiB\)' '\+ order 10' \
	'Price: 2 of these make up'
run "$KMEMSIM" explain "$tmp/limits.db" --failure 5
stdout_has 'addresses is 114680 KiB, 32808 KiB of it in 2 areas' \
	'largest hole is 81872 KiB of 81872 KiB free; the request needs' \
	'131072 KiB, and 4 KiB for a guard page' \
	'\+ size 81784 KiB instead of 131072 KiB; with 81788 KiB it fails'

# 16 MiB and 256 MiB, with two holes of 16 MiB: one lies across 128 MiB.
cat >"$tmp/holes.yaml" <<'END'
kmemsim: config
version: 1
name: holes
profile: linux-6.1-x86_64
nodes:
  - id: 0
    cpus: [0]
    zones:
      - {type: DMA, size: 16MiB}
      - {type: DMA32, start_pfn: 4096, spanned_pages: 65536,
         holes: [{start_pfn: 8192, pages: 4096},
                 {start_pfn: 30720, pages: 4096}]}
END
cat >"$tmp/reach.yaml" <<'END'
kmemsim: workload
version: 1
name: reach
events:
  - {t: 0, op: dma_alloc_coherent, id: 1, size: 8MiB, gfp: GFP_KERNEL,
     mask_bits: 27}
  - {t: 1, op: dma_alloc_coherent, id: 2, size: 8MiB, gfp: GFP_KERNEL,
     mask_bits: 32}
END

it "says what is too big for whom"
a_microsecond_each 'vmalloc, id: 1, size: 64MiB' \
	'kmem_cache_create, cache: huge, size: 5MiB' \
	'kmem_cache_alloc, id: 2, cache: huge, gfp: GFP_KERNEL' >"$tmp/big.yaml"
made big -c "$tiny" -w "$tmp/big.yaml"
run "$KMEMSIM" explain "$tmp/big.db" --failure 1
stdout_has 'more pages than the machine has' 'exceeds total pages'
holds "expected nothing of blocks" not grep -q 'The largest block' "$tmp/stdout"
run "$KMEMSIM" explain "$tmp/big.db" --seq 3
stdout_has 'could not be created: its objects are too large'

it "says how much of a contiguous area is left, and in what pieces"
run "$KMEMSIM" explain "$tmp/dma.db" --failure 1
stdout_has 'It asks for 1536 pages' \
	'"camera" has 2048 pages .* Devices have taken 1536, others use 0' \
	'longest run of free ones is 512 pages'
run "$KMEMSIM" explain "$tmp/dma.db" --failure 2
stdout_has 'Devices have taken 0, others use 2; .* is 1534 pages' \
	'\+ size 6136 KiB instead of 6144 KiB; with 6140 KiB it fails'
run "$KMEMSIM" explain "$tmp/dma.db" --failure 2 --json --seconds 0
same "$(field "e['device']['areas']")" "[{'name': 'camera', 'pages': 2048, \
'taken': 0, 'used': 2, 'longest_free': 1534}]" "the area"

it "says which of several numbers of free pages a mark is held against"
read -r -a words < <(command_of workloads/flags-under-pressure.yaml)
made flags "${words[@]:2}"
run "$KMEMSIM" explain "$tmp/flags.db" --failure 2
stdout_has ' 32  free pages, as the zone.s counter says: its lists have 31' \
	'Direct reclaim: once; it freed no pages' \
	'896 pages .* of anonymous memory, which can.t go: there is no free' \
	'not invoked: with __GFP_NORETRY it gives up before' \
	'anonymous memory of bank: .*; movable; no free swap to reclaim'
run "$KMEMSIM" explain "$tmp/flags.db" --failure 4 --seconds 0
stdout_has 'OOM killer: invoked once; there was no task that it could kill' \
	'after 17 rounds: 16 in a row without progress'
run "$KMEMSIM" explain "$tmp/flags.db" --failure 6 --seconds 0
stdout_has 'OOM killer: invoked 2 times; it kills nobody for .* __GFP_FS'

it "names compaction's results as the kernel does"
read -r -a words < <(command_of workloads/compaction-is-deferred.yaml)
made deferred "${words[@]:2}"
run "$KMEMSIM" explain "$tmp/deferred.db" --failure 2 --seconds 0
stdout_has 'Direct compaction: 2 times, and in the end' \
	'1  COMPACT_DEFERRED: ' '1  COMPACT_PARTIAL_SKIPPED: '

it "says what is asked for where an order is not written, and what it costs"
blocks=()
for i in {1..6}; do
	blocks[i]="alloc_pages, id: $i, order: 10, gfp: GFP_KERNEL"
done
a_microsecond_each "${blocks[@]}" >"$tmp/filled.yaml"
{
	for i in {7..2000}; do
		echo "  - {t: 1ms, op: alloc_pages, id: $i, gfp: GFP_NOWAIT}"
	done
} >>"$tmp/filled.yaml"
made filled -c "$tiny" --set sysctl.min_free_kbytes=4096 -w "$tmp/filled.yaml"
run "$KMEMSIM" explain "$tmp/filled.db"
stdout_has '^Failure 1 of [0-9]+: alloc_pages, order 0 \(1 page, 4 KiB\)' \
	'\+ GFP_ATOMIC' 'Price: less is left of the reserves'

it "says that a request gave up before its first round"
cat >"$tmp/noretry.yaml" <<'END'
kmemsim: workload
version: 1
name: noretry
defaults: {gfp: GFP_KERNEL|__GFP_NORETRY|__GFP_THISNODE, node: 0}
events:
  - {t: 1us, op: alloc_pages, id: 1, order: 9}
  - {t: 2us, op: alloc_pages, id: 2, order: 9}
END
made noretry -c configs/examples/by-hand-two-nodes.yaml -w "$tmp/noretry.yaml"
run "$KMEMSIM" explain "$tmp/noretry.db"
stdout_has 'COMPACT_SKIPPED: too few pages' 'reclaim: it gave up before' \
	'It gave up at once: above order 3' \
	'Price: memory of another node is slower' \
	'\+ memory of node 0 Normal: 2048 pages .8 MiB. instead of 1024' \
	'the zones above it move up by as much' \
	'Price: 1024 pages .4 MiB. more memory'

it "takes memory from a zone of the same node whose border can be moved"
cat >"$tmp/border.yaml" <<'END'
kmemsim: config
version: 1
name: border
nodes:
  - id: 0
    cpus: [0]
    zones: [{type: Normal, size: 16MiB}, {type: Movable, size: 16MiB}]
END
for id in 1 2 3 4; do
	four[id]="alloc_pages, id: $id, order: 10, gfp: GFP_ATOMIC"
done
a_microsecond_each "${four[@]}" >"$tmp/four.yaml"
made border -c "$tmp/border.yaml" -w "$tmp/four.yaml" --log-ops all
run "$KMEMSIM" explain "$tmp/border.db"
stdout_has '\+ memory of node 0 Normal: 5120 pages' \
	'taken from node 0 Movable, which begins where it ends' \
	'Price: 1024 pages .4 MiB. fewer in node 0 Movable'
seq=$(sqlite3 "$tmp/border.db" 'SELECT min(seq) FROM op_log WHERE ok = 0')
run "$KMEMSIM" explain "$tmp/border.db" --json
sets=$(field "' '.join('--set ' + s for t in e['trials']
	if 'memory of' in t['what'] for s in t['set'])")
sqlite3 "$tmp/border.db" 'SELECT config FROM run' >"$tmp/text.yaml"
# shellcheck disable=SC2086 # words are words
made hand -c "$tmp/text.yaml" $sets --log-ops all -w "$tmp/four.yaml"
same "$(outcome "$seq")" 1 "success by hand"

it "says that addresses end a zone, where the request may use none above it"
sed 's/GFP_ATOMIC/GFP_ATOMIC|GFP_DMA/' "$tmp/four.yaml" >"$tmp/dma.yaml"
made dma -c configs/examples/two-nodes.yaml -w "$tmp/dma.yaml"
run "$KMEMSIM" explain "$tmp/dma.db"
stdout_has '\? memory of node 0 DMA: zones of its type end at address 0x1000000'

it "has no heading of holders where no zone is left to look at"
printf '%s\n' 'kmemsim: workload' 'version: 1' 'name: none' 'events:' \
	'  - {t: 0, op: alloc_pages, id: 1, gfp: GFP_DMA}' >"$tmp/none.yaml"
made none -c "$tiny" -w "$tmp/none.yaml"
run "$KMEMSIM" explain "$tmp/none.db"
exits_with 0
stdout_has 'There is no such zone|No zone has memory'
holds "expected no heading of holders" not grep -q 'Who holds' "$tmp/stdout"

it "counts no holes to what a device reaches"
made reach -c "$tmp/holes.yaml" -w "$tmp/reach.yaml"
run "$KMEMSIM" explain "$tmp/reach.db" --failure 1
stdout_has '27 bits: it reaches 26624 pages .*, a part of node 0 DMA32'
run "$KMEMSIM" explain "$tmp/reach.db" --failure 2
stdout_has '32 bits: it reaches 61440 pages .*, all of node 0 DMA32'

it "asks with the flags of the call, and says why the kernel keeps quiet"
cat >"$tmp/quiet.yaml" <<'END'
kmemsim: workload
version: 1
name: quiet
defaults: {ctx: softirq}
events:
  - {t: 0, op: alloc_pages, id: 1, order: 4, gfp: GFP_ATOMIC|GFP_DMA}
  - {t: 1us, op: vmalloc, id: 2, size: 64KiB}
END
made quiet -c configs/examples/tiny-32m.yaml -w "$tmp/quiet.yaml"
run "$KMEMSIM" explain "$tmp/quiet.db" --failure list
stdout_has 'vmalloc .* forbidden +GFP_KERNEL$'
run "$KMEMSIM" explain "$tmp/quiet.db" --failure 1
stdout_has 'keeps quiet of requests for ZONE_DMA'

it "says who has a pool's elements"
read -r -a words < <(awk '/^# +kmemsim run / { on = 1 }
	on { line = $0; sub(/^# +/, "", line); more = sub(/\\$/, "", line)
		printf "%s ", line; if (!more) exit }' \
	workloads/mempool-under-pressure.yaml | sed 's/ -o [^ ]*//')
made pool "${words[@]:2}"
run "$KMEMSIM" explain "$tmp/pool.db" --failure 2
exits_with 0
stdout_has 'was made with min_nr 2; its reserve has 0 elements left' \
	'2  mempool_alloc, lines 39-40' 'node 0 DMA32, by reserve'

it "is right about a larger reserve of the pool, and about the one below"
run "$KMEMSIM" explain "$tmp/pool.db" --failure 2 --json
value=$(trial min_nr value)
same "$(trial min_nr fails_with)" $((value - 1)) "the one below"
seq=$(field "e['seq']")
pool=workloads/mempool-under-pressure.yaml
for nr in "$value" $((value - 1)); do
	sed "s/min_nr: 2/min_nr: $nr/" "$pool" >"$tmp/pool.yaml"
	holds "expected another min_nr" not cmp -s "$pool" "$tmp/pool.yaml"
	made hand "${words[@]:2}" -w "$tmp/pool.yaml" --log-ops all
	same "$(outcome "$seq")" $((nr == value)) \
		"what comes of min_nr $nr"
done

# 64 MiB of addresses, of which 40 and a guard page are taken.
cat >"$tmp/space.yaml" <<'END'
kmemsim: workload
version: 1
name: space
events:
  - {t: 0, op: vmalloc, id: "texts", size: 40MiB}
  - {t: 1, op: vmalloc, id: "table", size: 30MiB}
END

it "is right about the addresses of vmalloc, about the value below as well"
pc=configs/examples/pc-256m.yaml
made space -c "$pc" --set vmalloc.size=64MiB -w "$tmp/space.yaml"
run "$KMEMSIM" explain "$tmp/space.db" --json
same "$(field "e['vmalloc']['size']")" 67108864 "the addresses"
same "$(trial vmalloc.size result)" succeeds "the trial"
value=$(trial vmalloc.size value)
same "$(trial vmalloc.size set)" "['vmalloc.size=$value']" "what would be said"
below=$(trial vmalloc.size fails_with)
made hand -c "$pc" --set "vmalloc.size=$value" --log-ops all \
	-w "$tmp/space.yaml"
same "$(outcome 2)" 1 "success with $value"
made hand -c "$pc" --set "vmalloc.size=$below" --log-ops all \
	-w "$tmp/space.yaml"
same "$(outcome 2)" 0 "failure with $below"

# A contiguous area is free, and nothing else but what is kept back.
{
	printf '%s\n' 'kmemsim: workload' 'version: 1' 'name: area' \
		'defaults: {gfp: GFP_KERNEL}' 'events:'
	for i in {1..57}; do
		echo "  - {t: $i, op: alloc_pages, id: $i, order: 10}"
	done
} >"$tmp/area.yaml"

it "says that a contiguous area is not for whom it is not for"
made area -c configs/examples/camera-256m.yaml -w "$tmp/area.yaml"
run "$KMEMSIM" explain "$tmp/area.db" --seconds 0
stdout_has '- +6144  free in contiguous areas, for movable pages' \
	' cma \(not for this request\): 6 of order 10'
run "$KMEMSIM" explain "$tmp/area.db" --json --seconds 0
same "$(field "'cma' in e['zones'][0]['usable_lists']")" False \
	"whether it may use them"

# What is free then lies in four pieces, between blocks that are in use.
{
	printf '%s\n' 'kmemsim: workload' 'version: 1' 'name: pieces' \
		'defaults: {gfp: GFP_NOIO}' 'events:'
	for i in {1..7}; do
		echo "  - {t: $i, op: alloc_pages, id: $i, order: 10}"
	done
	for i in 2 4 6; do
		echo "  - {t: 8, op: free_pages, id: $i}"
	done
	echo '  - {t: 9, op: vmalloc, id: "module", size: 12MiB}'
	echo '  - {t: 10, op: alloc_pages, id: 8, order: 10}'
} >"$tmp/pieces.yaml"

it "counts an area once, however many pieces it has"
made pieces -c "$tiny" -w "$tmp/pieces.yaml"
run "$KMEMSIM" explain "$tmp/pieces.db"
stdout_has ' 3072  vmalloc, line 16$' \
	' 4096  alloc_pages, order 10: 4 of them, lines 6-12$'

it "tries what the caller held back from reclaim, and says when it may"
stdout_has '^  - GFP_KERNEL: watermark$'
run "$KMEMSIM" explain "$tmp/pieces.db" --json
same "$(trial GFP_KERNEL note)" "where it holds no lock that writing or \
reading a file would need" "what it takes"

it "says the same again, whoever is faster"
run "$KMEMSIM" explain "$tmp/nic.db"
cp "$tmp/stdout" "$tmp/first"
run "$KMEMSIM" explain "$tmp/nic.db"
same "$(cat "$tmp/stdout")" "$(cat "$tmp/first")" "the explanation"

it "refuses what is no run"
run "$KMEMSIM" explain "$nic"
exits_with 3
run "$KMEMSIM" explain "$tmp/no-such.db"
exits_with 3

done_testing
