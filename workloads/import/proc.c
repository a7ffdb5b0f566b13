/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A config from /proc: zones exactly as the kernel has them, and the free
 * blocks by reference to the file that counts them.
 *
 * What /proc does not tell, and what is done about it:
 * - which node a CPU belongs to: with more than one node, CPUs are dealt out
 *   in equal runs, lowest first, and the config says that this is a guess;
 * - where in a zone its holes are, and the distances between nodes: left to
 *   the config's reader;
 * - what lies on the per-CPU lists: those pages count as in use; how many
 *   there were is said in a comment.
 *
 * The watermarks that /proc/zoneinfo shows have the boost in them
 * (min_wmark_pages(), include/linux/mmzone.h, Linux 6.1), which passes: it is
 * taken off. ZONE_DEVICE is the last of the kernel's zones (enum zone_type),
 * so that its column of `protection` is the one that is left out.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/import/lines.h"
#include "workloads/import/proc.h"
#include "workloads/import/zoneinfo.h"
#include "workloads/writer.h"

/* Zones of a kernel without ZONE_DEVICE, on both kinds of x86. */
#define NR_RESERVES 4

enum proc_file { PROC_ZONEINFO, PROC_PAGETYPEINFO, PROC_BUDDYINFO, NR_FILES };

static const char *const file_names[NR_FILES] = {
	[PROC_ZONEINFO] = "zoneinfo",
	[PROC_PAGETYPEINFO] = "pagetypeinfo",
	[PROC_BUDDYINFO] = "buddyinfo",
};

struct proc_import {
	const char *path[NR_FILES]; /* NULL: not given */
	struct zoneinfo info;
	uint64_t pageblock_order;
	uint64_t max_order;
	bool has_pageblock_order;
	bool has_max_order;
	struct proc_report *report;
	struct errors *errors;
};

/* ---- which file is which ------------------------------------------------- */

static const char *word_after(const char *line, const char *key)
{
	const char *p = strstr(line, key);

	return p ? p + strlen(key) + strspn(p + strlen(key), " \t") : NULL;
}

/* "Node 0, zone DMA" is zoneinfo's, with counts behind it buddyinfo's. */
static int classify(const char *line)
{
	const char *zone;

	if (strncmp(line, "Page block order:", 17) == 0)
		return PROC_PAGETYPEINFO;
	zone = word_after(line, "zone ");
	if (strncmp(line, "Node ", 5) != 0 || !zone)
		return -1;
	zone += strcspn(zone, " \t");
	zone += strspn(zone, " \t");
	return *zone ? PROC_BUDDYINFO : PROC_ZONEINFO;
}

/* The columns of counts: one for each order. */
static void read_orders(struct proc_import *import, int file, const char *line)
{
	const char *p = NULL;
	uint64_t nr = 0;

	if (file == PROC_PAGETYPEINFO &&
	    strncmp(line, "Page block order:", 17) == 0) {
		p = line + 17 + strspn(line + 17, " \t");
		import->has_pageblock_order = parse_u64(
			p, strcspn(p, " \t"), &import->pageblock_order);
		return;
	}
	if (import->has_max_order)
		return;
	if (file == PROC_PAGETYPEINFO)
		p = word_after(line, "at order ");
	else
		p = word_after(line, "zone ");
	if (!p)
		return;
	if (file == PROC_BUDDYINFO)
		p += strcspn(p, " \t");
	for (p += strspn(p, " \t"); *p; p += strspn(p, " \t")) {
		p += strcspn(p, " \t");
		nr++;
	}
	import->has_max_order = nr > 0;
	import->max_order = nr - 1;
}

static int take_file(struct proc_import *import, const char *path)
{
	struct place place = { .file = path };
	struct lines lines;
	int file = -1;
	size_t length;
	char *line;
	int got;

	if (lines_open(&lines, path, import->errors) < 0)
		return -1;
	while ((got = lines_next(&lines, &line, &length, import->errors)) > 0) {
		if (lines.nr == 1)
			file = classify(line);
		if (file < 0 || file == PROC_ZONEINFO)
			break;
		read_orders(import, file, line);
	}
	lines_close(&lines);
	if (got < 0)
		return -1;
	if (file < 0)
		return error_input(import->errors, place,
				   "neither zoneinfo nor pagetypeinfo nor "
				   "buddyinfo of /proc");
	if (import->path[file])
		return error_input(import->errors, place,
				   "a second %s: %s was one already",
				   file_names[file], import->path[file]);
	import->path[file] = path;
	return 0;
}

/* ---- the config ---------------------------------------------------------- */

