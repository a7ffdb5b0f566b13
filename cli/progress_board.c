/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Draws the board: moves up by the lines that are there, and writes each of
 * them anew. Nothing is drawn in the first second, nor where stderr is no
 * terminal. How long a run still takes is estimated from the share of its
 * workload that is done and the time that this took; how long all of them take,
 * from the shares of all.
 */

#include "cli/progress_board.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/simulate.h"

#define DRAW_FIRST_S 1.0
#define DRAW_EVERY_S 0.2
#define NAME_WIDTH 40

void board_begin(struct progress_board *board, size_t nr_runs)
{
	double now = wall_clock();

	*board = (struct progress_board){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.nr_runs = nr_runs,
		.begun = now,
		.next = now + DRAW_FIRST_S,
		.on = isatty(STDERR_FILENO),
	};
}

static void draw_left(double left)
{
	if (left >= 3600)
		fprintf(stderr, "%.1f h left", left / 3600);
	else if (left >= 120)
		fprintf(stderr, "%.0f min left", left / 60);
	else
		fprintf(stderr, "%.0f s left", left);
}

static void draw_rate(double rate)
{
	if (rate >= 1e6)
		fprintf(stderr, "   %.2f M ops/s", rate / 1e6);
	else
		fprintf(stderr, "   %.0f k ops/s", rate / 1e3);
}

static void draw_line(const struct board_line *line, double now)
{
	double spent = now - line->begun;

	fprintf(stderr, "   %-*.*s", NAME_WIDTH, NAME_WIDTH, line->name);
	if (line->thousandths >= 0)
		fprintf(stderr, " %3d %%", line->thousandths / 10);
	if (spent > 0)
		draw_rate((double)line->ops / spent);
	if (line->thousandths > 0) {
		fputs("   ", stderr);
		draw_left(spent * (1000 - line->thousandths) /
			  line->thousandths);
	}
}

/* The share of all runs that is done, in runs. */
static double runs_done(const struct progress_board *board)
{
	double done = (double)board->nr_done;

	for (size_t i = 0; i < BOARD_LINES_MAX; i++)
		if (board->line[i].name && board->line[i].thousandths > 0)
			done += board->line[i].thousandths / 1000.0;
	return done;
}

static void take_away(struct progress_board *board)
{
	if (board->drawn)
		fprintf(stderr, "\033[%zuA\r\033[J", board->drawn);
	board->drawn = 0;
}

static void draw(struct progress_board *board, double now)
{
	double done = runs_done(board);

	take_away(board);
	fprintf(stderr, " %zu of %zu runs done", board->nr_done,
		board->nr_runs);
	if (done > 0) {
		fputs(", ", stderr);
		draw_left((now - board->begun) *
			  ((double)board->nr_runs - done) / done);
	}
	fputc('\n', stderr);
	board->drawn = 1;
	for (size_t i = 0; i < BOARD_LINES_MAX; i++) {
		if (!board->line[i].name)
			continue;
		draw_line(&board->line[i], now);
		fputc('\n', stderr);
		board->drawn++;
	}
	fflush(stderr);
	board->next = now + DRAW_EVERY_S;
}

struct board_line *board_add(struct progress_board *board, const char *name)
{
	struct board_line *line = NULL;

	pthread_mutex_lock(&board->lock);
	for (size_t i = 0; i < BOARD_LINES_MAX && !line; i++)
		if (!board->line[i].name)
			line = &board->line[i];
	if (line)
		*line = (struct board_line){
			.board = board,
			.name = name,
			.thousandths = -1,
			.begun = wall_clock(),
		};
	pthread_mutex_unlock(&board->lock);
	return line;
}

void board_progress(void *argument, uint64_t ops, uint64_t sim_ns,
		    int thousandths)
{
	struct board_line *line = argument;
	struct progress_board *board = line->board;
	double now = wall_clock();

	(void)sim_ns;
	pthread_mutex_lock(&board->lock);
	line->ops = ops;
	line->thousandths = thousandths;
	if (board->on && now >= board->next)
		draw(board, now);
	pthread_mutex_unlock(&board->lock);
}

void board_remove(struct progress_board *board, struct board_line *line)
{
	pthread_mutex_lock(&board->lock);
	if (line)
		line->name = NULL;
	board->nr_done++;
	pthread_mutex_unlock(&board->lock);
}

void board_end(struct progress_board *board)
{
	take_away(board);
	fflush(stderr);
	pthread_mutex_destroy(&board->lock);
}
