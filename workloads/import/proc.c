/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `import proc`: a config from what /proc shows, in any order.
 *
 *	zoneinfo --------------------------------> the zones, exactly
 *	pagetypeinfo or buddyinfo -- by its name -> initial_state: free blocks
 *	vmallocinfo -- as a table beside the config -> initial_state: vmap_areas
 *	slabinfo --------------------------------> a workload of its own
 *
 * Which file is which is told from its first line.
 *
 * What /proc does not tell, and what is done about it:
 * - which node a CPU belongs to: machine_config.c;
 * - where in a zone its holes are, and the distances between nodes: left to
 *   the config's reader;
 * - what lies on the per-CPU lists: those pages count as in use; how many
 *   there were is said in a comment.
 *
 * The pages of slabs are in use at the start, as all that is not free. A
 * workload from slabinfo takes its pages besides: where a config has both,
 * they are there twice, which the report says.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/import/format.h"
#include "workloads/import/lines.h"
#include "workloads/import/machine_config.h"
#include "workloads/import/proc.h"
#include "workloads/yaml/writer.h"

enum proc_file {
	PROC_ZONEINFO,
	PROC_PAGETYPEINFO,
	PROC_BUDDYINFO,
	PROC_SLABINFO,
	PROC_VMALLOCINFO,
	NR_FILES
};

static const char *const file_names[NR_FILES] = {
	[PROC_ZONEINFO] = "zoneinfo",
	[PROC_PAGETYPEINFO] = "pagetypeinfo",
	[PROC_BUDDYINFO] = "buddyinfo",
	[PROC_SLABINFO] = "slabinfo",
	[PROC_VMALLOCINFO] = "vmallocinfo",
};

struct proc_import {
	const char *path[NR_FILES]; /* NULL: not given */
	struct zoneinfo info;
	struct machine_config config;
	struct text initial; /* the lines of initial_state */
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

	if (slabinfo_is_first_line(line))
		return PROC_SLABINFO;
	if (vmallocinfo_is_line(line))
		return PROC_VMALLOCINFO;
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
		import->config.has_pageblock_order = parse_u64(
			p, strcspn(p, " \t"), &import->config.pageblock_order);
		return;
	}
	if (import->config.has_max_order)
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
	import->config.has_max_order = nr > 0;
	import->config.max_order = nr - 1;
}

/* The kernel has stopped counting a list: how much of it is free, it hides. */
static int refuse_uncounted(const struct proc_import *import, const char *path,
			    const struct lines *lines, const char *line)
{
	const char *p = strchr(line, '>');
	struct place place = { path, lines->nr, (uint64_t)(p - line) + 1 };

	return error_input(import->errors, place,
			   "\"%.*s\": the kernel counts no further there, so "
			   "that the rest is not known; give the machine's "
			   "buddyinfo instead, which has all, but no types",
			   (int)strcspn(p, " \t"), p);
}

static int take_file(struct proc_import *import, const char *path)
{
	struct place place = place_of_file(path);
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
		if (file != PROC_PAGETYPEINFO && file != PROC_BUDDYINFO)
			break;
		read_orders(import, file, line);
		if (strchr(line, '>')) {
			got = refuse_uncounted(import, path, &lines, line);
			break;
		}
	}
	lines_close(&lines);
	if (got < 0)
		return -1;
	if (file < 0)
		return error_input(import->errors, place,
				   "neither zoneinfo nor pagetypeinfo, "
				   "buddyinfo, slabinfo or vmallocinfo of "
				   "/proc");
	if (import->path[file])
		return error_input(import->errors, place,
				   "a second %s: %s was one already",
				   file_names[file], import->path[file]);
	import->path[file] = path;
	return 0;
}

/* ---- the config ---------------------------------------------------------- */

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

static int add_areas(struct proc_import *import,
		     const struct proc_options *options)
{
	const char *path = import->path[PROC_VMALLOCINFO];
	const char *name;
	FILE *out;

	if (!path || !options->job)
		return 0;
	import->report->has_areas = true;
	out = import_job_side(options->job, "vmap_areas.csv", &name);
	if (!out || vmallocinfo_import(path, out, &import->report->areas,
				       import->errors) < 0)
		return -1;
	text_add(&import->initial, "  vmap_areas: ");
	text_add_yaml(&import->initial, name);
	text_add(&import->initial, "\n");
	return 0;
}

static int add_initial_state(struct proc_import *import,
			     const struct proc_options *options)
{
	int file = import->path[PROC_PAGETYPEINFO] ? PROC_PAGETYPEINFO :
						     PROC_BUDDYINFO;

	if (import->path[file]) {
		import->report->has_free_lists = true;
		text_add(&import->initial, "  %s: ", file_names[file]);
		add_relative(&import->initial, options->config_path,
			     import->path[file]);
		text_add(&import->initial, "\n");
	}
	return add_areas(import, options);
}

static void count(struct proc_import *import)
{
	const struct zoneinfo *info = &import->info;
	struct proc_report *report = import->report;

	report->nodes = machine_config_nodes(info);
	report->cpus = info->nr_cpus;
	report->cpus_guessed = report->nodes > 1 && report->cpus > 0;
	for (size_t i = 0; i < info->nr_zones; i++) {
		if (!info->zone[i].present)
			continue;
		report->zones++;
		report->pcp_pages += info->zone[i].pcp_pages;
		report->boost += info->zone[i].boost;
	}
}

