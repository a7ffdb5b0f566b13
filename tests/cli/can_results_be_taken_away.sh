#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Do export and list hand out what there is, whole and in the formats that they
# promise, and does every query that comes along answer?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
db=$tmp/run.db

"$KMEMSIM" run -c configs/examples/tiny-32m.yaml -w workloads/nic-order-4.yaml \
	-o "$db" --log-ops all >"$tmp/out"

exports() {
	run "$KMEMSIM" export "$db" "$@"
}

# from_json SQL: asks of the rows that were exported last: the table `got`.
from_json() {
	sqlite3 :memory: "WITH got AS (SELECT value AS row FROM json_each(
		CAST(readfile('$tmp/stdout') AS TEXT))) $1"
}

# ---- export -----------------------------------------------------------------

it "writes a table as CSV that reads back the same"
exports --table op_log
exits_with 0
stderr_is_empty
sqlite3 "$tmp/back.db" ".import --csv $tmp/stdout back" 2>"$tmp/err"
same "$(sqlite3 "$tmp/back.db" 'SELECT count(*), sum(t_ns),
	sum(CAST(pfn AS INTEGER)) FROM back')" \
	"$(sqlite3 "$db" 'SELECT count(*), sum(t_ns), sum(pfn) FROM op_log')" \
	"rows, times and frames"

it "quotes what CSV must, and tells NULL from an empty text"
exports --query "SELECT 'a,b' AS \"x\"\"y\", 'say \"no\"' AS two, '' AS three, \
	NULL AS four, 0.1 AS five, x'00ff' AS six"
exits_with 0
same "$(cat "$tmp/stdout")" \
	"\"x\"\"y\",two,three,four,five,six
\"a,b\",\"say \"\"no\"\"\",\"\",,0.1,00ff" "the rows"

it "writes JSON, an object a row, integers in full"
exports --query "SELECT 9007199254740993 AS big, 'ü\"' AS text, NULL AS none \
	UNION ALL SELECT -1, '', 2" --format json
exits_with 0
same "$(from_json "SELECT group_concat(row ->> '$.big') FROM got")" \
	"9007199254740993,-1" "the integers"
same "$(from_json "SELECT row ->> '$.text' FROM got LIMIT 1")" 'ü"' "the text"
same "$(from_json "SELECT row -> '$.none' FROM got LIMIT 1")" null "NULL"

it "writes an empty result as a head, or as an empty array"
exports --query 'SELECT 1 AS one WHERE 0'
same "$(cat "$tmp/stdout")" one "the CSV"
exports --query 'SELECT 1 AS one WHERE 0' --format json
same "$(from_json 'SELECT count(*) FROM got')" 0 "the rows"

it "writes to a file, whole"
exports --table zone -o "$tmp/zone.csv"
exits_with 0
stdout_is_empty
same "$(wc -l <"$tmp/zone.csv")" 2 "lines"

it "lists all tables and views with their rows"
exports --table list
exits_with 0
stdout_has '^op_log  *table  *151$' '^v_latency  *view  *[0-9]+$'
for name in $(sqlite3 "$db" "SELECT name FROM sqlite_master
	WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*'"); do
	stdout_has "^$name "
done

it "refuses a table that is not there, with the nearest one"
exports --table op_lgo
exits_with 2
stderr_has "no table or view \"op_lgo\"; did you mean \"op_log\""
stdout_is_empty

it "refuses a query that writes, is none, or is more than one"
exports --query 'DELETE FROM zone'
exits_with 2
stderr_has 'only reads'
exports --query 'SELECT 1; SELECT 2'
exits_with 2
stderr_has 'one query'
exports --query 'SELECT nope FROM zone'
exits_with 2
stderr_has 'no such column: nope'
echo 'SELEC 1;' >"$tmp/bad.sql"
exports --query "$tmp/bad.sql"
exits_with 3
stderr_has "bad.sql: error: .*SELEC"
exports --query slowest-operation
exits_with 2
stderr_has "did you mean \"slowest-operations\""
same "$(sqlite3 "$db" 'SELECT count(*) FROM zone')" 1 "the zones"

it "leaves no file where a query fails"
exports --table nothing -o "$tmp/none.csv"
holds "there is a file" [ ! -e "$tmp/none.csv" ]

it "wants a table or a query, and one database"
exports
exits_with 2
exports --table zone --query 'SELECT 1'
exits_with 2
run "$KMEMSIM" export --table zone
exits_with 2

# ---- the queries that come along --------------------------------------------

for query in results/queries/*.sql; do
	name=$(basename "$query" .sql)
	it "answers $name"
	exports --query "$name" --format json
	exits_with 0
	stderr_is_empty
	same "$(from_json 'SELECT count(*) < 1000 FROM got')" 1 "a JSON array"
	sed -n 3p "$query" | grep -q '^-- .' || fail "it does not say what of"
done

it "answers with what the run's own tables say"
exports --query failures-by-call-site --format json
same "$(from_json "SELECT row ->> '$.line', row ->> '$.reason' FROM got")" \
	"$(sqlite3 "$db" 'SELECT line, reason FROM op_log WHERE ok = 0')" \
	"line and reason"
exports --query slowest-operations --format json
same "$(from_json "SELECT max(row ->> '$.latency_ns') FROM got")" \
	"$(sqlite3 "$db" 'SELECT max(latency_ns) FROM op_log')" "the slowest"

# ---- list -------------------------------------------------------------------

lists() {
	run "$KMEMSIM" list "$@"
	exits_with 0
	stderr_is_empty
}

it "lists each config, workload and query with what it is about"
for what in configs workloads queries; do
	lists $what
	same "$(awk 'length > 79' "$tmp/stdout")" "" "lines that are too long"
done
for file in configs/*.yaml configs/examples/*.yaml; do
	lists configs
	stdout_has "^$(basename "$file")  *[A-Z0-9]"
done
lists workloads
for file in workloads/*.yaml; do
	stdout_has "^$(basename "$file")  *[\"a-zA-Z0-9]"
done

it "lists every operation with its fields, and every picture"
lists ops
stdout_has '^kmalloc  *id size gfp$' '^free_pages  *one of: id pfn'
lists plots
while read -r kind _; do
	holds "$kind has no script" [ -e "results/plots/$kind.gp" ]
done < <(grep '^[^ ]' "$tmp/stdout")

it "lists GFP flags as docs/gfp.md explains them"
lists flags --json
# shellcheck disable=SC2016 # the backquotes are Markdown's
sed -n 's/^| `\(_*GFP[^`]*\)` | \(.*\) | [0-9.]* | [-0-9.]* | - |$/\1|\2/p' \
	docs/gfp.md | tr -d '\\`' | sort >"$tmp/documented"
from_json "SELECT row ->> '$.name' || '|' || (row ->> '$.changes') FROM got
	WHERE row ->> '$.changes' IS NOT NULL" | sort >"$tmp/listed"
same "$(diff "$tmp/documented" "$tmp/listed")" "" "the difference"
holds "there are none" [ -s "$tmp/listed" ]

it "refuses what can't be listed, with the nearest that can"
run "$KMEMSIM" list flgs
exits_with 2
stderr_has "did you mean \"flags\""
run "$KMEMSIM" list
exits_with 2

done_testing
