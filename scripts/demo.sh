#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/demo.sh: what `make demo` shows. A trace of a real kernel doing file
# work becomes a workload; it runs on the machine that it was recorded on, and
# on one that differs; databases and pictures go to build/demo/.

set -eu
cd "$(dirname "$0")/.."
kmemsim=build/kmemsim
recording=build/recordings/real-files
demo=build/demo
export KMEMSIM_DATA=${KMEMSIM_DATA:-$PWD}

say() {
	printf '\n== %s\n' "$1"
}

# Shows the command as one would type it, then runs it.
show() {
	printf '$'
	printf ' %s' "$@"
	printf '\n'
	"$@"
}

rm -rf "$demo"
mkdir -p "$demo"

say "A real kernel's trace becomes a workload"
show $kmemsim import ftrace $recording/trace.txt -o $demo/files.yaml

say "It runs from the very start that the kernel had"
show $kmemsim run -c $recording/config.yaml -w $demo/files.yaml \
	-o $demo/recorded.db --log-ops all --sample-every 100ms

say "And on the same machine, started afresh instead of half full"
cat >$demo/fresh.yaml <<END
kmemsim: config
version: 1
name: fresh
profile: linux-6.1-x86_64
nodes:
  - id: 0
    cpus: [0]
    zones: [{type: DMA, size: 16MiB}, {type: DMA32, size: 752MiB}]
END
show $kmemsim run -c $demo/fresh.yaml -w $demo/files.yaml \
	-o $demo/fresh.db --log-ops all --sample-every 100ms

say "How true was it? Every page frame, against the kernel's own"
show $kmemsim verify $recording

say "Side by side"
show $kmemsim compare $demo/recorded.db $demo/fresh.db -o $demo/compare

say "Pictures"
for run in recorded fresh; do
	for what in fragmentation free-blocks; do
		show $kmemsim plot $demo/$run.db --what $what \
			-o "$demo/$run-$what.svg"
	done
done

say "What there is now"
find "$PWD/$demo" -type f | sort | while IFS= read -r file; do
	printf '%8s  %s\n' "$(du -h "$file" | cut -f 1)" "$file"
done
