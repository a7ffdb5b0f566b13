/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whom does kmap lend an address, which one, and when can another have it?
 * Frames 0 to 63 are Normal, 64 to 127 HighMem; four slots at the top of a
 * 32-bit address space. A slot is drawn as the last digit of its page's frame
 * with its users above it:
 *
 *	users	2 1
 *	slots	. 4 5 .
 */

#include "tests/unit/machine_fixture.h"

#include "models/kmap.h"

#define OFFSET 0xc0000000u
#define START 0xff000000u
#define PAGE 4096u
#define SLOTS 4

struct fixture {
	struct machine machine;
	struct kmap *kmap;
};

static int setup(void **state)
{
	static struct fixture f;
	struct machine *m = &f.machine;

	machine_describe(m, 64, 4, 6);
	m->desc.zone_types = I386_ZONES;
	m->desc.address_bits = 32;
	m->desc.page_offset = OFFSET;
	m->desc.kmap_start = START;
	m->desc.kmap_slots = SLOTS;
	m->node[0].nr_zones = 2;
	m->zone[1] = open_zone(ZONE_HIGHMEM, 64, 64);
	machine_start(m);
	f.kmap = kmap_new(m->memory, &m->errors);
	assert_non_null(f.kmap);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char why[256];

	if (!kmap_validate(f->kmap, why, sizeof(why)))
		fail_msg("%s", why);
	kmap_free(f->kmap);
	machine_stop(&f->machine);
	return 0;
}

/* Maps, and expects the slot's address. */
static void maps(struct fixture *f, pfn_t pfn, uint32_t slot)
{
	assert_int_equal(kmap_map(f->kmap, pfn), START + slot * PAGE);
	assert_int_equal(kmap_page_address(f->kmap, pfn), START + slot * PAGE);
}

static void unmaps(struct fixture *f, pfn_t pfn)
{
	assert_true(kmap_unmap(f->kmap, pfn));
}

/* Expect: the address that it has anyway, and nothing to give back. */
static void a_page_of_the_linear_map_needs_no_slot(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(kmap_map(f->kmap, 5), OFFSET + 5 * PAGE);
	assert_int_equal(kmap_slots_in_use(f->kmap), 0);
	assert_int_equal(kmap_users(f->kmap, 5), 0);
	unmaps(f, 5);
	unmaps(f, 5);
}

/* Expect: none before, the second slot first: the search begins behind 0. */
static void the_search_begins_behind_the_first(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(kmap_page_address(f->kmap, 64), 0);
	maps(f, 64, 1);
	maps(f, 70, 2);
	maps(f, 65, 3);
	maps(f, 66, 0);
}

/*
 *	users	  2
 *	slots	. 4 . .
 *
 * Expect: one slot for a page, however often it is mapped.
 */
static void a_page_has_one_slot(void **state)
{
	struct fixture *f = *state;

	maps(f, 64, 1);
	maps(f, 64, 1);
	assert_int_equal(kmap_users(f->kmap, 64), 2);
	assert_int_equal(kmap_slots_in_use(f->kmap), 1);
	unmaps(f, 64);
	assert_int_equal(kmap_slots_in_use(f->kmap), 1);
	unmaps(f, 64);
	assert_int_equal(kmap_slots_in_use(f->kmap), 0);
}

/*
 *	users	  0 1
 *	slots	. 4 5 .		and then 4 again
 *
 * Expect: it still has its slot; nobody else got that in between.
 */
static void an_unused_slot_keeps_its_page(void **state)
{
	struct fixture *f = *state;

	maps(f, 64, 1);
	unmaps(f, 64);
	maps(f, 65, 2);
	assert_int_equal(kmap_page_address(f->kmap, 64), START + PAGE);
	maps(f, 64, 1);
	assert_int_equal(f->machine.memory->work.count[WORK_PTES_SET], 2);
}

/*
 *	users	  0 1 0
 *	slots	. 4 5 6		and then 7 and 8
 *
 * Expect: 7 comes to slot 0, which empties 1 and 3; 8 gets slot 1.
 */
