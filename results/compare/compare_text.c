/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A comparison for people, in one table:
 *
 *	                    A          B          B-A         %
 *	fragmentation
 *	  unusable[3]       0.104      0.312    +0.208   +200 %
 *	    0/Normal        0.101      0.310    +0.209   +207 %
 *	latency and waiting
 *	  latency_p99       12.3 us    10.1 us   -2.2 us   -18 %
 *	    kmalloc         …
 *
 * Rules: a metric whose labels begin with those of one above it stands
 * indented below, with its last labels only. Over seeds, values are means, the
 * difference is the mean of the pairs', with the half width of its 95 %
 * confidence interval, and a star where that leaves 0 out. Three and more
 * contestants are each shown with their value and its difference to A in per
 * cent; those that do not fit into a line stand in tables of their own.
 *
 * Left out by default: what is the same everywhere and need not be known, and
 * details such as paths, caches and single zones: the last line counts them.
 */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/compare/comparison.h"
#include "results/text/table.h"

#define WIDTH_USUAL 80
#define NAME_WIDTH 26	    /* of the first column, about */
#define VALUE_WIDTH 11	    /* of a column of values, with its gap */
#define CONTESTANT_WIDTH 20 /* of a value, its difference and a star */
#define CONFIG_VALUE_LEAST 8
#define COLUMN_GAP 2

/* How the numbers of a row are written. */
struct number_form {
	enum metric_unit unit;
	int decimals;
};

static void add_value(struct table *table, struct number_form form,
		      double value)
{
	char text[METRIC_TEXT_MAX];

	table_add(table, "%s",
		  metric_format_to(form.unit, value, form.decimals, text));
}

static void add_difference(struct table *table, struct number_form form,
			   double difference)
{
	char text[METRIC_TEXT_MAX];

	if (difference == 0)
		table_add(table, "=");
	else
		table_add(table, "%s%s", difference > 0 ? "+" : "",
			  metric_format_difference(form.unit, difference,
						   form.decimals, text));
}

/*
 * "-" where there is nothing that it could be a share of. Of what is a share
 * itself the difference is told in percentage points, beside the values or, if
 * that has no column, here.
 */
static void add_percent(struct table *table, struct number_form form,
			const struct paired *paired, bool has_difference)
{
	double percent = 100 * paired->mean / fabs(paired->mean_a);

	if (form.unit == METRIC_SHARE && has_difference)
		table_add(table, "%s", "");
	else if (form.unit == METRIC_SHARE && !isnan(paired->mean))
		add_difference(table, form, paired->mean);
	else if (paired->mean == 0)
		table_add(table, "=");
	else if (!isfinite(percent))
		table_add(table, "%s", isnan(paired->mean) ? "" : "-");
	else
		table_add(table, "%+.*f %%", fabs(percent) < 10, percent);
}

/* ---- heads -------------------------------------------------------------- */

static void write_seeds(const struct comparison *comparison,
			const struct compared_run *run, struct text *out)
{
	size_t nr = comparison->nr_seeds, same = 1, complete = 0;

	for (size_t i = 0; i < nr; i++) {
		complete += !strcmp(run[i].status, "complete");
		same += i && !strcmp(run[i].digest, run[0].digest);
	}
	text_add(out, "%zu seeds (%llu to %llu), %zu complete\n   ", nr,
		 (unsigned long long)run[0].seed,
		 (unsigned long long)run[nr - 1].seed, complete);
	if (same == nr)
		text_add(out, "digest %s, the same with every seed\n",
			 run[0].digest);
	else
		text_add(out, "digest %s with seed %llu\n", run[0].digest,
			 (unsigned long long)run[0].seed);
}

/* A scratch file's folder means nothing to anybody. */
static void write_file(const struct comparison *comparison, const char *path,
		       struct text *out)
{
	const char *slash = strrchr(path, '/');

	if (comparison->nr_seeds > 1)
		return;
	text_add_visible(out, comparison->options->is_scratch && slash ?
				      slash + 1 :
				      path);
	text_add(out, ": ");
}

static void write_heads(const struct comparison *comparison, struct text *out)
{
	for (size_t i = 0; i < comparison->nr_contestants; i++) {
		const struct compared_run *run = first_run(comparison, i);

		text_add(out, "%s  ", comparison->contestant[i].letter);
		write_file(comparison, run->path, out);
		text_add_visible(out, run->name);
		text_add(out, ", ");
		if (comparison->nr_seeds > 1) {
			write_seeds(comparison, run, out);
			continue;
		}
		text_add(out, "seed %llu, %s\n   digest %s\n",
			 (unsigned long long)run->seed, run->status,
			 *run->digest ? run->digest : "-");
	}
}

/* Of A, and of the contestants in these columns. */
struct config_table {
	struct table table;
	size_t from, to;
	size_t value_width;
};

