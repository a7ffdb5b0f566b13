/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * floor_pipeline HOW EVERY WORKLOAD DATABASE: the least that a whole run has to
 * do, with what `generate mix` wrote: the operations are read, carried out on
 * the model of floor_slab.h, and each EVERY-th becomes a row of a database.
 *
 *	packed	as 32-byte records that are in memory already; the text was
 *		taken apart before, which is not timed
 *	text	from the text in memory, taken apart by hand, knowing how
 *		`generate` writes
 *
 * EVERY 0: no rows, and no database.
 */

#include <stddef.h>

#include <sqlite3.h>

#include "tests/bench/floor_slab.h"

enum pipeline_op { PIPE_KMALLOC, PIPE_KFREE, PIPE_ALLOC, PIPE_FREE };

struct record {
	uint64_t t_ns;
	uint64_t got;
	uint32_t id;
	uint32_t size; /* bytes, or an order */
	uint8_t op;
	uint8_t gfp;
	uint8_t ctx;
	uint8_t cpu;
};

#define NR_COLUMNS 8
#define ROWS_AT_ONCE 64
#define MOST_IDS (1u << 24)
#define NR_PAGES (1u << 20)

static struct floor_slabs slabs;
static uint32_t *got_of; /* by id */
static uint8_t *order_of;
static uint8_t class_of[1025];
static uint64_t nr_ops;
static uint64_t failed;

/* ---- rows ---------------------------------------------------------------- */

static sqlite3 *db;
static sqlite3_stmt *insert;
static struct record waiting[ROWS_AT_ONCE];
static unsigned int nr_waiting;
static uint64_t every;

static void must(int result)
{
	if (result != SQLITE_OK && result != SQLITE_DONE)
		die(db ? sqlite3_errmsg(db) : "no database");
}

static void open_database(const char *path)
{
	char text[64 + ROWS_AT_ONCE * 20] = "INSERT INTO op VALUES";

	remove(path);
	must(sqlite3_open(path, &db));
	must(sqlite3_exec(
		db,
		"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
		"CREATE TABLE op(t, op, id, size, gfp, ctx, cpu, got);"
		"BEGIN",
		NULL, NULL, NULL));
	for (int i = 0; i < ROWS_AT_ONCE; i++)
		strcat(text, i ? ",(?,?,?,?,?,?,?,?)" : "(?,?,?,?,?,?,?,?)");
	must(sqlite3_prepare_v2(db, text, -1, &insert, NULL));
}

static void write_rows(void)
{
	for (int i = 0; i < ROWS_AT_ONCE; i++) {
		const struct record *record = &waiting[i];
		int at = i * NR_COLUMNS;

		sqlite3_bind_int64(insert, at + 1, record->t_ns);
		sqlite3_bind_int(insert, at + 2, record->op);
		sqlite3_bind_int(insert, at + 3, record->id);
		sqlite3_bind_int(insert, at + 4, record->size);
		sqlite3_bind_int(insert, at + 5, record->gfp);
		sqlite3_bind_int(insert, at + 6, record->ctx);
		sqlite3_bind_int(insert, at + 7, record->cpu);
		sqlite3_bind_int64(insert, at + 8, record->got);
	}
	must(sqlite3_step(insert));
	must(sqlite3_reset(insert));
	nr_waiting = 0;
}

/* What does not fill a statement is left out: one of many. */
static void close_database(void)
{
	must(sqlite3_finalize(insert));
	must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
	must(sqlite3_close(db));
}

/* ---- the model ----------------------------------------------------------- */

ALWAYS_INLINE void carry_out(struct record *record)
{
	uint32_t id = record->id;

	switch (record->op) {
	case PIPE_KMALLOC:
		got_of[id] = slab_alloc(&slabs, class_of[record->size]);
		failed += got_of[id] == NO_FRAME;
		break;
	case PIPE_KFREE:
		if (got_of[id] != NO_FRAME)
			slab_free(&slabs, got_of[id]);
		break;
	case PIPE_ALLOC:
		got_of[id] =
			floor_alloc(&slabs.pages, &stacked_lists, record->size);
		order_of[id] = record->size;
		failed += got_of[id] == NO_FRAME;
		break;
	case PIPE_FREE:
		if (got_of[id] != NO_FRAME)
			floor_free(&slabs.pages, &stacked_lists, got_of[id],
				   order_of[id]);
		break;
	}
	record->got = got_of[id];
	if (every && nr_ops % every == 0) {
		waiting[nr_waiting++] = *record;
		if (nr_waiting == ROWS_AT_ONCE)
			write_rows();
	}
	nr_ops++;
}

/* ---- reading ------------------------------------------------------------- */

