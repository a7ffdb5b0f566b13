/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packed workload as a source of calls.
 *
 *	file --> blocks, ahead of us --> shapes --> calls
 *	packed_file.c   packed_ahead.c   copied, and the lanes' values put in
 *
 * Rules: an event is its shape's call, copied, with the values of its lanes
 * in place. Whether an event has a value in a lane decides no branch: where it
 * has none, the value is masked away and the lane stays where it is. Blocks
 * were checked before; here they are believed. What is wrong with a block is
 * told when it is its turn, behind the calls of those before it.
 */

#include "workloads/packed/packed.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/base/host.h"
#include "sim/base/wider.h"
#include "workloads/packed/packed_ahead.h"

/* The lanes that nearly all events have, decoded in one go. */
#define LANES_AT_ONCE (LANE_SIZE + 1)

/*
 * What an event of a shape begins as, and how its id and size are taken from
 * their lanes: where it has none, all of these are 0.
 */
struct shape {
	struct call call;
	struct taken {
		uint64_t base;
		uint64_t mask;
		uint64_t bytes;
	} id, size;
	uint32_t lanes;
};

/* The next value of a lane. */
struct cursor {
	const unsigned char *at;
	uint64_t base;
	uint64_t mask;
	uint64_t bytes;
};

struct packed_workload {
	struct source source; /* first: the base of this one */
	const char *path;
	struct packed_file file;
	struct packed_ahead *ahead;
	int status; /* of the last reading of a block; 0, -1: no more */

	/* The block that is read from. */
	struct packed_block *block; /* NULL: none */
	uint32_t left;		    /* events of it */
	uint64_t t_ns;		    /* of the next event, but for the end */
	uint64_t line;
	struct cursor shape_of;
	struct cursor cursor[NR_LANES];
	struct shape *shape; /* owned */
	size_t shape_capacity;
	uint32_t *name; /* owned: the run's numbers of the block's names */
	size_t name_capacity;

	uint64_t last_t_ns; /* of the blocks before */
};

static struct packed_workload *packed_of(const struct source *source)
{
	return (struct packed_workload *)source;
}

/* ---- a block begins ------------------------------------------------------ */

static int intern_names(struct packed_workload *packed)
{
	const struct packed_block *block = packed->block;
	const char *text = block->names;
	uint32_t *name = host_grow(packed->name, &packed->name_capacity,
				   (size_t)block->nr_names + 1, sizeof(*name));

	if (!name)
		return -1;
	packed->name = name;
	name[0] = 0;
	for (uint32_t i = 1; i <= block->nr_names; i++) {
		size_t length = strlen(text);

		name[i] = names_intern(packed->source.names, text, length);
		if (!name[i])
			return -1;
		text += length + 1;
	}
	return 0;
}

static struct call call_of(const struct packed_shape *shape,
			   const uint32_t *name)
{
	return (struct call){
		.column = shape->column,
		.gfp = shape->gfp,
		.align = shape->align,
		.slab_flags = shape->slab_flags,
		.min_nr = shape->min_nr,
		.cache = name[shape->cache],
		.has = shape->has,
		.node = (node_t)shape->node,
		.op = shape->op,
		.ctx = shape->ctx,
		.mask_bits = shape->mask_bits,
		.byte = shape->byte,
		.order = shape->order,
		.pages = shape->pages,
	};
}

static struct taken taken_of(const struct packed_values *values, bool has)
{
	if (!has)
		return (struct taken){ 0 };
	return (struct taken){ values->base, values->mask, values->bytes };
}

static int make_shapes(struct packed_workload *packed)
{
	const struct packed_block *block = packed->block;
	struct shape *shape = host_grow(packed->shape, &packed->shape_capacity,
					block->nr_shapes, sizeof(*shape));
	struct packed_shape bytes;

	if (!shape)
		return -1;
	packed->shape = shape;
	for (uint32_t i = 0; i < block->nr_shapes; i++) {
		packed_shape_get(block->shapes + i * PACKED_SHAPE_BYTES,
				 &bytes);
		shape[i].call = call_of(&bytes, packed->name);
		shape[i].lanes = bytes.lanes;
		shape[i].id = taken_of(&block->lane[LANE_ID],
				       bytes.lanes & LANE_BIT(LANE_ID));
		shape[i].size = taken_of(&block->lane[LANE_SIZE],
					 bytes.lanes & LANE_BIT(LANE_SIZE));
	}
	return 0;
}

static struct cursor cursor_of(const struct packed_values *values)
{
	return (struct cursor){ values->at, values->base, values->mask,
				values->bytes };
}

