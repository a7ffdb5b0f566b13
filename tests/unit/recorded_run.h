/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_RECORDED_RUN_H
#define KMEMSIM_TESTS_RECORDED_RUN_H

/*
 * A small machine whose page allocator a test drives by hand, telling the
 * recorder of each step as the engine would.
 *
 *	node 0, 1 CPU:	DMA32  64 MiB	pfn 0x0000 … 0x3fff
 *			Normal 64 MiB	pfn 0x4000 … 0x7fff
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/gfp.h"
#include "results/record/recorder.h"

#define RUN_ZONE_PAGES 16384
#define RUN_DIGEST "00112233445566778899aabbccddeeff"

struct recorded_run {
	struct zone_desc zones[2];
	struct node_desc node;
	cpu_t cpu;
	struct machine_desc machine;
	struct memory *memory;
	struct kernel *kernel; /* whose memory it is */
	struct names *names;
	struct recorder *recorder;
	struct sink *sink;
	struct errors errors;
	struct run_totals totals;
	uint64_t t_ns;
};

static inline void recorded_machine(struct recorded_run *run)
{
	unsigned int n;

	for (n = 0; n < 2; n++)
		run->zones[n] = (struct zone_desc){
			.type = n ? ZONE_NORMAL : ZONE_DMA32,
			.start_pfn = n * RUN_ZONE_PAGES,
			.spanned_pages = RUN_ZONE_PAGES,
			.present_pages = RUN_ZONE_PAGES,
			.managed_pages = RUN_ZONE_PAGES,
		};
	run->node = (struct node_desc){
		.cpus = &run->cpu,
		.nr_cpus = 1,
		.zones = run->zones,
		.nr_zones = 2,
	};
	run->machine = (struct machine_desc){
		.page_shift = 12,
		.nr_orders = 11,
		.pageblock_order = 9,
		.zone_types = 1u << ZONE_DMA32 | 1u << ZONE_NORMAL |
			      1u << ZONE_MOVABLE,
		.transparent_hugepage = true,
		.numa = true,
		.address_bits = 64,
		.sysctl = { .watermark_scale_factor = 10,
			    .lowmem_reserve_ratio = { 256, 256, 32 },
			    .extfrag_threshold = 500 },
		.nodes = &run->node,
		.nr_nodes = 1,
	};
}

static inline struct recorder_options recorded_options(const char *path,
						       enum log_ops log_ops)
{
	return (struct recorder_options){
		.path = path,
		.log_ops = log_ops,
		.config_name = "small",
		.config_text = "name: small\npage_size: 4KiB\n",
		.workload_name = "by-hand",
		.workload_path = "by-hand.yaml",
		.workload_sha256 = "abc0",
		.version = "0.0.0",
		.seed = 7,
	};
}

/* On run->machine, as the test has set it. 0, or -1: run->errors says why. */
static inline int recorded_start(struct recorded_run *run,
				 const struct recorder_options *options)
{
	run->names = names_new();
	run->kernel = kernel_new(&run->machine, run->names, 1, &run->errors);
	run->memory = run->kernel ? run->kernel->memory : NULL;
	run->recorder = recorder_new(options, &run->errors);
	if (!run->memory || !run->names || !run->recorder)
		return -1;
	run->sink = recorder_sink(run->recorder);
	return run->sink->ops->begin(run->sink, run->kernel, run->names,
				     &run->errors);
}

/* On the machine above. 0, or -1 with run->errors saying why. */
static inline int recorded_begin(struct recorded_run *run,
				 const struct recorder_options *options)
{
	memset(run, 0, sizeof(*run));
	recorded_machine(run);
	return recorded_start(run, options);
}

/* Hands an operation to the recorder, a microsecond after the one before. */
static inline int recorded_operation(struct recorded_run *run,
				     struct call *call, struct outcome *outcome)
{
	run->t_ns += 1000;
	call->t_ns = run->t_ns;
	call->node = NODE_ANY;
	outcome->seq = ++run->totals.ops;
	run->totals.failed += outcome->status == OUTCOME_FAILED;
	run->totals.skipped += outcome->status == OUTCOME_SKIPPED;
	return run->sink->ops->operation(run->sink, call, outcome,
					 &run->errors);
}

/* Allocates for real; `latency_ns` is what the test wants it to have been. */
static inline pfn_t recorded_alloc(struct recorded_run *run, order_t order,
				   gfp_t gfp, uint64_t latency_ns)
{
	struct page_request request = { .gfp = gfp,
					.order = order,
					.node = NODE_ANY };
	struct page_grant grant = page_alloc(run->memory, &request);
	struct call call = { .op = OP_ALLOC_PAGES,
			     .id = run->totals.ops + 1,
			     .order = order,
			     .gfp = gfp,
			     .has = CALL_HAS_ID | CALL_HAS_ORDER |
				    CALL_HAS_GFP | CALL_CAN_SLEEP };
	struct outcome outcome = {
		.status = grant.zone ? OUTCOME_OK : OUTCOME_FAILED,
		.pfn = grant.pfn,
		.zone = grant.zone,
		.path = grant.path,
		.reason = grant.reason,
		.requested = 4096ULL << order,
		.granted = grant.zone ? 4096ULL << order : 0,
		.latency_ns = latency_ns,
		.cost_ns = latency_ns,
	};

	recorded_operation(run, &call, &outcome);
	return grant.pfn;
}

static inline void recorded_free(struct recorded_run *run, pfn_t pfn,
				 order_t order)
{
	struct call call = { .op = OP_FREE_PAGES, .has = CALL_HAS_ID, .id = 1 };
	struct outcome outcome = { .status = OUTCOME_OK, .pfn = pfn };

	page_free(run->memory, 0, pfn, order);
	recorded_operation(run, &call, &outcome);
}

static inline int recorded_sample(struct recorded_run *run, const char *label)
{
	return run->sink->ops->sample(run->sink, run->t_ns, label, run->kernel,
				      &run->errors);
}

static inline int recorded_end(struct recorded_run *run, enum run_status status)
{
	run->totals.status = status;
	run->totals.sim_ns = run->t_ns;
	run->totals.wall_s = 0.5;
	strcpy(run->totals.digest, RUN_DIGEST);
	return run->sink->ops->end(run->sink, &run->totals, run->kernel,
				   &run->errors);
}

static inline void recorded_release(struct recorded_run *run)
{
	recorder_free(run->recorder);
	kernel_free(run->kernel);
	names_free(run->names);
	errors_release(&run->errors);
}

/* A folder of the test's own; remove it with recorded_remove_folder(). */
static inline char *recorded_make_folder(void)
{
	char *folder = strdup("/tmp/kmemsim-test-XXXXXX");

	return folder && mkdtemp(folder) ? folder : NULL;
}

static inline char *recorded_path(const char *folder, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

static inline void recorded_remove_folder(char *folder)
{
	char *command = NULL;

	if (asprintf(&command, "rm -rf '%s'", folder) >= 0 && system(command))
		fprintf(stderr, "%s is left behind\n", folder);
	free(command);
	free(folder);
}

#endif
