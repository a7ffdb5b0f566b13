#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is left of a run that was interrupted, killed, or had nowhere to write?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

small_machine >"$tmp/machine.yaml"

# A workload of one call.
cat >"$tmp/one.yaml" <<END
kmemsim: workload
version: 1
name: one
events:
  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}
END

# A workload without an end: a page comes and goes, for ever.
endless() {
	printf 'kmemsim: workload\nversion: 1\nname: endless\nevents:\n'
	awk 'BEGIN {
		for (t = 0;; t += 20) {
			print "  - {t: " t ", op: alloc_pages, id: 1, " \
				"order: 0, gfp: GFP_KERNEL}"
			print "  - {t: " t + 10 ", op: free_pages, id: 1}"
		}
	}' 2>/dev/null
}

# Starts an endless run into $1, lets it work for a second, then sends signal
# $2. Its exit status is left in $status.
stop_with() {
	local run=$1 feeder
	mkfifo "$run.yaml"
	endless >"$run.yaml" 2>/dev/null &
	feeder=$!
	"$KMEMSIM" run -c "$tmp/machine.yaml" -w "$run.yaml" -o "$run" \
		--log-ops all --sample-every 1ms \
		>"$tmp/stdout" 2>"$tmp/stderr" &
	command_line="kmemsim run, and $2 after a second"
	sleep 1
	kill -s "$2" $! 2>/dev/null
	wait $! 2>/dev/null
	status=$?
	kill "$feeder" 2>/dev/null
	wait "$feeder" 2>/dev/null
}

# Starts a run of a large workload in a file, stops it, makes the file shorter,
# and lets it go on.
cut_short() {
	{
		printf 'kmemsim: workload\nversion: 1\nevents:\n'
		seq 1 400000 | sed \
			's/.*/- {t: &, op: kmalloc, id: &, size: 8, gfp: 0}/'
	} >"$tmp/cut.yaml"
	"$KMEMSIM" run -c "$tmp/machine.yaml" -w "$tmp/cut.yaml" \
		-o "$tmp/cut.db" >"$tmp/stdout" 2>"$tmp/stderr" &
	command_line="kmemsim run, of a file that becomes shorter"
	sleep 0.1
	kill -s STOP $!
	: >"$tmp/cut.yaml"
	kill -s CONT $!
	wait $! 2>/dev/null
	status=$?
}

query() {
	sqlite3 -readonly "$1" "$2" 2>&1
}

it "ends in good order where its workload is made shorter meanwhile"
cut_short
holds "expected no signal, got exit status $status" [ $status -lt 128 ]
case $status in
0) stdout_has 'operations +400000 ' ;; # all of it had been seen
*) stderr_has error ;;
esac

for signal in INT TERM; do
	it "keeps what a run found until $signal, and says that it is not all"
	run=$tmp/$signal.db
	stop_with "$run" $signal
	exits_with 130
	exists "$run"
	same "$(query "$run" 'PRAGMA integrity_check')" ok "the database"
	same "$(query "$run" 'SELECT status FROM run')" interrupted "status"
	holds "no operations were kept" \
		[ "$(query "$run" 'SELECT count(*) FROM op_log')" -gt 0 ]
	same "$(query "$run" 'SELECT ops - count(*) FROM run, op_log')" 0 \
		"the difference between the operations run and logged"
done

it "ends at the first signal where all calls are made, and only the clock goes \
on"
"$KMEMSIM" run -c "$tmp/machine.yaml" -w "$tmp/one.yaml" -o "$tmp/clock.db" \
	--sample-every 1s --until 10000000s >"$tmp/stdout" 2>"$tmp/stderr" &
runner=$!
command_line="kmemsim run --until 10000000s, and TERM after a second"
sleep 1
kill -s TERM $runner
for ((tenths = 0; tenths < 100; tenths++)); do
	kill -0 $runner 2>/dev/null || break
	sleep 0.1
done
kill -s KILL $runner 2>/dev/null # it goes on
wait $runner 2>/dev/null
status=$?
exits_with 130
same "$(query "$tmp/clock.db" 'SELECT status FROM run')" interrupted "status"

