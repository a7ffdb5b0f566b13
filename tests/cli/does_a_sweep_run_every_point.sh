#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does a sweep run each of its points once, go on where it was stopped, and
# refuse what makes no sense before anything runs?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

cat >"$tmp/base.yaml" <<END
kmemsim: config
version: 1
nodes: [{id: 0, cpus: [0], zones: [{type: DMA, size: 16MiB}]}]
END
cat >"$tmp/page.yaml" <<END
kmemsim: workload
version: 1
events: [{t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}]
END
# Five blocks of 4 MiB, where there are four, and one is kept back.
{
	printf 'kmemsim: workload\nversion: 1\nevents:\n'
	for n in 1 2 3 4 5; do
		echo "  - {t: ${n}us, op: alloc_pages, id: $n, order: 10," \
			"gfp: GFP_KERNEL}"
	done
} >"$tmp/blocks.yaml"
cat >"$tmp/sweep.yaml" <<END
kmemsim: sweep
version: 1
config: base.yaml
workload: [page.yaml, blocks.yaml]
axes:
  sysctl.min_free_kbytes: [256, 4096]
  slab.allocator: [slub, slab]
  seed: 1..2
exclude: [{slab.allocator: slab, sysctl.min_free_kbytes: 256}]
END
swept=$tmp/swept

# field NAME POINT: of the point's line in sweep.csv.
field() {
	sqlite3 :memory: ".mode csv" ".import '$swept/sweep.csv' sweep" \
		".mode list" "SELECT \"$1\" FROM sweep WHERE point = '$2'"
}

it "knows a sweep when it checks it"
run "$KMEMSIM" check "$tmp/sweep.yaml"
exits_with 0
stdout_has 'sweep.yaml: fine'

it "runs every point that is not excluded, each into its own database"
run "$KMEMSIM" sweep "$tmp/sweep.yaml" -o "$swept" --jobs 2
exits_with 0
stderr_is_empty
same "$(find "$swept" -name '*.db' | wc -l)" 12 "number of databases"
exists "$swept/blocks,min_free_kbytes=4096,allocator=slab,seed=2.db"
stdout_has '^12 points, 12 complete\.$' '^Means over seeds, ± their 95 % ' \
	'^blocks.yaml +4096 +slab +2 +2 '

it "keeps an index with axes, digests and metrics"
point=blocks,min_free_kbytes=4096,allocator=slab,seed=2
same "$(field slab.allocator $point)" slab "the axis"
same "$(field failures $point)" 2 "failures"
same "$(field digest $point)" \
	"$(sqlite3 "$swept/$point.db" 'SELECT digest FROM run')" digest
same "$(sqlite3 "$swept/$point.db" 'SELECT seed FROM run')" 2 "the run's seed"

it "does not run again what is there, and says the same of it"
cp "$swept/sweep.csv" "$tmp/before.csv"
run "$KMEMSIM" sweep "$tmp/sweep.yaml" -o "$swept"
exits_with 0
holds "$(diff "$tmp/before.csv" "$swept/sweep.csv")" \
	cmp -s "$swept/sweep.csv" "$tmp/before.csv"
stdout_has '^12 points, 12 complete, 12 of them from before'

it "runs what is missing, was not finished, or is of another workload"
rm "$swept/$point.db"
sqlite3 "$swept/page,min_free_kbytes=256,allocator=slub,seed=1.db" \
	"UPDATE run SET status = 'interrupted'"
run "$KMEMSIM" sweep "$tmp/sweep.yaml" -o "$swept"
stdout_has '^12 points, 12 complete, 10 of them from before'
sed -i 's/order: 0/order: 1/' "$tmp/page.yaml"
run "$KMEMSIM" sweep "$tmp/sweep.yaml" -o "$swept"
stdout_has '^12 points, 12 complete, 6 of them from before'

it "tells programs of the points as JSON"
run "$KMEMSIM" sweep "$tmp/sweep.yaml" -o "$swept" --json
exits_with 0
same "$(sqlite3 :memory: "SELECT count(*),
	sum(value ->> '$.metrics.failures') FROM
	json_each(readfile('$tmp/stdout'))")" '12|12' "points and failures"
same "$(sqlite3 :memory: "SELECT DISTINCT json_type(value, '$.axes.seed'),
	json_type(value, '$.axes.\"slab.allocator\"') FROM
	json_each(readfile('$tmp/stdout'))")" 'integer|text' "axes' types"