/* The number that a value is, and where it ends. */
ALWAYS_INLINE uint64_t take_number(const char **at)
{
	uint64_t number = 0;

	for (; **at >= '0' && **at <= '9'; (*at)++)
		number = number * 10 + (**at - '0');
	return number;
}

ALWAYS_INLINE const char *skip_word(const char *at)
{
	while (*at != ',' && *at != '}')
		at++;
	return at;
}

ALWAYS_INLINE const char *take_field(struct record *record, const char *key,
				     const char *at)
{
	switch (key[0]) {
	case 't':
		record->t_ns = take_number(&at);
		return at;
	case 'i':
		record->id = take_number(&at);
		return at;
	case 's':
		record->size = take_number(&at);
		return at;
	case 'g':
		record->gfp = at[4];
		return skip_word(at);
	case 'c':
		if (key[1] == 'p') {
			record->cpu = take_number(&at);
			return at;
		}
		record->ctx = at[0];
		return skip_word(at);
	}
	if (key[1] == 'r') {
		record->size = take_number(&at);
		return at;
	}
	if (at[0] == 'k')
		record->op = at[1] == 'm' ? PIPE_KMALLOC : PIPE_KFREE;
	else
		record->op = at[0] == 'a' ? PIPE_ALLOC : PIPE_FREE;
	return skip_word(at);
}

/* An event, from its "- {" on; returns where the next one begins. */
ALWAYS_INLINE const char *take_event(struct record *record, const char *at)
{
	if (at[0] != '-' || at[2] != '{')
		die("not as it was generated");
	at += 3;
	for (;;) {
		const char *key = at;

		while (*at != ':')
			at++;
		at = take_field(record, key, at + 2);
		if (*at == '}')
			return at + 2;
		at += 2;
	}
}

static const char *read_file(const char *path, const char **end)
{
	FILE *file = fopen(path, "r");
	char *text, *begin;
	long length;

	if (!file || fseek(file, 0, SEEK_END) || (length = ftell(file)) < 0)
		die("cannot read the workload");
	rewind(file);
	text = map_table(length + 64, 1);
	if (fread(text, 1, length, file) != (size_t)length)
		die("cannot read the workload");
	fclose(file);
	begin = strstr(text, "events:\n");
	if (!begin)
		die("no workload");
	*end = text + length;
	return begin + strlen("events:\n");
}

/* ---- the two ways -------------------------------------------------------- */

static double run_text(const char *at, const char *end, const char *path)
{
	double begin = cpu_ns();

	if (every)
		open_database(path);
	while (at < end) {
		struct record record = { .t_ns = 0 };

		at = take_event(&record, at);
		carry_out(&record);
	}
	if (every)
		close_database();
	return cpu_ns() - begin;
}

#define IDS_AHEAD 32
#define THINGS_AHEAD 14

static void carry_out_all(struct record *record, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const struct record *soon = &record[i + THINGS_AHEAD];
		uint32_t got = got_of[soon->id];

		__builtin_prefetch(&got_of[record[i + IDS_AHEAD].id], 1);
		if (soon->op == PIPE_KFREE)
			__builtin_prefetch(&slabs.slab[got / MOST_OBJECTS], 1);
		else if (soon->op == PIPE_FREE)
			__builtin_prefetch(
				&slabs.pages.buddy.link[got % NR_PAGES], 1);
		carry_out(&record[i]);
	}
}

static double run_packed(const char *at, const char *end, const char *path)
{
	/* No event is shorter than 32 bytes. */
	struct record *record =
		map_table((end - at) / 32 + IDS_AHEAD, sizeof(*record));
	size_t nr = 0;
	double begin;

	while (at < end)
		at = take_event(&record[nr++], at);
	begin = cpu_ns();
	if (every)
		open_database(path);
	carry_out_all(record, nr);
	if (every)
		close_database();
	return cpu_ns() - begin;
}

int main(int argc, char **argv)
{
	const char *at, *end;
	double ns;

	if (argc != 5)
		die("floor_pipeline HOW EVERY WORKLOAD DATABASE");
	every = to_number(argv[2]);
	at = read_file(argv[3], &end);
	got_of = map_table(MOST_IDS, sizeof(*got_of));
	order_of = map_table(MOST_IDS, 1);
	for (size_t i = 0; i < NR_SLAB_SIZES; i++)
		class_of[slab_sizes[i]] = i;
	slabs_init(&slabs, NR_PAGES);
	if (strcmp(argv[1], "text") == 0)
		ns = run_text(at, end, argv[4]);
	else if (strcmp(argv[1], "packed") == 0)
		ns = run_packed(at, end, argv[4]);
	else
		die("packed or text");
	print_result(ns, nr_ops, failed, slabs.nr);
	return 0;
}
