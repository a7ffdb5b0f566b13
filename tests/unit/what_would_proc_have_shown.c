/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What would files of /proc have said of a run? The texts expected here are
 * written out, blank by blank, as a Linux 6.1 writes them.
 *
 *	node 0, CPU 0:	DMA32  64 MiB	pfn 0x0000 … 0x3fff
 *			Normal 64 MiB	pfn 0x4000 … 0x7fff
 *	node 1, CPU 1:	no memory
 *
 * Each zone has 16 free blocks of order 10 when the machine starts.
 */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "results/show.h"
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
static void begin(struct machine *m, size_t nodes)
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
	run->names = names_new();
	run->kernel = kernel_new(&run->machine, run->names, 1, &run->errors);
	run->recorder = recorder_new(&options, &run->errors);
	assert_non_null(run->kernel);
	assert_non_null(run->recorder);
	run->memory = run->kernel->memory;
	run->sink = recorder_sink(run->recorder);
	assert_int_equal(run->sink->ops->begin(run->sink, run->kernel,
					       run->names, &run->errors),
			 0);
}

static void end(struct machine *m)
{
	assert_int_equal(recorded_end(&m->run, RUN_COMPLETE), 0);
	assert_int_equal(m->run.errors.nr, 0);
	recorded_release(&m->run);
}

static struct text show(enum show_view view, const char *at)
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

static void expect(enum show_view view, const char *at, const char *expected)
{
	struct text out = show(view, at);

	assert_string_equal(out.s ? out.s : "", expected);
	text_release(&out);
}

/* The line that begins with `start`, without its newline. */
static void expect_line(enum show_view view, const char *at, const char *start,
			const char *expected)
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

static bool has(enum show_view view, const char *at, const char *text)
{
	struct text out = show(view, at);
	bool found = out.s && strstr(out.s, text);

	text_release(&out);
	return found;
}

static void change(const char *sql)
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
static void take_one_page(struct machine *m)
{
	assert_int_equal(recorded_alloc(&m->run, 0, GFP_KERNEL, 1), 0x4000);
}

static void buddyinfo_counts_blocks_of_all_types(void **state)
{
	struct machine m;

	(void)state;
	begin(&m, 1);
	take_one_page(&m);
	end(&m);
	expect(SHOW_BUDDYINFO, NULL,
	       "Node 0, zone    DMA32      0      0      0      0      0      "
	       "0      0      0      0      0     16 \n"
	       "Node 0, zone   Normal      1      0      1      1      1      "
	       "1      1      1      1      1     15 \n");
}

static void pagetypeinfo_tells_types_apart(void **state)
{
	struct machine m;

	(void)state;
	begin(&m, 2);
	take_one_page(&m);
	end(&m);
	expect(SHOW_PAGETYPEINFO, NULL,
	       "Page block order: 9\n"
	       "Pages per block:  512\n"
	       "\n"
	       "Free pages count per migrate type at order       0      1      "
	       "2      3      4      5      6      7      8      9     10 \n"
#define NONE "0      0      0      0      0      0      0      0      0      0 "
	       "Node    0, zone    DMA32, type    Unmovable      " NONE
	       "     0 \n"
	       "Node    0, zone    DMA32, type      Movable      " NONE
	       "    16 \n"
	       "Node    0, zone    DMA32, type  Reclaimable      " NONE
	       "     0 \n"
	       "Node    0, zone    DMA32, type   HighAtomic      " NONE
	       "     0 \n"
	       "Node    0, zone    DMA32, type      Isolate      " NONE
	       "     0 \n"
	       "Node    0, zone   Normal, type    Unmovable      1      0      "
	       "1      1      1      1      1      1      1      1      0 \n"
	       "Node    0, zone   Normal, type      Movable      " NONE
	       "    15 \n"
	       "Node    0, zone   Normal, type  Reclaimable      " NONE
	       "     0 \n"
	       "Node    0, zone   Normal, type   HighAtomic      " NONE
	       "     0 \n"
	       "Node    0, zone   Normal, type      Isolate      " NONE
	       "     0 \n"
#undef NONE
	       "\n"
	       "Number of blocks type     Unmovable      Movable  Reclaimable "
	       "  HighAtomic      Isolate \n"
	       "Node 0, zone    DMA32            0           32            0 "
	       "           0            0 \n"
	       "Node 0, zone   Normal            2           30            0 "
	       "           0            0 \n");
}

