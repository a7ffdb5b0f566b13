/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads events that stand one per line as flow mappings, in some fifty
 * nanoseconds each where libyaml and its stream of items take two thousand.
 *
 *	a line --like one before?--> fast_lines.c, else here --> fast_lines.c
 *	                                                 learns it
 *
 *	  - {t: 10us, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}
 *	     |  `value: a number, a word of the field's list, a name, …
 *	     `key: looked up in a table made of event_fields[]
 *
 * libyaml stays the reference: what is read here is read as it would be, and
 * what is not plainly so is left to it, from the line's first byte on and
 * before anything has changed (configs/yaml/yaml_bypass.c says how it goes on
 * behind lines that it has not seen). So nothing here has an error to tell.
 *
 * A line is read here if it is
 *
 *	- followed by one that begins like an item of the same list, so that
 *	  libyaml could find nothing wrong with what comes next;
 *	- printable ASCII, the item's `}` its last character;
 *	- of keys that are known, none of them twice; after a key `: `;
 *	- of values each in its one line, plain or, for names, in double quotes
 *	  without escapes: numbers; numbers with units, by parse_time() and
 *	  parse_size() like everywhere; words; names of GFP flags;
 *	- an event to which no rule objects (event_finish()).
 *
 * Why a plain value of these characters is the text itself for libyaml, too: it
 * begins with a letter, a digit or one of _ / < and goes on with these and
 * . > + - or, among GFP flags, bars and single blanks. None of them ends a
 * plain scalar, and no indicator is among them where it would be one.
 *
 * Words are compared as numbers: the first eight bytes and the last eight say
 * all of a word of up to sixteen. Whole texts of GFP flags are remembered with
 * what they mean, for a workload uses the same few again and again.
 *
 * Left to libyaml: `flags` and `align` of a cache, merge keys, aliases, single
 * quotes, escapes, values of several lines, comments.
 */

#include "workloads/yaml/fast_events.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/file_view.h"
#include "sim/base/host.h"
#include "workloads/yaml/fast_lines.h"
#include "workloads/yaml/fast_words.h"
#include "workloads/yaml/field_values.h"
#include "workloads/yaml/stream_line.h"

_Static_assert(FAST_LINES_PADDING <= YAML_LINES_PADDING,
	       "lines may be looked at as far as fast_lines.c does");

/* ---- what is kept -------------------------------------------------------- */

/* Characters by what they may be part of. */
enum { IN_NAME = 1, IN_NUMBER = 2, IN_QUOTES = 4, IN_GFP = 8 };

#define GFP_SEEN_MAX 160
#define NR_GFP_SEEN 256 /* a power of two */

/* A value of `gfp` that was read before. */
struct seen_gfp {
	struct word word;
	gfp_t flags;
	struct gfp_name_set names;
	char text[GFP_SEEN_MAX];
};

struct fast_events {
	struct fast_words words;
	struct fast_lines *lines; /* owned */
	/* What followed each key last: a guess; [0]: which came first. */
	unsigned char next_key[NR_FIELDS + 2];
	struct seen_gfp gfp[NR_GFP_SEEN];
	unsigned char is[256]; /* IN_… */
};

struct fast_events *fast_events_new(void)
{
	struct fast_events *fast = host_alloc(1, sizeof(*fast));

	if (!fast)
		return NULL;
	fast->lines = fast_lines_new();
	if (!fast->lines) {
		free(fast);
		return NULL;
	}
	fast_words_init(&fast->words);
	for (unsigned int c = 0x20; c < 0x7f; c++) {
		bool digit = c >= '0' && c <= '9';
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (letter || digit || strchr("_./<>+-", (int)c))
			fast->is[c] |= IN_NAME;
		if (letter || digit || c == '.')
			fast->is[c] |= IN_NUMBER;
		if (c != '"' && c != '\\')
			fast->is[c] |= IN_QUOTES;
		if (letter || digit || strchr("_| ", (int)c))
			fast->is[c] |= IN_GFP;
	}
	return fast;
}

void fast_events_free(struct fast_events *fast)
{
	if (!fast)
		return;
	free(fast->lines);
	free(fast);
}

size_t fast_events_nr_learned(const struct fast_events *fast)
{
	return fast_lines_nr(fast->lines);
}

/* ---- values -------------------------------------------------------------- */

/* A line under way, and what is to be done once all of it is understood. */
struct line {
	struct fast_events *fast;
	struct event *event;
	size_t nr_items;
	unsigned int last_key; /* and 1; 0: none yet */
	const struct seen_gfp *gfp;
	const char *gfp_at;
	size_t nr_names; /* in the line's order, as their numbers are given */
	struct {
		unsigned int id;
		bool quoted;
		struct span text;
	} name[NR_FIELDS];
	struct line_value value[NR_FIELDS]; /* in the line's order */
	size_t nr_values;
};

