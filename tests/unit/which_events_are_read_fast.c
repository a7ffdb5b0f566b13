/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which events are read without libyaml, and does anyone notice? A line is
 * read fast behind one that libyaml read, and before one that begins like it:
 *
 *	events:
 *	  - {…}		libyaml, to know where it is
 *	  - {…}		fast
 *	  - {…}		fast
 *	  - {…}		libyaml: what comes next is no event
 *	generators: []
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fuzz/both_readers.h"
#include "tests/unit/workload_text_each.h"
#include "workloads/yaml/fast_events.h"

/* Takes items up to the list of events. */
static void go_to_events(struct yaml_stream *stream, struct errors *errors)
{
	struct yaml_item item;

	do
		assert_int_equal(yaml_stream_next(stream, &item, errors), 0);
	while (item.kind != YAML_SEQUENCE_START);
}

/*
 * Writes to how[] for each event: s where libyaml read it, f where it was read
 * fast, l where that taught the reader a line. Returns how many it was taught.
 */
static size_t tell_how(const char *events, char *how)
{
	struct errors *errors = &text.scratch.errors;
	struct event_reader *reader = calloc(1, sizeof(*reader));
	struct fast_events *fast = fast_events_new();
	struct yaml_item item = { .kind = YAML_SCALAR };
	struct yaml_stream *stream;
	struct call call;
	size_t learned = 0;

	assert_non_null(reader);
	assert_non_null(fast);
	stream = yaml_stream_open_memory("f", events, strlen(events), errors);
	assert_non_null(stream);
	reader->input = (struct field_input){ .stream = stream,
					      .names = text.names,
					      .errors = errors };
	go_to_events(stream, errors);
	for (;;) {
		if (fast_events_read(fast, reader, &call, 1)) {
			bool more = fast_events_nr_learned(fast) > learned;

			*how++ = more ? 'l' : 'f';
			learned += more;
			continue;
		}
		assert_int_equal(yaml_stream_next(stream, &item, errors), 0);
		if (item.kind == YAML_SEQUENCE_END)
			break;
		event_read(reader, &item, &call);
		*how++ = 's';
	}
	*how = '\0';
	yaml_stream_close(stream);
	fast_events_free(fast);
	free(reader);
	return learned;
}

static void expect_how(const char *events, const char *wanted)
{
	char how[64];

	tell_how(events, how);
	assert_string_equal(how, wanted);
}

#define LINE "  - {t: 1, op: kfree, id: 1}\n"

/*
 * Expect: all but the first, which shows where the list is, and the last; what
 * they are like is learned once.
 */
static void lines_between_lines(void **state)
{
	(void)state;
	expect_how("events:\n" LINE LINE LINE LINE LINE, "slffs");
	expect_how("events:\n" LINE LINE LINE "x: 1\n", "sls");
	expect_how("events:\n" LINE, "s");
}

#define QUOTED "  - {t: 1, op: kfree, id: \"}\", task: \"a/0:1\"}\n"

/* Expect: the same for names in quotes, whatever is in them. */
static void names_in_quotes(void **state)
{
	(void)state;
	expect_how("events:\n" QUOTED QUOTED QUOTED QUOTED, "slfs");
}

/* Expect: libyaml for what is odd, and fast again behind it. */
static void odd_lines_are_left_out(void **state)
{
	(void)state;
	expect_how("events:\n" LINE LINE
		   "  - {t: 1, op: kfree, id: 'a'}\n" LINE LINE LINE LINE,
		   "slssffs");
	expect_how("events:\n" LINE LINE LINE "  # so\n" LINE LINE LINE,
		   "slssfs");
	expect_how("events:\n" LINE LINE LINE "  - {t: 1, op: kfree,\n"
		   "     id: 1}\n" LINE LINE LINE LINE,
		   "slfsssfs");
	expect_how("events:\n" LINE LINE
		   "  - {t: 1, op: kfree, id: 1, ordr: 1}\n" LINE LINE LINE,
		   "slssfs");
}

/* Expect: nothing where lines are counted in another way. */
static void other_breaks_stop_it(void **state)
{
	(void)state;
	expect_how("# \r\nevents:\n" LINE LINE LINE, "sss");
	expect_how("# \xc2\x85\nevents:\n" LINE LINE LINE, "sss");
}

static void expect_same(const char *yaml)
{
	assert_null(both_readers_differ(
		scratch_file(&text.scratch, "w.yaml", yaml)));
}

