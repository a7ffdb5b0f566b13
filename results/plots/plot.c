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

#include "results/plots/plot.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/plots/gnuplot.h"
#include "results/plots/plot_data.h"
#include "sim/base/safe_file.h"

#define WIDTH 1000
#define PANEL_HEIGHT 300
#define LINE_HEIGHT 18	   /* of a terminal, in our pixels */
#define MARGINS_HEIGHT 150 /* above and below all panels */
#define HEIGHT_MAX 6000
#define RUN_HEIGHT 8 /* of one more run in a row */
#define LEGEND_TOP 140
#define LEGEND_LINE 21

static const char *const scratch_files[] = { "settings.gp", "data.txt",
					     "messages", "picture" };
#define NR_SCRATCH_FILES 4

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
	{ "-", "dumb", "", "", 1, "" },
};
#define NR_FORMATS (sizeof(formats) / sizeof(formats[0]))

static const struct format *find_format(const char *output)
{
	const char *suffix;
	size_t i;

	if (!output)
		output = ".svg";
	suffix = strcmp(output, "-") ? strrchr(output, '.') : output;
	for (i = 0; suffix && i < NR_FORMATS; i++)
		if (!strcasecmp(suffix, formats[i].suffix))
			return &formats[i];
	return NULL;
}

const struct plot_kind *plot_find_kind(const char *name)
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
	size_t i;

	if (!names)
		return error_host(errors, "plot");
	for (i = 0; i < nr_plot_kinds; i++)
		names[i] = plot_kinds[i].name;
	text_add_hint(&text, kind, strlen(kind), names, nr_plot_kinds,
		      "`kmemsim list plots`");
	error_input(errors, (struct place){ .file = "--what" },
		    "no picture is called \"%s\"%s", kind,
		    text.s ? text.s : "");
	text_release(&text);
	free(names);
	return -1;
}

/* What is asked for of a sweep can't be told of runs, and the reverse. */
static int check_subject(const struct plot_options *options,
			 const struct plot_kind *kind, struct errors *errors)
{
	struct place place = { .file = "plot" };

	if (plot_is_of_runs(kind)) {
		if (options->x || options->nr_metrics || options->nr_only)
			return error_input(errors, place,
					   "--x, --metric and --only are of a "
					   "sweep: --what sweep");
		return 0;
	}
	if (options->zone || options->node >= 0 || options->orders)
		return error_input(errors, place,
				   "--zone, --node and --orders are of runs, "
				   "not of a sweep");
	return 0;
}

