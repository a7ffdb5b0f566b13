#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Who may touch a page of HighMem? Who has borrowed an address for it; and who
# finds none left sleeps until there is one. The machine has four slots, and
# CPUs 0 and 1.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
workload=$tmp/w.yaml
db=$tmp/run.db
options=()

# runs EVENT…: one a microsecond, from 0 on; the run has to succeed.
runs() {
	a_microsecond_each "$@" >"$workload"
	# Calls take no time: what is left is what they wait.
	run "$KMEMSIM" run -c configs/examples/highmem-1g.yaml "${options[@]}" \
		--set costs.multiplier=0 -w "$workload" -o "$db" \
		--log-ops all --check
	exits_with 0
}

# query SQL EXPECTED WHAT
query() {
	same "$(sqlite3 "$db" "$1")" "$2" "$3"
}

breaks() {
	query 'SELECT group_concat(rule, " ") FROM violation' "$1" \
		"the broken rules"
}

high='alloc_pages, id: 1, order: 2, gfp: GFP_HIGHUSER'
all_taken=("$high" 'kmap, id: 1' 'kmap, id: 1, page: 1' 'kmap, id: 1, page: 2'
	'kmap, id: 1, page: 3'
	'alloc_pages, id: 2, order: 0, gfp: GFP_HIGHUSER')

it "lets nobody touch a page that has no address"
runs "$high" 'memset, id: 1, byte: 1' 'read, id: 1, offset: 8KiB, size: 1' \
	'kmap, id: 1, page: 2' \
	'memset, id: 1, byte: 1, offset: 8KiB, size: 4KiB' \
	'read, id: 1, offset: 8KiB, size: 4KiB' \
	'read, id: 1, offset: 8KiB, size: 4097'
breaks 'no-address no-address no-address'
query "SELECT group_concat(data) FROM op_log WHERE data IS NOT NULL" 0x01 \
	"what the one good read found"
message="reads page 2 of id 1, which is in HighMem and has no address before"
query "SELECT message FROM violation WHERE seq = 3" \
	"$message kmap gives it one" "the message"

it "takes the address back with the last kunmap"
runs "$high" 'kmap, id: 1' 'kmap, id: 1' 'kunmap, id: 1' \
	'memset, id: 1, byte: 1, size: 1' 'kunmap, id: 1' \
	'memset, id: 1, byte: 1, size: 1'
breaks no-address
query 'SELECT seq FROM violation' 7 "who broke the rule"

it "needs no kmap for a page of the linear map, a kmalloc, or an area"
runs "alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL" 'memset, id: 1, byte: 1' \
	'kmalloc, id: 2, size: 100, gfp: GFP_KERNEL' 'memset, id: 2, byte: 1' \
	'vmalloc, id: 3, size: 64KiB' 'memset, id: 3, byte: 1' 'kunmap, id: 1'
breaks ''
query 'SELECT zone FROM op_log WHERE seq = 5' HighMem "the area's zone"

it "lets who finds no slot sleep until one is given back"
runs "${all_taken[@]}" 'kmap, id: 2, cpu: 1' 'kunmap, id: 1, page: 1'
query "SELECT ok || ' ' || (latency_ns - cost_ns) FROM op_log
	WHERE seq = 7" '1 1000' \
	"the kmap that waited"
query "SELECT vaddr FROM op_log WHERE seq = 7" "$((0xff000000 + 2 * 4096))" \
	"its address, page 1's old one"

it "keeps back what needs the address, until that is there"
runs "${all_taken[@]}" 'kmap, id: 2, cpu: 1' 'memset, id: 2, byte: 2, cpu: 1' \
	'read, id: 2, cpu: 1' 'kunmap, id: 2, cpu: 1' \
	'free_pages, id: 2, cpu: 1' \
	'memset, id: 1, byte: 1' 'kunmap, id: 1, page: 3'
breaks ''
query "SELECT group_concat(seq) FROM (SELECT seq FROM op_log ORDER BY rowid)" \
	'1,2,3,4,5,6,12,13,7,8,9,10,11' \
	"the order in which calls ended"
query "SELECT data FROM op_log WHERE seq = 9" 0x02 "what it read"