static inline bool is_all(const struct fast_events *fast, struct span span,
			  unsigned char class)
{
	for (size_t i = 0; i < span.length; i++)
		if (!(fast->is[(unsigned char)span.s[i]] & class))
			return false;
	return span.length > 0;
}

static inline bool ends_value(char c)
{
	return c == ',' || c == '}' || c == ' ';
}

/* Any number that `parse` takes. */
static __attribute__((noinline)) const char *
read_odd_number(const struct fast_events *fast, const char *s, uint64_t *value,
		bool (*parse)(const char *, size_t, uint64_t *))
{
	struct span span = plain_value(s);

	if (!is_digit(*s) || !is_all(fast, span, IN_NUMBER) ||
	    !parse(span.s, span.length, value))
		return NULL;
	return span.s + span.length;
}

static inline const char *
read_number(const struct fast_events *fast, const char *s, uint64_t *value,
	    bool (*parse)(const char *, size_t, uint64_t *))
{
	const char *end = read_digits(s, value);

	if (end && ends_value(*end))
		return end;
	return read_odd_number(fast, s, value, parse);
}

static const char *read_name(struct line *line, unsigned int id, const char *s)
{
	bool quoted = *s == '"';
	unsigned char class = quoted ? IN_QUOTES : IN_NAME;
	struct span span = { s + quoted, 0 };

	if (!quoted && strchr(".>+-", *s))
		return NULL;
	for (s = span.s; line->fast->is[(unsigned char)*s] & class; s++)
		;
	span.length = (size_t)(s - span.s);
	if (span.length == 0 || (quoted && *s != '"'))
		return NULL;
	line->name[line->nr_names].id = id;
	line->name[line->nr_names].quoted = quoted;
	line->name[line->nr_names++].text = span;
	return s + quoted;
}

static inline const char *read_id(struct line *line, const struct field *field,
				  const char *s)
{
	uint64_t id;

	if (*s == '"')
		return read_name(line, (unsigned int)(field - event_fields), s);
	s = read_number(line->fast, s, &id, parse_u64);
	if (s)
		field_store_id(&line->event->call, CALL_HAS_ID, id);
	return s;
}

static bool remember_gfp(const struct fast_events *fast, struct seen_gfp *seen,
			 struct span span, const struct word *word)
{
	struct gfp_name_set names = { { 0 } };
	gfp_t flags = 0;
	const char *bad;
	size_t length;

	if (span.length >= sizeof(seen->text) || !is_all(fast, span, IN_GFP) ||
	    *span.s == '|' || *span.s == ' ')
		return false;
	/* gfp_format() says "0" where no flag is set. */
	if (!(span.length == 1 && *span.s == '0') &&
	    !gfp_parse_names(span.s, span.length, &flags, &names, &bad,
			     &length))
		return false;
	*seen = (struct seen_gfp){ *word, flags, names, "" };
	memcpy(seen->text, span.s, span.length);
	return true;
}

static inline const char *read_gfp(struct line *line, const struct field *field,
				   const char *s)
{
	struct fast_events *fast = line->fast;
	struct span span = plain_value(s);
	struct word word = word_of(span.s, span.length, AS_VALUE);
	struct seen_gfp *seen = &fast->gfp[hash_of(&word) % NR_GFP_SEEN];

	if (span.length == 0 ||
	    (!words_equal(&word, span.s, &seen->word, seen->text) &&
	     !remember_gfp(fast, seen, span, &word)))
		return NULL;
	field_store(field, &line->event->call, seen->flags);
	line->gfp = seen;
	line->gfp_at = s;
	return s + span.length;
}

static inline const char *read_word(struct line *line,
				    const struct field *field, const char *s)
{
	unsigned int where = AS_VALUE + (unsigned int)(field - event_fields);
	struct span span = plain_value(s);
	struct word word = word_of(span.s, span.length, where);
	const struct known_word *known =
		&line->fast->words
			 .word[find_word(&line->fast->words, s, &word)];

	if (!known->word.tag)
		return NULL;
	if (field->kind == KIND_BOOL)
		field_store_bool(field, &line->event->call, known->meaning);
	else if (field->kind == KIND_LRU)
		field_store_lru(&line->event->call, known->meaning);
	else
		field_store(field, &line->event->call, known->meaning);
	return s + span.length;
}

static const char *read_node(struct line *line, const char *s)
{
	struct call *call = &line->event->call;
	uint64_t node;

	if (memcmp(s, "any", 3) == 0 && ends_value(s[3])) {
		call->node = NODE_ANY;
		return s + 3;
	}
	s = read_number(line->fast, s, &node, parse_u64);
	if (!s || node >= MAX_NODES)
		return NULL;
	call->node = (node_t)node;
	return s;
}