/* The kernel stops counting there, so as not to hold a lock for long. */
static void pagetypeinfo_counts_to_100000(void **state)
{
	struct machine m;

	(void)state;
	begin(&m, 1);
	end(&m);
	change("UPDATE free_area SET nr_free = CASE order_ WHEN 0 THEN 99999"
	       " WHEN 1 THEN 100000 ELSE 2000000 END"
	       " WHERE zone = 'DMA32' AND migratetype = 'movable'"
	       " AND order_ < 3");
	assert_true(has(SHOW_PAGETYPEINFO, NULL,
			"zone    DMA32, type      Movable  99999 >100000 "
			">100000      0 "));
	/* buddyinfo reads a counter, and does count on. */
	assert_true(has(SHOW_BUDDYINFO, NULL,
			"zone    DMA32  99999 100000 2000000      0 "));
}

static void contiguous_areas_have_a_type_of_their_own(void **state)
{
	struct machine m;

	(void)state;
	begin(&m, 1);
	end(&m);
	assert_false(has(SHOW_PAGETYPEINFO, NULL, "CMA"));
	assert_false(has(SHOW_MEMINFO, NULL, "Cma"));
	change("UPDATE zone_sample SET pageblocks_cma = 2"
	       " WHERE zone = 'Normal'");
	change("INSERT INTO free_area SELECT run_id, label, t_ns, node, zone,"
	       " 'cma', 9, 1, sample FROM zone_sample WHERE zone = 'Normal'");
	assert_true(has(SHOW_PAGETYPEINFO, NULL,
			"zone   Normal, type          CMA      0 "));
	assert_true(has(SHOW_PAGETYPEINFO, NULL,
			"  HighAtomic          CMA      Isolate \n"));
	assert_true(has(SHOW_ZONEINFO, NULL, "\n        cma      1024\n"));
	assert_true(has(SHOW_ZONEINFO, NULL, "\n      nr_free_cma  512\n"));
	expect_line(SHOW_MEMINFO, NULL, "CmaTotal",
		    "CmaTotal:           4096 kB");
	expect_line(SHOW_MEMINFO, NULL, "CmaFree",
		    "CmaFree:            2048 kB");
}

/*
 * Of Normal: 181 pages are its half of the root of 16 times 131072 kB, low and
 * high a quarter of that above. The counter of free pages has noticed all
 * three that the CPU took, for that is more than its threshold of 2.
 */
static void zoneinfo_has_marks_counters_and_lists(void **state)
{
	struct machine m;

	(void)state;
	begin(&m, 1);
	take_one_page(&m);
	end(&m);
	assert_true(has(SHOW_ZONEINFO, NULL,
			"Node 0, zone   Normal\n"
			"  pages free     16381\n"
			"        boost    0\n"
			"        min      181\n"
			"        low      226\n"
			"        high     271\n"
			"        spanned  16384\n"
			"        present  16384\n"
			"        managed  16384\n"
			"        cma      0\n"
			"        protection: (0, 0, 0, 0)\n"
			"      nr_free_pages 16381\n"
			"      nr_zone_inactive_anon 0\n"
			"      nr_zone_active_anon 0\n"
			"      nr_zone_inactive_file 0\n"
			"      nr_zone_active_file 0\n"
			"      nr_zone_unevictable 0\n"
			"      nr_zone_write_pending 0\n"
			"      nr_mlock     0\n"
			"      nr_bounce    0\n"
			"      nr_zspages   0\n"
			"      nr_free_cma  0\n"
			"      numa_hit     1\n"
			"      numa_miss    0\n"
			"      numa_foreign 0\n"
			"      numa_interleave 0\n"
			"      numa_local   1\n"
			"      numa_other   0\n"
			"  pagesets\n"
			"    cpu: 0\n"
			"              count: 2\n"
			"              high:  226\n"
			"              batch: 3\n"
			"  vm stats threshold: 2\n"
			"  node_unreclaimable:  0\n"
			"  start_pfn:           16384\n"
			"Node 0, zone  Movable\n"));
	/* What the lower zone keeps from requests that could go higher. */
	assert_true(has(SHOW_ZONEINFO, NULL,
			"        protection: (0, 64, 64, 64)\n"));
}