/* Expect: the same calls, places and errors, however the file goes on. */
static void nobody_notices(void **state)
{
	static const char *const odd[] = {
		"",
		"  - {t: 0, op: kfree, id: 1}\n",
		"  - {t: 1, op: kfree}\n",
		"  - {t: 1, op: kfree, id: 1}: x\n",
		"  - {t: 1, op: kfree, id: 1, gfp: GFP_KERNEL, order: 3}\n",
		"  - {t: 1, op: alloc_pages, id: 1, gfp: GFP_KERNL}\n",
		"  - {t: 1, op: kfree, id: \"a  b\", task: \"}\"}\n",
		"  - {t: 1, op: kfree, id: 1, task: \xc3\xa4}\n",
		"  - {t: 1, op: kfree, id: 1, task: \xff}\n",
		"  - {t: 1, op: kfree, id: 99999999999999999999}\n",
		"  - {t: 1, op: oom_score_adj, task: a, value: -7}\n",
		"  - {t: 1, op: kfree, id: 007, recorded: {ok: true}}\n",
		"  - {t: 1.5us, op: kfree, id: 0x1f, node: any}\n",
		"  - {t: 4611686018427387905, op: kfree, id: 1}\n",
		"  - {t: 18446744073709551615, op: kfree, id: 1}\n",
		"  - {<<: *a, id: 1}\n",
		"  - *a\n",
		"  - &b {t: 1, op: kfree, id: 1}\n  - *b\n",
		"  - {t: 1, op: kfree, id: [}\n",
		"  - t: 1\n    op: sample\n",
		"  - {t: 1, op: sample, label: \"a\n  - {\"}\n",
		"  - |\n  - {t: 1}\n",
		" - {t: 1, op: kfree, id: 1}\n",
		"   - {t: 1, op: kfree, id: 1}\n",
		"  @x\n",
		"  - {\x01\n",
		"generators: [1]\n",
		"...\n",
		"---\n",
	};
	char yaml[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		snprintf(yaml, sizeof(yaml),
			 HEAD "templates: {a: &a {t: 1, op: kfree}}\n"
			      "defaults: {cpu: 2, ctx: softirq}\n"
			      "events:\n" LINE LINE LINE "%s" LINE LINE LINE
			      "%s",
			 odd[i], odd[i]);
		expect_same(yaml);
	}
}

/*
 * What a line was, and ones that are nearly so: behind it, in any order. How
 * each is read by itself, as tell_how() says it.
 */
