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
 *   this one and its own buddy would make is free as a whole. There is no
 *   such test for the two largest orders.
 * - A block joins whatever list its buddy was on; the joined block goes on
 *   the list of the freed one's type.
 * - Who compacts memory for a block takes the first of its order that comes
 *   of what it frees, before anybody else can (compaction_capture()).
 * - A list is doubly linked, and its links are numbers of nodes: a block's is
 *   its frame, the heads stand behind the last frame in the same array. Blocks
 *   of the largest order have theirs side by side behind the heads, if that
 *   is 10 or more, so that a large machine whose memory is free touches little
 *   of the array:
 *
 *	link   0 … max_pfn - 1   heads   pfn >> largest order
 *
 * A block's state remembers the list that it is on (the kernel does not need
 * to know), because the lists are counted one by one here.
 *
 * Left out: page reporting to a hypervisor, shuffled free lists, guard pages
 * of debugging kernels.
 */

#include "models/buddy.h"

static uint32_t list_head(const struct zone *zone, enum migratetype type,
			  order_t order)
{
	return zone->area[type].head + order;
}

/* The place of a free block's links. */
static inline uint32_t block_node(const struct memory *memory, pfn_t pfn,
				  order_t order)
{
	return order == memory->apart_order ?
		       memory->apart_node + (pfn >> order) :
		       pfn;
}

static uint32_t free_node(const struct memory *memory, pfn_t pfn)
{
	return block_node(memory, pfn, page_state_order(memory->state[pfn]));
}

static inline void link_between(struct memory *memory, uint32_t node,
				uint32_t prev, uint32_t next)
{
	struct link *link = memory->link;

	link[node].prev = prev;
	link[node].next = next;
	link[prev].next = node;
	link[next].prev = node;
}

static inline void unlink_node(struct memory *memory, uint32_t node)
{
	struct link *link = memory->link;

	link[link[node].prev].next = link[node].next;
	link[link[node].next].prev = link[node].prev;
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
	uint32_t head = list_head(zone, type, order);

	link_between(memory, block_node(memory, pfn, order), head,
		     memory->link[head].next);
	list_count_added(&zone->area[type], order);
	memory->state[pfn] = page_state_free(type, order);
}

static inline void list_add_tail(struct memory *memory, struct zone *zone,
				 pfn_t pfn, order_t order,
				 enum migratetype type)
{
	uint32_t head = list_head(zone, type, order);

	link_between(memory, block_node(memory, pfn, order),
		     memory->link[head].prev, head);
	list_count_added(&zone->area[type], order);
	memory->state[pfn] = page_state_free(type, order);
}

/* Takes a free block off its list; what it is now is the caller's to say. */
static inline void list_remove(struct memory *memory, struct zone *zone,
			       pfn_t pfn)
{
	uint8_t state = memory->state[pfn];

	unlink_node(memory, block_node(memory, pfn, page_state_order(state)));
	list_count_removed(&zone->area[page_state_free_type(state)],
			   page_state_order(state));
	memory->state[pfn] = PAGE_TAIL;
}

/* Smaller blocks are so near each other that nothing is won. */
#define SMALLEST_APART 10

void buddy_count_links(struct memory *memory)
{
	order_t largest = memory->nr_orders - 1;

	memory->apart_order = largest < SMALLEST_APART ? memory->nr_orders :
							 largest;
	memory->apart_node = memory->max_pfn + memory->nr_zones *
						       NR_MIGRATETYPES *
						       memory->nr_orders;
	memory->nr_links = memory->apart_node;
	if (largest >= SMALLEST_APART)
		memory->nr_links += (memory->max_pfn >> largest) + 1;
}

void buddy_init(struct memory *memory, struct zone *zone, uint32_t first_head)
{
	for (int type = 0; type < NR_MIGRATETYPES; type++) {
		struct free_area *area = &zone->area[type];

		area->head = first_head + type * memory->nr_orders;
		for (order_t o = 0; o < memory->nr_orders; o++) {
			uint32_t head = area->head + o;

			memory->link[head] = (struct link){ head, head };
		}
	}
}

static inline pfn_t node_to_pfn(const struct memory *memory, uint32_t node)
{
	if (node < memory->max_pfn)
		return node;
	if (node < memory->apart_node)
		return PFN_NONE; /* a head */
	return (node - memory->apart_node) << memory->apart_order;
}

pfn_t buddy_first(const struct memory *memory, const struct zone *zone,
		  enum migratetype type, order_t order)
{
	uint32_t head = list_head(zone, type, order);

	return node_to_pfn(memory, memory->link[head].next);
}

pfn_t buddy_next(const struct memory *memory, pfn_t pfn)
{
	return node_to_pfn(memory, memory->link[free_node(memory, pfn)].next);
}

pfn_t buddy_last(const struct memory *memory, const struct zone *zone,
		 enum migratetype type, order_t order)
{
	uint32_t head = list_head(zone, type, order);

	return node_to_pfn(memory, memory->link[head].prev);
}

pfn_t buddy_previous(const struct memory *memory, pfn_t pfn)
{
	return node_to_pfn(memory, memory->link[free_node(memory, pfn)].prev);
}

/* A ring is turned by taking its head out and putting it in elsewhere. */
static uint32_t take_head_out(struct memory *memory, const struct zone *zone,
			      pfn_t pfn)
{
	uint8_t state = memory->state[pfn];
	uint32_t head = list_head(zone, page_state_free_type(state),
				  page_state_order(state));

	unlink_node(memory, head);
	return head;
}

void buddy_make_first(struct memory *memory, struct zone *zone, pfn_t pfn)
{
	uint32_t head = take_head_out(memory, zone, pfn);
	uint32_t node = free_node(memory, pfn);

	link_between(memory, head, memory->link[node].prev, node);
}

