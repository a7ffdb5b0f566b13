#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does compare make the runs that it is asked for, and refuse those that could
# not be made?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

cat >"$tmp/small.yaml" <<END
kmemsim: config
version: 1
nodes: [{id: 0, cpus: [0], zones: [{type: DMA, size: 16MiB}]}]
END
sed 's/16MiB/8MiB/' "$tmp/small.yaml" >"$tmp/tiny.yaml"
cat >"$tmp/page.yaml" <<END
kmemsim: workload
version: 1
events: [{t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}]
END
sed 's/order: 0/order: 3/' "$tmp/page.yaml" >"$tmp/block.yaml"

it "runs a workload on each config"
run "$KMEMSIM" compare -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
	-w "$tmp/page.yaml"
exits_with 0
stdout_has 'operations +1 +1 +='

it "takes one of the workloads from stdin"
run "$KMEMSIM" compare -c "$tmp/small.yaml" -w - -w "$tmp/block.yaml" \
	<"$tmp/page.yaml"
exits_with 0
stdout_has 'requested +4.00 KiB +32.0 KiB'

it "refuses to read stdin for more than one run"
for words in "-c $tmp/small.yaml -c $tmp/tiny.yaml -w -" \
	"-c - -c $tmp/tiny.yaml -w $tmp/page.yaml -w $tmp/block.yaml" \
	"-c $tmp/small.yaml -w - -w -"; do
	# shellcheck disable=SC2086 # words are words
	run "$KMEMSIM" compare $words <"$tmp/page.yaml"
	exits_with 2
	stderr_has stdin
done

it "refuses a single run"
run "$KMEMSIM" compare -c "$tmp/small.yaml" -w "$tmp/page.yaml"
exits_with 2
stderr_has '2 to 16'

it "says at the top what differs between the configs"
run "$KMEMSIM" compare -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
	-w "$tmp/page.yaml"
stdout_has '^A  small-page.db: .*seed 0, complete$' '^   digest [0-9a-f]{32}$' \
	'^nodes.0.zones.0.managed_pages +4096 +2048$'

it "leaves out what is the same, or shows everything"
run "$KMEMSIM" compare --changed -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
	-w "$tmp/page.yaml"
stdout_has 'unusable\[9\] +0.125 +0.250 +\+0.125 +\+100 %'
holds "expected no line of operations" not grep -q ' operations' "$tmp/stdout"
run "$KMEMSIM" compare --all -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
	-w "$tmp/page.yaml"
stdout_has ' operations' ' pcp-refill +2\.[0-9]+ us +2\.[0-9]+ us +='
same "$(grep -c 'Not shown' "$tmp/stdout")" 0 "lines about what is not shown"

# With less in reserve, all that is free is 30 blocks of order 3, 240 pages:
# extfrag[4] is 1 - (1 + 240 / 16) / 30. Without, there is a block of order 6.
it "says how fragmented memory is for orders that have no block"
run "$KMEMSIM" compare --all -c configs/examples/tiny-32m.yaml \
	-w workloads/nic-order-4.yaml --set sysctl.min_free_kbytes=256
stdout_has ' unusable\[3\] +0.000 +0.000 ' ' unusable\[4\] +0.789 +1.000 ' \
	' extfrag\[4\] +- +0.467 ' ' free_blocks\[3\] +30 +30 '
holds "expected no extfrag[3]" not grep -q 'extfrag\[3\]' "$tmp/stdout"

it "tells differences of percentages in percentage points"
for size in 48 40 33; do
	a_microsecond_each "kmalloc, id: 1, size: $size, gfp: GFP_KERNEL" \
		>"$tmp/loss$size.yaml"
	run "$KMEMSIM" run -c "$tmp/small.yaml" -w "$tmp/loss$size.yaml" \
		-o "$tmp/loss$size.db"
