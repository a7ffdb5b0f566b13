/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /sys/kernel/debug/page_owner: a block of lines for each allocation that is
 * live (print_page_owner(), mm/page_owner.c, 4.0 to 6.x):
 *
 *	Page allocated via order 0, mask 0x112cca(GFP_HIGHUSER_MOVABLE), pid 1,
 *		tgid 1 (init), ts 1234 ns, free_ts 0 ns		(one line)
 *	PFN 4096 type Movable Block 8 type Movable Flags 0xfffffc0000000(…)
 *	 prep_new_page+0xa6/0xe0
 *	 get_page_from_freelist+0x121a/0x1290
 *	 __alloc_pages+0xdb/0x1f0
 *	 shmem_alloc_folio+0x4c/0x80
 *	Page has been migrated, last migrate reason: compaction
 *
 * Up to 4.5 the mask has no names, pid and ts came with 5.11, free_ts with
 * 5.13, the task's name with 6.1, and a PFN in hexadecimal with 6.8.
 */
#include <string.h>

#include "sim/base/text.h"
#include "workloads/import/owner_reader.h"

static const char head[] = "Page allocated via order ";

static bool begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* The number behind `key`, up to what cannot be in one. */
static bool number_behind(const char *line, const char *key, uint64_t *value)
{
	const char *p = strstr(line, key);

	if (!p)
		return false;
	p += strlen(key);
	p += strspn(p, " ");
	return parse_u64(p, strspn(p, "0123456789abcdefxABCDEF"), value);
}

/* What is in the next brackets behind `key`, such as those of "((sd-pam))". */
static void text_behind(const char *line, const char *key, char *text,
			size_t room)
{
	const char *p = strstr(line, key);
	size_t length;
	int open = 0;

	text[0] = '\0';
	p = p ? p + strlen(key) : "";
	p += strspn(p, "0123456789abcdefxABCDEF ");
	if (*p != '(')
		return;
	for (length = 0; p[length + 1]; length++) {
		open += p[length + 1] == '(';
		if (p[length + 1] == ')' && open-- == 0)
			break;
	}
	if (length >= room)
		length = room - 1;
	memcpy(text, p + 1, length);
	text[length] = '\0';
}

/* "Page allocated via order 0, mask 0x…(…), pid …" */
static void take_head(struct owner_reader *reader, const char *line)
{
	struct owned *owned = &reader->next;
	uint64_t order;

	*owned = (struct owned){ .line = reader->place.line };
	reader->has_next = true;
	reader->has_pfn = false;
	if (!number_behind(line, head, &order) || order >= MAX_ORDERS) {
		error_input(reader->errors, reader->place,
			    "an order from 0 to %d is expected here",
			    MAX_ORDERS - 1);
		return;
	}
	owned->order = (order_t)order;
	if (!number_behind(line, "mask ", &owned->mask))
		error_input(reader->errors, reader->place,
			    "a mask of GFP flags is expected here");
	text_behind(line, "mask ", owned->gfp, sizeof(owned->gfp));
	text_behind(line, "tgid ", owned->comm, sizeof(owned->comm));
	owned->has_ts = number_behind(line, ", ts ", &owned->ts_ns) &&
			owned->ts_ns <= TIME_MOST;
}

/* "PFN 4096 type …", "PFN 0x1000 type …" */
static void take_pfn(struct owner_reader *reader, const char *line)
{
	struct owned *owned = &reader->next;
	uint64_t pfn;

	reader->has_pfn = true; /* or an error */
	if (!number_behind(line, "PFN ", &pfn) || pfn >= PFN_NONE ||
	    pfn & ((UINT64_C(1) << owned->order) - 1)) {
		error_input(reader->errors, reader->place,
			    "a frame below 2^32 that 2^%u divides is expected "
			    "here",
			    owned->order);
		return;
	}
	owned->pfn = (pfn_t)pfn;
}

static void count_unreadable(struct owner_reader *reader)
{
	if (reader->unreadable < OWNER_LINES_KEPT)
		reader->unreadable_line[reader->unreadable] =
			reader->place.line;
	reader->unreadable++;
}

static void take_line(struct owner_reader *reader, const char *line)
{
	struct owned *owned = &reader->next;
	char function[FUNCTION_MAX];

	if (!reader->has_next)
		count_unreadable(reader);
	else if (begins(line, "PFN "))
		take_pfn(reader, line);
	else if (call_trace_function(line, function)) {
		if (!owned->site[0] && !is_allocator(function))
			memcpy(owned->site, function, sizeof(function));
	} else if (begins(line, "Page has been migrated"))
		reader->migrated++;
	else if (!begins(line, "Charged ") && !begins(line, "Slab cache page"))
		count_unreadable(reader);
}

int owner_reader_open(struct owner_reader *reader, const char *path,
		      struct errors *errors)
{
	*reader = (struct owner_reader){
		.place = { .file = path, .column = 1 },
		.errors = errors,
	};
	return lines_open(&reader->lines, path, errors);
}

/* The block that is complete now; false: a cut one, which is told. */
static bool hand_out(struct owner_reader *reader, struct owned *owned)
{
	struct place place = reader->place;

	*owned = reader->next;
	reader->has_next = false;
	if (reader->has_pfn)
		return true;
	place.line = owned->line;
	error_input(
		reader->errors, place,
		"no line with \"PFN\" follows this one: the dump has a gap");
	return false;
}

int owner_reader_next(struct owner_reader *reader, struct owned *owned)
{
	size_t length;
	char *line;
	int got;

	while ((got = lines_next(&reader->lines, &line, &length,
				 reader->errors)) > 0) {
		bool ready = reader->has_next && begins(line, head);

		if (ready)
			ready = hand_out(reader, owned);
		reader->place.line = reader->lines.nr;
		if (begins(line, head))
			take_head(reader, line);
		else if (line[strspn(line, " \t")])
			take_line(reader, line);
		if (ready)
			return 1;
	}
	if (got < 0 || !reader->has_next)
		return got;
	/* A dump is often cut off in its last block. */
	if (!reader->has_pfn && reader->lines.unfinished) {
		count_unreadable(reader);
		return 0;
	}
	return hand_out(reader, owned);
}

void owner_reader_close(struct owner_reader *reader)
{
	lines_close(&reader->lines);
}
