/* SPDX-License-Identifier: GPL-2.0-only */
/* kmemsim pack: a workload in a few bytes an event, to be read fast. */

#include "cli/cli.h"
#include "cli/rewrite.h"
#include "workloads/packed/packed.h"

static int pack_main(int argc, char **argv);

const struct verb pack_verb = {
	.name = "pack",
	.does = "the compact binary form of a workload",
	.run = pack_main,
	/* clang-format off */
	.help =
"Usage: kmemsim pack WORKLOAD -o WORKLOAD.kmt\n"
"\n"
"Writes a workload in its packed form: some 7 bytes an event, checksums over\n"
"all of it, read a hundred times faster than YAML. Every verb that takes a\n"
"workload takes either form. What goes wrong with an event is told with the\n"
"line of the file that it was packed from. '-' is stdin or stdout.\n"
"\n"
"What a workload's generators do is packed as events.\n"
"\n"
"  -o, --output FILE   what is written\n"
"      --seed N        what generators draw by (default: 0)\n"
"\n"
"Example:\n"
"  kmemsim pack nic-rx.yaml -o nic-rx.kmt\n"
"  kmemsim run -c machine.yaml -w nic-rx.kmt\n",
	/* clang-format on */
};

static int pack(struct source *source, FILE *to, struct progress *progress,
		struct errors *errors)
{
	const char *from = source->from ? source->from : source->file;
	struct packed_writer *writer = packed_write_begin(
		to, source->names, source->name, from, &source->traced, errors);
	const struct call *calls;
	struct rewrite rewrite;
	long nr = -1;

	if (!writer)
		return -1;
	rewrite_begin(&rewrite, source, progress);
	while ((nr = rewrite_read(&rewrite, &calls, errors)) > 0)
		if (packed_write_calls(writer, calls, (size_t)nr, errors) < 0)
			break;
	if (nr == 0)
		nr = packed_write_end(writer, errors);
	else
		nr = -1;
	rewrite_end(&rewrite);
	packed_writer_free(writer);
	return (int)nr;
}

static int pack_main(int argc, char **argv)
{
	return rewrite_main(&pack_verb, pack, true, argc, argv);
}
