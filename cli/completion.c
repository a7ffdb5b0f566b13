/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim completion: what may come next on a command line. The scripts for
 * the shells only ask this program, which knows its verbs and options:
 *
 *	kmemsim plot run.db --what fr<Tab>
 *	  shell --> kmemsim completion words plot run.db --what fr
 *	        <-- fragmentation, free-blocks, free-memory
 *
 * The options of a verb are those that its help shows: the lines that begin
 * with a blank and a dash.
 */

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/shipped.h"
#include "results/database/export.h"
#include "results/compare/metric_families.h"
#include "results/plots/plot.h"
#include "results/record/recorder.h"
#include "results/show/show.h"

#include "embedded/completion.bash.h"
#include "embedded/completion.fish.h"
#include "embedded/completion.zsh.h"

static int completion_main(int argc, char **argv);

const struct verb completion_verb = {
	.name = "completion",
	.does = "completes command lines in bash, zsh or fish",
	.run = completion_main,
	/* clang-format off */
	.help =
"Usage: kmemsim completion bash|zsh|fish\n"
"       kmemsim completion words WORD…\n"
"\n"
"Prints a script that has the shell complete verbs, options, names and files.\n"
"`make install` puts each where its shell looks for it.\n"
"\n"
"words: prints what the last WORD of a command line may become, a candidate a\n"
"line; a line `:files` stands for any file. This is what the scripts ask.\n"
"\n"
"Example, for the running bash:\n"
"  source <(kmemsim completion bash)\n",
	/* clang-format on */
};

static const struct {
	const char *name;
	const char *script;
} shells[] = {
	{ "bash", embedded_completion_bash },
	{ "zsh", embedded_completion_zsh },
	{ "fish", embedded_completion_fish },
};
#define NR_SHELLS (sizeof shells / sizeof *shells)

#define FILES ":files"

static void offer(const char *candidate, const char *begun)
{
	if (!strncmp(candidate, begun, strlen(begun)))
		puts(candidate);
}

static void offer_all(const char *const *names, size_t nr, const char *begun)
{
	for (size_t i = 0; i < nr; i++)
		offer(names[i], begun);
}

/* ---- options ------------------------------------------------------------- */

#define OPTIONS_MAX 64 /* of a verb */

/* An option as its verb's help shows it. */
struct shown_option {
	char name[32];
	char value[32]; /* "FILE", "N"; "": it takes none */
};

/*
 * The next option at *at, in a line such as `  -o, --output FILE  text`; moves
 * *at behind it. false: the line has no more.
 */
static bool next_option(const char **at, struct shown_option *option)
{
	size_t length;

	*at += strspn(*at, ", ");
	if (**at != '-')
		return false;
	length = strcspn(*at, " ,[=\n");
	snprintf(option->name, sizeof option->name, "%.*s", (int)length, *at);
	*at += length;
	/* A word behind a single blank is its value; two begin the text. */
	*option->value = '\0';
	if ((*at)[0] == ' ' && (*at)[1] != ' ' && (*at)[1] != '-') {
		length = strcspn(*at + 1, " ,\n");
		snprintf(option->value, sizeof option->value, "%.*s",
			 (int)length, *at + 1);
		*at += 1 + length;
	}
	if (**at != ',')
		*at += strlen(*at);
	return true;
}

/*
 * The options of a line, at most `most`; how many. `-o, --output FILE`: what
 * the last one takes, those before it take as well.
 */
static size_t options_of_line(const char *line, struct shown_option *option,
			      size_t most)
{
	char own[128];
	const char *at = own;
	size_t nr = 0;

	if (*line != ' ')
		return 0;
	snprintf(own, sizeof own, "%.*s", (int)strcspn(line, "\n"), line);
	while (nr < most && next_option(&at, &option[nr]))
		nr++;
	for (size_t i = nr; i-- > 1;)
		if (!*option[i - 1].value)
			memcpy(option[i - 1].value, option[i].value,
			       sizeof option[i].value);
	return nr;
}

