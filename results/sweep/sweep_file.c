/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what a sweep left.
 *
 *	point,database,status,digest,sysctl.min_free_kbytes,seed,failures,…
 *	                             `------ axes -------------' `- metrics
 *
 * Rules: the names of metrics are known, so the axes are all columns before the
 * first of these. Numbers are taken from the points' databases, which lie
 * beside the file wherever the folder is now: they have every metric, not just
 * the main ones.
 *
 * Why not sim/base/csv.c: that reads tables whose columns are known, short
 * lines without quotes, and says where in a line what is wrong. Here the
 * columns are the sweep's own, thousands if need be, values are quoted as
 * text_add_csv() writes them, and nobody writes the file by hand.
 */

#define _GNU_SOURCE

#include "results/sweep/sweep_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "sweep.csv"
#define COLUMNS_MAX 4096
#define FIRST_AXIS 4 /* behind point, database, status and digest */

struct reading {
	struct sweep_file *file;
	const char *folder;
	size_t folder_length;
	FILE *in;
	char *line;
	size_t capacity;
	uint64_t line_number;
	char *field[COLUMNS_MAX]; /* of the line in hand */
	size_t nr_fields;
	struct errors *errors;
};

static struct place place_in(const struct reading *reading)
{
	return (struct place){ reading->file->path, reading->line_number, 1 };
}

static int no_memory(struct errors *errors)
{
	errno = 0;
	return error_host(errors, "sweep");
}

/* ---- lines -------------------------------------------------------------- */

/* Takes a field off *at and unquotes it in its place (RFC 4180). */
static char *take_field(char **at)
{
	char *from = *at, *to = *at, *field = *at;
	bool quoted = *from == '"';

	from += quoted;
	while (*from && (quoted || *from != ',')) {
		if (quoted && *from == '"' && *++from != '"')
			quoted = false;
		else
			*to++ = *from++;
	}
	*at = *from ? from + 1 : NULL;
	*to = '\0';
	return field;
}

/* 1: a line is in hand; 0: there is none left. */
static int next_line(struct reading *reading)
{
	ssize_t length =
		getline(&reading->line, &reading->capacity, reading->in);
	char *at = reading->line;

	if (length < 0)
		return 0;
	reading->line_number++;
	at[strcspn(at, "\r\n")] = '\0';
	reading->nr_fields = 0;
	while (at && reading->nr_fields < COLUMNS_MAX)
		reading->field[reading->nr_fields++] = take_field(&at);
	return 1;
}

static const char *keep(struct reading *reading, const char *text)
{
	return arena_strndup(reading->file->arena, text, strlen(text));
}

/* ---- axes --------------------------------------------------------------- */

static bool is_metric(const char *column)
{
	return metric_find(column, strcspn(column, "[")) != NR_METRICS;
}

static const char *last_part(const char *path)
{
	const char *point = strrchr(path, '.');

	return point ? point + 1 : path;
}

/* What stands behind the last point, where that tells an axis from others. */
static void shorten_axes(struct sweep_table *table, const char **short_axis)
{
	for (size_t a = 0; a < table->nr_axes; a++) {
		short_axis[a] = last_part(table->axis[a]);
		for (size_t b = 0; b < table->nr_axes; b++)
			if (a != b && !strcmp(last_part(table->axis[a]),
					      last_part(table->axis[b])))
				short_axis[a] = table->axis[a];
	}
}

static int read_head(struct reading *reading)
{
	struct sweep_table *table = &reading->file->table;
	size_t nr = FIRST_AXIS;
	const char **axis, **short_axis;

	if (!next_line(reading) || reading->nr_fields <= FIRST_AXIS ||
	    strcmp(reading->field[0], "point") != 0)
		return error_input(reading->errors,
				   place_of_file(reading->file->path),
				   "is not what `kmemsim sweep` writes");
	while (nr < reading->nr_fields && !is_metric(reading->field[nr]))
		nr++;
	table->nr_axes = table->seed_axis = nr - FIRST_AXIS;
	axis = arena_alloc(reading->file->arena,
			   (table->nr_axes + 1) * sizeof(*axis));
	short_axis = arena_alloc(reading->file->arena,
				 (table->nr_axes + 1) * sizeof(*short_axis));
	if (!axis || !short_axis)
		return no_memory(reading->errors);
	table->axis = axis;
	table->short_axis = short_axis;
	for (size_t a = 0; a < table->nr_axes; a++) {
		axis[a] = keep(reading, reading->field[FIRST_AXIS + a]);
		if (!axis[a])
			return no_memory(reading->errors);
		if (!strcmp(axis[a], "seed"))
			table->seed_axis = a;
	}
	shorten_axes(table, short_axis);
	return 0;
}

