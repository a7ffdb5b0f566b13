/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_SHOWN_RUN_H
#define KMEMSIM_TESTS_SHOWN_RUN_H

/*
 * A run whose database a test looks at through the kernel's own views.
 *
 *	node 0, CPU 0:	DMA32  64 MiB	pfn 0x0000 … 0x3fff
 *			Normal 64 MiB	pfn 0x4000 … 0x7fff
 *	node 1, CPU 1:	no memory
 *
 * Each zone has 16 free blocks of order 10 when the machine starts.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "results/show/show.h"
#include "tests/unit/recorded_run.h"

#define VMALLOC_START 0xffffc90000000000ull
#define PAGE 4096ull

struct machine {
	struct recorded_run run;
	struct node_desc nodes[2];
	cpu_t second_cpu;
	struct vmap_area_desc boot_area;
};

static char *folder;
static char *path;

/* `nodes`: 1, or 2 for the one without memory as well. */
static inline void begin(struct machine *m, size_t nodes)
{
	struct recorder_options options = recorded_options(path, LOG_OPS_NONE);
	struct recorded_run *run = &m->run;

	memset(m, 0, sizeof(*m));
	recorded_machine(run);
	m->second_cpu = 1;
	m->nodes[0] = run->node;
	m->nodes[1] = (struct node_desc){ .id = 1,
					  .cpus = &m->second_cpu,
					  .nr_cpus = 1 };
	run->machine.nodes = m->nodes;
	run->machine.nr_nodes = nodes;
	run->machine.zone_device = true;
	run->machine.vmalloc_start = VMALLOC_START;
	run->machine.vmalloc_size = 32ull << 40;
	m->boot_area = (struct vmap_area_desc){ 0, 5 * PAGE };
	run->machine.initial.vmap_areas = &m->boot_area;
	run->machine.initial.nr_vmap_areas = 1;
	assert_int_equal(recorded_start(run, &options), 0);
}

static inline void end(struct machine *m)
{
	assert_int_equal(recorded_end(&m->run, RUN_COMPLETE), 0);
	assert_int_equal(m->run.errors.nr, 0);
	recorded_release(&m->run);
}

static inline struct text show(enum show_view view, const char *at)
{
	struct show_options options = { .database = path,
					.view = view,
					.at = at };
	struct errors errors = ERRORS_NONE;
	struct text out = TEXT_EMPTY;

	if (show_run(&options, &out, &errors))
		fail_msg("%s", errors.text[0]);
	return out;
}

static inline void expect(enum show_view view, const char *at,
			  const char *expected)
{
	struct text out = show(view, at);

	assert_string_equal(out.s ? out.s : "", expected);
	text_release(&out);
}

/* The line that begins with `start`, without its newline. */
static inline void expect_line(enum show_view view, const char *at,
			       const char *start, const char *expected)
{
	struct text out = show(view, at);
	char *line = out.s;

	while (line && strncmp(line, start, strlen(start)))
		line = (line = strchr(line, '\n')) ? line + 1 : NULL;
	if (!line)
		fail_msg("no line begins with \"%s\":\n%s", start, out.s);
	*strchr(line, '\n') = '\0';
	assert_string_equal(line, expected);
	text_release(&out);
}

static inline bool has(enum show_view view, const char *at, const char *text)
{
	struct text out = show(view, at);
	bool found = out.s && strstr(out.s, text);

	text_release(&out);
	return found;
}

static inline void change(const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/*
 * One page from Normal. Its CPU takes a batch of three; the block that they
 * come from loses them at its lower end, and both of its pageblocks become
 * unmovable:
 *
 *	order 10: | P P P . | order 2 | order 3 | … |  order 9  |
 *	            ^ to the caller; the other two stay on the CPU's list
 */
static inline void take_one_page(struct machine *m)
{
	assert_int_equal(recorded_alloc(&m->run, 0, GFP_KERNEL, 1), 0x4000);
}

static inline int make_folder(void **state)
{
	(void)state;
	folder = recorded_make_folder();
	path = folder ? recorded_path(folder, "run.db") : NULL;
	return path ? 0 : -1;
}

static inline int remove_folder(void **state)
{
	(void)state;
	free(path);
	recorded_remove_folder(folder);
	return 0;
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

#endif
