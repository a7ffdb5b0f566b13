# SPDX-License-Identifier: GPL-2.0-only
#
# page-words.awk -v want=WHAT PAGE…: what a test asks of Markdown, a line each.
#
#	links      PAGE:LINE TARGET of each link that stays in the tree
#	anchors    PAGE#ANCHOR of each heading, as GitHub names it
#	commands   PAGE:LINE kmemsim VERB…, of code, continued lines joined

function anchor_of(heading) {
	gsub(/\[|\]\([^)]*\)/, "", heading)
	heading = tolower(heading)
	gsub(/[^a-z0-9 _-]/, "", heading)
	gsub(/ /, "-", heading)
	return heading
}

function print_links(line,    target) {
	gsub(/`[^`]*`/, "", line)
	while (match(line, /\]\([^)]*\)/)) {
		target = substr(line, RSTART + 2, RLENGTH - 3)
		line = substr(line, RSTART + RLENGTH)
		if (target !~ /^[a-z]+:/)
			print FILENAME ":" FNR " " target
	}
}

# All in `code` from "kmemsim" to the end of that command.
function print_commands(code,    command) {
	while (match(code, /(^|[ \/(])kmemsim [a-z]/)) {
		code = substr(code, RSTART + RLENGTH - 9)
		command = code
		sub(/ [|#>&;].*/, "", command)
		print FILENAME ":" FNR " " command
		code = substr(code, 9)
	}
}

function print_inline(line,    parts, nr, i) {
	nr = split(line, parts, "`")
	for (i = 2; i <= nr; i += 2)
		print_commands(parts[i])
}

FNR == 1 { fenced = 0; joined = "" }
/^```/ { fenced = !fenced; next }
want == "links" && !fenced { print_links($0) }
want == "anchors" && !fenced && /^#+ / {
	sub(/^#+ +/, "")
	print FILENAME "#" anchor_of($0)
}
want != "commands" { next }
fenced || /^    / {
	line = $0
	sub(/^[$>] /, "", line)
	joined = joined line
	# What a fence of console shows may be what a command prints.
	if (sub(/\\$/, "", joined))
		next
	print_commands(joined)
	joined = ""
	next
}
{ print_inline($0) }
