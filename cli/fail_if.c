/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads --fail-if EXPRESSION, which may be given again and again. */

#include "cli/fail_if.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"

static bool asks_for_list(const struct words *given)
{
	for (size_t i = 0; i < given->nr; i++)
		if (strcmp(given->word[i], "list") == 0)
			return true;
	return false;
}

static void print_list(void)
{
	struct text text = TEXT_EMPTY;

	metric_list(&text);
	print_text(&text);
	text_release(&text);
}

int fail_if_read(struct fail_if *fail_if)
{
	const struct words *given = &fail_if->given;
	struct errors errors = ERRORS_NONE;

	if (asks_for_list(given)) {
		print_list();
		return -1;
	}
	fail_if->thresholds =
		host_alloc(given->nr + 1, sizeof(*fail_if->thresholds));
	if (!fail_if->thresholds) {
		error_host(&errors, "no memory for thresholds");
		return fail_with(&errors);
	}
	for (size_t i = 0; i < given->nr; i++)
		threshold_parse(&fail_if->thresholds[i], given->word[i], i + 1,
				&errors);
	if (!errors.nr)
		return 0;
	fail_with(&errors);
	return EXIT_USAGE;
}

void fail_if_release(struct fail_if *fail_if)
{
	free(fail_if->thresholds);
	words_release(&fail_if->given);
	*fail_if = (struct fail_if){ .thresholds = NULL };
}
