#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/docs.sh: what `make docs` makes, docs/pictures/*.svg, from recordings
# of real kernels and from shipped workloads, and docs/example-report.html. The
# same, byte for byte, each time (with the same gnuplot). docs/plots.md shows
# the pictures, docs/report.md the page, with a screenshot by Chromium.

set -eu
cd "$(dirname "$0")/.."
kmemsim=${KMEMSIM:-build/kmemsim}
recordings=build/recordings
pictures=${1:-docs/pictures}
export KMEMSIM_DATA=${KMEMSIM_DATA:-$PWD}

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

# simulate NAME CONFIG WORKLOAD [OPTION…]: leaves $made/NAME.db
simulate() {
	local name=$1 config=$2 workload=$3
	shift 3
	"$kmemsim" run -c "$config" -w "$workload" -o "$made/$name.db" "$@" \
		>"$made/summary"
}

# import RECORDING OPTION…: leaves $made/RECORDING.yaml
import() {
	local name=$1
	shift
	"$kmemsim" import ftrace "$@" "$recordings/$name/trace.txt" \
		-o "$made/$name.yaml" 2>"$made/summary"
}

# draw PICTURE KIND RUN… [-- OPTION…]
draw() {
	local picture=$1 kind=$2 runs=()
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		runs+=("$made/$1.db")
		shift
	done
	[ $# -eq 0 ] || shift
	"$kmemsim" plot "${runs[@]}" --what "$kind" \
		-o "$pictures/$picture.svg" "$@"
}

cat >"$made/small.yaml" <<END
kmemsim: config
version: 1
name: 56 MiB
profile: linux-6.1-x86_64
nodes:
  - id: 0
    cpus: [0]
    zones: [{type: DMA, size: 16MiB}, {type: DMA32, size: 40MiB}]
END

mkdir -p "$pictures"
import real-files
simulate files $recordings/real-files/config.yaml "$made/real-files.yaml" \
	--sample-every 40ms
simulate small "$made/small.yaml" "$made/real-files.yaml" --sample-every 40ms
import real-files --level calls
simulate slabs $recordings/real-files/config.yaml "$made/real-files.yaml" \
	--sample-every 40ms
import real-reclaim --model-reclaim
simulate reclaim $recordings/real-reclaim/config.yaml \
	"$made/real-reclaim.yaml" --sample-every 15s
simulate atomic $recordings/g5-atomic/config.yaml \
	$recordings/g5-atomic/workload.yaml --sample-every 2ms \
	--log-ops failures
simulate vmalloc $recordings/g7-vmalloc/config.yaml \
	$recordings/g7-vmalloc/workload.yaml --sample-every 1ms
simulate killed configs/examples/by-hand.yaml workloads/oom-two-tasks.yaml \
	--sample-every 20us --log-ops failures --timeline
simulate flags configs/examples/by-hand.yaml \
	workloads/flags-under-pressure.yaml --log-ops failures

draw map map reclaim
draw map-at-end map files -- --at end
draw map-highatomic map atomic
draw fragmentation fragmentation files -- --zone DMA32
draw two-runs fragmentation files small -- --zone DMA32
draw extfrag extfrag reclaim -- --zone DMA32
draw free-blocks free-blocks files -- --zone DMA32
draw free-memory free-memory reclaim -- --zone DMA32
draw watermarks watermarks reclaim -- --zone DMA32
draw watermarks-oom watermarks killed
draw failures failures atomic
draw failures-by-hand failures flags
draw latency latency reclaim
draw latency-percentiles latency-percentiles files reclaim
draw slabs slabs slabs
draw slab-waste slab-waste slabs
draw vmalloc vmalloc vmalloc
draw vmalloc-at-end vmalloc vmalloc -- --at end

# The example of a report. How long it took is not the same each time.
sqlite3 "$made/atomic.db" 'UPDATE run SET wall_s = NULL'
page=$PWD/docs/example-report.html
program=$(realpath "$kmemsim")
ln -s "$PWD/build" "$made/build" # for paths that look the same each time
(cd "$made" && "$program" report --explain atomic.db -o "$page")
if command -v chromium >/dev/null; then
	chromium --headless --no-sandbox --disable-gpu --disable-quic \
		--no-first-run --disable-background-networking \
		--user-data-dir="$made/profile" --hide-scrollbars \
		--window-size=1000,1500 \
		--screenshot="$(realpath "$pictures")/report.png" \
		"file://$page" 2>"$made/summary"
else
	echo "docs.sh: $pictures/report.png stays: there is no chromium" >&2
fi
