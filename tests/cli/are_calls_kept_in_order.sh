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

done_testing
