#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does `kmemsim step` show what each call did, forwards and backwards, on paper
# and in a terminal?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
lesson=(-c configs/examples/classroom-32m.yaml -w workloads/first-steps.yaml)

# at STEP OPTION…: the screen of that step of the lesson.
at() {
	run "$KMEMSIM" step "${lesson[@]}" --print --at "$@"
	exits_with 0
	stderr_is_empty
}

# The screen as one line, so that sentences can be looked for.
says() {
	tr '\n' ' ' <"$tmp/stdout" >"$tmp/line"
	local words
	for words; do
		holds "expected: $words" grep -qF -- "$words" "$tmp/line"
	done
}

it "tells of the first page: a claimed pageblock, a refill, halves"
at 1 --size 80x30
says 'Got 1 page, frame 4096 of DMA32, pageblock 8 (unmovable)' \
	'refilled with 8 blocks from the free lists, under the zone' \
	'took from another type' 'Halved blocks, 14 times' \
	'1 of order 10 (movable). Onto them: 1 each of orders 3-9 (unmovable)' \
	'Pageblock 8, movable until now, is unmovable' \
	'pcp_refills 1, pcp_refilled 8'
stdout_has '^unmovable      0     0     0     1\^    1\^' \
	'^UUMMMMMMMMMMMMMM$' '^unmovable      7\^ .* 4097 4098'

it "tells of a page that the CPU had"
at 2
says 'Took the hottest of CPU 0'"'"'s list (unmovable, order 0): no lock'

it "tells of a free, and who gets that page next"
at 3
says 'Put on CPU 0'"'"'s list (unmovable, order 0) as its hottest'
at 4
says 'Got 1 page, frame 4097'

it "tells of a block that no CPU keeps"
at 5
says 'Straight from the free lists (no CPU keeps blocks of order 4)' \
	'[ 4]'

it "tells of a slab that is made, and of one that serves"
at 7
says 'No slab had a free object: made a new one' '1 slab, 1 object live'
stdout_has "^CPU's own    4098     #ooooooo 1 of 8"
at 8
says 'own slab: no lock was taken'
stdout_has '##oooooo 2 of 8'

it "tells of a failure and its reason"
at 16
says 'FAILS: there are enough free pages, but no block of that order'

it "begins before the first event, and goes to times, and to the end"
at 0
says 'before the first event' 'Nothing has happened yet'
at 8ms
says 'step 9 ' '"user"'
at end
says 'The run is over: 16 calls, 1 failed' 'step 16 '

it "draws in exactly the room there is, in ASCII where the locale says so"
for size in 80x24 131x41 200x60; do
	at 16 --size $size
	same "$(wc -l <"$tmp/stdout")" "${size#*x}" "lines of $size"
	same "$(awk -v w=${size%x*} 'length > w' "$tmp/stdout")" "" \
		"lines that are too long for $size"
	same "$(LC_ALL=C tr -d ' -~\n' <"$tmp/stdout")" "" "beyond ASCII"
done
says 'Steps up to here' '15 alloc_pages  order 10 buddy'
LC_ALL=C.UTF-8 at 16
says '■■○○○○○○' '██'

it "shows another zone and order when asked"
run "$KMEMSIM" step -c configs/examples/pc-256m.yaml -w workloads/limits.yaml \
	--print --at 1 --zone DMA --order 5
exits_with 0
says '[DMA ' '[ 5]'

it "knows which orders the machine has"
run "$KMEMSIM" step -c configs/examples/classroom-32m.yaml \
	-w workloads/first-steps.yaml --print --order 11
exits_with 2
stderr_has "--order: \"11\" is not an order of this machine, 0 to 10"

it "lists the blocks of an order that is asked for"
at 0 --order 10
says 'list [10]   movable: 4096 5120'

it "asks where pages come from"
at 0 --quiz
says 'next: {t: 0, op: alloc_pages' 'Where will the pages come from?' \
	'7  nowhere: it fails'
