#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Each kind of picture, as SVG and in letters: is it whole, does it say what it
# shows and in which unit, and what is said where there is nothing to draw?
#
# suite-timeout: 300

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
g5=build/recordings/g5-atomic
g6=build/recordings/g6-slab
g7=build/recordings/g7-vmalloc

# simulate NAME CONFIG WORKLOAD [OPTION…]: leaves $tmp/NAME.db
simulate() {
	local name=$1 config=$2 workload=$3
	shift 3
	"$KMEMSIM" run -c "$config" -w "$workload" -o "$tmp/$name.db" "$@" \
		>"$tmp/summary" || exit 1
}

simulate atomic $g5/config.yaml $g5/workload.yaml --sample-every 5ms \
	--log-ops failures
simulate no-log $g5/config.yaml $g5/workload.yaml
simulate slabs $g6/config.yaml $g6/workload.yaml --sample-every 2ms
simulate vmalloc $g7/config.yaml $g7/workload.yaml --sample-every 10ms
simulate killed configs/examples/by-hand.yaml workloads/oom-two-tasks.yaml \
	--sample-every 100us --log-ops failures --timeline

# Which run has something to show for a kind.
run_for() {
	case $1 in
	slabs | slab-waste) echo slabs ;;
	vmalloc) echo vmalloc ;;
	watermarks) echo killed ;;
	*) echo atomic ;;
	esac
}

# What its picture says: heading, units, what is in it; a line each.
words_of() {
	case $1 in
	map) printf '%s\n' 'Physical memory over time' 'physical address' \
		MiB unmovable ;;
	fragmentation) printf '%s\n' 'a request can.*use' 'unusable \(%\)' \
		'order 9' ;;
	extfrag) printf '%s\n' 'Why a request would fail' \
		'fragmentation index' ;;
	free-blocks) printf '%s\n' 'Free blocks, by order' blocks 'order 10' ;;
	free-memory) printf '%s\n' 'order of its blocks' MiB 'order 0' ;;
	watermarks) printf '%s\n' watermarks MiB 'kswapd ran' 'OOM kill' ;;
	failures) printf '%s\n' 'by reason' watermark 8766 ;;
	latency) printf '%s\n' 'done by then' 'calls \(%\)' '10 µs' \
		pcp-refill ;;
	latency-percentiles) printf '%s\n' percentiles 'p99.9' \
		'alloc_pages, pcp' ;;
	slabs) printf '%s\n' 'Objects in use' 'in use \(%\)' krp-5 ;;
	slab-waste) printf '%s\n' 'in no object' KiB krp-0 ;;
	vmalloc) printf '%s\n' holes 'MiB above its start' 'in use' ;;
	*) fail "the suite does not know $1" ;;
	esac
	case $1 in
	latency*) echo 'that the call took' ;;
	*) echo 'simulated time \(ms\)' ;;
	esac
}

"$KMEMSIM" plot --what list >"$tmp/list"
mapfile -t kinds < <(cut -d ' ' -f 1 "$tmp/list")

it "lists every kind, with what it shows, and each has a script"
holds "only ${kinds[*]}" [ "${#kinds[@]}" -ge 12 ]
for kind in "${kinds[@]}"; do
	exists "results/plots/$kind.gp"
	holds "$kind: nothing said" grep -qE "^$kind +[a-z0-9]" "$tmp/list"
done

for kind in "${kinds[@]}"; do
	db=$tmp/$(run_for "$kind").db
	svg=$tmp/$kind.svg

	it "draws $kind, with its title and units"
	run "$KMEMSIM" plot "$db" --what "$kind" -o "$svg"
	exits_with 0
	stderr_is_empty
	if command -v xmllint >/dev/null; then
		xmllint --noout "$svg" 2>"$tmp/lint" ||
			fail "$(cat "$tmp/lint")"
	fi
	while IFS= read -r words; do
		holds "no '$words' in the picture" grep -qE "$words" "$svg"
	done < <(words_of "$kind")

	it "draws $kind in letters, 80 wide where there is no terminal"
	run "$KMEMSIM" plot "$db" --what "$kind" -o -
	exits_with 0
	stderr_is_empty
	stdout_has "$(words_of "$kind" | head -n 1)"
	widest=$(LC_ALL=C.UTF-8 wc -L <"$tmp/stdout")
	holds "$widest columns" [ "$widest" -le 80 ]
	if LC_ALL=C grep -q $'\033' "$tmp/stdout"; then
		fail "colours, for a file"
	fi
done

it "draws the same bytes again"
run "$KMEMSIM" plot "$tmp/atomic.db" --what map -o "$tmp/again.svg"
holds "another picture" cmp -s "$tmp/map.svg" "$tmp/again.svg"

it "says when kswapd was awake, in a run with a timeline only"
holds "nothing of kswapd" grep -q 'kswapd awake' "$tmp/watermarks.svg"
run "$KMEMSIM" plot "$tmp/atomic.db" --what watermarks -o "$tmp/w.svg"
holds "there is no timeline" not grep -q 'kswapd awake' "$tmp/w.svg"

it "names the types in a map in letters, each by its own"
run "$KMEMSIM" plot "$tmp/atomic.db" --what map -o -
stdout_has 'UUUUU' '\.\.\.\.\.' 'node 1 DMA32' 'm/M movable'

it "draws one sample, by its label or a time"
for at in end 20ms 0; do
	run "$KMEMSIM" plot "$tmp/atomic.db" --what map --at $at \
		-o "$tmp/at-$at.svg"
	exits_with 0
	holds "no still" grep -q 'each cell is 2 MiB' "$tmp/at-$at.svg"
