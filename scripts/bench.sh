#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/bench.sh [--tsv] [GROUP…]: how fast is it, beside programs that do the
# least that each job needs (tests/bench/floor_*.c)? docs/performance.md says
# what is measured, and has the figures of a run.
#
# All contestants run in turn, seven rounds on one core, and what counts is the
# median of the rounds' ratios: this machine's mood cancels out. It is CPU time
# that is measured, except of `compare`, which is to use two cores.
#
# Groups: mix log pages slab large events packing comparing. --tsv: for
# programs; a row has its name, what it is about, unit, floor, ours, ratio or
# figure, goal, and whether it is met ("missing": can't be measured yet).
#
# Environment: BUILD, KMEMSIM; BENCH_OPS (default 2000000: operations of each
# workload, on a tenth as many live objects in the mixed one), BENCH_ROUNDS (7),
# BENCH_PAGES (1M) and BENCH_LARGE_PAGES (64M) of the machines, BENCH_OBJECTS
# (1M).

set -eu
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
bin=$BUILD/tests/bench
kmemsim=${KMEMSIM:-$BUILD/kmemsim}
export KMEMSIM_DATA=${KMEMSIM_DATA:-$PWD}
ops=${BENCH_OPS:-2000000}
rounds=${BENCH_ROUNDS:-7}
pages=${BENCH_PAGES:-1048576}
large_pages=${BENCH_LARGE_PAGES:-67108864}
objects=${BENCH_OBJECTS:-1000000}

format=table
if [ "${1-}" = --tsv ]; then
	format=tsv
	shift
fi
groups=" ${*:-mix log pages slab large events packing comparing} "
wants() {
	[[ $groups == *" $1 "* ]]
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
values=$tmp/values
: >"$values"

# ---- machines and workloads -------------------------------------------------

# machine PAGES: a node of so many pages and 4 CPUs.
machine() {
	local mib=$(($1 / 256)) low
	low=$((mib / 2 < 4096 ? mib / 2 : 4096))
	cat <<END
kmemsim: config
version: 1
name: bench
profile: linux-6.1-x86_64
nodes:
  - id: 0
    cpus: [0, 1, 2, 3]
    zones:
      - {type: DMA, size: 16MiB}
END
	if [ "$mib" -le 1024 ]; then
		echo "      - {type: DMA32, size: $((mib - 16))MiB}"
	else
		echo "      - {type: DMA32, size: $((low - 16))MiB}"
		echo "      - {type: Normal, size: $((mib - low))MiB}"
	fi
}

prepare() {
	machine "$pages" >"$tmp/machine.yaml"
	machine "$large_pages" >"$tmp/large.yaml"
	"$bin/generate" calm 1 1 >"$tmp/one.yaml"
	"$bin/generate" mix "$ops" $((ops / 10)) >"$tmp/mix.yaml"
	"$bin/generate" mix $((ops / 4)) $((ops / 10)) >"$tmp/quarter.yaml"
	"$bin/generate" calm "$ops" $((ops / 10)) >"$tmp/calm.yaml"
	can_pack=
	best=calm.yaml
	if "$kmemsim" pack "$tmp/one.yaml" -o "$tmp/one.kmt" \
		>"$tmp/out" 2>&1; then
		can_pack=yes
		best=calm.kmt
		pack mix
		pack quarter
		pack calm
	fi
}

pack() {
	"$kmemsim" pack "$tmp/$1.yaml" -o "$tmp/$1.kmt" >"$tmp/out"
}

# ---- measuring --------------------------------------------------------------

pin=()
both=()
if command -v taskset >/dev/null && taskset -c 0,1 true 2>/dev/null; then
	pin=(taskset -c 1)
	both=(taskset -c "0,1")
fi

# Its complaints go past whoever measures it.
exec 3>&2
must() {
	"$@" >"$tmp/out" 2>"$tmp/err" && return
	echo "bench: $* failed:" >&3
	cat "$tmp/err" >&3
	exit 1
}

# note NAME VALUE: of this round. Round 0 only warms the caches.
note() {
	[ "$round" -eq 0 ] || echo "$1 $round $2" >>"$values"
}

# own NAME PROGRAM WORD…: one of ours, which measures itself.
own() {
	local name=$1 program=$bin/$2 fields field
	shift 2
	must "${pin[@]}" "$program" "$@"
	read -r -a fields <"$tmp/out"
	for field in "${fields[@]}"; do
		case $field in
		ns=*) note "$name" "${field#*=}" ;;
		bytes=*) note "$name.bytes" "${field#*=}" ;;
		esac
	done
}

