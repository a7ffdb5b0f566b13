/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Can any file at all break the reader of packed workloads? And is what it
 * lets through what the reader of YAML would have let through?
 *
 * No fuzzer hits upon a checksum. Bytes that do not begin with the magic are
 * taken for the inside of a block, and a file is made around them; the first
 * two say how many events it has.
 */

#include "tests/fuzz/input.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>
#include <zstd.h>

#include "workloads/packed/packed_format.h"
#include "workloads/workload.h"
#include "workloads/yaml/writer.h"

#define BATCH 64

struct file {
	unsigned char *at;
	size_t nr;
	size_t capacity;
};

static unsigned char *add(struct file *file, size_t nr)
{
	unsigned char *at = file->at + file->nr;

	BUG_ON(file->nr + nr > file->capacity);
	file->nr += nr;
	return at;
}

static void add_le(struct file *file, uint64_t value, unsigned int bytes)
{
	put_le(add(file, bytes), value, bytes);
}

static void add_head(struct file *file)
{
	memcpy(add(file, PACKED_MAGIC_BYTES), PACKED_MAGIC, PACKED_MAGIC_BYTES);
	add_le(file, PACKED_VERSION, 4);
	add_le(file, 1, 4);
	add_le(file, 1, 4);
	add_le(file, 0, 4);
	add_le(file, 'n', 1);
	add_le(file, 'f', 1);
	add_le(file, XXH3_64bits(file->at, file->nr), 8);
}

static void add_block(struct file *file, const uint8_t *raw, size_t raw_bytes,
		      uint32_t nr)
{
	size_t start = file->nr;
	size_t head = PACKED_BLOCK_HEAD_BYTES;
	size_t summed = head - PACKED_CHECKSUM_BYTES;
	size_t packed = ZSTD_compress(file->at + start + head,
				      file->capacity - start - head, raw,
				      raw_bytes, 1);

	BUG_ON(ZSTD_isError(packed));
	add_le(file, PACKED_BLOCK_TAG, 4);
	add_le(file, nr, 4);
	add_le(file, packed, 4);
	add_le(file, raw_bytes, 4);
	add_le(file, 0, 8);
	add_le(file, 1000, 8);
	add_le(file, 5, 8);
	add_le(file,
	       XXH3_64bits_withSeed(file->at + start + head, packed,
				    XXH3_64bits(file->at + start, summed)),
	       8);
	add(file, packed);
}

static void add_end(struct file *file, uint64_t block, uint32_t nr)
{
	uint64_t index = file->nr;

	add_le(file, PACKED_INDEX_TAG, 4);
	add_le(file, 1, 4);
	add_le(file, block, 8);
	add_le(file, 0, 8);
	add_le(file, 1000, 8);
	add_le(file, PACKED_END_TAG, 4);
	add_le(file, 0, 4);
	add_le(file, nr, 8);
	add_le(file, index, 8);
	add_le(file, XXH3_64bits(file->at, file->nr), 8);
}

/* A file of one block, which is right but for what is in it. */
static void make_file(struct file *file, const uint8_t *data, size_t size)
{
	uint32_t nr = 1 + (data[0] | (uint32_t)data[1] << 8) % 1000;
	uint64_t block;

	file->capacity = 512 + ZSTD_compressBound(size);
	file->at = malloc(file->capacity);
	BUG_ON(!file->at);
	add_head(file);
	block = file->nr;
	add_block(file, data + 2, size - 2, nr);
	add_end(file, block, nr);
}

/* Reads to the end, and writes it as YAML; true: something was refused. */
static bool read_all(struct source *source, FILE *yaml, struct errors *errors)
{
	struct workload_writer *writer = malloc(sizeof(*writer));
	struct call batch[BATCH];
	uint64_t t_ns = 0;
	long nr;

	BUG_ON(!writer);
	workload_write_begin(writer, yaml, source->names, "fuzz", NULL);
	while ((nr = source_read(source, batch, BATCH, errors)) > 0) {
		BUG_ON(nr > BATCH);
		for (long i = 0; i < nr; i++) {
			BUG_ON(batch[i].t_ns < t_ns);
			t_ns = batch[i].t_ns;
			workload_write_call(writer, &batch[i]);
		}
	}
	BUG_ON(workload_write_end(writer, NULL, errors) < 0);
	free(writer);
	return nr < 0;
}

/* What was let through is a workload. */
static void check_yaml(const char *bytes, size_t nr)
{
	struct errors errors = ERRORS_NONE;
	struct names *names = names_new();
	struct call batch[BATCH];
	struct source *source;
	struct input input;

	BUG_ON(!names);
	input_init(&input, (const uint8_t *)bytes, nr);
	source = workload_open(input.path, names, &errors);
	while (source && source_read(source, batch, BATCH, &errors) > 0)
		;
	errors_print(&errors, stderr);
	BUG_ON(!source || errors.nr);
	source_close(source);
	names_free(names);
	input_release(&input);
}

static void read_file(const uint8_t *data, size_t size)
{
	struct errors errors = ERRORS_NONE;
	struct names *names = names_new();
	char *yaml = NULL;
	size_t yaml_bytes = 0;
	FILE *to = open_memstream(&yaml, &yaml_bytes);
	struct source *source;
	struct input input;
	bool refused = true;

	BUG_ON(!names || !to);
	input_init(&input, data, size);
	source = workload_open(input.path, names, &errors);
	if (source) {
		refused = read_all(source, to, &errors);
		source_close(source);
	}
	input_check(refused, &errors);
	fclose(to);
	if (!refused)
		check_yaml(yaml, yaml_bytes);
	free(yaml);
	names_free(names);
	input_release(&input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file file = { .at = NULL };

	if (size < 3)
		return 0;
	if (data[0] == (unsigned char)PACKED_MAGIC[0]) {
		read_file(data, size);
		return 0;
	}
	make_file(&file, data, size);
	read_file(file.at, file.nr);
	free(file.at);
	return 0;
}
