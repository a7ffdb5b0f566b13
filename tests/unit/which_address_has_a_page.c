/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which address has a page: of the linear map by its physical one, of HighMem
 * none. Machines of 256 pages; the second is a 32-bit one:
 *
 *	frame    0        64                128       192       255
 *	64 bit   Normal ...........................................
 *	32 bit   DMA      Normal            HighMem   Movable
 */

#include "tests/unit/machine_fixture.h"

#include "models/address.h"

#define OFFSET_64 0xffff888000000000u
#define OFFSET_32 0xc0000000u
#define PAGE 4096u

static int setup_64(void **state)
{
	static struct machine m;

	machine_describe(&m, 256, 4, 6);
	machine_start(&m);
	*state = &m;
	return 0;
}

static int setup_32(void **state)
{
	static struct machine m;
	static const enum zone_type types[] = { ZONE_DMA, ZONE_NORMAL,
						ZONE_HIGHMEM, ZONE_MOVABLE };

	machine_describe(&m, 256, 4, 6);
	m.desc.zone_types = I386_ZONES;
	m.desc.address_bits = 32;
	m.desc.page_offset = OFFSET_32;
	m.node[0].nr_zones = 4;
	for (int i = 0; i < 4; i++)
		m.zone[i] = open_zone(types[i], i * 64, 64);
	machine_start(&m);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_stop(*state);
	return 0;
}

/* Expect: PAGE_OFFSET and the frame's place, from the first to the last. */
static void all_memory_is_mapped_on_64_bits(void **state)
{
	const struct machine *m = *state;

	assert_int_equal(page_address(m->memory, 0), OFFSET_64);
	assert_int_equal(page_address(m->memory, 17), OFFSET_64 + 17 * PAGE);
	assert_int_equal(page_address(m->memory, 255), OFFSET_64 + 255 * PAGE);
	assert_int_equal(page_address(m->memory, 256), 0);
}

/* Expect: the two zones below have addresses, those above have none. */
static void highmem_has_none_on_32_bits(void **state)
{
	const struct machine *m = *state;

	assert_int_equal(page_address(m->memory, 0), OFFSET_32);
	assert_int_equal(page_address(m->memory, 127), OFFSET_32 + 127 * PAGE);
	assert_int_equal(page_address(m->memory, 128), 0);
	assert_int_equal(page_address(m->memory, 191), 0);
}

/* Expect: what Movable is made of is HighMem where there is HighMem. */
static void movable_is_highmem_on_a_kernel_that_has_some(void **state)
{
	struct machine *m = *state;

	assert_int_equal(page_address(m->memory, 192), 0);
	m->memory->zone_types &= ~(1u << ZONE_HIGHMEM);
	assert_int_equal(page_address(m->memory, 192), OFFSET_32 + 192 * PAGE);
}

/* Expect: the same distance everywhere, also in the middle of a page. */
static void physical_and_virtual_are_a_constant_apart(void **state)
{
	const struct machine *m = *state;

	assert_int_equal(phys_to_virt(m->memory, 0x12345), OFFSET_64 + 0x12345);
	assert_int_equal(pfn_to_kaddr(m->memory, 3), OFFSET_64 + 3 * PAGE);
	for (pfn_t pfn = 0; pfn < 256; pfn++)
		assert_int_equal(page_address(m->memory, pfn),
				 phys_to_virt(m->memory, pfn * PAGE));
}

#define on_64(name) cmocka_unit_test_setup_teardown(name, setup_64, teardown)
#define on_32(name) cmocka_unit_test_setup_teardown(name, setup_32, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_64(all_memory_is_mapped_on_64_bits),
		on_32(highmem_has_none_on_32_bits),
		on_32(movable_is_highmem_on_a_kernel_that_has_some),
		on_64(physical_and_virtual_are_a_constant_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
