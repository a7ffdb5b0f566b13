// SPDX-License-Identifier: GPL-2.0-only
/*
 * The collection of errors that every library function writes to.
 *
 * Rules: nothing is printed here before errors_print(); a message is one line
 * of valid, visible UTF-8 whatever the input held, so that a terminal or a
 * log can show it; the first ERRORS_MAX are kept, because the first are the
 * ones that explain the rest; where the host has no memory for a message, it
 * is counted all the same.
 */

#include "sim/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"

#define MESSAGE_MAX 2000

/* Cuts at a character's end, with an ellipsis that says so. */
static size_t cut(char *message, size_t length)
{
	if (length <= MESSAGE_MAX)
		return length;
	length = MESSAGE_MAX;
	while (length > 0 && ((unsigned char)message[length] & 0xc0) == 0x80)
		length--;
	strcpy(message + length, "…");
	return strlen(message);
}

/* What the raw text becomes in length; 0: no memory. */
static size_t visible_length(const char *raw, size_t length)
{
	char *visible = make_visible(raw, length);
	size_t result = visible ? strlen(visible) : 0;

	free(visible);
	return result;
}

static void keep(struct errors *errors, struct place place, const char *prefix,
		 char *message)
{
	char *all, *visible;
	size_t length, prefix_length = strlen(prefix);

	if (errors->nr++ >= ERRORS_MAX)
		return;
	length = cut(message, strlen(message));
	all = malloc(prefix_length + length + 1);
	visible = NULL;
	if (all) {
		memcpy(all, prefix, prefix_length);
		memcpy(all + prefix_length, message, length + 1);
		visible = make_visible(all, prefix_length + length);
	}
	free(all);
	errors->text[errors->nr - 1] = visible;
	errors->place[errors->nr - 1] =
		(struct error_place){ place.line, place.column,
				      visible_length(prefix, prefix_length) };
	if (!visible)
		errors->any_host = true;
}

static void add_input(struct errors *errors, const char *kind,
		      struct place place, const char *format, va_list args)
	__attribute__((format(printf, 4, 0)));

static void add_input(struct errors *errors, const char *kind,
		      struct place place, const char *format, va_list args)
{
	char prefix[MESSAGE_MAX], message[MESSAGE_MAX + 8];
	const char *file = place.file ? place.file : "";
	int room = MESSAGE_MAX - 64;

	vsnprintf(message, sizeof(message), format, args);
	if (place.line && place.column)
		snprintf(prefix, sizeof(prefix), "%.*s:%llu:%llu: %s: ", room,
			 file, (unsigned long long)place.line,
			 (unsigned long long)place.column, kind);
	else if (place.line)
		snprintf(prefix, sizeof(prefix), "%.*s:%llu: %s: ", room, file,
			 (unsigned long long)place.line, kind);
	else
		snprintf(prefix, sizeof(prefix), "%.*s%s%s: ", room, file,
			 *file ? ": " : "", kind);
	keep(errors, place, prefix, message);
}

int error_input(struct errors *errors, struct place place, const char *format,
		...)
{
	va_list args;

	va_start(args, format);
	add_input(errors, "error", place, format, args);
	va_end(args);
	return -1;
}

void remark_input(struct errors *remarks, const char *kind, struct place place,
		  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_input(remarks, kind, place, format, args);
	va_end(args);
}

int error_host(struct errors *errors, const char *format, ...)
{
	char message[MESSAGE_MAX + 8];
	int saved_errno = errno;
	va_list args;
	size_t length;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	length = strlen(message);
	if (saved_errno)
		snprintf(message + length, sizeof(message) - length, ": %s",
			 strerror(saved_errno));
	errors->any_host = true;
	keep(errors, (struct place){ 0 }, "error: ", message);
	return -1;
}

int error_open(struct errors *errors, struct place place)
{
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		return error_host(errors, "%s can't be opened", place.file);
	if (place.file && !*place.file)
		place.file = "\"\""; /* so that something is named */
	return error_input(errors, place, "can't be opened: %s",
			   strerror(errno));
}

