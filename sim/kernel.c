/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulated kernel: from a call of the workload to the models and back.
 *
 *	call -> id looked up -> handler (sim/calls/) -> model -> outcome
 *
 * Rules that are about ids, not about memory:
 *
 * - An id stands for one allocation while that is live, or was refused and
 *   has not been freed; then it may be used again.
 * - What is freed, and by which call: sim/calls/frees.c.
 */

#include "sim/kernel.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/address.h"
#include "models/contents.h"
#include "models/gfp.h"
#include "models/kmap.h"
#include "models/reclaim/oom.h"
#include "sim/base/bug.h"
#include "sim/base/host.h"
#include "sim/calls/calls.h"
#include "sim/fast/fast_path.h"

/* All but OP_SAMPLE, which is the engine's. */
static call_handler *const handlers[NR_CALL_OPS] = {
	[OP_ALLOC_PAGES] = handle_alloc_pages,
	[OP_GET_FREE_PAGES] = handle_get_free_pages,
	[OP_GET_ZEROED_PAGE] = handle_get_zeroed_page,
	[OP_FREE_PAGES] = handle_free_pages,
	[OP_KMALLOC] = handle_kmalloc,
	[OP_KZALLOC] = handle_kzalloc,
	[OP_KFREE] = handle_kfree,
	[OP_VMALLOC] = handle_vmalloc,
	[OP_VZALLOC] = handle_vzalloc,
	[OP_VFREE] = handle_vfree,
	[OP_KVMALLOC] = handle_kvmalloc,
	[OP_KVFREE] = handle_kvfree,
	[OP_CACHE_CREATE] = handle_cache_create,
	[OP_CACHE_ALLOC] = handle_cache_alloc,
	[OP_CACHE_FREE] = handle_cache_free,
	[OP_CACHE_SHRINK] = handle_cache_shrink,
	[OP_CACHE_DESTROY] = handle_cache_destroy,
	[OP_DMA_ALLOC_COHERENT] = handle_dma_alloc_coherent,
	[OP_DMA_FREE_COHERENT] = handle_dma_free_coherent,
	[OP_KMAP] = handle_kmap,
	[OP_KUNMAP] = handle_kunmap,
	[OP_MEMSET] = handle_memset,
	[OP_READ] = handle_read,
	[OP_TOUCH] = handle_touch,
	[OP_TRUNCATE] = handle_truncate,
	[OP_OOM_SCORE_ADJ] = handle_oom_score_adj,
	[OP_EXIT] = handle_exit,
	[OP_MEMPOOL_CREATE] = handle_mempool_create,
	[OP_MEMPOOL_ALLOC] = handle_mempool_alloc,
	[OP_MEMPOOL_FREE] = handle_mempool_free,
	[OP_MEMPOOL_DESTROY] = handle_mempool_destroy,
	[OP_DRAIN_ALL_PAGES] = handle_drain_all_pages,
	[OP_KSWAPD_BEGIN] = handle_kswapd_begin,
	[OP_KSWAPD_END] = handle_kswapd_end,
};

static work_handler *const work_handlers[NR_WORK_ITEM_KINDS] = {
	[WORK_ITEM_VFREE] = work_vfree,
	[WORK_ITEM_DMA_POOLS] = work_dma_pools,
};

struct kernel *kernel_new(const struct machine_desc *machine,
			  const struct names *names, uint64_t seed,
			  struct errors *errors)
{
	struct kernel *kernel = host_alloc(1, sizeof *kernel);

	if (!kernel) {
		error_host(errors, "no memory for the simulated kernel");
		return NULL;
	}
	kernel->machine = machine;
	kernel->names = names;
	kernel->errors = errors;
	rules_init(&kernel->rules, machine);
	kernel->memory = memory_new(machine, seed, errors);
	if (kernel->memory)
		kernel->dma = dma_new(kernel->memory, errors);
	if (kernel->dma)
		kernel->caches = slab_caches_new(kernel->memory, errors);
	if (kernel->caches)
		kernel->vmalloc =
			vmalloc_new(kernel->memory, kernel->caches, errors);
	if (kernel->vmalloc)
		kernel->kmap = kmap_new(kernel->memory, errors);
	if (kernel->kmap)
		kernel->mempools =
			mempools_new(kernel->memory, kernel->caches, errors);
	if (kernel->mempools) {
		kernel->fast = fast_path_new(kernel);
		if (kernel->fast)
			return kernel;
		error_host(errors, "no memory for the simulated kernel");
	}
	kernel_free(kernel);
	return NULL;
}

