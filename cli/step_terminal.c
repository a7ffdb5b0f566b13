/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal of `kmemsim step`, through ncurses. Nothing depends on what a
 * terminal may lack: what has a colour has a letter too, what changed is in
 * reverse and has an arrow, lines are of ASCII where the locale is not UTF-8.
 *
 *	key --> goal --> stepper --> step --> step_draw() --> cells --> ncurses
 *
 * A key that takes long says how far it has come, and any other key stops it.
 * Signals end the session like 'q', so that the terminal is put in order.
 */

#define NCURSES_WIDECHAR 1

#include "cli/step_terminal.h"

#include <errno.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>

#include "cli/simulate.h"
#include "models/slab/slab_internal.h"
#include "results/step/quiz.h"

#define PAGE_STEPS 10
#define POLL_MS 200
#define LINE_MAX_BYTES 32
#define KEY_ESCAPE 27

struct terminal {
	struct step_session *session;
	struct step_view *view;
	struct stepper *stepper;
	struct errors *errors;
	struct text note;
	char line[LINE_MAX_BYTES]; /* what is typed after '/' */
	char prompt[LINE_MAX_BYTES + 64];
	bool colours;
	bool failed;
	bool quits;
	bool answered; /* the verdict is read first */
};

/* ---- cells --------------------------------------------------------------- */

static void start_colours(struct terminal *terminal)
{
	/* Told apart by those who do not see red and green, too. */
	static const short few[] = { COLOR_RED,	    COLOR_CYAN,	 COLOR_YELLOW,
				     COLOR_MAGENTA, COLOR_GREEN, COLOR_WHITE };
	static const short many[] = { 208, 75, 220, 176, 36, 250 };

	terminal->colours = has_colors() && start_color() == OK;
	if (!terminal->colours)
		return;
	use_default_colors();
	init_pair(CELL_GOOD, COLORS >= 256 ? 75 : COLOR_CYAN, -1);
	init_pair(CELL_BAD, COLORS >= 256 ? 208 : COLOR_RED, -1);
	for (short i = 0; i < 6; i++)
		init_pair((short)(CELL_TYPE + i),
			  COLORS >= 256 ? many[i] : few[i], -1);
}

static attr_t attributes_of(const struct cell *cell)
{
	attr_t attributes = A_NORMAL;

	if (cell->style == CELL_TITLE || cell->changed)
		attributes |= A_REVERSE;
	if (cell->style == CELL_HEAD || cell->style == CELL_BAD)
		attributes |= A_BOLD;
	if (cell->style == CELL_DIM)
		attributes |= A_DIM;
	return attributes;
}

static void show(const struct terminal *terminal, const struct cells *cells)
{
	for (int row = 0; row < cells->height; row++) {
		for (int column = 0; column < cells->width; column++) {
			const struct cell *cell = cells_at(cells, row, column);
			wchar_t text[] = { (wchar_t)cell->character, 0 };
			short pair = terminal->colours &&
						     cell->style >= CELL_GOOD ?
					     cell->style :
					     0;
			cchar_t character;

			setcchar(&character, text, attributes_of(cell), pair,
				 NULL);
			mvadd_wch(row, column, &character);
		}
	}
	refresh();
}

static void draw(struct terminal *terminal)
{
	struct step_view *view = terminal->view;
	struct cells cells;

	getmaxyx(stdscr, view->height, view->width);
	erase();
	if (view->width < STEP_WIDTH_MIN || view->height < STEP_HEIGHT_MIN) {
		mvprintw(0, 0, "%d x %d: this needs %d x %d", view->width,
			 view->height, STEP_WIDTH_MIN, STEP_HEIGHT_MIN);
		refresh();
		return;
	}
	if (view->width > STEP_WIDTH_MAX)
		view->width = STEP_WIDTH_MAX;
	if (view->height > STEP_HEIGHT_MAX)
		view->height = STEP_HEIGHT_MAX;
	view->note = terminal->note.length ? terminal->note.s : NULL;
	if (cells_init(&cells, view->width, view->height, view->ascii,
		       terminal->errors) ||
	    step_draw(stepper_now(terminal->stepper), view, &cells,
		      terminal->errors))
		terminal->failed = true;
	else
		show(terminal, &cells);
	cells_release(&cells);
}

/* For the stepper: what takes long says so; any key stops it. */
static bool tell_progress(void *argument, uint64_t step)
{
	struct terminal *terminal = argument;

	(void)terminal;
	attron(A_REVERSE);
	mvprintw(LINES - 1, 0, " running: step %llu; any key stops ",
		 (unsigned long long)step);
	attroff(A_REVERSE);
	clrtoeol();
	refresh();
	timeout(0);
	return interrupted || getch() != ERR;
}

/* ---- what keys do -------------------------------------------------------- */

static const struct step *now(const struct terminal *terminal)
{
	return stepper_now(terminal->stepper);
}

