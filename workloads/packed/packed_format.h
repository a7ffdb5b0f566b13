/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_PACKED_PACKED_FORMAT_H
#define KMEMSIM_WORKLOADS_PACKED_PACKED_FORMAT_H

/*
 * What packed_writer.c, packed_file.c, packed_check.c and packed_reader.c
 * share: the layout of a packed workload. docs/packed.md says the same to
 * those who would read such files with programs of their own.
 *
 *	head | block | block | … | index | end
 *
 * Each block can be decoded without those before it.
 *
 *	block head | names, shapes, lanes; zstd
 *
 * A **shape** is all of a struct call that seldom changes: operation, flags,
 * context, order. A **lane** holds one field of those events that have it, in
 * as many bytes each as the block's largest needs, above the block's smallest.
 */

#include <string.h>

#include <endian.h>

#include "sim/call.h"
#include "sim/traced.h"

/* No text begins so, and what a transfer as text does to it shows. */
#define PACKED_MAGIC "\x89KMT\r\n\x1a\n"
#define PACKED_MAGIC_BYTES 8
/*
 * A file has the lowest version that can be read with all it says: a program
 * that knows version 1 alone does not look at what the head says of a tracer,
 * and would take another time for the same calls.
 */
#define PACKED_VERSION_UNTRACED 1
#define PACKED_VERSION_TRACED 2
#define PACKED_VERSION PACKED_VERSION_TRACED /* the newest */

/* "KBLK", "KIDX", "KEND" */
#define PACKED_BLOCK_TAG UINT32_C(0x4b4c424b)
#define PACKED_INDEX_TAG UINT32_C(0x5844494b)
#define PACKED_END_TAG UINT32_C(0x444e454b)

/* Magic, version, lengths of the name and the file's name, tracer. */
#define PACKED_HEAD_BYTES 24
#define PACKED_BLOCK_HEAD_BYTES 48
#define PACKED_INDEX_HEAD_BYTES 8
#define PACKED_INDEX_ENTRY_BYTES 24
#define PACKED_END_BYTES 32
#define PACKED_CHECKSUM_BYTES 8

/* A text in the head: a name, a path. */
#define PACKED_TEXT_MAX (64 * 1024)

/* A block ends at this many events, or at this many bytes of names. */
#define PACKED_BLOCK_EVENTS 8192
#define PACKED_BLOCK_NAME_BYTES (1024 * 1024)

/* What a reader takes: room for a writer with blocks of another size. */
#define PACKED_EVENTS_MAX 65536
#define PACKED_RAW_MAX (32 * 1024 * 1024)

enum packed_lane_id {
	LANE_T,	   /* from one event to the next */
	LANE_LINE, /* the same */
	LANE_CPU,
	LANE_ID,
	LANE_SIZE,
	LANE_NAMED_ID, /* from here to LANE_TASK: names, by their number */
	LANE_NAME,
	LANE_TASK,
	LANE_PFN,
	LANE_PAGE,
	LANE_OFFSET,
	LANE_RECORDED_PFN,
	LANE_RECORDED_VADDR,
	NR_LANES
};

#define LANE_BIT(lane) (1u << (lane))
/* Those that every event has; no shape says so. */
#define LANES_OF_ALL                                                           \
	(LANE_BIT(LANE_T) | LANE_BIT(LANE_LINE) | LANE_BIT(LANE_CPU))
/* Those whose values are differences to the event before. */
#define LANES_OF_STEPS (LANE_BIT(LANE_T) | LANE_BIT(LANE_LINE))
#define LANES_OF_NAMES                                                         \
	(LANE_BIT(LANE_NAMED_ID) | LANE_BIT(LANE_NAME) | LANE_BIT(LANE_TASK))

/* Where in a struct call a lane's values go. */
struct packed_lane {
	size_t offset;
	size_t size;
	uint64_t max; /* of a value that is no number of a name */
};

extern const struct packed_lane packed_lanes[NR_LANES];

/* A lane as it begins: the smallest value, how many, and bytes of each. */
#define PACKED_LANE_HEAD_BYTES 16
/* Numbers of shapes and names, bytes of names, zero; then the lanes' heads. */
#define PACKED_RAW_HEAD_BYTES (16 + NR_LANES * PACKED_LANE_HEAD_BYTES)

/* Members of a struct call that make a shape. No padding: it is compared. */
struct packed_shape {
	uint32_t lanes; /* LANE_BIT()s that are not LANES_OF_ALL */
	uint32_t column;
	uint32_t gfp;
	uint32_t align;
	uint32_t slab_flags;
	uint32_t min_nr; /* or value */
	uint32_t cache;	 /* a number of the block's names; 0: none */
	uint16_t has;
	uint16_t node;
	uint8_t op;
	uint8_t ctx;
	uint8_t mask_bits;
	uint8_t byte;
	uint8_t order;
	uint8_t pages;
	uint16_t zero;
};
#define PACKED_SHAPE_BYTES 40
_Static_assert(sizeof(struct packed_shape) == PACKED_SHAPE_BYTES,
	       "a shape has no padding");

/* The same as bytes of the file; an `op` that is none comes as NR_CALL_OPS. */
void packed_shape_put(unsigned char bytes[PACKED_SHAPE_BYTES],
		      const struct packed_shape *shape);
void packed_shape_get(const unsigned char at[PACKED_SHAPE_BYTES],
		      struct packed_shape *shape);

/* As many bytes as a number from 0 to `most` needs; 0 for 0. */
unsigned int packed_bytes_of(uint64_t most);

static inline uint16_t get_le16(const unsigned char *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return le16toh(value);
}

static inline uint32_t get_le32(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static inline uint64_t get_le64(const unsigned char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

/* Returns where the next value goes. */
static inline unsigned char *put_le(unsigned char *at, uint64_t value,
				    unsigned int bytes)
{
	for (; bytes; bytes--, value >>= 8)
		*at++ = value & 0xff;
	return at;
}

#endif
