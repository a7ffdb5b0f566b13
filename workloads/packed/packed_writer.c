/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes packed workloads, a block at a time.
 *
 * Rules: what is written depends on the calls alone, so that the same calls
 * give the same bytes: shapes and names are numbered within a block by first
 * use; a lane takes the fewest bytes that hold the block's values. The level
 * of compression is one that only looks for repetitions: more would save a
 * fifth of the bytes and take twice the time to undo.
 */

#include "workloads/packed/packed.h"

#include <errno.h>
#include <stdlib.h>

#include <xxhash.h>
#include <zstd.h>

#include "sim/base/host.h"
#include "workloads/packed/packed_format.h"

#define LEVEL (-1)

/* Twice the shapes that a block can have, so that a free slot is near. */
#define NR_SLOTS (2 * PACKED_BLOCK_EVENTS)
#define NO_SHAPE UINT16_MAX

/* The values of a lane as they come. */
struct lane {
	uint64_t value[PACKED_BLOCK_EVENTS];
	uint32_t nr;
};

/* The number that a name of the run has in this block. */
struct local_name {
	uint64_t block; /* the block in which it was used last, from 1 */
	uint32_t number;
};

struct index_entry {
	uint64_t offset;
	uint64_t first_event;
	uint64_t first_t_ns;
};

struct packed_writer {
	FILE *to;
	const struct names *names;
	ZSTD_CCtx *zstd;
	XXH3_state_t *whole; /* over all bytes so far */
	uint64_t offset;
	uint64_t nr_events;

	/* The block under way. */
	uint64_t block; /* counted from 1 */
	uint32_t nr;	/* events */
	uint64_t first_t_ns, first_line;
	uint64_t last_t_ns, last_line;
	struct packed_shape shape[PACKED_BLOCK_EVENTS];
	uint16_t slot[NR_SLOTS]; /* numbers of shapes; NO_SHAPE: free */
	uint32_t nr_shapes;
	uint16_t shape_of[PACKED_BLOCK_EVENTS];
	struct lane lane[NR_LANES];
	struct text name_bytes; /* each with its NUL */
	uint32_t nr_names;
	struct local_name *local; /* by the run's numbers */
	size_t nr_local;
	bool failed; /* the host has no memory */
	int why;     /* it can't be written: errno; 0: it can */

	struct index_entry *index;
	size_t nr_index;
	size_t index_capacity;

	unsigned char *raw;
	size_t raw_capacity;
	unsigned char *packed;
	size_t packed_capacity;
};

/* ---- bytes --------------------------------------------------------------- */

static void put_bytes(struct packed_writer *writer, const void *bytes,
		      size_t nr)
{
	XXH3_64bits_update(writer->whole, bytes, nr);
	/* The first reason is the one to tell. */
	errno = 0;
	if (fwrite(bytes, 1, nr, writer->to) != nr && !writer->why)
		writer->why = errno;
	writer->offset += nr;
}

static int write_error(struct packed_writer *writer, struct errors *errors)
{
	if (writer->failed)
		return error_host(errors, "no memory to pack a workload");
	if (writer->why)
		errno = writer->why;
	if (ferror(writer->to))
		return error_host(errors, "can't write the packed workload");
	return 0;
}

static int write_head(struct packed_writer *writer, const char *name,
		      const char *from, const struct traced *traced,
		      struct errors *errors)
{
	size_t name_bytes = strlen(name);
	size_t from_bytes = strlen(from);
	unsigned char head[PACKED_HEAD_BYTES];
	unsigned char sum[PACKED_CHECKSUM_BYTES];
	unsigned int version = traced->line_ns || traced->tracepoints ?
				       PACKED_VERSION_TRACED :
				       PACKED_VERSION_UNTRACED;
	unsigned char *at = head;

	if (name_bytes > PACKED_TEXT_MAX || from_bytes > PACKED_TEXT_MAX) {
		errno = 0;
		return error_host(errors,
				  "a name of over %d bytes can't be "
				  "packed",
				  PACKED_TEXT_MAX);
	}
	memcpy(at, PACKED_MAGIC, PACKED_MAGIC_BYTES);
	at = put_le(at + PACKED_MAGIC_BYTES, version, 4);
	at = put_le(at, name_bytes, 4);
	at = put_le(at, from_bytes, 4);
	at = put_le(at, traced->line_ns, 2);
	put_le(at, traced->tracepoints, 2);
	put_bytes(writer, head, sizeof(head));
	put_bytes(writer, name, name_bytes);
	put_bytes(writer, from, from_bytes);
	put_le(sum, XXH3_64bits_digest(writer->whole), sizeof(sum));
	put_bytes(writer, sum, sizeof(sum));
	return write_error(writer, errors);
}

