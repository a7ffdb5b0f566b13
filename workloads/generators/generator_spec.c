/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a generator: its kind, what it asks for, when, and what becomes of
 * that. Its keys are an event's fields, those of its kind, and these:
 *
 *	- name: rx                               who it is
 *	  kind: stream
 *	  seed: 7
 *	  start, until, count                    when
 *	  max_live, when_full, at_end            limits
 *	  op, gfp, size, …                    \
 *	  arrivals, lifetime, kept             |  may differ by phase
 *	  free: {order, cpu, ctx, …}          /   (but for op and free)
 *	  phases: [{for: 1s, …}], repeat
 */
#include "workloads/generators/generator.h"

#include <string.h>

#include "workloads/generators/fixed.h"

static const struct generator_kind *const kinds[] = { &stream_kind, &ring_kind,
						      &fragment_kind };
#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *const keys_of_all[] = { "name", "kind", "seed", "start",
					   "free" };
#define NR_KEYS_OF_ALL (sizeof(keys_of_all) / sizeof(keys_of_all[0]))
static const char *const keys_of_arriving[] = {
	"until", "count", "max_live", "when_full", "at_end", "phases", "repeat",
};
#define NR_KEYS_OF_ARRIVING                                                    \
	(sizeof(keys_of_arriving) / sizeof(keys_of_arriving[0]))
static const char *const keys_of_phases[] = { "arrivals", "lifetime", "kept" };
#define NR_KEYS_OF_PHASES (sizeof(keys_of_phases) / sizeof(keys_of_phases[0]))

/* What `free` may say of its caller. */
static const field_set of_caller =
	FIELD_BIT(FIELD_CPU) | FIELD_BIT(FIELD_NODE) | FIELD_BIT(FIELD_CTX) |
	FIELD_BIT(FIELD_CAN_SLEEP) | FIELD_BIT(FIELD_TASK);

/* What a generator says by itself of its calls. */
static const field_set of_generator =
	FIELD_BIT(FIELD_T) | FIELD_BIT(FIELD_OP) | FIELD_BIT(FIELD_ID) |
	FIELD_BIT(FIELD_RECORDED_OK) | FIELD_BIT(FIELD_RECORDED_PFN) |
	FIELD_BIT(FIELD_RECORDED_VADDR);

/* The call that frees what another made; NR_CALL_OPS: it makes nothing. */
static enum call_op free_of(enum call_op op)
{
	switch (op) {
	case OP_ALLOC_PAGES:
	case OP_GET_FREE_PAGES:
	case OP_GET_ZEROED_PAGE:
		return OP_FREE_PAGES;
	case OP_KMALLOC:
	case OP_KZALLOC:
		return OP_KFREE;
	case OP_VMALLOC:
	case OP_VZALLOC:
		return OP_VFREE;
	case OP_KVMALLOC:
		return OP_KVFREE;
	case OP_CACHE_ALLOC:
		return OP_CACHE_FREE;
	case OP_MEMPOOL_ALLOC:
		return OP_MEMPOOL_FREE;
	case OP_DMA_ALLOC_COHERENT:
		return OP_DMA_FREE_COHERENT;
	default:
		return NR_CALL_OPS;
	}
}

/* While a generator is read. */
struct reading {
	struct spec *spec;
	struct event_reader *reader;
	struct generator *generator;
	const struct node *node;
	struct call_draft draft;
	field_set fields; /* that its calls may have */
};

static size_t nr_errors(const struct reading *reading)
{
	return reading->spec->input.errors->nr;
}

/* ---- keys ---------------------------------------------------------------- */

struct words {
	const char *word[NR_FIELDS + 40];
	size_t nr;
};

static void add_words(struct words *words, const char *const *more, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		words->word[words->nr++] = more[i];
}

static void add_fields(struct words *words, field_set fields)
{
	for (; fields; fields &= fields - 1)
		words->word[words->nr++] =
			event_fields[__builtin_ctzll(fields)].name;
}

static void check_keys(const struct spec *spec, const struct node *node,
		       const struct words *words, const char *what)
{
	for (const struct node *value = node->first; value;
	     value = value->next) {
		bool known = false;

		for (size_t i = 0; i < words->nr; i++)
			known |= strcmp(words->word[i], value->key->value) == 0;
		if (!known)
			spec_unknown(spec, value->key, what, words->word,
				     words->nr);
	}
}

