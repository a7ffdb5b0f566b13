/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A workload's events are read one by one, while the run goes on; its
 * generators must be known before the first of them. So the file is looked
 * through beforehand, in case they stand behind the events: first for the word,
 * at the speed of memory, and only where that is found for the key. Whoever
 * wants the file's SHA-256 gets it in the same pass, which then costs little
 * more.
 * Of several runs that read the file, one looks (workloads/file_facts.c).
 *
 * What is wrong with the file otherwise is not said here: the reading of the
 * events will.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem() */
#endif
#include "workloads/generators/behind.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/file_view.h"
#include "sim/base/host.h"
#include "sim/base/wider.h"

#define WORD "generators"
#define WORD_LENGTH (sizeof(WORD) - 1)
#define CHUNK_BYTES (1 << 16) /* stays in the processor's cache */
#define PIECE_BYTES 64

_Static_assert(PIECE_BYTES + 2 <= FILE_VIEW_PADDING,
	       "pieces may be looked at as far behind as a view");

/* -1: there is nothing that can be read once more. */
static int open_again(const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = open(is_stdin ? "/dev/stdin" : path,
		      O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	close(fd);
	return -1;
}

/* Do the word's first letters begin anywhere in the bytes, and two behind? */
static WIDER_WHERE_IT_CAN bool may_begin(const char *s)
{
	unsigned char any = 0;

	for (size_t i = 0; i < PIECE_BYTES; i++)
		any |= (unsigned char)((s[i] == WORD[0]) &
				       (s[i + 1] == WORD[1]) &
				       (s[i + 2] == WORD[2]));
	return any;
}

/*
 * Does the word begin in s[0…length), and end in s[0…there)? PIECE_BYTES + 2
 * bytes behind that may be read.
 */
static bool has_word_in(const char *s, size_t length, size_t there)
{
	for (size_t i = 0; i < length; i += PIECE_BYTES) {
		size_t left = there - i;
		size_t some = PIECE_BYTES + WORD_LENGTH - 1;

		if (may_begin(s + i) &&
		    memmem(s + i, left < some ? left : some, WORD, WORD_LENGTH))
			return true;
	}
	return false;
}

/* Looks for the word, and adds up what it is shown on the way. */
struct search {
	bool found;
	bool sums; /* is a sum asked for? */
	struct sha256_ctx sum;
};

static bool search_piece(void *argument, const char *s, size_t length,
			 size_t there)
{
	struct search *search = argument;

	if (search->sums)
		sha256_update(&search->sum, length, (const uint8_t *)s);
	search->found = search->found || has_word_in(s, length, there);
	return search->sums || !search->found;
}

/* Is the word anywhere in the file? -1: no memory. */
static int is_read(int fd)
{
	char *chunk =
		host_alloc(1, WORD_LENGTH + CHUNK_BYTES + PIECE_BYTES + 2);
	size_t kept = 0;
	bool found = false;
	off_t at = 0;
	ssize_t got;

	if (!chunk)
		return -1;
	while (!found && (got = pread(fd, chunk + kept, CHUNK_BYTES, at)) > 0) {
		size_t length = kept + (size_t)got;

		found = has_word_in(chunk, length, length);
		kept = length < WORD_LENGTH ? length : WORD_LENGTH - 1;
		memmove(chunk, chunk + length - kept, kept);
		at += got;
	}
	free(chunk);
	return found;
}

/* The same, without a copy, and with a sum, where the file can be viewed. */
static int is_viewed(int fd, struct file_facts *facts)
{
	struct search search = { .sums = facts->sums };
	struct file_view view;
	bool seen;

	if (!file_view_open(&view, fd))
		return is_read(fd);
	sha256_init(&search.sum);
	seen = file_view_walk(&view, search_piece, &search);
	file_view_close(&view);
	if (seen && facts->sums)
		file_sha256_end(&search.sum, facts->sha256);
	return search.found;
}

static int has_word(int fd, struct file_facts *facts)
{
	int found;

	if (facts->searched)
		return facts->has_word;
	found = is_viewed(fd, facts);
	facts->searched = found >= 0;
	facts->has_word = found > 0;
	return found;
}

/* 1 with *value at what stands behind the key; 0: there is no such key. */
static int find_key(struct yaml_stream *stream, struct yaml_item *value)
{
	struct errors aside = ERRORS_NONE;
	bool behind = false, is_it = false;
	struct yaml_item key;
	bool good;

	good = yaml_stream_next(stream, &key, &aside) == 0 &&
	       key.kind == YAML_MAPPING_START;
	while (good && !is_it) {
		good = yaml_stream_next(stream, &key, &aside) == 0 &&
		       key.kind == YAML_SCALAR;
		if (!good)
			break;
		is_it = behind && strcmp(key.value, WORD) == 0;
		behind |= strcmp(key.value, "events") == 0;
		good = yaml_stream_next(stream, value, &aside) == 0;
		if (good && !is_it)
			good = yaml_stream_skip(stream, value, &aside) == 0;
	}
	errors_release(&aside);
	return good && is_it;
}

static int read_found(struct generators *generators, struct yaml_stream *stream,
		      const struct event_reader *like)
{
	struct event_reader *reader = host_alloc(1, sizeof(*reader));
	struct yaml_item value;
	int found;

	if (!reader)
		return -1;
	*reader = *like;
	reader->input.stream = stream;
	found = find_key(stream, &value);
	/* A syntax error in the list is found, and told, once more. */
	if (found)
		generators_read(generators, reader, &value);
	free(reader);
	return found;
}

int generators_read_behind(struct generators *generators, const char *path,
			   struct event_reader *reader,
			   struct file_facts *facts)
{
	struct errors aside = ERRORS_NONE;
	struct yaml_stream *stream;
	int fd = open_again(path);
	int found;

	if (fd < 0)
		return 0;
	found = has_word(fd, facts);
	if (found <= 0) {
		close(fd);
		return found;
	}
	stream = yaml_stream_open_fd(fd, path, &aside);
	errors_release(&aside);
	if (!stream)
		return 0;
	found = read_found(generators, stream, reader);
	yaml_stream_close(stream);
	return found;
}
