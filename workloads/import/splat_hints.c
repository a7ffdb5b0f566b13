/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other reports are known by their words: mem_cgroup_out_of_memory(),
 * dump_header() and mem_cgroup_print_oom_meminfo() of a cgroup, warn_alloc() as
 * vmalloc and (4.10 to 4.14) long waits call it, slab_out_of_memory(),
 * alloc_vmap_area(). 3.10 to 6.12.
 */
#include "workloads/import/splat_hints.h"

#include <string.h>

#include "sim/base/numbers.h"

#define LOOKED_FOR                                                             \
	"no report found: a line with 'page allocation failure' or 'invoked "  \
	"oom-killer' is looked for"

static const char cgroup[] =
	"a cgroup came to its own limit, which says nothing of the machine's "
	"memory, and there are no cgroups here";
static const char vmalloc[] =
	"vmalloc failed, which asks for addresses and single pages: an event "
	"(op: vmalloc) runs that";
static const char stall[] = "a request had to wait long, but did not fail";
static const char slub[] =
	"SLUB had no pages for a slab: the page allocator's own report, near "
	"it, has the machine";

static const struct {
	const char *words;
	const char *means;
} reports[] = {
	{ "Memory cgroup out of memory", cgroup },
	{ "Memory cgroup stats", cgroup },
	{ "constraint=CONSTRAINT_MEMCG", cgroup },
	{ "vmalloc error: size ", vmalloc },
	{ "vmalloc: allocation failure", vmalloc },
	{ "vmap allocation for size ", vmalloc },
	{ ": page allocation stalls for ", stall },
	{ "SLUB: Unable to allocate memory", slub },
};

static const char *other_report(const char *line)
{
	for (size_t i = 0; i < LENGTH(reports); i++)
		if (strstr(line, reports[i].words))
			return reports[i].means;
	return NULL;
}

void splat_hints_look(struct splat_hints *hints, const char *line, uint64_t nr)
{
	if (!hints->other) {
		hints->other = other_report(line);
		hints->other_line = nr;
	}
	if (!hints->zone_line && strstr(line, " free:") && strstr(line, "kB") &&
	    strstr(line, " present:"))
		hints->zone_line = nr;
}

int splat_hints_no_report(const struct splat_hints *hints, struct place place,
			  struct errors *errors)
{
	if (!hints->other)
		return error_input(errors, place, LOOKED_FOR);
	place.line = hints->other_line;
	return error_input(errors, place, LOOKED_FOR "; here %s", hints->other);
}

int splat_hints_no_zone(const struct splat_hints *hints, struct place place,
			struct errors *errors)
{
	if (hints->zone_line)
		return error_input(errors, place,
				   "no zone of this report can be read: before "
				   "that of line %llu stands what no log is "
				   "known to put there; take it off",
				   (unsigned long long)hints->zone_line);
	if (hints->other)
		return error_input(errors, place,
				   "no zone follows this line: %s (line %llu)",
				   hints->other,
				   (unsigned long long)hints->other_line);
	return error_input(errors, place,
			   "no zone follows this line: the kernel limits how "
			   "often it shows its memory, so another report may "
			   "have it (--nth)");
}
