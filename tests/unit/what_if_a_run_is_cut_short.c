/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs that are killed, interrupted, or found to be no runs at all; and what
 * happens to the database that was there before.
 */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "results/summary/summary.h"
#include "tests/unit/recorded_run.h"

static char *folder;
static char *path;
static char *previous;

static int64_t ask(const char *file, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	int64_t answer = -1;

	assert_int_equal(sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE,
					 NULL),
			 SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW)
		answer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return answer;
}

static bool exists(const char *file)
{
	return !access(file, F_OK);
}

static bool has_status(const char *file, const char *status)
{
	char sql[128];

	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM run WHERE status = '%s'", status);
	return ask(file, sql) == 1;
}

static void begin(struct recorded_run *run)
{
	struct recorder_options options = recorded_options(path, LOG_OPS_ALL);

	assert_int_equal(recorded_begin(run, &options), 0);
}

/* Leaves a complete run of so many operations at `path`. */
static void leave_run(unsigned int nr)
{
	struct recorded_run run;

	begin(&run);
	while (nr--)
		recorded_alloc(&run, 0, GFP_KERNEL, 1);
	assert_int_equal(recorded_end(&run, RUN_COMPLETE), 0);
	recorded_release(&run);
}

static void write_file(const char *file, const char *text)
{
	FILE *to = fopen(file, "w");

	assert_non_null(to);
	fputs(text, to);
	assert_int_equal(fclose(to), 0);
}

/* Runs until it is killed; tells through the pipe that it has committed. */
static void run_for_ever(int pipe)
{
	struct recorded_run run;
	time_t begun = time(NULL);
	pfn_t pfn;

	begin(&run);
	for (;;) {
		pfn = recorded_alloc(&run, 0, GFP_KERNEL, 1);
		recorded_free(&run, pfn, 0);
		if (run.totals.ops % 4096 == 0 && time(NULL) > begun + 2 &&
		    write(pipe, "", 1) != 1)
			_exit(1);
	}
}

/*
 * Expect: the database opens without repair, says `interrupted`, and has as
 * many rows as it says it has operations.
 */
static void killed_in_the_middle(void **state)
{
	char byte;
	int ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (!pid)
		run_for_ever(ends[1]);
	assert_true(pid > 0);
	/* Only he can write: where he has died, there is nothing to read. */
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ends[0]);
	assert_true(has_status(path, "interrupted"));
	assert_true(ask(path, "SELECT ops FROM run") > 0);
	assert_int_equal(ask(path, "SELECT count(*) FROM op_log"),
			 ask(path, "SELECT ops FROM run"));
	assert_int_equal(ask(path, "SELECT max(seq) FROM op_log"),
			 ask(path, "SELECT ops FROM run"));
}

/* Expect: what is left of a killed run can be summed up and run again. */
static void a_killed_run_can_be_run_again(void **state)
{
	struct text text = TEXT_EMPTY;
	struct errors errors = ERRORS_NONE;

	killed_in_the_middle(state);
	assert_int_equal(summary_of_file(path, SUMMARY_TEXT, &text, &errors),
			 0);
	assert_non_null(strstr(text.s, "interrupted"));
	text_release(&text);
	leave_run(2);
	assert_true(has_status(path, "complete"));
	assert_int_equal(ask(path, "SELECT ops FROM run"), 2);
}

/* Expect: an interrupt ends a run in good order, statistics and all. */
static void interrupted_by_the_user(void **state)
{
	struct recorded_run run;

	(void)state;
	begin(&run);
	recorded_alloc(&run, 0, GFP_KERNEL, 1);
	assert_int_equal(recorded_end(&run, RUN_INTERRUPTED), 0);
	recorded_release(&run);
	assert_true(has_status(path, "interrupted"));
	assert_int_equal(ask(path, "SELECT sum(count) FROM op_stats"), 1);
	assert_int_equal(ask(path, "SELECT count(*) FROM sample"), 1);
}

/* Expect: freed without an end, it is as if killed, with all its rows. */
static void never_ended(void **state)
{
	struct recorded_run run;

	(void)state;
	begin(&run);
	recorded_alloc(&run, 0, GFP_KERNEL, 1);
	recorded_release(&run);
	assert_true(has_status(path, "interrupted"));
	assert_int_equal(ask(path, "SELECT count(*) FROM op_log"), 1);
}

static void meet_invalid_input(void)
{
	struct recorded_run run;

	begin(&run);
	recorded_alloc(&run, 0, GFP_KERNEL, 1);
	error_input(&run.errors, (struct place){ "w.yaml", 9, 1 },
		    "id 3 was freed before");
	recorded_end(&run, RUN_FAILED);
	recorded_release(&run);
}

/* Expect: no file, not even a journal. */
static void invalid_input_leaves_nothing(void **state)
{
	(void)state;
	meet_invalid_input();
	assert_false(exists(path));
	assert_int_equal(rmdir(folder), 0);
}

/*
 *	run.db (3 operations) -> an invalid run -> run.db (3 operations)
 */
static void invalid_input_brings_the_old_run_back(void **state)
{
	(void)state;
	leave_run(3);
	meet_invalid_input();
	assert_true(has_status(path, "complete"));
	assert_int_equal(ask(path, "SELECT ops FROM run"), 3);
	assert_false(exists(previous));
}

