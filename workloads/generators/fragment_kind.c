/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fragments memory: fills it, and frees all but a few pages, so that the
 * unusable index at an order comes to what was asked for. The index is the
 * share of free memory that is in blocks below that order.
 *
 *	pages    single pages, each of which stays with probability p
 *	         [..x.....][........][.....x..][........]     x: stays
 *	          unusable   usable    unusable  usable
 *	blocks   blocks of that order, of which a share f keeps a page
 *
 * Of B = 2^order pages, let q = 1 - p. A page that is free has its whole block
 * free if the B - 1 others are, so
 *
 *	index = 1 - q^(B - 1)            q = (1 - index)^(1 / (B - 1))
 *
 * and with a page kept in a share f of the blocks
 *
 *	index = f (B - 1) / (B - f)      f = index * B / (B - 1 + index)
 *
 * which is exact where blocks of that order were there to begin with. It is
 * the index of the memory that was filled; free memory beside it, which is in
 * large blocks, makes that of its zone smaller.
 *
 * It need not be remembered which pages stayed: each in turn stays with the
 * probability that is left, so that exactly nr * p stay in the end (D. Knuth,
 * "The Art of Computer Programming" 2, 3.4.2, algorithm S). Afterwards per-CPU
 * lists are drained, since a page on one is no free block.
 *
 * Left out: how much memory the machine has. What is not there is asked for in
 * vain, and the run skips its frees.
 */
#include "workloads/generators/fixed.h"
#include "workloads/generators/generator.h"

#define PAGE_BYTES 4096ull
#define EVERY_NS 2000
#define INDEX_MAX ((FIXED_ONE * 999 + 500) / 1000)

static const char *const fragment_keys[] = { "order",	"index", "memory",
					     "pattern", "every", NULL };
static const char *const patterns[] = { "pages", "blocks" };

static uint64_t share_of_pages(uint64_t index, uint64_t block)
{
	int64_t ln = fixed_ln(FIXED_ONE - index) - fixed_ln(FIXED_ONE);

	return FIXED_ONE -
	       fixed_scale_exp(FIXED_ONE, ln / (int64_t)(block - 1));
}

static uint64_t share_of_blocks(uint64_t index, uint64_t block)
{
	return (uint64_t)(((unsigned __int128)index * block << 32) /
			  (((block - 1) << 32) + index));
}

static void settle(struct fragment *fragment)
{
	uint64_t block = 1ull << fragment->order;
	bool by_pages = fragment->pattern == PATTERN_PAGES;

	fragment->nr = fragment->memory / PAGE_BYTES / (by_pages ? 1 : block);
	fragment->kept =
		fixed_scale(fragment->nr,
			    by_pages ? share_of_pages(fragment->index, block) :
				       share_of_blocks(fragment->index, block));
}

static bool read_fragment(struct spec *spec, const struct node *node,
			  struct generator *generator)
{
	struct fragment *fragment = &generator->fragment;
	const struct node *order = spec_find(node, "order");
	const struct node *index = spec_find(node, "index");
	const struct node *memory = spec_find(node, "memory");
	const struct node *pattern = spec_find(node, "pattern");
	const struct node *every = spec_find(node, "every");
	int word = PATTERN_PAGES;
	bool good = true;

	fragment->every_ns = EVERY_NS;
	if (!order || !index || !memory) {
		error_input(spec->input.errors, node->place,
			    "a fragmenter needs \"order\", \"index\" and "
			    "\"memory\"");
		return false;
	}
	good &= spec_number(spec, order, "order", UNIT_NUMBER, 1, ORDER_LIMIT,
			    &fragment->order);
	good &= spec_real(spec, index, "index", 0, INDEX_MAX, &fragment->index);
	good &= spec_number(spec, memory, "memory", UNIT_SIZE, PAGE_BYTES,
			    1ull << 50, &fragment->memory);
	if (every)
		good &= spec_number(spec, every, "every", UNIT_TIME, 0,
				    1ull << 40, &fragment->every_ns);
	if (pattern)
		word = spec_word(spec, pattern, "pattern", patterns, 2);
	if (!good || word < 0)
		return false;
	fragment->pattern = (enum fragment_pattern)word;
	settle(fragment);
	return true;
}

/* Goes on to the next allocation that is freed, all or part of it. */
static void next_freed(struct generator *generator)
{
	struct fragment *fragment = &generator->fragment;
	uint64_t block = 1ull << fragment->order;

	while (fragment->freed < fragment->nr) {
		bool keeps = random_below(&generator->draws,
					  fragment->nr - fragment->freed) <
			     fragment->kept;

		fragment->freed++;
		fragment->kept -= keeps;
		fragment->splits = keeps;
		fragment->part = 0;
		if (!keeps)
			return;
		if (fragment->pattern == PATTERN_BLOCKS) {
			fragment->page = random_below(&generator->draws, block);
			return;
		}
	}
	fragment->freed = TIME_NEVER;
}

static int begin_fragment(struct generator *generator)
{
	generator->next_ns = generator->start_ns;
	return 0;
}

static struct live_item item_of(const struct generator *generator,
				uint64_t number)
{
	const struct call *call = &generator_phase(generator)->alloc.call;

	return (struct live_item){
		.number = number,
		.task = call->task,
		.cpu = call->cpu,
		.ctx = call->ctx,
		.can_sleep = call->has & CALL_CAN_SLEEP,
	};
}

/* A block but for one page is a buddy of it at each order below. */
static void free_part(struct fragment *fragment, struct call *call)
{
	call->order = (order_t)fragment->part++;
	call->page =
		(uint32_t)((fragment->page >> call->order ^ 1) << call->order);
	call->has |= CALL_HAS_PAGE | CALL_HAS_ORDER;
}

static void free_one(struct generator *generator, struct call *call)
{
	struct fragment *fragment = &generator->fragment;
	struct live_item item = item_of(generator, fragment->freed);

	generator_free(generator, generator->next_ns, &item, call);
	if (fragment->splits)
		free_part(fragment, call);
	if (!fragment->splits || fragment->part == fragment->order)
		next_freed(generator);
}

static void drain(struct generator *generator, struct call *call)
{
	struct live_item item = item_of(generator, 0);

	generator_free(generator, generator->next_ns, &item, call);
	call->op = OP_DRAIN_ALL_PAGES;
	call->has &= (uint16_t)~CALL_HAS_ID;
	call->id = 0;
	generator->fragment.drained = true;
}

static int emit_fragment(struct generator *generator, struct call *call)
{
	struct fragment *fragment = &generator->fragment;
	struct live_item item;

	if (generator->made < fragment->nr) {
		generator_allocate(generator, generator->next_ns, call, &item);
		if (fragment->pattern == PATTERN_BLOCKS) {
			call->order = (order_t)fragment->order;
			call->has |= CALL_HAS_ORDER;
		}
		if (generator->made == fragment->nr)
			next_freed(generator);
	} else if (fragment->freed != TIME_NEVER && fragment->nr) {
		free_one(generator, call);
	} else {
		drain(generator, call);
	}
	generator->next_ns += fragment->every_ns;
	if (fragment->drained || generator->next_ns > TIME_MOST)
		generator->next_ns = TIME_NEVER;
	return 0;
}

const struct generator_kind fragment_kind = {
	.name = "fragment",
	.keys = fragment_keys,
	.op = OP_ALLOC_PAGES,
	.takes_order = true,
	.read = read_fragment,
	.begin = begin_fragment,
	.emit = emit_fragment,
};
