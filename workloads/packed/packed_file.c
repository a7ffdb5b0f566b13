/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a packed workload from its first byte to its last.
 *
 * Rules: nothing is believed before its checksum is right, and nothing is
 * allocated for what a file merely claims: lengths have limits
 * (packed_format.h). The index and the end are checked against what was read
 * as well, since others will rely on them. A file is read in order even where
 * it could be sought in, so a pipe serves as well.
 */

#include "workloads/packed/packed_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/host.h"

__attribute__((format(printf, 2, 3))) static int fail(struct packed_file *file,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(file->problem, sizeof(file->problem), format, args);
	va_end(args);
	return -1;
}

static int fail_host(struct packed_file *file, const char *problem, int why)
{
	file->host_errno = why;
	return fail(file, "%s", problem);
}

/* What is read, for messages: "block 3", "the head". */
static int fail_in(struct packed_file *file, uint64_t offset,
		   const char *problem)
{
	return fail(file, "block %llu, at byte %llu: %s",
		    (unsigned long long)(file->nr_blocks + 1),
		    (unsigned long long)offset, problem);
}

/* Fills `to`; fewer bytes than asked for are there only at the end. */
static ssize_t read_some(struct packed_file *file, void *to, size_t nr)
{
	size_t got = 0;

	while (got < nr) {
		ssize_t more = read(file->fd, (char *)to + got, nr - got);

		if (more < 0 && errno == EINTR)
			continue;
		if (more < 0)
			return fail_host(file, "can't be read", errno);
		if (more == 0)
			break;
		got += (size_t)more;
	}
	file->offset += got;
	return (ssize_t)got;
}

static int read_all(struct packed_file *file, void *to, size_t nr)
{
	ssize_t got = read_some(file, to, nr);

	if (got < 0)
		return -1;
	if ((size_t)got == nr)
		return 0;
	if (!file->name)
		return fail(file,
			    "the file ends in its head, at byte %llu: it is "
			    "cut off",
			    (unsigned long long)file->offset);
	return fail(file,
		    "the file ends in or before block %llu, at byte %llu: it "
		    "is cut off",
		    (unsigned long long)(file->nr_blocks + 1),
		    (unsigned long long)file->offset);
}

/* Reads what goes into the checksum of the whole. */
static int read_summed(struct packed_file *file, void *to, size_t nr)
{
	if (read_all(file, to, nr) < 0)
		return -1;
	XXH3_64bits_update(file->whole, to, nr);
	return 0;
}

/* ---- the head ------------------------------------------------------------ */

static int check_magic(struct packed_file *file, const unsigned char *head)
{
	uint32_t version = get_le32(head + PACKED_MAGIC_BYTES);

	if (memcmp(head, PACKED_MAGIC, PACKED_MAGIC_BYTES) != 0)
		return fail(file, "this is no packed workload, or was damaged "
				  "by a transfer as text");
	if (version > PACKED_VERSION)
		return fail(file,
			    "this is version %u of packed workloads, and this "
			    "kmemsim reads up to version %d",
			    version, PACKED_VERSION);
	if (!version)
		return fail(file, "version 0 of packed workloads is not one");
	return 0;
}

static int read_text(struct packed_file *file, char **text, uint32_t nr)
{
	char *bytes = host_alloc((size_t)nr + 1, 1);

	if (!bytes)
		return fail_host(file, "no memory for a name", -1);
	if (read_summed(file, bytes, nr) < 0) {
		free(bytes);
		return -1;
	}
	*text = bytes;
	return 0;
}

static int read_texts(struct packed_file *file, const unsigned char *head)
{
	uint32_t name_bytes = get_le32(head + PACKED_MAGIC_BYTES + 4);
	uint32_t from_bytes = get_le32(head + PACKED_MAGIC_BYTES + 8);
	unsigned char sum[PACKED_CHECKSUM_BYTES];
	uint64_t expected;
	char *name = NULL;
	int err;

	if (name_bytes > PACKED_TEXT_MAX || from_bytes > PACKED_TEXT_MAX)
		return fail(file, "the head, at byte 0: it is damaged");
	err = read_text(file, &name, name_bytes);
	if (!err)
		err = read_text(file, &file->from, from_bytes);
	expected = XXH3_64bits_digest(file->whole);
	if (!err)
		err = read_summed(file, sum, sizeof(sum));
	file->name = name;
	if (err)
		return -1;
	if (get_le64(sum) != expected || strlen(name) != name_bytes ||
	    strlen(file->from) != from_bytes)
		return fail(file, "the head, at byte 0: it is damaged");
	return 0;
}

