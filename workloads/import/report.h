/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_REPORT_H
#define KMEMSIM_WORKLOADS_IMPORT_REPORT_H

/*
 * What an import made of its input: nothing is dropped without a count.
 */

#include <stdio.h>

#include "models/types.h"
#include "sim/base/error.h"
#include "sim/base/text.h"

/* Why an event did not become a call: the identifier, and what it means. */
#define IMPORT_SKIPS(X)                                                        \
	X(UNKNOWN_EVENT, "not an event of page allocator or slab")             \
	X(REPEATED, "repeats what mm_page_free says")                          \
	X(INSIDE, "happens inside an allocation or free that the trace has")   \
	X(RECLAIM, "reclaim and compaction act by themselves in a run")        \
	X(OBJECT, "a slab object, for --level calls")                          \
	X(SLAB_PAGE, "the slab's own page, for --level pages")                 \
	X(UNKNOWN_OBJECT, "frees an object allocated before the trace")        \
	X(RECLAIMED, "reclaim freed it, which a run does by itself")           \
	X(MOVED, "compaction freed it, having moved the page")                 \
	X(UNUSED, "compaction freed a frame that nobody allocated")            \
	X(OWN, "compaction allocated it for itself")                           \
	X(NULL_FREE, "frees NULL")                                             \
	X(UNALIGNED, "its frame is no block of its order")                     \
	X(UNREADABLE, "its arguments can't be read")

enum import_skip {
#define X(name, meaning) IMPORT_SKIP_##name,
	IMPORT_SKIPS(X)
#undef X
		NR_IMPORT_SKIPS
};
extern const char *const import_skip_meanings[NR_IMPORT_SKIPS];

#define IMPORT_KINDS_MAX 200 /* event names counted one by one */
#define IMPORT_LINES_KEPT 5

struct import_kind {
	char *name; /* owned */
	uint64_t used;
	uint64_t skipped[NR_IMPORT_SKIPS];
	uint64_t first_line[NR_IMPORT_SKIPS]; /* of what is wrong; else 0 */
};

/* What pages are to reclaim. */
enum page_lru { PAGE_LRU_NONE, PAGE_LRU_FILE, PAGE_LRU_ANON, NR_PAGE_LRUS };

/* A call site whose pages were taken for page cache or anonymous memory. */
struct import_site {
	gfp_t gfp;
	order_t order;
	enum page_lru lru;
	uint64_t allocations;
	uint64_t taken; /* of these, freed by reclaim */
};
#define IMPORT_SITES_MAX 64

struct import_report {
	uint64_t lines;
	uint64_t events;      /* lines that are events */
	uint64_t announced;   /* events written, by the head; 0: not said */
	uint64_t overwritten; /* of those, gone before the first line */
	uint64_t lost_marks;  /* lines that tell of lost events */
	uint64_t lost_events; /* as many as those lines say */
	uint64_t unreadable;  /* lines that are nothing known */
	uint64_t unreadable_line[IMPORT_LINES_KEPT];
	uint64_t stack_lines;	/* of call chains, not used */
	uint64_t no_context;	/* events that don't tell in what context */
	uint64_t softirq_tasks; /* of those, idle tasks' and ksoftirqd's */
	bool unfinished;	/* the last line has no end */

	struct import_kind kind[IMPORT_KINDS_MAX];
	size_t nr_kinds;
	uint64_t other_kinds; /* events of still other names */

	uint64_t calls;		 /* written to the workload */
	uint64_t failed_allocs;	 /* the kernel had no page */
	uint64_t unknown_frees;	 /* of pages the trace never allocated */
	uint64_t part_frees;	 /* of a part of an allocation */
	uint64_t supplied_frees; /* allocated again while live: free was lost */
	uint64_t bulk_pages;	 /* taken by vmalloc without an event */
	uint64_t bulk_found;	 /* of these, frames known by their frees */
	uint64_t bulk_unplaced;	 /* of the others: somebody has the frame */
	uint64_t live_at_end;	 /* blocks */
	uint64_t live_pages_at_end;
	uint64_t unknown_gfp; /* events with flags that have no meaning */
	uint64_t missing_gfp; /* events with nothing behind gfp_flags= */
	uint64_t gfp_masks;   /* events with flags as a number */
	uint32_t gfp_version; /* by whose bits: KERNEL_VERSION(); 0: guess */
	/* Nonzero: reading ends, of what is not whole. May be NULL. */
	const volatile int *interrupted;
	const char *gfp_kernels;      /* "5.0 to 6.2": those bits' kernels */
	uint64_t clamped_times;	      /* stepped back between CPUs */
	uint64_t span_ns;	      /* from the first event to the last */
	uint64_t cpus[MAX_CPUS / 64]; /* bit n: CPU n has events */

	/* --model-reclaim only */
	struct import_site site[IMPORT_SITES_MAX];
	size_t nr_sites;
	uint64_t lru_allocs[NR_PAGE_LRUS]; /* page cache, anonymous memory */
	uint64_t lru_dirty;		   /* of the page cache */
	uint64_t start_pages;  /* of before the trace, on LRU lists */
	uint64_t reclaim_kept; /* frees by reclaim that stay */
	uint64_t moved_freed;  /* frees of a frame, given a moved page's id */
	uint64_t moved_reclaimed; /* the same by reclaim, left out */
	uint64_t moved_at_end;	  /* moved, and not found again */
	uint64_t swapped_in;	  /* come back from swap, as a use */
	uint64_t swapped_freed;	  /* in swap when their process ended */
	uint64_t shared_taken;	  /* of memory that outlives its process */
	uint64_t truncates;

	/* --level calls only */
	uint64_t caches;
	uint64_t caches_guessed; /* allocations whose cache is a guess */
	uint64_t live_objects_at_end;
	uint64_t supplied_object_frees;
};

/*
 * The counters of an event's name; NULL where the table is full, and
 * other_kinds was counted, or the host has no memory for the name.
 */
struct import_kind *import_report_kind(struct import_report *report,
				       const char *name, size_t length);

void import_report_cpu(struct import_report *report, uint32_t cpu);
uint32_t import_report_nr_cpus(const struct import_report *report);

/* The whole report, for people. */
void import_report_add(const struct import_report *report, struct text *text);

void import_report_release(struct import_report *report);

/*
 * For a reading of the file at `path` before the one whose calls are written,
 * which counts in earnest: a report with the settings that are in `of`. NULL
 * with an error. import_report_free() frees it.
 */
struct import_report *import_report_ahead(const struct import_report *of,
					  const char *path,
					  struct errors *errors);
void import_report_free(struct import_report *report);

#endif
