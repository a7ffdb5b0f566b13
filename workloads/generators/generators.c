/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All generators of a workload, and the merging of their calls with its
 * events.
 *
 *	events     t=1    t=4      t=9     read ahead in batches
 *	heap       rx:2   ring:5   leak:8  generators, with their next calls
 *	               \
 *	calls      1 2 4 5 8 9 …           the earliest, again and again
 *
 * So what is kept is a batch of events and what each generator has live; a
 * workload of any length needs no more.
 */
#include "workloads/generators/generators.h"

#include <stdlib.h>
#include <string.h>

#include "workloads/generators/generator.h"

#define EVENTS_AHEAD 256

struct generators {
	struct arena *arena;
	const char *file;	     /* borrowed */
	struct generator *generator; /* in the arena */
	struct generator **heap;     /* the same, the earliest first */
	size_t nr;
};

struct generators *generators_new(const char *file)
{
	struct generators *generators = host_alloc(1, sizeof(*generators));

	if (!generators)
		return NULL;
	generators->file = file;
	generators->arena = arena_new();
	if (generators->arena)
		return generators;
	free(generators);
	return NULL;
}

void generators_free(struct generators *generators)
{
	if (!generators)
		return;
	for (size_t i = 0; i < generators->nr; i++)
		generator_release(&generators->generator[i]);
	arena_free(generators->arena);
	free(generators);
}

size_t generators_count(const struct generators *generators)
{
	return generators->nr;
}

/* ---- reading ------------------------------------------------------------- */

static void check_names(const struct generators *generators,
			const struct spec *spec, const struct node *node)
{
	const struct generator *last =
		&generators->generator[generators->nr - 1];

	for (const struct generator *other = generators->generator;
	     other != last; other++)
		if (*last->name && strcmp(other->name, last->name) == 0)
			error_input(spec->input.errors, node->place,
				    "name: \"%s\" is the generator of line "
				    "%llu, too; each has a name of its own",
				    last->name,
				    (unsigned long long)other->place.line);
}

static int read_list(struct generators *generators, struct spec *spec,
		     struct event_reader *reader, const struct node *list)
{
	const struct node *node;

	if (list->kind != YAML_SEQUENCE_START || list->nr > GENERATORS_MAX) {
		error_input(spec->input.errors, list->place,
			    "generators: a list of at most %d is expected "
			    "here",
			    GENERATORS_MAX);
		return 0;
	}
	generators->generator =
		spec_alloc(spec, list->nr + 1, sizeof(*generators->generator));
	generators->heap =
		spec_alloc(spec, list->nr + 1, sizeof(*generators->heap));
	if (!generators->generator || !generators->heap)
		return -1;
	for (node = list->first; node; node = node->next) {
		struct generator *one = &generators->generator[generators->nr];

		generators->nr++;
		generator_read(spec, reader, node, (uint32_t)generators->nr,
			       one);
		if (node->kind == YAML_MAPPING_START)
			check_names(generators, spec, node);
	}
	return 0;
}

int generators_read(struct generators *generators, struct event_reader *reader,
		    const struct yaml_item *start)
{
	struct spec spec = {
		.input = reader->input,
		.arena = generators->arena,
		.file = generators->file,
	};
	struct node *list;

	if (spec_read_tree(&spec, start, &list) < 0)
		return -1;
	return read_list(generators, &spec, reader, list);
}

/* ---- the heap ------------------------------------------------------------ */

static inline bool is_before(const struct generator *a,
			     const struct generator *b)
{
	return a->next_ns != b->next_ns ? a->next_ns < b->next_ns :
					  a->number < b->number;
}

/* The one at `at` has a later time than before. */
static void sink_down(struct generators *generators, size_t at)
{
	struct generator **heap = generators->heap;
	struct generator *one = heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= generators->nr)
			break;
		if (child + 1 < generators->nr &&
		    is_before(heap[child + 1], heap[child]))
			child++;
		if (!is_before(heap[child], one))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = one;
}

static int begin_all(struct generators *generators, const struct source *source,
		     struct errors *errors)
{
	for (size_t i = 0; i < generators->nr; i++) {
		generators->heap[i] = &generators->generator[i];
		if (generator_begin(generators->heap[i], source) < 0)
			return error_host(errors, "no memory for generators");
	}
	for (size_t i = generators->nr; i-- > 0;)
		sink_down(generators, i);
	return 0;
}

