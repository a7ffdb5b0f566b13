/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_YAML_WRITER_H
#define KMEMSIM_WORKLOADS_YAML_WRITER_H

/*
 * Writes a workload in YAML, one event a line, so that line tools can work on
 * it: what importers, and whoever else makes calls, leave for a user to read.
 * What is written reads back as the very same calls.
 */

#include <stdio.h>

#include "models/gfp.h"
#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/call.h"
#include "sim/traced.h"

/* The texts of masks that were written lately. */
#define WRITER_GFP_TEXTS 16

struct writer_gfp_text {
	gfp_t gfp;
	size_t length; /* 0: none yet */
	char text[GFP_TEXT_MAX];
};

struct workload_writer {
	FILE *to;		   /* borrowed */
	const struct names *names; /* borrowed: what the calls' names mean */
	struct text line;
	int why;	    /* it can\'t be written: errno; 0: it can */
	bool begun;	    /* an event was written */
	bool in_place;	    /* events go to the lines that they name */
	uint64_t next_line; /* where the next event would go otherwise */
	uint32_t dash;	    /* the column of the list's dashes */
	struct writer_gfp_text gfp_text[WRITER_GFP_TEXTS];
};

/*
 * Writes the head. `comment` goes above it, each of its lines behind "# ";
 * NULL: none. Defaults of the file are cpu 0, any node, process context.
 */
void workload_write_begin(struct workload_writer *writer, FILE *to,
			  const struct names *names, const char *name,
			  const char *comment);

/*
 * The same for what was packed from the file `from`. No defaults are written,
 * and each event goes to the line and column that it names, so that messages
 * are right for both files. Where there is no room, with several events on a
 * line, say, it goes where it can.
 */
void workload_write_begin_in_place(struct workload_writer *writer, FILE *to,
				   const struct names *names, const char *name,
				   const char *from);

/* Writes what is known of the recorded kernel's tracer, above all events. */
void workload_write_traced(struct workload_writer *writer,
			   const struct traced *traced);

/* Writes one event, all that `call` says and the defaults do not. */
void workload_write_call(struct workload_writer *writer,
			 const struct call *call);

/* Appends an event as it would be written, from its "{" to its "}". */
void text_add_event(struct text *text, const struct names *names,
		    const struct call *call);

/*
 * Writes what is still missing, with `comment` as begin() does, and releases
 * the writer. Returns 0, or -1 with an error where anything since begin()
 * could not be written.
 */
int workload_write_end(struct workload_writer *writer, const char *comment,
		       struct errors *errors);

/*
 * Appends `s` as a YAML scalar that reads back the same in any reader: plain
 * where that is safe, else in double quotes. Bytes that are no UTF-8 become
 * the characters U+0080 to U+00FF.
 */
void text_add_yaml(struct text *text, const char *s);
void text_add_yaml_quoted(struct text *text, const char *s);

/* The lines of `comment`, each behind "# ", control characters left out. */
void text_add_yaml_comment(struct text *text, const char *comment);

#endif