done
holds "the same picture" not cmp -s "$tmp/at-end.svg" "$tmp/at-0.svg"

it "says which samples there are where there is no such"
run "$KMEMSIM" plot "$tmp/atomic.db" --what map --at ende -o "$tmp/x.svg"
exits_with 3
stderr_has 'no sample is called "ende".*there are c1999'
is_gone "$tmp/x.svg"

it "draws only the zone that was asked for"
run "$KMEMSIM" plot "$tmp/slabs.db" --what map --zone DMA32 -o -
exits_with 0
stdout_has 'node 1 DMA32'
run "$KMEMSIM" plot "$tmp/slabs.db" --what map --zone Movable -o "$tmp/x.svg"
exits_with 3
stderr_has 'has no zone Movable; it has DMA32 on node 1'
is_gone "$tmp/x.svg"

it "says in a map that a log does not say where blocks lie, and only there"
"$KMEMSIM" import dmesg tests/fixtures/dmesg/linux-6.1-two-nodes.txt \
	-o "$tmp/log.yaml" --config "$tmp/log-c.yaml" 2>/dev/null
"$KMEMSIM" run -c "$tmp/log-c.yaml" -w "$tmp/log.yaml" -o "$tmp/log.db" \
	>/dev/null
run "$KMEMSIM" plot "$tmp/log.db" --what map -o "$tmp/log.svg"
exits_with 0
grep -q 'blocks at the start: places guessed' "$tmp/log.svg" ||
	fail "no word of it in the picture"
run "$KMEMSIM" plot "$tmp/log.db" --what map -o -
stdout_has 'blocks at the start: places guessed'
run "$KMEMSIM" plot "$tmp/killed.db" --what map -o "$tmp/booted.svg"
grep -q 'guessed' "$tmp/booted.svg" && fail "said of a machine that boots"

it "draws several runs, each by its name"
run "$KMEMSIM" plot "$tmp/slabs.db" "$tmp/atomic.db" "$tmp/killed.db" \
	--what latency-percentiles -o "$tmp/three.svg"
exits_with 0
for name in g6-slab g5-atomic by-hand; do
	holds "no $name" grep -q "$name" "$tmp/three.svg"
done

it "draws all that a run has something for into a folder, and no more"
run "$KMEMSIM" plot "$tmp/slabs.db" --what all -o "$tmp/all"
exits_with 0
for kind in map fragmentation watermarks latency slabs slab-waste; do
	exists "$tmp/all/$kind.svg"
done
is_gone "$tmp/all/failures.svg"

it "draws all that there is of one sample"
run "$KMEMSIM" plot "$tmp/slabs.db" --what all --at end -o "$tmp/still"
exits_with 0
stderr_is_empty
exists "$tmp/still/map.svg"
exists "$tmp/still/slabs.svg"
is_gone "$tmp/still/latency.svg"

it "does not take a file for the folder"
echo mine >"$tmp/a-file"
run "$KMEMSIM" plot "$tmp/slabs.db" --what all -o "$tmp/a-file"
exits_with 1
stderr_has "can't make the folder .*a-file: Not a directory"

it "says that there are no slabs to draw"
run "$KMEMSIM" plot "$tmp/killed.db" --what slabs -o "$tmp/x.svg"
exits_with 3
stderr_has 'killed.db: error: no slab cache had slabs'
is_gone "$tmp/x.svg"

it "says in the picture that no allocation failed"
run "$KMEMSIM" plot "$tmp/slabs.db" --what failures -o -
exits_with 0
stdout_has 'no allocation failed'

it "says in the picture that the times of failures were not kept"
run "$KMEMSIM" plot "$tmp/no-log.db" --what failures -o -
exits_with 0
stdout_has '8766 failed, when is not known' 'log-ops failures'

it "takes no sample of what is of a whole run"
run "$KMEMSIM" plot "$tmp/atomic.db" --what latency --at end -o "$tmp/x.svg"
exits_with 2
stderr_has 'latency is of a whole run'

it "refuses to draw all into the terminal"
run "$KMEMSIM" plot "$tmp/atomic.db" --what all -o -
exits_with 2
stderr_has 'draws into a folder'

it "suggests the kind that was meant"
run "$KMEMSIM" plot "$tmp/atomic.db" --what watermark -o "$tmp/x.svg"
exits_with 2
stderr_has 'did you mean watermarks'

it "draws by a copy of a script that was changed"
sed "s/Free blocks, by order/Pieces/" results/plots/free-blocks.gp \
	>"$tmp/mine.gp"
run "$KMEMSIM" plot "$tmp/atomic.db" --what free-blocks \
	--script "$tmp/mine.gp" -o "$tmp/mine.svg"
exits_with 0
holds "the shipped script was used" grep -q Pieces "$tmp/mine.svg"

it "says which script can't be read"
for script in nowhere.gp .; do
	run "$KMEMSIM" plot "$tmp/atomic.db" --what free-blocks \
		--script "$tmp/$script" -o "$tmp/none.svg"
	exits_with 3
	stderr_has "^$tmp/$script: error: can't be read: (No such|Is a dir)"
	is_gone "$tmp/none.svg"
done

it "has each picture that docs/plots.md shows, and a section for each kind"
while IFS= read -r picture; do
	exists "docs/$picture"
done < <(grep -oE 'pictures/[a-z-]+\.svg' docs/plots.md)
for kind in "${kinds[@]}"; do
	holds "no section on $kind" grep -q "^## $kind\$" docs/plots.md
done

done_testing
