/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_PACKED_PACKED_AHEAD_H
#define KMEMSIM_WORKLOADS_PACKED_PACKED_AHEAD_H

/*
 * Blocks of a packed file, read a few ahead of their use. Internal to
 * workloads/.
 */

#include "workloads/packed/packed_file.h"

struct packed_ahead;

/* Takes blocks from `file`, which is nobody else's until it is freed. */
struct packed_ahead *packed_ahead_new(struct packed_file *file);

/*
 * 1 with the next block in *block, which is the caller's until the next call;
 * 0 where the file ends well; -1: file->problem says why, and may be read.
 */
int packed_ahead_next(struct packed_ahead *ahead, struct packed_block **block);

void packed_ahead_free(struct packed_ahead *ahead);

#endif
