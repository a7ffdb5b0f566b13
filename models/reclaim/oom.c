/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The OOM killer.
 *
 *	task	   in memory  swapped  adj	  points (of 1000 pages)
 *	editor		 50	  10	 0	     60
 *	browser		300	 100	 0	    400  <-- is killed
 *	database	700	   0  -500	    200
 *	sshd		 20	   0 -1000	  never
 *
 * Rules, with where the kernel (Linux 6.1) has them:
 *   - a task's points are its pages in memory, anonymous or mapped, and in swap
 *     space; oom_score_adj adds thousandths of all memory and swap space
 *     (oom_badness());
 *   - the task with most points is killed; of equals, the one that came last
 *     (oom_evaluate_task(): the kernel walks tasks from the oldest on);
 *   - a task that the reaper is done with is passed over (MMF_OOM_SKIP),
 *   whatever
 *     of its memory is still under I/O: the kernel only waits for the reaper
 *     (oom_evaluate_task()), which here is done with the kill;
 *   - a task that is dying itself need not kill (task_will_free_mem()); nor may
 *     a request that must not enter file systems (out_of_memory()): both are
 *     told to try again;
 *   - the victim's anonymous memory is taken at once, and those who wait for it
 *     are woken: the kernel wakes the oom_reaper to do the same a moment
 *     later (__oom_reap_task_mm()). Page cache stays. What is isolated or under
 *     I/O comes free when that is over.
 *
 * - what is killed, and why, is written to the log: the state and all tasks as
 *   they were (dump_header()). Where nobody can be killed a kernel panics
 *   after that; here the request fails, and it is written once.
 *
 * What the freeing costs is counted as the frees that it is, for the task that
 * asked. Left out: killing within a memory cgroup, a cpuset or a memory
 * policy's nodes; page tables' pages; sysctls that kill the asking task or
 * panic; notifiers; a task that shares memory with another.
 */

#include "models/reclaim/oom.h"

#include <stdlib.h>

#include "models/reclaim/folio.h"
#include "models/gfp.h"
#include "models/report.h"
#include "sim/base/bug.h"
#include "sim/base/host.h"

struct oom_task {
	uint32_t name;
	int16_t adj;
	bool alive; /* has not exited */
	bool killed;
	/* Counted when somebody is to be killed. */
	uint64_t anon;
	uint64_t file; /* mapped */
	uint64_t swapped;
};

struct oom {
	struct oom_task *task; /* in the order they were told of */
	size_t nr;
	size_t capacity;
	uint32_t *index; /* [name]: task + 1; 0: none */
	size_t nr_names;
	/* There is always room for as many kills as tasks are alive. */
	struct oom_kill *kill;
	size_t nr_kills;
	size_t kill_capacity;
	bool told_nobody; /* that nobody is left to be killed */
};

struct oom *oom_new(void)
{
	return host_alloc(1, sizeof(struct oom));
}

void oom_free(struct oom *oom)
{
	if (!oom)
		return;
	free(oom->task);
	free(oom->index);
	free(oom->kill);
	free(oom);
}

static struct oom_task *find(const struct oom *oom, uint32_t name)
{
	if (name >= oom->nr_names || !oom->index[name])
		return NULL;
	return &oom->task[oom->index[name] - 1];
}

/* A new entry for a name that has none; NULL: the host has no memory. */
static struct oom_task *add(struct oom *oom, uint32_t name)
{
	uint32_t *index = host_grow(oom->index, &oom->nr_names,
				    (size_t)name + 1, sizeof *index);
	struct oom_task *task;

	if (!index)
		return NULL;
	oom->index = index;
	task = host_grow(oom->task, &oom->capacity, oom->nr + 1, sizeof *task);
	if (!task)
		return NULL;
	oom->task = task;
	task[oom->nr] = (struct oom_task){ .name = name };
	index[name] = (uint32_t)++oom->nr;
	return &task[oom->nr - 1];
}

int oom_add_task(struct memory *memory, uint32_t name)
{
	struct oom *oom = memory->oom;
	struct oom_task *task = find(oom, name);
	struct oom_kill *kill;

	BUG_ON(!name);
	if (task && task->alive)
		return 0;
	if (!task)
		task = add(oom, name);
	kill = host_grow(oom->kill, &oom->kill_capacity,
			 oom->nr_kills + oom->nr, sizeof *kill);
	if (kill)
		oom->kill = kill;
	if (!task || !kill)
		return -1;
	*task = (struct oom_task){ .name = name, .alive = true };
	return 0;
}

int oom_set_score_adj(struct memory *memory, uint32_t task, int16_t adj)
{
	BUG_ON(adj < OOM_SCORE_ADJ_MIN || adj > OOM_SCORE_ADJ_MAX);
	if (oom_add_task(memory, task) < 0)
		return -1;
	find(memory->oom, task)->adj = adj;
	return 0;
}

void oom_task_exits(struct memory *memory, uint32_t name)
{
	struct oom_task *task = find(memory->oom, name);

	if (task)
		*task = (struct oom_task){ .name = name };
}

