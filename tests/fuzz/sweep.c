/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a sweep: there are errors, or points, each with a name that a
 * file can have and a value on each axis.
 */

#include "tests/fuzz/input.h"

#include <string.h>

#include "configs/sweep.h"

#define POINTS_LOOKED_AT 1000

static void look_at(const struct sweep *sweep)
{
	struct config_put put[SWEEP_AXES_MAX];
	struct sweep_point point;

	for (size_t n = 0; n < sweep->nr_points && n < POINTS_LOOKED_AT; n++) {
		struct text name = TEXT_EMPTY;

		sweep_point(sweep, n, &point);
		sweep_is_excluded(sweep, &point);
		sweep_point_name(sweep, &point, &name);
		BUG_ON(!name.s || strchr(name.s, '/'));
		BUG_ON(sweep_puts(sweep, &point, put) > sweep->nr_axes);
		text_release(&name);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errors errors = ERRORS_NONE;
	struct input input;
	struct sweep *sweep;

	input_init(&input, data, size);
	sweep = sweep_load(input.path, &errors);
	BUG_ON(!sweep && !errors.nr);
	if (sweep)
		look_at(sweep);
	sweep_free(sweep);
	errors_release(&errors);
	input_release(&input);
	return 0;
}