size_t sweep_axis_find(const struct sweep_table *table, const char *option,
		       const char *name, size_t length, struct errors *errors)
{
	struct nearest nearest = { .word = name, .length = length };
	struct text hint = TEXT_EMPTY;

	for (size_t a = 0; a < table->nr_axes; a++) {
		const char *path = table->axis[a], *part = table->short_axis[a];

		if ((strlen(path) == length && !memcmp(path, name, length)) ||
		    (strlen(part) == length && !memcmp(part, name, length)))
			return a;
		nearest_consider(&nearest, path);
		nearest_consider(&nearest, part);
	}
	text_add_near(&hint, nearest.best);
	text_add(&hint, "%s it has ", nearest.best ? "" : ";");
	if (table->nr_axes)
		text_add_choices(&hint, table->axis, table->nr_axes);
	else
		text_add(&hint, "none");
	error_input(errors, (struct place){ .file = option },
		    "the sweep has no axis \"%.*s\"%s", (int)length, name,
		    hint.s ? hint.s : "");
	text_release(&hint);
	return table->nr_axes;
}

/* ---- rows --------------------------------------------------------------- */

static int fill_row(struct reading *reading, struct sweep_row *row)
{
	size_t nr_axes = reading->file->table.nr_axes;
	const char **value = arena_alloc(reading->file->arena,
					 (nr_axes + 1) * sizeof(*value));
	struct text database = TEXT_EMPTY;

	if (!value)
		return no_memory(reading->errors);
	text_add(&database, "%.*s%s.db", (int)reading->folder_length,
		 reading->folder, reading->field[0]);
	*row = (struct sweep_row){
		.name = keep(reading, reading->field[0]),
		.database = database.s ? keep(reading, database.s) : NULL,
		.value = value,
	};
	text_release(&database);
	for (size_t a = 0; a < nr_axes; a++) {
		value[a] = keep(reading, reading->field[FIRST_AXIS + a]);
		if (!value[a])
			return no_memory(reading->errors);
	}
	return row->name && row->database ? 0 : no_memory(reading->errors);
}

static int read_rows(struct reading *reading)
{
	struct sweep_table *table = &reading->file->table;
	struct sweep_row *rows = NULL;

	while (next_line(reading)) {
		if (reading->nr_fields < FIRST_AXIS + table->nr_axes)
			return error_input(reading->errors, place_in(reading),
					   "a line of %zu columns, where there "
					   "are %zu axes",
					   reading->nr_fields, table->nr_axes);
		rows = arena_one_more(reading->file->arena, rows,
				      table->nr_rows, sizeof(*rows));
		if (!rows)
			return no_memory(reading->errors);
		table->row = rows;
		if (fill_row(reading, &rows[table->nr_rows]))
			return -1;
		table->nr_rows++;
	}
	return 0;
}

/* ---- some of them ------------------------------------------------------- */

static int no_such_value(const struct sweep_table *table, size_t axis,
			 const char *value, struct errors *errors)
{
	struct nearest nearest = { .word = value, .length = strlen(value) };
	struct text hint = TEXT_EMPTY;

	for (size_t i = 0; i < table->nr_rows; i++)
		nearest_consider(&nearest, table->row[i].value[axis]);
	text_add_near(&hint, nearest.best);
	error_input(errors, (struct place){ .file = "--only" },
		    "no point has %s=%s%s", table->axis[axis], value,
		    hint.s ? hint.s : "");
	text_release(&hint);
	return -1;
}

/* An axis, and a value that it may have. */
struct only {
	size_t axis;
	const char *value;
};

