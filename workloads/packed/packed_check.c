/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of a block, before anything is made of it: does all of it lie
 * within the block, and could a reader of YAML have read such events?
 *
 * A checksum proves only that a block is what its writer wrote. What is
 * checked a shape at a time costs an event nothing; of values, only lanes
 * whose bytes could hold too large a one are looked through.
 */

#include "workloads/packed/packed_file.h"

#include "models/gfp.h"
#include "models/reclaim/oom.h"
#include "sim/base/host.h"
#include "sim/base/wider.h"
#include "workloads/fields.h"

const char packed_no_memory[] = "no memory to check a block";

/* What is left of the block, from `at` to `end`. */
struct rest {
	const unsigned char *at;
	const unsigned char *end;
};

/* NULL: there are not so many. */
static const unsigned char *take(struct rest *rest, uint64_t bytes)
{
	const unsigned char *at = rest->at;

	if ((uint64_t)(rest->end - at) < bytes)
		return NULL;
	rest->at += bytes;
	return at;
}

static struct packed_values values(uint64_t base, uint32_t nr, uint32_t bytes)
{
	return (struct packed_values){
		.base = base,
		.mask = bytes ? UINT64_MAX >> (64 - 8 * bytes) : 0,
		.nr = nr,
		.bytes = bytes,
	};
}

static bool take_values(struct rest *rest, struct packed_values *values)
{
	values->at = take(rest, (uint64_t)values->nr * values->bytes);
	return values->at;
}

static uint64_t value_at(const struct packed_values *values, uint64_t i)
{
	return values->base +
	       (get_le64(values->at + i * values->bytes) & values->mask);
}

/* ---- where things are ---------------------------------------------------- */

static bool find_lanes(struct packed_block *block, const unsigned char *heads)
{
	for (int i = 0; i < NR_LANES; i++, heads += PACKED_LANE_HEAD_BYTES) {
		uint32_t bytes = get_le32(heads + 12);

		if (bytes > sizeof(uint64_t))
			return false;
		block->lane[i] =
			values(get_le64(heads), get_le32(heads + 8), bytes);
	}
	return true;
}

static bool find_all(struct packed_block *block)
{
	struct rest rest = { block->raw, block->raw + block->raw_bytes };
	const unsigned char *head = take(&rest, PACKED_RAW_HEAD_BYTES);
	uint32_t name_bytes;

	if (!head || !find_lanes(block, head + 16))
		return false;
	block->nr_shapes = get_le32(head);
	block->nr_names = get_le32(head + 4);
	name_bytes = get_le32(head + 8);
	block->names = (const char *)take(&rest, name_bytes);
	block->shapes =
		take(&rest, block->nr_shapes * (uint64_t)PACKED_SHAPE_BYTES);
	block->shape_of = values(0, block->nr, block->nr_shapes > 256 ? 2 : 1);
	if (!block->names || !block->shapes || get_le32(head + 12) != 0 ||
	    !take_values(&rest, &block->shape_of))
		return false;
	for (int i = 0; i < NR_LANES; i++)
		if (!take_values(&rest, &block->lane[i]))
			return false;
	return rest.at == rest.end &&
	       (!name_bytes || !block->names[name_bytes - 1]);
}

/*
 * Their number is right, none is empty, none longer than a reader of YAML
 * takes. Behind them lie the shapes.
 */
static bool names_are_right(const struct packed_block *block)
{
	const char *end = (const char *)block->shapes;
	const char *name = block->names;
	uint32_t nr = 0;

	for (; name < end; nr++) {
		size_t length = strlen(name);

		if (!length || length > PACKED_TEXT_MAX)
			return false;
		name += length + 1;
	}
	return nr == block->nr_names;
}

/* ---- shapes -------------------------------------------------------------- */

