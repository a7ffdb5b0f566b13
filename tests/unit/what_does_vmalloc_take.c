/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an area costs in pages, tables, descriptors and address space, and
 * what of it comes back. Two nodes of 32 MiB, CPUs on node 0 only.
 */

#include "tests/unit/slab_machine.h"

#include "models/vmalloc/vmalloc.h"

#define PAGE ((uint64_t)4096)
#define HUGE_PAGES 512u
#define VMALLOC_BYTES ((uint64_t)1 << 32)

struct fixture {
	struct slab_machine_fixture machine;
	struct vmalloc *vmalloc;
};

static void start_with(struct fixture *f, uint64_t bytes, bool with_slabs,
		       struct vmap_area_desc *busy, size_t nr_busy)
{
	machine_describe(&f->machine, 1);
	f->machine.desc.initial.vmap_areas = busy;
	f->machine.desc.initial.nr_vmap_areas = nr_busy;
	f->machine.desc.vmalloc_start = 0xffffc90000000000;
	f->machine.desc.vmalloc_size = bytes;
	machine_start(&f->machine);
	f->vmalloc = vmalloc_new(f->machine.memory,
				 with_slabs ? f->machine.caches : NULL,
				 &f->machine.errors);
	assert_non_null(f->vmalloc);
}

static void start(struct fixture *f, uint64_t bytes, bool with_slabs)
{
	start_with(f, bytes, with_slabs, NULL, 0);
}

static void check(const struct fixture *f)
{
	char why[256];

	if (!vmalloc_validate(f->vmalloc, why, sizeof(why)))
		fail_msg("%s", why);
}

static void finish(struct fixture *f)
{
	check(f);
	vmalloc_free(f->vmalloc);
	machine_release(&f->machine);
}

static uint64_t free_pages(const struct fixture *f)
{
	const struct memory *memory = f->machine.memory;
	uint64_t pages = 0;
	uint32_t i;

	for (i = 0; i < memory->nr_zones; i++)
		pages += zone_free_pages(&memory->zone[i]) +
			 zone_pcp_pages(memory, &memory->zone[i]);
	return pages;
}

static struct vmalloc_grant take(struct fixture *f, uint64_t pages, node_t node)
{
	struct vmalloc_grant grant =
		vmalloc_alloc(f->vmalloc, pages * PAGE, GFP_KERNEL, node, 0);

	assert_int_equal(grant.reason, REASON_NONE);
	assert_int_equal(grant.pages, pages);
	check(f);
	return grant;
}

static void give_back(struct fixture *f, struct vmalloc_grant grant)
{
	assert_true(vmalloc_release(f->vmalloc, grant.vaddr_offset, 0));
	check(f);
}

/*
 *	|p p p|g|p p p|g|      p: a page, g: a guard, which has no page
 *
 * Expect: three pages each; the first area also needs a table of PTEs and one
 * of PMDs, which stay when both areas are gone.
 */
static void an_area_takes_its_pages_and_missing_tables(void **state)
{
	struct vmalloc_grant first, second;
	struct fixture f;
	uint64_t before;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	before = free_pages(&f);
	first = take(&f, 3, NODE_ANY);
	assert_int_equal(first.vaddr_offset, 0);
	assert_int_equal(free_pages(&f), before - 3 - 2);
	second = take(&f, 3, NODE_ANY);
	assert_int_equal(second.vaddr_offset, 4 * PAGE);
	assert_int_equal(free_pages(&f), before - 6 - 2);
	give_back(&f, first);
	give_back(&f, second);
	assert_int_equal(free_pages(&f), before - 2);
	assert_int_equal(vmalloc_nr_pages(f.vmalloc), 0);
	finish(&f);
}

/*
 * Expect: an area that ends one page into the next 2 MiB needs a second table
 * of PTEs: 511 pages fit the first together with their guard, 513 do not.
 */
static void a_table_maps_two_mebibytes(void **state)
{
	struct fixture f;
	uint64_t before;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	before = free_pages(&f);
	take(&f, 511, NODE_ANY);
	assert_int_equal(free_pages(&f), before - 511 - 2);
	take(&f, 1, NODE_ANY);
	assert_int_equal(free_pages(&f), before - 512 - 3);
	finish(&f);
}