done
run "$KMEMSIM" compare "$tmp/loss48.db" "$tmp/loss40.db"
stdout_has '  internal_fragmentation +25.0 % +37.5 % +\+12.5 pp$'
run "$KMEMSIM" compare "$tmp/loss48.db" "$tmp/loss40.db" "$tmp/loss33.db"
stdout_has ' internal_frag.* 37.5 % +\+12.5 pp +48.4 % +\+23.4 pp'
run "$KMEMSIM" compare "$tmp/loss48.db" "$tmp/loss40.db" \
	--fail-if 'internal_fragmentation > 30%' \
	--fail-if 'delta(internal_fragmentation) > 0.1' \
	--fail-if 'delta(internal_fragmentation) > 10%'
exits_with 4
stderr_has '> 30%.* has 37.5 %, off by 7.5 pp$' \
	'> 0.1.* has 12.5 pp, off by 2.5 pp$' \
	'> 10%.* has 50.0 %, off by 40.0 pp$'

it "keeps within 80 columns, with five configs and seeds"
for n in 3 4 5; do
	sed "s/16MiB/$((n * 16))MiB/; s/DMA,/DMA32,/" "$tmp/small.yaml" \
		>"$tmp/c$n.yaml"
done
run "$KMEMSIM" compare -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
	-c "$tmp/c3.yaml" -c "$tmp/c4.yaml" -c "$tmp/c5.yaml" \
	-w "$tmp/page.yaml" --seeds 2
exits_with 0
same "$(awk 'length > 80' "$tmp/stdout" | wc -l)" 0 "lines of over 80 columns"

it "runs each with several seeds, and says how sure differences are"
run "$KMEMSIM" compare -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
	-w "$tmp/page.yaml" --seeds 3..5 --jobs 2 -o "$tmp/seeds"
exits_with 0
stdout_has '3 seeds \(3 to 5\), 3 complete' 'the same with every seed' \
	'unusable\[9\] +0.125 +0.250 +\+0.125 += +\+100 % +\*' \
	'Means over 3 seeds'
exists "$tmp/seeds/tiny-page-seed5.db"

it "comes to the same where it makes the runs as where they are there"
# Generators behind the events, so that all of the file is looked at before.
cat >"$tmp/drawn.yaml" <<END
kmemsim: workload
version: 1
events:
  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}
  - {t: 5us, op: sample, label: early}
generators:
  - {name: a, op: kmalloc, size: {uniform: {from: 8, to: 4096}},
     gfp: GFP_KERNEL, count: 300, arrivals: {poisson: {rate: 100000}},
     lifetime: {exponential: {mean: 20us}}}
END
for words in "" "--label early" "--csv" "--json"; do
	rm -rf "$tmp/made"
	# shellcheck disable=SC2086 # words are words
	run "$KMEMSIM" compare -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
		-w "$tmp/drawn.yaml" -o "$tmp/made" --seeds 3 --jobs 3 $words
	exits_with 0
	grep -v -e '\.svg$' -e '^Not drawn' "$tmp/stdout" >"$tmp/from-runs"
	# shellcheck disable=SC2086 # words are words
	run "$KMEMSIM" compare "$tmp"/made/small-*.db "$tmp"/made/tiny-*.db \
		$words
	exits_with 0
	holds "$(diff "$tmp/stdout" "$tmp/from-runs")" \
		cmp -s "$tmp/stdout" "$tmp/from-runs"
done

it "makes each run as if it were alone"
dump() { # all of a database but for how long it took
	sqlite3 "$1" 'UPDATE run SET wall_s = 0' .dump
}
sum=$(sha256sum <"$tmp/drawn.yaml" | cut -d ' ' -f 1)
for config in small tiny; do
	for seed in 1 2 3; do
		run "$KMEMSIM" run -c "$tmp/$config.yaml" --seed $seed \
			-w "$tmp/drawn.yaml" -o "$tmp/alone.db"
		exits_with 0
		made=$tmp/made/$config-drawn-seed$seed.db
		dump "$tmp/alone.db" >"$tmp/alone"
		dump "$made" | cmp -s - "$tmp/alone" ||
			fail "$(dump "$made" | diff - "$tmp/alone")"
		same "$(sqlite3 "$made" 'SELECT workload_sha256 FROM run')" \
			"$sum" "SHA-256"
	done
