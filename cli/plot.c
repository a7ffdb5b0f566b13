/* SPDX-License-Identifier: GPL-2.0-only */
/* kmemsim plot: pictures of runs, through gnuplot. */

#include "results/plots/plot.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/metric_names.h"
#include "cli/simulate.h"
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
"       kmemsim plot RUN.db… --what KIND -o -\n"
"       kmemsim plot RUN.db… --what all -o FOLDER\n"
"       kmemsim plot DIR --what sweep [--x AXIS] [--metric NAME]… -o FILE\n"
"       kmemsim plot --what list\n"
"\n"
"Draws a picture of one run, or of several over each other or one below the\n"
"other. A database may hold several runs; JOINED.db#2 is one of them. DIR is\n"
"what `kmemsim sweep -o DIR` left.\n"
"\n"
"      --what KIND       map, fragmentation, free-memory, watermarks,\n"
"                          failures, latency…: `--what list` says what each\n"
"                          shows; `all`: all that the runs have something\n"
"                          for, as SVG\n"
"  -o, --output FILE     its suffix says the format; -: in the terminal\n"
"      --at SAMPLE       only this sample: its label, or the last one by a\n"
"                          time such as 10ms\n"
"      --zone ZONE       only this zone, e.g. Normal\n"
"      --node N          only this node\n"
"      --orders LIST     only these orders, e.g. 0,3,9\n"
"      --x AXIS          of a sweep: what to draw along (default: the first\n"
"                          axis that varies, of numbers if there is one)\n"
"      --metric NAME     of a sweep: what to draw, a panel each; may be given\n"
"                          again and again. `kmemsim compare --fail-if list`\n"
"                          has their names\n"
"      --only AXIS=VALUE of a sweep: these points only; may be given again,\n"
"                          also for another value of the same axis\n"
"      --script FILE.gp  a gnuplot script instead of the kind's own: copy one\n"
"                          from results/plots/ and change it\n"
"\n"
"Examples:\n"
"  kmemsim plot nic-rx.db --what map -o nic-rx.svg\n"
"  kmemsim plot swept --what sweep --metric failures -o failures.svg\n",
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

static int list_kinds(void)
{
	size_t i;

	for (i = 0; i < nr_plot_kinds; i++)
		printf("%-20s %s\n", plot_kinds[i].name, plot_kinds[i].shows);
	return EXIT_FINE;
}

/* The terminal's own size and colours; plain 80 x 24 for a pipe. */
static void measure_terminal(struct plot_options *options)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ||
	    size.ws_col < 40 || size.ws_row < 12)
		return;
	options->columns = size.ws_col;
	options->lines = size.ws_row - 1u;
	options->colours = true;
}

static int draw_in_terminal(struct plot_options *options, struct errors *errors)
{
	struct text picture = TEXT_EMPTY;
	int result;

	measure_terminal(options);
	result = plot_to_text(options, &picture, errors);
	if (!result &&
	    (fwrite(picture.s, 1, picture.length, stdout) != picture.length ||
	     fflush(stdout)))
		result = error_host(errors, "standard output");
	text_release(&picture);
	return result;
}

/* FOLDER/KIND.svg, of each kind that there is something to draw of. */
static int draw_one_of_all(struct plot_options options, const char *folder,
			   const struct plot_kind *kind, struct errors *errors)
{
	struct text path = TEXT_EMPTY;
	int has, result;

	/* Of one sample, there is no picture of the whole run. */
	if (options.at && kind->no_samples)
		return 0;
	has = plot_has_data(&options, kind, errors);
	if (has <= 0)
		return has;
	text_add(&path, "%s/%s.svg", folder, kind->name);
	if (path.failed)
		return error_host(errors, "%s", folder);
	options.kind = kind->name;
	options.output = path.s;
	result = plot_draw(&options, errors);
	text_release(&path);
	return result;
}

