/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_WORKLOAD_H
#define KMEMSIM_WORKLOADS_WORKLOAD_H

/*
 * Workloads: files that say what happens on a machine. docs/workload.md
 * describes the format for those who write it.
 */

#include "sim/source.h"
#include "workloads/file_facts.h"

/*
 * Opens a workload, in YAML or packed ("-": stdin), and reads its head, up to
 * the first event. NULL with every error of the file added where the head is
 * invalid. `path` and `names` are borrowed until the source is closed and the
 * errors are printed. Close with source_close().
 */
struct source *workload_open(const char *path, struct names *names,
			     struct errors *errors);

/*
 * The same, with the file's SHA-256, which takes less time on the way: "" where
 * it can't be known (file_sha256()). What `cache` (NULL: nothing) knows of the
 * file is not found out again.
 */
struct source *workload_open_summed(const char *path, struct names *names,
				    struct file_facts_cache *cache,
				    char sha256[SHA256_TEXT_MAX],
				    struct errors *errors);

/*
 * The same, all of it read by libyaml: what the fast reading of events
 * (workloads/yaml/fast_events.h) is held against.
 */
struct source *workload_open_reference(const char *path, struct names *names,
				       struct errors *errors);

#endif
