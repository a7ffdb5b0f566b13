/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs that read the same file: does one look at all of it for the others, and
 * do they read what they would read alone?
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "tests/unit/scratch.h"
#include "workloads/packed.h"
#include "workloads/workload.h"

struct looking {
	struct scratch scratch;
	struct file_facts_cache *looks;
	int fd;
};

static int setup(void **state)
{
	struct looking *looking = calloc(1, sizeof(*looking));

	assert_non_null(looking);
	scratch_init(&looking->scratch);
	looking->looks = file_facts_cache_new();
	assert_non_null(looking->looks);
	looking->fd = open(scratch_file(&looking->scratch, "file", "some text"),
			   O_RDWR);
	assert_true(looking->fd >= 0);
	*state = looking;
	return 0;
}

static int teardown(void **state)
{
	struct looking *looking = *state;

	close(looking->fd);
	file_facts_cache_free(looking->looks);
	scratch_release(&looking->scratch);
	free(looking);
	return 0;
}

/* ---- who looks ----------------------------------------------------------- */

/* Expect: the first one looks, the second has what it saw. */
static void one_looks_for_all(void **state)
{
	struct looking *looking = *state;
	struct file_facts seen = { .sha256 = "abc", .searched = true };
	struct file_facts look = { .sums = true };
	struct file_facts_entry *at;

	at = file_facts_begin(looking->looks, looking->fd, &look);
	assert_non_null(at);
	assert_string_equal(look.sha256, "");
	file_facts_end(looking->looks, at, &seen);
	assert_null(file_facts_begin(looking->looks, looking->fd, &look));
	assert_string_equal(look.sha256, "abc");
	assert_true(look.searched);
	assert_false(look.has_word);
}

struct waiter {
	pthread_t thread;
	struct looking *looking;
	struct file_facts look;
	bool looked;
};

static void *wait_for_it(void *argument)
{
	struct waiter *waiter = argument;
	struct file_facts_cache *looks = waiter->looking->looks;
	struct file_facts *look = &waiter->look;
	struct file_facts_entry *at =
		file_facts_begin(looks, waiter->looking->fd, look);

	waiter->looked = at != NULL;
	if (at)
		strcpy(look->sha256, "my own");
	file_facts_end(looks, at, look);
	return NULL;
}

/* Four others ask while one looks, and that one comes to `sha256`. */
static void look_before(struct waiter waiter[4], struct looking *looking,
			const char *sha256)
{
	struct file_facts look = { .sums = true };
	struct file_facts_entry *at;

	at = file_facts_begin(looking->looks, looking->fd, &look);
	assert_non_null(at);
	for (int i = 0; i < 4; i++) {
		waiter[i] = (struct waiter){ .looking = looking };
		assert_int_equal(pthread_create(&waiter[i].thread, NULL,
						wait_for_it, &waiter[i]),
				 0);
	}
	usleep(10000);
	strcpy(look.sha256, sha256);
	file_facts_end(looking->looks, at, &look);
	for (int i = 0; i < 4; i++)
		pthread_join(waiter[i].thread, NULL);
}

/* Expect: they wait for it and take it; none of them looks. */
static void others_wait_meanwhile(void **state)
{
	struct waiter waiter[4];

	look_before(waiter, *state, "abc");
	for (int i = 0; i < 4; i++) {
		assert_false(waiter[i].looked);
		assert_string_equal(waiter[i].look.sha256, "abc");
	}
}

/* Expect: one of them looks instead, and the rest have it from that one. */
static void who_fails_leaves_it_to_the_next(void **state)
{
	struct waiter waiter[4];
	int looked = 0;

	look_before(waiter, *state, "");
	for (int i = 0; i < 4; i++) {
		looked += waiter[i].looked;
		assert_string_equal(waiter[i].look.sha256, "my own");
	}
	assert_int_equal(looked, 1);
}

/* Expect: it is another file then, and is looked at. */
static void a_file_that_has_changed(void **state)
{
	struct looking *looking = *state;
	struct file_facts look = { .sha256 = "abc" };
	struct file_facts_entry *at;

	at = file_facts_begin(looking->looks, looking->fd, &look);
	file_facts_end(looking->looks, at, &look);
	assert_int_equal(ftruncate(looking->fd, 4), 0);
	at = file_facts_begin(looking->looks, looking->fd, &look);
	assert_non_null(at);
	file_facts_end(looking->looks, at, &look);
}

/* Expect: nothing is known of a pipe, nor kept, nor to be ended. */
static void what_is_no_file(void **state)
{
	struct looking *looking = *state;
	struct file_facts look = { .sums = true };
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	for (int i = 0; i < 2; i++)
		assert_null(file_facts_begin(looking->looks, pipes[0], &look));
	assert_string_equal(look.sha256, "");
	close(pipes[0]);
	close(pipes[1]);
	assert_null(file_facts_begin(NULL, looking->fd, &look));
}

