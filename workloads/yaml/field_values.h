/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_YAML_FIELD_VALUES_H
#define KMEMSIM_WORKLOADS_YAML_FIELD_VALUES_H

/*
 * Where the values of fields go in a `struct call`: for each event and field,
 * so all of it is inline.
 */

#include <string.h>

#include "workloads/fields.h"

/* Puts a number into a member of `size` bytes. */
static inline void member_store(void *to, size_t size, uint64_t value)
{
	switch (size) {
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
}

/* Puts a number, a word's index or a name's number where the field goes. */
static inline void field_store(const struct field *field, struct call *call,
			       uint64_t value)
{
	member_store((char *)call + field->offset, field->size, value);
	call->has |= field->has;
}

/*
 * Of a KIND_BOOL: the last bit of field->has is the value's, or the bit of
 * field->pages.
 */
static inline void field_store_bool(const struct field *field,
				    struct call *call, bool value)
{
	uint16_t bit = field->has & (CALL_CAN_SLEEP | CALL_RECORDED_OK);

	call->has |= field->has;
	call->pages |= field->pages;
	if (value)
		return;
	call->has &= (uint16_t)~bit;
	call->pages &= (uint8_t)~field->pages;
}

/* Of a KIND_LRU: the words are in the order of the bits. */
static inline void field_store_lru(struct call *call, size_t word)
{
	call->pages &= (uint8_t)~CALL_LRU;
	call->pages |= (uint8_t)(CALL_LRU_FILE << word);
}

/* Of a KIND_ID; `kind` is CALL_HAS_ID or CALL_HAS_NAMED_ID. */
static inline void field_store_id(struct call *call, uint16_t kind, uint64_t id)
{
	call->has &= (uint16_t) ~(CALL_HAS_ID | CALL_HAS_NAMED_ID);
	call->has |= kind;
	call->id = id;
}

/* Copies one field's value, whether it is set or not. */
static inline void field_copy(const struct field *field, struct call *to,
			      const struct call *from)
{
	const char *value = (const char *)from + field->offset;
	char *at = (char *)to + field->offset;

	if (field->pages)
		to->pages = (uint8_t)((to->pages & ~field->pages) |
				      (from->pages & field->pages));
	else if (field->size == 1)
		memcpy(at, value, 1);
	else if (field->size == 2)
		memcpy(at, value, 2);
	else if (field->size == 4)
		memcpy(at, value, 4);
	else if (field->size == 8)
		memcpy(at, value, 8);
	to->has =
		(uint16_t)((to->has & ~field->has) | (from->has & field->has));
}

#endif
