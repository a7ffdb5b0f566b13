/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One event: a mapping of keys to values, with `recorded: {…}` inside it and
 * merge keys (`<<: *anchor`, or a list of such).
 *
 * The rules for a key that is there more than once: what an event says itself
 * wins over what it merges, what is merged first over what is merged later
 * (the YAML merge key draft), and the defaults come last. The same key twice
 * in one mapping is an error. A default that an operation does not take is
 * passed over, so that one `defaults:` serves all operations of a file; a key
 * in the event itself that the operation does not take is an error.
 *
 * An error in an event does not end the reading: the rest of the event and of
 * the file is checked in the same pass.
 */
#include <string.h>

#include "workloads/yaml/event.h"
#include "workloads/yaml/field_values.h"

/* What every event says. */
static const field_set event_always = FIELD_BIT(FIELD_T) | FIELD_BIT(FIELD_OP);

struct mapping {
	field_set own;	    /* written in this mapping itself */
	field_set merged;   /* came in through its merge keys */
	field_set stronger; /* decided by those that merge this mapping */
	bool recorded;	    /* the inside of `recorded:` */
};

static int parse_mapping(struct event_reader *reader, struct mapping *mapping);

static int next_item(struct event_reader *reader, struct yaml_item *item)
{
	return yaml_stream_next(reader->input.stream, item,
				reader->input.errors);
}

static int skip_value(struct event_reader *reader, const struct yaml_item *item)
{
	return yaml_stream_skip(reader->input.stream, item,
				reader->input.errors);
}

static void unknown_key(struct event_reader *reader,
			const struct yaml_item *key, bool recorded)
{
	int first = recorded ? FIRST_RECORDED_FIELD : 0;
	int end = recorded ? NR_FIELDS : FIRST_RECORDED_FIELD;
	size_t prefix = recorded ? strlen(RECORDED_PREFIX) : 0;
	const char *names[NR_FIELDS + 1];
	size_t nr = 0;
	int i;

	if (strncmp(key->value, "GFP_", 4) == 0 ||
	    strncmp(key->value, "__GFP_", 6) == 0) {
		error_input(reader->input.errors, key->place,
			    "unknown key \"%.*s\": flags of gfp are joined by "
			    "\"|\", as in GFP_KERNEL|__GFP_ZERO",
			    SHOWN(key->length), key->value);
		return;
	}
	for (i = first; i < end; i++)
		names[nr++] = event_fields[i].name + prefix;
	if (!recorded)
		names[nr++] = RECORDED_KEY;
	field_unknown_key(&reader->input, key, names, nr, "`kmemsim list ops`");
}

/* `<<:` takes a mapping or a list of mappings. */
static int merge(struct event_reader *reader, struct mapping *into,
		 const struct yaml_item *item)
{
	struct mapping mapping = {
		.stronger = into->stronger | into->own | into->merged,
		.recorded = into->recorded,
	};

	if (item->kind != YAML_MAPPING_START) {
		error_input(reader->input.errors, item->place,
			    "<<: a mapping is merged here, or a list of them");
		return skip_value(reader, item);
	}
	if (parse_mapping(reader, &mapping) < 0)
		return -1;
	into->merged |= mapping.own | mapping.merged;
	return 0;
}

static int merge_all(struct event_reader *reader, struct mapping *into)
{
	struct yaml_item item;

	if (next_item(reader, &item) < 0)
		return -1;
	if (item.kind != YAML_SEQUENCE_START)
		return merge(reader, into, &item);
	for (;;) {
		if (next_item(reader, &item) < 0)
			return -1;
		if (item.kind == YAML_SEQUENCE_END)
			return 0;
		if (merge(reader, into, &item) < 0)
			return -1;
	}
}

/* `recorded: {…}`: a mapping whose fields count as the event's own. */
static int parse_recorded(struct event_reader *reader, struct mapping *outer)
{
	struct mapping inner = {
		.own = outer->own,
		.stronger = outer->stronger,
		.recorded = true,
	};
	struct yaml_item item;

	if (next_item(reader, &item) < 0)
		return -1;
	if (item.kind != YAML_MAPPING_START) {
		error_input(reader->input.errors, item.place,
			    RECORDED_KEY ": a mapping is expected here, such "
					 "as {ok: true, pfn: 123}");
		return skip_value(reader, &item);
	}
	if (parse_mapping(reader, &inner) < 0)
		return -1;
	outer->own |= inner.own;
	outer->merged |= inner.merged;
	return 0;
}