static void check_generator_keys(const struct reading *reading)
{
	const struct generator_kind *kind = reading->generator->kind;
	struct words words = { .nr = 0 };
	size_t nr = 0;

	while (kind->keys[nr])
		nr++;
	add_words(&words, keys_of_all, NR_KEYS_OF_ALL);
	if (kind->op == NR_CALL_OPS)
		add_words(&words, (const char *const[]){ "op" }, 1);
	if (kind->arrives) {
		add_words(&words, keys_of_arriving, NR_KEYS_OF_ARRIVING);
		add_words(&words, keys_of_phases, NR_KEYS_OF_PHASES);
	}
	add_words(&words, kind->keys, nr);
	add_fields(&words, reading->fields);
	check_keys(reading->spec, reading->node, &words,
		   "generators: unknown key");
}

/* ---- who and what -------------------------------------------------------- */

/* FNV-1a, 64 bits: the number of a generator that says none. */
static uint64_t number_of(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3ull;
	return hash;
}

static void read_name(struct reading *reading)
{
	const struct node *name = spec_find(reading->node, "name");
	const struct node *seed = spec_find(reading->node, "seed");
	struct generator *generator = reading->generator;

	if (!name)
		error_input(reading->spec->input.errors, reading->node->place,
			    "a generator needs \"name\"");
	else if (name->kind != YAML_SCALAR || !name->length)
		spec_error(reading->spec, name, "name", "a name");
	else
		generator->name = name->value;
	generator->seed = number_of(generator->name);
	if (seed)
		spec_number(reading->spec, seed, "seed", UNIT_NUMBER, 0,
			    UINT64_MAX, &generator->seed);
}

static void read_kind(struct reading *reading)
{
	const struct node *kind = spec_find(reading->node, "kind");
	const char *names[NR_KINDS];
	int word = 0;

	for (size_t i = 0; i < NR_KINDS; i++)
		names[i] = kinds[i]->name;
	if (kind)
		word = spec_word(reading->spec, kind, "kind", names, NR_KINDS);
	reading->generator->kind = kinds[word < 0 ? 0 : word];
}

/* Where it is not known which operation is meant: those of any. */
static field_set fields_of_makers(void)
{
	field_set fields = 0;

	for (int i = 0; i < NR_CALL_OPS; i++)
		if (free_of((enum call_op)i) != NR_CALL_OPS)
			fields |= operation_fields((enum call_op)i);
	return fields;
}

/* False: which operation is meant is not known. */
static bool read_op(struct reading *reading)
{
	const struct node *op = spec_find(reading->node, "op");
	struct call *call = &reading->draft.event.call;
	struct generator *generator = reading->generator;
	struct words makers = { .nr = 0 };
	int word = (int)generator->kind->op;

	reading->fields = fields_of_makers() & ~of_generator;
	if (word == NR_CALL_OPS && !op) {
		error_input(reading->spec->input.errors, reading->node->place,
			    "a generator needs \"op\"");
		return false;
	}
	if (word == NR_CALL_OPS) {
		for (int i = 0; i < NR_CALL_OPS; i++)
			if (free_of((enum call_op)i) != NR_CALL_OPS)
				add_words(&makers, &call_op_names[i], 1);
		word = spec_word(reading->spec, op, "op", makers.word,
				 makers.nr);
		if (word < 0)
			return false;
		for (int i = 0; i < NR_CALL_OPS; i++)
			if (call_op_names[i] == makers.word[word]) {
				word = i;
				break;
			}
	}
	call->op = (uint8_t)word;
	generator->free_op = free_of((enum call_op)word);
	reading->fields = operation_fields((enum call_op)word) & ~of_generator;
	if (generator->kind->takes_order)
		reading->fields &= ~FIELD_BIT(FIELD_ORDER);
	return true;
}

/* ---- what it asks for, and when ------------------------------------------ */

/* What `node` says of a phase that begins as *phase and *draft say. */
static void read_rules(struct reading *reading, const struct node *node,
		       struct generator_phase *phase, struct call_draft *draft)
{
	struct spec *spec = reading->spec;
	const struct node *value;
	uint64_t kept;

	for (field_set left = reading->fields; left; left &= left - 1) {
		int field = __builtin_ctzll(left);

		value = spec_find(node, event_fields[field].name);
		if (value)
			call_draft_read(spec, draft, field, value);
	}
	value = spec_find(node, "arrivals");
	if (value)
		phase->arrivals = arrivals_read(spec, value);
	value = spec_find(node, "lifetime");
	if (value && value->kind == YAML_SCALAR &&
	    strcmp(value->value, "forever") == 0)
		phase->lifetime = NULL;
	else if (value)
		phase->lifetime = distribution_read(spec, value, "lifetime",
						    UNIT_TIME, 0, INT64_MAX);
	value = spec_find(node, "kept");
	if (value && spec_real(spec, value, "kept", 0, FIXED_ONE, &kept))
		phase->kept = kept;
}

static void finish_phase(struct reading *reading,
			 const struct generator_phase *from,
			 const struct call_draft *draft)
{
	struct generator *generator = reading->generator;
	struct generator_phase *phase =
		&generator->phase[generator->nr_phases++];

	*phase = *from;
	call_draft_finish(reading->spec, reading->reader, draft, &phase->alloc);
}

