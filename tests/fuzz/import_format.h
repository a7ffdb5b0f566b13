/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_FUZZ_IMPORT_FORMAT_H
#define KMEMSIM_FUZZ_IMPORT_FORMAT_H

/*
 * Can any file at all break an import? And is what it writes, whatever it was
 * given, a workload that the reader takes? The config is not looked into: that
 * the machine in a file can't be one, the config's reader is there to say.
 */

#include "tests/fuzz/input.h"

#include <stdlib.h>
#include <string.h>

#include "workloads/import/format.h"
#include "workloads/import/trace_dat.h"
#include "workloads/workload.h"

#define BATCH 64

/* Aborts unless the whole text is a valid workload. */
static inline void check_workload(const char *text, size_t length)
{
	struct errors errors = ERRORS_NONE;
	struct names *names = names_new();
	struct call batch[BATCH];
	struct source *source;
	struct input input;
	long nr = -1;

	BUG_ON(!names);
	input_init(&input, (const uint8_t *)text, length);
	source = workload_open(input.path, names, &errors);
	if (source) {
		do
			nr = source_read(source, batch, BATCH, &errors);
		while (nr > 0);
		source_close(source);
	}
	if (nr < 0) {
		errors_print(&errors, stderr);
		fwrite(text, 1, length, stderr);
		BUG("the import wrote what the reader refuses");
	}
	errors_release(&errors);
	names_free(names);
	input_release(&input);
}

static inline const struct import_format *find_format(const char *name)
{
	for (size_t i = 0; i < nr_import_formats; i++)
		if (strcmp(import_formats[i]->name, name) == 0)
			return import_formats[i];
	BUG("there is no such format");
}

/* `files`: what is behind the input. */
static inline void import_input(const char *format, const uint8_t *data,
				size_t size, const char *behind)
{
	struct errors errors = ERRORS_NONE;
	struct text report = TEXT_EMPTY;
	size_t workload_length, config_length;
	char *workload, *config;
	struct input input;
	const char *files[2] = { input.path, behind };
	struct import_job job = {
		.files = files,
		.nr_files = behind ? 2 : 1,
		.nth = 1,
		.config_path = "/dev/null",
		.workload = open_memstream(&workload, &workload_length),
		.config = open_memstream(&config, &config_length),
		.report = &report,
		.errors = &errors,
	};
	int refused;

	BUG_ON(!job.workload || !job.config);
	/* What is in a trace.dat, a library reads that is not ours to test. */
	if (trace_dat_is_one((const char *)data, size))
		size = 0;
	input_init(&input, data, size);
	refused = find_format(format)->import(&job);
	import_job_discard(&job);
	fclose(job.workload);
	fclose(job.config);
	if (!refused && workload_length)
		check_workload(workload, workload_length);
	input_check(refused != 0, &errors);
	text_release(&report);
	input_release(&input);
	free(workload);
	free(config);
}

#endif
