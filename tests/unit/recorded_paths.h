/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_RECORDED_PATHS_H
#define KMEMSIM_TESTS_RECORDED_PATHS_H

/*
 * Where a test's runs leave their databases: in a folder that each test has to
 * itself, and that goes when the test is over. Include after cmocka.h.
 */

#include "tests/unit/recorded_run.h"

static char *folder;
static char *path[2]; /* of the first run and of a second */

static inline int setup(void **state)
{
	(void)state;
	folder = recorded_make_folder();
	path[0] = folder ? recorded_path(folder, "a.db") : NULL;
	path[1] = folder ? recorded_path(folder, "b.db") : NULL;
	return path[0] && path[1] ? 0 : -1;
}

static inline int teardown(void **state)
{
	(void)state;
	recorded_remove_folder(folder);
	free(path[0]);
	free(path[1]);
	return 0;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
