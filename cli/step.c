/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim step: a run, one call at a time, forwards and backwards.
 */

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/shipped.h"
#include "cli/simulate.h"
#include "cli/step_terminal.h"
#include "results/step/quiz.h"
#include "workloads/workload.h"
#include "workloads/yaml/writer.h"

static int step_main(int argc, char **argv);

const struct verb step_verb = {
	.name = "step",
	.does = "one call at a time, forwards and backwards, drawn",
	.run = step_main,
	/* clang-format off */
	.help =
"Usage: kmemsim step -c CONFIG -w WORKLOAD [OPTION…]\n"
"       kmemsim step -c CONFIG -w WORKLOAD --at STEP --print [OPTION…]\n"
"\n"
"Runs a workload on a config call by call, in the terminal: shows free lists,\n"
"watermarks, a CPU's lists, pageblocks and slabs, marks what changed, and\n"
"says in words what the last call did. Needs 80 columns and 24 rows.\n"
"\n"
"Keys: space or → on, ← back, PgDn and PgUp ten steps, f next failure, / to a\n"
"step or a time, Home and End, z zone, o order, c cache, h help, q quit.\n"
"\n"
"  -c, --config CONFIG      the machine: a file, or a name that `kmemsim list\n"
"                           configs` prints\n"
"  -w, --workload WORKLOAD  what happens on it: the same, of `kmemsim list\n"
"                           workloads`\n"
"      --quiz               asks where the next page comes from, keeps score\n"
"      --at STEP            begins there: a step's number, or a time (1.5ms):\n"
"                           the first step then or later; or end\n"
"      --print              prints the screen of that step, and ends; with\n"
"                           --quiz, the question before the next one\n"
"      --size WxH           columns and rows to print (default 80x24)\n"
"      --zone NAME          shows that zone (DMA32, Normal, …), not the one\n"
"                           touched last\n"
"      --order N            shows the lists of that order, not the call's\n"
"      --seed N             for all that is drawn (default 0)\n"
"      --set PATH=VALUE     changes the config; may be given again and again\n"
"      --bad-frees WHAT     freeing what is not live: refuse (default), count\n"
"\n"
"A step is the effect of one call, which is there when the call begins, and\n"
"has the call's number, as in op_log and in `kmemsim explain`; it\n"
"comes to what `kmemsim run` comes to, and its digest is shown at the end. To\n"
"go back, the run begins anew: a million calls take one or two seconds.\n"
"\n"
"Example:\n"
"  kmemsim step -c machine.yaml -w ring.yaml\n",
	/* clang-format on */
};

/* The command line's words. */
struct step_words {
	struct simulation simulation;
	const char *at;
	const char *size;
	const char *zone;
	const char *order;
	bool print;
	bool quiz;
};

/* Where to begin. */
struct place_to_go {
	uint64_t step;
	uint64_t t_ns; /* 0: by step */
	bool at_end;
};

static int read_at(const char *word, struct place_to_go *place)
{
	size_t length = word ? strlen(word) : 0;

	place->at_end = word && !strcmp(word, "end");
	if (!word || place->at_end || parse_u64(word, length, &place->step) ||
	    (parse_time(word, length, &place->t_ns) && place->t_ns))
		return 0;
	return usage_error(
		&step_verb,
		"--at: \"%s\" is neither a step's number, nor a time, "
		"nor \"end\"",
		word);
}

static int read_size(const char *word, struct step_view *view)
{
	char rest;

	if (!word)
		return 0;
	if (sscanf(word, "%dx%d%c", &view->width, &view->height, &rest) == 2 &&
	    view->width >= STEP_WIDTH_MIN && view->width <= STEP_WIDTH_MAX &&
	    view->height >= STEP_HEIGHT_MIN && view->height <= STEP_HEIGHT_MAX)
		return 0;
	return usage_error(&step_verb, "--size: \"%s\" is not %dx%d to %dx%d",
			   word, STEP_WIDTH_MIN, STEP_HEIGHT_MIN,
			   STEP_WIDTH_MAX, STEP_HEIGHT_MAX);
}

static int read_order(const char *word, const struct machine_desc *machine,
		      struct step_view *view)
{
	uint64_t order;

	if (!word)
		return 0;
	if (!parse_u64(word, strlen(word), &order) ||
	    order >= machine->nr_orders)
		return usage_error(&step_verb,
				   "--order: \"%s\" is not an order of this "
				   "machine, 0 to %u",
				   word, machine->nr_orders - 1);
	view->order = (int)order;
	return 0;
}

