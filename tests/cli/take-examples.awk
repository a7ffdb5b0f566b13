# SPDX-License-Identifier: GPL-2.0-only
#
# take-examples.awk -v tree=FOLDER docs/extending.md: puts the page's examples
# into a copy of the tree. In the words behind a fence, _ is a space:
#
#	```c file=PATH               a new file
#	```c line=PATH after=TEXT    goes behind the first line with that text
#	```c line=PATH before=TEXT   goes before it

function word(name,    i) {
	for (i = 2; i <= NF; i++)
		if (index($i, name "=") == 1)
			return substr($i, length(name) + 2)
	return ""
}

function plain(s) {
	gsub(/_/, " ", s)
	return s
}

# The file anew, with `block` beside the first line that has `text`.
function insert(path, text, before,    line, here, found, whole) {
	while ((getline line < path) > 0) {
		here = !found && index(plain(line), plain(text))
		found = found || here
		whole = whole (here && before ? block : "") line "\n" \
			(here && !before ? block : "")
	}
	close(path)
	if (!found) {
		print path ": no line has: " text >"/dev/stderr"
		failed = 1
	}
	printf "%s", whole >path
	close(path)
}

/^```/ && !inside {
	inside = 1
	file = word("file")
	line_of = word("line")
	after = word("after")
	ahead = word("before")
	block = ""
	next
}
/^```$/ {
	inside = 0
	if (file) {
		printf "%s", block >(tree "/" file)
		close(tree "/" file)
	}
	if (line_of)
		insert(tree "/" line_of, after ahead, ahead != "")
	next
}
inside { block = block $0 "\n" }
END { exit failed }