/* Each task's pages, from all folios. */
static void count_pages(struct memory *memory)
{
	struct oom *oom = memory->oom;

	for (size_t t = 0; t < oom->nr; t++)
		oom->task[t].anon = oom->task[t].file = oom->task[t].swapped =
			0;
	for (folio_t n = 0; n < folios_made(memory); n++) {
		const struct folio *folio = folio_get(memory, n);
		struct oom_task *task = find(oom, folio->task);

		if (!task)
			continue;
		if (!folio_is_cached(folio))
			task->swapped += folio->flags & FOLIO_SWAPPED ?
						 folio_pages(folio) :
						 0;
		else if (!folio_is_file(folio))
			task->anon += folio_pages(folio);
		else if (folio->flags & FOLIO_MAPPED && !task->killed)
			task->file += folio_pages(folio);
	}
}

static uint64_t resident(const struct oom_task *task)
{
	return task->anon + task->file;
}

static int64_t badness(const struct oom_task *task, uint64_t total_pages)
{
	return (int64_t)(resident(task) + task->swapped) +
	       task->adj * (int64_t)(total_pages / 1000);
}

static uint64_t total_pages(const struct memory *memory)
{
	return memory->managed_pages +
	       (memory->desc->swap_bytes >> memory->page_shift);
}

/* Whom to kill; NULL: nobody. */
static struct oom_task *choose(struct memory *memory)
{
	struct oom *oom = memory->oom;
	uint64_t total = total_pages(memory);
	struct oom_task *chosen = NULL;
	int64_t most = INT64_MIN;

	count_pages(memory);
	for (size_t t = 0; t < oom->nr; t++) {
		struct oom_task *task = &oom->task[t];
		int64_t points = badness(task, total);

		if (!task->alive || task->killed ||
		    task->adj == OOM_SCORE_ADJ_MIN || points < most)
			continue;
		chosen = task;
		most = points;
	}
	return chosen;
}

/* dump_header(): the state before the kill; victim 0: there is nobody. */
static void tell(struct memory *memory, const struct pressure_request *request,
		 uint32_t victim)
{
	report_tell(memory, &(struct report){
				    .kind = victim ? REPORT_OOM_KILL :
						     REPORT_OOM_NOBODY,
				    .gfp = request->gfp,
				    .order = request->order,
				    .victim = victim,
			    });
}

/* A kernel would panic: it says so once. */
static void tell_nobody(struct memory *memory,
			const struct pressure_request *request)
{
	if (!memory->oom->told_nobody)
		tell(memory, request, 0);
	memory->oom->told_nobody = true;
}

static void kill_task(struct memory *memory, struct oom_task *task,
		      const struct pressure_request *request)
{
	struct oom *oom = memory->oom;

	BUG_ON(oom->nr_kills == oom->kill_capacity);
	tell(memory, request, task->name);
	task->killed = true;
	if (memory->task == task->name)
		memory->dying = true;
	memory->vm_event[VM_OOM_KILL]++;
	oom->kill[oom->nr_kills++] = (struct oom_kill){
		.asked_by = memory->task,
		.victim = task->name,
		.gfp = request->gfp,
		.order = request->order,
		.adj = task->adj,
		.points = badness(task, total_pages(memory)),
		.pages = resident(task),
		.swapped = task->swapped,
		.reaped = folios_exit(memory, request->cpu, task->name),
	};
	memory->tasks->wake(memory, memory->tasks_argument, SLEEP_OOM, 0);
}

enum oom_result oom_out_of_memory(struct memory *memory,
				  const struct pressure_request *request)
{
	struct oom_task *victim;

	if (memory->dying || !(request->gfp & __GFP_FS))
		return OOM_WAIT;
	victim = choose(memory);
	if (!victim) {
		tell_nobody(memory, request);
		return OOM_NOBODY;
	}
	kill_task(memory, victim, request);
	return OOM_KILLED;
}

bool oom_task_is_killed(const struct memory *memory, uint32_t name)
{
	const struct oom_task *task;

	if (!memory->oom->nr_kills)
		return false;
	task = find(memory->oom, name);
	return task && task->killed;
}

const struct oom_kill *oom_kills(const struct memory *memory, size_t *nr)
{
	*nr = memory->oom->nr_kills;
	return memory->oom->kill;
}

bool oom_next_candidate(const struct memory *memory, size_t *at,
			struct oom_candidate *candidate)
{
	const struct oom *oom = memory->oom;

	for (; *at < oom->nr; (*at)++) {
		const struct oom_task *task = &oom->task[*at];

		if (!task->alive || (task->killed && !resident(task)))
			continue;
		*candidate = (struct oom_candidate){
			.task = task->name,
			.adj = task->adj,
			.anon = task->anon,
			.file = task->file,
			.swapped = task->swapped,
		};
		(*at)++;
		return true;
	}
	return false;
}

int16_t oom_score_adj(const struct memory *memory, uint32_t name)
{
	const struct oom_task *task = find(memory->oom, name);

	return task ? task->adj : 0;
}
