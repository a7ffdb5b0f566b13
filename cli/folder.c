/* SPDX-License-Identifier: GPL-2.0-only */
/* The folder that a verb writes into. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

/* A file of that name must show before anything runs for it. */
static bool is_folder(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return false;
	errno = ENOTDIR;
	return S_ISDIR(status.st_mode);
}

int make_folder(const char *path)
{
	if (mkdir(path, 0777) == 0 || (errno == EEXIST && is_folder(path)))
		return 0;
	fprintf(stderr, "error: can't make the folder %s: %s\n", path,
		strerror(errno));
	return EXIT_FAILED;
}
