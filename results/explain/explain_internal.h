/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_EXPLAIN_EXPLAIN_INTERNAL_H
#define KMEMSIM_RESULTS_EXPLAIN_EXPLAIN_INTERNAL_H

/*
 * What the files of `explain` share.
 *
 *	explain.c	     from the database to the text, step by step
 *	explain_rerun.c	     the run once more, as it was or with a change
 *	explain_capture.c    the sink that looks at the failure
 *	explain_zones.c	     the walk over the zones, in numbers
 *	explain_holders.c    who has which pages
 *	explain_device.c     what memory a device could have had
 *	explain_region.c     the place with the least in the way of a block
 *	explain_walk.c	     a zone's frames, block by block
 *	explain_trials.c     runs with something changed, side by side
 *	explain_candidates.c what is worth trying
 *	explain_grant.c      what was granted here, and refused for real
 *	explain_prices.c     what a remedy costs
 *	explain_words*.c     all of it for people
 *	explain_memory.c     more memory in a zone
 *	explain_amounts.c    how amounts are written
 *	explain_json.c	     the same for programs
 */

#include "models/report.h"
#include "models/page/watermark.h"
#include "results/explain/explain.h"
#include "results/text/report_text.h"
#include "sim/engine/engine.h"
#include "sim/ids/holdings.h"

/* ---- a run, once more ---------------------------------------------------- */

#define EXPLAIN_SETS_MOST 33 /* a sysctl, and zones */

/* What is different, of the one call and of the machine. */
struct explain_change {
	bool has_gfp, has_order, has_size, has_op, has_mask;
	uint32_t pool; /* its name; 0: none, else it is created with… */
	uint32_t min_nr;
	bool may_sleep; /* in process context, and no lock is held */
	bool any_node;
	uint8_t op; /* enum call_op */
	order_t order;
	uint8_t mask_bits;
	gfp_t gfp;
	uint64_t size;
	char set[EXPLAIN_SETS_MOST][160]; /* words of --set */
	size_t nr_sets;
};

struct explain_rerun {
	const struct explain_options *options;
	const struct explain_change *change; /* NULL: as it was */
	uint64_t target; /* seq of the call that the change is for */
	struct sink *sink;
	const volatile int *stop; /* may be NULL */
	/* Each call as it is read, ahead of when it is made; may be NULL. */
	int (*seen)(void *argument, const struct call *call);
	void *argument;
	struct names *names; /* owned */
	struct run_totals totals;
};

/* What the engine said; ENGINE_INVALID too where there is no such machine. */
enum engine_result explain_rerun(struct explain_rerun *rerun,
				 struct errors *errors);
void explain_rerun_release(struct explain_rerun *rerun);

/* ---- which failed -------------------------------------------------------- */

struct explain_failure {
	uint64_t seq;
	uint64_t failed_before; /* allocations told of as failed earlier */
	enum alloc_reason reason;
	struct call call; /* its names are of the scan's run */
};

struct explain_failures {
	struct explain_failure *failure; /* owned; in the order of their ends */
	size_t nr;
	size_t capacity;
	struct names *names; /* owned */
	/* Those that a real kernel refused, and that were granted here. */
	struct explain_failure *granted; /* owned; reason: none */
	size_t nr_granted;
	size_t granted_capacity;
	enum { SAME_RUN, OTHER_RUN, NOBODY_KNOWS } same;
};

/* Does the whole run; is it the database's? */
enum explain_result explain_scan(const struct explain_options *options,
				 struct explain_failures *failures,
				 struct errors *errors);
void explain_failures_release(struct explain_failures *failures);

/* Did an allocation fail, as far as this is about? */
bool explain_is_failure(const struct outcome *outcome);

/* Did a real kernel refuse what was granted here? */
bool explain_is_surprise(const struct call *call,
			 const struct outcome *outcome);

/* ---- the failure --------------------------------------------------------- */

/* A zone that the request could use, as it found it last. */
struct explain_zone {
	node_t node;
	enum zone_type type;
	struct watermark_terms terms;
	bool enough;	      /* more is free than has to be left */
	bool has_block;	      /* of the order, on a list it may use */
	bool ignores_marks;   /* __GFP_MEMALLOC */
	bool boost_forgotten; /* the mark is without it */
	int64_t boost;
	int64_t min; /* of the zone, without the boost */
	uint64_t managed;
	uint64_t pcp_pages;
	uint64_t listed;   /* pages on its free lists, whatever it counts */
	uint64_t lru_file; /* pages on LRU lists: page cache… */
	uint64_t lru_anon; /* …and anonymous memory */
	uint32_t nr_free[NR_MIGRATETYPES][MAX_ORDERS];
	unsigned int usable_types; /* bit: enum migratetype */
};

