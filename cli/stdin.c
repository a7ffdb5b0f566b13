/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pipes whose contents are read more than once: they are copied to a file
 * without a name, which stands for the pipe from then on.
 */

#include "cli/cli.h"
#include "cli/simulate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int keep_input(const struct verb *verb, int fd, const char *name)
{
	FILE *kept = tmpfile();
	char bytes[65536];
	ssize_t nr = -1;

	if (kept && fileno(kept) == fd) {
		errno = EBADF; /* there was no stdin */
	} else if (kept) {
		while (!interrupted && (nr = read(fd, bytes, sizeof bytes)) > 0)
			if (fwrite(bytes, 1, (size_t)nr, kept) != (size_t)nr)
				break;
		if (nr == 0 &&
		    (fflush(kept) != 0 || dup2(fileno(kept), fd) < 0))
			nr = -1;
	}
	if (nr != 0 && !interrupted)
		fprintf(stderr, "kmemsim %s: %s can't be kept: %s\n",
			verb->name, name, strerror(errno));
	if (kept)
		fclose(kept);
	if (interrupted)
		return EXIT_INTERRUPTED;
	return nr == 0 ? 0 : EXIT_FAILED;
}

int keep_stdin(const struct verb *verb)
{
	return keep_input(verb, STDIN_FILENO, "stdin");
}
