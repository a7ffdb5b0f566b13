/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The screen, from top to bottom:
 *
 *	title: what runs, which step, when          |
 *	the event, as in the workload               |  where it is wide:
 *	zones, free lists, watermarks, CPU's lists  |  the steps up to here
 *	map of pageblocks                           |
 *	slabs of the cache                          |
 *	what the step did, in words                 |
 *	keys
 *
 * 24 rows are enough for the least of each. What there is more goes to the
 * words, until all of them are there, then to slabs, then to the map.
 *
 * What is shown follows the run: the zone and the cache touched last, the
 * order of the call; unless the view says which. It depends on the step alone,
 * not on the way there, so that going back shows what was there before.
 */

#include "results/step/screen.h"

#include <inttypes.h>
#include <stdio.h>

#include "models/gfp.h"
#include "models/slab/slab_internal.h"
#include "results/step/panels.h"
#include "results/step/quiz.h"
#include "results/step/words.h"
#include "results/text/table.h"
#include "sim/base/numbers.h"

#define WORDS_MIN 4
#define MAP_MIN 3
#define WIDE 122 /* from here on there is room for the list of steps */
#define PAST_WIDTH 40

/* ---- what is shown ------------------------------------------------------- */

static const struct zone *largest_zone(const struct memory *memory)
{
	const struct zone *largest = &memory->zone[0];

	for (uint32_t i = 1; i < memory->nr_zones; i++)
		if (memory->zone[i].managed_pages > largest->managed_pages)
			largest = &memory->zone[i];
	return largest;
}

static const struct zone *zone_shown(const struct step *step,
				     const struct step_view *view)
{
	const struct memory *memory = step->kernel->memory;

	if (view->zone >= 0 && (uint32_t)view->zone < memory->nr_zones)
		return &memory->zone[view->zone];
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		if ((int)memory->zone[i].type == view->zone_type &&
		    memory->zone[i].present_pages)
			return &memory->zone[i];
	return step->zone ? step->zone : largest_zone(memory);
}

static enum migratetype type_shown(const struct step *step,
				   const struct zone *zone)
{
	const struct memory *memory = step->kernel->memory;
	struct step_list list = step_changed_list(step);
	pfn_t pfn = step->outcome.pfn;

	if (step->kind == STEP_DONE && list.zone == zone)
		return list.type;
	if (step->kind == STEP_DONE && pfn != PFN_NONE &&
	    step->outcome.zone == zone &&
	    *pageblock_type(memory, zone, pfn) < NR_MIGRATETYPES)
		return (enum migratetype) * pageblock_type(memory, zone, pfn);
	return gfp_migratetype(step->call.gfp & memory->mobility_flags);
}

/* Where somebody looks for blocks of an order, they are to be seen. */
static enum migratetype fullest_type(const struct zone *zone, order_t order)
{
	int fullest = 0;

	for (int type = 1; type < NR_MIGRATETYPES; type++)
		if (zone->area[type].nr_free[order] >
		    zone->area[fullest].nr_free[order])
			fullest = type;
	return (enum migratetype)fullest;
}

static struct panel panel_of(const struct step *step,
			     const struct step_view *view, struct cells *cells)
{
	const struct memory *memory = step->kernel->memory;
	const struct slab_caches *caches = step->kernel->caches;
	struct panel panel = {
		.cells = cells,
		.step = step,
		.view = view,
		.zone = zone_shown(step, view),
		.cache = step->cache,
		.cpu = step->call.cpu < memory->nr_cpus ? step->call.cpu : 0,
		.order = step->order,
		.width = view->width,
		.last = step->last->taken && step->kind == STEP_DONE ?
				step->last :
				NULL,
	};

	if (view->order >= 0)
		panel.order = (order_t)view->order;
	if (panel.order >= memory->nr_orders)
		panel.order = (order_t)(memory->nr_orders - 1);
	panel.type = view->order >= 0 ? fullest_type(panel.zone, panel.order) :
					type_shown(step, panel.zone);
	if (view->cache >= 0 && (size_t)view->cache < caches->nr_caches)
		panel.cache = caches->cache[view->cache];
	if (view->width >= WIDE)
		panel.width = view->width - PAST_WIDTH - 2;
	return panel;
}

/* ---- head and foot ------------------------------------------------------- */

static const char *which_call(const struct step *step)
{
	if (step->kind == STEP_ASKS)
		return "before step ";
	/* Readings have no number of their own. */
	if (step->kind == STEP_DONE && !step->over &&
	    !call_is_counted(&step->call))
		return "after step ";
	return "step ";
}

static int add_time(char *s, int length, size_t size, uint64_t t_ns,
		    const char *behind)
{
	return snprintf(s + length, size - (size_t)length,
			"%" PRIu64 ".%03u us%s", t_ns / 1000,
			(unsigned int)(t_ns % 1000), behind);
}