/* ---- the source ---------------------------------------------------------- */

struct generators_source {
	struct source source; /* first: the base of this one */
	struct generators *generators;
	struct source *events;
	struct call *ahead; /* owned */
	size_t at;
	size_t nr;
	bool no_more; /* events */
	bool begun;
	bool invalid;
};

static struct generators_source *source_of(const struct source *source)
{
	return (struct generators_source *)source;
}

/* The next event, or NULL where there is none. -1: invalid. */
static int peek(struct generators_source *source, const struct call **call,
		struct errors *errors)
{
	long got;

	*call = NULL;
	if (source->at == source->nr && !source->no_more) {
		got = source_read(source->events, source->ahead, EVENTS_AHEAD,
				  errors);
		source->at = 0;
		source->nr = got > 0 ? (size_t)got : 0;
		source->no_more = got <= 0;
		if (got < 0)
			return -1;
	}
	if (source->at < source->nr)
		*call = &source->ahead[source->at];
	return 0;
}

static int check_id(const struct generators_source *source,
		    const struct call *call, struct errors *errors)
{
	struct place place = { source->source.file, call->line, call->column };

	if (!(call->has & CALL_HAS_ID) || call->id < GENERATED_IDS)
		return 0;
	return error_input(
		errors, place,
		"id: \"%llu\" is one of those that generators number "
		"their allocations with, from %llu on; what is "
		"below is allowed here, and a name",
		(unsigned long long)call->id, GENERATED_IDS);
}

/* 1 with *call filled; 0 at the end; -1. */
static int next_call(struct generators_source *source, struct call *call,
		     struct errors *errors)
{
	struct generators *generators = source->generators;
	struct generator *first = generators->heap[0];
	const struct call *event;

	if (peek(source, &event, errors) < 0)
		return -1;
	if (event && event->t_ns <= first->next_ns) {
		source->at++;
		*call = *event;
		return check_id(source, event, errors) < 0 ? -1 : 1;
	}
	if (first->next_ns == TIME_NEVER)
		return 0;
	if (first->kind->emit(first, call) < 0)
		return error_host(errors, "no memory for what generators have "
					  "live");
	sink_down(generators, 0);
	return 1;
}

/* Only the other errors are of interest now. */
static long read_rest(struct generators_source *source, struct errors *errors)
{
	while (!source->no_more)
		source->no_more = source_read(source->events, source->ahead,
					      EVENTS_AHEAD, errors) <= 0;
	return -1;
}

static long read_calls(struct source *base, struct call *batch, size_t max,
		       struct errors *errors)
{
	struct generators_source *source = source_of(base);
	size_t nr = 0;
	int got = 1;

	if (!source->begun && begin_all(source->generators, base, errors) < 0)
		return -1;
	source->begun = true;
	while (!source->invalid && nr < max && got > 0) {
		got = next_call(source, &batch[nr], errors);
		source->invalid = got < 0;
		nr += got > 0;
		if (base->interrupted && *base->interrupted)
			break;
	}
	return source->invalid && !nr ? read_rest(source, errors) : (long)nr;
}

/* What generators will do nobody knows before. */
static int progress_of(const struct source *base)
{
	const struct generators_source *source = source_of(base);

	return source->no_more ? -1 :
				 source->events->ops->progress(source->events);
}

static void close_source(struct source *base)
{
	struct generators_source *source = source_of(base);

	source_close(source->events);
	generators_free(source->generators);
	free(source->ahead);
	free(source);
}

static const struct source_ops generators_ops = {
	.name = "generators",
	.read = read_calls,
	.progress = progress_of,
	.close = close_source,
};

struct source *generators_source(struct generators *generators,
				 struct source *events)
{
	struct generators_source *source = host_alloc(1, sizeof(*source));
	struct call *ahead = host_alloc(EVENTS_AHEAD, sizeof(*ahead));

	if (!source || !ahead) {
		source_close(events);
		generators_free(generators);
		free(source);
		free(ahead);
		return NULL;
	}
	*source = (struct generators_source){
		.source = *events,
		.generators = generators,
		.events = events,
		.ahead = ahead,
	};
	source->source.ops = &generators_ops;
	return &source->source;
}
