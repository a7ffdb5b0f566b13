/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reports, line by line (warn_alloc(), mm/page_alloc.c; dump_header(),
 * dump_tasks(), __oom_kill_process(), mm/oom_kill.c; slab_out_of_memory(),
 * mm/slub.c; dump_unreclaimable_slab(), mm/slab_common.c; alloc_vmap_area(),
 * mm/vmalloc.c; Linux 6.1).
 *
 * - A task has no number in a workload: it gets 1, 2, 3… when the log first
 *   names it. A caller without a name, in an interrupt for the most part, is
 *   taken for the idle task of its CPU, swapper, whose number is 0.
 * - A task's name ends at 15 bytes, as in a kernel.
 * - Tasks have no address space beyond the pages that they have or had: these
 *   are total_vm. Page tables count 0, everybody's user is root.
 * - Of the stack there is the line that says who ran and where, no calls
 *   (dump_stack()).
 * - There are no cpusets, memory policies and groups: every node with memory is
 *   allowed.
 *
 * Left out: what oom_reaper has to say, the stop of a kernel that has nobody
 * to kill, warnings that are of wrong calls rather than of short memory.
 */

#include "results/text/report_text.h"

#include <inttypes.h>

#include "models/gfp.h"
#include "models/reclaim/oom.h"
#include "models/slab/slab.h"
#include "results/text/mem_info.h"

#define COMM_MAX 16 /* with the NUL: TASK_COMM_LEN */
#define RELEASE "6.1.0-kmemsim #1"

/* One that is being written. */
struct writer {
	struct report_text *text;
	const struct memory *memory;
	const struct kernel_message *message;
	struct text *out;
};

/* A task as the log names it. */
struct person {
	char comm[COMM_MAX];
	uint64_t pid;
};

void report_text_release(struct report_text *text)
{
	numbering_release(&text->pids);
}

/* ---- who ----------------------------------------------------------------- */

static uint64_t pid_of(struct writer *writer, uint64_t key)
{
	size_t number = numbering_of(&writer->text->pids, key);

	writer->out->failed |= number == NUMBERING_FULL;
	return (uint64_t)number + 1;
}

static struct person person_of(struct writer *writer, uint32_t task)
{
	struct person person = { .pid = pid_of(writer, task) };

	snprintf(person.comm, sizeof person.comm, "%s",
		 names_text(writer->text->names, task));
	return person;
}

/* current */
static struct person who_asks(struct writer *writer)
{
	const struct actor *who = &writer->message->who;
	struct person person = { .pid = 0 };

	if (writer->message->task)
		return person_of(writer, writer->message->task);
	if (who->kind == ACTOR_CALL || who->kind == ACTOR_NOBODY) {
		snprintf(person.comm, sizeof person.comm, "swapper/%u",
			 writer->memory->cpu);
		return person;
	}
	person.pid = pid_of(writer, (uint64_t)who->kind << 32 | who->number);
	snprintf(person.comm, sizeof person.comm, "%s%" PRIu64,
		 actor_kind_names[who->kind], who->number);
	return person;
}

/* dump_stack() */
static void add_place(struct writer *writer, const struct person *who)
{
	text_add(writer->out,
		 "CPU: %u PID: %" PRIu64 " Comm: %s Not tainted " RELEASE "\n",
		 writer->memory->cpu, who->pid, who->comm);
}

/* ---- parts of several ---------------------------------------------------- */

/* "0xcc0(GFP_KERNEL)" */
static void add_gfp(struct writer *writer, gfp_t gfp)
{
	char names[GFP_TEXT_MAX] = "";

	if (gfp)
		gfp_format(gfp, names);
	text_add(writer->out, "%#x(%s)", gfp, names);
}

