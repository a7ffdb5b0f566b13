#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/man.sh KMEMSIM FOLDER: makes the man pages.
#
#	kmemsim(1)		docs/man/kmemsim.1.scd, and what --help says
#	kmemsim-VERB(1)		what `kmemsim VERB --help` says
#	kmemsim-config(5) …	docs/config.md …
#
# So nothing is written down twice; scdoc makes the pages.

set -eu
cd "$(dirname "$0")/.."
kmemsim=$1
folder=$2
mkdir -p "$folder"
# The date of the last change, so that pages are the same from day to day.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct -- docs cli \
	2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH

# page NAME.SECTION: the source on stdin; a page appears whole or not at all.
page() {
	scdoc >"$folder/$1.tmp"
	mv "$folder/$1.tmp" "$folder/$1"
}

verbs() {
	"$kmemsim" --help | sed -n 's/^  \([a-z]*\)  *\(.*\)/\1 \2/p'
}

verbs | awk '{
	verb = $1
	sub(/^[a-z]+ /, "")
	gsub(/[*_`]/, "\\\\&")
	print "*kmemsim-" verb "*(1)\n\t" $0
}' >"$folder/verbs.tmp"
sed -e "/@VERBS@/{r $folder/verbs.tmp" -e 'd}' docs/man/kmemsim.1.scd |
	page kmemsim.1
rm "$folder/verbs.tmp"

verbs | while read -r verb does; do
	"$kmemsim" "$verb" --help |
		awk -v verb="$verb" -v does="$does" \
			-f scripts/help-to-scdoc.awk |
		page "kmemsim-$verb.1"
done

for name in config workload; do
	awk -v name=kmemsim-$name -v section=5 \
		-f scripts/markdown-to-scdoc.awk docs/$name.md |
		page kmemsim-$name.5
done
awk -v name=kmemsim-db -v section=5 -f scripts/markdown-to-scdoc.awk \
	docs/database.md | page kmemsim-db.5
