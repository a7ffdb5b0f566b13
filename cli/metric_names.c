/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads --metric NAME, which may be given again and again. */

#include "cli/metric_names.h"

#include <stdlib.h>

#include "sim/base/host.h"

int metric_names_read(struct metric_names *names)
{
	size_t nr = names->given.nr;
	struct errors errors = ERRORS_NONE;

	names->parsed = host_alloc(nr, sizeof(*names->parsed));
	names->metric = host_alloc(nr, sizeof(*names->metric));
	if (!names->parsed || !names->metric) {
		error_host(&errors, "no memory for the metrics");
		return fail_with(&errors);
	}
	for (size_t i = 0; i < nr; i++) {
		struct threshold *parsed = &names->parsed[i];

		metric_name_parse(parsed, "--metric", names->given.word[i],
				  i + 1, &errors);
		names->metric[i] =
			(struct named_metric){ parsed->family, parsed->metric };
	}
	if (!errors.nr)
		return 0;
	fail_with(&errors);
	return EXIT_USAGE;
}

void metric_names_release(struct metric_names *names)
{
	free(names->parsed);
	free(names->metric);
	words_release(&names->given);
	*names = (struct metric_names){ .parsed = NULL };
}
