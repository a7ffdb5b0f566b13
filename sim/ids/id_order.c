/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash table of keys (sim/ids/id_key.h), each with a line of the calls that
 * wait: one for the id of a call, and one for the cache or pool that it creates
 * or destroys.
 *
 *	bucket --> line (id 7)  --> line (id 131079) --> …
 *	             | first_seq
 *	             +--> call 12 --> call 15 --> call 31
 *
 * Calls mostly leave at the front, since those behind wait for them.
 */

#include "sim/ids/id_order.h"

#include <stdlib.h>

#include "sim/base/host.h"
#include "sim/base/scatter.h"
#include "sim/ids/id_key.h"

static size_t bucket_of(struct id_key key)
{
	return (key.value * NR_KEY_KINDS + key.kind) * GOLDEN_RATIO >> 47;
}
_Static_assert(ID_ORDER_BUCKETS == 1 << (64 - 47), "a bucket a hash");

void id_order_release(struct id_order *order)
{
	free(order->entry);
	free(order->line);
	free(order->bucket);
}

/* The link that leads to the key's line, or to where it would go. */
static uint32_t *find_line(const struct id_order *order, struct id_key key)
{
	uint32_t *link = &order->bucket[bucket_of(key)];

	while (*link) {
		struct id_order_line *line = &order->line[*link - 1];

		if (line->key == key.value && line->kind == key.kind)
			break;
		link = &line->next;
	}
	return link;
}

/* One above an unused place; 0: the host has no memory. */
static uint32_t take_entry(struct id_order *order)
{
	uint32_t place = order->unused_entry;
	struct id_order_entry *grown;

	if (place) {
		order->unused_entry = order->entry[place - 1].next;
		return place;
	}
	grown = host_grow(order->entry, &order->entry_capacity,
			  order->nr_entries + 1, sizeof *grown);
	if (!grown)
		return 0;
	order->entry = grown;
	return ++order->nr_entries;
}

static uint32_t take_line(struct id_order *order)
{
	uint32_t place = order->unused_line;
	struct id_order_line *grown;

	if (place) {
		order->unused_line = order->line[place - 1].next;
		return place;
	}
	grown = host_grow(order->line, &order->line_capacity,
			  order->nr_lines + 1, sizeof *grown);
	if (!grown)
		return 0;
	order->line = grown;
	return ++order->nr_lines;
}

/* The key's line, made where there was none; 0: the host has no memory. */
static uint32_t need_line(struct id_order *order, struct id_key key)
{
	uint32_t place;
	uint32_t *bucket;

	if (!order->bucket)
		order->bucket =
			host_alloc(ID_ORDER_BUCKETS, sizeof *order->bucket);
	if (!order->bucket)
		return 0;
	place = *find_line(order, key);
	if (place)
		return place;
	place = take_line(order);
	if (!place)
		return 0;
	bucket = &order->bucket[bucket_of(key)];
	order->line[place - 1] = (struct id_order_line){
		.key = key.value,
		.next = *bucket,
		.kind = key.kind,
	};
	*bucket = place;
	return place;
}

static int add(struct id_order *order, struct id_key key, uint64_t seq,
	       uint32_t ticket)
{
	uint32_t line_place = need_line(order, key);
	uint32_t place = line_place ? take_entry(order) : 0;
	struct id_order_line *line;

	if (!place)
		return -1;
	line = &order->line[line_place - 1];
	order->entry[place - 1] = (struct id_order_entry){ seq, ticket, 0 };
	if (line->first) {
		order->entry[line->last - 1].next = place;
	} else {
		line->first = place;
		line->first_seq = seq;
	}
	line->last = place;
	order->nr++;
	return 0;
}

static void drop_line(struct id_order *order, uint32_t *link)
{
	uint32_t place = *link;
	struct id_order_line *line = &order->line[place - 1];

	*link = line->next;
	line->next = order->unused_line;
	order->unused_line = place;
}

/* Nothing, if it does not stand there. */
static void remove_one(struct id_order *order, struct id_key key, uint64_t seq)
{
	uint32_t *link = find_line(order, key);
	struct id_order_line *line = *link ? &order->line[*link - 1] : NULL;
	struct id_order_entry *entry = NULL;
	uint32_t before = 0;
	uint32_t place;

	for (place = line ? line->first : 0; place; place = entry->next) {
		entry = &order->entry[place - 1];
		if (entry->seq == seq)
			break;
		before = place;
	}
	if (!place)
		return;
	if (before)
		order->entry[before - 1].next = entry->next;
	else
		line->first = entry->next;
	if (line->last == place)
		line->last = before;
	if (line->first)
		line->first_seq = order->entry[line->first - 1].seq;
	else
		drop_line(order, link);
	entry->next = order->unused_entry;
	order->unused_entry = place;
	order->nr--;
}

int id_order_add(struct id_order *order, const struct call *call, uint64_t seq,
		 uint32_t ticket)
{
	if (id_key_of_id(call).is &&
	    add(order, id_key_of_id(call), seq, ticket) < 0)
		return -1;
	if (id_key_is_changed(call) &&
	    add(order, id_key_of_name(call), seq, ticket) < 0)
		return -1;
	return 0;
}

void id_order_remove(struct id_order *order, const struct call *call,
		     uint64_t seq)
{
	if (id_key_of_id(call).is)
		remove_one(order, id_key_of_id(call), seq);
	if (id_key_is_changed(call))
		remove_one(order, id_key_of_name(call), seq);
}

/* Does one before `seq` stand in the key's line? *ticket: the last one's. */
static bool has_earlier(const struct id_order *order, struct id_key key,
			uint64_t seq, uint32_t *ticket)
{
	const struct id_order_line *line;
	uint32_t place;

	if (!key.is)
		return false;
	place = *find_line(order, key);
	if (!place)
		return false;
	line = &order->line[place - 1];
	if (line->first_seq >= seq)
		return false;
	for (place = line->first; ticket && place;
	     place = order->entry[place - 1].next)
		if (order->entry[place - 1].seq < seq)
			*ticket = order->entry[place - 1].ticket;
	return true;
}

bool id_order_comes_after(const struct id_order *order, const struct call *call,
			  uint64_t seq, uint32_t *ticket)
{
	return order->nr &&
	       (has_earlier(order, id_key_of_id(call), seq, ticket) ||
		has_earlier(order, id_key_of_name(call), seq, ticket));
}
