/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_CALL_IMPORT_H
#define KMEMSIM_WORKLOADS_IMPORT_CALL_IMPORT_H

/*
 * --level calls: what a first look at the whole trace tells (trace_survey),
 * and the calls made with that knowledge.
 */

#include "workloads/import/page_import.h"

/* A slab cache of the trace. */
struct traced_cache {
	uint32_t name;	     /* as kmem_cache_free told it; 0: a guess */
	uint32_t label;	     /* as the workload has it: unique */
	uint32_t size;	     /* bytes_alloc */
	uint32_t slab_flags; /* enum slab_flag */
};

struct trace_survey {
	uint64_t page_offset; /* where the linear map begins */

	struct traced_cache *cache; /* owned; in the order of first use */
	size_t nr_caches;
	size_t cache_room;

	/* Of the trace's n-th kmem_cache_alloc: index in cache[]. */
	uint32_t *cache_of; /* owned */
	size_t nr_cache_allocs;
	size_t cache_of_room;

	/* Of the n-th mm_page_alloc and mm_page_free: the slab's own. */
	bool *slab_alloc; /* owned */
	size_t nr_page_allocs;
	size_t slab_alloc_room;
	bool *slab_free; /* owned */
	size_t nr_page_frees;
	size_t slab_free_room;

	uint64_t guessed; /* allocations whose cache is a guess */
};

/*
 * Reads the trace twice, with the settings that are in the report `of`, and
 * counts nothing there. -1 with an error. Release in any case.
 */
int trace_survey_read(struct trace_survey *survey, const char *path,
		      struct names *names, const struct import_report *of,
		      struct errors *errors);
void trace_survey_release(struct trace_survey *survey);

/* The frame of an object; PFN_NONE where it is not in the linear map. */
pfn_t trace_survey_pfn(const struct trace_survey *survey, uint64_t ptr);

/* Writes all calls of the trace. -1 with an error. */
int call_import_run(struct page_import *import,
		    const struct trace_survey *survey,
		    struct trace_reader *reader);

#endif