static int read_run(const struct step_words *words, struct stepper_run *run)
{
	const char *seed = words->simulation.seed;
	const char *bad_frees = words->simulation.bad_frees;

	if (seed && !parse_u64(seed, strlen(seed), &run->options.seed))
		return usage_error(&step_verb,
				   "--seed: \"%s\" is not a number from 0 to "
				   "2^64 - 1",
				   seed);
	run->options.count_bad_frees = bad_frees && !strcmp(bad_frees, "count");
	if (bad_frees && !run->options.count_bad_frees &&
	    strcmp(bad_frees, "refuse") != 0)
		return usage_error(&step_verb,
				   "--bad-frees: \"%s\" is not refuse or count",
				   bad_frees);
	return 0;
}

static bool has_zone(const struct machine_desc *machine, int type)
{
	for (size_t n = 0; n < machine->nr_nodes; n++)
		for (size_t i = 0; i < machine->nodes[n].nr_zones; i++)
			if ((int)machine->nodes[n].zones[i].type == type)
				return true;
	return false;
}

/* By its type: of the first node that has one. */
static int find_zone(const char *word, const struct machine_desc *machine,
		     struct step_view *view)
{
	const char *names[NR_ZONE_TYPES];
	struct text choices = TEXT_EMPTY;
	size_t nr = 0;
	int status;

	if (!word)
		return 0;
	for (int type = 0; type < NR_ZONE_TYPES; type++) {
		if (!has_zone(machine, type))
			continue;
		names[nr++] = zone_type_names[type];
		if (!strcmp(word, zone_type_names[type])) {
			view->zone_type = type;
			return 0;
		}
	}
	text_add_choices(&choices, names, nr);
	status = usage_error(&step_verb, "--zone: \"%s\" is not %s", word,
			     choices.s ? choices.s : "");
	text_release(&choices);
	return status;
}

/* ---- printing ------------------------------------------------------------ */

static enum stepper_result go_to_place(struct stepper *stepper,
				       const struct place_to_go *place,
				       struct errors *errors)
{
	if (place->at_end)
		return stepper_go(stepper, &(struct step_goal){ .step = 0 },
				  errors);
	if (!place->t_ns)
		return stepper_go_to_call(stepper, place->step, errors);
	return stepper_go(stepper, &(struct step_goal){ .t_ns = place->t_ns },
			  errors);
}

static int print_screen(const struct step *step, const struct step_view *view)
{
	struct errors errors = ERRORS_NONE;
	struct text out = TEXT_EMPTY;
	struct cells cells;
	int status = 0;

	if (cells_init(&cells, view->width, view->height, view->ascii,
		       &errors) ||
	    step_draw(step, view, &cells, &errors))
		status = fail_with(&errors);
	else
		cells_print(&cells, &out);
	print_text(&out);
	text_release(&out);
	cells_release(&cells);
	return status;
}

/* For the stepper: Ctrl-C stops it. */
static bool is_interrupted(void *argument, uint64_t step)
{
	(void)argument;
	(void)step;
	return interrupted;
}

static int print_step(const struct step_words *words, struct stepper_run *run,
		      struct step_view *view, const struct place_to_go *place)
{
	struct errors errors = ERRORS_NONE;
	struct stepper *stepper;
	const struct step *step;
	enum stepper_result result = STEPPER_WRONG;
	int status = 0;

	run->waiting = is_interrupted;
	stepper = stepper_new(run, &errors);
	if (stepper)
		result = go_to_place(stepper, place, &errors);
	if (result != STEPPER_WRONG && words->quiz)
		result = stepper_go(stepper,
				    &(struct step_goal){ .asks = step_asks },
				    &errors);
	if (result == STEPPER_WRONG || interrupted) {
		stepper_free(stepper);
		return interrupted ? EXIT_INTERRUPTED : fail_with(&errors);
	}
	step = stepper_now(stepper);
	if (place->step && step->over)
		status = usage_error(&step_verb,
				     "--at: the run has %llu steps, no step "
				     "%llu",
				     (unsigned long long)step_call_number(step),
				     (unsigned long long)place->step);
	if (!status)
		status = print_screen(step, view);
	stepper_free(stepper);
	return status;
}

/* ---- both ways ----------------------------------------------------------- */

static struct source *open_workload(void *path, struct names *names,
				    struct errors *errors)
{
	return workload_open(path, names, errors);
}

