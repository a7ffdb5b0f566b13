#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does compare make the runs that it is asked for, and refuse those that could
# not be made?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

cat >"$tmp/small.yaml" <<END
kmemsim: config
version: 1
nodes: [{id: 0, cpus: [0], zones: [{type: DMA, size: 16MiB}]}]
END
sed 's/16MiB/8MiB/' "$tmp/small.yaml" >"$tmp/tiny.yaml"
cat >"$tmp/page.yaml" <<END
kmemsim: workload
version: 1
events: [{t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}]
END
sed 's/order: 0/order: 3/' "$tmp/page.yaml" >"$tmp/block.yaml"

it "runs a workload on each config"
run "$KMEMSIM" compare -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
	-w "$tmp/page.yaml"
exits_with 0
stdout_has 'operations +1 +1 +='

it "takes one of the workloads from stdin"
run "$KMEMSIM" compare -c "$tmp/small.yaml" -w - -w "$tmp/block.yaml" \
	<"$tmp/page.yaml"
exits_with 0
stdout_has 'alloc_pages asked +4.00 KiB +32.0 KiB'

it "refuses to read stdin for more than one run"
for words in "-c $tmp/small.yaml -c $tmp/tiny.yaml -w -" \
	"-c - -c $tmp/tiny.yaml -w $tmp/page.yaml -w $tmp/block.yaml" \
	"-c $tmp/small.yaml -w - -w -"; do
	# shellcheck disable=SC2086 # words are words
	run "$KMEMSIM" compare $words <"$tmp/page.yaml"
	exits_with 2
	stderr_has stdin
done

it "refuses a single run"
run "$KMEMSIM" compare -c "$tmp/small.yaml" -w "$tmp/page.yaml"
exits_with 2
stderr_has '2 to 16'

done_testing
