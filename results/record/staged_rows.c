/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows that take a short cut into a table.
 *
 * For SQLite a row of 29 columns is some 150 steps of its virtual machine, at
 * a microsecond in all. But between two tables that are declared alike it
 * copies rows as they are, byte for byte. So we write the rows of a batch into
 * the image of a database that holds nothing but such a table, and let SQLite
 * copy them from there:
 *
 *	rows --> image in memory --sqlite3_deserialize()--> staged_op_log.op_log
 *	                                                        |
 *	main.op_log <--INSERT INTO main.op_log SELECT * FROM ---+
 *
 * What is written to disk, when, and how it is rolled back stays SQLite's
 * business. The image's format is the one of the database file, which is
 * documented and kept (https://www.sqlite.org/fileformat2.html):
 *
 *	page 1	header and schema, as SQLite made them
 *	page 2	the table's root: for each leaf its page and its last row
 *	page 3…	leaves: rows from the back, their places from the front
 *
 * A table of one leaf has no other root: that leaf is page 2 then.
 *
 * SQLite holds on to the image until the transaction that copied its rows is
 * committed; until then no more rows can be staged.
 *
 * Left out: real numbers and blobs, which these rows don't have; rows longer
 * than a quarter of a page.
 */

#include "results/record/staged_rows.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "sim/base/text.h"

#define PAGE_BYTES ((size_t)65536)
#define LEAVES_MAX 126u
#define LEAVES_MANY (LEAVES_MAX * 3 / 4)
#define IMAGE_BYTES ((2 + LEAVES_MAX) * PAGE_BYTES)
#define BODY_MAX (PAGE_BYTES / 4)

/* Of the file's header, which is at the front of page 1 */
#define HEADER_CHANGES 24
#define HEADER_PAGES 28
#define HEADER_VALID_FOR 92

/* Of a page of a table */
#define KIND_INTERIOR 0x05
#define KIND_LEAF 0x0d
#define LEAF_HEADER 8
#define INTERIOR_HEADER 12
#define POINTER_BYTES 2

struct staged_rows {
	const struct database *database;
	char *name;   /* owned: of the database in memory */
	char *insert; /* owned: the statement that moves them */
	unsigned char *image;
	uint32_t last_row[LEAVES_MAX]; /* of each leaf */
	uint32_t nr_rows;
	unsigned int nr_leaves; /* begun */
	unsigned int nr_cells;	/* in the last of them */
	size_t content;		/* where its lowest cell begins */
	bool moved;		/* and not yet committed */
};

/*
 * A row's header (the types of its columns) and body (their values). Texts end
 * within BODY_MAX; behind them is room for as many integers as there may be.
 */
#define RECORD_HEADER_MAX (1 + 3 * ROWS_COLUMNS_MAX)
_Static_assert(RECORD_HEADER_MAX < 1 << 7,
	       "a header's length is written as a varint of one byte");
struct record {
	unsigned char header[RECORD_HEADER_MAX];
	size_t header_bytes;
	unsigned char body[BODY_MAX + ROWS_COLUMNS_MAX * sizeof(uint64_t)];
	size_t body_bytes;
};

/* ---- bytes --------------------------------------------------------------- */

static void put_be16(unsigned char *at, size_t value)
{
	uint16_t bytes = htobe16((uint16_t)value);

	memcpy(at, &bytes, sizeof(bytes));
}

static void put_be32(unsigned char *at, uint32_t value)
{
	value = htobe32(value);
	memcpy(at, &value, sizeof(value));
}

/* 7 bits a byte, the highest first; all but the last have bit 7 set. */
static inline unsigned char *put_varint(unsigned char *at, uint32_t value)
{
	if (value < 1u << 7) {
		*at = (unsigned char)value;
		return at + 1;
	}
	if (value >= 1u << 28)
		*at++ = (unsigned char)(0x80 | value >> 28);
	if (value >= 1u << 21)
		*at++ = (unsigned char)(0x80 | value >> 21);
	if (value >= 1u << 14)
		*at++ = (unsigned char)(0x80 | value >> 14);
	*at++ = (unsigned char)(0x80 | value >> 7);
	*at++ = value & 0x7f;
	return at;
}

/* ---- a row --------------------------------------------------------------- */

/*
 * Where the next column's type and value go: kept apart from what they point
 * into, or the compiler would read them anew behind each byte that is written.
 */
struct pen {
	unsigned char *type;
	unsigned char *value;
};

/* The type of an integer is its length; 0 and 1 are types of their own. */
static inline struct pen write_int(struct pen pen, int64_t number)
{
	static const uint8_t length_of[] = { 1, 2, 3, 4, 6, 6, 8, 8 };
	static const uint8_t type_of[] = { 1, 2, 3, 4, 5, 5, 6, 6 };
	uint64_t bits = (uint64_t)(number < 0 ? ~number : number);
	unsigned int log2 = 63 - (unsigned int)__builtin_clzll(bits | 1);
	unsigned int last = (log2 + 1) / 8; /* with room for the sign */
	unsigned int length = length_of[last];
	uint64_t bytes;

	if (number == 0 || number == 1) {
		*pen.type++ = (unsigned char)(8 + number);
		return pen;
	}
	*pen.type++ = type_of[last];
	bytes = htobe64((uint64_t)number << (64 - 8 * length));
	memcpy(pen.value, &bytes, sizeof(bytes));
	pen.value += length;
	return pen;
}

_Static_assert(2 * BODY_MAX + 13 < 1 << 21,
	       "a text's type is written in three bytes at most");
static inline struct pen write_text(struct pen pen, const char *text,
				    size_t length)
{
	memcpy(pen.value, text, length);
	pen.value += length;
	pen.type = put_varint(pen.type, (uint32_t)(2 * length + 13));
	return pen;
}

/* false: the row is too long, or has a blob. */
static bool record_row(struct record *record, const struct value *value,
		       unsigned int nr_columns)
{
	struct pen pen = { record->header + 1, record->body };
	const unsigned char *end = record->body + BODY_MAX;
	size_t length;

	for (unsigned int i = 0; i < nr_columns; i++, value++) {
		switch (value->kind) {
		case VALUE_NULL:
			*pen.type++ = 0;
			break;
		case VALUE_INT:
			pen = write_int(pen, value->number);
			break;
		case VALUE_TEXT:
			length = value->length ? value->length :
						 strlen(value->text);
			if (length > (size_t)(end - pen.value))
				return false;
			pen = write_text(pen, value->text, length);
			break;
		case VALUE_BLOB:
			return false;
		}
	}
	record->header_bytes = (size_t)(pen.type - record->header);
	record->body_bytes = (size_t)(pen.value - record->body);
	record->header[0] = (unsigned char)record->header_bytes;
	return true;
}

/* ---- pages --------------------------------------------------------------- */

/* Counted from 1. */
static unsigned char *page_of(const struct staged_rows *rows, size_t number)
{
	return rows->image + (number - 1) * PAGE_BYTES;
}

static void begin_leaf(struct staged_rows *rows)
{
	rows->nr_leaves++;
	rows->nr_cells = 0;
	rows->content = PAGE_BYTES;
}

static void end_leaf(struct staged_rows *rows)
{
	unsigned char *page = page_of(rows, 2 + rows->nr_leaves);

	memset(page, 0, LEAF_HEADER);
	page[0] = KIND_LEAF;
	put_be16(page + 3, rows->nr_cells);
	put_be16(page + 5, rows->content);
	rows->last_row[rows->nr_leaves - 1] = rows->nr_rows;
}

static bool has_room(const struct staged_rows *rows, size_t bytes)
{
	size_t front = LEAF_HEADER + (rows->nr_cells + 1) * POINTER_BYTES;

	return rows->nr_leaves && front + bytes <= rows->content;
}

static void add_cell(struct staged_rows *rows, const unsigned char *prefix,
		     size_t prefix_bytes, const struct record *record)
{
	unsigned char *page = page_of(rows, 2 + rows->nr_leaves);
	unsigned char *at;

	rows->content -=
		prefix_bytes + record->header_bytes + record->body_bytes;
	put_be16(page + LEAF_HEADER + rows->nr_cells++ * POINTER_BYTES,
		 rows->content);
	at = page + rows->content;
	memcpy(at, prefix, prefix_bytes);
	at += prefix_bytes;
	memcpy(at, record->header, record->header_bytes);
	at += record->header_bytes;
	memcpy(at, record->body, record->body_bytes);
}

bool staged_rows_add(struct staged_rows *rows, const struct value *value,
		     unsigned int nr_columns)
{
	struct record record;
	unsigned char prefix[2 * 5];
	unsigned char *end;
	size_t bytes;

	if (rows->moved || !record_row(&record, value, nr_columns))
		return false;
	bytes = record.header_bytes + record.body_bytes;
	end = put_varint(prefix, (uint32_t)bytes);
	end = put_varint(end, rows->nr_rows + 1);
	if (!has_room(rows, bytes + (size_t)(end - prefix))) {
		if (rows->nr_leaves == LEAVES_MAX)
			return false;
		if (rows->nr_leaves)
			end_leaf(rows);
		begin_leaf(rows);
	}
	rows->nr_rows++;
	add_cell(rows, prefix, (size_t)(end - prefix), &record);
	return true;
}

bool staged_rows_are_many(const struct staged_rows *rows)
{
	return rows->nr_leaves > LEAVES_MANY && !rows->moved;
}

/* The root's last child is in its header, the others are cells. */
static void write_root(struct staged_rows *rows)
{
	unsigned char *page = page_of(rows, 2);
	size_t content = PAGE_BYTES;
	unsigned char cell[4 + 5];

	if (rows->nr_leaves == 1) {
		memcpy(page, page_of(rows, 3), PAGE_BYTES);
		return;
	}
	memset(page, 0, INTERIOR_HEADER);
	page[0] = KIND_INTERIOR;
	for (unsigned int i = 0; i + 1 < rows->nr_leaves; i++) {
		size_t bytes;

		put_be32(cell, 3 + i);
		bytes = (size_t)(put_varint(cell + 4, rows->last_row[i]) -
				 cell);
		content -= bytes;
		memcpy(page + content, cell, bytes);
		put_be16(page + INTERIOR_HEADER + i * POINTER_BYTES, content);
	}
	put_be16(page + 3, rows->nr_leaves - 1);
	put_be16(page + 5, content);
	put_be32(page + 8, 2 + rows->nr_leaves);
}

/* ---- moving them --------------------------------------------------------- */

static int run_with_name(const struct staged_rows *rows, const char *what,
			 struct errors *errors)
{
	struct text sql = TEXT_EMPTY;
	int result = -1;

	text_add(&sql, "%s %s", what, rows->name);
	if (sql.failed)
		error_host(errors, "%s", rows->name);
	else
		result = database_run(rows->database, sql.s, errors);
	text_release(&sql);
	return result;
}

static int attach(struct staged_rows *rows, unsigned int pages,
		  struct errors *errors)
{
	sqlite3_int64 bytes = (sqlite3_int64)(pages * PAGE_BYTES);
	const struct database *database = rows->database;

	put_be32(rows->image + HEADER_PAGES, pages);
	memcpy(rows->image + HEADER_VALID_FOR, rows->image + HEADER_CHANGES, 4);
	if (run_with_name(rows, "ATTACH ':memory:' AS", errors))
		return -1;
	if (sqlite3_deserialize(database->db, rows->name, rows->image, bytes,
				bytes,
				SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
		return database_error(database, errors);
	return 0;
}

int staged_rows_move(struct staged_rows *rows, struct errors *errors)
{
	unsigned int pages = rows->nr_leaves > 1 ? 2 + rows->nr_leaves : 2;

	if (!rows->nr_leaves || rows->moved)
		return 0;
	end_leaf(rows);
	write_root(rows);
	rows->moved = true;
	if (attach(rows, pages, errors))
		return -1;
	return database_run(rows->database, rows->insert, errors);
}

int staged_rows_committed(struct staged_rows *rows, struct errors *errors)
{
	if (!rows->moved)
		return 0;
	rows->moved = false;
	rows->nr_leaves = 0;
	rows->nr_rows = 0;
	return run_with_name(rows, "DETACH", errors);
}

/* ---- making and freeing -------------------------------------------------- */

/* Page 1 and an empty page 2, by the pen of SQLite itself. */
static int write_schema(struct staged_rows *rows, const char *declaration,
			struct errors *errors)
{
	struct database maker;
	unsigned char *made = NULL;
	sqlite3_int64 bytes = 0;
	int result = -1;

	if (database_create(&maker, NULL, errors))
		return -1;
	if (!database_run(&maker, "PRAGMA page_size = 65536", errors) &&
	    !database_run(&maker, declaration, errors)) {
		made = sqlite3_serialize(maker.db, "main", &bytes, 0);
		if (made && bytes == 2 * PAGE_BYTES) {
			memcpy(rows->image, made, 2 * PAGE_BYTES);
			result = 0;
		} else {
			error_host(errors, "rows in memory");
		}
	}
	sqlite3_free(made);
	database_close(&maker);
	return result;
}

/* Declares what is staged as the table itself was. */
static int copy_schema(struct staged_rows *rows, const char *table,
		       struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(
		rows->database,
		"SELECT sql FROM main.sqlite_schema WHERE name = ?", errors);
	int result = -1;

	if (!statement)
		return -1;
	if (sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC) !=
		    SQLITE_OK ||
	    database_step(rows->database, statement, errors) != 1)
		error_host(errors, "no table %s", table);
	else
		result = write_schema(rows, column_text(statement, 0), errors);
	sqlite3_finalize(statement);
	return result;
}

struct staged_rows *staged_rows_new(const struct database *database,
				    const char *table, struct errors *errors)
{
	struct staged_rows *rows = host_alloc(1, sizeof(*rows));
	struct text insert = TEXT_EMPTY, name = TEXT_EMPTY;

	if (!rows) {
		error_host(errors, "%s", table);
		return NULL;
	}
	text_add(&insert, "INSERT INTO main.%s SELECT * FROM staged_%s.%s",
		 table, table, table);
	text_add(&name, "staged_%s", table);
	rows->database = database;
	rows->insert = insert.s;
	rows->name = name.s;
	rows->image = host_map_sparse(IMAGE_BYTES);
	if (insert.failed || name.failed || !rows->image)
		error_host(errors, "%s", table);
	else if (!copy_schema(rows, table, errors))
		return rows;
	staged_rows_free(rows);
	return NULL;
}

void staged_rows_free(struct staged_rows *rows)
{
	if (!rows)
		return;
	host_unmap(rows->image, IMAGE_BYTES);
	free(rows->insert);
	free(rows->name);
	free(rows);
}