static void draw_title(const struct panel *panel)
{
	const struct step *step = panel->step;
	const struct step_view *view = panel->view;
	char right[96], total[32] = "";
	int length, end = view->width;

	if (view->nr_steps)
		snprintf(total, sizeof total, " of %" PRIu64, view->nr_steps);
	length = snprintf(right, sizeof right, "%s%" PRIu64 "%s  ",
			  which_call(step), step_call_number(step), total);
	if (step->kind != STEP_START && !step->over &&
	    step->call.t_ns != step->t_ns)
		length += add_time(right, length, sizeof right, step->call.t_ns,
				   ", now ");
	length += add_time(right, length, sizeof right, step->t_ns, " ");
	cells_bar(panel->cells, 0, CELL_TITLE);
	cells_format(panel->cells, 0, 1, end - length - 1, CELL_TITLE,
		     "kmemsim step  %s on %s", view->workload, view->config);
	cells_put(panel->cells, 0, end - length, end, CELL_TITLE, right);
}

static void draw_event(const struct panel *panel)
{
	const struct step *step = panel->step;
	struct text event = TEXT_EMPTY;

	if (step->kind == STEP_START || step->over) {
		cells_put(panel->cells, 1, 0, panel->view->width, CELL_DIM,
			  step->over ? "behind the last event" :
				       "before the first event");
		return;
	}
	if (step->kind == STEP_ASKS)
		text_add(&event, "next: ");
	panel->view->add_event(&event, step->names, &step->call);
	cells_put(panel->cells, 1, 0, panel->view->width, CELL_HEAD,
		  event.s ? event.s : "");
	text_release(&event);
}

static const char keys[] = "space on  ← back  PgDn PgUp ten  f fails  "
			   "/ to  z o c w show  h help  q quit";
static const char answer_keys[] = "1 to 7 answers  space passes over  ← back"
				  "  z o c w show  h help  q quit";
static const char any_key[] = "any key goes back";

static void draw_foot(const struct panel *panel)
{
	const struct step_view *view = panel->view;
	int row = view->height - 1;

	cells_bar(panel->cells, row, CELL_TITLE);
	cells_put(panel->cells, row, 1, view->width - 1, CELL_TITLE,
		  view->prompt			 ? view->prompt :
		  view->help || view->all_words	 ? any_key :
		  panel->step->kind == STEP_ASKS ? answer_keys :
						   keys);
}

static void draw_past(const struct panel *panel)
{
	const struct step *step = panel->step;
	int rows = panel->view->height - 4, left = panel->width + 2;
	int end = panel->view->width;

	cells_put(panel->cells, 2, left, end, CELL_HEAD, "Steps up to here");
	for (int i = 0; i < rows && i < STEP_PAST_MAX; i++) {
		uint64_t number = step->number - (uint64_t)i;
		const struct step_past *past =
			&step->past[number % STEP_PAST_MAX];
		char size[NUMBER_TEXT_MAX] = "";
		bool failed = past->status == OUTCOME_FAILED;
		char label[24] = "";

		if (!number || number > step->number || !past->number)
			break;
		if (past->seq)
			snprintf(label, sizeof label, "%" PRIu64, past->seq);
		if (past->order)
			snprintf(size, sizeof size, " order %u", past->order);
		else if (past->size)
			format_bytes(past->size, size);
		cells_format(panel->cells, 3 + i, left, end,
			     failed ? CELL_BAD :
			     i	    ? CELL_DIM :
				      CELL_PLAIN,
			     "%6s %s %s %s", label, call_op_names[past->op],
			     size,
			     failed ? "FAILED" :
			     past->path != PATH_NONE ?
				      alloc_path_names[past->path] :
				      "");
	}
}

/* ---- words --------------------------------------------------------------- */

static void draw_words(const struct panel *panel, int row, int rows,
		       const char *words)
{
	const struct step_view *view = panel->view;
	static const char *const headings[] = {
		[STEP_START] = " The start ",
		[STEP_ASKS] = " Quiz ",
		[STEP_DONE] = " What it did ",
	};
	int column, used = 0;

	for (int i = 0; i < panel->width; i++)
		cells_set(panel->cells, row, i, CELL_DIM, 0x2500, false);
	column = cells_put(panel->cells, row, 2, panel->width, CELL_HEAD,
			   panel->step->over ? " The end " :
					       headings[panel->step->kind]);
	if (panel->step->kind == STEP_DONE && !panel->step->over)
		cells_format(panel->cells, row, column, panel->width,
			     panel->step->outcome.status == OUTCOME_FAILED ?
				     CELL_BAD :
				     CELL_DIM,
			     " %s of line %" PRIu64 ", on CPU %u, %s ",
			     call_op_names[panel->step->call.op],
			     panel->step->call.line, panel->step->call.cpu,
			     call_context_names[panel->step->call.ctx]);
	if (view->note)
		used = cells_wrap(panel->cells, row + 1, 0, panel->width, rows,
				  view->note_is_bad ? CELL_BAD : CELL_GOOD,
				  view->note);
	if (used < rows)
		cells_wrap(panel->cells, row + 1 + used, 0, panel->width,
			   rows - used, CELL_PLAIN, words);
}

