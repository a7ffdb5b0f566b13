/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_CALLS_CALLS_H
#define KMEMSIM_SIM_CALLS_CALLS_H

/*
 * How each operation of a workload is carried out, by what it works on. Only
 * sim/kernel.c, sim/fast/fast_path.c and these files see this header.
 */

#include "sim/kernel.h"
#include "sim/rules/suggestion.h"

/* One call on its way through its handler. */
struct handling {
	struct kernel *kernel;
	const struct call *call;
	struct outcome *outcome;
	struct call_report *report;
	struct allocation *allocation; /* what the id stands for; or NULL */
	const struct wait *waited;     /* before it was tried again; or NULL */
	uint64_t switches;	       /* memory->switches when it began */
	bool had_contents;	       /* contents were followed then */
};

typedef enum call_result call_handler(struct handling *handling);

/* pages.c */
call_handler handle_alloc_pages;
call_handler handle_get_free_pages;
call_handler handle_get_zeroed_page;
call_handler handle_free_pages;
call_handler handle_drain_all_pages;
call_handler handle_kswapd_begin;
call_handler handle_kswapd_end;

/* objects.c */
call_handler handle_kmalloc;
call_handler handle_kzalloc;
call_handler handle_kfree;
call_handler handle_cache_create;
call_handler handle_cache_alloc;
call_handler handle_cache_free;
call_handler handle_cache_shrink;
call_handler handle_cache_destroy;

/* areas.c */
call_handler handle_vmalloc;
call_handler handle_vzalloc;
call_handler handle_vfree;
call_handler handle_kvmalloc;
call_handler handle_kvfree;

/* addresses.c */
call_handler handle_kmap;
call_handler handle_kunmap;

/* The kmap that fell asleep last has this ticket. */
void set_kmap_ticket(struct kernel *kernel, uint32_t ticket);
/* A kmap will never be woken: report->why says so. */
void abandon_kmap(struct handling *handling);

/*
 * True, with *result set, where a kmap of any of 2^order pages sleeps: what
 * needs its result waits behind it.
 */
bool waits_for_kmap(struct handling *handling, pfn_t pfn, order_t order,
		    enum call_result *result);

/* folios.c */
call_handler handle_touch;
call_handler handle_truncate;
call_handler handle_oom_score_adj;
call_handler handle_exit;

/*
 * Files a block that page_alloc() gave under the call's id, as pages on LRU
 * lists of the kind that the call says.
 */
enum call_result file_folio(struct handling *handling, pfn_t pfn, order_t order,
			    gfp_t gfp);

/*
 * droppables.c: objects that the kernel may drop when memory is short. The
 * object that was just filed is one from now on. CALL_HOST: no memory.
 */
enum call_result make_droppable(struct handling *handling);
/* Its owner has used it. */
void use_droppable(struct handling *handling);
/* Where a live one is: its physical address. */
uint64_t droppable_address(const struct kernel *kernel, uint64_t number);
void droppables_free(struct droppables *droppables);

/* contents.c */
call_handler handle_memset;
call_handler handle_read;

/*
 * Another call may have begun to follow contents while this one slept, with
 * some of its pages cleared before. For what was just filed; -1: no memory.
 */
int follow_new_contents(struct handling *handling);

/* pools.c */
call_handler handle_mempool_create;
call_handler handle_mempool_alloc;
call_handler handle_mempool_free;
call_handler handle_mempool_destroy;

/* dma.c */
call_handler handle_dma_alloc_coherent;
call_handler handle_dma_free_coherent;

/* The violation that a call waits for an element for ever. */
void abandon_element_wait(struct handling *handling, const struct wait *wait);

/* Work that calls leave for later, by enum work_item_kind. */
/* 0, or -1 with an error added: the host has no memory. */
typedef int work_handler(struct kernel *kernel, const struct work_item *item);
work_handler work_vfree;
work_handler work_dma_pools;

/* The caller sleeps until that is there, or the timeout is over. */
enum call_result wait_for(struct handling *handling, struct wait wait);

