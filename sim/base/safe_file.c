/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing beside and renaming.
 *
 * Rules: a symbolic link stays one, what it points to is replaced; a new file
 * has the mode that the umask leaves, a replaced one keeps its own; devices
 * and pipes are never replaced.
 */

#include "sim/base/safe_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/text.h"

bool same_file(const char *a, const char *b)
{
	struct stat first;
	struct stat second;

	return stat(a, &first) == 0 && stat(b, &second) == 0 &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static char *beside_of(const char *target)
{
	struct text path = TEXT_EMPTY;

	text_add(&path, "%s.partial-%ld", target, (long)getpid());
	if (path.failed) {
		text_release(&path);
		return NULL;
	}
	return path.s;
}

/* With the mode of the file that it will replace, if there is one. */
static FILE *open_beside(const char *beside, const struct stat *old)
{
	FILE *file = fopen(beside, "w");

	if (file && old && fchmod(fileno(file), old->st_mode & 07777) != 0) {
		int why = errno;

		fclose(file);
		unlink(beside);
		errno = why;
		return NULL;
	}
	return file;
}

static int open_regular(struct safe_file *safe, const char *path,
			const struct stat *old)
{
	/* realpath() follows links, and fails where nothing is there yet. */
	safe->target = realpath(path, NULL);
	if (!safe->target && errno == ENOENT)
		safe->target = strdup(path);
	if (!safe->target)
		return -1;
	safe->beside = beside_of(safe->target);
	if (!safe->beside)
		return -1;
	safe->file = open_beside(safe->beside, old);
	return safe->file ? 0 : -1;
}

int safe_file_open(struct safe_file *safe, const char *path,
		   struct errors *errors)
{
	struct stat old;
	bool there;
	int status = 0;

	*safe = (struct safe_file){ .file = stdout };
	if (strcmp(path, "-") == 0)
		return 0;
	safe->file = NULL;
	errno = 0;
	there = stat(path, &old) == 0;
	if (there && S_ISDIR(old.st_mode)) {
		errno = EISDIR;
		status = -1;
	} else if (there && !S_ISREG(old.st_mode)) {
		safe->target = strdup(path);
		safe->file = fopen(path, "w");
		status = safe->target && safe->file ? 0 : -1;
	} else {
		status = open_regular(safe, path, there ? &old : NULL);
	}
	if (!status)
		return 0;
	error_host(errors, "can't write %s", path);
	safe_file_discard(safe);
	return -1;
}

static void release(struct safe_file *safe)
{
	free(safe->target);
	free(safe->beside);
	*safe = (struct safe_file){ .file = NULL };
}

int safe_file_commit(struct safe_file *safe, struct errors *errors)
{
	const char *name = safe->target ? safe->target : "standard output";
	bool failed = ferror(safe->file);
	int status = 0;

	errno = 0;
	if (safe->target)
		failed |= fclose(safe->file) != 0;
	else
		failed |= fflush(safe->file) != 0;
	safe->file = NULL;
	if (!failed && safe->beside)
		failed = rename(safe->beside, safe->target) != 0;
	if (failed) {
		status = error_host(errors, "can't write %s", name);
		if (safe->beside)
			unlink(safe->beside);
	}
	release(safe);
	return status;
}

void safe_file_discard(struct safe_file *safe)
{
	if (safe->file && safe->target)
		fclose(safe->file);
	if (safe->beside)
		unlink(safe->beside);
	release(safe);
}