int plot_check(const struct plot_options *options, struct errors *errors)
{
	const struct plot_kind *kind = plot_find_kind(options->kind);

	if (!kind)
		return unknown_kind(options->kind, errors);
	if (check_subject(options, kind, errors))
		return -1;
	if (!find_format(options->output))
		return error_input(errors,
				   (struct place){ .file = options->output },
				   "the suffix says what to draw: .svg, .png "
				   "or .pdf; - draws in the terminal");
	if (options->at && kind->no_samples)
		return error_input(errors, (struct place){ .file = "--at" },
				   "%s is of a whole run, not of a sample",
				   options->kind);
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

/* gnuplot would say it in words of its own. */
static int check_script(const char *path, struct errors *errors)
{
	struct stat status;
	int why = 0;

	if (stat(path, &status) || access(path, R_OK))
		why = errno;
	else if (S_ISDIR(status.st_mode))
		why = EISDIR;
	if (!why)
		return 0;
	return error_input(errors, (struct place){ .file = path },
			   "can't be read: %s", strerror(why));
}

/* What is made before gnuplot runs, and where. Zeroed memory is nothing. */
struct drawing {
	struct scratch scratch;
	char *settings, *rows, *messages, *text; /* in the scratch folder */
	char *style, *script;
	const char *plots;     /* the folder of the scripts; borrowed */
	struct safe_file file; /* the output */
	const char *picture;   /* what gnuplot is to write; borrowed */
};

/* ---- settings.gp --------------------------------------------------------- */

/* Where series have a row each, each has room for all runs in it. */
static double panel_height(const struct plot_data *data)
{
	const struct plot_kind *kind = data->kind;
	double height = kind->panel_height ? kind->panel_height : PANEL_HEIGHT;
	double row = kind->row_height;

	if (row > 0 && kind->panels == PLOT_ONE)
		row += RUN_HEIGHT * (double)(data->nr_runs - 1);
	return height + row * (double)data->nr_series;
}

/* What the legend takes at most, beside the uppermost panel and below that. */
static double legend_height(const struct plot_data *data)
{
	size_t names = data->kind->row_height > 0 || !data->nr_series ?
			       data->nr_orders :
			       data->nr_series;

	if (data->kind->panels != PLOT_RUNS &&
	    data->kind->panels != PLOT_ZONES_OF_RUN)
		names += data->nr_runs;
	return LEGEND_TOP + LEGEND_LINE * (double)names;
}

static double picture_height(const struct plot_data *data)
{
	double height;

	if (plot_in_letters(data->options))
		return LINE_HEIGHT * (double)data->nr_panels *
		       plot_lines(data->options);
	height = fmax(MARGINS_HEIGHT +
			      (double)data->nr_panels * panel_height(data),
		      legend_height(data));
	return height < HEIGHT_MAX ? height : HEIGHT_MAX;
}

/* gnuplot takes letters, digits and _ for a name. */
static void add_id(struct text *out, const char *id)
{
	for (; *id; id++)
		text_add(out, "%c", isalnum((unsigned char)*id) ? *id : '_');
}

/* set terminal …, set output … */
static void add_terminal(struct text *out, const struct plot_data *data,
			 const struct format *format,
			 const struct drawing *drawing)
{
	const struct plot_options *options = data->options;
	double height = picture_height(data);

	text_add(out, "set encoding utf8\n");
	if (plot_in_letters(options))
		text_add(out,
			 "set terminal dumb noenhanced nofeed size %u,%u %s",
			 plot_columns(options),
			 plot_lines(options) * (unsigned int)data->nr_panels,
			 options->colours ? "ansi256" : "mono");
	else
		text_add(out,
			 "set terminal %s noenhanced size %.6g%s,%.6g%s %s",
			 format->terminal, WIDTH * format->per_pixel,
			 format->unit, height * format->per_pixel, format->unit,
			 format->options);
	if (!strcmp(format->terminal, "svg")) {
		text_add(out, " name '");
		add_id(out, options->id ? options->id : options->kind);
		text_add(out, "'");
	}
	text_add(out, "\nset output ");
	gnuplot_quote(out, drawing->picture);
	text_add(out, "\ndata = ");
	gnuplot_quote(out, drawing->rows);
	text_add(out, "\nplots = ");
	gnuplot_quote(out, drawing->plots);
	text_add(out, "\n");
}

/* ---- what gnuplot leaves ------------------------------------------------- */

static int read_file(const char *path, struct text *out, struct errors *errors)
{
	FILE *file = fopen(path, "rb");
	char bytes[65536];
	size_t length;

	if (!file)
		return error_host(errors, "%s", path);
	while ((length = fread(bytes, 1, sizeof(bytes), file)))
		text_add_bytes(out, bytes, length);
	fclose(file);
	errno = 0;
	return out->failed ? error_host(errors, "plot") : 0;
}

static int write_file(const char *path, const struct text *text,
		      struct errors *errors)
{
	FILE *file = text->failed ? NULL : fopen(path, "wb");
	bool failed = true;

	if (file) {
		failed = fwrite(text->s, 1, text->length, file) != text->length;
		failed |= fclose(file) != 0;
	}
	return failed ? error_host(errors, "%s", path) : 0;
}

/*
 * Maps are images within an SVG, a pixel a cell, and browsers would blur the
 * cells: those of a sample are large.
 */
static int sharpen(const char *path, struct errors *errors)
{
	static const char image[] = "<image ";
	struct text before = TEXT_EMPTY, after = TEXT_EMPTY;
	int result = read_file(path, &before, errors);
	const char *from = before.s, *at;

	while (!result && (at = strstr(from, image))) {
		at += strlen(image);
		text_add_bytes(&after, from, (size_t)(at - from));
		text_add(&after, "style='image-rendering:pixelated' ");
		from = at;
	}
	if (!result && after.length) {
		text_add_bytes(&after, from, strlen(from));
		result = write_file(path, &after, errors);
	}
	text_release(&before);
	text_release(&after);
	return result;
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
	if (safe_file_open(&drawing->file, output, errors))
		return -1;
	drawing->picture = drawing->file.beside;
	return 0;
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
	drawing->text =
		scratch_path(&drawing->scratch, scratch_files[3], errors);
	return drawing->settings && drawing->rows && drawing->messages &&
			       drawing->text ?
		       0 :
		       -1;
}

static int write_files(const struct drawing *drawing,
		       const struct plot_data *data,
		       const struct format *format, struct errors *errors)
{
	struct text settings = TEXT_EMPTY;
	int result;

	add_terminal(&settings, data, format, drawing);
	plot_add_settings(&settings, data, picture_height(data));
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
	drawn = fopen(drawing->picture, "rb");
	whole = drawn && is_whole(drawn, format);
	if (drawn)
		fclose(drawn);
	errno = 0;
	if (!whole)
		return error_host(errors,
				  "%s: gnuplot did not draw it to the "
				  "end (is the disk full?)",
				  output ? output : "the picture");
	if (strcmp(format->terminal, "svg"))
		return 0;
	return sharpen(drawing->picture, errors);
}

static void drawing_release(struct drawing *drawing)
{
	safe_file_discard(&drawing->file);
	scratch_remove(&drawing->scratch, scratch_files, NR_SCRATCH_FILES);
	free(drawing->settings);
	free(drawing->rows);
	free(drawing->messages);
	free(drawing->text);
	free(drawing->style);
	free(drawing->script);
}

/* Into the output; `to_text`: into the scratch folder. */
static int draw_with(struct drawing *drawing, struct plot_data *data,
		     const struct plot_options *options, bool to_text,
		     struct errors *errors)
{
	const struct format *format = find_format(options->output);

	if ((options->script && check_script(options->script, errors)) ||
	    plot_data_load(data, plot_find_kind(options->kind), options,
			   errors) ||
	    find_files(drawing, options, errors))
		return -1;
	drawing->picture = drawing->text;
	if (!to_text && open_picture(drawing, options->output, errors))
		return -1;
	if (write_files(drawing, data, format, errors))
		return -1;
	return run_scripts(drawing, format, options->output, errors);
}

static int draw(struct drawing *drawing, const struct plot_options *options,
		bool to_text, struct errors *errors)
{
	struct plot_data *data;
	int result;

	if (plot_check(options, errors))
		return -1;
	if (options->interrupted && *options->interrupted) {
		errno = 0;
		return error_host(errors, "interrupted");
	}
	data = calloc(1, sizeof(*data));
	if (!data)
		return error_host(errors, "plot");
	result = draw_with(drawing, data, options, to_text, errors);
	plot_data_release(data);
	free(data);
	return result;
}

int plot_draw(const struct plot_options *options, struct errors *errors)
{
	struct drawing drawing = { .picture = NULL };
	int result = draw(&drawing, options, false, errors);

	if (!result)
		result = safe_file_commit(&drawing.file, errors);
	drawing_release(&drawing);
	return result;
}

/* Without the blanks that gnuplot fills lines of letters up with. */
static void add_line(struct text *out, const char *line, size_t length)
{
	while (length && line[length - 1] == ' ')
		length--;
	text_add_bytes(out, line, length);
	text_add(out, "\n");
}

static void add_lines(struct text *out, const struct text *picture)
{
	const char *line = picture->s ? picture->s : "";
	const char *end;

	for (; (end = strchr(line, '\n')); line = end + 1)
		add_line(out, line, (size_t)(end - line));
	if (*line)
		add_line(out, line, strlen(line));
}

int plot_to_text(const struct plot_options *options, struct text *out,
		 struct errors *errors)
{
	struct drawing drawing = { .picture = NULL };
	int result = draw(&drawing, options, true, errors);
	struct text picture = TEXT_EMPTY;

	if (!result)
		result = read_file(drawing.picture, &picture, errors);
	if (!result && plot_in_letters(options))
		add_lines(out, &picture);
	else if (!result)
		text_add_bytes(out, picture.s, picture.length);
	if (!result && out->failed)
		result = error_host(errors, "plot");
	text_release(&picture);
	drawing_release(&drawing);
	return result;
}
