/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of all kinds at random, any of which may sleep wherever it takes pages,
 * while others do the same, up to three deep; all models recount themselves
 * now and then, in the midst of it, too.
 *
 *	vmalloc ---- sleeps --------------------------------> goes on
 *	              kmalloc ---- sleeps -----> goes on
 *	                            shrink, free
 */

#include "tests/unit/slab_machine.h"

#include "models/mempool.h"
#include "models/vmalloc/vmalloc.h"
#include "tests/unit/others_helper.h"

#define CALLS 10000
#define MOST 300  /* allocations that are live at once */
#define DEEPEST 3 /* calls asleep at once */
#define NR_CACHES 5
#define POOL (NR_CACHES + 1)
#define NR_POOLS 3

enum kind { PAGES, OBJECT, AREA, ELEMENT };

struct live {
	enum kind kind;
	order_t order;
	uint64_t address;
	uint32_t pool;
};

struct world {
	struct slab_machine_fixture machine;
	struct others others;
	struct vmalloc *vmalloc;
	struct mempools *pools;
	struct live live[MOST + DEEPEST + 1];
	uint32_t nr_live;
	uint32_t random;
	int depth;
	int deepest;
	int calls;
};

static uint32_t draw(struct world *w, uint32_t below)
{
	w->random = w->random * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(w->random >> 8) * below >> 24);
}

static void check(const struct world *w)
{
	char why[256];

	if (!slab_caches_validate(w->machine.caches, why, sizeof(why)) ||
	    !vmalloc_validate(w->vmalloc, why, sizeof(why)) ||
	    !mempools_validate(w->pools, why, sizeof(why)) ||
	    !memory_validate(w->machine.memory, why, sizeof(why)))
		fail_msg("call %d, depth %d: %s", w->calls, w->depth, why);
}

static void keep(struct world *w, struct live live)
{
	assert_true(w->nr_live < sizeof(w->live) / sizeof(*w->live));
	w->live[w->nr_live++] = live;
}

static void make_cache(struct world *w, uint32_t name)
{
	static const struct {
		uint64_t size;
		uint32_t flags;
	} kinds[NR_CACHES] = {
		{ 1024, 0 },
		{ 512, SLAB_RECLAIM_ACCOUNT },
		{ 2048, SLAB_TYPESAFE_BY_RCU },
		{ 5000, 0 },
		{ 700, SLAB_RED_ZONE },
	};

	cache_create(&w->machine, name, kinds[name - 1].size, 0,
		     kinds[name - 1].flags);
}

static void make_pool(struct world *w, uint32_t name)
{
	struct mempool_request request = {
		.name = name,
		.min_nr = 4,
		.backing = (enum mempool_backing)(name % 3),
		.cache = 2,
		.size = 3000,
		.order = 1,
		.node = NODE_ANY,
	};
	enum alloc_reason reason;

	/* Makers of pools never sleep, and fail in a dry machine. */
	end_dryness(w->machine.memory);
	w->machine.memory->zone[0].boosted = false;
	assert_int_equal(mempool_create(w->pools, &request, &reason),
			 MEMPOOL_CREATED);
}

/* ---- calls ---- */

static struct object_request object_request(struct world *w)
{
	return (struct object_request){
		.gfp = draw(w, 4) ? GFP_KERNEL : GFP_NOWAIT,
		.cpu = draw(w, 2),
		.node = (node_t)draw(w, 3) - 1,
	};
}

static void alloc_object(struct world *w)
{
	struct object_request request = object_request(w);
	struct slab_cache *cache =
		slab_cache_find(w->machine.caches, 1 + draw(w, NR_CACHES));
	struct object_grant grant;

	if (draw(w, 4))
		grant = slab_cache_alloc(w->machine.caches, cache, &request);
	else
		grant = kmalloc(w->machine.caches, 1 + draw(w, 20000),
				&request);
	if (grant.address != OBJECT_NONE)
		keep(w, (struct live){ OBJECT, 0, grant.address, 0 });
}

