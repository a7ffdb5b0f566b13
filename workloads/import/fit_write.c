/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a generator must say to do what a group of allocations did.
 *
 *	arrivals   poisson or constant, where gaps and times say so; else the
 *	           curve of their quantiles, which has busy times and idle ones
 *	lifetime   what fits best of those that were freed; those that were
 *	           not have a generator of their own, since what stays comes
 *	           at other times than what goes
 *	kind       a ring, where the oldest is freed and as many are live
 *
 * Either way the number of arrivals is that of the trace. Leaves out what ties
 * groups to each other, and how an allocation's size goes with its lifetime.
 */
#include "workloads/import/fit_write.h"

#include <stdlib.h>
#include <string.h>

#include "models/gfp.h"
#include "sim/base/host.h"
#include "workloads/fields.h"
#include "workloads/import/fit_shape.h"
#include "workloads/yaml/writer.h"

/* Points of a curve, and arrivals for each that are enough. */
#define CURVE_POINTS 65
#define CURVE_STEP 4
/* Distances below which arrivals count as even, and gaps as exponential. */
#define EVEN 0.05
#define EXPONENTIAL 0.1
/* Sizes that are told one by one. */
#define SIZES_MAX 48
/* A ring has at least this many, freed in order, and is mostly full. */
#define RING_LEAST 8
#define MOSTLY 0.95

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

enum what { TIMES, LIVES, SIZES };

/* Those of a group that become a generator. */
struct part {
	const struct fit_group *group;
	bool freed; /* there are some that were */
	bool kept;  /* there are some that were not */
	uint64_t count;
};

/* The part's numbers of one sort, sorted; their number. */
static size_t sorted(const struct part *part, enum what what, uint64_t *value)
{
	size_t nr = 0;

	for (size_t i = 0; i < part->group->nr_records; i++) {
		const struct fit_record *record = &part->group->record[i];
		bool kept = record->life_ns == NOT_FREED;

		if (kept ? !part->kept || what == LIVES : !part->freed)
			continue;
		value[nr++] = what == TIMES ? record->t_ns :
			      what == LIVES ? record->life_ns :
					      record->size;
	}
	qsort(value, nr, sizeof(*value), by_value);
	return nr;
}

static void add_numbers(struct text *yaml, const uint64_t *value, size_t nr,
			uint64_t from)
{
	for (size_t i = 0; i < nr; i++)
		text_add(yaml, "%s%llu", i ? ", " : "",
			 (unsigned long long)(value[i] - from));
}

static void add_shape(struct text *yaml, const struct shape *shape)
{
	switch (shape->kind) {
	case SHAPE_CONSTANT:
		text_add(yaml, "%.0f", shape->a);
		break;
	case SHAPE_EXPONENTIAL:
		text_add(yaml, "{exponential: {mean: %.0f}}", shape->a);
		break;
	case SHAPE_LOGNORMAL:
		text_add(yaml, "{lognormal: {median: %.0f, sigma: %.4f}}",
			 shape->a, shape->b);
		break;
	case SHAPE_PARETO:
		text_add(yaml, "{pareto: {min: %.0f, alpha: %.4f}}", shape->a,
			 shape->b);
		break;
	default:
		text_add(yaml, "{quantiles: [");
		add_numbers(yaml, shape->quantile, shape->nr_quantiles, 0);
		text_add(yaml, "]}");
	}
}

/* ---- what it asks for ---------------------------------------------------- */

static void add_name(struct text *yaml, const char *key, uint32_t name,
		     const struct names *names)
{
	if (!name)
		return;
	text_add(yaml, "    %s: ", key);
	text_add_yaml(yaml, names_text(names, name));
	text_add(yaml, "\n");
}

static void add_pages(struct text *yaml, const struct call *like,
		      field_set takes)
{
	if (like->pages & CALL_LRU)
		text_add(yaml, "    lru: %s\n",
			 like->pages & CALL_LRU_FILE ? "file" : "anon");
	for (int id = FIELD_LRU + 1; id < NR_FIELDS; id++)
		if (takes & FIELD_BIT(id) &&
		    like->pages & event_fields[id].pages)
			text_add(yaml, "    %s: true\n", event_fields[id].name);
}

/* Weights of what was counted, or the only one there is. */
static void add_weights(struct text *yaml, const char *before,
			const uint64_t *count, size_t nr,
			const char *const *words)
{
	const char *between = "{weighted: {";
	size_t kinds = 0;

	for (size_t i = 0; i < nr; i++)
		kinds += count[i] != 0;
	text_add(yaml, "%s", before);
	for (size_t i = 0; i < nr; i++) {
		if (!count[i])
			continue;
		if (kinds > 1)
			text_add(yaml, "%s", between);
		if (words)
			text_add(yaml, "%s", words[i]);
		else
			text_add(yaml, "%zu", i);
		if (kinds > 1)
			text_add(yaml, ": %llu", (unsigned long long)count[i]);
		between = ", ";
	}
	text_add(yaml, kinds > 1 ? "}}" : "");
}