#define EMPTY_ZONE                                                             \
	"  pages free     0\n        boost    0\n        min      0\n"         \
	"        low      0\n        high     0\n        spanned  0\n"         \
	"        present  0\n        managed  0\n        cma      0\n"         \
	"        protection: (0, 0, 0, 0)\n"

static void zoneinfo_lists_zones_and_nodes_without_memory(void **state)
{
	struct machine m;

	(void)state;
	begin(&m, 2);
	end(&m);
	assert_true(has(SHOW_ZONEINFO, NULL,
			"Node 0, zone  Movable\n" EMPTY_ZONE
			"Node 0, zone   Device\n" EMPTY_ZONE
			"Node 1, zone    DMA32\n" EMPTY_ZONE
			"Node 1, zone   Normal\n" EMPTY_ZONE
			"Node 1, zone  Movable\n" EMPTY_ZONE
			"Node 1, zone   Device\n" EMPTY_ZONE));
	/* The node's own counters: once, in its first zone with memory. */
	assert_true(has(SHOW_ZONEINFO, NULL,
			"Node 0, zone    DMA32\n"
			"  per-node stats\n"
			"      nr_inactive_anon 0\n"));
	assert_false(has(SHOW_ZONEINFO, NULL,
			 "Node 0, zone   Normal\n  per-node stats\n"));
	/* Both CPUs have lists of a zone. */
	assert_true(has(SHOW_ZONEINFO, NULL, "\n    cpu: 1\n"));
}

#define SLAB_HEAD                                                              \
	"slabinfo - version: 2.1\n"                                            \
	"# name            <active_objs> <num_objs> <objsize> <objperslab> "   \
	"<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : "     \
	"slabdata <active_slabs> <num_slabs> <sharedavail>\n"

/* 4096 / 200 = 20 objects a slab; the 21st needs a second one. */
static void slabinfo_lists_caches_newest_first(void **state)
{
	struct slab_cache_request request = { .text = "ring", .size = 200 };
	struct object_request object = { .gfp = GFP_KERNEL, .node = NODE_ANY };
	struct slab_cache *cache;
	struct machine m;
	int i;

	(void)state;
	begin(&m, 1);
	request.name = names_intern(m.run.names, "ring", 4);
	request.flags = SLAB_RECLAIM_ACCOUNT;
	assert_int_equal(slab_cache_create(m.run.kernel->caches, &request),
			 SLAB_CREATED);
	cache = slab_cache_find(m.run.kernel->caches, request.name);
	assert_int_equal(recorded_sample(&m.run, "created"), 0);
	for (i = 0; i < 21; i++)
		slab_cache_alloc(m.run.kernel->caches, cache, &object);
	assert_int_equal(recorded_sample(&m.run, "used"), 0);
	end(&m);
	assert_true(has(SHOW_SLABINFO, "created",
			SLAB_HEAD
			"ring                   0      0    200   20    1 : "
			"tunables    0    0    0 : slabdata      0      0"
			"      0\n"
			"vmap_area              0      0     64   64    1 : "
			"tunables    0    0    0 : slabdata      0      0"
			"      0\n"));
	expect_line(SHOW_SLABINFO, "used", "ring",
		    "ring                  40     40    200   20    1 : "
		    "tunables    0    0    0 : slabdata      2      2      0");
	/* Untouched ones are there too, and the oldest is the last. */
	expect_line(SHOW_SLABINFO, "used", "kmalloc-8 ",
		    "kmalloc-8              0      0      8  512    1 : "
		    "tunables    0    0    0 : slabdata      0      0      0");
	assert_true(has(SHOW_ZONEINFO, "used",
			"      nr_slab_reclaimable 2\n"
			"      nr_slab_unreclaimable 0\n"));
	expect_line(SHOW_MEMINFO, "used",
		    "Slab:", "Slab:                  8 kB");
	expect_line(SHOW_MEMINFO, "used",
		    "SReclaimable:", "SReclaimable:          8 kB");
}

