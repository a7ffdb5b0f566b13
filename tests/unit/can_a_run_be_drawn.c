/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every kind of picture in every format, and what happens where there can be
 * none. How a picture looks is for eyes to judge; that it is one is tested
 * here. Runs in the source tree, where the scripts are.
 */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "results/plots/plot.h"
#include "tests/unit/recorded_run.h"

static const char *const scripts[] = { "results/plots", NULL };

static char *folder;
static char *run_path;	  /* a run with several samples */
static char *single_path; /* a run with one */

static void leave_run(const char *path, const char *config, unsigned int nr)
{
	struct recorder_options options = recorded_options(path, LOG_OPS_NONE);
	struct recorded_run run;

	options.config_name = config;
	if (recorded_begin(&run, &options))
		abort();
	while (nr--) {
		recorded_alloc(&run, (order_t)(nr % 5), GFP_KERNEL, 1);
		recorded_sample(&run, NULL);
	}
	if (recorded_end(&run, RUN_COMPLETE))
		abort();
	recorded_release(&run);
}

static struct plot_options options_for(const char *const *databases, size_t nr,
				       const char *kind, const char *output)
{
	return (struct plot_options){
		.databases = databases,
		.nr_databases = nr,
		.kind = kind,
		.output = output,
		.node = -1,
		.script_dirs = scripts,
	};
}

static void expect_bytes(const char *file, long from, const char *bytes)
{
	char got[16] = "";
	FILE *in = fopen(file, "rb");

	assert_non_null(in);
	assert_int_equal(fseek(in, from, from < 0 ? SEEK_END : SEEK_SET), 0);
	assert_int_equal(fread(got, 1, strlen(bytes), in), strlen(bytes));
	fclose(in);
	assert_memory_equal(got, bytes, strlen(bytes));
}

static void draw(const char *const *databases, size_t nr, const char *kind,
		 const char *name)
{
	char *output = recorded_path(folder, name);
	struct plot_options options = options_for(databases, nr, kind, output);
	struct errors errors = ERRORS_NONE;

	if (plot_draw(&options, &errors))
		fail_msg("%s", errors.text[0]);
	if (strstr(name, ".png"))
		expect_bytes(output, 0, "\x89PNG\r\n\x1a\n");
	else if (strstr(name, ".pdf"))
		expect_bytes(output, 0, "%PDF-");
	else
		expect_bytes(output, -8, "</svg>\n");
	unlink(output);
	free(output);
}

/* Draws a kind, or is told why there is nothing to draw. */
static void draw_or_hear(const char *const *databases, size_t nr,
			 const struct plot_kind *kind, const char *name)
{
	char *output = recorded_path(folder, name);
	struct plot_options options =
		options_for(databases, nr, kind->name, output);
	struct errors errors = ERRORS_NONE;
	int has = plot_has_data(&options, kind, &errors);

	assert_in_range(has, 0, 1);
	if (has || kind->empty_too) {
		draw(databases, nr, kind->name, name);
	} else {
		assert_int_equal(plot_draw(&options, &errors), -1);
		assert_non_null(strstr(errors.text[0], kind->has_not));
		assert_int_equal(access(output, F_OK), -1);
	}
	errors_release(&errors);
	free(output);
}

static void every_kind_in_every_format(void **state)
{
	static const char *const names[] = { "a.svg", "a.png", "a.pdf" };
	const char *databases[] = { run_path };
	size_t kind, name;

	(void)state;
	for (kind = 0; kind < nr_plot_kinds; kind++)
		for (name = 0; name < 3; name++)
			draw_or_hear(databases, 1, &plot_kinds[kind],
				     names[name]);
}

static void one_sample_only(void **state)
{
	const char *databases[] = { single_path, single_path };
	size_t kind;

	(void)state;
	for (kind = 0; kind < nr_plot_kinds; kind++) {
		draw_or_hear(databases, 1, &plot_kinds[kind], "one.svg");
		draw_or_hear(databases, 2, &plot_kinds[kind], "two.svg");
	}
}

