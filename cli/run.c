/* SPDX-License-Identifier: GPL-2.0-only */
/* kmemsim run: one workload on one config. */

#include "cli/cli.h"
#include "cli/shipped.h"
#include "cli/simulate.h"

static int run_main(int argc, char **argv);

const struct verb run_verb = {
	.name = "run",
	.does = "one workload on one config, into a database",
	.run = run_main,
	/* clang-format off */
	.help =
"Usage: kmemsim run -c CONFIG -w WORKLOAD [-o RUN.db] [OPTION…]\n"
"\n"
"Runs a workload on a config, writes what came out to a SQLite database and\n"
"prints a summary with the run's digest. '-' is stdin. The summary also says\n"
"which rules of the kernel were broken, why calls were skipped, and when a\n"
"load is more than its CPUs can do.\n"
"\n"
"  -c, --config CONFIG      the machine: a file, or a name that `kmemsim list\n"
"                           configs` prints\n"
"  -w, --workload WORKLOAD  what happens on it: the same, of `kmemsim list\n"
"                           workloads`\n"
"  -o, --output RUN.db      the database; without it, only the summary\n"
"      --log-ops WHICH      operations to log: none (default), failures, all\n"
"      --timeline           records who ran when, on which CPU, who slept and\n"
"                           who woke whom, and prints it; logs all operations\n"
"                           unless --log-ops says otherwise\n"
"      --seed N             for all that is drawn (default 0)\n"
"      --set PATH=VALUE     changes the config, e.g. slab.allocator=slub;\n"
"                           may be given again and again\n"
"      --until TIME         stops at this simulated time, e.g. 10ms; calls\n"
"                           whose turn has not come count as skipped\n"
"      --sample-every TIME  reads the state so often\n"
"      --bad-frees WHAT     freeing what is not live: refuse (default: the\n"
"                           workload is invalid), count (a violation)\n"
"      --check              the models recount themselves on the way\n"
"      --json               the summary as JSON\n"
"\n"
"Exit status: 0 fine, 1 failed, 2 wrong usage, 3 invalid input,\n"
"130 interrupted (the database is kept, and says so). An allocation that\n"
"fails in the simulation is a result, not an error.\n"
"\n"
"Example:\n"
"  kmemsim run -c machine.yaml -w nic-rx.yaml -o nic-rx.db --log-ops all\n",
	/* clang-format on */
};

static int run_main(int argc, char **argv)
{
	struct simulation simulation = { .config = NULL };
	struct words sets = { .nr = 0 };
	struct words operands = { .nr = 0 };
	const struct option_spec specs[] = {
		{ "--config", 'c', "a file", .shipped = &shipped_configs,
		  .text = &simulation.config },
		{ "--workload", 'w', "a file", .shipped = &shipped_workloads,
		  .text = &simulation.workload },
		{ "--output", 'o', "a file", .text = &simulation.output },
		{ "--log-ops", 0, "none, failures or all",
		  .text = &simulation.log_ops },
		{ "--timeline", 0, .flag = &simulation.timeline },
		{ "--seed", 0, "a number", .text = &simulation.seed },
		{ "--set", 0, "PATH=VALUE", .words = &sets },
		{ "--until", 0, "a time", .text = &simulation.until },
		{ "--sample-every", 0, "a time",
		  .text = &simulation.sample_every },
		{ "--bad-frees", 0, "refuse or count",
		  .text = &simulation.bad_frees },
		{ "--check", 0, .flag = &simulation.check },
		{ "--json", 0, .flag = &simulation.json },
		{ .name = NULL },
	};
	int status = options_parse(&run_verb, specs, argc, argv, &operands);

	if (!status && operands.nr)
		status = usage_error(&run_verb,
				     "\"%s\" is no option's value: -c takes a "
				     "config, and -w a workload",
				     operands.word[0]);
	if (!status && (!simulation.config || !simulation.workload))
		status = usage_error(&run_verb, "a config (-c) and a workload "
						"(-w) are needed");
	if (!status) {
		simulation.sets = sets.word;
		simulation.nr_sets = sets.nr;
		signals_catch();
		status = simulate(&run_verb, &simulation);
	}
	words_release(&sets);
	words_release(&operands);
	return status < 0 ? EXIT_FINE : status;
}