static void alloc_pages(struct world *w)
{
	struct page_request request = { GFP_KERNEL, (order_t)draw(w, 4),
					(cpu_t)draw(w, 2), NODE_ANY };
	struct page_grant grant = page_alloc(w->machine.memory, &request);

	if (grant.pfn != PFN_NONE)
		keep(w, (struct live){ PAGES, request.order, grant.pfn, 0 });
}

static void alloc_area(struct world *w)
{
	uint64_t bytes = (1 + draw(w, 120)) * 4096ull;
	gfp_t gfp = draw(w, 4) ? GFP_KERNEL : GFP_NOWAIT;
	struct vmalloc_grant grant;

	if (draw(w, 20))
		grant = vmalloc_alloc(w->vmalloc, bytes, gfp, NODE_ANY,
				      (cpu_t)draw(w, 2));
	else
		grant = vmalloc_alloc_huge(w->vmalloc, 600 * 4096ull, gfp, 0,
					   (cpu_t)draw(w, 2));
	if (grant.vaddr_offset != VMALLOC_NOWHERE)
		keep(w, (struct live){ AREA, 0, grant.vaddr_offset, 0 });
}

static void alloc_element(struct world *w)
{
	uint32_t pool = mempool_find(w->pools, POOL + draw(w, NR_POOLS));
	struct object_grant grant = mempool_alloc(
		w->pools, pool, GFP_KERNEL, (cpu_t)draw(w, 2), draw(w, 2));

	if (grant.address != OBJECT_NONE)
		keep(w, (struct live){ ELEMENT, 0, grant.address, pool });
}

static void free_any(struct world *w)
{
	uint32_t which = draw(w, w->nr_live ? w->nr_live : 1);
	cpu_t cpu = (cpu_t)draw(w, 2);
	struct live live;

	if (!w->nr_live)
		return;
	live = w->live[which];
	w->live[which] = w->live[--w->nr_live];
	switch (live.kind) {
	case PAGES:
		page_free(w->machine.memory, cpu, (pfn_t)live.address,
			  live.order);
		break;
	case OBJECT:
		object_put(&w->machine, live.address, cpu);
		break;
	case AREA:
		assert_true(vmalloc_release(w->vmalloc, live.address, cpu));
		break;
	case ELEMENT:
		mempool_free(w->pools, live.pool, live.address, cpu);
		break;
	}
}

static void shrink_or_destroy(struct world *w)
{
	uint32_t name = 1 + draw(w, NR_CACHES);
	cpu_t cpu = (cpu_t)draw(w, 2);

	if (draw(w, 2)) {
		slab_cache_shrink(w->machine.caches,
				  slab_cache_find(w->machine.caches, name),
				  cpu);
	} else if (draw(w, 2)) {
		if (!slab_cache_destroy(w->machine.caches, name, cpu))
			make_cache(w, name);
	} else {
		name = POOL + draw(w, NR_POOLS);
		mempool_destroy(w->pools, mempool_find(w->pools, name), cpu);
		make_pool(w, name);
	}
}

static void one_call(struct world *w)
{
	w->calls++;
	if (w->depth < DEEPEST && draw(w, 2))
		run_dry(w->machine.memory);
	if (w->nr_live >= MOST || draw(w, 100) < 40)
		free_any(w);
	else
		switch (draw(w, 9)) {
		case 0:
		case 1:
			alloc_area(w);
			break;
		case 2:
			alloc_pages(w);
			break;
		case 3:
			alloc_element(w);
			break;
		case 4:
			shrink_or_destroy(w);
			break;
		default:
			alloc_object(w);
		}
	end_dryness(w->machine.memory);
}

