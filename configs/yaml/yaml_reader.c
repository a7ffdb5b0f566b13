// SPDX-License-Identifier: GPL-2.0-only
/*
 * Screens a YAML file's bytes on their way to libyaml.
 *
 * Rules: what libyaml would refuse by a byte offset only (NUL, other control
 * characters, broken UTF-8) is refused here by line and column; and libyaml,
 * which keeps a scalar whole however long it grows, is never fed more than a
 * scalar's worth of bytes between two events, so that a line of a gigabyte
 * costs neither a gigabyte nor a minute. Lines that are blank or only a
 * comment are counted apart, under a far higher limit: long comments are
 * fine, but a block scalar may look like one. Characters allowed: YAML 1.1,
 * 5.1. Left out: UTF-16, and lines that end in a lone carriage return.
 *
 *	file --> block: [given | the piece given last | to come | room]
 *	                                                   read() -->
 *
 * The block of a large file is a view of it (sim/base/file_view.h), and has no
 * room: it moves on.
 */

#include "configs/yaml/yaml_reader.h"

#include "configs/yaml/yaml_stream.h"
#include "sim/base/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES (64 * 1024)
/* A scalar, with what may be around it in its lines. */
#define CONTENT_MAX (YAML_SCALAR_MAX + 32 * 1024)
#define COMMENT_MAX (16 * 1024 * 1024)

_Static_assert(YAML_LINES_PADDING <= FILE_VIEW_PADDING,
	       "lines may be looked at as far behind as a view");

int yaml_reader_open(struct yaml_reader *reader, const char *path,
		     struct errors *errors)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_open(errors, place_of_file(path));
	return yaml_reader_open_fd(reader, fd, path, errors);
}

int yaml_reader_open_fd(struct yaml_reader *reader, int fd, const char *path,
			struct errors *errors)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct place top = { is_stdin ? "<stdin>" : path, 1, 1 };
	struct stat status;

	*reader = (struct yaml_reader){ .fd = fd, .place = top, .mark = top };
	if (fstat(fd, &status) != 0 || S_ISDIR(status.st_mode)) {
		yaml_reader_close(reader);
		return error_input(errors, top,
				   "this is a directory, not a file");
	}
	if (S_ISREG(status.st_mode))
		reader->size = status.st_size;
	return 0;
}

void yaml_reader_open_memory(struct yaml_reader *reader, const char *name,
			     const char *bytes, size_t length)
{
	*reader = (struct yaml_reader){
		.fd = -1,
		.memory = bytes,
		.memory_left = length,
		.size = (off_t)length,
		.place = { name, 1, 1 },
		.mark = { name, 1, 1 },
	};
}

void yaml_reader_close(struct yaml_reader *reader)
{
	if (reader->fd > STDIN_FILENO)
		close(reader->fd);
	reader->fd = -1;
	file_view_close(&reader->view);
	free(reader->room);
	reader->room = NULL;
	reader->block = NULL;
}

void yaml_reader_mark(struct yaml_reader *reader, uint64_t line,
		      uint64_t column)
{
	reader->mark = (struct place){ reader->place.file, line, column };
	reader->content = 0;
	reader->comment = 0;
}

static bool fail(struct yaml_reader *reader, const char *problem)
{
	if (reader->failed)
		return false;
	reader->failed = true;
	reader->where = reader->place;
	snprintf(reader->problem, sizeof(reader->problem), "%s", problem);
	return false;
}

static bool is_allowed(uint32_t code)
{
	return code == 0x85 ||
	       (code >= 0xa0 && code <= 0xfffd && code != 0xfeff) ||
	       code >= 0x10000;
}

static bool end_character(struct yaml_reader *reader)
{
	char problem[64];

	if (reader->code < reader->lowest || reader->code > 0x10ffff ||
	    (reader->code >= 0xd800 && reader->code <= 0xdfff))
		return fail(reader, "invalid UTF-8");
	/* Next line, line separator, paragraph separator. */
	if (reader->code == 0x85 || reader->code == 0x2028 ||
	    reader->code == 0x2029)
		reader->odd_breaks = true;
	/* A byte order mark at the top was taken off before. */
	if (!is_allowed(reader->code)) {
		snprintf(problem, sizeof(problem),
			 "the character U+%04X is not allowed in YAML",
			 reader->code);
		return fail(reader, problem);
	}
	reader->place.column++;
	return true;
}