void buddy_make_last(struct memory *memory, struct zone *zone, pfn_t pfn)
{
	uint32_t head = take_head_out(memory, zone, pfn);
	uint32_t node = free_node(memory, pfn);

	link_between(memory, head, node, memory->link[node].next);
}

void buddy_add_tail(struct memory *memory, struct zone *zone, pfn_t pfn,
		    order_t order, enum migratetype type)
{
	list_add_tail(memory, zone, pfn, order, type);
}

/* Takes the first block off a list that is not empty. */
static inline pfn_t list_take_first(struct memory *memory, struct zone *zone,
				    enum migratetype type, order_t order)
{
	pfn_t pfn = buddy_first(memory, zone, type, order);

	unlink_node(memory, block_node(memory, pfn, order));
	list_count_removed(&zone->area[type], order);
	return pfn;
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
	pfn = list_take_first(memory, zone, type, from);
	memory->work.count[WORK_SPLITS] += from - order;
	while (from > order) {
		from--;
		list_add_head(memory, zone, pfn + (1u << from), from, type);
	}
	return pfn;
}

uint32_t buddy_take_row(struct memory *memory, struct zone *zone, order_t order,
			enum migratetype type, pfn_t *pfn, uint32_t most)
{
	struct free_area *area = &zone->area[type];
	uint32_t nr = area->nr_free[order] < most ? area->nr_free[order] : most;
	struct link *link = memory->link;
	uint32_t head = list_head(zone, type, order);
	uint32_t node = link[head].next;

	for (uint32_t i = 0; i < nr; i++) {
		pfn[i] = node_to_pfn(memory, node);
		node = link[node].next;
	}
	if (!nr)
		return 0;
	link[head].next = node;
	link[node].prev = head;
	area->nr_free[order] -= nr;
	if (!area->nr_free[order])
		area->nonempty &= ~(1u << order);
	return nr;
}

/* True if `pfn` starts a free block of exactly this order in the zone. */
static bool is_free_block(const struct memory *memory, const struct zone *zone,
			  pfn_t pfn, order_t order)
{
	return pfn >= zone->start_pfn && pfn < zone->end_pfn &&
	       page_state_is_free(memory->state[pfn]) &&
	       page_state_order(memory->state[pfn]) == order;
}

/* From the pageblock's order on, types that do not mix keep blocks apart. */
static bool may_join(const struct memory *memory, const struct zone *zone,
		     pfn_t buddy, order_t order, enum migratetype type)
{
	enum migratetype buddy_type;

	if (order < memory->pageblock_order)
		return true;
	buddy_type = *pageblock_type(memory, zone, buddy);
	return type == buddy_type || (migratetype_is_mergeable(type) &&
				      migratetype_is_mergeable(buddy_type));
}

/* Will the block soon join a neighbour, if it is left alone? */
static bool join_is_likely(const struct memory *memory, const struct zone *zone,
			   pfn_t pfn, order_t order)
{
	pfn_t upper;

	if (order + 2u >= memory->nr_orders)
		return false;
	upper = pfn & ~(1u << order);
	return is_free_block(memory, zone, upper ^ (2u << order), order + 1);
}

/* Joins a block that is on no list with its free buddies, up to an order. */
static inline pfn_t join_to(struct memory *memory, struct zone *zone, pfn_t pfn,
			    order_t *order, enum migratetype type, order_t most)
{
	order_t o = *order;

	memory->state[pfn] = PAGE_TAIL;
	while (o < most) {
		pfn_t buddy = pfn ^ (1u << o);

		if (!is_free_block(memory, zone, buddy, o) ||
		    !may_join(memory, zone, buddy, o, type))
			break;
		list_remove(memory, zone, buddy);
		memory->work.count[WORK_MERGES]++;
		pfn &= buddy;
		o++;
	}
	*order = o;
	return pfn;
}

static inline pfn_t join(struct memory *memory, struct zone *zone, pfn_t pfn,
			 order_t *order, enum migratetype type)
{
	return join_to(memory, zone, pfn, order, type, memory->nr_orders - 1);
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

	while (capture && !wants_block(memory, zone, capture, *order, type))
		capture = capture->next;
	if (!capture)
		return false;
	*pfn = join_to(memory, zone, *pfn, order, type, capture->order);
	if (*order < capture->order)
		return false;
	zone_mod_free_of_type(zone, capture->cpu, -(1 << *order), type);
	memory->state[*pfn] = PAGE_ALLOCATED | *order;
	capture->pfn = *pfn;
	return true;
}

void buddy_free_tail(struct memory *memory, struct zone *zone, pfn_t pfn,
		     order_t order, enum migratetype type)
{
	pfn = join(memory, zone, pfn, &order, type);
	list_add_tail(memory, zone, pfn, order, type);
}

void buddy_remove(struct memory *memory, struct zone *zone, pfn_t pfn)
{
	list_remove(memory, zone, pfn);
}

void buddy_free(struct memory *memory, struct zone *zone, pfn_t pfn,
		order_t order, enum migratetype type)
{
	if (__builtin_expect(memory->captures != NULL, 0) &&
	    capture_block(memory, zone, &pfn, &order, type))
		return;
	pfn = join(memory, zone, pfn, &order, type);
	if (join_is_likely(memory, zone, pfn, order))
		list_add_tail(memory, zone, pfn, order, type);
	else
		list_add_head(memory, zone, pfn, order, type);
}

void buddy_move_tail(struct memory *memory, struct zone *zone, pfn_t pfn,
		     enum migratetype type)
{
	order_t order = page_state_order(memory->state[pfn]);

	list_remove(memory, zone, pfn);
	list_add_tail(memory, zone, pfn, order, type);
	memory->work.count[WORK_BLOCKS_MOVED]++;
}
