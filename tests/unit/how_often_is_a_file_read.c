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
#include "workloads/packed/packed.h"
#include "workloads/workload.h"

struct shared {
	struct scratch scratch;
	struct file_facts_cache *cache;
	int fd;
};

static int setup(void **state)
{
	struct shared *shared = calloc(1, sizeof(*shared));

	assert_non_null(shared);
	scratch_init(&shared->scratch);
	shared->cache = file_facts_cache_new();
	assert_non_null(shared->cache);
	shared->fd = open(scratch_file(&shared->scratch, "file", "some text"),
			  O_RDWR);
	assert_true(shared->fd >= 0);
	*state = shared;
	return 0;
}

static int teardown(void **state)
{
	struct shared *shared = *state;

	close(shared->fd);
	file_facts_cache_free(shared->cache);
	scratch_release(&shared->scratch);
	free(shared);
	return 0;
}

/* ---- who looks ----------------------------------------------------------- */

/* Expect: the first one looks, the second has what it saw. */
static void one_looks_for_all(void **state)
{
	struct shared *shared = *state;
	struct file_facts seen = { .sha256 = "abc", .searched = true };
	struct file_facts facts = { .sums = true };
	struct file_facts_entry *at;

	at = file_facts_begin(shared->cache, shared->fd, &facts);
	assert_non_null(at);
	assert_string_equal(facts.sha256, "");
	file_facts_end(shared->cache, at, &seen);
	assert_null(file_facts_begin(shared->cache, shared->fd, &facts));
	assert_string_equal(facts.sha256, "abc");
	assert_true(facts.searched);
	assert_false(facts.has_word);
}

struct waiter {
	pthread_t thread;
	struct shared *shared;
	struct file_facts facts;
	bool looked;
};

static void *wait_for_it(void *argument)
{
	struct waiter *waiter = argument;
	struct file_facts_cache *cache = waiter->shared->cache;
	struct file_facts *facts = &waiter->facts;
	struct file_facts_entry *at =
		file_facts_begin(cache, waiter->shared->fd, facts);

	waiter->looked = at != NULL;
	if (at)
		strcpy(facts->sha256, "my own");
	file_facts_end(cache, at, facts);
	return NULL;
}

/* Four others ask while one looks, and that one comes to `sha256`. */
static void read_before(struct waiter waiter[4], struct shared *shared,
			const char *sha256)
{
	struct file_facts facts = { .sums = true };
	struct file_facts_entry *at;

	at = file_facts_begin(shared->cache, shared->fd, &facts);
	assert_non_null(at);
	for (int i = 0; i < 4; i++) {
		waiter[i] = (struct waiter){ .shared = shared };
		assert_int_equal(pthread_create(&waiter[i].thread, NULL,
						wait_for_it, &waiter[i]),
				 0);
	}
	usleep(10000);
	strcpy(facts.sha256, sha256);
	file_facts_end(shared->cache, at, &facts);
	for (int i = 0; i < 4; i++)
		pthread_join(waiter[i].thread, NULL);
}

/* Expect: they wait for it and take it; none of them looks. */
static void others_wait_meanwhile(void **state)
{
	struct waiter waiter[4];

	read_before(waiter, *state, "abc");
	for (int i = 0; i < 4; i++) {
		assert_false(waiter[i].looked);
		assert_string_equal(waiter[i].facts.sha256, "abc");
	}
}

/* Expect: one of them looks instead, and the rest have it from that one. */
static void who_fails_leaves_it_to_the_next(void **state)
{
	struct waiter waiter[4];
	int looked = 0;

	read_before(waiter, *state, "");
	for (int i = 0; i < 4; i++) {
		looked += waiter[i].looked;
		assert_string_equal(waiter[i].facts.sha256, "my own");
	}
	assert_int_equal(looked, 1);
}