static int parse_field(struct event_reader *reader, struct mapping *mapping,
		       int id, struct place place)
{
	struct event *event = &reader->event;
	field_set bit = FIELD_BIT(id);
	struct yaml_item item;
	struct call aside;
	bool keep = !((mapping->stronger | mapping->own) & bit);
	int err;

	if (mapping->own & bit)
		error_input(reader->input.errors, place,
			    "key \"%s\" is there twice", event_fields[id].name);
	mapping->own |= bit;
	if (next_item(reader, &item) < 0)
		return -1;
	/* What something stronger overrides is checked all the same. */
	err = field_parse(&event_fields[id], &reader->input, &item,
			  keep ? &event->call : &aside);
	if (keep) {
		event->given |= bit;
		event->valid &= ~bit;
		event->valid |= err == 0 ? bit : 0;
		event->at[id] = place;
	}
	return err < 0 ? -1 : 0;
}

static int parse_entry(struct event_reader *reader, struct mapping *mapping,
		       const struct yaml_item *key)
{
	struct place place = key->place;
	struct yaml_item value;
	int id;

	if (strcmp(key->value, "<<") == 0 && !key->quoted)
		return merge_all(reader, mapping);
	if (!mapping->recorded && strcmp(key->value, RECORDED_KEY) == 0)
		return parse_recorded(reader, mapping);
	id = field_find(key->value, mapping->recorded);
	if (id >= 0)
		return parse_field(reader, mapping, id, place);
	unknown_key(reader, key, mapping->recorded);
	if (next_item(reader, &value) < 0)
		return -1;
	return skip_value(reader, &value);
}

/* The rest of a mapping whose start was taken. */
static int parse_mapping(struct event_reader *reader, struct mapping *mapping)
{
	struct yaml_item item;

	for (;;) {
		if (next_item(reader, &item) < 0)
			return -1;
		if (item.kind == YAML_MAPPING_END)
			return 0;
		if (item.kind != YAML_SCALAR) {
			error_input(reader->input.errors, item.place,
				    "a key is a single word");
			if (skip_value(reader, &item) < 0 ||
			    next_item(reader, &item) < 0 ||
			    skip_value(reader, &item) < 0)
				return -1;
			continue;
		}
		if (parse_entry(reader, mapping, &item) < 0)
			return -1;
	}
}

int event_parse(struct event_reader *reader, const struct yaml_item *start)
{
	struct event *event = &reader->event;
	struct mapping mapping = { .own = 0 };

	event->call = (struct call){ .node = NODE_ANY };
	event->given = 0;
	event->valid = 0;
	event->place = start->place;
	if (start->kind != YAML_MAPPING_START) {
		error_input(reader->input.errors, start->place,
			    "a mapping is expected here, such as {t: 10us, "
			    "op: kfree, id: 1}");
		return skip_value(reader, start);
	}
	return parse_mapping(reader, &mapping);
}

/* ---- rules --------------------------------------------------------------- */

/* What says that a free is not of all that its id stands for. */
#define IN_PART (FIELD_BIT(FIELD_PAGE) | FIELD_BIT(FIELD_PFN))

static void copy_defaults(struct event_reader *reader, field_set left,
			  field_set one_of)
{
	struct event *event = &reader->event;

	/* What the event chose among one_of, a default can't undo. */
	if (event->given & one_of)
		left &= ~one_of;
	/* Frees in full are of what their ids stand for, each of its order. */
	if (event->call.op == OP_FREE_PAGES && !(event->given & IN_PART))
		left &= ~FIELD_BIT(FIELD_ORDER);
	for (; left; left &= left - 1) {
		int id = __builtin_ctzll(left);

		field_copy(&event_fields[id], &event->call,
			   &reader->defaults.call);
		event->given |= FIELD_BIT(id);
		event->valid |= reader->defaults.valid & FIELD_BIT(id);
		event->at[id] = reader->defaults.at[id];
	}
}

/* Most workloads have none, and most events say all of them themselves. */
static inline void apply_defaults(struct event_reader *reader,
				  field_set allowed, field_set one_of)
{
	field_set left = reader->defaults.given & allowed &
			 ~reader->event.given;

	if (left)
		copy_defaults(reader, left, one_of);
}

/* What the operation may be told, and takes no notice of. */
static inline void forget(struct event *event, field_set said)
{
	static const struct call nothing = { .node = NODE_ANY };
	field_set left = event->given & said;

	event->given &= ~said;
	for (; left; left &= left - 1)
		field_copy(&event_fields[__builtin_ctzll(left)], &event->call,
			   &nothing);
}

