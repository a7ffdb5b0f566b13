#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/kernel-functions.sh: docs/kernel-functions.md, on stdout: which of our
# files speak of which function of the kernel's. A function is what a comment in
# models/ or sim/ calls `name()` and no line of our own code does.

set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C

# comments|code FILE…: of each file these parts, a line "FILE TEXT" each.
parts() {
	local wanted=$1
	shift
	awk -v wanted="$wanted" '
	FNR == 1 { inside = 0 }
	{
		line = $0
		comments = code = ""
		while (line != "") {
			at = index(line, inside ? "*/" : "/*")
			part = at ? substr(line, 1, at - 1) : line
			line = at ? substr(line, at + 2) : ""
			if (inside)
				comments = comments " " part
			else
				code = code " " part
			if (at)
				inside = !inside
		}
		print FILENAME, wanted == "code" ? code : comments
	}' "$@"
}

ours=$(mktemp)
trap 'rm -f "$ours"' EXIT
mapfile -t all < <(find sim models configs workloads results cli -name '*.[ch]')
mapfile -t speaking < <(find sim models -name '*.[ch]' | sort)
parts code "${all[@]}" | grep -oE '[a-z_][a-z0-9_]*\(' | tr -d '(' |
	sort -u >"$ours"

cat <<END
<!-- SPDX-License-Identifier: GPL-2.0-only -->
# From the kernel's functions to our files

For each function of the kernel, the files whose comments name it: because rules
come from it, or because part of it is left out.
\`make docs\` makes this page from those comments; names are those of Linux 6.1
where the file does not say otherwise. Functions that we have by the same name
are found by their name.

| function | files |
| --- | --- |
END
parts comments "${speaking[@]}" | awk -v ours="$ours" '
BEGIN { while ((getline name <ours) > 0) is_ours[name] = 1 }
{
	file = $1
	while (match($0, /[a-z_][a-z0-9_]*\(\)/)) {
		name = substr($0, RSTART, RLENGTH - 2)
		$0 = substr($0, RSTART + RLENGTH)
		if (!(name in is_ours) && !seen[name, file]++)
			print name, file
	}
}' | sort | awk '
$1 != name {
	if (name != "")
		print "| `" name "()` | " files " |"
	name = $1
	files = ""
}
{ files = files (files == "" ? "" : ", ") "[" $2 "](../" $2 ")" }
END { print "| `" name "()` | " files " |" }'
