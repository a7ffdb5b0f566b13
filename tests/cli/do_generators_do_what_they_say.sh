#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does a workload with generators run as the events that it is written out as,
# and does a fragmenter land on the index that it was asked for?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
pc=configs/examples/pc-256m.yaml

# digest_of WORKLOAD [OPTION…]
digest_of() {
	local workload=$1
	shift
	run "$KMEMSIM" run -c "$pc" -w "$workload" "$@"
	exits_with 0
	digest=$(awk '$1 == "digest" { print $2 }' "$tmp/stdout")
}

for name in generated-mix nic-ring fragmenter; do
	spec=workloads/$name.yaml
	it "runs $name as the events that it generates, seed by seed"
	digest_of "$spec" --seed 3
	of_spec=$digest
	run "$KMEMSIM" generate "$spec" --seed 3 -o "$tmp/w.yaml"
	exits_with 0
	stdout_is_empty
	holds "expected events alone" not grep -q '^generators' "$tmp/w.yaml"
	digest_of "$tmp/w.yaml" --seed 3
	same "$digest" "$of_spec" "the digest of the events"
	digest_of "$spec" --seed 4
	holds "expected another digest" [ "$digest" != "$of_spec" ]

	it "packs what the generators of $name do"
	run "$KMEMSIM" pack "$spec" --seed 3 -o "$tmp/w.kmt"
	exits_with 0
	digest_of "$tmp/w.kmt" --seed 3
	same "$digest" "$of_spec" "the digest of the packed events"
done

it "generates the same twice, and other events with another seed"
for seed in 1 1 2; do
	"$KMEMSIM" generate workloads/nic-ring.yaml --seed $seed -o - |
		tail -n +2 | sha256sum
done >"$tmp/sums"
same "$(uniq -c <"$tmp/sums" | awk '{ printf "%s ", $1 }')" "2 1 " "how often"

# A window of a megabyte moves along a large file, by all but its last page.
it "finds generators behind the events of a large file, wherever they begin"
edge=$((1024 * 1024 - 4096))
for at in $((edge - 10)) $((edge - 9)) $((edge - 1)) $edge $((edge + 4096)); do
	{
		printf 'kmemsim: workload\nversion: 1\nevents: []\n#'
		head -c $((at - 42)) /dev/zero | tr '\0' x
		printf '\ngenerators: [{name: a, op: kfree}]\n'
	} >"$tmp/behind.yaml"
	same "$(grep -abo '^generators' "$tmp/behind.yaml")" \
		"$at:generators" "where they begin"
	run "$KMEMSIM" check "$tmp/behind.yaml"
	exits_with 3
	stderr_has "behind.yaml:5:28: error: op: unknown word"
done

it "says where generators must stand in a pipe"
printf 'kmemsim: workload\nversion: 1\nevents: []\ngenerators: [{}]\n' \
	>"$tmp/behind.yaml"
run "$KMEMSIM" generate - -o "$tmp/w.yaml" < <(cat "$tmp/behind.yaml")
exits_with 3
stderr_has "<stdin>:4:13: error: generators: they must come before \"events\""

it "refuses what is wrong with a generator, in one pass with the events"
printf 'kmemsim: workload\nversion: 1\ngenerators: [{name: a, op: kfree}]\n%s' \
	'events: [{t: 0, op: kfre}]' >"$tmp/wrong.yaml"
run "$KMEMSIM" check "$tmp/wrong.yaml"
exits_with 3
stderr_has "wrong.yaml:3:28: error: op: unknown word \"kfree\"; allowed: " \
	"wrong.yaml:4:21: error: op: \"kfre\" is not known"

