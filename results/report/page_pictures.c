/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pictures of a page: all kinds that one of the runs has something for, in
 * the order of plot_kinds[]. Each comes with how to read it and, for those who
 * can't see it or want to know exactly, with its main numbers as a table or
 * the section that has them.
 *
 * A kind that `readings` does not have is shown all the same, with what
 * plot_kinds[] says of it. To do better: an entry in `readings`.
 */

#include <string.h>

#include "results/plots/plot.h"
#include "results/report/page_internal.h"

#define LAST_SAMPLE "(SELECT max(sample) FROM sample)"
/* The least, the most and the last of `value` over all samples. */
#define OVER_SAMPLES(value, factor)                                            \
	" min(" value ") " factor ", max(" value ") " factor                   \
	", max(CASE WHEN sample = " LAST_SAMPLE " THEN " value " END) " factor \
	" "

struct reading {
	const char *kind;
	const char *title;
	const char *says; /* how to read it */
	const char *see;  /* the section with its numbers; NULL: numbers */
	struct grid numbers;
};

static const struct reading readings[] = {
	{
		.kind = "map",
		.title = "Physical memory",
		.says = "Each cell is a stretch of physical memory at a time. "
			"Its hue is the pageblocks’ migrate type; the darker, "
			"the fuller; white is free.",
		.numbers = {
			.caption = "Pageblocks by migrate type at the last "
				   "sample",
			.nr_keys = 2,
			.column = { { "Zone", AS_CODE },
				    { "Node", AS_COUNT },
				    { "Unmovable", AS_COUNT },
				    { "Movable", AS_COUNT },
				    { "Reclaimable", AS_COUNT },
				    { "Highatomic", AS_COUNT },
				    { "CMA", AS_COUNT },
				    { "Free memory", AS_BYTES } },
			.query = "SELECT zone, node, pageblocks_unmovable,"
				 " pageblocks_movable, pageblocks_reclaimable,"
				 " pageblocks_highatomic, pageblocks_cma,"
				 " free_pages * page_size FROM zone_sample"
				 " JOIN run USING (run_id) WHERE sample = "
				 LAST_SAMPLE " ORDER BY zone_sample.rowid",
			.all = "--table zone_sample",
		},
	},
	{
		.kind = "fragmentation",
		.title = "Free memory that a request can’t use",
		.says = "A line for each order: how much of the zone’s free "
			"memory is in smaller blocks, of no use to a request "
			"of that order. 0 % is best.",
		.numbers = {
			.caption = "Unusable free memory over all samples",
			.nr_keys = 3,
			.column = { { "Zone", AS_CODE },
				    { "Node", AS_COUNT },
				    { "Order", AS_COUNT },
				    { "Least", AS_PERCENT },
				    { "Most", AS_PERCENT },
				    { "At the end", AS_PERCENT } },
			.query = "SELECT zone, node, order_,"
				 OVER_SAMPLES("unusable_index", "/ 10.0")
				 "FROM fragmentation WHERE order_ > 0"
				 " GROUP BY 1, 2, 3 ORDER BY node,"
				 " min(rowid), order_",
			.all = "--table v_fragmentation",
		},
	},
	{
		.kind = "extfrag",
		.title = "Why a request would fail",
		.says = "The kernel’s fragmentation index by order. Towards 1 "
			"a request would fail for fragmentation, which "
			"compaction mends; towards 0 for too little memory, "
			"which reclaim mends. No line: it would not fail.",
		.numbers = {
			.caption = "Fragmentation index over the samples at "
				   "which a request would fail",
			.nr_keys = 3,
			.column = { { "Zone", AS_CODE },
				    { "Node", AS_COUNT },
				    { "Order", AS_COUNT },
				    { "Samples", AS_COUNT },
				    { "Least", AS_INDEX },
				    { "Most", AS_INDEX },
				    { "At the end", AS_INDEX } },
			.query = "SELECT zone, node, order_, count(*),"
				 OVER_SAMPLES("fragmentation_index",
					      "/ 1000.0")
				 "FROM fragmentation"
				 " WHERE fragmentation_index > -1000"
				 " GROUP BY 1, 2, 3 ORDER BY node,"
				 " min(rowid), order_",
			.all = "--table v_fragmentation",
		},
	},
	{
		.kind = "free-blocks",
		.title = "Free blocks by order",
		.says = "How many free blocks of each order there are. Many "
			"small ones and no large ones is what fragmentation "
			"looks like.",
		.numbers = {
			.caption = "Free blocks over all samples",
			.nr_keys = 3,
			.column = { { "Zone", AS_CODE },
				    { "Node", AS_COUNT },
				    { "Order", AS_COUNT },
				    { "Least", AS_COUNT },
				    { "Most", AS_COUNT },
				    { "At the end", AS_COUNT } },
			.query = "SELECT zone, node, order_,"
				 OVER_SAMPLES("nr", "")
				 "FROM (SELECT sample, zone, node, order_,"
				 " sum(nr_free) AS nr, min(rowid) AS place"
				 " FROM free_area GROUP BY 1, 2, 3, 4)"
				 " GROUP BY 1, 2, 3 ORDER BY node,"
				 " min(place), order_",
			.all = "--table v_free_blocks",
		},
	},
	{
		.kind = "free-memory",
		.title = "Free memory by the order of its blocks",
		.says = "Free memory, stacked by how large the blocks are that "
			"it is in: the large ones at the bottom are what large "
			"requests need.",
		.numbers = {
			.caption = "Free memory over all samples",
			.nr_keys = 2,
			.column = { { "Zone", AS_CODE },
				    { "Node", AS_COUNT },
				    { "Least", AS_BYTES },
				    { "Most", AS_BYTES },
				    { "At the end", AS_BYTES } },
			.query = "SELECT zone, node,"
				 OVER_SAMPLES("free_pages", "* page_size")
				 "FROM zone_sample JOIN run USING (run_id)"
				 " GROUP BY 1, 2 ORDER BY"
				 " min(zone_sample.rowid)",
			.all = "--table zone_sample",
		},
	},
	{
		.kind = "watermarks",
		.title = "Free pages and watermarks",
		.says = "Free memory with the zone’s marks. Below low, kswapd "
			"is woken; below min, ordinary allocations stall or "
			"fail, and only urgent ones go on.",
		.numbers = {
			.caption = "Free memory and marks over all samples",
			.nr_keys = 2,
			.column = { { "Zone", AS_CODE },
				    { "Node", AS_COUNT },
				    { "Mark min", AS_BYTES },
				    { "Mark low", AS_BYTES },
				    { "Mark high", AS_BYTES },
				    { "Least free", AS_BYTES },
				    { "Most free", AS_BYTES },
				    { "Free at the end", AS_BYTES } },
			.query = "SELECT zone, node,"
				 " max(watermark_min) * page_size,"
				 " max(watermark_low) * page_size,"
				 " max(watermark_high) * page_size,"
				 OVER_SAMPLES("nr_free_pages", "* page_size")
				 "FROM zone_sample JOIN run USING (run_id)"
				 " GROUP BY 1, 2 ORDER BY"
				 " min(zone_sample.rowid)",
			.all = "--table zone_sample",
		},
	},
	{
		.kind = "failures",
		.title = "Failures over time",
		.says = "When allocations failed, by reason, and when the OOM "
			"killer struck.",
		.see = "failures",
	},
	{
		.kind = "latency",
		.title = "How many calls were done by then",
		.says = "For each way that calls were served: the share that "
			"was done by a time. The steeper and the farther to "
			"the left, the better; a long tail to the right is "
			"what the slowest callers see.",
		.see = "latency",
	},
	{
		.kind = "latency-percentiles",
		.title = "Latency percentiles",
		.says = "p50, p90, p99, p99.9 and the slowest call, by "
			"operation and path.",
		.see = "latency",
	},
	{
		.kind = "slabs",
		.title = "Objects in use",
		.says = "How many of the objects that a cache’s slabs have "
			"room for are in use.",
		.see = "slabs",
	},
	{
		.kind = "slab-waste",
		.title = "Memory of slabs that no object has",
		.says = "Memory that caches hold beyond what callers have.",
		.see = "slabs",
	},
	{
		.kind = "vmalloc",
		.title = "vmalloc’s address space",
		.says = "Areas and the holes between them. An area needs a "
			"hole of its size and one page more.",
		.numbers = {
			.caption = "Areas at the last sample",
			.nr_keys = 1,
			.column = { { "State", AS_CODE },
				    { "Areas", AS_COUNT },
				    { "Address space", AS_BYTES },
				    { "Pages", AS_COUNT },
				    { "Largest hole behind", AS_BYTES } },
			.query = "SELECT state, count(*),"
				 " sum(end_vaddr - start_vaddr), sum(pages),"
				 " max(hole_bytes) FROM v_vmalloc"
				 " WHERE sample = " LAST_SAMPLE
				 " GROUP BY state ORDER BY state",
			.all = "--table v_vmalloc",
		},
	},
};

