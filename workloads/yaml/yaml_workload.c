/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A workload in YAML, as a source of calls.
 *
 *	kmemsim: workload     \
 *	version: 1             |  the head: read when the file is opened
 *	name: nic-rx           |
 *	templates: {…}         |
 *	defaults: {…}          |
 *	generators: […]       /  (read ahead where they stand behind the events)
 *	events: […]              read in batches, while the run goes on
 *
 * The file is never in memory: what is kept is one event, the defaults, the
 * names and the generators (workloads/generators/), whose calls go between the
 * events. That is why the head must come before `events`. Once an error is
 * found, what stands above it is handed out, but nothing more; the rest of the
 * file is still read, so that all of its errors are told at once.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "workloads/yaml/event.h"
#include "workloads/yaml/fast_events.h"
#include "workloads/generators/behind.h"
#include "workloads/generators/generators.h"
#include "workloads/yaml/head_values.h"
#include "workloads/workload.h"
#include "workloads/yaml/yaml_workload.h"

#define VERSION "1"

enum head_key {
	KEY_KMEMSIM,
	KEY_VERSION,
	KEY_NAME,
	KEY_TRACED,
	KEY_TEMPLATES,
	KEY_DEFAULTS,
	KEY_EVENTS,
	KEY_GENERATORS,
	NR_HEAD_KEYS
};

static const char *const head_keys[NR_HEAD_KEYS] = {
	[KEY_KMEMSIM] = "kmemsim",     [KEY_VERSION] = "version",
	[KEY_NAME] = "name",	       [KEY_TRACED] = "traced",
	[KEY_TEMPLATES] = "templates", [KEY_DEFAULTS] = "defaults",
	[KEY_EVENTS] = "events",       [KEY_GENERATORS] = "generators",
};

enum position { IN_HEAD, IN_EVENTS, IN_TAIL, AT_END };

struct yaml_workload {
	struct source source; /* first: the base of this one */
	struct event_reader reader;
	struct fast_events *fast; /* NULL: libyaml reads all */
	enum position position;
	unsigned int seen; /* bit n: head key n was there */
	bool head_checked;
	struct text name;
	struct text from; /* what it was unpacked from */
	struct gfp_uses gfp_uses;
	struct generators *generators;
	struct file_facts *facts; /* borrowed while the head is read */
	/* Errors behind the rules of the last event; 0: it had none. */
	size_t nr_behind_rules;
	bool read_behind; /* generators were read before the events */
	bool invalid;	  /* nothing is handed out any more */
	bool over;	  /* nothing is left to read */
};

static struct yaml_workload *workload_of(const struct source *source)
{
	return (struct yaml_workload *)source;
}

static int next_item(struct yaml_workload *workload, struct yaml_item *item)
{
	return yaml_stream_next(workload->reader.input.stream, item,
				workload->reader.input.errors);
}

static int skip_value(struct yaml_workload *workload,
		      const struct yaml_item *item)
{
	return yaml_stream_skip(workload->reader.input.stream, item,
				workload->reader.input.errors);
}

/* ---- the head ------------------------------------------------------------ */

static int read_defaults(struct yaml_workload *workload)
{
	struct event_reader *reader = &workload->reader;
	struct yaml_item item;

	if (next_item(workload, &item) < 0)
		return -1;
	if (event_parse(reader, &item) < 0)
		return -1;
	reader->defaults = reader->event;
	return 0;
}

/* Named bits of events, there for the anchors on them. */
static int read_templates(struct yaml_workload *workload)
{
	struct event_reader *reader = &workload->reader;
	struct yaml_item item;

	if (next_item(workload, &item) < 0)
		return -1;
	if (item.kind != YAML_MAPPING_START) {
		error_input(reader->input.errors, item.place,
			    "templates: a mapping from names to parts of "
			    "events is expected here");
		return skip_value(workload, &item);
	}
	for (;;) {
		if (next_item(workload, &item) < 0)
			return -1;
		if (item.kind == YAML_MAPPING_END)
			return 0;
		if (skip_value(workload, &item) < 0 ||
		    next_item(workload, &item) < 0 ||
		    event_parse(reader, &item) < 0)
			return -1;
	}
}