static int read_head(struct packed_file *file)
{
	unsigned char head[PACKED_HEAD_BYTES];
	uint32_t tracer;

	if (read_summed(file, head, sizeof(head)) < 0 ||
	    check_magic(file, head) < 0)
		return -1;
	if (read_texts(file, head) < 0)
		return -1;
	tracer = get_le32(head + PACKED_MAGIC_BYTES + 12);
	if (tracer >> 16 >> NR_TRACEPOINTS)
		return fail(file, "the head, at byte 20: a tracepoint that "
				  "this kmemsim does not know");
	file->traced = (struct traced){
		.line_ns = (uint16_t)tracer,
		.tracepoints = (uint16_t)(tracer >> 16),
	};
	return 0;
}

int packed_file_open(struct packed_file *file, int fd)
{
	struct stat status;

	*file = (struct packed_file){ .fd = fd };
	if (fstat(file->fd, &status) == 0 && S_ISREG(status.st_mode))
		file->size = (uint64_t)status.st_size;
	file->zstd = ZSTD_createDCtx();
	file->whole = XXH3_createState();
	file->index = XXH3_createState();
	if (!file->zstd || !file->whole || !file->index)
		return fail_host(file, "no memory to read it", -1);
	XXH3_64bits_reset(file->whole);
	XXH3_64bits_reset(file->index);
	return read_head(file);
}

void packed_file_release(struct packed_file *file)
{
	if (file->fd > STDIN_FILENO)
		close(file->fd);
	ZSTD_freeDCtx(file->zstd);
	XXH3_freeState(file->whole);
	XXH3_freeState(file->index);
	free(file->packed);
	free(file->name);
	free(file->from);
}

/* ---- blocks -------------------------------------------------------------- */

struct block_head {
	uint32_t nr;
	uint32_t packed_bytes;
	uint32_t raw_bytes;
	uint64_t first_event;
};

/* All but the tag was not read yet. */
static int read_block_head(struct packed_file *file, struct packed_block *block,
			   struct block_head *head,
			   unsigned char bytes[PACKED_BLOCK_HEAD_BYTES])
{
	block->number = file->nr_blocks + 1;
	block->offset = file->offset - 4;
	if (read_summed(file, bytes + 4, PACKED_BLOCK_HEAD_BYTES - 4) < 0)
		return -1;
	head->nr = block->nr = get_le32(bytes + 4);
	head->packed_bytes = get_le32(bytes + 8);
	head->raw_bytes = get_le32(bytes + 12);
	head->first_event = get_le64(bytes + 16);
	block->first_t_ns = get_le64(bytes + 24);
	block->first_line = get_le64(bytes + 32);
	if (!head->nr || head->nr > PACKED_EVENTS_MAX ||
	    head->raw_bytes > PACKED_RAW_MAX ||
	    head->packed_bytes > ZSTD_compressBound(PACKED_RAW_MAX))
		return fail_in(file, block->offset, "its head is damaged");
	return 0;
}

static bool reserve(unsigned char **bytes, size_t *capacity, size_t nr)
{
	unsigned char *grown = host_grow(*bytes, capacity, nr, 1);

	if (grown)
		*bytes = grown;
	return grown;
}

static int read_packed(struct packed_file *file, struct packed_block *block,
		       const struct block_head *head,
		       const unsigned char bytes[PACKED_BLOCK_HEAD_BYTES])
{
	size_t summed = PACKED_BLOCK_HEAD_BYTES - PACKED_CHECKSUM_BYTES;

	if (!reserve(&file->packed, &file->packed_capacity, head->packed_bytes))
		return fail_host(file, "no memory for a block", -1);
	if (read_summed(file, file->packed, head->packed_bytes) < 0)
		return -1;
	if (XXH3_64bits_withSeed(file->packed, head->packed_bytes,
				 XXH3_64bits(bytes, summed)) !=
	    get_le64(bytes + summed))
		return fail_in(file, block->offset,
			       "its checksum is wrong: it is damaged");
	if (head->first_event != file->nr_events)
		return fail_in(file, block->offset,
			       "it is not the next one: blocks are missing or "
			       "there twice");
	return 0;
}

