#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Can each header be included alone, first, and twice? Prints TAP.
# Environment: CC, BUILD, LIBRARY_CFLAGS: of the libraries that headers include.

set -u
cd "$(dirname "$0")/.." || exit 1
CC=${CC:-gcc}
BUILD=${BUILD:-build}
flags=${LIBRARY_CFLAGS?make check-headers sets it}
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

mapfile -t headers < <(find sim models configs workloads results cli \
	-name '*.h' 2>/dev/null | sort)
echo "1..${#headers[@]}"
failed=0
number=0
for header in "${headers[@]}"; do
	number=$((number + 1))
	# shellcheck disable=SC2086
	if printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
		$CC -std=gnu17 -Wall -Wextra -Werror -I. -I"$BUILD" $flags \
			-fsyntax-only -x c - 2>"$log"; then
		echo "ok $number - $header compiles alone"
	else
		failed=1
		echo "not ok $number - $header compiles alone"
		sed 's/^/# /' "$log"
	fi
done
exit $failed
