/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_WORKLOAD_TEXT_EACH_H
#define KMEMSIM_TESTS_WORKLOAD_TEXT_EACH_H

/*
 * An empty workload, `text`, for each TEST(); or, by setup() and teardown(),
 * for a group of tests. Include after cmocka.h.
 */

#include "tests/unit/workload_text.h"

static struct workload_text text;

static int setup(void **state)
{
	(void)state;
	workload_text_init(&text);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	workload_text_release(&text);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