/* Expect: the size is rounded up, and counts as set entries. */
static void a_byte_more_is_a_page_more(void **state)
{
	const uint32_t *set;
	struct vmalloc_grant grant;
	struct fixture f;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	set = &f.machine.memory->work.count[WORK_PTES_SET];
	grant = vmalloc_alloc(f.vmalloc, 2 * PAGE + 1, GFP_KERNEL, NODE_ANY, 0);
	assert_int_equal(grant.pages, 3);
	assert_int_equal(*set, 3);
	give_back(&f, grant);
	assert_int_equal(f.machine.memory->work.count[WORK_PTES_CLEARED], 3);
	finish(&f);
}

/*
 * Expect: the pages come from the node that was asked for; the tables from
 * the node of the CPU, which is node 0.
 */
static void pages_and_tables_may_be_of_different_nodes(void **state)
{
	uint64_t count[MAX_NODES];
	struct vmalloc_grant grant;
	struct fixture f;
	uint64_t before;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	before = free_pages(&f);
	grant = take(&f, 250, 1);
	assert_int_equal(grant.zone->node, 1);
	vmalloc_count_nodes(f.vmalloc, grant.vaddr_offset, count);
	assert_int_equal(count[0], 0);
	assert_int_equal(count[1], 250);
	assert_int_equal(free_pages(&f), before - 250 - 2);
	finish(&f);
}

/*
 *	|512 pages|g|                   an array of 4,096 bytes: kmalloc
 *	|513 pages|g|array: 2 pages|g|  an array of 4,104 bytes: vmalloc
 *
 * Expect: the longer array is an area right behind, freed with the other.
 */
static void a_long_array_of_pages_is_an_area(void **state)
{
	struct vmalloc_info info;
	struct vmalloc_grant grant;
	struct fixture f;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	take(&f, 512, NODE_ANY);
	assert_true(vmalloc_next_area(f.vmalloc, 0, &info));
	assert_int_equal(info.end, 513 * PAGE);
	assert_false(vmalloc_next_area(f.vmalloc, info.end, &info));

	grant = take(&f, 513, NODE_ANY);
	assert_int_equal(grant.vaddr_offset, 513 * PAGE);
	assert_true(vmalloc_next_area(f.vmalloc, (513 + 514) * PAGE, &info));
	assert_int_equal(info.start, (513 + 514) * PAGE);
	assert_int_equal(info.end, (513 + 514 + 3) * PAGE);
	assert_int_equal(info.pages, 2);
	assert_int_equal(vmalloc_nr_pages(f.vmalloc), 512 + 513 + 2);

	give_back(&f, grant);
	assert_false(vmalloc_next_area(f.vmalloc, 513 * PAGE, &info));
	assert_int_equal(vmalloc_nr_pages(f.vmalloc), 512);
	finish(&f);
}

/*
 * Expect: freed in the order they came, pages lie on the CPU's list with the
 * last on top. So the next area gets them backwards, and the one after that
 * forwards again.
 */
static void pages_are_freed_in_their_order(void **state)
{
	struct vmalloc_grant first, second, third;
	struct fixture f;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	first = take(&f, 3, NODE_ANY);
	give_back(&f, first);
	second = take(&f, 3, NODE_ANY);
	assert_int_not_equal(second.pfn, first.pfn);
	give_back(&f, second);
	third = take(&f, 3, NODE_ANY);
	assert_int_equal(third.pfn, first.pfn);
	finish(&f);
}

/*
 * Expect: more than there is fails for the page allocator's reason. What was
 * taken on the way comes back, but for tables (of PMDs, and of PTEs for the
 * array of pages), and the range only with the next purge.
 */
static void lack_of_pages_gives_all_back(void **state)
{
	struct vmalloc_grant grant;
	struct fixture f;
	uint64_t before;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	before = free_pages(&f);
	grant = vmalloc_alloc(f.vmalloc, 2 * NODE_PAGES * PAGE, GFP_KERNEL,
			      NODE_ANY, 0);
	assert_int_equal(grant.vaddr_offset, VMALLOC_NOWHERE);
	assert_int_equal(grant.reason, REASON_WATERMARK);
	assert_int_equal(grant.pfn, PFN_NONE);
	assert_false(grant.host_failed);
	check(&f);
	assert_int_equal(vmalloc_nr_pages(f.vmalloc), 0);
	assert_int_equal(free_pages(&f), before - 2);
	finish(&f);
}

