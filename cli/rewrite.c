/* SPDX-License-Identifier: GPL-2.0-only */
/* A workload from one form into another. */

#include "cli/rewrite.h"

#include <errno.h>
#include <stdlib.h>

#include "sim/base/safe_file.h"
#include "workloads/workload.h"

#define BATCH 256

void rewrite_begin(struct rewrite *rewrite, struct source *source,
		   struct progress *progress)
{
	*rewrite = (struct rewrite){
		.source = source,
		.progress = progress,
		.batch = malloc(BATCH * sizeof(*rewrite->batch)),
	};
}

long rewrite_read(struct rewrite *rewrite, const struct call **calls,
		  struct errors *errors)
{
	struct source *source = rewrite->source;
	long nr;

	if (!rewrite->batch)
		return error_host(errors, "no memory to read a workload");
	nr = source_read(source, rewrite->batch, BATCH, errors);
	*calls = rewrite->batch;
	if (nr <= 0)
		return nr;
	rewrite->nr += (uint64_t)nr;
	progress_print(rewrite->progress, rewrite->nr,
		       rewrite->batch[nr - 1].t_ns,
		       source->ops->progress(source));
	return nr;
}

void rewrite_end(struct rewrite *rewrite)
{
	free(rewrite->batch);
}

static int write_file(const struct verb *verb, rewrite_fn *write,
		      struct source *source, const char *output,
		      struct errors *errors)
{
	struct progress progress;
	struct safe_file out;
	int status;

	if (safe_file_open(&out, output, errors) < 0)
		return -1;
	progress_start(&progress, verb->name);
	status = write(source, out.file, &progress, errors);
	progress_end(&progress);
	if (status == 0)
		return safe_file_commit(&out, errors);
	safe_file_discard(&out);
	return -1;
}

static int rewrite(const struct verb *verb, rewrite_fn *write,
		   const char *input, const char *output)
{
	struct errors errors = ERRORS_NONE;
	struct names *names = names_new();
	struct source *source = NULL;
	int status = -1;

	errno = 0;
	if (!names)
		error_host(&errors, "no memory for names");
	else
		source = workload_open(input, names, &errors);
	if (source) {
		status = write_file(verb, write, source, output, &errors);
		source_close(source);
	}
	if (names)
		names_free(names);
	if (status < 0) {
		bool missing = workload_needs_missing_feature(&errors);

		status = fail_with(&errors);
		return missing ? EXIT_USAGE : status;
	}
	return EXIT_FINE;
}

int rewrite_main(const struct verb *verb, rewrite_fn *write, int argc,
		 char **argv)
{
	struct words files = { .nr = 0 };
	const char *output = NULL;
	const struct option_spec specs[] = {
		{ "--output", 'o', "a file", .text = &output },
		{ .name = NULL },
	};
	int status = options_parse(verb, specs, argc, argv, &files);

	if (!status && files.nr != 1)
		status = usage_error(verb, "one workload is needed");
	else if (!status && !output)
		status = usage_error(verb, "where to? -o is needed");
	else if (!status && same_file(files.word[0], output))
		status = usage_error(verb,
				     "%s would be written over what is read "
				     "from it",
				     output);
	if (!status)
		status = rewrite(verb, write, files.word[0], output);
	words_release(&files);
	return status < 0 ? EXIT_FINE : status;
}
