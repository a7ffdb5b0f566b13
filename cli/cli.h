/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_CLI_H
#define KMEMSIM_CLI_CLI_H

/*
 * The command line: one file per verb. A verb reads its words, calls the
 * libraries, prints what they say and returns the exit status.
 */

#include <stdbool.h>

#include "sim/base/error.h"
#include "sim/base/text.h"

/* What the process ends with; scripts rely on these numbers. */
enum exit_status {
	EXIT_FINE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_INPUT = 3,
	EXIT_THRESHOLD = 4,
	EXIT_INTERRUPTED = 130,
};

struct verb {
	const char *name;
	const char *does; /* a line for `kmemsim --help` */
	const char *help; /* all of `kmemsim VERB --help` */
	/* argv[0] is the verb. */
	int (*run)(int argc, char **argv);
};

extern const struct verb run_verb, check_verb, compare_verb, plot_verb,
	import_verb, verify_verb, show_verb, calibrate_verb, pack_verb,
	unpack_verb, explain_verb, generate_verb, export_verb, list_verb,
	completion_verb, step_verb, report_verb, sweep_verb;

/* All of them, in the order of `kmemsim --help`. */
extern const struct verb *const verbs[];
extern const size_t nr_verbs;

/*
 * Appends what `kmemsim explain` says of the run's first failure, or that there
 * is none. `workload` is where its workload is now; NULL: to be found. Returns
 * the exit status; errors have been printed.
 */
int explain_first(const char *database, const char *workload, struct text *out);

/* Print the words that begin like this one: cli/completion.c. */
void list_offer(const char *begun);
void import_offer(const char *begun);

/*
 * What an option of a verb sets. A verb has a table of these, the last one
 * with name NULL.
 */
struct option_spec {
	const char *name;  /* "--seed" */
	char letter;	   /* 'o' for -o; 0: none */
	const char *takes; /* what its value is, for messages; NULL: no value */
	/* Its value is a file, or the name of one of these; NULL: neither. */
	const struct shipped *shipped;
	/* One of these: */
	const char **text;
	bool *flag;
	struct words *words; /* may be given again and again */
};

struct words {
	const char **word; /* owned; the words are argv's, or in `kept` */
	size_t nr;
	size_t capacity;
	char **kept; /* owned: paths that took the place of names */
	size_t nr_kept;
	size_t kept_capacity;
};

/*
 * Takes the options out of argv; what is left are the verb's operands, in
 * *operands. Prints and returns EXIT_USAGE for what it does not know, with
 * the nearest option, or EXIT_FAILED; 0: go on; -1: --help was printed.
 */
int options_parse(const struct verb *verb, const struct option_spec *specs,
		  int argc, char **argv, struct words *operands);
void words_release(struct words *words);
/* -1: no memory. */
int words_add(struct words *words, const char *word);

/*
 * Puts the path of a shipped file in the place of its name; words->kept has
 * it. 0, or an exit status with the reason on stderr.
 */
int words_take_shipped(struct words *words, const struct shipped *shipped,
		       const char **word);

/* "kmemsim VERB: …" and how to get help, on stderr. Returns EXIT_USAGE. */
int usage_error(const struct verb *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* On stdout; the text is empty afterwards. */
void print_text(struct text *text);

/*
 * Prints a name in `width` columns and beside it what it is, in lines of at
 * most 79 columns, words kept whole.
 */
void print_entry(const char *name, int width, const char *says);

/*
 * Puts a file with the same bytes in stdin's place, for a verb that reads it
 * more than once. Returns 0; or EXIT_FAILED, the reason on stderr; or
 * EXIT_INTERRUPTED, where signals are caught.
 */
int keep_stdin(const struct verb *verb);
/* The same for another file that is open. `name` is for the reason. */
int keep_input(const struct verb *verb, int fd, const char *name);

/*
 * Makes the folder if it isn't there. Returns 0, or EXIT_FAILED with the reason
 * printed: it can't be made, or something else has its name.
 */
int make_folder(const char *path);

/* How wide the terminal on stdout is; 0: it is none. */
size_t terminal_width(void);

/*
 * The exit status that the errors call for: EXIT_FAILED where the host is at
 * fault, EXIT_USAGE where all are about --set, which is no file.
 */
int exit_status_of(const struct errors *errors);
/* Prints and empties the errors; the exit status that they call for. */
int fail_with(struct errors *errors);

/*
 * Folders that hold the program's data, best first, NULL-terminated:
 * $KMEMSIM_DATA alone if it is set, else share/kmemsim beside the program's
 * bin/, else the tree that the program was built in. `sub` is a folder in
 * them. Release them by data_dirs_free(). NULL: no memory.
 */
char **data_dirs(const char *sub);
void data_dirs_free(char **dirs);

#endif