/* Expect: the guard page has to fit too; failing takes no page. */
static void lack_of_room_takes_no_page(void **state)
{
	struct vmalloc_grant grant;
	struct fixture f;
	uint64_t before;

	(void)state;
	start(&f, 16 * PAGE, false);
	before = free_pages(&f);
	grant = vmalloc_alloc(f.vmalloc, 16 * PAGE, GFP_KERNEL, NODE_ANY, 0);
	assert_int_equal(grant.vaddr_offset, VMALLOC_NOWHERE);
	assert_int_equal(grant.reason, REASON_ADDRESS_SPACE);
	assert_int_equal(free_pages(&f), before);
	take(&f, 15, NODE_ANY);
	finish(&f);
}

/* Expect: nothing, and more than the machine has, are refused at the door. */
static void senseless_sizes_are_refused(void **state)
{
	struct vmalloc_grant grant;
	struct fixture f;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	grant = vmalloc_alloc(f.vmalloc, 0, GFP_KERNEL, NODE_ANY, 0);
	assert_int_equal(grant.reason, REASON_BAD_FLAGS);
	grant = vmalloc_alloc(f.vmalloc, (2 * NODE_PAGES + 1) * PAGE,
			      GFP_KERNEL, NODE_ANY, 0);
	assert_int_equal(grant.reason, REASON_TOO_BIG);
	grant = vmalloc_alloc(f.vmalloc, UINT64_MAX, GFP_KERNEL, NODE_ANY, 0);
	assert_int_equal(grant.reason, REASON_TOO_BIG);
	finish(&f);
}

/* Expect: only the offset that was given names an area. */
static void a_free_of_nothing_is_told(void **state)
{
	struct vmalloc_grant grant;
	struct fixture f;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	grant = take(&f, 3, NODE_ANY);
	assert_false(vmalloc_release(f.vmalloc, PAGE, 0));
	assert_false(vmalloc_release(f.vmalloc, 4 * PAGE, 0));
	assert_true(vmalloc_release(f.vmalloc, grant.vaddr_offset, 0));
	assert_false(vmalloc_release(f.vmalloc, grant.vaddr_offset, 0));
	finish(&f);
}

/*
 *	|A 4100|  then  |~~~~~~|B 4100|  then  |......|
 *
 * Expect: on one CPU 8,192 waiting pages are the limit. The first area waits;
 * freeing the second crosses the limit, and within that very call both become
 * free, so that the third begins where the first did.
 */
static void the_free_that_crosses_the_limit_purges(void **state)
{
	const uint32_t *purged;
	struct vmalloc_grant a, b, c;
	struct fixture f;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	purged = &f.machine.memory->work.count[WORK_VMAP_PURGED];
	a = take(&f, 4100, NODE_ANY);
	give_back(&f, a);
	b = take(&f, 4100, NODE_ANY);
	assert_int_not_equal(b.vaddr_offset, a.vaddr_offset);
	assert_int_equal(*purged, 0);
	give_back(&f, b);
	assert_int_not_equal(*purged, 0);
	c = take(&f, 100, NODE_ANY);
	assert_int_equal(c.vaddr_offset, a.vaddr_offset);
	finish(&f);
}

static uint64_t live(const struct fixture *f, const char *name)
{
	struct slab_info info;
	size_t i;

	for (i = 0; i < slab_caches_count(f->machine.caches); i++) {
		slab_caches_info(f->machine.caches, i, &info);
		if (!strcmp(info.name, name))
			return info.live_objs;
	}
	fail_msg("no cache %s", name);
	return 0;
}

/*
 * Expect: an area has a vm_struct of 64 bytes, a vmap_area, and an array of 8
 * bytes a page; another vmap_area is for the addresses below the space, once
 * they are cut off. A free gives back all but the vmap_area, which stays with
 * the range until that joins another.
 */
static void descriptors_are_objects(void **state)
{
	struct vmalloc_grant grant;
	struct fixture f;

	(void)state;
	start(&f, 16 * PAGE, true);
	grant = take(&f, 16 - 1, NODE_ANY);
	assert_int_equal(live(&f, "kmalloc-64"), 1);
	assert_int_equal(live(&f, "kmalloc-128"), 1);
	assert_int_equal(live(&f, "vmap_area"), 2);
	give_back(&f, grant);
	assert_int_equal(live(&f, "kmalloc-64"), 0);
	assert_int_equal(live(&f, "kmalloc-128"), 0);
	assert_int_equal(live(&f, "vmap_area"), 2);
	/*
	 * Fills the space again, after a purge that joined all and gave back
	 * the one that was there at the start: one for it, two around it.
	 */
	grant = take(&f, 16 - 1, NODE_ANY);
	assert_int_equal(live(&f, "vmap_area"), 3);
	finish(&f);
}