/* Where the operation needs flags, a fragmenter's never make anybody wait. */
static void default_gfp(struct call_draft *draft, const struct generator *of,
			const struct event *defaults)
{
	struct event *event = &draft->event;

	if (of->kind != &fragment_kind ||
	    (event->given | defaults->given) & FIELD_BIT(FIELD_GFP))
		return;
	event->call.gfp = GFP_NOWAIT | __GFP_NOWARN;
	event->call.has |= CALL_HAS_GFP;
	event->given |= FIELD_BIT(FIELD_GFP);
	event->valid |= FIELD_BIT(FIELD_GFP);
}

static void read_phase(struct reading *reading, const struct node *node,
		       const struct generator_phase *base)
{
	struct generator_phase phase = *base;
	struct call_draft *draft = spec_alloc(reading->spec, 1, sizeof(*draft));
	const struct node *length = spec_find(node, "for");
	struct words words = { .nr = 0 };
	size_t before = nr_errors(reading);

	if (!draft)
		return;
	*draft = reading->draft;
	add_words(&words, (const char *const[]){ "for" }, 1);
	add_words(&words, keys_of_phases, NR_KEYS_OF_PHASES);
	add_fields(&words, reading->fields);
	check_keys(reading->spec, node, &words, "phases: unknown key");
	if (length)
		spec_number(reading->spec, length, "for", UNIT_TIME, 1,
			    INT64_MAX, &phase.length_ns);
	else if (node->next)
		error_input(reading->spec->input.errors, node->place,
			    "phases: all but the last need \"for\", how long "
			    "they are");
	read_rules(reading, node, &phase, draft);
	if (nr_errors(reading) != before)
		return;
	if (!phase.arrivals) {
		error_input(reading->spec->input.errors, node->place,
			    "phases: \"arrivals\" is needed, here or for the "
			    "whole generator");
		return;
	}
	finish_phase(reading, &phase, draft);
}

static void read_phases(struct reading *reading,
			const struct generator_phase *base)
{
	const struct node *list = spec_find(reading->node, "phases");
	struct generator *generator = reading->generator;
	const struct node *node;

	generator->phase = spec_alloc(reading->spec, list ? list->nr + 1 : 1,
				      sizeof(*generator->phase));
	if (!generator->phase)
		return;
	if (!list) {
		if (generator->kind->arrives && !base->arrivals &&
		    !spec_find(reading->node, "arrivals"))
			error_input(reading->spec->input.errors,
				    reading->node->place,
				    "a generator needs \"arrivals\"");
		finish_phase(reading, base, &reading->draft);
		return;
	}
	if (list->kind != YAML_SEQUENCE_START || !list->nr) {
		error_input(reading->spec->input.errors, list->place,
			    "phases: a list of phases is expected here, such "
			    "as [{for: 1s}, {}]");
		return;
	}
	for (node = list->first; node; node = node->next) {
		if (node->kind == YAML_MAPPING_START)
			read_phase(reading, node, base);
		else
			spec_error(reading->spec, node, "phases",
				   "a mapping, such as {for: 1s}");
	}
}

/* ---- limits, and who frees ----------------------------------------------- */

static void read_limit(struct reading *reading, const char *key,
		       enum spec_unit unit, uint64_t least, uint64_t *to)
{
	const struct node *value = spec_find(reading->node, key);

	if (value)
		spec_number(reading->spec, value, key, unit, least, INT64_MAX,
			    to);
}

static void read_choice(struct reading *reading, const char *key,
			const char *const *words, size_t nr, unsigned int *to)
{
	const struct node *value = spec_find(reading->node, key);
	int word;

	if (!value)
		return;
	word = spec_word(reading->spec, value, key, words, nr);
	if (word >= 0)
		*to = (unsigned int)word;
}

/* Whether phases come to an end by themselves. */
static bool ends(const struct generator *generator)
{
	if (generator->until_ns != TIME_NEVER ||
	    generator->count != TIME_NEVER || !generator->kind->arrives)
		return true;
	if (generator->repeats)
		return false;
	for (size_t i = 0; i < generator->nr_phases; i++) {
		const struct generator_phase *phase = &generator->phase[i];

		if (phase->length_ns == TIME_NEVER &&
		    !(phase->arrivals && phase->arrivals->kind->ends))
			return false;
	}
	return true;
}

