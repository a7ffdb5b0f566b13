#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does the summary of a run say that its CPUs can't do the load, which rules
# were broken and why calls were skipped, and nothing of these where there is
# nothing to tell?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

machine=$tmp/machine.yaml
work=$tmp/work.yaml
small_machine >"$machine"
sed -i 's/cpus: .0./cpus: [0, 1]/' "$machine"

# pages CPU COUNT GAP START: single pages that come and go, `GAP` ns apart.
pages() {
	awk -v cpu="$1" -v nr="$2" -v gap="$3" -v t="$4" 'BEGIN {
		for (; nr > 0; nr -= 2) {
			at = "  - {t: %d, cpu: %d, id: %d, op: "
			printf at "alloc_pages, gfp: GFP_ATOMIC}\n", t, cpu, cpu
			t += gap
			printf at "free_pages}\n", t, cpu, cpu
			t += gap
		}
	}'
}

workload() {
	printf 'kmemsim: workload\nversion: 1\nname: w\nevents:\n'
	sort -s -t: -k2n
}

runs() {
	run "$KMEMSIM" run -c "$machine" -w "$work" "$@"
	exits_with 0
}

# ---- a load that is too much ------------------------------------------------

late='^  load        too much for CPU'
{
	pages 0 200 1000 0
	pages 1 8000 100 0
} | workload >"$work"

it "says which CPU's calls begin late, and by how much"
runs
stdout_has "$late 1: calls [0-9.]+ .s late on average, [0-9.]+ .s at most$"
same "$(grep -c "$late" "$tmp/stdout")" 1 "its lines"
holds "a line of more than 80 columns" \
	[ "$(grep "$late" "$tmp/stdout" | wc -L)" -le 80 ]

it "gives the same to programs, as the log has it"
runs --json --log-ops all -o "$tmp/late.db"
same "$(jq -r '.overload | [.cpus, .cpu, .late_calls, .late_max_ns] | @tsv' \
	"$tmp/stdout" | xargs)" "1 1 $(sqlite3 -separator ' ' "$tmp/late.db" \
	"SELECT count(*), max(cpu_wait_ns) FROM op_log WHERE cpu = 1
	AND cpu_wait_ns")" "the overload"
same "$(sqlite3 "$tmp/late.db" 'SELECT * FROM overload')" \
	"$(sqlite3 "$tmp/late.db" 'SELECT 1, 1, count(*), sum(cpu_wait_ns),
	max(cpu_wait_ns) FROM op_log WHERE cpu = 1 AND cpu_wait_ns')" \
	"the database's row"

it "says so of a run that was cut short, too, and whose log is kept"
runs --until 2ms --log-ops all -o "$tmp/cut.db"
stdout_has "$late 1"

it "counts the other CPUs of which that is so"
{
	pages 0 4000 10 0
	pages 1 8000 10 0
} | workload >"$work"
runs -o "$tmp/both.db"
stdout_has "$late 1 and 1 other: calls"
same "$(sqlite3 "$tmp/both.db" 'SELECT group_concat(cpu) FROM overload')" 0,1 \
	"the CPUs"

it "says nothing of a burst that is over, nor of calls all at once"
{
	pages 0 4000 10 0
	pages 0 4000 50000 10000000
} | workload >"$work"
runs
holds "a burst is no overload" not grep -q "$late" "$tmp/stdout"
pages 0 4000 0 5 | workload >"$work"
runs --json
same "$(jq .overload "$tmp/stdout")" null "the overload"

# ---- rules and reasons ------------------------------------------------------

a_microsecond_each \
	'kmalloc, id: 1, size: 64, gfp: GFP_KERNEL, ctx: hardirq' \
	'kfree, id: 1' 'kfree, id: 1' 'kfree, id: 1' \
	'alloc_pages, id: 2, order: 3, gfp: GFP_KERNEL' \
	'free_pages, id: 2, order: 2' \
	'free_pages, pfn: 3000, order: 0' \
	'alloc_pages, id: 3, order: 15, gfp: GFP_KERNEL' \
	'free_pages, id: 3' >"$work"

it "names the rules that were broken most, and who has all of them"
runs --bad-frees count -o "$tmp/rules.db"
rules='2 bad-free, 1 order-too-big, 1 sleep-in-atomic, … \(4 rules\)'
stdout_has "^  broken      $rules$" \
	"^              all: kmemsim export $tmp/rules.db --query broken-rules$"
run "$KMEMSIM" export "$tmp/rules.db" --query broken-rules
stdout_has '^bad-free,2,' '^wrong-order,1,'

it "says why calls were skipped, the most frequent reason first"
runs --bad-frees count
stdout_has '^  skipped     2 bad-free: frees of ' \
	'^              1 alloc-failed: frees and uses of what was never ' \
	'^              1 not-in-use: of frames ' \
	'^              all: kmemsim check'

