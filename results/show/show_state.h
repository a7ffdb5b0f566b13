/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SHOW_SHOW_STATE_H
#define KMEMSIM_RESULTS_SHOW_SHOW_STATE_H

/*
 * The state of a machine at one sample, read back from a run's database:
 * what the views of results/show/show.h are written from. Internal to results/.
 */

#include "models/types.h"
#include "results/database/database.h"
#include "results/text/json.h"
#include "sim/base/host.h"

#define SHOW_ZONES_MAX (NR_ZONE_TYPES + 1) /* with that for devices */

/* A counter that is not 0. */
struct show_stat {
	const char *name; /* the kernel's */
	uint64_t value;
};

struct show_stats {
	struct show_stat *stat;
	size_t nr;
};

/* A CPU's lists of a zone, in pages. */
struct show_pcp {
	int64_t count;
	int64_t high;
	int64_t batch;
};

/* All amounts in pages; all zeros in a zone without memory. */
struct show_zone {
	const char *name;
	uint64_t start_pfn;
	uint64_t spanned, present, managed;
	uint64_t nr_free_pages;	 /* the counter */
	uint64_t min, low, high; /* with the boost */
	uint64_t boost;
	int64_t reserve[SHOW_ZONES_MAX]; /* by the request's zone */
	uint64_t stat_threshold;
	uint64_t nr_free[NR_MIGRATETYPES][MAX_ORDERS]; /* blocks */
	uint64_t pageblocks[NR_MIGRATETYPES];
	struct show_stats stats;
	struct show_pcp *pcp; /* [nr_cpus]; NULL without memory */
};

struct show_node {
	int id;
	struct show_stats stats;
	struct show_zone zone[SHOW_ZONES_MAX];
};

/* A line of slabinfo. */
struct show_cache {
	const char *name;
	uint64_t active_objs, num_objs, objsize, objperslab, pagesperslab;
	uint64_t limit, batchcount, sharedfactor;
	uint64_t active_slabs, num_slabs, sharedavail;
};

/* A line of vmallocinfo. */
struct show_area {
	uint64_t start, end; /* addresses */
	uint64_t pages;	     /* 0: not known */
	const char *caller;  /* "": not known */
	const char *flags;   /* as the kernel names them, blanks between */
	const char *nodes;   /* "N0=3 N1=5" */
	bool unpurged;
};

struct show_state {
	const char *path;
	uint64_t sample, t_ns;
	const char *label; /* "": none */

	uint64_t page_size;
	unsigned int nr_orders, pageblock_order;
	unsigned int address_bits;
	uint64_t vmalloc_size; /* bytes */
	bool numa, transparent_hugepage;
	const char *highmem; /* that type's name; NULL: the kernel has none */
	bool cma;	     /* some pageblock is of a contiguous memory area */
	const char *type_name[SHOW_ZONES_MAX]; /* the kernel's zones in order */
	unsigned int nr_types;
	unsigned int nr_cpus; /* one more than the highest */
	bool *online;	      /* [nr_cpus] */

	struct show_node *node; /* by ascending id */
	size_t nr_nodes;
	struct show_cache *cache; /* newest first */
	size_t nr_caches;
	struct show_area *area; /* by address, those that are unpurged last */
	size_t nr_areas;

	struct arena *arena; /* holds all of it */
};

/*
 * Reads the sample that `at` chooses (see struct show_options). -1 with an
 * error added; release in any case.
 */
int show_state_load(struct show_state *state, const struct database *database,
		    const char *at, struct errors *errors);
void show_state_release(struct show_state *state);

/*
 * Finds the sample: state->sample, t_ns and label. results/show/show_sample.c
 */
int show_find_sample(struct show_state *state, const struct database *database,
		     const char *at, struct errors *errors);

/* A counter by its name; 0 where there is none. */
uint64_t show_stat(const struct show_stats *stats, const char *name);

/* Free pages on the lists of a migrate type. */
uint64_t show_free_pages(const struct show_state *state,
			 const struct show_zone *zone, enum migratetype type);
/* A node's counter, of all nodes. */
uint64_t show_total_stat(const struct show_state *state, const char *name);

/* The views: as the kernel's text, and as members of a JSON object. */
void show_buddyinfo(const struct show_state *state, struct text *out);
void show_pagetypeinfo(const struct show_state *state, struct text *out);
void show_zoneinfo(const struct show_state *state, struct text *out);
void show_slabinfo(const struct show_state *state, struct text *out);
void show_vmallocinfo(const struct show_state *state, struct text *out);
void show_meminfo(const struct show_state *state, struct text *out);
void show_buddyinfo_json(const struct show_state *state, struct json *json);
void show_pagetypeinfo_json(const struct show_state *state, struct json *json);
void show_zoneinfo_json(const struct show_state *state, struct json *json);
void show_slabinfo_json(const struct show_state *state, struct json *json);
void show_vmallocinfo_json(const struct show_state *state, struct json *json);
void show_meminfo_json(const struct show_state *state, struct json *json);

#endif