void kernel_free(struct kernel *kernel)
{
	if (!kernel)
		return;
	fast_path_free(kernel->fast);
	mempools_free(kernel->mempools);
	work_queue_release(&kernel->work);
	kmap_free(kernel->kmap);
	free(kernel->kmap_waits.wait);
	contents_free(kernel->contents);
	if (kernel->vmalloc)
		vmalloc_free(kernel->vmalloc);
	if (kernel->caches)
		slab_caches_free(kernel->caches);
	dma_free(kernel->dma);
	memory_free(kernel->memory);
	allocations_release(&kernel->allocations);
	splits_release(&kernel->splits);
	droppables_free(kernel->droppables);
	free(kernel);
}

enum call_result refuse_call(struct handling *handling, enum call_result result,
			     const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(handling->report->why, sizeof handling->report->why, format,
		  arguments);
	va_end(arguments);
	return result;
}

const char *id_spelled(const struct kernel *kernel, bool named, uint64_t id,
		       char text[ID_TEXT_MAX])
{
	if (named)
		snprintf(text, ID_TEXT_MAX, "\"%.*s\"", ID_TEXT_MAX - 3,
			 names_text(kernel->names, (uint32_t)id));
	else
		snprintf(text, ID_TEXT_MAX, "%" PRIu64, id);
	return text;
}

const char *id_text(const struct handling *handling, char text[ID_TEXT_MAX])
{
	const struct call *call = handling->call;

	return id_spelled(handling->kernel, call->has & CALL_HAS_NAMED_ID,
			  call->id, text);
}

const char *nearest_id(struct handling *handling, struct suggestion *suggestion)
{
	struct kernel *kernel = handling->kernel;

	if (kernel->suggested == SUGGESTIONS_MAX)
		return "";
	kernel->suggested++;
	return suggest_id(suggestion, kernel->names, handling->call,
			  &kernel->allocations);
}

uint64_t linear_address(const struct kernel *kernel, const struct zone *zone,
			uint64_t physical)
{
	if (zone && zone_is_highmem(kernel->memory, zone))
		return 0;
	return phys_to_virt(kernel->memory, physical);
}

bool call_asks_for_zeroes(const struct call *call)
{
	const op_set clearing = OP_BIT(OP_KZALLOC) | OP_BIT(OP_VZALLOC) |
				OP_BIT(OP_GET_ZEROED_PAGE) |
				OP_BIT(OP_DMA_ALLOC_COHERENT);

	return (clearing >> call->op & 1) | (call->gfp / __GFP_ZERO & 1);
}

enum call_result file_allocation(struct handling *handling,
				 enum allocation_kind kind, uint64_t handle)
{
	const struct call *call = handling->call;

	if (!(call->has & (CALL_HAS_ID | CALL_HAS_NAMED_ID)))
		return CALL_DONE;
	/* While it slept, the table may have moved. */
	if (handling->switches != handling->kernel->memory->switches)
		handling->allocation =
			allocations_find(&handling->kernel->allocations, call);
	if (!handling->allocation)
		handling->allocation = allocations_insert(
			&handling->kernel->allocations, call);
	if (!handling->allocation) {
		error_host(handling->kernel->errors,
			   "no memory for the table of live ids");
		return CALL_HOST;
	}
	if (handling->outcome->status == OUTCOME_FAILED)
		kind = ALLOCATION_FAILED;
	handling->allocation->kind = kind;
	handling->allocation->handle = handle;
	handling->allocation->name = call->name;
	handling->allocation->op = call->op;
	handling->allocation->cleared = call_asks_for_zeroes(call);
	return CALL_DONE;
}

enum call_result break_rule(struct handling *handling, enum rule_id rule,
			    const struct rule_case *about)
{
	struct call_report *report = handling->report;
	struct rule_case whole = *about;

	whole.rules = &handling->kernel->rules;
	whole.call = handling->call;
	whole.names = handling->kernel->names;
	report->rule = rule_table[rule].id;
	rule_message(rule, &whole, report->why, sizeof report->why);
	return CALL_VIOLATION;
}

/* A CPU that is not there is told of once, however many calls it makes. */
static __attribute__((cold)) enum call_result
refuse_cpu(struct handling *handling)
{
	cpu_t cpu = handling->call->cpu;
	uint64_t *told = &handling->kernel->refused_cpus[cpu / 64];
	uint64_t bit = 1ull << cpu % 64;

	handling->report->why[0] = '\0';
	if (*told & bit)
		return CALL_INVALID;
	*told |= bit;
	return refuse_call(handling, CALL_INVALID, NO_SUCH_CPU, cpu);
}

