/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compaction of all kinds while pages come and go: whenever time passes,
 * others allocate, free, drop and use pages, and all is recounted. Letters:
 * compaction_machine.h.
 */

#include "models/dma/cma.h"
#include "tests/unit/compaction_machine.h"

#define PAGES 128
#define ROUNDS 400
#define AREA_START 64
#define AREA_PAGES 32

/* Who lives in this memory. */
struct crowd {
	struct runner runner; /* first: it is what the ops are given */
	uint64_t random;
	pfn_t block[PAGES]; /* allocated, by nobody's folio */
	order_t order[PAGES];
	size_t nr_blocks;
	folio_t folio[PAGES];
	size_t nr_folios;
	bool busy; /* somebody is at it: not again within */
};

static uint32_t draw(struct crowd *crowd, uint32_t most)
{
	crowd->random = crowd->random * 6364136223846793005u + 1;
	return (crowd->random >> 33) % most;
}

static void come(struct crowd *crowd, struct memory *memory)
{
	static const gfp_t gfps[] = { GET_UNMOVABLE, GET_MOVABLE,
				      GET_RECLAIMABLE };
	struct page_request request = {
		.gfp = gfps[draw(crowd, 3)],
		.order = draw(crowd, 4) ? 0 : draw(crowd, 3),
		.node = NODE_ANY,
	};
	pfn_t pfn = page_alloc(memory, &request).pfn;
	struct folio_desc desc = {
		.anon = draw(crowd, 2),
		.dirty = draw(crowd, 2),
		.unevictable = !draw(crowd, 8),
	};

	if (pfn == PFN_NONE)
		return;
	if (request.gfp == (gfp_t)GET_MOVABLE) {
		crowd->folio[crowd->nr_folios++] = folio_new(
			memory, pfn, request.order, request.gfp, &desc);
	} else {
		crowd->block[crowd->nr_blocks] = pfn;
		crowd->order[crowd->nr_blocks++] = request.order;
	}
}

static void go(struct crowd *crowd, struct memory *memory)
{
	if (crowd->nr_blocks && draw(crowd, 2)) {
		size_t i = draw(crowd, crowd->nr_blocks);

		page_free(memory, 0, crowd->block[i], crowd->order[i]);
		crowd->block[i] = crowd->block[--crowd->nr_blocks];
		crowd->order[i] = crowd->order[crowd->nr_blocks];
	} else if (crowd->nr_folios) {
		size_t i = draw(crowd, crowd->nr_folios);
		folio_t folio = crowd->folio[i];

		crowd->folio[i] = crowd->folio[--crowd->nr_folios];
		folio_drop(memory, 0, folio);
	}
}

static void elapse(struct memory *memory, void *argument)
{
	struct crowd *crowd = argument;

	runner_elapse(memory, argument);
	if (crowd->busy || draw(crowd, 4))
		return;
	crowd->busy = true;
	if (draw(crowd, 2))
		come(crowd, memory);
	else
		go(crowd, memory);
	crowd->busy = false;
}

/* One compaction of any kind. */
static void compact_somehow(struct crowd *crowd, struct machine *m,
			    struct kcompactd *kcompactd)
{
	order_t order = 1 + draw(crowd, 4);
	enum compact_priority priority =
		(enum compact_priority)(draw(crowd, 3));
	gfp_t gfp = draw(crowd, 2) ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE;
	pfn_t captured;

	switch (draw(crowd, 8)) {
	case 0:
		compaction_wake_kcompactd(m->memory, 0, order, ZONE_NORMAL);
		/* fallthrough */
	case 1:
		kcompactd_turn(kcompactd);
		break;
	case 2:
		compaction_reset_skips(m->memory, 0);
		break;
	default:
		compact(m, gfp, order, priority, &captured);
		if (captured == PFN_NONE)
			break;
		assert_int_equal(m->memory->state[captured],
				 PAGE_ALLOCATED | order);
		page_free(m->memory, 0, captured, order);
	}
}

static void take_a_range(struct crowd *crowd, struct machine *m,
			 struct cma_area *area)
{
	uint32_t pages = 1 + draw(crowd, AREA_PAGES);
	pfn_t pfn = cma_alloc(m->memory, area, 0, pages, 0);

	if (pfn != PFN_NONE)
		cma_free(m->memory, area, 0, pfn, pages);
}

/* Expect: no page is lost, none is in two places, and blocks come of it. */
static void whatever_happens_nothing_is_lost(void **state)
{
	static const struct cma_desc desc = { .name = "area",
					      .node = NODE_ANY,
					      .start_pfn = AREA_START,
					      .pages = AREA_PAGES };
	struct task_ops ops = runner_ops;
	struct crowd crowd = { .random = 1 };
	struct kcompactd kcompactd;
	struct cma_area area;
	struct machine m;

	(void)state;
	compaction_describe(&m, "mmmmmmmmccccmmmm");
	m.desc.sysctl.compaction_proactiveness = 100;
	compaction_start(&m, "mmmmmmmmccccmmmm",
			 "................ ................"
			 "................ ................"
			 "................ ................"
			 "......##........ ....#...........");
	assert_int_equal(cma_init(&area, m.memory, &desc, &m.errors), 0);
	run_with(&m, &crowd.runner);
	ops.elapse = elapse;
	m.memory->tasks = &ops;
	kcompactd = (struct kcompactd){ .memory = m.memory };
	for (int round = 0; round < ROUNDS; round++) {
		for (uint32_t n = draw(&crowd, 24); n; n--)
			come(&crowd, m.memory);
		for (uint32_t n = draw(&crowd, 24); n; n--)
			go(&crowd, m.memory);
		compact_somehow(&crowd, &m, &kcompactd);
		if (round % 8 == 0)
			take_a_range(&crowd, &m, &area);
		runner_elapse(m.memory, &crowd.runner);
	}
	assert_true(m.memory->vm_event[VM_PGMIGRATE_SUCCESS] > 50);
	assert_int_equal(m.memory->node[0].stat[NR_ISOLATED_ANON], 0);
	assert_int_equal(m.memory->node[0].stat[NR_ISOLATED_FILE], 0);
	cma_release_area(&area);
	compaction_stop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_happens_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