/*
 * The old run went away meanwhile, or may not be moved back. Expect: an error
 * says where it was kept.
 */
static void an_old_run_that_can_not_come_back(void **state)
{
	struct recorded_run run;
	bool told = false;

	(void)state;
	leave_run(3);
	begin(&run);
	assert_int_equal(unlink(previous), 0);
	error_input(&run.errors, (struct place){ "w.yaml", 9, 1 },
		    "id 3 was freed before");
	recorded_end(&run, RUN_FAILED);
	for (size_t i = 0; i < run.errors.nr; i++)
		told |= strstr(run.errors.text[i], "can't come back from ") &&
			strstr(run.errors.text[i], previous);
	assert_true(told);
	recorded_release(&run);
}

/* Expect: a host that has no more memory or disk loses nothing so far. */
static void a_failed_run_keeps_what_it_has(void **state)
{
	struct recorded_run run;

	(void)state;
	leave_run(3);
	begin(&run);
	recorded_alloc(&run, 0, GFP_KERNEL, 1);
	error_host(&run.errors, "no more memory");
	recorded_end(&run, RUN_FAILED);
	recorded_release(&run);
	assert_true(has_status(path, "failed"));
	assert_int_equal(ask(path, "SELECT count(*) FROM op_log"), 1);
	assert_int_equal(ask(previous, "SELECT ops FROM run"), 3);
}

static void a_new_run_replaces_the_old(void **state)
{
	(void)state;
	leave_run(3);
	leave_run(5);
	assert_int_equal(ask(path, "SELECT ops FROM run"), 5);
	assert_false(exists(previous));
}

static enum output_path check(const char *file)
{
	struct errors errors = ERRORS_NONE;
	enum output_path found = recorder_check_path(file, &errors);

	assert_int_equal(errors.nr, found == OUTPUT_REFUSED);
	errors_release(&errors);
	return found;
}

/* Expect: whatever is not a run's database is neither replaced nor touched. */
static void other_files_are_refused(void **state)
{
	struct stat before, after;
	sqlite3 *db;

	(void)state;
	write_file(path, "the only copy of a novel\n");
	stat(path, &before);
	assert_int_equal(check(path), OUTPUT_REFUSED);
	stat(path, &after);
	assert_int_equal(before.st_size, after.st_size);
	unlink(path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "CREATE TABLE novel (page)", NULL, NULL, NULL);
	sqlite3_close(db);
	assert_int_equal(check(path), OUTPUT_REFUSED);
	assert_int_equal(check(folder), OUTPUT_REFUSED);
	assert_int_equal(check("/dev/null"), OUTPUT_REFUSED);
	assert_int_equal(check("-"), OUTPUT_REFUSED);
	assert_int_equal(check("/no/such/folder/run.db"), OUTPUT_REFUSED);
}

static void places_that_are_fine(void **state)
{
	(void)state;
	assert_int_equal(check(path), OUTPUT_FREE);
	write_file(path, "");
	assert_int_equal(check(path), OUTPUT_FREE);
	leave_run(1);
	assert_int_equal(check(path), OUTPUT_OLD_RUN);
	/* It would have to be kept under a name that is taken. */
	write_file(previous, "another novel\n");
	assert_int_equal(check(path), OUTPUT_REFUSED);
}

/* Expect: of two runs into one file the second is refused. */
static void two_runs_at_once(void **state)
{
	struct recorder_options options = recorded_options(path, LOG_OPS_NONE);
	struct recorded_run first, second;

	(void)state;
	begin(&first);
	recorded_alloc(&first, 0, GFP_KERNEL, 1);
	assert_int_equal(recorded_begin(&second, &options), -1);
	assert_int_equal(second.errors.nr, 1);
	recorded_end(&second, RUN_FAILED);
	recorded_release(&second);
	assert_int_equal(recorded_end(&first, RUN_COMPLETE), 0);
	recorded_release(&first);
	assert_true(has_status(path, "complete"));
}

/* Expect: somebody who reads meanwhile does not stop the run. */
static void a_reader_in_the_way(void **state)
{
	struct recorded_run run;
	sqlite3 *db;

	(void)state;
	begin(&run);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT * FROM run", NULL,
				      NULL, NULL),
			 SQLITE_OK);
	recorded_alloc(&run, 0, GFP_KERNEL, 1);
	sqlite3_close(db);
	assert_int_equal(recorded_end(&run, RUN_COMPLETE), 0);
	recorded_release(&run);
	assert_true(has_status(path, "complete"));
}

static int setup(void **state)
{
	(void)state;
	folder = recorded_make_folder();
	path = folder ? recorded_path(folder, "run.db") : NULL;
	previous = folder ? recorded_path(folder, "run.db.previous") : NULL;
	return path && previous ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	recorded_remove_folder(folder);
	free(path);
	free(previous);
	return 0;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(killed_in_the_middle),
		TEST(a_killed_run_can_be_run_again),
		TEST(interrupted_by_the_user),
		TEST(never_ended),
		TEST(invalid_input_leaves_nothing),
		TEST(invalid_input_brings_the_old_run_back),
		TEST(an_old_run_that_can_not_come_back),
		TEST(a_failed_run_keeps_what_it_has),
		TEST(a_new_run_replaces_the_old),
		TEST(other_files_are_refused),
		TEST(places_that_are_fine),
		TEST(two_runs_at_once),
		TEST(a_reader_in_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