static inline bool has_its_cpu(const struct memory *memory,
			       const struct call *call)
{
	return call->cpu < memory->nr_cpus &&
	       memory->cpu_node[call->cpu] != NODE_ANY;
}

static inline bool has_its_node(const struct memory *memory,
				const struct call *call)
{
	return call->node == NODE_ANY ||
	       (call->node >= 0 && call->node < MAX_NODES &&
		memory->node_index[call->node] >= 0);
}

node_t kernel_recorded_node(const struct kernel *kernel,
			    const struct call *call)
{
	const struct zone *zone = NULL;

	if (call->has & CALL_HAS_RECORDED_PFN)
		zone = memory_zone_of(kernel->memory, call->recorded_pfn);
	return zone ? zone->node : NODE_ANY;
}

bool call_has_its_places(const struct kernel *kernel, const struct call *call)
{
	return has_its_cpu(kernel->memory, call) &&
	       has_its_node(kernel->memory, call);
}

static enum call_result check_places(struct handling *handling)
{
	const struct memory *memory = handling->kernel->memory;
	const struct call *call = handling->call;

	if (!has_its_cpu(memory, call))
		return refuse_cpu(handling);
	if (!has_its_node(memory, call))
		return refuse_call(handling, CALL_INVALID, NO_SUCH_NODE,
				   call->node);
	return CALL_DONE;
}

/* The call has done nothing: what it would have made is never there. */
static enum call_result file_nothing(struct handling *handling)
{
	if (!call_makes_allocation(handling->call))
		return CALL_DONE;
	return file_allocation(handling, ALLOCATION_FAILED, 1);
}

enum call_result stop_call(struct handling *handling, enum rule_id rule)
{
	handling->report->broken |= RULE_BIT(rule);
	handling->outcome->status = OUTCOME_FAILED;
	handling->outcome->reason = REASON_FORBIDDEN;
	return file_nothing(handling);
}

/* The caller was killed: the call does nothing. */
static enum call_result skip_killed(struct handling *handling)
{
	handling->outcome->status = OUTCOME_SKIPPED;
	handling->outcome->skipped = SKIP_TASK_KILLED;
	return file_nothing(handling);
}

/* Carries the call out, unless it breaks a rule that stops the kernel. */
static enum call_result obey_rules(struct handling *handling)
{
	const struct call *call = handling->call;
	rule_set broken = rules_broken(&handling->kernel->rules, call);

	handling->report->broken = broken;
	for (; broken; broken &= broken - 1) {
		enum rule_id rule = (enum rule_id)__builtin_ctzll(broken);

		if (rule_table[rule].effect == RULE_STOPS)
			return stop_call(handling, rule);
	}
	return handlers[call->op](handling);
}

/* Does a task call that the OOM killer has killed? */
static bool is_dead(const struct kernel *kernel, const struct call *call)
{
	return !call_in_interrupt(call) &&
	       kernel_task_is_dying(kernel, call->task);
}

/* A blank outcome, and what the id stands for. */
static inline void begin_handling(struct handling *handling,
				  struct kernel *kernel,
				  const struct call *call,
				  struct outcome *outcome,
				  struct call_report *report)
{
	struct memory *memory = kernel->memory;

	*outcome = (struct outcome){
		.status = OUTCOME_OK,
		.pfn = PFN_NONE,
		.work = &memory->work,
	};
	report->rule = rule_table[RULE_BAD_FREE].id;
	report->broken = 0;
	report->why[0] = '\0';
	report->woken.what = WAIT_FOR_NOTHING;
	memory->work = (struct work){ .zones = 0 };
	*handling = (struct handling){
		.kernel = kernel,
		.call = call,
		.outcome = outcome,
		.report = report,
		.switches = memory->switches,
		.had_contents = kernel->contents,
	};
	if (call->has & (CALL_HAS_ID | CALL_HAS_NAMED_ID))
		handling->allocation =
			allocations_find(&kernel->allocations, call);
}

enum call_result wait_for(struct handling *handling, struct wait wait)
{
	enum call_result result = CALL_DONE;

	handling->report->wait = wait;
	if (call_makes_allocation(handling->call))
		result = file_allocation(handling, ALLOCATION_WAITING,
					 TICKET_NONE);
	return result == CALL_DONE ? CALL_WAITS : result;
}

void kernel_set_ticket(struct kernel *kernel, const struct call *call,
		       uint32_t ticket)
{
	struct allocation *allocation;

	if (call->op == OP_KMAP) {
		set_kmap_ticket(kernel, ticket);
		return;
	}
	allocation = allocations_find(&kernel->allocations, call);
	if (allocation && allocation->kind == ALLOCATION_WAITING)
		allocation->handle = ticket;
}

