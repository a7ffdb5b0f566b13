/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of the packed form, and shapes as bytes.
 */

#include "workloads/packed/packed_format.h"

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

/*
 * Operations as the file numbers them, which is not to change when enum call_op
 * does: what is new goes to the end. 0: none.
 */
static const uint8_t op_codes[NR_CALL_OPS] = {
	[OP_ALLOC_PAGES] = 1,
	[OP_GET_FREE_PAGES] = 2,
	[OP_GET_ZEROED_PAGE] = 3,
	[OP_FREE_PAGES] = 4,
	[OP_KMALLOC] = 5,
	[OP_KZALLOC] = 6,
	[OP_KFREE] = 7,
	[OP_VMALLOC] = 8,
	[OP_VZALLOC] = 9,
	[OP_VFREE] = 10,
	[OP_KVMALLOC] = 11,
	[OP_KVFREE] = 12,
	[OP_CACHE_CREATE] = 13,
	[OP_CACHE_ALLOC] = 14,
	[OP_CACHE_FREE] = 15,
	[OP_CACHE_SHRINK] = 16,
	[OP_CACHE_DESTROY] = 17,
	[OP_MEMPOOL_CREATE] = 18,
	[OP_MEMPOOL_ALLOC] = 19,
	[OP_MEMPOOL_FREE] = 20,
	[OP_MEMPOOL_DESTROY] = 21,
	[OP_DMA_ALLOC_COHERENT] = 22,
	[OP_DMA_FREE_COHERENT] = 23,
	[OP_KMAP] = 24,
	[OP_KUNMAP] = 25,
	[OP_MEMSET] = 26,
	[OP_READ] = 27,
	[OP_TOUCH] = 28,
	[OP_TRUNCATE] = 29,
	[OP_OOM_SCORE_ADJ] = 30,
	[OP_EXIT] = 31,
	[OP_DRAIN_ALL_PAGES] = 32,
	[OP_SAMPLE] = 33,
	[OP_KSWAPD_BEGIN] = 34,
	[OP_KSWAPD_END] = 35,
};

static uint8_t op_of(uint8_t code)
{
	uint8_t op = 0;

	while (op < NR_CALL_OPS && op_codes[op] != code)
		op++;
	return op;
}

#define OP_AT offsetof(struct packed_shape, op)

void packed_shape_put(unsigned char bytes[PACKED_SHAPE_BYTES],
		      const struct packed_shape *shape)
{
	unsigned char *at = bytes;

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
	bytes[OP_AT] = op_codes[shape->op];
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
	shape->op = op_of(shape->op);
}

unsigned int packed_bytes_of(uint64_t most)
{
	unsigned int bytes = 0;

	for (; most; most >>= 8)
		bytes++;
	return bytes;
}
