#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# More calls than the CPUs can do in time, which free on one CPU what another
# allocates: are those that name the same id kept in the file's order?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
workload=$tmp/workload.yaml
db=$tmp/run.db

# A call every 50 ns on four CPUs: each id is freed, and allocated again, by
# others than the CPU that allocated it, sometimes from an interrupt.
awk 'BEGIN {
	print "kmemsim: workload\nversion: 1\nname: crowd\nevents:"
	for (i = 1; i <= 4000; i++) {
		id = i % 97
		context = i % 11 ? "process" : "softirq"
		if (i > 97)
			printf "  - {t: %d, op: free_pages, id: %d, cpu: %d, " \
				"ctx: %s}\n", 50 * i, id, (i + 1) % 4, context
		printf "  - {t: %d, op: alloc_pages, id: %d, cpu: %d, " \
			"order: %d, gfp: GFP_ATOMIC}\n", 50 * i, id, i % 4,
			i % 5
	}
}' >"$workload"

it "carries out each call after those above it that name the same id"
run "$KMEMSIM" run -c configs/examples/two-nodes.yaml -w "$workload" -o "$db" \
	--log-ops all --check
exits_with 0
same "$(sqlite3 "$db" "SELECT ops, failed, skipped, violations FROM run")" \
	"7903|0|0|0" "what came of them"

it "lets them wait for it, and adds up what each did with its time"
same "$(sqlite3 "$db" "SELECT count(*) > 1000 FROM op_log
	WHERE cpu_wait_ns > 0")" 1 "calls that waited, over 1000"
same "$(sqlite3 "$db" "SELECT count(*) FROM op_log WHERE latency_ns !=
	cpu_wait_ns + cost_ns + lock_wait_ns + sleep_ns")" 0 "sums that differ"

it "comes to the same twice"
digest=$(sqlite3 "$db" "SELECT digest FROM run")
run "$KMEMSIM" run -c configs/examples/two-nodes.yaml -w "$workload" \
	--log-ops none
stdout_has "$digest"

it "takes a cache or a pool down after those above it that use them"
cat >"$workload" <<END
kmemsim: workload
version: 1
name: teardown
events:
  - {t: 0, op: kmem_cache_create, cache: a, size: 100}
  - {t: 0, op: mempool_create, pool: p, min_nr: 2, size: 100}
  - {t: 1ms, op: get_zeroed_page, id: 1, gfp: GFP_KERNEL, cpu: 1}
  - {t: 1ms, op: kmem_cache_alloc, id: 2, cache: a, gfp: GFP_KERNEL, cpu: 1}
  - {t: 1ms, op: mempool_alloc, id: 3, pool: p, gfp: GFP_KERNEL, cpu: 1}
  - {t: 1ms, op: kmem_cache_free, id: 2, cpu: 1}
  - {t: 1ms, op: mempool_free, id: 3, cpu: 1}
  - {t: 1ms, op: kmem_cache_destroy, cache: a, cpu: 0}
  - {t: 1ms, op: mempool_destroy, pool: p, cpu: 2}
  - {t: 1ms, op: kmem_cache_create, cache: a, size: 200, cpu: 1}
  - {t: 1ms, op: kmem_cache_alloc, id: 2, cache: a, gfp: GFP_KERNEL, cpu: 2}
END
run "$KMEMSIM" run -c configs/examples/two-nodes.yaml -w "$workload" -o "$db" \
	--log-ops all --check
exits_with 0
stderr_is_empty
same "$(sqlite3 "$db" "SELECT ops, failed, skipped, violations FROM run")" \
	"11|0|0|0" "what came of them"

# All memory is taken; the lister waits until somebody gives a page back. That
# is the last call, below a sample which waits for the lister. With one CPU no
# call is taken while another waits, as long as anything else will happen: and
# kcompactd looks for work twice a second, for ever.
it "reads a sample that waits for calls which wait for those below it"
cat >"$workload" <<END
kmemsim: workload
version: 1
name: below
events:
  - {t: 1us, op: alloc_pages, id: 1, order: 9, gfp: GFP_KERNEL}
  - {t: 2us, op: alloc_pages, id: 2, order: 8, gfp: GFP_KERNEL}
  - {t: 3us, op: alloc_pages, id: 3, order: 7, gfp: GFP_KERNEL}
  - {t: 4us, op: alloc_pages, id: 4, order: 6, gfp: GFP_KERNEL}
  - {t: 1ms, op: alloc_pages, id: 5, order: 5, gfp: __GFP_MEMALLOC}
  - {t: 1ms, op: alloc_pages, id: 6, order: 4, gfp: __GFP_MEMALLOC}
  - {t: 1ms, op: alloc_pages, id: 7, order: 3, gfp: __GFP_MEMALLOC}
  - {t: 1ms, op: alloc_pages, id: 8, order: 2, gfp: __GFP_MEMALLOC}
  - {t: 1ms, op: alloc_pages, id: 9, order: 1, gfp: __GFP_MEMALLOC}
  - {t: 1ms, op: alloc_pages, id: 10, order: 0, gfp: __GFP_MEMALLOC}
  - {t: 2ms, op: alloc_pages, id: 11, order: 0, gfp: GFP_NOFS, task: lister}
  - {t: 3ms, op: sample, label: full}
END
cp "$workload" "$tmp/never.yaml"
echo '  - {t: 4ms, op: free_pages, id: 1}' >>"$workload"
one_cpu=(-c configs/examples/by-hand.yaml --set 'nodes.0.cpus=[0]'
	--set sysctl.compaction_proactiveness=20 -o "$db" --log-ops all)
outcomes="SELECT group_concat(coalesce(reason, 'ok'), ' ')
	FROM (SELECT reason FROM op_log WHERE seq > 10 ORDER BY seq)"
run timeout -s KILL 60 "$KMEMSIM" run "${one_cpu[@]}" -w "$workload"
exits_with 0
same "$(sqlite3 "$db" "SELECT group_concat(rule) FROM violation")" \
	sample-waits "what is told of it"
same "$(sqlite3 "$db" "$outcomes")" "ok ok" "what came of both"

it "comes to an end when none of those below it helps"
echo '  - {t: 4ms, op: get_zeroed_page, id: 12, gfp: GFP_NOFS}' \
	>>"$tmp/never.yaml"
run timeout -s KILL 60 "$KMEMSIM" run "${one_cpu[@]}" -w "$tmp/never.yaml"
exits_with 0
same "$(sqlite3 "$db" "$outcomes")" "stuck stuck" "what came of both"

done_testing
