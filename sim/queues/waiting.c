/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sleepers are kept in one list, those who can be tried in another, both in
 * the order in which their calls were made. There are few, so to wake a queue
 * is to walk the list. Whoever was woken in vain goes back to its place.
 *
 * A kernel's wait queue wakes all who sleep on it without being exclusive,
 * too (__wake_up(), kernel/sched/wait.c, Linux 6.1); who runs first is then
 * the scheduler's choice. Here it is the one who called first.
 */

#include "sim/queues/waiting.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/bug.h"
#include "sim/base/host.h"

enum waiter_state {
	WAITER_UNUSED,
	WAITER_ASLEEP,
	WAITER_BEHIND,
	WAITER_RUNNABLE,
	WAITER_TAKEN,
};

#define LIST_EMPTY ((struct waiter_list){ TICKET_NONE, TICKET_NONE })

void waiting_init(struct waiting *waiting)
{
	*waiting = (struct waiting){
		.asleep = LIST_EMPTY,
		.runnable = LIST_EMPTY,
		.unused = LIST_EMPTY,
	};
}

void waiting_release(struct waiting *waiting)
{
	free(waiting->waiter);
	free(waiting->newest);
	waiting_init(waiting);
}

/* Puts a waiter behind another of the list; TICKET_NONE: at its head. */
static void list_insert(struct waiting *waiting, struct waiter_list *list,
			uint32_t after, uint32_t ticket)
{
	struct waiter *waiter = waiter_of(waiting, ticket);

	waiter->prev = after;
	if (after == TICKET_NONE) {
		waiter->next = list->first;
		list->first = ticket;
	} else {
		waiter->next = waiter_of(waiting, after)->next;
		waiter_of(waiting, after)->next = ticket;
	}
	if (waiter->next == TICKET_NONE)
		list->last = ticket;
	else
		waiter_of(waiting, waiter->next)->prev = ticket;
}

static void list_remove(struct waiting *waiting, struct waiter_list *list,
			uint32_t ticket)
{
	const struct waiter *waiter = waiter_of(waiting, ticket);

	if (waiter->prev == TICKET_NONE)
		list->first = waiter->next;
	else
		waiter_of(waiting, waiter->prev)->next = waiter->next;
	if (waiter->next == TICKET_NONE)
		list->last = waiter->prev;
	else
		waiter_of(waiting, waiter->next)->prev = waiter->prev;
}

/* A ticket that nobody has; its timer, if it still has one, stays with it. */
static uint32_t take_ticket(struct waiting *waiting)
{
	uint32_t ticket = waiting->unused.first;
	struct waiter *grown;

	if (ticket != TICKET_NONE) {
		list_remove(waiting, &waiting->unused, ticket);
		return ticket;
	}
	grown = host_grow(waiting->waiter, &waiting->capacity,
			  waiting->nr_tickets + (size_t)1, sizeof(*grown));
	if (!grown)
		return TICKET_NONE;
	waiting->waiter = grown;
	grown[waiting->nr_tickets] = (struct waiter){ .seq = 0 };
	return waiting->nr_tickets++;
}

/* To its place in the list, behind those whose calls came before it. */
static void list_enter(struct waiting *waiting, struct waiter_list *list,
		       uint32_t ticket, enum waiter_state state)
{
	struct waiter *waiter = waiter_of(waiting, ticket);
	uint32_t after = list->last;

	while (after != TICKET_NONE &&
	       waiter_of(waiting, after)->arrival > waiter->arrival)
		after = waiter_of(waiting, after)->prev;
	list_insert(waiting, list, after, ticket);
	waiter->state = state;
}

static void stand_behind(struct waiting *waiting, uint32_t ticket,
			 uint32_t before)
{
	/*
	 * Whoever is named here waits still, whatever the workload says: a call
	 * gives its ticket back in waiting_end() alone, which takes it out of
	 * its task's list, and makes all behind it runnable; its allocation
	 * stands for it (kernel_call_sleeps()) only until then; and calls leave
	 * the order of ids (sim/ids/id_order.h) before they are tried.
	 */
	struct waiter *waiter = waiter_of(waiting, before);
	struct waiter_list behind = { waiter->first_behind,
				      waiter->last_behind };

	BUG_ON(waiter->state == WAITER_UNUSED);
	list_insert(waiting, &behind, behind.last, ticket);
	waiter->first_behind = behind.first;
	waiter->last_behind = behind.last;
	waiter_of(waiting, ticket)->state = WAITER_BEHIND;
}

void waiting_sleep_on(struct waiting *waiting, uint32_t ticket,
		      const struct wait *wait, uint64_t now_ns)
{
	struct waiter *waiter = waiter_of(waiting, ticket);

	BUG_ON(waiter->state != WAITER_TAKEN);
	waiter->wait = *wait;
	waiter->retry_ns = wait->timeout_ns ? now_ns + wait->timeout_ns : 0;
	if (wait->what == WAIT_FOR_CALL)
		stand_behind(waiting, ticket, wait->number);
	else
		list_enter(waiting, &waiting->asleep, ticket, WAITER_ASLEEP);
}

/* ---- calls of one task ---- */

uint32_t waiting_newest_of(const struct waiting *waiting, uint32_t task)
{
	return task < waiting->newest_capacity ? waiting->newest[task] - 1 :
						 TICKET_NONE;
}
_Static_assert((uint32_t)0 - 1 == TICKET_NONE, "nobody's newest call");

