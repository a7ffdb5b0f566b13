/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_RECLAIM_OOM_H
#define KMEMSIM_MODELS_RECLAIM_OOM_H

/*
 * The OOM killer: which task is to die for the others' sake.
 * Source: mm/oom_kill.c, Linux 6.1.
 */

#include "models/memory.h"

#define OOM_SCORE_ADJ_MIN (-1000) /* is never killed */
#define OOM_SCORE_ADJ_MAX 1000

/* A task that was killed, and what for. */
struct oom_kill {
	uint32_t asked_by; /* the task whose request it was; 0: not said */
	uint32_t victim;   /* the name of the task that was killed */
	gfp_t gfp;	   /* of the request */
	order_t order;
	int16_t adj;	  /* the victim's oom_score_adj */
	int64_t points;	  /* its badness: pages, and adj's share of them */
	uint64_t pages;	  /* that it had in memory */
	uint64_t swapped; /* …and in swap space only */
	uint64_t reaped;  /* pages that came free with the kill */
};

/* NULL: the host has no memory. Called by memory_new(). */
struct oom *oom_new(void);
void oom_free(struct oom *oom);

/*
 * Tells of a task that has memory of its own: only such are killed. Names are
 * small numbers. Does nothing for one that is known. 0, or -1: the host has no
 * memory.
 */
int oom_add_task(struct memory *memory, uint32_t task);

/*
 * /proc/PID/oom_score_adj, -1000…1000; adds the task. 0, or -1: the host has
 * no memory.
 */
int oom_set_score_adj(struct memory *memory, uint32_t task, int16_t adj);

/*
 * The task is gone; its folios are the caller's to drop (folios_exit()). A
 * later one may have its name: that is not killed, and has no adjustment.
 */
void oom_task_exits(struct memory *memory, uint32_t task);

/* The slot of struct pressure_ops. */
enum oom_result oom_out_of_memory(struct memory *memory,
				  const struct pressure_request *request);

/* A task that could be killed, or was and has pages left: a line of the table
 * that the killer writes to the log. All as when somebody was last chosen. */
struct oom_candidate {
	uint32_t task;
	int16_t adj;
	uint64_t anon; /* pages in memory… */
	uint64_t file; /* …mapped ones of files */
	uint64_t swapped;
};

/*
 * The next one at *at or later, in the order in which they were told of; start
 * with 0. false: that was the last.
 */
bool oom_next_candidate(const struct memory *memory, size_t *at,
			struct oom_candidate *candidate);
/* oom_score_adj of a task, known or not. */
int16_t oom_score_adj(const struct memory *memory, uint32_t task);

/* Was it killed, and no task of that name has come since? */
bool oom_task_is_killed(const struct memory *memory, uint32_t task);
/* All kills, in their order; borrowed until memory is used again. */
const struct oom_kill *oom_kills(const struct memory *memory, size_t *nr);

#endif
