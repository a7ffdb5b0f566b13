#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/demo.sh: what `make demo` shows. A trace of a real kernel that ran out
# of memory becomes a picture; the same file work runs on two machines; a failed
# allocation is explained. Databases and pictures go to build/demo/.

set -eu
cd "$(dirname "$0")/.."
kmemsim=build/kmemsim
recordings=build/recordings
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
show $kmemsim import ftrace $recordings/real-reclaim/trace.txt \
	--model-reclaim -o $demo/reclaim.yaml

say "It runs from the very start that the kernel had"
show $kmemsim run -c $recordings/real-reclaim/config.yaml \
	-w $demo/reclaim.yaml -o $demo/reclaim.db --sample-every 15s

say "And becomes pictures"
show $kmemsim plot $demo/reclaim.db --what all -o $demo/reclaim
show $kmemsim report $demo/reclaim.db -o $demo/reclaim.html

say "Another, on its own machine and on one that has just enough memory"
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
show $kmemsim import ftrace $recordings/real-files/trace.txt -o $demo/files.yaml
show $kmemsim run -c $recordings/real-files/config.yaml -w $demo/files.yaml \
	-o $demo/recorded.db --log-ops all --sample-every 20ms
show $kmemsim run -c $demo/small.yaml -w $demo/files.yaml \
	-o $demo/small.db --log-ops all --sample-every 20ms
show $kmemsim compare $demo/recorded.db $demo/small.db
show $kmemsim plot $demo/recorded.db $demo/small.db --what fragmentation \
	--zone DMA32 -o $demo/two-machines.svg

say "How true was it? Against what the kernel did"
show $kmemsim verify $recordings/real-files

say "A driver's allocation fails: why?"
show $kmemsim run -c configs/examples/tiny-32m.yaml \
	--set sysctl.min_free_kbytes=256 -w workloads/nic-order-4.yaml \
	-o $demo/nic.db
show $kmemsim explain $demo/nic.db

say "What there is now"
find "$PWD/$demo" -type f | sort | while IFS= read -r file; do
	printf '%8s  %s\n' "$(du -h "$file" | cut -f 1)" "$file"
done
printf '\nTo begin with: %s\n' "$PWD/$demo/reclaim/map.svg"
printf '%15s%s\n' '' "$PWD/$demo/reclaim.html, in a browser"