/* cpuset_print_current_mems_allowed() */
static void add_nodes(struct writer *writer)
{
	bool has_memory[MAX_NODES] = { false };

	for (uint32_t i = 0; i < writer->memory->nr_zones; i++)
		if (writer->memory->zone[i].present_pages)
			has_memory[writer->memory->zone[i].node] = true;
	text_add(writer->out, "nodemask=(null),cpuset=/,mems_allowed=");
	text_add_ranges(writer->out, has_memory, MAX_NODES);
}

static void add_mem_info(struct writer *writer)
{
	const struct memory *memory = writer->memory;
	int highest = memory->gfp_zone[writer->message->report->gfp & 0xf];

	mem_info_add(memory, (enum zone_type)highest, writer->out);
}

/* ---- an allocation that fails -------------------------------------------- */

static void add_no_pages(struct writer *writer)
{
	const struct report *report = writer->message->report;
	struct person who = who_asks(writer);

	text_add(writer->out, "%s: %s, mode:", who.comm, report->what);
	add_gfp(writer, report->gfp);
	text_add(writer->out, ", ");
	add_nodes(writer);
	text_add(writer->out, "\n");
	add_place(writer, &who);
	add_mem_info(writer);
}

static void add_no_slab(struct writer *writer)
{
	const struct memory *memory = writer->memory;
	const struct report *report = writer->message->report;
	struct text *out = writer->out;
	struct slab_info info;

	slab_cache_info(report->cache, &info);
	text_add(out, "SLUB: Unable to allocate memory on node %d, gfp=",
		 report->node == NODE_ANY ? -1 : report->node);
	add_gfp(writer, report->gfp);
	text_add(out,
		 "\n  cache: %s, object size: %" PRIu64 ", buffer size: %u,"
		 " default order: %u, min order: %u\n",
		 info.name, info.object_size, info.objsize, info.order,
		 info.min_order);
	if (info.min_order > get_order(info.object_size, memory->page_shift))
		text_add(out,
			 "  %s debugging increased min order, use"
			 " slub_debug=O to disable.\n",
			 info.name);
	for (uint32_t n = 0; n < memory->nr_nodes; n++) {
		struct slab_node_info node;

		if (slab_cache_node_info(report->cache, n, &node))
			text_add(out,
				 "  node %d: slabs: %" PRIu64 ", objs: %" PRIu64
				 ", free: %" PRIu64 "\n",
				 memory->node[n].id, node.slabs, node.objs,
				 node.free);
	}
}

static void add_no_range(struct writer *writer)
{
	text_add(writer->out,
		 "vmap allocation for size %" PRIu64 " failed: use"
		 " vmalloc=<size> to increase size\n",
		 writer->message->report->size);
}

/* ---- the OOM killer ------------------------------------------------------ */

/* should_dump_unreclaim_slab() */
static bool is_slab_excessive(const struct memory *memory)
{
	static const enum node_stat lru[] = {
		NR_ACTIVE_ANON,	  NR_INACTIVE_ANON, NR_ACTIVE_FILE,
		NR_INACTIVE_FILE, NR_ISOLATED_ANON, NR_ISOLATED_FILE,
		NR_UNEVICTABLE,
	};
	uint64_t pages = 0;

	for (size_t i = 0; i < sizeof lru / sizeof *lru; i++)
		pages += mem_info_total(memory, lru[i]);
	return mem_info_total(memory, NR_SLAB_UNRECLAIMABLE) > pages;
}

/* dump_unreclaimable_slab() */
static void add_slabs(struct writer *writer)
{
	const struct slab_caches *caches = writer->text->kernel->caches;

	if (!is_slab_excessive(writer->memory))
		return;
	text_add(writer->out,
		 "Unreclaimable slab info:\n"
		 "Name                      Used          Total\n");
	for (size_t i = 0; i < slab_caches_count(caches); i++) {
		struct slab_info info;

		slab_caches_info(caches, i, &info);
		if (info.flags & SLAB_RECLAIM_ACCOUNT || !info.num_objs)
			continue;
		text_add(writer->out, "%-17s %10" PRIu64 "KB %10" PRIu64 "KB\n",
			 info.name, info.active_objs * info.objsize / 1024,
			 info.num_objs * info.objsize / 1024);
	}
}

