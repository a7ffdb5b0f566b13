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

cat >"$tmp/two.yaml" <<END
kmemsim: config
version: 1
name: two
profile: linux-6.1-x86_64
nodes:
  - id: 0
    cpus: [0]
    zones: [{type: DMA, size: 16MiB}, {type: DMA32, size: 48MiB}]
END
simulate two "$tmp/two.yaml" workloads/fragmenter.yaml --sample-every 100ms
simulate calm "$tmp/two.yaml" workloads/kmalloc-vmalloc-pages.yaml \
	--sample-every 10ms

# One axis along which there are numbers, one of words, and seeds that draw.
drawn_pages >"$tmp/pages.yaml"
cat >"$tmp/sweep.yaml" <<END
kmemsim: sweep
version: 1
config: two.yaml
workload: pages.yaml
axes:
  sysctl.watermark_boost_factor: [0, 150, 15000]
  grouping_by_mobility: [true, false]
  sysctl.min_free_kbytes: [256, 1024, 4096]
  seed: 1..3
END
"$KMEMSIM" sweep "$tmp/sweep.yaml" -o "$tmp/swept" >"$tmp/summary" || exit 1

# What has something to show for a kind.
run_for() {
	case $1 in
	slabs | slab-waste) echo slabs.db ;;
	vmalloc) echo vmalloc.db ;;
	watermarks) echo killed.db ;;
	sweep) echo swept ;;
	*) echo atomic.db ;;
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
	sweep) printf '%s\n' 'Means over 3 seeds' 'latency_p99: how long' \
		15000 true ;;
	*) fail "the suite does not know $1" ;;
	esac
	case $1 in
	sweep) echo 'sysctl.watermark_boost_factor' ;;
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
	db=$tmp/$(run_for "$kind")
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

it "has one unit at the axis of a map, with room between the numbers"
run "$KMEMSIM" run -c configs/examples/two-nodes.yaml \
	-w workloads/nic-order-4.yaml --sample-every 1ms -o "$tmp/nodes.db"
run "$KMEMSIM" plot "$tmp/nodes.db" --what map -o -
exits_with 0
stdout_has '^ +7 GiB ' '^ +0 ' 'c/C CMA, i/I isolate, - no memory; a capital'
same "$(grep -oE '^[^|+]* [KMG]iB' "$tmp/stdout" | grep -cv '[0-9] GiB$')" 0 \
	"numbers in another unit"
same "$(grep -cE '^ *[0-9.]+ [^|]*[0-9.]+ GiB' "$tmp/stdout")" 0 \
	"lines with two numbers"

it "tells runs apart in letters: their signs, and what lines are of"
run "$KMEMSIM" run -c "$tmp/two.yaml" -w workloads/fragmenter.yaml \
	--sample-every 100ms --set sysctl.min_free_kbytes=4096 -o "$tmp/two2.db"
for kind in fragmentation latency; do
	run "$KMEMSIM" plot "$tmp/two.db" "$tmp/two2.db" --what $kind -o -
	exits_with 0
	stdout_has '\*{5}two.db$' '#{5}two2.db$' ' [A-Z]  [a-z]'
	same "$(grep -oE '^[^|]*\|.{45}' "$tmp/stdout" | grep -c '[$%@&=]')" 0 \
		"lines with signs of no run"
done
run "$KMEMSIM" plot "$tmp/two.db" "$tmp/two2.db" \
	--what latency-percentiles -o -
stdout_has '1 G.* 1 two.db$|1 G' ' 1 two.db$' ' 2 two2.db$' '2 G'

it "stacks the same caches in all runs, those of any, the others on top"
cat >"$tmp/print.gp" <<'END'
set print '-'
do for [p = 1:panels] { do for [s = 1:series] {
	stats data index block(p, 1, s) using 2 name 'x' nooutput
	print p, ' ', series_name[s], ' ', x_max
} }
plot [0:1] 0 notitle
END
for n in 1 2; do
	{
		printf 'kmemsim: workload\nversion: 1\nevents:\n'
		for k in 1 2 3 4 5 6 7 8 9; do
			echo "  - {t: 0, op: kmem_cache_create, cache: c$k," \
				"size: 1000}"
			for i in $(seq $((n == 1 ? k * 9 : 90 - k * 9))); do
				echo "  - {t: ${i}us, op: kmem_cache_alloc," \
					"cache: c$k, id: $((k * 100 + i))," \
					"gfp: GFP_KERNEL}" >&3
			done
		done
	} 3>"$tmp/allocs" >"$tmp/cached.yaml"
	sort -t, -n -k 1.9 "$tmp/allocs" >>"$tmp/cached.yaml"
	run "$KMEMSIM" run -c "$tmp/two.yaml" -w "$tmp/cached.yaml" \
		-o "$tmp/caches$n.db"
	exits_with 0
