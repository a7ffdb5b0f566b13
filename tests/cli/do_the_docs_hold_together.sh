#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Can a reader follow the docs: do links lead somewhere, is every page found
# from the index, are there the verbs and options that commands use?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

pages=(README.md CONTRIBUTING.md docs/*.md tests/*/README.md)

# words WHAT PAGE…
words() {
	awk -v want="$1" -f tests/cli/page-words.awk "${@:2}"
}

# The file that a page's link is to, and the anchor in it.
target_of() {
	local page=${1%%:*} target=${2%%#*}
	if [ -z "$target" ]; then
		printf '%s\n' "$page"
	else
		realpath -m --relative-to=. "$(dirname "$page")/$target"
	fi
}

it "has links only to what is there"
while read -r place target; do
	file=$(target_of "$place" "$target")
	holds "$place: $target: there is no $file" [ -e "$file" ]
	case $target in
	*.md#* | '#'*)
		words anchors "$file" | grep -qxF "$file#${target#*#}" ||
			fail "$place: $target: there is no such heading"
		;;
	esac
done < <(words links "${pages[@]}")

it "has every page of docs/ in its index, once"
for page in docs/*.md; do
	page=${page#docs/}
	[ "$page" = README.md ] && continue
	same "$(grep -c "]($page)" docs/README.md)" 1 "lines with $page"
done

it "has an index of the kernel's functions that is what comments say"
run scripts/kernel-functions.sh
exits_with 0
stdout_has '__free_one_page\(\). .*models/page/buddy.c'
holds "docs/kernel-functions.md is not what make kernel-functions makes" \
	cmp -s "$tmp/stdout" docs/kernel-functions.md

it "has every picture of docs/ in a page"
for picture in docs/pictures/*; do
	holds "no page shows $picture" \
		grep -qF "pictures/${picture##*/}" README.md docs/*.md
done

"$KMEMSIM" --help | awk '/^  [a-z]/ { print $1 }' >"$tmp/verbs"

# Examples of extending.md have verbs and formats that are not there, and a
# test of their own.
it "uses only verbs and options that are there"
while read -r place _ verb rest; do
	case $place in docs/extending.md:*) continue ;; esac
	verb=${verb%%[,.:]}
	holds "$place: there is no verb '$verb'" \
		grep -qx "$verb" "$tmp/verbs"
	grep -qx "$verb" "$tmp/verbs" || continue
	[ -s "$tmp/help-$verb" ] ||
		"$KMEMSIM" "$verb" --help >"$tmp/help-$verb"
	while read -r option; do
		option=${option#[}
		[ "$option" = --help ] ||
			grep -qE -- "(^|[^a-z-])$option([^a-z-]|\$)" \
				"$tmp/help-$verb" ||
			fail "$place: kmemsim $verb has no $option"
	done < <(grep -oE '(^|[[ ])--[a-z-]+' <<<"$rest")
done < <(words commands "${pages[@]}")
holds "no page shows how to run" [ -s "$tmp/help-run" ]

it "tells only of files of the tree that are there"
while read -r place _ _ rest; do
	while read -r file; do
		holds "$place: there is no $file" [ -e "$file" ]
	done < <(grep -oE '(^| )(configs|workloads|tests)/[^ ]*' <<<"$rest")
done < <(words commands "${pages[@]}")

done_testing
