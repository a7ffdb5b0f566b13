/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads slab caches and vmalloc areas into rows.
 *
 * A kernel has a hundred caches that a workload never touches, and areas that
 * were there before it. So that these cost a run nothing, they are written
 * once, as the state before the first call (sample SAMPLE_START). Any other
 * sample has rows only for
 *
 * - caches that have slabs, and all that were created since the start;
 * - areas that were allocated since the start, and ranges that wait for the
 *   purge.
 *
 * Caches are numbered from the oldest on, so that those of the start keep their
 * numbers.
 */

#include "results/record/object_rows.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/text.h"

int object_rows_init(struct object_rows *rows, const struct database *database,
		     struct errors *errors)
{
	if (rows_init(&rows->slab_sample, database, "slab_sample", errors))
		return -1;
	return rows_init(&rows->vmalloc_area, database, "vmalloc_area", errors);
}

int object_rows_flush(struct object_rows *rows, struct errors *errors)
{
	if (rows_flush(&rows->slab_sample, errors))
		return -1;
	return rows_flush(&rows->vmalloc_area, errors);
}

void object_rows_release(struct object_rows *rows)
{
	rows_release(&rows->slab_sample);
	rows_release(&rows->vmalloc_area);
}

static const char *keep(const struct sample_at *at, const char *text,
			struct errors *errors)
{
	const char *kept = arena_strndup(at->texts, text, strlen(text));

	if (!kept)
		error_host(errors, "sample %" PRIu64, at->number);
	return kept;
}

/* ---- slab_sample --------------------------------------------------------- */

static int add_cache(struct object_rows *rows, const struct sample_at *at,
		     size_t number, const struct slab_info *info,
		     struct errors *errors)
{
	/* The cache may be destroyed before its row is written. */
	const char *name = keep(at, info->name, errors);
	struct value *value;

	if (!name)
		return -1;
	value = state_rows_begin(&rows->slab_sample, at, errors);
	if (!value)
		return -1;
	*value++ = value_int(number);
	*value++ = value_text(name);
	*value++ = value_int(info->active_objs);
	*value++ = value_int(info->num_objs);
	*value++ = value_int(info->objsize);
	*value++ = value_int(info->objperslab);
	*value++ = value_int(info->pagesperslab);
	*value++ = value_int(info->limit);
	*value++ = value_int(info->batchcount);
	*value++ = value_int(info->sharedfactor);
	*value++ = value_int(info->active_slabs);
	*value++ = value_int(info->num_slabs);
	*value++ = value_int(info->sharedavail);
	*value++ = value_int(info->num_pages);
	*value++ = value_int(info->object_size);
	*value++ = value_int(info->live_objs);
	*value++ = value_int(at->number);
	return 0;
}

static int add_caches(struct object_rows *rows, const struct sample_at *at,
		      const struct slab_caches *caches, struct errors *errors)
{
	size_t nr = slab_caches_count(caches);
	struct slab_info info;
	size_t n;

	if (at->number == SAMPLE_START)
		rows->nr_boot_caches = nr;
	for (n = 0; n < nr; n++) {
		slab_caches_info(caches, nr - 1 - n, &info);
		if (at->number != SAMPLE_START && n < rows->nr_boot_caches &&
		    !info.num_slabs)
			continue;
		if (add_cache(rows, at, n, &info, errors))
			return -1;
	}
	return 0;
}

/* ---- vmalloc_area -------------------------------------------------------- */

/* "N0=3 N1=5": an area's pages by node, those with none left out. */
static const char *nodes_text(const struct kernel *kernel,
			      const struct sample_at *at,
			      const struct vmalloc_info *info,
			      struct errors *errors)
{
	uint64_t count[MAX_NODES];
	struct text text = TEXT_EMPTY;
	const char *kept;

	/* It looks at each page: not where the answer is known. */
	memset(count, 0, sizeof(count));
	if (kernel->memory->nr_nodes == 1)
		count[kernel->memory->node[0].id] = info->pages;
	else if (info->pages)
		vmalloc_count_nodes(kernel->vmalloc, info->start, count);
	for (int node = 0; node < MAX_NODES; node++)
		if (count[node])
			text_add(&text, "%sN%d=%" PRIu64,
				 text.length ? " " : "", node, count[node]);
	kept = text.failed ? NULL : keep(at, text.s ? text.s : "", errors);
	if (text.failed)
		error_host(errors, "sample %" PRIu64, at->number);
	text_release(&text);
	return kept;
}

static int add_area(struct object_rows *rows, const struct sample_at *at,
		    const struct kernel *kernel,
		    const struct vmalloc_info *info, const char *flags,
		    struct errors *errors)
{
	uint64_t base = kernel->machine->vmalloc_start;
	const char *nodes = nodes_text(kernel, at, info, errors);
	struct value *value;

	if (!nodes)
		return -1;
	value = state_rows_begin(&rows->vmalloc_area, at, errors);
	if (!value)
		return -1;
	*value++ = value_int(base + info->start);
	*value++ = value_int(base + info->end);
	*value++ = value_int(info->end - info->start);
	*value++ = value_int_if(info->pages, info->pages);
	*value++ = value_null(); /* caller: a workload does not say */
	*value++ = value_text(flags);
	*value++ = value_text(nodes);
	*value++ = value_int(at->number);
	return 0;
}

static int add_areas(struct object_rows *rows, const struct sample_at *at,
		     const struct kernel *kernel, struct errors *errors)
{
	struct vmalloc_info info = { .end = 0 };
	const char *flags;

	while (vmalloc_next_area(kernel->vmalloc, info.end, &info)) {
		if (info.boot != (at->number == SAMPLE_START))
			continue;
		flags = info.vpages ? "vmalloc vpages" : "vmalloc";
		if (add_area(rows, at, kernel, &info, info.boot ? "" : flags,
			     errors))
			return -1;
	}
	info.end = 0;
	while (at->number != SAMPLE_START &&
	       vmalloc_next_unpurged(kernel->vmalloc, info.end, &info))
		if (add_area(rows, at, kernel, &info, "unpurged", errors))
			return -1;
	return 0;
}

int object_rows_add(struct object_rows *rows, const struct sample_at *at,
		    const struct kernel *kernel, struct errors *errors)
{
	if (add_caches(rows, at, kernel->caches, errors))
		return -1;
	return add_areas(rows, at, kernel, errors);
}
