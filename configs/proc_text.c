// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts of free blocks and of page blocks, from the text of /proc/buddyinfo
 * or /proc/pagetypeinfo.
 *
 *	Node 0, zone      DMA      0      0      1 …        buddyinfo
 *	Page block order: 9                                pagetypeinfo, of
 *	Node    0, zone      DMA, type    Unmovable      0 …    one node after
 *	Number of blocks type     Unmovable      Movable …
 *	Node 0, zone      DMA            1            7 …       the other
 *
 * Rules: one count for each order that the machine has, neither more nor
 * fewer; page blocks' columns are named by the line above them. The kernel
 * stops counting a list at 100,000 and prints ">100000"
 * (pagetypeinfo_showfree_print(), mm/vmstat.c, 6.1): such a count is refused,
 * for it is not known. Kernels before 4.4 had pageblocks of a type Reserve,
 * which whoever found nothing else could use: they count as unmovable. What
 * follows the page blocks (the mixed ones, with CONFIG_PAGE_OWNER) is not read.
 */

#include "configs/config_reader.h"
#include "sim/base/csv.h"

#include <string.h>

/* A line that is being read, word by word. */
struct cursor {
	struct config_reader *reader;
	struct line_reader lines;
	char *at;
	size_t count_capacity;
	size_t block_capacity;
	enum migratetype column[NR_MIGRATETYPES]; /* of page blocks */
	size_t nr_columns;
	enum { READING_FREE, READING_BLOCKS, READING_DONE } part;
};

/* The next word, ended by a blank or a comma; false at the line's end. */
static bool next_word(struct cursor *cursor, struct field *word)
{
	char *s = cursor->at + strspn(cursor->at, " \t,");
	size_t length = strcspn(s, " \t,");

	word->s = s;
	word->length = length;
	word->place = cursor->lines.place;
	word->place.column = (uint64_t)(s - cursor->lines.line) + 1;
	cursor->at = s + length;
	if (*cursor->at)
		*cursor->at++ = '\0';
	return length > 0;
}

static bool expect(struct cursor *cursor, const char *wanted)
{
	struct field word;

	if (next_word(cursor, &word) && strcmp(word.s, wanted) == 0)
		return true;
	error_input(cursor->reader->errors, word.place,
		    "\"%s\" where \"%s\" "
		    "belongs; a line begins with \"Node N, zone NAME\"",
		    word.s, wanted);
	return false;
}

/* "Node 0, zone DMA" */
static const struct zone_source *read_zone(struct cursor *cursor, node_t *node)
{
	struct errors *errors = cursor->reader->errors;
	struct field number, name;
	uint64_t id;

	if (!expect(cursor, "Node"))
		return NULL;
	if (!next_word(cursor, &number) ||
	    !field_u64(&number, "node", 0, MAX_NODES - 1, &id, errors))
		return NULL;
	if (!expect(cursor, "zone"))
		return NULL;
	next_word(cursor, &name);
	*node = (node_t)id;
	return config_find_zone(cursor->reader, id, name.s, number.place,
				name.place);
}

static int add_count(struct cursor *cursor, const struct free_count_desc *count)
{
	struct initial_state_desc *initial = &cursor->reader->machine->initial;
	struct free_count_desc *grown;

	grown = host_grow(initial->free_counts, &cursor->count_capacity,
			  initial->nr_free_counts + 1, sizeof(*grown));
	if (!grown)
		return config_no_memory(cursor->reader);
	initial->free_counts = grown;
	grown[initial->nr_free_counts++] = *count;
	return 0;
}

/* The counts by order at a line's end. */
static int read_counts(struct cursor *cursor, struct free_count_desc count)
{
	struct config_reader *reader = cursor->reader;
	uint32_t nr_orders = reader->machine->nr_orders, order;
	struct field word;

	for (order = 0; next_word(cursor, &word); order++) {
		if (order == nr_orders)
			return error_input(reader->errors, word.place,
					   "more than %u counts; this machine "
					   "has orders 0 to %u",
					   nr_orders, nr_orders - 1);
		if (!field_u64(&word, "count", 0, PFN_LIMIT, &count.nr_free,
			       reader->errors))
			return -1;
		count.order = (order_t)order;
		if (add_count(cursor, &count) != 0)
			return -1;
	}
	if (order < nr_orders)
		return error_input(reader->errors, word.place,
				   "%u count%s; "
				   "this machine has orders 0 to %u",
				   order, plural(order), nr_orders - 1);
	return 0;
}

/* Free memory can't exceed what is there. */
static void check_sums(struct config_reader *reader, const char *path)
{
	const struct initial_state_desc *initial = &reader->machine->initial;
	size_t i, j;

	for (i = 0; i < reader->nr_zones; i++) {
		const struct zone_source *source = &reader->zone[i];
		node_t node = reader->machine->nodes[source->node].id;
		uint64_t most = source->has_present ?
					source->zone.present_pages :
					source->zone.spanned_pages,
			 sum = 0;

		for (j = 0; j < initial->nr_free_counts; j++) {
			const struct free_count_desc *count =
				&initial->free_counts[j];

			if (count->node == node &&
			    count->zone == source->zone.type)
				sum += count->nr_free << count->order;
		}
		if (sum > most)
			error_input(reader->errors, place_of_file(path),
				    "%llu pages are free in node %d's "
				    "%s, which has %llu",
				    (unsigned long long)sum, node,
				    zone_type_names[source->zone.type],
				    (unsigned long long)most);
	}
}