/* Behind the events it is too late, where nobody could look there before. */
static int read_late_generators(struct yaml_workload *workload,
				const struct yaml_item *start)
{
	struct yaml_item item = *start;

	if (workload->read_behind)
		return skip_value(workload, start);
	if (start->kind == YAML_SEQUENCE_START &&
	    yaml_stream_peek(workload->reader.input.stream, &item,
			     workload->reader.input.errors) < 0)
		return -1;
	if (item.kind != YAML_SEQUENCE_END)
		error_input(
			workload->reader.input.errors, start->place,
			"generators: they must come before \"events\", where "
			"a workload comes from a pipe");
	return skip_value(workload, start);
}

static int read_generators(struct yaml_workload *workload)
{
	struct yaml_item start;

	if (next_item(workload, &start) < 0)
		return -1;
	if (workload->seen & 1u << KEY_EVENTS)
		return read_late_generators(workload, &start);
	return generators_read(workload->generators, &workload->reader, &start);
}

/* Those behind the events: before the first of these is read. */
static int look_for_generators(struct yaml_workload *workload)
{
	const char *path = workload->source.file;
	int found;

	if (workload->seen & 1u << KEY_GENERATORS)
		return 0;
	found = generators_read_behind(workload->generators,
				       strcmp(path, "<stdin>") ? path : "-",
				       &workload->reader, workload->facts);
	if (found < 0)
		error_host(workload->reader.input.errors,
			   "no memory for generators");
	workload->read_behind = found > 0;
	return found < 0 ? -1 : 0;
}

/* What must be known before the first event is read. */
static void check_head(struct yaml_workload *workload, struct place place)
{
	int key;

	/* What is wrong with it is told once. */
	if (workload->head_checked)
		return;
	workload->head_checked = true;
	for (key = KEY_KMEMSIM; key <= KEY_VERSION; key++)
		if (!(workload->seen & 1u << key))
			error_input(workload->reader.input.errors, place,
				    "a workload starts with \"kmemsim: "
				    "workload\" and \"version: " VERSION "\"; "
				    "\"%s\" is missing",
				    head_keys[key]);
}

static int start_events(struct yaml_workload *workload)
{
	struct yaml_item item;

	if (look_for_generators(workload) < 0 || next_item(workload, &item) < 0)
		return -1;
	check_head(workload, item.place);
	if (item.kind == YAML_SEQUENCE_START) {
		workload->position = IN_EVENTS;
		return 0;
	}
	workload->position = IN_TAIL;
	error_input(workload->reader.input.errors, item.place,
		    "events: a list is expected here");
	return skip_value(workload, &item);
}

static int find_head_key(struct yaml_workload *workload,
			 const struct yaml_item *item)
{
	int key;

	for (key = 0; key < NR_HEAD_KEYS; key++)
		if (item->kind == YAML_SCALAR &&
		    strcmp(item->value, head_keys[key]) == 0)
			return key;
	field_unknown_key(&workload->reader.input, item, head_keys,
			  NR_HEAD_KEYS, "docs/workload.md");
	return -1;
}

static int read_value(struct yaml_workload *workload, int key)
{
	switch (key) {
	case KEY_KMEMSIM:
		return head_read_word(&workload->reader.input, head_keys[key],
				      "workload");
	case KEY_VERSION:
		return head_read_word(&workload->reader.input, head_keys[key],
				      VERSION);
	case KEY_NAME:
		return head_read_name(&workload->reader.input, &workload->name,
				      &workload->from);
	case KEY_TRACED:
		return head_read_traced(&workload->reader.input,
					&workload->source.traced);
	case KEY_TEMPLATES:
		return read_templates(workload);
	case KEY_DEFAULTS:
		return read_defaults(workload);
	case KEY_EVENTS:
		return start_events(workload);
	default:
		return read_generators(workload);
	}
}

static void tell_misplaced(struct yaml_workload *workload, struct place place,
			   int key, bool twice)
{
	struct errors *errors = workload->reader.input.errors;

	if (twice)
		error_input(errors, place, "key \"%s\" is there twice",
			    head_keys[key]);
	else if (workload->seen & 1u << KEY_EVENTS)
		error_input(
			errors, place,
			"\"%s\" must come before \"events\", which are read "
			"one by one",
			head_keys[key]);
	else
		error_input(
			errors, place,
			"\"%s\" must come before \"generators\", which take "
			"them",
			head_keys[key]);
}

