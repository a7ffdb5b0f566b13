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
#include "models/oom.h"
#include "workloads/fields.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int field_error(struct field_input *input, const struct yaml_item *item,
		const char *key, const char *wanted, const char *match)
{
	int shown = SHOWN(item->length);
	const char *more = item->length > SHOWN_MAX ? "…" : "";

	if (match)
		error_input(input->errors, item->place,
			    "%s: '%.*s%s' is not %s; did you mean '%s'?", key,
			    shown, item->value, more, wanted, match);
	else
		error_input(input->errors, item->place,
			    "%s: '%.*s%s' is not %s", key, shown, item->value,
			    more, wanted);
	return 1;
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

/* The member of *call that a field goes to. */
static void *member(const struct field *field, struct call *call)
{
	return (char *)call + field->offset;
}

void field_store(const struct field *field, struct call *call, uint64_t value)
{
	void *to = member(field, call);

	switch (field->size) {
	case 1:
		*(uint8_t *)to = (uint8_t)value;
		break;
	case 2:
		*(uint16_t *)to = (uint16_t)value;
		break;
	case 4:
		*(uint32_t *)to = (uint32_t)value;
		break;
	default:
		*(uint64_t *)to = value;
	}
	call->has |= field->has;
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

/*
 * What the user may have meant by a number with a wrong unit: the number with
 * the nearest right one. NULL where nothing is near.
 */
static const char *nearest_unit(const struct yaml_item *item,
				const char *const *units, size_t nr,
				char guess[SHOWN_MAX])
{
	size_t digits = strspn(item->value, "0123456789.");
	size_t blanks = strspn(item->value + digits, " ");
	const char *unit = item->value + digits + blanks;
	const char *match;

	if (digits == 0 || digits > 20 || *unit == '\0')
		return NULL;
	match = nearest_match(unit, strlen(unit), units, nr);
	if (!match)
		return NULL;
	snprintf(guess, SHOWN_MAX, "%.*s%s", (int)digits, item->value, match);
	/* The unit is right: it is the number that does not do. */
	return strcmp(guess, item->value) == 0 ? NULL : guess;
}

static int parse_with_unit(const struct field *field, struct field_input *input,
			   const struct yaml_item *item, struct call *call)
{
	static const char *const times[] = { "ns", "us", "ms", "s" };
	static const char *const sizes[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	bool is_time = field->offset == offsetof(struct call, t_ns);
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
	match = is_time ? nearest_unit(item, times, COUNT(times), guess) :
			  nearest_unit(item, sizes, COUNT(sizes), guess);
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

/* "KEY: 'VALUE' is not known; did you mean 'MATCH'?; allowed: A, B or C" */
static int word_error(const struct field *field, struct field_input *input,
		      const struct yaml_item *item, const char *const *words,
		      size_t nr)
{
	const char *match = nearest_match(item->value, item->length, words, nr);
	struct text allowed = TEXT_EMPTY;

	text_add_choices(&allowed, words, nr);
	error_input(input->errors, item->place,
		    "%s: '%.*s' is not known%s%s%s; allowed: %s", field->name,
		    SHOWN(item->length), item->value,
		    match ? "; did you mean '" : "", match ? match : "",
		    match ? "'?" : "", allowed.failed ? "" : allowed.s);
	text_release(&allowed);
	return 1;
}

/* One of a list of words; the value is the word's index. */
static int parse_word(const struct field *field, struct field_input *input,
		      const struct yaml_item *item, struct call *call,
		      const char *const *words, size_t nr)
{
	int err = field_want_scalar(field, input, item);
	size_t i;

	if (err)
		return err;
	for (i = 0; i < nr; i++) {
		if (strcmp(item->value, words[i]) == 0) {
			field_store(field, call, i);
			return 0;
		}
	}
	return word_error(field, input, item, words, nr);
}

static int parse_op(const struct field *field, struct field_input *input,
		    const struct yaml_item *item, struct call *call)
{
	return parse_word(field, input, item, call, call_op_names, NR_CALL_OPS);
}

static int parse_ctx(const struct field *field, struct field_input *input,
		     const struct yaml_item *item, struct call *call)
{
	return parse_word(field, input, item, call, call_context_names,
			  NR_CALL_CONTEXTS);
}

/*
 * true or false; the last bit of field->has is the value's, or the bit of
 * field->pages.
 */
static int parse_bool(const struct field *field, struct field_input *input,
		      const struct yaml_item *item, struct call *call)
{
	uint16_t value = field->has & (CALL_CAN_SLEEP | CALL_RECORDED_OK);
	int err = field_want_scalar(field, input, item);

	if (err)
		return err;
	call->has |= field->has;
	call->pages |= field->pages;
	if (strcmp(item->value, "true") == 0)
		return 0;
	if (strcmp(item->value, "false") == 0) {
		call->has &= (uint16_t)~value;
		call->pages &= (uint8_t)~field->pages;
		return 0;
	}
	return field_error(input, item, field->name, "true or false", NULL);
}

/* Which lists pages are on; the words are in the order of the bits. */
static int parse_lru(const struct field *field, struct field_input *input,
		     const struct yaml_item *item, struct call *call)
{
	static const char *const words[] = { "file", "anon" };
	struct call aside = { .pages = 0 };
	int err = parse_word(field, input, item, &aside, words, COUNT(words));

	if (err)
		return err;
	call->pages &= (uint8_t)~CALL_LRU;
	call->pages |= (uint8_t)(CALL_LRU_FILE << aside.pages);
	return 0;
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
	if (!parse_u64(item->value, item->length, &value) || value >= MAX_NODES)
		return field_error(input, item, field->name,
				   "'any' or a number from 0 to 63", NULL);
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
	call->has &= (uint16_t)~field->has;
	if (!item->quoted) {
		call->has |= CALL_HAS_ID;
		if (parse_u64(item->value, item->length, &call->id))
			return 0;
		return field_error(input, item, field->name,
				   "a 64-bit number (a name is written in "
				   "quotes)",
				   NULL);
	}
	if (read_name(field, input, item, &number))
		return 1;
	call->has |= CALL_HAS_NAMED_ID;
	call->id = number;
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

#define MEMBER(name)                                                           \
	.offset = offsetof(struct call, name),                                 \
	.size = sizeof(((struct call *)0)->name)

const struct field event_fields[NR_FIELDS] = {
	[FIELD_T] = { .name = "t", .parse = parse_with_unit, MEMBER(t_ns) },
	[FIELD_OP] = { .name = "op", .parse = parse_op, MEMBER(op) },
	[FIELD_ID] = { .name = "id",
		       .parse = parse_id,
		       MEMBER(id),
		       .has = CALL_HAS_ID | CALL_HAS_NAMED_ID },
	[FIELD_PFN] = { .name = "pfn",
			.parse = parse_number,
			MEMBER(pfn),
			.has = CALL_HAS_PFN,
			.max = PFN_NONE - 1 },
	[FIELD_PAGE] = { .name = "page",
			 .parse = parse_number,
			 MEMBER(page),
			 .has = CALL_HAS_PAGE,
			 .max = ((uint64_t)1 << ORDER_LIMIT) - 1 },
	[FIELD_CACHE] = { .name = "cache", .parse = parse_name, MEMBER(cache) },
	[FIELD_POOL] = { .name = "pool", .parse = parse_name, MEMBER(name) },
	[FIELD_LABEL] = { .name = "label", .parse = parse_name, MEMBER(name) },
	[FIELD_AREA] = { .name = "area", .parse = parse_name, MEMBER(name) },
	[FIELD_MAPPING] = { .name = "mapping",
			    .parse = parse_name,
			    MEMBER(name) },
	[FIELD_ORDER] = { .name = "order",
			  .parse = parse_number,
			  MEMBER(order),
			  .has = CALL_HAS_ORDER,
			  .max = ORDER_LIMIT },
	[FIELD_SIZE] = { .name = "size",
			 .parse = parse_with_unit,
			 MEMBER(size) },
	[FIELD_ALIGN] = { .name = "align",
			  .parse = parse_align,
			  MEMBER(align),
			  .max = 1 << 30 },
	[FIELD_MIN_NR] = { .name = "min_nr",
			   .parse = parse_number,
			   MEMBER(min_nr),
			   .max = INT32_MAX },
	[FIELD_MASK_BITS] = { .name = "mask_bits",
			      .parse = parse_number,
			      MEMBER(mask_bits),
			      .min = 1,
			      .max = 64 },
	[FIELD_OFFSET] = { .name = "offset",
			   .parse = parse_with_unit,
			   MEMBER(offset) },
	[FIELD_BYTE] = { .name = "byte",
			 .parse = parse_number,
			 MEMBER(byte),
			 .max = UINT8_MAX },
	[FIELD_LRU] = { .name = "lru",
			.parse = parse_lru,
			MEMBER(pages),
			.pages = CALL_LRU },
	[FIELD_ACTIVE] = { .name = "active",
			   .parse = parse_bool,
			   .pages = CALL_ACTIVE },
	[FIELD_DIRTY] = { .name = "dirty",
			  .parse = parse_bool,
			  .pages = CALL_DIRTY },
	[FIELD_MAPPED] = { .name = "mapped",
			   .parse = parse_bool,
			   .pages = CALL_MAPPED },
	[FIELD_EXECUTABLE] = { .name = "executable",
			       .parse = parse_bool,
			       .pages = CALL_EXECUTABLE },
	[FIELD_UNEVICTABLE] = { .name = "unevictable",
				.parse = parse_bool,
				.pages = CALL_UNEVICTABLE },
	[FIELD_RECLAIMABLE] = { .name = "reclaimable",
				.parse = parse_bool,
				.pages = CALL_RECLAIMABLE },
	[FIELD_WRITE] = { .name = "write",
			  .parse = parse_bool,
			  .pages = CALL_DIRTY },
	[FIELD_VALUE] = { .name = "value",
			  .parse = parse_signed,
			  MEMBER(value),
			  .max = OOM_SCORE_ADJ_MAX },
	[FIELD_FLAGS] = { .name = "flags",
			  .parse = parse_flags,
			  MEMBER(slab_flags) },
	[FIELD_GFP] = { .name = "gfp",
			.parse = field_parse_gfp,
			MEMBER(gfp),
			.has = CALL_HAS_GFP },
	[FIELD_CPU] = { .name = "cpu",
			.parse = parse_number,
			MEMBER(cpu),
			.max = MAX_CPUS - 1 },
	[FIELD_NODE] = { .name = "node", .parse = parse_node, MEMBER(node) },
	[FIELD_CTX] = { .name = "ctx", .parse = parse_ctx, MEMBER(ctx) },
	[FIELD_CAN_SLEEP] = { .name = "can_sleep",
			      .parse = parse_bool,
			      .has = CALL_CAN_SLEEP },
	[FIELD_TASK] = { .name = "task", .parse = parse_name, MEMBER(task) },
	[FIELD_RECORDED_OK] = { .name = "recorded.ok",
				.parse = parse_bool,
				.has = CALL_HAS_RECORDED_OK |
				       CALL_RECORDED_OK },
	[FIELD_RECORDED_PFN] = { .name = "recorded.pfn",
				 .parse = parse_number,
				 MEMBER(recorded_pfn),
				 .has = CALL_HAS_RECORDED_PFN,
				 .max = PFN_NONE - 1 },
	[FIELD_RECORDED_VADDR] = { .name = "recorded.vaddr",
				   .parse = parse_number,
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

void field_copy(const struct field *field, struct call *to,
		const struct call *from)
{
	if (field->pages)
		to->pages = (uint8_t)((to->pages & ~field->pages) |
				      (from->pages & field->pages));
	else
		memcpy(member(field, to), (const char *)from + field->offset,
		       field->size);
	to->has =
		(uint16_t)((to->has & ~field->has) | (from->has & field->has));
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
