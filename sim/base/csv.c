// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines, and comma-separated values.
 *
 * Rules: the first line names the columns, exactly; fields hold no commas and
 * no quotes; empty lines mean nothing; a line may end in a carriage return and
 * a newline, and the first may begin with a byte order mark, as spreadsheets
 * write it. Left out: quoting (RFC 4180), which none of these files needs.
 * What is our own output has it, and columns of any number and name:
 * results/sweep/sweep_file.c reads that.
 */

#include "sim/base/csv.h"

#include "sim/base/text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int line_reader_open(struct line_reader *reader, const char *path,
		     struct errors *errors)
{
	struct stat status;

	reader->place = (struct place){ path, 1, 1 };
	reader->file = fopen(path, "re");
	if (!reader->file)
		return error_open(errors, reader->place);
	if (fstat(fileno(reader->file), &status) == 0 &&
	    S_ISDIR(status.st_mode)) {
		line_reader_close(reader);
		return error_input(errors, reader->place,
				   "this is a directory, not a file");
	}
	reader->place.line = 0;
	return 0;
}

void line_reader_close(struct line_reader *reader)
{
	if (reader->file)
		fclose(reader->file);
	reader->file = NULL;
}

static int bad_byte(struct line_reader *reader, int c, struct errors *errors)
{
	reader->place.column = reader->length + 1;
	return error_input(errors, reader->place,
			   c == 0 ? "a NUL byte: this is not a text file" :
				    "a line of more than %d bytes",
			   LINE_LENGTH_MAX);
}

static void drop_byte_order_mark(struct line_reader *reader)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t length = sizeof(mark) - 1;

	if (reader->length < length || memcmp(reader->line, mark, length) != 0)
		return;
	reader->length -= length;
	memmove(reader->line, reader->line + length, reader->length);
}

int line_reader_next(struct line_reader *reader, struct errors *errors)
{
	int c;

	reader->place.line++;
	reader->place.column = 1;
	reader->length = 0;
	while ((c = getc_unlocked(reader->file)) != EOF && c != '\n') {
		if (c == 0 || reader->length == LINE_LENGTH_MAX)
			return bad_byte(reader, c, errors);
		reader->line[reader->length++] = (char)c;
	}
	if (c == EOF && ferror(reader->file))
		return error_host(errors, "%s cannot be read",
				  reader->place.file);
	if (c == EOF && reader->length == 0)
		return 0;
	if (reader->length > 0 && reader->line[reader->length - 1] == '\r')
		reader->length--;
	if (reader->place.line == 1)
		drop_byte_order_mark(reader);
	reader->line[reader->length] = '\0';
	return 1;
}

/* Cuts the line at its commas; returns the number of fields. */
static size_t split(struct csv *csv)
{
	struct line_reader *lines = &csv->lines;
	char *s = lines->line, *comma;
	size_t nr = 0;

	for (;;) {
		comma = strchr(s, ',');
		if (comma)
			*comma = '\0';
		if (nr < CSV_FIELDS_MAX) {
			struct field *field = &csv->field[nr];

			field->s = s;
			field->length = strlen(s);
			field->place = lines->place;
			field->place.column = (uint64_t)(s - lines->line) + 1;
		}
		nr++;
		if (!comma)
			return nr;
		s = comma + 1;
	}
}

static int report_columns(struct csv *csv, struct errors *errors)
{
	struct line_reader *lines = &csv->lines;
	struct text columns = TEXT_EMPTY;
	size_t i;

	for (i = 0; i < csv->nr_columns; i++)
		text_add(&columns, "%s%s", i ? "," : "", csv->columns[i]);
	/* As it was before it was cut at its commas. */
	for (i = 0; i < lines->length; i++)
		if (!lines->line[i])
			lines->line[i] = ',';
	error_input(errors, lines->place,
		    "the first line must name the columns: %s; it is "
		    "\"%.80s\"",
		    columns.s ? columns.s : "", lines->line);
	text_release(&columns);
	csv_close(csv);
	return -1;
}

int csv_open(struct csv *csv, const char *path, const char *const *columns,
	     size_t nr_columns, struct errors *errors)
{
	size_t i;
	int more;

	csv->columns = columns;
	csv->nr_columns = nr_columns;
	if (line_reader_open(&csv->lines, path, errors) != 0)
		return -1;
	more = line_reader_next(&csv->lines, errors);
	if (more == 0) {
		error_input(errors, csv->lines.place, "the file is empty");
		more = -1;
	}
	if (more < 0) {
		csv_close(csv);
		return -1;
	}
	if (split(csv) != nr_columns)
		return report_columns(csv, errors);
	for (i = 0; i < nr_columns; i++) {
		if (strcmp(csv->field[i].s, columns[i]) != 0)
			return report_columns(csv, errors);
	}
	return 0;
}

int csv_next(struct csv *csv, struct errors *errors)
{
	size_t nr;
	int more;

	for (;;) {
		more = line_reader_next(&csv->lines, errors);
		if (more != 1)
			return more;
		if (csv->lines.length == 0)
			continue;
		nr = split(csv);
		if (nr == csv->nr_columns)
			return 1;
		error_input(errors, csv->lines.place,
			    "%zu field%s where there "
			    "are %zu columns",
			    nr, plural(nr), csv->nr_columns);
	}
}

void csv_close(struct csv *csv)
{
	line_reader_close(&csv->lines);
}

bool field_u64(const struct field *field, const char *what, uint64_t least,
	       uint64_t most, uint64_t *value, struct errors *errors)
{
	uint64_t number;

	if (!parse_u64(field->s, field->length, &number)) {
		error_input(errors, field->place,
			    "%s: \"%s\" is not a whole "
			    "number",
			    what, field->s);
		return false;
	}
	if (number < least || number > most) {
		error_input(errors, field->place,
			    "%s: \"%s\" is out of range; "
			    "allowed: %llu to %llu",
			    what, field->s, (unsigned long long)least,
			    (unsigned long long)most);
		return false;
	}
	*value = number;
	return true;
}

bool field_word(const struct field *field, const char *what,
		const char *const *words, size_t nr, size_t *which,
		struct errors *errors)
{
	struct text hint = TEXT_EMPTY;
	size_t i;

	for (i = 0; i < nr; i++) {
		if (strcmp(field->s, words[i]) == 0) {
			*which = i;
			return true;
		}
	}
	text_add_hint(&hint, field->s, field->length, words, nr, NULL);
	error_input(errors, field->place, "%s: unknown \"%s\"%s", what,
		    field->s, hint.s ? hint.s : "");
	text_release(&hint);
	return false;
}