/*
 *	|##|p p p|g|		#: busy at the start
 *
 * Expect: whoever made the busy range left its CPU a vmap_area at hand, so the
 * first area takes one, for itself. It splits nothing in two, so that the one
 * at hand is there for the second, too.
 */
static void a_machine_that_ran_has_a_descriptor_at_hand(void **state)
{
	struct vmap_area_desc busy = { .start = 0, .end = 2 * PAGE };
	struct fixture f;

	(void)state;
	start_with(&f, VMALLOC_BYTES, true, &busy, 1);
	take(&f, 3, NODE_ANY);
	assert_int_equal(live(&f, "vmap_area"), 1);
	take(&f, 3, NODE_ANY);
	assert_int_equal(live(&f, "vmap_area"), 2);
	finish(&f);
}

/* Expect: some ten nodes more, for the tree is balanced; it counts as work. */
static void among_many_areas_the_way_is_longer(void **state)
{
	struct fixture f;
	uint32_t *passed, alone;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	passed = &f.machine.memory->work.count[WORK_VMAP_SEARCH];
	take(&f, 1, NODE_ANY);
	alone = *passed;
	for (int i = 0; i < 1000; i++)
		take(&f, 1, NODE_ANY);
	*passed = 0;
	take(&f, 1, NODE_ANY);
	assert_in_range(*passed, alone + 6, alone + 20);
	finish(&f);
}

/*
 * Expect: two mebibytes are one block, one entry and no table of PTEs, at an
 * address and a frame that are multiples of 512 pages. They go back one by one.
 */
static void huge_areas_are_blocks(void **state)
{
	struct vmalloc_grant small, grant;
	struct fixture f;
	const uint32_t *work;
	uint64_t before;
	uint32_t set;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	small = take(&f, 1, NODE_ANY);
	before = free_pages(&f);
	set = f.machine.memory->work.count[WORK_PTES_SET];
	grant = vmalloc_alloc_huge(f.vmalloc, HUGE_PAGES * PAGE, GFP_KERNEL, 1,
				   0);
	assert_int_equal(grant.vaddr_offset, HUGE_PAGES * PAGE);
	assert_int_equal(grant.pages, HUGE_PAGES);
	assert_int_equal(grant.pfn % HUGE_PAGES, 0);
	assert_int_equal(f.machine.memory->work.count[WORK_PTES_SET] - set, 1);
	assert_int_equal(free_pages(&f), before - HUGE_PAGES);
	give_back(&f, grant);
	work = f.machine.memory->work.count;
	assert_int_equal(work[WORK_AREA_PAGES_FREED], HUGE_PAGES);
	assert_int_equal(work[WORK_PTES_CLEARED], 1);
	give_back(&f, small);
	assert_int_equal(work[WORK_AREA_PAGES_FREED], HUGE_PAGES + 1);
	assert_int_equal(work[WORK_PTES_CLEARED], 2);
	finish(&f);
}

/* Expect: spread over two nodes, two mebibytes are one on each: too small. */
static void huge_counts_by_node(void **state)
{
	struct vmalloc_grant grant;
	struct fixture f;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	grant = vmalloc_alloc_huge(f.vmalloc, HUGE_PAGES * PAGE, GFP_KERNEL,
				   NODE_ANY, 0);
	assert_int_equal(f.machine.memory->work.count[WORK_PTES_SET],
			 HUGE_PAGES);
	give_back(&f, grant);
	finish(&f);
}

/*
 * Takes all memory in blocks of order 10, down to the last reserve, then frees
 * most pages of some.
 */
static void break_up_memory(struct fixture *f)
{
	const struct page_request request = {
		.gfp = GFP_KERNEL | __GFP_MEMALLOC,
		.order = 10,
		.node = NODE_ANY,
	};
	struct page_grant got = page_alloc(f->machine.memory, &request);
	struct page_grant next;
	int nr = 0;
	pfn_t pfn;

	while ((next = page_alloc(f->machine.memory, &request)).pfn !=
	       PFN_NONE) {
		if (nr++ < 4) {
			page_split(f->machine.memory, got.pfn, 10);
			for (pfn = got.pfn; pfn < got.pfn + 1024; pfn++)
				if (pfn % 128)
					page_free(f->machine.memory, 0, pfn, 0);
		}
		got = next;
	}
}