static void come_in(void *argument)
{
	struct world *w = argument;

	if (w->depth == DEEPEST)
		return;
	w->depth++;
	if (w->depth > w->deepest)
		w->deepest = w->depth;
	if (!draw(w, 8))
		check(w);
	for (uint32_t nr = draw(w, 12); nr; nr--)
		one_call(w);
	/* Whatever comes next in the call may have to wait as well. */
	w->machine.memory->zone[0].boosted = !draw(w, 4);
	w->depth--;
}

static void dry_again_unless_deep(struct memory *memory, void *argument,
				  struct zone *zone, gfp_t gfp, order_t order,
				  enum zone_type highest)
{
	const struct others *others = argument;
	const struct world *w = others->argument;

	if (w->depth < DEEPEST)
		run_dry_again(memory, argument, zone, gfp, order, highest);
}

static void world_start(struct world *w, enum slab_allocator allocator,
			enum slab_rules rules, bool numa)
{
	memset(w, 0, sizeof(*w));
	machine_describe(&w->machine, 2);
	w->machine.desc.slab_allocator = allocator;
	w->machine.desc.slab_rules = rules;
	w->machine.desc.numa = numa;
	w->machine.desc.vmalloc_start = 0xffffc90000000000;
	w->machine.desc.vmalloc_size = 1ull << 30;
	machine_start(&w->machine);
	w->vmalloc = vmalloc_new(w->machine.memory, w->machine.caches,
				 &w->machine.errors);
	w->pools = mempools_new(w->machine.memory, w->machine.caches,
				&w->machine.errors);
	for (uint32_t name = 1; name <= NR_CACHES; name++)
		make_cache(w, name);
	for (uint32_t name = POOL; name < POOL + NR_POOLS; name++)
		make_pool(w, name);
	others_may_come_in(&w->others, w->machine.memory, come_in, w);
	w->others.ops.wake_kswapd = dry_again_unless_deep;
}

static void world_end(struct world *w)
{
	uint64_t before;

	while (w->nr_live)
		free_any(w);
	for (uint32_t name = POOL; name < POOL + NR_POOLS; name++)
		assert_int_equal(mempool_destroy(w->pools,
						 mempool_find(w->pools, name),
						 0),
				 0);
	for (uint32_t name = 1; name <= NR_CACHES; name++)
		assert_int_equal(slab_cache_destroy(w->machine.caches, name, 0),
				 0);
	before = vmalloc_nr_pages(w->vmalloc);
	assert_int_equal(before, 0);
	check(w);
	mempools_free(w->pools);
	vmalloc_free(w->vmalloc);
	machine_release(&w->machine);
}

/*
 * Expect: every recount agrees, others did come in three deep, and when all is
 * freed nothing is in use any more.
 */
static void live_at_random(enum slab_allocator allocator, enum slab_rules rules,
			   bool numa)
{
	static struct world w;

	world_start(&w, allocator, rules, numa);
	while (w.calls < CALLS)
		one_call(&w);
	check(&w);
	assert_int_equal(w.deepest, DEEPEST);
	assert_true(w.others.times > CALLS / 50);
	world_end(&w);
}

static void under_slub(void **state)
{
	(void)state;
	live_at_random(SLAB_ALLOCATOR_SLUB, SLAB_RULES_6_1, true);
	live_at_random(SLAB_ALLOCATOR_SLUB, SLAB_RULES_6_1, false);
}

static void under_slab(void **state)
{
	(void)state;
	live_at_random(SLAB_ALLOCATOR_SLAB, SLAB_RULES_6_1, true);
	live_at_random(SLAB_ALLOCATOR_SLAB, SLAB_RULES_6_1, false);
}

static void under_slab_of_2_6(void **state)
{
	(void)state;
	live_at_random(SLAB_ALLOCATOR_SLAB, SLAB_RULES_2_6, true);
	live_at_random(SLAB_ALLOCATOR_SLAB, SLAB_RULES_2_6, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(under_slub),
		cmocka_unit_test(under_slab),
		cmocka_unit_test(under_slab_of_2_6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
