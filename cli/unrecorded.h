/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_UNRECORDED_H
#define KMEMSIM_CLI_UNRECORDED_H

/*
 * The memory of a machine that a recording of some of its nodes leaves out.
 */

struct errors;
struct machine_desc;

/*
 * Gives each node that has CPUs but no zones a zone of free memory, as is
 * described in cli/unrecorded.c. What it adds is the machine's, released with
 * it. Returns 0, or -1 with an error: the host has no memory.
 */
int add_unrecorded_memory(struct machine_desc *machine, struct errors *errors);

#endif
