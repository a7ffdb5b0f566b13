/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One run, from the words of the command line to a database and a summary.
 *
 * Inputs are checked before anything is written: what the options say, the
 * config, the head of the workload. Errors further down a workload are found
 * on the way, and then the database that was begun is taken away again.
 */

#include "cli/simulate.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/lint.h"
#include "results/text/outlet.h"
#include "results/summary/run_data.h"
#include "workloads/workload.h"

/* When a line of progress first appears, and how often. */
#define PROGRESS_FIRST_S 1.0
#define PROGRESS_EVERY_S 0.2

volatile int interrupted;

/* While it is set, a signal is repeated each second. */
static volatile sig_atomic_t repeats;

static void on_alarm(int number)
{
	(void)number;
	if (repeats)
		alarm(1);
}

static void on_signal(int number)
{
	interrupted = 1;
	on_alarm(number);
}

void signals_catch(void)
{
	struct sigaction action = { .sa_handler = on_signal,
				    /* A second one kills. */
				    .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int fail_or_end(struct errors *errors)
{
	if (!interrupted)
		return fail_with(errors);
	errors_release(errors);
	return EXIT_INTERRUPTED;
}

volatile int reader_gone;

static void on_broken_pipe(int number)
{
	(void)number;
	reader_gone = 1;
}

/* A handler, for to ignore it would be passed on to gnuplot. */
void broken_pipe_catch(void)
{
	struct sigaction action = { .sa_handler = on_broken_pipe,
				    .sa_flags = SA_RESTART };

	sigaction(SIGPIPE, &action, NULL);
}

void signals_repeat(bool on)
{
	struct sigaction action = { .sa_handler = on_alarm };

	if (on)
		sigaction(SIGALRM, &action, NULL);
	repeats = on;
	if (!on)
		alarm(0);
	else if (interrupted)
		alarm(1);
}

double wall_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

void progress_start(struct progress *progress, const char *what)
{
	progress->what = what;
	progress->shown = false;
	progress->next = wall_clock() + PROGRESS_FIRST_S;
}

void progress_print(void *argument, uint64_t ops, uint64_t sim_ns,
		    int thousandths)
{
	struct progress *progress = argument;
	double now = wall_clock();

	if (now < progress->next || !isatty(STDERR_FILENO))
		return;
	progress->next = now + PROGRESS_EVERY_S;
	progress->shown = true;
	fprintf(stderr, "\r\033[K%s: ", progress->what);
	if (thousandths >= 0)
		fprintf(stderr, "%d %%, ", thousandths / 10);
	fprintf(stderr, "%llu operations, %.3f s simulated",
		(unsigned long long)ops, sim_ns * 1e-9);
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
}

struct config *load_config_with(const char *path, const struct config_set *set,
				struct errors *errors)
{
	char **dirs = data_dirs("configs");
	struct errors found = ERRORS_NONE;
	struct config *config;

	if (!dirs) {
		error_host(errors, "no memory for the profiles' folders");
		return NULL;
	}
	config = config_load(path, set, (const char *const *)dirs, &found);
	data_dirs_free(dirs);
	/* What is set of many zones is wrong in all of them, and told once. */
	errors_merge(errors, &found);
	return config;
}

struct config *load_config(const char *path, const char *const *sets,
			   size_t nr_sets, struct errors *errors)
{
	const struct config_set set = { .words = sets, .nr = nr_sets };

	return load_config_with(path, &set, errors);
}

/* Everything that a run holds, so that it is let go in one place. */
struct run {
	const struct verb *verb;
	const struct simulation *words;
	struct engine_options options;
	enum log_ops log_ops;
	struct config *config;
	struct names *names;
	struct source *source;
	struct recorder *recorder;
	struct progress progress;
	char sha256[SHA256_TEXT_MAX];
	bool cut_short; /* the timeline, by a signal */
	struct errors errors;
};

/* Prints the run's errors, or hands them over; the exit status. */
static int fail(struct run *run)
{
	int status = exit_status_of(&run->errors);

	if (!run->words->errors)
		return fail_with(&run->errors);
	errors_merge(run->words->errors, &run->errors);
	return status;
}

static int wrong_value(const struct run *run, const char *option,
		       const char *value, const char *allowed)
{
	return usage_error(run->verb, "%s: \"%s\" is not %s", option, value,
			   allowed);
}

static int read_log_ops(struct run *run)
{
	const char *word = run->words->log_ops;

	if (!word) {
		/* What a call asked for and got is half of its story. */
		run->log_ops = run->words->timeline ? LOG_OPS_ALL :
						      LOG_OPS_NONE;
		return 0;
	}
	for (int i = 0; i < NR_LOG_OPS; i++) {
		if (strcmp(word, log_ops_names[i]) == 0) {
			run->log_ops = (enum log_ops)i;
			return 0;
		}
	}
	return wrong_value(run, "--log-ops", word, "none, failures or all");
}

static int read_time(const struct run *run, const char *option,
		     const char *word, uint64_t *ns)
{
	if (!word || (parse_time(word, strlen(word), ns) && *ns))
		return 0;
	return wrong_value(run, option, word, TIME_UNITS ", above 0");
}

static int read_options(struct run *run)
{
	const struct simulation *words = run->words;
	struct engine_options *options = &run->options;

	if (words->seed &&
	    !parse_u64(words->seed, strlen(words->seed), &options->seed))
		return wrong_value(run, "--seed", words->seed,
				   "a number from 0 to 2^64 - 1");
	if (words->bad_frees && strcmp(words->bad_frees, "count") == 0)
		options->count_bad_frees = true;
	else if (words->bad_frees && strcmp(words->bad_frees, "refuse") != 0)
		return wrong_value(run, "--bad-frees", words->bad_frees,
				   "refuse or count");
	if (read_log_ops(run) ||
	    read_time(run, "--until", words->until, &options->until_ns))
		return EXIT_USAGE;
	options->check = words->check;
	options->wall_clock = wall_clock;
	options->interrupted = &interrupted;
	options->progress = words->progress;
	options->progress_argument = words->progress_argument;
	if (!words->quiet) {
		options->progress = progress_print;
		options->progress_argument = &run->progress;
	}
	return 0;
}

/* A database names what its run read. */
static struct source *open_workload(struct run *run)
{
	const struct simulation *words = run->words;

	if (!words->output || strcmp(words->workload, "-") == 0)
		return workload_open(words->workload, run->names, &run->errors);
	return workload_open_summed(words->workload, run->names, words->facts,
				    run->sha256, &run->errors);
}

/* A bare number is ns: nothing happens in so few, but for many samples. */
static void note_bare_time(const struct run *run, const char *option,
			   const char *word)
{
	if (word && !run->words->quiet &&
	    strspn(word, "0123456789") == strlen(word))
		fprintf(stderr,
			"note: %s %s: without a unit these are ns; %sus, %sms "
			"and %ss are longer\n",
			option, word, word, word, word);
}

static int read_inputs(struct run *run)
{
	const struct simulation *words = run->words;
	const struct config_set set = {
		.words = words->sets,
		.nr = words->nr_sets,
		.puts = words->puts,
		.nr_puts = words->nr_puts,
	};
	bool to_stdin = strcmp(words->config, "-") == 0;

	if (to_stdin && strcmp(words->workload, "-") == 0)
		return usage_error(run->verb, "the config and the workload "
					      "can't both come from stdin");
	run->config = load_config_with(words->config, &set, &run->errors);
	run->names = names_new();
	if (!run->names)
		error_host(&run->errors, "no memory for names");
	else
		run->source = open_workload(run);
	if (!run->config || !run->source)
		return interrupted ? EXIT_INTERRUPTED : fail(run);
	run->options.sample_every_ns = run->config->sample_every_ns;
	if (read_time(run, "--sample-every", words->sample_every,
		      &run->options.sample_every_ns))
		return EXIT_USAGE;
	if (!words->quiet)
		note_idle_sets(run->config, words->sets, words->nr_sets,
			       words->config);
	note_bare_time(run, "--sample-every", words->sample_every);
	note_bare_time(run, "--until", words->until);
	return 0;
}

static int open_recorder(struct run *run)
{
	const struct simulation *words = run->words;
	struct recorder_options options = {
		.path = words->output,
		.log_ops = run->log_ops,
		.timeline = words->timeline,
		.config_name = run->config->name,
		.config_text = run->config->text,
		.config_path = strcmp(words->config, "-") ? words->config :
							    NULL,
		.workload_name = run->source->name,
		.workload_path = words->workload,
		.workload_sha256 = *run->sha256 ? run->sha256 : NULL,
		.version = KMEMSIM_VERSION,
		.seed = run->options.seed,
		.until_ns = run->options.until_ns,
	};

	if (words->output && !*words->output)
		return usage_error(run->verb, "the database's name is empty");
	if (words->output && recorder_check_path(words->output, &run->errors) ==
				     OUTPUT_REFUSED) {
		fail(run);
		return EXIT_USAGE;
	}
	run->recorder = recorder_new(&options, &run->errors);
	return run->recorder ? 0 : fail(run);
}

/* A timeline is long, and who has seen enough of it presses Ctrl-C. */
static bool print_part(void *argument, struct text *out)
{
	struct run *run = argument;

	if (!interrupted)
		print_text(out);
	run->cut_short |= interrupted;
	return !interrupted;
}

static void note_cut_short(const struct run *run)
{
	clearerr(stdout); /* of what was being written */
	if (run->words->output)
		fprintf(stderr,
			"note: the timeline was cut short: `kmemsim show %s "
			"timeline` has all of it\n",
			run->words->output);
}

static int print_summary(struct run *run)
{
	const struct outlet outlet = { print_part, run };
	struct text text = TEXT_EMPTY;

	if (recorder_summary(run->recorder,
			     run->words->json ? SUMMARY_JSON : SUMMARY_TEXT,
			     &outlet, &text, &run->errors) < 0) {
		text_release(&text);
		return fail(run);
	}
	if (run->cut_short)
		note_cut_short(run);
	fputs(text.s, stdout);
	text_release(&text);
	return run->cut_short ? EXIT_INTERRUPTED : 0;
}

static void print_gfp_notes(const struct run *run)
{
	struct errors notes = ERRORS_NONE;

	lint_gfp_names(run->source, kernel_range_of(run->config->profile),
		       &notes);
	errors_print(&notes, stderr);
	errors_release(&notes);
}

static int take_data(struct run *run)
{
	struct run_data *data = run->words->data;

	if (recorder_run_data(run->recorder, data, &run->errors) == 0)
		return 0;
	/* Half of it is as good as none. */
	run_data_release(data);
	return fail(run);
}

static int go(struct run *run)
{
	struct sink *sinks[] = { recorder_sink(run->recorder) };
	struct run_totals totals;
	enum engine_result result;
	int status = 0;

	progress_start(&run->progress, run->source->name);
	result = engine_run(&run->config->machine, run->source, sinks, 1,
			    &run->options, &totals, &run->errors);
	if (!run->words->quiet)
		signals_repeat(false);
	progress_end(&run->progress);
	if (result != ENGINE_DONE)
		return fail(run);
	if (!run->words->quiet) {
		print_gfp_notes(run);
		status = print_summary(run);
	}
	if (!status && totals.status == RUN_INTERRUPTED)
		return EXIT_INTERRUPTED;
	return status || !run->words->data ? status : take_data(run);
}

int simulate(const struct verb *verb, const struct simulation *simulation)
{
	struct run run = { .verb = verb, .words = simulation };
	int status = read_options(&run);

	/* Else others run beside this one. */
	if (!simulation->quiet)
		signals_repeat(true);
	if (!status)
		status = read_inputs(&run);
	if (!status)
		status = open_recorder(&run);
	if (!status)
		status = go(&run);
	recorder_free(run.recorder);
	if (run.source)
		source_close(run.source);
	if (run.names)
		names_free(run.names);
	if (run.config)
		config_free(run.config);
	errors_release(&run.errors);
	return status;
}