static void add_zone(struct text *text, const struct zoneinfo_zone *zone)
{
	size_t nr = zone->nr_protection;
	unsigned long long mark[NR_WMARK];
	size_t i;

	for (i = 0; i < NR_WMARK; i++)
		mark[i] = zone->watermark[i] > zone->boost ?
				  zone->watermark[i] - zone->boost :
				  0;
	if (nr > NR_RESERVES)
		nr = NR_RESERVES;
	text_add(text,
		 "      - type: %s\n"
		 "        start_pfn: %llu\n"
		 "        spanned_pages: %llu\n"
		 "        present_pages: %llu\n"
		 "        managed_pages: %llu\n"
		 "        watermarks: {min: %llu, low: %llu, high: %llu}\n",
		 zone_type_names[zone->type],
		 (unsigned long long)zone->start_pfn,
		 (unsigned long long)zone->spanned,
		 (unsigned long long)zone->present,
		 (unsigned long long)zone->managed, mark[WMARK_MIN],
		 mark[WMARK_LOW], mark[WMARK_HIGH]);
	for (i = 0; i < nr; i++)
		text_add(text, "%s%llu", i ? ", " : "        lowmem_reserve: [",
			 (unsigned long long)zone->protection[i]);
	if (nr)
		text_add(text, "]\n");
	if (zone->pcp_batch)
		text_add(text, "        pcp: {high: %llu, batch: %llu}\n",
			 (unsigned long long)zone->pcp_high,
			 (unsigned long long)zone->pcp_batch);
	text_add(text, "        nr_free_pages: %llu\n",
		 (unsigned long long)zone->free);
}

static uint32_t count_nodes(const struct zoneinfo *info)
{
	bool seen[MAX_NODES] = { false };
	uint32_t nr = 0;
	size_t i;

	for (i = 0; i < info->nr_zones; i++) {
		nr += !seen[info->zone[i].node];
		seen[info->zone[i].node] = true;
	}
	return nr;
}

/* The n-th of `nodes` equal runs of the CPUs that are online. */
static void add_cpus(struct text *text, const struct zoneinfo *info, uint32_t n,
		     uint32_t nodes)
{
	uint32_t first = n * info->nr_cpus / nodes;
	uint32_t end = (n + 1) * info->nr_cpus / nodes;
	const char *between = "";
	uint32_t cpu, i = 0;

	text_add(text, "    cpus: [");
	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (!info->cpu[cpu])
			continue;
		if (i >= first && i < end) {
			text_add(text, "%s%u", between, cpu);
			between = ", ";
		}
		i++;
	}
	text_add(text, "]%s\n", nodes > 1 ? "  # a guess" : "");
}

static void add_node(struct text *text, struct proc_import *import, node_t node,
		     uint32_t n)
{
	const struct zoneinfo *info = &import->info;
	bool any = false;
	size_t i;

	text_add(text, "  - id: %d\n", node);
	add_cpus(text, info, n, import->report->nodes);
	for (i = 0; i < info->nr_zones; i++) {
		if (info->zone[i].node != node || !info->zone[i].present)
			continue;
		if (!any)
			text_add(text, "    zones:\n");
		any = true;
		add_zone(text, &info->zone[i]);
		import->report->zones++;
		import->report->pcp_pages += info->zone[i].pcp_pages;
		import->report->boost += info->zone[i].boost;
	}
	if (!any)
		text_add(text, "    zones: []\n");
}

static void add_nodes(struct text *text, struct proc_import *import)
{
	const struct zoneinfo *info = &import->info;
	uint32_t n = 0;
	size_t i;
	int node;

	text_add(text, "nodes:\n");
	for (node = 0; node < MAX_NODES; node++) {
		for (i = 0; i < info->nr_zones; i++)
			if (info->zone[i].node == node)
				break;
		if (i < info->nr_zones)
			add_node(text, import, (node_t)node, n++);
	}
}

static const char *profile_of(const struct zoneinfo *info)
{
	size_t i;

	for (i = 0; i < info->nr_zones; i++)
		if (info->zone[i].type == ZONE_HIGHMEM)
			return "linux-6.1-i386-pae";
	return "linux-6.1-x86_64";
}

/* The folder of a path that may not be there yet, without links in it. */
static bool real_folder(const char *path, char folder[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	char copy[PATH_MAX];
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, path, length);
	copy[length] = '\0';
	if (!length)
		strcpy(copy, slash ? "/" : ".");
	return realpath(copy, folder) != NULL;
}

/* `file` as seen from the folder of `from`. */
static void add_relative(struct text *text, const char *from, const char *file)
{
	const char *base = strrchr(file, '/');
	char here[PATH_MAX], there[PATH_MAX];
	size_t i, common = 0;
	struct text path = TEXT_EMPTY;

	base = base ? base + 1 : file;
	if (!from || strcmp(from, "-") == 0)
		from = "";
	if (!real_folder(from, here) || !real_folder(file, there)) {
		text_add_yaml(text, file);
		return;
	}
	for (i = 0; here[i] == there[i]; i++) {
		if (here[i] == '/' || here[i] == '\0')
			common = i;
		if (here[i] == '\0')
			break;
	}
	if (here[i] != there[i] && ((here[i] == '\0' && there[i] == '/') ||
				    (there[i] == '\0' && here[i] == '/')))
		common = i;
	for (i = common; here[i]; i++)
		if (here[i] == '/' && here[i + 1])
			text_add(&path, "../");
	if (there[common] && there[common + 1])
		text_add(&path, "%s/", there + common + 1);
	text_add(&path, "%s", base);
	text_add_yaml(text, path.failed ? base : path.s);
	text_release(&path);
}