/* Which of an event's fields a shape speaks of, among those that may lack. */
static field_set given_by(const struct packed_shape *shape, field_set takes)
{
	static const field_set of_names =
		FIELD_BIT(FIELD_CACHE) | FIELD_BIT(FIELD_POOL) |
		FIELD_BIT(FIELD_LABEL) | FIELD_BIT(FIELD_AREA) |
		FIELD_BIT(FIELD_MAPPING);
	field_set given = 0;

	for (int id = 0; id < NR_FIELDS; id++)
		if (event_fields[id].has & ~CALL_CAN_SLEEP & shape->has)
			given |= FIELD_BIT(id);
	if (shape->lanes & LANE_BIT(LANE_TASK))
		given |= FIELD_BIT(FIELD_TASK);
	if (shape->lanes & LANE_BIT(LANE_SIZE))
		given |= FIELD_BIT(FIELD_SIZE);
	if (shape->lanes & LANE_BIT(LANE_OFFSET))
		given |= FIELD_BIT(FIELD_OFFSET);
	if (shape->lanes & LANE_BIT(LANE_NAME))
		given |= shape->op == OP_MEMPOOL_CREATE ?
				 FIELD_BIT(FIELD_POOL) :
			 takes & of_names ? takes & of_names :
					    of_names;
	if (shape->cache)
		given |= shape->op == OP_MEMPOOL_CREATE ?
				 FIELD_BIT(FIELD_CACHE) :
				 ~takes;
	given |= shape->align ? FIELD_BIT(FIELD_ALIGN) : 0;
	given |= shape->slab_flags ? FIELD_BIT(FIELD_FLAGS) : 0;
	given |= shape->mask_bits ? FIELD_BIT(FIELD_MASK_BITS) : 0;
	given |= shape->byte ? FIELD_BIT(FIELD_BYTE) : 0;
	return given;
}

static gfp_t all_gfp(void)
{
	gfp_t all = 0;

	for (size_t i = 0; i < nr_gfp_names; i++)
		all |= gfp_names[i].flags;
	return all;
}

/* A lane goes with its bit of `has`. */
static bool lanes_fit(const struct packed_shape *shape)
{
	static const struct {
		uint16_t has;
		uint32_t lane;
	} pairs[] = {
		{ CALL_HAS_ID, LANE_BIT(LANE_ID) },
		{ CALL_HAS_NAMED_ID, LANE_BIT(LANE_NAMED_ID) },
		{ CALL_HAS_PFN, LANE_BIT(LANE_PFN) },
		{ CALL_HAS_PAGE, LANE_BIT(LANE_PAGE) },
		{ CALL_HAS_RECORDED_PFN, LANE_BIT(LANE_RECORDED_PFN) },
		{ CALL_HAS_RECORDED_VADDR, LANE_BIT(LANE_RECORDED_VADDR) },
	};
	bool named = shape->has & CALL_HAS_NAMED_ID;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (shape->lanes & pairs[i].lane &&
		    !(shape->has & pairs[i].has))
			return false;
	return named == !!(shape->lanes & LANE_BIT(LANE_NAMED_ID)) &&
	       !(named && shape->has & CALL_HAS_ID) &&
	       !(shape->lanes & LANES_OF_ALL) && !(shape->lanes >> NR_LANES);
}

/* Each value by itself. */
static bool values_fit(const struct packed_shape *shape, uint32_t nr_names)
{
	int32_t value = (int32_t)shape->min_nr;
	uint16_t known = CALL_HAS_PAGE * 2 - 1;
	node_t node = (node_t)shape->node;

	return shape->op < NR_CALL_OPS && shape->ctx < NR_CALL_CONTEXTS &&
	       shape->order <= ORDER_LIMIT && node >= NODE_RECORDED &&
	       node < MAX_NODES && shape->mask_bits <= 64 &&
	       !(shape->slab_flags >> NR_SLAB_FLAGS) &&
	       !(shape->align & (shape->align - 1)) &&
	       shape->align <= event_fields[FIELD_ALIGN].max &&
	       !(shape->gfp & ~all_gfp()) && !(shape->has & ~known) &&
	       shape->cache <= nr_names && !shape->zero &&
	       (shape->op == OP_OOM_SCORE_ADJ ?
			value >= OOM_SCORE_ADJ_MIN &&
				value <= OOM_SCORE_ADJ_MAX :
		shape->op == OP_MEMPOOL_CREATE ? value >= 0 :
						 !value);
}

