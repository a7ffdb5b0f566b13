/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_IDS_ID_KEY_H
#define KMEMSIM_SIM_IDS_ID_KEY_H

/*
 * What a call refers to, so that no other call that refers to the same
 * overtakes it: an id, and the name of a cache or pool. Calls that only use a
 * cache or a pool don't wait for each other, but for the call that creates or
 * destroys it; and that which destroys it waits for its users.
 */

#include "sim/call.h"

enum key_kind { KEY_NUMBER, KEY_NAMED_ID, KEY_NAME, NR_KEY_KINDS };

struct id_key {
	uint64_t value;
	enum key_kind kind;
	bool is; /* the call has one */
};

static inline struct id_key id_key_of_id(const struct call *call)
{
	return (struct id_key){
		.value = call->id,
		.kind = call->has & CALL_HAS_NAMED_ID ? KEY_NAMED_ID :
							KEY_NUMBER,
		.is = call->has & (CALL_HAS_ID | CALL_HAS_NAMED_ID),
	};
}

static inline struct id_key id_key_of_name(const struct call *call)
{
	return (struct id_key){
		.value = call->name,
		.kind = KEY_NAME,
		.is = call->name && call->op != OP_SAMPLE,
	};
}

/* Does the call make or take down what its name stands for? */
static inline bool id_key_is_changed(const struct call *call)
{
	const op_set changers =
		OP_BIT(OP_CACHE_CREATE) | OP_BIT(OP_CACHE_DESTROY) |
		OP_BIT(OP_MEMPOOL_CREATE) | OP_BIT(OP_MEMPOOL_DESTROY);

	return changers & OP_BIT(call->op);
}

/* Does it take down what calls before it may still use? */
static inline bool id_key_is_taken_down(const struct call *call)
{
	return call->op == OP_CACHE_DESTROY || call->op == OP_MEMPOOL_DESTROY;
}

#endif
