/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_DATABASE_FINISHED_H
#define KMEMSIM_RESULTS_DATABASE_FINISHED_H

/* Is a run there already, so that it need not be made again? */

#include <stdbool.h>
#include <stdint.h>

/* What makes two runs the same. */
struct run_identity {
	const char *config; /* its text, defaults filled in */
	const char *workload_sha256;
	uint64_t seed;
	const char *version; /* of kmemsim */
};

/* True where `path` holds that run, and it came to its end. */
bool run_is_finished(const char *path, const struct run_identity *identity);

#endif