at 7 --quiz
says 'Where will the object come from?' '4  nowhere: it fails'

it "comes to the digest of a run, whatever sleeps or interrupts"
for workload in workloads/*.yaml; do
	name=$(basename "$workload" .yaml)
	read -r -a words <<<"$(command_of "$workload" |
		sed 's/ --timeline//; s/ --log-ops [a-z]*//')"
	words=("${words[@]:2}")
	run "$KMEMSIM" step "${words[@]}" --print --at end
	exits_with 0
	says "$(awk -v name="$name" '$1 == name { print $2 }' \
		tests/cli/workload_digests.txt)"
done

it "numbers a call as explain and the log do, and says when it was made"
order4=(-c configs/examples/tiny-32m.yaml -w workloads/nic-order-4.yaml
	--set sysctl.min_free_kbytes=256)
"$KMEMSIM" run "${order4[@]}" -o "$tmp/o4.db" >"$tmp/summary"
"$KMEMSIM" explain "$tmp/o4.db" >"$tmp/said"
number=$(sed -n 's/^  operation \([0-9]*\),.*/\1/p' "$tmp/said" | head -n 1)
line=$(sed -n 's/^  operation .* line \([0-9]*\) of.*/\1/p' "$tmp/said" |
	head -n 1)
run "$KMEMSIM" step "${order4[@]}" --print --at "$number" --size 120x40
exits_with 0
says " step $number  133.000 us, now " 'alloc_pages' "of line $line, on CPU 0" \
	'FAILS'

it "refuses what it can't do"
run "$KMEMSIM" step "${lesson[@]}" --print --at 17
exits_with 2
stderr_has 'has 16 steps, no step 17'
run "$KMEMSIM" step "${lesson[@]}" --print --at soon
exits_with 2
stderr_has "neither a step's number"
run "$KMEMSIM" step "${lesson[@]}" --print --size 20x20
exits_with 2
stderr_has '80x24'
run "$KMEMSIM" step "${lesson[@]}" --print --zone Normal
exits_with 2
stderr_has 'DMA32'
run "$KMEMSIM" step "${lesson[@]}"
exits_with 2
stderr_has 'no terminal'
run "$KMEMSIM" step -c configs/examples/classroom-32m.yaml -w - --print
exits_with 2
sed 's/op: kmalloc/op: kmaloc/' workloads/first-steps.yaml >"$tmp/bad.yaml"
run "$KMEMSIM" step -c configs/examples/classroom-32m.yaml -w "$tmp/bad.yaml" \
	--print --at end
exits_with 3
stderr_has "bad.yaml:30:.*kmaloc"

it "has a lesson whose screens are its own"
run scripts/step-lesson.sh <docs/step.md
exits_with 0
holds "docs/step.md is not what scripts/step-lesson.sh makes of it" \
	cmp "$tmp/stdout" docs/step.md

# ---- in a terminal ----------------------------------------------------------

sessions=0

terminal() {
	tmux -S "$tmp/tmux$sessions" -f /dev/null "$@" 2>"$tmp/stderr"
}

# open OPTION…: the lesson in a terminal of 80x24, and a shell around it.
open() {
	sessions=$((sessions + 1))
	printf '%q ' "$KMEMSIM" step "${lesson[@]}" "$@" >"$tmp/session.sh"
	terminal new-session -d -x 80 -y 24 "stty -a >$tmp/before;
		TERM=${term:-screen} LC_ALL=${locale:-C} bash $tmp/session.sh \
			2>$tmp/session.err;
		ended=\$?; stty -a >$tmp/after;
		echo \"ended with \$ended\"; sleep 60"
}

close() {
	terminal kill-server
}

screen() {
	terminal capture-pane -p | sed 's/ *$//'
}

