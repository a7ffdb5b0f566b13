/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings that watermarks are computed from, where a config gives the marks
 * itself, as imports of machines and of logs do: they change nothing there, and
 * whoever compares would take that for a result.
 */

#include <string.h>

#include "cli/simulate.h"
#include "sim/base/numbers.h"

static bool marks_are_given(const struct machine_desc *machine)
{
	for (size_t n = 0; n < machine->nr_nodes; n++)
		for (size_t z = 0; z < machine->nodes[n].nr_zones; z++)
			if (!machine->nodes[n].zones[z].has_watermarks)
				return false;
	return true;
}

bool is_idle_setting(const struct config *config, const char *path,
		     size_t length)
{
	static const char *const of_marks[] = {
		"sysctl.min_free_kbytes",
		"sysctl.watermark_scale_factor",
	};

	for (size_t k = 0; k < LENGTH(of_marks); k++)
		if (strlen(of_marks[k]) == length &&
		    !strncmp(path, of_marks[k], length))
			return marks_are_given(&config->machine);
	return false;
}

void note_idle_sets(const struct config *config, const char *const *sets,
		    size_t nr, const char *path)
{
	for (size_t i = 0; i < nr; i++) {
		size_t length = strcspn(sets[i], "=");

		if (is_idle_setting(config, sets[i], length))
			fprintf(stderr,
				"note: --set %.*s changes no watermark: %s "
				"gives those of all zones; --set "
				"'nodes.*.zones.*.watermarks=auto' has them "
				"computed\n",
				(int)length, sets[i], path);
	}
}