static void slabinfo_forgets_a_cache_that_was_destroyed(void **state)
{
	struct slab_cache_request request = { .text = "ring", .size = 200 };
	struct machine m;

	(void)state;
	begin(&m, 1);
	request.name = names_intern(m.run.names, "ring", 4);
	assert_int_equal(slab_cache_create(m.run.kernel->caches, &request),
			 SLAB_CREATED);
	assert_int_equal(recorded_sample(&m.run, "before"), 0);
	assert_int_equal(
		slab_cache_destroy(m.run.kernel->caches, request.name, 0), 0);
	assert_int_equal(recorded_sample(&m.run, "after"), 0);
	end(&m);
	assert_true(has(SHOW_SLABINFO, "before", "\nring "));
	assert_false(has(SHOW_SLABINFO, "after", "\nring "));
	assert_true(has(SHOW_SLABINFO, "after", "\nvmap_area "));
}

/*
 *	offset, in pages:  0      5          9         12
 *			   | boot | 3+guard  | 2+guard |
 *				    then freed: waits for the purge
 */
static void vmallocinfo_lists_areas_and_what_is_unpurged(void **state)
{
	struct vmalloc_grant first;
	struct machine m;

	(void)state;
	begin(&m, 1);
	first = vmalloc_alloc(m.run.kernel->vmalloc, 3 * PAGE, GFP_KERNEL,
			      NODE_ANY, 0);
	vmalloc_alloc(m.run.kernel->vmalloc, 2 * PAGE, GFP_KERNEL, NODE_ANY, 0);
	assert_int_equal(recorded_sample(&m.run, "both"), 0);
	vmalloc_release(m.run.kernel->vmalloc, first.vaddr_offset, 0);
	assert_int_equal(recorded_sample(&m.run, "freed"), 0);
	end(&m);
	expect(SHOW_VMALLOCINFO, "both",
	       "0xffffc90000000000-0xffffc90000005000   20480\n"
	       "0xffffc90000005000-0xffffc90000009000   16384 pages=3 vmalloc "
	       "N0=3\n"
	       "0xffffc90000009000-0xffffc9000000c000   12288 pages=2 vmalloc "
	       "N0=2\n");
	expect_line(SHOW_MEMINFO, "both", "VmallocUsed",
		    "VmallocUsed:          20 kB");
	expect(SHOW_VMALLOCINFO, "freed",
	       "0xffffc90000000000-0xffffc90000005000   20480\n"
	       "0xffffc90000009000-0xffffc9000000c000   12288 pages=2 vmalloc "
	       "N0=2\n"
	       "0xffffc90000005000-0xffffc90000009000   16384 unpurged "
	       "vm_area\n");
}

/* 513 pages need an array of more than a page: an area of its own. */
static void vmallocinfo_tells_of_arrays_of_pages(void **state)
{
	struct machine m;

	(void)state;
	begin(&m, 1);
	vmalloc_alloc(m.run.kernel->vmalloc, 513 * PAGE, GFP_KERNEL, NODE_ANY,
		      0);
	end(&m);
	assert_true(has(SHOW_VMALLOCINFO, NULL,
			" 2105344 pages=513 vmalloc vpages N0=513\n"));
	assert_true(
		has(SHOW_VMALLOCINFO, NULL, "   12288 pages=2 vmalloc N0=2\n"));
}

/*
 * 32768 pages of 4 kB, all free. Kept back: 271 pages in Normal, 271 and the 64
 * of the reserve in DMA32.
 */
static void meminfo_adds_it_all_up(void **state)
{
	struct text out;
	struct machine m;

	(void)state;
	begin(&m, 1);
	end(&m);
	out = show(SHOW_MEMINFO, NULL);
	assert_int_equal(strncmp(out.s,
				 "MemTotal:         131072 kB\n"
				 "MemFree:          131072 kB\n"
				 "MemAvailable:     128648 kB\n"
				 "Buffers:               0 kB\n",
				 4 * 28),
			 0);
	text_release(&out);
	expect_line(SHOW_MEMINFO, NULL, "CommitLimit",
		    "CommitLimit:       65536 kB");
	expect_line(SHOW_MEMINFO, NULL, "VmallocTotal",
		    "VmallocTotal:   34359738367 kB");
	expect_line(SHOW_MEMINFO, NULL, "HardwareCorrupted",
		    "HardwareCorrupted:     0 kB");
	expect_line(SHOW_MEMINFO, NULL, "HugePages_Total",
		    "HugePages_Total:       0");
	expect_line(SHOW_MEMINFO, NULL, "Hugepagesize",
		    "Hugepagesize:       2048 kB");
	assert_false(has(SHOW_MEMINFO, NULL, "HighTotal"));
}