/* Those who hold pages, together where they are alike. */
struct explain_holder {
	const char *what; /* "alloc_pages, order 3", "slabs of kmalloc-64" */
	const char *id;	  /* of a single one; NULL: of several, or none */
	uint64_t nr;	  /* allocations, or objects */
	uint64_t pages;
	uint64_t first_line, last_line; /* of their events; 0: not known */
	char letter;			/* in a region's picture */
	bool is_slab;
	bool movable;		 /* folios: the kernel can move them */
	bool is_anon, is_locked; /* of these: what reclaim needs, or can't */
};

#define EXPLAIN_HOLDERS_MOST 512

struct explain_holders {
	struct explain_holder holder[EXPLAIN_HOLDERS_MOST];
	size_t nr;
	uint64_t left_out; /* pages of those beyond */
};

/* Where the pages of the zones are that the request could use. */
struct explain_pages {
	uint64_t free;
	uint64_t pcp;
	uint64_t boot; /* in use since before the run, by whom is not known */
	uint64_t boot_file; /* the same, but on LRU lists: page cache… */
	uint64_t boot_anon; /* …and anonymous memory */
	uint64_t slabs;
	uint64_t workload; /* allocations of the workload, but for objects */
	uint64_t other;	   /* the kernel's own */
};

/* The aligned block of the order that wants the fewest pages. */
struct explain_region {
	bool is;
	pfn_t pfn;
	order_t order;
	node_t node;
	enum zone_type type;
	const char *block_type; /* of its first pageblock */
	uint32_t free, pcp, reserved, used;
	char *picture; /* a letter a page; NUL at the end */
};

/* A request for pages that the call made, and that was refused. */
struct explain_request {
	const char *what; /* the kernel's words */
	gfp_t gfp;
	order_t order;
	enum report_silence silence;
	enum alloc_reason reason; /* NONE: not the page allocator's */
};

#define EXPLAIN_REQUESTS_MOST 8

/* vmalloc's address space. */
struct explain_space {
	uint64_t size, largest_hole, free, busy;
	uint64_t nr_areas;
};

/* A contiguous area, in pages. */
struct explain_area {
	const char *name;
	uint32_t pages;
	uint32_t taken;	  /* by devices */
	uint32_t used;	  /* by others */
	uint32_t longest; /* run of free pages */
};

/* What was granted, of a call that a real kernel had refused. */
struct explain_grant {
	bool is;
	bool has_pages; /* a block by the page allocator: zones are there */
	pfn_t pfn;
	node_t node;
	enum zone_type type;
	const char *block_type; /* of its pageblock */
	enum alloc_path path;
};

struct explanation {
	const struct explain_options *options;
	struct explain_grant granted; /* in place of a failure */
	uint64_t number, nr_failures;
	bool unverified; /* whether it is the same run as before */
	struct explain_failure failure;
	const char *id, *name, *task; /* of the call; "" for none */
	gfp_t gfp;
	unsigned int page_shift;
	unsigned int nr_orders;

	struct text log;	     /* what the kernel wrote, or would have */
	bool logged;		     /* it did, in the run's own log */
	enum report_silence silence; /* where it did not: why */
	bool reported;		     /* there is something it could have said */

	struct explain_request request[EXPLAIN_REQUESTS_MOST];
	size_t nr_requests; /* all, kept or not */

	/* Of the last of them by the page allocator. */
	bool has_pages;
	struct page_failure pages; /* its pointers are not valid any more */
	bool tried;		   /* efforts counts */
	struct page_efforts efforts;
	struct explain_zone *zone;
	size_t nr_zones;
	uint64_t free_swap; /* pages */
	struct explain_region region;
	struct explain_holders in_region;
	struct explain_pages where;
	struct explain_holders holders; /* most pages first */

	bool has_space;
	struct explain_space space;
	bool has_pool;
	uint32_t pool_min_nr, pool_curr_nr;
	uint64_t pool_outstanding;
	struct explain_holders pool_holders;
	bool has_device;
	uint64_t reachable_pages; /* of the device, in all zones */
	const char *reachable;	  /* "all of node 0 DMA, …"; "" */
	struct explain_area *area;
	size_t nr_areas;