/* ---- what is read -------------------------------------------------------- */

#define CALLS_MAX 4096

struct reading {
	char sha256[SHA256_TEXT_MAX];
	struct call call[CALLS_MAX];
	long nr;
};

static void read_with(struct reading *reading, struct file_facts_cache *looks,
		      const char *path)
{
	struct names *names = names_new();
	struct errors errors = ERRORS_NONE;
	struct source *source;
	long got;

	memset(reading, 0, sizeof(*reading));
	source = workload_open_summed(path, names, looks, reading->sha256,
				      &errors);
	assert_non_null(source);
	while ((got = source_read(source, reading->call + reading->nr,
				  (size_t)(CALLS_MAX - reading->nr), &errors)) >
	       0)
		reading->nr += got;
	assert_int_equal(got, 0);
	assert_int_equal(errors.nr, 0);
	source_close(source);
	names_free(names);
	errors_release(&errors);
}

/* Expect: the first one, the second and one by itself read the same. */
static void expect_the_same(struct looking *looking, const char *path, long nr)
{
	static struct reading alone, with;

	read_with(&alone, NULL, path);
	assert_int_equal(alone.nr, nr);
	assert_int_equal(strlen(alone.sha256), SHA256_TEXT_MAX - 1);
	for (int i = 0; i < 2; i++) {
		read_with(&with, looking->looks, path);
		assert_memory_equal(&with, &alone, sizeof(alone));
	}
}

/* Of 4,090 events, it is large enough to be viewed instead of read. */
static const char *write_events(struct looking *looking, int nr,
				const char *behind)
{
	const char *path = scratch_path(&looking->scratch, "events.yaml");
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs("kmemsim: workload\nversion: 1\nname: w\nevents:\n", file);
	for (int i = 0; i < nr; i++)
		fprintf(file,
			"  - {t: %dus, op: kmalloc, id: %d, size: 64, gfp: "
			"GFP_KERNEL}\n",
			i, i);
	fputs(behind, file);
	assert_int_equal(fclose(file), 0);
	return path;
}

static void events_alone(void **state)
{
	struct looking *looking = *state;

	expect_the_same(looking, write_events(looking, 10, ""), 10);
	expect_the_same(looking, write_events(looking, 4090, ""), 4090);
}

/* A generator's calls go between the events above it. */
static void generators_behind_events(void **state)
{
	static const char some[] =
		"generators:\n"
		"  - {name: a, op: kmalloc, size: 64, gfp: GFP_KERNEL,\n"
		"     count: 20, start: 0, lifetime: 3us,\n"
		"     arrivals: {constant: {every: 1us}}}\n";
	struct looking *looking = *state;
	static struct reading with;
	const char *path = write_events(looking, 3, some);

	read_with(&with, looking->looks, path);
	expect_the_same(looking, path, with.nr);
	assert_true(with.nr > 3);
}

static void packed_events(void **state)
{
	struct looking *looking = *state;
	struct errors errors = ERRORS_NONE;
	struct names *names = names_new();
	struct call call = { .op = OP_SAMPLE };
	FILE *file = fopen(scratch_path(&looking->scratch, "w.kmt"), "w");
	struct packed_writer *writer;

	assert_non_null(file);
	call.name = names_intern(names, "label", 5);
	writer = packed_write_begin(file, names, "w", "w.yaml",
				    &(struct traced){ 0 }, &errors);
	assert_non_null(writer);
	assert_int_equal(packed_write_calls(writer, &call, 1, &errors), 0);
	assert_int_equal(packed_write_end(writer, &errors), 0);
	packed_writer_free(writer);
	names_free(names);
	assert_int_equal(fclose(file), 0);
	expect_the_same(looking, scratch_path(&looking->scratch, "w.kmt"), 1);
}

/* Expect: each is told of what is wrong with a head, and nobody waits. */
static void a_head_that_is_wrong(void **state)
{
	struct looking *looking = *state;
	struct names *names = names_new();
	char sha256[SHA256_TEXT_MAX];
	const char *path = scratch_file(&looking->scratch, "bad.yaml",
					"kmemsim: workload\nversion: 7\n");

	for (int i = 0; i < 2; i++) {
		struct errors errors = ERRORS_NONE;

		assert_null(workload_open_summed(path, names, looking->looks,
						 sha256, &errors));
		assert_true(errors.nr > 0);
		assert_string_equal(sha256, "");
		errors_release(&errors);
	}
	names_free(names);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_looks_for_all),
		TEST(others_wait_meanwhile),
		TEST(who_fails_leaves_it_to_the_next),
		TEST(a_file_that_has_changed),
		TEST(what_is_no_file),
		TEST(events_alone),
		TEST(generators_behind_events),
		TEST(packed_events),
		TEST(a_head_that_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
