/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_WORKLOAD_CALLS_H
#define KMEMSIM_TESTS_WORKLOAD_CALLS_H

/*
 * Calls that say all they can, and whether two are the same. Include after
 * cmocka.h.
 */

#include "models/gfp.h"
#include "workloads/fields.h"

static inline void expect_same(const struct call *read,
			       const struct call *written)
{
	assert_int_equal(read->op, written->op);
	assert_int_equal(read->t_ns, written->t_ns);
	assert_true(read->id == written->id);
	assert_true(read->size == written->size);
	assert_true(read->recorded_vaddr == written->recorded_vaddr);
	assert_int_equal(read->name, written->name);
	assert_int_equal(read->cache, written->cache);
	assert_int_equal(read->task, written->task);
	assert_int_equal(read->gfp, written->gfp);
	assert_int_equal(read->pfn, written->pfn);
	assert_int_equal(read->page, written->page);
	assert_int_equal(read->recorded_pfn, written->recorded_pfn);
	assert_int_equal(read->align, written->align);
	assert_int_equal(read->slab_flags, written->slab_flags);
	assert_int_equal(read->min_nr, written->min_nr);
	assert_int_equal(read->has, written->has);
	assert_int_equal(read->cpu, written->cpu);
	assert_int_equal(read->node, written->node);
	assert_int_equal(read->ctx, written->ctx);
	assert_int_equal(read->order, written->order);
	assert_int_equal(read->mask_bits, written->mask_bits);
	assert_int_equal(read->offset, written->offset);
	assert_int_equal(read->byte, written->byte);
	assert_int_equal(read->pages, written->pages);
}

/* All arguments that an operation takes, at values of no default. */
static inline struct call full_call(struct names *names, enum call_op op)
{
	field_set takes = operation_fields(op);
	uint32_t name = names_intern(names, "a name", 6);
	struct call call = {
		.op = (uint8_t)op,
		.t_ns = 1000 + (uint64_t)op,
		.cpu = 3,
		.node = 2,
		.ctx = CONTEXT_SOFTIRQ,
		.task = names_intern(names, "kworker/0:1", 11),
		.recorded_pfn = 77,
		.recorded_vaddr = 1u << 20,
		.has = CALL_CAN_SLEEP | CALL_HAS_RECORDED_OK |
		       CALL_RECORDED_OK | CALL_HAS_RECORDED_PFN |
		       CALL_HAS_RECORDED_VADDR,
	};

#define TAKES(field) (takes & FIELD_BIT(FIELD_##field))
	if (TAKES(ID)) {
		call.id = UINT64_MAX;
		call.has |= CALL_HAS_ID;
	}
	if (TAKES(PAGE)) {
		call.page = 2;
		call.has |= CALL_HAS_PAGE;
	}
	if (TAKES(CACHE) || TAKES(POOL) || TAKES(LABEL) || TAKES(MAPPING))
		call.name = name;
	if (TAKES(POOL) && TAKES(CACHE))
		call.cache = names_intern(names, "skb", 3);
	else if (TAKES(SIZE))
		call.size = UINT64_MAX;
	if (operations[op].either & FIELD_BIT(FIELD_SIZE))
		call.size = 0;
	if (TAKES(ORDER) && !TAKES(POOL)) {
		call.order = 1;
		call.has |= CALL_HAS_ORDER;
	}
	call.align = TAKES(ALIGN) ? 64 : 0;
	call.min_nr = TAKES(MIN_NR) ? 4 : 0;
	call.mask_bits = TAKES(MASK_BITS) ? 24 : 0;
	call.offset = TAKES(OFFSET) ? 12 : 0;
	call.byte = TAKES(BYTE) ? 0x55 : 0;
	call.slab_flags = TAKES(FLAGS) ? SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE : 0;
	if (TAKES(LRU))
		call.pages = CALL_LRU_FILE | CALL_DIRTY | CALL_ACTIVE |
			     CALL_MAPPED | CALL_EXECUTABLE;
	if (TAKES(WRITE))
		call.pages = CALL_DIRTY;
	if (TAKES(RECLAIMABLE))
		call.pages = CALL_RECLAIMABLE;
	if (TAKES(VALUE))
		call.value = -17;
	if (TAKES(GFP)) {
		call.gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO;
		call.has |= CALL_HAS_GFP;
	}
	return call;
}

#undef TAKES

#endif
