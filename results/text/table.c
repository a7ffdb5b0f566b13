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

static void measure(const struct table *table, size_t width[TABLE_COLUMNS_MAX])
{
	for (size_t at = 0; at < table->nr; at++) {
		size_t length = width_of(table->cell[at]);

		if (length > width[at % table->nr_columns])
			width[at % table->nr_columns] = length;
	}
}

size_t table_width(const struct table *table, unsigned int indent)
{
	size_t width[TABLE_COLUMNS_MAX] = { 0 }, sum = indent;

	measure(table, width);
	for (unsigned int column = 0; column < table->nr_columns; column++)
		sum += width[column] + (column ? 2 : 0);
	return sum;
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

/* The longest piece of `cell` that fits, up to behind a '|', or all of it. */
static size_t piece_of(const char *cell, size_t room)
{
	size_t length = 0;

	if (width_of(cell) <= room)
		return strlen(cell);
	for (const char *at = strchr(cell, '|'); at; at = strchr(at + 1, '|')) {
		if (length && (size_t)(at + 1 - cell) > room)
			break;
		length = (size_t)(at + 1 - cell);
	}
	return length ?: strlen(cell);
}

/* In lines of its own, below the row's second column. */
static void write_below(const char *cell, size_t indent, size_t columns,
			struct text *out)
{
	size_t room = columns > indent ? columns - indent : 1;

	while (*cell) {
		size_t length = piece_of(cell, room);

		end_line(out);
		text_add(out, "%*s%.*s", (int)indent, "", (int)length, cell);
		cell += length;
	}
}

static void write_rows(const struct table *table, unsigned int indent,
		       size_t columns, struct text *out)
{
	size_t width[TABLE_COLUMNS_MAX] = { 0 }, before = indent;
	bool right[TABLE_COLUMNS_MAX] = { false };
	unsigned int nr = table->nr_columns, column;
	size_t at;
	int pad;

	measure(table, width);
	for (column = 0; column < nr; column++)
		right[column] = is_right_aligned(table, column);
	for (column = 0; column + 1 < nr; column++)
		before += width[column] + 2;
	for (at = 0; at < table->nr; at++) {
		column = (unsigned int)(at % nr);
		pad = (int)(width[column] - width_of(table->cell[at]));
		text_add(out, "%*s", column ? 2 : (int)indent, "");
		if (right[column])
			text_add(out, "%*s%s", pad, "", table->cell[at]);
		else if (column + 1 < nr)
			text_add(out, "%s%*s", table->cell[at], pad, "");
		else if (before + width_of(table->cell[at]) > columns)
			write_below(table->cell[at], indent + width[0] + 2,
				    columns, out);
		else
			text_add(out, "%s", table->cell[at]);
		if (column + 1 == nr)
			end_line(out);
	}
}

void table_write_within(struct table *table, unsigned int indent,
			size_t columns, struct text *out)
{
	if (table->failed)
		out->failed = true;
	else if (table->nr)
		write_rows(table, indent, columns, out);
	table_release(table);
}

void table_write(struct table *table, unsigned int indent, struct text *out)
{
	table_write_within(table, indent, SIZE_MAX, out);
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

/* "4.00 KiB" is 4 KiB. */
const char *format_bytes_short(uint64_t bytes, char text[NUMBER_TEXT_MAX])
{
	char *unit, *end;

	format_bytes(bytes, text);
	unit = end = strchr(text, ' ');
	if (!memchr(text, '.', (size_t)(unit - text)))
		return text;
	while (end[-1] == '0')
		end--;
	if (end[-1] == '.')
		end--;
	memmove(end, unit, strlen(unit) + 1);
	return text;
}
