#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Is each rule of docs/gfp.md found broken, by check with its place and what to
# do instead, and by a run as a violation with the call done as the rule says?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

config=$tmp/config.yaml
workload=$tmp/workload.yaml
db=$tmp/run.db
small_machine >"$config"

# events EVENT…: the workload; its events begin at line 5, column 5.
events() {
	printf 'kmemsim: workload\nversion: 1\nname: misuse\nevents:\n' \
		>"$workload"
	printf '  - {t: 0, %s}\n' "$@" >>"$workload"
	last=$((4 + $#))
}

checks() {
	run "$KMEMSIM" check "$@" "$config" "$workload"
}

runs() {
	rm -f "$db"
	run "$KMEMSIM" run -c "$config" -w "$workload" -o "$db" --log-ops all
	exits_with 0
}

query() {
	sqlite3 "$db" "$1"
}

# finds RULE REGEX: check finds it in the last event, and nothing else.
finds() {
	checks
	exits_with 0
	stderr_has "^$workload:$last:5: warning: \[$1\] .*$2.*; instead: ."
	stdout_has "^$workload: 1 warning$"
	checks --strict
	exits_with 3
}

# breaks RULE OK REGEX EVENT…: the last event breaks the rule and no other
# rule is broken; its `ok` is 1 or 0.
breaks() {
	local rule=$1 ok=$2 says=$3
	shift 3
	it "$rule: ${*: -1}"
	events "$@"
	finds "$rule" "$says"
	runs
	same "$(query 'SELECT rule || line FROM violation')" "$rule$last" \
		"the violations"
	query 'SELECT message FROM violation' | grep -qE -- "$says" ||
		fail "expected $says in the message"
	same "$(query 'SELECT ok FROM op_log ORDER BY seq DESC LIMIT 1')" \
		"$ok" "ok"
}

# keeps EVENT…: nothing to complain of.
keeps() {
	it "says nothing of: ${*: -1}"
	events "$@"
	checks --strict
	exits_with 0
	stderr_is_empty
	runs
	same "$(query 'SELECT count(*) FROM violation')" 0 "violations"
}

sleeps='BUG: sleeping function called from invalid context at'
unexpected='Unexpected gfp:'
fixing='Fixing up to gfp:'
fix='Fix your code!'
cache='op: kmem_cache_create, cache: c, size: 100'
other='op: kmem_cache_create, cache: d, size: 900'
area='op: vmalloc, id: 1, size: 64KiB'
object='op: kmalloc, id: 1, size: 100, gfp: GFP_KERNEL'
page='op: alloc_pages, id: 1, order: 0, gfp'

# ---- contexts ---------------------------------------------------------------

for context in 'ctx: softirq' 'ctx: hardirq' 'can_sleep: false'; do
	breaks sleep-in-atomic 1 "$sleeps include/linux/sched/mm.h" \
		"op: kmalloc, id: 1, size: 100, gfp: GFP_KERNEL, $context"
	keeps "op: kmalloc, id: 1, size: 100, gfp: GFP_ATOMIC, $context"
	keeps "$object" "op: kfree, id: 1, $context"
done
breaks sleep-in-atomic 1 "$sleeps" "$page: GFP_NOIO, ctx: softirq"
breaks sleep-in-atomic 1 "$sleeps" "$page: __GFP_WAIT, ctx: softirq"
breaks sleep-in-atomic 1 "$sleeps" "$cache" \
	'op: kmem_cache_alloc, id: 1, cache: c, gfp: GFP_NOFS, ctx: hardirq'

breaks vmalloc-in-interrupt 0 'kernel BUG at mm/vmalloc.c!' \
	"$area, ctx: softirq"
breaks vmalloc-in-interrupt 0 'kernel BUG at mm/vmalloc.c!' \
	'op: vzalloc, id: 1, size: 64KiB, ctx: hardirq'
breaks vmalloc-in-atomic 1 "$sleeps mm/vmalloc.c" "$area, can_sleep: false"
breaks vfree-in-atomic 1 "$sleeps mm/vmalloc.c" "$area" \
	'op: vfree, id: 1, can_sleep: false'
breaks vfree-in-nmi 0 'kernel BUG at mm/vmalloc.c!' "$area" \
	'op: vfree, id: 1, ctx: nmi'
keeps "$area" 'op: vfree, id: 1, ctx: hardirq'
breaks vfree-in-atomic 1 "$sleeps mm/vmalloc.c" "$area" \
	'op: kvfree, id: 1, can_sleep: false'
keeps "$object" 'op: kvfree, id: 1, can_sleep: false'

breaks nmi 1 'nmi context' "$page: GFP_ATOMIC, ctx: nmi"
breaks nmi 1 'nmi context' "$object" 'op: kfree, id: 1, ctx: nmi'
breaks cache-create-in-atomic 1 "$sleeps kernel/locking/mutex.c" \
	"$cache, ctx: softirq"
breaks no-reap 1 'SLAB_NO_REAP is not known to this kernel: c is made' \
	'op: kmem_cache_create, cache: c, size: 100, flags: [SLAB_NO_REAP]'
breaks cache-destroy-in-atomic 1 "$sleeps include/linux/percpu-rwsem.h" \
	"$cache" 'op: kmem_cache_destroy, cache: c, can_sleep: false'
breaks cache-shrink-in-atomic 1 "$sleeps include/linux/percpu-rwsem.h" \
	"$cache" 'op: kmem_cache_shrink, cache: c, ctx: softirq'
breaks mempool-create-in-atomic 1 "$sleeps include/linux/sched/mm.h" \
	'op: mempool_create, pool: p, min_nr: 2, size: 100, ctx: softirq'
breaks kmap-in-atomic 1 "$sleeps include/linux/highmem-internal.h" \
	"$page: GFP_KERNEL" 'op: kmap, id: 1, ctx: softirq'

cached="$page: GFP_KERNEL, lru: file, mapping: f"
breaks touch-in-atomic 0 "$sleeps mm/filemap.c" \
	"$cached" 'op: touch, id: 1, ctx: softirq'
keeps "$cached" 'op: touch, id: 1, write: true'
breaks truncate-in-atomic 1 "$sleeps mm/truncate.c" \
	"$cached" 'op: truncate, mapping: f, can_sleep: false'
breaks exit-in-interrupt 0 'Aiee, killing interrupt handler!' \
	'op: exit, task: t, ctx: hardirq'

# ---- flags ------------------------------------------------------------------

fixed="$fixing 0xcc0 \(GFP_KERNEL\). $fix"
breaks slab-zone-flags 1 "$unexpected 0x2 \(__GFP_HIGHMEM\)\. $fixed" \
	'op: kmalloc, id: 1, size: 100, gfp: GFP_KERNEL|__GFP_HIGHMEM'
breaks slab-zone-flags 1 'gfp: 0x4 \(GFP_DMA32\)' "$cache" \
	'op: kmem_cache_alloc, id: 1, cache: c, gfp: GFP_KERNEL|GFP_DMA32'
breaks highmem-address 1 '__get_free_pages gives an address' \
	'op: __get_free_pages, id: 1, order: 0, gfp: GFP_HIGHUSER'
breaks highmem-address 1 'get_zeroed_page gives an address' \
	'op: get_zeroed_page, id: 1, gfp: GFP_HIGHUSER'
breaks kmalloc-too-big 0 'of 4194305 bytes, above the largest, 4194304' \
	'op: kmalloc, id: 1, size: 4194305, gfp: GFP_KERNEL'
keeps 'op: kmalloc, id: 1, size: 4MiB, gfp: GFP_KERNEL'
keeps 'op: kmalloc, id: 1, size: 4194305, gfp: GFP_KERNEL|__GFP_NOWARN'
breaks kvmalloc-too-big 0 'mm/util.c kvmalloc_node' \
	'op: kvmalloc, id: 1, size: 2GiB, gfp: GFP_KERNEL'
breaks order-too-big 0 'order 11, above the largest, 10' \
	'op: alloc_pages, id: 1, order: 11, gfp: GFP_KERNEL'
breaks zone-too-small 0 'more than the 16[0-9]* bytes' \
	'op: alloc_pages, id: 1, order: 13, gfp: GFP_DMA|__GFP_NOWARN'
breaks zone-conflict 0 'kernel BUG at include/linux/gfp.h!' \
	"$page: GFP_DMA|__GFP_HIGHMEM"
breaks mobility-conflict 1 'gfp_migratetype' \
	"$page: GFP_KERNEL|__GFP_MOVABLE|__GFP_RECLAIMABLE"
breaks atomic-may-reclaim 1 '__alloc_pages_slowpath' \
	"$page: GFP_KERNEL|GFP_ATOMIC"
breaks nofail-cannot-wait 1 '__alloc_pages_slowpath' \
	"$page: GFP_NOWAIT|__GFP_NOFAIL"
breaks nofail-high-order 1 'rmqueue: __GFP_NOFAIL with order 2' \
	'op: alloc_pages, id: 1, order: 2, gfp: GFP_KERNEL|__GFP_NOFAIL'
keeps 'op: alloc_pages, id: 1, order: 1, gfp: GFP_KERNEL|__GFP_NOFAIL'
breaks vmalloc-flags 1 'vmalloc does not support' \
	"$area, gfp: GFP_KERNEL|__GFP_NORETRY"
breaks vmalloc-flags 1 'kvmalloc does not support GFP_ATOMIC' \
	'op: kvmalloc, id: 1, size: 64KiB, gfp: GFP_ATOMIC'
keeps 'op: kvmalloc, id: 1, size: 64KiB, gfp: GFP_KERNEL|__GFP_RETRY_MAYFAIL'
breaks mempool-zero 1 'mempool_alloc: __GFP_ZERO' \
	'op: mempool_create, pool: p, min_nr: 2, size: 100' \
	'op: mempool_alloc, id: 1, pool: p, gfp: GFP_KERNEL|__GFP_ZERO'

buffer='op: dma_alloc_coherent, id: 1, size: 4KiB, gfp: GFP_KERNEL'
breaks dma-zone-flags 1 'picks the zone by the device.s mask: GFP_DMA ' \
	"$buffer|GFP_DMA"
breaks dma-free-in-irq 1 'kernel/dma/mapping.c dma_free_attrs' "$buffer" \
	'op: dma_free_coherent, id: 1, ctx: hardirq'

# ---- what an id stands for --------------------------------------------------

breaks wrong-free '' 'nonexistent vm area: id 1 was made by kmalloc' \
	"$object" 'op: vfree, id: 1'
breaks wrong-free 1 'id 1 was made by vmalloc and can.t be freed by kfree' \
	"$area" 'op: kfree, id: 1'
breaks wrong-free 1 'id 1 was made by kvmalloc and can.t be freed by kfree' \
	'op: kvmalloc, id: 1, size: 100, gfp: GFP_KERNEL' 'op: kfree, id: 1'
breaks wrong-free 1 'id 1 was made by kvmalloc and can.t be freed by vfree' \
	'op: kvmalloc, id: 1, size: 8MiB, gfp: GFP_KERNEL' 'op: vfree, id: 1'
breaks wrong-free 1 'made by alloc_pages and can.t be freed by kvfree' \
	"$page: GFP_KERNEL" 'op: kvfree, id: 1'
block='op: alloc_pages, id: 1, order: 3, gfp: GFP_KERNEL'
breaks wrong-order 1 'id 1 is of order 3, and free_pages is told order 2' \
	"$block" 'op: free_pages, id: 1, order: 2'
breaks wrong-order 1 'id 1 is of order 0, and free_pages is told order 1' \
	'op: get_zeroed_page, id: 1, gfp: GFP_KERNEL' \
	'op: free_pages, id: 1, order: 1'
keeps "${block/order: 3/size: 30KiB}" 'op: free_pages, id: 1, order: 3'
keeps "$block" 'op: free_pages, id: 1, page: 0, order: 2' \
	'op: free_pages, id: 1, page: 4, order: 2'
keeps "$block" 'op: free_pages, id: 1'
keeps "$block, lru: anon" 'op: free_pages, id: 1, order: 3'
breaks wrong-order 1 'id 1 is of order 3, and free_pages is told order 0' \
	"$block, lru: anon" 'op: free_pages, id: 1, order: 0'

it "wrong-order: the block goes all the same, and defaults mean no free"
events "$block" 'op: free_pages, id: 1, order: 9'
sed -i 's/^events:/defaults: {order: 2}\nevents:/' "$workload"
printf '  - {t: 9us, %s}\n' "$block" 'op: free_pages, id: 1' >>"$workload"
run "$KMEMSIM" check --strict "$config" "$workload"
exits_with 3
stdout_has ': 1 warning$'
runs
same "$(query 'SELECT count(*) FROM violation')" 1 "violations"
digest=$(query 'SELECT digest FROM run')
sed -i 's/id: 1, order: 9/id: 1/' "$workload"
runs
same "$(query 'SELECT count(*) FROM violation')" 0 "violations without it"
same "$digest" "$(query 'SELECT digest FROM run')" "the digest"

breaks wrong-cache 1 \
	'cache_from_obj: Wrong slab cache. d but object is from c' "$cache" \
	"$other" 'op: kmem_cache_alloc, id: 1, cache: c, gfp: GFP_KERNEL' \
	'op: kmem_cache_free, id: 1, cache: d'

it "lets objects of vmalloc's own cache come and go, and nobody create it"
events 'op: kmem_cache_alloc, id: 1, cache: vmap_area, gfp: GFP_KERNEL' \
	'op: kmem_cache_free, id: 1, cache: vmap_area' \
	'op: kmem_cache_shrink, cache: vmap_area'
runs
run "$KMEMSIM" check --strict "$config" "$workload"
exits_with 0
events 'op: kmem_cache_create, cache: vmap_area, size: 64'
for verb in check run; do
	if [ $verb = check ]; then
		run "$KMEMSIM" check "$config" "$workload"
	else
		run "$KMEMSIM" run -c "$config" -w "$workload"
	fi
	exits_with 3
	stderr_has 'there is a cache "vmap_area" already'
done

breaks destroy-in-use 0 \
	'kmem_cache_destroy c: Slab cache still has objects \(1\)' "$cache" \
	'op: kmem_cache_alloc, id: 1, cache: c, gfp: GFP_KERNEL' \
	'op: kmem_cache_destroy, cache: c'
keeps "$cache" 'op: kmem_cache_alloc, id: 1, cache: c, gfp: GFP_KERNEL' \
	'op: kmem_cache_free, id: 1' 'op: kmem_cache_destroy, cache: c'

pool='op: mempool_create, pool: p, min_nr: 2, size: 100'
element='op: mempool_alloc, id: 1, pool: p, gfp: GFP_KERNEL'
breaks wrong-pool 1 'element of pool p is freed to pool q' "$pool" \
	'op: mempool_create, pool: q, min_nr: 2, size: 100' "$element" \
	'op: mempool_free, id: 1, pool: q'
breaks pool-in-use 1 'mempool_destroy p: elements are still out \(1\)' "$pool" \
	"$element" 'op: mempool_destroy, pool: p'
keeps "$pool" "$element" 'op: mempool_free, id: 1' \
	'op: mempool_destroy, pool: p'

it "knows that who can't wait may get nothing once a pool's reserve is out"
late='op: mempool_alloc, id: 3, pool: p, gfp: GFP_ATOMIC'
pressed=("$pool" "$element" "${element/id: 1/id: 2}" "$late"
	'op: mempool_free, id: 1' 'op: mempool_free, id: 2')
events "${pressed[@]}" 'op: mempool_destroy, pool: p'
checks
exits_with 0
stdout_has 'fine$'
events "${pressed[@]/GFP_ATOMIC/GFP_NOIO}" 'op: mempool_destroy, pool: p'
checks
stderr_has 'pool-in-use.*\(1\)'
run "$KMEMSIM" check workloads/mempool-under-pressure.yaml
stdout_has 'fine$'

it "tells of a generator's calls once, and how often"
cat >"$workload" <<END
kmemsim: workload
version: 1
generators:
  - {name: a, op: kmalloc, size: 64, gfp: GFP_KERNEL, ctx: softirq,
     count: 150, arrivals: {constant: {every: 1us}}}
  - {name: b, op: alloc_pages, gfp: GFP_KERNEL, ctx: softirq, count: 1,
     arrivals: {constant: {every: 1us}}}
END
checks
exits_with 0
stdout_has ': 2 warnings$'
stderr_has '^[^ ]*:4:5: warning: \[sleep-in-atomic\] .* \(150 times\)$' \
	'^[^ ]*:6:5: warning: \[sleep-in-atomic\] .*taken$'

it "bad-free: an error to check, a violation to a run that counts them"
events "$object" 'op: kfree, id: 1' 'op: kfree, id: 1'
checks
exits_with 3
stderr_has "^$workload:7:5: error: .*not live"
rm -f "$db"
run "$KMEMSIM" run -c "$config" -w "$workload" -o "$db" --bad-frees count
exits_with 0
same "$(query 'SELECT rule FROM violation')" bad-free "the violation"

it "leaves alone what vfree is given and is no area: kfree frees it"
events "$object" 'op: vfree, id: 1' 'op: kfree, id: 1'
checks
exits_with 0
runs
same "$(query "SELECT group_concat(rule, ' ') FROM violation")" wrong-free \
	"the violations"
same "$(query 'SELECT reason FROM op_log WHERE seq = 2')" bad-free "why"
same "$(query 'SELECT ok FROM op_log WHERE seq = 3')" 1 "the kfree"

it "reads stdin, and says so in messages"
events 'op: kmalloc, id: 1, size: 100, gfp: GFP_KERNEL, ctx: softirq'
run "$KMEMSIM" check --strict - < <(cat "$workload")
exits_with 3
stderr_has '^<stdin>:5:5: warning: \[sleep-in-atomic\]'
stdout_has '^<stdin>: 1 warning$'

it "takes a config from stdin for the machine of a workload"
events 'op: vmalloc, id: 1, size: 64KiB, cpu: 1'
run "$KMEMSIM" check - "$workload" <"$config"
exits_with 3
stderr_has "^$workload:5:5: error: cpu 1"

# ---- what only check, or only a run, can tell -------------------------------

it "stops kvmalloc in an interrupt where it would fall back to vmalloc"
events 'op: kvmalloc, id: 1, size: 8MiB, gfp: GFP_KERNEL, ctx: softirq' \
	'op: kvfree, id: 1'
runs
same "$(query "SELECT group_concat(rule, ' ') FROM violation")" \
	'sleep-in-atomic vmalloc-in-interrupt' "the violations"
same "$(query 'SELECT reason FROM op_log WHERE seq = 1')" forbidden "why"

it "leaves the memory of a free that was stopped in use, to be freed later"
events "$area" 'op: vfree, id: 1, ctx: nmi' 'op: vfree, id: 1'
runs
same "$(query "SELECT group_concat(ok, ' ')
	FROM (SELECT ok FROM op_log ORDER BY seq)")" '1 0 1' "ok"

it "tells a call that breaks two rules of both"
events "op: kmalloc, id: 1, size: 100, gfp: GFP_HIGHUSER, ctx: softirq"
checks
stdout_has ': 2 warnings$'
runs
same "$(query 'SELECT count(*), max(seq) FROM violation')" '2|1' "violations"

# ---- what a run would refuse -------------------------------------------------

# places: of the errors, "LINE:COLUMN …"
places() {
	sed -n 's/^[^:]*:\([0-9]*:[0-9]*\): error: .*/\1/p' "$tmp/stderr" |
		tr '\n' ' '
}

it "tells of caches, pools, CPUs and nodes that are not there, as a run does"
events 'op: kmem_cache_create, cache: c, size: 64' \
	'op: mempool_create, pool: p, min_nr: 1, cache: c' \
	'op: mempool_create, pool: q, min_nr: 1, cache: d' \
	'op: kmem_cache_alloc, id: 1, cache: p, gfp: GFP_KERNEL' \
	'op: mempool_alloc, id: 2, pool: c, gfp: GFP_KERNEL' \
	'op: mempool_destroy, pool: p' 'op: mempool_destroy, pool: p' \
	'op: kmem_cache_destroy, cache: c' 'op: kmem_cache_shrink, cache: c' \
	'op: alloc_pages, id: 4, order: 0, gfp: GFP_KERNEL, cpu: 1' \
	'op: free_pages, id: 4, cpu: 1' \
	'op: alloc_pages, id: 3, order: 0, gfp: GFP_KERNEL, node: 1'
checks
exits_with 3
stderr_has "^$workload:7:5: error: there is no cache \"d\"" \
	"^$workload:9:5: error: there is no pool \"c\"" \
	"^$workload:14:5: error: cpu 1: " "^$workload:16:5: error: node 1: "
told=$(places)
same "$told" "7:5 8:5 9:5 11:5 13:5 14:5 16:5 " "the places"
run "$KMEMSIM" run -c "$config" -w "$workload"
exits_with 3
same "$(places)" "$told" "the places that a run tells of"

it "takes any CPU and node for there where no config says which"
run "$KMEMSIM" check "$workload"
exits_with 3
same "$(places)" "7:5 8:5 9:5 11:5 13:5 " "the places"

it "tells of names that are taken and pages that an id has not, as a run does"
events 'op: kmem_cache_create, cache: c, size: 64' \
	'op: mempool_create, pool: p, min_nr: 1, cache: d' \
	'op: mempool_create, pool: p, min_nr: 1, cache: c' \
	'op: kmem_cache_create, cache: c, size: 64' \
	'op: mempool_create, pool: p, min_nr: 1, order: 0' \
	'op: alloc_pages, id: "two", order: 1, gfp: GFP_KERNEL' \
	'op: kmalloc, id: 2, size: 100, gfp: GFP_KERNEL' \
	'op: kmap, id: 2' 'op: kmap, id: "two", page: 2' \
	'op: free_pages, id: "two", page: 2, order: 0' \
	'op: free_pages, id: "two", page: 0, order: 0' \
	'op: free_pages, id: "two", page: 0, order: 0' \
	'op: kmap, id: "two", page: 0' 'op: free_pages, id: "two"' \
	'op: free_pages, id: "two", page: 1, order: 0' \
	'op: free_pages, id: "two", page: 1, order: 0' \
	'op: alloc_pages, id: 3, size: 8KiB, gfp: GFP_KERNEL, lru: file' \
	'op: free_pages, id: 3, page: 1, order: 0' 'op: free_pages, id: 3' \
	'op: kfree, id: 2'
checks
exits_with 3
grep -o '[0-9]*:[0-9]*: error: .*' "$tmp/stderr" >"$tmp/told"
same "$(places)" "6:5 8:5 9:5 12:5 13:5 14:5 16:5 17:5 18:5 20:5 22:5 " \
	"the places"
run "$KMEMSIM" run -c "$config" -w "$workload"
exits_with 3
same "$(grep -o '[0-9]*:[0-9]*: error: .*' "$tmp/stderr")" \
	"$(cat "$tmp/told")" "what a run tells"

it "says which cache, pool, id or area may be meant that is there"
cp "$config" "$tmp/without.yaml"
echo 'cma: [{name: camera, size: 16MiB}]' >>"$config"
events 'op: kmem_cache_create, cache: dentry, size: 192' \
	'op: kmem_cache_create, cache: inode, size: 600' \
	'op: mempool_create, pool: bios, min_nr: 1, cache: dentyr' \
	'op: mempool_create, pool: bios, min_nr: 1, cache: dentry' \
	'op: kmem_cache_alloc, id: 1, cache: dentyr, gfp: GFP_KERNEL' \
	'op: mempool_alloc, id: 2, pool: bois, gfp: GFP_KERNEL' \
	'op: vmalloc, id: "table", size: 64KiB' 'op: vfree, id: "tabel"' \
	'op: kmem_cache_shrink, cache: indoe' \
	'op: mempool_destroy, pool: bioss' \
	'op: dma_alloc_coherent, id: 3, size: 4096, gfp: 0, area: kamera' \
	'op: kmem_cache_destroy, cache: bios'
says() {
	local near='did you mean'
	stderr_has "^$workload:7:5: .*\"dentyr\".*; $near \"dentry\"\?$" \
		"^$workload:9:5: .*\"dentyr\".*; $near \"dentry\"\?$" \
		"^$workload:10:5: .*\"bois\".*; did you mean \"bios\"\?$" \
		"^$workload:12:5: .*\"tabel\".*already; $near \"table\"\?$" \
		"^$workload:13:5: .*\"indoe\".*; did you mean \"inode\"\?$" \
		"^$workload:14:5: .*\"bioss\".*; did you mean \"bios\"\?$" \
		"^$workload:15:5: .*\"kamera\".*; did you mean \"camera\"\?$" \
		"^$workload:16:5: .*\"bios\" at this moment$"
	same "$(places)" "7:5 9:5 10:5 12:5 13:5 14:5 15:5 16:5 " "the places"
}
checks
exits_with 3
says
run "$KMEMSIM" run -c "$config" -w "$workload"
exits_with 3
says

it "says so in a violation, and not of one of a series"
events 'op: vmalloc, id: "table", size: 64KiB' 'op: vfree, id: "tabel"' \
	'op: vmalloc, id: "rx1", size: 64KiB' 'op: vfree, id: "rx2"' \
	'op: read, id: "tabl", offset: 0, size: 1'
rm -f "$db"
run "$KMEMSIM" run -c "$config" -w "$workload" -o "$db" --bad-frees count
exits_with 0
told=$(query "SELECT seq, substr(message, instr(message, 'already')) \
	FROM violation ORDER BY seq" | tr '\n' ' ')
same "$told" "2|already; did you mean \"table\"? 4|already \
5|already; did you mean \"table\"? " "the violations"
mv "$tmp/without.yaml" "$config"

it "tells what is said of memory that is never taken back, and the opposite"
events "$cached" 'op: kmap, id: 1' 'op: free_pages, id: 1' \
	"$object" 'op: touch, id: 1' "$cache" \
	'op: kmem_cache_alloc, id: 2, cache: c, gfp: 0, reclaimable: true'
checks
exits_with 3
stderr_has "^$workload:6:5: error: id 1 .*kmap needs it to stay: touch it" \
	"^$workload:9:5: error: id 1 of kmalloc is never taken back" \
	"^$workload:11:5: error: .*\"c\" was made without SLAB_RECLAIM_ACCOUNT"
told=$(places)
same "$told" "6:5 9:5 11:5 " "the places"
run "$KMEMSIM" run -c "$config" -w "$workload"
exits_with 3
same "$(places)" "$told" "the places that a run tells of"

# ---- profiles, names of other kernels ---------------------------------------

it "judges by the first config: Normal memory may be DMA's where there is none"
events 'op: alloc_pages, id: 1, order: 13, gfp: GFP_DMA|__GFP_NOWARN'
run "$KMEMSIM" check "$workload"
exits_with 0
stdout_has ': fine$'
checks
stdout_has ': 1 warning$'

it "notes each old name once, with its first place and what it is taken for"
events "$page: GFP_KERNEL|__GFP_COLD" \
	'op: alloc_pages, id: 2, order: 0, gfp: __GFP_WAIT|__GFP_COLD'
run "$KMEMSIM" check "$workload"
exits_with 0
stderr_has \
	"^$workload:5:.*: note: gfp: \"__GFP_COLD\" .*4\.9.* nothing \(2 t" \
	"^$workload:6:.*: note: gfp: \"__GFP_WAIT\" .* __GFP_RECLAIM \(1 time\)"
same "$(wc -l <"$tmp/stderr")" 2 "the number of notes"
run "$KMEMSIM" run -c "$config" -w "$workload"
exits_with 0
same "$(grep -c ': note: ' "$tmp/stderr")" 2 "the number of notes of a run"

it "still refuses a name that no kernel had"
events "$page: __GFP_NOSUCH"
checks
exits_with 3
stderr_has 'error: .*__GFP_NOSUCH'

# ---- sizes without an end ----------------------------------------------------

for size in 4611686018427387904 18446744073709551615; do
	it "finds that $size bytes are more than a zone has, and runs them"
	events "op: alloc_pages, id: 1, size: $size, gfp: GFP_KERNEL|GFP_DMA32"
	checks
	exits_with 0
	stderr_has 'warning: \[order-too-big\]'
	stderr_has 'warning: \[zone-too-small\]'
	runs
	same "$(sqlite3 "$db" 'SELECT group_concat(rule) FROM violation')" \
		order-too-big,zone-too-small "the rules broken"
done

# ---- a call that its context forbids ----------------------------------------

# Compaction has all that it needs, again and again, and can do nothing with it.
cat >"$workload" <<END
kmemsim: workload
version: 1
name: never
events:
  - {t: 1s, op: kzalloc, id: 1, size: 3, gfp: GFP_KERNEL|__GFP_RECLAIMABLE,
     task: b}
  - {t: 2s, op: alloc_pages, id: 2, gfp: GFP_KERNEL|__GFP_NOFAIL, order: 9,
     task: a}
  - {t: 3s, op: get_zeroed_page, id: 3, gfp: GFP_USER|__GFP_MOVABLE,
     ctx: softirq}
  - {t: 4s, op: kvmalloc, id: 4, size: 4194305, gfp: GFP_KERNEL}
  - {t: 5s, op: kmem_cache_create, cache: x, size: 1048576, align: 8,
     flags: [SLAB_POISON, SLAB_RECLAIM_ACCOUNT]}
  - {t: 6s, op: vzalloc, id: 5, size: 4194305}
  - {t: 7s, op: mempool_create, pool: q, min_nr: 100000, size: 4097}
  - {t: 8s, op: kmem_cache_alloc, id: 6, cache: x,
     gfp: GFP_KERNEL|__GFP_RECLAIMABLE}
  - {t: 9s, op: alloc_pages, id: 7, gfp: GFP_HIGHUSER_MOVABLE, order: 10}
  - {t: 10s, op: alloc_pages, id: 8, gfp: GFP_KERNEL|__GFP_NOFAIL, order: 10,
     ctx: CONTEXT}
END
for context in process hardirq nmi; do
	it "tells of a loop without end, and ends itself, in $context context"
	sed "s/CONTEXT/$context/" "$workload" >"$workload.$context"
	rm -f "$db"
	run timeout 60 "$KMEMSIM" run -c configs/examples/tiny-32m.yaml \
		-w "$workload.$context" -o "$db" --log-ops all
	exits_with 0
	same "$(sqlite3 "$db" 'SELECT reason FROM op_log WHERE id = 8')" \
		nofail-loop "the reason"
done

# ---- for programs -----------------------------------------------------------

# of_json PATH: the value there in the JSON that the last command has printed.
of_json() {
	sqlite3 :memory: "SELECT json_extract(CAST(
		readfile('$tmp/stdout') AS TEXT), '$1')"
}

