# SPDX-License-Identifier: GPL-2.0-only
#
# What `kmemsim VERB --help` prints as the source of the verb's man page, for
# scdoc. The help is the one place where a verb's options are explained:
#
#	kmemsim run --help | awk -v verb=run -v does='runs a workload' \
#		-f help-to-scdoc.awk
#
# Set in by up to eight columns begins an entry, `  -o, --output FILE  text`;
# what is set in more goes on with it.

BEGIN {
	printf "kmemsim-%s(1)\n\n# NAME\n\n", verb
	printf "kmemsim-%s - %s\n", verb, plain(does)
}

function plain(text) {
	gsub(/\\/, "\\\\", text)
	gsub(/[*_`]/, "\\\\&", text)
	# What scdoc would take for a list, a heading or a table.
	if (text ~ /^[-.#|:[\]]/)
		text = "\\" text
	return text
}

function heading(text) {
	close_literal()
	printf "\n# %s\n\n", text
	in_entry = 0
}

function close_literal() {
	if (literal)
		print "```"
	literal = 0
}

function put_literal(line) {
	if (!literal)
		print "```"
	literal = 1
	gsub(/\\/, "\\\\", line)
	print line
}

# The length of an entry's own word or option, with what it takes.
function term_length(text) {
	if (text ~ /^(--[a-z-]+( [A-Z=]+)?(, *|$))+$/)
		return length(text)
	if (match(text, /   */))
		return RSTART - 1
	if (match(text, /^(-[a-z], )?--[a-z-]+( [A-Z][^ ]*)?/))
		return RLENGTH
	return length(text)
}

# A line of its own where it is a table in the table; else it goes on.
function put_text(text) {
	if (text == "")
		return
	if (text ~ /   */) {
		sub(/   */, ": ", text)
		if (has_text)
			printf "++\n"
		printf "\t%s", plain(text)
	} else {
		printf "%s%s", has_text ? "\n\t" : "\t", plain(text)
	}
	has_text = 1
}

function end_entry() {
	if (in_entry)
		print "\n"
	in_entry = has_text = 0
}

function put_entry(text,    length_of) {
	end_entry()
	length_of = term_length(text)
	printf "*%s*\n", plain(substr(text, 1, length_of))
	text = substr(text, length_of + 1)
	sub(/^ +/, "", text)
	in_entry = 1
	put_text(text)
}

/^Usage: / {
	heading("SYNOPSIS")
	usage = 1
	sub(/^Usage: /, "       ")
}
usage && /^$/ {
	usage = 0
	heading("DESCRIPTION")
	next
}
usage {
	put_literal(substr($0, 8))
	next
}
/^Examples?[:,]/ {
	end_entry()
	heading("EXAMPLES")
	examples = 1
	if ($0 !~ /^Examples?:$/)
		print plain($0) "\n"
	next
}
examples && /^ / {
	put_literal(substr($0, 3))
	next
}
/^Exit status: / {
	end_entry()
	heading("EXIT STATUS")
	sub(/^Exit status: /, "")
}
/^ / {
	if (!options) {
		heading("OPTIONS")
		options = 1
	}
	match($0, /^ +/)
	text = substr($0, RLENGTH + 1)
	if (RLENGTH <= 8)
		put_entry(text)
	else
		put_text(text)
	next
}
/^$/ {
	close_literal()
	end_entry()
	print ""
	next
}
{
	end_entry()
	print plain($0)
}

END {
	end_entry()
	heading("SEE ALSO")
	print "*kmemsim*(1), *kmemsim-config*(5), *kmemsim-workload*(5), " \
		"*kmemsim-db*(5)"
}
