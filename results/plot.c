/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Draws pictures. gnuplot is given three scripts, which it runs in one
 * session, and a file of numbers:
 *
 *	settings.gp	made here: the terminal, names, sizes, what is drawn
 *	style.gp	shipped: colours, grid, margins
 *	KIND.gp		shipped, or the user's own: the picture itself
 *	data.txt	made here: plot_data.h says how it is laid out
 *
 * gnuplot writes beside the output's place under another name, and only a
 * picture that is complete takes the output's name.
 */

#define _GNU_SOURCE

#include "results/plot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/gnuplot.h"
#include "results/plot_data.h"
#include "sim/base/safe_file.h"

#define WIDTH 1000
#define PANEL_HEIGHT 300
#define MARGINS_HEIGHT 130 /* above and below all panels */
#define HEIGHT_MAX 6000

static const char *const scratch_files[] = { "settings.gp", "data.txt",
					     "messages" };
#define NR_SCRATCH_FILES 3

struct format {
	const char *suffix;
	const char *terminal; /* gnuplot's name */
	const char *options;
	const char *unit;    /* of the terminal's size */
	double per_pixel;    /* units in one of our pixels */
	const char *trailer; /* what a whole file ends with */
};

static const struct format formats[] = {
	{ ".svg", "svg",
	  "dynamic background 'white' font 'Helvetica,14' linewidth 1.3", "", 1,
	  "</svg>" },
	{ ".png", "pngcairo", "background 'white' font 'Sans,14' linewidth 1.8",
	  "", 1.4, "IEND" },
	{ ".pdf", "pdfcairo", "font 'Sans,11' linewidth 1.5", "cm", 0.0254,
	  "%%EOF" },
};
#define NR_FORMATS (sizeof(formats) / sizeof(formats[0]))

static const struct format *find_format(const char *output)
{
	const char *suffix = strrchr(output, '.');
	size_t i;

	for (i = 0; suffix && i < NR_FORMATS; i++)
		if (!strcasecmp(suffix, formats[i].suffix))
			return &formats[i];
	return NULL;
}

static const struct plot_kind *find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < nr_plot_kinds; i++)
		if (!strcmp(plot_kinds[i].name, name))
			return &plot_kinds[i];
	return NULL;
}

static int unknown_kind(const char *kind, struct errors *errors)
{
	const char **names = calloc(nr_plot_kinds, sizeof(*names));
	struct text text = TEXT_EMPTY;
	const char *nearest;
	size_t i;

	if (!names)
		return error_host(errors, "plot");
	for (i = 0; i < nr_plot_kinds; i++)
		names[i] = plot_kinds[i].name;
	nearest = nearest_match(kind, strlen(kind), names, nr_plot_kinds);
	if (nearest)
		text_add(&text, "did you mean %s? ", nearest);
	text_add(&text, "There are ");
	text_add_choices(&text, names, nr_plot_kinds);
	error_input(errors, (struct place){ .file = "--what" },
		    "no picture is called \"%s\": %s", kind, text.s);
	text_release(&text);
	free(names);
	return -1;
}

int plot_check(const struct plot_options *options, struct errors *errors)
{
	if (!find_kind(options->kind))
		return unknown_kind(options->kind, errors);
	if (!find_format(options->output))
		return error_input(errors,
				   (struct place){ .file = options->output },
				   "the suffix says what to draw: .svg, .png "
				   "or .pdf");
	if (!options->nr_databases || options->nr_databases > PLOT_RUNS_MAX)
		return error_input(errors, (struct place){ .file = "plot" },
				   "%zu databases: 1 to %d can be drawn",
				   options->nr_databases, PLOT_RUNS_MAX);
	return 0;
}

