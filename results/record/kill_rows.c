/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Models know nothing of time, so a kill is given that of the next operation to
 * be reported: in most cases the one that asked for it.
 */

#include "results/record/kill_rows.h"

#include "models/reclaim/oom.h"

int kill_rows_init(struct kill_rows *kills, const struct database *database,
		   struct errors *errors)
{
	return rows_init(&kills->rows, database, "oom_kill", errors);
}

int kill_rows_flush(struct kill_rows *kills, struct errors *errors)
{
	return rows_flush(&kills->rows, errors);
}

void kill_rows_release(struct kill_rows *kills)
{
	rows_release(&kills->rows);
}

static const char *name_of(const struct kill_rows *kills, uint32_t task)
{
	return task ? names_text(kills->names, task) : NULL;
}

int kill_rows_add(struct kill_rows *kills, uint64_t t_ns, uint64_t seq,
		  struct gfp_texts *gfp_texts, struct errors *errors)
{
	size_t nr;
	const struct oom_kill *kill = oom_kills(kills->memory, &nr);

	for (size_t i = kills->rows.written; i < nr; i++) {
		const char *gfp = gfp_texts_get(gfp_texts, kill[i].gfp);
		struct value *value = rows_add(&kills->rows, errors);

		if (!value)
			return -1;
		if (!gfp)
			return error_host(errors, "OOM kills");
		*value++ = value_int(RUN_ID);
		*value++ = value_int(i + 1);
		*value++ = value_int_if(seq, seq);
		*value++ = value_int(t_ns);
		*value++ = value_text(name_of(kills, kill[i].victim));
		*value++ = value_int(kill[i].pages);
		*value++ = value_int(kill[i].swapped);
		*value++ = value_int(kill[i].reaped);
		*value++ = value_int((uint64_t)kill[i].points);
		*value++ = value_int((uint64_t)(int64_t)kill[i].adj);
		*value++ = value_text(gfp);
		*value++ = value_int(kill[i].order);
		*value++ = value_text(name_of(kills, kill[i].asked_by));
	}
	return 0;
}
