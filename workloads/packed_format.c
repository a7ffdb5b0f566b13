/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of the packed form, and shapes as bytes.
 */

#include "workloads/packed_format.h"

#include "workloads/fields.h"

#define MEMBER(name)                                                           \
	.offset = offsetof(struct call, name),                                 \
	.size = sizeof(((struct call *)0)->name)

const struct packed_lane packed_lanes[NR_LANES] = {
	[LANE_T] = { MEMBER(t_ns), .max = UINT64_MAX },
	[LANE_LINE] = { MEMBER(line), .max = UINT64_MAX },
	[LANE_CPU] = { MEMBER(cpu), .max = MAX_CPUS - 1 },
	[LANE_ID] = { MEMBER(id), .max = UINT64_MAX },
	[LANE_SIZE] = { MEMBER(size), .max = UINT64_MAX },
	[LANE_NAMED_ID] = { MEMBER(id), .max = UINT32_MAX },
	[LANE_NAME] = { MEMBER(name), .max = UINT32_MAX },
	[LANE_TASK] = { MEMBER(task), .max = UINT32_MAX },
	[LANE_PFN] = { MEMBER(pfn), .max = PFN_NONE - 1 },
	[LANE_PAGE] = { MEMBER(page), .max = ((uint64_t)1 << ORDER_LIMIT) - 1 },
	[LANE_OFFSET] = { MEMBER(offset), .max = UINT64_MAX },
	[LANE_RECORDED_PFN] = { MEMBER(recorded_pfn), .max = PFN_NONE - 1 },
	[LANE_RECORDED_VADDR] = { MEMBER(recorded_vaddr), .max = UINT64_MAX },
};

#define SHAPE_MEMBER(name)                                                     \
	{                                                                      \
		offsetof(struct packed_shape, name),                           \
			sizeof(((struct packed_shape *)0)->name)               \
	}

static const struct shape_member {
	size_t offset;
	unsigned int size;
} shape_members[] = {
	SHAPE_MEMBER(lanes), SHAPE_MEMBER(column),     SHAPE_MEMBER(gfp),
	SHAPE_MEMBER(align), SHAPE_MEMBER(slab_flags), SHAPE_MEMBER(min_nr),
	SHAPE_MEMBER(cache), SHAPE_MEMBER(has),	       SHAPE_MEMBER(node),
	SHAPE_MEMBER(op),    SHAPE_MEMBER(ctx),	       SHAPE_MEMBER(mask_bits),
	SHAPE_MEMBER(byte),  SHAPE_MEMBER(order),      SHAPE_MEMBER(pages),
	SHAPE_MEMBER(zero),
};
#define NR_SHAPE_MEMBERS (sizeof(shape_members) / sizeof(shape_members[0]))

void packed_shape_put(unsigned char at[PACKED_SHAPE_BYTES],
		      const struct packed_shape *shape)
{
	for (size_t i = 0; i < NR_SHAPE_MEMBERS; i++) {
		const char *from =
			(const char *)shape + shape_members[i].offset;
		uint32_t value = 0;
		uint16_t half;

		if (shape_members[i].size == 4) {
			memcpy(&value, from, sizeof(value));
		} else if (shape_members[i].size == 2) {
			memcpy(&half, from, sizeof(half));
			value = half;
		} else {
			value = *(const unsigned char *)from;
		}
		at = put_le(at, value, shape_members[i].size);
	}
}

void packed_shape_get(const unsigned char at[PACKED_SHAPE_BYTES],
		      struct packed_shape *shape)
{
	for (size_t i = 0; i < NR_SHAPE_MEMBERS; i++) {
		char *to = (char *)shape + shape_members[i].offset;
		uint32_t value = 0;
		uint16_t half;

		for (unsigned int n = 0; n < shape_members[i].size; n++)
			value |= (uint32_t)*at++ << 8 * n;
		if (shape_members[i].size == 4) {
			memcpy(to, &value, sizeof(value));
		} else if (shape_members[i].size == 2) {
			half = (uint16_t)value;
			memcpy(to, &half, sizeof(half));
		} else {
			*(unsigned char *)to = (unsigned char)value;
		}
	}
}

unsigned int packed_bytes_of(uint64_t most)
{
	unsigned int bytes = 0;

	for (; most; most >>= 8)
		bytes++;
	return bytes;
}