/* Room for the task's newest call. */
static bool know_task(struct waiting *waiting, uint32_t task)
{
	size_t known = waiting->newest_capacity;
	uint32_t *grown;

	if (task < known)
		return true;
	grown = host_grow(waiting->newest, &waiting->newest_capacity,
			  task + (size_t)1, sizeof(*grown));
	if (!grown)
		return false;
	waiting->newest = grown;
	memset(grown + known, 0,
	       (waiting->newest_capacity - known) * sizeof(*grown));
	return true;
}

static void join_task(struct waiting *waiting, uint32_t ticket, uint32_t task)
{
	uint32_t older = waiting_newest_of(waiting, task);

	waiter_of(waiting, ticket)->task_older = older;
	waiter_of(waiting, ticket)->task_newer = TICKET_NONE;
	if (older != TICKET_NONE)
		waiter_of(waiting, older)->task_newer = ticket;
	waiting->newest[task] = ticket + 1;
	waiting->nr_of_tasks++;
}

static void leave_task(struct waiting *waiting, uint32_t ticket, uint32_t task)
{
	const struct waiter *waiter = waiter_of(waiting, ticket);

	if (waiter->task_older != TICKET_NONE)
		waiter_of(waiting, waiter->task_older)->task_newer =
			waiter->task_newer;
	if (waiter->task_newer != TICKET_NONE)
		waiter_of(waiting, waiter->task_newer)->task_older =
			waiter->task_older;
	else
		waiting->newest[task] = waiter->task_older + 1;
	waiting->nr_of_tasks--;
}

/* ---- */

uint32_t waiting_add(struct waiting *waiting, const struct call *call,
		     uint64_t seq, const struct wait *wait, uint64_t now_ns)
{
	uint32_t task = call_task(call);
	uint32_t ticket = TICKET_NONE;
	bool has_timer;

	if (!task || know_task(waiting, task))
		ticket = take_ticket(waiting);
	if (ticket == TICKET_NONE)
		return TICKET_NONE;
	has_timer = waiter_of(waiting, ticket)->has_timer;
	*waiter_of(waiting, ticket) = (struct waiter){
		.call = *call,
		.seq = seq,
		.arrival = waiting->arrivals++,
		.first_behind = TICKET_NONE,
		.last_behind = TICKET_NONE,
		.task_older = TICKET_NONE,
		.task_newer = TICKET_NONE,
		.state = WAITER_TAKEN,
		.has_timer = has_timer,
	};
	waiting->nr++;
	if (task)
		join_task(waiting, ticket, task);
	waiting_sleep_on(waiting, ticket, wait, now_ns);
	return ticket;
}

bool waiting_is_asleep(const struct waiting *waiting, uint32_t ticket)
{
	return waiting->waiter[ticket].state == WAITER_ASLEEP;
}

void waiting_wake_one(struct waiting *waiting, uint32_t ticket)
{
	list_remove(waiting, &waiting->asleep, ticket);
	list_enter(waiting, &waiting->runnable, ticket, WAITER_RUNNABLE);
}

void waiting_wake(struct waiting *waiting, enum wait_for what, uint32_t number)
{
	uint32_t ticket = waiting->asleep.first;

	while (ticket != TICKET_NONE) {
		const struct waiter *waiter = waiter_of(waiting, ticket);
		uint32_t next = waiter->next;

		if (waiter->wait.what == what && waiter->wait.number == number)
			waiting_wake_one(waiting, ticket);
		ticket = next;
	}
}

uint32_t waiting_take(struct waiting *waiting)
{
	uint32_t ticket = waiting->runnable.first;

	if (ticket == TICKET_NONE)
		return TICKET_NONE;
	list_remove(waiting, &waiting->runnable, ticket);
	waiter_of(waiting, ticket)->state = WAITER_TAKEN;
	return ticket;
}

uint32_t waiting_take_abandoned(struct waiting *waiting)
{
	uint32_t ticket = waiting_take(waiting);

	if (ticket != TICKET_NONE || waiting->asleep.first == TICKET_NONE)
		return ticket;
	ticket = waiting->asleep.first;
	list_remove(waiting, &waiting->asleep, ticket);
	waiter_of(waiting, ticket)->state = WAITER_TAKEN;
	return ticket;
}

void waiting_end(struct waiting *waiting, uint32_t ticket)
{
	struct waiter *waiter = waiter_of(waiting, ticket);
	uint32_t behind = waiter->first_behind;

	BUG_ON(waiter->state != WAITER_TAKEN);
	if (call_task(&waiter->call))
		leave_task(waiting, ticket, call_task(&waiter->call));
	while (behind != TICKET_NONE) {
		uint32_t next = waiter_of(waiting, behind)->next;

		list_enter(waiting, &waiting->runnable, behind,
			   WAITER_RUNNABLE);
		behind = next;
	}
	waiter->first_behind = waiter->last_behind = TICKET_NONE;
	waiter->state = WAITER_UNUSED;
	list_insert(waiting, &waiting->unused, waiting->unused.last, ticket);
	waiting->nr--;
}

void waiting_end_asleep(struct waiting *waiting, uint32_t ticket)
{
	BUG_ON(!waiting_is_asleep(waiting, ticket));
	list_remove(waiting, &waiting->asleep, ticket);
	waiter_of(waiting, ticket)->state = WAITER_TAKEN;
	waiting_end(waiting, ticket);
}

uint64_t waiting_last_retry(const struct waiting *waiting)
{
	uint32_t ticket = waiting->asleep.first;
	uint64_t last = 0;

	while (ticket != TICKET_NONE) {
		const struct waiter *waiter = &waiting->waiter[ticket];

		if (waiter->retry_ns > last)
			last = waiter->retry_ns;
		ticket = waiter->next;
	}
	return last;
}