it "leaves a database that can be read, and says that it is not whole, when \
it is killed on the spot"
run=$tmp/kill.db
stop_with "$run" KILL
exits_with 137
exists "$run"
# Not read-only: SQLite may have to roll back what was half written.
same "$(sqlite3 "$run" 'PRAGMA integrity_check')" ok "the database"
case $(query "$run" 'SELECT status FROM run') in
interrupted | failed) ;;
*) fail "status is '$(query "$run" 'SELECT status FROM run')'" ;;
esac

# Nothing comes between two arrivals but spans of a ns, for ever.
cat >"$tmp/spans.yaml" <<END
kmemsim: workload
version: 1
name: spans
generators:
  - {name: g, op: kmalloc, size: 64, gfp: GFP_KERNEL,
     arrivals: {on_off: {busy: 1, idle: 1, every: 200000s}}, until: 1000000s}
events: []
END
for verb in generate pack; do
	it "leaves nothing of a workload that $verb was interrupted in"
	mkdir "$tmp/$verb"
	"$KMEMSIM" "$verb" "$tmp/spans.yaml" -o "$tmp/$verb/out" \
		>"$tmp/stdout" 2>"$tmp/stderr" &
	command_line="kmemsim $verb, and TERM"
	sleep 0.5
	kill -s TERM $!
	wait $!
	status=$?
	exits_with 130
	same "$(ls -A "$tmp/$verb")" "" "files left"
done

# A trace that never ends.
endless_trace() {
	awk 'BEGIN {
		for (t = 1;; t++)
			printf " sh-1 [000] d..1. %d.000000: kfree: " \
				"call_site=x+0x1/0x2 ptr=00000000a0000000\n", t
	}' 2>/dev/null
}

it "leaves nothing of an import that was interrupted"
mkdir "$tmp/import"
mkfifo "$tmp/trace"
endless_trace >"$tmp/trace" &
feeder=$!
"$KMEMSIM" import ftrace "$tmp/trace" -o "$tmp/import/out" \
	>"$tmp/stdout" 2>"$tmp/stderr" &
command_line="kmemsim import, and TERM"
sleep 0.5
kill -s TERM $!
wait $!
status=$?
kill "$feeder" 2>/dev/null
wait "$feeder" 2>/dev/null
exits_with 130
stderr_is_empty
same "$(ls -A "$tmp/import")" "" "files left"

it "ends at the first signal where it waits for somebody to write to a FIFO"
mkdir "$tmp/waits"
mkfifo "$tmp/unwritten"
"$KMEMSIM" import ftrace "$tmp/unwritten" -o "$tmp/waits/out" \
	>"$tmp/stdout" 2>"$tmp/stderr" &
importer=$!
command_line="kmemsim import of a FIFO without a writer, and TERM"
sleep 0.5
kill -s TERM $importer
sleep 1
kill -s KILL $importer 2>/dev/null # it still waits
wait $importer 2>/dev/null
status=$?
exits_with 130
stderr_is_empty
same "$(ls -A "$tmp/waits")" "" "files left"

# The signal comes while the config's million areas are read, and what opens the
# workload then sleeps until somebody writes to it.
it "ends, too, where the signal came before the FIFO was opened"
awk 'BEGIN {
	print "start_offset,end_offset"
	for (at = 0; at < 1000000; at++)
		printf "%.0f,%.0f\n", at * 8192, at * 8192 + 4096
}' >"$tmp/areas.csv"
{ cat "$tmp/machine.yaml" && echo 'initial_state: {vmap_areas: areas.csv}'
} >"$tmp/long.yaml"
"$KMEMSIM" run -c "$tmp/long.yaml" -w "$tmp/unwritten" -o "$tmp/late.db" \
	>"$tmp/stdout" 2>"$tmp/stderr" &
runner=$!
command_line="kmemsim run of a FIFO without a writer, and TERM before it"
sleep 0.3
kill -s TERM $runner
for _ in 1 2 3 4 5 6 7 8 9 10; do
	kill -s 0 $runner 2>/dev/null && sleep 1
done
kill -s KILL $runner 2>/dev/null # it still waits
wait $runner 2>/dev/null
status=$?
exits_with 130
stderr_is_empty
is_gone "$tmp/late.db"
rm "$tmp/areas.csv"

