/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a threshold: it means something, or there is one error, within
 * the expression. What was read can be judged.
 */

#include "results/compare/thresholds.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/bug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errors errors = ERRORS_NONE;
	struct threshold threshold;
	char *text = strndup((const char *)data, size);
	double measured, by;
	int result;

	BUG_ON(!text);
	result = threshold_parse(&threshold, text, 1, &errors);
	BUG_ON((result != 0) != (errors.nr == 1));
	if (result) {
		BUG_ON(!errors.place[0].column);
		BUG_ON(errors.place[0].column > strlen(text) + 1);
	} else {
		BUG_ON(strlen(threshold.metric) >= THRESHOLD_NAME_MAX);
		threshold_is_crossed(&threshold, 1, 2, &measured, &by);
	}
	errors_release(&errors);
	free(text);
	return 0;
}
