/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash table with chains: an entry for the id of each call that waits, and
 * one for the cache or pool that it makes or takes down. Who only uses a
 * cache or a pool asks for its name, but keeps nobody waiting.
 */

#include "sim/id_order.h"

#include <stdlib.h>

#include "sim/base/host.h"

enum key_kind { KEY_NUMBER, KEY_NAMED_ID, KEY_NAME, NR_KEY_KINDS };

struct key {
	uint64_t value;
	enum key_kind kind;
	bool is;
};

/* 2^64 divided by the golden ratio: scatters what counts up. */
#define SCATTER 0x9e3779b97f4a7c15ull

static struct key id_key(const struct call *call)
{
	return (struct key){
		.value = call->id,
		.kind = call->has & CALL_HAS_NAMED_ID ? KEY_NAMED_ID :
							KEY_NUMBER,
		.is = call->has & (CALL_HAS_ID | CALL_HAS_NAMED_ID),
	};
}

static struct key name_key(const struct call *call)
{
	return (struct key){
		.value = call->name,
		.kind = KEY_NAME,
		.is = call->name && call->op != OP_SAMPLE,
	};
}

/* Does the call make or take down what its name stands for? */
static bool changes_name(const struct call *call)
{
	return call->op == OP_CACHE_CREATE || call->op == OP_CACHE_DESTROY ||
	       call->op == OP_MEMPOOL_CREATE || call->op == OP_MEMPOOL_DESTROY;
}

static size_t bucket_of(struct key key)
{
	return (key.value * NR_KEY_KINDS + key.kind) * SCATTER >> 47;
}
_Static_assert(ID_ORDER_BUCKETS == 1 << (64 - 47), "a bucket a hash");

void id_order_release(struct id_order *order)
{
	free(order->entry);
	free(order->bucket);
}

static int add(struct id_order *order, struct key key, uint64_t seq,
	       uint32_t ticket)
{
	uint32_t place = order->unused;
	uint32_t *bucket;

	if (!order->bucket)
		order->bucket =
			host_alloc(ID_ORDER_BUCKETS, sizeof *order->bucket);
	if (!order->bucket)
		return -1;
	if (place) {
		order->unused = order->entry[place - 1].next;
	} else {
		struct id_order_entry *grown =
			host_grow(order->entry, &order->capacity,
				  order->nr_entries + 1, sizeof *grown);

		if (!grown)
			return -1;
		order->entry = grown;
		place = ++order->nr_entries;
	}
	bucket = &order->bucket[bucket_of(key)];
	order->entry[place - 1] = (struct id_order_entry){
		.key = key.value,
		.seq = seq,
		.ticket = ticket,
		.next = *bucket,
		.kind = key.kind,
	};
	*bucket = place;
	order->nr++;
	return 0;
}

static void remove_one(struct id_order *order, struct key key, uint64_t seq)
{
	uint32_t *link = &order->bucket[bucket_of(key)];

	while (*link) {
		struct id_order_entry *entry = &order->entry[*link - 1];

		if (entry->key == key.value && entry->kind == key.kind &&
		    entry->seq == seq) {
			uint32_t place = *link;

			*link = entry->next;
			entry->next = order->unused;
			order->unused = place;
			order->nr--;
			return;
		}
		link = &entry->next;
	}
}

int id_order_add(struct id_order *order, const struct call *call, uint64_t seq,
		 uint32_t ticket)
{
	if (id_key(call).is && add(order, id_key(call), seq, ticket) < 0)
		return -1;
	if (changes_name(call) && add(order, name_key(call), seq, ticket) < 0)
		return -1;
	return 0;
}

void id_order_remove(struct id_order *order, const struct call *call,
		     uint64_t seq)
{
	if (id_key(call).is)
		remove_one(order, id_key(call), seq);
	if (changes_name(call))
		remove_one(order, name_key(call), seq);
}

/* The last of those before `seq`; NULL: there is none. */
static const struct id_order_entry *last_before(const struct id_order *order,
						struct key key, uint64_t seq)
{
	const struct id_order_entry *last = NULL;
	uint32_t place;

	if (!key.is)
		return NULL;
	for (place = order->bucket[bucket_of(key)]; place;
	     place = order->entry[place - 1].next) {
		const struct id_order_entry *entry = &order->entry[place - 1];

		if (entry->key == key.value && entry->kind == key.kind &&
		    entry->seq < seq && (!last || entry->seq > last->seq))
			last = entry;
	}
	return last;
}

bool id_order_comes_after(const struct id_order *order, const struct call *call,
			  uint64_t seq, uint32_t *ticket)
{
	const struct id_order_entry *last;

	if (!order->nr)
		return false;
	last = last_before(order, id_key(call), seq);
	if (!last)
		last = last_before(order, name_key(call), seq);
	if (last && ticket)
		*ticket = last->ticket;
	return last;
}
