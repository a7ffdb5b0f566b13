/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One line an event, and a lane for each CPU, so that the eye sees which of
 * them are busy while it reads who does what:
 *
 *	     us  cpu 0 1  who               what
 *	  0.000      * .  call 1 dd         runs: alloc_pages order 0
 *	  0.400      * .  call 1 dd         preempted by call 2
 *	  0.400      * .  call 2            runs: kmalloc 64 B in hardirq
 *	  0.900      | *  kswapd0           woken by call 1
 *
 *	*  it happens here    |  somebody runs    .  nobody does
 *
 * What an event alone does not say, since when the call is under way, and what
 * its actor did last and when, is followed from the first event on
 * (results/show/timeline_lives.h). Where the operation log has the call, its
 * first line says what it asks for and its last one what it got. Lanes need
 * every event, so those that a filter leaves out are read as well.
 *
 * Naps of the kernel's tasks in which they did nothing are left out, unless
 * somebody asks for that actor: kcompactd alone has two per second. So is the
 * beginning of the run, when all of them lie down. JSON has them for programs,
 * who filter by themselves.
 *
 * A machine with more CPUs in its timeline than there is room for has their
 * numbers in place of lanes.
 */

#include "results/show/show_timeline.h"

#include <inttypes.h>
#include <string.h>

#include "results/show/timeline_words.h"

#define LINE_MAX_COLUMNS 100
#define LANES_MAX 10
#define WHO_MAX_COLUMNS 28 /* longer names push what follows */

/*
 * The engine reports one CPU after another, each in order of time: here the
 * events of all are sorted.
 */
#define QUERY                                                                  \
	"SELECT " IS_SHOWN ", n, t_ns, kind, cpu, actor, actor_number, other," \
	" other_number, op, task, queue, queue_number, lock_stats.name, ns,"   \
	" ctx, order_, size, cache, gfp, ok, path, reason, seq IS NOT NULL"    \
	" FROM timeline LEFT JOIN lock_stats USING (run_id, lock)"             \
	" LEFT JOIN (SELECT seq, ctx, order_, size, cache, gfp, ok, path,"     \
	"  reason FROM op_log)"                                                \
	" ON seq = CASE actor WHEN 'call' THEN actor_number END"               \
	" ORDER BY t_ns, n"
/*
 * The naps, in the same order: a kernel task that begins by going to sleep, or
 * one that wakes by itself and sleeps again at once, with nothing recorded in
 * between. Window functions see only the events of these few tasks.
 */
#define NAPS                                                                   \
	"SELECT n FROM (SELECT t_ns, n, " IS_IDLE " AS idle FROM timeline"     \
	" WHERE actor IN ('kswapd', 'kcompactd', 'flusher') WINDOW life AS"    \
	" (PARTITION BY actor, actor_number ORDER BY t_ns, n))"                \
	" WHERE idle ORDER BY t_ns, n"
#define IS_IDLE                                                                \
	"CASE kind"                                                            \
	" WHEN 'woken' THEN other IS NULL AND lead(kind) OVER life = 'runs'"   \
	"  AND lead(kind, 2) OVER life = 'sleeps'"                             \
	"  AND lead(n, 2) OVER life = lead(n) OVER life + 1"                   \
	"  AND lead(t_ns, 2) OVER life = lead(t_ns) OVER life"                 \
	" WHEN 'runs' THEN lag(kind) OVER life = 'woken'"                      \
	"  AND lag(other) OVER life IS NULL"                                   \
	"  AND lead(kind) OVER life = 'sleeps'"                                \
	"  AND lead(n) OVER life = n + 1 AND lead(t_ns) OVER life = t_ns"      \
	" WHEN 'sleeps' THEN lag(kind) OVER life IS NULL"                      \
	"  OR lag(kind) OVER life = 'runs'"                                    \
	"  AND lag(n) OVER life = n - 1 AND lag(t_ns) OVER life = t_ns"        \
	"  AND lag(kind, 2) OVER life = 'woken'"                               \
	"  AND lag(other, 2) OVER life IS NULL"                                \
	" END"
#define IS_SHOWN                                                               \
	"(t_ns >= ?1 AND t_ns < ?2 AND (?3 IS NULL"                            \
	" OR actor = ?3 AND coalesce(actor_number = ?4, 1)"                    \
	" OR other = ?3 AND coalesce(other_number = ?4, 1)))"

