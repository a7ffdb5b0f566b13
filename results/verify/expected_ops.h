/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_VERIFY_EXPECTED_OPS_H
#define KMEMSIM_RESULTS_VERIFY_EXPECTED_OPS_H

/*
 * What a scripted recording expects of each operation, read from its
 * expected_ops.csv: a row an operation, numbered from 1.
 */

#include "sim/base/csv.h"

struct expected_op {
	bool ok; /* meaningless where skipped */
	bool skipped;
	bool has_frame;
	bool has_address;
	bool is_taken; /* private */
	uint64_t frame;
	uint64_t address;      /* from VMALLOC_START */
	uint64_t instructions; /* that the kernel took; 0: unknown */
};

/* Private, but for the path. Set to zeros, nothing is open. */
struct expected_ops {
	char *path; /* owned; how errors call the file */
	struct csv csv;
	bool is_open;
	struct expected_op *row; /* read, and some of them not yet taken */
	size_t nr;
	size_t room;
	size_t nr_taken;    /* of the rows above, at the front */
	uint64_t nr_before; /* rows before these, all taken */
};

/* -1 with errors added; close it in any case. */
int expected_ops_open(struct expected_ops *ops, const char *directory,
		      struct errors *errors);
void expected_ops_close(struct expected_ops *ops);

/*
 * Takes what is expected of the operation, which was not taken before: in any
 * order, and cheaply where that is nearly the file's. 1 with *op; 0: the file
 * has none; -1: a row can't be read, with errors added.
 */
int expected_ops_take(struct expected_ops *ops, uint64_t seq,
		      struct expected_op *op, struct errors *errors);

/* 1: rows are left that were not taken; 0; -1 with errors added. */
int expected_ops_left(struct expected_ops *ops, struct errors *errors);

#endif
