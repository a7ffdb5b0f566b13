#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/bench.sh: how long does `kmemsim run` take, beside a program that
# does the least that the job needs (tests/bench/floor.c)? All contestants run
# in turn, seven rounds on one core, and what counts is the median of the
# rounds' ratios: this machine's mood cancels out.
#
# Figures: ns per operation (whole process, start included) of
#	scan		the floor, lines taken apart by hand
#	libyaml		the floor, libyaml's parser and no model
#	run		kmemsim run, no database
#	run, failures	kmemsim run, a database without operations
#	run, all	kmemsim run, a database with a row an operation
# and the ratio of each to `scan`.
# Environment: BUILD, KMEMSIM, BENCH_OPS (default 400000), BENCH_ROUNDS
# (default 7).

set -eu
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
ops=${BENCH_OPS:-400000}
rounds=${BENCH_ROUNDS:-7}
floor=$BUILD/tests/bench/floor
kmemsim=${KMEMSIM:-$BUILD/kmemsim}
export KMEMSIM_DATA=${KMEMSIM_DATA:-$PWD}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
workload=$tmp/workload.yaml
"$floor" generate "$ops" 100000 >"$workload"
cat >"$tmp/config.yaml" <<END
kmemsim: config
version: 1
name: bench
profile: linux-6.1-x86_64
nodes:
  - id: 0
    cpus: [0]
    zones: [{type: DMA, size: 16MiB}, {type: DMA32, size: 1008MiB}]
END

pin=()
if command -v taskset >/dev/null && taskset -c 1 true 2>/dev/null; then
	pin=(taskset -c 1)
fi

contestants=(scan libyaml run failures all)
contest() {
	local run=("$kmemsim" run -c "$tmp/config.yaml" -w "$workload")
	rm -f "$tmp/run.db"
	case $1 in
	scan | libyaml) set -- "$floor" "$1" "$workload" ;;
	run) set -- "${run[@]}" ;;
	*) set -- "${run[@]}" -o "$tmp/run.db" --log-ops "$1" ;;
	esac
	"${pin[@]}" "$@" >"$tmp/out" 2>"$tmp/err" || {
		echo "bench: $* failed:" >&2
		cat "$tmp/err" >&2
		exit 1
	}
}

for ((round = 0; round <= rounds; round++)); do
	for contestant in "${contestants[@]}"; do
		begin=${EPOCHREALTIME/[.,]/}
		contest "$contestant"
		end=${EPOCHREALTIME/[.,]/}
		# Round 0 only warms the caches.
		[ "$round" -eq 0 ] ||
			echo "$round $contestant $((end - begin))"
	done
done >"$tmp/times"

awk -v ops="$ops" -v order="${contestants[*]}" '
	function median(list, n,    i, j, t) {
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
				t = list[j]; list[j] = list[j - 1]
				list[j - 1] = t
			}
		return n % 2 ? list[(n + 1) / 2] : \
			(list[n / 2] + list[n / 2 + 1]) / 2
	}
	{ time[$1, $2] = $3; if ($1 > rounds) rounds = $1 }
	END {
		n = split(order, names, " ")
		printf "%-10s %10s %16s\n", "", "ns/op", "ratio to scan"
		for (i = 1; i <= n; i++) {
			for (r = 1; r <= rounds; r++) {
				each[r] = time[r, names[i]] * 1000 / ops
				ratio[r] = time[r, names[i]] / time[r, "scan"]
			}
			printf "%-10s %10.1f %16.2f\n", names[i],
				median(each, rounds), median(ratio, rounds)
		}
	}' "$tmp/times"
