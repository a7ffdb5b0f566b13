/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines of a workload are alike: there are a few dozen ways to write a
 * call, and only the numbers are new each time. A line that was read is kept as
 * a path of steps, with the call that came of it; a line that takes the same
 * path is that call with other numbers.
 *
 *	t: 10, op: kmalloc, id: 1, size: 64, …
 *
 *	"t: " NUMBER -- ", op: kmalloc, id: " NUMBER -- ", size: " NUMBER -- …
 *	             \- ", op: kfree, id: " NUMBER -- "}" END: a call
 *
 * A step is a text that must stand there, followed by a number, by nothing, or
 * by the line's end. Where paths part, the steps that are known there are tried
 * one by one, comparing only the first and the last eight bytes of their texts,
 * for that is where they differ: a text has one word that is a value, and where
 * two would follow each other there are two steps.
 *
 * Why such a line means the same: what is read of a line depends on its text
 * alone, and all of it is as before, but for decimal digits where there were
 * some. So only what digits decide is checked again: a number's range here, and
 * the order of times by the caller. Lines where a number decides more are not
 * kept: frees of a part of a block, which must begin where its order can; and
 * where a number was dropped, since the operation takes no notice of it.
 * Numbers with a unit or a sign are texts. The defaults don't change once there
 * are events.
 *
 * The text of a value includes what stands behind it, so that no word is taken
 * for the beginning of another. Names are texts, too, with the number that they
 * have in the run; where there are many of them, the room is soon full, and new
 * lines are left to the reader that they would be learnt from.
 */

#include "workloads/yaml/fast_lines.h"

#include "sim/base/host.h"

#define STEPS_MAX 1024
#define LINES_MAX 256
#define SIBLINGS_MAX 16
#define TEXT_MAX 56

_Static_assert(TEXT_MAX + 8 <= FAST_LINES_PADDING,
	       "a text is compared with what may be read");

enum step_kind { STEP_TEXT, STEP_NUMBER, STEP_END };

struct step {
	uint64_t head;	    /* the text's first eight bytes */
	uint64_t tail;	    /* its last eight; of a shorter one: the same */
	uint64_t mask;	    /* of what of them is text */
	uint64_t min;	    /* of the number */
	uint64_t range;	    /* and the largest above that */
	uint32_t tail_at;   /* in the text */
	uint32_t advance;   /* what of the text is done with then */
	struct step *next;  /* the first behind it; NULL: none is known */
	struct step *other; /* the next one that may be here; NULL: none */
	const struct known_line *line; /* of an end */
	uint8_t kind;		       /* enum step_kind */
	uint8_t id;		       /* the number's field */
	uint8_t length;		       /* of the text */
	char text[TEXT_MAX];
};

struct fast_lines {
	struct step *first;
	size_t nr_steps;
	size_t nr_lines;
	struct step step[STEPS_MAX];
	struct known_line line[LINES_MAX];
};

struct fast_lines *fast_lines_new(void)
{
	return host_alloc(1, sizeof(struct fast_lines));
}

size_t fast_lines_nr(const struct fast_lines *lines)
{
	return lines->nr_lines;
}

/* ---- finding ------------------------------------------------------------- */

/* What lies between the first and the last eight bytes. */
static inline bool has_middle(const struct step *step, const char *s)
{
	for (size_t i = 8; i < step->tail_at; i += 8)
		if (load(s + i) != load(step->text + i))
			return false;
	return true;
}

static inline bool stands_at(const struct step *step, const char *s)
{
	uint64_t differs = (load(s) ^ step->head) |
			   (load(s + step->tail_at) ^ step->tail);

	return !(differs & step->mask) && has_middle(step, s);
}

const struct known_line *fast_lines_match(const struct fast_lines *lines,
					  const char *s, const char *end,
					  uint64_t number[NR_FIELDS])
{
	const struct step *step = lines->first;

	while (step) {
		if (!stands_at(step, s)) {
			step = step->other;
			continue;
		}
		s += step->advance;
		if (step->kind == STEP_END)
			return s == end ? step->line : NULL;
		if (step->kind == STEP_NUMBER) {
			s = read_digits(s, number);
			if (!s || *number - step->min > step->range)
				return NULL;
			number++;
		}
		step = step->next;
	}
	return NULL;
}

/* ---- learning ------------------------------------------------------------ */

static bool is_digits(const struct line_value *value)
{
	for (const char *s = value->s; s < value->end; s++)
		if (!is_digit(*s))
			return false;
	return value->end - value->s <= SAFE_DIGITS;
}

static bool is_number(const struct line_value *value)
{
	enum field_kind kind = event_fields[value->id].kind;

	return (kind == KIND_TIME || kind == KIND_SIZE || kind == KIND_NUMBER ||
		kind == KIND_ID) &&
	       is_digits(value);
}

