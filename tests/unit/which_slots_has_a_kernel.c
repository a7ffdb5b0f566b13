/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which slots to map HighMem has a kernel, by its profile and its config?
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/config_case.h"

#define HEAD(profile)                                                          \
	"kmemsim: config\n"                                                    \
	"version: 1\n"                                                         \
	"name: test\n"                                                         \
	"profile: " profile "\n"                                               \
	"nodes: [{id: 0, cpus: [0], zones: [{type: Normal, size: 64MiB}]}]\n"
#define AT_KMAP "c.yaml:6:7: error: kmap: "
#define I386 HEAD("linux-6.1-i386-pae")
#define X86_64 HEAD("linux-6.1-x86_64")

static void expect_slots(const char *yaml, uint64_t start, uint32_t slots)
{
	struct scratch scratch;
	struct config *config;

	scratch_init(&scratch);
	config = load_fine(&scratch, yaml, NULL);

	assert_int_equal(config->machine.kmap_start, start);
	assert_int_equal(config->machine.kmap_slots, slots);
	config_free(config);
	scratch_release(&scratch);
}

static void expect_refused(const char *yaml, const char *error)
{
	struct scratch scratch;

	scratch_init(&scratch);
	load_refused(&scratch, yaml, error);
	scratch_release(&scratch);
}

/* Expect: a page table of them behind vmalloc; none where there is no need. */
static void a_profile_says_how_many(void **state)
{
	(void)state;
	expect_slots(I386, 0xff000000, 512);
	expect_slots(X86_64, 0, 0);
}

/* Expect: fewer, or elsewhere, as the config says. */
static void a_config_may_say_otherwise(void **state)
{
	(void)state;
	expect_slots(I386 "kmap: {slots: 4}\n", 0xff000000, 4);
	expect_slots(I386 "kmap: {start: 0xff400000, slots: 1024}\n",
		     0xff400000, 1024);
}

/* Expect: the effective config says so again. */
static void the_effective_config_has_them(void **state)
{
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch, I386, "kmap.slots=16");
	assert_int_equal(config->machine.kmap_slots, 16);
	assert_non_null(
		strstr(config->text, "kmap: {start: 0xff000000, slots: 16}\n"));
	config_free(config);
	config = load_fine(&scratch, X86_64, NULL);
	assert_null(strstr(config->text, "kmap"));
	config_free(config);
	scratch_release(&scratch);
}

/* Expect: each refused, with its place and what is wrong. */
static void slots_that_can_not_be_are_refused(void **state)
{
	(void)state;
	expect_refused(
		I386 "kmap: {slots: 3}\n",
		"c.yaml:6:15: error: kmap: slots: \"3\" is no power of two");
	expect_refused(I386 "kmap: {slots: 0}\n", "c.yaml:6:15: error: slots:");
	expect_refused(I386 "kmap: {number: 4}\n",
		       "c.yaml:6:8: error: unknown key \"number\"");
	expect_refused(I386 "kmap: {start: 0xff000010}\n",
		       AT_KMAP "start must be a page's address");
	expect_refused(I386 "kmap: {start: 0xfff00000}\n",
		       AT_KMAP "the slots end beyond the machine's addresses");
	expect_refused(I386 "kmap: {start: 0xf8000000}\n",
		       AT_KMAP "the slots lie within vmalloc's range");
	expect_refused(X86_64 "kmap: {slots: 4}\n",
		       AT_KMAP "this kernel has no HighMem");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_says_how_many),
		cmocka_unit_test(a_config_may_say_otherwise),
		cmocka_unit_test(the_effective_config_has_them),
		cmocka_unit_test(slots_that_can_not_be_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