it "tells means over seeds, and how sure they are"
# How often it asks is drawn.
drawn_pages >"$tmp/pages.yaml"
cat >"$tmp/seeds.yaml" <<END
kmemsim: sweep
version: 1
config: base.yaml
workload: pages.yaml
axes:
  sysctl.min_free_kbytes: [256, 512]
  seed: 1..4
END
run "$KMEMSIM" sweep "$tmp/seeds.yaml" -o "$tmp/seeds" \
	--metric operations --metric 'failures[order]'
exits_with 0
stdout_has '^min_free_kbytes +seeds +operations +± +failures.order. +±$' \
	'^ +256 +4 +[0-9.]+ +[0-9.]+ +0 +=$'
# By hand: n = 4, t(97.5 %, 3) = 3.1824.
sqlite3 -separator ' ' :memory: ".mode csv" \
	".import '$tmp/seeds/sweep.csv' s" ".mode list" ".separator ' '" \
	"SELECT count(*), avg(m), 3.1824 * sqrt((sum(m * m) - 4 * avg(m) *
	avg(m)) / 3 / 4) FROM (SELECT operations AS m FROM s
	WHERE \"sysctl.min_free_kbytes\" = 256)" >"$tmp/by-hand"
sqlite3 :memory: ".mode csv" ".import '$tmp/seeds/means.csv' s" ".mode list" \
	".separator ' '" "SELECT seeds, mean, mean - low, high - mean FROM s
	WHERE metric = 'operations' AND \"sysctl.min_free_kbytes\" = 256" \
	>"$tmp/told"
# shellcheck disable=SC2016
holds "$(cat "$tmp/by-hand") is not $(cat "$tmp/told")" \
	awk 'function off(a, b) { return (a - b) ^ 2 > (b / 1e4) ^ 2 }
	NR == FNR { n = $1; mean = $2; half = $3; next }
	{ exit !(n == 4 && $1 == n && half > 0 && !off($2, mean) &&
		!off($3, half) && !off($4, half)) }' \
	"$tmp/by-hand" "$tmp/told"
run "$KMEMSIM" sweep "$tmp/seeds.yaml" -o "$tmp/seeds" --json
same "$(sqlite3 :memory: "SELECT count(*), count(DISTINCT
	value ->> '$.over_seeds.operations.mean'), min(value ->>
	'$.over_seeds.operations.seeds') FROM
	json_each(readfile('$tmp/stdout'))")" '8|1|4' "points, means, seeds"

it "cuts intervals to what can be, and writes a column in one way"
# A few calls, or none.
drawn_pages | sed 's/rate: 20000/rate: 60/' >"$tmp/few.yaml"
drawn_pages | sed 's/rate: 20000/rate: 180/' >"$tmp/more.yaml"
cat >"$tmp/few-seeds.yaml" <<END
kmemsim: sweep
version: 1
config: base.yaml
workload: [few.yaml, more.yaml]
axes: {seed: 1..4}
END
run "$KMEMSIM" sweep "$tmp/few-seeds.yaml" -o "$tmp/few" --metric operations
exits_with 0
sed -n '2,3s/^[a-z.]* *4 *//p' "$tmp/stdout" >"$tmp/columns"
same "$(grep -cE '^[0-9]+\.[0-9] +[0-9]+\.[0-9]$' "$tmp/columns")" 2 \
	"lines with a decimal each"
same "$(sqlite3 :memory: ".mode csv" ".import '$tmp/few/means.csv' s" \
	"SELECT low FROM s WHERE metric = 'operations'
	AND high > 2 * mean")" 0 \
	"where the interval would begin below 0"
run "$KMEMSIM" sweep "$tmp/few-seeds.yaml" -o "$tmp/few" --json
same "$(jq '[.[].over_seeds[] | select(.low < 0 and .low != null)] | length' \
	"$tmp/stdout")" 0 "intervals that begin below 0"
same "$(jq '[.[].over_seeds["unusable[9]"] | select(.high > 1)] | length' \
	"$tmp/stdout")" 0 "shares above 1"

it "does not know a metric, and says which was meant"
run "$KMEMSIM" sweep "$tmp/seeds.yaml" -o "$tmp/none" --metric stals \
	--metric 'unusable'
exits_with 2
stdout_is_empty
is_gone "$tmp/none"
stderr_has '--metric:1:1: error: there is no metric "stals"; did you mean' \
	'--metric:2:9: error: unusable takes a label, the order'

it "judges each point, and the differences to the first one"
run "$KMEMSIM" sweep "$tmp/sweep.yaml" -o "$swept" --fail-if 'failures > 1' \
	--fail-if 'delta(failures) > 1' --fail-if 'oom_kills > 0'
exits_with 4
stdout_has '^12 points, 12 complete'
point='workload=blocks.yaml,min_free_kbytes=4096,allocator=slab'
stderr_has "^--fail-if 'failures > 1': $point has 2 in the mean, off by 1$" \
	"^--fail-if 'delta\(failures\) > 1': workload=blocks.yaml,"
same "$(grep -c page.yaml "$tmp/stderr")" 0 "lines of points that kept it"
run "$KMEMSIM" sweep "$tmp/sweep.yaml" -o "$swept" --fail-if 'failures > 9'
exits_with 0
stderr_is_empty

it "refuses thresholds that mean nothing, or are about nothing"
run "$KMEMSIM" sweep "$tmp/sweep.yaml" -o "$tmp/none" --fail-if 'failurs > 1'
exits_with 2
stderr_has '^--fail-if:1:1: error: .*did you mean "failures"'
is_gone "$tmp/none"
run "$KMEMSIM" sweep "$tmp/sweep.yaml" -o "$swept" \
	--fail-if 'unusable[9, 3/Normal] > 0'
exits_with 2
stdout_has '^12 points, 12 complete'
stderr_has '^--fail-if:1:1: error: no run has unusable\[9, 3/Normal\]; did you'
run "$KMEMSIM" sweep --fail-if list
exits_with 0
stdout_has '^metric +unit +meaning$'

it "has the unusable index of the order that failed, beside the usual ones"
cat >"$tmp/order4.yaml" <<END
kmemsim: sweep
version: 1
config: $PWD/configs/examples/tiny-32m.yaml
workload: $PWD/workloads/nic-order-4.yaml
axes: {sysctl.min_free_kbytes: [256, 1024]}
END
run "$KMEMSIM" sweep "$tmp/order4.yaml" -o "$tmp/order4"
exits_with 0
head -n 1 "$tmp/order4/sweep.csv" >"$tmp/head"
grep -qF '"unusable[4]"' "$tmp/head" || grep -qF ',unusable[4],' "$tmp/head" ||
	fail "no unusable[4] among $(cat "$tmp/head")"
run "$KMEMSIM" run -c configs/examples/tiny-32m.yaml \
	-w workloads/nic-order-4.yaml --set sysctl.min_free_kbytes=256
stdout_has 'node +zone +free +1 +3 +4 +5 +7 +9 +10$'

it "keeps within 80 columns"
run "$KMEMSIM" sweep "$tmp/sweep.yaml" -o "$swept"
same "$(sed '/\.csv$/d; s/±/+/g' "$tmp/stdout" | awk 'length > 80' | wc -l)" 0 \
	"long lines"

it "finds everything that is wrong in one pass, before anything runs"
cat >"$tmp/bad.yaml" <<END
kmemsim: sweep
version: 1
config: [base.yaml, none.yaml]
workload: [page.yaml, nope.yaml]
axes:
  sysctl.min_free_kbyte: [1024, 4096]
  slab.allocator: [slub, slba]
  seed: 3..1
exclude: [{slab.alocator: slab}]
END
run "$KMEMSIM" sweep "$tmp/bad.yaml" -o "$tmp/none"
exits_with 3
stdout_is_empty
is_gone "$tmp/none"
stderr_has 'bad.yaml:6:10: error: unknown key "min_free_kbyte"; did you mean' \
	'bad.yaml:7:26: error: allocator: unknown "slba"; did you mean "slab"' \
	'bad.yaml:8:9: error: seed: "3..1"' \
	'bad.yaml:9:12: error: "slab.alocator" is no axis; did you mean' \
	'none.yaml:1:1: error: can'\''t be opened' \
	'nope.yaml:1:1: error: can'\''t be opened'
same "$(grep -c . "$tmp/stderr")" 6 "errors"
run "$KMEMSIM" check "$tmp/bad.yaml"
exits_with 3
same "$(grep -c . "$tmp/stderr")" 6 "errors of check"

it "refuses a sweep of which nothing is left"
all='[{slab.allocator: slub}, {slab.allocator: slab}]'
sed "s/^exclude: .*/exclude: $all/" "$tmp/sweep.yaml" >"$tmp/empty.yaml"
run "$KMEMSIM" sweep "$tmp/empty.yaml" -o "$tmp/none"
exits_with 3
is_gone "$tmp/none"
stderr_has 'empty.yaml:1:1: error: every point is excluded'

it "runs the other points where one fails, and says so at the end"
sed 's/events: .*/events: [{t: 0, op: free_pages, id: 9}]/' "$tmp/page.yaml" \
	>"$tmp/wrong.yaml"
sed 's/blocks.yaml/wrong.yaml/; /exclude/d' "$tmp/sweep.yaml" \
	>"$tmp/half.yaml"
run "$KMEMSIM" sweep "$tmp/half.yaml" -o "$tmp/half"
exits_with 3
stdout_has '^16 points, 8 complete'
stderr_has 'wrong.yaml:3:[0-9]+: error: '
same "$(grep -c 'wrong.yaml' "$tmp/stderr")" 1 "errors, each once"

it "stops at Ctrl-C with whole databases, and goes on from there"
awk 'BEGIN {
	print "kmemsim: workload\nversion: 1\nevents:"
	for (t = 0; t < 3000000; t += 20) {
		print "  - {t: " t ", op: alloc_pages, id: 1, order: 0, " \
			"gfp: GFP_KERNEL}"
		print "  - {t: " t + 10 ", op: free_pages, id: 1}"
	}
}' >"$tmp/long.yaml"
cat >"$tmp/long-sweep.yaml" <<END
kmemsim: sweep
version: 1
config: base.yaml
workload: long.yaml
axes: {seed: 1..12}
END
"$KMEMSIM" sweep "$tmp/long-sweep.yaml" -o "$tmp/long" --jobs 2 \
	>"$tmp/stdout" 2>"$tmp/stderr" &
