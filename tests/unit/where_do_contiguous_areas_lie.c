/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a config's contiguous memory areas (`cma`) come to lie, which ones are
 * refused, and what `dma` says.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/config_case.h"

#define HEAD                                                                   \
	"kmemsim: config\nversion: 1\nname: test\n"                            \
	"profile: linux-6.1-x86_64\n"

/* 16 MiB of DMA, then DMA32 up to 256 MiB: frames 4096 to 65535. */
#define SMALL                                                                  \
	"nodes: [{id: 0, cpus: [0], zones: [{type: DMA, size: 16MiB},"         \
	" {type: DMA32, size: 240MiB}]}]\n"

/* Two nodes of 1 GiB, both beyond 4 GiB: from frames 1048576, 1310720. */
#define LARGE                                                                  \
	"nodes: [{id: 0, cpus: [0], zones: [{type: DMA32, size: 64MiB},"       \
	" {type: Normal, size: 1GiB}]},"                                       \
	" {id: 1, cpus: [1], zones: [{type: Normal, size: 1GiB}]}]\n"

static struct config *load(struct scratch *scratch, const char *yaml)
{
	scratch_init(scratch);
	return load_fine(scratch, yaml, NULL);
}

static void unload(struct scratch *scratch, struct config *config)
{
	config_free(config);
	scratch_release(scratch);
}

static void below_4_gib_as_high_as_can_be(void **state)
{
	struct scratch scratch;
	struct config *config = load(&scratch,
				     HEAD "cma: [{name: a, size: 16MiB}, "
					  "{name: b, size: 1}]\n" SMALL);
	const struct cma_desc *cma = config->machine.cma;

	(void)state;
	assert_int_equal(config->machine.nr_cma, 2);
	assert_string_equal(cma[0].name, "a");
	assert_int_equal(cma[0].node, NODE_ANY);
	assert_int_equal(cma[0].start_pfn, 65536 - 4096);
	assert_int_equal(cma[0].pages, 4096);
	/* A byte is a whole pageblock, below the first area. */
	assert_int_equal(cma[1].start_pfn, 65536 - 4096 - 512);
	assert_int_equal(cma[1].pages, 512);
	unload(&scratch, config);
}

static void with_memory_beyond_4_gib_at_its_start(void **state)
{
	struct scratch scratch;
	struct config *config =
		load(&scratch, HEAD
		     "cma: [{name: a, size: 16MiB}, {name: b, size: 4MiB}, "
		     "{name: c, size: 4MiB, node: 1}, "
		     "{name: d, size: 4MiB, base: 32MiB}]\n" LARGE);
	const struct cma_desc *cma = config->machine.cma;

	(void)state;
	assert_int_equal(cma[0].start_pfn, 1048576);
	assert_int_equal(cma[1].start_pfn, 1048576 + 4096);
	assert_int_equal(cma[2].start_pfn, 1310720);
	assert_int_equal(cma[2].node, 1);
	assert_int_equal(cma[3].start_pfn, 8192);
	unload(&scratch, config);
}

/* 100 pages of Normal went to the kernel; frames 1050000 on are a hole. */
static void past_what_the_boot_took_and_holes(void **state)
{
	struct scratch scratch;
	struct config *config =
		load(&scratch,
		     HEAD "cma: [{name: a, size: 8MiB}]\n"
			  "nodes: [{id: 0, cpus: [0], zones: [{type: Normal, "
			  "start_pfn: 1048576, spanned_pages: 16384, "
			  "present_pages: 16284, managed_pages: 16184, "
			  "holes: [{start_pfn: 1050000, pages: 100}]}]}]\n");

	(void)state;
	/*
	 * 1049088 is free from the boot on, but the area would reach 1051136.
	 */
	assert_int_equal(config->machine.cma[0].start_pfn, 1050112);
	unload(&scratch, config);
}

/*
 * 1000 pages of Normal went to the kernel, from its start on: 200, and after
 * the hole 800 more, up to frame 1049676.
 *
 *	1048576  1048776  1048876       1049676  1050112
 *	| kernel |  hole  |    kernel    |  free  |  the area
 *
 * Expect: the area begins with the first pageblock after all of them.
 */
static void past_a_hole_in_what_the_boot_took(void **state)
{
	struct scratch scratch;
	struct config *config =
		load(&scratch,
		     HEAD "cma: [{name: a, size: 8MiB}]\n"
			  "nodes: [{id: 0, cpus: [0], zones: [{type: Normal, "
			  "start_pfn: 1048576, spanned_pages: 16384, "
			  "present_pages: 16284, managed_pages: 15284, "
			  "holes: [{start_pfn: 1048776, pages: 100}]}]}]\n");

	(void)state;
	assert_int_equal(config->machine.cma[0].start_pfn, 1050112);
	unload(&scratch, config);
}

static void the_effective_config_gives_the_same_areas(void **state)
{
	struct scratch scratch;
	struct config *config = load(
		&scratch, HEAD "dma: {coherent: false, coherent_pool: 1MiB}\n"
			       "cma: [{name: \"a b\", size: 16MiB}, "
			       "{name: c, size: 4MiB, node: 1}]\n" LARGE);
	struct scratch again;
	struct config *same = load(&again, config->text);

	(void)state;
	assert_true(same->machine.dma_needs_pool);
	assert_int_equal(same->machine.dma_pool_bytes, 1 << 20);
	assert_int_equal(same->machine.nr_cma, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct cma_desc *one = &config->machine.cma[i];
		const struct cma_desc *other = &same->machine.cma[i];

		assert_string_equal(one->name, other->name);
		assert_int_equal(one->node, other->node);
		assert_int_equal(one->start_pfn, other->start_pfn);
		assert_int_equal(one->pages, other->pages);
	}
	assert_string_equal(config->text, same->text);
	unload(&again, same);
	unload(&scratch, config);
}

