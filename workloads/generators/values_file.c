/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of numbers that a workload leaves in a file of their own. */
#include "workloads/generators/values_file.h"

#include <string.h>

#include "sim/base/csv.h"
#include "sim/base/text.h"

static const char *const with_count[] = { "value", "count" };
static const char *const times[] = { "t" };

static bool read_row(struct values_file *file, const struct csv *csv,
		     values_parse_fn *parse, const char *wanted, uint64_t *sum,
		     struct errors *errors)
{
	const struct field *field = csv->field;
	uint64_t value, count;

	if (!parse(field->s, field->length, &value)) {
		error_input(errors, field->place, "\"%s\" is not %s", field->s,
			    wanted);
		return false;
	}
	if (!file->count && file->nr && value < file->value[file->nr - 1]) {
		error_input(errors, field->place,
			    "\"%s\" is before the time above; time can't go "
			    "back",
			    field->s);
		return false;
	}
	if (file->count) {
		if (!field_u64(&field[1], "count", 1, INT64_MAX - *sum, &count,
			       errors))
			return false;
		*sum += count;
		file->count[file->nr] = count;
	}
	file->value[file->nr++] = value;
	return true;
}

static bool make_room(struct values_file *file, bool with_counts,
		      struct arena *arena, struct errors *errors)
{
	uint64_t *value =
		arena_one_more(arena, file->value, file->nr, sizeof(*value));
	uint64_t *count = NULL;

	if (value)
		file->value = value;
	if (value && with_counts) {
		count = arena_one_more(arena, file->count, file->nr,
				       sizeof(*count));
		if (count)
			file->count = count;
	}
	if (value && (count || !with_counts))
		return true;
	error_host(errors, "no memory for the numbers of a file");
	return false;
}

int values_file_read(struct values_file *file, const char *path,
		     bool with_counts, values_parse_fn *parse,
		     const char *wanted, struct arena *arena,
		     struct errors *errors)
{
	size_t before = errors->nr;
	uint64_t sum = 0;
	struct csv csv;
	int got;

	*file = (struct values_file){ .nr = 0 };
	if (csv_open(&csv, path, with_counts ? with_count : times,
		     with_counts ? 2 : 1, errors) < 0)
		return -1;
	while ((got = csv_next(&csv, errors)) > 0) {
		if (!make_room(file, with_counts, arena, errors))
			break;
		read_row(file, &csv, parse, wanted, &sum, errors);
	}
	if (got == 0 && errors->nr == before && !file->nr)
		error_input(errors, place_of_file(path),
			    "there is nothing in it but the names of columns");
	csv_close(&csv);
	return errors->nr == before ? 0 : -1;
}
