/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_LINT_H
#define KMEMSIM_CLI_LINT_H

/*
 * What can be said of a workload's calls without running them: which rules of
 * the kernel they break, and which names of flags its kernel does not have.
 */

#include "configs/config.h"
#include "models/types.h"
#include "sim/ids/allocations.h"
#include "sim/rules/rules.h"
#include "sim/source.h"

/* Which kernels a profile stands for, as KERNEL_VERSION(). */
struct kernel_range {
	uint32_t oldest;
	uint32_t newest;
};

/* By the profile's name: linux-MAJOR.MINOR…; NULL and others: Linux 6.1. */
struct kernel_range kernel_range_of(const char *profile);

/*
 * Adds a note for each name of a flag that the source has used and its kernel
 * has not: where it was first, and what it was taken for.
 */
void lint_gfp_names(const struct source *source, struct kernel_range kernel,
		    struct errors *notes);

/* A cache or a pool. */
struct lint_cache {
	uint64_t live;	     /* what is out */
	uint64_t sure;	     /* of these, what can't have failed */
	uint64_t min_nr;     /* of a pool: what it keeps in reserve */
	bool is_there;	     /* created, and not destroyed */
	bool may_drop;	     /* SLAB_RECLAIM_ACCOUNT */
	bool may_be_missing; /* a run may not have made it */
};

/* A block that was freed in part. */
struct lint_split {
	uint8_t *freed; /* owned; a bit for each page */
	uint64_t left;	/* pages that were not freed */
	size_t next;	/* of the places that are unused; one above its index */
};

/*
 * A warning, and how often it was due: all calls of a generator are made in one
 * place, and told of in one line.
 */
struct lint_told {
	uint64_t line;
	uint32_t column;
	uint32_t rule;	/* enum rule_id */
	uint64_t times; /* 0: none is here */
	size_t index;	/* among the warnings */
};
#define LINT_TOLD 16 /* so many places are remembered */

/*
 * Follows a workload call by call, as if every allocation succeeded; of pools
 * it knows which elements their callers may not have got. Set it up with what
 * it borrows, and the rest zero.
 */
struct lint {
	const struct rules *rules;
	const struct machine_desc *machine; /* NULL: any */
	const struct source *source;
	struct errors *errors;
	struct errors *warnings;
	struct allocations live;
	bool missed[MAX_CPUS];	  /* CPUs that were told of */
	struct lint_cache *cache; /* by cache or pool */
	size_t nr_caches;	  /* entries of cache[] */
	struct lint_split *split;
	size_t nr_splits;
	size_t split_room;
	size_t unused_split; /* as lint_split.next */
	struct lint_told told[LINT_TOLD];
	size_t nr_told; /* in all: the oldest gives way */
};

void lint_call(struct lint *lint, const struct call *call);
/* The warnings are as they stay only now. */
void lint_release(struct lint *lint);

/* --- for lint_pages.c --- */

#define LINT_ID_MAX 96

struct place lint_place(const struct lint *lint, const struct call *call);
/* The call's id, as messages spell it. Returns `text`. */
const char *lint_id_text(const struct lint *lint, const struct call *call,
			 char text[LINT_ID_MAX]);

/* --- lint_pages.c --- */

/* A block is freed: true if it was in part, right or wrong, and all is said. */
bool lint_free_pages(struct lint *lint, const struct call *call,
		     struct allocation *allocation);
/* The call uses a page of the allocation. */
void lint_use_page(struct lint *lint, const struct call *call,
		   const struct allocation *allocation);
void lint_pages_release(struct lint *lint);

#endif
