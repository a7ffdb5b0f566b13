/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a GFP mask as a number says, by the kernel that it is of.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "workloads/import/gfp_bits.h"
#include "sim/base/numbers.h"

static void expect(const char *version, uint64_t mask, gfp_t flags)
{
	uint32_t number;
	gfp_t found;

	assert_true(gfp_bits_version(version, &number));
	assert_true(gfp_bits_mask(gfp_bits_of(number), mask, &found));
	assert_int_equal(found, flags);
}

/* Expect: masks that the logs of these kernels are full of. */
static void masks_of_many_kernels(void **state)
{
	(void)state;
	expect("2.6.32", 0x20, GFP_ATOMIC);
	expect("2.6.32-5-686", 0x4020, GFP_ATOMIC | __GFP_COMP);
	expect("3.10.0-1160.el7", 0xd0, GFP_KERNEL);
	expect("3.10", 0x201da, GFP_HIGHUSER_MOVABLE);
	expect("3.10", 0x4000d0, GFP_KERNEL & ~__GFP_KSWAPD_RECLAIM);
	expect("4.3", 0x0, GFP_NOWAIT | __GFP_ATOMIC);
	expect("4.4", 0x24000c0, GFP_KERNEL);
	expect("4.9.35-v7+", 0x2080020, GFP_ATOMIC);
	expect("4.9", 0x2000000, GFP_NOWAIT);
	expect("4.14", 0x14000c0, GFP_KERNEL);
	expect("4.14", 0x1080020, GFP_ATOMIC);
	expect("4.18", 0x6000c0, GFP_KERNEL);
	expect("4.19", 0x480020, GFP_ATOMIC);
	expect("5.10", 0xcc0, GFP_KERNEL);
	expect("5.10", 0xa20, GFP_ATOMIC);
	expect("6.1", 0x1100cca & 0x1ffffff, GFP_HIGHUSER_MOVABLE);
	expect("6.6", 0x820, GFP_ATOMIC);
	expect("6.6", 0x40dc0, GFP_KERNEL | __GFP_ZERO | __GFP_COMP);
}

/* Expect: bits that a kernel has not are told, and the others read. */
static void bits_that_are_none(void **state)
{
	gfp_t found;

	(void)state;
	assert_false(gfp_bits_mask(gfp_bits_of(KERNEL_VERSION(4, 4, 0)),
				   0xc0000000 | 0x24000c0, &found));
	assert_int_equal(found, GFP_KERNEL);
	assert_false(gfp_bits_mask(gfp_bits_of(KERNEL_VERSION(6, 1, 0)),
				   UINT64_C(1) << 40, &found));
	assert_int_equal(found, 0);
}

static void expect_guess(const uint64_t *masks, size_t nr, const char *kernels)
{
	assert_string_equal(gfp_bits_kernels(gfp_bits_guess(masks, nr)),
			    kernels);
}

/* Expect: a few masks are enough to tell generations apart. */
static void generations_are_guessed(void **state)
{
	static const uint64_t linux_3_10[] = { 0x20, 0x201da, 0xd0, 0x80d0 };
	static const uint64_t linux_4_4[] = { 0x24200ca, 0x2284020, 0x24000c0 };
	static const uint64_t linux_4_14[] = { 0x14200ca, 0x1080020,
					       0x14000c0 };
	static const uint64_t linux_4_19[] = { 0x6200ca, 0x480020, 0x6000c0 };
	static const uint64_t linux_5_10[] = { 0x100cca, 0xa20, 0xcc0 };
	static const uint64_t linux_6_6[] = { 0x100cca, 0x820, 0xcc0 };

	(void)state;
	expect_guess(linux_3_10, LENGTH(linux_3_10), "2.6.31 to 4.3");
	expect_guess(linux_4_4, LENGTH(linux_4_4), "4.4 to 4.10");
	expect_guess(linux_4_14, LENGTH(linux_4_14), "4.11 to 4.15");
	expect_guess(linux_4_19, LENGTH(linux_4_19), "4.16 to 4.20");
	expect_guess(linux_5_10, LENGTH(linux_5_10), "5.0 to 6.2");
	expect_guess(linux_6_6, LENGTH(linux_6_6), "6.3 and later");
	expect_guess(NULL, 0, "5.0 to 6.2");
}

static void versions(void **state)
{
	uint32_t number;

	(void)state;
	assert_true(gfp_bits_version("6.1.0-13-amd64", &number));
	assert_int_equal(number, KERNEL_VERSION(6, 1, 0));
	assert_true(gfp_bits_version("4.9", &number));
	assert_int_equal(number, KERNEL_VERSION(4, 9, 0));
	assert_false(gfp_bits_version("", &number));
	assert_false(gfp_bits_version("v4.9", &number));
	assert_false(gfp_bits_version("4.", &number));
	assert_false(gfp_bits_version("1.2", &number));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masks_of_many_kernels),
		cmocka_unit_test(bits_that_are_none),
		cmocka_unit_test(generations_are_guessed),
		cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
