/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads lines through one buffer. A line longer than LINE_BYTES_MAX is given
 * up to there and marked; what follows is dropped up to its end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "workloads/import/lines.h"

#define BUFFER_BYTES ((size_t)1024 * 1024)

_Static_assert(BUFFER_BYTES > 2 * LINE_BYTES_MAX, "a line fits the buffer");

/* Moves the rest to the front and fills up behind it. */
static int fill(struct lines *lines, struct errors *errors)
{
	size_t got;

	memmove(lines->buffer, lines->buffer + lines->at,
		lines->used - lines->at);
	lines->used -= lines->at;
	lines->at = 0;
	errno = 0;
	got = fread(lines->buffer + lines->used, 1, BUFFER_BYTES - lines->used,
		    lines->from);
	lines->used += got;
	if (got > 0)
		return 0;
	lines->ended = true;
	if (ferror(lines->from) && errno == EISDIR)
		return error_input(errors, place_of_file(lines->path),
				   "this is a directory, not a file");
	if (ferror(lines->from))
		return error_host(errors, "can't read %s", lines->path);
	return 0;
}

int lines_open(struct lines *lines, const char *path, struct errors *errors)
{
	struct place place = place_of_file(path);

	*lines = (struct lines){ .path = path };
	errno = 0;
	lines->from = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	if (!lines->from)
		return error_open(errors, place);
	/* One byte more, for the NUL behind a last line. */
	lines->buffer = host_alloc(1, BUFFER_BYTES + 1);
	if (!lines->buffer) {
		lines_close(lines);
		return error_host(errors, "no memory to read %s", path);
	}
	if (fill(lines, errors) < 0) {
		lines_close(lines);
		return -1;
	}
	return 0;
}

/* Drops everything up to and with the next line's end. */
static int drop_rest(struct lines *lines, struct errors *errors)
{
	char *end;

	for (;;) {
		end = memchr(lines->buffer + lines->at, '\n',
			     lines->used - lines->at);
		if (end) {
			lines->at = (size_t)(end - lines->buffer) + 1;
			return 0;
		}
		lines->at = lines->used;
		if (lines->ended)
			return 0;
		if (fill(lines, errors) < 0)
			return -1;
	}
}

static size_t tidy(char *line, size_t length)
{
	char *nul = line;

	if (length && line[length - 1] == '\r')
		length--;
	line[length] = '\0';
	while ((nul = memchr(nul, '\0', length - (size_t)(nul - line))))
		*nul = '?';
	return length;
}

int lines_next(struct lines *lines, char **line, size_t *length,
	       struct errors *errors)
{
	char *end;

	if (lines->cut && drop_rest(lines, errors) < 0)
		return -1;
	lines->cut = false;
	for (;;) {
		end = memchr(lines->buffer + lines->at, '\n',
			     lines->used - lines->at);
		if (end || lines->ended ||
		    lines->used - lines->at > LINE_BYTES_MAX)
			break;
		if (fill(lines, errors) < 0)
			return -1;
	}
	if (!end && lines->at == lines->used)
		return 0;
	*line = lines->buffer + lines->at;
	*length = end ? (size_t)(end - *line) : lines->used - lines->at;
	lines->cut = *length > LINE_BYTES_MAX;
	if (lines->cut)
		*length = LINE_BYTES_MAX;
	lines->unfinished = !end && !lines->cut;
	lines->at += *length + (end && !lines->cut);
	if (lines->cut)
		lines->at++; /* the byte that the NUL takes */
	*length = tidy(*line, *length);
	lines->nr++;
	return 1;
}

const char *lines_ahead(const struct lines *lines, size_t *length)
{
	*length = lines->used - lines->at;
	return lines->buffer + lines->at;
}

void lines_close(struct lines *lines)
{
	if (lines->from && lines->from != stdin)
		fclose(lines->from);
	free(lines->buffer);
	*lines = (struct lines){ .from = NULL };
}
