/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of expected_ops.csv, read as far as a run has come.
 *
 *	in the file    1  2  3  4  5  6  7  8  9 10 ...
 *	asked for      1  2  3  5  6  7  4
 *	               taken     ^  kept until it is asked for
 *
 * A recording's thread makes one call after another, and so does a run, as
 * long as it does what the kernel did. Where a call sleeps here that did not
 * there, later ones may end before it: their rows come first then, and those
 * passed over stay in memory.
 */

#include "results/verify/expected_ops.h"

#include <stdlib.h>
#include <string.h>

#include "models/types.h"
#include "results/verify/expected_state.h"
#include "sim/base/host.h"
#include "sim/base/numbers.h"

/* So that a thousand times as many can be counted with. */
#define INSTRUCTIONS_MOST (UINT64_MAX / 1000)

static const char *const columns[] = { "seq",	      "op",  "id",
				       "ok",	      "pfn", "vaddr_offset",
				       "instructions" };

int expected_ops_open(struct expected_ops *ops, const char *directory,
		      struct errors *errors)
{
	*ops = (struct expected_ops){
		.path = expected_path(directory, "expected_ops.csv", errors),
	};
	if (!ops->path || csv_open(&ops->csv, ops->path, columns,
				   LENGTH(columns), errors) < 0)
		return -1;
	ops->is_open = true;
	return 0;
}

void expected_ops_close(struct expected_ops *ops)
{
	if (ops->is_open)
		csv_close(&ops->csv);
	free(ops->path);
	free(ops->row);
	*ops = (struct expected_ops){ .path = NULL };
}

static bool read_fields(const struct field *field, uint64_t number,
			struct expected_op *op, struct errors *errors)
{
	uint64_t seq, ok = 0;

	*op = (struct expected_op){
		.skipped = !field[3].length,
		.has_frame = field[4].length,
		.has_address = field[5].length,
	};
	if (!field_u64(&field[0], "seq", number, number, &seq, errors) ||
	    (!op->skipped && !field_u64(&field[3], "ok", 0, 1, &ok, errors)) ||
	    (op->has_frame &&
	     !field_u64(&field[4], "pfn", 0, PFN_NONE, &op->frame, errors)) ||
	    (op->has_address && !field_u64(&field[5], "vaddr_offset", 0,
					   UINT64_MAX, &op->address, errors)) ||
	    (field[6].length &&
	     !field_u64(&field[6], "instructions", 0, INSTRUCTIONS_MOST,
			&op->instructions, errors)))
		return false;
	op->ok = ok;
	return true;
}

/* Room for one more row: of those before it, what was taken goes. */
static int make_room(struct expected_ops *ops, struct errors *errors)
{
	struct expected_op *grown;

	if (ops->nr_taken > ops->nr / 2) {
		ops->nr -= ops->nr_taken;
		memmove(ops->row, ops->row + ops->nr_taken,
			ops->nr * sizeof *ops->row);
		ops->nr_before += ops->nr_taken;
		ops->nr_taken = 0;
	}
	grown = host_grow(ops->row, &ops->room, ops->nr + 1, sizeof *grown);
	if (!grown)
		return error_host(errors, "no memory for what is expected");
	ops->row = grown;
	return 0;
}

/* 1; 0: that was the last; -1 with errors added. */
static int read_row(struct expected_ops *ops, struct errors *errors)
{
	size_t before = errors->nr;
	int more = csv_next(&ops->csv, errors);

	if (errors->nr != before)
		return -1;
	if (more <= 0)
		return more;
	if (make_room(ops, errors) < 0 ||
	    !read_fields(ops->csv.field, ops->nr_before + ops->nr + 1,
			 &ops->row[ops->nr], errors))
		return -1;
	ops->nr++;
	return 1;
}

int expected_ops_take(struct expected_ops *ops, uint64_t seq,
		      struct expected_op *op, struct errors *errors)
{
	struct expected_op *row;
	int more;

	while (ops->nr_before + ops->nr < seq) {
		more = read_row(ops, errors);
		if (more <= 0)
			return more;
	}
	row = &ops->row[seq - ops->nr_before - 1];
	*op = *row;
	row->is_taken = true;
	while (ops->nr_taken < ops->nr && ops->row[ops->nr_taken].is_taken)
		ops->nr_taken++;
	return 1;
}

int expected_ops_left(struct expected_ops *ops, struct errors *errors)
{
	return ops->nr_taken < ops->nr ? 1 : read_row(ops, errors);
}
