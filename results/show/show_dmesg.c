/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dmesg: reports with time stamps, one for each line (print_prefix(),
 * record_print_text(), kernel/printk/printk.c, Linux 6.1).
 *
 *	[    1.234567] dd: page allocation failure: order:4, …
 *	[    1.234567] CPU: 0 PID: 1 Comm: dd Not tainted …
 *
 * The workload's zero is the machine's boot.
 */

#include "results/show/show_dmesg.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef void report_view(sqlite3_stmt *row, void *to);

enum { COLUMN_N, COLUMN_T_NS, COLUMN_SEQ, COLUMN_TEXT };

static int has_log(const struct database *database, struct errors *errors)
{
	sqlite3_stmt *row = database_prepare(
		database,
		"SELECT 1 FROM sqlite_master WHERE name = 'kernel_log'",
		errors);
	int found = row ? database_step(database, row, errors) : -1;

	sqlite3_finalize(row);
	if (found)
		return found;
	return error_input(errors, (struct place){ .file = database->path },
			   "written by an older kmemsim, which kept no log of "
			   "the kernel's: run it again");
}

/* Those of one call; `seq` 0: all. */
static int each_report(const struct database *database, uint64_t seq,
		       report_view *view, void *to, struct errors *errors)
{
	sqlite3_stmt *row;
	int more = has_log(database, errors);

	if (more < 0)
		return -1;
	row = database_prepare(database,
			       "SELECT n, t_ns, seq, text FROM kernel_log"
			       " WHERE ?1 = 0 OR seq = ?1 ORDER BY n",
			       errors);
	if (!row)
		return -1;
	sqlite3_bind_int64(row, 1, (sqlite3_int64)seq);
	while ((more = database_step(database, row, errors)) > 0)
		view(row, to);
	sqlite3_finalize(row);
	return more;
}

static void add_line(uint64_t t_ns, const char *line, size_t length,
		     struct text *out)
{
	char *visible = make_visible(line, length);

	out->failed |= !visible;
	text_add(out, "[%5" PRIu64 ".%06" PRIu64 "] %s\n", t_ns / 1000000000,
		 t_ns % 1000000000 / 1000, visible ? visible : "");
	free(visible);
}

static void add_report(sqlite3_stmt *row, void *to)
{
	uint64_t t_ns = (uint64_t)sqlite3_column_int64(row, COLUMN_T_NS);
	const char *line = column_text(row, COLUMN_TEXT);
	size_t length;

	for (; *line; line += length + (line[length] == '\n')) {
		length = strcspn(line, "\n");
		add_line(t_ns, line, length, to);
	}
}

int show_dmesg(const struct database *database, struct text *out,
	       struct errors *errors)
{
	return each_report(database, 0, add_report, out, errors);
}

int show_dmesg_of(const struct database *database, uint64_t seq,
		  struct text *out, struct errors *errors)
{
	return each_report(database, seq, add_report, out, errors);
}

static void add_report_json(sqlite3_stmt *row, void *to)
{
	struct json *json = to;

	json_begin_object(json, NULL);
	json_int(json, "n", sqlite3_column_int64(row, COLUMN_N));
	json_int(json, "t_ns", sqlite3_column_int64(row, COLUMN_T_NS));
	if (sqlite3_column_type(row, COLUMN_SEQ) == SQLITE_NULL)
		json_null(json, "seq");
	else
		json_int(json, "seq", sqlite3_column_int64(row, COLUMN_SEQ));
	json_string(json, "text", column_text(row, COLUMN_TEXT));
	json_end_object(json);
}

int show_dmesg_json(const struct database *database, struct json *json,
		    struct errors *errors)
{
	int result;

	json_begin_array(json, "reports");
	result = each_report(database, 0, add_report_json, json, errors);
	json_end_array(json);
	return result;
}
