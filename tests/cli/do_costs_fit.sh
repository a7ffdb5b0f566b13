#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Do the models' counters explain how long a real kernel's calls took?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
recordings=build/recordings

# A recording of our own: recording NAME, and expected_ops.csv from stdin.
recording() {
	mkdir "$tmp/$1"
	cat >"$tmp/$1/expected_ops.csv"
	cat >"$tmp/$1/config.yaml" <<-'END'
	kmemsim: config
	version: 1
	name: small
	profile: linux-6.1-x86_64
	nodes:
	  - {id: 0, cpus: [0], zones: [{type: DMA, size: 16MiB}]}
	END
	cat >"$tmp/$1/workload.yaml" <<-'END'
	kmemsim: workload
	version: 1
	name: two
	events:
	  - {t: 0, op: alloc_pages, id: 1, order: 5, gfp: GFP_KERNEL}
	  - {t: 1us, op: free_pages, id: 1}
	END
}
columns=seq,op,id,ok,pfn,vaddr_offset,instructions

it "explains 99.5 % of the calls of three recordings to within 10 %, and their \
totals to within 1 %"
run "$KMEMSIM" calibrate -o "$tmp/costs.yaml" \
	"$recordings/g1-order0" "$recordings/g2-orders" "$recordings/g8-driver"
exits_with 0
stderr_is_empty
for name in g1-order0 g2-orders g8-driver; do
	stdout_has "^$name +20000 +(99\.[5-9].|100\.00) % +[-+]0\.[0-9]+ %\$"
done

it "finds clearing a page at what the kernel's own loop takes, some 512"
cleared=$(awk '$1 == "pages_cleared" { print int($2) }' "$tmp/stdout")
holds "expected 500 or more a page, got ${cleared:-nothing}" \
	[ "${cleared:-0}" -ge 500 ]
holds "expected 560 or less a page, got $cleared" [ "${cleared:-0}" -le 560 ]

it "says what these recordings can't tell, and has no figure for it"
stdout_has 'not exercised: .*slabs_made.*vmap_purged' \
	'^page_requests, left at 0, cannot be told from pcp_hits \+ buddy_'
holds "expected page_requests at 0" \
	grep -q '^    page_requests: 0.0$' "$tmp/costs.yaml"
if grep -q '^    slabs_made:' "$tmp/costs.yaml"; then
	fail "expected no slabs_made"
fi

it "writes a section that a config takes as it is"
{
	cat "$recordings/g1-order0/config.yaml"
	cat "$tmp/costs.yaml"
} >"$tmp/machine.yaml"
cp "$recordings"/g1-order0/*.csv "$tmp"
run "$KMEMSIM" check "$tmp/machine.yaml"
exits_with 0
stderr_is_empty

it "writes the same section to stdout, and nothing else"
run "$KMEMSIM" calibrate -o - \
	"$recordings/g1-order0" "$recordings/g2-orders" "$recordings/g8-driver"
exits_with 0
stdout_is "$(cat "$tmp/costs.yaml")"

it "says it as JSON"
run "$KMEMSIM" calibrate --json "$recordings/g1-order0"
exits_with 0
stdout_has '"within_10_percent"' '"is": "not exercised"'
if [ -n "$(command -v python3 || true)" ]; then
	python3 -m json.tool "$tmp/stdout" >/dev/null 2>&1 ||
		fail "that is not JSON"
fi

it "refuses JSON and the section on one stdout"
run "$KMEMSIM" calibrate --json -o - "$recordings/g1-order0"
exits_with 2
stdout_is_empty

it "refuses a recording that does not know its instructions"
recording silent <<END
$columns
1,alloc_pages,1,1,,,
2,free_pages,1,1,,,
END
run "$KMEMSIM" calibrate -o "$tmp/none.yaml" "$tmp/silent"
exits_with 3
stdout_is_empty
stderr_has 'silent/expected_ops.csv:.*instructions'
is_gone "$tmp/none.yaml"

it "refuses a recording that ends before its workload, or after it"
recording short <<END
$columns
1,alloc_pages,1,1,,,5000
END
run "$KMEMSIM" calibrate "$tmp/short"
exits_with 3
stderr_has 'short/expected_ops.csv:.*number of operations'
recording long <<END
$columns
1,alloc_pages,1,1,,,5000
2,free_pages,1,1,,,500
3,free_pages,1,1,,,500
END
run "$KMEMSIM" calibrate "$tmp/long"
exits_with 3
stderr_has 'long/expected_ops.csv:4:.*number of operations'

it "refuses a traced recording, which has no instructions"
run "$KMEMSIM" calibrate "$recordings/real-files"
exits_with 3
stderr_has 'real-files/expected_ops.csv'

it "leaves out, and says so, what the run did otherwise than the kernel"
recording other <<END
$columns
1,alloc_pages,1,1,,,5000
2,free_pages,1,0,,,500
END
run "$KMEMSIM" calibrate "$tmp/other"
exits_with 0
stdout_has '^other +1 +100\.00 %' 'left out: 1 in which the run did otherwise'

done_testing
