/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_RESCHED_LIST_H
#define KMEMSIM_SIM_RESCHED_LIST_H

/*
 * The next looks at CPUs, where nothing else can happen before: in the order of
 * their time, and of equal times in the order in which they were noted, as in
 * sim/event_queue.h. Of an event of the one kind that there is, time and CPU
 * are all that must be kept, and few are there at once. So each is a number,
 * the time above the CPU, and all are sorted, the next one last:
 *
 *	far  … 84:1 84:3 61:0 58:2  <-- the next one
 *
 * One that is put off finds its place behind those that stand there by
 * comparing it with four at once and moving each of them or not; only then is
 * there a loop. Before the latest one stand four that are never due.
 */

#include "models/types.h"
#include "sim/base/either.h"

/* A number has these bits for the CPU, and the others for the time. */
#define RESCHED_CPU_BITS 10
#define RESCHED_CPU_MASK (((uint64_t)1 << RESCHED_CPU_BITS) - 1)
_Static_assert(MAX_CPUS - 1 <= RESCHED_CPU_MASK, "each CPU can be told");
/* Looks from then on, after half a year, are no numbers. */
#define RESCHED_END_NS (UINT64_MAX >> RESCHED_CPU_BITS)

#define RESCHED_LIST_MOST 64
/* Passed over without a branch, which no processor could predict. */
#define RESCHED_LIST_PASSED 4

struct resched_list {
	size_t nr;
	/* Some that are never due; from there on, the next one at the end. */
	uint64_t key[RESCHED_LIST_PASSED + RESCHED_LIST_MOST];
};

/* There are none. */
static inline void resched_list_init(struct resched_list *list)
{
	list->nr = 0;
	for (int i = 0; i < RESCHED_LIST_PASSED; i++)
		list->key[i] = UINT64_MAX;
}

/* A look at that time, before RESCHED_END_NS. */
static inline uint64_t resched_key(uint64_t t_ns, cpu_t cpu)
{
	return t_ns << RESCHED_CPU_BITS | cpu;
}

static inline uint64_t resched_key_time(uint64_t key)
{
	return key >> RESCHED_CPU_BITS;
}

static inline cpu_t resched_key_cpu(uint64_t key)
{
	return (cpu_t)(key & RESCHED_CPU_MASK);
}

/* All looks at its time or before are not larger than this. */
static inline uint64_t resched_key_last(uint64_t key)
{
	return key | RESCHED_CPU_MASK;
}

/* The same for any time. */
static inline uint64_t resched_key_until(uint64_t t_ns)
{
	return t_ns < RESCHED_END_NS ? resched_key_last(resched_key(t_ns, 0)) :
				       UINT64_MAX - 1;
}

/* The next one; with none, one that is never due. */
static inline uint64_t resched_list_next(const struct resched_list *list)
{
	return list->key[RESCHED_LIST_PASSED - 1 + list->nr];
}

/* Internal: the look n behind the place comes nearer unless it is later. */
static inline size_t resched_list_pass(uint64_t *place, size_t n,
				       uint64_t until)
{
	uint64_t *from = place - n - 1;
	size_t stays = *from > until;

	from[1] = from[stays];
	return stays;
}

/*
 * Internal: the look goes to `place`, the nearest one, which is free, or as far
 * behind that as it is later.
 */
static inline void resched_list_sink(uint64_t *place, uint64_t key)
{
	uint64_t until = resched_key_last(key);
	size_t stay = resched_list_pass(place, 0, until) +
		      resched_list_pass(place, 1, until) +
		      resched_list_pass(place, 2, until) +
		      resched_list_pass(place, 3, until);

	_Static_assert(RESCHED_LIST_PASSED == 4, "as many as below");
	place = place - RESCHED_LIST_PASSED + stay;
	if (!stay)
		for (; place[-1] <= until; place--)
			*place = place[-1];
	*place = key;
}

/* One more, for which there is room; behind others of its time. */
static inline void resched_list_put(struct resched_list *list, uint64_t key)
{
	resched_list_sink(&list->key[RESCHED_LIST_PASSED + list->nr++], key);
}

/* One more, for which there is room, before all others. */
static inline void resched_list_put_first(struct resched_list *list,
					  uint64_t key)
{
	list->key[RESCHED_LIST_PASSED + list->nr++] = key;
}

/* Is the next one, which there is, all that is due by its time? */
static inline bool resched_list_is_only(const struct resched_list *list)
{
	const uint64_t *next = &list->key[RESCHED_LIST_PASSED - 1 + list->nr];

	return next[-1] > resched_key_last(next[0]);
}

/* The next one, which there is, comes then instead, behind others. */
static inline void resched_list_move(struct resched_list *list, uint64_t key)
{
	resched_list_sink(&list->key[RESCHED_LIST_PASSED - 1 + list->nr], key);
}

/* The next one, which there is, is taken. */
static inline uint64_t resched_list_take(struct resched_list *list)
{
	return list->key[RESCHED_LIST_PASSED - 1 + list->nr--];
}

/*
 * If that look, once or more, is all that is due by its time, it is taken, as
 * often as it is there.
 */
static inline bool resched_list_take_only(struct resched_list *list,
					  uint64_t key)
{
	const uint64_t *next = &list->key[RESCHED_LIST_PASSED - 1 + list->nr];
	size_t nr = 0;

	while (*next == key) {
		next--;
		nr++;
	}
	if (*next <= resched_key_last(key))
		return false;
	list->nr -= nr;
	return true;
}

#endif
