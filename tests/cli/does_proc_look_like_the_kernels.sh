#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does `show` print what a kernel would, so that it can be told from the real
# files only by what no model keeps, and that programs read it?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
recordings=build/recordings

cat >"$tmp/sample.yaml" <<'EOF'
kmemsim: workload
version: 1
name: sample
events:
  - {t: 0, op: sample, label: before}
EOF

# import_machine RECORDING: real zoneinfo and pagetypeinfo, to a run that does
# nothing but look.
import_machine() {
	local real=$recordings/$1
	db=$tmp/$1.db
	"$KMEMSIM" import proc "$real/zoneinfo.before" \
		"$real/pagetypeinfo.before" -o "$tmp/$1.yaml" 2>"$tmp/report" ||
		fail "$(cat "$tmp/report")"
	"$KMEMSIM" run -c "$tmp/$1.yaml" -w "$tmp/sample.yaml" -o "$db" \
		>/dev/null || fail "the run failed"
}

# is_the_real VIEW RECORDING
is_the_real() {
	run "$KMEMSIM" show "$db" --at before "$1"
	exits_with 0
	diff "$recordings/$2/$1.before" "$tmp/stdout" >"$tmp/diff" ||
		fail "expected the kernel's $1, but: $(head -6 "$tmp/diff")"
}

# What the models do not keep, or not from before the run: counters of nodes
# and zones other than that of free pages, and pages on per-CPU lists, which
# an import counts as in use.
without_what_is_not_kept() {
	sed -E 's/^( {6}(nr_|numa_|workingset_|pgpromote_)[a-z_]+ +)[0-9]+$/\1N/
		s/^(              count: )[0-9]+$/\1N/' "$1"
}

for recording in real-files real-net real-reclaim; do
	import_machine "$recording"

	it "shows the buddyinfo of $recording again, byte for byte"
	is_the_real buddyinfo "$recording"

	it "shows the pagetypeinfo of $recording again, byte for byte"
	is_the_real pagetypeinfo "$recording"

	it "shows every line of $recording's zoneinfo again that models keep"
	run "$KMEMSIM" show "$db" zoneinfo
	exits_with 0
	before=$recordings/$recording/zoneinfo.before
	diff <(without_what_is_not_kept "$before") \
		<(without_what_is_not_kept "$tmp/stdout") >"$tmp/diff" ||
		fail "$(head -6 "$tmp/diff")"
	diff <(grep nr_free_pages "$recordings/$recording/zoneinfo.before") \
		<(grep nr_free_pages "$tmp/stdout") >"$tmp/diff" ||
		fail "$(head -6 "$tmp/diff")"

	it "begins slabinfo as $recording's kernel does, has its kmalloc caches"
	run "$KMEMSIM" show "$db" slabinfo
	exits_with 0
	same "$(head -2 "$tmp/stdout")" \
		"$(head -2 "$recordings/$recording/slabinfo.before")" "the head"
	# What does not depend on use: name, sizes, tunables; their order.
	same "$(awk '/kmalloc/ { $2 = $3 = $14 = $15 = "-"; print }' \
		"$tmp/stdout")" \
		"$(awk '/kmalloc/ { $2 = $3 = $14 = $15 = "-"; print }' \
			"$recordings/$recording/slabinfo.before")" \
		"kmalloc's caches"
done

it "shows a machine that can be imported again, and is the same then"
mkdir "$tmp/again"
"$KMEMSIM" show "$db" zoneinfo >"$tmp/again/zoneinfo"
"$KMEMSIM" show "$db" pagetypeinfo >"$tmp/again/pagetypeinfo"
run "$KMEMSIM" import proc "$tmp/again/zoneinfo" "$tmp/again/pagetypeinfo" \
	-o "$tmp/again/machine.yaml"
exits_with 0
run diff -I pagetypeinfo -I 'per-CPU lists' "$tmp/real-reclaim.yaml" \
	"$tmp/again/machine.yaml"
exits_with 0

# A run with slabs and areas, for programs to read.
case=$recordings/g7-vmalloc
db=$tmp/used.db
"$KMEMSIM" run -c "$case/config.yaml" -w "$case/workload.yaml" -o "$db" \
	--until 2ms >/dev/null
mkdir "$tmp/proc"
for view in buddyinfo pagetypeinfo zoneinfo slabinfo vmallocinfo meminfo; do
	it "prints $view as JSON too"
	run "$KMEMSIM" show "$db" "$view" --json
	exits_with 0
	stdout_has "\"view\": \"$view\""
	if command -v python3 >/dev/null; then
		python3 -m json.tool "$tmp/stdout" >/dev/null 2>&1 ||
			fail "that is not JSON"
	fi
	"$KMEMSIM" show "$db" "$view" >"$tmp/proc/$view"
done

# with VIEW COMMAND…: with our text in the place of the kernel's, for this
# command alone.
with() {
	local view=$1
	shift
	# shellcheck disable=SC2016
	run unshare --mount sh -c 'mount --bind "$1" "$2" && shift 2 && "$@"' \
		sh "$tmp/proc/$view" "/proc/$view" "$@"
}

# can_read VIEW PROGRAM: skips the test where the host does not let us try.
can_read() {
	command -v "$2" >/dev/null || { skip "there is no $2"; return 1; }
	with "$1" cat "/proc/$1"
	[ "$status" -eq 0 ] || { skip "no mount namespaces here"; return 1; }
}

it "is read by slabtop"
if can_read slabinfo slabtop; then
	with slabinfo slabtop -o
	exits_with 0
	slabs=$(awk 'NR > 2 { sum += $15 } END { print sum }' \
		"$tmp/proc/slabinfo")
	stdout_has "Active / Total Slabs .*: $slabs / $slabs " ' vmap_area'
fi

it "is read by vmstat -m"
if can_read slabinfo vmstat; then
	with slabinfo vmstat -m
	exits_with 0
	stdout_has "^vmap_area +$(awk '/^vmap_area / { print $2, "+" $3 }' \
		"$tmp/proc/slabinfo" | tr -d '\n') +64 +64\$"
fi

it "is read by free"
if can_read meminfo free; then
	with meminfo free -k
	exits_with 0
	total=$(awk '/MemTotal/ { print $2 }' "$tmp/proc/meminfo")
	stdout_has "^Mem: +$total "
fi

it "refuses a view that there is not, and names the nearest"
run "$KMEMSIM" show "$db" slabinof
exits_with 2
stdout_is_empty
stderr_has "did you mean \"slabinfo\""

it "refuses a sample that there is not"
run "$KMEMSIM" show "$db" --at edn meminfo
exits_with 3
stdout_is_empty
stderr_has 'used\.db: error: .*"edn".*"end"'

it "refuses a file that is no run"
run "$KMEMSIM" show "$tmp/sample.yaml" meminfo
exits_with 3
stdout_is_empty
stderr_has 'sample\.yaml'

done_testing