struct view {
	const struct database *database;
	const struct outlet *outlet;
	struct timeline_row row;
	struct lives lives;
	sqlite3_stmt *nap; /* NULL: naps are not hidden, or none is left */
	bool stopped;	   /* nobody wants any more */
	uint64_t cpu[LANES_MAX]; /* by lane: its CPU's number */
	bool busy[LANES_MAX];
	unsigned int nr_lanes;
	bool has_lanes;
	int lane_width;
	int time_width;
	int who_width;
};

/* ---- reading ------------------------------------------------------------- */

static void bind_filter(sqlite3_stmt *statement,
			const struct timeline_filter *filter)
{
	uint64_t until = filter->until_ns ? filter->until_ns : INT64_MAX;

	if (until > INT64_MAX)
		until = INT64_MAX;
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)filter->from_ns);
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)until);
	if (filter->actor.kind != ACTOR_NOBODY)
		sqlite3_bind_text(statement, 3,
				  actor_kind_names[filter->actor.kind], -1,
				  SQLITE_STATIC);
	if (filter->has_number)
		sqlite3_bind_int64(statement, 4,
				   (sqlite3_int64)filter->actor.number);
}

/* SQLite's steps between two questions whether to go on: milliseconds. */
#define STEPS_AT_ONCE 100000

static int asks_to_go_on(void *argument)
{
	struct view *view = argument;
	struct text nothing = TEXT_EMPTY;

	view->stopped |= !outlet_take(view->outlet, &nothing);
	return view->stopped;
}

/* Steps; 0 where it was stopped, too. */
static int next_row(struct view *view, sqlite3_stmt *statement,
		    struct errors *errors)
{
	struct errors stopped = ERRORS_NONE;
	int got = view->stopped ?
			  0 :
			  database_step(view->database, statement, &stopped);

	if (!view->stopped) {
		errors_merge(errors, &stopped);
		return got;
	}
	errors_release(&stopped);
	return 0;
}

/* Hands each row to `take`, which returns 0 or -1 with an error added. */
static int each_row(struct view *view, const char *sql,
		    const struct timeline_filter *filter,
		    int (*take)(struct view *view, void *argument,
				struct errors *errors),
		    void *argument, struct errors *errors)
{
	int got;

	view->row.values = database_prepare(view->database, sql, errors);
	if (!view->row.values)
		return -1;
	bind_filter(view->row.values, filter);
	while ((got = next_row(view, view->row.values, errors)) > 0)
		if (take(view, argument, errors)) {
			got = -1;
			break;
		}
	sqlite3_finalize(view->row.values);
	view->row.values = NULL;
	return got;
}

/* The next event that is to be hidden. */
static int next_nap(struct view *view, struct errors *errors)
{
	int got = next_row(view, view->nap, errors);

	if (got > 0)
		return 0;
	sqlite3_finalize(view->nap);
	view->nap = NULL;
	return got;
}

/* Is this event part of one? 1 or 0; -1 with an error added. */
static int is_nap(struct view *view, struct errors *errors)
{
	if (!view->nap || (uint64_t)sqlite3_column_int64(view->nap, 0) !=
				  timeline_number(&view->row, COLUMN_N))
		return 0;
	return next_nap(view, errors) ? -1 : 1;
}

static int find_naps(struct view *view, struct errors *errors)
{
	view->nap = database_prepare(view->database, NAPS, errors);
	return view->nap ? next_nap(view, errors) : -1;
}

static int take_recorded(struct view *view, void *argument,
			 struct errors *errors)
{
	(void)errors;
	*(bool *)argument = sqlite3_column_int(view->row.values, 0);
	return 0;
}

static int check_is_recorded(struct view *view, struct errors *errors)
{
	const struct timeline_filter none = { .from_ns = 0 };
	bool recorded = false;

	/* Version 3 was the first that knew of timelines. */
	if (view->database->version >= 3 &&
	    each_row(view, "SELECT timeline FROM run", &none, take_recorded,
		     &recorded, errors))
		return -1;
	if (recorded || view->stopped)
		return 0;
	return error_input(errors,
			   (struct place){ .file = view->database->path },
			   "has no timeline: `kmemsim run --timeline` records "
			   "one");
}

/* ---- lines --------------------------------------------------------------- */

/* No line is longer than that, whatever names and flags are in it. */
static void end_line(struct text *out, size_t start)
{
	size_t columns = 0, cut = start, at;

	for (at = start; at < out->length; at++)
		if ((out->s[at] & 0xc0) != 0x80 &&
		    ++columns == LINE_MAX_COLUMNS)
			cut = at;
	if (columns > LINE_MAX_COLUMNS) {
		out->s[out->length = cut] = '\0';
		text_add(out, "…");
	}
	text_add(out, "\n");
}