# cpu NAME COMMAND…: ms of CPU time of the whole process.
cpu() {
	local name=$1 TIMEFORMAT='%U %S' user system
	shift
	{ time must "${pin[@]}" "$@"; } 2>"$tmp/time"
	tail -n 1 "$tmp/time" | tr -d . >"$tmp/ms"
	read -r user system <"$tmp/ms"
	note "$name" $((10#$user + 10#$system))
}

# wall NAME COMMAND…: ms that go by, on two cores.
wall() {
	local name=$1 begin
	shift
	begin=${EPOCHREALTIME/[.,]/}
	must "${both[@]}" "$@"
	note "$name" $(((${EPOCHREALTIME/[.,]/} - begin) / 1000))
}

# run NAME WORKLOAD WORD…: the whole of `kmemsim run`, samples and all.
run() {
	local name=$1 workload=$2
	shift 2
	rm -f "$tmp/run.db"
	cpu "$name" "$kmemsim" run -c "$tmp/machine.yaml" -w "$tmp/$workload" \
		-o "$tmp/run.db" --sample-every 20ms "$@"
}

mix() {
	own floor.packed floor_pipeline packed 1000 "$tmp/mix.yaml" "$tmp/f.db"
	own floor.text floor_pipeline text 1000 "$tmp/mix.yaml" "$tmp/f.db"
	run start one.yaml
	run text mix.yaml
	run text.quarter quarter.yaml
	run text.calm calm.yaml
	[ -n "$can_pack" ] || return 0
	run packed mix.kmt
	run packed.quarter quarter.kmt
	run packed.calm calm.kmt
}

log() {
	own floor.rows floor_pipeline packed 1 "$tmp/mix.yaml" "$tmp/f.db"
	own floor.no_rows floor_pipeline packed 0 "$tmp/mix.yaml" "$tmp/f.db"
	run log.none "$best"
	run log.all "$best" --log-ops all
}

# pages_of NAME SHAPE MACHINE PAGES BREATH
pages_of() {
	own "floor.$1" floor_pages "$2" "$4" "$ops" 60 "$5"
	own "$1" simulate pages "$tmp/$3.yaml" "$ops" $(($4 * 60 / 100)) \
		$(($4 * $5 / 100)) "$tmp/run.db"
}

pages() {
	pages_of steady lists machine "$pages" 0
	pages_of breathing bitmaps machine "$pages" 10
}

slab() {
	own floor.slab floor_slab "$pages" "$ops" "$objects"
	own slab simulate slab "$tmp/machine.yaml" "$ops" "$objects" 0 \
		"$tmp/run.db"
}

large() {
	# Takes long to fill: fewer rounds.
	cpu start.large "$kmemsim" run -c "$tmp/large.yaml" -w "$tmp/one.yaml"
	[ "$round" -le 3 ] || return 0
	pages_of large stacked-bitmaps large "$large_pages" 10
	wants pages || own breathing simulate pages "$tmp/machine.yaml" \
		"$ops" $((pages * 60 / 100)) $((pages / 10)) "$tmp/run.db"
}

events() {
	local pending
	for pending in 1000 100000; do
		own "floor.events.$pending" floor_events $pending "$ops"
		own "events.$pending" event_loop $pending "$ops"
	done
}

packing() {
	[ -n "$can_pack" ] || return 0
	cpu pack.start "$kmemsim" pack "$tmp/one.yaml" -o "$tmp/p.kmt"
	cpu pack "$kmemsim" pack "$tmp/mix.yaml" -o "$tmp/p.kmt"
	cpu unpack "$kmemsim" unpack "$tmp/mix.kmt" -o "$tmp/p.yaml"
}

comparing() {
	sed 's/name: bench/name: other/' "$tmp/machine.yaml" >"$tmp/other.yaml"
	wall alone "$kmemsim" run -c "$tmp/machine.yaml" -w "$tmp/$best"
	wall alone.other "$kmemsim" run -c "$tmp/other.yaml" -w "$tmp/$best"
	wall compare "$kmemsim" compare -c "$tmp/machine.yaml" \
		-c "$tmp/other.yaml" -w "$tmp/$best"
}

prepare
for ((round = 0; round <= rounds; round++)); do
	for group in mix log pages slab large events packing comparing; do
		if wants $group; then $group; fi
	done
done

# ---- what came out ----------------------------------------------------------

size() {
	if [ -e "$1" ]; then stat -c %s "$1"; else echo 0; fi
}

awk -v format="$format" -v ops="$ops" -v large_pages="$large_pages" \
	-v groups="$groups" -v yaml_bytes="$(size "$tmp/mix.yaml")" \
	-v kmt_bytes="$(size "$tmp/mix.kmt")" -f scripts/bench.awk "$values"
