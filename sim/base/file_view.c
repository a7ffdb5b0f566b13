/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A window that moves along a file.
 *
 *	the file    ......[ WINDOW_BYTES ]..........................
 *	in memory         [ WINDOW_BYTES ][ a page of nothing ]
 *	                      `at: within the first page
 *
 * read() copies each byte, at a fifth of a nanosecond. Where the file's own
 * pages are mapped that is saved, if they are fetched ahead: the copy had
 * brought them near. The window is small enough to be no memory to speak of,
 * and so large that moving it is nothing.
 *
 * Small files, pipes, and what only looks like a file (its size is 0 then) are
 * for read().
 */

#include "sim/base/file_view.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW_BYTES ((size_t)1 << 20)
#define PAGE_BYTES ((size_t)4096)
#define BYTES_MIN ((off_t)1 << 18) /* of a file */

bool file_view_open(struct file_view *view, int fd)
{
	struct stat status;
	void *window;

	*view = (struct file_view){ .fd = fd };
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
	    status.st_size < BYTES_MIN || lseek(fd, 0, SEEK_CUR) != 0 ||
	    PAGE_BYTES % (size_t)sysconf(_SC_PAGESIZE) != 0)
		return false;
	window = mmap(NULL, WINDOW_BYTES + PAGE_BYTES, PROT_READ,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (window == MAP_FAILED)
		return false;
	view->window = window;
	return true;
}

void file_view_close(struct file_view *view)
{
	if (view->window)
		munmap(view->window, WINDOW_BYTES + PAGE_BYTES);
	view->window = NULL;
}

const char *file_view_at(struct file_view *view, uint64_t at, size_t *length)
{
	size_t before = at % PAGE_BYTES;
	struct stat status;
	size_t bytes;

	*length = 0;
	/* It may have become shorter. */
	if (fstat(view->fd, &status) != 0)
		return NULL;
	if (at >= (uint64_t)status.st_size)
		return view->window;
	*length = WINDOW_BYTES - before;
	if (*length > (uint64_t)status.st_size - at)
		*length = (size_t)((uint64_t)status.st_size - at);
	bytes = before + *length;
	if (mmap(view->window, bytes, PROT_READ,
		 MAP_SHARED | MAP_FIXED | MAP_POPULATE, view->fd,
		 (off_t)(at - before)) == MAP_FAILED)
		return NULL;
	return view->window + before;
}

/* Shows s[0…length), of s[0…there). */
static bool show(const char *s, size_t length, size_t there, file_view_see *see,
		 void *argument)
{
	for (size_t i = 0; i < length; i += FILE_VIEW_PIECE) {
		size_t left = length - i;

		for (size_t n = 0; n < FILE_VIEW_PIECE; n += FILE_VIEW_LINE)
			file_view_fetch(s + i + FILE_VIEW_PIECE + n);
		if (!see(argument, s + i,
			 left < FILE_VIEW_PIECE ? left : FILE_VIEW_PIECE,
			 there - i))
			return false;
	}
	return true;
}

bool file_view_walk(struct file_view *view, file_view_see *see, void *argument)
{
	uint64_t at = 0;
	size_t there;
	const char *s;

	while ((s = file_view_at(view, at, &there)) != NULL && there > 0) {
		size_t length = there;

		/* All but the last window has something behind its pieces. */
		if (there > 2 * FILE_VIEW_PIECE)
			length -= FILE_VIEW_PIECE;
		if (!show(s, length, there, see, argument))
			return true;
		at += length;
	}
	return s != NULL;
}
