/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standard input for those who read it more than once.
 */

#include "cli/cli.h"
#include "cli/simulate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int keep_stdin(const struct verb *verb)
{
	FILE *kept = tmpfile();
	char bytes[65536];
	ssize_t nr = -1;

	if (kept && fileno(kept) == STDIN_FILENO) {
		errno = EBADF; /* there was no stdin */
	} else if (kept) {
		while (!interrupted &&
		       (nr = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
			if (fwrite(bytes, 1, (size_t)nr, kept) != (size_t)nr)
				break;
		if (nr == 0 &&
		    (fflush(kept) != 0 || dup2(fileno(kept), STDIN_FILENO) < 0))
			nr = -1;
	}
	if (nr != 0 && !interrupted)
		fprintf(stderr, "kmemsim %s: stdin can't be kept: %s\n",
			verb->name, strerror(errno));
	if (kept)
		fclose(kept);
	if (interrupted)
		return EXIT_INTERRUPTED;
	return nr == 0 ? 0 : EXIT_FAILED;
}
