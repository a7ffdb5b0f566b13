#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does a read say what is in memory, and does a run notice who reads what was
# not written for them, or is not theirs?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
workload=$tmp/w.yaml
db=$tmp/run.db
options=()

# reads EVENT…: a run of these events, one a microsecond, that succeeds.
reads() {
	a_microsecond_each "$@" >"$workload"
	run "$KMEMSIM" run -c configs/examples/tiny-32m.yaml "${options[@]}" \
		-w "$workload" -o "$db" --log-ops all --check
	exits_with 0
}

# What the reads found, and which rules were broken.
finds() {
	same "$(sqlite3 "$db" "SELECT group_concat(data, ' ') FROM
		(SELECT data FROM op_log WHERE op = 'read' ORDER BY seq)")" \
		"$1" "what the reads found"
	same "$(sqlite3 "$db" "SELECT group_concat(rule, ' ')
		FROM violation")" "${2:-}" "the broken rules"
}

says() {
	local message
	message=$(sqlite3 "$db" 'SELECT message FROM violation')
	[[ $message == *$1* ]] || fail "expected '$1' in '$message'"
}

page='gfp: GFP_KERNEL'
dirty=(--set init_on_alloc=false)

it "reads what was written"
reads "alloc_pages, id: 1, order: 1, $page" 'memset, id: 1, byte: 0x55' \
	'read, id: 1' 'memset, id: 1, byte: 0, offset: 4KiB' \
	'read, id: 1, size: 4KiB' 'read, id: 1, offset: 4KiB' 'read, id: 1'
finds '0x55 0x55 zero mixed'

it "reads zeros on a machine that clears all it hands out"
reads "alloc_pages, id: 1, order: 0, $page" 'memset, id: 1, byte: 1' \
	'free_pages, id: 1' "alloc_pages, id: 2, order: 0, $page" \
	'read, id: 2' "kmalloc, id: 3, size: 100, $page" 'read, id: 3' \
	'vmalloc, id: 4, size: 64KiB' 'read, id: 4'
finds 'zero zero zero'

it "says whose data it is that a machine hands out as it was"
options=("${dirty[@]}")
reads "alloc_pages, id: 17, order: 0, $page" 'memset, id: 17, byte: 0x55' \
	'free_pages, id: 17' "alloc_pages, id: 18, order: 0, $page" \
	'read, id: 18'
finds stale stale-read
says 'reads 4096 bytes that nobody wrote since they were allocated: still'
says 'those of id 17 (alloc_pages, filled with 0x55 at line 6)'

it "says it of objects too, to the byte, and of ids with names"
reads "kmalloc, id: \"a\", size: 100, $page" 'memset, id: "a", byte: 9' \
	'kfree, id: "a"' "kmalloc, id: \"b\", size: 100, $page" \
	'memset, id: "b", byte: 8, size: 60' 'read, id: "b", size: 60' \
	'read, id: "b", size: 100'
finds '0x08 mixed' stale-read
says "reads 40 bytes"
says "those of id \"a\" (kmalloc, filled with 0x09 at line 6)"

it "reads zeros where the caller asked for them, on any machine"
reads "alloc_pages, id: 1, order: 0, $page" 'memset, id: 1, byte: 1' \
	'free_pages, id: 1' \
	'alloc_pages, id: 2, order: 0, gfp: GFP_KERNEL|__GFP_ZERO' \
	'read, id: 2' "kzalloc, id: 3, size: 500, $page" 'read, id: 3' \
	'vzalloc, id: 4, size: 64KiB' 'read, id: 4' \
	"get_zeroed_page, id: 5, $page" 'read, id: 5' \
	'kvmalloc, id: 6, size: 1MiB, gfp: GFP_KERNEL|__GFP_ZERO' 'read, id: 6'
finds 'zero zero zero zero zero'

it "knows what was cleared before anybody read anything"
reads "kzalloc, id: 1, size: 64, $page" "kmalloc, id: 2, size: 64, $page" \
	'vzalloc, id: 3, size: 64KiB' \
	'alloc_pages, id: 4, order: 2, gfp: GFP_KERNEL|__GFP_ZERO' \
	'free_pages, id: 4, page: 0' "alloc_pages, id: 5, order: 0, $page" \
	'read, id: 1' 'read, id: 3' 'read, id: 4, offset: 4KiB' 'read, id: 2' \
	'read, id: 5'
finds 'zero zero zero stale stale' 'stale-read stale-read'
same "$(sqlite3 "$db" 'SELECT count(DISTINCT pfn) FROM op_log
	WHERE seq IN (5, 6)')" 1 "the frame that was freed in part, and given"