static int begin_block(struct packed_workload *packed, struct errors *errors)
{
	const struct packed_block *block = packed->block;

	if (block->first_t_ns < packed->last_t_ns)
		return error_input(errors, place_of_file(packed->path),
				   "block %llu, at byte %llu: its time is "
				   "before that of the block before it",
				   (unsigned long long)block->number,
				   (unsigned long long)block->offset);
	errno = 0;
	if (intern_names(packed) < 0 || make_shapes(packed) < 0)
		return error_host(errors, "no memory to read %s", packed->path);
	packed->left = block->nr;
	packed->t_ns = block->first_t_ns;
	packed->line = block->first_line;
	packed->shape_of = cursor_of(&block->shape_of);
	for (int i = 0; i < NR_LANES; i++)
		packed->cursor[i] = cursor_of(&block->lane[i]);
	return 0;
}

/* ---- events -------------------------------------------------------------- */

/* A value that each event has. */
static inline uint64_t next(struct cursor *cursor)
{
	uint64_t value = cursor->base + (get_le64(cursor->at) & cursor->mask);

	cursor->at += cursor->bytes;
	return value;
}

/* The same where `has` is all ones; 0, and nothing is taken, where it is 0. */
static inline uint64_t next_if(struct cursor *cursor, uint64_t has)
{
	uint64_t value = cursor->base + (get_le64(cursor->at) & cursor->mask);

	cursor->at += cursor->bytes & has;
	return value & has;
}

static inline uint64_t has_lane(const struct shape *shape, int lane)
{
	return -(uint64_t)(shape->lanes >> lane & 1);
}

/* The next value of a lane where the shape has one, else 0. */
static inline uint64_t take(const unsigned char **at, const struct taken *taken)
{
	uint64_t value = taken->base + (get_le64(*at) & taken->mask);

	*at += taken->bytes;
	return value;
}

/* A step to the next event; those of lines are mostly alike: 0 bytes each. */
static inline uint64_t next_step(struct cursor *cursor, bool alike)
{
	return alike ? cursor->base : next(cursor);
}

/* The shapes' calls, with the lanes that nearly all events have. */
static inline __attribute__((always_inline)) void
decode_shapes_with(struct packed_workload *packed, struct call *batch,
		   size_t nr, bool few_shapes, bool lines_alike)
{
	const struct shape *shapes = packed->shape;
	const unsigned char *shape_of = packed->shape_of.at;
	const unsigned char *id = packed->cursor[LANE_ID].at;
	const unsigned char *size = packed->cursor[LANE_SIZE].at;
	struct cursor t = packed->cursor[LANE_T];
	struct cursor line = packed->cursor[LANE_LINE];
	struct cursor cpu = packed->cursor[LANE_CPU];
	uint64_t at_t = packed->t_ns;
	uint64_t at_line = packed->line;

	for (size_t i = 0; i < nr; i++) {
		const struct shape *shape =
			&shapes[few_shapes ? shape_of[i] :
					     get_le16(shape_of + 2 * i)];
		struct call *call = &batch[i];

		*call = shape->call;
		call->t_ns = at_t;
		call->line = at_line;
		call->cpu = (cpu_t)next(&cpu);
		call->id = take(&id, &shape->id);
		call->size = take(&size, &shape->size);
		/* Behind a block's last one lies something else: unused. */
		at_t += next(&t);
		at_line += next_step(&line, lines_alike);
	}
	packed->cursor[LANE_T] = t;
	packed->cursor[LANE_LINE] = line;
	packed->cursor[LANE_CPU] = cpu;
	packed->cursor[LANE_ID].at = id;
	packed->cursor[LANE_SIZE].at = size;
	packed->t_ns = at_t;
	packed->line = at_line;
}

/* decode_shapes_with(), compiled once for each answer to its questions. */
static WIDER_WHERE_IT_CAN void decode_shapes(struct packed_workload *packed,
					     struct call *batch, size_t nr)
{
	bool few = packed->shape_of.bytes == 1;
	bool alike = packed->cursor[LANE_LINE].bytes == 0;

	if (few && alike)
		decode_shapes_with(packed, batch, nr, true, true);
	else if (few)
		decode_shapes_with(packed, batch, nr, true, false);
	else
		decode_shapes_with(packed, batch, nr, false, false);
}

/* Adds to a member that is 0 where the lane has a value, and else gets 0. */
static inline void put(struct call *call, size_t offset, bool wide,
		       uint64_t value)
{
	char *at = (char *)call + offset;
	uint64_t whole;
	uint32_t half;

	if (wide) {
		memcpy(&whole, at, sizeof(whole));
		whole |= value;
		memcpy(at, &whole, sizeof(whole));
	} else {
		memcpy(&half, at, sizeof(half));
		half |= (uint32_t)value;
		memcpy(at, &half, sizeof(half));
	}
}