static void add_lanes(const struct view *view, struct text *out)
{
	bool here;

	for (unsigned int i = 0; i < view->nr_lanes; i++) {
		here = timeline_has(&view->row, COLUMN_CPU) &&
		       timeline_number(&view->row, COLUMN_CPU) == view->cpu[i];
		text_add(out, "%*s", view->lane_width,
			 here	       ? "*" :
			 view->busy[i] ? "|" :
					 ".");
	}
}

static void add_line(const struct view *view, struct text *out)
{
	uint64_t t_ns = timeline_number(&view->row, COLUMN_T_NS);
	size_t start = out->length, who;
	int pad;

	text_add(out, "%*" PRIu64 ".%03u  ", view->time_width, t_ns / 1000,
		 (unsigned int)(t_ns % 1000));
	if (view->has_lanes) {
		text_add(out, "   ");
		add_lanes(view, out);
	} else {
		text_add(out, "%3s",
			 timeline_has(&view->row, COLUMN_CPU) ?
				 timeline_text(&view->row, COLUMN_CPU) :
				 "-");
	}
	text_add(out, "  ");
	who = out->length;
	timeline_add_who(&view->row, out);
	if (timeline_has(&view->row, COLUMN_TASK)) {
		text_add(out, " ");
		text_add_visible(out, timeline_text(&view->row, COLUMN_TASK));
	}
	pad = view->who_width - (int)(out->length - who);
	text_add(out, "%*s  ", pad > 0 ? pad : 0, "");
	timeline_add_what(&view->row, out);
	end_line(out, start);
}

/* What the event leaves its CPU as. */
static void follow_lane(struct view *view)
{
	enum cpu_change change = timeline_cpu_change(&view->row);
	uint64_t cpu = timeline_number(&view->row, COLUMN_CPU);

	if (change == CPU_STAYS || !timeline_has(&view->row, COLUMN_CPU))
		return;
	for (unsigned int i = 0; i < view->nr_lanes; i++)
		if (view->cpu[i] == cpu)
			view->busy[i] = change == CPU_BUSY;
}

/* What the actor did before; it has done this from now on. */
static int follow_life(struct view *view, struct errors *errors)
{
	struct timeline_row *row = &view->row;
	struct actor who = {
		timeline_actor_kind(timeline_text(row, COLUMN_ACTOR)),
		timeline_number(row, COLUMN_ACTOR_NUMBER),
	};

	row->kind = timeline_kind_of(timeline_text(row, COLUMN_KIND));
	if (lives_add(&view->lives, who,
		      (cpu_t)timeline_number(row, COLUMN_CPU), row->kind,
		      timeline_number(row, COLUMN_T_NS), &row->before) < 0)
		return error_host(errors, "no memory for a timeline");
	return 0;
}

static void hand_out(struct view *view, struct text *out)
{
	if (out->length >= OUTLET_BYTES)
		view->stopped |= !outlet_take(view->outlet, out);
}

static int take_line(struct view *view, void *argument, struct errors *errors)
{
	int nap = is_nap(view, errors);

	if (nap < 0 || follow_life(view, errors))
		return -1;
	if (!nap && timeline_number(&view->row, COLUMN_SHOWN))
		add_line(view, argument);
	if (view->has_lanes)
		follow_lane(view);
	hand_out(view, argument);
	return 0;
}

/* ---- the heading, and how wide things are -------------------------------- */

static int take_cpu(struct view *view, void *argument, struct errors *errors)
{
	uint64_t cpu = (uint64_t)sqlite3_column_int64(view->row.values, 0);

	(void)argument;
	(void)errors;
	view->has_lanes = view->nr_lanes < LANES_MAX;
	if (!view->has_lanes)
		return 0;
	view->cpu[view->nr_lanes++] = cpu;
	view->lane_width = cpu < 10 ? 2 : cpu < 100 ? 3 : 4;
	return 0;
}

static int take_widths(struct view *view, void *argument, struct errors *errors)
{
	(void)argument;
	(void)errors;
	view->time_width = sqlite3_column_int(view->row.values, 0);
	view->who_width = sqlite3_column_int(view->row.values, 1);
	if (view->time_width < 4)
		view->time_width = 4;
	if (view->who_width > WHO_MAX_COLUMNS)
		view->who_width = WHO_MAX_COLUMNS;
	return 0;
}