static const struct {
	char how;
	const char *line;
} alike[] = {
	/* numbers that decide something */
	{ 'l', "t: 1, op: kmalloc, gfp: GFP_KERNEL, id: 1, size: 8, cpu: 1" },
	{ 's',
	  "t: 1, op: kmalloc, gfp: GFP_KERNEL, id: 1, size: 8, cpu: 99999" },
	{ 's', "t: 0, op: kmalloc, gfp: GFP_KERNEL, id: 1, size: 8, cpu: 1" },
	{ 's', "t: 4611686018427387905, op: kmalloc, gfp: GFP_KERNEL, id: 1, "
	       "size: 8, cpu: 1" },
	{ 's', "t: 1, op: kmalloc, gfp: GFP_KERNEL, "
	       "id: 99999999999999999999, size: 8, cpu: 1" },
	{ 'l', "t: 1, op: kmalloc, gfp: GFP_KERNEL, "
	       "id: 18446744073709551615, size: 8, cpu: 1" },
	{ 'l', "t: 1, op: kmalloc, gfp: GFP_KERNEL, id: 1234567890123456, "
	       "size: 12345678, cpu: 1" },
	{ 's', "t: 1, op: kmalloc, gfp: GFP_KERNEL, id: 1, size: , cpu: 1" },
	{ 'l',
	  "t: 1, op: kmalloc, gfp: GFP_KERNEL, id: 1, size: 8KiB, cpu: 1" },
	{ 'l', "t: 1us, op: kmalloc, gfp: GFP_KERNEL, id: 1, size: 8, cpu: 1" },
	{ 'l', "t: 1, op: kmalloc, gfp: GFP_KERNEL, id: 1, size: 8, cpu: 007" },
	{ 's', "t: 2, op: kmalloc, gfp: GFP_KERNEL, id: -1, size: 8, cpu: 1" },
	/* a part of a block */
	{ 'f', "t: 2, op: free_pages, id: 1, order: 1, page: 2" },
	{ 'f', "t: 2, op: free_pages, id: 1, order: 1, page: 4" },
	{ 's', "t: 2, op: free_pages, id: 1, order: 1, page: 5" },
	{ 'l', "t: 2, op: alloc_pages, gfp: GFP_KERNEL, id: 1, order: 3" },
	{ 'l', "t: 2, op: alloc_pages, gfp: GFP_KERNEL, id: 1, order: 10" },
	{ 's', "t: 2, op: alloc_pages, gfp: GFP_KERNEL, id: 1, order: 99" },
	/* what the operation takes no notice of */
	{ 'f', "t: 2, op: kfree, id: 1, size: 7" },
	{ 'f', "t: 2, op: kfree, id: 1, size: 9" },
	{ 'f', "t: 2, op: kfree, id: 1, order: 9" },
	/* words that begin like others */
	{ 'l', "t: 3, op: kmalloc, id: 1, size: 8, gfp: GFP_KERNEL" },
	{ 'l',
	  "t: 3, op: kmalloc, id: 1, size: 8, gfp: GFP_KERNEL|__GFP_ZERO" },
	{ 'l',
	  "t: 3, op: kmalloc, id: 1, size: 8, gfp: GFP_KERNEL, ctx: softirq" },
	{ 'l',
	  "t: 3, op: kmalloc, id: 1, size: 8, gfp: GFP_KERNEL , ctx: softirq" },
	{ 's',
	  "t: 3, op: kmalloc, id: 1, size: 8, gfp: GFP_KERNEL, ctx: softirqs" },
	{ 's', "t: 3, op: kmalloc, id: 1, size: 8, gfp: GFP_KERNL" },
	{ 'l', "t: 3, op: kmalloc, id: 1, size: 8, gfp: GFP_KERNEL , cpu: 2" },
	{ 'l', "t: 3, op: kmalloc, gfp: GFP_KERNEL,  id: 1, size: 8 " },
	{ 's', "t: 3, op: kmalloc, gfp: GFP_KERNEL, id: 1, id: 1, size: 8" },
	/* names, and what is said of a recording */
	{ 'l', "t: 4, op: kfree, id: \"a, id: 1\"" },
	{ 'l', "t: 4, op: kfree, id: \"a, id: 2\"" },
	{ 'l', "t: 4, op: kfree, id: 1, task: a1" },
	{ 'l', "t: 4, op: kfree, id: 1, task: a2" },
	{ 'f', "t: 4, op: kmem_cache_free, cache: c, id: 1, "
	       "task: a-rather-long-name-of-more-than-sixty-characters-"
	       "that-no-text-of-a-step-has-room-for" },
	{ 'l', "t: 4, op: alloc_pages, gfp: GFP_KERNEL, id: 1, order: 0, "
	       "recorded: {ok: true, pfn: 7}" },
	{ 'l', "t: 4, op: alloc_pages, gfp: GFP_KERNEL, id: 1, order: 0, "
	       "recorded: {ok: true, pfn: 8}" },
	{ 'l', "t: 4, op: alloc_pages, gfp: GFP_KERNEL, id: 1, order: 0, "
	       "recorded: {ok: false}" },
	{ 'l', "t: 4, op: alloc_pages, gfp: GFP_KERNEL, id: 1, order: 0, "
	       "recorded: {pfn: 9}, cpu: 3" },
	{ 'l', "t: 4, op: oom_score_adj, task: a1, value: -7" },
	{ 'l', "t: 4, op: oom_score_adj, task: a1, value: 7" },
};
#define NR_ALIKE (sizeof(alike) / sizeof(alike[0]))

/* Expect: most are learned; not those that say more than numbers can. */
static void lines_by_themselves(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_ALIKE; i++) {
		struct text yaml = TEXT_EMPTY;
		char how[8];

		text_add(&yaml, "events:\n" LINE LINE "  - {%s}\n" LINE,
			 alike[i].line);
		assert_false(yaml.failed);
		tell_how(yaml.s, how);
		assert_int_equal(how[2], alike[i].how);
		text_release(&yaml);
	}
}

/* Expect: the same where a line is nearly one that was read before. */
static void lines_that_are_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_ALIKE * NR_ALIKE; i++) {
		const char *one = alike[i / NR_ALIKE].line;
		const char *other = alike[i % NR_ALIKE].line;
		struct text yaml = TEXT_EMPTY;

		text_add(&yaml, HEAD "events:\n" LINE LINE);
		for (int n = 0; n < 2; n++)
			text_add(&yaml, "  - {%s}\n  - {%s}\n", one, other);
		text_add(&yaml, LINE);
		assert_false(yaml.failed);
		expect_same(yaml.s);
		text_release(&yaml);
	}
}

#define NR_TASKS 17
#define NR_LINES 6000