done
run "$KMEMSIM" plot "$tmp/caches1.db" "$tmp/caches2.db" --what slab-waste \
	--script "$tmp/print.gp" -o "$tmp/stack.svg"
exits_with 0
same "$(grep -c 'c[1-9]' "$tmp/stdout") $(grep -c 'the others' "$tmp/stdout")" \
	'18 2' "caches and others"
same "$(awk '$1 == panel && $NF < last { print } { panel = $1; last = $NF }' \
	"$tmp/stdout")" "" "caches that others hide"
same "$(awk '{ last[$1] = $2 } END { print last[1], last[2] }' "$tmp/stdout")" \
	'the the' "the uppermost"

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
stderr_has 'no sample is called "ende".*; labels are: c1999'
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

it "says once in a picture of one run which it is"
for what in watermarks fragmentation free-memory latency failures; do
	run "$KMEMSIM" plot "$tmp/two.db" --what $what -o "$tmp/one.svg"
	exits_with 0
	same "$(grep -o '>two<' "$tmp/one.svg" | wc -l)" 1 "names in $what"
done

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

it "tells failures that have no order from those of the highest"
run "$KMEMSIM" run -c configs/examples/tiny-32m.yaml \
	-w workloads/mempool-under-pressure.yaml -o "$tmp/pool.db" \
	--log-ops failures
exits_with 0
run "$KMEMSIM" plot "$tmp/pool.db" --what failures -o -
exits_with 0
stdout_has 'pool-empty .* X .*1'
run "$KMEMSIM" plot "$tmp/pool.db" --what failures -o "$tmp/pool.svg"
exits_with 0
holds "no letter in place of a point" not grep -q '>N<' "$tmp/pool.svg"

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

# The words of a picture, without the titles that nobody sees.
legend() {
	grep -E "<text[^>]*>(<tspan[^>]*>)?$1</" "$2"
}

it "names every order in the legend, of two zones and of one"
for db in two atomic; do
	for kind in free-blocks free-memory; do
		run "$KMEMSIM" plot "$tmp/$db.db" --what $kind -o "$tmp/k.svg"
		exits_with 0
		for order in 0 1 2 3 4 5 6 7 8 9 10; do
			legend "order $order" "$tmp/k.svg" >"$tmp/said" ||
				fail "$db, $kind: no order $order"
		done
	done
done

it "has one scale for the fragmentation of all zones"
run "$KMEMSIM" plot "$tmp/two.db" --what fragmentation -o "$tmp/k.svg"
exits_with 0
legend ' *[0-9.]+' "$tmp/k.svg" | sort | uniq -c | awk '
	{ n[$1]++ } END { exit !(NR > 4 && n[1] == 0) }' ||
	fail "a number of one panel is not in the other"

it "names in the failures' legend the orders that failed, and no more"
for order in 3 4 5; do
	legend "order $order" "$tmp/failures.svg" >"$tmp/said" ||
		fail "no order $order"
done
same "$(grep -c '>order [0-9]*<' "$tmp/failures.svg")" 3 "orders named"
legend '8766 in all' "$tmp/failures.svg" >"$tmp/said" ||
	fail "not said what the number counts"

height_of() {
	sed -n 's/.*viewBox="0 0 [0-9]* \([0-9]*\)".*/\1/p' "$1"
}

it "has room for the names of rows, as many as there are"
"$KMEMSIM" plot "$tmp/slabs.db" --what latency-percentiles -o "$tmp/k.svg"
few=$(height_of "$tmp/k.svg")
simulate mixed configs/examples/tiny-32m.yaml workloads/generated-mix.yaml \
	--until 100ms
"$KMEMSIM" plot "$tmp/mixed.db" --what latency-percentiles -o "$tmp/k.svg"
tr -d '\n' <"$tmp/k.svg" | sed 's/<g transform/\n&/g' |
	sed -n 's/.*translate(\([0-9.]*\),.*"end">/\1 /p' |
	sed -n 's/^\([^ ]* \).*<text>\([^<]*, [^<]*\)<.*/\1\2/p' >"$tmp/rows"
holds "few rows" [ "$(wc -l <"$tmp/rows")" -gt 5 ]
# shellcheck disable=SC2016
holds "$(cat "$tmp/rows")" awk '{ x = $1; sub(/^[^ ]* /, "")
	if (x < 8 * length($0)) bad = 1 } END { exit bad }' "$tmp/rows"
many=$(height_of "$tmp/k.svg")
holds "a height of $few, and of $many" [ "$many" -gt "$few" ]

it "tells runs apart by how wide their lines are"
"$KMEMSIM" plot "$tmp/two.db" "$tmp/calm.db" --what fragmentation \
	-o "$tmp/k.svg"