it "leaves nothing of an export that was interrupted, of a query that has no \
row yet as well"
mkdir "$tmp/export"
printf 'kmemsim: workload\nversion: 1\nname: e\nevents: []\n' >"$tmp/e.yaml"
run "$KMEMSIM" run -c "$tmp/machine.yaml" -w "$tmp/e.yaml" -o "$tmp/e.db"
exits_with 0
for rows in '*' 'count(*)'; do
	"$KMEMSIM" export "$tmp/e.db" -o "$tmp/export/out" --query "SELECT \
		$rows FROM vmstat a, vmstat b, vmstat c, vmstat d, vmstat e" \
		>"$tmp/stdout" 2>"$tmp/stderr" &
	command_line="kmemsim export of $rows, and TERM"
	sleep 0.5
	kill -s TERM $!
	wait $!
	status=$?
	exits_with 130
	stderr_is_empty
	same "$(ls -A "$tmp/export")" "" "files left"
done

it "comes to the end it was given, where nothing arrives before it"
run timeout 20 "$KMEMSIM" run -c "$tmp/machine.yaml" -w "$tmp/spans.yaml" \
	--until 1ms
exits_with 0
stdout_has 'operations +0 '

# One CPU: the second call has it for 30 us, and who comes meanwhile queues.
it "holds no call for failed whose turn had not come by --until"
cat >"$tmp/queue.yaml" <<END
kmemsim: workload
version: 1
name: queue
events:
  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}
  - {t: 10us, op: vmalloc, id: 2, size: 4MiB}
  - {t: 11us, op: alloc_pages, id: 3, order: 0, gfp: GFP_KERNEL}
  - {t: 12us, op: free_pages, id: 1}
  - {t: 12us, op: sample, label: none}
  - {t: 13us, op: free_pages, id: 3}
  - {t: 1s, op: alloc_pages, id: 4, order: 0, gfp: GFP_KERNEL}
END
run "$KMEMSIM" run -c "$tmp/machine.yaml" -w "$tmp/queue.yaml" \
	--until 14us -o "$tmp/queue.db" --log-ops all
exits_with 0
stdout_has 'operations +5 \(0 failed, 3 skipped, 0 violations\)' \
	'not begun +3 of those skipped'
same "$(query "$tmp/queue.db" 'SELECT failed, skipped, not_begun FROM run')" \
	'0|3|3' "the counts"
same "$(query "$tmp/queue.db" "SELECT group_concat(seq || ifnull(ok, '-') ||
	ifnull(reason, ''), ' ')
	FROM (SELECT * FROM op_log WHERE seq > 2 ORDER BY seq)")" \
	'3-not-begun 4-not-begun 5-not-begun' "the log"
run "$KMEMSIM" run -c "$tmp/machine.yaml" -w "$tmp/queue.yaml" --until 14us \
	--json
stdout_has '"not_begun": 3'
run "$KMEMSIM" run -c "$tmp/machine.yaml" -w "$tmp/queue.yaml"
stdout_has 'operations +6 \(0 failed, 0 skipped'
holds "nothing was cut short" not grep -q 'not begun' "$tmp/stdout"

it "fails where it cannot write, and says why"
printf 'kmemsim: workload\nversion: 1\nname: w\nevents: []\n' >"$tmp/w.yaml"
run "$KMEMSIM" run -c "$tmp/machine.yaml" -w "$tmp/w.yaml" \
	-o "$tmp/no/such/folder/run.db"
[ "$status" -eq 1 ] || [ "$status" -eq 2 ] || fail "exit status $status"
stderr_has 'no/such/folder'

it "fails where the disk is full, and says so"
if [ -w /dev/full ]; then
	run bash -c '"$@" >/dev/full' sh "$KMEMSIM" run \
		-c "$tmp/machine.yaml" -w "$tmp/w.yaml"
	exits_with 1
	stderr_has '.'
else
	skip "no /dev/full here"
fi