/* ---- a block ------------------------------------------------------------- */

static void begin_block(struct packed_writer *writer)
{
	writer->block++;
	writer->nr = 0;
	writer->nr_shapes = 0;
	memset(writer->slot, 0xff, sizeof(writer->slot));
	for (int i = 0; i < NR_LANES; i++)
		writer->lane[i].nr = 0;
	writer->name_bytes.length = 0;
	writer->nr_names = 0;
}

/* The block's number of a name of the run. */
static uint32_t local_name(struct packed_writer *writer, uint32_t number)
{
	struct local_name *local;
	const char *text;

	if (!number)
		return 0;
	if (number >= writer->nr_local) {
		local = host_grow(writer->local, &writer->nr_local, number + 1,
				  sizeof(*local));
		if (!local) {
			writer->failed = true;
			return 0;
		}
		writer->local = local; /* what is new is 0 */
	}
	local = &writer->local[number];
	if (local->block == writer->block)
		return local->number;
	text = names_text(writer->names, number);
	text_add_bytes(&writer->name_bytes, text, strlen(text) + 1);
	local->block = writer->block;
	local->number = ++writer->nr_names;
	return local->number;
}

/* The number of a shape, which is made where there is none like it. */
static uint16_t number_of_shape(struct packed_writer *writer,
				const struct packed_shape *shape)
{
	size_t at = XXH3_64bits(shape, sizeof(*shape)) & (NR_SLOTS - 1);

	while (writer->slot[at] != NO_SHAPE) {
		if (memcmp(&writer->shape[writer->slot[at]], shape,
			   sizeof(*shape)) == 0)
			return writer->slot[at];
		at = (at + 1) & (NR_SLOTS - 1);
	}
	writer->slot[at] = (uint16_t)writer->nr_shapes;
	writer->shape[writer->nr_shapes] = *shape;
	return (uint16_t)writer->nr_shapes++;
}

static void add_to_lane(struct packed_writer *writer, int id, uint64_t value)
{
	struct lane *lane = &writer->lane[id];

	lane->value[lane->nr++] = value;
}

/* What is not 0 goes to its lane, and the shape remembers that. */
static uint32_t add_if_any(struct packed_writer *writer, int id, uint64_t value)
{
	if (!value)
		return 0;
	add_to_lane(writer, id, value);
	return LANE_BIT(id);
}

static uint32_t add_lanes(struct packed_writer *writer, const struct call *call)
{
	uint32_t lanes = 0;

	add_to_lane(writer, LANE_CPU, call->cpu);
	if (call->has & CALL_HAS_NAMED_ID)
		lanes |= add_if_any(writer, LANE_NAMED_ID,
				    local_name(writer, (uint32_t)call->id));
	else
		lanes |= add_if_any(writer, LANE_ID, call->id);
	lanes |= add_if_any(writer, LANE_SIZE, call->size);
	lanes |= add_if_any(writer, LANE_NAME, local_name(writer, call->name));
	lanes |= add_if_any(writer, LANE_TASK, local_name(writer, call->task));
	lanes |= add_if_any(writer, LANE_PFN, call->pfn);
	lanes |= add_if_any(writer, LANE_PAGE, call->page);
	lanes |= add_if_any(writer, LANE_OFFSET, call->offset);
	lanes |= add_if_any(writer, LANE_RECORDED_PFN, call->recorded_pfn);
	lanes |= add_if_any(writer, LANE_RECORDED_VADDR, call->recorded_vaddr);
	return lanes;
}

static void add_call(struct packed_writer *writer, const struct call *call)
{
	struct packed_shape shape = {
		.column = call->column,
		.gfp = call->gfp,
		.align = call->align,
		.slab_flags = call->slab_flags,
		.min_nr = call->min_nr,
		.has = call->has,
		.node = (uint16_t)call->node,
		.op = call->op,
		.ctx = call->ctx,
		.mask_bits = call->mask_bits,
		.byte = call->byte,
		.order = call->order,
		.pages = call->pages,
	};

	if (writer->nr) {
		add_to_lane(writer, LANE_T, call->t_ns - writer->last_t_ns);
		add_to_lane(writer, LANE_LINE, call->line - writer->last_line);
	} else {
		writer->first_t_ns = call->t_ns;
		writer->first_line = call->line;
	}
	writer->last_t_ns = call->t_ns;
	writer->last_line = call->line;
	shape.lanes = add_lanes(writer, call);
	shape.cache = local_name(writer, call->cache);
	writer->shape_of[writer->nr++] = number_of_shape(writer, &shape);
}

