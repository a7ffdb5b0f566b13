/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The workloads of `make bench`, as YAML with an event a line:
 *
 *	generate mix OPS LIVE	       of 5 operations 4 are kmalloc() of 8 to
 *				       1024 bytes and kfree(), one is of pages;
 *				       4 CPUs, all contexts but NMI; up to LIVE
 *				       allocations at once. Calls come as fast
 *				       as the CPUs can bear, and ask for what
 *				       their context forbids now and then
 *	generate calm OPS LIVE	       the same with ten times the time between
 *				       calls, and no rule broken
 *	generate pages OPS TARGET BREATH
 *	generate slab OPS TARGET       the operations of stream.h, those that
 *				       fill included
 */

#include "tests/bench/stream.h"

static void print_head(const char *name)
{
	printf("kmemsim: workload\nversion: 1\nname: %s\nevents:\n", name);
}

struct mix {
	uint64_t random;
	uint64_t t_ns;
	uint32_t *used; /* ids */
	uint32_t *unused;
	bool *is_pages; /* by id */
	uint32_t nr_used, nr_unused, nr_ids;
	uint32_t live;
	bool calm;
};

#define GAP_NS 400 /* at the most, between two calls */

/* Grows to nine tenths of what may be live, then hovers above them. */
static bool mix_allocates(const struct mix *mix, uint64_t random)
{
	if (mix->nr_used >= mix->live || !mix->nr_used)
		return !mix->nr_used;
	return mix->nr_used < mix->live / 10 * 9 ? random & 3 : random & 1;
}

static unsigned int mix_context(uint64_t random)
{
	return (random >> 44 & 7) < 6 ? 0 : (random >> 44 & 1) + 1;
}

static const char *mix_gfp(const struct mix *mix, uint64_t random)
{
	static const char *const gfp[] = { "GFP_KERNEL", "GFP_ATOMIC",
					   "GFP_NOWAIT" };
	unsigned int which = (random >> 40 & 7) < 6 ? 0 :
						      (random >> 40 & 1) + 1;

	if (mix->calm && mix_context(random) && !which)
		which = 1;
	return gfp[which];
}

static void mix_print_allocation(struct mix *mix, uint64_t random)
{
	uint32_t id = mix->nr_unused ? mix->unused[--mix->nr_unused] :
				       ++mix->nr_ids;
	bool is_pages = (random >> 8) % 5 == 0;

	mix->used[mix->nr_used++] = id;
	mix->is_pages[id] = is_pages;
	if (is_pages) {
		uint64_t draw = next_random(&mix->random);
		unsigned int order =
			draw % 10 < 7 ? 0 : 1 + __builtin_ctz(draw >> 32 | 512);

		printf("op: alloc_pages, id: %u, order: %u", id, order);
	} else {
		printf("op: kmalloc, id: %u, size: %u", id,
		       slab_sizes[(random >> 16) % NR_SLAB_SIZES]);
	}
	printf(", gfp: %s", mix_gfp(mix, random));
}

static void mix_print_free(struct mix *mix)
{
	uint32_t victim = random_below(&mix->random, mix->nr_used);
	uint32_t id = mix->used[victim];

	mix->used[victim] = mix->used[--mix->nr_used];
	mix->unused[mix->nr_unused++] = id;
	printf("op: %s, id: %u", mix->is_pages[id] ? "free_pages" : "kfree",
	       id);
}

static void mix_print(struct mix *mix)
{
	static const char *const ctx[] = { "process", "softirq", "hardirq" };
	uint64_t random;

	mix->t_ns += 1 + next_random(&mix->random) %
				 (mix->calm ? 10 * GAP_NS : GAP_NS);
	random = next_random(&mix->random);
	printf("- {t: %llu, ", (unsigned long long)mix->t_ns);
	if (mix_allocates(mix, random))
		mix_print_allocation(mix, random);
	else
		mix_print_free(mix);
	printf(", ctx: %s, cpu: %u}\n", ctx[mix_context(random)],
	       (unsigned int)(random >> 48 & 3));
}

static void generate_mix(bool calm, uint64_t ops, uint64_t live)
{
	struct mix mix = {
		.random = RANDOM_SEED,
		.used = map_table(live + 1, sizeof(*mix.used)),
		.unused = map_table(live + 1, sizeof(*mix.unused)),
		.is_pages = map_table(live + 2, sizeof(*mix.is_pages)),
		.live = live,
		.calm = calm,
	};

	if (!live || live > STREAM_SLOT)
		die("no such live set");
	print_head(calm ? "calm" : "mix");
	while (ops--)
		mix_print(&mix);
}

static void generate_stream(enum stream_kind kind, uint64_t ops,
			    uint64_t target, uint64_t breath)
{
	struct stream stream = stream_make(kind, target, breath, ops);
	uint64_t t_ns = 0;

	print_head(kind == STREAM_PAGES ? "pages" : "slab");
	for (size_t i = 0; i < stream.nr; i++) {
		uint32_t op = stream.op[i];
		uint32_t id = (op & STREAM_SLOT) + 1;

		t_ns += stream_gap_ns(kind, op);
		printf("- {t: %llu, op: ", (unsigned long long)t_ns);
		if (!stream_is_allocation(op))
			printf("%s, id: %u}\n",
			       kind == STREAM_PAGES ? "free_pages" : "kfree",
			       id);
		else if (kind == STREAM_PAGES)
			printf("alloc_pages, id: %u, order: %u, "
			       "gfp: " STREAM_GFP "}\n",
			       id, stream_size(op));
		else
			printf("kmalloc, id: %u, size: %u, gfp: GFP_KERNEL}\n",
			       id, slab_sizes[stream_size(op)]);
	}
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "mix") == 0)
		generate_mix(false, to_number(argv[2]), to_number(argv[3]));
	else if (argc == 4 && strcmp(argv[1], "calm") == 0)
		generate_mix(true, to_number(argv[2]), to_number(argv[3]));
	else if (argc == 5 && strcmp(argv[1], "pages") == 0)
		generate_stream(STREAM_PAGES, to_number(argv[2]),
				to_number(argv[3]), to_number(argv[4]));
	else if (argc == 4 && strcmp(argv[1], "slab") == 0)
		generate_stream(STREAM_SLAB, to_number(argv[2]),
				to_number(argv[3]), 0);
	else
		die("generate mix|calm OPS LIVE, pages OPS TARGET BREATH or "
		    "slab OPS TARGET");
	return 0;
}
