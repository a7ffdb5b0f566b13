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

done_testing