/* One key of the outermost mapping, with its value. */
static int read_key(struct yaml_workload *workload,
		    const struct yaml_item *item)
{
	int key = find_head_key(workload, item);
	struct yaml_item value;
	bool twice, late;

	if (key >= 0) {
		twice = workload->seen & 1u << key;
		late = workload->seen & 1u << KEY_EVENTS && key < KEY_EVENTS;
		if (key == KEY_DEFAULTS && !late && !twice)
			late = workload->seen & 1u << KEY_GENERATORS;
		workload->seen |= 1u << key;
		if (!twice && !late)
			return read_value(workload, key);
		tell_misplaced(workload, item->place, key, twice);
	} else if (skip_value(workload, item) < 0) {
		return -1;
	}
	if (next_item(workload, &value) < 0)
		return -1;
	return skip_value(workload, &value);
}

static int read_end(struct yaml_workload *workload, struct place place)
{
	unsigned int content = 1u << KEY_EVENTS | 1u << KEY_GENERATORS;
	struct yaml_item item;

	workload->position = AT_END;
	/* Nothing may follow: the stream refuses a second document. */
	if (next_item(workload, &item) < 0)
		return -1;
	check_head(workload, place);
	if (!(workload->seen & content))
		error_input(workload->reader.input.errors, place,
			    "a workload needs \"events\"");
	return 0;
}

/* Reads keys until the events begin or the file ends. */
static int read_keys(struct yaml_workload *workload)
{
	struct yaml_item item;

	while (workload->position == IN_HEAD || workload->position == IN_TAIL) {
		if (next_item(workload, &item) < 0)
			return -1;
		if (item.kind == YAML_MAPPING_END) {
			if (read_end(workload, item.place) < 0)
				return -1;
		} else if (read_key(workload, &item) < 0) {
			return -1;
		}
	}
	return 0;
}

/* ---- the events ---------------------------------------------------------- */

/*
 * An event that YAML broke in is half of one: what was wrong with that half is
 * not worth telling. 1 with *call filled; -1.
 */
static int read_one(struct yaml_workload *workload,
		    const struct yaml_item *start, struct call *call)
{
	struct errors *errors = workload->reader.input.errors;
	size_t before = errors->nr;

	if (event_read(&workload->reader, start, call) < 0) {
		errors_forget(errors, before, errors->nr - 1);
		return -1;
	}
	workload->nr_behind_rules = errors->nr;
	return 1;
}

/* 1 with *call filled, 0 at the end, -1 where the stream is over. */
static int read_next(struct yaml_workload *workload, struct call *call)
{
	struct yaml_item item;

	if (workload->position == AT_END)
		return 0;
	if (next_item(workload, &item) < 0) {
		errors_forget(workload->reader.input.errors,
			      workload->reader.nr_before_rules,
			      workload->nr_behind_rules);
		return -1;
	}
	if (item.kind == YAML_SEQUENCE_END) {
		workload->position = IN_TAIL;
		return read_keys(workload);
	}
	return read_one(workload, &item, call);
}

/*
 * Reads at most `max` events, up to one that libyaml reads: how many, or 0 and
 * -1 as read_next().
 */
static long read_events(struct yaml_workload *workload, struct call *batch,
			size_t max)
{
	size_t nr = 0;

	if (workload->fast && workload->position == IN_EVENTS)
		nr = fast_events_read(workload->fast, &workload->reader, batch,
				      max);
	if (!nr)
		return read_next(workload, batch);
	workload->nr_behind_rules = 0;
	return (long)nr;
}

/* Only the other errors are of interest now. */
static long read_rest(struct yaml_workload *workload)
{
	struct call aside;

	while (!workload->over)
		workload->over = read_events(workload, &aside, 1) <= 0;
	return -1;
}

static long workload_read(struct source *source, struct call *batch, size_t max,
			  struct errors *errors)
{
	struct yaml_workload *workload = workload_of(source);
	size_t before = errors->nr;
	size_t nr = 0;
	long got = 1;

	workload->reader.input.errors = errors;
	while (!workload->invalid && got > 0 && nr < max) {
		got = read_events(workload, &batch[nr], max - nr);
		workload->invalid = errors->nr != before;
		if (got > 0 && !workload->invalid)
			nr += (size_t)got;
	}
	workload->over |= got <= 0;
	/* What stands above the first error may have some of its own. */
	return workload->invalid && !nr ? read_rest(workload) : (long)nr;
}

static int workload_progress(const struct source *source)
{
	return yaml_stream_progress(workload_of(source)->reader.input.stream);
}

static void workload_close(struct source *source)
{
	struct yaml_workload *workload = workload_of(source);

	yaml_stream_close(workload->reader.input.stream);
	text_release(&workload->name);
	text_release(&workload->from);
	generators_free(workload->generators);
	fast_events_free(workload->fast);
	free(workload);
}

