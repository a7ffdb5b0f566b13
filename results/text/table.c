/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table is a list of cells, as wide as its first row. A column's width is
 * that of its widest cell. Whether a column is of numbers is seen from its
 * cells, so that callers say what is in a table and not how it looks.
 *
 * Left out: cells of several lines; widths count code points, not what a
 * terminal makes of them.
 */

#define _GNU_SOURCE

#include "results/text/table.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/bug.h"
#include "sim/base/host.h"

static void add_owned(struct table *table, char *cell)
{
	char **grown = host_grow(table->cell, &table->capacity, table->nr + 1,
				 sizeof(*grown));

	if (!grown || !cell) {
		table->failed = true;
		free(cell);
	}
	if (!grown)
		return;
	table->cell = grown;
	if (cell)
		grown[table->nr++] = cell;
}

void table_add(struct table *table, const char *format, ...)
{
	va_list arguments;
	char *raw;

	va_start(arguments, format);
	if (vasprintf(&raw, format, arguments) < 0)
		raw = NULL;
	va_end(arguments);
	/* Names come from files, and tables go to terminals. */
	add_owned(table, raw ? make_visible(raw, strlen(raw)) : NULL);
	free(raw);
}

void table_end_row(struct table *table)
{
	if (!table->nr_columns) {
		BUG_ON(table->nr > TABLE_COLUMNS_MAX);
		table->nr_columns = (unsigned int)table->nr;
	}
	while (!table->failed && table->nr % table->nr_columns)
		add_owned(table, strdup(""));
}

static size_t width_of(const char *s)
{
	size_t width = 0;

	for (; *s; s++)
		width += (*s & 0xc0) != 0x80;
	return width;
}

static bool is_number(const char *s)
{
	if (!*s || !strcmp(s, "-") || !strcmp(s, "="))
		return true;
	if (*s == '-' || *s == '+')
		s++;
	return isdigit((unsigned char)*s);
}

static bool is_right_aligned(const struct table *table, unsigned int column)
{
	size_t at;

	for (at = table->nr_columns + column; at < table->nr;
	     at += table->nr_columns)
		if (!is_number(table->cell[at]))
			return false;
	return true;
}

/* Cells that are empty leave no blanks at the end of a line. */
static void end_line(struct text *out)
{
	while (out->length && out->s[out->length - 1] == ' ')
		out->s[--out->length] = '\0';
	text_add(out, "\n");
}

static void write_rows(const struct table *table, unsigned int indent,
		       struct text *out)
{
	size_t width[TABLE_COLUMNS_MAX] = { 0 };
	bool right[TABLE_COLUMNS_MAX] = { false };
	unsigned int nr = table->nr_columns, column;
	size_t at, length;
	int pad;

	for (at = 0; at < table->nr; at++) {
		length = width_of(table->cell[at]);
		if (length > width[at % nr])
			width[at % nr] = length;
	}
	for (column = 0; column < nr; column++)
		right[column] = is_right_aligned(table, column);
	for (at = 0; at < table->nr; at++) {
		column = (unsigned int)(at % nr);
		pad = (int)(width[column] - width_of(table->cell[at]));
		text_add(out, "%*s", column ? 2 : (int)indent, "");
		if (right[column])
			text_add(out, "%*s%s", pad, "", table->cell[at]);
		else if (column + 1 < nr)
			text_add(out, "%s%*s", table->cell[at], pad, "");
		else
			text_add(out, "%s", table->cell[at]);
		if (column + 1 == nr)
			end_line(out);
	}
}

void table_write(struct table *table, unsigned int indent, struct text *out)
{
	if (table->failed)
		out->failed = true;
	else if (table->nr)
		write_rows(table, indent, out);
	table_release(table);
}

void table_release(struct table *table)
{
	size_t at;

	for (at = 0; at < table->nr; at++)
		free(table->cell[at]);
	free(table->cell);
	*table = TABLE_EMPTY;
}

struct unit {
	const char *name;
	double size;
};

/* Three digits that count, in the largest unit that the number fills. */
static const char *format_unit(uint64_t number, const struct unit *units,
			       size_t nr, char text[NUMBER_TEXT_MAX])
{
	double value = (double)number;
	size_t u = 0;

	while (u + 1 < nr && value >= units[u + 1].size)
		u++;
	value /= units[u].size;
	snprintf(text, NUMBER_TEXT_MAX, "%.*f %s",
		 !u || value >= 100 ? 0 :
		 value >= 10	    ? 1 :
				      2,
		 value, units[u].name);
	return text;
}

const char *format_ns(uint64_t ns, char text[NUMBER_TEXT_MAX])
{
	static const struct unit units[] = {
		{ "ns", 1 },
		{ "us", 1e3 },
		{ "ms", 1e6 },
		{ "s", 1e9 },
	};

	return format_unit(ns, units, sizeof(units) / sizeof(*units), text);
}

const char *format_bytes(uint64_t bytes, char text[NUMBER_TEXT_MAX])
{
	static const struct unit units[] = {
		{ "B", 1 },
		{ "KiB", 1024.0 },
		{ "MiB", 1024.0 * 1024 },
		{ "GiB", 1024.0 * 1024 * 1024 },
		{ "TiB", 1024.0 * 1024 * 1024 * 1024 },
	};

	return format_unit(bytes, units, sizeof(units) / sizeof(*units), text);
}
