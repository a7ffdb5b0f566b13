/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is what is seen of a file, without reading it, what is in it, wherever one
 * looks, and whatever others do to it?
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>

#include "sim/base/file_view.h"
#include "tests/unit/scratch.h"

#define MIB ((size_t)1 << 20)
#define FILE_BYTES (2 * MIB + MIB / 2 + 123)

struct written {
	struct scratch scratch;
	char *bytes;
	int fd;
	struct file_view view;
};

static int setup(void **state)
{
	struct written *written = calloc(1, sizeof(*written));
	uint32_t number = 1;

	assert_non_null(written);
	scratch_init(&written->scratch);
	written->bytes = malloc(FILE_BYTES);
	assert_non_null(written->bytes);
	for (size_t i = 0; i < FILE_BYTES; i++) {
		number = number * 1664525 + 1013904223;
		written->bytes[i] = (char)(number >> 24);
	}
	written->fd = open(scratch_bytes(&written->scratch, "file",
					 written->bytes, FILE_BYTES),
			   O_RDWR);
	assert_true(written->fd >= 0);
	*state = written;
	return 0;
}

static int teardown(void **state)
{
	struct written *written = *state;

	file_view_close(&written->view);
	close(written->fd);
	scratch_release(&written->scratch);
	free(written->bytes);
	free(written);
	return 0;
}

/* Expect: at least a page from any place on, all of it as it was written. */
static void any_place_can_be_looked_at(void **state)
{
	static const size_t places[] = { 0,
					 1,
					 4095,
					 4096,
					 MIB - 1,
					 2 * MIB,
					 FILE_BYTES - 1,
					 FILE_BYTES,
					 FILE_BYTES + 1,
					 77 };
	struct written *written = *state;

	assert_true(file_view_open(&written->view, written->fd));
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		size_t at = places[i], left, length;
		const char *s = file_view_at(&written->view, at, &length);
		unsigned int sum = 0;

		left = at < FILE_BYTES ? FILE_BYTES - at : 0;
		assert_non_null(s);
		assert_true(length <= left);
		assert_true(length >= (left < 4096 ? left : 4096));
		if (length)
			assert_memory_equal(s, written->bytes + at, length);
		for (size_t n = 0; n < FILE_VIEW_PADDING; n++)
			sum += (unsigned char)s[length + n];
		assert_true(sum <= FILE_VIEW_PADDING * 255);
	}
}

struct walk {
	const struct written *written;
	size_t seen;
	size_t enough;
};

static bool walks(void *argument, const char *s, size_t length, size_t there)
{
	struct walk *walk = argument;

	assert_true(length > 0 && length <= FILE_VIEW_PIECE);
	assert_true(there >= length);
	assert_true(walk->seen + there <= FILE_BYTES);
	/* Something may be looked for that ends in the next piece. */
	assert_true(there >= length + 64 || walk->seen + there == FILE_BYTES);
	assert_memory_equal(s, walk->written->bytes + walk->seen, there);
	walk->seen += length;
	return walk->seen < walk->enough;
}

/* Expect: each byte once, in order; and no more once nobody wants any. */
static void a_walk_shows_all_of_it(void **state)
{
	struct written *written = *state;
	struct walk walk = { written, 0, SIZE_MAX };

	assert_true(file_view_open(&written->view, written->fd));
	assert_true(file_view_walk(&written->view, walks, &walk));
	assert_int_equal(walk.seen, FILE_BYTES);
	walk = (struct walk){ written, 0, 10000 };
	assert_true(file_view_walk(&written->view, walks, &walk));
	assert_int_equal(walk.seen, 3 * FILE_VIEW_PIECE);
}

/* Expect: a file that became shorter ends there. */
static void a_shorter_file_ends_sooner(void **state)
{
	struct written *written = *state;
	size_t length;

	assert_true(file_view_open(&written->view, written->fd));
	assert_int_equal(ftruncate(written->fd, MIB + 10), 0);
	assert_non_null(file_view_at(&written->view, MIB, &length));
	assert_int_equal(length, 10);
	assert_non_null(file_view_at(&written->view, 2 * MIB, &length));
	assert_int_equal(length, 0);
}

/* Expect: what is short, a pipe, or begun already, is to be read. */
static void others_are_not_viewed(void **state)
{
	struct written *written = *state;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_false(file_view_open(&written->view, ends[0]));
	assert_false(file_view_is_open(&written->view));
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(lseek(written->fd, 1, SEEK_SET), 1);
	assert_false(file_view_open(&written->view, written->fd));
	assert_int_equal(lseek(written->fd, 0, SEEK_SET), 0);
	assert_int_equal(ftruncate(written->fd, 100), 0);
	assert_false(file_view_open(&written->view, written->fd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(any_place_can_be_looked_at,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_walk_shows_all_of_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_shorter_file_ends_sooner,
						setup, teardown),
		cmocka_unit_test_setup_teardown(others_are_not_viewed, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
