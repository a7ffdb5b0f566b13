/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What would files of /proc have said of a run? The texts expected here are
 * written out, blank by blank, as a Linux 6.1 writes them. The machine is that
 * of tests/unit/shown_run.h.
 */

#define _GNU_SOURCE

#include "tests/unit/shown_run.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