it "gives all of that to programs"
runs --bad-frees count --json
same "$(jq -c .skipped_by_reason "$tmp/stdout")" \
	'{"alloc-failed":1,"not-in-use":1,"bad-free":2}' "the reasons"
same "$(jq -c .violations_by_rule "$tmp/stdout")" \
	'{"bad-free":2,"order-too-big":1,"sleep-in-atomic":1,"wrong-order":1}' \
	"the rules"

it "has it in the database, too"
runs --bad-frees count -o "$tmp/reasons.db"
same "$(sqlite3 "$tmp/reasons.db" \
	'SELECT reason, count FROM skip_stats ORDER BY reason' | xargs)" \
	'alloc-failed|1 bad-free|2 not-in-use|1' "the reasons"
same "$(sqlite3 "$tmp/reasons.db" 'SELECT sum(count) FROM skip_stats')" \
	"$(sqlite3 "$tmp/reasons.db" 'SELECT skipped FROM run')" "their sum"

it "tells a free behind a sleeper from one of what was never given"
# The reader and "late" sleep for the element that is "early"; the page that the
# reader would free then was given to it before.
{
	a_microsecond_each \
		'mempool_create, pool: bio, order: 10, min_nr: 1' \
		'alloc_pages, id: "page", gfp: GFP_KERNEL, task: reader'
	for id in {11..18}; do
		echo "  - {t: 2us, op: alloc_pages, id: $id, order: 10," \
			"gfp: GFP_KERNEL|__GFP_NOWARN}"
	done
	for id in early late; do
		echo "  - {t: 3us, op: mempool_alloc, id: \"$id\", pool: bio," \
			"gfp: GFP_NOIO, task: $id}"
	done
	echo '  - {t: 4us, op: mempool_alloc, id: 3, pool: bio,' \
		'gfp: GFP_NOIO, task: reader}'
	echo '  - {t: 5us, op: free_pages, id: "page", task: reader}'
} >"$work"
run "$KMEMSIM" run -c configs/examples/tiny-32m.yaml -w "$work" \
	--log-ops all -o "$tmp/sleeper.db"
stdout_has '^  skipped     1 still-waiting: behind calls that never ended$'
same "$(sqlite3 "$tmp/sleeper.db" "SELECT op, id, ok IS NULL FROM op_log
	WHERE reason = 'still-waiting'" | xargs)" \
	'mempool_alloc|late|0 mempool_alloc|3|0 free_pages|page|1' \
	"who still waited"

it "reads a run of before these tables were there"
sqlite3 "$tmp/reasons.db" 'DROP TABLE skip_stats; DROP TABLE overload;
	PRAGMA user_version = 7'
run "$KMEMSIM" compare "$tmp/reasons.db" "$tmp/reasons.db"
exits_with 0

it "says nothing of what did not happen"
a_microsecond_each 'kmalloc, id: 1, size: 64, gfp: GFP_KERNEL' 'kfree, id: 1' \
	>"$work"
runs
holds "lines about nothing" not grep -qE '^  (load|skipped|broken)' \
	"$tmp/stdout"

it "keeps its tables and the slowest call within a terminal of 80 columns"
atomic=build/recordings/g5-atomic
run "$KMEMSIM" run -c $atomic/config.yaml -w $atomic/workload.yaml
exits_with 0
stdout_has '^  the slowest +[0-9.]+ ms: alloc_pages in process$' \
	'^ {18}GFP_[A-Z_|]+$' '^  operation +count .* asked +over$'
widest=$(LC_ALL=C.UTF-8 wc -L <"$tmp/stdout")
holds "$widest columns" [ "$widest" -le 80 ]
stdout_has '^ +3910  watermark  alloc_pages +0  process$' \
	'^         GFP_NOWAIT.__GFP_NOWARN.__GFP_THISNODE$' \
	'^free memory that a request can.t use, in %, by order, at the end$'

it "breaks the flags of a call that failed where one line is too short"
flags='GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_NOWARN|__GFP_NORETRY'
flags+='|__GFP_NOMEMALLOC|__GFP_ZERO|__GFP_THISNODE|__GFP_ACCOUNT'
a_microsecond_each "alloc_pages, id: 1, order: 10, gfp: $flags" \
	"alloc_pages, id: 2, order: 10, gfp: $flags" \
	"alloc_pages, id: 3, order: 10, gfp: GFP_ATOMIC" >"$work"
run "$KMEMSIM" run -c configs/examples/by-hand.yaml -w "$work"
widest=$(LC_ALL=C.UTF-8 wc -L <"$tmp/stdout")
holds "$widest columns" [ "$widest" -le 80 ]
stdout_has '^ +1  watermark  alloc_pages     10  process  GFP_ATOMIC$' \
	'^ {9}GFP_TRANSHUGE.*__GFP_THISNODE.$' '^ {9}__GFP_ACCOUNT$'

done_testing
