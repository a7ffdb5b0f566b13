/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_PACKED_PACKED_FILE_H
#define KMEMSIM_WORKLOADS_PACKED_PACKED_FILE_H

/*
 * A packed workload as blocks: read in order, proved whole by their checksums,
 * decompressed, and their insides checked, so that decoders need not check
 * again. Internal to workloads/.
 */

#include <sys/types.h>

#include <xxhash.h>
#include <zstd.h>

#include "workloads/packed/packed_format.h"

/* A lane of a block. */
struct packed_values {
	uint64_t base;
	uint64_t mask; /* of `bytes` bytes */
	uint32_t nr;
	uint32_t bytes; /* of a value */
	const unsigned char *at;
};

/* A block, decompressed. Zeroed memory is one without a buffer. */
struct packed_block {
	uint64_t number; /* from 1 */
	uint64_t offset; /* of the block in its file */
	uint64_t end;	 /* of what follows it */
	uint32_t nr;	 /* events */
	uint64_t first_t_ns;
	uint64_t first_line;

	/* Inside `raw`, checked by packed_block_check(). */
	uint32_t nr_names;
	const char *names; /* one behind the other, each with its NUL */
	uint32_t nr_shapes;
	const unsigned char *shapes;
	struct packed_values shape_of; /* numbers of shapes */
	struct packed_values lane[NR_LANES];

	unsigned char *raw; /* owned */
	size_t raw_bytes;
	size_t raw_capacity;
	uint32_t *uses; /* owned: of each shape */
	size_t uses_capacity;
};

void packed_block_release(struct packed_block *block);

/* Bytes that reading an event may go beyond its value. */
#define PACKED_RAW_PADDING 8

/*
 * Finds what is in block->raw. NULL; or what is wrong with it, a constant.
 * `no_memory` where the host has none.
 */
const char *packed_block_check(struct packed_block *block);
extern const char packed_no_memory[];

struct packed_file {
	int fd;
	uint64_t size;	 /* 0: unknown */
	uint64_t offset; /* of the next byte */
	char *name;	 /* owned; the workload's */
	char *from;	 /* owned; the file that it was packed from */
	struct traced traced;

	uint64_t nr_blocks;
	uint64_t nr_events;
	XXH3_state_t *whole; /* over all bytes so far */
	XXH3_state_t *index; /* over what the index has to say */
	ZSTD_DCtx *zstd;
	unsigned char *packed; /* owned: a block as it is in the file */
	size_t packed_capacity;

	/* Why nothing more can be read. */
	char problem[160];
	int host_errno; /* not 0: the host's fault; -1: it has no memory */
};

/*
 * Takes over `fd` and reads the head. 0; -1: file->problem says why. Release
 * it in either case.
 */
int packed_file_open(struct packed_file *file, int fd);
void packed_file_release(struct packed_file *file);

/* 1 with the next block; 0 where the file ends well; -1: file->problem. */
int packed_file_next(struct packed_file *file, struct packed_block *block);

#endif
