/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * floor_slab PAGES OPS LIVE: the least that a replay of kmalloc() and kfree()
 * has to do (floor_slab.h), LIVE objects in use. The numbers of what comes
 * later are looked at early, so that the host's caches have it in time.
 * What is timed are the operations after the filling.
 */

#include "tests/bench/floor_slab.h"

#define AHEAD 12

static struct floor_slabs slabs;
static uint32_t *object_of;
static uint64_t failed;
static uint64_t sum;

/*
 * What is AHEAD operations away is needed soon; its object's number is there by
 * then. Not a function: gcc takes one that only prefetches to do nothing.
 */
#define LOOK_AHEAD(op)                                                         \
	do {                                                                   \
		uint32_t soon = object_of[(op)[AHEAD] & STREAM_SLOT];          \
		struct floor_slab *slab = &slabs.slab[soon / MOST_OBJECTS];    \
                                                                               \
		__builtin_prefetch(&object_of[(op)[2 * AHEAD] & STREAM_SLOT]); \
		if (!stream_is_allocation((op)[AHEAD])) {                      \
			__builtin_prefetch(slab, 1);                           \
			__builtin_prefetch(&slab->next, 1);                    \
		}                                                              \
	} while (0)

static void replay(const uint32_t *op, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		uint32_t *object = &object_of[op[i] & STREAM_SLOT];

		LOOK_AHEAD(&op[i]);
		if (stream_is_allocation(op[i])) {
			*object = slab_alloc(&slabs, stream_size(op[i]));
			failed += *object == NO_FRAME;
			sum += *object;
		} else if (*object != NO_FRAME) {
			slab_free(&slabs, *object);
		}
	}
}

int main(int argc, char **argv)
{
	struct stream stream;
	double begin;

	if (argc != 4)
		die("floor_slab PAGES OPS LIVE");
	stream = stream_make(STREAM_SLAB, to_number(argv[3]), 0,
			     to_number(argv[2]));
	slabs_init(&slabs, to_number(argv[1]));
	object_of = map_table(stream.nr_slots, sizeof(*object_of));
	replay(stream.op, stream.nr_fill);
	failed = 0;
	begin = cpu_ns();
	replay(stream.op + stream.nr_fill, stream.nr - stream.nr_fill);
	print_result(cpu_ns() - begin, stream.nr - stream.nr_fill, failed, sum);
	return 0;
}