/* Few sizes with their counts, or what many may have come from. */
static void add_sizes(struct text *yaml, const uint64_t *size, size_t nr)
{
	size_t kinds = 1, next;
	struct shape shape;

	for (size_t i = 1; i < nr; i++)
		kinds += size[i] != size[i - 1];
	text_add(yaml, "    size: ");
	if (kinds == 1 || kinds > SIZES_MAX) {
		shape_fit(&shape, size, nr);
		add_shape(yaml, &shape);
		text_add(yaml, "\n");
		return;
	}
	for (size_t i = 0; i < nr; i = next) {
		for (next = i; next < nr && size[next] == size[i];)
			next++;
		text_add(yaml, "%s%llu: %zu", i ? ", " : "{weighted: {",
			 (unsigned long long)size[i], next - i);
	}
	text_add(yaml, "}}\n");
}

static void add_fields(struct text *yaml, const struct part *part,
		       const struct names *names, uint64_t *value)
{
	const struct fit_group *group = part->group;
	const struct call *like = &group->like;
	field_set takes = operation_fields((enum call_op)like->op);
	char gfp[GFP_TEXT_MAX];

	text_add(yaml, "    op: %s\n", call_op_names[like->op]);
	if (like->has & CALL_HAS_ORDER)
		text_add(yaml, "    order: %u\n", like->order);
	if (operations[like->op].required & FIELD_BIT(FIELD_SIZE))
		add_sizes(yaml, value, sorted(part, SIZES, value));
	if (like->has & CALL_HAS_GFP) {
		gfp_format(like->gfp, gfp);
		text_add(yaml, "    gfp: %s\n", gfp);
	}
	add_name(yaml,
		 takes & FIELD_BIT(FIELD_CACHE)	  ? "cache" :
		 takes & FIELD_BIT(FIELD_POOL)	  ? "pool" :
		 takes & FIELD_BIT(FIELD_MAPPING) ? "mapping" :
						    "area",
		 like->name, names);
	if (like->mask_bits)
		text_add(yaml, "    mask_bits: %u\n", like->mask_bits);
	add_pages(yaml, like, takes);
	add_weights(yaml, "    cpu: ", group->of_cpu, FIT_CPUS, NULL);
	text_add(yaml, "\n    ctx: %s\n", call_context_names[like->ctx]);
	if (like->ctx == CONTEXT_PROCESS && !(like->has & CALL_CAN_SLEEP))
		text_add(yaml, "    can_sleep: false\n");
	add_name(yaml, "task", like->task, names);
}

/* ---- when, and for how long ---------------------------------------------- */

/* The gaps of sorted times, in place of them, sorted. */
static void to_gaps(uint64_t *t_ns, size_t nr)
{
	for (size_t i = 0; i + 1 < nr; i++)
		t_ns[i] = t_ns[i + 1] - t_ns[i];
	qsort(t_ns, nr - 1, sizeof(*t_ns), by_value);
}

static const char *add_arrivals(struct text *yaml, const struct part *part,
				uint64_t count, uint64_t *t_ns)
{
	size_t nr = sorted(part, TIMES, t_ns), points;
	uint64_t first = t_ns[0], last = t_ns[nr - 1];
	uint64_t quantile[CURVE_POINTS];
	struct shape gaps;
	double rate;

	text_add(yaml, "    start: %llu\n", (unsigned long long)first);
	points = nr / CURVE_STEP + 2;
	if (points > CURVE_POINTS)
		points = CURVE_POINTS;
	shape_quantiles(t_ns, nr, quantile, points);
	if (nr == part->count && nr > RING_LEAST && last > first &&
	    shape_distance_to_even(t_ns, nr, first, last) < EVEN) {
		to_gaps(t_ns, nr);
		shape_fit(&gaps, t_ns, nr - 1);
		rate = 1e9 * (double)(nr - 1) / (double)(last - first);
		if ((gaps.kind == SHAPE_EXPONENTIAL &&
		     gaps.distance < EXPONENTIAL) ||
		    gaps.kind == SHAPE_CONSTANT) {
			const char *name = gaps.kind == SHAPE_CONSTANT ?
						   "constant" :
						   "poisson";

			text_add(yaml,
				 "    count: %llu\n    arrivals: "
				 "{%s: {rate: %.6f}}\n",
				 (unsigned long long)count, name, rate);
			return name;
		}
	}
	text_add(yaml, "    arrivals: {curve: {count: %llu, times: [",
		 (unsigned long long)count);
	add_numbers(yaml, quantile, points, first);
	text_add(yaml, "]}}\n");
	return "curve";
}

