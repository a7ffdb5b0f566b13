/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_RECORDING_H
#define KMEMSIM_CLI_RECORDING_H

/*
 * The folders that recordings of real kernels come in, for the verbs that read
 * them.
 */

#include <stdbool.h>

#include "results/verify/verify.h"

struct config;
struct errors;
struct names;
struct source;

/* A file's path in it, which the caller frees; NULL: no memory. */
char *path_in(const char *directory, const char *file);

/*
 * The last part of its path: "g1-order0" of "recordings/g1-order0/". The caller
 * frees it; NULL: no memory.
 */
char *case_name(const char *directory);

/*
 * The machine that its calls are replayed on, for config_free(). Of a scripted
 * recording the caller is a kernel thread that goes from call to call, unless
 * the file's `scheduler:` itself says kernel_threads: then it counts as it
 * stands. Nodes that were not recorded are given memory (cli/unrecorded.h).
 * *numbered: the times of the recording's workload only number its calls. NULL:
 * it is no valid config, or no memory; errors say so.
 */
struct config *load_machine(const char *config_path, enum recording_kind kind,
			    bool *numbered, struct errors *errors);

/*
 * A recording's calls, for source_close(). Where their times only number them
 * (load_machine()), each call comes when the one before it is over, on
 * whichever CPUs. NULL: it is no valid workload, or no memory; errors say so.
 */
struct source *open_calls(const char *workload_path, bool numbered,
			  struct names *names, struct errors *errors);

#endif