static const char *read_signed(struct line *line, const struct field *field,
			       const char *s)
{
	bool minus = *s == '-';
	uint64_t value;

	s = read_number(line->fast, s + minus, &value, parse_u64);
	if (!s || value > field->max)
		return NULL;
	field_store(field, &line->event->call, minus ? 0 - value : value);
	return s;
}

/* Reads a value. Returns what is behind it; NULL: not understood. */
static inline const char *read_value(struct line *line, unsigned int id,
				     const char *s)
{
	const struct field *field = &event_fields[id];
	uint64_t value;

	switch (field->kind) {
	case KIND_TIME:
		s = read_number(line->fast, s, &value, parse_time);
		if (s && value > TIME_MOST)
			return NULL;
		break;
	case KIND_SIZE:
		s = read_number(line->fast, s, &value, parse_size);
		break;
	case KIND_NUMBER:
		s = read_number(line->fast, s, &value, parse_u64);
		if (s && (value < field->min || value > field->max))
			return NULL;
		break;
	case KIND_SIGNED:
		return read_signed(line, field, s);
	case KIND_WORD:
	case KIND_LRU:
	case KIND_BOOL:
		return read_word(line, field, s);
	case KIND_NODE:
		return read_node(line, s);
	case KIND_NAME:
		return read_name(line, id, s);
	case KIND_ID:
		return read_id(line, field, s);
	case KIND_GFP:
		return read_gfp(line, field, s);
	default:
		return NULL;
	}
	if (s)
		field_store(field, &line->event->call, value);
	return s;
}

/* ---- lines --------------------------------------------------------------- */

