#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/lint.sh: what a machine can say about style. Every check runs, then
# the status is 1 if any found something. The tools it wants are installed by
# `scripts/install-deps.sh lint`; it says so where one is missing.

set -u
cd "$(dirname "$0")/.." || exit 1
found=0

# Our own files, those not yet committed included.
ours() {
	git ls-files --cached --others --exclude-standard -- "$@" |
		while IFS= read -r file; do
			[ -f "$file" ] && printf '%s\n' "$file"
		done
}

report() {
	if [ -n "$2" ]; then
		echo "== $1"
		printf '%s\n' "$2"
		found=1
	fi
}

need() {
	command -v "$1" >/dev/null && return
	echo "lint: no $1 here: run scripts/install-deps.sh lint" >&2
	found=1
	return 1
}

spdx_lines() {
	local file
	ours | while IFS= read -r file; do
		case $file in
		LICENSE | VERSION | tests/fuzz/seeds/*.txt | \
			tests/fuzz/seeds/simulation/*)
			continue
			;;
		*.xz | *.kmt | *.csv | *.svg | *.png | docs/*.html | *.dat)
			continue
			;;
		# As kernels print them, from the first line on.
		tests/fixtures/dmesg/* | tests/fixtures/page_owner/* | \
			tests/fixtures/proc/*)
			continue
			;;
		esac
		head -n 3 "$file" |
			grep -q 'SPDX-License-Identifier: GPL-2.0-only' ||
			echo "$file:1: no SPDX line in its first three"
	done
}

# Columns as an editor shows them: tabs are 8 wide, letters are one.
wide_lines() {
	local file
	ours '*.c' '*.h' '*.sh' '*.awk' tests/run .ci/run |
		while IFS= read -r file; do
			expand "$file" | LC_ALL=C.UTF-8 grep -nE '^.{81,}' |
				sed "s|:.*|: over 80 columns|; s|^|$file:|"
		done
}

long_files() {
	ours '*.c' '*.h' | xargs -r wc -l |
		awk '$2 != "total" && $1 > 600 {
			print $2 ":600: " $1 " lines; 600 are the most"
		}'
}

# Links of our pages to files of ours.
mapfile -t c_files < <(ours '*.c' '*.h')
mapfile -t shell_files < <(ours '*.sh' tests/run .ci/run)

report "licence lines" "$(spdx_lines)"
report "columns" "$(wide_lines)"
report "length" "$(long_files)"
report "white space" "$(ours '*.c' '*.h' '*.sh' '*.md' '*.yaml' Makefile |
	xargs -r grep -nE '[[:space:]]+$' | cut -c 1-100)"

if need clang-format-14 && [ ${#c_files[@]} -gt 0 ]; then
	report "format (make format puts it right)" \
		"$(clang-format-14 --dry-run -Werror "${c_files[@]}" 2>&1 |
			grep 'error: code should be')"
fi
if need cppcheck && [ ${#c_files[@]} -gt 0 ]; then
	report "cppcheck" "$(cppcheck --quiet --inline-suppr --std=c11 -I. \
		-j "$(nproc)" --suppress=missingIncludeSystem \
		--enable=warning,portability --error-exitcode=0 \
		--template='{file}:{line}: {id}: {message}' \
		sim models configs workloads results cli 2>&1)"
fi
if need shellcheck; then
	report "shellcheck" "$(shellcheck -x "${shell_files[@]}" 2>&1)"
fi

[ $found -eq 0 ] && echo "nothing to complain about"
exit $found
