#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Do the man pages say all that the program's own tables say?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
pages=$tmp/man
db=$tmp/run.db

# The text of a page, a word's letters all the same type, lines unbroken.
text_of() {
	sed -e 's/\\f[A-Z]//g' -e 's/\\-/-/g' -e 's/\\(hy/-/g' -e 's/\\&//g' \
		"$pages/$1"
}

# says PAGE WORD…: each of them is in the page's text.
says() {
	local page=$1 word
	text_of "$page" >"$tmp/text"
	shift
	for word; do
		holds "$page: no $word" grep -qw -- "$word" "$tmp/text"
	done
}

it "makes a page of each, and scdoc has nothing to complain of"
run scripts/man.sh "$KMEMSIM" "$pages"
exits_with 0
stderr_is_empty
verbs=$("$KMEMSIM" completion words '' | grep -v -- -)
for page in kmemsim.1 kmemsim-config.5 kmemsim-workload.5 kmemsim-db.5; do
	holds "there is no $page" [ -s "$pages/$page" ]
done
for verb in $verbs; do
	holds "there is no page of $verb" [ -s "$pages/kmemsim-$verb.1" ]
done
same "$(find "$pages" -name '*.1' | wc -l)" $(($(wc -w <<<"$verbs") + 1)) \
	"pages of section 1"

it "is fit for man: no warning of the formatter, all letters known"
if command -v groff >/dev/null; then
	for page in "$pages"/*; do
		run groff -K utf8 -man -t -Tutf8 -ww -z "$page"
		same "$(grep -vE "can't break line|cannot adjust|cannot break" \
			"$tmp/stderr")" "" "warnings of $(basename "$page")"
	done
else
	skip "no groff"
fi

it "has every verb in kmemsim(1)"
for verb in $verbs; do
	says kmemsim.1 "kmemsim-$verb"
done

it "has every option of a verb's help in its page, and its examples"
for verb in $verbs; do
	# shellcheck disable=SC2046 # words are what is wanted
	says "kmemsim-$verb.1" $("$KMEMSIM" completion words "$verb" -- |
		grep -v '^--help$') EXAMPLES SYNOPSIS
done

it "has every operation and field in kmemsim-workload(5)"
"$KMEMSIM" list ops --json >"$tmp/ops"
# shellcheck disable=SC2046
says kmemsim-workload.5 $(sqlite3 :memory: "SELECT value ->> '$.name' || ' ' ||
	(value ->> '$.needs') || ' ' || (value ->> '$.takes') || ' ' ||
	(value ->> '$.one_of') FROM json_each(CAST(
	readfile('$tmp/ops') AS TEXT))" | tr ' ' '\n' | sort -u)

it "has every key of a config with all defaults filled in in kmemsim-config(5)"
run "$KMEMSIM" run -c configs/examples/two-nodes.yaml \
	-w workloads/nic-order-4.yaml -o "$db"
exits_with 0
sqlite3 "$db" 'SELECT config FROM run' >"$tmp/config"
# What work costs has a page of its own: docs/costs.md.
sed -n 's/^\tX(\([A-Z_]*\), ".*/\L\1/p' models/work.h >"$tmp/work"
holds "no kinds of work were found" [ -s "$tmp/work" ]
# shellcheck disable=SC2046
says kmemsim-config.5 $(grep -v '^ *#' "$tmp/config" |
	grep -oE '(^|[ {])[a-z_]+:' | tr -d ' {:' | sort -u |
	grep -vxFf "$tmp/work")

it "has every table and column of a database in kmemsim-db(5)"
# shellcheck disable=SC2046
says kmemsim-db.5 $(sqlite3 "$db" "SELECT DISTINCT c.name FROM sqlite_master t,
	pragma_table_info(t.name) c WHERE t.type = 'table' UNION
	SELECT name FROM sqlite_master WHERE type IN ('table', 'view')
	AND name NOT GLOB 'sqlite_*'")

it "is the same from one day to the next"
run scripts/man.sh "$KMEMSIM" "$tmp/again"
same "$(diff -r "$pages" "$tmp/again")" "" "the difference"

done_testing
