#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does a database say which workload its run had, and does it keep quiet of
# what it can't know?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

config=$tmp/config.yaml
workload=$tmp/workload.yaml
cat >"$config" <<END
kmemsim: config
version: 1
nodes: [{id: 0, cpus: [0], zones: [{type: DMA, size: 16MiB}]}]
END
cat >"$workload" <<END
kmemsim: workload
version: 1
events: [{t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}]
END

# database_says WANTED: of the workload and its SHA-256.
database_says() {
	local got
	got=$(sqlite3 "$tmp/run.db" "SELECT workload,
		coalesce(workload_sha256, 'unknown') FROM run")
	holds "expected '$1', got '$got'" [ "$got" = "$1" ]
}

it "names the file and its SHA-256"
sum=$(sha256sum <"$workload" | cut -d ' ' -f 1)
run "$KMEMSIM" run -c "$config" -w "$workload" -o "$tmp/run.db"
exits_with 0
database_says "$workload sha256:$sum|$sum"

# The look for generators comes by the sum of a large file, piece by piece.
it "names the SHA-256 of a workload of more than a megabyte, too"
{
	sed '$d' "$workload"
	printf 'events:\n'
	seq 1 20000 | sed \
		's/.*/- {t: &, op: alloc_pages, id: &, order: 0, gfp: 0}/'
} >"$tmp/large.yaml"
sum=$(sha256sum <"$tmp/large.yaml" | cut -d ' ' -f 1)
run "$KMEMSIM" run -c "$config" -w "$tmp/large.yaml" -o "$tmp/run.db"
exits_with 0
database_says "$tmp/large.yaml sha256:$sum|$sum"

it "knows no SHA-256 of standard input"
run "$KMEMSIM" run -c "$config" -w - -o "$tmp/run.db" <"$workload"
exits_with 0
database_says '-|unknown'

it "knows no SHA-256 of a pipe, which can be read once only"
mkfifo "$tmp/pipe"
cat "$workload" >"$tmp/pipe" &
run "$KMEMSIM" run -c "$config" -w "$tmp/pipe" -o "$tmp/run.db"
wait
exits_with 0
database_says "$tmp/pipe|unknown"

done_testing