static void check_allowed(struct event_reader *reader, const char *op,
			  field_set allowed)
{
	struct event *event = &reader->event;
	field_set wrong = event->given & ~allowed;
	struct text list = TEXT_EMPTY;
	int id;

	if (!wrong)
		return;
	field_set_list(&list, allowed);
	for (id = 0; id < NR_FIELDS; id++)
		if (wrong & FIELD_BIT(id))
			error_input(reader->input.errors, event->at[id],
				    "%s takes no \"%s\"; allowed: %s", op,
				    event_fields[id].name,
				    list.failed ? "" : list.s);
	text_release(&list);
}

static void check_required(struct event_reader *reader, const char *op,
			   field_set required)
{
	struct event *event = &reader->event;
	field_set missing = required & ~event->given;
	int id;

	for (id = 0; missing && id < NR_FIELDS; id++)
		if (missing & FIELD_BIT(id))
			error_input(reader->input.errors, event->place,
				    "%s needs \"%s\"", op,
				    event_fields[id].name);
}

static bool is_one(field_set given)
{
	return given && !(given & (given - 1));
}

static void check_one_of(struct event_reader *reader, const char *op,
			 field_set one_of)
{
	struct event *event = &reader->event;
	field_set given = event->given & one_of;
	struct text list = TEXT_EMPTY;

	if (!one_of || is_one(given))
		return;
	field_set_list(&list, one_of);
	error_input(reader->input.errors, event->place,
		    "%s needs exactly one of %s", op,
		    list.failed ? "" : list.s);
	text_release(&list);
}

/* How large a page is only the config knows: two that agree are no better. */
static void check_either(struct event_reader *reader, const char *op,
			 field_set either)
{
	struct event *event = &reader->event;
	field_set given = event->given & either;
	struct text list = TEXT_EMPTY;
	int last;

	if (!given || is_one(given))
		return;
	last = 63 - __builtin_clzll(given);
	field_set_list(&list, either);
	error_input(reader->input.errors, event->at[last],
		    "\"%s\": %s takes only one of %s", event_fields[last].name,
		    op, list.failed ? "" : list.s);
	text_release(&list);
}

static bool part_is_aligned(const struct call *call)
{
	return !(call->page & ((1u << call->order) - 1));
}

static void check_part(struct event_reader *reader)
{
	struct event *event = &reader->event;
	struct call *call = &event->call;

	if (!(call->has & CALL_HAS_PAGE))
		return;
	if (call->has & CALL_HAS_PFN)
		error_input(
			reader->input.errors, event->at[FIELD_PAGE],
			"\"page\" counts within the allocation \"id\"; a frame "
			"is named by \"pfn\" alone");
	else if (!part_is_aligned(call))
		error_input(reader->input.errors, event->at[FIELD_PAGE],
			    "page: \"%u\" is not a multiple of 2^order, %u",
			    call->page, 1u << call->order);
}

static const field_set said_of_files = FIELD_BIT(FIELD_MAPPING) |
				       FIELD_BIT(FIELD_EXECUTABLE);

/* What is said of pages that are on LRU lists, and they are on none such. */
static field_set unfit_for_lru(const struct event *event)
{
	static const field_set of_lists =
		FIELD_BIT(FIELD_MAPPING) | FIELD_BIT(FIELD_ACTIVE) |
		FIELD_BIT(FIELD_DIRTY) | FIELD_BIT(FIELD_MAPPED) |
		FIELD_BIT(FIELD_EXECUTABLE) | FIELD_BIT(FIELD_UNEVICTABLE);
	field_set unfit = event->given & of_lists;

	if (event->call.pages & CALL_LRU_FILE ||
	    (event->given & ~event->valid & FIELD_BIT(FIELD_LRU)))
		return 0;
	if (event->call.pages & CALL_LRU_ANON)
		unfit &= said_of_files;
	return unfit;
}

static bool is_active_and_unevictable(const struct call *call)
{
	return call->pages & CALL_ACTIVE && call->pages & CALL_UNEVICTABLE;
}

/*
 * What is said of pages that are on LRU lists must fit to them; what only the
 * defaults say is passed over where it does not.
 */
