/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the engine passes on to the sinks (sim/sink.h) besides the outcomes of
 * calls as the general path fills them.
 *
 *	broken rules, misuse   --> violations, each with its file and line
 *	a fast call's outcome  --> a whole outcome, where a sink wants each
 *	who runs, waits, …     --> the timeline, where somebody asked for it
 */

#include "sim/engine/engine_fast.h"

/* ---- violations ---------------------------------------------------------- */

/* `number` as violation.message_number. */
static enum engine_result report_violation(struct engine *engine,
					   const struct call *call,
					   uint64_t seq, const char *rule,
					   const char *message, uint64_t number)
{
	struct violation violation = {
		.seq = seq,
		.t_ns = engine->now_ns,
		.rule = rule,
		.message = message,
		.message_number = number,
		.file = engine->source->file,
		.line = call->line,
	};

	engine->totals->violations++;
	return sinks_violation(&engine->sinks, &violation) < 0 ? ENGINE_FAILED :
								 ENGINE_DONE;
}

enum engine_result engine_report_violation(struct engine *engine,
					   const struct call *call,
					   uint64_t seq,
					   const struct call_report *report)
{
	return report_violation(engine, call, seq, report->rule, report->why,
				0);
}

enum engine_result engine_report_broken_rules(struct engine *engine,
					      const struct call *call,
					      uint64_t seq, rule_set broken)
{
	struct rule_case about = {
		.rules = &engine->kernel->rules,
		.call = call,
		.names = engine->source->names,
	};

	if (!engine->rule_texts)
		engine->rule_texts = rule_texts_new();
	if (!engine->rule_texts) {
		error_host(engine->errors, "no memory for broken rules");
		return ENGINE_FAILED;
	}
	for (; broken; broken &= broken - 1) {
		enum rule_id rule = (enum rule_id)__builtin_ctzll(broken);
		const struct rule_text *says =
			rule_texts_message(engine->rule_texts, rule, &about);
		enum engine_result result =
			report_violation(engine, call, seq, rule_table[rule].id,
					 says->text, says->number);

		if (result != ENGINE_DONE)
			return result;
	}
	return ENGINE_DONE;
}

/* ---- outcomes ------------------------------------------------------------ */

enum engine_result engine_report_fast_to_all(struct engine *engine,
					     const struct call *call,
					     const struct fast_record *end,
					     uint64_t latency_ns)
{
	const struct fast_outcome *fast = &end->outcome;
	struct outcome outcome = {
		.seq = end->seq,
		.latency_ns = latency_ns,
		.cost_ns = fast->cost_ns,
		.cpu_wait_ns = end->cpu_wait_ns,
		.lock_wait_ns = fast->has_locks ? fast->lock_wait_ns : 0,
		.vaddr = fast->vaddr,
		.requested = fast->requested,
		.granted = fast->granted,
		.pfn = fast->pfn,
		.extents = fast->path != PATH_NONE,
		.status = OUTCOME_OK,
		.path = fast->path,
		.zone = memory_zone_of(engine->kernel->memory, fast->pfn),
		.work = fast->work,
	};

	return sinks_operation(&engine->sinks, call, &outcome) < 0 ?
		       ENGINE_FAILED :
		       ENGINE_DONE;
}

/* ---- the timeline -------------------------------------------------------- */

enum engine_result engine_trace(struct engine *engine,
				const struct thread *thread,
				enum timeline_kind kind, struct actor other,
				uint64_t ns, uint32_t number)
{
	struct timeline_event event = {
		.t_ns = engine->now_ns,
		.kind = kind,
		.cpu = thread->cpu,
		.who = thread->who,
		.other = other,
		.ns = ns,
		.number = number,
		.lock = kind == TIMELINE_SPINS ? number : 0,
	};

	if (!engine->traces)
		return ENGINE_DONE;
	if (thread->call) {
		event.what = call_op_names[thread->call->op];
		event.task = thread->call->task;
	}
	if (kind == TIMELINE_SLEEPS && thread->state != THREAD_YIELDS)
		event.queue = sleep_queue_names[thread->queue];
	return sinks_timeline(&engine->sinks, &event) < 0 ? ENGINE_FAILED :
							    ENGINE_DONE;
}