it "reads a stale object of a cache whose objects outlive their freeing"
options=()
reads 'kmem_cache_create, cache: rcu, size: 64, flags: [SLAB_TYPESAFE_BY_RCU]' \
	"kmem_cache_alloc, cache: rcu, id: 1, $page" 'memset, id: 1, byte: 7' \
	'kmem_cache_free, id: 1' "kmem_cache_alloc, cache: rcu, id: 2, $page" \
	'read, id: 2'
finds stale stale-read

it "reads zeros from a device's buffer, whoever had its pages before"
options=("${dirty[@]}")
reads "alloc_pages, id: 1, order: 4, $page" 'memset, id: 1, byte: 1' \
	'free_pages, id: 1' "dma_alloc_coherent, id: 2, size: 50000, $page" \
	'read, id: 2' 'read, id: 2, offset: 53248, size: 1'
finds 'zero stale' stale-read
same "$(sqlite3 "$db" "SELECT count(DISTINCT pfn) FROM op_log
	WHERE op LIKE '%alloc%'")" 1 "how many blocks were given"

it "reads a mempool's element as its last owner left it"
options=(--set init_on_alloc=true)
reads "mempool_create, pool: p, min_nr: 1, order: 0" \
	"mempool_alloc, id: 1, pool: p, $page" 'read, id: 1'
finds zero
options=("${dirty[@]}")
reads "mempool_create, pool: p, min_nr: 1, size: 64" \
	"mempool_alloc, id: 1, pool: p, $page" 'memset, id: 1, byte: 1' \
	'mempool_free, id: 1' "mempool_alloc, id: 2, pool: p, $page" \
	'read, id: 2'
finds stale stale-read

it "follows an area's bytes to its frames"
options=("${dirty[@]}")
reads 'vmalloc, id: 1, size: 1MiB' \
	'memset, id: 1, byte: 3, offset: 100000, size: 300000' \
	'read, id: 1, offset: 100000, size: 300000' \
	'read, id: 1, offset: 99999, size: 1' \
	'read, id: 1, offset: 400000, size: 1'
finds '0x03 stale stale' 'stale-read stale-read'

it "notices who reads or writes beyond what was granted, and does neither"
options=()
reads "kmalloc, id: 1, size: 100, $page" 'memset, id: 1, byte: 1, size: 128' \
	'memset, id: 1, byte: 2, offset: 100, size: 29' 'read, id: 1' \
	'read, id: 1, offset: 129'
finds 0x01 'out-of-bounds out-of-bounds'
same "$(sqlite3 "$db" "SELECT group_concat(seq || coalesce(ok, reason))
	FROM op_log WHERE seq IN (3, 5)")" '3bad-access,5bad-access' \
	"what became of both"

it "takes what is no longer live for invalid input"
printf 'kmemsim: workload\nversion: 1\nname: w\nevents:\n' >"$workload"
cat >>"$workload" <<END
  - {t: 0, op: kmalloc, id: 1, size: 8, gfp: GFP_KERNEL}
  - {t: 1, op: kfree, id: 1}
  - {t: 2, op: read, id: 1}
END
run "$KMEMSIM" run -c configs/examples/tiny-32m.yaml -w "$workload" \
	-o "$tmp/none.db"
exits_with 3
stderr_has ":7:5: error: read: id 1 is not live"
is_gone "$tmp/none.db"

it "or for a violation, where bad frees are"
options=(--bad-frees count)
reads "kmalloc, id: 1, size: 8, $page" 'kfree, id: 1' 'memset, id: 1, byte: 1' \
	"alloc_pages, id: 2, order: 2, $page" 'free_pages, id: 2, page: 1' \
	'read, id: 2, size: 4KiB' 'read, id: 2'
finds 'zero' 'use-after-free use-after-free'

it "skips what was never given"
options=()
reads "alloc_pages, id: 1, order: 15, gfp: GFP_KERNEL|__GFP_NOWARN" \
	'memset, id: 1, byte: 1' 'read, id: 1'
same "$(sqlite3 "$db" "SELECT group_concat(reason) FROM op_log
	WHERE seq > 1")" 'alloc-failed,alloc-failed' "why nothing was done"

it "comes to the same digest each time, and to another where data differ"
reads "alloc_pages, id: 1, order: 0, $page" 'memset, id: 1, byte: 5' \
	'read, id: 1'
digest=$(sqlite3 "$db" 'SELECT digest FROM run')
reads "alloc_pages, id: 1, order: 0, $page" 'memset, id: 1, byte: 5' \
	'read, id: 1'
same "$(sqlite3 "$db" 'SELECT digest FROM run')" "$digest" "the digest"
reads "alloc_pages, id: 1, order: 0, $page" 'memset, id: 1, byte: 6' \
	'read, id: 1'
holds "another value read, and the same digest" \
	[ "$(sqlite3 "$db" 'SELECT digest FROM run')" != "$digest" ]

done_testing
