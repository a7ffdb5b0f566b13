#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# suite-timeout: 300
#
# Do the pages that `make docs` writes show what their commands print? They are
# run anew. Pictures are drawn, and looked at only as files: another gnuplot
# draws otherwise.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir "$tmp/pictures"

# shellcheck disable=SC2013
for page in $(sed -n 's/^run_pages := //p' Makefile); do
	it "shows in $page what its commands print"
	case $BUILD in
	build | build/developer)
		run scripts/run-page.sh "$page" "$tmp/pictures"
		exits_with 0
		stderr_is_empty
		diff "$page" "$tmp/stdout" >"$tmp/difference" ||
			fail "make docs, and look: $(head "$tmp/difference")"
		;;
	*) skip "explain tries less than it would in the time it has" ;;
	esac
done

it "draws the pictures that the pages show"
case $BUILD in
build | build/developer) ;;
*) skip "no page was run" ;;
esac
for picture in "$tmp"/pictures/*.svg; do
	[ -e "$picture" ] || continue
	exists "docs/pictures/${picture##*/}"
	head -c 100 "$picture" | grep -q '<?xml' ||
		fail "$picture does not begin as an SVG"
	tail -c 20 "$picture" | grep -q '</svg>' ||
		fail "$picture does not end as an SVG"
done

page() {
	printf '%s\n' "$@" >"$tmp/page.md"
	run scripts/run-page.sh "$tmp/page.md" "$tmp/pictures"
}

it "runs a page's commands with its files, and puts their output in place"
# shellcheck disable=SC2016
page 'Text' '```text file=a' 'one' 'two' '```' '```console head=1' \
	'$ cat a' 'old' '$ echo $?' '0' '```'
exits_with 0
# shellcheck disable=SC2016
stdout_is "$(printf '%s\n' 'Text' '```text file=a' 'one' 'two' '```' \
	'```console head=1' '$ cat a' 'one' '…' '$ echo $?' '0' '```')"

it "fails where a command fails that the page does not say fails"
# shellcheck disable=SC2016
page '```console' '$ false' '```'
exits_with 1
stderr_has 'exit status is 1'
# shellcheck disable=SC2016
page '```console' '$ false' '$ echo $?' '1' '```'
exits_with 0

done_testing
