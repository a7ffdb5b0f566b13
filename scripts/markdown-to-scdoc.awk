# SPDX-License-Identifier: GPL-2.0-only
#
# A page of docs/ as the source of a man page, for scdoc:
#
#	awk -v name=kmemsim-config -v section=5 \
#		-f markdown-to-scdoc.awk config.md
#
# Takes the Markdown that our pages are written in: headings, paragraphs, lists,
# tables, code in fences or set in by four columns, `code`, **bold**, links.
# What these look like in scdoc, scdoc(5) says.

BEGIN {
	printf "%s(%s)\n", name, section
	blank = 1
}

# A blank line, but never two.
function part() {
	if (!blank)
		print ""
	blank = 1
}

function put(line) {
	print line
	blank = 0
}

function put_code(line) {
	gsub(/\\/, "\\\\", line)
	put(line)
}

# Characters that scdoc would take for more.
function plain(text) {
	gsub(/\\/, "\\\\", text)
	gsub(/[*_`]/, "\\\\&", text)
	return text
}

# Text with `code`, **bold** and links.
function inline(text,    result, at, code) {
	while (match(text, /!?\[[^]]*\]\([^)]*\)/)) {
		code = substr(text, RSTART, RLENGTH)
		sub(/^!?\[/, "", code)
		sub(/\]\([^)]*\)$/, "", code)
		text = substr(text, 1, RSTART - 1) code \
			substr(text, RSTART + RLENGTH)
	}
	gsub(/\*\*/, "\002", text)
	result = ""
	while ((at = index(text, "`"))) {
		result = result plain(substr(text, 1, at - 1))
		text = substr(text, at + 1)
		at = index(text, "`")
		if (!at)
			break
		result = result "*" plain(substr(text, 1, at - 1)) "*"
		text = substr(text, at + 1)
	}
	result = result plain(text)
	gsub(/\002/, "*", result)
	gsub(/\001/, "|", result)
	# scdoc ends bold only where no letter follows.
	gsub(/\*\*/, "* *", result)
	return result
}

# ---- tables ----

function put_row(line,    cell, nr, i, mark, text) {
	gsub(/\\\|/, "\001", line)
	sub(/^ *\| */, "", line)
	sub(/ *\| *$/, "", line)
	nr = split(line, cell, / *\| */)
	while (nr < columns)
		cell[++nr] = ""
	for (i = 1; i <= columns; i++) {
		text = inline(cell[i])
		mark = i > 1 ? ":" : rows ? "|" : "["
		if (!rows && text != "" && text !~ /\*/)
			text = "*" text "*"
		put(mark (i == widest ? "<" : "[") (text == "" ? "" : " ") text)
	}
	rows++
}

# The column with most text takes the room that there is.
function put_table(    i, j, cell, nr, length_of) {
	columns = gsub(/\|/, "|", table[1]) - 1
	for (i = 1; i <= lines; i++) {
		gsub(/\\\|/, "\001", table[i])
		nr = split(table[i], cell, "|")
		for (j = 2; j < nr; j++)
			length_of[j - 1] += length(cell[j])
	}
	widest = 1
	for (j = 2; j <= columns; j++)
		if (length_of[j] > length_of[widest])
			widest = j
	rows = 0
	part()
	for (i = 1; i <= lines; i++)
		if (table[i] !~ /^ *\|[-| :]*$/)
			put_row(table[i])
	part()
	lines = 0
}

function close_all() {
	if (lines)
		put_table()
	if (code) {
		put("```")
		part()
		code = 0
	}
}

# ---- lines ----

/^<!--.*-->$/ && !fence { next }

/^ *```/ {
	close_all()
	part_before = !fence
	if (part_before)
		part()
	put("```")
	if (fence)
		part()
	fence = !fence
	next
}
fence {
	put_code($0)
	next
}

/^ *\|/ && !code {
	table[++lines] = $0
	next
}
lines { put_table() }

/^(    |      )[^ ]/ && (blank || code) && !item {
	if (!code) {
		part()
		put("```")
		code = 1
	}
	put_code(substr($0, 5))
	next
}
code && /^$/ {
	held++
	next
}
code && /^    / {
	while (held) {
		put("")
		held--
	}
	put_code(substr($0, 5))
	next
}
code {
	held = 0
	close_all()
}

/^$/ {
	part()
	item = 0
	next
}

/^# / {
	title = substr($0, 3)
	part()
	put("# NAME")
	part()
	put(name " - " plain(tolower(substr(title, 1, 1)) substr(title, 2)))
	part()
	put("# DESCRIPTION")
	part()
	next
}
/^## / {
	part()
	title = substr($0, 4)
	put("# " (title ~ /_/ ? title : toupper(title)))
	part()
	next
}
/^###+ / {
	sub(/^#+ /, "")
	part()
	gsub(/`/, "")
	put("## " $0)
	part()
	next
}

/^[0-9]+\. / { sub(/^[0-9]+/, "") }
/^- / || /^\. / {
	if (!item)
		part()
	item = 1
	put(substr($0, 1, 2) inline(substr($0, 3)))
	next
}
item && /^  +- / {
	sub(/^ +- /, "")
	put("\t- " inline($0))
	next
}
item && /^ / {
	sub(/^ +/, "")
	put("  " inline($0))
	next
}
{
	sub(/^ +/, "")
	text = inline($0)
	# What scdoc would take for a list, a heading or a table.
	if (text ~ /^[-.#|:[\]]/)
		text = "\\" text
	put(text)
}

END {
	close_all()
	part()
	put("# SEE ALSO")
	part()
	put("*kmemsim*(1), *kmemsim-config*(5), *kmemsim-workload*(5), " \
		"*kmemsim-db*(5)")
}
