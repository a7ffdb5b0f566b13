/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a config says of the pages that are in use at the start: those on LRU
 * lists become folios, at places of which only some things can be said.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/reclaim/folio.h"
#include "tests/unit/config_case.h"

/*
 * 16384 pages in 32 pageblocks, 8 of them unmovable; four blocks of 1024 are
 * free, so that 12288 are in use, at most 4096 of them in unmovable blocks.
 */
#define ZONE(more)                                                             \
	CONFIG_HEAD                                                            \
	"  - id: 0\n"                                                          \
	"    cpus: [0]\n"                                                      \
	"    zones:\n"                                                         \
	"      - {type: DMA32, size: 64MiB, " more "}\n"                       \
	"initial_state: {pagetypeinfo: p}\n"
#define COUNTS                                                                 \
	"Node 0, zone DMA32, type Movable 0 0 0 0 0 0 0 0 0 0 4\n"             \
	"\n"                                                                   \
	"Number of blocks type Unmovable\n"                                    \
	"Node 0, zone DMA32 8\n"

static struct memory *begin(struct scratch *scratch, struct config **config,
			    const char *yaml, uint64_t seed)
{
	struct memory *memory;

	scratch_init(scratch);
	scratch_file(scratch, "p", COUNTS);
	*config = load_fine(scratch, yaml, NULL);
	memory = memory_new(&(*config)->machine, seed, &scratch->errors);
	return memory;
}

static void end(struct scratch *scratch, struct config *config,
		struct memory *memory)
{
	memory_free(memory);
	config_free(config);
	scratch_release(scratch);
}

#define LISTS                                                                  \
	"lru: {inactive_anon: 100, active_anon: 20, inactive_file: 300,"       \
	" active_file: 40, unevictable: 5, dirty: 7}"

/* Expect: each list as long as is said, all in movable blocks, on no swap. */
static void as_many_as_the_config_says(void **state)
{
	struct scratch scratch;
	struct config *config;
	struct memory *memory = begin(&scratch, &config, ZONE(LISTS), 1);
	const uint64_t *pages;
	char why[256];

	(void)state;
	assert_non_null(memory);
	assert_true(memory_validate(memory, why, sizeof why));
	assert_true(folios_validate(memory, why, sizeof why));
	pages = folio_lruvec(memory, 0)->zone_pages[ZONE_DMA32];
	assert_int_equal(pages[LRU_INACTIVE_ANON], 100);
	assert_int_equal(pages[LRU_ACTIVE_ANON], 20);
	assert_int_equal(pages[LRU_INACTIVE_FILE], 300);
	assert_int_equal(pages[LRU_ACTIVE_FILE], 40);
	assert_int_equal(pages[LRU_UNEVICTABLE], 5);
	assert_int_equal(memory->node[0].stat[NR_FILE_DIRTY], 7);
	assert_int_equal(memory->zone[0].nr_free_pages, 4096);
	assert_int_equal(folios_made(memory), 465);
	for (folio_t n = 0; n < folios_made(memory); n++) {
		const struct folio *folio = folio_get(memory, n);

		assert_true(folio_is_from_start(folio));
		assert_int_equal(*pageblock_type(memory, &memory->zone[0],
						 folio->pfn),
				 MIGRATE_MOVABLE);
	}
	end(&scratch, config, memory);
}

/* Expect: other places with another seed, and the same with the same. */
static void places_are_the_seeds(void **state)
{
	pfn_t first[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct scratch scratch;
		struct config *config;
		struct memory *memory =
			begin(&scratch, &config, ZONE(LISTS), i / 2 + 1);

		first[i] = folio_get(memory, 0)->pfn;
		end(&scratch, config, memory);
	}
	assert_int_equal(first[0], first[1]);
	assert_int_not_equal(first[1], first[2]);
}

/* 12288 pages are in use: unmovable blocks take what finds no other room. */
static void all_that_is_in_use(void **state)
{
	struct scratch scratch;
	struct config *config;
	struct memory *memory = begin(&scratch, &config,
				      ZONE("lru: {inactive_file: 12288}"), 1);
	char why[256];

	(void)state;
	assert_non_null(memory);
	assert_true(memory_validate(memory, why, sizeof why));
	assert_true(folios_validate(memory, why, sizeof why));
	end(&scratch, config, memory);
}

static void more_than_is_in_use(void **state)
{
	struct scratch scratch;
	struct config *config;

	(void)state;
	assert_null(begin(&scratch, &config,
			  ZONE("lru: {inactive_file: 12289}"), 1));
	expect_error(&scratch,
		     "error: lru: node 0, zone DMA32: 12289 pages are on "
		     "LRU lists, and 12288 are in use");
	end(&scratch, config, NULL);
}

/* Expect: the marks are higher by it, and the config's text says it again. */
static void a_boost_that_was_there(void **state)
{
	struct scratch scratch;
	struct config *config;
	struct memory *memory = begin(&scratch, &config,
				      ZONE("watermark_boost: 100, lru: {}"), 1);

	(void)state;
	assert_int_equal(memory->zone[0].watermark_boost, 100);
	assert_non_null(strstr(config->text, "watermark_boost: 100"));
	assert_non_null(strstr(config->text, "lru: {inactive_anon: 0"));
	end(&scratch, config, memory);
}

static void keys_that_are_not_known(void **state)
{
	struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	scratch_file(&scratch, "p", COUNTS);
	load_refused(
		&scratch, ZONE("lru: {inactive_files: 1}"),
		"c.yaml:9:42: error: unknown key \"inactive_files\"; did you "
		"mean \"inactive_file\"?");
	scratch_release(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_as_the_config_says),
		cmocka_unit_test(places_are_the_seeds),
		cmocka_unit_test(all_that_is_in_use),
		cmocka_unit_test(more_than_is_in_use),
		cmocka_unit_test(a_boost_that_was_there),
		cmocka_unit_test(keys_that_are_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
