/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_SHIPPED_H
#define KMEMSIM_CLI_SHIPPED_H

/*
 * Files that come with the program: configs, workloads, queries. The first
 * comment of each says what it is about.
 */

#include "sim/base/error.h"
#include "sim/base/text.h"

struct shipped {
	const char *what;    /* "query" */
	const char *kind;    /* for `kmemsim list`: "queries" */
	const char *dirs[4]; /* below the program's data; NULL ends them */
	const char *suffix;  /* ".sql" */
	const char *comment; /* what a line of comment begins with */
	bool by_name;	     /* named without folder and suffix */
};

extern const struct shipped shipped_configs, shipped_workloads, shipped_queries;
extern const struct shipped shipped_profiles; /* the kernels of configs */
extern const struct shipped shipped_inputs;   /* configs and workloads */

/* Prints name and subject of each, by name; the exit status. */
int shipped_print(const struct shipped *shipped, bool json);

/* Prints the names that begin so: cli/completion.c. */
void shipped_offer(const struct shipped *shipped, const char *begun);

/*
 * Appends the path of the file with that name, without folder and suffix. -1
 * with an error added: there is none.
 */
int shipped_find(const struct shipped *shipped, const char *name,
		 struct text *path, struct errors *errors);

/*
 * What to open for a word that is a path, or the name of a shipped file with
 * its suffix or without: a path, the caller's to free(); or NULL: the word
 * itself, which is a file that is there, or no such name. A misspelt name of
 * one that is not there either is an error.
 */
char *shipped_path(const struct shipped *shipped, const char *word,
		   struct errors *errors);

/* Appends all of a file. -1 with an error added. */
int shipped_read(const char *path, struct text *text, struct errors *errors);

#endif
