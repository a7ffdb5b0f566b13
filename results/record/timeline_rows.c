/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One event, one row, in the order in which the engine tells of them. What an
 * event does not have is NULL. Devices and those who sleep are on no CPU: the
 * engine gives them a number that no CPU of the machine has.
 */

#include "results/record/timeline_rows.h"

int timeline_rows_init(struct timeline_rows *timeline,
		       const struct database *database, struct errors *errors)
{
	return rows_init(&timeline->rows, database, "timeline", errors);
}

int timeline_rows_flush(struct timeline_rows *timeline, struct errors *errors)
{
	return rows_flush(&timeline->rows, errors);
}

void timeline_rows_release(struct timeline_rows *timeline)
{
	rows_release(&timeline->rows);
}

int timeline_rows_add(struct timeline_rows *timeline,
		      const struct timeline_event *event, struct errors *errors)
{
	struct value *value = rows_add(&timeline->rows, errors);
	bool has_other = event->other.kind != ACTOR_NOBODY;
	bool spins = event->kind == TIMELINE_SPINS;

	if (!value)
		return -1;
	*value++ = value_int(RUN_ID);
	*value++ = value_int(timeline->rows.written);
	*value++ = value_int(event->t_ns);
	*value++ = value_text(timeline_kind_names[event->kind]);
	*value++ = value_int_if(event->cpu < timeline->nr_cpus, event->cpu);
	*value++ = value_text(actor_kind_names[event->who.kind]);
	*value++ = value_int(event->who.number);
	*value++ = value_text(has_other ? actor_kind_names[event->other.kind] :
					  NULL);
	*value++ = value_int_if(has_other, event->other.number);
	*value++ = value_text(event->what);
	*value++ = value_text(
		event->task ? names_text(timeline->names, event->task) : NULL);
	*value++ = value_text(event->queue);
	*value++ = value_int_if(event->queue, event->number);
	*value++ = value_int_if(spins, event->lock);
	*value++ = value_int_if(spins || event->kind == TIMELINE_IO, event->ns);
	return 0;
}