	bool marks_given;    /* by the config, of each zone in question */
	bool start_given;    /* free blocks: by the config, not by booting */
	bool places_guessed; /* of these: drawn by the seed */
	/* Nothing says what the pages are that were in use before the run. */
	bool use_unknown;
	uint64_t min_free_kbytes;
	uint32_t watermark_scale_factor;
	uint64_t vmalloc_size;
	struct explain_place *place;  /* of each zone, in the config */
	struct explain_place *layout; /* all zones that there are, by address */
	size_t nr_layout;
	/* Zones of all nodes whose marks the config gives. */
	struct explain_place *marked;
	size_t nr_marked;

	struct explain_trial *trial;
	size_t nr_trials;
	bool out_of_time;

	struct arena *arena; /* holds all the texts and arrays */
	bool no_memory;	     /* of the host */
};

/* Where a zone is in the config, and how large. */
struct explain_place {
	size_t node, zone; /* indexes, for --set */
	int node_id;
	enum zone_type type;
	pfn_t start;
	uint64_t spanned, present, managed;
	uint64_t room;	/* pages between its end and the next zone's start */
	uint64_t limit; /* frame where zones of its type end; 0: none */
	uint64_t watermark[NR_WMARK];
};

/* A text of the explanation's own; never NULL. */
const char *explain_keep(struct explanation *e, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void *explain_alloc(struct explanation *e, size_t bytes);

/* Does the run up to the failure, and looks. 0, or -1 with an error added. */
int explain_capture(struct explanation *e, struct errors *errors);

/*
 * Which line of the workload made an id. A call whose effect is there may not
 * have been told of yet: its time is not over.
 */
struct explain_lines {
	struct allocations told;    /* handle: the line */
	struct allocations pending; /* the same; the oldest one of an id */
};

/* The state as a request finds it that was refused. */
void explain_zones(struct explanation *e, const struct kernel *kernel,
		   const struct page_failure *failure);
void explain_holders(struct explanation *e, const struct kernel *kernel,
		     const struct names *names, struct explain_lines *lines,
		     const struct page_failure *failure);
void explain_pool_holders(struct explanation *e, const struct kernel *kernel,
			  const struct names *names,
			  struct explain_lines *lines, uint32_t pool);

/* What memory the device of the call could have had. */
void explain_look_at_device(struct explanation *e, const struct kernel *kernel,
			    const struct call *call);

/*
 * The call is over and was granted: what it got, and the zones as it left
 * them.
 */
void explain_look_at_grant(struct explanation *e, const struct kernel *kernel,
			   const struct call *call,
			   const struct outcome *outcome);

/* May the request take a free block from this list? */
bool explain_may_use(const struct page_failure *failure, enum migratetype type);

/* ---- what would have helped ---------------------------------------------- */

enum explain_verdict {
	VERDICT_LEFT_OUT, /* no time */
	VERDICT_NOT_TRIED,
	VERDICT_SUCCEEDS,
	VERDICT_FAILS,
	VERDICT_UNKNOWN,  /* fails, but for want of facts */
	VERDICT_NOT_MADE, /* the call was never made, or did nothing */
	VERDICT_INVALID,  /* no such machine */
};

struct explain_trial;
/* Sets the change to a value. */
typedef void explain_set_value(const struct explanation *e,
			       struct explain_trial *trial, uint64_t value);

/* A value that is looked for: the nearest to what it is now that helps. */
struct explain_search {
	explain_set_value *set; /* NULL: there is nothing to look for */
	uint64_t now, limit;	/* it goes from `now` to this, at most */
	bool by_one;		/* in steps of one; else by doubling, halving */
	uint64_t step;		/* values are multiples of it */
	uint64_t value;		/* that the verdict is about */
	uint64_t fails; /* the nearest one that fails, where one helps */
	uint32_t runs;
};

struct explain_trial {
	const char *what; /* "order %llu instead of 4" where it is a search */
	enum { UNIT_NONE, UNIT_ORDER, UNIT_PAGES, UNIT_BYTES } unit;
	const char *note; /* why not tried; what it takes; "" */
	/* What it costs, and whom; "". Of a search: with its value. */
	const char *price;
	char refused[200]; /* VERDICT_INVALID: what the config's reader says */
	const char *key;   /* for programs: "gfp", "order", … */
	const char *from; /* the zone that more memory is taken from, or NULL */
	bool machine;	  /* changes the machine, so the whole run */
	struct explain_change change;
	size_t zone; /* index in e->zone[], where it is about one */
	struct explain_search search;

	enum explain_verdict verdict;
	enum alloc_reason reason;
	enum alloc_path path;
	node_t node;
	enum zone_type type;
	pfn_t pfn;
	uint64_t latency_ns;
	uint64_t failed_before;
};

/* Fills e->trial[]. */
void explain_candidates(struct explanation *e);
/* Word number `n` of --set, the last one so far. */
void explain_set_word(struct explain_trial *trial, size_t n, const char *word);
/* A remedy that can't be tried, and why. */
void explain_not_tried(struct explanation *e, const char *key, const char *what,
		       const char *why);
/* A setting whose value is looked for; nothing where it has no room to go. */
void explain_look_for(struct explanation *e, const char *what, int unit,
		      size_t zone, struct explain_search search);
/* explain_memory.c: of e->zone[i]. */
void explain_try_more_memory(struct explanation *e, size_t i);
/* Subjects of searches whose prices are computed. */
#define EXPLAIN_MIN_FREE "sysctl.min_free_kbytes"
#define EXPLAIN_SCALE "sysctl.watermark_scale_factor"
#define EXPLAIN_MIN_NR "min_nr of the pool"

/* What a trial that succeeds costs, with the value that it came to. */
const char *explain_price(struct explanation *e,
			  const struct explain_trial *trial);
/* Runs them. 0, or -1 with an error added. */
int explain_try(struct explanation *e, struct errors *errors);

/* ---- what is said -------------------------------------------------------- */

#define EXPLAIN_DOUBT                                                          \
	"The run was not complete: whether this is just what it did can't be " \
	"told.\n"
void explain_text(const struct explanation *e, struct text *out);
void explain_json(const struct explanation *e, struct text *out);
void explain_granted_text(const struct explanation *e, struct text *out);
/* "operation 1, line 7 of …, id 1": the call, in a line. */
void explain_add_call(const struct explanation *e, struct text *out);
/* "alloc_pages, order 4 (16 pages, 64 KiB), GFP_ATOMIC" */
void explain_add_request(const struct explanation *e, struct text *out);
void explain_list_text(const struct explain_options *options,
		       const struct explain_failures *failures,
		       struct text *out);
void explain_list_json(const struct explain_options *options,
		       const struct explain_failures *failures,
		       struct text *out);

/* Calls for pages: without an order they ask for a single one. */
#define EXPLAIN_PAGE_OPS                                                       \
	(OP_BIT(OP_ALLOC_PAGES) | OP_BIT(OP_GET_FREE_PAGES) |                  \
	 OP_BIT(OP_GET_ZEROED_PAGE))
/* Does the call ask for a block of an order, said or not? */
bool explain_has_order(const struct call *call);

/* "16 pages (64 KiB)"; "1 page (4 KiB)". */
void explain_add_pages(const struct explanation *e, uint64_t pages,
		       struct text *out);
/* "3.9 MiB": what stands in the brackets. */
void explain_add_rounded(const struct explanation *e, uint64_t pages,
			 struct text *out);
/* "order 4 (16 pages, 64 KiB)" */
void explain_add_order(unsigned int order, unsigned int page_shift,
		       struct text *out);
/* "64 KiB", "131073 bytes": to the byte. */
void explain_add_size(uint64_t bytes, struct text *out);
/*
 * The largest unit that bytes are a whole number of (0: bytes, 1: KiB, …), and
 * bytes in such a unit. 0 bytes are a whole number of bytes only.
 */
unsigned int explain_unit(uint64_t bytes);
void explain_add_in_unit(uint64_t bytes, unsigned int unit, struct text *out);
/* What the call asks for: "order 4 (16 pages, 64 KiB)", "300 bytes". */
void explain_add_asked(const struct call *call, unsigned int page_shift,
		       struct text *out);
/* "lines 22-84", "line 24". */
void explain_add_lines(const struct explain_holder *holder, struct text *out);
void explain_add_id(const struct call *call, const struct names *names,
		    struct text *out);
void explain_walk_text(const struct explanation *e, struct text *out);
void explain_trials_text(const struct explanation *e, struct text *out);

#endif