/* A byte of a character beyond ASCII. */
static bool take_multibyte(struct yaml_reader *reader, unsigned char byte)
{
	if (reader->missing) {
		if ((byte & 0xc0) != 0x80)
			return fail(reader, "invalid UTF-8");
		reader->code = reader->code << 6 | (byte & 0x3f);
		return --reader->missing ? true : end_character(reader);
	}
	if (byte >= 0xc2 && byte <= 0xdf) {
		reader->code = byte & 0x1f;
		reader->lowest = 0x80;
		reader->missing = 1;
	} else if (byte >= 0xe0 && byte <= 0xef) {
		reader->code = byte & 0x0f;
		reader->lowest = 0x800;
		reader->missing = 2;
	} else if (byte >= 0xf0 && byte <= 0xf4) {
		reader->code = byte & 0x07;
		reader->lowest = 0x10000;
		reader->missing = 3;
	} else {
		return fail(reader, "invalid UTF-8");
	}
	return true;
}

static bool take_control(struct yaml_reader *reader, unsigned char byte)
{
	char problem[64];

	if (byte == '\r') {
		reader->odd_breaks = true;
		return true;
	}
	if (byte == 0)
		return fail(reader, "a NUL byte: this is not a text file");
	snprintf(problem, sizeof(problem),
		 "the control character 0x%02x is not allowed", byte);
	return fail(reader, problem);
}

/* Checks a part of one line, without its newline; returns how much is good. */
static size_t screen_line(struct yaml_reader *reader, const unsigned char *s,
			  size_t length)
{
	size_t i = 0;

	while (i < length) {
		size_t from = i;

		if (!reader->missing) {
			while (i < length &&
			       ((s[i] >= 0x20 && s[i] < 0x7f) || s[i] == '\t'))
				i++;
			reader->place.column += i - from;
			if (i == length)
				break;
		}
		if (s[i] >= 0x80 || reader->missing) {
			if (!take_multibyte(reader, s[i]))
				return i;
		} else if (!take_control(reader, s[i])) {
			return i;
		}
		i++;
	}
	return length;
}

/* What is too long is told by where it begins. */
static bool fail_too_long(struct yaml_reader *reader, const char *problem)
{
	fail(reader, problem);
	reader->where = reader->mark;
	return false;
}

/* Counts a part of a line as content or comment; false: too much of it. */
static bool count_line(struct yaml_reader *reader, const unsigned char *s,
		       size_t length)
{
	size_t i = 0;

	if (reader->in_line == READER_BLANK) {
		while (i < length &&
		       (s[i] == ' ' || s[i] == '\t' || s[i] == '\r'))
			i++;
		if (i < length)
			reader->in_line = s[i] == '#' ? READER_COMMENT :
							READER_CONTENT;
	}
	if (reader->in_line == READER_CONTENT)
		reader->content += length;
	else
		reader->comment += length;
	if (reader->content > CONTENT_MAX)
		return fail_too_long(reader, "a value, name or comment of "
					     "more than 64 KiB");
	if (reader->comment > COMMENT_MAX)
		return fail_too_long(reader, "more than 16 MiB of comments "
					     "and blank lines in a row");
	return true;
}

/* Returns how many of the bytes may go to libyaml. */
static size_t screen(struct yaml_reader *reader, const unsigned char *s,
		     size_t length)
{
	size_t i = 0;

	while (i < length) {
		const unsigned char *newline = memchr(s + i, '\n', length - i);
		size_t n = newline ? (size_t)(newline - s) - i : length - i;
		size_t good = screen_line(reader, s + i, n);

		if (good < n)
			return i + good;
		if (!count_line(reader, s + i, n + (newline != NULL)))
			return i;
		i += n;
		if (newline) {
			if (reader->missing) {
				fail(reader, "invalid UTF-8");
				return i;
			}
			reader->place.line++;
			reader->place.column = 1;
			reader->in_line = READER_BLANK;
			i++;
		}
	}
	return length;
}

static ssize_t read_some(struct yaml_reader *reader, unsigned char *to,
			 size_t size)
{
	ssize_t length;

	if (reader->fd < 0) {
		if (size > reader->memory_left)
			size = reader->memory_left;
		if (size)
			memcpy(to, reader->memory, size);
		reader->memory += size;
		reader->memory_left -= size;
		return (ssize_t)size;
	}
	do {
		length = read(reader->fd, to, size);
	} while (length < 0 && errno == EINTR);
	return length;
}

/* Takes a byte order mark off the top. */
static void strip_mark(struct yaml_reader *reader)
{
	static const unsigned char mark[] = { 0xef, 0xbb, 0xbf };

	if (reader->end < sizeof(mark) ||
	    memcmp(reader->block, mark, sizeof(mark)) != 0)
		return;
	reader->at = sizeof(mark);
	/* A file of nothing but its mark has nothing in it. */
	if (reader->end > sizeof(mark))
		reader->nr_bytes = sizeof(mark);
}

