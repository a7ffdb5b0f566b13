/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_PACKED_PACKED_H
#define KMEMSIM_WORKLOADS_PACKED_PACKED_H

/*
 * Packed workloads: the calls of a workload in a few bytes each, to be read a
 * hundred times faster than YAML. docs/packed.md has the format byte by byte.
 */

#include <stdio.h>

#include "sim/source.h"

/*
 * Does what `path` names ("-": stdin) begin as a packed workload does? Nothing
 * is taken from a pipe by looking. False where it can't be read.
 */
bool packed_is_at(const char *path);

/*
 * Takes over `fd`, which `path` was opened as, and reads the head; as
 * workload_open(). The source's
 * `file` is the file that the workload was packed from, since that is where
 * its calls have their lines; what is wrong with the packed file itself is
 * told with `path` and the bytes' offset.
 */
struct source *packed_open(int fd, const char *path, struct names *names,
			   struct errors *errors);

struct packed_writer;

/*
 * Writes the head. `to` and `names` are borrowed; `from` is the file that the
 * calls' lines count in, `traced` the source's. NULL with an error added.
 */
struct packed_writer *packed_write_begin(FILE *to, const struct names *names,
					 const char *name, const char *from,
					 const struct traced *traced,
					 struct errors *errors);

/* Writes calls, which must be as sources give them. -1: an error was added. */
int packed_write_calls(struct packed_writer *writer, const struct call *calls,
		       size_t nr, struct errors *errors);

/* Writes what is still missing. -1: an error was added. */
int packed_write_end(struct packed_writer *writer, struct errors *errors);

void packed_writer_free(struct packed_writer *writer);

#endif
