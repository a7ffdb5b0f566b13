/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the scripts are told of a picture: gnuplot variables and arrays, which
 * results/plots/style.gp lists. An array can't be empty in gnuplot: one of
 * nothing has one element.
 */

#include <string.h>

#include "results/plots/gnuplot.h"
#include "results/plots/plot_data.h"

bool plot_in_letters(const struct plot_options *options)
{
	return options->output && !strcmp(options->output, "-");
}

unsigned int plot_columns(const struct plot_options *options)
{
	unsigned int columns = options->columns ? options->columns : 80;

	return columns > 50 ? columns : 50;
}

unsigned int plot_lines(const struct plot_options *options)
{
	unsigned int lines = options->lines ? options->lines : 24;

	return lines > 16 ? lines : 16;
}

static void add_array(struct text *out, const char *name, size_t nr)
{
	text_add(out, "array %s[%zu]\n", name, nr ? nr : 1);
}

static void add_quoted(struct text *out, const char *name, size_t number,
		       const char *value)
{
	text_add(out, "%s[%zu] = ", name, number);
	gnuplot_quote(out, value);
	text_add(out, "\n");
}

/* Where there are several, or a panel's title would be empty. */
static bool title_has_run(const struct plot_data *data,
			  const struct plot_panel *panel)
{
	return panel->run >= 0 &&
	       (data->nr_runs > 1 || !(*panel->name || *panel->zone));
}

/* The only run's name, where nothing in the picture has it; "": else. */
static const char *run_of_picture(const struct plot_data *data)
{
	/* Where each run has but one sample, the legend names them. */
	if (data->nr_runs != 1 || data->single)
		return "";
	for (size_t i = 0; i < data->nr_panels; i++)
		if (title_has_run(data, &data->panel[i]))
			return "";
	return data->run[0].name;
}

/* "node 0, zone Normal, RUN", as far as there are others to tell it from. */
static void add_title(struct text *out, const struct plot_data *data, size_t i)
{
	const struct plot_panel *panel = &data->panel[i];
	struct text title = TEXT_EMPTY;

	text_add(&title, "%s", panel->name);
	if (*panel->zone)
		text_add(&title, "node %d, zone %s", panel->node, panel->zone);
	if (title_has_run(data, panel))
		text_add(&title, "%s%s", title.length ? ", " : "",
			 data->run[panel->run].name);
	add_quoted(out, "panel_title", i + 1, title.s ? title.s : "");
	text_release(&title);
}

static void add_texts(struct text *out, const struct plot_data *data)
{
	size_t i;

	add_array(out, "run_name", data->nr_runs);
	for (i = 0; i < data->nr_runs; i++)
		add_quoted(out, "run_name", i + 1, data->run[i].name);
	text_add(out, "run_of_picture = ");
	gnuplot_quote(out, run_of_picture(data));
	text_add(out, "\n");
	add_array(out, "series_name", data->nr_series);
	for (i = 0; i < data->nr_series; i++)
		add_quoted(out, "series_name", i + 1, data->series[i]);
	add_array(out, "panel_title", data->nr_panels);
	add_array(out, "panel_note", data->nr_panels);
	for (i = 0; i < data->nr_panels; i++) {
		const char *note = data->panel[i].note;

		add_title(out, data, i);
		add_quoted(out, "panel_note", i + 1, note ? note : "");
	}
}

/* Runs in each panel; what is of no run counts as one. */
static size_t runs_each(const struct plot_data *data)
{
	bool one_each = data->nr_panels && data->panel[0].run >= 0;

	return one_each || !data->nr_runs ? 1 : data->nr_runs;
}

static uint64_t most_samples(const struct plot_data *data)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < data->nr_runs; i++)
		if (data->run[i].nr_samples > most)
			most = data->run[i].nr_samples;
	return most;
}

void plot_add_settings(struct text *out, const struct plot_data *data,
		       double height)
{
	double ns_per_unit;
	size_t i;

	text_add(out, "time_unit = '%s'\n",
		 plot_data_time_unit(data, &ns_per_unit));
	text_add(out, "first_time = %.9g\nlast_time = %.9g\n",
		 (double)data->first_t_ns / ns_per_unit,
		 (double)data->last_t_ns / ns_per_unit);
	text_add(out, "single = %d\nsamples = %llu\nruns = %zu\npanels = %zu\n",
		 data->single, (unsigned long long)most_samples(data),
		 runs_each(data), data->nr_panels);
	text_add(out, "zones_left = %d\nletters = %d\n", data->zones_left,
		 plot_in_letters(data->options));
	text_add(out, "columns = %u\n", plot_columns(data->options));
	text_add(out, "height = %g\nmachine_orders = %u\norders = %u\n", height,
		 data->nr_machine_orders, data->nr_orders);
	text_add(out, "series = %zu\nblocks_each = %u\n", data->nr_series,
		 data->blocks_each);
	add_array(out, "order", data->nr_orders);
	for (i = 0; i < data->nr_orders; i++)
		text_add(out, "order[%zu] = %u\n", i + 1, data->order[i]);
	add_texts(out, data);
	if (data->settings.length)
		text_add_bytes(out, data->settings.s, data->settings.length);
}
