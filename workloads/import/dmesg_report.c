/* SPDX-License-Identifier: GPL-2.0-only */
/* What an import of a kernel's report says: found, guessed, lost. */

#include <stdio.h>
#include <string.h>

#include "workloads/import/dmesg_import.h"

/* Whose rules the run will go by, where they are another kernel's. */
static void add_kernel(const struct dmesg_import *import, struct text *text)
{
	const struct splat *splat = &import->splat;
	const char *profile = dmesg_profile(import);
	char of_profile[32];

	snprintf(of_profile, sizeof of_profile, "linux-%u.%u-",
		 splat->version >> 24, splat->version >> 16 & 0xff);
	text_add(text, "Linux %s", splat->version_text);
	if (import->job->config &&
	    strncmp(profile, of_profile, strlen(of_profile)) != 0)
		text_add(text, ": simulated by the rules of %s", profile);
	text_add(text, "\n");
}

static void add_found(const struct dmesg_import *import, struct text *text)
{
	const struct splat *splat = &import->splat;

	text_add(text, "report %llu of %llu in the log, line %llu: %s\n",
		 (unsigned long long)import->job->nth,
		 (unsigned long long)import->nr,
		 (unsigned long long)splat->line,
		 splat->oom ? "the OOM killer" : "page allocation failure");
	if (splat->version)
		add_kernel(import, text);
	text_add_counted(text, 0, splat->nr_zones, "zone[s], pages of ");
	text_add(text, "%llu KiB\n", (unsigned long long)import->page_kb);
	if (splat->site[0])
		text_add(text, "called from %s\n", splat->site);
}

static bool is_foreign(const struct dmesg_import *import)
{
	return import->splat.other_processor || import->page_kb != 4;
}

static void add_guessed(const struct dmesg_import *import, struct text *text)
{
	const struct splat *splat = &import->splat;

	if (import->gfp_kernels)
		text_add(text, "mask %#llx read by the bits of Linux %s%s\n",
			 (unsigned long long)splat->mask, import->gfp_kernels,
			 import->gfp_guessed ? ", a guess (--gfp-bits)" : "");
	text_add(text, "%s context, %s\n", call_context_names[splat->ctx],
		 splat->has_trace ? "by the call trace" :
		 splat->ctx == CONTEXT_PROCESS ?
				    "for there is no call trace" :
				    "since idle tasks and ksoftirqd "
				    "call in nothing else");
	if (!import->job->config)
		return;
	text_add(text,
		 "where zones lie, and that there %s %u CPU%s, is a "
		 "guess\n",
		 import->info.nr_cpus == 1 ? "is" : "are", import->info.nr_cpus,
		 plural(import->info.nr_cpus));
	if (is_foreign(import))
		text_add(text,
			 "the log is not of an x86: zones, addresses and costs "
			 "are those of %s\n",
			 dmesg_profile(import));
	if (import->lru_pages)
		text_add_counted(text, 0, import->lru_pages,
				 "page[s] of page cache and anonymous memory: "
				 "which frames they are is a guess\n");
	if (import->orders_shared)
		text_add_counted(
			text, 0, import->orders_shared,
			"order[s] of free blocks [has|have] several "
			"migrate types; how many of each is a guess\n");
}

static void add_lost(const struct dmesg_import *import, struct text *text)
{
	const struct splat *splat = &import->splat;

	if (import->gfp_unknown)
		text_add(text, "some of the flags are not known and left "
			       "out\n");
	if (!import->job->config)
		return;
	dmesg_add_old_marks(import, text);
	if (splat->had_reserve_type)
		text_add(text, "blocks of MIGRATE_RESERVE count as "
			       "unmovable\n");
	if (import->cma_pages)
		text_add_counted(text, 0, import->cma_pages,
				 "free page[s] of contiguous areas "
				 "count[s|] as in use\n");
	if (import->pcp_pages)
		text_add_counted(text, 0, import->pcp_pages,
				 "page[s] on per-CPU lists count[s|] as in "
				 "use\n");
	if (import->lru_left_out)
		text_add_counted(text, 0, import->lru_left_out,
				 "page[s] on LRU lists [is|are] more than is "
				 "in use: left out\n");
	if (!import->lru_pages && splat->lru_pages)
		text_add_counted(text, 0, splat->lru_pages,
				 "page[s] on LRU lists, of no zone that the "
				 "log tells: in use, and nothing that reclaim "
				 "could take\n");
	if (splat->slab_pages)
		text_add_counted(text, 0, splat->slab_pages,
				 "page[s] of reclaimable slabs count[s|] as in "
				 "use, and nothing that reclaim could take\n");
}

void dmesg_report(const struct dmesg_import *import, struct text *text)
{
	add_found(import, text);
	add_guessed(import, text);
	add_lost(import, text);
}