it "tells findings as JSON, file by file, with line and column, and no text"
events "$page: GFP_KERNEL, ctx: softirq" 'op: kfree, id: 2'
checks --json
exits_with 3
stderr_is_empty
same "$(of_json '$[0].file')|$(of_json '$[0].fine')" "$config|1" "the config"
same "$(of_json '$[1].nr_errors')|$(of_json '$[1].nr_warnings')" "1|1" \
	"the numbers of errors and warnings"
same "$(of_json '$[1].warnings[0].line')" 5 "the warning's line"
same "$(of_json '$[1].errors[0].line'):$(of_json '$[1].errors[0].column')" \
	6:5 "the error's place"
says=$(of_json '$[1].errors[0].message')
[[ $says == 'id 2 is not live'* ]] || fail "the error's message is: $says"

# ---- what can't be read, and what the config does not have -------------------

it "says that calls wait for what can't be read"
events "$page: GFP_KERNEL, ctx: softirq" 'op: nothing'
checks
exits_with 3
stderr_has "^$workload:6:.*op: \"nothing\" is not known" \
	"^$workload: 1 error; rules, lifetimes, CPUs and nodes are checked once"
checks --json
same "$(of_json '$[1].calls_checked')|$(of_json '$[0].calls_checked')" "0|1" \
	"whether calls were checked"
