/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_LOOKS_H
#define KMEMSIM_SIM_LOOKS_H

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
#define LOOK_CPU_BITS 10
#define LOOK_CPU_MASK (((uint64_t)1 << LOOK_CPU_BITS) - 1)
_Static_assert(MAX_CPUS - 1 <= LOOK_CPU_MASK, "each CPU can be told");
/* Looks from then on, after half a year, are no numbers. */
#define LOOKS_END (UINT64_MAX >> LOOK_CPU_BITS)

#define LOOKS_MOST 64
/* Passed over without a branch, which no processor could predict. */
#define LOOKS_PASSED 4

struct looks {
	size_t nr;
	/* Some that are never due; from there on, the next one at the end. */
	uint64_t look[LOOKS_PASSED + LOOKS_MOST];
};

/* There are none. */
static inline void looks_begin(struct looks *looks)
{
	looks->nr = 0;
	for (int i = 0; i < LOOKS_PASSED; i++)
		looks->look[i] = UINT64_MAX;
}

/* A look at that time, before LOOKS_END. */
static inline uint64_t look_of(uint64_t t_ns, cpu_t cpu)
{
	return t_ns << LOOK_CPU_BITS | cpu;
}

static inline uint64_t look_time(uint64_t look)
{
	return look >> LOOK_CPU_BITS;
}

static inline cpu_t look_cpu(uint64_t look)
{
	return (cpu_t)(look & LOOK_CPU_MASK);
}

/* All looks at its time or before are not larger than this. */
static inline uint64_t look_until(uint64_t look)
{
	return look | LOOK_CPU_MASK;
}

/* The same for any time. */
static inline uint64_t looks_until(uint64_t t_ns)
{
	return t_ns < LOOKS_END ? look_until(look_of(t_ns, 0)) : UINT64_MAX - 1;
}

/* The next one; with none, one that is never due. */
static inline uint64_t looks_next(const struct looks *looks)
{
	return looks->look[LOOKS_PASSED - 1 + looks->nr];
}

/* Internal: the look n behind the place comes nearer unless it is later. */
static inline size_t looks_pass(uint64_t *place, size_t n, uint64_t until)
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
static inline void looks_sink(uint64_t *place, uint64_t look)
{
	uint64_t until = look_until(look);
	size_t stay = looks_pass(place, 0, until) +
		      looks_pass(place, 1, until) +
		      looks_pass(place, 2, until) + looks_pass(place, 3, until);

	_Static_assert(LOOKS_PASSED == 4, "as many as below");
	place = place - LOOKS_PASSED + stay;
	if (!stay)
		for (; place[-1] <= until; place--)
			*place = place[-1];
	*place = look;
}

/* One more, for which there is room; behind others of its time. */
static inline void looks_put(struct looks *looks, uint64_t look)
{
	looks_sink(&looks->look[LOOKS_PASSED + looks->nr++], look);
}

/* One more, for which there is room, before all others. */
static inline void looks_put_first(struct looks *looks, uint64_t look)
{
	looks->look[LOOKS_PASSED + looks->nr++] = look;
}

/* Is the next one, which there is, all that is due by its time? */
static inline bool looks_is_only(const struct looks *looks)
{
	const uint64_t *next = &looks->look[LOOKS_PASSED - 1 + looks->nr];

	return next[-1] > look_until(next[0]);
}

/* The next one, which there is, comes then instead, behind others. */
static inline void looks_move(struct looks *looks, uint64_t look)
{
	looks_sink(&looks->look[LOOKS_PASSED - 1 + looks->nr], look);
}

/* The next one, which there is, is taken. */
static inline uint64_t looks_take(struct looks *looks)
{
	return looks->look[LOOKS_PASSED - 1 + looks->nr--];
}

/*
 * If that look, once or more, is all that is due by its time, it is taken, as
 * often as it is there.
 */
static inline bool looks_take_only(struct looks *looks, uint64_t look)
{
	const uint64_t *next = &looks->look[LOOKS_PASSED - 1 + looks->nr];
	size_t nr = 0;

	while (*next == look) {
		next--;
		nr++;
	}
	if (*next <= look_until(look))
		return false;
	looks->nr -= nr;
	return true;
}

#endif