command_line="kmemsim sweep, and INT"
for _ in $(seq 100); do
	[ -e "$tmp/long/seed=3.db" ] && break
	sleep 0.1
done
kill -s INT $!
wait $!
status=$?
exits_with 130
stderr_has 'goes on from here'
for database in "$tmp"/long/*.db; do
	same "$(sqlite3 "$database" 'PRAGMA integrity_check')" ok "$database"
done
complete=$(sed -n 's/^12 points, \([0-9]*\) complete.*/\1/p' "$tmp/stdout")
same "$(grep ',operations,' "$tmp/long/means.csv" | cut -d , -f 5)" \
	"$complete" "runs in the means, those that are complete"
holds "expected that not all points had been run" \
	[ "$(find "$tmp/long" -name '*.db' | wc -l)" -lt 12 ]
run "$KMEMSIM" sweep "$tmp/long-sweep.yaml" -o "$tmp/long"
exits_with 0
stdout_has '^12 points, 12 complete, [1-9][0-9]* of them from before'

it "does not take a file for the folder"
run "$KMEMSIM" sweep "$tmp/sweep.yaml" -o "$tmp/sweep.yaml"
exits_with 1
stdout_is_empty
stderr_has "can't make the folder .*sweep.yaml: Not a directory"

it "says once of which axis nothing depends, and how it would"
sed '/^nodes/d' "$tmp/base.yaml" >"$tmp/given.yaml"
echo 'nodes: [{id: 0, cpus: [0], zones: [{type: DMA, size: 16MiB,' \
	'watermarks: {min: 20, low: 30, high: 40}}]}]' >>"$tmp/given.yaml"
sed -e 's/base.yaml/given.yaml/' "$tmp/sweep.yaml" >"$tmp/idle.yaml"
for verb in check "sweep -o $tmp/idle"; do
	# shellcheck disable=SC2086 # words are words
	run "$KMEMSIM" $verb "$tmp/idle.yaml"
	exits_with 0
	stderr_has '^note: the axis sysctl.min_free_kbytes changes no waterm'
	same "$(wc -l <"$tmp/stderr")" 1 notes
done
sed -i 's/^axes:/&\n  nodes.*.zones.*.watermarks: [auto]/' "$tmp/idle.yaml"
run "$KMEMSIM" sweep "$tmp/idle.yaml" -o "$tmp/idle"
exits_with 0
stderr_is_empty

it "needs a sweep and a folder"
run "$KMEMSIM" sweep "$tmp/sweep.yaml"
exits_with 2
run "$KMEMSIM" sweep -o "$tmp/x"
exits_with 2
run "$KMEMSIM" sweep "$tmp/base.yaml" -o "$tmp/x"
exits_with 3
stderr_has 'a sweep belongs here'

done_testing
