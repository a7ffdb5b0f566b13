/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a YAML file says as a stream of values, and which files are refused
 * before they cost memory or time.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "configs/yaml/yaml_tree.h"
#include "sim/base/numbers.h"
#include "sim/base/text.h"
#include "tests/unit/scratch.h"

/*
 * A document as one line: scalars as they are ("quoted" ones in quotes),
 * [ ] a list, { } a mapping, and $ the end.
 */
static void picture(struct yaml_stream *stream, struct text *text,
		    struct errors *errors)
{
	static const char *const marks[] = {
		[YAML_END] = "$",	   [YAML_SEQUENCE_START] = "[",
		[YAML_SEQUENCE_END] = "]", [YAML_MAPPING_START] = "{",
		[YAML_MAPPING_END] = "}",
	};
	struct yaml_item item;

	do {
		if (yaml_stream_next(stream, &item, errors) != 0)
			return;
		if (item.kind == YAML_SCALAR)
			text_add(text, item.quoted ? "\"%s\" " : "%s ",
				 item.value);
		else
			text_add(text, "%s ", marks[item.kind]);
	} while (item.kind != YAML_END);
}

static void expect_picture(const char *yaml, const char *wanted)
{
	struct errors errors = ERRORS_NONE;
	struct text text = TEXT_EMPTY;
	struct yaml_stream *stream;

	stream = yaml_stream_open_memory("test", yaml, strlen(yaml), &errors);
	assert_non_null(stream);
	picture(stream, &text, &errors);
	assert_string_equal(text.s, wanted);
	assert_int_equal(errors.nr, 0);
	yaml_stream_close(stream);
	text_release(&text);
}

static void values_lists_and_mappings(void **state)
{
	(void)state;
	expect_picture("a: 1\nb: ['x', {c: }]\n",
		       "{ a 1 b [ \"x\" { c  } ] } $ ");
	expect_picture("\xef\xbb\xbf- a\r\n- |\n  b\n", "[ a \"b\n\" ] $ ");
	expect_picture("!!str 5", "\"5\" $ ");
}

/* Expect: an alias reads as what its anchor stands for, nested ones too. */
static void aliases_are_played_again(void **state)
{
	(void)state;
	expect_picture("a: &x [1, {b: '2'}]\nc: [*x, *x]\n",
		       "{ a [ 1 { b \"2\" } ] c "
		       "[ [ 1 { b \"2\" } ] [ 1 { b \"2\" } ] ] } $ ");
}

static void nested_anchors(void **state)
{
	(void)state;
	expect_picture("- &y [&z q, *z]\n- *y\n- *z\n- &z new\n- *z\n",
		       "[ [ q q ] [ q q ] q new new ] $ ");
}

struct refusal {
	const char *yaml;
	size_t length; /* 0: of the text */
	const char *error;
};

static void expect_refusal(const struct refusal *refusal)
{
	size_t length = refusal->length ? refusal->length :
					  strlen(refusal->yaml);
	struct scratch scratch;
	struct text text = TEXT_EMPTY;
	struct yaml_stream *stream;

	scratch_init(&scratch);
	scratch_bytes(&scratch, "f", refusal->yaml, length);
	stream = yaml_stream_open(scratch.path, &scratch.errors);
	if (stream)
		picture(stream, &text, &scratch.errors);
	expect_error(&scratch, refusal->error);
	assert_int_equal(scratch.errors.nr, 1);
	assert_false(scratch.errors.any_host);
	yaml_stream_close(stream);
	text_release(&text);
	scratch_release(&scratch);
}