/* Expect: it is another file then, and is looked at. */
static void a_file_that_has_changed(void **state)
{
	struct shared *shared = *state;
	struct file_facts facts = { .sha256 = "abc" };
	struct file_facts_entry *at;

	at = file_facts_begin(shared->cache, shared->fd, &facts);
	file_facts_end(shared->cache, at, &facts);
	assert_int_equal(ftruncate(shared->fd, 4), 0);
	at = file_facts_begin(shared->cache, shared->fd, &facts);
	assert_non_null(at);
	file_facts_end(shared->cache, at, &facts);
}

/* Expect: nothing is known of a pipe, nor kept, nor to be ended. */
static void what_is_no_file(void **state)
{
	struct shared *shared = *state;
	struct file_facts facts = { .sums = true };
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	for (int i = 0; i < 2; i++)
		assert_null(file_facts_begin(shared->cache, pipes[0], &facts));
	assert_string_equal(facts.sha256, "");
	close(pipes[0]);
	close(pipes[1]);
	assert_null(file_facts_begin(NULL, shared->fd, &facts));
}

/* ---- what is read -------------------------------------------------------- */

#define CALLS_MAX 4096

struct reading {
	char sha256[SHA256_TEXT_MAX];
	struct call call[CALLS_MAX];
	long nr;
};

static void read_with(struct reading *reading, struct file_facts_cache *cache,
		      const char *path)
{
	struct names *names = names_new();
	struct errors errors = ERRORS_NONE;
	struct source *source;
	long got;

	memset(reading, 0, sizeof(*reading));
	source = workload_open_summed(path, names, cache, reading->sha256,
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
static void expect_the_same(struct shared *shared, const char *path, long nr)
{
	static struct reading alone, with;

	read_with(&alone, NULL, path);
	assert_int_equal(alone.nr, nr);
	assert_int_equal(strlen(alone.sha256), SHA256_TEXT_MAX - 1);
	for (int i = 0; i < 2; i++) {
		read_with(&with, shared->cache, path);
		assert_memory_equal(&with, &alone, sizeof(alone));
	}
}

/* Of 4,090 events, it is large enough to be viewed instead of read. */
static const char *write_events(struct shared *shared, int nr,
				const char *behind)
{
	const char *path = scratch_path(&shared->scratch, "events.yaml");
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
	struct shared *shared = *state;

	expect_the_same(shared, write_events(shared, 10, ""), 10);
	expect_the_same(shared, write_events(shared, 4090, ""), 4090);
}

/* A generator's calls go between the events above it. */
static void generators_behind_events(void **state)
{
	static const char some[] =
		"generators:\n"
		"  - {name: a, op: kmalloc, size: 64, gfp: GFP_KERNEL,\n"
		"     count: 20, start: 0, lifetime: 3us,\n"
		"     arrivals: {constant: {every: 1us}}}\n";
	struct shared *shared = *state;
	static struct reading with;
	const char *path = write_events(shared, 3, some);

	read_with(&with, shared->cache, path);
	expect_the_same(shared, path, with.nr);
	assert_true(with.nr > 3);
}

static void packed_events(void **state)
{
	struct shared *shared = *state;
	struct errors errors = ERRORS_NONE;
	struct names *names = names_new();
	struct call call = { .op = OP_SAMPLE };
	FILE *file = fopen(scratch_path(&shared->scratch, "w.kmt"), "w");
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
	expect_the_same(shared, scratch_path(&shared->scratch, "w.kmt"), 1);
}

/* Expect: each is told of what is wrong with a head, and nobody waits. */
static void a_head_that_is_wrong(void **state)
{
	struct shared *shared = *state;
	struct names *names = names_new();
	char sha256[SHA256_TEXT_MAX];
	const char *path = scratch_file(&shared->scratch, "bad.yaml",
					"kmemsim: workload\nversion: 7\n");

	for (int i = 0; i < 2; i++) {
		struct errors errors = ERRORS_NONE;

		assert_null(workload_open_summed(path, names, shared->cache,
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