/* Samples at 1, 3 and 4 us: one page, two blocks, and another block taken. */
static void begin_sampled(struct machine *m)
{
	begin(m, 1);
	take_one_page(m);
	assert_int_equal(recorded_sample(&m->run, "early"), 0);
	recorded_alloc(&m->run, 10, GFP_KERNEL, 1);
	recorded_alloc(&m->run, 10, GFP_KERNEL, 1);
	assert_int_equal(recorded_sample(&m->run, "late"), 0);
	recorded_alloc(&m->run, 10, GFP_KERNEL, 1);
	end(m);
}

static void order_10_is(const char *at, const char *blocks)
{
	char line[16];

	snprintf(line, sizeof(line), " %6s \n", blocks);
	assert_true(has(SHOW_BUDDYINFO, at, line));
}

static void a_sample_is_chosen_by_label_or_time(void **state)
{
	struct machine m;

	(void)state;
	begin_sampled(&m);
	order_10_is("early", "15");
	order_10_is("late", "13");
	order_10_is("end", "12");
	order_10_is(NULL, "12");
	order_10_is("1us", "15");  /* just then */
	order_10_is("2500", "15"); /* the last one before, in ns */
	order_10_is("3us", "13");
	order_10_is("1s", "12");
}

static const char *refusal(const char *at)
{
	struct show_options options = { .database = path, .at = at };
	struct errors errors = ERRORS_NONE;
	struct text out = TEXT_EMPTY;
	static char message[256];

	assert_int_equal(show_run(&options, &out, &errors), -1);
	assert_int_equal(out.length, 0);
	assert_int_equal(errors.nr, 1);
	assert_memory_equal(errors.text[0], path, strlen(path));
	snprintf(message, sizeof(message), "%s", errors.text[0] + strlen(path));
	errors_release(&errors);
	text_release(&out);
	return message;
}

static void a_sample_that_is_not_there_is_refused(void **state)
{
	struct machine m;

	(void)state;
	begin_sampled(&m);
	assert_string_equal(refusal("erly"),
			    ": error: has no sample labelled \"erly\"; did you "
			    "mean \"early\"?");
	assert_string_equal(refusal("teardown"),
			    ": error: has no sample labelled \"teardown\"; it "
			    "has end, late or early");
	assert_string_equal(refusal("999ns"),
			    ": error: has no sample at 999ns or before: the "
			    "first one is at 1000 ns");
	change("DELETE FROM sample");
	assert_string_equal(refusal(NULL), ": error: holds no samples to show");
}

static void a_database_without_the_tables_is_refused(void **state)
{
	struct machine m;

	(void)state;
	begin(&m, 1);
	end(&m);
	change("DROP TABLE vmalloc_area");
	assert_string_equal(refusal(NULL),
			    ": error: written by an older kmemsim, which did "
			    "not keep what this shows: run it again");
}

static int make_folder(void **state)
{
	(void)state;
	folder = recorded_make_folder();
	path = folder ? recorded_path(folder, "run.db") : NULL;
	return path ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	free(path);
	recorded_remove_folder(folder);
	return 0;
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(buddyinfo_counts_blocks_of_all_types),
		TEST(pagetypeinfo_tells_types_apart),
		TEST(pagetypeinfo_counts_to_100000),
		TEST(contiguous_areas_have_a_type_of_their_own),
		TEST(zoneinfo_has_marks_counters_and_lists),
		TEST(zoneinfo_lists_zones_and_nodes_without_memory),
		TEST(slabinfo_lists_caches_newest_first),
		TEST(slabinfo_forgets_a_cache_that_was_destroyed),
		TEST(vmallocinfo_lists_areas_and_what_is_unpurged),
		TEST(vmallocinfo_tells_of_arrays_of_pages),
		TEST(meminfo_adds_it_all_up),
		TEST(a_sample_is_chosen_by_label_or_time),
		TEST(a_sample_that_is_not_there_is_refused),
		TEST(a_database_without_the_tables_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
