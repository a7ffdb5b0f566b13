/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_QUEUES_RESCHED_LIST_H
#define KMEMSIM_SIM_QUEUES_RESCHED_LIST_H

/*
 * The next rescheds of CPUs, as long as no other event comes before them: in
 * the order of their time, and of equal times in the order in which they were
 * put here, as in sim/queues/event_queue.h.
 *
 * With only one kind of event, its time and its CPU are all that must be kept,
 * and few are due at once. So each is one number, its key, with the time above
 * the CPU, and a sorted array holds them, the next one last:
 *
 *	never x 4 | 84:1 84:3 61:0 58:2     time:CPU
 *	                           ^ the next one
 *
 * One that is put off goes behind all that are not later. For the nearest four
 * this takes no branch: each is compared, and moves up by one or stays. Only
 * beyond them is there a loop. The four at the far end, which are never due,
 * let it do so however few there are.
 */

#include "models/types.h"
#include "sim/base/either.h"

/* The bits of a key that hold the CPU; those above hold the time. */
#define RESCHED_CPU_BITS 10
#define RESCHED_CPU_MASK (((uint64_t)1 << RESCHED_CPU_BITS) - 1)
_Static_assert(MAX_CPUS - 1 <= RESCHED_CPU_MASK, "each CPU fits");
/* Times from here on, after half a year, fit no key. */
#define RESCHED_END_NS (UINT64_MAX >> RESCHED_CPU_BITS)

#define RESCHED_LIST_MOST 64
/* So many are passed without a branch, which no processor could predict. */
#define RESCHED_LIST_PASSED 4

struct resched_list {
	size_t nr;
	/* Those that are never due, then the latest one, and so on. */
	uint64_t key[RESCHED_LIST_PASSED + RESCHED_LIST_MOST];
};

static inline void resched_list_init(struct resched_list *list)
{
	list->nr = 0;
	for (int i = 0; i < RESCHED_LIST_PASSED; i++)
		list->key[i] = UINT64_MAX;
}

/* `t_ns` must be below RESCHED_END_NS. */
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

/* The largest key of its time. */
static inline uint64_t resched_key_last(uint64_t key)
{
	return key | RESCHED_CPU_MASK;
}

/* The same for any time; all that are never due are larger. */
static inline uint64_t resched_key_until(uint64_t t_ns)
{
	return t_ns < RESCHED_END_NS ? resched_key_last(resched_key(t_ns, 0)) :
				       UINT64_MAX - 1;
}

/* The next one; of an empty list, one that is never due. */
static inline uint64_t resched_list_next(const struct resched_list *list)
{
	return list->key[RESCHED_LIST_PASSED - 1 + list->nr];
}

/*
 * Internal: the n-th behind `place` moves up by one, unless it is later.
 * Returns whether it stays.
 */
static inline size_t resched_list_pass(uint64_t *place, size_t n,
				       uint64_t until)
{
	uint64_t *from = place - n - 1;
	size_t stays = *from > until;

	from[1] = from[stays];
	return stays;
}

/*
 * Internal: puts the key at `place`, the next one's, which is free, or behind
 * those that come before it.
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

/* There must be room. It comes behind others of its time. */
static inline void resched_list_put(struct resched_list *list, uint64_t key)
{
	resched_list_sink(&list->key[RESCHED_LIST_PASSED + list->nr++], key);
}

/* There must be room. It comes before all others. */
static inline void resched_list_put_first(struct resched_list *list,
					  uint64_t key)
{
	list->key[RESCHED_LIST_PASSED + list->nr++] = key;
}

/* Is the next one the only one of its time? There must be one. */
static inline bool resched_list_is_only(const struct resched_list *list)
{
	const uint64_t *next = &list->key[RESCHED_LIST_PASSED - 1 + list->nr];

	return next[-1] > resched_key_last(next[0]);
}

/* Moves the next one, of which there must be one, to another key. */
static inline void resched_list_move(struct resched_list *list, uint64_t key)
{
	resched_list_sink(&list->key[RESCHED_LIST_PASSED - 1 + list->nr], key);
}

/* Takes the next one; there must be one. */
static inline uint64_t resched_list_take(struct resched_list *list)
{
	return list->key[RESCHED_LIST_PASSED - 1 + list->nr--];
}

/*
 * If all that is due by the key's time is this very key, once or more, takes
 * all of these.
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