/* Expect: the same of more kinds of lines than are kept, and many are. */
static void lines_of_many_kinds(void **state)
{
	static const char *const flags[] = {
		"GFP_KERNEL", "GFP_ATOMIC",   "GFP_NOWAIT",   "GFP_NOIO",
		"GFP_NOFS",   "__GFP_NOWARN", "__GFP_NOFAIL", "__GFP_ZERO",
		"GFP_DMA",    "GFP_USER",     "__GFP_HIGH",
	};
	const size_t nr_flags = sizeof(flags) / sizeof(flags[0]);
	struct text yaml = TEXT_EMPTY;
	char how[NR_LINES + 1];
	size_t learned;

	(void)state;
	text_add(&yaml, HEAD "events:\n");
	for (size_t i = 0; i < NR_LINES; i++)
		text_add(&yaml,
			 "  - {t: %zu, op: kmalloc, task: \"a%zu\", id: %zu, "
			 "size: 8, ctx: %s, gfp: %s, cpu: %zu}\n",
			 i, i % NR_TASKS, i, i % 2 ? "process" : "softirq",
			 flags[i % nr_flags], i % 70);
	assert_false(yaml.failed);
	expect_same(yaml.s);
	learned = tell_how(yaml.s, how);
	assert_in_range(learned, 200, NR_TASKS * 2 * nr_flags - 1);
	/* The first and the last are libyaml's. */
	assert_ptr_equal(strchr(how + 1, 's'), &how[NR_LINES - 1]);
	text_release(&yaml);
}

static char *many_lines(size_t nr, size_t *length)
{
	struct text yaml = TEXT_EMPTY;

	text_add(&yaml, HEAD "events:\n");
	for (size_t i = 0; i < nr; i++) {
		text_add(&yaml,
			 "  - {t: %zu, op: kmalloc, id: %zu, size: 8, "
			 "gfp: GFP_KERNEL}\n",
			 i, i);
		if (i % 1000 == 999)
			text_add(&yaml, "  - {t: %zu, op: kmaloc}\n", i);
	}
	assert_false(yaml.failed);
	*length = yaml.length;
	return yaml.s;
}

/* Expect: the same over the ends of blocks, to the last error's line. */
static void long_files(void **state)
{
	size_t length;
	char *yaml = many_lines(20000, &length);

	(void)state;
	expect_same(yaml);
	free(yaml);
}

/* Writes a file into a pipe in pieces that end anywhere. */
static void feed(const char *path, const char *s, size_t length)
{
	int fd = open(path, O_WRONLY);
	size_t n;

	for (; fd >= 0 && length; s += n, length -= n) {
		n = length < 777 ? length : 777;
		if (write(fd, s, n) != (ssize_t)n)
			_exit(1);
	}
	_exit(fd < 0);
}

/* Expect: a pipe reads as the file does. */
static void pipes(void **state)
{
	struct reading from_pipe, from_file;
	char fifo[600], file[600];
	size_t length;
	char *yaml = many_lines(3000, &length);
	pid_t child;

	(void)state;
	snprintf(fifo, sizeof(fifo), "%s", scratch_path(&text.scratch, "p"));
	snprintf(file, sizeof(file), "%s",
		 scratch_file(&text.scratch, "f", yaml));
	assert_int_equal(mkfifo(fifo, 0600), 0);
	child = fork();
	if (child == 0)
		feed(fifo, yaml, length);
	reading_init(&from_pipe, fifo, workload_open);
	reading_init(&from_file, file, workload_open_reference);
	waitpid(child, NULL, 0);
	assert_int_equal(from_pipe.nr, 1000);
	assert_int_equal(from_pipe.nr, from_file.nr);
	assert_memory_equal(from_pipe.call, from_file.call,
			    from_file.nr * sizeof(*from_file.call));
	assert_int_equal(from_pipe.errors.nr, from_file.errors.nr);
	reading_release(&from_pipe);
	reading_release(&from_file);
	free(yaml);
}

static void expect_all_same(const char *pattern, size_t least)
{
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= least);
	for (size_t i = 0; i < found.gl_pathc; i++)
		assert_null(both_readers_differ(found.gl_pathv[i]));
	globfree(&found);
}

/* Expect: the same from every workload that is here. */
static void shipped_workloads(void **state)
{
	(void)state;
	expect_all_same("workloads/*.yaml", 5);
	expect_all_same("tests/fuzz/seeds/*/*.yaml", 5);
}

/* Expect: the same from what was recorded; real-reclaim's is a trace only. */
static void recordings(void **state)
{
	(void)state;
	expect_all_same("build/recordings/*/workload.yaml", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_between_lines),
		TEST(names_in_quotes),
		TEST(odd_lines_are_left_out),
		TEST(other_breaks_stop_it),
		TEST(nobody_notices),
		TEST(lines_by_themselves),
		TEST(lines_that_are_alike),
		TEST(lines_of_many_kinds),
		TEST(long_files),
		TEST(pipes),
		TEST(shipped_workloads),
		TEST(recordings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
