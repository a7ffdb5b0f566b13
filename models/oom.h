/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_OOM_H
#define KMEMSIM_MODELS_OOM_H

/*
 * The OOM killer: which task is to die for the others' sake.
 * Source: mm/oom_kill.c, Linux 6.1.
 */

#include "models/memory.h"

/* What is known of a task besides its folios. */
struct oom_task {
	uint32_t task;	      /* its name */
	int16_t oom_score_adj; /* -1000: never; 1000: always first */
	bool killed;
	bool reaped; /* its memory has been freed */
};

struct oom *oom_new(struct memory *memory);
void oom_free(struct oom *oom);

/* /proc/PID/oom_score_adj. 0, or -1: the host has no memory. */
int oom_set_score_adj(struct memory *memory, uint32_t task, int16_t adj);

/* The slot of struct pressure_ops. */
enum oom_result oom_out_of_memory(
	struct memory *memory,
	const struct pressure_request *request);

bool oom_task_is_killed(const struct memory *memory, uint32_t task);
/* Who was killed last, for the report; 0: nobody. */
uint32_t oom_last_victim(const struct memory *memory);

#endif
