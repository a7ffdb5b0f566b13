/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers and names out of databases, as people read them. */

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "results/report/page_internal.h"
#include "results/text/table.h"

struct page_value page_value_of(sqlite3_stmt *row, int column)
{
	switch (sqlite3_column_type(row, column)) {
	case SQLITE_INTEGER:
	case SQLITE_FLOAT:
		return (struct page_value){
			.is = PAGE_NUMBER,
			.number = sqlite3_column_double(row, column),
		};
	case SQLITE_NULL:
		return (struct page_value){ .is = PAGE_NOTHING };
	default:
		return (struct page_value){
			.is = PAGE_TEXT,
			.text = column_text(row, column),
		};
	}
}

/* 1234567: "1,234,567" */
static void add_groups(double number, char text[PAGE_NUMBER_MAX])
{
	char digits[PAGE_NUMBER_MAX];
	int length = snprintf(digits, sizeof digits, "%.0f", fabs(number));
	char *to = text;

	if (number < 0)
		*to++ = '-';
	for (int i = 0; i < length && to < text + PAGE_NUMBER_MAX - 2; i++) {
		if (i && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
}

const char *page_number(enum page_kind kind, double number,
			char text[PAGE_NUMBER_MAX])
{
	char unsigned_text[NUMBER_TEXT_MAX];
	const char *sign = number < 0 ? "-" : "";
	uint64_t size = (uint64_t)fabs(number);

	switch (kind) {
	case AS_NS:
		snprintf(text, PAGE_NUMBER_MAX, "%s%s", sign,
			 format_ns(size, unsigned_text));
		break;
	case AS_BYTES:
		snprintf(text, PAGE_NUMBER_MAX, "%s%s", sign,
			 format_bytes(size, unsigned_text));
		break;
	case AS_PERCENT:
		snprintf(text, PAGE_NUMBER_MAX, "%.1f %%", number);
		break;
	case AS_INDEX:
		snprintf(text, PAGE_NUMBER_MAX, "%.3f", number);
		break;
	default:
		add_groups(number, text);
	}
	return text;
}

void page_add_value(struct html *html, enum page_kind kind,
		    const struct page_value *value)
{
	char text[PAGE_NUMBER_MAX];

	if (value->is == PAGE_NOTHING)
		html_text(html, "–");
	else if (value->is == PAGE_NUMBER)
		html_text(html, page_number(kind, value->number, text));
	else if (kind == AS_CODE)
		html_element(html, "code", NULL, "%s", value->text);
	else
		html_text(html, value->text);
}

sqlite3_stmt *page_query(struct page *page, const struct page_run *run,
			 const char *sql)
{
	sqlite3_stmt *row = NULL;

	if (run->database.version >= DATABASE_VERSION)
		return database_prepare(&run->database, sql, page->errors);
	if (sqlite3_prepare_v2(run->database.db, sql, -1, &row, NULL) !=
	    SQLITE_OK)
		return NULL;
	return row;
}

const char *page_keep(struct page *page, const char *text)
{
	char *kept = arena_strndup(page->arena, text, strlen(text));

	if (!kept)
		error_host(page->errors, "report");
	return kept ? kept : "";
}
