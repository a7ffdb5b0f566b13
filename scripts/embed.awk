# SPDX-License-Identifier: GPL-2.0-only
#
# A text file as a C header with one string: awk -v name=schema.sql -f
# embed.awk schema.sql gives embedded_schema_sql[].

BEGIN {
	variable = name
	gsub(/[^A-Za-z0-9]/, "_", variable)
	print "/* Made from " name " by scripts/embed.awk. */"
	print "static const char embedded_" variable "[] ="
}

{
	gsub(/\\/, "&&")
	gsub(/"/, "\\\"")
	gsub(/\t/, "\\t")
	print "\t\"" $0 "\\n\""
}

END {
	print "\t\"\";"
}