static const struct source_ops yaml_workload_ops = {
	.name = "yaml",
	.read = workload_read,
	.progress = workload_progress,
	.close = workload_close,
};

/* Where the file does not say, its own name without folder and ending. */
static void name_after_file(struct yaml_workload *workload, const char *path)
{
	const char *base = strrchr(path, '/');
	const char *dot;

	if (workload->name.length)
		return;
	base = base ? base + 1 : path;
	if (strcmp(path, "<stdin>") == 0)
		base = "stdin";
	dot = strrchr(base, '.');
	text_add_bytes(&workload->name, base,
		       dot && dot != base ? (size_t)(dot - base) :
					    strlen(base));
}

/* Opens the outermost mapping and reads the head. */
static int read_head(struct yaml_workload *workload, struct errors *errors)
{
	struct yaml_item item;

	workload->reader.no_label =
		names_intern(workload->source.names, "sample", 6);
	if (!workload->reader.no_label)
		return error_host(errors, "no memory for names");
	if (next_item(workload, &item) < 0)
		return -1;
	if (item.kind != YAML_MAPPING_START)
		return error_input(errors, item.place,
				   "a workload is a mapping that starts with "
				   "\"kmemsim: workload\"");
	if (read_keys(workload) < 0)
		return -1;
	name_after_file(workload, workload->source.file);
	workload->source.name = workload->name.s;
	workload->source.from = workload->from.s;
	if (workload->name.failed || workload->from.failed)
		return error_host(errors, "no memory for a name");
	return 0;
}

/* NULL with an error added: the host has no memory. */
static struct yaml_workload *workload_new(struct fast_events *fast,
					  struct yaml_stream *stream,
					  const char *path, struct names *names,
					  struct errors *errors)
{
	const char *file = strcmp(path, "-") == 0 ? "<stdin>" : path;
	struct yaml_workload *workload = host_alloc(1, sizeof(*workload));
	struct generators *generators = generators_new(file);

	if (!workload || !generators) {
		error_host(errors, "no memory to open %s", path);
		generators_free(generators);
		free(workload);
		return NULL;
	}
	workload->fast = fast;
	workload->generators = generators;
	workload->source = (struct source){
		.ops = &yaml_workload_ops,
		.file = file,
		.names = names,
		.gfp_uses = &workload->gfp_uses,
	};
	workload->reader.input = (struct field_input){
		.stream = stream,
		.names = names,
		.errors = errors,
		.gfp_uses = &workload->gfp_uses,
	};
	return workload;
}

/* The events with what generators do between them, where there are any. */
static struct source *with_generators(struct yaml_workload *workload,
				      struct errors *errors)
{
	struct generators *generators = workload->generators;
	struct source *source;

	if (!generators_count(generators))
		return &workload->source;
	workload->generators = NULL;
	source = generators_source(generators, &workload->source);
	if (!source)
		error_host(errors, "no memory for generators");
	return source;
}

/* Takes `fast` and the stream, or frees them. */
static struct source *open_with(struct fast_events *fast,
				struct yaml_stream *stream, const char *path,
				struct names *names, struct file_facts *facts,
				struct errors *errors)
{
	struct yaml_workload *workload = NULL;
	size_t before = errors->nr;
	struct call aside;

	if (stream)
		workload = workload_new(fast, stream, path, names, errors);
	if (!workload) {
		yaml_stream_close(stream);
		fast_events_free(fast);
		return NULL;
	}
	workload->facts = facts;
	if (read_head(workload, errors) == 0 && errors->nr == before)
		return with_generators(workload, errors);
	/* The head is wrong: the file's other errors are told with it. */
	while (workload->position == IN_EVENTS &&
	       read_events(workload, &aside, 1) > 0)
		;
	workload_close(&workload->source);
	return NULL;
}

struct source *yaml_workload_open(int fd, const char *path, struct names *names,
				  struct file_facts *facts,
				  struct errors *errors)
{
	struct yaml_stream *stream = yaml_stream_open_fd(fd, path, errors);
	struct fast_events *fast = stream ? fast_events_new() : NULL;

	if (stream && !fast) {
		error_host(errors, "no memory to open %s", path);
		yaml_stream_close(stream);
		return NULL;
	}
	return open_with(fast, stream, path, names, facts, errors);
}

struct source *workload_open_reference(const char *path, struct names *names,
				       struct errors *errors)
{
	struct file_facts facts = { .sums = false };

	return open_with(NULL, yaml_stream_open(path, errors), path, names,
			 &facts, errors);
}
