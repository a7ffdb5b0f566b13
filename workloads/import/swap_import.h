/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_SWAP_IMPORT_H
#define KMEMSIM_WORKLOADS_IMPORT_SWAP_IMPORT_H

/*
 * Anonymous pages that the kernel has swapped out, by the process that they
 * are of, in the order in which they went.
 */

#include "workloads/import/live_pages.h"

/* A page in swap. */
struct swapped_page {
	struct piece piece;
	uint32_t next; /* of its process, swapped out later; as first */
};

struct swap_process {
	uint32_t first; /* index + 1 in page[]; 0: none */
	uint32_t last;
};

/* In place of a process: shared memory, and files of tmpfs. */
#define SWAP_SHARED UINT64_MAX

struct swap_import {
	struct number_map processes;  /* by id -> index in process[] */
	struct swap_process *process; /* owned */
	size_t nr_processes;
	size_t process_room;
	struct swapped_page *page; /* owned */
	size_t nr_pages;
	size_t page_room;
	uint32_t unused; /* as first */
	struct errors *errors;
};

/* A page of it goes to swap. -1 with an error. */
int swap_import_push(struct swap_import *swap, uint64_t pid,
		     const struct piece *piece);

/* The page that went first comes back, or is given up. false: there is none. */
bool swap_import_pop(struct swap_import *swap, uint64_t pid,
		     struct piece *piece);

void swap_import_release(struct swap_import *swap);

#endif