static struct reading reading_of(const struct plot_kind *kind)
{
	for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
		if (!strcmp(readings[i].kind, kind->name))
			return readings[i];
	return (struct reading){ .title = kind->name, .says = kind->shows };
}

/* ---- writing ------------------------------------------------------------- */

static int write_link(struct page *page, const char *section)
{
	struct html *html = &page->html;
	int has = page_has_tables(page, section);
	char target[64];

	if (has <= 0)
		return has;
	snprintf(target, sizeof target, "#%s", section);
	html_begin(html, "p", "class", "numbers");
	html_begin(html, "a", "href", target);
	html_format(html, "The numbers: %s", section);
	html_end(html, "a");
	html_end(html, "p");
	return 0;
}

static int write_numbers(struct page *page, const struct reading *reading)
{
	struct html *html = &page->html;
	int got;

	if (reading->see)
		return write_link(page, reading->see);
	if (!reading->numbers.query)
		return 0;
	html_begin(html, "details", "class", "numbers");
	html_begin(html, "summary");
	html_text(html, "The numbers");
	html_element(html, "span", "aside", " of: %s", reading->title);
	html_end(html, "summary");
	got = page_grid(page, &reading->numbers);
	html_end(html, "details");
	return got < 0 ? -1 : 0;
}

/* The words on a picture for those who can't see it: what is in it, and how. */
static void add_description(const struct page *page,
			    const struct reading *reading, struct text *out)
{
	text_add(out, "%s", reading->says);
	for (size_t i = 0; i < page->nr_runs; i++)
		text_add(out, "%s %s%s%s", i ? "," : " Of", page->run[i].name,
			 page->nr_runs > 1 ? " as " : "",
			 page->nr_runs > 1 ? page->run[i].letter : "");
	text_add(out, ".%s",
		 reading->see || reading->numbers.query ?
			 " The numbers are below the picture." :
			 "");
}