static int interact(const struct step_words *words, struct stepper_run *run,
		    struct step_view *view, const struct place_to_go *place)
{
	struct step_session session = {
		.run = run,
		.view = view,
		.at = place->step,
		.at_ns = place->t_ns,
		.at_end = place->at_end,
		.quiz = words->quiz,
	};
	struct errors errors = ERRORS_NONE;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return usage_error(&step_verb,
				   "there is no terminal: --at STEP "
				   "--print prints a screen");
	if (step_in_terminal(&session, &errors))
		return fail_with(&errors);
	if (session.asked)
		printf("%u of %u answer%s %s right.\n", session.right,
		       session.asked, plural(session.asked),
		       session.right == 1 ? "was" : "were");
	return session.interrupted ? EXIT_INTERRUPTED : EXIT_FINE;
}

/* The last part of a path, without .yaml. */
static void name_of(const char *path, char *name, size_t size)
{
	const char *slash = strrchr(path, '/');
	char *dot;

	snprintf(name, size, "%s", slash ? slash + 1 : path);
	dot = strrchr(name, '.');
	if (dot && dot > name)
		*dot = '\0';
}

static int step_through(const struct step_words *words)
{
	const struct simulation *simulation = &words->simulation;
	struct step_view view = {
		.width = STEP_WIDTH_MIN,
		.height = STEP_HEIGHT_MIN,
		.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
		.zone = -1,
		.zone_type = -1,
		.order = -1,
		.cache = -1,
		.add_event = text_add_event,
	};
	struct stepper_run run = { .open = open_workload };
	struct errors errors = ERRORS_NONE;
	struct place_to_go place = { .step = 0 };
	char workload[64];
	struct config *config;
	int status = read_at(words->at, &place);

	if (!status)
		status = read_size(words->size, &view);
	if (!status)
		status = read_run(words, &run);
	if (status)
		return status;
	config = load_config(simulation->config, simulation->sets,
			     simulation->nr_sets, &errors);
	if (!config)
		return fail_with(&errors);
	status = find_zone(words->zone, &config->machine, &view);
	if (!status)
		status = read_order(words->order, &config->machine, &view);
	run.machine = &config->machine;
	run.argument = (void *)simulation->workload;
	name_of(simulation->workload, workload, sizeof workload);
	view.workload = workload;
	view.config = config->name;
	if (!status)
		status = words->print ? print_step(words, &run, &view, &place) :
					interact(words, &run, &view, &place);
	config_free(config);
	return status;
}

static int step_main(int argc, char **argv)
{
	struct step_words step = { .at = NULL };
	struct words sets = { .nr = 0 }, operands = { .nr = 0 };
	struct simulation *simulation = &step.simulation;
	const struct option_spec specs[] = {
		{ "--config", 'c', "a file", .shipped = &shipped_configs,
		  .text = &simulation->config },
		{ "--workload", 'w', "a file", .shipped = &shipped_workloads,
		  .text = &simulation->workload },
		{ "--quiz", 0, .flag = &step.quiz },
		{ "--at", 0, "a step or a time", .text = &step.at },
		{ "--print", 0, .flag = &step.print },
		{ "--size", 0, "WxH", .text = &step.size },
		{ "--zone", 0, "a zone's name", .text = &step.zone },
		{ "--order", 0, "a number", .text = &step.order },
		{ "--seed", 0, "a number", .text = &simulation->seed },
		{ "--set", 0, "PATH=VALUE", .words = &sets },
		{ "--bad-frees", 0, "refuse or count",
		  .text = &simulation->bad_frees },
		{ .name = NULL },
	};
	int status = options_parse(&step_verb, specs, argc, argv, &operands);

	if (!status && operands.nr)
		status = usage_error(&step_verb,
				     "\"%s\" is no option's value: -c takes a "
				     "config, and -w a workload",
				     operands.word[0]);
	if (!status && (!simulation->config || !simulation->workload))
		status = usage_error(&step_verb, "a config (-c) and a workload "
						 "(-w) are needed");
	if (!status && !strcmp(simulation->workload, "-"))
		status = usage_error(&step_verb, "the workload is read again "
						 "and again: it must be a "
						 "file");
	if (!status) {
		simulation->sets = sets.word;
		simulation->nr_sets = sets.nr;
		setlocale(LC_CTYPE, "");
		signals_catch();
		status = step_through(&step);
	}
	words_release(&sets);
	words_release(&operands);
	return status < 0 ? EXIT_FINE : status;
}
