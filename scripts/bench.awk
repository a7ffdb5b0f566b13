# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/bench.awk: the table of scripts/bench.sh, from lines "NAME ROUND
# VALUE". A figure is the median of the rounds; a ratio is the median of the
# rounds' own ratios.

function median(list, n,    i, j, t)
{
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
			t = list[j]
			list[j] = list[j - 1]
			list[j - 1] = t
		}
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

# What comes of a round's values: `how` says of which, and in which way.
function figure(how, r,    part)
{
	split(how, part, " ")
	# ns an operation, from ms of a whole process, start-up apart
	if (part[1] == "run")
		return positive(value[part[2], r] - value["start", r]) * \
			1e6 / part[3]
	# ns an operation that one kind of run takes more than another
	if (part[1] == "more")
		return positive(value[part[2], r] - value[part[3], r]) * \
			part[4] / ops
	if (part[1] == "rate")
		return part[4] / positive(value[part[2], r] - \
			value[part[3], r]) / 1000
	if (part[1] == "larger")
		return value[part[2], r] > value[part[3], r] ? \
			value[part[2], r] : value[part[3], r]
	if (part[1] == "per")
		return value[part[2], r] / part[3]
	return value[part[1], r]
}

# Two times that tiny workloads don't tell apart must not divide by nothing.
function positive(x)
{
	return x > 0 ? x : 0.001
}

function medians(how,    r, list, n)
{
	for (r = 1; r <= last[key(how)]; r++)
		list[++n] = figure(how, r)
	return n ? median(list, n) : ""
}

# The name whose values a figure stands on.
function key(how,    part)
{
	split(how, part, " ")
	return part[1] ~ /^(run|more|rate|larger|per)$/ ? part[2] : part[1]
}

function ratios(ours, floors,    r, list, n)
{
	for (r = 1; r <= last[key(ours)] && r <= last[key(floors)]; r++)
		list[++n] = figure(ours, r) / positive(figure(floors, r))
	return n ? median(list, n) : ""
}

function show(number)
{
	if (number == "")
		return "-"
	return sprintf(number < 100 ? "%.2f" : "%.0f", number)
}

function print_row(name, about, unit, floors, ours, result, goal, sign,    met)
{
	if (result == "")
		met = "missing"
	else if (goal == "")
		met = "-"
	else
		met = (sign == "<" ? result <= goal : result >= goal) ? \
			"yes" : "NO"
	if (format == "tsv")
		printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, about, unit,
			show(floors), show(ours), show(result),
			goal == "" ? "-" : (sign == "<" ? "<=" : ">=") goal,
			met
	else
		printf "%-44s %-7s %9s %9s %9s %8s  %s\n", about, unit,
			show(floors), show(ours), show(result),
			goal == "" ? "" : (sign == "<" ? "≤ " : "≥ ") goal,
			met == "missing" ? "not there yet" : met
}

# Ours against a floor of ours.
function against(group, name, about, floors, ours, goal)
{
	if (index(groups, " " group " "))
		print_row(name, about, "ns/op", medians(floors),
			medians(ours), ratios(ours, floors), goal, "<")
}

# A figure that must be so large, or so small.
function alone(group, name, about, unit, ours, goal, sign)
{
	if (index(groups, " " group " "))
		print_row(name, about, unit, "", ours, ours, goal, sign)
}

{
	value[$1, $2] = $3
	last[$1] = $2
}

END {
	quarter = int(ops / 4)
	if (format == "tsv")
		print "row\tabout\tunit\tfloor\tours\tresult\tgoal\tmet"
	else
		printf "%-44s %-7s %9s %9s %9s %8s  %s\n", "", "", "floor",
			"ours", "result", "goal", "met"
	against("mix", "packed", "mix, packed: kmemsim run", "floor.packed",
		"run packed " ops, 2)
	against("mix", "text", "mix, YAML: kmemsim run", "floor.text",
		"run text " ops, 2)
	against("mix", "packed-calm", "the same in 10 times the time, packed",
		"floor.packed", "run packed.calm " ops, "")
	against("mix", "text-calm", "the same in 10 times the time, YAML",
		"floor.text", "run text.calm " ops, "")
	alone("mix", "start", "start and end of a run (taken off above)", "ms",
		medians("start"), "", "<")
	against("pages", "steady", "pages, steady", "floor.steady", "steady", 2)
	against("pages", "breathing", "pages, breathing", "floor.breathing",
		"breathing", 2)
	against("large", "large", "pages, breathing, large machine",
		"floor.large", "large", 2)
	alone("large", "resident", "large machine: resident, a page", "bytes",
		medians("per large.bytes " large_pages), 20, "<")
	alone("large", "start-large", "large machine: start and end of a run",
		"ms", medians("start.large"), 500, "<")
	against("slab", "slab", "kmalloc and kfree", "floor.slab", "slab", 2.5)
	against("log", "log", "--log-ops all: what the rows take",
		"more floor.rows floor.no_rows " ops,
		"more log.all log.none 1e6", "")
	alone("log", "log-rate", "--log-ops all: rows", "M/s",
		medians("rate log.all log.none " ops), 1.5, ">")
	against("events", "events-1k", "events, 1k pending",
		"floor.events.1000", "events.1000", 2)
	against("events", "events-100k", "events, 100k pending",
		"floor.events.100000", "events.100000", 2)
	alone("packing", "pack", "pack, of YAML", "MB/s",
		medians("rate pack pack.start " yaml_bytes), 100, ">")
	alone("packing", "unpack", "unpack, of YAML", "MB/s",
		medians("rate unpack pack.start " yaml_bytes), 100, ">")
	alone("packing", "packed-size", "packed, an event", "bytes",
		kmt_bytes ? kmt_bytes / ops : "", 12, "<")
	if (index(groups, " comparing "))
		print_row("compare", "compare of two, two cores", "ms",
			medians("larger alone alone.other"),
			medians("compare"),
			ratios("compare", "larger alone alone.other"), 1.2, "<")
	against("mix", "linear", "all events against a quarter of them, YAML",
		"run text.quarter " quarter, "run text " ops, 1.25)
	against("mix", "linear-packed", "the same, packed",
		"run packed.quarter " quarter, "run packed " ops, 1.25)
	against("large", "flat", "large machine against small, breathing",
		"breathing", "large", 2.5)
}