/* What a lane's values are above, and how many bytes what is left needs. */
struct lane_form {
	uint64_t base;
	unsigned int bytes;
};

static struct lane_form form_of(const struct lane *lane, int id)
{
	/* Lines may go back: a step is a signed number. */
	uint64_t bias = id == LANE_LINE ? (uint64_t)1 << 63 : 0;
	uint64_t min = UINT64_MAX;
	uint64_t max = 0;

	if (!lane->nr)
		return (struct lane_form){ .base = 0 };
	for (uint32_t i = 0; i < lane->nr; i++) {
		uint64_t value = lane->value[i] + bias;

		min = value < min ? value : min;
		max = value > max ? value : max;
	}
	return (struct lane_form){ min - bias, packed_bytes_of(max - min) };
}

static size_t raw_bytes_at_most(const struct packed_writer *writer)
{
	return PACKED_RAW_HEAD_BYTES + writer->name_bytes.length +
	       writer->nr_shapes * (size_t)PACKED_SHAPE_BYTES +
	       writer->nr * (sizeof(uint16_t) + NR_LANES * sizeof(uint64_t)) +
	       sizeof(uint64_t);
}

/* Values are put down whole: the next one covers what is too much. */
static unsigned char *put_lane(unsigned char *at, const struct lane *lane,
			       struct lane_form form)
{
	for (uint32_t i = 0; i < lane->nr; i++) {
		uint64_t value = htole64(lane->value[i] - form.base);

		memcpy(at, &value, sizeof(value));
		at += form.bytes;
	}
	return at;
}

/* The block before compression; returns its length. */
static size_t put_raw(struct packed_writer *writer, unsigned char *raw)
{
	unsigned int index_bytes = writer->nr_shapes > 256 ? 2 : 1;
	struct lane_form form[NR_LANES];
	unsigned char *at = raw;

	at = put_le(at, writer->nr_shapes, 4);
	at = put_le(at, writer->nr_names, 4);
	at = put_le(at, writer->name_bytes.length, 4);
	at = put_le(at, 0, 4);
	for (int i = 0; i < NR_LANES; i++) {
		form[i] = form_of(&writer->lane[i], i);
		at = put_le(at, form[i].base, 8);
		at = put_le(at, writer->lane[i].nr, 4);
		at = put_le(at, form[i].bytes, 4);
	}
	if (writer->name_bytes.length)
		memcpy(at, writer->name_bytes.s, writer->name_bytes.length);
	at += writer->name_bytes.length;
	for (uint32_t i = 0; i < writer->nr_shapes; i++) {
		packed_shape_put(at, &writer->shape[i]);
		at += PACKED_SHAPE_BYTES;
	}
	for (uint32_t i = 0; i < writer->nr; i++)
		at = put_le(at, writer->shape_of[i], index_bytes);
	for (int i = 0; i < NR_LANES; i++)
		at = put_lane(at, &writer->lane[i], form[i]);
	return (size_t)(at - raw);
}

static bool reserve(unsigned char **bytes, size_t *capacity, size_t nr)
{
	unsigned char *grown = host_grow(*bytes, capacity, nr, 1);

	if (grown)
		*bytes = grown;
	return grown;
}

static int add_to_index(struct packed_writer *writer)
{
	struct index_entry *index =
		host_grow(writer->index, &writer->index_capacity,
			  writer->nr_index + 1, sizeof(*index));

	if (!index)
		return -1;
	writer->index = index;
	index[writer->nr_index++] = (struct index_entry){
		.offset = writer->offset,
		.first_event = writer->nr_events,
		.first_t_ns = writer->first_t_ns,
	};
	return 0;
}

static void put_block(struct packed_writer *writer, size_t raw_bytes,
		      size_t packed_bytes)
{
	unsigned char *head = writer->packed;
	unsigned char *at = head;

	at = put_le(at, PACKED_BLOCK_TAG, 4);
	at = put_le(at, writer->nr, 4);
	at = put_le(at, packed_bytes, 4);
	at = put_le(at, raw_bytes, 4);
	at = put_le(at, writer->nr_events, 8);
	at = put_le(at, writer->first_t_ns, 8);
	at = put_le(at, writer->first_line, 8);
	/* Over the head without this, and what is behind it. */
	put_le(at,
	       XXH3_64bits_withSeed(head + PACKED_BLOCK_HEAD_BYTES,
				    packed_bytes,
				    XXH3_64bits(head, (size_t)(at - head))),
	       PACKED_CHECKSUM_BYTES);
	put_bytes(writer, head, PACKED_BLOCK_HEAD_BYTES + packed_bytes);
}

