/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CONFIGS_YAML_YAML_STREAM_H
#define KMEMSIM_CONFIGS_YAML_YAML_STREAM_H

/*
 * A YAML file as a stream of events, read in constant memory: libyaml with
 * the places of everything, aliases already expanded, and hostile files
 * refused with a clear error: a directory, an empty file, NUL bytes, invalid
 * UTF-8, a scalar over YAML_SCALAR_MAX bytes, nesting deeper than
 * YAML_DEPTH_MAX, an alias that stands for more than YAML_ALIAS_MAX values,
 * aliases that multiply a file beyond all measure (see YAML_ALIAS_RATIO), a
 * second document. Both the tree reader (yaml_tree.h) and the workload reader
 * stand on this.
 */

#include "sim/base/error.h"

#define YAML_SCALAR_MAX (64 * 1024)
#define YAML_DEPTH_MAX 64
#define YAML_ALIAS_MAX 100000
/*
 * All aliases of a file may stand for YAML_ALIAS_MAX values, and this many
 * more for each value that is written out.
 */
#define YAML_ALIAS_RATIO 100
/* So that text can be looked at several bytes at a time. */
#define YAML_LINES_PADDING 64

enum yaml_kind {
	YAML_END, /* the file's only document is over */
	YAML_SCALAR,
	YAML_SEQUENCE_START,
	YAML_SEQUENCE_END,
	YAML_MAPPING_START,
	YAML_MAPPING_END,
};

struct yaml_item {
	enum yaml_kind kind;
	struct place place; /* of an alias's values: where they are written */
	/* YAML_SCALAR: NUL-terminated, valid until the next call. */
	const char *value;
	size_t length;
	bool quoted; /* '…', "…" or a block: a name, not a number */
};

struct yaml_stream;

/*
 * Opens `path`; "-" is stdin. NULL with an error added where it can't be
 * read. `path` is borrowed until errors that name it are printed.
 */
struct yaml_stream *yaml_stream_open(const char *path, struct errors *errors);

/*
 * The same from what `path` was opened as, to be closed by the stream, or by
 * this where it fails: a pipe can't be opened twice.
 */
struct yaml_stream *yaml_stream_open_fd(int fd, const char *path,
					struct errors *errors);

/* The same from bytes in memory, borrowed; errors name `name` as the file. */
struct yaml_stream *yaml_stream_open_memory(const char *name, const char *bytes,
					    size_t length,
					    struct errors *errors);

/* 0 with *item filled; -1 after a syntax error, when nothing more comes. */
int yaml_stream_next(struct yaml_stream *stream, struct yaml_item *item,
		     struct errors *errors);

/* The next item without taking it. */
int yaml_stream_peek(struct yaml_stream *stream, struct yaml_item *item,
		     struct errors *errors);

/* Takes the rest of the value that `item` starts (a scalar: nothing). */
int yaml_stream_skip(struct yaml_stream *stream, const struct yaml_item *item,
		     struct errors *errors);

/*
 * Lines for a caller who reads them faster. Between two items of a block list:
 * false where the parser has to read the next item; else *lines is the text
 * that comes, unscreened. It may begin with items of that list, each of them a
 * flow mapping on a line of its own:
 *
 *	  - {a: 1, b: 2}
 *
 * The caller may take as many of those lines as it likes, from the first on,
 * with yaml_stream_pass(); what it leaves is the parser's, and so is a line
 * that is not followed by `indent` blanks, `- ` and two more printable ASCII
 * characters: what the parser says of such a line depends on the next one.
 */
struct yaml_lines {
	const char *s; /* YAML_LINES_PADDING bytes behind it may be read */
	size_t length;
	size_t indent;	    /* blanks before each `- {` */
	struct place place; /* of the first line */
};
bool yaml_stream_lines(struct yaml_stream *stream, struct yaml_lines *lines);

/*
 * Takes the first `nr_lines` (not 0) lines, `length` bytes of printable ASCII
 * and newlines, which the parser would have told as `nr_items` items; the last
 * line has `last_length` bytes, its newline not counted.
 */
void yaml_stream_pass(struct yaml_stream *stream, size_t nr_lines,
		      size_t length, size_t nr_items, size_t last_length);

/* Read so far, in thousandths of the file; -1 where its size is unknown. */
int yaml_stream_progress(const struct yaml_stream *stream);

void yaml_stream_close(struct yaml_stream *stream);

#endif