static void read_limits(struct reading *reading)
{
	static const char *const fulls[] = { "skip", "replace" };
	static const char *const at_ends[] = { "expire", "free", "keep" };
	struct generator *generator = reading->generator;
	const struct node *repeat = spec_find(reading->node, "repeat");

	generator->until_ns = TIME_NEVER;
	generator->count = TIME_NEVER;
	generator->max_live = TIME_NEVER;
	read_limit(reading, "start", UNIT_TIME, 0, &generator->start_ns);
	read_limit(reading, "until", UNIT_TIME, 0, &generator->until_ns);
	read_limit(reading, "count", UNIT_NUMBER, 0, &generator->count);
	read_limit(reading, "max_live", UNIT_NUMBER, 1, &generator->max_live);
	read_choice(reading, "when_full", fulls, 2, &generator->when_full);
	read_choice(reading, "at_end", at_ends, 3, &generator->at_end);
	if (repeat)
		spec_bool(reading->spec, repeat, "repeat", &generator->repeats);
}

/* `repeat` without an end to what repeats, or without an end at all. */
static void check_end(struct reading *reading)
{
	const struct generator *generator = reading->generator;
	const struct generator_phase *last;

	if (generator->nr_phases && generator->repeats) {
		last = &generator->phase[generator->nr_phases - 1];
		if (last->length_ns == TIME_NEVER)
			error_input(
				reading->spec->input.errors,
				reading->node->place,
				"repeat: the last phase needs \"for\", too");
	}
	if (!ends(generator))
		error_input(reading->spec->input.errors, reading->node->place,
			    "a generator needs an end: \"until\" or \"count\"");
}

static void read_free(struct reading *reading)
{
	static const char *const orders[NR_FREE_ORDERS] = { "expiry", "fifo",
							    "lifo", "random" };
	const struct node *node = spec_find(reading->node, "free");
	struct free_caller *frees = &reading->generator->frees;
	struct spec *spec = reading->spec;
	struct call_draft *draft = spec_alloc(spec, 1, sizeof(*draft));
	struct words words = { .nr = 0 };
	const struct node *value;
	int word;

	if (!draft)
		return;
	draft->event = reading->draft.event;
	draft->event.given = 0;
	draft->event.call = (struct call){ .node = NODE_ANY };
	if (node && node->kind != YAML_MAPPING_START) {
		spec_error(spec, node, "free",
			   "a mapping, such as {order: fifo, ctx: softirq}");
		return;
	}
	if (node) {
		add_words(&words, (const char *const[]){ "order" }, 1);
		add_fields(&words, of_caller);
		check_keys(spec, node, &words, "free: unknown key");
		value = spec_find(node, "order");
		word = value ? spec_word(spec, value, "order", orders,
					 NR_FREE_ORDERS) :
			       FREE_EXPIRY;
		reading->generator->live.order =
			(enum free_order)(word < 0 ? 0 : word);
		for (field_set left = of_caller; left; left &= left - 1) {
			int field = __builtin_ctzll(left);

			value = spec_find(node, event_fields[field].name);
			if (value)
				call_draft_read(spec, draft, field, value);
		}
	}
	frees->said = draft->event.given;
	call_draft_settle(spec, draft, &frees->template);
}

static void begin_draft(struct reading *reading)
{
	struct event *event = &reading->draft.event;

	event->place = reading->node->place;
	event->call.node = NODE_ANY;
	event->given = event->valid = FIELD_BIT(FIELD_T) | FIELD_BIT(FIELD_OP) |
				      FIELD_BIT(FIELD_ID);
}

static void read_all(struct reading *reading)
{
	struct generator_phase base = { .length_ns = TIME_NEVER };
	size_t before = nr_errors(reading);
	bool has_op;

	begin_draft(reading);
	read_name(reading);
	read_kind(reading);
	has_op = read_op(reading);
	check_generator_keys(reading);
	read_limits(reading);
	read_rules(reading, reading->node, &base, &reading->draft);
	if (!has_op)
		return;
	default_gfp(&reading->draft, reading->generator,
		    &reading->reader->defaults);
	read_phases(reading, &base);
	read_free(reading);
	reading->generator->kind->read(reading->spec, reading->node,
				       reading->generator);
	if (nr_errors(reading) == before)
		check_end(reading);
}

bool generator_read(struct spec *spec, struct event_reader *reader,
		    const struct node *node, uint32_t number,
		    struct generator *generator)
{
	struct reading *reading = spec_alloc(spec, 1, sizeof(*reading));
	size_t before = spec->input.errors->nr;

	*generator = (struct generator){ .name = "",
					 .place = node->place,
					 .number = number };
	if (!reading)
		return false;
	*reading = (struct reading){
		.spec = spec,
		.reader = reader,
		.generator = generator,
		.node = node,
	};
	if (node->kind == YAML_MAPPING_START)
		read_all(reading);
	else
		spec_error(spec, node, "generators",
			   "a mapping, such as {name: rx, op: kmalloc}");
	return spec->input.errors->nr == before;
}
