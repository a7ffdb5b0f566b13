/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_YAML_WORKLOAD_H
#define KMEMSIM_WORKLOADS_YAML_WORKLOAD_H

#include "sim/source.h"

/* workload_open() for what is written in YAML. */
struct source *yaml_workload_open(const char *path, struct names *names,
				  struct errors *errors);

#endif