static bool is_named(const struct shown_option *option, size_t nr,
		     const char *name)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(option[i].name, name))
			return true;
	return false;
}

/* Calls `take` for each option, once each, until it returns true. */
static bool each_option(const struct verb *verb,
			bool (*take)(const struct shown_option *option,
				     const char *word),
			const char *word)
{
	struct shown_option option[OPTIONS_MAX];
	const char *line = verb->help;
	size_t nr = 0;

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t more =
			options_of_line(line, &option[nr], OPTIONS_MAX - nr);

		for (size_t end = nr + more, i = nr; i < end; i++) {
			struct shown_option shown = option[i];

			if (is_named(option, nr, shown.name))
				continue;
			option[nr++] = shown;
			if (take(&shown, word))
				return true;
		}
	}
	return false;
}

static bool offer_option(const struct shown_option *option, const char *begun)
{
	if (!strncmp(option->name, "--", 2))
		offer(option->name, begun);
	return false;
}

static bool is_with_value(const struct shown_option *option, const char *word)
{
	return *option->value && !strcmp(option->name, word);
}

/* What its help calls by these names may be a file that is shipped… */
static bool is_with_config(const struct shown_option *option, const char *word)
{
	return !strcmp(option->value, "CONFIG") && is_with_value(option, word);
}

static bool is_with_workload(const struct shown_option *option,
			     const char *word)
{
	return !strcmp(option->value, "WORKLOAD") &&
	       is_with_value(option, word);
}

/* …and by these it is a file or a folder. */
static bool is_with_file(const struct shown_option *option, const char *word)
{
	static const char *const files[] = { "FILE", "DIR", "CONFIG",
					     "WORKLOAD", "RUN.db" };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (!strncmp(option->value, files[i], strlen(files[i])))
			return is_with_value(option, word);
	return false;
}

/* ---- values and operands ------------------------------------------------- */

static void offer_plots(const char *begun)
{
	for (size_t i = 0; i < nr_plot_kinds; i++)
		offer(plot_kinds[i].name, begun);
}

static void offer_log_ops(const char *begun)
{
	offer_all(log_ops_names, NR_LOG_OPS, begun);
}

static void offer_formats(const char *begun)
{
	offer_all(export_format_names, NR_EXPORT_FORMATS, begun);
}

static void offer_levels(const char *begun)
{
	offer("pages", begun);
	offer("calls", begun);
}

static void offer_zones(const char *begun)
{
	offer_all(zone_type_names, NR_ZONE_TYPES, begun);
}

static void offer_table(const char *name, void *begun)
{
	offer(name, begun);
}

static void offer_tables(const char *begun)
{
	struct errors errors = ERRORS_NONE;

	offer("list", begun);
	export_each_table(offer_table, (void *)begun, &errors);
	errors_release(&errors);
}

static void offer_queries(const char *begun)
{
	offer("list", begun);
	shipped_offer(&shipped_queries, begun);
	puts(FILES);
}

static void offer_inputs(const char *begun)
{
	shipped_offer(&shipped_inputs, begun);
	puts(FILES);
}

static void offer_profiles(const char *begun)
{
	shipped_offer(&shipped_profiles, begun);
}

static void offer_metrics(const char *begun)
{
	offer("list", begun);
	for (size_t i = 0; i < NR_METRICS; i++)
		offer(metric_families[i].name, begun);
}

static void offer_list(const char *begun)
{
	offer("list", begun);
}

static void offer_bad_frees(const char *begun)
{
	offer("refuse", begun);
	offer("count", begun);
}

static void offer_views(const char *begun)
{
	offer_all(show_view_names, NR_SHOW_VIEWS, begun);
}

static void offer_shells(const char *begun)
{
	for (size_t i = 0; i < NR_SHELLS; i++)
		offer(shells[i].name, begun);
}

