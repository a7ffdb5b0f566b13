/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the program's data files are: profiles and gnuplot scripts. An
 * installed copy may have been moved, so it looks from its own place.
 */

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "sim/base/host.h"
#include "sim/base/text.h"

/*
 * From the folder that the program is in: an installed copy's data, and the
 * source tree of build/kmemsim and of build/VARIANT/kmemsim.
 */
static const char *const from_program[] = { "/../share/kmemsim", "/..",
					    "/../.." };
#define NR_PLACES (sizeof from_program / sizeof *from_program)

static char *joined(const char *a, const char *b, const char *c)
{
	struct text text = TEXT_EMPTY;

	text_add(&text, "%s%s/%s", a, b, c);
	if (text.failed) {
		text_release(&text);
		return NULL;
	}
	return text.s;
}

/* The folder of the running program, or "" where the host does not say. */
static void program_dir(char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	path[length > 0 ? length : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
}

char **data_dirs(const char *sub)
{
	const char *given = getenv("KMEMSIM_DATA");
	char **dirs = host_alloc(NR_PLACES + 1, sizeof *dirs);
	char program[PATH_MAX];

	if (!dirs)
		return NULL;
	if (given && *given) {
		dirs[0] = joined(given, "", sub);
		if (dirs[0])
			return dirs;
		free(dirs);
		return NULL;
	}
	program_dir(program);
	for (size_t i = 0; i < NR_PLACES; i++) {
		dirs[i] = joined(program, from_program[i], sub);
		if (!dirs[i]) {
			data_dirs_free(dirs);
			return NULL;
		}
	}
	return dirs;
}

void data_dirs_free(char **dirs)
{
	for (size_t i = 0; dirs && dirs[i]; i++)
		free(dirs[i]);
	free(dirs);
}
