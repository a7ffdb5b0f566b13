/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The buddy system of one zone.
 *
 * A free block of order o is 2^o pages, aligned to its size. Its buddy is the
 * block of the same size whose first frame differs in bit o alone: the two
 * make up an aligned block of order o + 1.
 *
 *	frame    0   1   2   3   4   5   6   7
 *	       |       A       |   B   | C | D |	A: order 2; B: order 1
 *
 *	Freeing C while D is free joins them to order 1 at frame 6, which
 *	joins B to order 2 at frame 4, which joins A to order 3 at frame 0.
 *
 * Rules (Linux 6.1, mm/page_alloc.c):
 *
 * - A block is taken from the head of the list of the smallest order that has
 *   one; it is halved until it fits, the upper half going to the head of its
 *   list each time, so that the lower end is handed out
 *   (__rmqueue_smallest(), expand()).
 * - A freed block joins its free buddy of the same order, again and again
 *   (__free_one_page()). From the pageblock's order on, only if both blocks'
 *   types are alike or may mix: a block reserved for high-order atomic
 *   requests never grows into another one.
 * - The result goes to the head of its list, to be handed out again while it
 *   is warm; but to the tail if the block's own buddy-to-be, the neighbour one
 *   order up, is free: then the two will soon join if they are left alone
 *   (buddy_merge_likely()). The test asks whether the buddy of the block that
 *   this one and its own buddy would make is free as a whole. It looks into
 *   the zone where the block that they make would begin, which is the one
 *   before where a zone begins between two buddies. There is no such test for
 *   the two largest orders.
 * - A block joins whatever list its buddy was on; the joined block goes on
 *   the list of the freed one's type.
 * - A task that compacts memory for a block takes the first of its order that
 *   comes of what it frees, before anybody else can (compaction_capture()).
 *   Kernel threads do not (task_capc()).
 *
 * A block's state remembers the list that it is on (the kernel does not need
 * to know), because the lists are counted one by one here.
 *
 * Left out: page reporting to a hypervisor, shuffled free lists, guard pages
 * of debugging kernels.
 */

#include "models/page/buddy.h"

#include "models/page/free_list.h"

/* What most frees go through is part of those who free many at a time. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* When blocks are freed in a row, how far ahead their places are fetched. */
#define AHEAD 4

static inline struct free_list *list_of(struct zone *zone,
					enum migratetype type, order_t order)
{
	return &zone->area[type].list[order];
}

/* Pages of consecutive pageblocks: they go on free lists, or leave them. */
static __attribute__((noinline)) void count_large(const struct memory *memory,
						  const struct zone *zone,
						  pfn_t pfn, order_t order,
						  int sign)
{
	uint16_t *free = pageblock_free(memory, zone, pfn);

	for (uint32_t n = 0; n < 1u << (order - memory->pageblock_order); n++)
		free[n] += sign * (1 << memory->pageblock_order);
}

/* The same of any block. Only the largest orders reach beyond a pageblock. */
static inline void count_free(const struct memory *memory,
			      const struct zone *zone, pfn_t pfn, order_t order,
			      int sign)
{
	if (__builtin_expect(order > memory->pageblock_order, 0))
		count_large(memory, zone, pfn, order, sign);
	else
		*pageblock_free(memory, zone, pfn) += sign * (1 << order);
}

static inline void list_count_added(struct free_area *area, order_t order)
{
	area->nr_free[order]++;
	area->nonempty |= 1u << order;
}

static inline void list_count_removed(struct free_area *area, order_t order)
{
	if (--area->nr_free[order] == 0)
		area->nonempty &= ~(1u << order);
}

static inline void list_add_head(struct memory *memory, struct zone *zone,
				 pfn_t pfn, order_t order,
				 enum migratetype type)
{
	free_list_add_head(memory, list_of(zone, type, order), pfn, order,
			   zone->area[type].nr_free[order]);
	list_count_added(&zone->area[type], order);
	memory->state[pfn] = page_state_free(type, order);
}

static inline void list_add_tail(struct memory *memory, struct zone *zone,
				 pfn_t pfn, order_t order,
				 enum migratetype type)
{
	free_list_add_tail(memory, list_of(zone, type, order), pfn, order,
			   zone->area[type].nr_free[order]);
	list_count_added(&zone->area[type], order);
	memory->state[pfn] = page_state_free(type, order);
}

