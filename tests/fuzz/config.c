// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can any file at all break the reader of configs? Profiles are the real ones,
 * from configs/.
 */

#include "tests/fuzz/input.h"

#include "configs/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const profile_dirs[] = { "configs", NULL };
	const struct config_set sets = { .words = NULL, .nr = 0 };
	struct errors errors = ERRORS_NONE;
	struct config *config;
	struct input input;

	input_init(&input, data, size);
	config = config_load(input.path, &sets, profile_dirs, &errors);
	input_check(config == NULL, &errors);
	if (config)
		config_free(config);
	input_release(&input);
	return 0;
}
