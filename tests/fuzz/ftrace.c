// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can any trace at all break the import from ftrace? And is what it writes,
 * whatever it was given, a workload that the reader takes?
 */

#include "tests/fuzz/import_format.h"

#include "workloads/import/ftrace.h"

static void import(const char *path, enum import_level level,
		   bool model_reclaim)
{
	const struct import_options options = {
		.name = "fuzz", .model_reclaim = model_reclaim
	};
	struct import_report report = { .lines = 0 };
	struct errors errors = ERRORS_NONE;
	size_t length;
	char *text;
	FILE *out = open_memstream(&text, &length);
	int refused;

	BUG_ON(!out);
	refused = import_ftrace(path, level, out, &options, &report, &errors);
	fclose(out);
	if (!refused)
		check_workload(text, length);
	input_check(refused != 0, &errors);
	import_report_release(&report);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input;

	if (trace_dat_is_one((const char *)data, size))
		return 0; /* its library is not ours to test */
	input_init(&input, data, size);
	import(input.path, IMPORT_PAGES, false);
	import(input.path, IMPORT_PAGES, true);
	import(input.path, IMPORT_CALLS, false);
	input_release(&input);
	return 0;
}
