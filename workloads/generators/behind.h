/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_GENERATORS_BEHIND_H
#define KMEMSIM_WORKLOADS_GENERATORS_BEHIND_H

/* Generators that stand behind the events of their file. */

#include "workloads/file_facts.h"
#include "workloads/generators/generators.h"

/*
 * Looks for `generators` behind the `events` of the file at `path` ("-":
 * stdin) and reads them. Where the file is none that can be read again, none
 * are found. 1: they were there, and read, or errors were added; 0: not; -1:
 * the host's memory.
 *
 * What *facts has of the file is believed, and not looked for; what looking
 * came by is put there.
 */
int generators_read_behind(struct generators *generators, const char *path,
			   struct event_reader *reader,
			   struct file_facts *facts);

#endif
