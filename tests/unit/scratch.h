/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_SCRATCH_H
#define KMEMSIM_TESTS_SCRATCH_H

/*
 * A folder for a test's files, gone when the test is over, and a look at what
 * a library function had to say about them. Include after cmocka.h.
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/error.h"

struct scratch {
	char dir[64];
	char path[512]; /* of the file asked for last */
	struct errors errors;
};

static inline void scratch_init(struct scratch *scratch)
{
	*scratch = (struct scratch){ .dir = "/tmp/kmemsim-test-XXXXXX" };
	assert_non_null(mkdtemp(scratch->dir));
}

static inline const char *scratch_path(struct scratch *scratch,
				       const char *name)
{
	snprintf(scratch->path, sizeof(scratch->path), "%s/%s", scratch->dir,
		 name);
	return scratch->path;
}

static inline const char *scratch_bytes(struct scratch *scratch,
					const char *name, const char *bytes,
					size_t length)
{
	FILE *file = fopen(scratch_path(scratch, name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
	return scratch->path;
}

static inline const char *scratch_file(struct scratch *scratch,
				       const char *name, const char *text)
{
	return scratch_bytes(scratch, name, text, strlen(text));
}

static inline void scratch_release(struct scratch *scratch)
{
	const struct dirent *entry;
	DIR *dir = opendir(scratch->dir);

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			unlink(scratch_path(scratch, entry->d_name));
	}
	closedir(dir);
	assert_int_equal(rmdir(scratch->dir), 0);
	errors_release(&scratch->errors);
}

static inline void print_errors(const struct scratch *scratch)
{
	size_t i;

	for (i = 0; i < scratch->errors.nr && i < ERRORS_MAX; i++)
		print_message("  %s\n", scratch->errors.text[i]);
}

/* One of the errors is `NAME:` and then what `wanted` says. */
static inline bool has_error(const struct scratch *scratch, const char *wanted)
{
	size_t i;

	for (i = 0; i < scratch->errors.nr && i < ERRORS_MAX; i++) {
		const char *text = scratch->errors.text[i];
		size_t length = strlen(scratch->dir);

		if (strncmp(text, scratch->dir, length) == 0)
			text += length + 1;
		if (strncmp(text, wanted, strlen(wanted)) == 0)
			return true;
	}
	return false;
}

static inline void expect_error(const struct scratch *scratch,
				const char *wanted)
{
	if (has_error(scratch, wanted))
		return;
	print_message("wanted:\n  %s\nfound:\n", wanted);
	print_errors(scratch);
	fail();
}

#endif
