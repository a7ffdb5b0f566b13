/* SPDX-License-Identifier: GPL-2.0-only */
/* kmemsim generate: what a workload's generators do, as events. */

#include <stdlib.h>

#include "cli/cli.h"
#include "cli/rewrite.h"

static int generate_main(int argc, char **argv);

const struct verb generate_verb = {
	.name = "generate",
	.does = "writes out what a workload's generators do",
	.run = generate_main,
	/* clang-format off */
	.help =
"Usage: kmemsim generate SPEC.yaml -o WORKLOAD.yaml [--seed N]\n"
"\n"
"Writes a workload with generators (docs/generators.md) as one of events\n"
"alone, one a line: what a run with that seed would do. Running either gives\n"
"the same digest. '-' is stdin or stdout.\n"
"\n"
"  -o, --output FILE   what is written\n"
"      --seed N        what generators draw by, as in `run` (default: 0)\n"
"\n"
"Example:\n"
"  kmemsim generate server.yaml --seed 7 -o server-7.yaml\n"
"  kmemsim run -c machine.yaml -w server-7.yaml --seed 7\n",
	/* clang-format on */
};

static int generate(struct source *source, FILE *to, struct progress *progress,
		    struct errors *errors)
{
	struct workload_writer *writer = malloc(sizeof(*writer));
	struct text comment = TEXT_EMPTY;
	int result;

	if (!writer)
		return error_host(errors, "no memory to write a workload");
	text_add(&comment, "Generated from %s with --seed %llu.", source->file,
		 (unsigned long long)source->seed);
	workload_write_begin(writer, to, source->names, source->name,
			     comment.s);
	text_release(&comment);
	workload_write_traced(writer, &source->traced);
	result = rewrite_as_yaml(source, writer, progress, errors);
	free(writer);
	return result;
}

static int generate_main(int argc, char **argv)
{
	return rewrite_main(&generate_verb, generate, true, argc, argv);
}