/* Takes a free block off its list; what it is now is the caller's to say. */
static inline void list_remove(struct memory *memory, struct zone *zone,
			       pfn_t pfn, order_t order)
{
	struct free_area *area =
		&zone->area[page_state_free_type(memory->state[pfn])];

	free_list_remove(memory, &area->list[order], pfn, order);
	list_count_removed(area, order);
	memory->state[pfn] = PAGE_TAIL;
}

pfn_t buddy_first(const struct zone *zone, enum migratetype type, order_t order)
{
	const struct free_list *list = &zone->area[type].list[order];

	return free_list_from(list, list->first);
}

pfn_t buddy_last(const struct zone *zone, enum migratetype type, order_t order)
{
	const struct free_list *list = &zone->area[type].list[order];

	return free_list_before(list, list->end);
}

/* The list that a free block is on, and where. */
static const struct free_list *find(const struct memory *memory,
				    const struct zone *zone, pfn_t pfn,
				    uint32_t *place)
{
	uint8_t state = memory->state[pfn];
	order_t order = page_state_order(state);

	*place = *free_list_place(memory, pfn, order);
	return &zone->area[page_state_free_type(state)].list[order];
}

pfn_t buddy_next(const struct memory *memory, const struct zone *zone,
		 pfn_t pfn)
{
	uint32_t place;
	const struct free_list *list = find(memory, zone, pfn, &place);

	return free_list_from(list, place + 1);
}

pfn_t buddy_previous(const struct memory *memory, const struct zone *zone,
		     pfn_t pfn)
{
	uint32_t place;
	const struct free_list *list = find(memory, zone, pfn, &place);

	return free_list_before(list, place);
}

void buddy_make_first(struct memory *memory, struct zone *zone, pfn_t pfn)
{
	uint8_t state = memory->state[pfn];
	order_t order = page_state_order(state);

	free_list_turn(memory,
		       list_of(zone, page_state_free_type(state), order), order,
		       pfn);
}

void buddy_make_last(struct memory *memory, struct zone *zone, pfn_t pfn)
{
	pfn_t next = buddy_next(memory, zone, pfn);

	if (next != PFN_NONE)
		buddy_make_first(memory, zone, next);
}

void buddy_add_tail(struct memory *memory, struct zone *zone, pfn_t pfn,
		    order_t order, enum migratetype type)
{
	count_free(memory, zone, pfn, order, 1);
	list_add_tail(memory, zone, pfn, order, type);
}

/* Takes the first blocks off a list that has as many. */
static inline void list_take(struct zone *zone, enum migratetype type,
			     order_t order, pfn_t *pfn, uint32_t nr)
{
	struct free_area *area = &zone->area[type];

	free_list_take(&area->list[order], pfn, nr);
	area->nr_free[order] -= nr;
	if (!area->nr_free[order])
		area->nonempty &= ~(1u << order);
}

pfn_t buddy_take(struct memory *memory, struct zone *zone, order_t order,
		 enum migratetype type)
{
	uint32_t candidates = zone->area[type].nonempty >> order << order;
	order_t from;
	pfn_t pfn;

	if (!candidates)
		return PFN_NONE;
	from = __builtin_ctz(candidates);
	list_take(zone, type, from, &pfn, 1);
	memory->work.count[WORK_SPLITS] += from - order;
	while (from > order) {
		from--;
		list_add_head(memory, zone, pfn + (1u << from), from, type);
	}
	count_free(memory, zone, pfn, order, -1);
	return pfn;
}

/*
 * Halving for `nr` blocks of what comes to `all` leaves the rest in the largest
 * aligned blocks, lowest and smallest first: at most one per order. Of blocks
 * of each order, as many were halved as those nr lie in.
 */
static uint32_t take_apart(struct memory *memory, struct zone *zone,
			   order_t order, enum migratetype type, pfn_t *pfn,
			   uint32_t most)
{
	order_t from = __builtin_ctz(zone->area[type].nonempty >> order);
	uint32_t all = 1u << from;
	uint32_t nr = most < all ? most : all;
	pfn_t block;

	list_take(zone, type, order + from, &block, 1);
	for (uint32_t i = 0; i < nr; i++)
		pfn[i] = block + (i << order);
	for (order_t o = 1; o <= from; o++)
		memory->work.count[WORK_SPLITS] += ((nr - 1) >> o) + 1;
	for (uint32_t i = nr; i < all; i += i & -i)
		list_add_head(memory, zone, block + (i << order),
			      order + __builtin_ctz(i), type);
	return nr;
}

