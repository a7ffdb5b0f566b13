/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim explain: why an allocation failed, and what would have helped.
 *
 * The database has the config's text and where the workload was; both are
 * read again here, as often as the run is done again.
 */

#include "results/explain/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/shipped.h"
#include "cli/simulate.h"
#include "sim/base/host.h"
#include "workloads/file_sha256.h"
#include "workloads/workload.h"

#define SECONDS_DEFAULT 20

static int explain_main(int argc, char **argv);

const struct verb explain_verb = {
	.name = "explain",
	.does = "why an allocation failed, and what would have helped",
	.run = explain_main,
	/* clang-format off */
	.help =
"Usage: kmemsim explain RUN.db [--failure N] [OPTION…]\n"
"       kmemsim explain RUN.db --failure list [--json]\n"
"\n"
"Tells of an allocation that failed: the walk over the zones, with the\n"
"watermarks and reserves in numbers, the free blocks and what was tried; who\n"
"holds the pages; what would have let it succeed; what the simulated kernel's\n"
"log says. Of a call that was recorded as failed and is granted here it tells\n"
"from where, and why. A database may hold several runs; JOINED.db#2 is one.\n"
"\n"
"It does the run again for that: up to the failure to look at it, and then\n"
"with one thing changed (flags, order, context, vmalloc, min_free_kbytes,\n"
"memory) to see what becomes of the call. The workload must be what it was;\n"
"so must the files that the config names.\n"
"\n"
"      --failure N          the run's N-th failure (default: 1, the first)\n"
"      --failure list       which there are: number, seq, time, operation,\n"
"                           order or size, context, reason, flags\n"
"      --seq S              that of operation S, as in op_log\n"
"  -w, --workload WORKLOAD  where the workload is now (default: beside the\n"
"                           database, or where it was)\n"
"  -c, --config CONFIG      where the config is now: only its folder counts,\n"
"                           for files that it names\n"
"      --seconds S          begin no trial after so many seconds (default:\n"
"                           20; 0: try nothing)\n"
"      --json               the same as JSON\n"
"\n"
"Exit status: 0 fine, also where nothing failed; 1 the run does not come out\n"
"as it did; 2 wrong usage; 3 invalid input; 130 interrupted.\n"
"\n"
"Examples:\n"
"  kmemsim explain nic.db\n"
"  kmemsim explain nic.db --failure list\n"
"  kmemsim explain nic.db --failure 3 --seconds 60\n",
	/* clang-format on */
};

/* The words of the command line. */
struct explain_words {
	const char *failure;
	const char *seq;
	const char *workload;
	const char *config;
	const char *seconds;
	bool json;
};

/* Where re-runs get their inputs from. */
struct inputs {
	const struct explain_run *run;
	const char *workload;
	const char *config; /* whose folder counts */
};

static struct source *open_source(void *argument, struct names *names,
				  struct errors *errors)
{
	const struct inputs *inputs = argument;

	return workload_open(inputs->workload, names, errors);
}

static void *open_machine(void *argument, const char *const *sets,
			  size_t nr_sets, const struct machine_desc **machine,
			  struct errors *errors)
{
	const struct inputs *inputs = argument;
	struct config_set set = { .words = sets, .nr = nr_sets };
	char **dirs = data_dirs("configs");
	struct config *config;

	if (!dirs) {
		error_host(errors, "no memory for the profiles' folders");
		return NULL;
	}
	config = config_load_text(inputs->run->config, inputs->config, &set,
				  (const char *const *)dirs, errors);
	data_dirs_free(dirs);
	if (config)
		*machine = &config->machine;
	return config;
}

static void close_machine(void *argument, void *handle)
{
	(void)argument;
	config_free(handle);
}

static int read_number(const char *option, const char *word, uint64_t least,
		       uint64_t *number)
{
	if (!word ||
	    (parse_u64(word, strlen(word), number) && *number >= least))
		return 0;
	return usage_error(&explain_verb,
			   "%s: \"%s\" is not a number from %d on", option,
			   word, (int)least);
}

static int read_words(const struct explain_words *words,
		      struct explain_options *options)
{
	uint64_t seconds = SECONDS_DEFAULT;
	int status;

	options->number = words->seq ? 0 : 1;
	options->json = words->json;
	if (words->failure && words->seq)
		return usage_error(&explain_verb,
				   "--failure and --seq both say which");
	options->list = words->failure && strcmp(words->failure, "list") == 0;
	status = read_number("--seq", words->seq, 1, &options->seq);
	if (!status && !options->list && words->failure &&
	    (!parse_u64(words->failure, strlen(words->failure),
			&options->number) ||
	     !options->number))
		status = usage_error(
			&explain_verb,
			"--failure: \"%s\" is neither a number from "
			"1 on nor \"list\"",
			words->failure);
	if (!status)
		status = read_number("--seconds", words->seconds, 0, &seconds);
	options->seconds = (double)seconds;
	return status;
}

static bool is_what_it_was(const struct explain_run *run, const char *path)
{
	char sha256[SHA256_TEXT_MAX];

	return access(path, R_OK) == 0 &&
	       (!*run->workload_sha256 ||
		(!file_sha256(path, sha256) &&
		 strcmp(sha256, run->workload_sha256) == 0));
}

/*
 * The run's workload as it was: beside the database, whose folder may have been
 * moved as a whole; else where it was. The text is the caller's.
 */