widths() {
	grep -o 'stroke-width="[0-9.]*"' "$1" | sort -u | wc -l
}
holds "one width" [ "$(widths "$tmp/k.svg")" -gt \
	"$(widths "$tmp/fragmentation.svg")" ]

it "leaves out the middle of a long name, not what tells it from others"
for name in one two; do
	sed "s/^name: two/name: a-machine-with-a-very-long-name-$name/" \
		"$tmp/two.yaml" >"$tmp/long.yaml"
	simulate long-$name "$tmp/long.yaml" workloads/first-steps.yaml
done
"$KMEMSIM" plot "$tmp/long-one.db" "$tmp/long-two.db" --what latency \
	-o "$tmp/k.svg"
for name in one two; do
	holds "no $name" grep -q ">a-machine.*….*name-$name<" "$tmp/k.svg"
done

it "labels a short axis of times enough to read it"
"$KMEMSIM" plot "$tmp/long-one.db" --what latency-percentiles -o "$tmp/k.svg"
labels=$(grep -cE '<text>[0-9]+ (n|µ|m)s</text>' "$tmp/k.svg")
holds "$labels labels" [ "$labels" -ge 3 ]

it "labels the watermarks' axis enough to read it, where it is short and long"
for kbytes in 24000 256; do
	simulate marks configs/examples/tiny-32m.yaml \
		workloads/first-steps.yaml \
		--set sysctl.min_free_kbytes=$kbytes --sample-every 1us
	run "$KMEMSIM" plot "$tmp/marks.db" --what watermarks -o "$tmp/k.svg"
	exits_with 0
	labels=$(grep -B 99999 'MiB (logarithmic)' "$tmp/k.svg" |
		grep -cE '<text>[0-9.]+</text>')
	holds "$labels labels with $kbytes KiB" [ "$labels" -ge 4 ]
done

it "names in the watermarks' legend what is in the picture, and no more"
run "$KMEMSIM" plot "$tmp/calm.db" --what watermarks -o "$tmp/k.svg"
exits_with 0
for words in 'OOM kill' stalls 'kswapd ran' 'kswapd awake'; do
	legend "$words" "$tmp/watermarks.svg" >"$tmp/said" ||
		fail "no $words"
	holds "$words, of which there is none" not grep -q ">$words<" \
		"$tmp/k.svg"
done

it "says why a panel is empty, and which functions are left out"
run "$KMEMSIM" plot "$tmp/calm.db" --what extfrag -o "$tmp/k.svg"
exits_with 0
legend 'no request would have failed' "$tmp/k.svg" >"$tmp/said" ||
	fail "an empty panel says nothing"
run "$KMEMSIM" plot "$tmp/calm.db" --what latency -o "$tmp/k.svg"
exits_with 0
legend '.*not drawn: .*free.*' "$tmp/k.svg" >"$tmp/said" ||
	fail "nothing is said of what is left out"

it "draws 0 ns as 0"
run "$KMEMSIM" plot "$tmp/slabs.db" --what latency-percentiles -o "$tmp/k.svg"
exits_with 0
legend ' *0' "$tmp/k.svg" >"$tmp/said" || fail "no 0 on the axis"

it "refuses an order that the machine does not have"
run "$KMEMSIM" plot "$tmp/two.db" --what free-blocks --orders 4,12 \
	-o "$tmp/none.svg"
exits_with 3
stderr_has '--orders: there is no order 12; allowed: 0 to 10'
is_gone "$tmp/none.svg"

it "keeps a note in letters off the names of rows"
run "$KMEMSIM" plot "$tmp/no-log.db" --what failures -o -
stdout_has 'kernel log \+' 'A  report'

it "suggests the kind that was meant"
run "$KMEMSIM" plot "$tmp/atomic.db" --what watermark -o "$tmp/x.svg"
exits_with 2
stderr_has 'did you mean "watermarks"'

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

# draw_sweep OPTION…: into $tmp/s.svg.
draw_sweep() {
	run "$KMEMSIM" plot "$tmp/swept" --what sweep -o "$tmp/s.svg" "$@"
}

it "draws a sweep along the axis that was asked for, other axes as lines"
draw_sweep --x min_free_kbytes --metric operations --metric latency_p99 \
	--only watermark_boost_factor=150
exits_with 0
stderr_is_empty
for words in 'operations: operations carried out' 'latency_p99: how long.*' \
	true false grouping_by_mobility 256 1024 4096 \
	'sysctl.min_free_kbytes \(logarithmic\)'; do
	legend " *$words" "$tmp/s.svg" >"$tmp/said" || fail "no $words"
