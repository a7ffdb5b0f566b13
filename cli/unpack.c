/* SPDX-License-Identifier: GPL-2.0-only */
/* kmemsim unpack: the readable form of a packed workload. */

#include <stdlib.h>

#include "cli/cli.h"
#include "cli/rewrite.h"

static int unpack_main(int argc, char **argv);

const struct verb unpack_verb = {
	.name = "unpack",
	.does = "the readable form of a packed workload",
	.run = unpack_main,
	/* clang-format off */
	.help =
"Usage: kmemsim unpack WORKLOAD.kmt -o WORKLOAD.yaml\n"
"\n"
"Writes a packed workload in YAML, one event a line: the very same calls,\n"
"each on the line of the file that it was packed from, where there is room.\n"
"Packing that again gives the same bytes. '-' is stdin or stdout.\n"
"\n"
"  -o, --output FILE   what is written\n"
"\n"
"Example:\n"
"  kmemsim unpack nic-rx.kmt -o nic-rx.yaml\n",
	/* clang-format on */
};

static int unpack(struct source *source, FILE *to, struct progress *progress,
		  struct errors *errors)
{
	const char *from = source->from ? source->from : source->file;
	struct workload_writer *writer = malloc(sizeof(*writer));
	int result;

	if (!writer)
		return error_host(errors, "no memory to write a workload");
	workload_write_begin_in_place(writer, to, source->names, source->name,
				      from);
	workload_write_traced(writer, &source->traced);
	result = rewrite_as_yaml(source, writer, progress, errors);
	free(writer);
	return result;
}

static int unpack_main(int argc, char **argv)
{
	return rewrite_main(&unpack_verb, unpack, false, argc, argv);
}
