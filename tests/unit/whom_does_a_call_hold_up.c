/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a call's work says of others: whose lists it locked, and how many CPUs
 * it interrupted. Two nodes of 32 MiB, CPUs on node 0 only.
 */

#include "tests/unit/slab_machine.h"

#include "models/vmalloc/vmalloc_internal.h"

#define PAGE ((uint64_t)4096)
#define CACHE 1
#define MOST 1000
#define NODE_0 1u
#define NODE_1 2u

struct fixture {
	struct slab_machine_fixture machine;
	struct vmalloc *vmalloc;
	struct slab_cache *cache;
	uint64_t held[MOST];
	uint32_t nr;
};

static void start(struct fixture *f, size_t nr_cpus,
		  enum slab_allocator allocator, uint32_t pcp_orders)
{
	memset(f, 0, sizeof(*f));
	machine_describe(&f->machine, nr_cpus);
	f->machine.desc.slab_allocator = allocator;
	f->machine.desc.pcp_orders = pcp_orders;
	f->machine.desc.vmalloc_start = 0xffffc90000000000;
	f->machine.desc.vmalloc_size = 1ull << 32;
	machine_start(&f->machine);
	f->vmalloc = vmalloc_new(f->machine.memory, f->machine.caches,
				 &f->machine.errors);
	assert_non_null(f->vmalloc);
	f->cache = cache_create(&f->machine, CACHE, 512, 0, 0);
}

static void finish(struct fixture *f)
{
	vmalloc_free(f->vmalloc);
	machine_release(&f->machine);
}

/* A new call begins: nothing was done yet. */
static struct work *begin(struct fixture *f)
{
	f->machine.memory->work = (struct work){ .zones = 0 };
	return &f->machine.memory->work;
}

static void take(struct fixture *f, node_t node)
{
	f->held[f->nr++] = object_get(&f->machine, f->cache, 0, node).address;
}

static uint32_t ipis_of_a_purge(size_t nr_cpus)
{
	struct vmalloc_grant grant;
	const struct work *work;
	struct fixture f;
	uint32_t ipis;

	start(&f, nr_cpus, SLAB_ALLOCATOR_SLUB, 0);
	grant = vmalloc_alloc(f.vmalloc, PAGE, GFP_KERNEL, NODE_ANY, 0);
	work = begin(&f);
	vmalloc_release(f.vmalloc, grant.vaddr_offset, 0);
	assert_int_equal(work->count[WORK_IPIS], 0);
	vmap_space_purge(&f.vmalloc->space, 0);
	ipis = work->count[WORK_IPIS];
	vmap_space_purge(&f.vmalloc->space, 0);
	assert_int_equal(work->count[WORK_IPIS], ipis);
	finish(&f);
	return ipis;
}

/*
 *	CPU 0   vfree ... purge --IPI--> CPU 1 forgets the addresses
 *
 * Expect: freeing an area interrupts nobody, purging does, all CPUs but the
 * one that purges; and not where there is nothing to purge.
 */
static void a_purge_interrupts_all_other_cpus(void **state)
{
	(void)state;
	assert_int_equal(ipis_of_a_purge(2), 1);
	assert_int_equal(ipis_of_a_purge(1), 0);
}

static uint32_t ipis_of_a_drain(size_t nr_cpus, uint32_t pcp_orders)
{
	struct fixture f;
	const struct work *work;
	uint32_t ipis;

	start(&f, nr_cpus, SLAB_ALLOCATOR_SLUB, pcp_orders);
	work = begin(&f);
	page_drain_all(f.machine.memory, 0);
	ipis = work->count[WORK_IPIS];
	finish(&f);
	return ipis;
}

/*
 * Expect: a kernel of today drains the lists of others from afar, one with
 * lists of single pages only has the other CPUs do it.
 */
static void old_kernels_interrupt_to_drain(void **state)
{
	(void)state;
	assert_int_equal(ipis_of_a_drain(2, 0), 0);
	assert_int_equal(ipis_of_a_drain(2, 1), 1);
	assert_int_equal(ipis_of_a_drain(1, 1), 0);
}

/* Expect: shrinking flushes the CPUs' slabs by work, which is no interrupt. */
static void shrinking_a_cache_interrupts_nobody(void **state)
{
	struct fixture f;
	const struct work *work;

	(void)state;
	start(&f, 2, SLAB_ALLOCATOR_SLUB, 0);
	take(&f, NODE_ANY);
	work = begin(&f);
	slab_cache_shrink(f.machine.caches, f.cache, 1);
	assert_int_equal(work->count[WORK_IPIS], 0);
	assert_int_equal(work->nodes, NODE_0 | NODE_1);
	finish(&f);
}

/*
 *	CPU's slab        node 0's list      node 1's list
 *	[# # # . …]       (empty)            [# . . …]
 *
 * Expect: what the CPU's own slab gives and takes locks nobody out; nor does
 * a new slab, while the node's list is empty; giving the slab up for one of
 * node 1 does lock node 0's list, where it is put.
 */
static void slub_locks_lists_only_when_it_needs_them(void **state)
{
	struct fixture f;
	const struct work *work;

	(void)state;
	start(&f, 2, SLAB_ALLOCATOR_SLUB, 0);
	work = begin(&f);
	take(&f, NODE_ANY);
	take(&f, NODE_ANY);
	object_put(&f.machine, f.held[1], 0);
	assert_int_equal(work->nodes, 0);
	take(&f, 1);
	assert_int_equal(work->nodes, NODE_0);
	work = begin(&f);
	take(&f, 0);
	assert_int_equal(work->nodes, NODE_0 | NODE_1);
	finish(&f);
}

/*
 * Expect: SLAB locks its node's lists to list a new slab, not for the objects
 * that are in the CPU's array then; and again when that is full.
 */
static void slab_locks_lists_for_whole_batches(void **state)
{
	struct fixture f;
	const struct work *work;

	(void)state;
	start(&f, 2, SLAB_ALLOCATOR_SLAB, 0);
	work = begin(&f);
	take(&f, NODE_ANY);
	assert_int_equal(work->nodes, NODE_0);
	work = begin(&f);
	take(&f, NODE_ANY);
	object_put(&f.machine, f.held[1], 0);
	assert_int_equal(work->nodes, 0);
	f.nr = 1;
	while (f.nr < MOST)
		take(&f, NODE_ANY);
	work = begin(&f);
	while (!work->nodes && f.nr)
		object_put(&f.machine, f.held[--f.nr], 0);
	assert_int_equal(work->nodes, NODE_0);
	assert_true(f.nr > 0);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_purge_interrupts_all_other_cpus),
		cmocka_unit_test(old_kernels_interrupt_to_drain),
		cmocka_unit_test(shrinking_a_cache_interrupts_nobody),
		cmocka_unit_test(slub_locks_lists_only_when_it_needs_them),
		cmocka_unit_test(slab_locks_lists_for_whole_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
