#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/demo.sh: what `make demo` shows. A trace of a real kernel doing file
# work becomes a workload; it runs on the machine that it was recorded on, and
# on a much smaller one; databases and pictures go to build/demo/.

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
	-o $demo/recorded.db --log-ops all --sample-every 20ms

say "And on a machine that has just enough memory for it"
cat >$demo/small.yaml <<END
kmemsim: config
version: 1
name: small
profile: linux-6.1-x86_64
nodes:
  - id: 0
    cpus: [0]
    zones: [{type: DMA, size: 16MiB}, {type: DMA32, size: 40MiB}]
END
show $kmemsim run -c $demo/small.yaml -w $demo/files.yaml \
	-o $demo/small.db --log-ops all --sample-every 20ms

say "How true was it? Every page frame, against the kernel's own"
show $kmemsim verify $recording

say "Side by side"
show $kmemsim compare $demo/recorded.db $demo/small.db -o $demo/compare

say "Pictures"
for run in recorded small; do
	for what in fragmentation free-blocks; do
		show $kmemsim plot $demo/$run.db --what $what --zone DMA32 \
			-o "$demo/$run-$what.svg"
	done
done

say "What there is now"
find "$PWD/$demo" -type f | sort | while IFS= read -r file; do
	printf '%8s  %s\n' "$(du -h "$file" | cut -f 1)" "$file"
done
