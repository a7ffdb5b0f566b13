/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For each key, the last call in a queue that refers to it. Nothing is ever
 * taken out: an entry whose call has begun counts as empty, and is overwritten
 * when room is needed. So a call costs one access when it queues, and none when
 * it leaves.
 *
 *	ids below 2^22      [0,8] [3,9] [   ] [1,4] …	by the id
 *
 *	all other keys      line 0   [7: 0,8] [131: 1,4] [   ] [   ]
 *	by their scatter    line 1   [12: 3,9] [45: 2,7] [80: 0,6] [93: 1,5] --+
 *	                    line 2   [51: 2,8] [   ]     [   ]     [   ]  <----+
 *
 * - Most workloads number what is live: ids are small, and consecutive ones lie
 *   together. They need neither a key nor a search, and eight of them lie in a
 *   line of the host's cache. Pages that no id has touched take no memory
 *   (host_map()).
 * - Any other key, a large id or the number of a name, belongs in a line of
 *   four, as large as one of the host's cache. When all four are taken, the
 *   line is marked as spilled, and the next one is searched as well.
 * - Marks stay. When there are too many the table is rebuilt from the calls
 *   that wait: larger, unless it has become empty enough.
 * - The last call for a key is enough: it waits for those before it, so none of
 *   them is left when it has begun.
 * - With one CPU no call could overtake another, and nothing is kept.
 */

#include "sim/queues/queue_order.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/either.h"
#include "sim/base/host.h"

/* A page of the host. */
#define LEAST_SMALL 512
/* 64 lines are one, too. */
#define LEAST_BITS 6
/* One line in this many may have spilled. */
#define LINES_PER_SPILLED 8

_Static_assert(sizeof(struct queue_order_line) == 64, "a line of a cache");
_Static_assert(sizeof(queue_place) == 8, "eight a line");

int queue_order_init(struct queue_order *order, uint32_t nr_cpus)
{
	*order = (struct queue_order){
		.left = host_alloc(nr_cpus, sizeof *order->left),
		.nr_cpus = nr_cpus,
	};
	if (!order->left)
		return -1;
	for (uint32_t i = 0; i < nr_cpus; i++)
		order->left[i].last = queue_place_of((cpu_t)i, 0);
	queue_order_want_none(order);
	return 0;
}

static size_t table_bytes(const struct queue_order_table *table)
{
	return sizeof *table->line << table->bits;
}

void queue_order_release(struct queue_order *order)
{
	for (int kind = 0; kind < NR_KEY_KINDS; kind++)
		host_unmap(order->table[kind].line,
			   table_bytes(&order->table[kind]));
	host_unmap(order->small, order->nr_small * sizeof *order->small);
	free(order->left);
}

void queue_order_want_none(struct queue_order *order)
{
	for (uint32_t i = 0; i < order->nr_cpus; i++) {
		order->left[i].wanted = UINT64_MAX;
		order->left[i].waits = QUEUE_NOBODY;
	}
	order->wanted_left = false;
}

bool queue_order_take_waiter(struct queue_order *order, cpu_t cpu,
			     cpu_t *waiter)
{
	struct queue_left *left = order->left;
	queue_place next = left[cpu].last + 1;
	/* So far behind `next` are other CPUs' places, and earlier ones. */
	uint64_t least = queue_place_of(cpu + 1, 0) - next;
	uint64_t none = least, found = order->nr_cpus;

	for (uint32_t i = 0; i < order->nr_cpus; i++) {
		uint64_t behind = left[i].waits - next;

		found = either(behind == UINT64_MAX, i, found);
		least = either(behind < least, behind, least);
	}
	left[cpu].wanted = either(least < none, next + least, UINT64_MAX);
	order->wanted_left = false;
	if (found == order->nr_cpus)
		return false;
	left[found].waits = QUEUE_NOBODY;
	*waiter = (cpu_t)found;
	return true;
}

static bool is_waiting(const struct queue_order *order,
		       const struct queue_order_entry *entry)
{
	return !queue_order_has_begun(order, entry->place);
}

static size_t line_after(const struct queue_order_table *table, size_t line)
{
	return (line + 1) & (((size_t)1 << table->bits) - 1);
}

/* The last call that spoke of the key, where it still waits. */
static queue_place look_up(const struct queue_order *order, struct id_key key)
{
	const struct queue_order_table *table = &order->table[key.kind];
	const struct queue_order_line *line;
	size_t at;

	if (!table->line)
		return QUEUE_NOBODY;
	at = queue_order_home(table, key.value);
	do {
		line = &table->line[at];
		for (int i = 0; i < QUEUE_ORDER_WIDTH; i++)
			if (line->entry[i].key == key.value)
				return line->entry[i].place;
		at = line_after(table, at);
	} while (line->entry[0].is_spilled);
	return QUEUE_NOBODY;
}

queue_place queue_order_of_id(const struct queue_order *order,
			      const struct call *call)
{
	struct id_key id = id_key_of_id(call);

	return id.is ? look_up(order, id) : QUEUE_NOBODY;
}

