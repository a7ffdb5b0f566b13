/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of a generator's calls.
 *
 *	gfp: GFP_KERNEL                          as in an event
 *	cpu: [0, 1, 2]                           each as likely
 *	gfp: {weighted: {GFP_KERNEL: 3, …}}      by weight
 *	size: {exponential: {mean: 2KiB}}        numbers and sizes: any
 *	                                         distribution
 *
 * The rules of an event are checked with the first value of each list; the
 * others can break no rule but their field's own. Only `lru`, which decides
 * what other fields mean, can't be drawn.
 */
#include "workloads/generators/call_template.h"

#include <string.h>

#include "workloads/yaml/field_values.h"

static bool takes_numbers(const struct field *field)
{
	return field->kind == KIND_NUMBER || field->kind == KIND_SIZE;
}

static const struct distribution *read_numbers(struct spec *spec,
					       const struct field *field,
					       const struct node *node)
{
	bool is_size = field->kind == KIND_SIZE;

	return distribution_read(spec, node, field->name,
				 is_size ? UNIT_SIZE : UNIT_NUMBER,
				 is_size ? 1 : field->min,
				 is_size ? INT64_MAX : field->max);
}

static bool read_value(struct spec *spec, const struct field *field,
		       const struct node *node, struct call *call)
{
	struct yaml_item item = spec_item(node);

	if (node->kind == YAML_SCALAR)
		return field_parse(field, &spec->input, &item, call) == 0;
	spec_error(spec, node, field->name, "a single value");
	return false;
}

/* The values of a list, or the keys of what stands behind `weighted`. */
static bool read_values(struct spec *spec, const struct field *field,
			const struct node *list, struct call_choice *choice)
{
	struct call *value = spec_alloc(spec, list->nr, sizeof(*value));
	uint64_t *behind = spec_alloc(spec, list->nr, sizeof(*behind));
	bool weighted = list->kind == YAML_MAPPING_START;
	const struct node *node;
	uint64_t sum = 0, weight = 1;
	bool good = true;
	size_t i = 0;

	if (!value || !behind)
		return false;
	for (node = list->first; node; node = node->next, i++) {
		good &= read_value(spec, field, weighted ? node->key : node,
				   &value[i]);
		if (weighted)
			good &= spec_number(spec, node, "weight", UNIT_NUMBER,
					    1, INT64_MAX, &weight);
		good &= weights_add(spec, node, "weight", weight, &sum);
		behind[i] = sum;
	}
	choice->value = value;
	choice->behind = behind;
	choice->nr = i;
	return good;
}

static bool read_choice(struct spec *spec, const struct field *field,
			const struct node *node, struct call_choice *choice)
{
	const struct node *list = node;

	if (field->kind == KIND_LRU) {
		spec_error(spec, node, field->name,
			   "a single value: make it two generators");
		return false;
	}
	if (node->kind == YAML_MAPPING_START)
		list = spec_find(node, "weighted");
	if (!list || !list->nr || list->kind == YAML_SCALAR ||
	    (list != node &&
	     (node->nr != 1 || list->kind != YAML_MAPPING_START))) {
		spec_error(spec, node, field->name,
			   "a value, a list of values, or {weighted: {VALUE: "
			   "WEIGHT}}");
		return false;
	}
	return read_values(spec, field, list, choice);
}

static bool read_field(struct spec *spec, struct call_draft *draft, int id,
		       const struct node *node)
{
	const struct field *field = &event_fields[id];
	struct call_choice choice = { .field = field };
	struct call *call = &draft->event.call;
	bool good;

	draft->chosen &= ~FIELD_BIT(id);
	if (node->kind == YAML_SCALAR)
		return read_value(spec, field, node, call);
	if (takes_numbers(field)) {
		choice.numbers = read_numbers(spec, field, node);
		good = choice.numbers;
		if (good)
			field_store(field, call, choice.numbers->least);
	} else {
		good = read_choice(spec, field, node, &choice);
		if (good)
			field_copy(field, call, &choice.value[0]);
	}
	draft->choice[id] = choice;
	draft->chosen |= good ? FIELD_BIT(id) : 0;
	return good;
}

bool call_draft_read(struct spec *spec, struct call_draft *draft, int field,
		     const struct node *node)
{
	struct event *event = &draft->event;
	bool good = read_field(spec, draft, field, node);

	event->given |= FIELD_BIT(field);
	event->valid |= good ? FIELD_BIT(field) : 0;
	event->at[field] = node->key->place;
	return good;
}

/* Values are where the engine looks for them (see settle() of events). */
static void finish_choice(struct call_choice *choice, enum call_op op)
{
	struct call *value = (struct call *)choice->value;

	if (choice->field != &event_fields[FIELD_CACHE] ||
	    op == OP_MEMPOOL_CREATE)
		return;
	/* Phases share the values of a draft: once is enough. */
	for (size_t i = 0; i < choice->nr; i++)
		if (value[i].cache) {
			value[i].name = value[i].cache;
			value[i].cache = 0;
		}
	/* Names of caches and pools are kept in the same place. */
	choice->field = &event_fields[FIELD_POOL];
}

/* `event` is what the draft's has come to. */
static bool make_template(struct spec *spec, const struct event *event,
			  const struct call_draft *draft,
			  struct call_template *template)
{
	size_t nr = (size_t)__builtin_popcountll(draft->chosen);
	struct call_choice *choice = spec_alloc(spec, nr + 1, sizeof(*choice));

	if (!choice)
		return false;
	*template = (struct call_template){
		.call = event->call,
		.choice = choice,
		.decides_sleep = draft->chosen & FIELD_BIT(FIELD_CTX) &&
				 !(event->given & FIELD_BIT(FIELD_CAN_SLEEP)),
	};
	for (field_set left = draft->chosen; left; left &= left - 1) {
		choice[template->nr_choices] =
			draft->choice[__builtin_ctzll(left)];
		finish_choice(&choice[template->nr_choices++],
			      (enum call_op)event->call.op);
	}
	return true;
}

bool call_draft_settle(struct spec *spec, const struct call_draft *draft,
		       struct call_template *template)
{
	struct event event = draft->event;

	if (!(event.given & FIELD_BIT(FIELD_CAN_SLEEP)) &&
	    event.given & FIELD_BIT(FIELD_CTX) &&
	    event.call.ctx == CONTEXT_PROCESS)
		event.call.has |= CALL_CAN_SLEEP;
	return make_template(spec, &event, draft, template);
}

bool call_draft_finish(struct spec *spec, struct event_reader *reader,
		       const struct call_draft *draft,
		       struct call_template *template)
{
	size_t before = spec->input.errors->nr;

	reader->event = draft->event;
	event_check(reader);
	return make_template(spec, &reader->event, draft, template) &&
	       spec->input.errors->nr == before;
}

void call_template_draw(const struct call_template *template,
			struct random *random, struct call *call)
{
	*call = template->call;
	for (size_t i = 0; i < template->nr_choices; i++) {
		const struct call_choice *choice = &template->choice[i];

		if (choice->numbers)
			field_store(choice->field, call,
				    distribution_draw(choice->numbers, random));
		else
			field_copy(
				choice->field, call,
				&choice->value[weights_draw(
					choice->behind, choice->nr, random)]);
	}
	if (!template->decides_sleep)
		return;
	call->has &= (uint16_t)~CALL_CAN_SLEEP;
	if (call->ctx == CONTEXT_PROCESS)
		call->has |= CALL_CAN_SLEEP;
}
