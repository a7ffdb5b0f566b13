/* SPDX-License-Identifier: GPL-2.0-only */
/* kmemsim report: a page about runs. */

#include "results/report/page.h"

#include "cli/cli.h"
#include "cli/shipped.h"
#include "cli/simulate.h"
#include "sim/base/safe_file.h"

static int report_main(int argc, char **argv);

const struct verb report_verb = {
	.name = "report",
	.does = "one self-contained page about runs",
	.run = report_main,
	/* clang-format off */
	.help =
"Usage: kmemsim report RUN.db… -o FILE.html [OPTION…]\n"
"\n"
"Writes a page about one run, or about up to 16 side by side: key figures,\n"
"pictures, failures, latencies, slab caches, counters, violations, what\n"
"differs between the configs, and how to do it again. The page is one file\n"
"that needs no network: it can be sent and kept as it is. Tables can be\n"
"sorted. A database may hold several runs; JOINED.db#2 is one of them.\n"
"\n"
"  -o, --output FILE  what is written (-: stdout)\n"
"      --title TEXT   the page's heading (default: the run's name)\n"
"      --explain      with what `kmemsim explain` says of each run's first\n"
"                     failure: does the runs again for that, with the\n"
"                     workload that is beside the database or where it was\n"
"  -w, --workload WORKLOAD  for --explain: where the runs' workload is now\n"
"      --no-pictures  without pictures, which gnuplot draws; it is not needed\n"
"                     then\n"
"\n"
"Example:\n"
"  kmemsim report before.db after.db -o report.html\n",
	/* clang-format on */
};

static int write_file(const char *output, const struct text *page,
		      struct errors *errors)
{
	struct safe_file safe;

	if (safe_file_open(&safe, output, errors))
		return -1;
	if (fwrite(page->s, 1, page->length, safe.file) != page->length) {
		error_host(errors, "can't write %s", output);
		safe_file_discard(&safe);
		return -1;
	}
	return safe_file_commit(&safe, errors);
}

static int refuse_to_overwrite(const struct page_options *options,
			       const char *output)
{
	for (size_t i = 0; i < options->nr_databases; i++)
		if (same_file(options->databases[i], output))
			return usage_error(&report_verb,
					   "%s would be written over a run's "
					   "database",
					   output);
	return 0;
}

/* An explanation for each run; the exit status, errors told. */
static int explain_all(const struct page_options *options, const char *workload,
		       struct text *says, const char **explanations)
{
	for (size_t i = 0; i < options->nr_databases; i++) {
		int status = explain_first(options->databases[i], workload,
					   &says[i]);

		if (status)
			return status;
		explanations[i] = says[i].s ? says[i].s : "";
	}
	return EXIT_FINE;
}

static int write_page(struct page_options *options, const char *output)
{
	struct errors errors = ERRORS_NONE;
	struct text page = TEXT_EMPTY;
	int status = EXIT_FINE;

	signals_catch();
	options->interrupted = &interrupted;
	options->script_dirs = (const char *const *)data_dirs("results/plots");
	if (!options->script_dirs)
		error_host(&errors, "no memory for the scripts' folders");
	if (!options->script_dirs || page_write(options, &page, &errors) ||
	    write_file(output, &page, &errors))
		status = fail_or_end(&errors);
	data_dirs_free((char **)options->script_dirs);
	text_release(&page);
	return status;
}

static int write_report(const struct page_options *options, bool explain,
			const char *workload, const char *output)
{
	struct page_options with = *options;
	struct text says[PAGE_RUNS_MAX] = { 0 };
	const char *explanations[PAGE_RUNS_MAX];
	int status = refuse_to_overwrite(options, output);

	if (!status && explain) {
		status = explain_all(options, workload, says, explanations);
		with.explanations = explanations;
	}
	if (!status)
		status = write_page(&with, output);
	for (size_t i = 0; i < PAGE_RUNS_MAX; i++)
		text_release(&says[i]);
	return status;
}

static int report_main(int argc, char **argv)
{
	struct page_options options = { .title = NULL };
	struct words operands = { .nr = 0 };
	const char *output = NULL, *workload = NULL;
	bool explain = false;
	const struct option_spec specs[] = {
		{ "--output", 'o', "a file", .text = &output },
		{ "--title", 0, "a text", .text = &options.title },
		{ "--explain", 0, .flag = &explain },
		{ "--workload", 'w', "a file", .shipped = &shipped_workloads,
		  .text = &workload },
		{ "--no-pictures", 0, .flag = &options.no_pictures },
		{ .name = NULL },
	};
	int status = options_parse(&report_verb, specs, argc, argv, &operands);

	if (!status && (!operands.nr || !output))
		status = usage_error(&report_verb,
				     "databases and -o are needed");
	if (!status && workload && !explain)
		status = usage_error(&report_verb,
				     "--workload is for --explain");
	if (!status && operands.nr > PAGE_RUNS_MAX)
		status = usage_error(&report_verb,
				     "%zu databases: a page is about %d at "
				     "most",
				     operands.nr, PAGE_RUNS_MAX);
	if (!status) {
		options.databases = operands.word;
		options.nr_databases = operands.nr;
		status = write_report(&options, explain, workload, output);
	}
	words_release(&operands);
	return status < 0 ? EXIT_FINE : status;
}