/*
 * Expect: a task that was killed asks for nothing one by one, which blocks
 * would be: it gets pages in bulk; but who insists gets his block.
 */
static void a_killed_task_gets_no_blocks(void **state)
{
	struct vmalloc_grant grant;
	struct fixture f;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	f.machine.memory->dying = true;
	grant = vmalloc_alloc_huge(f.vmalloc, HUGE_PAGES * PAGE, GFP_KERNEL, 0,
				   0);
	assert_int_equal(grant.reason, REASON_NONE);
	assert_int_equal(f.machine.memory->work.count[WORK_PTES_SET],
			 HUGE_PAGES);
	give_back(&f, grant);
	grant = vmalloc_alloc_huge(f.vmalloc, HUGE_PAGES * PAGE,
				   GFP_KERNEL | __GFP_NOFAIL, 0, 0);
	assert_int_equal(f.machine.memory->work.count[WORK_PTES_SET],
			 HUGE_PAGES + 1);
	give_back(&f, grant);
	f.machine.memory->dying = false;
	finish(&f);
}

/*
 * Expect: without a free block of order 9 the area is made of single pages
 * after all, at the next address that is free without a purge.
 */
static void huge_falls_back_to_single_pages(void **state)
{
	struct vmalloc_grant grant;
	struct fixture f;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	break_up_memory(&f);
	grant = vmalloc_alloc_huge(f.vmalloc, HUGE_PAGES * PAGE, GFP_KERNEL, 0,
				   0);
	assert_int_equal(grant.reason, REASON_NONE);
	assert_int_equal(f.machine.memory->work.count[WORK_PTES_SET],
			 HUGE_PAGES);
	assert_int_equal(grant.vaddr_offset, (HUGE_PAGES + 1) * PAGE);
	give_back(&f, grant);
	finish(&f);
}

/*
 * Expect: up to a page kvmalloc is kmalloc. Above, kmalloc gives up early and
 * quietly, unless told to try hard, and vmalloc follows if the caller sleeps.
 */
static void kvmalloc_tries_kmalloc_first(void **state)
{
	struct kvmalloc_plan plan;
	struct fixture f;

	(void)state;
	start(&f, VMALLOC_BYTES, false);
	plan = kvmalloc_plan(f.machine.memory, PAGE, GFP_KERNEL);
	assert_int_equal(plan.kmalloc_gfp, GFP_KERNEL);
	assert_false(plan.then_vmalloc);
	plan = kvmalloc_plan(f.machine.memory, PAGE + 1,
			     GFP_KERNEL | __GFP_NOFAIL);
	assert_int_equal(plan.kmalloc_gfp,
			 GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
	assert_true(plan.then_vmalloc);
	plan = kvmalloc_plan(f.machine.memory, PAGE + 1,
			     GFP_KERNEL | __GFP_RETRY_MAYFAIL);
	assert_int_equal(plan.kmalloc_gfp,
			 GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	assert_false(kvmalloc_plan(f.machine.memory, 2 * PAGE, GFP_ATOMIC)
			     .then_vmalloc);
	assert_false(
		kvmalloc_plan(f.machine.memory, (uint64_t)1 << 31, GFP_KERNEL)
			.then_vmalloc);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_area_takes_its_pages_and_missing_tables),
		cmocka_unit_test(a_table_maps_two_mebibytes),
		cmocka_unit_test(a_byte_more_is_a_page_more),
		cmocka_unit_test(pages_and_tables_may_be_of_different_nodes),
		cmocka_unit_test(a_long_array_of_pages_is_an_area),
		cmocka_unit_test(pages_are_freed_in_their_order),
		cmocka_unit_test(lack_of_pages_gives_all_back),
		cmocka_unit_test(lack_of_room_takes_no_page),
		cmocka_unit_test(senseless_sizes_are_refused),
		cmocka_unit_test(a_free_of_nothing_is_told),
		cmocka_unit_test(the_free_that_crosses_the_limit_purges),
		cmocka_unit_test(descriptors_are_objects),
		cmocka_unit_test(a_machine_that_ran_has_a_descriptor_at_hand),
		cmocka_unit_test(among_many_areas_the_way_is_longer),
		cmocka_unit_test(huge_areas_are_blocks),
		cmocka_unit_test(huge_counts_by_node),
		cmocka_unit_test(a_killed_task_gets_no_blocks),
		cmocka_unit_test(huge_falls_back_to_single_pages),
		cmocka_unit_test(kvmalloc_tries_kmalloc_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
