/* SPDX-License-Identifier: GPL-2.0-only */
/* kmemsim export: a run's tables, and answers to questions, for other tools. */

#include "results/database/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/shipped.h"
#include "cli/simulate.h"
#include "sim/base/safe_file.h"

static int export_main(int argc, char **argv);

const struct verb export_verb = {
	.name = "export",
	.does = "a run's tables for other tools",
	.run = export_main,
	/* clang-format off */
	.help =
"Usage: kmemsim export RUN.db --table TABLE [--format csv|json] [-o FILE]\n"
"       kmemsim export RUN.db --query QUERY [--format csv|json] [-o FILE]\n"
"\n"
"Prints the rows of a table or view of a run's database, or what a query\n"
"makes of them. docs/database.md has all tables. The file is one of SQLite,\n"
"which many tools read as it is. Of one that holds several runs, JOINED.db#2\n"
"is one.\n"
"\n"
"      --table TABLE    a table or view; list: their names and rows\n"
"      --query QUERY    a query that comes with kmemsim, by its name, such as\n"
"                       slowest-operations; a file NAME.sql; or SQL, in\n"
"                       quotes; list: those that come with it\n"
"      --format FORMAT  csv (default), as in RFC 4180, NULL empty; or json:\n"
"                       an array with an object a row, one on each line\n"
"  -o, --output FILE    what is written (default: -, stdout)\n"
"\n"
"Examples:\n"
"  kmemsim export nic-rx.db --table free_area -o free_area.csv\n"
"  kmemsim export nic-rx.db --query slowest-operations --format json\n"
"  kmemsim export nic-rx.db --query 'SELECT max(latency_ns) FROM op_log'\n",
	/* clang-format on */
};

static int read_format(const char *word, enum export_format *format)
{
	struct text hint = TEXT_EMPTY;
	int status;

	for (int i = 0; i < NR_EXPORT_FORMATS; i++)
		if (!strcmp(word, export_format_names[i])) {
			*format = (enum export_format)i;
			return 0;
		}
	text_add_hint(&hint, word, strlen(word), export_format_names,
		      NR_EXPORT_FORMATS, NULL);
	status = usage_error(&export_verb, "--format: unknown \"%s\"%s", word,
			     hint.s ? hint.s : "");
	text_release(&hint);
	return status;
}

static bool is_sql(const char *word)
{
	return strpbrk(word, " \t\n") != NULL;
}

static bool is_file_name(const char *word)
{
	size_t length = strlen(word);

	return length > 4 && !strcmp(word + length - 4, ".sql");
}

/*
 * The text of a query that was named; *file: where it is from, if that is a
 * file. -1 with an error added, EXIT_USAGE where there is no such query.
 */
static int find_query(const char *word, struct text *query, struct text *file,
		      struct errors *errors)
{
	if (is_sql(word))
		text_add(query, "%s", word);
	else if (is_file_name(word))
		text_add(file, "%s", word);
	else if (shipped_find(&shipped_queries, word, file, errors))
		return errors->any_host ? -1 : EXIT_USAGE;
	if (file->failed || query->failed)
		return error_host(errors, "no memory for a query");
	return query->s ? 0 : shipped_read(file->s, query, errors);
}

/* A table or a query that was asked for on the command line is its mistake. */
static int write_rows(const struct export_options *options, const char *output)
{
	struct errors errors = ERRORS_NONE;
	enum export_result result = EXPORT_FAILED;
	struct safe_file safe;
	int status = EXIT_FINE;

	signals_catch();
	if (safe_file_open(&safe, output, &errors) == 0) {
		result = export_rows(options, safe.file, &errors);
		if (result == EXPORT_DONE)
			safe_file_commit(&safe, &errors);
		else
			safe_file_discard(&safe);
	}
	if (interrupted && result != EXPORT_DONE) {
		errors_release(&errors);
		return EXIT_INTERRUPTED;
	}
	if (errors.nr)
		status = fail_with(&errors);
	return result == EXPORT_REFUSED && !options->query_file ? EXIT_USAGE :
								  status;
}

static int export_query(struct export_options *options, const char *word,
			const char *output)
{
	struct errors errors = ERRORS_NONE;
	struct text query = TEXT_EMPTY;
	struct text file = TEXT_EMPTY;
	int status = find_query(word, &query, &file, &errors);

	if (!status) {
		options->query = query.s;
		options->query_file = file.s;
		status = write_rows(options, output);
	} else if (status > 0) {
		fail_with(&errors);
	} else {
		status = fail_with(&errors);
	}
	text_release(&query);
	text_release(&file);
	return status;
}

static int print_tables(const char *database)
{
	struct errors errors = ERRORS_NONE;
	struct text out = TEXT_EMPTY;
	int status = EXIT_FINE;

	if (export_list(database, &out, &errors))
		status = fail_with(&errors);
	else
		fputs(out.s, stdout);
	text_release(&out);
	return status;
}

static int export_main(int argc, char **argv)
{
	struct export_options options = { .format = EXPORT_CSV,
					  .interrupted = &interrupted };
	struct words operands = { .nr = 0 };
	const char *format = NULL;
	const char *query = NULL;
	const char *output = "-";
	const struct option_spec specs[] = {
		{ "--table", 0, "a table or view", .text = &options.table },
		{ "--query", 0, "a name, a file or SQL", .text = &query },
		{ "--format", 0, "csv or json", .text = &format },
		{ "--output", 'o', "a file", .text = &output },
		{ .name = NULL },
	};
	int status = options_parse(&export_verb, specs, argc, argv, &operands);

	if (!status && query && !strcmp(query, "list"))
		status = shipped_print(&shipped_queries, false) ?: -1;
	if (!status && operands.nr != 1)
		status = usage_error(&export_verb, "one database is needed");
	if (!status && !options.table == !query)
		status = usage_error(&export_verb,
				     "either --table or --query is needed");
	if (!status && format)
		status = read_format(format, &options.format);
	if (!status) {
		options.database = operands.word[0];
		if (query)
			status = export_query(&options, query, output);
		else if (!strcmp(options.table, "list"))
			status = print_tables(options.database);
		else
			status = write_rows(&options, output);
	}
	words_release(&operands);
	return status < 0 ? EXIT_FINE : status;
}
