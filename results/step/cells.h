/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_STEP_CELLS_H
#define KMEMSIM_RESULTS_STEP_CELLS_H

/*
 * A screen as cells, a character and a style each: what a terminal shows, and
 * what can be printed as text.
 */

#include "sim/base/error.h"
#include "sim/base/text.h"

enum cell_style {
	CELL_PLAIN,
	CELL_TITLE, /* the bars at the top and the bottom */
	CELL_HEAD,  /* what a line is about */
	CELL_DIM,
	CELL_GOOD,
	CELL_BAD,
	CELL_TYPE, /* + enum migratetype: its colour */
	NR_CELL_STYLES = CELL_TYPE + 6
};

struct cell {
	uint32_t character; /* Unicode; one column wide */
	uint8_t style;	    /* enum cell_style */
	bool changed;	    /* to be told from what is as it was */
};

struct cells {
	int width;
	int height;
	bool ascii;	   /* no character above 0x7e */
	struct cell *cell; /* owned; row by row */
};

/* Blank. 0, or -1 with an error added. */
int cells_init(struct cells *cells, int width, int height, bool ascii,
	       struct errors *errors);
void cells_release(struct cells *cells);

static inline struct cell *cells_at(const struct cells *cells, int row,
				    int column)
{
	return &cells->cell[row * cells->width + column];
}

/*
 * Writes UTF-8 from a place on, cut at `end` (a column; at most the width):
 * then its last character is an ellipsis. What is outside is left out. Returns
 * the column behind it.
 */
int cells_put(struct cells *cells, int row, int column, int end,
	      enum cell_style style, const char *text);
int cells_format(struct cells *cells, int row, int column, int end,
		 enum cell_style style, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* One character. */
void cells_set(struct cells *cells, int row, int column, enum cell_style style,
	       uint32_t character, bool changed);
/* A whole row of blanks in that style. */
void cells_bar(struct cells *cells, int row, enum cell_style style);

/*
 * Writes text in lines of at most `width` columns from `row` on, words kept
 * whole, a new line for each newline in it, at most `rows`; the last one ends
 * in an ellipsis where there is more. Returns the lines that all of it takes.
 * `cells` NULL: only counts.
 */
int cells_wrap(struct cells *cells, int row, int column, int width, int rows,
	       enum cell_style style, const char *text);

/* The cells as lines of text, without blanks at their ends. */
void cells_print(const struct cells *cells, struct text *out);

#endif