static int draw_all(const struct plot_options *options, struct errors *errors)
{
	size_t i;

	for (i = 0; i < nr_plot_kinds; i++)
		if (draw_one_of_all(*options, options->output, &plot_kinds[i],
				    errors))
			return -1;
	return 0;
}

static int draw(struct plot_options *options)
{
	bool all = !strcmp(options->kind, "all");
	struct errors errors = ERRORS_NONE;
	int status = EXIT_FINE;
	int result = -1;

	if (!all && plot_check(options, &errors) < 0) {
		fail_with(&errors);
		return EXIT_USAGE;
	}
	if (all && make_folder(options->output))
		return EXIT_FAILED;
	signals_catch();
	options->script_dirs = (const char *const *)data_dirs("results/plots");
	if (!options->script_dirs)
		error_host(&errors, "no memory for the scripts' folders");
	else if (all)
		result = draw_all(options, &errors);
	else if (!strcmp(options->output, "-"))
		result = draw_in_terminal(options, &errors);
	else
		result = plot_draw(options, &errors);
	if (result)
		status = fail_or_end(&errors);
	data_dirs_free((char **)options->script_dirs);
	return status;
}

/* What the words come to; 0, or the exit status. */
static int read_options(struct plot_options *options, const char *node,
			const char *orders)
{
	uint64_t number;

	if (!options->nr_databases || !options->kind || !options->output)
		return usage_error(&plot_verb,
				   "databases, --what and -o are needed");
	if (!strcmp(options->kind, "all") &&
	    (options->script || !strcmp(options->output, "-")))
		return usage_error(&plot_verb,
				   "--what all draws into a folder, each "
				   "picture by its own script");
	if (node) {
		if (!parse_u64(node, strlen(node), &number) ||
		    number >= MAX_NODES)
			return usage_error(&plot_verb,
					   "--node: \"%s\" is not a node's "
					   "number, 0 to %d",
					   node, MAX_NODES - 1);
		options->node = (int)number;
	}
	if (orders && !read_orders(orders, &options->orders))
		return usage_error(&plot_verb,
				   "--orders: \"%s\" is not a list of orders, "
				   "0 to %d, such as 0,3,9",
				   orders, MAX_ORDERS - 1);
	return 0;
}

static int plot_main(int argc, char **argv)
{
	struct plot_options options = { .node = -1 };
	struct words operands = { .nr = 0 };
	struct metric_names metrics = { .parsed = NULL };
	struct words only = { .nr = 0 };
	const char *node = NULL;
	const char *orders = NULL;
	const struct option_spec specs[] = {
		{ "--what", 0, "a kind of picture", .text = &options.kind },
		{ "--output", 'o', "a file", .text = &options.output },
		{ "--at", 0, "a sample's label or time", .text = &options.at },
		{ "--zone", 0, "a zone's name", .text = &options.zone },
		{ "--node", 0, "a node's number", .text = &node },
		{ "--orders", 0, "orders, e.g. 0,3,9", .text = &orders },
		{ "--x", 0, "an axis of a sweep", .text = &options.x },
		{ "--metric", 0, "a metric", .words = &metrics.given },
		{ "--only", 0, "AXIS=VALUE", .words = &only },
		{ "--script", 0, "a file", .text = &options.script },
		{ .name = NULL },
	};
	int status = options_parse(&plot_verb, specs, argc, argv, &operands);

	options.databases = operands.word;
	options.nr_databases = operands.nr;
	options.interrupted = &interrupted;
	options.only = only.word;
	options.nr_only = only.nr;
	if (!status && options.kind && !strcmp(options.kind, "list")) {
		status = list_kinds();
	} else if (!status) {
		status = metric_names_read(&metrics);
		options.metrics = metrics.metric;
		options.nr_metrics = metrics.given.nr;
		if (!status)
			status = read_options(&options, node, orders);
		if (!status)
			status = draw(&options);
	}
	metric_names_release(&metrics);
	words_release(&only);
	words_release(&operands);
	return status < 0 ? EXIT_FINE : status;
}
