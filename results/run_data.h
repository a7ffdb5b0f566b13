/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RUN_DATA_H
#define KMEMSIM_RESULTS_RUN_DATA_H

/*
 * What a run came to, read back from its database: what summaries and
 * comparisons are made of.
 */

#include "models/types.h"
#include "results/database.h"
#include "sim/base/host.h"

/* All operations of one name. */
struct run_op {
	const char *op;
	uint64_t count; /* carried out */
	uint64_t failed;
	uint64_t skipped;
	uint64_t requested_bytes; /* by those that succeeded */
	uint64_t granted_bytes;
	uint64_t p50_ns, p90_ns, p99_ns, p999_ns, max_ns;
};

struct run_failure {
	const char *op;
	const char *gfp; /* "" for none */
	const char *ctx;
	int order; /* -1: none */
	const char *reason;
	uint64_t count;
};

/* A zone at one sample. */
struct run_zone {
	int node;
	const char *zone;
	uint64_t managed_pages;
	uint64_t free_pages;
	uint64_t nr_free[MAX_ORDERS];
	int unusable[MAX_ORDERS]; /* thousandths */
	int extfrag[MAX_ORDERS];  /* thousandths; -1000: no meaning */
};

struct run_data {
	const char *path; /* as given; "" in memory */
	const char *name;
	const char *config_name;
	const char *workload_name;
	const char *config; /* text */
	const char *version;
	const char *status;
	const char *digest; /* "" while there is none */
	uint64_t seed, ops, failed, skipped, violations, sim_ns;
	double wall_s;
	uint64_t page_size;
	unsigned int nr_orders;

	struct run_op *op;
	size_t nr_ops;
	struct run_failure *failure; /* most frequent first */
	size_t nr_failures;

	/* The sample that was asked for; none: nr_zones is 0. */
	const char *sample_label; /* "" for none */
	uint64_t sample_t_ns;
	struct run_zone *zone;
	size_t nr_zones;

	struct arena *arena; /* holds all of it */
};

/*
 * Reads the run and the state at `label`'s last sample (NULL: the run's last
 * sample; nr_zones is 0 where there is none). -1 with an error added;
 * release in any case.
 */
int run_data_load(struct run_data *data, const struct database *database,
		  const char *label, struct errors *errors);
void run_data_release(struct run_data *data);

#endif
