/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A workload may break rules a hundred thousand times, and then the same is to
 * be said of many calls. So each text stands once, in a table of its own, and
 * each call has a row of numbers:
 *
 *	violation_row: seq, t_ns, line, message --> violation_message: rule,
 *	                                            text, file
 *
 * Texts that are there already are found in a hash table with room for one text
 * a hash: a text that finds another in its place takes the place, and gets a
 * new row, even if it had one before. A text that is there twice does no harm;
 * memory without bounds would, since some texts name the id of their call.
 *
 * Most texts come with a number that no other has, and are known by that.
 *
 * Each text has a count of the rows that point to it, so that nobody has to
 * count them; it is brought up to date with each commit.
 *
 * Once there are many, rows of numbers take the short cut
 * (results/record/staged_rows.h). Texts are written at once, in the same
 * transaction: whoever reads the database of a killed run finds the text of
 * every row.
 */

#include "results/record/violation_rows.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

/* From here on the image that the short cut needs is worth it. */
#define MANY_ROWS 512

/* What is said of a call: rule, text and file, each with its NUL. */
enum { RULE, TEXT, FILE_NAME, NR_PARTS };
struct parts {
	const char *part[NR_PARTS];
	size_t bytes[NR_PARTS];
	size_t all_bytes;
};

static struct parts parts_of(const struct violation *violation)
{
	struct parts parts = { .part = {
				       [RULE] = violation->rule,
				       [TEXT] = violation->message,
				       [FILE_NAME] = violation->file ?
							     violation->file :
							     "",
			       } };

	for (int i = 0; i < NR_PARTS; i++) {
		parts.bytes[i] = strlen(parts.part[i]) + 1;
		parts.all_bytes += parts.bytes[i];
	}
	return parts;
}

static bool is_known(const struct known_message *known,
		     const struct parts *parts, uint64_t hash)
{
	const char *text = known->text;

	if (!known->number || known->hash != hash ||
	    known->bytes != parts->all_bytes)
		return false;
	for (int i = 0; i < NR_PARTS; i++) {
		if (memcmp(parts->part[i], text, parts->bytes[i]) != 0)
			return false;
		text += parts->bytes[i];
	}
	return true;
}

/* Takes the place, whoever had it; false: no memory. */
static bool remember(struct known_message *known, const struct parts *parts,
		     uint64_t hash, int64_t number)
{
	char *text = realloc(known->text, parts->all_bytes);

	if (!text)
		return false;
	*known = (struct known_message){
		.hash = hash,
		.number = number,
		.text = text,
		.bytes = parts->all_bytes,
	};
	for (int i = 0; i < NR_PARTS; i++) {
		memcpy(text, parts->part[i], parts->bytes[i]);
		text += parts->bytes[i];
	}
	return true;
}

static int write_message(struct violation_rows *violations,
			 const struct parts *parts, struct errors *errors)
{
	const struct database *database = violations->rows.database;
	sqlite3_stmt *statement = violations->add_message;
	int result = sqlite3_bind_int64(statement, 1, RUN_ID);

	if (result == SQLITE_OK)
		result = sqlite3_bind_int64(statement, 2,
					    ++violations->nr_messages);
	for (int i = 0; i < NR_PARTS && result == SQLITE_OK; i++)
		result = sqlite3_bind_text(statement, 3 + i, parts->part[i],
					   (int)parts->bytes[i] - 1,
					   SQLITE_STATIC);
	if (result == SQLITE_OK)
		sqlite3_step(statement);
	if (result == SQLITE_OK)
		result = sqlite3_reset(statement);
	return result == SQLITE_OK ? 0 : database_error(database, errors);
}

/* Its row says how many rows point to it. */
static int write_count(struct violation_rows *violations,
		       struct known_message *known, struct errors *errors)
{
	sqlite3_stmt *statement = violations->set_count;

	if (known->count == known->count_written)
		return 0;
	if (sqlite3_bind_int64(statement, 1, (int64_t)known->count) ==
		    SQLITE_OK &&
	    sqlite3_bind_int64(statement, 2, known->number) == SQLITE_OK)
		sqlite3_step(statement);
	if (sqlite3_reset(statement) != SQLITE_OK)
		return database_error(violations->rows.database, errors);
	known->count_written = known->count;
	return 0;
}

/* The text's place, with its row, which is made where there is none. */
static struct known_message *look_up(struct violation_rows *violations,
				     const struct violation *violation,
				     struct errors *errors)
{
	struct parts parts = parts_of(violation);
	uint64_t hash = XXH3_64bits(parts.part[TEXT], parts.bytes[TEXT]);
	struct known_message *known =
		&violations->known[hash % NR_KNOWN_MESSAGES];

	if (is_known(known, &parts, hash))
		return known;
	if (write_count(violations, known, errors) ||
	    write_message(violations, &parts, errors))
		return NULL;
	if (remember(known, &parts, hash, violations->nr_messages))
		return known;
	error_host(errors, "violations");
	return NULL;
}

/* The same, of a text that has a number by that alone. */
static struct known_message *know(struct violation_rows *violations,
				  const struct violation *violation,
				  struct errors *errors)
{
	uint64_t number = violation->message_number;
	struct known_message **numbered =
		&violations->numbered[number % NR_NUMBERED_MESSAGES];
	struct known_message *known = *numbered;

	if (number && known && known->message_number == number &&
	    known->file == violation->file)
		return known;
	known = look_up(violations, violation, errors);
	if (known && number) {
		known->message_number = number;
		known->file = violation->file;
		*numbered = known;
	}
	return known;
}

int violation_rows_init(struct violation_rows *violations,
			const struct database *database, struct errors *errors)
{
	violations->add_message =
		database_prepare(database,
				 "INSERT INTO violation_message"
				 " VALUES (?, ?, ?, ?, nullif(?, ''), 0)",
				 errors);
	violations->set_count =
		database_prepare(database,
				 "UPDATE violation_message SET count = ?"
				 " WHERE number = ?",
				 errors);
	if (!violations->add_message || !violations->set_count)
		return -1;
	if (rows_init(&violations->rows, database, "violation_row", errors))
		return -1;
	rows_stage_from(&violations->rows, MANY_ROWS);
	return 0;
}

int violation_rows_flush(struct violation_rows *violations,
			 struct errors *errors)
{
	for (size_t i = 0; i < NR_KNOWN_MESSAGES; i++)
		if (write_count(violations, &violations->known[i], errors))
			return -1;
	return rows_flush(&violations->rows, errors);
}

void violation_rows_release(struct violation_rows *violations)
{
	rows_release(&violations->rows);
	sqlite3_finalize(violations->add_message);
	sqlite3_finalize(violations->set_count);
	violations->add_message = violations->set_count = NULL;
	for (size_t i = 0; i < NR_KNOWN_MESSAGES; i++) {
		free(violations->known[i].text);
		violations->known[i].text = NULL;
	}
}

int violation_rows_add(struct violation_rows *violations,
		       const struct violation *violation, struct errors *errors)
{
	struct known_message *message = know(violations, violation, errors);

	if (!message)
		return -1;
	message->count++;
	return rows_put(&violations->rows,
			(struct value[]){
				value_int(RUN_ID),
				value_int_if(violation->seq, violation->seq),
				value_int(violation->t_ns),
				value_int_if(violation->line, violation->line),
				value_int((uint64_t)message->number),
			},
			errors);
}
