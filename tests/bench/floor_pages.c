/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * floor_pages SHAPE PAGES OPS PERCENT BREATH: the least that a replay of page
 * allocations has to do. SHAPE: lists, bitmaps or stacked-bitmaps
 * (floor_buddy.h). PERCENT of PAGES are in use, BREATH per cent more or less.
 * What is timed are the operations after the filling.
 */

#include "tests/bench/floor_buddy.h"

static uint64_t failed;
static uint64_t sum;

ALWAYS_INLINE void replay(struct floor_pages *pages,
			  const struct floor_shape *shape, uint32_t *frame_of,
			  const uint32_t *op, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		uint32_t slot = op[i] & STREAM_SLOT;
		unsigned int order = stream_size(op[i]);

		if (stream_is_allocation(op[i])) {
			uint32_t frame = floor_alloc(pages, shape, order);

			frame_of[slot] = frame;
			failed += frame == NO_FRAME;
			sum += frame;
		} else if (frame_of[slot] != NO_FRAME) {
			floor_free(pages, shape, frame_of[slot], order);
		}
	}
}

ALWAYS_INLINE double measure(const struct floor_shape *shape, uint32_t nr_pages,
			     const struct stream *stream)
{
	uint32_t *frame_of = map_table(stream->nr_slots, sizeof(*frame_of));
	static struct floor_pages pages;
	double begin;

	shape->init(&pages.buddy, nr_pages);
	replay(&pages, shape, frame_of, stream->op, stream->nr_fill);
	failed = 0;
	begin = cpu_ns();
	replay(&pages, shape, frame_of, stream->op + stream->nr_fill,
	       stream->nr - stream->nr_fill);
	return cpu_ns() - begin;
}

int main(int argc, char **argv)
{
	uint64_t nr_pages, percent, breath;
	struct stream stream;
	double ns;

	if (argc != 6)
		die("floor_pages SHAPE PAGES OPS PERCENT BREATH");
	nr_pages = to_number(argv[2]);
	percent = to_number(argv[4]);
	breath = to_number(argv[5]);
	stream = stream_make(STREAM_PAGES, nr_pages * percent / 100,
			     nr_pages * breath / 100, to_number(argv[3]));
	if (strcmp(argv[1], "lists") == 0)
		ns = measure(&stacked_lists, nr_pages, &stream);
	else if (strcmp(argv[1], "bitmaps") == 0)
		ns = measure(&plain_bitmaps, nr_pages, &stream);
	else if (strcmp(argv[1], "stacked-bitmaps") == 0)
		ns = measure(&stacked_bitmaps, nr_pages, &stream);
	else
		die("no such shape");
	print_result(ns, stream.nr - stream.nr_fill, failed, sum);
	return 0;
}
