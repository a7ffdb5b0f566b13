/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a recording's files are, and what it is called. */

#include "cli/recording.h"

#include <string.h>

#include "sim/base/text.h"

char *path_in(const char *directory, const char *file)
{
	struct text path = TEXT_EMPTY;

	text_add(&path, "%s/%s", directory, file);
	return path.s;
}

char *case_name(const char *directory)
{
	size_t length = strlen(directory);
	size_t start;

	while (length > 1 && directory[length - 1] == '/')
		length--;
	start = length;
	while (start && directory[start - 1] != '/')
		start--;
	return strndup(directory + start, length - start);
}
