/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim: the verbs, and which one was meant.
 */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/simulate.h"
#include "results/database/setup.h"
#include "sim/base/host.h"
#include "sim/base/text.h"

const struct verb *const verbs[] = {
	&run_verb,    &check_verb,	&compare_verb,	 &sweep_verb,
	&plot_verb,   &show_verb,	&report_verb,	 &explain_verb,
	&import_verb, &pack_verb,	&unpack_verb,	 &generate_verb,
	&export_verb, &verify_verb,	&calibrate_verb, &step_verb,
	&list_verb,   &completion_verb,
};
#define NR_VERBS (sizeof verbs / sizeof *verbs)
const size_t nr_verbs = NR_VERBS;

static void print_help(FILE *to)
{
	fputs("kmemsim: a simulator of a kernel's memory subsystem\n\n"
	      "Usage: kmemsim VERB [OPTION…] [FILE…]\n\n",
	      to);
	for (size_t i = 0; i < NR_VERBS; i++)
		fprintf(to, "  %-10s %s\n", verbs[i]->name, verbs[i]->does);
	fputs("\n`kmemsim VERB --help` says more, with an example.\n"
	      "`kmemsim --version` says which version this is.\n",
	      to);
}

static int unknown_verb(const char *word)
{
	const char *names[NR_VERBS];
	struct text near = TEXT_EMPTY;

	for (size_t i = 0; i < NR_VERBS; i++)
		names[i] = verbs[i]->name;
	text_add_near(&near,
		      nearest_match(word, strlen(word), names, NR_VERBS));
	fprintf(stderr, "kmemsim: there is no verb \"%s\"%s\n", word,
		near.s ? near.s : "");
	text_release(&near);
	fputs("See `kmemsim --help`.\n", stderr);
	return EXIT_USAGE;
}

/* argv[0] is the verb. */
static int call_verb(int argc, char **argv)
{
	for (size_t i = 0; i < NR_VERBS; i++)
		if (strcmp(argv[0], verbs[i]->name) == 0)
			return verbs[i]->run(argc, argv);
	return unknown_verb(argv[0]);
}

/* `help`, as other programs have it. */
static int help(int argc, char **argv)
{
	char option[] = "--help";
	char *of_verb[] = { argc > 2 ? argv[2] : NULL, option, NULL };

	if (argc > 2)
		return call_verb(2, of_verb);
	print_help(stdout);
	return EXIT_FINE;
}

static int run_words(int argc, char **argv)
{
	if (argc < 2) {
		fputs("kmemsim: a verb is missing\n\n", stderr);
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(1, argv);
	if (strcmp(argv[1], "help") == 0)
		return help(argc, argv);
	if (strcmp(argv[1], "--version") == 0) {
		puts("kmemsim " KMEMSIM_VERSION);
		return EXIT_FINE;
	}
	return call_verb(argc - 1, argv + 1);
}

/*
 * The host's only word on a file that has become shorter while it was looked at
 * (sim/base/file_view.h), or whose disk has failed.
 */
static void on_lost_file(int number)
{
	static const char why[] =
		"kmemsim: error: a file can't be read any more: it became "
		"shorter while it was in use, or its disk failed\n";

	(void)number;
	(void)!write(STDERR_FILENO, why, strlen(why));
	_exit(EXIT_FAILED);
}

static void catch_lost_files(void)
{
	struct sigaction action = { .sa_handler = on_lost_file };

	sigaction(SIGBUS, &action, NULL);
}

/* A limit to the size of files is an error to tell, as a full disk is. */
static void ignore_file_limit(void)
{
	signal(SIGXFSZ, SIG_IGN);
}

/* Whoever reads no further needs no message. */
static void end_by_broken_pipe(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

/* What could not be printed must not pass for fine: a full disk, say. */
int main(int argc, char **argv)
{
	int status;

	host_setup_heap();
	results_setup();
	catch_lost_files();
	ignore_file_limit();
	status = run_words(argc, argv);
	fflush(stdout);
	if (reader_gone)
		end_by_broken_pipe();
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	/* An earlier write may have failed, and its reason is lost. */
	fprintf(stderr, "kmemsim: error: can't write to stdout%s%s\n",
		errno ? ": " : "", errno ? strerror(errno) : "");
	return status ? status : EXIT_FAILED;
}
