/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an event of a workload may say: the fields with their parsers. Which
 * operation takes which of them is in workloads/operations.c.
 *
 * What can only be known during a run is left to the engine: whether an id is
 * live, whether a cache exists, whether the machine has the CPU.
 */
#include <string.h>

#include "models/gfp.h"
#include "models/reclaim/oom.h"
#include "workloads/yaml/field_values.h"
#include "sim/base/numbers.h"

int field_error(struct field_input *input, const struct yaml_item *item,
		const char *key, const char *wanted, const char *match)
{
	int shown = SHOWN(item->length);
	const char *more = item->length > SHOWN_MAX ? "…" : "";
	const char *one = is_like_a_range(item->value, item->length) ?
				  "; one number belongs here, and a generator "
				  "draws from several" :
				  "";

	struct text near = TEXT_EMPTY;

	text_add_near(&near, match);
	error_input(input->errors, item->place, "%s: \"%.*s%s\" is not %s%s",
		    key, shown, item->value, more, wanted,
		    near.s ? near.s : one);
	text_release(&near);
	return 1;
}

void field_unknown_key(struct field_input *input, const struct yaml_item *key,
		       const char *const *allowed, size_t nr, const char *all)
{
	struct text hint = TEXT_EMPTY;

	if (key->kind != YAML_SCALAR) {
		error_input(input->errors, key->place,
			    "a key is a single word");
		return;
	}
	text_add_hint(&hint, key->value, key->length, allowed, nr, all);
	error_input(input->errors, key->place, "unknown key \"%.*s\"%s",
		    SHOWN(key->length), key->value, hint.failed ? "" : hint.s);
	text_release(&hint);
}

int field_want_scalar(const struct field *field, struct field_input *input,
		      const struct yaml_item *item)
{
	if (item->kind == YAML_SCALAR)
		return 0;
	error_input(input->errors, item->place,
		    "%s: a single value is expected here, not a %s",
		    field->name,
		    item->kind == YAML_MAPPING_START ? "mapping" : "list");
	if (yaml_stream_skip(input->stream, item, input->errors) < 0)
		return -1;
	return 1;
}

static int parse_number(const struct field *field, struct field_input *input,
			const struct yaml_item *item, struct call *call)
{
	int err = field_want_scalar(field, input, item);
	char wanted[80];
	uint64_t value;

	if (err)
		return err;
	if (!parse_u64(item->value, item->length, &value) ||
	    value < field->min || value > field->max) {
		snprintf(wanted, sizeof(wanted),
			 "a whole number from %llu to %llu",
			 (unsigned long long)field->min,
			 (unsigned long long)field->max);
		return field_error(input, item, field->name, wanted, NULL);
	}
	field_store(field, call, value);
	return 0;
}

static int parse_with_unit(const struct field *field, struct field_input *input,
			   const struct yaml_item *item, struct call *call)
{
	bool is_time = field->kind == KIND_TIME;
	int err = field_want_scalar(field, input, item);
	char guess[SHOWN_MAX];
	const char *match;
	uint64_t value;
	bool ok;

	if (err)
		return err;
	ok = is_time ? parse_time(item->value, item->length, &value) :
		       parse_size(item->value, item->length, &value);
	if (ok) {
		field_store(field, call, value);
		return 0;
	}
	match = is_time ? near_time(item->value, guess, sizeof(guess)) :
			  near_size(item->value, guess, sizeof(guess));
	return field_error(input, item, field->name,
			   is_time ? TIME_UNITS : SIZE_UNITS, match);
}

static int parse_align(const struct field *field, struct field_input *input,
		       const struct yaml_item *item, struct call *call)
{
	int err = field_want_scalar(field, input, item);
	uint64_t value;

	if (err)
		return err;
	if (!parse_size(item->value, item->length, &value) ||
	    value > field->max || (value & (value - 1)) != 0)
		return field_error(input, item, field->name,
				   "0 or a power of two up to 1GiB", NULL);
	field_store(field, call, value);
	return 0;
}

/* `KEY: "VALUE" is not known; did you mean "MATCH"? allowed: A, B or C` */
static int word_error(const struct field *field, struct field_input *input,
		      const struct yaml_item *item, const char *const *words,
		      size_t nr)
{
	bool is_op = words == call_op_names;
	struct text hint = TEXT_EMPTY;

	text_add_hint(&hint, item->value, item->length, words, nr,
		      is_op ? "`kmemsim list ops`" : NULL);
	error_input(input->errors, item->place, "%s: \"%.*s\" is not known%s",
		    field->name, SHOWN(item->length), item->value,
		    hint.failed ? "" : hint.s);
	text_release(&hint);
	return 1;
}

