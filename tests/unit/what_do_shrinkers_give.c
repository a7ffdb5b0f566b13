/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Caches that the kernel can shrink: how many objects a round of reclaim has
 * them look at, and what is put off.
 */

#include "tests/unit/reclaim_machine.h"

struct objects {
	struct shrinker_ops ops;
	uint64_t nr;
	uint64_t per_slab; /* so many freed give a page back; 0: none do */
	bool stops;	   /* it wants to be left alone */
	char scans[64];
};

static struct objects objects;

static uint64_t count_objects(struct memory *memory, void *argument,
			      uint32_t node_index)
{
	struct objects *o = argument;

	(void)memory;
	(void)node_index;
	return o->nr;
}

static uint64_t scan_objects(struct memory *memory, void *argument,
			     uint32_t node_index, cpu_t cpu, gfp_t gfp,
			     uint64_t nr)
{
	struct objects *o = argument;
	size_t used = strlen(o->scans);

	(void)cpu;
	(void)gfp;
	snprintf(o->scans + used, sizeof(o->scans) - used, "%s%llu",
		 used ? " " : "", (unsigned long long)nr);
	if (o->stops)
		return SHRINK_STOP;
	if (o->per_slab)
		memory->node[node_index].stat[NR_SLAB_RECLAIMABLE] -=
			nr / o->per_slab;
	return nr;
}

static void shrink(struct machine *m, uint64_t nr, int priority,
		   const char *scans)
{
	struct scan_control sc = caller(priority);

	objects.nr = nr;
	objects.scans[0] = '\0';
	reclaim_shrink_slab(m->memory, 0, &sc);
	assert_string_equal(objects.scans, scans);
}

static struct machine *with_cache(void **state, uint32_t seeks, uint32_t batch)
{
	struct machine *m = *state;

	objects = (struct objects){
		.ops = { .name = "objects",
			 .count = count_objects,
			 .scan = scan_objects,
			 .seeks = seeks,
			 .batch = batch },
	};
	assert_int_equal(reclaim_register_shrinker(m->memory, &objects.ops,
						   &objects),
			 0);
	return m;
}

static uint64_t deferred(const struct machine *m)
{
	return m->memory->reclaim->shrinker[0].nr_deferred[0];
}

/* Expect: 2^20 objects at priority 12: 4/2 of 256, in batches of 128. */
static void objects_are_scanned_in_batches(void **state)
{
	struct machine *m = with_cache(state, 2, 0);

	shrink(m, 1 << 20, 12, "128 128 128 128");
	assert_int_equal(event(m, VM_SLABS_SCANNED), 512);
	assert_int_equal(m->memory->work.count[WORK_SHRINKER_CALLS], 1);
	assert_int_equal(m->memory->work.count[WORK_SHRINKER_SCANNED], 512);
	assert_int_equal(deferred(m), 0);
}

/*
 * 6 objects that cost nothing to make, as /proc's on real-reclaim's machine.
 * Expect, as its trace has it: 3 put off each time, up to 12.
 */
static void less_than_a_batch_is_put_off(void **state)
{
	struct machine *m = with_cache(state, 0, 0);
	static const uint64_t put_off[] = { 3, 6, 9, 12, 12, 12 };

	for (size_t i = 0; i < sizeof(put_off) / sizeof(put_off[0]); i++) {
		shrink(m, 6, i < 2 ? 12 - (int)i : 10, "");
		assert_int_equal(deferred(m), put_off[i]);
	}
}

/*
 * 100 objects. Expect: 50 are put off at priority 2; at 1 that makes more than
 * all there is, which is scanned as one batch; at 0 twice of all, of which the
 * rest after a batch is put off.
 */
static void all_there_is_is_scanned_at_last(void **state)
{
	struct machine *m = with_cache(state, 2, 0);

	shrink(m, 100, 2, "");
	assert_int_equal(deferred(m), 50);
	shrink(m, 100, 1, "125");
	assert_int_equal(deferred(m), 25);
	shrink(m, 100, 0, "128");
	assert_int_equal(deferred(m), 25 + 200 - 128);
}

/* Expect: the shrinker's own batch. */
static void a_shrinker_may_have_its_own_batch(void **state)
{
	struct machine *m = with_cache(state, 2, 1024);

	shrink(m, 1 << 20, 12, "");
	assert_int_equal(deferred(m), 512);
	shrink(m, 1 << 20, 11, "1024");
	assert_int_equal(deferred(m), 512);
}

/*
 * Expect: one that can do nothing is not asked again in this round; nothing
 * counts as scanned, all is put off, and done when it can.
 */
static void what_a_shrinker_refuses_is_put_off(void **state)
{
	struct machine *m = with_cache(state, 2, 0);

	objects.stops = true;
	shrink(m, 1 << 20, 12, "128");
	assert_int_equal(event(m, VM_SLABS_SCANNED), 0);
	assert_int_equal(m->memory->work.count[WORK_SHRINKER_SCANNED], 0);
	assert_int_equal(deferred(m), 512);
	objects.stops = false;
	shrink(m, 512, 0, "128 128 128 128 128 128 128 128");
	assert_int_equal(deferred(m), 512);
}

/* Expect: nothing is asked of an empty cache, nothing is put off. */
static void an_empty_cache_is_left_alone(void **state)
{
	struct machine *m = with_cache(state, 2, 0);

	shrink(m, 0, 0, "");
	assert_int_equal(deferred(m), 0);
}

/* Expect: slab pages that came free are progress. */
static void slab_pages_count_as_reclaimed(void **state)
{
	struct machine *m = with_cache(state, 2, 0);
	struct scan_control sc = caller(6);

	objects.nr = 4096;
	objects.per_slab = 16;
	m->memory->node[0].stat[NR_SLAB_RECLAIMABLE] = 256;
	reclaim_shrink_node(m->memory, 0, &sc);
	assert_int_equal(sc.nr_reclaimed, 8);
	assert_int_equal(stat_of(m, NR_SLAB_RECLAIMABLE), 248);
	m->memory->node[0].stat[NR_SLAB_RECLAIMABLE] = 0;
}

int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, reclaim_setup, reclaim_teardown)
	const struct CMUnitTest tests[] = {
		T(objects_are_scanned_in_batches),
		T(less_than_a_batch_is_put_off),
		T(all_there_is_is_scanned_at_last),
		T(a_shrinker_may_have_its_own_batch),
		T(what_a_shrinker_refuses_is_put_off),
		T(an_empty_cache_is_left_alone),
		T(slab_pages_count_as_reclaimed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