static bool says_already(const struct errors *errors, const char *text)
{
	for (size_t i = 0; text && i < errors->nr && i < ERRORS_MAX; i++)
		if (errors->text[i] && !strcmp(errors->text[i], text))
			return true;
	return false;
}

void errors_merge(struct errors *to, struct errors *from)
{
	for (size_t i = 0; i < from->nr; i++) {
		char *text = i < ERRORS_MAX ? from->text[i] : NULL;

		if (says_already(to, text))
			continue;
		if (to->nr < ERRORS_MAX) {
			to->text[to->nr] = text;
			to->place[to->nr] = i < ERRORS_MAX ?
						    from->place[i] :
						    (struct error_place){ 0 };
			if (text)
				from->text[i] = NULL;
		}
		to->nr++;
	}
	to->any_host |= from->any_host;
	errors_release(from);
}

/* How much of the message names the file, or whatever it is about. */
static size_t file_length(const struct errors *errors, size_t i)
{
	const struct error_place *place = &errors->place[i];
	const char *text = errors->text[i], *end;
	char behind[64];

	if (place->line && place->column)
		snprintf(behind, sizeof(behind),
			 ":%llu:%llu: ", (unsigned long long)place->line,
			 (unsigned long long)place->column);
	else if (place->line)
		snprintf(behind, sizeof(behind),
			 ":%llu: ", (unsigned long long)place->line);
	else
		snprintf(behind, sizeof(behind), ": ");
	end = strstr(text, behind);
	return end ? (size_t)(end - text) : 0;
}

static bool is_same_file(const struct errors *errors, size_t a, size_t b)
{
	size_t length = file_length(errors, a);

	return length == file_length(errors, b) &&
	       !memcmp(errors->text[a], errors->text[b], length);
}

static bool comes_before(const struct error_place *a,
			 const struct error_place *b)
{
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/*
 * Into their order: file by file as they were first told of, and in each by
 * line and column. Those of one place stay as they are.
 */
static size_t sort_errors(const struct errors *errors,
			  size_t order[ERRORS_MAX + 1])
{
	size_t nr = 0;

	for (size_t i = 0; i < errors->nr && i < ERRORS_MAX; i++) {
		size_t end, at;

		if (!errors->text[i])
			continue;
		/* Behind the last of its file, or of all. */
		end = nr;
		while (end && !is_same_file(errors, order[end - 1], i))
			end--;
		end = end ? end : nr;
		at = end;
		while (at && is_same_file(errors, order[at - 1], i) &&
		       comes_before(&errors->place[i],
				    &errors->place[order[at - 1]]))
			at--;
		memmove(&order[at + 1], &order[at], (nr - at) * sizeof(*order));
		order[at] = i;
		nr++;
	}
	return nr;
}

void errors_print(const struct errors *errors, FILE *to)
{
	size_t order[ERRORS_MAX + 1];
	size_t nr = sort_errors(errors, order);

	for (size_t i = 0; i < nr; i++)
		fprintf(to, "%s\n", errors->text[order[i]]);
	if (errors->nr > nr)
		fprintf(to, "error: and %zu more, not shown\n",
			errors->nr - nr);
}

void errors_forget(struct errors *errors, size_t from, size_t end)
{
	size_t kept = errors->nr < ERRORS_MAX ? errors->nr : ERRORS_MAX;

	end = end < kept ? end : kept;
	/* Of those that did not fit, none can take the free place. */
	if (from >= end || errors->nr > ERRORS_MAX)
		return;
	for (size_t i = from; i < end; i++)
		free(errors->text[i]);
	for (size_t i = end; i < kept; i++) {
		errors->text[from + i - end] = errors->text[i];
		errors->place[from + i - end] = errors->place[i];
	}
	errors->nr -= end - from;
}

void errors_release(struct errors *errors)
{
	size_t i;

	for (i = 0; i < errors->nr && i < ERRORS_MAX; i++)
		free(errors->text[i]);
	*errors = ERRORS_NONE;
}