# A limit to the size of files does what a full disk does, at a chosen place.
# At the smaller one a commit has not been, at the larger some have.
for limit in 1000 12000; do
	it "says that a run failed which found no room beyond $limit KiB, and \
keeps as many operations as it says it has"
	run=$tmp/limit-$limit.db
	mkfifo "$run.yaml"
	endless >"$run.yaml" 2>/dev/null &
	run bash -c "ulimit -f $limit; "'exec "$@"' sh \
		"$KMEMSIM" run -c "$tmp/machine.yaml" -w "$run.yaml" \
		-o "$run" --log-ops all
	wait $!
	exits_with 1
	stderr_has "$run: "
	same "$(sqlite3 "$run" 'PRAGMA integrity_check')" ok "the database"
	same "$(query "$run" 'SELECT status FROM run')" failed "status"
	same "$(query "$run" 'SELECT count(*) FROM op_log')" \
		"$(query "$run" 'SELECT ops FROM run')" "operations logged"
done

it "says that a run failed whose tables, but not indexes, found room"
run bash -c "ulimit -f 150; "'exec "$@"' sh "$KMEMSIM" run \
	-c "$tmp/machine.yaml" -w workloads/first-steps.yaml -o "$tmp/end.db"
exits_with 1
same "$(query "$tmp/end.db" 'SELECT status FROM run')" failed "status"

# Those that come too late say so, and leave the file to the one that has it.
for before in none old; do
	it "gives a file to one of many runs that begin at once ($before there)"
	rm -f "$tmp/one.db"
	[ $before = none ] || "$KMEMSIM" run -c "$tmp/machine.yaml" \
		-w workloads/first-steps.yaml -o "$tmp/one.db" >"$tmp/one.0"
	for i in 1 2 3 4 5 6 7 8; do
		"$KMEMSIM" run -c "$tmp/machine.yaml" --seed $i \
			-w workloads/first-steps.yaml -o "$tmp/one.db" \
			>"$tmp/one.$i" 2>"$tmp/one.$i.err" || : >"$tmp/one.$i"
	done &
	for i in 11 12 13 14 15 16 17 18; do
		"$KMEMSIM" run -c "$tmp/machine.yaml" --seed $i \
			-w workloads/first-steps.yaml -o "$tmp/one.db" \
			>"$tmp/one.$i" 2>"$tmp/one.$i.err" || : >"$tmp/one.$i"
	done
	wait $!
	same "$(query "$tmp/one.db" 'SELECT status FROM run')" complete "status"
	same "$(grep -hvE "another run is being written|ASan doesn't" \
		"$tmp"/one.*.err)" "" "what else was said"
	is_gone "$tmp/one.db.previous"
	rm -f "$tmp"/one.*
done

it "does not overwrite in silence what is not a database of its own"
echo "precious" >"$tmp/precious.txt"
run "$KMEMSIM" run -c "$tmp/machine.yaml" -w "$tmp/w.yaml" \
	-o "$tmp/precious.txt"
holds "exit status 0" [ "$status" -ne 0 ]
same "$(cat "$tmp/precious.txt")" precious "what was in the file"

mkdir "$tmp/scratch"
cat >"$tmp/some.yaml" <<END
kmemsim: workload
version: 1
name: some
events:
  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}
  - {t: 1ms, op: sample, label: end}
END

it "leaves nothing where whoever reads a comparison stops reading"
sed 's/small/other/' "$tmp/machine.yaml" >"$tmp/other.yaml"
# The reader is gone before anything is written.
# shellcheck disable=SC2016
run env TMPDIR="$tmp/scratch" bash -c '{
	while [ ! -e "$1/gone" ]; do sleep 0.05; done
	exec "$0" compare -c "$1/machine.yaml" -c "$1/other.yaml" \
		-w "$1/some.yaml" --json
} | { exec 0<&-; touch "$1/gone"; }
exit "${PIPESTATUS[0]}"' "$KMEMSIM" "$tmp"
exits_with 141
[ -s "$tmp/stderr" ] && fail "it said something"
[ -z "$(ls "$tmp/scratch")" ] || fail "left: $(ls "$tmp/scratch")"

it "names no database that is gone"
run "$KMEMSIM" compare -c "$tmp/machine.yaml" -c "$tmp/other.yaml" \
	-w "$tmp/some.yaml" --json
exits_with 0
grep -o '"database": *[^,]*' "$tmp/stdout" | sort -u >"$tmp/named"
same "$(tr -d ' ' <"$tmp/named")" '"database":null' "what is said of databases"
run "$KMEMSIM" compare -c "$tmp/machine.yaml" -c "$tmp/other.yaml" \
	-w "$tmp/some.yaml" --json -o "$tmp/kept"