static void say(struct terminal *terminal, bool is_bad, const char *what)
{
	text_add(&terminal->note, "%s\n", what);
	terminal->view->note_is_bad = is_bad;
}

static void arrive(struct terminal *terminal, enum stepper_result result)
{
	if (result == STEPPER_WRONG)
		terminal->failed = true;
	if (now(terminal)->over)
		terminal->view->nr_steps = step_call_number(now(terminal));
}

static void go(struct terminal *terminal, const struct step_goal *goal)
{
	arrive(terminal, stepper_go(terminal->stepper, goal, terminal->errors));
}

static void go_to(struct terminal *terminal, uint64_t step)
{
	arrive(terminal,
	       stepper_go_to(terminal->stepper, step, terminal->errors));
}

static void go_to_call(struct terminal *terminal, uint64_t seq)
{
	arrive(terminal,
	       stepper_go_to_call(terminal->stepper, seq, terminal->errors));
}

static void go_on(struct terminal *terminal)
{
	const struct step *step = now(terminal);
	struct step_goal goal = { .step = step->number + 1 };

	if (step->over)
		say(terminal, false, "This is the end.");
	/* Unanswered, the question is passed over. */
	else if (step->kind == STEP_ASKS)
		goal.seq = step->seq;
	else if (terminal->session->quiz)
		goal.asks = step_asks;
	go(terminal, &goal);
}

static void go_back(struct terminal *terminal, uint64_t steps)
{
	const struct step *step = now(terminal);

	/* A question, and the end, stand behind the step of their number. */
	if (step->kind == STEP_ASKS || step->over)
		steps--;
	go_to(terminal, step->number > steps ? step->number - steps : 0);
}

static void go_to_failure(struct terminal *terminal)
{
	go(terminal, &(struct step_goal){ .failure = true });
	if (now(terminal)->over)
		say(terminal, false,
		    "No further failure up to the end of the run.");
}

static void answer(struct terminal *terminal, int choice)
{
	const struct step *step = now(terminal);
	struct step_session *session = terminal->session;
	uint64_t seq = step->seq;
	bool right;

	if (step->kind != STEP_ASKS || choice > step_nr_choices(step))
		return;
	go(terminal, &(struct step_goal){ .seq = seq });
	if (terminal->failed || step->seq != seq)
		return;
	right = choice == step_right_choice(step);
	session->asked++;
	session->right += right;
	text_add(&terminal->note, "%u of %u right. ", session->right,
		 session->asked);
	step_verdict(step, choice, &terminal->note);
	terminal->answered = true;
	terminal->view->note_is_bad = !right;
}

/* The next of what there is to choose from; -1 behind the last. */
static void choose_zone(struct terminal *terminal)
{
	const struct memory *memory = now(terminal)->kernel->memory;
	int *zone = &terminal->view->zone;

	terminal->view->zone_type = -1;
	do
		++*zone;
	while (*zone < (int)memory->nr_zones &&
	       !memory->zone[*zone].present_pages);
	if (*zone >= (int)memory->nr_zones)
		*zone = -1;
}

static void choose_order(struct terminal *terminal)
{
	const struct memory *memory = now(terminal)->kernel->memory;
	int *order = &terminal->view->order;

	if (++*order >= (int)memory->nr_orders)
		*order = -1;
	if (*order < 0)
		say(terminal, false, "Shows the order of each call again.");
	else
		text_add(&terminal->note,
			 "Shows order %d, whatever a call asks for.\n", *order);
	terminal->view->note_is_bad = false;
}

static bool any_slabs(const struct slab_caches *caches)
{
	for (uint32_t i = 0; i < caches->nr_caches; i++)
		if (caches->cache[i]->nr_slabs)
			return true;
	return false;
}

static void choose_cache(struct terminal *terminal)
{
	const struct slab_caches *caches = now(terminal)->kernel->caches;
	int *cache = &terminal->view->cache;

	do
		++*cache;
	while (*cache < (int)caches->nr_caches &&
	       !caches->cache[*cache]->nr_slabs);
	if (*cache >= (int)caches->nr_caches)
		*cache = -1;
	if (*cache < 0 && !any_slabs(caches))
		say(terminal, false, "No cache has slabs yet.");
	else if (*cache < 0)
		say(terminal, false, "Shows the cache of the last call again.");
}

/* ---- going to a place ---------------------------------------------------- */

static void go_to_line(struct terminal *terminal)
{
	const char *line = terminal->line;
	uint64_t step, t_ns;

	if (parse_u64(line, strlen(line), &step)) {
		go_to_call(terminal, step);
		if (now(terminal)->over)
			say(terminal, false, "The run has no more steps.");
	} else if (parse_time(line, strlen(line), &t_ns)) {
		if (now(terminal)->t_ns >= t_ns)
			go_to(terminal, 0);
		if (t_ns && !terminal->failed)
			go(terminal, &(struct step_goal){ .t_ns = t_ns });
	} else {
		say(terminal, true,
		    "That is neither a step (12) nor a time (1.5ms).");
	}
}

