// SPDX-License-Identifier: GPL-2.0-only
/*
 * The points of a sweep, and what they are called.
 *
 *	axes    workload: a b    allocator: slub slab
 *	points  0: a,slub    1: a,slab    2: b,slub    3: b,slab
 *
 * Rules: a point is a number, whose digits, one an axis, say which value it
 * has there; the last axis goes fastest. A name is made of the axes that have
 * more than one value, from the last part of each path where that tells axes
 * apart, and holds nothing but letters, digits and "._+-", with "," and "="
 * between. A value is called by its place on its axis if its text is long, or
 * if only these characters of it are the same as another's.
 */

#include "configs/sweep.h"

#include <string.h>

#include "sim/base/text.h"

#define VALUE_NAME_MAX 40

/* What every file system takes, and a shell leaves alone. */
static void make_plain(struct text *text)
{
	for (size_t i = 0; i < text->length; i++) {
		char c = text->s[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && !strchr("._+-", c))
			text->s[i] = '_';
	}
}

static bool is_taken(const struct sweep_axis *axis, size_t before,
		     const char *name)
{
	for (size_t i = 0; i < before; i++)
		if (!strcmp(axis->value[i].name, name))
			return true;
	return false;
}

static int name_value(struct sweep *sweep, struct sweep_axis *axis, size_t i)
{
	struct sweep_value *value = &axis->value[i];
	struct text name = TEXT_EMPTY;

	if (value->file)
		text_add_stem(&name, value->text);
	else
		text_add(&name, "%s", value->text);
	make_plain(&name);
	/* Seeds differ anyway, and may be many. */
	if (axis->kind != SWEEP_SEED && name.s &&
	    (name.length > VALUE_NAME_MAX || is_taken(axis, i, name.s))) {
		text_release(&name);
		text_add(&name, "value%zu", i + 1);
	}
	if (!name.failed && name.s)
		value->name = arena_strndup(sweep->arena, name.s, name.length);
	text_release(&name);
	return value->name ? 0 : -1;
}

static const char *last_part(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

/* The last part of a path, where that is enough to tell axes apart. */
static const char *axis_name(const struct sweep *sweep, size_t which)
{
	const char *path = sweep->axis[which].path;
	const char *last = last_part(path);

	if ((*last >= '0' && *last <= '9') || *last == '*')
		return path;
	for (size_t i = 0; i < sweep->nr_axes; i++)
		if (i != which && !strcmp(last_part(sweep->axis[i].path), last))
			return path;
	return last;
}

static const char *keep_plain(struct sweep *sweep, const char *raw)
{
	struct text name = TEXT_EMPTY;
	const char *kept = NULL;

	text_add(&name, "%s", raw);
	if (!name.failed) {
		make_plain(&name);
		kept = arena_strndup(sweep->arena, name.s, name.length);
	}
	text_release(&name);
	return kept;
}

int sweep_make_names(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->nr_axes; i++) {
		struct sweep_axis *axis = &sweep->axis[i];

		axis->name = keep_plain(sweep, axis_name(sweep, i));
		if (!axis->name)
			return -1;
		for (size_t v = 0; v < axis->nr; v++)
			if (name_value(sweep, axis, v))
				return -1;
	}
	return 0;
}

void sweep_point(const struct sweep *sweep, size_t n, struct sweep_point *point)
{
	for (size_t i = sweep->nr_axes; i--;) {
		point->at[i] = n % sweep->axis[i].nr;
		n /= sweep->axis[i].nr;
	}
}

bool sweep_is_excluded(const struct sweep *sweep,
		       const struct sweep_point *point)
{
	for (size_t e = 0; e < sweep->nr_excludes; e++) {
		bool all = true;

		for (size_t i = 0; i < sweep->nr_axes; i++) {
			const bool *marked = sweep->exclude[e].marked[i];

			all &= !marked || marked[point->at[i]];
		}
		if (all)
			return true;
	}
	return false;
}

const struct sweep_value *sweep_value_of(const struct sweep *sweep,
					 const struct sweep_point *point,
					 enum sweep_axis_kind kind)
{
	for (size_t i = 0; i < sweep->nr_axes; i++)
		if (sweep->axis[i].kind == kind)
			return &sweep->axis[i].value[point->at[i]];
	return NULL;
}

size_t sweep_puts(const struct sweep *sweep, const struct sweep_point *point,
		  struct config_put *put)
{
	size_t nr = 0;

	for (size_t i = 0; i < sweep->nr_axes; i++) {
		const struct sweep_axis *axis = &sweep->axis[i];

		if (axis->kind == SWEEP_SETTING)
			put[nr++] = (struct config_put){
				.path = axis->path,
				.place = axis->place,
				.value = axis->value[point->at[i]].node,
			};
	}
	return nr;
}

void sweep_point_name(const struct sweep *sweep,
		      const struct sweep_point *point, struct text *out)
{
	bool any = false;

	for (size_t i = 0; i < sweep->nr_axes; i++) {
		const struct sweep_axis *axis = &sweep->axis[i];
		const struct sweep_value *value = &axis->value[point->at[i]];

		if (axis->nr < 2)
			continue;
		text_add(out, "%s", any ? "," : "");
		if (!value->file)
			text_add(out, "%s=", axis->name);
		text_add(out, "%s", value->name);
		any = true;
	}
	if (!any)
		text_add(out, "%s",
			 sweep_value_of(sweep, point, SWEEP_WORKLOAD)->name);
}
