/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Characters in rows and columns. Where only ASCII may be used, each character
 * that the panels draw with has a stand-in; what names of users have beyond
 * that becomes a question mark, as does what is not one column wide.
 */

#include "results/step/cells.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"

#define ELLIPSIS 0x2026u

static const struct {
	uint32_t character;
	char ascii;
} stand_ins[] = {
	{ ELLIPSIS, '~' }, { 0x2191, '^' }, { 0x2193, 'v' }, { 0x2500, '-' },
	{ 0x2502, '|' },   { 0x2588, '#' }, { 0x2591, '.' }, { 0x2581, '1' },
	{ 0x2582, '2' },   { 0x2583, '3' }, { 0x2584, '4' }, { 0x2585, '5' },
	{ 0x2586, '6' },   { 0x2587, '7' }, { 0x25a0, '#' }, { 0x25cb, 'o' },
	{ 0x00b7, '.' },   { 0x2190, '<' }, { 0x2192, '>' },
};

int cells_init(struct cells *cells, int width, int height, bool ascii,
	       struct errors *errors)
{
	size_t nr = (size_t)width * (size_t)height;

	*cells = (struct cells){ width, height, ascii, NULL };
	cells->cell = host_alloc(nr, sizeof *cells->cell);
	if (!cells->cell)
		return error_host(errors, "no memory for a screen");
	for (size_t i = 0; i < nr; i++)
		cells->cell[i].character = ' ';
	return 0;
}

void cells_release(struct cells *cells)
{
	free(cells->cell);
	cells->cell = NULL;
}

static uint32_t fit(const struct cells *cells, uint32_t character)
{
	/* Scripts whose characters are wide, or stand on others. */
	if ((character >= 0x300 && character < 0x370) ||
	    (character >= 0x1100 && character < 0x2000) || character > 0x2600)
		return '?';
	if (!cells->ascii || character < 0x7f)
		return character;
	for (size_t i = 0; i < sizeof stand_ins / sizeof *stand_ins; i++)
		if (stand_ins[i].character == character)
			return (uint32_t)stand_ins[i].ascii;
	return '?';
}

void cells_set(struct cells *cells, int row, int column, enum cell_style style,
	       uint32_t character, bool changed)
{
	if (row < 0 || row >= cells->height || column < 0 ||
	    column >= cells->width)
		return;
	*cells_at(cells, row, column) = (struct cell){
		.character = fit(cells, character),
		.style = (uint8_t)style,
		.changed = changed,
	};
}

/* The next character of valid UTF-8; moves *text behind it. */
static uint32_t next_character(const char **text)
{
	const unsigned char *s = (const unsigned char *)*text;
	int more = *s < 0x80 ? 0 : *s < 0xe0 ? 1 : *s < 0xf0 ? 2 : 3;
	uint32_t character = more ? *s & (0x3fu >> more) : *s;

	for (s++; more && (*s & 0xc0) == 0x80; more--)
		character = character << 6 | (*s++ & 0x3f);
	*text = (const char *)s;
	return character;
}

int cells_put(struct cells *cells, int row, int column, int end,
	      enum cell_style style, const char *text)
{
	if (end > cells->width)
		end = cells->width;
	while (*text && column < end)
		cells_set(cells, row, column++, style, next_character(&text),
			  false);
	if (*text && column == end && end > 0)
		cells_set(cells, row, end - 1, style, ELLIPSIS, false);
	return column;
}

int cells_format(struct cells *cells, int row, int column, int end,
		 enum cell_style style, const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	return cells_put(cells, row, column, end, style, line);
}

void cells_bar(struct cells *cells, int row, enum cell_style style)
{
	for (int column = 0; column < cells->width; column++)
		cells_set(cells, row, column, style, ' ', false);
}

/* How many characters of a line fit, cut at a blank where there is one. */
static size_t fitting(const char *text, int width, const char **next)
{
	const char *at = text, *blank = NULL;
	int columns = 0;

	while (*at && *at != '\n' && columns <= width) {
		if (*at == ' ')
			blank = at;
		if (columns == width)
			break;
		next_character(&at);
		columns++;
	}
	if (*at && *at != '\n' && blank && blank > text)
		at = blank;
	*next = at + (*at == ' ' || *at == '\n');
	return (size_t)(at - text);
}

int cells_wrap(struct cells *cells, int row, int column, int width, int rows,
	       enum cell_style style, const char *text)
{
	int lines = 0;

	while (*text) {
		const char *next;
		size_t length = fitting(text, width, &next);
		char line[1024];

		snprintf(line, sizeof line, "%.*s", (int)length, text);
		if (cells && lines < rows) {
			int end = cells_put(cells, row + lines, column,
					    column + width, style, line);

			if (lines == rows - 1 && *next)
				cells_set(cells, row + lines,
					  end < column + width ? end : end - 1,
					  style, ELLIPSIS, false);
		}
		lines++;
		text = next;
	}
	return lines;
}

static void add_utf8(struct text *out, uint32_t character)
{
	char bytes[4];
	size_t nr = 0;

	if (character < 0x80) {
		bytes[nr++] = (char)character;
	} else if (character < 0x800) {
		bytes[nr++] = (char)(0xc0 | character >> 6);
		bytes[nr++] = (char)(0x80 | (character & 0x3f));
	} else {
		bytes[nr++] = (char)(0xe0 | character >> 12);
		bytes[nr++] = (char)(0x80 | (character >> 6 & 0x3f));
		bytes[nr++] = (char)(0x80 | (character & 0x3f));
	}
	text_add_bytes(out, bytes, nr);
}

void cells_print(const struct cells *cells, struct text *out)
{
	for (int row = 0; row < cells->height; row++) {
		int end = cells->width;

		while (end && cells_at(cells, row, end - 1)->character == ' ')
			end--;
		for (int column = 0; column < end; column++)
			add_utf8(out, cells_at(cells, row, column)->character);
		text_add_bytes(out, "\n", 1);
	}
}