events "$page: GFP_KERNEL, ctx: softirq" 'op: kfree, id: 2'
checks
exits_with 3
grep -q 'once it can be read' "$tmp/stderr" && fail "all could be read"

it "knows the config's CPUs and nodes, and that an object has a size"
events "$page: GFP_KERNEL, cpu: 7" 'op: kmem_cache_create, cache: c, size: 0' \
	'op: alloc_pages, id: 9, order: 0, gfp: GFP_KERNEL, node: 3'
checks
exits_with 3
stderr_has "^$workload:5:5: error: cpu 7: the machine has no such CPU" \
	"^$workload:6:5: error: cache \"c\": size: \"0\" is no size; " \
	"^$workload:7:5: error: node 3: the machine has no such node"
cp "$tmp/stderr" "$tmp/checked"
run "$KMEMSIM" run -c "$config" -w "$workload"
exits_with 3
while read -r line; do
	grep -qF -- "$line" "$tmp/checked" || fail "check did not say: $line"
done <"$tmp/stderr"

it "says of itself what only a run can find, and leaves that to one"
run "$KMEMSIM" check --help
exits_with 0
stdout_has 'as if every allocation succeeded' 'which ones fail'
events 'op: alloc_pages, id: 1, order: 10, gfp: GFP_NOWAIT' \
	"op: vmalloc, id: 2, size: 100GiB"
checks
exits_with 0
stderr_is_empty

done_testing