static bool frees_in_order(const struct fit_group *group)
{
	return group->freed >= RING_LEAST &&
	       (double)group->in_order > MOSTLY * (double)group->freed;
}

static bool is_ring(const struct fit_group *group)
{
	return frees_in_order(group) && group->most_live >= RING_LEAST &&
	       group->count > 2 * group->most_live &&
	       group->least_live != UINT64_MAX &&
	       (double)group->least_live > MOSTLY * (double)group->most_live;
}

static void add_free(struct text *yaml, const struct fit_group *group)
{
	if (!group->freed)
		return;
	text_add(yaml, "    free: {");
	if (frees_in_order(group) && !is_ring(group))
		text_add(yaml, "order: fifo, ");
	add_weights(yaml, "ctx: ", group->freed_in, NR_CALL_CONTEXTS,
		    call_context_names);
	text_add(yaml, "}\n");
}

/* The shape of what was freed; NULL: nothing was. */
static const struct shape *add_lifetime(struct text *yaml,
					const struct part *part, uint64_t *life,
					struct shape *shape)
{
	const struct fit_group *group = part->group;
	size_t nr = sorted(part, LIVES, life);

	if (!nr)
		return NULL;
	shape_fit(shape, life, nr);
	text_add(yaml, "    lifetime: ");
	add_shape(yaml, shape);
	text_add(yaml, "\n");
	if (part->kept)
		text_add(yaml, "    kept: %.6f\n",
			 (double)(group->count - group->freed) /
				 (double)group->count);
	return shape;
}

static void add_title(struct text *title, const struct part *part,
		      size_t number, const struct names *names)
{
	const struct call *like = &part->group->like;

	text_add(title, "%zu%s %s", number,
		 part->kept && !part->freed ? " kept" : "",
		 call_op_names[like->op]);
	if (like->has & CALL_HAS_ORDER)
		text_add(title, " of order %u", like->order);
	if (like->name)
		text_add(title, " from %s", names_text(names, like->name));
	if (part->group->lumped)
		text_add(title, " by others");
	else if (like->task)
		text_add(title, " by %s", names_text(names, like->task));
}

static void report_part(struct text *report, const struct part *part,
			const char *title, const char *arrivals,
			const struct shape *life)
{
	bool ring = is_ring(part->group);

	text_add(report, "%12llu %s: %s", (unsigned long long)part->count,
		 title, ring ? "ring" : arrivals);
	if (life)
		text_add(report, ", %s, distance %.3f", shape_names[life->kind],
			 life->distance);
	text_add(report, "\n");
}

static void add_part(const struct part *part, size_t number,
		     const struct names *names, uint64_t *value,
		     struct text *yaml, struct text *report)
{
	const struct fit_group *group = part->group;
	const struct shape *life = NULL;
	struct text title = TEXT_EMPTY;
	uint64_t count = part->count;
	const char *arrivals;
	struct shape shape;

	add_title(&title, part, number, names);
	if (title.failed)
		return;
	text_add(yaml, "  - name: ");
	text_add_yaml_quoted(yaml, title.s);
	text_add(yaml, "\n");
	if (is_ring(group)) {
		count -= group->most_live;
		text_add(yaml, "    kind: ring\n    entries: %llu\n",
			 (unsigned long long)group->most_live);
	}
	add_fields(yaml, part, names, value);
	arrivals = add_arrivals(yaml, part, count, value);
	if (!is_ring(group))
		life = add_lifetime(yaml, part, value, &shape);
	if (part->freed)
		add_free(yaml, group);
	report_part(report, part, title.s, arrivals, life);
	text_release(&title);
}

/* Whether any record is kept, or is freed. */
static bool has_record(const struct fit_group *group, bool kept)
{
	for (size_t i = 0; i < group->nr_records; i++)
		if (kept == (group->record[i].life_ns == NOT_FREED))
			return true;
	return false;
}

int fit_write_group(const struct fit_group *group, size_t number,
		    const struct names *names, struct text *yaml,
		    struct text *report)
{
	uint64_t *value = host_alloc(FIT_SAMPLE, sizeof(*value));
	struct part all = { group, group->freed > 0,
			    group->freed < group->count, group->count };
	struct part freed = { group, true, false, group->freed };
	struct part kept = { group, false, true, group->count - group->freed };

	if (!value)
		return -1;
	/* What is too rare to be in the sample is a share of the others. */
	if (is_ring(group) || !has_record(group, true) ||
	    !has_record(group, false)) {
		add_part(&all, number, names, value, yaml, report);
	} else {
		add_part(&freed, number, names, value, yaml, report);
		add_part(&kept, number, names, value, yaml, report);
	}
	free(value);
	return yaml->failed || report->failed ? -1 : 0;
}