# documents YAML: docs/generators.md names all that is allowed instead of x.
documents() {
	local word words
	printf 'kmemsim: workload\nversion: 1\ngenerators: [{name: a, %s}]\n' \
		"$1" >"$tmp/wrong.yaml"
	run "$KMEMSIM" check "$tmp/wrong.yaml"
	exits_with 3
	words=$(sed -n "s/.*\"x\";* *.*allowed: //p" "$tmp/stderr" | tr -d ,)
	holds "expected a list of what is allowed" [ -n "$words" ]
	for word in ${words//\`/}; do
		[ "$word" = or ] ||
			grep -q "\`${word}[\`:]" \
				docs/{generators,workload}.md ||
			fail "expected $word in the docs"
	done
}

it "documents every word that it takes"
documents 'kind: x'
documents 'op: x'
documents 'op: kmalloc, x: 1'
documents 'kind: ring, op: kmalloc, x: 1'
documents 'kind: fragment, x: 1'
documents 'op: kmalloc, size: {x: 1}'
documents 'op: kmalloc, arrivals: {x: 1}'
documents 'op: kmalloc, at_end: x'
documents 'op: kmalloc, when_full: x'
documents 'op: kmalloc, free: {x: 1}'
documents 'op: kmalloc, free: {order: x}'
documents 'op: kmalloc, phases: [{x: 1}]'

it "refuses a seed that is none"
run "$KMEMSIM" generate workloads/nic-ring.yaml --seed x -o "$tmp/w.yaml"
exits_with 2
stderr_has "--seed: \"x\" is not a number"

it "takes the lowest and the highest rate of the docs"
for rate in 0.001 1000000000; do
	printf '%s\n' 'kmemsim: workload' 'version: 1' 'generators:' \
		'  - {name: a, op: kmalloc, size: 8, gfp: GFP_KERNEL,' \
		"     count: 2, arrivals: {constant: {rate: $rate}}}" \
		>"$tmp/r.yaml"
	run "$KMEMSIM" check "$tmp/r.yaml"
	exits_with 0
done

it "explains a failure of calls drawn by the run's own seed"
cat >"$tmp/fails.yaml" <<END
kmemsim: workload
version: 1
generators:
  - {name: a, op: alloc_pages, order: 4, gfp: GFP_ATOMIC, count: 2000,
     arrivals: {poisson: {rate: 1000000}}}
END
run "$KMEMSIM" run -c configs/examples/tiny-32m.yaml -w "$tmp/fails.yaml" \
	--seed 7 -o "$tmp/fails.db"
exits_with 0
run "$KMEMSIM" explain "$tmp/fails.db"
exits_with 0

# Three hundred thousand million requests are passed over.
cat >"$tmp/full.yaml" <<END
kmemsim: workload
version: 1
generators:
  - {name: a, op: kmalloc, size: 64, gfp: GFP_KERNEL, max_live: 1,
     arrivals: {constant: {rate: 1000000}}, lifetime: 100000s, until: 300000s}
END

it "need not pass over what comes behind --until"
run timeout 20 "$KMEMSIM" run -c "$pc" -w "$tmp/full.yaml" --until 1ms
exits_with 0

it "can be stopped while it passes over requests"
run timeout -s INT --preserve-status 1 \
	"$KMEMSIM" run -c "$pc" -w "$tmp/full.yaml" -o "$tmp/full.db"
exits_with 130
same "$(sqlite3 "$tmp/full.db" 'SELECT status FROM run')" interrupted "status"

# fragments CONFIG ORDER INDEX MEMORY PATTERN ZONE…: is the unusable index of
# each of these within 0.05 of it? In thousandths.
fragments() {
	local config=$1 order=$2 index=$3 memory=$4 pattern=$5 zone reached off
	shift 5
	it "fragments $config to 0.$index at order $order by $pattern"
	a="name: f, kind: fragment, order: $order, index: 0.$index"
	printf 'kmemsim: workload\nversion: 1\ngenerators:\n  - {%s, %s}\n' \
		"$a" "memory: $memory, pattern: $pattern" >"$tmp/f.yaml"
	run "$KMEMSIM" run -c "configs/examples/$config.yaml" \
		-w "$tmp/f.yaml" -o "$tmp/f.db"
	exits_with 0
	for zone; do
		reached=$(sqlite3 "$tmp/f.db" "SELECT unusable_index
			FROM fragmentation WHERE order_ = $order AND
			label = 'end' AND node || zone = '$zone'")
		off=$((reached - index))
		holds "expected 0.$index in $zone, got 0.$reached" \
			[ ${off#-} -le 50 ]
	done
	rm -f "$tmp/f.db"
}

fragments pc-256m 9 600 256MiB pages 0DMA32
fragments pc-256m 5 300 256MiB pages 0DMA 0DMA32
fragments two-nodes 9 400 8GiB pages 0DMA32 0Normal 1Normal
fragments books-1g 9 400 1GiB pages 0Normal
fragments pc-256m 9 600 256MiB blocks 0DMA32
fragments two-nodes 9 400 8GiB blocks 0DMA32 0Normal 1Normal

done_testing
