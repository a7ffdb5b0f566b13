/* SPDX-License-Identifier: GPL-2.0-only */
/* A workload from one form into another. */

#include "cli/rewrite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	/* Whatever is there by then is not all of it. */
	if (interrupted)
		return -1;
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

int rewrite_as_yaml(struct source *source, struct workload_writer *writer,
		    struct progress *progress, struct errors *errors)
{
	const struct call *calls;
	struct rewrite rewrite;
	long nr;
	int end;

	rewrite_begin(&rewrite, source, progress);
	while ((nr = rewrite_read(&rewrite, &calls, errors)) > 0)
		for (long i = 0; i < nr; i++)
			workload_write_call(writer, &calls[i]);
	rewrite_end(&rewrite);
	end = workload_write_end(writer, NULL, errors);
	return nr < 0 ? -1 : end;
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

static int rewrite(const struct verb *verb, rewrite_fn *write, uint64_t seed,
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
		source->seed = seed;
		source->interrupted = &interrupted;
		status = write_file(verb, write, source, output, &errors);
		source_close(source);
	}
	if (names)
		names_free(names);
	if (status == 0)
		return EXIT_FINE;
	if (!interrupted)
		return fail_with(&errors);
	errors_release(&errors);
	return EXIT_INTERRUPTED;
}

static int check_words(const struct verb *verb, const struct words *files,
		       const char *output, const char *seed_word,
		       uint64_t *seed)
{
	if (files->nr != 1)
		return usage_error(verb, "one workload is needed");
	if (!output)
		return usage_error(verb, "where to? -o is needed");
	if (same_file(files->word[0], output))
		return usage_error(verb,
				   "%s would be written over what is read "
				   "from it",
				   output);
	if (seed_word && !parse_u64(seed_word, strlen(seed_word), seed))
		return usage_error(verb,
				   "--seed: \"%s\" is not a number from 0 to "
				   "2^64 - 1",
				   seed_word);
	return 0;
}

int rewrite_main(const struct verb *verb, rewrite_fn *write, bool draws,
		 int argc, char **argv)
{
	struct words files = { .nr = 0 };
	const char *output = NULL, *seed_word = NULL;
	const struct option_spec end = { .name = NULL };
	const struct option_spec specs[] = {
		{ "--output", 'o', "a file", .text = &output },
		draws ? (struct option_spec){ "--seed", 0, "a number",
					      .text = &seed_word } :
			end,
		end,
	};
	int status = options_parse(verb, specs, argc, argv, &files);
	uint64_t seed = 0;

	if (!status)
		status = check_words(verb, &files, output, seed_word, &seed);
	signals_catch();
	if (!status)
		status = rewrite(verb, write, seed, files.word[0], output);
	words_release(&files);
	return status < 0 ? EXIT_FINE : status;
}