/* What is said of pages that can be taken back: as check_lru() has it. */
static bool pages_fit(const struct packed_shape *shape)
{
	static const uint8_t of_lists = CALL_ACTIVE | CALL_MAPPED |
					CALL_EXECUTABLE | CALL_UNEVICTABLE |
					CALL_DIRTY;
	uint8_t pages = shape->pages;
	bool named = shape->lanes & LANE_BIT(LANE_NAME);
	field_set takes = operation_fields(shape->op);
	uint8_t allowed = 0;

	for (int id = 0; id < NR_FIELDS; id++)
		if (takes & FIELD_BIT(id))
			allowed |= event_fields[id].pages;
	if (pages & ~allowed)
		return false;
	if (!(takes & FIELD_BIT(FIELD_LRU)))
		return true;
	if ((pages & CALL_LRU) == CALL_LRU ||
	    (pages & CALL_ACTIVE && pages & CALL_UNEVICTABLE))
		return false;
	if (!(pages & CALL_LRU))
		return !(pages & of_lists) && !named;
	return pages & CALL_LRU_FILE || !(pages & CALL_EXECUTABLE || named);
}

/* What the fields' values say of each other. */
static bool fields_fit(const struct packed_shape *shape)
{
	const struct operation *operation = &operations[shape->op];
	field_set takes = operation_fields(shape->op);
	field_set given = given_by(shape, takes);
	field_set one_of = given & operation->one_of;
	field_set either = given & operation->either;
	/* These may be 0, which is not seen. */
	field_set needed = operation->required &
			   (FIELD_BIT(FIELD_ID) | FIELD_BIT(FIELD_GFP) |
			    FIELD_BIT(FIELD_CACHE) | FIELD_BIT(FIELD_POOL) |
			    FIELD_BIT(FIELD_MAPPING) | FIELD_BIT(FIELD_TASK));

	if (shape->op == OP_SAMPLE)
		needed |= FIELD_BIT(FIELD_LABEL);
	return !(given & ~takes) && !(needed & ~given) &&
	       !(one_of & (one_of - 1)) && !(either & (either - 1)) &&
	       (one_of || !(operation->one_of & FIELD_BIT(FIELD_ID))) &&
	       (shape->has & CALL_HAS_ORDER || !shape->order) &&
	       (shape->has & CALL_HAS_GFP || shape->gfp == operation->gfp) &&
	       (shape->has & CALL_HAS_RECORDED_OK ||
		!(shape->has & CALL_RECORDED_OK)) &&
	       !(shape->has & CALL_HAS_PAGE && shape->has & CALL_HAS_PFN) &&
	       pages_fit(shape);
}

static bool shape_is_right(const struct packed_shape *shape, uint32_t nr_names)
{
	return values_fit(shape, nr_names) && lanes_fit(shape) &&
	       fields_fit(shape);
}

/* ---- lanes --------------------------------------------------------------- */

#define BYTE_VALUES 256

static size_t room_for_uses(const struct packed_block *block)
{
	return block->shape_of.bytes == 1 ? BYTE_VALUES : block->nr_shapes;
}

/* Where a shape's number is a byte: all bytes are counted, and asked then. */
static bool count_bytes(struct packed_block *block)
{
	const unsigned char *shape = block->shape_of.at;

	for (uint32_t i = 0; i < block->nr; i++)
		block->uses[shape[i]]++;
	for (uint32_t i = block->nr_shapes; i < BYTE_VALUES; i++)
		if (block->uses[i])
			return false;
	return true;
}

/* Counts how often each shape is used; false: there is no such shape. */
static bool count_uses(struct packed_block *block)
{
	const struct packed_values *shape_of = &block->shape_of;

	memset(block->uses, 0, room_for_uses(block) * sizeof(*block->uses));
	if (shape_of->bytes == 1)
		return count_bytes(block);
	for (uint32_t i = 0; i < block->nr; i++) {
		uint64_t shape = value_at(shape_of, i);

		if (shape >= block->nr_shapes)
			return false;
		block->uses[shape]++;
	}
	return true;
}

