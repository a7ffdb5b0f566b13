/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_BASE_FILE_VIEW_H
#define KMEMSIM_SIM_BASE_FILE_VIEW_H

/*
 * The bytes of a large file where the host has them, without a copy, some at a
 * time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes behind the view that may be read, whatever is in them. */
#define FILE_VIEW_PADDING 128

/* Zeroed: not open. */
struct file_view {
	int fd;	      /* borrowed */
	char *window; /* owned; NULL: not open */
};

/*
 * False where `fd` is to be read instead: it is no file that lies still, its
 * next byte is not its first, it is too small for this to pay, or the host has
 * no room.
 */
bool file_view_open(struct file_view *view, int fd);
void file_view_close(struct file_view *view);

static inline bool file_view_is_open(const struct file_view *view)
{
	return view->window;
}

/*
 * The bytes from `at` on, *length of them: all up to the file's end, or enough
 * to be worth the call. 0: `at` is the end, or behind it. Valid until the next
 * call. NULL, with errno: the host can't.
 *
 * If somebody truncates the file while it is looked at, the host sends SIGBUS.
 */
const char *file_view_at(struct file_view *view, uint64_t at, size_t *length);

/*
 * Is shown s[0…length), the file's next bytes, up to FILE_VIEW_PIECE of them;
 * all of s[0…there) are the file's, so that something may be looked for that
 * ends behind the piece. False: no more need be shown.
 */
typedef bool file_view_see(void *argument, const char *s, size_t length,
			   size_t there);
#define FILE_VIEW_PIECE 4096

/* Shows all of the file, piece by piece. False, with errno: the host can't. */
bool file_view_walk(struct file_view *view, file_view_see *see, void *argument);

/*
 * Fetches what will be read at s soon. Processors do so by themselves, but not
 * from one page to the next.
 */
static inline void file_view_fetch(const char *s)
{
	__builtin_prefetch(s);
}
#define FILE_VIEW_LINE 64 /* bytes that are fetched at once */

#endif