static void end_block(struct yaml_reader *reader, int read_errno)
{
	reader->ended = true;
	reader->read_errno = read_errno;
}

/* What is still to give, and more, is what the block becomes. */
static void move_view(struct yaml_reader *reader)
{
	uint64_t at = reader->view_at + reader->at;
	size_t left = reader->end - reader->at, length;
	const char *block = file_view_at(&reader->view, at, &length);

	reader->view_at = at;
	reader->at = 0;
	reader->end = length;
	reader->line_at = 0;
	if (!block)
		end_block(reader, errno);
	else if (length <= left)
		end_block(reader, 0);
	reader->block = block ? block : "";
}

/* Reads more into the block, whose given part makes room. */
static void fill(struct yaml_reader *reader)
{
	size_t left = reader->end - reader->at;
	ssize_t n;

	if (file_view_is_open(&reader->view)) {
		move_view(reader);
		return;
	}
	memmove(reader->room, reader->room + reader->at, left);
	reader->at = 0;
	reader->end = left;
	reader->line_at = 0;
	n = read_some(reader, (unsigned char *)reader->room + left,
		      BLOCK_BYTES - left);
	if (n > 0) {
		reader->end += (size_t)n;
		return;
	}
	end_block(reader, n < 0 ? errno : 0);
}

static bool has_lines(const struct yaml_reader *reader, size_t nr_lines)
{
	const char *s = reader->block + reader->at;
	const char *end = reader->block + reader->end;

	if ((size_t)(end - s) >= nr_lines * YAML_PIECE_MAX)
		return true;
	for (; nr_lines > 0; nr_lines--) {
		const char *newline = memchr(s, '\n', (size_t)(end - s));

		if (!newline)
			return false;
		s = newline + 1;
	}
	return true;
}

static bool begin(struct yaml_reader *reader)
{
	if (reader->fd >= 0 && file_view_open(&reader->view, reader->fd)) {
		reader->block = "";
	} else {
		reader->room = host_alloc(BLOCK_BYTES + YAML_LINES_PADDING, 1);
		reader->block = reader->room;
	}
	if (!reader->block) {
		end_block(reader, ENOMEM);
		return false;
	}
	while (!reader->ended && !has_lines(reader, 1))
		fill(reader);
	strip_mark(reader);
	return true;
}

const char *yaml_reader_ahead(struct yaml_reader *reader, size_t nr_lines,
			      size_t *length)
{
	*length = 0;
	if (!reader->block && (reader->ended || !begin(reader)))
		return "";
	while (!reader->ended && !has_lines(reader, nr_lines))
		fill(reader);
	*length = reader->end - reader->at;
	return reader->block + reader->at;
}

const char *yaml_reader_last_line(const struct yaml_reader *reader,
				  size_t *length)
{
	const char *line = reader->block + reader->line_at;

	if (!reader->line_begun || reader->line_at == reader->at ||
	    reader->block[reader->at - 1] != '\n')
		return NULL;
	*length = reader->at - reader->line_at - 1;
	return line;
}

void yaml_reader_pass(struct yaml_reader *reader, size_t nr_lines,
		      size_t length)
{
	reader->at += length;
	reader->line_at = reader->at;
	reader->nr_bytes += length;
	reader->place.line += nr_lines;
}

int yaml_reader_read(void *data, unsigned char *to, size_t size, size_t *length)
{
	struct yaml_reader *reader = data;
	const char *newline, *from;
	size_t n;

	*length = 0;
	if (reader->failed)
		return 0;
	from = yaml_reader_ahead(reader, 1, &n);
	if (n == 0 && reader->read_errno) {
		reader->host_errno = reader->read_errno;
		return fail(reader, "cannot be read");
	}
	if (n == 0 && reader->missing)
		return fail(reader, "the file ends within a character: "
				    "invalid UTF-8");
	if (n > YAML_PIECE_MAX)
		n = YAML_PIECE_MAX;
	if (n > size)
		n = size;
	newline = memchr(from, '\n', n);
	if (newline)
		n = (size_t)(newline - from) + 1;
	memcpy(to, from, n);
	reader->line_at = reader->at;
	reader->line_begun = reader->place.column == 1;
	reader->at += n;
	reader->nr_bytes += n;
	*length = screen(reader, to, n);
	/* What was good before the failure may hold further errors. */
	return n == 0 || *length > 0;
}