static void find_workload(const struct explain_run *run, const char *database,
			  struct text *path)
{
	const char *was = run->workload_path;
	const char *slash = strrchr(database, '/');
	const char *name = strrchr(was, '/');
	int folder = slash ? (int)(slash - database) + 1 : 0;
	const char *const beside[] = { *was == '/' ? NULL : was,
				       name ? name + 1 : was };

	for (size_t i = 0; i < 2 && *was && strcmp(was, "-") != 0; i++) {
		path->length = 0;
		if (!beside[i])
			continue;
		text_add(path, "%.*s%s", folder, database, beside[i]);
		if (!path->failed && is_what_it_was(run, path->s))
			return;
	}
	path->length = 0;
	text_add(path, "%s", was);
}

/* Is the workload there, and what it was? */
static int check_workload(const struct explain_run *run, const char *path,
			  struct errors *errors)
{
	char sha256[SHA256_TEXT_MAX];

	if (strcmp(path, "-") == 0 || !*path) {
		errno = 0;
		error_host(errors, "the run read its workload from stdin: "
				   "--workload FILE says where it is");
		return fail_with(errors);
	}
	if (access(path, R_OK) != 0) {
		error_host(errors,
			   "%s, the run's workload (--workload FILE says where "
			   "it is now)",
			   path);
		return fail_with(errors);
	}
	if (!*run->workload_sha256 || file_sha256(path, sha256) ||
	    strcmp(sha256, run->workload_sha256) == 0)
		return 0;
	errno = 0;
	error_host(errors,
		   "%s has changed since the run: its SHA-256 is %s, it was %s",
		   path, sha256, run->workload_sha256);
	return fail_with(errors);
}

static int exit_of(enum explain_result result, struct errors *errors)
{
	switch (result) {
	case EXPLAIN_DONE:
		return EXIT_FINE;
	case EXPLAIN_NO_SUCH:
		fail_with(errors);
		return EXIT_USAGE;
	case EXPLAIN_INTERRUPTED:
		return EXIT_INTERRUPTED;
	case EXPLAIN_INVALID:
	case EXPLAIN_FAILED:
		break;
	}
	return fail_with(errors);
}

static struct inputs inputs_of(const struct explain_words *words,
			       const struct explain_run *run,
			       const char *workload)
{
	return (struct inputs){
		.run = run,
		.workload = workload,
		.config = words->config	    ? words->config :
			  *run->config_path ? run->config_path :
					      run->config_name,
	};
}

/* Appends to `out`; the exit status, errors told. */
static int explain_with(struct inputs *inputs,
			const struct explain_options *wanted, struct text *out,
			struct errors *errors)
{
	const struct explain_inputs callbacks = {
		.argument = inputs,
		.open_source = open_source,
		.open_machine = open_machine,
		.close_machine = close_machine,
		.clock = wall_clock,
	};
	struct explain_options options = *wanted;
	struct progress progress;
	enum explain_result result;

	options.run = inputs->run;
	options.inputs = &callbacks;
	options.workload = inputs->workload;
	options.threads = (unsigned int)host_cpus();
	options.interrupted = &interrupted;
	options.progress = progress_print;
	options.progress_argument = &progress;
	signals_catch();
	progress_start(&progress, "explain");
	result = explain(&options, out, errors);
	progress_end(&progress);
	return exit_of(result, errors);
}

static int explain_file(const char *path, const struct explain_words *words,
			struct text *out)
{
	struct explain_options options = { .database = path };
	struct errors errors = ERRORS_NONE;
	struct text workload = TEXT_EMPTY;
	struct explain_run run;
	struct inputs inputs;
	int status = read_words(words, &options);

	if (status)
		return status;
	if (explain_run_load(&run, path, &errors)) {
		status = fail_with(&errors);
	} else {
		if (words->workload)
			text_add(&workload, "%s", words->workload);
		else
			find_workload(&run, path, &workload);
		inputs = inputs_of(words, &run, workload.s ? workload.s : "");
		status = check_workload(&run, inputs.workload, &errors);
		if (!status)
			status = explain_with(&inputs, &options, out, &errors);
	}
	explain_run_release(&run);
	text_release(&workload);
	errors_release(&errors);
	return status;
}

int explain_first(const char *database, const char *workload, struct text *out)
{
	const struct explain_words words = { .workload = workload };

	return explain_file(database, &words, out);
}

static int explain_main(int argc, char **argv)
{
	struct text out = TEXT_EMPTY;
	struct explain_words words = { .json = false };
	struct words operands = { .nr = 0 };
	const struct option_spec specs[] = {
		{ "--failure", 0, "a number or \"list\"",
		  .text = &words.failure },
		{ "--seq", 0, "a number", .text = &words.seq },
		{ "--workload", 'w', "a file", .shipped = &shipped_workloads,
		  .text = &words.workload },
		{ "--config", 'c', "a file", .shipped = &shipped_configs,
		  .text = &words.config },
		{ "--seconds", 0, "a number", .text = &words.seconds },
		{ "--json", 0, .flag = &words.json },
		{ .name = NULL },
	};
	int status = options_parse(&explain_verb, specs, argc, argv, &operands);

	if (!status && operands.nr != 1)
		status = usage_error(&explain_verb,
				     "the database of one run is needed");
	if (!status)
		status = explain_file(operands.word[0], &words, &out);
	if (!status && out.s)
		fputs(out.s, stdout);
	text_release(&out);
	words_release(&operands);
	return status < 0 ? EXIT_FINE : status;
}