/* The index of one of the field's words. */
static int read_word(const struct field *field, struct field_input *input,
		     const struct yaml_item *item, size_t *word)
{
	int err = field_want_scalar(field, input, item);
	size_t i;

	if (err)
		return err;
	for (i = 0; i < field->nr_words; i++) {
		if (strcmp(item->value, field->words[i]) == 0) {
			*word = i;
			return 0;
		}
	}
	return word_error(field, input, item, field->words, field->nr_words);
}

static int parse_word(const struct field *field, struct field_input *input,
		      const struct yaml_item *item, struct call *call)
{
	size_t word;
	int err = read_word(field, input, item, &word);

	if (!err)
		field_store(field, call, word);
	return err;
}

static int parse_lru(const struct field *field, struct field_input *input,
		     const struct yaml_item *item, struct call *call)
{
	size_t word;
	int err = read_word(field, input, item, &word);

	if (!err)
		field_store_lru(call, word);
	return err;
}

static int parse_bool(const struct field *field, struct field_input *input,
		      const struct yaml_item *item, struct call *call)
{
	int err = field_want_scalar(field, input, item);
	bool value;

	if (err)
		return err;
	value = strcmp(item->value, "false") != 0;
	field_store_bool(field, call, value);
	if (!value || strcmp(item->value, "true") == 0)
		return 0;
	return field_error(input, item, field->name, "true or false", NULL);
}

/* A whole number that may be below 0. */
static int parse_signed(const struct field *field, struct field_input *input,
			const struct yaml_item *item, struct call *call)
{
	int err = field_want_scalar(field, input, item);
	size_t sign;
	char wanted[80];
	uint64_t value;

	if (err)
		return err;
	sign = item->value[0] == '-';
	if (parse_u64(item->value + sign, item->length - sign, &value) &&
	    value <= field->max) {
		field_store(field, call, sign ? 0 - value : value);
		return 0;
	}
	snprintf(wanted, sizeof(wanted), "a whole number from -%llu to %llu",
		 (unsigned long long)field->max,
		 (unsigned long long)field->max);
	return field_error(input, item, field->name, wanted, NULL);
}

static int parse_node(const struct field *field, struct field_input *input,
		      const struct yaml_item *item, struct call *call)
{
	int err = field_want_scalar(field, input, item);
	uint64_t value;

	if (err)
		return err;
	if (strcmp(item->value, "any") == 0) {
		call->node = NODE_ANY;
		return 0;
	}
	if (strcmp(item->value, "recorded") == 0) {
		call->node = NODE_RECORDED;
		return 0;
	}
	if (!parse_u64(item->value, item->length, &value) || value >= MAX_NODES)
		return field_error(input, item, field->name,
				   "\"any\", \"recorded\" or one from 0 to 63",
				   NULL);
	call->node = (node_t)value;
	return 0;
}

/* The number of a name; 1: an error was added. */
static int read_name(const struct field *field, struct field_input *input,
		     const struct yaml_item *item, uint32_t *number)
{
	if (item->length == 0)
		return field_error(input, item, field->name, "a name", NULL);
	*number = names_intern(input->names, item->value, item->length);
	if (*number)
		return 0;
	error_host(input->errors, "no memory for names");
	return 1;
}

/* A name: of a cache, a pool, a label, a task. */
static int parse_name(const struct field *field, struct field_input *input,
		      const struct yaml_item *item, struct call *call)
{
	int err = field_want_scalar(field, input, item);
	uint32_t number;

	if (!err)
		err = read_name(field, input, item, &number);
	if (!err)
		field_store(field, call, number);
	return err;
}

static int parse_id(const struct field *field, struct field_input *input,
		    const struct yaml_item *item, struct call *call)
{
	int err = field_want_scalar(field, input, item);
	uint32_t number;

	if (err)
		return err;
	if (!item->quoted) {
		field_store_id(call, CALL_HAS_ID, 0);
		if (parse_u64(item->value, item->length, &call->id))
			return 0;
		return field_error(input, item, field->name,
				   "a 64-bit number (a name is written in "
				   "quotes)",
				   NULL);
	}
	if (read_name(field, input, item, &number))
		return 1;
	field_store_id(call, CALL_HAS_NAMED_ID, number);
	return 0;
}

static int parse_slab_flag(const struct field *field, struct field_input *input,
			   const struct yaml_item *item, uint32_t *flags)
{
	int err = field_want_scalar(field, input, item);
	size_t i;

	if (err)
		return err;
	for (i = 0; i < NR_SLAB_FLAGS; i++) {
		if (strcmp(item->value, slab_flag_names[i]) == 0) {
			*flags |= (uint32_t)1 << i;
			return 0;
		}
	}
	return word_error(field, input, item, slab_flag_names, NR_SLAB_FLAGS);
}