static int read_only(const struct sweep_table *table, const char *word,
		     struct only *only, struct errors *errors)
{
	const char *equals = strchr(word, '=');

	if (!equals)
		return error_input(errors, (struct place){ .file = "--only" },
				   "\"%s\" is not of the form AXIS=VALUE",
				   word);
	only->value = equals + 1;
	only->axis = sweep_axis_find(table, "--only", word,
				     (size_t)(equals - word), errors);
	if (only->axis == table->nr_axes)
		return -1;
	for (size_t i = 0; i < table->nr_rows; i++)
		if (!strcmp(table->row[i].value[only->axis], only->value))
			return 0;
	return no_such_value(table, only->axis, only->value, errors);
}

/* On each axis that is spoken of, does the row have one of the values? */
static bool is_kept(const struct sweep_row *row, const struct only *only,
		    size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		bool any = false;

		for (size_t j = 0; j < nr; j++)
			any |= only[j].axis == only[i].axis &&
			       !strcmp(row->value[only[j].axis], only[j].value);
		if (!any)
			return false;
	}
	return true;
}

static int keep_only(struct sweep_file *file, const char *const *words,
		     size_t nr_words, struct errors *errors)
{
	struct sweep_table *table = &file->table;
	struct sweep_row *row = (struct sweep_row *)table->row;
	struct only *only =
		arena_alloc(file->arena, (nr_words + 1) * sizeof(*only));
	size_t nr = 0;

	if (!only)
		return no_memory(errors);
	for (size_t i = 0; i < nr_words; i++)
		if (read_only(table, words[i], &only[i], errors))
			return -1;
	for (size_t i = 0; i < table->nr_rows; i++)
		if (is_kept(&row[i], only, nr_words))
			row[nr++] = row[i];
	if (!nr)
		return error_input(errors, (struct place){ .file = "--only" },
				   "no point has all of these values");
	table->nr_rows = nr;
	return 0;
}

/* ---- the file ----------------------------------------------------------- */

/* Its path, where `path` is its folder's, or its own. NULL: no memory. */
static char *file_path(const char *path)
{
	struct stat status;
	char *whole;

	if (stat(path, &status) || !S_ISDIR(status.st_mode))
		return strdup(path);
	return asprintf(&whole, "%s/" FILE_NAME, path) < 0 ? NULL : whole;
}

bool sweep_file_is_there(const char *path)
{
	char *file = file_path(path);
	const char *slash = file ? strrchr(file, '/') : NULL;
	bool is_there = file && !access(file, F_OK) &&
			!strcmp(slash ? slash + 1 : file, FILE_NAME);

	free(file);
	return is_there;
}

static int read_all(struct reading *reading, const char *const *only,
		    size_t nr_only)
{
	struct sweep_file *file = reading->file;
	const char *slash = strrchr(file->path, '/');

	reading->folder = file->path;
	reading->folder_length = slash ? (size_t)(slash - file->path) + 1 : 0;
	reading->in = fopen(file->path, "r");
	if (!reading->in)
		return error_open(reading->errors, place_of_file(file->path));
	if (read_head(reading) || read_rows(reading))
		return -1;
	if (!file->table.nr_rows)
		return error_input(reading->errors, place_of_file(file->path),
				   "has no point");
	return keep_only(file, only, nr_only, reading->errors);
}

int sweep_file_read(struct sweep_file *file, const char *path,
		    const char *const *only, size_t nr_only,
		    struct errors *errors)
{
	struct reading *reading = host_alloc(1, sizeof(*reading));
	int result;

	*file = (struct sweep_file){
		.path = file_path(path),
		.arena = arena_new(),
	};
	if (!reading || !file->path || !file->arena) {
		free(reading);
		return no_memory(errors);
	}
	reading->file = file;
	reading->errors = errors;
	result = read_all(reading, only, nr_only);
	if (reading->in)
		fclose(reading->in);
	free(reading->line);
	free(reading);
	return result;
}

void sweep_file_release(struct sweep_file *file)
{
	free(file->path);
	arena_free(file->arena);
	*file = (struct sweep_file){ .path = NULL };
}