/* The script's path; free() it. *in is its folder. NULL with an error added. */
static char *find_script(const struct plot_options *options, const char *name,
			 const char **in, struct errors *errors)
{
	const char *const *folder = options->script_dirs;
	char *path;

	for (; folder && *folder; folder++) {
		if (asprintf(&path, "%s/%s.gp", *folder, name) < 0) {
			error_host(errors, "%s", name);
			return NULL;
		}
		if (!access(path, R_OK)) {
			*in = *folder;
			return path;
		}
		free(path);
	}
	errno = 0;
	error_host(errors, "the script %s.gp is nowhere to be found", name);
	return NULL;
}

/* What is made before gnuplot runs, and where. Zeroed memory is nothing. */
struct drawing {
	struct scratch scratch;
	char *settings, *rows, *messages; /* paths in the scratch folder */
	char *style, *script;
	const char *plots; /* the folder of the scripts; borrowed */
	struct safe_file picture;
};

/* ---- settings.gp --------------------------------------------------------- */

static void add_array(struct text *out, const char *name, size_t nr)
{
	text_add(out, "array %s[%zu]\n", name, nr);
}

static void add_texts(struct text *out, const struct plot_data *data)
{
	size_t i;

	add_array(out, "run_name", data->nr_runs);
	for (i = 0; i < data->nr_runs; i++) {
		text_add(out, "run_name[%zu] = ", i + 1);
		gnuplot_quote(out, data->run[i].name);
		text_add(out, "\n");
	}
	add_array(out, "panel_title", data->nr_panels);
	for (i = 0; i < data->nr_panels; i++) {
		const struct plot_panel *panel = &data->panel[i];

		text_add(out, "panel_title[%zu] = 'node %d, zone %s'", i + 1,
			 panel->node, panel->zone);
		if (panel->run >= 0 && data->nr_runs > 1) {
			text_add(out, ".', '.");
			gnuplot_quote(out, data->run[panel->run].name);
		}
		text_add(out, "\n");
	}
}

