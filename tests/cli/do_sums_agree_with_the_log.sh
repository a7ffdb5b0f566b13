#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Are the statistics of a run the sums of its operations? Without a log the
# engine adds most operations to them in place, with one it tells of each. So
# a run of each shipped workload without a log and one with a log of all must
# leave the same statistics, and those must be what the log adds up to.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

# All that a run leaves but for the log itself, the file's words about it, and
# what the host's clock says.
statistics() {
	local table
	sqlite3 "$1" "SELECT ops, sim_ns, digest FROM run"
	for table in op_stats failure_stats latency_histogram lock_stats \
		oom_kill violation_row sample vmstat zone_sample slab_sample; do
		echo "$table"
		sqlite3 "$1" "SELECT * FROM $table"
	done
}

# Skipped operations count for nothing else.
sums_of_statistics='SELECT op, gfp, ctx, path, count, failed, skipped, cost_ns,
		cpu_wait_ns, lock_wait_ns, sleep_ns, latency_max_ns
	FROM op_stats ORDER BY 1, 2, 3, 4'
sums_of_the_log="WITH operation AS (
		SELECT *, ok IS NOT NULL AS done,
			iif(ok = 1 AND path IS NOT NULL, path, 'none') AS way
		FROM op_log)
	SELECT op, gfp, ctx, way, sum(done), sum(done AND NOT ok),
		sum(NOT done), sum(done * cost_ns), sum(done * cpu_wait_ns),
		sum(done * lock_wait_ns), sum(done * sleep_ns),
		max(iif(done, latency_ns, NULL))
	FROM operation GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"

parts_that_differ="SELECT count(*) FROM op_log WHERE latency_ns <>
	cost_ns + cpu_wait_ns + lock_wait_ns + sleep_ns
	OR ok IS NOT 1 AND path IS NOT NULL"

# sums_agree WORD…: of a run with these words.
sums_agree() {
	run "$KMEMSIM" run "$@" --log-ops none -o "$tmp/none.db"
	exits_with 0
	run "$KMEMSIM" run "$@" --log-ops all -o "$tmp/all.db"
	exits_with 0
	same "$(statistics "$tmp/none.db")" "$(statistics "$tmp/all.db")" \
		"its statistics"
	same "$(sqlite3 "$tmp/none.db" "$sums_of_statistics")" \
		"$(sqlite3 "$tmp/all.db" "$sums_of_the_log")" \
		"its sums, and those of the log"
	same "$(sqlite3 "$tmp/all.db" "$parts_that_differ")" 0 \
		"operations whose latency is not the sum of its parts"
	rm -f "$tmp/none.db" "$tmp/all.db"
}

for workload in workloads/*.yaml; do
	it "counts the same without a log of $(basename "$workload" .yaml)"
	read -r -a words <<<"$(command_of "$workload")"
	sums_agree "${words[@]:2}"
done

# As many kinds of calls as there are CPUs, contexts, flags and orders: more
# than are remembered at once. They come up to so many ns after each other.
# many_kinds NS
many_kinds() {
	echo "kmemsim: workload"
	echo "version: 1"
	echo "name: many-kinds"
	echo "events:"
	awk -v gap="$1" 'function draw(n) {
			x = (x * 69069 + 1) % 4294967296
			return int(x / 65536) % n
		}
		BEGIN {
			split("GFP_ATOMIC GFP_NOWAIT GFP_DMA32 " \
				"GFP_ATOMIC|__GFP_NOWARN " \
				"GFP_NOWAIT|__GFP_ZERO", gfp, " ")
			split("process softirq hardirq", ctx, " ")
			for (i = 0; i < 30000; i++) {
				t += draw(gap)
				printf "- {t: %d, cpu: %d, ctx: %s, ", t,
					draw(64), ctx[1 + draw(3)]
				if (freed < made - 100 && draw(2))
					printf "op: free_pages, id: %d}\n",
						++freed
				else
					printf "op: alloc_pages, id: %d, " \
						"order: %d, gfp: %s}\n",
						++made, draw(9),
						gfp[1 + draw(5)]
			}
		}'
}

it "counts the same without a log where there are many kinds of calls"
cat >"$tmp/machine.yaml" <<END
kmemsim: config
version: 1
name: many CPUs
profile: linux-6.1-x86_64
nodes:
  - id: 0
    cpus: [$(seq -s, 0 63)]
    zones: [{type: DMA32, size: 1GiB}, {type: Normal, size: 3GiB}]
END
# Most are not over when others begin on other CPUs.
many_kinds 60 >"$tmp/many.yaml"
sums_agree -c "$tmp/machine.yaml" -w "$tmp/many.yaml"

it "counts the same without a log where these come one by one"
many_kinds 20000 >"$tmp/many.yaml"
sums_agree -c "$tmp/machine.yaml" -w "$tmp/many.yaml"

# Objects of a hundred sizes, which are zeroed: more than are remembered.
many_sizes() {
	echo "kmemsim: workload"
	echo "version: 1"
	echo "name: many-sizes"
	echo "events:"
	awk 'BEGIN {
			for (i = 1; i <= 100; i++)
				printf "- {t: 0, op: kmem_cache_create, " \
					"cache: c%d, size: %d}\n", i, 8 * i
			for (i = 0; i < 20000; i++) {
				t += 5000
				id = i % 1000
				cache = "c" (1 + id * 7 % 100)
				zero = i % 3 ? "|__GFP_ZERO" : ""
				if (i >= 1000)
					printf "- {t: %d, id: %d, cache: %s, " \
						"op: kmem_cache_free}\n",
						t, id, cache
				printf "- {t: %d, op: kmem_cache_alloc, " \
					"id: %d, cache: %s, " \
					"gfp: GFP_KERNEL%s}\n",
					t + 2500, id, cache, zero
			}
		}'
}

it "counts the same without a log where objects of many sizes are zeroed"
many_sizes >"$tmp/objects.yaml"
sums_agree -c "$tmp/machine.yaml" -w "$tmp/objects.yaml"

it "logs and counts pages by what was asked for: an order, 0 unless one is \
given, or a size, which is none"
a_microsecond_each 'alloc_pages, id: 1, gfp: GFP_KERNEL, size: 5000' \
	'alloc_pages, id: 2, gfp: GFP_KERNEL, size: 1GiB' \
	'alloc_pages, id: 3, gfp: GFP_KERNEL' \
	'get_zeroed_page, id: 4, gfp: GFP_KERNEL' \
	'alloc_pages, id: 5, gfp: GFP_KERNEL, order: 11' >"$tmp/sizes.yaml"
run "$KMEMSIM" run -c "$tmp/machine.yaml" -w "$tmp/sizes.yaml" \
	-o "$tmp/sizes.db" --log-ops all
exits_with 0
same "$(sqlite3 "$tmp/sizes.db" "SELECT group_concat(
		coalesce(order_, '-') || '/' || coalesce(size, '-'), ' ')
	FROM (SELECT * FROM op_log ORDER BY seq)")" \
	"-/5000 -/1073741824 0/- 0/- 11/-" "orders and sizes"
same "$(sqlite3 "$tmp/sizes.db" "SELECT group_concat(order_ IS NULL, ' ')
	FROM failure_stats WHERE reason = 'order'")" "1 0" "failures' orders"

done_testing