it "wakes all who wait, and who comes first is served first"
runs "${all_taken[@]}" 'alloc_pages, id: 3, order: 0, gfp: GFP_HIGHUSER' \
	'kmap, id: 2, cpu: 1' 'kmap, id: 3, cpu: 0' 'kunmap, id: 1' \
	'kunmap, id: 1, page: 1'
query "SELECT group_concat(seq || ' ' || (latency_ns - cost_ns)) FROM op_log
	WHERE latency_ns > cost_ns" '8 2000,9 2000' "who waited how long"

it "gives a page that was mapped meanwhile the address that it has"
runs "${all_taken[@]}" 'kmap, id: 2, cpu: 1' 'kmap, id: 2, cpu: 0' \
	'kunmap, id: 1' 'kunmap, id: 2' 'kunmap, id: 2'
breaks ''
query "SELECT count(DISTINCT vaddr) FROM op_log WHERE op = 'kmap' AND id = 2" \
	1 "how many addresses it has"

it "tells who waits for ever"
runs "${all_taken[@]}" 'kmap, id: 2, cpu: 1' 'memset, id: 2, byte: 1, cpu: 1'
breaks never-woken
query "SELECT coalesce(ok, 'skipped') || reason FROM op_log WHERE seq >= 7" \
	$'0still-waiting\nskippedstill-waiting' "what became of both"
query 'SELECT message FROM violation' \
	'nobody gives back a slot of kmap: all 4 are in use' "the message"

it "gives who may not sleep an address if there is one, and says so"
runs "$high" 'kmap, id: 1, ctx: softirq' 'kunmap, id: 1, can_sleep: false'
breaks 'kmap-in-atomic kmap-in-atomic'
query "SELECT group_concat(ok) FROM op_log" 1,1,1 "what became of the calls"
runs "${all_taken[@]}" 'kmap, id: 2, ctx: hardirq'
query "SELECT ok || reason FROM op_log WHERE seq = 7" 0no-slot \
	"what becomes of it where there is none"

it "takes a kunmap too many for invalid input, or for a violation"
options=(--bad-frees count)
runs "$high" 'kmap, id: 1' 'kunmap, id: 1' 'kunmap, id: 1'
breaks bad-kunmap
options=()
run "$KMEMSIM" run -c configs/examples/highmem-1g.yaml -w "$workload"
exits_with 3
stderr_has ':8:5: error: kunmap: id 1 is not mapped at this moment'

it "takes pages that are none for invalid input"
printf 'kmemsim: workload\nversion: 1\nname: w\nevents:\n' >"$workload"
cat >>"$workload" <<END
  - {t: 0, op: kmalloc, id: 1, size: 8, gfp: GFP_KERNEL}
  - {t: 1, op: alloc_pages, id: 2, order: 1, gfp: GFP_HIGHUSER}
  - {t: 2, op: kmap, id: 1}
  - {t: 3, op: kmap, id: 2, page: 2}
  - {t: 4, op: kmap, id: 3}
END
run "$KMEMSIM" run -c configs/examples/highmem-1g.yaml -w "$workload"
exits_with 3
stderr_has ':7:5: error: kmap: id 1 is of kmalloc, and no page of its own' \
	':8:5: error: kmap: page 2: id 2 has pages 0 to 1' \
	':9:5: error: kmap: id 3 is not live'

it "notices pages that are freed while they are mapped, and their lost slot"
runs "$high" 'kmap, id: 1, page: 3' 'free_pages, id: 1, page: 3' \
	'kmap, id: 1' 'free_pages, id: 1, page: 2' \
	'free_pages, id: 1, page: 0, order: 1'
breaks 'freed-while-mapped freed-while-mapped'
query 'SELECT group_concat(seq) FROM violation' 3,6 "the frees"

it "lends no slots on a machine without HighMem"
printf 'kmemsim: workload\nversion: 1\nname: w\nevents:\n' >"$workload"
cat >>"$workload" <<END
  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_HIGHUSER}
  - {t: 1, op: kmap, id: 1}
  - {t: 2, op: kunmap, id: 1, ctx: hardirq}
  - {t: 3, op: kunmap, id: 1}
END
run "$KMEMSIM" run -c configs/examples/tiny-32m.yaml -w "$workload" -o "$db" \
	--log-ops all
exits_with 0
breaks ''
query 'SELECT count(DISTINCT vaddr) FROM op_log WHERE vaddr IS NOT NULL' 1 \
	"how many addresses the page has"

done_testing