static int words_rows(const struct panel *panel, const char *words)
{
	const char *note = panel->view->note;
	int rows = cells_wrap(NULL, 0, 0, panel->width, 0, CELL_PLAIN, words);

	if (note)
		rows += cells_wrap(NULL, 0, 0, panel->width, 0, CELL_PLAIN,
				   note);
	return rows < WORDS_MIN ? WORDS_MIN : rows;
}

static void draw_panels(const struct panel *panel, const char *words)
{
	int lists = panel_lists_rows(panel), slab = panel_slab_rows(panel);
	int slab_min = slab ? 2 : 0, map = MAP_MIN;
	int wanted = words_rows(panel, words);
	/* All choices of a question must be there. */
	int says = panel->step->kind == STEP_ASKS ? wanted : WORDS_MIN;
	int rows = panel->view->height - 4 - lists; /* title, event, keys */
	int spare = rows - map - slab_min - says;

	if (spare < 0) {
		spare += map;
		map = 0;
	}
	if (spare < 0) {
		spare += slab_min;
		slab = slab_min = 0;
	}
	if (spare > 0) {
		int more = smaller(spare, wanted - says);

		spare -= more;
		more = smaller(spare, slab - slab_min);
		slab = slab_min + more;
		spare -= more;
	} else {
		slab = slab_min;
	}
	if (map)
		map = panel_blocks_rows(panel, map + spare);
	says = rows - map - slab;
	panel_lists_draw(panel, 2);
	if (map)
		panel_blocks_draw(panel, 2 + lists, map);
	if (slab)
		panel_slab_draw(panel, 2 + lists + map, slab);
	draw_words(panel, 2 + lists + map + slab, says, words);
}

/* ---- help ---------------------------------------------------------------- */

static const char help[] =
	"Keys\n"
	"  space, →, n    the next step          PgDn  ten steps on\n"
	"  ←, p           the step before        PgUp  ten steps back\n"
	"  f              the next step that fails\n"
	"  /              to a step (12: a call's number) or a time (1.5ms)\n"
	"  Home, End      the start, the end with the run's digest\n"
	"  z, o, c        another zone, order, cache; behind the last one\n"
	"                 the screen follows the run again\n"
	"  w              event and words whole; any key goes back\n"
	"  h              this help             q  quits\n"
	"\n"
	"Reading it\n"
	"  Free blocks    free ones of each order and migrate type; the arrow\n"
	"                 behind a count says how the step changed it\n"
	"  list [3]       frames on the list of order 3, the next one first\n"
	"  Watermarks     free pages up to three times high; m, l, h: marks\n"
	"  CPU 0          blocks that the CPU keeps, the next one first\n"
	"  Pageblocks     above the type, below how much of it is in use; a\n"
	"                 small letter: several blocks of several types\n"
	"  Cache          ■ in use, ○ free and at the CPU's hand, · free\n"
	"\n"
	"A step is a call's effect when it begins. docs/step.md is a lesson.\n";

/* ---- words, whole -------------------------------------------------------- */

/* What had no room beside the panels. */
static void draw_whole(const struct panel *panel, const char *words)
{
	const struct step *step = panel->step;
	const struct step_view *view = panel->view;
	int width = view->width, row = 1, end = view->height - 1;
	struct text event = TEXT_EMPTY;

	if (step->kind != STEP_START && !step->over) {
		view->add_event(&event, step->names, &step->call);
		row += cells_wrap(panel->cells, row, 0, width, end - row,
				  CELL_HEAD, event.s ? event.s : "");
		text_release(&event);
	}
	row++;
	if (view->note && row < end)
		row += cells_wrap(panel->cells, row, 0, width, end - row,
				  view->note_is_bad ? CELL_BAD : CELL_GOOD,
				  view->note);
	if (row < end)
		cells_wrap(panel->cells, row, 0, width, end - row, CELL_PLAIN,
			   words);
}

/* ---- all of it ----------------------------------------------------------- */

int step_draw(const struct step *step, const struct step_view *view,
	      struct cells *cells, struct errors *errors)
{
	struct panel panel = panel_of(step, view, cells);
	struct text words = TEXT_EMPTY;

	draw_title(&panel);
	if (!view->all_words)
		draw_event(&panel);
	draw_foot(&panel);
	if (view->help) {
		cells_wrap(cells, 2, 2, view->width - 4, view->height - 3,
			   CELL_PLAIN, help);
		return 0;
	}
	if (step->kind == STEP_ASKS)
		step_question(step, &words);
	else
		step_words(step, &words);
	if (words.failed || !words.s) {
		text_release(&words);
		return error_host(errors, "no memory for a step's words");
	}
	if (view->all_words)
		draw_whole(&panel, words.s);
	else
		draw_panels(&panel, words.s);
	if (view->width >= WIDE && !view->all_words)
		draw_past(&panel);
	text_release(&words);
	return 0;
}