static void several_runs(void **state)
{
	const char *databases[] = { run_path, single_path, run_path };
	size_t kind;

	(void)state;
	for (kind = 0; kind < nr_plot_kinds; kind++)
		draw_or_hear(databases, 3, &plot_kinds[kind], "three.svg");
}

/* Expect: an SVG as text, its parts' ids beginning with the caller's. */
static void a_picture_for_a_page(void **state)
{
	const char *databases[] = { run_path };
	struct plot_options options = options_for(databases, 1, "map", NULL);
	struct errors errors = ERRORS_NONE;
	struct text svg = TEXT_EMPTY;

	(void)state;
	options.id = "run 1-map";
	assert_int_equal(plot_to_text(&options, &svg, &errors), 0);
	assert_int_equal(strncmp(svg.s, "<?xml", 5), 0);
	assert_non_null(strstr(svg.s + svg.length - 10, "</svg>\n"));
	assert_non_null(strstr(svg.s, "<title>run_1_map</title>"));
	text_release(&svg);
}

/* Expect: no line is wider than the terminal. */
static void a_picture_in_letters(void **state)
{
	const char *databases[] = { run_path };
	struct errors errors = ERRORS_NONE;
	size_t kind;

	(void)state;
	for (kind = 0; kind < nr_plot_kinds; kind++) {
		struct plot_options options =
			options_for(databases, 1, plot_kinds[kind].name, "-");
		struct text text = TEXT_EMPTY;
		char *line, *rest;

		options.columns = 70;
		options.lines = 30;
		if (!plot_has_data(&options, &plot_kinds[kind], &errors))
			continue;
		assert_int_equal(plot_to_text(&options, &text, &errors), 0);
		for (line = strtok_r(text.s, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest))
			/* Letters such as µ have two bytes. */
			assert_true(strlen(line) <= 70 + 10);
		text_release(&text);
	}
}

/* Draws what can't be drawn; the error, and no file. */
static void expect_error(struct plot_options options, const char *says)
{
	struct errors errors = ERRORS_NONE;

	assert_int_equal(plot_draw(&options, &errors), -1);
	assert_int_equal(errors.nr, 1);
	if (!strstr(errors.text[0], says))
		fail_msg("\"%s\" does not say \"%s\"", errors.text[0], says);
	assert_int_equal(access(options.output, F_OK), -1);
	errors_release(&errors);
}

static void wrong_usage(void **state)
{
	const char *databases[] = { run_path };
	char *output = recorded_path(folder, "wrong.svg");
	struct plot_options options =
		options_for(databases, 1, "fragmentatoin", output);
	struct errors errors = ERRORS_NONE;

	(void)state;
	assert_int_equal(plot_check(&options, &errors), -1);
	errors_release(&errors);
	expect_error(options, "did you mean \"fragmentation");
	expect_error(options_for(databases, 1, "fragmentation", "wrong.jpg"),
		     ".svg, .png or .pdf");
	expect_error(options_for(databases, 1, "fragmentation", "svg"),
		     ".svg, .png or .pdf");
	expect_error(options_for(databases, 0, "fragmentation", output),
		     "0 databases");
	free(output);
}

static void a_zone_that_is_not_there(void **state)
{
	const char *databases[] = { run_path };
	char *output = recorded_path(folder, "none.svg");
	struct plot_options options =
		options_for(databases, 1, "fragmentation", output);

	(void)state;
	options.zone = "HighMem";
	expect_error(options, "has no zone HighMem");
	options.zone = "Normal";
	options.node = 4;
	expect_error(options, "has no zone Normal on node 4");
	free(output);
}

