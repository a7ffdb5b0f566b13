/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_OWNER_READER_H
#define KMEMSIM_WORKLOADS_IMPORT_OWNER_READER_H

/*
 * The blocks of a page_owner dump, one after the other.
 */

#include "models/types.h"
#include "workloads/import/call_site.h"
#include "workloads/import/lines.h"

#define OWNER_GFP_MAX 512
#define OWNER_COMM_MAX 64
#define OWNER_LINES_KEPT 5

/* Pages that somebody holds. */
struct owned {
	uint64_t line;	/* of the dump, where it begins */
	uint64_t ts_ns; /* when they were allocated */
	bool has_ts;	/* since 5.11 */
	pfn_t pfn;
	order_t order;
	uint64_t mask;
	char gfp[OWNER_GFP_MAX];   /* names between the brackets; "": none */
	char comm[OWNER_COMM_MAX]; /* since 6.1; "": not said */
	char site[FUNCTION_MAX];   /* who wanted them; "": not said */
};

struct owner_reader {
	struct lines lines;
	struct place place;
	struct errors *errors;
	struct owned next; /* begun, and not handed out yet */
	bool has_next;
	bool has_pfn;
	uint64_t migrated;   /* blocks that compaction or others have moved */
	uint64_t unreadable; /* lines that are nothing known */
	uint64_t unreadable_line[OWNER_LINES_KEPT];
};

/* "-" is stdin. -1 with an error. */
int owner_reader_open(struct owner_reader *reader, const char *path,
		      struct errors *errors);

/* The next block. 1; 0 at the end; -1 with errors, after the last line. */
int owner_reader_next(struct owner_reader *reader, struct owned *owned);

void owner_reader_close(struct owner_reader *reader);

#endif