static uint64_t resident(const struct oom_candidate *task)
{
	return task->anon + task->file;
}

static uint64_t total_vm(const struct oom_candidate *task)
{
	return resident(task) + task->swapped;
}

/* dump_tasks() */
static void add_tasks(struct writer *writer)
{
	struct oom_candidate task;

	text_add(writer->out,
		 "Tasks state (memory values in pages):\n"
		 "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes"
		 " swapents oom_score_adj name\n");
	for (size_t at = 0; oom_next_candidate(writer->memory, &at, &task);) {
		struct person who = person_of(writer, task.task);

		text_add(writer->out,
			 "[%7" PRIu64 "] %5d %5" PRIu64 " %8" PRIu64
			 " %8" PRIu64 " %8d %8" PRIu64 "         %5hd %s\n",
			 who.pid, 0, who.pid, total_vm(&task), resident(&task),
			 0, task.swapped, task.adj, who.comm);
	}
}

/* dump_header() */
static void add_header(struct writer *writer)
{
	const struct kernel_message *message = writer->message;
	struct person who = who_asks(writer);

	text_add(writer->out, "%s invoked oom-killer: gfp_mask=", who.comm);
	add_gfp(writer, message->report->gfp);
	text_add(writer->out, ", order=%d, oom_score_adj=%hd\n",
		 message->report->order,
		 oom_score_adj(writer->memory, message->task));
	add_place(writer, &who);
	add_mem_info(writer);
	add_slabs(writer);
	add_tasks(writer);
}

static bool find_victim(const struct writer *writer, struct oom_candidate *task)
{
	uint32_t victim = writer->message->report->victim;

	for (size_t at = 0; oom_next_candidate(writer->memory, &at, task);)
		if (task->task == victim)
			return true;
	return false;
}

/* dump_oom_summary() */
static void add_reason(struct writer *writer, const struct person *victim)
{
	text_add(writer->out, "oom-kill:constraint=CONSTRAINT_NONE,");
	add_nodes(writer);
	text_add(writer->out,
		 ",global_oom,task_memcg=/,task=%s,pid=%" PRIu64 ",uid=0\n",
		 victim->comm, victim->pid);
}

static void add_kill(struct writer *writer, bool header)
{
	unsigned int shift = writer->memory->page_shift - 10;
	struct oom_candidate task;
	struct person victim;

	if (header)
		add_header(writer);
	if (!find_victim(writer, &task))
		return;
	victim = person_of(writer, task.task);
	if (header)
		add_reason(writer, &victim);
	text_add(writer->out,
		 "Out of memory: Killed process %" PRIu64
		 " (%s) total-vm:%" PRIu64 "kB, anon-rss:%" PRIu64
		 "kB, file-rss:%" PRIu64
		 "kB, shmem-rss:0kB, UID:0 pgtables:0kB oom_score_adj:%hd\n",
		 victim.pid, victim.comm, total_vm(&task) << shift,
		 task.anon << shift, task.file << shift, task.adj);
}

static void add_nobody(struct writer *writer)
{
	add_header(writer);
	text_add(writer->out, "Out of memory and no killable processes...\n");
}

void report_text_add(struct report_text *text,
		     const struct kernel_message *message, bool header,
		     struct text *out)
{
	struct writer writer = { text, text->kernel->memory, message, out };

	switch (message->report->kind) {
	case REPORT_NO_PAGES:
		add_no_pages(&writer);
		return;
	case REPORT_NO_SLAB:
		add_no_slab(&writer);
		return;
	case REPORT_NO_RANGE:
		add_no_range(&writer);
		return;
	case REPORT_OOM_KILL:
		add_kill(&writer, header);
		return;
	case REPORT_OOM_NOBODY:
		add_nobody(&writer);
		return;
	}
}