static int unpack(struct packed_file *file, struct packed_block *block,
		  const struct block_head *head)
{
	size_t room = (size_t)head->raw_bytes + PACKED_RAW_PADDING;
	size_t got;

	if (!reserve(&block->raw, &block->raw_capacity, room))
		return fail_host(file, "no memory for a block", -1);
	got = ZSTD_decompressDCtx(file->zstd, block->raw, head->raw_bytes,
				  file->packed, head->packed_bytes);
	if (ZSTD_isError(got) || got != head->raw_bytes)
		return fail_in(file, block->offset, "it can't be decompressed");
	block->raw_bytes = got;
	memset(block->raw + got, 0, PACKED_RAW_PADDING);
	return 0;
}

/* What the index has to say of a block. */
static void expect_in_index(struct packed_file *file,
			    const struct packed_block *block)
{
	unsigned char entry[PACKED_INDEX_ENTRY_BYTES];
	unsigned char *at = put_le(entry, block->offset, 8);

	at = put_le(at, file->nr_events, 8);
	put_le(at, block->first_t_ns, 8);
	XXH3_64bits_update(file->index, entry, sizeof(entry));
}

static int read_block(struct packed_file *file, struct packed_block *block,
		      unsigned char head_bytes[PACKED_BLOCK_HEAD_BYTES])
{
	struct block_head head;
	const char *problem;

	if (read_block_head(file, block, &head, head_bytes) < 0 ||
	    read_packed(file, block, &head, head_bytes) < 0 ||
	    unpack(file, block, &head) < 0)
		return -1;
	problem = packed_block_check(block);
	if (problem == packed_no_memory)
		return fail_host(file, problem, -1);
	if (problem)
		return fail_in(file, block->offset, problem);
	expect_in_index(file, block);
	block->end = file->offset;
	file->nr_blocks++;
	file->nr_events += block->nr;
	return 1;
}

/* ---- the index and the end ----------------------------------------------- */

static int fail_at_end(struct packed_file *file, const char *what,
		       uint64_t offset)
{
	return fail(file, "the %s, at byte %llu: it does not fit the blocks",
		    what, (unsigned long long)offset);
}

/* Its tag was read. */
static int read_index(struct packed_file *file)
{
	uint64_t offset = file->offset - 4;
	unsigned char entry[PACKED_INDEX_ENTRY_BYTES];
	uint64_t expected = XXH3_64bits_digest(file->index);

	if (read_summed(file, entry, PACKED_INDEX_HEAD_BYTES - 4) < 0)
		return -1;
	if (get_le32(entry) != file->nr_blocks)
		return fail_at_end(file, "index", offset);
	XXH3_64bits_reset(file->index);
	for (uint64_t i = 0; i < file->nr_blocks; i++) {
		if (read_summed(file, entry, sizeof(entry)) < 0)
			return -1;
		XXH3_64bits_update(file->index, entry, sizeof(entry));
	}
	if (XXH3_64bits_digest(file->index) != expected)
		return fail_at_end(file, "index", offset);
	return 0;
}

static int read_end(struct packed_file *file, uint64_t index_offset)
{
	size_t summed = PACKED_END_BYTES - PACKED_CHECKSUM_BYTES;
	uint64_t offset = file->offset;
	unsigned char end[PACKED_END_BYTES];
	ssize_t more;

	if (read_summed(file, end, summed) < 0)
		return -1;
	if (get_le32(end) != PACKED_END_TAG || get_le32(end + 4) != 0 ||
	    get_le64(end + 8) != file->nr_events ||
	    get_le64(end + 16) != index_offset)
		return fail_at_end(file, "end", offset);
	if (read_all(file, end + summed, PACKED_CHECKSUM_BYTES) < 0)
		return -1;
	if (get_le64(end + summed) != XXH3_64bits_digest(file->whole))
		return fail(file, "the checksum of the whole file is wrong: it "
				  "is damaged");
	offset = file->offset;
	more = read_some(file, end, 1);
	if (more > 0)
		return fail(file, "something follows the end, at byte %llu",
			    (unsigned long long)offset);
	return (int)more;
}

int packed_file_next(struct packed_file *file, struct packed_block *block)
{
	unsigned char head[PACKED_BLOCK_HEAD_BYTES];
	uint64_t offset = file->offset;

	if (read_summed(file, head, 4) < 0)
		return -1;
	if (get_le32(head) == PACKED_BLOCK_TAG)
		return read_block(file, block, head);
	if (get_le32(head) != PACKED_INDEX_TAG)
		return fail_in(file, offset, "there is no block here");
	if (read_index(file) < 0)
		return -1;
	return read_end(file, offset);
}

void packed_block_release(struct packed_block *block)
{
	free(block->raw);
	free(block->uses);
}