done
holds "the axis left out" not grep -q watermark_boost "$tmp/s.svg"
run "$KMEMSIM" plot "$tmp/swept/sweep.csv" --what sweep \
	--x grouping_by_mobility --metric operations -o -
exits_with 0
stdout_has 'true +false' '^ +grouping_by_mobility'

it "has room for the names and choices of all other axes"
draw_sweep --x min_free_kbytes --metric operations
exits_with 0
for words in 'watermark_boost_factor,' grouping_by_mobility; do
	legend " *$words" "$tmp/s.svg" >"$tmp/said" || fail "no line $words"
done

it "draws means and intervals that are those of means.csv"
cat >"$tmp/print.gp" <<END
set table '$tmp/drawn'
plot data index 0 using 1:2:3:4 with table
unset table
plot 0
END
draw_sweep --x min_free_kbytes --metric operations --script "$tmp/print.gp" \
	--only watermark_boost_factor=0 --only grouping_by_mobility=true
exits_with 0
sqlite3 :memory: ".mode csv" ".import '$tmp/swept/means.csv' s" ".mode list" \
	".separator ' '" "SELECT \"sysctl.min_free_kbytes\", mean, low, high
	FROM s WHERE metric = 'operations' AND grouping_by_mobility = 'true'
	AND \"sysctl.watermark_boost_factor\" = 0" >"$tmp/told"
# shellcheck disable=SC2016
holds "$(cat "$tmp/drawn") is not $(cat "$tmp/told")" awk '
	function off(a, b) { return (a - b) ^ 2 > (b / 1e4) ^ 2 }
	NR == FNR { mean[$1] = $2; low[$1] = $3; high[$1] = $4; next }
	NF == 4 { bad += off($2, mean[$1]) || off($3, low[$1]) ||
		off($4, high[$1]) || $3 >= $4; n++ }
	END { exit n != 3 || bad }' "$tmp/told" "$tmp/drawn"

it "takes several values of an axis, each of which a point may have"
draw_sweep --x min_free_kbytes --metric operations --script "$tmp/print.gp" \
	--only min_free_kbytes=256 --only watermark_boost_factor=0 \
	--only min_free_kbytes=4096 --only grouping_by_mobility=true
exits_with 0
same "$(awk 'NF == 4 { print $1 }' "$tmp/drawn" | xargs)" "256 4096" \
	"the points drawn"

it "says what is wrong with what was asked of a sweep"
draw_sweep --x min_free
exits_with 3
stderr_has 'no axis "min_free"; did you mean "min_free_kbytes".* it has config'
draw_sweep --x seed
exits_with 3
stderr_has '--x: error: points are means over the seeds'
draw_sweep --only grouping_by_mobility=tru
exits_with 3
stderr_has '--only: error: no point has grouping_by_mobility=tru; .* "true"'
draw_sweep --metric stals
exits_with 2
stderr_has 'did you mean "stalls"'
draw_sweep --zone DMA
exits_with 2
run "$KMEMSIM" plot "$tmp/atomic.db" --what map --x seed -o "$tmp/x.svg"
exits_with 2
stderr_has '--what sweep'
run "$KMEMSIM" plot "$tmp/atomic.db" --what sweep -o "$tmp/x.svg"
exits_with 3
stderr_has "atomic.db:1:1: error: is not a sweep's folder"
run "$KMEMSIM" plot "$tmp/swept" --what all -o "$tmp/all-of-it"
exits_with 0
same "$(ls "$tmp/all-of-it")" sweep.svg "pictures of a sweep"

# run_fragmenter NAME WORD…: a run of one config, and workload, into NAME.db.
run_fragmenter() {
	local name=$1
	shift
	run "$KMEMSIM" run -c configs/examples/pc-256m.yaml \
		-w workloads/fragmenter.yaml -o "$tmp/$name.db" "$@"
	exits_with 0
}

it "calls runs by their seeds only where these are all that they differ in"
run_fragmenter seed0
run_fragmenter seed4 --seed 4
run_fragmenter slab4 --seed 4 --set slab.allocator=slab
run "$KMEMSIM" plot "$tmp/seed0.db" "$tmp/seed4.db" --what fragmentation -o -
stdout_has 'seed 0' 'seed 4'
run "$KMEMSIM" plot "$tmp/seed0.db" "$tmp/slab4.db" --what fragmentation -o -
stdout_has 'seed0\.db' 'slab4\.db'

it "has each picture that docs/plots.md shows, and a section for each kind"
while IFS= read -r picture; do
	exists "docs/$picture"
done < <(grep -oE 'pictures/[a-z-]+\.svg' docs/plots.md)
for kind in "${kinds[@]}"; do
	holds "no section on $kind" grep -q "^## $kind\$" docs/plots.md
done

done_testing
