#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# suite-timeout: 400
#
# Is docs/extending.md right that a file and a line add an allocator, a plot,
# an importer, a distribution, a verb? Its examples go into a copy of the tree,
# which is built and used.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$tmp/tree
mkdir "$tree"
cp -r Makefile VERSION cli configs models results scripts sim workloads "$tree"
unset KMEMSIM_DATA

it "finds the place of every line that the page says to add"
run awk -v tree="$tree" -f tests/cli/take-examples.awk docs/extending.md
exits_with 0
stderr_is_empty

it "adds a file for each, and as few lines as promised"
added=$(diff -rq . "$tree" | grep -c "^Only in $tree")
same "$added" 5 "the number of new files"
for part in cli models results workloads; do
	diff -r -x plot_kinds.c "$part" "$tree/$part"
done | grep '^[<>]' >"$tmp/lines"
same "$(grep -c '^>' "$tmp/lines")" 5 "the number of new lines"
same "$(grep -c '^<' "$tmp/lines")" 0 "the number of lines taken out"

it "builds with them, without a warning"
# Slow or fast is of no interest here: without optimisation.
run env -u MAKEFLAGS make -C "$tree" --no-print-directory -j2 DEVELOPER=1 \
	B=build SANITIZE= CFLAGS=-O0 LDFLAGS=
exits_with 0
stderr_is_empty
KMEMSIM=$tree/build/kmemsim

it "runs with the allocator, counts its slabs right, and says so"
run "$KMEMSIM" run -c configs/examples/pc-256m.yaml \
	--set slab.allocator=thrifty -w workloads/slab-of-inodes.yaml \
	-o "$tmp/thrifty.db" --check --sample-every 20us
exits_with 0
same "$(sqlite3 "$tmp/thrifty.db" 'SELECT slab_allocator FROM machine')" \
	thrifty "the database's word for it"

it "names the allocator among those there are"
run "$KMEMSIM" run -c configs/examples/pc-256m.yaml \
	--set slab.allocator=thrifti -w workloads/slab-of-inodes.yaml \
	-o "$tmp/none.db"
exits_with 2
stderr_has "thrifty"

it "draws the picture, and lists it"
run "$KMEMSIM" plot "$tmp/thrifty.db" --what cpu-lists -o "$tmp/cpu.svg"
exits_with 0
holds "expected the heading in the picture" \
	grep -q 'Pages on the lists of CPUs' "$tmp/cpu.svg"
run "$KMEMSIM" list plots
stdout_has '^cpu-lists'

it "draws the picture in letters"
run "$KMEMSIM" plot "$tmp/thrifty.db" --what cpu-lists -o -
exits_with 0
stdout_has 'Pages on the lists of CPUs'

cat >"$tmp/kmemleak.txt" <<END
unreferenced object 0xffff888101234000 (size 1024):
  comm "insmod", pid 212, jiffies 4294894120 (age 25.120s)
  backtrace:
    [<00000000e2c4f3a1>] kmalloc_trace+0x26/0x90
unreferenced object 0xffff888101235800 (size 96):
  comm "kworker/0:1", pid 8, jiffies 4294894370 (age 24.120s)
END

it "imports what the importer reads, as a workload that is fine"
run "$KMEMSIM" import kmemleak "$tmp/kmemleak.txt" -o "$tmp/leaks.yaml"
exits_with 0
stderr_has '2 objects, 1120 bytes'
holds "expected the second object a second after the first" \
	grep -q 't: 1000000000, op: kmalloc, id: 2, size: 96' "$tmp/leaks.yaml"
run "$KMEMSIM" check "$tmp/leaks.yaml"
exits_with 0

it "refuses what is none of the importer's"
run "$KMEMSIM" import kmemleak README.md -o "$tmp/none.yaml"
exits_with 3
is_gone "$tmp/none.yaml"

cat >"$tmp/dice.yaml" <<END
kmemsim: workload
version: 1
name: dice
generators:
  - {name: dice, op: kmalloc, size: {triangle: {from: 2, to: 12}},
     gfp: GFP_KERNEL, arrivals: {constant: {every: 1us}}, count: 1000}
END

it "draws from the distribution: the middle is likeliest, nothing is outside"
run "$KMEMSIM" generate "$tmp/dice.yaml" -o "$tmp/drawn.yaml"
exits_with 0
same "$(grep -o 'size: [0-9]*' "$tmp/drawn.yaml" | sort | uniq -c |
	sort -rn | awk 'NR == 1 { most = $3 } { n++ } END { print n, most }')" \
	"11 7" "how many sizes there are, and the one drawn most"

it "does what the verb says, and helps with it"
run "$KMEMSIM" digest "$tmp/thrifty.db"
exits_with 0
stdout_has '^[0-9a-f]{32}$'
run "$KMEMSIM" digest --help
exits_with 0
stdout_has 'kmemsim digest'
run "$KMEMSIM" --help
stdout_has 'digest .*prints the digest'

done_testing