uint32_t buddy_take_row(struct memory *memory, struct zone *zone, order_t order,
			enum migratetype type, pfn_t *pfn, uint32_t most)
{
	uint32_t nr = zone->area[type].nr_free[order];

	if (nr) {
		nr = nr < most ? nr : most;
		list_take(zone, type, order, pfn, nr);
	} else if (zone->area[type].nonempty >> order) {
		nr = take_apart(memory, zone, order, type, pfn, most);
	}
	for (uint32_t i = 0; i < nr; i++)
		count_free(memory, zone, pfn[i], order, -1);
	return nr;
}

/* What is asked of a zone's frames; no write of a state changes it. */
struct frames {
	const uint8_t *state;
	pfn_t start;
	pfn_t nr;
};

static inline struct frames frames_of(const struct memory *memory,
				      const struct zone *zone)
{
	return (struct frames){
		.state = memory->state,
		.start = zone->start_pfn,
		.nr = zone->end_pfn - zone->start_pfn,
	};
}

/* True if `pfn` starts a free block of exactly this order in the zone. */
static inline bool is_free_block(const struct frames *frames, pfn_t pfn,
				 order_t order)
{
	return pfn - frames->start < frames->nr &&
	       page_state_is_free_of(frames->state[pfn], order);
}

/* From the pageblock's order on, types that do not mix keep blocks apart. */
static inline bool may_join(const struct memory *memory,
			    const struct zone *zone, pfn_t buddy, order_t order,
			    enum migratetype type)
{
	enum migratetype buddy_type;

	if (order < memory->pageblock_order)
		return true;
	buddy_type = *pageblock_type(memory, zone, buddy);
	return type == buddy_type || (migratetype_is_mergeable(type) &&
				      migratetype_is_mergeable(buddy_type));
}

/* Is a block of the order free in the zone that `pfn` lies in? */
static __attribute__((noinline)) bool
is_free_in_zone_of(const struct memory *memory, pfn_t pfn, pfn_t block,
		   order_t order)
{
	const struct zone *zone = memory_zone_of(memory, pfn);
	struct frames frames;

	if (!zone)
		return false;
	frames = frames_of(memory, zone);
	return is_free_block(&frames, block, order);
}

/* Will the block soon join a neighbour, if it is left alone? */
static inline bool join_is_likely(const struct memory *memory,
				  const struct frames *frames, pfn_t pfn,
				  order_t order, uint32_t nr_orders)
{
	pfn_t upper = pfn & ~(1u << order);
	pfn_t neighbour = upper ^ (2u << order);

	if (order + 2u >= nr_orders)
		return false;
	if (upper < frames->start)
		return is_free_in_zone_of(memory, upper, neighbour, order + 1);
	return is_free_block(frames, neighbour, order + 1);
}

/* Joins a block that is on no list with its free buddies, up to an order. */
ALWAYS_INLINE pfn_t join_to(struct memory *memory, struct zone *zone,
			    const struct frames *frames, pfn_t pfn,
			    order_t *order, enum migratetype type, order_t most)
{
	uint32_t merges = 0;
	order_t o = *order;

	memory->state[pfn] = PAGE_TAIL;
	for (; o < most; o++, merges++) {
		pfn_t buddy = pfn ^ (1u << o);

		if (!is_free_block(frames, buddy, o) ||
		    !may_join(memory, zone, buddy, o, type))
			break;
		list_remove(memory, zone, buddy, o);
		pfn &= buddy;
	}
	memory->work.count[WORK_MERGES] += merges;
	*order = o;
	return pfn;
}

void buddy_begin_capture(struct memory *memory, struct block_capture *capture)
{
	capture->task = memory->task;
	capture->pfn = PFN_NONE;
	capture->next = memory->captures;
	memory->captures = capture;
}

void buddy_end_capture(struct memory *memory, struct block_capture *capture)
{
	struct block_capture **link = &memory->captures;

	while (*link != capture)
		link = &(*link)->next;
	*link = capture->next;
}

/* Is it the running task that waits for such a block? task_capc() */
static bool wants_block(const struct memory *memory, const struct zone *zone,
			const struct block_capture *capture, order_t freed,
			enum migratetype type)
{
	order_t order = capture->order;