static void add_comment(struct text *text, const struct proc_report *report)
{
	text_add(text, "A machine as its /proc/zoneinfo shows it.");
	if (report->cpus_guessed)
		text_add(text, "\n/proc does not say which node a CPU belongs "
			       "to: check `cpus`.");
	if (report->pcp_pages)
		text_add(text,
			 "\n%llu page%s on per-CPU lists count%s here as in "
			 "use.",
			 (unsigned long long)report->pcp_pages,
			 plural(report->pcp_pages),
			 report->pcp_pages == 1 ? "s" : "");
}

static int write_config(struct proc_import *import, FILE *out,
			const struct proc_options *options)
{
	struct text comment = TEXT_EMPTY;
	int err;

	count(import);
	add_comment(&comment, import->report);
	import->config.info = &import->info;
	import->config.comment = comment.s;
	import->config.name = options->name;
	import->config.profile = options->profile;
	import->config.initial_state = import->initial.s;
	if (comment.failed || import->initial.failed)
		err = error_host(import->errors, "no memory for the config");
	else
		err = machine_config_write(&import->config, out,
					   import->errors);
	text_release(&comment);
	return err;
}

/* ---- the whole ----------------------------------------------------------- */

static int read_files(struct proc_import *import, const char *const *paths,
		      size_t nr_paths)
{
	struct place place = place_of_file(nr_paths ? paths[0] : "import proc");
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

/* Slabs, where somebody wants their workload. */
static int write_slabs(struct proc_import *import,
		       const struct proc_options *options)
{
	struct proc_report *report = import->report;

	report->slabs_given = import->path[PROC_SLABINFO] != NULL;
	report->has_slabs = report->slabs_given && options->workload;
	if (!report->has_slabs)
		return 0;
	return slabinfo_import(import->path[PROC_SLABINFO], options->workload,
			       options->name, &report->slabs, import->errors);
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
		err = add_initial_state(&import, options);
	if (!err)
		err = write_config(&import, out, options);
	if (!err)
		err = write_slabs(&import, options);
	text_release(&import.initial);
	zoneinfo_release(&import.info);
	return err;
}

static void add_lost(const struct proc_report *report, struct text *text)
{
	if (report->has_areas)
		vmallocinfo_report_add(&report->areas, text);
	if (report->has_slabs)
		slabinfo_report_add(&report->slabs, text);
	if (report->has_slabs && report->has_free_lists)
		text_add(text,
			 "the slabs' %llu page%s %s in use at the start and "
			 "taken again by the workload: leave out the counts "
			 "of free blocks to begin with none of them\n",
			 (unsigned long long)report->slabs.pages,
			 plural(report->slabs.pages),
			 report->slabs.pages == 1 ? "is" : "are");
	if (report->slabs_given && !report->has_slabs)
		text_add(text, "slabinfo was not used: its caches make a "
			       "workload, with `import proc` and both -o and "
			       "--config\n");
}

void proc_report_add(const struct proc_report *report, struct text *text)
{
	text_add_counted(text, 0, report->nodes, "node[s], ");
	text_add_counted(text, 0, report->zones, "zone[s] with memory, ");
	text_add_counted(text, 0, report->cpus, "CPU[s]\n");
	if (report->cpus_guessed)
		text_add(text, "which node each CPU belongs to is a guess: "
			       "/proc does not say\n");
	if (report->pcp_pages)
		text_add_counted(text, 0, report->pcp_pages,
				 "page[s] on per-CPU lists count[s|] as in "
				 "use\n");
	if (report->boost)
		text_add(text,
			 "watermarks were boosted by %llu page%s, taken "
			 "off\n",
			 (unsigned long long)report->boost,
			 plural(report->boost));
	if (!report->has_free_lists)
		text_add(text, "no pagetypeinfo or buddyinfo: all memory is "
			       "free at the start\n");
	add_lost(report, text);
}

int import_machine(struct import_job *job, size_t first_file)
{
	struct proc_options options = {
		.name = job->name,
		.profile = job->profile,
		.config_path = job->config_path,
		.job = job,
		/* Behind a trace, that one is the workload. */
		.workload = first_file ? NULL : job->workload,
	};
	struct proc_report report;

	if (import_proc(job->files + first_file, job->nr_files - first_file,
			job->config, &options, &report, job->errors) < 0)
		return -1;
	proc_report_add(&report, job->report);
	return 0;
}

/* ---- the format ---------------------------------------------------------- */

/* A slabinfo among the files makes a workload. */
static bool has_slabinfo(const char *const *files, size_t nr_files)
{
	struct errors errors = ERRORS_NONE;
	struct lines lines;
	bool found = false;
	size_t length;
	char *line;

	for (size_t i = 0; i < nr_files && !found; i++) {
		/* What can't be opened is told when it is read. */
		found = lines_open(&lines, files[i], &errors) < 0;
		if (found)
			break;
		found = lines_next(&lines, &line, &length, &errors) > 0 &&
			slabinfo_is_first_line(line);
		lines_close(&lines);
	}
	errors_release(&errors);
	return found;
}

static int import_files(struct import_job *job)
{
	return import_machine(job, 0);
}

const struct import_format import_format_proc = {
	.name = "proc",
	.most_files = PROC_FILES_MAX,
	.makes_config = true,
	.has_workload = has_slabinfo,
	.import = import_files,
};