enum call_result kernel_try_again(struct kernel *kernel,
				  const struct call *call,
				  const struct wait *waited,
				  struct outcome *outcome,
				  struct call_report *report)
{
	struct handling handling;

	if (waited->what == WAIT_FOR_CALL)
		return kernel_call(kernel, call, outcome, report);
	begin_handling(&handling, kernel, call, outcome, report);
	handling.waited = waited;
	return handlers[call->op](&handling);
}

void kernel_abandon(struct kernel *kernel, const struct call *call,
		    const struct wait *wait, struct outcome *outcome,
		    struct call_report *report)
{
	struct handling handling;

	begin_handling(&handling, kernel, call, outcome, report);
	report->rule = NULL;
	if (wait->what == WAIT_FOR_CALL && !call_makes_allocation(call)) {
		outcome->status = OUTCOME_SKIPPED;
		outcome->skipped = SKIP_STILL_WAITING;
		return;
	}
	outcome->status = OUTCOME_FAILED;
	outcome->reason = REASON_STILL_WAITING;
	if (wait->what == WAIT_FOR_SLOT)
		abandon_kmap(&handling);
	if (wait->what == WAIT_FOR_ELEMENT)
		abandon_element_wait(&handling, wait);
}

int kernel_do_work(struct kernel *kernel, cpu_t *cpu)
{
	struct work_item item;

	if (!work_queue_take(&kernel->work, &item))
		return 0;
	kernel->memory->work = (struct work){ .zones = 0 };
	*cpu = item.cpu;
	return work_handlers[item.kind](kernel, &item) < 0 ? -1 : 1;
}

bool kernel_call_sleeps(struct kernel *kernel, const struct call *call,
			uint32_t ticket)
{
	struct allocation *allocation;

	if (!call_makes_allocation(call) ||
	    !(call->has & (CALL_HAS_ID | CALL_HAS_NAMED_ID)))
		return true;
	allocation = allocations_find(&kernel->allocations, call);
	if (!allocation)
		allocation = allocations_insert(&kernel->allocations, call);
	if (allocation) {
		allocation->kind = ALLOCATION_WAITING;
		allocation->handle = ticket;
	}
	return allocation;
}

bool kernel_task_is_dying(const struct kernel *kernel, uint32_t task)
{
	return task && oom_task_is_killed(kernel->memory, task);
}

/* Its CPU or node is not there. */
static __attribute__((cold)) enum call_result
miss_place(struct handling *handling)
{
	/* So that the free of its id is no second error. */
	handling->outcome->status = OUTCOME_FAILED;
	if (call_makes_allocation(handling->call) && !handling->allocation)
		file_allocation(handling, ALLOCATION_FAILED, 0);
	return CALL_INVALID;
}

/* What the id stands for still comes to be, in a call that sleeps. */
static enum call_result wait_for_call(struct handling *handling)
{
	handling->report->wait =
		(struct wait){ WAIT_FOR_CALL,
			       (uint32_t)handling->allocation->handle, 0 };
	return CALL_WAITS;
}

static __attribute__((cold)) enum call_result
refuse_live(struct handling *handling)
{
	char id[ID_TEXT_MAX];

	return refuse_call(handling, CALL_INVALID,
			   "id %s is live: free it before it is used again",
			   id_text(handling, id));
}

enum call_result kernel_call(struct kernel *kernel, const struct call *call,
			     struct outcome *outcome,
			     struct call_report *report)
{
	struct handling handling;

	begin_handling(&handling, kernel, call, outcome, report);
	if (check_places(&handling) != CALL_DONE)
		return miss_place(&handling);
	if (handling.allocation) {
		if (handling.allocation->kind == ALLOCATION_WAITING)
			return wait_for_call(&handling);
		if (call_makes_allocation(call) &&
		    handling.allocation->kind != ALLOCATION_FAILED)
			return refuse_live(&handling);
	}
	if (is_dead(kernel, call) && !call_frees(call) && call->op != OP_EXIT)
		return skip_killed(&handling);
	return obey_rules(&handling);
}

bool kernel_validate(const struct kernel *kernel, char *why, size_t size)
{
	return memory_validate(kernel->memory, why, size) &&
	       dma_validate(kernel->dma, why, size) &&
	       slab_caches_validate(kernel->caches, why, size) &&
	       vmalloc_validate(kernel->vmalloc, why, size) &&
	       mempools_validate(kernel->mempools, why, size) &&
	       kmap_validate(kernel->kmap, why, size) &&
	       (!kernel->contents ||
		contents_validate(kernel->contents, why, size));
}