	return capture->task == memory->task && capture->pfn == PFN_NONE &&
	       !memory->desc->scheduler.kernel_threads &&
	       capture->zone == zone && freed <= order &&
	       order + 1u < memory->nr_orders && type < MIGRATE_CMA &&
	       (type != MIGRATE_MOVABLE || order >= memory->pageblock_order);
}

/*
 * Joins a block that is freed while tasks wait for blocks. true: it, or what it
 * has become, is taken; else it may join others further.
 */
static __attribute__((noinline)) bool capture_block(struct memory *memory,
						    struct zone *zone,
						    pfn_t *pfn, order_t *order,
						    enum migratetype type)
{
	struct block_capture *capture = memory->captures;
	struct frames frames = frames_of(memory, zone);

	while (capture && !wants_block(memory, zone, capture, *order, type))
		capture = capture->next;
	if (!capture)
		return false;
	*pfn = join_to(memory, zone, &frames, *pfn, order, type,
		       capture->order);
	if (*order < capture->order)
		return false;
	zone_mod_free_of_type(zone, capture->cpu, -(1 << *order), type);
	count_free(memory, zone, *pfn, *order, -1);
	memory->state[*pfn] = PAGE_ALLOCATED | *order;
	capture->pfn = *pfn;
	return true;
}

void buddy_free_tail(struct memory *memory, struct zone *zone, pfn_t pfn,
		     order_t order, enum migratetype type)
{
	struct frames frames = frames_of(memory, zone);

	count_free(memory, zone, pfn, order, 1);
	pfn = join_to(memory, zone, &frames, pfn, &order, type,
		      memory->nr_orders - 1);
	list_add_tail(memory, zone, pfn, order, type);
}

void buddy_remove(struct memory *memory, struct zone *zone, pfn_t pfn)
{
	order_t order = page_state_order(memory->state[pfn]);

	count_free(memory, zone, pfn, order, -1);
	list_remove(memory, zone, pfn, order);
}

ALWAYS_INLINE void free_block(struct memory *memory, struct zone *zone,
			      const struct frames *frames, pfn_t pfn,
			      order_t order, enum migratetype type)
{
	uint32_t nr_orders = memory->nr_orders;

	count_free(memory, zone, pfn, order, 1);
	if (__builtin_expect(memory->captures != NULL, 0) &&
	    capture_block(memory, zone, &pfn, &order, type))
		return;
	pfn = join_to(memory, zone, frames, pfn, &order, type, nr_orders - 1);
	if (join_is_likely(memory, frames, pfn, order, nr_orders))
		list_add_tail(memory, zone, pfn, order, type);
	else
		list_add_head(memory, zone, pfn, order, type);
}

void buddy_free(struct memory *memory, struct zone *zone, pfn_t pfn,
		order_t order, enum migratetype type)
{
	struct frames frames = frames_of(memory, zone);

	free_block(memory, zone, &frames, pfn, order, type);
}

void buddy_free_coldest(struct memory *memory, struct zone *zone, cpu_t cpu,
			struct pcp_list *list, order_t order, uint32_t nr)
{
	struct frames frames = frames_of(memory, zone);
	uint32_t slot = list->head + list->count;
	const pfn_t *ring = list->ring;
	uint32_t mask = list->mask;
	bool isolated = zone->nr_isolated;

	BUG_ON(nr > list->count);
	for (list->count -= nr; nr; nr--) {
		pfn_t pfn = ring[--slot & mask];
		enum migratetype type = page_state_pcp_type(frames.state[pfn]);

		if (nr > AHEAD)
			__builtin_prefetch(free_list_place(
				memory, ring[(slot - AHEAD) & mask], order));
		if (isolated)
			type = (enum migratetype) *
			       pageblock_type(memory, zone, pfn);
		zone_mod_free_of_type(zone, cpu, 1 << order, type);
		free_block(memory, zone, &frames, pfn, order, type);
	}
}

void buddy_move_tail(struct memory *memory, struct zone *zone, pfn_t pfn,
		     enum migratetype type)
{
	order_t order = page_state_order(memory->state[pfn]);

	list_remove(memory, zone, pfn, order);
	list_add_tail(memory, zone, pfn, order, type);
	memory->work.count[WORK_BLOCKS_MOVED]++;
}
