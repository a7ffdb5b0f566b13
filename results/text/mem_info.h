/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_TEXT_MEM_INFO_H
#define KMEMSIM_RESULTS_TEXT_MEM_INFO_H

/*
 * The state of memory as the kernel writes it to its log when it has run
 * short, from "Mem-Info:" on. Internal to results/.
 */

#include "models/memory.h"
#include "sim/base/text.h"

/*
 * Appends the lines, each with its newline: nodes and zones that a request may
 * use whose highest zone type is `highest`. Source: __show_mem().
 */
void mem_info_add(const struct memory *memory, enum zone_type highest,
		  struct text *out);

/* Pages of a kind, of all nodes. */
uint64_t mem_info_total(const struct memory *memory, enum node_stat stat);

#endif