done

it "sees from databases which config they are of, and their seeds"
run "$KMEMSIM" compare "$tmp"/seeds/*.db
exits_with 0
stdout_has '^A .*3 seeds \(3 to 5\)' '^B .*3 seeds \(3 to 5\)'

it "joins runs in one database, and reads that"
run "$KMEMSIM" compare "$tmp"/seeds/*.db -o "$tmp/joined.db"
exits_with 0
same "$(sqlite3 "$tmp/joined.db" \
	'SELECT group_concat(DISTINCT run_id) FROM zone')" 1,2,3,4,5,6 runs
same "$(sqlite3 "$tmp/joined.db" \
	'SELECT count(*), count(DISTINCT sample) FROM sample')" '6|6' samples
run "$KMEMSIM" compare "$tmp/joined.db"
exits_with 0
stdout_has '^B .*3 seeds \(3 to 5\)'

it "takes one run of several by its number, and says where that is needed"
run "$KMEMSIM" compare "$tmp/joined.db#1" "$tmp/joined.db#4"
exits_with 0
stdout_has '^B .*joined.db#4: .*seed 3'
run "$KMEMSIM" show "$tmp/joined.db#4" buddyinfo
exits_with 0
run "$KMEMSIM" export "$tmp/joined.db#4" --table run
same "$(tail -n +2 "$tmp/stdout" | grep -c '^4,')" 1 "rows of run 4"
run "$KMEMSIM" show "$tmp/joined.db" buddyinfo
exits_with 3
stderr_has 'holds 6 runs' 'joined.db#1'
run "$KMEMSIM" show "$tmp/joined.db#9" buddyinfo
exits_with 3
stderr_has 'holds no run 9; it has 1, 2, 3, 4, 5, 6'

it "does not compare a run with nothing"
run "$KMEMSIM" compare "$tmp/joined.db#1"
exits_with 2
stdout_is_empty
stderr_has '1 given: 2 to [0-9]+ can be compared'

it "refuses to join runs into one of them, before anything else"
cp "$tmp/joined.db" "$tmp/whole.db"
for name in joined.db 'joined.db#1'; do
	run "$KMEMSIM" compare "$tmp/$name" -o "$tmp/joined.db"
	exits_with 2
	stdout_is_empty
	stderr_has 'joined.db: error: is one of the runs to be joined'
done
holds "the database has changed" cmp -s "$tmp/joined.db" "$tmp/whole.db"

it "writes JSON with every number of every seed"
run "$KMEMSIM" compare "$tmp/joined.db" --json
exits_with 0
json() {
	sqlite3 :memory: "$1" | head -n 1
}
of_file="json_each(readfile('$tmp/stdout')"
same "$(json "SELECT count(*) FROM $of_file, '$.contestants[1].runs')")" 3 runs
same "$(json "SELECT value ->> '$.values[1][2]',
	value ->> '$.differences[0].low',
	value ->> '$.differences[0].excludes_zero' FROM $of_file, '$.metrics')
	WHERE value ->> '$.metric' = 'unusable[9]'")" \
	'0.249634|0.124847|1' numbers
same "$(json "SELECT count(*), sum(j.value ->> '$.unit' = 'share'),
	count(*) FILTER (WHERE d.value ->> '$.percentage_points' IS NOT NULL
	AND j.value ->> '$.unit' <> 'share'),
	count(*) FILTER (WHERE abs(d.value ->> '$.percentage_points'
	- 100 * (d.value ->> '$.difference')) > 0.001)
	FROM $of_file, '$.metrics') AS j, json_each(j.value, '$.differences')
	AS d" | cut -d '|' -f 3,4)" '0|0' "points, of shares only"

it "writes CSV of one width, also for several workloads"
run "$KMEMSIM" compare --csv -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
	-w "$tmp/page.yaml" -w "$tmp/block.yaml"
exits_with 0
same "$(grep -c '^workload,' "$tmp/stdout")" 1 heads
head='^page,fragmentation,unusable\[9\],index,B,unnamed,1,'
stdout_has "${head}0\.24963[0-9]*,0\.1248"
same "$(sed 's/"[^"]*"//g' "$tmp/stdout" | awk -F, '{ print NF }' |
	sort -u)" 14 widths

it "tells of a share that differs in per cent of it, and in points"
for size in 24 100; do
	a_microsecond_each "kmalloc, id: 1, size: $size, gfp: GFP_KERNEL" \
		>"$tmp/size.yaml"
	run "$KMEMSIM" run -c "$tmp/small.yaml" -w "$tmp/size.yaml" \
		-o "$tmp/size-$size.db"
done
run "$KMEMSIM" compare "$tmp/size-24.db" "$tmp/size-100.db" --csv
stdout_has '^workload,.*,excludes_zero,percentage_points$' \
	',internal_fragmentation,share,B,.*,-12\.5,,-3\.125$'
run "$KMEMSIM" compare "$tmp/size-24.db" "$tmp/size-100.db"
stdout_has '^  internal_fragmentation +25.0 % +21.9 % +-3.1 pp$'

it "tells small indices by the digits that differ"
run "$KMEMSIM" compare -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
	-w "$tmp/page.yaml" --all
stdout_has 'unusable\[1\] +0.00024 +0.00049 +\+0.00024 +\+100 %'

it "exits with 4 where a threshold is crossed, and says by how much"
run "$KMEMSIM" compare "$tmp/joined.db" --fail-if 'unusable[9] > 20%' \
	--fail-if 'delta(free) < -60%'
exits_with 4
stderr_has "^--fail-if 'unusable\[9\] > 20%': B .* has 0.250 in the mean,\
 off by 0.050$"
same "$(wc -l <"$tmp/stderr")" 1 "lines on stderr"
run "$KMEMSIM" compare "$tmp/joined.db" --fail-if 'unusable[9] > 0.25'
exits_with 0
stderr_is_empty

it "takes what is counted and never happened as none, in every run"
run "$KMEMSIM" compare "$tmp/joined.db" --fail-if 'failures[watermark] > 0' \
	--fail-if 'delta(failures[watermark]) != 0'
exits_with 0
stderr_is_empty
run "$KMEMSIM" compare "$tmp/joined.db" --fail-if 'failures[watermark] < 1'
exits_with 4
stderr_has "^--fail-if 'failures\[watermark\] < 1': B .* has 0 in the mean,\
 off by 1$"

it "refuses thresholds that are about nothing, before anything runs"
run "$KMEMSIM" compare -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
	-w "$tmp/page.yaml" --fail-if 'unusabel[9] > 1' --fail-if 'free > 1 ms'
exits_with 2
stdout_is_empty
stderr_has '^--fail-if:1:1: error: .*did you mean "unusable"' \
	'^--fail-if:2:10: error: "ms" is no unit of free'
run "$KMEMSIM" compare "$tmp/joined.db" --fail-if 'free[7/DMA] > 1'
exits_with 2
stderr_has 'no run has free\[7/DMA\]; did you mean "free\[0/DMA\]'

it "lists what thresholds can be about"
run "$KMEMSIM" compare --fail-if list
exits_with 0
stdout_has '^unusable\[order, node/zone\] +index ' '^oom_kills '

it "says which pictures there was nothing to draw for"
run "$KMEMSIM" compare -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
	-w "$tmp/page.yaml" -o "$tmp/pictures"
exits_with 0
stdout_has "^$tmp/pictures/map.svg" '^Not drawn, .*: .*vmalloc'
exists "$tmp/pictures/map.svg"
is_gone "$tmp/pictures/vmalloc.svg"

it "draws the runs of a joined database, of several seeds the first"
run "$KMEMSIM" compare "$tmp/joined.db" -o "$tmp/of-joined"
exits_with 0
stdout_has "^$tmp/of-joined/map.svg"
same "$(grep -c "^$tmp/of-joined/" "$tmp/stdout")" \
	"$(find "$tmp/of-joined" -name '*.svg' | wc -l)" "pictures"

it "does not take a file for the folder, before anything runs"
run "$KMEMSIM" compare -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
	-w "$tmp/page.yaml" -o "$tmp/page.yaml"
exits_with 1
stdout_is_empty
stderr_has "can't make the folder .*page.yaml: Not a directory"

it "shows what differs in 80 columns, however many configs there are"
configs=()
for n in 1 2 3 4 5 6 7; do
	sed "s/16MiB/$((16 - n))MiB/; 2a name: a-machine-of-$n" \
		"$tmp/small.yaml" >"$tmp/c$n.yaml"
	configs+=(-c "$tmp/c$n.yaml")
done
run "$KMEMSIM" compare "${configs[@]}" -w "$tmp/page.yaml"
exits_with 0
stdout_has '^config +A +B +' '^config .* G$'
longest=$(LC_ALL=C.UTF-8 wc -L <"$tmp/stdout")
holds "a line of $longest columns" [ "$longest" -le 80 ]

it "refuses words that contradict each other"
for words in "--json --csv" "--all --changed" "--seed 1 --seeds 2" \
	"--seeds 0" "--seeds 5..2" "--jobs 0"; do
	# shellcheck disable=SC2086 # words are words
	run "$KMEMSIM" compare -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
		-w "$tmp/page.yaml" $words
	exits_with 2
done

it "says which samples there are, before anything runs"
cat >"$tmp/labels.yaml" <<END
kmemsim: workload
version: 1
name: labels
events:
  - {t: 0, op: sample, label: begun}
  - {t: 1s, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}
  - {t: 2s, op: sample, label: filled}
END
run "$KMEMSIM" compare -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
	-w "$tmp/labels.yaml" --label nosuch -o "$tmp/never"
exits_with 2
stdout_is_empty
stderr_has "labels.yaml has no sample \"nosuch\"; there are: begun, filled, end"
is_gone "$tmp/never"
for label in begun end; do
	run "$KMEMSIM" compare -c "$tmp/small.yaml" -c "$tmp/tiny.yaml" \
		-w "$tmp/labels.yaml" --label $label -o "$tmp/labelled"
	exits_with 0
done
run "$KMEMSIM" compare "$tmp"/labelled/*.db --label nosuch
exits_with 3
stderr_has 'has no sample labelled "nosuch"; there are: .*filled'

it "compares one config with itself as it is set, seed by seed"
run "$KMEMSIM" compare -c configs/examples/tiny-32m.yaml \
	--set sysctl.min_free_kbytes=4096 --set slab.allocator=slab \
	-w workloads/nic-order-4.yaml --seeds 2 -o "$tmp/itself" --all
exits_with 0
stdout_has '^sysctl.min_free_kbytes +auto +4096$' \
	'^slab.allocator +slub +slab$' '^B .*2 seeds'
same "$(cd "$tmp/itself" && printf '%s ' *.db)" \
	"tiny-32m-nic-order-4-seed1.db tiny-32m-nic-order-4-seed2.db $(:
	)tiny-32m-set-nic-order-4-seed1.db tiny-32m-set-nic-order-4-seed2.db " \
	"the databases"
run "$KMEMSIM" run -c configs/examples/tiny-32m.yaml --seed 2 \
	-w workloads/nic-order-4.yaml --json
same "$(sqlite3 "$tmp/itself/tiny-32m-nic-order-4-seed2.db" \
	'SELECT digest FROM run')" "$(jq -r .digest "$tmp/stdout")" \
	"the digest of the config as it is"

it "sets all of several workloads, and says what one run lacks"
run "$KMEMSIM" compare -c configs/examples/tiny-32m.yaml \
	--set sysctl.min_free_kbytes=4096 -w workloads/nic-order-4.yaml \
	-w workloads/limits.yaml
exits_with 0
stdout_has '^The configs are the same'
run "$KMEMSIM" compare -c configs/examples/tiny-32m.yaml \
	-w workloads/nic-order-4.yaml
exits_with 2
stderr_has 'not 1: give another config, or --set with what is to be changed'

done_testing
