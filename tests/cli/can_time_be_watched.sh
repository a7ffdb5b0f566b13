#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Can somebody who wants to know who ran when get a timeline, and all of what
# the options promise of it?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

machine=configs/examples/tiny-32m.yaml
# of_json PATH: the value there in the JSON that the last command has printed,
# and its type.
of_json() {
	sqlite3 :memory: "SELECT value, type FROM json_tree(CAST(
		readfile('$tmp/stdout') AS TEXT)) WHERE fullkey = '\$.$1'"
}
heading='^ *us  cpu.*  who +what$'
cat >"$tmp/two.yaml" <<'EOF'
kmemsim: workload
version: 1
name: two
events:
  - {t: 0,   op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}
  - {t: 1ms, op: free_pages, id: 1}
EOF

it "prints a timeline before the summary, without a database"
run "$KMEMSIM" run -c $machine -w "$tmp/two.yaml" --timeline
exits_with 0
stdout_has "$heading" '^two on '
[[ $(head -1 "$tmp/stdout") =~ $heading ]] || fail "it does not come first"

it "keeps it in the database, and shows it again"
run "$KMEMSIM" run -c $machine -w "$tmp/two.yaml" --timeline -o "$tmp/a.db"
exits_with 0
sed '/^$/,$d' "$tmp/stdout" >"$tmp/printed"
run "$KMEMSIM" show "$tmp/a.db" timeline
exits_with 0
holds "another one is shown" cmp -s "$tmp/stdout" "$tmp/printed"

it "logs all operations with it, unless asked for others"
holds "op_log does not have both" \
	[ "$(sqlite3 "$tmp/a.db" 'SELECT count(*) FROM op_log')" = 2 ]
run "$KMEMSIM" run -c $machine -w "$tmp/two.yaml" --timeline \
	--log-ops none -o "$tmp/b.db"
holds "op_log has some" \
	[ "$(sqlite3 "$tmp/b.db" 'SELECT count(*) FROM op_log')" = 0 ]

it "does not change what happens"
run "$KMEMSIM" run -c $machine -w "$tmp/two.yaml" --json
same "$(sqlite3 "$tmp/a.db" 'SELECT digest FROM run')|text" \
	"$(of_json digest)" "the digest"

it "does not change what happens on CPUs that are overloaded and interrupted"
cat >"$tmp/busy.yaml" <<'EOF'
kmemsim: config
version: 1
name: busy
profile: linux-6.1-x86_64
nodes:
  - {id: 0, cpus: [0, 1, 2, 3], zones: [{type: DMA32, size: 256MiB}]}
EOF
"$BUILD/tests/bench/generate" mix 5000 600 >"$tmp/mix.yaml"
run "$KMEMSIM" run -c "$tmp/busy.yaml" -w "$tmp/mix.yaml"
exits_with 0
grep digest "$tmp/stdout" >"$tmp/digest"
holds "there is no digest" [ -s "$tmp/digest" ]
run "$KMEMSIM" run -c "$tmp/busy.yaml" -w "$tmp/mix.yaml" --timeline \
	-o "$tmp/busy.db"
exits_with 0
same "$(grep digest "$tmp/stdout")" "$(cat "$tmp/digest")" "the digest"
same "$(sqlite3 "$tmp/busy.db" "SELECT count(*) FROM timeline
	WHERE kind IN ('runs', 'ends') GROUP BY kind" | sort -u)" 5000 \
	"how many began, and how many ended"

it "gives it as JSON, to a run and to show"
run "$KMEMSIM" run -c $machine -w "$tmp/two.yaml" --timeline --json
exits_with 0
[[ $(of_json timeline) == *'|array' ]] ||
	fail "the summary has none"
run "$KMEMSIM" show "$tmp/a.db" timeline --json
exits_with 0
[[ $(of_json timeline) == *'|array' ]] ||
	fail "the view has none"

it "says so where a run has none"
run "$KMEMSIM" run -c $machine -w "$tmp/two.yaml" -o "$tmp/c.db"
exits_with 0
run "$KMEMSIM" show "$tmp/c.db" timeline
exits_with 3
stderr_has 'c.db: error: has no timeline: .*--timeline'

it "refuses options that mean nothing together"
run "$KMEMSIM" show "$tmp/a.db" timeline --at 1ms
exits_with 2
stderr_has '--from'
run "$KMEMSIM" show "$tmp/a.db" buddyinfo --from 1ms
exits_with 2
stderr_has 'timeline'

it "refuses actors and times that are none, and names those that are"
run "$KMEMSIM" show "$tmp/a.db" timeline --actor kswap
exits_with 2
stderr_has kswapd disk
run "$KMEMSIM" show "$tmp/a.db" timeline --from soon
exits_with 2
stderr_has "\"soon\"" 'ms'
run "$KMEMSIM" show "$tmp/a.db" timeline --until 0
exits_with 2
stderr_has 'nothing is before'

done_testing
