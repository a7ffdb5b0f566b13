/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that work on vmalloc areas, and on what may be one or not (kvmalloc).
 */

#include "models/gfp.h"
#include "sim/calls/calls.h"

static enum call_result report_area(struct handling *handling,
				    const struct vmalloc_grant *grant)
{
	const struct kernel *kernel = handling->kernel;
	struct outcome *outcome = handling->outcome;
	enum call_result result;

	if (grant->host_failed)
		return CALL_HOST;
	outcome->requested = handling->call->size;
	outcome->reason = grant->reason;
	outcome->pfn = grant->pfn;
	outcome->zone = grant->zone;
	outcome->status = OUTCOME_FAILED;
	if (grant->vaddr_offset != VMALLOC_NOWHERE) {
		outcome->status = OUTCOME_OK;
		outcome->path = PATH_VMALLOC;
		outcome->extents = grant->extents;
		outcome->granted = grant->pages << kernel->machine->page_shift;
		outcome->vaddr =
			kernel->machine->vmalloc_start + grant->vaddr_offset;
	}
	result = file_allocation(handling, ALLOCATION_VMALLOC,
				 grant->vaddr_offset);
	if (result == CALL_DONE && follow_new_contents(handling))
		return CALL_HOST;
	return result;
}

static enum call_result vmalloc_with(struct handling *handling, gfp_t gfp)
{
	const struct call *call = handling->call;
	struct vmalloc_grant grant = vmalloc_alloc(handling->kernel->vmalloc,
						   call->size, gfp, call->node,
						   call->cpu);

	return report_area(handling, &grant);
}

/* vmalloc() has no flags of its own: GFP_KERNEL. */
static gfp_t area_gfp(const struct call *call)
{
	return call->has & CALL_HAS_GFP ? call->gfp : GFP_KERNEL;
}

enum call_result handle_vmalloc(struct handling *handling)
{
	return vmalloc_with(handling, area_gfp(handling->call));
}

enum call_result handle_vzalloc(struct handling *handling)
{
	return vmalloc_with(handling, area_gfp(handling->call) | __GFP_ZERO);
}

enum call_result handle_vfree(struct handling *handling)
{
	return free_allocation(handling);
}

int work_vfree(struct kernel *kernel, const struct work_item *item)
{
	vmalloc_release(kernel->vmalloc, item->argument, item->cpu);
	return 0;
}

/* Source: vfree(), __vfree(), __vfree_deferred(). */
enum call_result free_area_allocation(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	const struct call *call = handling->call;
	uint64_t offset = handling->allocation->handle;
	struct work_item later = { WORK_ITEM_VFREE, call->cpu, offset };

	if (call->ctx == CONTEXT_NMI)
		return stop_call(handling, RULE_VFREE_IN_NMI);
	if (!call_in_interrupt(call)) {
		vmalloc_release(kernel->vmalloc, offset, call->cpu);
	} else if (work_queue_add(&kernel->work, later) < 0) {
		error_host(kernel->errors, "no memory for deferred work");
		return CALL_HOST;
	}
	allocations_remove(&kernel->allocations, call);
	/* kvfree() turns to vfree() only now; vfree's rule has been asked. */
	if (call->op == OP_KVFREE && call_under_lock(call))
		return break_rule(handling, RULE_VFREE_IN_ATOMIC,
				  &(struct rule_case){ 0 });
	return CALL_DONE;
}

enum call_result handle_kvmalloc(struct handling *handling)
{
	const struct call *call = handling->call;
	struct kernel *kernel = handling->kernel;
	gfp_t gfp = area_gfp(call);
	struct kvmalloc_plan plan =
		kvmalloc_plan(kernel->memory, call->size, gfp);
	struct object_request request = { plan.kmalloc_gfp, call->cpu,
					  call->node };
	struct object_grant object =
		kmalloc(kernel->caches, call->size, &request);
	struct vmalloc_grant area;

	if (object.host_failed)
		return CALL_HOST;
	if (object.address == OBJECT_NONE && plan.then_vmalloc) {
		if (call_in_interrupt(call))
			return stop_call(handling, RULE_VMALLOC_IN_INTERRUPT);
		area = vmalloc_alloc_huge(kernel->vmalloc, call->size, gfp,
					  call->node, call->cpu);
		return report_area(handling, &area);
	}
	return report_object(handling, &object, call->size,
			     ALLOCATION_KVMALLOC);
}

enum call_result handle_kvfree(struct handling *handling)
{
	return free_allocation(handling);
}
