/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SUMMARY_RUN_DATA_H
#define KMEMSIM_RESULTS_SUMMARY_RUN_DATA_H

/*
 * What a run came to, read back from its database: what summaries and
 * comparisons are made of.
 */

#include "models/types.h"
#include "results/record/op_stats.h"
#include "results/database/database.h"
#include "sim/base/host.h"

struct op_stats;

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

/* How long calls took: of an operation that went a way, of one, or of all. */
struct run_latency {
	const char *op;	  /* "": all */
	const char *path; /* "": all */
	uint64_t count;
	uint64_t p50_ns, p90_ns, p99_ns, p999_ns, max_ns;
};

/* What was done when memory was short: columns of v_reclaim, cumulative. */
#define RUN_PRESSURE(X)                                                        \
	X(STALLS, "stalls")                                                    \
	X(KSWAPD_RUNS, "kswapd_runs")                                          \
	X(SCANNED_DIRECT, "scanned_direct")                                    \
	X(SCANNED_KSWAPD, "scanned_kswapd")                                    \
	X(RECLAIMED_DIRECT, "reclaimed_direct")                                \
	X(RECLAIMED_KSWAPD, "reclaimed_kswapd")                                \
	X(SWAPPED_IN, "swapped_in")                                            \
	X(SWAPPED_OUT, "swapped_out")                                          \
	X(COMPACT_STALLS, "compact_stalls")                                    \
	X(COMPACT_SUCCESS, "compact_success")                                  \
	X(COMPACT_FAIL, "compact_fail")                                        \
	X(KCOMPACTD_WAKES, "kcompactd_wakes")                                  \
	X(MIGRATED, "migrated")                                                \
	X(MIGRATE_FAILED, "migrate_failed")                                    \
	X(OOM_KILLS, "oom_kills")

enum run_pressure {
#define X(name, text) PRESSURE_##name,
	RUN_PRESSURE(X)
#undef X
		NR_RUN_PRESSURE
};
extern const char *const run_pressure_names[NR_RUN_PRESSURE];

/* How all calls together spent their time. */
#define RUN_TIMES(X)                                                           \
	X(RUNNING, "cost_ns")                                                  \
	X(CPU_WAIT, "cpu_wait_ns")                                             \
	X(LOCK_WAIT, "lock_wait_ns")                                           \
	X(SLEEP, "sleep_ns")

enum run_time {
#define X(name, text) TIME_##name,
	RUN_TIMES(X)
#undef X
		NR_RUN_TIMES
};
extern const char *const run_time_names[NR_RUN_TIMES];

/* The operations among which the slowest one is. */
struct run_worst {
	const char *op;
	const char *gfp; /* "" for none */
	const char *ctx;
	const char *path;
	uint64_t latency_ns; /* 0: no operation took any time */
};

/* A lock that somebody had to wait for. */
struct run_lock {
	const char *name;
	uint64_t taken, waited;
	uint64_t held_ns, wait_ns, longest_wait_ns;
};

/* A task that the OOM killer killed. */
struct run_kill {
	const char *task;
	uint64_t pages;
	int oom_score_adj;
	const char *asked_by; /* "": not said */
	order_t order;
	uint64_t t_ns;
};

struct run_failure {
	const char *op;
	const char *gfp; /* "" for none */
	const char *ctx;
	int order; /* -1: none */
	const char *reason;
	uint64_t count;
};

struct run_rule {
	const char *rule;
	uint64_t violations;
};

/* A slab cache at one sample. */
struct run_cache {
	const char *cache;
	uint64_t room_bytes; /* of its slabs' pages */
	uint64_t used_bytes; /* by the objects that are live */
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
	const char *workload_sha256; /* "": unknown */
	const char *config;	     /* text */
	const char *version;
	const char *status;
	const char *digest; /* "" while there is none */
	uint64_t seed, ops, failed, skipped, violations, sim_ns;
	uint64_t not_begun; /* of those skipped */
	double wall_s;
	uint64_t page_size;
	unsigned int nr_orders;
	unsigned int pageblock_order;

	struct run_op *op;
	size_t nr_ops;
	struct run_latency *latency; /* by operation and path; by either; all */
	size_t nr_latencies;
	struct run_rule *rule; /* most often broken first */
	size_t nr_rules;
	struct run_failure *failure; /* most frequent first */
	size_t nr_failures;
	uint64_t pressure[NR_RUN_PRESSURE]; /* at the run's last sample */
	uint64_t time_ns[NR_RUN_TIMES];
	struct run_worst worst;
	struct run_lock *lock; /* longest waited for first */
	size_t nr_locks;
	struct run_kill *kill; /* in their order */
	size_t nr_kills;
	uint64_t nr_reports;		/* in the kernel's log */
	struct recorded_tally recorded; /* 0 before version 9 of the tables */
	uint64_t skipped_by[NR_SKIP_REASONS]; /* of those skipped */
	struct overload *overload;	      /* CPUs, the latest first */
	size_t nr_overloads;

	uint64_t nr_samples; /* that were taken, the one at the end included */

	/* The sample that was asked for; none: nr_zones is 0. */
	const char *sample_label; /* "" for none */
	uint64_t sample_t_ns;
	struct run_zone *zone;
	size_t nr_zones;
	struct run_cache *cache; /* by name */
	size_t nr_caches;

	struct arena *arena; /* holds all of it */
};

/*
 * Reads the run and the state at `label`'s last sample (NULL: the run's last
 * sample; nr_zones is 0 where there is none). `stats` is what the run's
 * statistics were written from, which need not be read then; NULL: it is not
 * at hand. -1 with an error added; release in any case.
 */
int run_data_load(struct run_data *data, const struct database *database,
		  const struct op_stats *stats, const char *label,
		  struct errors *errors);
void run_data_release(struct run_data *data);

/* An allocation of that order failed. */
bool run_data_has_failed(const struct run_data *run, unsigned int order);

#endif
