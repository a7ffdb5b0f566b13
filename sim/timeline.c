/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of a timeline.
 */

#include "sim/timeline.h"

const char *const actor_kind_names[NR_ACTOR_KINDS] = {
	[ACTOR_NOBODY] = "nobody",   [ACTOR_CALL] = "call",
	[ACTOR_KSWAPD] = "kswapd",   [ACTOR_KCOMPACTD] = "kcompactd",
	[ACTOR_FLUSHER] = "flusher", [ACTOR_DEVICE] = "device",
	[ACTOR_IPI] = "ipi",
};

const char *const timeline_kind_names[NR_TIMELINE_KINDS] = {
	[TIMELINE_WAITS] = "waits",
	[TIMELINE_RUNS] = "runs",
	[TIMELINE_PREEMPTED] = "preempted",
	[TIMELINE_RESUMES] = "resumes",
	[TIMELINE_SPINS] = "spins",
	[TIMELINE_SLEEPS] = "sleeps",
	[TIMELINE_WOKEN] = "woken",
	[TIMELINE_ENDS] = "ends",
	[TIMELINE_IO] = "io",
};