static inline const char *skip_blanks(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

/* Finds what the key means that s begins with. Returns the `: ` behind it. */
static const char *find_key(const struct fast_events *fast, const char *s,
			    unsigned int where, unsigned int *meaning)
{
	const struct known_word *known;
	struct word word;
	uint64_t found = zero_bytes(load(s) ^ ':' * EACH_BYTE);
	size_t length = 0;

	/* No key is longer than two times eight bytes. */
	if (!found) {
		length = 8;
		found = zero_bytes(load(s + 8) ^ ':' * EACH_BYTE);
	}
	if (!found)
		return NULL;
	length += (size_t)__builtin_ctzll(found) / 8;
	word = word_of(s, length, where);
	known = &fast->words.word[find_word(&fast->words, s, &word)];
	if (!known->word.tag || s[length + 1] != ' ')
		return NULL;
	*meaning = known->meaning;
	return s + length;
}

/*
 * Reads `key: `; *meaning is what the key means. NULL: not understood. Keys
 * follow each other as they did in the line before, mostly.
 */
static inline const char *read_key(struct line *line, const char *s,
				   unsigned int where, unsigned int *meaning)
{
	struct fast_events *fast = line->fast;
	unsigned char *guess = &fast->next_key[line->last_key];
	const struct short_key *key = &fast->words.key[*guess];

	*meaning = *guess;
	if (key->length && !((load(s) ^ key->bytes) & key->mask) &&
	    where == key->where) {
		s += key->length;
	} else {
		s = find_key(fast, s, where, meaning);
		if (!s)
			return NULL;
		s += strlen(": ");
		*guess = (unsigned char)*meaning;
	}
	line->last_key = *meaning + 1;
	return skip_blanks(s);
}

static const char *read_fields(struct line *line, const char *s,
			       unsigned int where);

/* Reads a key with its value. Returns what is behind; NULL: not understood. */
static inline const char *read_entry(struct line *line, const char *s,
				     unsigned int where)
{
	struct event *event = line->event;
	struct line_value *value;
	unsigned int id;

	s = read_key(line, s, where, &id);
	if (!s)
		return NULL;
	if (id == IS_RECORDED) {
		line->nr_items += 3;
		s = *s == '{' ? read_fields(line, s + 1, AS_RECORDED_KEY) :
				NULL;
		return s ? s + 1 : NULL;
	}
	if (event->given & FIELD_BIT(id))
		return NULL;
	event->given |= FIELD_BIT(id);
	line->nr_items += 2;
	value = &line->value[line->nr_values++];
	value->id = id;
	value->s = s;
	value->end = read_value(line, id, s);
	return value->end;
}

/* The inside of a mapping. Returns where its `}` is; NULL: not understood. */
static const char *read_fields(struct line *line, const char *s,
			       unsigned int where)
{
	do {
		s = read_entry(line, skip_blanks(s), where);
		if (!s)
			return NULL;
		s = skip_blanks(s);
	} while (*s++ == ',');
	return s[-1] == '}' ? s - 1 : NULL;
}

/* Numbers for the names; false: the host has no memory. */
static bool intern_names(struct line *line, struct names *names)
{
	struct call *call = &line->event->call;

	for (size_t i = 0; i < line->nr_names; i++) {
		struct span text = line->name[i].text;
		const struct field *field = &event_fields[line->name[i].id];
		uint32_t number = names_intern(names, text.s, text.length);

		if (!number)
			return false;
		if (field->kind == KIND_ID)
			field_store_id(call, CALL_HAS_NAMED_ID, number);
		else
			field_store(field, call, number);
	}
	return true;
}

static void learn(struct line *line, const struct stream_line *from)
{
	struct read_line read = {
		.s = from->s + from->start + 1,
		.end = from->s + from->length,
		.nr = line->nr_values,
		.given = line->event->given,
		.call = &line->event->call,
		.names = line->gfp ? &line->gfp->names : NULL,
		.nr_items = line->nr_items,
	};

	memcpy(read.value, line->value, line->nr_values * sizeof(*read.value));
	fast_lines_learn(line->fast->lines, &read);
}

/*
 * Reads the line's event into *call. Returns how many items libyaml would have
 * made of it; 0: not understood.
 */
static size_t read_event(struct fast_events *fast, struct event_reader *reader,
			 const struct stream_line *from, struct call *call)
{
	struct event *event = &reader->event;
	struct place place = from->place;
	const char *s = from->s, *end;
	struct line line;

	line.fast = fast;
	line.event = event;
	line.nr_items = 2;
	line.last_key = 0;
	line.gfp = NULL;
	line.nr_names = 0;
	line.nr_values = 0;
	event->call = (struct call){ .node = NODE_ANY };
	event->given = 0;
	event->place = place;
	event->place.column = from->start + 1;
	end = read_fields(&line, s + from->start + 1, AS_KEY);
	event->valid = event->given;
	if (end != s + from->length - 1 ||
	    !intern_names(&line, reader->input.names) || !event_finish(reader))
		return 0;
	if (line.gfp) {
		place.column = (uint64_t)(line.gfp_at - s) + 1;
		field_note_gfp(&reader->input, place, &line.gfp->names);
	}
	learn(&line, from);
	*call = event->call;
	return line.nr_items;
}

/* The same of a line that is like one that was read before. */
static inline size_t read_known(const struct fast_events *fast,
				struct event_reader *reader,
				const struct stream_line *from,
				struct call *call)
{
	uint64_t number[NR_FIELDS];
	const struct known_line *known =
		fast_lines_match(fast->lines, from->s + from->start + 1,
				 from->s + from->length, number);

	if (!known)
		return 0;
	known_line_put(known, number, call);
	if (event_is_before_last(reader, call->t_ns))
		return 0;
	call->line = from->place.line;
	call->column = (uint32_t)from->start + 1;
	event_note_time(reader, call->t_ns, call->line);
	/* Where a name stood first was noted when the line was learned. */
	if (known->has_names)
		field_note_gfp(&reader->input, from->place, &known->names);
	return known->nr_items;
}

/* Reads what it can of the lines, and takes it from the stream. */
static size_t read_lines(struct fast_events *fast, struct event_reader *reader,
			 const struct yaml_lines *lines, struct call *batch,
			 size_t max)
{
	const char *s = lines->s;
	size_t nr = 0, nr_items = 0, length = 0;
	struct stream_line line = {
		.start = lines->indent + strlen("- "),
		.place = lines->place,
	};

	while (nr < max && find_line(lines, s, &line)) {
		size_t n = read_known(fast, reader, &line, &batch[nr]);

		/* Lines are mostly shorter than two of these. */
		file_view_fetch(s + FILE_VIEW_PIECE);
		file_view_fetch(s + FILE_VIEW_PIECE + FILE_VIEW_LINE);
		if (!n)
			n = read_event(fast, reader, &line, &batch[nr]);
		if (!n)
			break;
		nr++;
		nr_items += n;
		length = line.length;
		line.place.line++;
		s += length + 1;
	}
	if (nr)
		yaml_stream_pass(reader->input.stream, nr,
				 (size_t)(s - lines->s), nr_items, length);
	return nr;
}

size_t fast_events_read(struct fast_events *fast, struct event_reader *reader,
			struct call *batch, size_t max)
{
	struct yaml_lines lines;
	size_t nr = 0, got;

	while (nr < max && yaml_stream_lines(reader->input.stream, &lines)) {
		got = read_lines(fast, reader, &lines, batch + nr, max - nr);
		if (!got)
			break;
		nr += got;
	}
	return nr;
}