static int write_svg(struct page *page, const char *svg, const char *id,
		     const struct reading *reading)
{
	struct text description = TEXT_EMPTY;
	struct html *html = &page->html;

	add_description(page, reading, &description);
	html_begin(html, "div", "class", "picture", "role", "region",
		   "aria-label", reading->title, "tabindex", "0");
	html_raw(html, "\n");
	page_add_svg(html->out, svg, id, reading->title,
		     description.s ? description.s : "");
	html_end(html, "div");
	html->out->failed |= description.failed;
	text_release(&description);
	return 0;
}

static int write_picture(struct page *page, const struct plot_kind *kind,
			 struct plot_options options)
{
	struct reading reading = reading_of(kind);
	struct html *html = &page->html;
	struct text svg = TEXT_EMPTY;
	char id[64];
	int result;

	snprintf(id, sizeof id, "picture-%s", kind->name);
	options.kind = kind->name;
	options.id = kind->name;
	if (plot_to_text(&options, &svg, page->errors)) {
		text_release(&svg);
		return -1;
	}
	html_begin(html, "figure", "id", id);
	html_element(html, "h3", NULL, "%s", reading.title);
	result = write_svg(page, svg.s, kind->name, &reading);
	html_begin(html, "figcaption");
	html_element(html, "p", NULL, "%s", reading.says);
	if (!result)
		result = write_numbers(page, &reading);
	html_end(html, "figcaption");
	html_end(html, "figure");
	html_raw(html, "\n");
	text_release(&svg);
	return result;
}

static int write_pictures(struct page *page)
{
	struct plot_options options = {
		.databases = page->options->databases,
		.nr_databases = page->nr_runs,
		.node = -1,
		.script_dirs = page->options->script_dirs,
		.interrupted = page->options->interrupted,
	};

	for (size_t i = 0; i < nr_plot_kinds; i++) {
		int has = plot_has_data(&options, &plot_kinds[i], page->errors);

		if (has < 0)
			return -1;
		if (has && write_picture(page, &plot_kinds[i], options))
			return -1;
	}
	return 0;
}

int page_pictures(struct page *page)
{
	int result;

	page_begin_section(page, "pictures", "Pictures");
	result = write_pictures(page);
	page_end_section(page);
	return result;
}