/*
 * Files the result of an allocation under the call's id, if it has one:
 * ALLOCATION_FAILED where the outcome says so. CALL_HOST: no memory.
 */
enum call_result file_allocation(struct handling *handling,
				 enum allocation_kind kind, uint64_t handle);

/* Is what it makes to be filled with zeroes? */
bool call_asks_for_zeroes(const struct call *call);

/* Are the CPU and the node there that the call names? */
bool call_has_its_places(const struct kernel *kernel, const struct call *call);

/* Fills the outcome of a page allocation of `pages` pages. */
void report_pages(struct handling *handling, const struct page_grant *grant,
		  uint64_t pages);

/* Fills the outcome of an object's allocation and files it. */
enum call_result report_object(struct handling *handling,
			       const struct object_grant *grant,
			       uint64_t requested, enum allocation_kind kind);

/* The linear map's address of a physical one; 0 in HighMem, which has none. */
uint64_t linear_address(const struct kernel *kernel, const struct zone *zone,
			uint64_t physical);

/*
 * frees.c: carries out a free, whatever the call's own kind: what was allocated
 * is freed as it must be. A violation where the call is the wrong one for it.
 */
enum call_result free_allocation(struct handling *handling);

/* Frees by kind, used by free_allocation(). */
enum call_result free_pages_allocation(struct handling *handling);
enum call_result free_part(struct handling *handling);
enum call_result free_object(struct handling *handling);
enum call_result free_area_allocation(struct handling *handling);
enum call_result free_element(struct handling *handling);
enum call_result free_dma_buffer(struct handling *handling);
enum call_result free_folio(struct handling *handling);
enum call_result free_droppable(struct handling *handling);
/* What the kernel has dropped: only its id is left. */
enum call_result free_dropped(struct handling *handling);

/* The memory that the handle of an ALLOCATION_DMA stands for. */
struct dma_buffer dma_buffer_of(uint64_t handle);

/* Is a page of an allocation of pages, counted from its first, gone? */
bool part_is_freed(const struct kernel *kernel,
		   const struct allocation *allocation, uint32_t page);

/*
 * For calls that use what an id stands for. *live is false where there is
 * nothing to use: then the result is the call's.
 */
enum call_result find_live(struct handling *handling, bool *live);
/* The same for calls that need it to stay where it is. */
enum call_result find_fixed(struct handling *handling, bool *live);

/* Has any of 2^order pages a user of its kmap slot? */
bool block_is_mapped(const struct kernel *kernel, pfn_t pfn, order_t order);
/* The violation that it is to free them. */
enum call_result freed_while_mapped(struct handling *handling);

/* Fills report->why and returns `result`. */
enum call_result refuse_call(struct handling *handling, enum call_result result,
			     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A violation that was found while the call was carried out. `about` gives
 * what the rule speaks of besides the call.
 */
enum call_result break_rule(struct handling *handling, enum rule_id rule,
			    const struct rule_case *about);

/* The kernel stops here: the call does nothing and fails. */
enum call_result stop_call(struct handling *handling, enum rule_id rule);

/*
 * An id as text, for messages: a number, or a name in quotes, of a long one
 * its beginning.
 */
#define ID_TEXT_MAX 64
const char *id_spelled(const struct kernel *kernel, bool named, uint64_t id,
		       char text[ID_TEXT_MAX]);

/* The same of the call's id. */
const char *id_text(const struct handling *handling, char text[ID_TEXT_MAX]);

/*
 * The end of a message that the call's id is not live: suggest_id(), for the
 * first SUGGESTIONS_MAX of them, for a workload may free a million such.
 */
#define SUGGESTIONS_MAX 100
const char *nearest_id(struct handling *handling,
		       struct suggestion *suggestion);

/* Refuses the call: there is no cache of that name, and which may be meant. */
enum call_result no_cache(struct handling *handling, uint32_t name);

void splits_release(struct splits *splits);

#endif
