/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_FIELDS_H
#define KMEMSIM_WORKLOADS_FIELDS_H

/*
 * The vocabulary of a workload: two tables that reader, writer and error
 * messages share. One says for each field what it may hold and where in a
 * `struct call` it goes; the other, for each operation, which fields it needs
 * and which it takes besides.
 */

#include "configs/yaml/yaml_stream.h"
#include "sim/call.h"
#include "sim/source.h"
#include "sim/base/text.h"

/* The fields of an event. */
enum field_id {
	FIELD_T,
	FIELD_OP,
	FIELD_ID,
	FIELD_PFN,
	FIELD_PAGE,
	FIELD_CACHE,
	FIELD_POOL,
	FIELD_LABEL,
	FIELD_AREA,
	FIELD_MAPPING,
	FIELD_ORDER,
	FIELD_SIZE,
	FIELD_ALIGN,
	FIELD_MIN_NR,
	FIELD_MASK_BITS,
	FIELD_OFFSET,
	FIELD_BYTE,
	FIELD_LRU,
	FIELD_ACTIVE,
	FIELD_DIRTY,
	FIELD_MAPPED,
	FIELD_EXECUTABLE,
	FIELD_UNEVICTABLE,
	FIELD_RECLAIMABLE,
	FIELD_WRITE,
	FIELD_VALUE,
	FIELD_FLAGS,
	FIELD_GFP,
	FIELD_CPU,
	FIELD_NODE,
	FIELD_CTX,
	FIELD_CAN_SLEEP,
	FIELD_TASK,
	FIELD_RECORDED_OK,
	FIELD_RECORDED_PFN,
	FIELD_RECORDED_VADDR,
	NR_FIELDS
};

/* Fields from here on are written inside `recorded: {…}`. */
#define FIRST_RECORDED_FIELD FIELD_RECORDED_OK
#define RECORDED_KEY "recorded"
#define RECORDED_PREFIX "recorded." /* of their names, not of their keys */

/* A set of fields: bit n is enum field_id n. */
typedef uint64_t field_set;
#define FIELD_BIT(id) ((field_set)1 << (id))

/* The largest value of a field that is an index or a small number. */
#define ORDER_LIMIT (MAX_ORDERS - 1)

/* What parsing a field needs beside its text. */
struct field_input {
	struct yaml_stream *stream;
	struct names *names;
	struct errors *errors;
	struct gfp_uses *gfp_uses; /* NULL: nobody asks */
};

/* What a field may hold. */
enum field_kind {
	KIND_NUMBER,
	KIND_SIGNED,
	KIND_TIME,
	KIND_SIZE,
	KIND_ALIGN,
	KIND_WORD, /* one of field->words, stored as its index */
	KIND_LRU,  /* the same, stored as the bit after CALL_LRU_FILE's */
	KIND_BOOL,
	KIND_NODE,
	KIND_NAME,
	KIND_ID,
	KIND_GFP,
	KIND_SLAB_FLAGS,
	NR_FIELD_KINDS
};

struct field {
	const char *name;
	enum field_kind kind;
	const char *const *words;
	size_t nr_words;
	size_t offset; /* of the member of struct call */
	size_t size;   /* of the member; 0: only bits of `has` */
	uint16_t has;  /* bits of enum call_has that belong to it */
	uint8_t pages; /* bits of enum call_page_flag, the same */
	uint64_t min;  /* of a number */
	uint64_t max;
};

extern const struct field event_fields[NR_FIELDS];

struct operation {
	field_set required;
	field_set optional;
	field_set one_of; /* exactly one of these; 0: no such rule */
	field_set either; /* at most one of these, all optional */
	field_set said;	  /* may be said, and means nothing here */
	gfp_t gfp;	  /* stands for a `gfp` that was not written */
};

/* By enum call_op. */
extern const struct operation operations[NR_CALL_OPS];

/* All fields that mean something to an operation. */
field_set operation_fields(enum call_op op);

/* The field of that key, inside `recorded` or outside; -1: none. */
int field_find(const char *key, bool recorded);

/* Appends the keys of a set, "t, op or id". */
void field_set_list(struct text *text, field_set set);

/*
 * Adds `KEY: "VALUE" is not WANTED`, with `; did you mean "MATCH"?` where
 * match is not NULL. Returns 1.
 */
int field_error(struct field_input *input, const struct yaml_item *item,
		const char *key, const char *wanted, const char *match);

/*
 * Adds the error of a key that is none of those allowed, with the nearest.
 * `all`: where to find them if they are many, as for text_add_hint().
 */
void field_unknown_key(struct field_input *input, const struct yaml_item *key,
		       const char *const *allowed, size_t nr, const char *all);

/* 0 for a scalar; else as field parsers return, with the value skipped. */
int field_want_scalar(const struct field *field, struct field_input *input,
		      const struct yaml_item *item);

/*
 * Reads the value that `item` starts into `call`. 0; 1 where it is invalid (an
 * error was added, the whole value taken); -1 where the stream is over.
 */
int field_parse(const struct field *field, struct field_input *input,
		const struct yaml_item *item, struct call *call);

/* The same for a field of KIND_GFP. */
int field_parse_gfp(const struct field *field, struct field_input *input,
		    const struct yaml_item *item, struct call *call);

/*
 * Remembers which names of GFP flags were used, and where each was first;
 * `place` is the value's.
 */
void field_note_gfp(struct field_input *input, struct place place,
		    const struct gfp_name_set *names);

/* As much of a value as an error message shows. */
#define SHOWN_MAX 60
#define SHOWN(length) ((int)((length) < SHOWN_MAX ? (length) : SHOWN_MAX))

#endif
