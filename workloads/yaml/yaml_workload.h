/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_YAML_YAML_WORKLOAD_H
#define KMEMSIM_WORKLOADS_YAML_YAML_WORKLOAD_H

#include "sim/source.h"
#include "workloads/file_facts.h"

/*
 * workload_open() for YAML, from what `path` was opened as: taken over.
 * What *facts has is believed; what it has not is put there where reading the
 * head came by it.
 */
struct source *yaml_workload_open(int fd, const char *path, struct names *names,
				  struct file_facts *facts,
				  struct errors *errors);

#endif