# sees WORDS: within a while; then the screen is in $tmp/stdout.
sees() {
	local tries
	for ((tries = 0; tries < 300; tries++)); do
		screen >"$tmp/stdout"
		grep -qF -- "$1" "$tmp/stdout" && break
		sleep 0.1
	done
	holds "expected on the screen: $1" [ $tries -lt 300 ]
	[ $tries -lt 300 ] ||
		sed 's/^/#   | /' "$tmp/stdout"
}

# looks_like FILE WHEN: within a while; it is drawn line by line.
looks_like() {
	local tries
	for ((tries = 0; tries < 300; tries++)); do
		screen >"$tmp/stdout"
		cmp -s "$tmp/stdout" "$1" && break
		sleep 0.1
	done
	holds "$2 it looks different" [ $tries -lt 300 ]
}

keys() {
	terminal send-keys "$@"
}

if ! command -v tmux >/dev/null; then
	it "works in a terminal"
	skip "there is no tmux here"
	done_testing
fi

it "shows in a terminal what it prints, forwards and backwards"
open
sees 'step 0 '
keys Space
sees 'step 1 '
keys Space
sees 'step 2 '
keys Right
sees 'step 3 '
"$KMEMSIM" step "${lesson[@]}" --print --at 3 >"$tmp/printed"
looks_like "$tmp/printed" "at step 3"
keys NPage
sees 'step 13 '
keys PPage
sees 'step 3 '
looks_like "$tmp/printed" "back at step 3"
keys Left
sees 'step 2 '
keys f
sees 'FAILS: there are enough'

it "goes to steps and times, to the start and to the end"
keys / 5 Enter
sees 'step 5 '
keys / 8 m s Enter
sees 'step 9 '
keys / x Enter
sees 'neither a step'
keys Home
sees 'step 0 '
keys End
sees 'behind the last event'
grep -qF "$(awk '$1 == "first-steps" { print $2 }' \
	tests/cli/workload_digests.txt)" "$tmp/stdout" ||
	fail "the end has another digest"

it "chooses orders, helps, and uses the room it is given"
keys o
sees 'list [0]'
keys o
sees 'list [1]'
sees 'Shows order 1, whatever a call asks for.'
keys h
sees 'any key goes back'
keys Escape
sees 'space on'
keys h
sees 'Reading it'
keys f
sees 'space on'
keys f
sees 'No further failure up to the end'
keys Home c
sees 'No cache has slabs yet.'
keys End w
sees 'any key goes back'
sees 'digest'
keys h
sees 'Free blocks'
terminal resize-window -x 150 -y 40
sees 'Steps up to here'
terminal resize-window -x 60 -y 20
sees '60 x 20: this needs 80 x 24'
terminal resize-window -x 80 -y 24
sees 'step 16 of 16'

it "quits, and leaves the terminal as it was"
keys q
sees 'ended with 0'
screen | grep -q 'Free blocks' && fail "its screen is still there"
holds "the terminal is not as it was" cmp "$tmp/before" "$tmp/after"
close

it "asks in a terminal, says right or wrong and why, and keeps the score"
open --quiz
sees 'step 0 '
keys Space
sees 'Where will the pages come from?'
keys 4 0 9 6
sees '0 of 1 right. No, not 4: 5'
keys f
sleep 0.5
sees '0 of 1 right. No, not 4: 5'
keys Space
sees 'before step 2'
keys 1
sees '1 of 2 right. Right, 1.'
keys q
sees '1 of 2 answers was right'
sees 'ended with 0'
close

it "works without colours and with UTF-8"
term=vt100 locale=C.UTF-8 open --at 8
sees '■■○○○○○○'
close

it "says so where it knows nothing of the terminal"
term=none-such open
sees 'ended with 1'
holds "it does not say which terminal" \
	grep -q 'terminal "none-such"' "$tmp/session.err"
close

it "puts the terminal in order when it is told to stop"
open --at 3
sees 'step 3 '
keys C-c
sees 'ended with 130'
holds "the terminal is not as it was" cmp "$tmp/before" "$tmp/after"
close

done_testing