/* Compiled once for each kind of lane, so that the loop has no such branch. */
static inline __attribute__((always_inline)) void
decode_lane_of(struct packed_workload *packed, int lane, struct call *batch,
	       size_t nr, bool wide, bool is_name)
{
	const struct shape *shapes = packed->shape;
	const uint32_t *name = packed->name;
	size_t offset = packed_lanes[lane].offset;
	struct cursor shape_of = packed->shape_of;
	struct cursor values = packed->cursor[lane];

	for (struct call *call = batch; call < batch + nr; call++) {
		const struct shape *shape = &shapes[next(&shape_of)];
		uint64_t value = next_if(&values, has_lane(shape, lane));

		put(call, offset, wide, is_name ? name[value] : value);
	}
	packed->cursor[lane] = values;
}

/* One of the other lanes. */
static void decode_lane(struct packed_workload *packed, int lane,
			struct call *batch, size_t nr)
{
	bool wide = packed_lanes[lane].size == sizeof(uint64_t);

	if (!(LANES_OF_NAMES & LANE_BIT(lane))) {
		if (wide)
			decode_lane_of(packed, lane, batch, nr, true, false);
		else
			decode_lane_of(packed, lane, batch, nr, false, false);
	} else if (wide) {
		decode_lane_of(packed, lane, batch, nr, true, true);
	} else {
		decode_lane_of(packed, lane, batch, nr, false, true);
	}
}

static void decode(struct packed_workload *packed, struct call *batch,
		   size_t nr)
{
	decode_shapes(packed, batch, nr);
	for (int lane = LANES_AT_ONCE; lane < NR_LANES; lane++)
		if (packed->block->lane[lane].nr)
			decode_lane(packed, lane, batch, nr);
	packed->shape_of.at += nr * packed->shape_of.bytes;
	packed->left -= (uint32_t)nr;
	packed->last_t_ns = batch[nr - 1].t_ns;
}

/* ---- the source ---------------------------------------------------------- */

static int report(const char *path, const struct packed_file *file,
		  struct errors *errors)
{
	errno = file->host_errno > 0 ? file->host_errno : 0;
	if (file->host_errno)
		return error_host(errors, "%s: %s", path, file->problem);
	return error_input(errors, place_of_file(path), "%s", file->problem);
}

/* As packed_ahead_next(), with the errors told. */
static int next_block(struct packed_workload *packed, struct errors *errors)
{
	int got = packed_ahead_next(packed->ahead, &packed->block);

	if (got > 0)
		return begin_block(packed, errors) < 0 ? -1 : 1;
	if (got < 0)
		report(packed->path, &packed->file, errors);
	return got;
}

static long packed_read(struct source *source, struct call *batch, size_t max,
			struct errors *errors)
{
	struct packed_workload *packed = packed_of(source);
	size_t nr;

	if (!packed->left && packed->status > 0)
		packed->status = next_block(packed, errors);
	if (packed->status <= 0)
		return packed->status;
	nr = packed->left < max ? packed->left : max;
	decode(packed, batch, nr);
	return (long)nr;
}

static int packed_progress(const struct source *source)
{
	const struct packed_workload *packed = packed_of(source);
	const struct packed_block *block = packed->block;

	if (!packed->file.size)
		return -1;
	if (!block)
		return 0;
	return (int)(block->end * 1000 / packed->file.size);
}

static void packed_close(struct source *source)
{
	struct packed_workload *packed = packed_of(source);

	packed_ahead_free(packed->ahead);
	packed_file_release(&packed->file);
	free(packed->shape);
	free(packed->name);
	free(packed);
}

static const struct source_ops packed_ops = {
	.name = "packed",
	.read = packed_read,
	.progress = packed_progress,
	.close = packed_close,
};

struct source *packed_open(int fd, const char *path, struct names *names,
			   struct errors *errors)
{
	struct packed_workload *packed = host_alloc(1, sizeof(*packed));

	if (!packed) {
		error_host(errors, "no memory to open %s", path);
		if (fd > STDIN_FILENO)
			close(fd);
		return NULL;
	}
	packed->status = 1;
	packed->path = strcmp(path, "-") == 0 ? "<stdin>" : path;
	if (packed_file_open(&packed->file, fd) < 0) {
		report(packed->path, &packed->file, errors);
		packed_close(&packed->source);
		return NULL;
	}
	packed->ahead = packed_ahead_new(&packed->file);
	if (!packed->ahead) {
		error_host(errors, "no memory to read %s", path);
		packed_close(&packed->source);
		return NULL;
	}
	packed->source = (struct source){
		.ops = &packed_ops,
		.file = packed->file.from,
		.name = packed->file.name,
		.traced = packed->file.traced,
		.names = names,
	};
	return &packed->source;
}