static WIDER_WHERE_IT_CAN unsigned char largest_of(const unsigned char *bytes,
						   uint32_t nr)
{
	unsigned char most = 0;
	uint32_t i = 0;

	/* So many at once that compilers make vectors of them. */
	for (; i + 64 <= nr; i += 64)
		for (uint32_t n = 0; n < 64; n++)
			most = bytes[i + n] > most ? bytes[i + n] : most;
	for (; i < nr; i++)
		most = bytes[i] > most ? bytes[i] : most;
	return most;
}

/* Is no value below `min`, and none above `max`? */
static bool values_within(const struct packed_values *values, uint64_t min,
			  uint64_t max)
{
	if (!values->nr)
		return true;
	if (min == 0 && max == UINT64_MAX)
		return true;
	if (values->base < min || values->base > max)
		return false;
	if (values->mask <= max - values->base)
		return true;
	if (values->bytes == 1)
		return largest_of(values->at, values->nr) <= max - values->base;
	for (uint32_t i = 0; i < values->nr; i++)
		if (value_at(values, i) - values->base > max - values->base)
			return false;
	return true;
}

/* Time comes nowhere to its end: TIME_MOST. */
static bool steps_within(const struct packed_block *block)
{
	const struct packed_values *steps = &block->lane[LANE_T];
	uint64_t t = block->first_t_ns;

	if (t > TIME_MOST)
		return false;
	if (steps->base + steps->mask >= steps->base &&
	    (steps->base + steps->mask) <= (TIME_MOST - t) / block->nr)
		return true;
	for (uint32_t i = 0; i < steps->nr; i++) {
		uint64_t step = value_at(steps, i);

		if (step < steps->base || step > TIME_MOST - t)
			return false;
		t += step;
	}
	return true;
}

static bool lanes_are_right(const struct packed_block *block,
			    const uint64_t nr[NR_LANES])
{
	for (int i = 0; i < NR_LANES; i++) {
		const struct packed_values *lane = &block->lane[i];
		bool names = LANES_OF_NAMES & LANE_BIT(i);
		uint64_t max = names ? block->nr_names : packed_lanes[i].max;

		if (lane->nr != nr[i] ||
		    (!(LANES_OF_STEPS & LANE_BIT(i)) &&
		     !values_within(lane, names ? 1 : 0, max)))
			return false;
	}
	return steps_within(block);
}

/* Parts begin where a block of their order can. */
static bool parts_are_right(const struct packed_block *block)
{
	struct packed_shape shape;
	uint32_t at = 0;

	for (uint32_t i = 0; block->lane[LANE_PAGE].nr && i < block->nr; i++) {
		packed_shape_get(block->shapes + value_at(&block->shape_of, i) *
							 PACKED_SHAPE_BYTES,
				 &shape);
		if (!(shape.lanes & LANE_BIT(LANE_PAGE)))
			continue;
		if (value_at(&block->lane[LANE_PAGE], at++) &
		    ((1u << shape.order) - 1))
			return false;
	}
	return true;
}

const char *packed_block_check(struct packed_block *block)
{
	uint64_t nr[NR_LANES] = { 0 };
	struct packed_shape shape;
	uint32_t *uses;

	if (!find_all(block) || !names_are_right(block))
		return "its parts do not fit into it";
	uses = host_grow(block->uses, &block->uses_capacity,
			 room_for_uses(block), sizeof(*uses));
	if (!uses)
		return packed_no_memory;
	block->uses = uses;
	if (!count_uses(block))
		return "it has an event of no shape";
	for (uint32_t i = 0; i < block->nr_shapes; i++) {
		packed_shape_get(block->shapes + i * PACKED_SHAPE_BYTES,
				 &shape);
		if (!shape_is_right(&shape, block->nr_names))
			return "it has a call that no workload can have";
		for (int lane = 0; lane < NR_LANES; lane++)
			if (shape.lanes & LANE_BIT(lane))
				nr[lane] += uses[i];
	}
	nr[LANE_T] = nr[LANE_LINE] = block->nr - 1;
	nr[LANE_CPU] = block->nr;
	if (!lanes_are_right(block, nr) || !parts_are_right(block))
		return "it has a value that no event can have";
	return NULL;
}
