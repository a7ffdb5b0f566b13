#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Do gcc and clang, at -O0, -O2 and -O3, build simulators that agree on the
# digest of every recorded run? Prints TAP. Environment: JOBS.

set -u
cd "$(dirname "$0")/.." || exit 1
root=build/determinism
recordings=(g1-order0 g3-mobility g5-atomic g8-driver g9-twozone g10-highmem)

compilers=(gcc)
if command -v clang >/dev/null; then
	compilers+=(clang)
else
	echo "# no clang here: gcc alone"
fi

builds=()
for compiler in "${compilers[@]}"; do
	for level in -O0 -O2 -O3; do
		folder=$root/$compiler$level
		make -s -j"${JOBS:-2}" CC="$compiler" CFLAGS="$level" \
			B="$folder" "$folder/kmemsim" || exit 1
		builds+=("$folder")
	done
done

digest_of() {
	KMEMSIM_DATA=$PWD "$1/kmemsim" run --json --seed 7 \
		-c "build/recordings/$2/config.yaml" \
		-w "build/recordings/$2/workload.yaml" |
		sed -n 's/.*"digest": *"\([^"]*\)".*/\1/p'
}

echo "1..${#recordings[@]}"
number=0
failed=0
for recording in "${recordings[@]}"; do
	number=$((number + 1))
	digests=$(for build in "${builds[@]}"; do
		echo "$(digest_of "$build" "$recording") ${build##*/}"
	done)
	different=$(cut -d ' ' -f 1 <<<"$digests" | sort -u)
	if [ -n "$different" ] && [ "$(wc -l <<<"$different")" -eq 1 ]; then
		echo "ok $number - $recording: $different from every build"
	else
		failed=1
		echo "not ok $number - $recording: digests differ"
		printf '%s\n' "$digests" | sed 's/^/#   /'
	fi
done
exit $failed
