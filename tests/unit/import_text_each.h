/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_IMPORT_TEXT_EACH_H
#define KMEMSIM_TESTS_IMPORT_TEXT_EACH_H

/*
 * An import, `text`, for each TEST(); or, by setup() and teardown(), for a
 * group of tests. Include after cmocka.h.
 */

#include "tests/unit/import_text.h"

static struct import_text text;

static int setup(void **state)
{
	(void)state;
	import_text_init(&text);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	import_text_release(&text);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