stdout_has "\"database\": *\"$tmp/kept/machine-some.db\""

# More than may queue for CPU 0, and one on another CPU that frees the last.
{
	printf 'kmemsim: workload\nversion: 1\nname: crowd\nevents:\n'
	awk 'BEGIN {
		for (id = 1; id <= 70000; id++)
			printf "- {t: %dns, op: alloc_pages, id: %d, order: 0,"\
				" cpu: 0, gfp: GFP_KERNEL}\n", id, id
		print "- {t: 70001ns, op: free_pages, id: 70000, cpu: 1}"
	}'
} >"$tmp/crowd.yaml"

it "leaves out all behind a call that could not queue by --until"
run "$KMEMSIM" run -c configs/examples/two-nodes.yaml -w "$tmp/crowd.yaml" \
	--until 100us -o "$tmp/crowd.db" --log-ops all
exits_with 0
same "$(sqlite3 "$tmp/crowd.db" "SELECT op || '|' || ifnull(ok, 'skipped')
		FROM op_log WHERE seq > 69999 ORDER BY seq")" \
	"alloc_pages|skipped
free_pages|skipped" "the last two"

it "takes no sample behind --until, though a call goes on"
run "$KMEMSIM" run -c configs/examples/by-hand.yaml \
	-w workloads/flags-under-pressure.yaml --until 500us \
	--sample-every 10us -o "$tmp/late.db"
exits_with 0
same "$(sqlite3 "$tmp/late.db" \
	"SELECT max(t_ns) FROM sample WHERE cause = 'clock'")" 500000 "the last"

# A gnuplot that takes its time, and tells when it begins.
mkdir "$tmp/slow"
cat >"$tmp/slow/gnuplot" <<END
#!/bin/sh
touch "$tmp/begun"
exec sleep 20
END
chmod +x "$tmp/slow/gnuplot"

it "leaves nothing of a picture or a page that was stopped"
for verb in "plot --what map -o $tmp/map.svg" "report -o $tmp/page.html"; do
	rm -f "$tmp/begun"
	# shellcheck disable=SC2086
	TMPDIR=$tmp/scratch PATH=$tmp/slow:$PATH "$KMEMSIM" $verb \
		"$tmp/kept/machine-some.db" >"$tmp/stdout" 2>"$tmp/stderr" &
	command_line="kmemsim $verb, stopped"
	for _ in $(seq 100); do
		[ -e "$tmp/begun" ] && break
		sleep 0.1
	done
	kill -s TERM $!
	wait $!
	status=$?
	exits_with 130
	[ -z "$(ls "$tmp/scratch")" ] || fail "left: $(ls "$tmp/scratch")"
done
same "$(find "$tmp" -maxdepth 1 \( -name 'map.svg*' -o -name 'page.html*' \))" \
	'' "what is left of the output"

it "stops printing a timeline at once, and keeps the run, which is whole"
small_machine >"$tmp/machine.yaml"
drawn_pages | sed 's/until: 10ms/until: 5s/' >"$tmp/many.yaml"
mkfifo "$tmp/reads-slowly"
# Nobody reads on before the signal is there.
"$KMEMSIM" run -c "$tmp/machine.yaml" -w "$tmp/many.yaml" --timeline \
	-o "$tmp/many.db" >"$tmp/reads-slowly" 2>"$tmp/stderr" &
command_line="kmemsim run --timeline, and INT in its middle"
{
	head -n 100 >"$tmp/stdout"
	kill -s INT $!
	sleep 0.2
	cat >>"$tmp/stdout"
} <"$tmp/reads-slowly"
wait $! 2>/dev/null
status=$?
exits_with 130
stdout_has ' call 1 +runs: alloc_pages' '^  status      complete$'
stderr_has '^note: the timeline was cut short: `kmemsim show .*/many.db time'
all=$("$KMEMSIM" show "$tmp/many.db" timeline | wc -l)
holds "all of $all lines were printed" \
	[ "$(wc -l <"$tmp/stdout")" -lt $((all / 2)) ]
same "$(sqlite3 "$tmp/many.db" 'SELECT status FROM run')" complete "the run"

done_testing