static void add_heading(const struct view *view, struct text *out)
{
	text_add(out, "%*s  cpu", view->time_width + 4, "us");
	for (unsigned int i = 0; view->has_lanes && i < view->nr_lanes; i++)
		text_add(out, "%*" PRIu64, view->lane_width, view->cpu[i]);
	text_add(out, "  %-*s  what\n", view->who_width, "who");
}

static void begin(struct view *view, const struct database *database,
		  const struct timeline_filter *filter)
{
	*view = (struct view){
		.database = database,
		.outlet = filter->outlet,
	};
	if (view->outlet && !asks_to_go_on(view))
		sqlite3_progress_handler(database->db, STEPS_AT_ONCE,
					 asks_to_go_on, view);
}

static void end(struct view *view)
{
	sqlite3_progress_handler(view->database->db, 0, NULL, NULL);
	sqlite3_finalize(view->nap);
	lives_release(&view->lives);
}

static int write_lines(struct view *view, const struct timeline_filter *filter,
		       struct text *out, struct errors *errors)
{
	if (check_is_recorded(view, errors) ||
	    each_row(view,
		     "SELECT DISTINCT cpu FROM timeline"
		     " WHERE cpu IS NOT NULL AND " IS_SHOWN " ORDER BY cpu",
		     filter, take_cpu, NULL, errors) ||
	    each_row(view,
		     "SELECT length(max(t_ns) / 1000), max(length(actor) +"
		     " (actor = 'call') + 9 * (actor = 'ipi') +"
		     " length(actor_number) + coalesce(1 + length(task), 0))"
		     " FROM timeline WHERE " IS_SHOWN,
		     filter, take_widths, NULL, errors))
		return -1;
	if (filter->actor.kind == ACTOR_NOBODY && find_naps(view, errors))
		return -1;
	if (!view->stopped)
		add_heading(view, out);
	return each_row(view, QUERY, filter, take_line, out, errors);
}

int show_timeline(const struct database *database,
		  const struct timeline_filter *filter, struct text *out,
		  struct errors *errors)
{
	struct view view;
	int result;

	begin(&view, database, filter);
	result = write_lines(&view, filter, out, errors);
	end(&view);
	return result;
}

/* ---- JSON ---------------------------------------------------------------- */

static void add_member(struct json *json, const char *key,
		       const struct timeline_row *row,
		       enum timeline_column column)
{
	switch (sqlite3_column_type(row->values, column)) {
	case SQLITE_INTEGER:
		json_int(json, key, sqlite3_column_int64(row->values, column));
		break;
	case SQLITE_TEXT:
		json_string(json, key, timeline_text(row, column));
		break;
	default:
		json_null(json, key);
	}
}

static int take_json(struct view *view, void *argument, struct errors *errors)
{
	static const struct {
		const char *key;
		enum timeline_column column;
	} members[] = {
		{ "n", COLUMN_N },
		{ "t_ns", COLUMN_T_NS },
		{ "kind", COLUMN_KIND },
		{ "cpu", COLUMN_CPU },
		{ "actor", COLUMN_ACTOR },
		{ "actor_number", COLUMN_ACTOR_NUMBER },
		{ "other", COLUMN_OTHER },
		{ "other_number", COLUMN_OTHER_NUMBER },
		{ "op", COLUMN_OP },
		{ "task", COLUMN_TASK },
		{ "queue", COLUMN_QUEUE },
		{ "queue_number", COLUMN_QUEUE_NUMBER },
		{ "lock", COLUMN_LOCK },
		{ "ns", COLUMN_NS },
	};
	struct json *json = argument;
	size_t i;

	(void)errors;
	if (!timeline_number(&view->row, COLUMN_SHOWN))
		return 0;
	json_begin_object(json, NULL);
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		add_member(json, members[i].key, &view->row, members[i].column);
	json_end_object(json);
	hand_out(view, json->out);
	return 0;
}

int show_timeline_json(const struct database *database,
		       const struct timeline_filter *filter, struct json *json,
		       struct errors *errors)
{
	struct view view;
	int result;

	begin(&view, database, filter);
	result = check_is_recorded(&view, errors);
	json_begin_array(json, "timeline");
	if (!result)
		result =
			each_row(&view, QUERY, filter, take_json, json, errors);
	json_end_array(json);
	end(&view);
	return result;
}