static void add_initial_state(struct text *text, struct proc_import *import,
			      const struct proc_options *options)
{
	int file = import->path[PROC_PAGETYPEINFO] ? PROC_PAGETYPEINFO :
						     PROC_BUDDYINFO;

	if (!import->path[file])
		return;
	import->report->has_free_lists = true;
	text_add(text, "initial_state:\n  %s: ", file_names[file]);
	add_relative(text, options->config_path, import->path[file]);
	text_add(text, "\n");
}

static void add_config(struct text *text, struct proc_import *import,
		       const struct proc_options *options)
{
	struct proc_report *report = import->report;
	struct text nodes = TEXT_EMPTY;

	report->nodes = count_nodes(&import->info);
	report->cpus = import->info.nr_cpus;
	report->cpus_guessed = report->nodes > 1 && report->cpus > 0;
	add_nodes(&nodes, import);
	text_add(text, "# A machine as its /proc/zoneinfo shows it.\n");
	if (report->cpus_guessed)
		text_add(text, "# /proc does not say which node a CPU belongs "
			       "to: check `cpus`.\n");
	if (report->pcp_pages)
		text_add(text,
			 "# %llu pages were on per-CPU lists; here they "
			 "count as in use.\n",
			 (unsigned long long)report->pcp_pages);
	text_add(text, "kmemsim: config\nversion: 1\nname: ");
	text_add_yaml(text, options->name ? options->name : "machine");
	text_add(text, "\nprofile: ");
	text_add_yaml(text, options->profile ? options->profile :
					       profile_of(&import->info));
	text_add(text, "\n");
	if (import->has_max_order)
		text_add(text, "max_order: %llu\n",
			 (unsigned long long)import->max_order);
	if (import->has_pageblock_order)
		text_add(text, "pageblock_order: %llu\n",
			 (unsigned long long)import->pageblock_order);
	text_add_bytes(text, nodes.s ? nodes.s : "", nodes.length);
	text->failed |= nodes.failed;
	text_release(&nodes);
	add_initial_state(text, import, options);
}

/* ---- the whole ----------------------------------------------------------- */

static int read_files(struct proc_import *import, const char *const *paths,
		      size_t nr_paths)
{
	struct place place = { .file = nr_paths ? paths[0] : "import proc" };
	int result = 0;
	size_t i;

	for (i = 0; i < nr_paths; i++)
		if (take_file(import, paths[i]) < 0)
			result = -1;
	if (result < 0)
		return -1;
	if (!import->path[PROC_ZONEINFO])
		return error_input(import->errors, place,
				   "a copy of /proc/zoneinfo is needed: only "
				   "that one has the zones' sizes");
	return zoneinfo_read(&import->info, import->path[PROC_ZONEINFO],
			     import->errors);
}

static int write_config(struct proc_import *import, FILE *out,
			const struct proc_options *options)
{
	struct text text = TEXT_EMPTY;
	bool failed;

	add_config(&text, import, options);
	failed = text.failed;
	errno = 0;
	if (!failed) {
		fwrite(text.s, 1, text.length, out);
		failed = fflush(out) != 0 || ferror(out) != 0;
	}
	text_release(&text);
	return failed ? error_host(import->errors, "can't write the config") :
			0;
}

int import_proc(const char *const *paths, size_t nr_paths, FILE *out,
		const struct proc_options *options, struct proc_report *report,
		struct errors *errors)
{
	struct proc_import import = { .report = report, .errors = errors };
	int err;

	*report = (struct proc_report){ .nodes = 0 };
	err = read_files(&import, paths, nr_paths);
	if (!err)
		err = write_config(&import, out, options);
	zoneinfo_release(&import.info);
	return err;
}

void proc_report_add(const struct proc_report *report, struct text *text)
{
	text_add(text, "%u nodes, %u zones with memory, %u CPUs\n",
		 report->nodes, report->zones, report->cpus);
	if (report->cpus_guessed)
		text_add(text, "which node each CPU belongs to is a guess: "
			       "/proc does not say\n");
	if (report->pcp_pages)
		text_add(text, "%llu pages on per-CPU lists count as in use\n",
			 (unsigned long long)report->pcp_pages);
	if (report->boost)
		text_add(text,
			 "watermarks were boosted by %llu pages, taken "
			 "off\n",
			 (unsigned long long)report->boost);
	if (!report->has_free_lists)
		text_add(text, "no pagetypeinfo or buddyinfo: all memory is "
			       "free at the start\n");
}
