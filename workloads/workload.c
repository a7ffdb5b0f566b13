/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which reader takes a workload: its first bytes say.
 *
 * A pipe can be neither read nor opened twice: what is in it is looked at by
 * tee(), which takes nothing out, and it is handed to the reader as it is.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* tee() */
#endif
#include "workloads/workload.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "workloads/packed/packed.h"
#include "workloads/packed/packed_format.h"
#include "workloads/yaml/yaml_workload.h"

/* The first bytes of what is in a pipe; 0: it is none. */
static ssize_t peek_pipe(int fd, char *bytes, size_t nr)
{
	ssize_t got;
	int copy[2];

	if (pipe2(copy, O_CLOEXEC) < 0)
		return 0;
	do
		got = tee(fd, copy[1], nr, 0);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		got = read(copy[0], bytes, (size_t)got);
	close(copy[0]);
	close(copy[1]);
	return got > 0 ? got : 0;
}

/*
 * No YAML begins with the magic's first byte, so what is shorter than all of
 * the magic is a packed workload that was cut off.
 */
static bool begins_packed(int fd)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	char bytes[PACKED_MAGIC_BYTES];
	ssize_t got;

	if (at >= 0)
		got = pread(fd, bytes, sizeof(bytes), at);
	else
		got = peek_pipe(fd, bytes, sizeof(bytes));
	return got > 0 && memcmp(bytes, PACKED_MAGIC, (size_t)got) == 0;
}

/* -1: it can't be opened. */
static int open_to_look(const char *path)
{
	return strcmp(path, "-") == 0 ? STDIN_FILENO :
					open(path, O_RDONLY | O_CLOEXEC);
}

bool packed_is_at(const char *path)
{
	int fd = open_to_look(path);
	bool packed = fd >= 0 && begins_packed(fd);

	if (fd > STDIN_FILENO)
		close(fd);
	return packed;
}

/* -1 with an error added. */
static int open_to_read(const char *path, struct errors *errors)
{
	int fd = open_to_look(path);

	if (fd < 0)
		error_open(errors, place_of_file(path));
	return fd;
}

/* Takes over `fd`; `facts` as yaml_workload_open() has it. */
static struct source *open_any(int fd, const char *path, struct names *names,
			       struct file_facts *facts, struct errors *errors)
{
	return begins_packed(fd) ?
		       packed_open(fd, path, names, errors) :
		       yaml_workload_open(fd, path, names, facts, errors);
}

struct source *workload_open(const char *path, struct names *names,
			     struct errors *errors)
{
	struct file_facts facts = { .sums = false };
	int fd = open_to_read(path, errors);

	return fd < 0 ? NULL : open_any(fd, path, names, &facts, errors);
}

struct source *workload_open_summed(const char *path, struct names *names,
				    struct file_facts_cache *cache,
				    char sha256[SHA256_TEXT_MAX],
				    struct errors *errors)
{
	struct file_facts facts = { .sums = true };
	int fd = open_to_read(path, errors);
	struct file_facts_entry *at;
	struct source *source;

	*sha256 = '\0';
	if (fd < 0)
		return NULL;
	at = file_facts_begin(cache, fd, &facts);
	source = open_any(fd, path, names, &facts, errors);
	if (source && !*facts.sha256)
		(void)file_sha256(path, facts.sha256);
	file_facts_end(cache, at, &facts);
	strcpy(sha256, facts.sha256);
	return source;
}
