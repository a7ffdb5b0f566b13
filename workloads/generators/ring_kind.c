/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring of buffers, such as a network card has for what it receives.
 *
 *	start: the driver fills it     +---+---+---+---+
 *	                               | 1 | 2 | 3 | 4 |
 *	                               +---+---+---+---+
 *	arrival: 5 is allocated in       ^ and 1 leaves with what it holds; it
 *	the place of 1                     is freed when its life is over
 *
 * The rules: entries are replaced one by one, in order, round and round. A
 * lifetime counts from the moment that a buffer leaves the ring; without one,
 * it is freed at once. At the end, if at_end says `free`, the ring is emptied,
 * oldest first, and then what has left it is freed; else its buffers stay.
 * Left out: drivers that refill in batches, for which there is `bursts` as
 * arrivals.
 */
#include "workloads/generators/generator.h"

#include "sim/base/host.h"

/* More would not fit any card; and the table is the host's memory. */
#define ENTRIES_MAX (1u << 24)

static const char *const ring_keys[] = { "entries", NULL };

static bool read_ring(struct spec *spec, const struct node *node,
		      struct generator *generator)
{
	const struct node *entries = spec_find(node, "entries");

	if (entries)
		return spec_number(spec, entries, "entries", UNIT_NUMBER, 1,
				   ENTRIES_MAX, &generator->ring.entries);
	error_input(spec->input.errors, node->place,
		    "a ring needs \"entries\"");
	return false;
}

static bool is_filled(const struct generator *generator)
{
	return generator->made >= generator->ring.entries;
}

static uint64_t end_of(const struct generator *generator)
{
	return generator->until_ns != TIME_NEVER ? generator->until_ns :
						   generator->last_ns;
}

/* What has left the ring is freed first, then comes what arrives. */
static void plan(struct generator *generator)
{
	uint64_t free_ns = live_next(&generator->live);
	uint64_t next_ns = generator->arrival_ns;

	if (!is_filled(generator))
		next_ns = generator->start_ns;
	if (next_ns == TIME_NEVER && free_ns > end_of(generator) &&
	    generator->at_end != END_EXPIRE)
		free_ns = generator->at_end == END_FREE && generator->live.nr ?
				  end_of(generator) :
				  TIME_NEVER;
	generator->next_ns = free_ns <= next_ns ? free_ns : next_ns;
}

static int begin_ring(struct generator *generator)
{
	generator->ring.item = host_alloc(generator->ring.entries,
					  sizeof(*generator->ring.item));
	if (!generator->ring.item)
		return -1;
	generator_first_arrival(generator);
	plan(generator);
	return 0;
}

/* At the end all entries leave, the oldest first. */
static int empty(struct generator *generator)
{
	struct ring *ring = &generator->ring;

	for (uint64_t i = 0; i < ring->entries; i++) {
		struct live_item *item =
			&ring->item[(generator->made + i) % ring->entries];

		item->t_ns = end_of(generator);
		if (live_add(&generator->live, item) < 0)
			return -1;
	}
	return 0;
}

static int fill_or_replace(struct generator *generator, struct call *call)
{
	struct ring *ring = &generator->ring;
	struct live_item *place = &ring->item[generator->made % ring->entries];
	bool replaces = is_filled(generator);
	uint64_t t_ns = generator->next_ns;
	struct live_item left = *place;

	generator_allocate(generator, t_ns, call, place);
	if (replaces) {
		/* Its life outside begins now, and is drawn now. */
		left.t_ns = generator_phase(generator)->lifetime ? place->t_ns :
								   t_ns;
		generator_next_arrival(generator);
		if (left.t_ns != TIME_NEVER &&
		    live_add(&generator->live, &left) < 0)
			return -1;
	}
	if (is_filled(generator) && generator->arrival_ns == TIME_NEVER &&
	    generator->at_end == END_FREE)
		return empty(generator);
	return 0;
}

static int emit_ring(struct generator *generator, struct call *call)
{
	uint64_t t_ns = generator->next_ns;
	struct live_item item;
	int err = 0;

	if (live_next(&generator->live) <= t_ns ||
	    (is_filled(generator) && generator->arrival_ns == TIME_NEVER)) {
		item = live_take(&generator->live, &generator->lives);
		generator_free(generator, t_ns, &item, call);
	} else {
		err = fill_or_replace(generator, call);
	}
	plan(generator);
	return err;
}

const struct generator_kind ring_kind = {
	.name = "ring",
	.keys = ring_keys,
	.op = NR_CALL_OPS,
	.arrives = true,
	.read = read_ring,
	.begin = begin_ring,
	.emit = emit_ring,
};