static bool is_empty(const struct cursor *cursor)
{
	return cursor->at[strspn(cursor->at, " \t")] == '\0';
}

static void read_buddy_line(struct cursor *cursor)
{
	struct free_count_desc count = { .any_migratetype = true };
	const struct zone_source *source = read_zone(cursor, &count.node);

	if (!source)
		return;
	count.zone = source->zone.type;
	read_counts(cursor, count);
}

/* Reads each line that is not empty with `line`. */
static int read_lines(struct config_reader *reader, const char *path,
		      void (*line)(struct cursor *cursor))
{
	struct cursor cursor = { .reader = reader };
	size_t before = reader->errors->nr;
	bool any = false;
	int more;

	if (line_reader_open(&cursor.lines, path, reader->errors) != 0)
		return -1;
	while ((more = line_reader_next(&cursor.lines, reader->errors)) == 1) {
		cursor.at = cursor.lines.line;
		if (is_empty(&cursor))
			continue;
		any = true;
		line(&cursor);
	}
	line_reader_close(&cursor.lines);
	if (more == 0 && !any)
		error_input(reader->errors, place_of_file(path),
			    "the file is empty");
	if (reader->errors->nr != before)
		return -1;
	check_sums(reader, path);
	return 0;
}

int config_read_buddyinfo(struct config_reader *reader, const char *path)
{
	return read_lines(reader, path, read_buddy_line);
}

/* A migrate type as the kernel prints it. */
static bool read_type(struct cursor *cursor, enum migratetype *type)
{
	struct field word;
	size_t which;

	next_word(cursor, &word);
	if (strcmp(word.s, "Reserve") == 0) {
		*type = MIGRATE_UNMOVABLE;
		return true;
	}
	if (!field_word(&word, "type", proc_migratetype_names, NR_MIGRATETYPES,
			&which, cursor->reader->errors))
		return false;
	*type = (enum migratetype)which;
	return true;
}

static void read_free_line(struct cursor *cursor)
{
	struct free_count_desc count = { .any_migratetype = false };
	const struct zone_source *source = read_zone(cursor, &count.node);

	if (!source || !expect(cursor, "type") ||
	    !read_type(cursor, &count.migratetype))
		return;
	count.zone = source->zone.type;
	read_counts(cursor, count);
}

/* "Number of blocks type Unmovable Movable …" */
static void read_columns(struct cursor *cursor)
{
	cursor->at += strlen("Number of blocks type");
	cursor->nr_columns = 0;
	cursor->part = READING_BLOCKS;
	while (!is_empty(cursor) && cursor->nr_columns < NR_MIGRATETYPES) {
		if (!read_type(cursor, &cursor->column[cursor->nr_columns]))
			return;
		cursor->nr_columns++;
	}
}

static void read_blocks_line(struct cursor *cursor)
{
	struct config_reader *reader = cursor->reader;
	struct initial_state_desc *initial = &reader->machine->initial;
	struct pageblock_count_desc count = { .nr_blocks = 0 }, *grown;
	const struct zone_source *source = read_zone(cursor, &count.node);
	struct field word;
	size_t i;

	for (i = 0; source && i < cursor->nr_columns; i++) {
		next_word(cursor, &word);
		if (!field_u64(&word, "page blocks", 0, PFN_LIMIT,
			       &count.nr_blocks, reader->errors))
			return;
		count.zone = source->zone.type;
		count.migratetype = cursor->column[i];
		grown = host_grow(initial->pageblock_counts,
				  &cursor->block_capacity,
				  initial->nr_pageblock_counts + 1,
				  sizeof(*grown));
		if (!grown) {
			config_no_memory(reader);
			return;
		}
		initial->pageblock_counts = grown;
		grown[initial->nr_pageblock_counts++] = count;
	}
}

static bool starts_with(const struct cursor *cursor, const char *prefix)
{
	return strncmp(cursor->at, prefix, strlen(prefix)) == 0;
}

/* "Page block order: 9" must be what the machine has. */
static void check_order(struct cursor *cursor)
{
	uint32_t order = cursor->reader->machine->pageblock_order;
	struct field word;
	uint64_t value;

	/* Each node's part of the file begins with this line. */
	cursor->part = READING_FREE;
	cursor->at += strlen("Page block order:");
	next_word(cursor, &word);
	if (!field_u64(&word, "page block order", 0, MAX_ORDERS - 1, &value,
		       cursor->reader->errors))
		return;
	if (value != order)
		error_input(cursor->reader->errors, word.place,
			    "page block order: \"%s\", and the config's "
			    "pageblock_order is %u",
			    word.s, order);
}

static void read_type_line(struct cursor *cursor)
{
	if (starts_with(cursor, "Page block order:"))
		check_order(cursor);
	else if (cursor->part == READING_DONE)
		return;
	else if (starts_with(cursor, "Number of blocks type"))
		read_columns(cursor);
	else if (starts_with(cursor, "Number of mixed blocks"))
		cursor->part = READING_DONE;
	else if (starts_with(cursor, "Pages per block:") ||
		 starts_with(cursor, "Free pages count per migrate type"))
		return;
	else if (cursor->part == READING_FREE)
		read_free_line(cursor);
	else
		read_blocks_line(cursor);
}

int config_read_pagetypeinfo(struct config_reader *reader, const char *path)
{
	return read_lines(reader, path, read_type_line);
}