/* Expect: labels that there are, for one that there is not; times work. */
static void one_of_many_samples(void **state)
{
	const char *databases[] = { run_path };
	char *output = recorded_path(folder, "none.svg");
	struct plot_options options = options_for(databases, 1, "map", output);
	struct errors errors = ERRORS_NONE;

	(void)state;
	options.at = "the-start";
	expect_error(options, "no sample is called \"the-start\"");
	expect_error(options, "labels are: end");
	options.kind = "latency";
	expect_error(options, "of a whole run");
	options.kind = "map";
	options.at = "3us";
	assert_int_equal(plot_draw(&options, &errors), 0);
	unlink(output);
	options.at = "end";
	assert_int_equal(plot_draw(&options, &errors), 0);
	unlink(output);
	free(output);
}

/* Expect: what older tables lack is named, with the version that has it. */
static void an_older_run(void **state)
{
	const char *databases[] = { run_path };
	char *output = recorded_path(folder, "old.svg");
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(run_path, &db), SQLITE_OK);
	sqlite3_exec(db,
		     "DROP VIEW v_pageblock; DROP TABLE pageblock_sample;"
		     "PRAGMA user_version = 3",
		     NULL, NULL, NULL);
	sqlite3_close(db);
	expect_error(options_for(databases, 1, "map", output),
		     "tables are version 3, and map is drawn from those of "
		     "version 4");
	draw(databases, 1, "fragmentation", "old.svg");
	free(output);
}

/* Expect: a run that was killed before its first sample says so. */
static void no_samples(void **state)
{
	const char *databases[] = { single_path };
	char *output = recorded_path(folder, "none.svg");
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(single_path, &db), SQLITE_OK);
	sqlite3_exec(db, "DELETE FROM sample", NULL, NULL, NULL);
	sqlite3_close(db);
	expect_error(options_for(databases, 1, "fragmentation", output),
		     "holds no samples");
	free(output);
}

static void no_gnuplot(void **state)
{
	const char *databases[] = { run_path };
	char *output = recorded_path(folder, "none.svg");
	char *before = strdup(getenv("PATH"));

	(void)state;
	setenv("PATH", folder, 1);
	expect_error(options_for(databases, 1, "fragmentation", output),
		     "gnuplot is needed");
	setenv("PATH", before, 1);
	free(before);
	free(output);
}

/* Expect: a script of the user's own that is wrong leaves the old picture. */
static void a_script_with_a_mistake(void **state)
{
	const char *databases[] = { run_path };
	char *output = recorded_path(folder, "none.svg");
	char *script = recorded_path(folder, "mine.gp");
	struct plot_options options =
		options_for(databases, 1, "fragmentation", output);
	FILE *to = fopen(script, "w");

	(void)state;
	fputs("plto data\n", to);
	fclose(to);
	options.script = script;
	expect_error(options, "plto");
	free(script);
	free(output);
}

static void no_place_for_it(void **state)
{
	const char *databases[] = { run_path };

	(void)state;
	expect_error(options_for(databases, 1, "fragmentation",
				 "/no/such/folder/a.svg"),
		     "No such file");
}

static int setup(void **state)
{
	(void)state;
	folder = recorded_make_folder();
	run_path = folder ? recorded_path(folder, "it's a run.db") : NULL;
	single_path = folder ? recorded_path(folder, "single.db") : NULL;
	if (!run_path || !single_path)
		return -1;
	leave_run(run_path, "it's {\"a_config\"}", 40);
	leave_run(single_path, "with-a-very-long-name-indeed", 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	recorded_remove_folder(folder);
	free(run_path);
	free(single_path);
	return 0;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_kind_in_every_format),
		TEST(one_sample_only),
		TEST(several_runs),
		TEST(a_picture_for_a_page),
		TEST(a_picture_in_letters),
		TEST(wrong_usage),
		TEST(a_zone_that_is_not_there),
		TEST(one_of_many_samples),
		TEST(an_older_run),
		TEST(no_samples),
		TEST(no_gnuplot),
		TEST(a_script_with_a_mistake),
		TEST(no_place_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
