/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_CONFIG_CASE_H
#define KMEMSIM_TESTS_CONFIG_CASE_H

/*
 * A config written by a test and loaded. Tests run in the repository's root,
 * where the profiles are in configs/. Include after cmocka.h.
 */

#include "configs/config.h"
#include "tests/unit/scratch.h"

static const char *const profile_dirs[] = { "configs", NULL };

/* The first five lines of a test's config. */
#define CONFIG_HEAD_OF(profile)                                                \
	"kmemsim: config\n"                                                    \
	"version: 1\n"                                                         \
	"name: test\n"                                                         \
	"profile: " profile "\n"                                               \
	"nodes:\n"
#define CONFIG_HEAD CONFIG_HEAD_OF("linux-6.1-x86_64")

/* One node with 64 MiB of DMA32 at frames 4096 to 20479: lines 6 to 8. */
#define CONFIG_SMALL                                                           \
	CONFIG_HEAD                                                            \
	"  - id: 0\n"                                                          \
	"    cpus: [0]\n"                                                      \
	"    zones: [{type: DMA32, size: 64MiB}]\n"

static inline struct config *load_sets(struct scratch *scratch,
				       const char *yaml, const char *const *set,
				       size_t nr)
{
	struct config_set sets = { .words = set, .nr = nr };

	scratch_file(scratch, "c.yaml", yaml);
	return config_load(scratch->path, &sets, profile_dirs,
			   &scratch->errors);
}

static inline struct config *load_set(struct scratch *scratch, const char *yaml,
				      const char *set)
{
	return load_sets(scratch, yaml, &set, set ? 1 : 0);
}

static inline struct config *load_fine(struct scratch *scratch,
				       const char *yaml, const char *set)
{
	struct config *config = load_set(scratch, yaml, set);

	if (!config)
		print_errors(scratch);
	assert_non_null(config);
	assert_int_equal(scratch->errors.nr, 0);
	return config;
}

static inline void load_refused(struct scratch *scratch, const char *yaml,
				const char *error)
{
	struct config *config = load_set(scratch, yaml, NULL);

	expect_error(scratch, error);
	assert_null(config);
	assert_false(scratch->errors.any_host);
}

#endif
