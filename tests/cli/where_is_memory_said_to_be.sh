#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Where is memory said to be: does the database have the right physical and
# virtual address of each kind of allocation, and all its frames?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
db=$tmp/run.db

cat >"$tmp/w.yaml" <<END
kmemsim: workload
version: 1
name: one-of-each
events:
  - {t: 0,  op: alloc_pages, id: 1, order: 3, gfp: GFP_KERNEL}
  - {t: 1,  op: __get_free_pages, id: 2, order: 0, gfp: GFP_KERNEL}
  - {t: 2,  op: get_zeroed_page, id: 3, gfp: GFP_KERNEL}
  - {t: 3,  op: kmalloc, id: 4, size: 100, gfp: GFP_KERNEL}
  - {t: 4,  op: kmalloc, id: 5, size: 100, gfp: GFP_KERNEL}
  - {t: 5,  op: kmalloc, id: 6, size: 64KiB, gfp: GFP_KERNEL}
  - {t: 6,  op: kmalloc, id: 7, size: 0, gfp: GFP_KERNEL}
  - {t: 7,  op: kmem_cache_create, cache: c, size: 500}
  - {t: 8,  op: kmem_cache_alloc, id: 8, cache: c, gfp: GFP_KERNEL}
  - {t: 9,  op: vmalloc, id: 9, size: 300KiB}
  - {t: 10, op: kvmalloc, id: 10, size: 8KiB, gfp: GFP_KERNEL}
  - {t: 11, op: alloc_pages, id: 11, order: 1, gfp: GFP_HIGHUSER}
  - {t: 12, op: alloc_pages, id: 12, order: 15, gfp: GFP_KERNEL|__GFP_NOWARN}
END

# runs CONFIG
runs() {
	run "$KMEMSIM" run -c "$1" -w "$tmp/w.yaml" -o "$db" --log-ops all
	exits_with 0
}

# query SQL EXPECTED WHAT
query() {
	same "$(sqlite3 "$db" "$1")" "$2" "$3"
}

# SQLite's numbers are signed: so is PAGE_OFFSET of x86_64, as a text.
for machine in tiny-32m:$((0xffff888000000000)):$((0xffffc90000000000)) \
	highmem-1g:$((0xc0000000)):$((0xf77fe000)); do
	IFS=: read -r name offset vmalloc <<<"$machine"
	runs "configs/examples/$name.yaml"

	it "has pages of the linear map a constant apart ($name)"
	query "SELECT group_concat(vaddr - pfn * 4096 - ($offset)) FROM op_log
		WHERE id IN (1, 2, 3, 6) ORDER BY seq" 0,0,0,0 \
		"how far they are from where they should be"

	it "has objects within their slab ($name)"
	query "SELECT group_concat(vaddr - ($offset) - pfn * 4096 BETWEEN 0
		AND 8 * 4096) FROM op_log WHERE id IN (4, 5, 8, 10)" 1,1,1,1 \
		"whether they are"
	query "SELECT abs(a.vaddr - b.vaddr) % 128 FROM op_log a, op_log b
		WHERE a.id = 4 AND b.id = 5" 0 "the distance of two objects"

	it "has a kmalloc of nothing nowhere ($name)"
	query "SELECT vaddr || coalesce(pfn, ' no frame') ||
		coalesce(extents, ', none') FROM op_log WHERE id = 7" \
		'16 no frame, none' "its place"

	it "has an area in vmalloc's range, and all its frames ($name)"
	query "SELECT vaddr - ($vmalloc) BETWEEN 0 AND 120 << 20 FROM op_log
		WHERE id = 9" 1 "whether it is within"
	query "SELECT sum(pages) FROM extent JOIN op_log USING (seq)
		WHERE op = 'vmalloc'" 75 "its frames in all"
	query "SELECT count(*) - extents FROM extent JOIN op_log USING (seq)
		WHERE op = 'vmalloc'" 0 "runs of them that op_log doesn't know"
	query "SELECT extent.pfn - op_log.pfn FROM extent
		JOIN op_log USING (seq) WHERE n = 1" 0 "its distance"
	query "SELECT count(*) FROM extent a JOIN extent b USING (seq)
		WHERE b.n = a.n + 1 AND b.pfn = a.pfn + a.pages" 0 \
		"runs that are one in truth"

	it "has pages and objects in one piece each ($name)"
	query "SELECT group_concat(DISTINCT extents) FROM op_log
		WHERE id IN (1, 2, 3, 4, 5, 6, 8, 10, 11)" 1 "their pieces"
	query "SELECT count(extents) + count(vaddr) FROM op_log
		WHERE op = 'kmem_cache_create' OR id = 12" 0 \
		"pieces of what is no memory"
done

it "has no address for a page in HighMem"
query "SELECT zone || coalesce(vaddr, ' nowhere') FROM op_log WHERE id = 11" \
	'HighMem nowhere' "its place"

it "has one for it on a machine without HighMem"
runs configs/examples/tiny-32m.yaml
query "SELECT vaddr - pfn * 4096 - ($((0xffff888000000000))) FROM op_log
	WHERE id = 11" 0 "how far it is from where it should be"

it "keeps no frames of what it does not log"
run "$KMEMSIM" run -c configs/examples/tiny-32m.yaml -w "$tmp/w.yaml" \
	-o "$db" --log-ops failures
exits_with 0
query 'SELECT count(*) FROM extent' 0 "the rows"

it "takes a page from the node of the frame that a real kernel gave, if asked"
cat >"$tmp/nodes.yaml" <<END
kmemsim: workload
version: 1
name: nodes
events:
  - {t: 0, op: alloc_pages, id: "a", order: 0, gfp: GFP_KERNEL}
  - {t: 1us, op: alloc_pages, id: "b", order: 0, gfp: GFP_KERNEL, node: 1}
  - {t: 2us, op: alloc_pages, id: "c", order: 0, gfp: GFP_KERNEL,
     node: recorded}
END
run "$KMEMSIM" run -c configs/examples/by-hand-two-nodes.yaml \
	-w "$tmp/nodes.yaml" -o "$tmp/nodes.db" --log-ops all
exits_with 0
same "$(sqlite3 "$tmp/nodes.db" 'SELECT node FROM op_log' | tr '\n' ' ')" \
	"0 1 0 " "the nodes"
frame=$(sqlite3 "$tmp/nodes.db" "SELECT pfn FROM op_log WHERE id = 'b'")
for asked in "$frame:1" 4000000:0; do
	sed "s/node: recorded/&, recorded: {pfn: ${asked%:*}}/" \
		"$tmp/nodes.yaml" >"$tmp/frame.yaml"
	run "$KMEMSIM" run -c configs/examples/by-hand-two-nodes.yaml \
		-w "$tmp/frame.yaml" -o "$tmp/frame.db" --log-ops all
	exits_with 0
	same "$(sqlite3 "$tmp/frame.db" "SELECT node FROM op_log
		WHERE id = 'c'")" "${asked#*:}" "the node of frame ${asked%:*}"
	run "$KMEMSIM" check configs/examples/by-hand-two-nodes.yaml \
		"$tmp/frame.yaml"
	exits_with 0
	run "$KMEMSIM" pack "$tmp/frame.yaml" -o "$tmp/frame.kmt"
	run "$KMEMSIM" unpack "$tmp/frame.kmt" -o "$tmp/again.yaml"
	holds "packing loses it" grep -q 'node: recorded' "$tmp/again.yaml"
done

done_testing