static void unused_slots_are_emptied_when_the_search_comes_round(void **state)
{
	struct fixture *f = *state;

	maps(f, 64, 1);
	maps(f, 65, 2);
	maps(f, 66, 3);
	unmaps(f, 64);
	unmaps(f, 66);
	maps(f, 67, 0);
	assert_int_equal(kmap_page_address(f->kmap, 64), 0);
	assert_int_equal(kmap_page_address(f->kmap, 66), 0);
	assert_int_equal(f->machine.memory->work.count[WORK_PTES_CLEARED], 2);
	maps(f, 68, 1);
	maps(f, 69, 3);
}

/*
 *	users	1 1 0 1
 *	slots	7 4 5 6		and then 8
 *
 * Expect: the search goes round, empties slot 2 on the way, and gets there.
 */
static void a_search_goes_round_once(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < SLOTS; i++)
		maps(f, 64 + i, (i + 1) % SLOTS);
	unmaps(f, 65);
	maps(f, 68, 2);
}

/* Expect: no fifth address; but still one for who has a slot already. */
static void there_are_no_more_than_there_are(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < SLOTS; i++)
		maps(f, 64 + i, (i + 1) % SLOTS);
	assert_int_equal(kmap_map(f->kmap, 100), 0);
	assert_int_equal(kmap_map(f->kmap, 100), 0);
	assert_int_equal(kmap_page_address(f->kmap, 100), 0);
	maps(f, 65, 2);
	assert_int_equal(kmap_slots_in_use(f->kmap), SLOTS);
}

/* Expect: what nobody maps can't be unmapped; nothing changes. */
static void an_unmap_too_many_is_noticed(void **state)
{
	struct fixture *f = *state;

	assert_false(kmap_unmap(f->kmap, 64));
	maps(f, 64, 1);
	unmaps(f, 64);
	assert_false(kmap_unmap(f->kmap, 64));
	maps(f, 64, 1);
	assert_int_equal(kmap_users(f->kmap, 64), 1);
}

/* Expect: a kernel without HighMem lends nothing. */
static void without_slots_there_are_none(void **state)
{
	struct fixture *f = *state;
	struct kmap *none;

	f->machine.desc.kmap_slots = 0;
	none = kmap_new(f->machine.memory, &f->machine.errors);
	assert_int_equal(kmap_map(none, 100), 0);
	assert_int_equal(kmap_map(none, 5), OFFSET + 5 * PAGE);
	assert_false(kmap_unmap(none, 100));
	kmap_free(none);
}

/*
 * Against a table of who has which slot, ten thousand random calls. Expect:
 * no page has two addresses, no address two pages, and as many users as were
 * counted.
 */
static void no_address_has_two_pages(void **state)
{
	struct fixture *f = *state;
	uint32_t users[64] = { 0 };
	uint64_t random = 1;
	char why[256];

	for (int i = 0; i < 10000; i++) {
		pfn_t pfn;

		random = random * 6364136223846793005u + 1442695040888963407u;
		pfn = 64 + (random >> 33) % 7;
		if (random >> 60 & 1)
			users[pfn - 64] += kmap_map(f->kmap, pfn) != 0;
		else if (users[pfn - 64])
			users[pfn - 64] -= kmap_unmap(f->kmap, pfn);
		assert_int_equal(kmap_users(f->kmap, pfn), users[pfn - 64]);
		for (pfn_t a = 64; a < 71; a++)
			for (pfn_t b = a + 1; b < 71; b++)
				assert_true(
					!users[a - 64] || !users[b - 64] ||
					kmap_page_address(f->kmap, a) !=
						kmap_page_address(f->kmap, b));
		assert_true(kmap_validate(f->kmap, why, sizeof(why)));
	}
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_page_of_the_linear_map_needs_no_slot),
		test(the_search_begins_behind_the_first),
		test(a_page_has_one_slot),
		test(an_unused_slot_keeps_its_page),
		test(unused_slots_are_emptied_when_the_search_comes_round),
		test(a_search_goes_round_once),
		test(there_are_no_more_than_there_are),
		test(an_unmap_too_many_is_noticed),
		test(without_slots_there_are_none),
		test(no_address_has_two_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
