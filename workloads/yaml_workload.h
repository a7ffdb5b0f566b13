/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_YAML_WORKLOAD_H
#define KMEMSIM_WORKLOADS_YAML_WORKLOAD_H

#include "sim/source.h"

/*
 * workload_open() for YAML, from what `path` was opened as: taken over.
 * `sha256` (NULL: not asked for) becomes the file's where reading the head came
 * by it.
 */
struct source *yaml_workload_open(int fd, const char *path, struct names *names,
				  char *sha256, struct errors *errors);

#endif
