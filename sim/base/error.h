/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_BASE_ERROR_H
#define KMEMSIM_BASE_ERROR_H

/*
 * Where libraries leave what went wrong. No library prints or exits: it adds
 * to the caller's `struct errors` and returns a negative value; only cli/
 * turns the collection into text on stderr and an exit code.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A place in an input file. line and column count from 1; 0 means unknown. */
struct place {
	const char *file; /* borrowed: must outlive every error that names it */
	uint64_t line;
	uint64_t column;
};

/*
 * Where a file as a whole is wrong (empty, cut, of another kind, not there):
 * at its first byte, so that whoever parses messages finds a line and a column
 * in each one about a file to read.
 */
static inline struct place place_of_file(const char *file)
{
	return (struct place){ file, 1, 1 };
}

enum error_kind {
	ERROR_INPUT, /* the user's file is invalid: exit code 3 */
	ERROR_HOST,  /* memory, disk, a system call: exit code 1 */
};

/*
 * The most errors kept of one pass. Further ones are counted and summed up in
 * one closing line, so that a broken gigabyte does not print a gigabyte.
 */
#define ERRORS_MAX 100

/* Where a message is about, for those who sort or quote messages. */
struct error_place {
	uint64_t line; /* 0: unknown */
	uint64_t column;
	size_t says; /* the message itself begins there in its text */
};

struct errors {
	char *text[ERRORS_MAX]; /* owned; each without a newline */
	struct error_place place[ERRORS_MAX];
	size_t nr;     /* all that were reported, kept or not */
	bool any_host; /* at least one is ERROR_HOST */
};

#define ERRORS_NONE ((struct errors){ .nr = 0 })

/*
 * Adds "FILE:LINE:COLUMN: error: …" (ERROR_INPUT) to the collection.
 * Control characters and invalid UTF-8 in the message are made visible as
 * \xNN; messages over 2,000 bytes are cut. Returns -1, always, so that a
 * caller may `return error_input(…)`.
 */
int error_input(struct errors *errors, struct place place, const char *format,
		...) __attribute__((format(printf, 3, 4)));

/*
 * Adds "FILE:LINE:COLUMN: KIND: …", where `kind` is "warning" or "note": what
 * is worth telling and does not make the file invalid. A collection of these
 * is one of its own, beside the errors.
 */
void remark_input(struct errors *remarks, const char *kind, struct place place,
		  const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Adds "error: …" (ERROR_HOST), with ": " and strerror(errno) appended where
 * errno is not 0. Returns -1, always.
 */
int error_host(struct errors *errors, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Adds that the file of `place`, which is there to be read, can't be opened, by
 * errno: the user's error where it is not there, or may not be read, and the
 * host's where it has no memory or no descriptor for one more. Returns -1.
 */
int error_open(struct errors *errors, struct place place);

/* Takes over what `to` does not say already, and empties `from`. */
void errors_merge(struct errors *to, struct errors *from);

/*
 * Prints all, a line each, and the closing line of those not kept: file by file
 * as they were first told of, in each by line and column.
 */
void errors_print(const struct errors *errors, FILE *to);

/*
 * Takes those from number `from` up to, and without, number `end` out again, of
 * those kept (counted from 0): what turned out to follow from another error.
 */
void errors_forget(struct errors *errors, size_t from, size_t end);

/* Frees the texts and empties the collection. */
void errors_release(struct errors *errors);

#endif