static void check_lru(struct event_reader *reader, field_set own)
{
	struct event *event = &reader->event;
	field_set unfit = unfit_for_lru(event);

	if (is_active_and_unevictable(&event->call))
		error_input(
			reader->input.errors, event->at[FIELD_ACTIVE],
			"\"active\" and \"unevictable\" exclude each other: "
			"pages locked in memory have a list of their own");
	for (int id = 0; id < NR_FIELDS; id++)
		if (unfit & own & FIELD_BIT(id))
			error_input(
				reader->input.errors, event->at[id],
				"\"%s\" is said of pages with \"lru: file\"%s",
				event_fields[id].name,
				FIELD_BIT(id) & said_of_files ?
					"" :
					" or \"lru: anon\"");
	forget(event, unfit);
}

static void check_time(struct event_reader *reader)
{
	struct event *event = &reader->event;
	uint64_t t = event->call.t_ns;

	if (!(event->valid & FIELD_BIT(FIELD_T)))
		return;
	if (event_is_before_last(reader, t)) {
		error_input(reader->input.errors, event->at[FIELD_T],
			    "t: %llu ns is before the %llu ns of line %llu; "
			    "time can't go back",
			    (unsigned long long)t,
			    (unsigned long long)reader->last_t_ns,
			    (unsigned long long)reader->last_line);
		return;
	}
	event_note_time(reader, t, event->place.line);
}

/* Puts names where the engine looks for them, and what is understood. */
static void settle(struct event_reader *reader)
{
	struct event *event = &reader->event;
	struct call *call = &event->call;

	if (call->op != OP_MEMPOOL_CREATE && call->cache) {
		call->name = call->cache;
		call->cache = 0;
	}
	if (call->op == OP_SAMPLE && !call->name)
		call->name = reader->no_label;
	if (!(call->has & CALL_HAS_GFP))
		call->gfp = operations[call->op].gfp;
	if (!(event->given & FIELD_BIT(FIELD_CAN_SLEEP)) &&
	    call->ctx == CONTEXT_PROCESS)
		call->has |= CALL_CAN_SLEEP;
	call->line = event->place.line;
	call->column = event->place.column;
}

void event_check(struct event_reader *reader)
{
	enum call_op op = reader->event.call.op;
	const struct operation *operation = &operations[op];
	field_set allowed = operation_fields(op);
	field_set own;

	forget(&reader->event, operation->said);
	own = reader->event.given;
	check_allowed(reader, call_op_names[op], allowed);
	apply_defaults(reader, allowed, operation->one_of | operation->either);
	check_required(reader, call_op_names[op], operation->required);
	check_one_of(reader, call_op_names[op], operation->one_of);
	check_either(reader, call_op_names[op], operation->either);
	check_part(reader);
	if (allowed & FIELD_BIT(FIELD_LRU))
		check_lru(reader, own);
	settle(reader);
}

/* No rule of the operation objects, and the event is finished. */
static bool finish_operation(struct event_reader *reader)
{
	struct event *event = &reader->event;
	const struct call *call = &event->call;
	const struct operation *operation = &operations[call->op];
	field_set allowed = operation_fields(call->op);
	field_set own, unfit;

	forget(event, operation->said);
	own = event->given;
	apply_defaults(reader, allowed, operation->one_of | operation->either);
	if (own & ~allowed || operation->required & ~event->given ||
	    event->given & ~event->valid)
		return false;
	if (operation->one_of && !is_one(event->given & operation->one_of))
		return false;
	if ((event->given & operation->either) == operation->either &&
	    operation->either)
		return false;
	if (call->has & CALL_HAS_PAGE &&
	    (call->has & CALL_HAS_PFN || !part_is_aligned(call)))
		return false;
	if (allowed & FIELD_BIT(FIELD_LRU)) {
		unfit = unfit_for_lru(event);
		if (unfit & own || is_active_and_unevictable(call))
			return false;
		forget(event, unfit);
	}
	settle(reader);
	return true;
}

bool event_finish(struct event_reader *reader)
{
	struct event *event = &reader->event;

	apply_defaults(reader, event_always, 0);
	if (event_always & ~(event->given & event->valid) ||
	    event_is_before_last(reader, event->call.t_ns) ||
	    !finish_operation(reader))
		return false;
	event_note_time(reader, event->call.t_ns, event->place.line);
	return true;
}

int event_read(struct event_reader *reader, const struct yaml_item *start,
	       struct call *call)
{
	struct event *event = &reader->event;

	if (event_parse(reader, start) < 0)
		return -1;
	reader->nr_before_rules = reader->input.errors->nr;
	if (start->kind != YAML_MAPPING_START)
		return 0;
	apply_defaults(reader, event_always, 0);
	check_required(reader, "an event", event_always);
	check_time(reader);
	if (event->valid & FIELD_BIT(FIELD_OP))
		event_check(reader);
	*call = event->call;
	return 0;
}