/* A key while a line is typed; true: that was its end. */
static bool type(struct terminal *terminal, wint_t key)
{
	size_t length = strlen(terminal->line);

	if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		if (length)
			go_to_line(terminal);
		return true;
	}
	if (key == KEY_ESCAPE)
		return true;
	if ((key == KEY_BACKSPACE || key == 127 || key == 8) && length)
		terminal->line[length - 1] = '\0';
	else if (key > ' ' && key < 127 && length + 1 < LINE_MAX_BYTES)
		terminal->line[length] = (char)key;
	return false;
}

static void show_line(struct terminal *terminal, bool typing)
{
	snprintf(terminal->prompt, sizeof terminal->prompt,
		 "Go to step (12) or time (1.5ms): %s_", terminal->line);
	terminal->view->prompt = typing ? terminal->prompt : NULL;
}

/* ---- keys ---------------------------------------------------------------- */

static bool is_on(wint_t key)
{
	return key == ' ' || key == KEY_RIGHT || key == 'n';
}

/*
 * A key that only puts away what stands in front: help, all the words; or a
 * verdict, which a number typed too fast does not take away.
 */
static bool puts_away(struct terminal *terminal, wint_t key)
{
	struct step_view *view = terminal->view;

	if (key == KEY_RESIZE)
		return true;
	if (view->help || view->all_words) {
		view->help = view->all_words = false;
		return key != 'q';
	}
	if (!terminal->answered)
		return false;
	if (key >= '0' && key <= '9')
		return true;
	terminal->answered = false;
	return !is_on(key) && key != 'q';
}

static void press(struct terminal *terminal, wint_t key, bool *typing)
{
	struct step_view *view = terminal->view;

	if (puts_away(terminal, key))
		return;
	terminal->note.length = key == 'w' ? terminal->note.length : 0;
	if (key >= '1' && key <= '0' + STEP_CHOICES_MAX)
		answer(terminal, (int)(key - '0'));
	else if (is_on(key))
		go_on(terminal);
	else if (key == KEY_LEFT || key == 'p' || key == KEY_BACKSPACE)
		go_back(terminal, 1);
	else if (key == KEY_NPAGE)
		go(terminal,
		   &(struct step_goal){ .step = now(terminal)->number +
						PAGE_STEPS });
	else if (key == KEY_PPAGE)
		go_back(terminal, PAGE_STEPS);
	else if (key == KEY_HOME || key == 'g')
		go_to(terminal, 0);
	else if (key == KEY_END || key == 'G')
		go(terminal, &(struct step_goal){ .step = 0 });
	else if (key == 'f')
		go_to_failure(terminal);
	else if (key == 'z')
		choose_zone(terminal);
	else if (key == 'o')
		choose_order(terminal);
	else if (key == 'c')
		choose_cache(terminal);
	else if (key == 'h' || key == '?')
		view->help = true;
	else if (key == 'w')
		view->all_words = true;
	else if (key == 'q')
		terminal->quits = true;
	else if (key == '/')
		*typing = true;
}

static void use_keys(struct terminal *terminal)
{
	bool typing = false;

	while (!terminal->quits && !terminal->failed && !interrupted) {
		wint_t key;

		show_line(terminal, typing);
		draw(terminal);
		do
			timeout(POLL_MS);
		while (get_wch(&key) == ERR && !interrupted);
		if (interrupted)
			break;
		if (typing && key != KEY_RESIZE) {
			typing = !type(terminal, key);
			if (!typing)
				memset(terminal->line, 0, LINE_MAX_BYTES);
		} else {
			press(terminal, key, &typing);
		}
	}
}

int step_in_terminal(struct step_session *session, struct errors *errors)
{
	struct terminal terminal = {
		.session = session,
		.view = session->view,
		.errors = errors,
	};

	const char *name = getenv("TERM");
	SCREEN *screen;

	session->run->waiting = tell_progress;
	session->run->waiting_argument = &terminal;
	screen = newterm(NULL, stdout, stdin);
	errno = 0;
	if (!screen)
		return error_host(errors,
				  "nothing is known of a terminal \"%s\"",
				  name ? name : "");
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	set_escdelay(100);
	curs_set(0);
	start_colours(&terminal);
	terminal.stepper = stepper_new(session->run, errors);
	terminal.failed = !terminal.stepper;
	if (session->at_ns && !terminal.failed)
		go(&terminal, &(struct step_goal){ .t_ns = session->at_ns });
	else if (session->at_end && !terminal.failed)
		go(&terminal, &(struct step_goal){ .step = 0 });
	else if (session->at && !terminal.failed)
		go_to_call(&terminal, session->at);
	use_keys(&terminal);
	endwin();
	delscreen(screen);
	stepper_free(terminal.stepper);
	text_release(&terminal.note);
	session->interrupted = interrupted;
	return terminal.failed ? -1 : 0;
}
