#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/run-page.sh PAGE PICTURES: prints a Markdown page with its commands
# run anew, so that what a reader is told is what happens.
#
#	```yaml file=small.yaml  is written to that file
#	```console               "$ " begins a command, "> " goes on with it;
#	                         the rest is replaced by what it prints
#	```console head=8        by the first 8 lines of that, and a mark
#	```console short=A_b,C   what follows lines that begin so (_ is a space)
#	                         becomes a mark
#	![…](…/NAME.svg)         below a `-o NAME.svg`: goes to PICTURES
#
# Commands run one after another, in a folder of their own that looks like the
# root of the tree after `make` and `make recordings`. One that fails ends it,
# unless `echo $?` follows. What depends on the host (how long it took) becomes
# "…", as does what is too wide for a page.

set -u
export LC_ALL=C.UTF-8
if [ $# -ne 2 ]; then
	echo "usage: scripts/run-page.sh PAGE PICTURES" >&2
	exit 2
fi
page=$(realpath "$1") && pictures=$(realpath "$2") || exit 1
cd "$(dirname "$0")/.." || exit 1
kmemsim=$(realpath "${KMEMSIM:-build/kmemsim}") || exit 1
export KMEMSIM_DATA=${KMEMSIM_DATA:-$PWD}
width=110

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/root" "$work/root/build"
for entry in configs workloads results tests docs; do
	ln -s "$PWD/$entry" "$work/root/$entry"
done
ln -s "$kmemsim" "$work/root/build/kmemsim"
ln -s "$PWD/build/recordings" "$work/root/build/recordings"
cd "$work/root" || exit 1

status=0
head_lines=0
short=

give_up() {
	echo "run-page.sh: $page: $1" >&2
	[ ! -s "$work/out" ] || tail -n 5 "$work/out" >&2
	exit 1
}

# What a host decides, out; what a page can't hold, cut.
as_printed() {
	sed -E 's/ in [0-9.]+ m?s \([0-9]+ operations a second\)/ in …/' |
		awk -v head="$head_lines" -v short="$short" '
	function show(line) {
		sub(/ +$/, "", line)
		if (head && ++shown > head) {
			if (shown == head + 1)
				print "…"
			return
		}
		print line
	}
	BEGIN {
		wanted = split(short, heads, ",")
		for (i = 1; i <= wanted; i++)
			gsub(/_/, " ", heads[i])
	}
	# A part ends with a blank line, or where what is indented ends.
	/^$/ || (within > 1 && indented && /^[^ ]/) { within = 0 }
	within == 1 {
		indented = /^ /
		show("  …")
		within = 2
	}
	within { next }
	{
		show($0)
		for (i = 1; i <= wanted; i++)
			if (index($0, heads[i]) == 1)
				within = 1
	}' | sed -E "s/^(.{$((width - 2))}).{3,}$/\\1 …/"
}

run_command() {
	local before=$status
	[ "$before" -eq 0 ] || [ "$1" = 'echo $?' ] ||
		give_up "exit status $before before: $1"
	(exit "$before")
	eval "$1" >"$work/out" 2>&1 </dev/null
	status=$?
	as_printed <"$work/out"
}

# The block in hand: its commands as they are, and what they print.
run_block() {
	local line command=
	while IFS= read -r line; do
		case $line in
		'$ '*)
			[ -z "$command" ] || run_command "$command"
			command=${line#??}
			printf '%s\n' "$line"
			;;
		'> '*)
			command+=$'\n'${line#??}
			printf '%s\n' "$line"
			;;
		esac
	done <"$work/block"
	[ -z "$command" ] || run_command "$command"
}

# The value of NAME=VALUE among a fence's words.
word() {
	local found=
	case " $2 " in *" $1="*) found=${2#*"$1="} found=${found%% *} ;; esac
	printf '%s\n' "$found"
}

# A picture of the page that was made by now.
keep_picture() {
	local name=${1##*/}
	name=${name%%.svg*}.svg
	[ ! -s "$name" ] || cp "$name" "$pictures/$name" ||
		give_up "can't write $pictures/$name"
}

fence='```'
while IFS= read -r line; do
	printf '%s\n' "$line"
	case $line in
	"$fence"?*)
		words=${line#"$fence"}
		: >"$work/block"
		while IFS= read -r inner && [ "$inner" != "$fence" ]; do
			printf '%s\n' "$inner" >>"$work/block"
		done
		case $words in
		console*)
			head_lines=$(word head "$words")
			head_lines=${head_lines:-0}
			short=$(word short "$words")
			run_block
			;;
		*)
			file=$(word file "$words")
			[ -z "$file" ] || cp "$work/block" "$file"
			cat "$work/block"
			;;
		esac
		printf '%s\n' "$fence"
		;;
	'!['*.svg*) keep_picture "$line" ;;
	esac
done <"$page"
[ "$status" -eq 0 ] || give_up "the last command's exit status is $status"
