/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines of a workload are alike: a few dozen ways to say a call, and only
 * numbers are new each time. A line that was read is kept as a way of steps,
 * with the call that came of it; a line that goes the same way is that call
 * with other numbers.
 *
 *	t: 10, op: kmalloc, id: 1, size: 64, …
 *
 *	"t: " NUMBER -- ", op: kmalloc," -- ", id: " NUMBER -- ", size: " NUMBER
 *	             \- ", op: kfree,"   -- ", id: " NUMBER -- "}" END: a call
 *
 * A step is a text that must stand there, eight bytes compared at once, and
 * behind it a number, or nothing, or the line's end. Where ways part, the steps
 * that are known there are tried one by one, the last eight bytes of their
 * texts first, for that is where they differ.
 *
 * Why such a line means the same: what is read of a line depends on its text
 * alone, and all of it is as before, but for decimal digits where there were
 * some. So only what digits decide is asked again: a number's range here, and
 * the order of times by the caller. Lines where a number decides more are not
 * kept: frees of a part of a block, which must begin where its order can; and
 * where a number was dropped, since the operation takes no notice of it.
 * Numbers with a unit or a sign are texts. The defaults don't change once there
 * are events.
 *
 * A text of a value ends with what stands behind it, so that no word is taken
 * for another's beginning. Names are texts, too, with the number that they
 * have in the run; where there are many of them, room is soon full, and the
 * lines that are new are left to the reader who would have taught us.
 */

#include "workloads/fast_lines.h"

#include "sim/base/host.h"

#define STEPS_MAX 1024
#define LINES_MAX 256
#define SIBLINGS_MAX 16
#define TEXT_MAX 56

_Static_assert(TEXT_MAX + 8 <= FAST_LINES_PADDING,
	       "a text is compared with what may be read");

enum step_kind { STEP_TEXT, STEP_NUMBER, STEP_END };

struct step {
	uint64_t head;	   /* the text's first bytes, up to eight */
	uint64_t mask;	   /* of them */
	uint64_t tail;	   /* its last eight, where there are more */
	uint64_t min, max; /* of the number */
	uint16_t length;   /* of the text */
	uint16_t advance;  /* what of it is done with then */
	uint16_t other;	   /* the next step that may be here; 0: none */
	uint16_t next;	   /* the first behind it; of an end: its line */
	uint8_t kind;	   /* enum step_kind */
	uint8_t id;	   /* the number's field */
	char text[TEXT_MAX];
};

struct fast_lines {
	struct step step[STEPS_MAX]; /* 0: none */
	struct known_line line[LINES_MAX];
	size_t nr_steps;
	size_t nr_lines;
	uint16_t first;
};

struct fast_lines *fast_lines_new(void)
{
	struct fast_lines *lines = host_alloc(1, sizeof(*lines));

	if (lines)
		lines->nr_steps = 1;
	return lines;
}

/* ---- finding ------------------------------------------------------------- */

static inline bool stands_at(const struct step *step, const char *s)
{
	if (step->length <= 8)
		return !((load(s) ^ step->head) & step->mask);
	if (load(s + step->length - 8) != step->tail || load(s) != step->head)
		return false;
	for (size_t i = 8; i + 8 < step->length; i += 8)
		if (load(s + i) != load(step->text + i))
			return false;
	return true;
}

const struct known_line *fast_lines_match(const struct fast_lines *lines,
					  const char *s, const char *end,
					  uint64_t number[NR_FIELDS])
{
	uint16_t at = lines->first;

	while (at) {
		const struct step *step = &lines->step[at];

		if (!stands_at(step, s)) {
			at = step->other;
			continue;
		}
		s += step->advance;
		if (step->kind == STEP_END)
			return s == end ? &lines->line[step->next] : NULL;
		if (step->kind == STEP_NUMBER) {
			s = read_digits(s, number);
			if (!s || *number < step->min || *number > step->max)
				return NULL;
			number++;
		}
		at = step->next;
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

/* Where the value's step begins: behind the one before. */
static const char *step_begin(const struct read_line *line, size_t i)
{
	return i ? line->value[i - 1].end : line->s;
}

static bool can_be_learned(const struct read_line *line)
{
	if (line->call->has & CALL_HAS_PAGE || !line->nr)
		return false;
	for (size_t i = 0; i < line->nr; i++) {
		const struct line_value *value = &line->value[i];
		const char *end = is_number(value) ? value->s : value->end + 1;

		if (end - step_begin(line, i) > TEXT_MAX ||
		    (is_number(value) && !can_be_put(line, value)))
			return false;
	}
	return line->end - line->value[line->nr - 1].end <= TEXT_MAX;
}

static struct step step_of(const char *s, size_t length, enum step_kind kind)
{
	struct step step = {
		.length = (uint16_t)length,
		.advance = (uint16_t)(kind == STEP_TEXT ? length - 1 : length),
		.kind = (uint8_t)kind,
		.max = UINT64_MAX,
	};

	memcpy(step.text, s, length);
	step.head = load(step.text);
	step.mask = length < 8 ? ((uint64_t)1 << 8 * length) - 1 : UINT64_MAX;
	if (length > 8)
		step.tail = load(step.text + length - 8);
	return step;
}

static struct step step_to(const struct read_line *line, size_t i)
{
	const struct line_value *value = &line->value[i];
	const struct field *field = &event_fields[value->id];
	const char *s = step_begin(line, i);
	struct step step;

	if (!is_number(value))
		return step_of(s, (size_t)(value->end + 1 - s), STEP_TEXT);
	step = step_of(s, (size_t)(value->s - s), STEP_NUMBER);
	step.id = (uint8_t)value->id;
	if (field->kind == KIND_NUMBER) {
		step.min = field->min;
		step.max = field->max;
	}
	return step;
}

static bool is_same(const struct step *a, const struct step *b)
{
	return a->kind == b->kind && a->id == b->id && a->length == b->length &&
	       memcmp(a->text, b->text, a->length) == 0;
}

/* Finds the step among those from *first on, or adds it. NULL: no room. */
static struct step *enter(struct fast_lines *lines, uint16_t *first,
			  const struct step *step)
{
	uint16_t *at = first;

	for (int i = 0; *at; i++) {
		if (is_same(&lines->step[*at], step))
			return &lines->step[*at];
		if (i == SIBLINGS_MAX)
			return NULL;
		at = &lines->step[*at].other;
	}
	if (lines->nr_steps == STEPS_MAX)
		return NULL;
	*at = (uint16_t)lines->nr_steps;
	lines->step[lines->nr_steps] = *step;
	return &lines->step[lines->nr_steps++];
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
	uint16_t *first = &lines->first;
	size_t before;
	const char *last;
	struct step end;

	if (lines->nr_lines == LINES_MAX || !can_be_learned(line))
		return;
	for (size_t i = 0; i < line->nr; i++) {
		struct step step = step_to(line, i);
		struct step *there = enter(lines, first, &step);

		if (!there)
			return;
		first = &there->next;
	}
	last = line->value[line->nr - 1].end;
	end = step_of(last, (size_t)(line->end - last), STEP_END);
	end.next = (uint16_t)lines->nr_lines;
	before = lines->nr_steps;
	/* It is there already where a number made the line another. */
	if (enter(lines, first, &end) && lines->nr_steps > before)
		keep(&lines->line[lines->nr_lines++], line);
}