static int parse_flags(const struct field *field, struct field_input *input,
		       const struct yaml_item *start, struct call *call)
{
	struct yaml_item item;
	uint32_t flags = 0;
	int result = 0;
	int err;

	if (start->kind != YAML_SEQUENCE_START) {
		error_input(input->errors, start->place,
			    "%s: a list is expected here, such as "
			    "[SLAB_HWCACHE_ALIGN]",
			    field->name);
		err = yaml_stream_skip(input->stream, start, input->errors);
		return err < 0 ? -1 : 1;
	}
	for (;;) {
		if (yaml_stream_next(input->stream, &item, input->errors) < 0)
			return -1;
		if (item.kind == YAML_SEQUENCE_END)
			break;
		err = parse_slab_flag(field, input, &item, &flags);
		if (err < 0)
			return -1;
		result |= err;
	}
	field_store(field, call, flags);
	return result;
}

int field_parse(const struct field *field, struct field_input *input,
		const struct yaml_item *item, struct call *call)
{
	static int (*const parsers[NR_FIELD_KINDS])(const struct field *,
						    struct field_input *,
						    const struct yaml_item *,
						    struct call *) = {
		[KIND_NUMBER] = parse_number,
		[KIND_SIGNED] = parse_signed,
		[KIND_TIME] = parse_with_unit,
		[KIND_SIZE] = parse_with_unit,
		[KIND_ALIGN] = parse_align,
		[KIND_WORD] = parse_word,
		[KIND_LRU] = parse_lru,
		[KIND_BOOL] = parse_bool,
		[KIND_NODE] = parse_node,
		[KIND_NAME] = parse_name,
		[KIND_ID] = parse_id,
		[KIND_GFP] = field_parse_gfp,
		[KIND_SLAB_FLAGS] = parse_flags,
	};

	return parsers[field->kind](field, input, item, call);
}

static const char *const lru_words[] = { "file", "anon" };

#define WORDS(names) .words = names, .nr_words = LENGTH(names)
#define MEMBER(name)                                                           \
	.offset = offsetof(struct call, name),                                 \
	.size = sizeof(((struct call *)0)->name)

