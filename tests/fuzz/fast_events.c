// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is there any file that the fast reading of events takes for something else
 * than libyaml does? Each input is read as it is and behind a comment so long
 * that a reader's block ends within it.
 */

#include "tests/fuzz/input.h" /* defines _GNU_SOURCE: first */

#define READING_MAX 100000
#include "tests/fuzz/both_readers.h"
#include "workloads/packed/packed.h"

#define BLOCK_BYTES (64 * 1024)

static void check(const uint8_t *data, size_t size)
{
	struct input input;

	input_init(&input, data, size);
	/* A packed workload is nothing for either of them. */
	BUG_ON(!packed_is_at(input.path) && both_readers_differ(input.path));
	input_release(&input);
}

static void check_behind_comment(const uint8_t *data, size_t size)
{
	size_t before = BLOCK_BYTES - size / 2;
	uint8_t *all = malloc(before + size);

	BUG_ON(!all);
	memset(all, '#', before);
	for (size_t i = 0; i + 1 < before; i += 1024)
		all[i] = '\n';
	all[before - 1] = '\n';
	memcpy(all + before, data, size);
	check(all, before + size);
	free(all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size);
	if (size % 16 == 0 && size <= BLOCK_BYTES)
		check_behind_comment(data, size);
	return 0;
}
