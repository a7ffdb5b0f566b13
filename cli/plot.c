/* SPDX-License-Identifier: GPL-2.0-only */
/* kmemsim plot: pictures of runs, through gnuplot. */

#include "results/plot.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "models/types.h"
#include "sim/base/text.h"

static int plot_main(int argc, char **argv);

const struct verb plot_verb = {
	.name = "plot",
	.does = "pictures of runs, through gnuplot",
	.run = plot_main,
	/* clang-format off */
	.help =
"Usage: kmemsim plot RUN.db… --what KIND -o FILE.{svg,png,pdf} [OPTION…]\n"
"\n"
"Draws a picture of one run, or of several over each other.\n"
"\n"
"      --what KIND       fragmentation: how much free memory is unusable,\n"
"                          over time, by order\n"
"                        extfrag: why allocations would fail, over time, by\n"
"                          order (the kernel's fragmentation index)\n"
"                        free-blocks: free blocks of each order over time\n"
"                        free-memory: free memory stacked by the order of its\n"
"                          blocks, over time\n"
"  -o, --output FILE     its suffix says the format\n"
"      --zone ZONE       only this zone, e.g. Normal\n"
"      --node N          only this node\n"
"      --orders LIST     only these orders, e.g. 0,3,9\n"
"      --script FILE.gp  a gnuplot script instead of the kind's own: copy one\n"
"                        from results/plots/ and change it\n"
"\n"
"Example:\n"
"  kmemsim plot nic-rx.db --what fragmentation -o nic-rx.svg\n",
	/* clang-format on */
};

/* "0,3,9" as bits. */
static bool read_orders(const char *list, unsigned int *orders)
{
	while (*list) {
		size_t length = strcspn(list, ",");
		uint64_t order;

		if (!parse_u64(list, length, &order) || order >= MAX_ORDERS)
			return false;
		*orders |= 1u << order;
		list += length + (list[length] == ',');
	}
	return *orders;
}

static int draw(struct plot_options *options)
{
	struct errors errors = ERRORS_NONE;
	int status = EXIT_FINE;

	if (plot_check(options, &errors) < 0) {
		fail_with(&errors);
		return EXIT_USAGE;
	}
	options->script_dirs = (const char *const *)data_dirs("results/plots");
	if (!options->script_dirs)
		error_host(&errors, "no memory for the scripts' folders");
	if (!options->script_dirs || plot_draw(options, &errors) < 0)
		status = fail_with(&errors);
	data_dirs_free((char **)options->script_dirs);
	return status;
}

static int plot_main(int argc, char **argv)
{
	struct plot_options options = { .node = -1 };
	struct words operands = { .nr = 0 };
	const char *node = NULL;
	const char *orders = NULL;
	uint64_t number;
	const struct option_spec specs[] = {
		{ "--what", 0, "a kind of picture", .text = &options.kind },
		{ "--output", 'o', "a file", .text = &options.output },
		{ "--zone", 0, "a zone's name", .text = &options.zone },
		{ "--node", 0, "a node's number", .text = &node },
		{ "--orders", 0, "orders, e.g. 0,3,9", .text = &orders },
		{ "--script", 0, "a file", .text = &options.script },
		{ .name = NULL },
	};
	int status = options_parse(&plot_verb, specs, argc, argv, &operands);

	if (!status && (!operands.nr || !options.kind || !options.output))
		status = usage_error(&plot_verb,
				     "databases, --what and -o are needed");
	if (!status && node) {
		if (!parse_u64(node, strlen(node), &number) ||
		    number >= MAX_NODES)
			status = usage_error(&plot_verb,
					     "--node: '%s' is not a node's "
					     "number, 0 to %d",
					     node, MAX_NODES - 1);
		else
			options.node = (int)number;
	}
	if (!status && orders && !read_orders(orders, &options.orders))
		status = usage_error(&plot_verb,
				     "--orders: '%s' is not a list of orders, "
				     "0 to %d, such as 0,3,9",
				     orders, MAX_ORDERS - 1);
	if (!status) {
		options.databases = operands.word;
		options.nr_databases = operands.nr;
		status = draw(&options);
	}
	words_release(&operands);
	return status < 0 ? EXIT_FINE : status;
}