queue_place queue_order_of_name(const struct queue_order *order,
				const struct call *call)
{
	struct id_key name = id_key_of_name(call);

	return name.is ? look_up(order, name) : QUEUE_NOBODY;
}

/* Where the key is, or may be put. NULL: too many lines have spilled. */
static struct queue_order_entry *find_room(const struct queue_order *order,
					   struct queue_order_table *table,
					   uint64_t key)
{
	struct queue_order_entry *room = NULL;
	size_t at = queue_order_home(table, key);
	struct queue_order_line *line;

	for (;; at = line_after(table, at)) {
		line = &table->line[at];
		for (int i = 0; i < QUEUE_ORDER_WIDTH; i++) {
			struct queue_order_entry *entry = &line->entry[i];

			if (entry->key == key)
				return entry;
			if (!room && !is_waiting(order, entry))
				room = entry;
		}
		if (line->entry[0].is_spilled)
			continue;
		if (room || table->nr_spilled == table->most_spilled)
			return room;
		line->entry[0].is_spilled = true;
		table->nr_spilled++;
	}
}

static void write_entry(struct queue_order_entry *entry, uint64_t key,
			queue_place place)
{
	entry->key = key;
	entry->place = place;
}

static size_t nr_lines(const struct queue_order_table *table)
{
	return table->line ? (size_t)1 << table->bits : 0;
}

/* Its entries whose calls still wait. */
static size_t count_waiting(const struct queue_order *order,
			    const struct queue_order_table *table)
{
	size_t nr = 0;

	for (size_t at = 0; at < nr_lines(table); at++)
		for (int i = 0; i < QUEUE_ORDER_WIDTH; i++)
			nr += is_waiting(order, &table->line[at].entry[i]);
	return nr;
}

static void move_waiting(const struct queue_order *order,
			 const struct queue_order_table *from,
			 struct queue_order_table *to)
{
	for (size_t at = 0; at < nr_lines(from); at++)
		for (int i = 0; i < QUEUE_ORDER_WIDTH; i++) {
			const struct queue_order_entry *entry =
				&from->line[at].entry[i];

			if (is_waiting(order, entry))
				write_entry(find_room(order, to, entry->key),
					    entry->key, entry->place);
		}
}

/*
 * Without marks, with a line or more for each that waits, and for `key`, whose
 * entry is returned; NULL: the host has no memory.
 */
static struct queue_order_entry *rebuild(const struct queue_order *order,
					 struct queue_order_table *table,
					 uint64_t key)
{
	struct queue_order_table fresh = { .bits = LEAST_BITS };
	size_t nr = count_waiting(order, table) + 1;
	struct queue_order_entry *room;

	while (nr >> fresh.bits)
		fresh.bits++;
	fresh.line = host_map(table_bytes(&fresh));
	if (!fresh.line)
		return NULL;
	/* A quarter of the lines would hold them all. */
	fresh.most_spilled = nr_lines(&fresh) - 1;
	move_waiting(order, table, &fresh);
	room = find_room(order, &fresh, key);
	/* However badly the ids are scattered: not at each call. */
	fresh.most_spilled = nr_lines(&fresh) / LINES_PER_SPILLED;
	if (fresh.most_spilled < 2 * fresh.nr_spilled)
		fresh.most_spilled = 2 * fresh.nr_spilled;
	host_unmap(table->line, table_bytes(table));
	*table = fresh;
	return room;
}

static int enter(struct queue_order *order, struct id_key key,
		 queue_place place)
{
	struct queue_order_table *table = &order->table[key.kind];
	struct queue_order_entry *room =
		table->line ? find_room(order, table, key.value) : NULL;

	if (!room)
		room = rebuild(order, table, key.value);
	if (!room)
		return -1;
	write_entry(room, key.value, place);
	return 0;
}

/* Room for all small ids up to this one. */
static int grow_small(struct queue_order *order, uint64_t id)
{
	uint64_t nr = order->nr_small ? order->nr_small : LEAST_SMALL;
	queue_place *small;

	while (nr <= id)
		nr *= 2;
	small = host_map(nr * sizeof *small);
	if (!small)
		return -1;
	if (order->nr_small)
		memcpy(small, order->small, order->nr_small * sizeof *small);
	host_unmap(order->small, order->nr_small * sizeof *small);
	order->small = small;
	order->nr_small = nr;
	return 0;
}

static int enter_id(struct queue_order *order, struct id_key id,
		    queue_place place)
{
	if (id.kind != KEY_NUMBER || id.value >= QUEUE_ORDER_SMALL)
		return enter(order, id, place);
	if (id.value >= order->nr_small && grow_small(order, id.value) < 0)
		return -1;
	order->small[id.value] = place;
	return 0;
}

int queue_order_enter_any(struct queue_order *order, const struct call *call,
			  queue_place place)
{
	struct id_key id = id_key_of_id(call);
	struct id_key name = id_key_of_name(call);
	bool changes = id_key_is_changed(call);

	if (order->nr_cpus == 1)
		return 0;
	if (id.is && enter_id(order, id, place) < 0)
		return -1;
	if (changes && name.is && enter(order, name, place) < 0)
		return -1;
	return 0;
}