/* Expect: one error, at the line and column that an editor shows. */
static void what_is_no_yaml(void **state)
{
	static const struct refusal refusals[] = {
		{ "", 0, "f:1:1: error: the file is empty" },
		{ "# only\n\n", 0, "f:1:1: error: the file holds only" },
		{ "a: b\nc: \0d\n", 11, "f:2:4: error: a NUL byte" },
		{ "a: b\nc: \xff\n", 0, "f:2:4: error: invalid UTF-8" },
		{ "a: \xc3\xa9\xed\xa0\x80\n", 0,
		  "f:1:5: error: invalid UTF-8" },
		{ "a: \xe2\x82", 0, "f:1:4: error: the file ends within" },
		{ "a: \x07\n", 0, "f:1:4: error: the control character 0x07" },
		{ "a: [1, 2\nb: 3\n", 0, "f:2:2: error: not valid YAML" },
		{ "a: {b: c", 0, "f:1:9: error: not valid YAML" },
		{ "a: 1\n\tb: 2\n", 0, "f:2:1: error: not valid YAML" },
		{ "a:\n\t- b\n", 0, "f:2:1: error: not valid YAML: a tab; " },
		{ "- a: 1\n b: 2\n", 0,
		  "f:2:2: error: not valid YAML: did not find expected '-' "
		  "indicator (while parsing a block collection that begins at "
		  "1:1); is it indented otherwise" },
		{ "a:1\nb: 2\n", 0,
		  "f:2:2: error: not valid YAML: mapping values are not "
		  "allowed in this context; is it indented otherwise than "
		  "what it belongs to, or does a blank lack behind" },
		{ "a: \"open", 0, "f:1:9: error: not valid YAML" },
		{ "a: 1\n---\nb: 2\n", 0, "f:2:1: error: a second document" },
		{ "a: !mine 1\n", 0, "f:1:4: error: the tag !mine" },
		{ "a: \"\\0\"\n", 0, "f:1:4: error: a value must not hold" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(refusals); i++)
		expect_refusal(&refusals[i]);
}

static void aliases_that_mean_nothing(void **state)
{
	static const struct refusal refusals[] = {
		{ "a: *x\n", 0, "f:1:4: error: no anchor &x stands above" },
		{ "a: &base 1\nb: *bsae\n", 0,
		  "f:2:4: error: no anchor &bsae stands above this alias; "
		  "did you mean *base?" },
		{ "a: &x [1, *x]\n", 0,
		  "f:1:11: error: the alias *x stands within" },
		{ "a: &x [1, &x 2]\n", 0,
		  "f:1:11: error: the anchor &x is defined within itself" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(refusals); i++)
		expect_refusal(&refusals[i]);
}

static void expect_text_refused(struct text *text, const char *error)
{
	struct refusal refusal = { text->s, text->length, error };

	assert_false(text->failed);
	expect_refusal(&refusal);
	text_release(text);
}

/* Expect: refused at the first level too deep, long before the end. */
static void nesting_without_end(void **state)
{
	struct text text = TEXT_EMPTY;
	int i;

	(void)state;
	for (i = 0; i < 100000; i++)
		text_add(&text, "[");
	expect_text_refused(&text, "f:1:65: error: lists and mappings nested");
	for (i = 0; i < 1000; i++)
		text_add(&text, "%*s- \n", i, "");
	expect_text_refused(&text, "f:65:65: error: lists and mappings nested");
}

/* Expect: nine nines of nines stop at what aliases may stand for. */
static void alias_bomb(void **state)
{
	struct text text = TEXT_EMPTY;
	int i, j;

	(void)state;
	text_add(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
	for (i = 1; i < 10; i++) {
		text_add(&text, "a%d: &a%d [", i, i);
		for (j = 0; j < 9; j++)
			text_add(&text, "%s*a%d", j ? "," : "", i - 1);
		text_add(&text, "]\n");
	}
	expect_text_refused(&text, "f:6:10: error: the aliases so far stand");
}

/* Expect: an anchor on too much is fine until somebody uses it. */
static void anchors_on_everything(void **state)
{
	struct text text = TEXT_EMPTY;
	struct errors errors = ERRORS_NONE;
	struct yaml_stream *stream;
	struct yaml_item item;
	int i;

	(void)state;
	text_add(&text, "a: &all [");
	for (i = 0; i < YAML_ALIAS_MAX + 1; i++)
		text_add(&text, "1,");
	text_add(&text, "]\n");
	stream = yaml_stream_open_memory("f", text.s, text.length, &errors);
	do {
		assert_int_equal(yaml_stream_next(stream, &item, &errors), 0);
	} while (item.kind != YAML_END);
	yaml_stream_close(stream);
	text_add(&text, "b: *all\n");
	expect_text_refused(&text, "f:2:4: error: what the alias *all stands");
}

/* The most memory that this process ever had, in KiB. */
static long peak_kib(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

static void fill(struct scratch *scratch, const char *head, const char *body,
		 size_t bytes)
{
	FILE *file = fopen(scratch_path(scratch, "f"), "w");
	size_t done = 0;

	assert_non_null(file);
	fputs(head, file);
	for (; done < bytes; done += strlen(body))
		fputs(body, file);
	assert_int_equal(fclose(file), 0);
}

static void expect_bounded(const char *head, const char *body,
			   const char *error)
{
	const long allowed_kib = 64 * 1024;
	struct text text = TEXT_EMPTY;
	struct yaml_stream *stream;
	struct scratch scratch;
	long before;

	scratch_init(&scratch);
	fill(&scratch, head, body, 96 << 20);
	before = peak_kib();
	stream = yaml_stream_open(scratch.path, &scratch.errors);
	picture(stream, &text, &scratch.errors);
	expect_error(&scratch, error);
	assert_true(peak_kib() - before < allowed_kib);
	yaml_stream_close(stream);
	text_release(&text);
	scratch_release(&scratch);
}

/* Expect: 96 MiB in one value are refused within a few of them. */
static void values_without_end(void **state)
{
	static const char error[] =
		"f:1:2: error: a value, name or comment of more than 64 KiB";

	(void)state;
	expect_bounded("a: ", "xxxxxxxxxxxxxxxx", error);
	expect_bounded("a: ", "words and words ", error);
	expect_bounded("a: |\n", "  text of a block\n", error);
	expect_bounded("a: \"", "quoted, \\n and so on", error);
	expect_bounded("a: |\n", "  # is no comment here\n",
		       "f:1:2: error: more than 16 MiB of comments");
}

/* Expect: what is large in all and small in its parts is read. */
static void one_long_line_of_events(void **state)
{
	struct errors errors = ERRORS_NONE;
	struct text text = TEXT_EMPTY;
	struct yaml_stream *stream;
	struct yaml_item item;
	int i, nr = 0;

	(void)state;
	text_add(&text, "[");
	for (i = 0; i < 100000; i++)
		text_add(&text, "{t: %d, op: x},", i);
	text_add(&text, "]");
	stream = yaml_stream_open_memory("f", text.s, text.length, &errors);
	do {
		assert_int_equal(yaml_stream_next(stream, &item, &errors), 0);
		nr += item.kind == YAML_MAPPING_START;
	} while (item.kind != YAML_END);
	assert_int_equal(nr, 100000);
	assert_int_equal(yaml_stream_progress(stream), 1000);
	yaml_stream_close(stream);
	text_release(&text);
}

static void what_is_no_file(void **state)
{
	struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	assert_null(yaml_stream_open(scratch_path(&scratch, "none"),
				     &scratch.errors));
	expect_error(&scratch, "none:1:1: error: can't be opened");
	assert_null(
		yaml_stream_open(scratch_path(&scratch, "."), &scratch.errors));
	expect_error(&scratch, ".:1:1: error: this is a directory");
	scratch_release(&scratch);
}

/* Expect: that is told as the host's error, for the file may be fine. */
static void the_host_opens_no_more_files(void **state)
{
	struct scratch scratch;
	struct rlimit limit, none;
	const char *path;
	struct yaml_stream *stream;

	(void)state;
	scratch_init(&scratch);
	path = scratch_file(&scratch, "fine.yaml", "a: 1\n");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){ 0, limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	stream = yaml_stream_open(path, &scratch.errors);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_null(stream);
	assert_true(scratch.errors.any_host);
	scratch_release(&scratch);
}

/* Expect: peeking takes nothing, skipping takes the value and no more. */
static void peek_and_skip(void **state)
{
	static const char yaml[] = "[{a: [1, 2]}, b]";
	struct errors errors = ERRORS_NONE;
	struct yaml_stream *stream;
	struct yaml_item item, peeked;

	(void)state;
	stream = yaml_stream_open_memory("f", yaml, strlen(yaml), &errors);
	assert_int_equal(yaml_stream_next(stream, &item, &errors), 0);
	assert_int_equal(yaml_stream_peek(stream, &peeked, &errors), 0);
	assert_int_equal(yaml_stream_next(stream, &item, &errors), 0);
	assert_int_equal(item.kind, YAML_MAPPING_START);
	assert_int_equal(item.kind, peeked.kind);
	assert_int_equal(yaml_stream_skip(stream, &item, &errors), 0);
	assert_int_equal(yaml_stream_next(stream, &item, &errors), 0);
	assert_string_equal(item.value, "b");
	assert_int_equal(item.place.column, 15);
	yaml_stream_close(stream);
}

static void merge_keys(void **state)
{
	static const char yaml[] = "{b: &b {x: 1, y: 1}, c: &c {y: 2, z: 2}, "
				   "d: {<<: [*b, *c], x: 3}}";
	struct errors errors = ERRORS_NONE;
	struct yaml_tree *tree;
	const struct yaml_node *d;

	(void)state;
	tree = yaml_tree_load_memory("f", yaml, strlen(yaml), &errors);
	assert_non_null(tree);
	d = yaml_get(tree->root, "d");
	assert_int_equal(d->nr, 3);
	assert_string_equal(yaml_get(d, "x")->text, "3");
	assert_string_equal(yaml_get(d, "y")->text, "1");
	assert_string_equal(yaml_get(d, "z")->text, "2");
	yaml_tree_free(tree);
}

/* Expect: every one of them, in one pass. */
static void keys_given_twice(void **state)
{
	static const char yaml[] = "{a: 1, a: 2, b: {c: 1, c: 2}}";
	struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	scratch_file(&scratch, "f", yaml);
	assert_null(yaml_tree_load(scratch.path, &scratch.errors));
	expect_error(&scratch, "f:1:8: error: the key \"a\" is given twice");
	expect_error(&scratch, "f:1:24: error: the key \"c\" is given twice");
	assert_int_equal(scratch.errors.nr, 2);
	scratch_release(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_lists_and_mappings),
		cmocka_unit_test(aliases_are_played_again),
		cmocka_unit_test(nested_anchors),
		cmocka_unit_test(what_is_no_yaml),
		cmocka_unit_test(aliases_that_mean_nothing),
		cmocka_unit_test(nesting_without_end),
		cmocka_unit_test(alias_bomb),
		cmocka_unit_test(anchors_on_everything),
		cmocka_unit_test(values_without_end),
		cmocka_unit_test(one_long_line_of_events),
		cmocka_unit_test(what_is_no_file),
		cmocka_unit_test(the_host_opens_no_more_files),
		cmocka_unit_test(peek_and_skip),
		cmocka_unit_test(merge_keys),
		cmocka_unit_test(keys_given_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
