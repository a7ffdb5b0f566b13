/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_PROGRESS_BOARD_H
#define KMEMSIM_CLI_PROGRESS_BOARD_H

/*
 * How far several runs have come, on stderr, where that is a terminal:
 *
 *	 3 of 40 runs done, 12 s left
 *	   ring on small, seed 4   45 %   350 k ops/s   2 s left
 *	   ring on small, seed 5   12 %   341 k ops/s   4 s left
 *
 * The lines are redrawn in place, and taken away at the end. Runs report from
 * threads of their own.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Runs shown at a time; of those beyond, nothing is to be seen. */
#define BOARD_LINES_MAX 16

struct board_line {
	struct progress_board *board;
	const char *name; /* NULL: no run is shown here */
	uint64_t ops;
	int thousandths; /* of the workload; -1: unknown */
	double begun;	 /* by the host's clock */
};

struct progress_board {
	pthread_mutex_t lock;
	struct board_line line[BOARD_LINES_MAX];
	size_t nr_runs;
	size_t nr_done;
	size_t drawn; /* lines that stand on the terminal */
	double begun;
	double next; /* when to draw again */
	bool on;
};

void board_begin(struct progress_board *board, size_t nr_runs);
/* A line for a run; NULL where there is none left. */
struct board_line *board_add(struct progress_board *board, const char *name);
/* For struct simulation's progress: `line` is a struct board_line. */
void board_progress(void *line, uint64_t ops, uint64_t sim_ns, int thousandths);
/* The run is over; `line` may be NULL. */
void board_remove(struct progress_board *board, struct board_line *line);
void board_end(struct progress_board *board);

#endif