/* Of what is known without reading a file. */
static const struct {
	const char *option;
	void (*offer)(const char *begun);
} values[] = {
	{ "--what", offer_plots },	    { "--log-ops", offer_log_ops },
	{ "--format", offer_formats },	    { "--level", offer_levels },
	{ "--zone", offer_zones },	    { "--table", offer_tables },
	{ "--query", offer_queries },	    { "--profile", offer_profiles },
	{ "--fail-if", offer_metrics },	    { "--failure", offer_list },
	{ "--bad-frees", offer_bad_frees },
};

/* Operands that have names: the verb's n-th word; 0: each. */
static const struct {
	const char *verb;
	int n;
	void (*offer)(const char *begun);
} wordy_operands[] = {
	{ "show", 2, offer_views },    { "list", 1, list_offer },
	{ "import", 1, import_offer }, { "completion", 1, offer_shells },
	{ "check", 0, offer_inputs },
};

static void offer_value(const struct verb *verb, const char *option,
			const char *begun)
{
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (!strcmp(values[i].option, option)) {
			values[i].offer(begun);
			return;
		}
	if (each_option(verb, is_with_config, option))
		shipped_offer(&shipped_configs, begun);
	if (each_option(verb, is_with_workload, option))
		shipped_offer(&shipped_workloads, begun);
	if (each_option(verb, is_with_file, option))
		puts(FILES);
}

static void offer_operand(const struct verb *verb, int n, const char *begun)
{
	for (size_t i = 0; i < sizeof wordy_operands / sizeof *wordy_operands;
	     i++)
		if (!strcmp(wordy_operands[i].verb, verb->name) &&
		    (!wordy_operands[i].n || wordy_operands[i].n == n)) {
			wordy_operands[i].offer(begun);
			return;
		}
	puts(FILES);
}

static const struct verb *verb_named(const char *word)
{
	for (size_t i = 0; i < nr_verbs; i++)
		if (!strcmp(verbs[i]->name, word))
			return verbs[i];
	return NULL;
}

static void offer_verbs(const char *begun)
{
	for (size_t i = 0; i < nr_verbs; i++)
		offer(verbs[i]->name, begun);
	offer("--help", begun);
	offer("--version", begun);
}

/* For word[nr - 1], as far as it is there. */
static void offer_words(char *const *word, int nr)
{
	const char *begun = nr > 0 ? word[nr - 1] : "";
	const struct verb *verb = nr > 1 ? verb_named(word[0]) : NULL;
	int operand = 1;

	if (nr <= 1) {
		offer_verbs(begun);
		return;
	}
	if (!verb)
		return;
	if (nr > 2 && each_option(verb, is_with_value, word[nr - 2])) {
		offer_value(verb, word[nr - 2], begun);
		return;
	}
	if (*begun == '-') {
		each_option(verb, offer_option, begun);
		offer("--help", begun);
		return;
	}
	for (int i = 1; i < nr - 1; i++) {
		if (*word[i] == '-')
			i += each_option(verb, is_with_value, word[i]);
		else
			operand++;
	}
	offer_operand(verb, operand, begun);
}

static int print_script(const char *shell)
{
	for (size_t i = 0; i < NR_SHELLS; i++)
		if (!strcmp(shell, shells[i].name)) {
			fputs(shells[i].script, stdout);
			return EXIT_FINE;
		}
	return usage_error(
		&completion_verb,
		"\"%s\" is no shell that there is a script for: bash, "
		"zsh or fish",
		shell);
}

static int completion_main(int argc, char **argv)
{
	const struct option_spec specs[] = { { .name = NULL } };
	struct words operands = { .nr = 0 };
	int status;

	/* What is to be completed may look like an option of this verb's. */
	if (argc > 1 && !strcmp(argv[1], "words")) {
		offer_words(argv + 2, argc - 2);
		return EXIT_FINE;
	}
	status = options_parse(&completion_verb, specs, argc, argv, &operands);
	if (!status && operands.nr != 1)
		status = usage_error(&completion_verb,
				     "say which shell: bash, zsh or fish");
	if (!status)
		status = print_script(operands.word[0]);
	words_release(&operands);
	return status < 0 ? EXIT_FINE : status;
}