static void a_pc_needs_no_pools(void **state)
{
	struct scratch scratch;
	struct config *config = load(&scratch, HEAD SMALL);

	(void)state;
	assert_false(config->machine.dma_needs_pool);
	assert_int_equal(config->machine.dma_pool_bytes, 0);
	assert_int_equal(config->machine.nr_cma, 0);
	unload(&scratch, config);
}

static void what_is_refused(void **state)
{
	static const struct {
		const char *cma;
		const char *error;
	} refusals[] = {
		{ "cma: [{size: 4MiB}]\n",
		  "c.yaml:5:7: error: the key \"name\" is missing" },
		{ "cma: [{name: a-name-of-an-area-as-long-as-none-of-"
		  "them-may-ever-be-in-a-kernel, size: 4MiB}]\n",
		  "c.yaml:5:14: error: name: \"a-name-of-an-area-as-long-as-"
		  "none-of-them-may-ever-be-in-a-k…\" is too long; "
		  "allowed: up to 63 bytes" },
		{ "cma: [{name: a}]\n",
		  "c.yaml:5:7: error: the key \"size\" is missing" },
		{ "cma: [{name: a, size: 4MiB, bas: 0}]\n",
		  "c.yaml:5:29: error: unknown key \"bas\"; did you mean "
		  "\"base\"?" },
		{ "cma: [{name: a, size: 4MiB}, {name: a, size: 4MiB}]\n",
		  "c.yaml:5:37: error: name: there is an area \"a\" already" },
		{ "cma: [{name: a, size: 1GiB}]\n",
		  "c.yaml:5:7: error: cma: there is no room for the 262144 "
		  "pages of the area \"a\"" },
		{ "cma: [{name: a, size: 4MiB, node: 3}]\n",
		  "c.yaml:5:35: error: node: the machine has no node 3" },
		{ "cma: [{name: a, size: 4MiB, base: 33MiB}]\n",
		  "c.yaml:5:35: error: base: \"33MiB\", with the 1024 pages of "
		  "the area \"a\", is no multiple of a pageblock's size" },
		{ "cma: [{name: a, size: 4MiB, base: 14MiB}]\n",
		  "c.yaml:5:35: error: base: \"14MiB\", with the 1024 pages of "
		  "the area \"a\", is no place within one zone" },
		{ "cma: [{name: a, size: 4MiB, base: 32MiB}, "
		  "{name: b, size: 4MiB, base: 34MiB}]\n",
		  "c.yaml:5:71: error: base: \"34MiB\", with the 1024 pages of "
		  "the area \"b\", has holes, another area" },
		{ "dma: {coherent: maybe}\n",
		  "c.yaml:5:17: error: coherent: unknown \"maybe\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		struct scratch scratch;
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%s%s%s", HEAD, refusals[i].cma,
			 SMALL);
		scratch_init(&scratch);
		load_refused(&scratch, yaml, refusals[i].error);
		assert_int_equal(scratch.errors.nr, 1);
		scratch_release(&scratch);
	}
}

static void highmem_is_refused(void **state)
{
	struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	load_refused(
		&scratch,
		"kmemsim: config\nversion: 1\nname: test\n"
		"profile: linux-6.1-i386-pae\n"
		"cma: [{name: a, size: 4MiB, base: 1GiB}]\n"
		"nodes: [{id: 0, cpus: [0], zones: [{type: HighMem, "
		"start_pfn: 229376, spanned_pages: 131072}]}]\n",
		"c.yaml:5:35: error: base: \"1GiB\", with the 1024 pages of "
		"the "
		"area \"a\", is in HighMem");
	scratch_release(&scratch);
}

/* A state that lists what is free has areas in it, or has none. */
static void a_starting_state_must_know_the_area(void **state)
{
	struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	scratch_file(&scratch, "free.csv",
		     "node,zone,migratetype,order,pfn\n"
		     "0,DMA32,cma,9,8192\n");
	scratch_file(&scratch, "blocks.csv",
		     "node,zone,start_pfn,migratetype\n"
		     "0,DMA32,4096,movable\n0,DMA32,8192,cma\n"
		     "0,DMA32,8704,movable\n");
#define STATE "initial_state: {free_lists: free.csv, pageblocks: blocks.csv}\n"
	load_refused(&scratch,
		     HEAD "cma: [{name: a, size: 2MiB}]\n" STATE SMALL,
		     "c.yaml:5:7: error: the key \"base\" is missing");
	errors_release(&scratch.errors);
	load_refused(
		&scratch,
		HEAD "cma: [{name: a, size: 4MiB, base: 32MiB}]\n" STATE SMALL,
		"c.yaml:5:35: error: base: \"32MiB\", with the 1024 pages of "
		"the area \"a\", has pageblocks that are not cma");
	errors_release(&scratch.errors);
	config_free(load_fine(
		&scratch,
		HEAD "cma: [{name: a, size: 2MiB, base: 32MiB}]\n" STATE SMALL,
		NULL));
	scratch_release(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(below_4_gib_as_high_as_can_be),
		cmocka_unit_test(with_memory_beyond_4_gib_at_its_start),
		cmocka_unit_test(past_what_the_boot_took_and_holes),
		cmocka_unit_test(past_a_hole_in_what_the_boot_took),
		cmocka_unit_test(the_effective_config_gives_the_same_areas),
		cmocka_unit_test(a_pc_needs_no_pools),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(highmem_is_refused),
		cmocka_unit_test(a_starting_state_must_know_the_area),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