/* It has a member in the call, which has the line's number. */
static bool can_be_put(const struct read_line *line,
		       const struct line_value *value)
{
	const struct field *field = &event_fields[value->id];

	return line->given & FIELD_BIT(value->id) && field->size;
}

/* False: the text is too long. */
static bool set_step(struct step *step, const char *s, const char *end,
		     enum step_kind kind)
{
	size_t length = (size_t)(end - s);

	if (length > TEXT_MAX)
		return false;
	*step = (struct step){
		.mask = length < 8 ? ((uint64_t)1 << 8 * length) - 1 :
				     UINT64_MAX,
		.range = UINT64_MAX,
		.tail_at = (uint32_t)(length < 8 ? 0 : length - 8),
		.length = (uint8_t)length,
		.advance = (uint32_t)(kind == STEP_TEXT ? length - 1 : length),
		.kind = (uint8_t)kind,
	};
	memcpy(step->text, s, length);
	step->head = load(step->text);
	step->tail = load(step->text + step->tail_at);
	return true;
}

static bool set_number(struct step *step, const char *s,
		       const struct line_value *value)
{
	const struct field *field = &event_fields[value->id];

	if (!set_step(step, s, value->s, STEP_NUMBER))
		return false;
	step->id = (uint8_t)value->id;
	if (field->kind == KIND_NUMBER) {
		step->min = field->min;
		step->range = field->max - field->min;
	} else if (field->kind == KIND_TIME) {
		step->range = TIME_MOST;
	}
	return true;
}

/* A word before a number shares its step. */
static bool goes_with_next(const struct read_line *line, size_t i,
			   const char *s)
{
	const struct line_value *next = &line->value[i + 1];

	return i + 1 < line->nr && is_number(next) && next->s - s <= TEXT_MAX;
}

/* The line as steps, its end the last. Returns how many; 0: it can't be. */
static size_t steps_of(const struct read_line *line, struct step *step)
{
	const char *s = line->s;
	size_t nr = 0;

	if (line->call->has & CALL_HAS_PAGE)
		return 0;
	for (size_t i = 0; i < line->nr; i++) {
		const struct line_value *value = &line->value[i];

		if (is_number(value)) {
			if (!can_be_put(line, value) ||
			    !set_number(&step[nr++], s, value))
				return 0;
		} else if (goes_with_next(line, i, s)) {
			continue;
		} else if (!set_step(&step[nr++], s, value->end + 1,
				     STEP_TEXT)) {
			return 0;
		}
		s = value->end;
	}
	return set_step(&step[nr], s, line->end, STEP_END) ? nr + 1 : 0;
}

static bool is_same(const struct step *a, const struct step *b)
{
	return a->kind == b->kind && a->id == b->id && a->length == b->length &&
	       memcmp(a->text, b->text, a->length) == 0;
}

/* Finds the step among those from *at on, or adds it. NULL: no room. */
static struct step *enter(struct fast_lines *lines, struct step **at,
			  const struct step *step)
{
	for (int i = 0; *at; i++) {
		if (is_same(*at, step))
			return *at;
		if (i == SIBLINGS_MAX)
			return NULL;
		at = &(*at)->other;
	}
	if (lines->nr_steps == STEPS_MAX)
		return NULL;
	*at = &lines->step[lines->nr_steps++];
	**at = *step;
	return *at;
}

static void keep(struct known_line *known, const struct read_line *line)
{
	known->call = *line->call;
	known->has_names = line->names;
	if (line->names)
		known->names = *line->names;
	known->nr_items = line->nr_items;
	for (size_t i = 0; i < line->nr; i++) {
		const struct field *field = &event_fields[line->value[i].id];

		if (!is_number(&line->value[i]))
			continue;
		known->number[known->nr].offset = (uint16_t)field->offset;
		known->number[known->nr++].size = (uint16_t)field->size;
	}
}

void fast_lines_learn(struct fast_lines *lines, const struct read_line *line)
{
	struct step step[NR_FIELDS + 1];
	struct step **first = &lines->first;
	size_t before = lines->nr_steps, nr;

	if (lines->nr_lines == LINES_MAX)
		return;
	nr = steps_of(line, step);
	if (nr)
		step[nr - 1].line = &lines->line[lines->nr_lines];
	for (size_t i = 0; i < nr; i++) {
		struct step *there;

		before = lines->nr_steps;
		there = enter(lines, first, &step[i]);
		if (!there)
			return;
		first = &there->next;
	}
	/* It is there already where a number made the line another. */
	if (lines->nr_steps > before)
		keep(&lines->line[lines->nr_lines++], line);
}