static double picture_height(const struct plot_data *data)
{
	double height =
		(double)(data->nr_panels * PANEL_HEIGHT) + MARGINS_HEIGHT;

	return height < HEIGHT_MAX ? height : HEIGHT_MAX;
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

static void add_settings(struct text *out, const struct plot_data *data,
			 const struct format *format,
			 const struct drawing *drawing)
{
	double height = picture_height(data), ns_per_unit;
	size_t i;

	text_add(out, "set encoding utf8\n");
	text_add(out, "set terminal %s noenhanced size %.6g%s,%.6g%s %s",
		 format->terminal, WIDTH * format->per_pixel, format->unit,
		 height * format->per_pixel, format->unit, format->options);
	text_add(out, "\nset output ");
	gnuplot_quote(out, drawing->picture.beside);
	text_add(out, "\ndata = ");
	gnuplot_quote(out, drawing->rows);
	text_add(out, "\ntime_unit = '%s'\n",
		 plot_data_time_unit(data, &ns_per_unit));
	text_add(out, "first_time = %.9g\nlast_time = %.9g\n",
		 (double)data->first_t_ns / ns_per_unit,
		 (double)data->last_t_ns / ns_per_unit);
	text_add(out, "single = %d\nsamples = %llu\nruns = %zu\npanels = %zu\n",
		 data->single, (unsigned long long)most_samples(data),
		 data->kind->run_panels ? 1 : data->nr_runs, data->nr_panels);
	text_add(out, "zones_left = %d\n", data->zones_left);
	text_add(out, "height = %g\nmachine_orders = %u\norders = %u\n", height,
		 data->nr_machine_orders, data->nr_orders);
	text_add(out, "plots = ");
	gnuplot_quote(out, drawing->plots);
	text_add(out, "\n");
	add_array(out, "order", data->nr_orders);
	for (i = 0; i < data->nr_orders; i++)
		text_add(out, "order[%zu] = %u\n", i + 1, data->order[i]);
	add_texts(out, data);
}

/* ---- drawing ------------------------------------------------------------- */

/* gnuplot opens it again by its name, so it must be one that keeps bytes. */
static int open_picture(struct drawing *drawing, const char *output,
			struct errors *errors)
{
	struct stat old;

	errno = 0;
	if (stat(output, &old) == 0 && !S_ISREG(old.st_mode))
		return error_host(errors,
				  "%s is no place for a picture: it is no "
				  "regular file",
				  output);
	return safe_file_open(&drawing->picture, output, errors);
}

/* Does the file end as its format wants it to? A full disk cuts it off. */
static bool is_whole(FILE *file, const struct format *format)
{
	char end[64];
	size_t length;

	if (fseek(file, 0, SEEK_END) != 0)
		return false;
	length = (size_t)ftell(file) < sizeof(end) ? (size_t)ftell(file) :
						     sizeof(end);
	return fseek(file, -(long)length, SEEK_END) == 0 &&
	       fread(end, 1, length, file) == length &&
	       memmem(end, length, format->trailer, strlen(format->trailer));
}

static int find_files(struct drawing *drawing,
		      const struct plot_options *options, struct errors *errors)
{
	const char *in;

	drawing->style = find_script(options, "style", &drawing->plots, errors);
	if (!drawing->style)
		return -1;
	drawing->script = options->script ? strdup(options->script) :
					    find_script(options, options->kind,
							&in, errors);
	if (!drawing->script || scratch_make(&drawing->scratch, errors))
		return -1;
	drawing->settings =
		scratch_path(&drawing->scratch, scratch_files[0], errors);
	drawing->rows =
		scratch_path(&drawing->scratch, scratch_files[1], errors);
	drawing->messages =
		scratch_path(&drawing->scratch, scratch_files[2], errors);
	if (open_picture(drawing, options->output, errors) < 0)
		return -1;
	return drawing->settings && drawing->rows && drawing->messages ? 0 : -1;
}

static int write_files(const struct drawing *drawing,
		       const struct plot_data *data,
		       const struct format *format, struct errors *errors)
{
	struct text settings = TEXT_EMPTY;
	int result;

	add_settings(&settings, data, format, drawing);
	result = scratch_write(&drawing->scratch, scratch_files[0], &settings,
			       errors);
	text_release(&settings);
	if (result)
		return -1;
	return scratch_write(&drawing->scratch, scratch_files[1], &data->rows,
			     errors);
}

static int run_scripts(struct drawing *drawing, const struct format *format,
		       const char *output, struct errors *errors)
{
	const char *const scripts[] = { drawing->settings, drawing->style,
					drawing->script };
	FILE *drawn;
	bool whole;

	if (gnuplot_run(scripts, sizeof(scripts) / sizeof(scripts[0]),
			drawing->messages, errors))
		return -1;
	errno = 0;
	drawn = fopen(drawing->picture.beside, "rb");
	whole = drawn && is_whole(drawn, format);
	if (drawn)
		fclose(drawn);
	errno = 0;
	if (!whole)
		return error_host(errors,
				  "%s: gnuplot did not draw it to the "
				  "end (is the disk full?)",
				  output);
	return safe_file_commit(&drawing->picture, errors);
}

static void drawing_release(struct drawing *drawing)
{
	safe_file_discard(&drawing->picture);
	scratch_remove(&drawing->scratch, scratch_files, NR_SCRATCH_FILES);
	free(drawing->settings);
	free(drawing->rows);
	free(drawing->messages);
	free(drawing->style);
	free(drawing->script);
}

int plot_draw(const struct plot_options *options, struct errors *errors)
{
	struct drawing drawing = { .picture.file = NULL };
	struct plot_data *data;
	int result = -1;

	if (plot_check(options, errors))
		return -1;
	data = calloc(1, sizeof(*data));
	if (!data)
		return error_host(errors, "plot");
	if (!plot_data_load(data, find_kind(options->kind), options, errors) &&
	    !find_files(&drawing, options, errors) &&
	    !write_files(&drawing, data, find_format(options->output), errors))
		result = run_scripts(&drawing, find_format(options->output),
				     options->output, errors);
	drawing_release(&drawing);
	plot_data_release(data);
	free(data);
	return result;
}