static int end_block(struct packed_writer *writer)
{
	size_t raw_bytes = raw_bytes_at_most(writer);
	size_t packed_bytes;

	if (!writer->nr)
		return 0;
	if (writer->name_bytes.failed ||
	    !reserve(&writer->raw, &writer->raw_capacity, raw_bytes))
		return -1;
	raw_bytes = put_raw(writer, writer->raw);
	if (!reserve(&writer->packed, &writer->packed_capacity,
		     PACKED_BLOCK_HEAD_BYTES + ZSTD_compressBound(raw_bytes)) ||
	    add_to_index(writer) < 0)
		return -1;
	packed_bytes = ZSTD_compressCCtx(
		writer->zstd, writer->packed + PACKED_BLOCK_HEAD_BYTES,
		writer->packed_capacity - PACKED_BLOCK_HEAD_BYTES, writer->raw,
		raw_bytes, LEVEL);
	if (ZSTD_isError(packed_bytes))
		return -1;
	put_block(writer, raw_bytes, packed_bytes);
	writer->nr_events += writer->nr;
	begin_block(writer);
	return 0;
}

/* ---- the whole ----------------------------------------------------------- */

struct packed_writer *packed_write_begin(FILE *to, const struct names *names,
					 const char *name, const char *from,
					 const struct traced *traced,
					 struct errors *errors)
{
	struct packed_writer *writer = host_alloc(1, sizeof(*writer));

	if (writer) {
		writer->to = to;
		writer->names = names;
		writer->zstd = ZSTD_createCCtx();
		writer->whole = XXH3_createState();
	}
	if (!writer || !writer->zstd || !writer->whole) {
		error_host(errors, "no memory to pack a workload");
		packed_writer_free(writer);
		return NULL;
	}
	XXH3_64bits_reset(writer->whole);
	begin_block(writer);
	if (write_head(writer, name, from, traced, errors) < 0) {
		packed_writer_free(writer);
		return NULL;
	}
	return writer;
}

int packed_write_calls(struct packed_writer *writer, const struct call *calls,
		       size_t nr, struct errors *errors)
{
	for (size_t i = 0; i < nr; i++) {
		add_call(writer, &calls[i]);
		if ((writer->nr == PACKED_BLOCK_EVENTS ||
		     writer->name_bytes.length >= PACKED_BLOCK_NAME_BYTES) &&
		    end_block(writer) < 0)
			writer->failed = true;
	}
	return write_error(writer, errors);
}

static void put_index(struct packed_writer *writer)
{
	unsigned char bytes[PACKED_INDEX_ENTRY_BYTES];
	unsigned char *at = put_le(bytes, PACKED_INDEX_TAG, 4);

	put_le(at, writer->nr_index, 4);
	put_bytes(writer, bytes, PACKED_INDEX_HEAD_BYTES);
	for (size_t i = 0; i < writer->nr_index; i++) {
		at = put_le(bytes, writer->index[i].offset, 8);
		at = put_le(at, writer->index[i].first_event, 8);
		put_le(at, writer->index[i].first_t_ns, 8);
		put_bytes(writer, bytes, sizeof(bytes));
	}
}

int packed_write_end(struct packed_writer *writer, struct errors *errors)
{
	unsigned char end[PACKED_END_BYTES];
	uint64_t index_offset;
	unsigned char *at;

	if (end_block(writer) < 0)
		writer->failed = true;
	index_offset = writer->offset;
	put_index(writer);
	at = put_le(end, PACKED_END_TAG, 4);
	at = put_le(at, 0, 4);
	at = put_le(at, writer->nr_events, 8);
	at = put_le(at, index_offset, 8);
	put_bytes(writer, end, (size_t)(at - end));
	put_le(at, XXH3_64bits_digest(writer->whole), PACKED_CHECKSUM_BYTES);
	put_bytes(writer, at, PACKED_CHECKSUM_BYTES);
	errno = 0;
	fflush(writer->to);
	return write_error(writer, errors);
}

void packed_writer_free(struct packed_writer *writer)
{
	if (!writer)
		return;
	ZSTD_freeCCtx(writer->zstd);
	XXH3_freeState(writer->whole);
	text_release(&writer->name_bytes);
	free(writer->local);
	free(writer->index);
	free(writer->raw);
	free(writer->packed);
	free(writer);
}