const struct field event_fields[NR_FIELDS] = {
	[FIELD_T] = { .name = "t", .kind = KIND_TIME, MEMBER(t_ns) },
	[FIELD_OP] = { .name = "op",
		       .kind = KIND_WORD,
		       WORDS(call_op_names),
		       MEMBER(op) },
	[FIELD_ID] = { .name = "id",
		       .kind = KIND_ID,
		       MEMBER(id),
		       .has = CALL_HAS_ID | CALL_HAS_NAMED_ID },
	[FIELD_PFN] = { .name = "pfn",
			.kind = KIND_NUMBER,
			MEMBER(pfn),
			.has = CALL_HAS_PFN,
			.max = PFN_NONE - 1 },
	[FIELD_PAGE] = { .name = "page",
			 .kind = KIND_NUMBER,
			 MEMBER(page),
			 .has = CALL_HAS_PAGE,
			 .max = ((uint64_t)1 << ORDER_LIMIT) - 1 },
	[FIELD_CACHE] = { .name = "cache", .kind = KIND_NAME, MEMBER(cache) },
	[FIELD_POOL] = { .name = "pool", .kind = KIND_NAME, MEMBER(name) },
	[FIELD_LABEL] = { .name = "label", .kind = KIND_NAME, MEMBER(name) },
	[FIELD_AREA] = { .name = "area", .kind = KIND_NAME, MEMBER(name) },
	[FIELD_MAPPING] = { .name = "mapping",
			    .kind = KIND_NAME,
			    MEMBER(name) },
	[FIELD_ORDER] = { .name = "order",
			  .kind = KIND_NUMBER,
			  MEMBER(order),
			  .has = CALL_HAS_ORDER,
			  .max = ORDER_LIMIT },
	[FIELD_SIZE] = { .name = "size", .kind = KIND_SIZE, MEMBER(size) },
	[FIELD_ALIGN] = { .name = "align",
			  .kind = KIND_ALIGN,
			  MEMBER(align),
			  .max = 1 << 30 },
	[FIELD_MIN_NR] = { .name = "min_nr",
			   .kind = KIND_NUMBER,
			   MEMBER(min_nr),
			   .max = INT32_MAX },
	[FIELD_MASK_BITS] = { .name = "mask_bits",
			      .kind = KIND_NUMBER,
			      MEMBER(mask_bits),
			      .min = 1,
			      .max = 64 },
	[FIELD_OFFSET] = { .name = "offset",
			   .kind = KIND_SIZE,
			   MEMBER(offset) },
	[FIELD_BYTE] = { .name = "byte",
			 .kind = KIND_NUMBER,
			 MEMBER(byte),
			 .max = UINT8_MAX },
	[FIELD_LRU] = { .name = "lru",
			.kind = KIND_LRU,
			WORDS(lru_words),
			MEMBER(pages),
			.pages = CALL_LRU },
	[FIELD_ACTIVE] = { .name = "active",
			   .kind = KIND_BOOL,
			   .pages = CALL_ACTIVE },
	[FIELD_DIRTY] = { .name = "dirty",
			  .kind = KIND_BOOL,
			  .pages = CALL_DIRTY },
	[FIELD_MAPPED] = { .name = "mapped",
			   .kind = KIND_BOOL,
			   .pages = CALL_MAPPED },
	[FIELD_EXECUTABLE] = { .name = "executable",
			       .kind = KIND_BOOL,
			       .pages = CALL_EXECUTABLE },
	[FIELD_UNEVICTABLE] = { .name = "unevictable",
				.kind = KIND_BOOL,
				.pages = CALL_UNEVICTABLE },
	[FIELD_RECLAIMABLE] = { .name = "reclaimable",
				.kind = KIND_BOOL,
				.pages = CALL_RECLAIMABLE },
	[FIELD_WRITE] = { .name = "write",
			  .kind = KIND_BOOL,
			  .pages = CALL_DIRTY },
	[FIELD_VALUE] = { .name = "value",
			  .kind = KIND_SIGNED,
			  MEMBER(value),
			  .max = OOM_SCORE_ADJ_MAX },
	[FIELD_FLAGS] = { .name = "flags",
			  .kind = KIND_SLAB_FLAGS,
			  MEMBER(slab_flags) },
	[FIELD_GFP] = { .name = "gfp",
			.kind = KIND_GFP,
			MEMBER(gfp),
			.has = CALL_HAS_GFP },
	[FIELD_CPU] = { .name = "cpu",
			.kind = KIND_NUMBER,
			MEMBER(cpu),
			.max = MAX_CPUS - 1 },
	[FIELD_NODE] = { .name = "node", .kind = KIND_NODE, MEMBER(node) },
	[FIELD_CTX] = { .name = "ctx",
			.kind = KIND_WORD,
			WORDS(call_context_names),
			MEMBER(ctx) },
	[FIELD_CAN_SLEEP] = { .name = "can_sleep",
			      .kind = KIND_BOOL,
			      .has = CALL_CAN_SLEEP },
	[FIELD_TASK] = { .name = "task", .kind = KIND_NAME, MEMBER(task) },
	[FIELD_RECORDED_OK] = { .name = "recorded.ok",
				.kind = KIND_BOOL,
				.has = CALL_HAS_RECORDED_OK |
				       CALL_RECORDED_OK },
	[FIELD_RECORDED_PFN] = { .name = "recorded.pfn",
				 .kind = KIND_NUMBER,
				 MEMBER(recorded_pfn),
				 .has = CALL_HAS_RECORDED_PFN,
				 .max = PFN_NONE - 1 },
	[FIELD_RECORDED_VADDR] = { .name = "recorded.vaddr",
				   .kind = KIND_NUMBER,
				   MEMBER(recorded_vaddr),
				   .has = CALL_HAS_RECORDED_VADDR,
				   .max = UINT64_MAX },
};

int field_find(const char *key, bool recorded)
{
	int first = recorded ? FIRST_RECORDED_FIELD : 0;
	int end = recorded ? NR_FIELDS : FIRST_RECORDED_FIELD;
	size_t prefix = recorded ? strlen(RECORDED_PREFIX) : 0;
	int i;

	for (i = first; i < end; i++)
		if (strcmp(event_fields[i].name + prefix, key) == 0)
			return i;
	return -1;
}

void field_set_list(struct text *text, field_set set)
{
	bool recorded = false;
	const char *between = "";
	int i;

	for (i = 0; i < NR_FIELDS; i++) {
		if (!(set & FIELD_BIT(i)) ||
		    (i >= FIRST_RECORDED_FIELD && recorded))
			continue;
		recorded = i >= FIRST_RECORDED_FIELD;
		text_add(text, "%s%s", between,
			 recorded ? RECORDED_KEY : event_fields[i].name);
		between = ", ";
	}
}