/* At most `length` bytes, and no part of a letter of several. */
static size_t whole_letters(const char *text, size_t length)
{
	while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

/* Cuts what is too long for its column. */
static void add_config_value(struct config_table *to, const char *value)
{
	size_t width = to->value_width;

	if (!value)
		table_add(&to->table, "-");
	else if (strlen(value) <= width)
		table_add(&to->table, "%s", value);
	else
		table_add(&to->table, "%.*s…",
			  (int)whole_letters(value, width - 1), value);
}

static void tell_config(void *argument, const char *path,
			const char *const *value, size_t nr)
{
	struct config_table *to = argument;

	(void)nr;
	table_add(&to->table, "%s", path);
	add_config_value(to, value[0]);
	for (size_t i = to->from; i < to->to; i++)
		add_config_value(to, value[i]);
	table_end_row(&to->table);
}

static void measure_path(void *argument, const char *path,
			 const char *const *value, size_t nr)
{
	size_t *longest = argument;

	(void)value;
	(void)nr;
	if (strlen(path) > *longest)
		*longest = strlen(path);
}

static void write_config_table(const struct comparison *comparison,
			       struct config_table *to, struct text *out)
{
	to->table = TABLE_EMPTY;
	table_add(&to->table, "config");
	table_add(&to->table, "%s", comparison->contestant[0].letter);
	for (size_t i = to->from; i < to->to; i++)
		table_add(&to->table, "%s", comparison->contestant[i].letter);
	table_end_row(&to->table);
	each_config_difference(comparison, tell_config, to);
	text_add(out, "\n");
	table_write(&to->table, 0, out);
}

/* As many values as fit into a line, in tables below each other. */
static void write_config(const struct comparison *comparison, struct text *out)
{
	size_t width = comparison->options->width ?: WIDTH_USUAL;
	size_t nr = comparison->nr_contestants;
	size_t longest = 0, room, fit;
	struct config_table to = { .from = 1 };

	each_config_difference(comparison, measure_path, &longest);
	if (!longest) {
		text_add(out, "\nThe configs are the same.\n");
		return;
	}
	room = width > longest ? width - longest : 0;
	fit = room / (CONFIG_VALUE_LEAST + COLUMN_GAP);
	if (fit < 2)
		fit = 2;
	if (fit > nr)
		fit = nr;
	to.value_width = room / fit > CONFIG_VALUE_LEAST + COLUMN_GAP ?
				 room / fit - COLUMN_GAP :
				 CONFIG_VALUE_LEAST;
	for (; to.from < nr; to.from = to.to) {
		to.to = to.from + fit - 1 < nr ? to.from + fit - 1 : nr;
		write_config_table(comparison, &to, out);
	}
}

/* ---- the table ---------------------------------------------------------- */

/* What is left out of a table. */
struct left_out {
	size_t same;
	size_t details;
};

/* Without a cost model all latencies are 0: nothing to look at. */
static bool is_all_zero(const struct comparison *comparison,
			const struct metric *metric)
{
	for (size_t i = 0; i < comparison->nr_runs; i++)
		if (metric->value[i] != 0 && !isnan(metric->value[i]))
			return false;
	return true;
}

/* How many labels the metric shares with the one shown above it. */
static size_t shared_labels(const struct metric *above,
			    const struct metric *metric)
{
	size_t i = 0;

	if (!above || above->family != metric->family)
		return SIZE_MAX;
	while (i < above->nr_labels && i < metric->nr_labels &&
	       !strcmp(above->label[i], metric->label[i]))
		i++;
	return i;
}

/* The metric of fewer labels under which this one stands, or NULL. */
static const struct metric *parent_of(const struct metrics *metrics, size_t i)
{
	const struct metric *metric = &metrics->metric[i];

	while (i-- && metrics->metric[i].family == metric->family)
		if (metrics->metric[i].nr_labels < metric->nr_labels &&
		    shared_labels(&metrics->metric[i], metric) ==
			    metrics->metric[i].nr_labels)
			return &metrics->metric[i];
	return NULL;
}

/* The only zone, or operation, says what the machine, or all of them, do. */
static bool says_the_same(const struct comparison *comparison,
			  const struct metric *metric,
			  const struct metric *parent)
{
	for (size_t i = 0; i < comparison->nr_runs; i++)
		if (metric->value[i] != parent->value[i] &&
		    !(isnan(metric->value[i]) && isnan(parent->value[i])))
			return false;
	return true;
}

static bool is_detail(const struct comparison *comparison, size_t i)
{
	const struct metric *metric = &comparison->metrics.metric[i];
	const struct metric *parent;

	if (metric->level == LEVEL_DETAIL)
		return true;
	/* Reasons are wanted even where there is just one. */
	if (metric->family->counts)
		return false;
	parent = parent_of(&comparison->metrics, i);
	return parent && says_the_same(comparison, metric, parent);
}

static bool is_shown(const struct comparison *comparison, size_t i,
		     struct left_out *left_out)
{
	const struct metric *metric = &comparison->metrics.metric[i];
	enum compare_lines lines = comparison->options->lines;
	bool differs = metric_differs(comparison, metric);

	if (lines == COMPARE_LINES_ALL)
		return true;
	if (is_detail(comparison, i)) {
		left_out->details++;
		return false;
	}
	if (differs ||
	    (lines == COMPARE_LINES_USUAL && metric->level == LEVEL_KEY &&
	     !(metric->family->group == GROUP_LATENCY &&
	       is_all_zero(comparison, metric))))
		return true;
	left_out->same++;
	return false;
}

/* The metrics under which the next one may stand, outermost first. */
struct tree {
	const struct metric *open[METRIC_LABELS_MAX + 1];
	size_t nr;
};

static void add_name(struct table *table, struct tree *tree,
		     const struct metric *metric)
{
	struct text name = TEXT_EMPTY;

	while (tree->nr && shared_labels(tree->open[tree->nr - 1], metric) !=
				   tree->open[tree->nr - 1]->nr_labels)
		tree->nr--;
	text_add(&name, "%*s", (int)(2 + 2 * tree->nr), "");
	if (!tree->nr) {
		text_add(&name, "%s", metric->name);
	} else {
		size_t from = tree->open[tree->nr - 1]->nr_labels;

		for (size_t i = from; i < metric->nr_labels; i++)
			text_add(&name, "%s%s%s", i > from ? ", " : "",
				 metric->family->label[i] == LABEL_ORDER ?
					 "order " :
					 "",
				 metric->label[i]);
	}
	if (tree->nr <= METRIC_LABELS_MAX)
		tree->open[tree->nr++] = metric;
	table_add(table, "%s", name.s ? name.s : "");
	text_release(&name);
}

/* The contestants [from, to) beside the first. */
struct columns {
	size_t from;
	size_t to;
	bool pair; /* there are just two contestants: all is shown */
};

static void begin_table(const struct comparison *comparison,
			const struct columns *columns, struct table *table)
{
	const struct contestant *all = comparison->contestant;

	table_add(table, "%s", "");
	table_add(table, "%s", all[0].letter);
	for (size_t i = columns->from; i < columns->to; i++) {
		table_add(table, "%s", all[i].letter);
		if (columns->pair) {
			table_add(table, "%s-%s", all[i].letter, all[0].letter);
			if (comparison->nr_seeds > 1)
				table_add(table, "± 95 %%");
			table_add(table, "%%");
		} else {
			table_add(table, "%s-%s", all[i].letter, all[0].letter);
		}
		if (comparison->nr_seeds > 1)
			table_add(table, "%s", "");
	}
	table_end_row(table);
}

static void add_half_width(struct table *table, struct number_form form,
			   double half_width)
{
	char text[METRIC_TEXT_MAX];

	if (half_width == 0)
		table_add(table, "=");
	else
		table_add(table, "%s",
			  metric_format_difference(form.unit, half_width,
						   form.decimals, text));
}

/*
 * The decimals that the row needs; or those of the table, unless the row is of
 * larger numbers. So counts that stand below each other are of one kind.
 */
static int decimals_of(const struct comparison *comparison,
		       const struct columns *columns,
		       const struct metric *metric, int of_table)
{
	enum metric_unit unit = metric->family->unit;
	double largest = 0;
	int decimals = 0;

	for (size_t i = columns->from; i < columns->to; i++) {
		struct paired paired;

		difference_of(comparison, metric, i, &paired);
		decimals = metric_decimals(unit, paired.mean_a, decimals);
		decimals = metric_decimals(unit, paired.mean_b, decimals);
		largest = fmax(largest, fmax(paired.mean_a, paired.mean_b));
		if (largest >= METRIC_LARGE)
			continue;
		decimals = metric_decimals(unit, paired.mean, decimals);
		decimals = metric_decimals(unit, paired.half_width, decimals);
	}
	return largest < METRIC_LARGE && of_table > decimals ? of_table :
							       decimals;
}

static void add_metric(const struct comparison *comparison,
		       const struct columns *columns,
		       const struct metric *metric, int decimals,
		       struct tree *tree, struct table *table)
{
	struct number_form form = { metric->family->unit, decimals };
	bool seeds = comparison->nr_seeds > 1;

	add_name(table, tree, metric);
	add_value(table, form,
		  mean_of(values_of(comparison, metric, 0),
			  comparison->nr_seeds));
	for (size_t i = columns->from; i < columns->to; i++) {
		struct paired paired;

		difference_of(comparison, metric, i, &paired);
		add_value(table, form, paired.mean_b);
		if (columns->pair) {
			add_difference(table, form, paired.mean);
			if (seeds)
				add_half_width(table, form, paired.half_width);
		}
		add_percent(table, form, &paired, columns->pair);
		if (seeds)
			table_add(table, "%s", paired.excludes_zero ? "*" : "");
	}
	table_end_row(table);
}

/* Has any of the contestants in these columns such a thing? */
static bool is_there(const struct comparison *comparison,
		     const struct columns *columns, const struct metric *metric)
{
	size_t seeds = comparison->nr_seeds;

	if (!isnan(mean_of(values_of(comparison, metric, 0), seeds)))
		return true;
	for (size_t i = columns->from; i < columns->to; i++)
		if (!isnan(mean_of(values_of(comparison, metric, i), seeds)))
			return true;
	return false;
}

/* Those that one of the table's counts needs. */
static int table_decimals(const struct comparison *comparison,
			  const struct columns *columns)
{
	const struct metrics *metrics = &comparison->metrics;
	struct left_out unused = { .same = 0 };
	int decimals = 0;

	for (size_t i = 0; i < metrics->nr && !decimals; i++)
		if (metrics->metric[i].family->unit == METRIC_COUNT &&
		    is_shown(comparison, i, &unused))
			decimals = decimals_of(comparison, columns,
					       &metrics->metric[i], 0);
	return decimals;
}

static void write_table(const struct comparison *comparison,
			const struct columns *columns,
			struct left_out *left_out, struct text *out)
{
	const struct metrics *metrics = &comparison->metrics;
	int decimals = table_decimals(comparison, columns);
	struct table table = TABLE_EMPTY;
	enum metric_group group = NR_METRIC_GROUPS;
	struct tree tree = { .nr = 0 };

	*left_out = (struct left_out){ .same = 0 };
	begin_table(comparison, columns, &table);
	for (size_t i = 0; i < metrics->nr; i++) {
		const struct metric *metric = &metrics->metric[i];

		if (!is_shown(comparison, i, left_out) ||
		    !is_there(comparison, columns, metric))
			continue;
		if (metric->family->group != group) {
			group = metric->family->group;
			table_add(&table, "%s", metric_groups[group].title);
			table_end_row(&table);
		}
		add_metric(comparison, columns, metric,
			   decimals_of(comparison, columns, metric, decimals),
			   &tree, &table);
	}
	text_add(out, "\n");
	if (table_is_bare(&table)) {
		text_add(out, "No run differs from A in anything.\n");
		table_release(&table);
	} else {
		table_write(&table, 0, out);
	}
}

static void write_tables(const struct comparison *comparison,
			 struct left_out *left_out, struct text *out)
{
	size_t width = comparison->options->width ?: WIDTH_USUAL;
	size_t nr = comparison->nr_contestants, at = 1;
	size_t first = NAME_WIDTH + VALUE_WIDTH;
	size_t fit = width > first + CONTESTANT_WIDTH ?
			     (width - first) / CONTESTANT_WIDTH :
			     1;

	while (at < nr) {
		struct columns columns = { at, at + fit < nr ? at + fit : nr,
					   nr == 2 };

		write_table(comparison, &columns, left_out, out);
		at = columns.to;
	}
}

static void write_left_out(const struct left_out *left_out, struct text *out)
{
	text_add(out, "Not shown: ");
	text_add_counted(out, 0, left_out->same,
			 "line[s] that [is|are] the same everywhere, ");
	text_add_counted(out, 0, left_out->details, "detail[s]: --all.\n");
}

static void write_notes(const struct comparison *comparison,
			const struct left_out *left_out, struct text *out)
{
	const struct compared_run *run = first_run(comparison, 0);

	text_add(out, "\n");
	if (comparison->nr_seeds > 1)
		text_add(out,
			 "Means over %zu seeds; differences seed by seed, %s.\n"
			 "*: the interval leaves 0 out.\n",
			 comparison->nr_seeds,
			 comparison->nr_contestants == 2 ?
				 "± their 95 % interval" :
				 "with a 95 % interval");
	if (run->has_sample && *run->sample_label) {
		text_add(out, "Memory: at the sample \"");
		text_add_visible(out, run->sample_label);
		text_add(out, "\".\n");
	} else if (run->has_sample) {
		text_add(out, "Memory: at each run's last sample.\n");
	}
	if (left_out->same + left_out->details)
		write_left_out(left_out, out);
}

void compare_write_text(const struct comparison *comparison, struct text *out)
{
	struct left_out left_out = { .same = 0 };

	write_heads(comparison, out);
	write_config(comparison, out);
	write_tables(comparison, &left_out, out);
	write_notes(comparison, &left_out, out);
}
