// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a sweep.
 *
 *	config: base.yaml                     an axis, mostly of one value
 *	workload: [nic-rx.yaml, disk.yaml]    an axis of two
 *	axes:
 *	  sysctl.min_free_kbytes: [1024, 4096]    one of two
 *	  seed: 1..20                             one of twenty
 *	exclude: [{seed: 3, workload: disk.yaml}]
 *
 * Rules: files lie relative to the sweep's; each axis has at least one value,
 * each once; an axis is a dotted path into the config, or `seed`; `exclude`
 * names axes and values that are there. Whether a path and its values mean
 * something to the config is for config_load() to say, and they keep their
 * places in this file for that. All that is wrong is told in one pass.
 */

#include "configs/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "configs/config_reader.h"
#include "sim/base/numbers.h"
#include "sim/base/text.h"

struct reader {
	struct sweep *sweep;
	const char *path;
	struct errors *errors;
};

static const char *const root_keys[] = {
	"kmemsim", "version",  "name", "description",
	"config",  "workload", "axes", "exclude",
};

static void no_memory(struct reader *reader)
{
	error_host(reader->errors, "cannot read %s", reader->path);
}

static const char *flow_text(struct reader *reader,
			     const struct yaml_node *node)
{
	struct text text = TEXT_EMPTY;
	const char *kept = NULL;

	if (node->kind == YAML_NODE_SCALAR)
		return node->text;
	yaml_format(node, &text);
	if (!text.failed)
		kept = arena_strndup(reader->sweep->arena, text.s, text.length);
	text_release(&text);
	if (!kept)
		no_memory(reader);
	return kept ? kept : "";
}

/* ---- axes --------------------------------------------------------------- */

static const struct sweep_value *find_value(const struct sweep_axis *axis,
					    const char *text)
{
	for (size_t i = 0; i < axis->nr; i++)
		if (!strcmp(axis->value[i].text, text))
			return &axis->value[i];
	return NULL;
}

static struct sweep_value *add_value(struct reader *reader,
				     struct sweep_axis *axis, const char *text)
{
	struct sweep_value *grown = arena_one_more(
		reader->sweep->arena, axis->value, axis->nr, sizeof(*grown));

	if (!grown) {
		no_memory(reader);
		return NULL;
	}
	axis->value = grown;
	grown += axis->nr++;
	*grown = (struct sweep_value){ .text = text };
	return grown;
}

/* A file's path, beside the sweep's. */
static bool read_file(struct reader *reader, const struct yaml_node *node,
		      struct sweep_value *value)
{
	char *path;

	if (!strcmp(value->text, "-")) {
		error_input(reader->errors, node->place,
			    "a sweep's files are read again and again: "
			    "\"-\", stdin, can't be one");
		return false;
	}
	path = yaml_beside(reader->path, value->text);
	if (path)
		value->file =
			arena_strndup(reader->sweep->arena, path, strlen(path));
	free(path);
	if (!value->file)
		no_memory(reader);
	return value->file;
}

static void read_value(struct reader *reader, struct sweep_axis *axis,
		       const struct yaml_node *node)
{
	bool is_file = axis->kind == SWEEP_CONFIG ||
		       axis->kind == SWEEP_WORKLOAD;
	const char *text = NULL;
	struct sweep_value *value;
	uint64_t seed = 0;

	if (is_file && !yaml_text(node, &text, reader->errors))
		return;
	if (axis->kind == SWEEP_SEED &&
	    !yaml_u64(node, 0, UINT64_MAX, &seed, reader->errors))
		return;
	text = flow_text(reader, node);
	if (find_value(axis, text)) {
		error_input(reader->errors, node->place,
			    "\"%s\" is on this axis already", text);
		return;
	}
	value = add_value(reader, axis, text);
	if (!value)
		return;
	value->node = node;
	value->seed = seed;
	if (is_file)
		read_file(reader, node, value);
}

/* "1..20"; false: it is none, and may be something else. */
static bool read_range(struct reader *reader, struct sweep_axis *axis,
		       const struct yaml_node *node)
{
	struct sweep *sweep = reader->sweep;
	uint64_t first, last;

	if (node->kind != YAML_NODE_SCALAR || node->quoted)
		return false;
	if (!parse_range(node->text, node->length, &first, &last)) {
		if (!strstr(node->text, ".."))
			return false;
		error_input(reader->errors, node->place,
			    "%s: \"%s\" is no range: FIRST..LAST takes two "
			    "whole numbers, the smaller one first",
			    axis->path, node->text);
		return true;
	}
	if (last - first >= SWEEP_POINTS_MAX) {
		error_input(reader->errors, node->place,
			    "%s: \"%s\" are more than %d", axis->path,
			    node->text, SWEEP_POINTS_MAX);
		return true;
	}
	for (uint64_t seed = first; seed - first <= last - first; seed++) {
		char text[24];
		struct sweep_value *value;

		snprintf(text, sizeof(text), "%llu", (unsigned long long)seed);
		value = add_value(reader, axis,
				  arena_strndup(sweep->arena, text,
						strlen(text)));
		if (!value || !value->text) {
			no_memory(reader);
			return true;
		}
		value->seed = seed;
		if (seed == last)
			break;
	}
	return true;
}

static void read_values(struct reader *reader, struct sweep_axis *axis,
			const struct yaml_node *node)
{
	const struct yaml_node *child;

	if (axis->kind == SWEEP_SEED && read_range(reader, axis, node))
		return;
	if (node->kind != YAML_NODE_LIST) {
		read_value(reader, axis, node);
		return;
	}
	if (!node->nr)
		error_input(reader->errors, node->place,
			    "%s: the list has no value", axis->path);
	for (child = node->first; child; child = child->next)
		read_value(reader, axis, child);
}

static void add_axis(struct reader *reader, enum sweep_axis_kind kind,
		     const char *path, const struct yaml_node *node)
{
	struct sweep *sweep = reader->sweep;
	struct sweep_axis *axis = &sweep->axis[sweep->nr_axes];

	if (sweep->nr_axes == SWEEP_AXES_MAX) {
		error_input(reader->errors, node->key_place,
			    "more than %d axes", SWEEP_AXES_MAX);
		return;
	}
	sweep->nr_axes++;
	*axis = (struct sweep_axis){
		.kind = kind,
		.path = path,
		.place = node->key_place,
	};
	read_values(reader, axis, node);
	/* An error was told, and there is more to find. */
	if (!axis->nr)
		sweep->nr_axes--;
}

/* Its place at the top says what it is. */
static bool is_top_key(struct reader *reader, const struct yaml_node *node)
{
	if (strcmp(node->key, "config") && strcmp(node->key, "workload"))
		return false;
	error_input(reader->errors, node->key_place,
		    "\"%s\" stands beside \"axes\", and may be a list there",
		    node->key);
	return true;
}

/* No key of a config is near the one axis that is none of a config's. */
static bool is_misspelt_seed(struct reader *reader,
			     const struct yaml_node *node)
{
	static const char *const seed[] = { "seed" };
	struct text near = TEXT_EMPTY;

	if (!strcmp(node->key, seed[0]) ||
	    !nearest_match(node->key, strlen(node->key), seed, LENGTH(seed)))
		return false;
	text_add_near(&near, seed[0]);
	error_input(reader->errors, node->key_place, "\"%s\" is no axis%s",
		    node->key, near.s ? near.s : "");
	text_release(&near);
	return true;
}

static void read_axes(struct reader *reader, const struct yaml_node *root)
{
	const struct yaml_node *axes = yaml_get(root, "axes"), *child;

	if (!axes || !yaml_is_mapping(axes, reader->errors))
		return;
	for (child = axes->first; child; child = child->next)
		if (!is_top_key(reader, child) &&
		    !is_misspelt_seed(reader, child))
			add_axis(reader,
				 strcmp(child->key, "seed") ? SWEEP_SETTING :
							      SWEEP_SEED,
				 child->key, child);
}

static void read_files(struct reader *reader, const struct yaml_node *root)
{
	static const struct {
		const char *key;
		enum sweep_axis_kind kind;
		const char *meaning;
	} files[] = {
		{ "config", SWEEP_CONFIG, "the machine, or a list of them" },
		{ "workload", SWEEP_WORKLOAD,
		  "what happens on it, or a list of that" },
	};

	for (size_t i = 0; i < LENGTH(files); i++) {
		const struct yaml_node *node = yaml_require(
			root, files[i].key, files[i].meaning, reader->errors);

		if (node)
			add_axis(reader, files[i].kind, files[i].key, node);
	}
}

static void count_points(struct reader *reader, const struct yaml_node *root)
{
	struct sweep *sweep = reader->sweep;
	uint64_t nr = 1;

	for (size_t i = 0; i < sweep->nr_axes; i++) {
		nr *= sweep->axis[i].nr;
		if (nr > SWEEP_POINTS_MAX) {
			error_input(reader->errors, root->place,
				    "more than %d points", SWEEP_POINTS_MAX);
			return;
		}
	}
	sweep->nr_points = (size_t)nr;
}

/* ---- exclude ------------------------------------------------------------ */

static const struct sweep_axis *
find_axis(struct reader *reader, const struct yaml_node *node, size_t *which)
{
	const struct sweep *sweep = reader->sweep;
	const char *names[SWEEP_AXES_MAX];
	struct text hint = TEXT_EMPTY;

	for (size_t i = 0; i < sweep->nr_axes; i++) {
		names[i] = sweep->axis[i].path;
		if (strcmp(names[i], node->key))
			continue;
		*which = i;
		return &sweep->axis[i];
	}
	text_add_hint(&hint, node->key, strlen(node->key), names,
		      sweep->nr_axes, NULL);
	error_input(reader->errors, node->key_place, "\"%s\" is no axis%s",
		    node->key, hint.s ? hint.s : "");
	text_release(&hint);
	return NULL;
}

static void mark_value(struct reader *reader, const struct sweep_axis *axis,
		       const struct yaml_node *node, bool *marked)
{
	const char *text = flow_text(reader, node);
	const struct sweep_value *value = find_value(axis, text);
	uint64_t first, last;

	if (value) {
		marked[value - axis->value] = true;
		return;
	}
	if (axis->kind == SWEEP_SEED &&
	    parse_range(text, strlen(text), &first, &last)) {
		for (size_t i = 0; i < axis->nr; i++)
			if (axis->value[i].seed >= first &&
			    axis->value[i].seed <= last)
				marked[i] = true;
		return;
	}
	error_input(reader->errors, node->place,
		    "%s: \"%s\" is not on this axis, so it excludes nothing",
		    axis->path, text);
}

static void read_excluded(struct reader *reader, struct sweep_exclude *exclude,
			  const struct yaml_node *node)
{
	const struct yaml_node *child;
	const struct sweep_axis *axis;
	size_t which;

	axis = find_axis(reader, node, &which);
	if (!axis)
		return;
	exclude->marked[which] =
		arena_alloc(reader->sweep->arena, axis->nr + 1);
	if (!exclude->marked[which]) {
		no_memory(reader);
		return;
	}
	if (node->kind != YAML_NODE_LIST ||
	    find_value(axis, flow_text(reader, node))) {
		mark_value(reader, axis, node, exclude->marked[which]);
		return;
	}
	for (child = node->first; child; child = child->next)
		mark_value(reader, axis, child, exclude->marked[which]);
}

static void read_exclude(struct reader *reader, const struct yaml_node *root)
{
	const struct yaml_node *list = yaml_get(root, "exclude"), *item, *child;
	struct sweep *sweep = reader->sweep;

	if (!list || !yaml_is_list(list, reader->errors))
		return;
	sweep->exclude = arena_alloc(sweep->arena,
				     (list->nr + 1) * sizeof(*sweep->exclude));
	if (!sweep->exclude) {
		no_memory(reader);
		return;
	}
	for (item = list->first; item; item = item->next) {
		size_t before = reader->errors->nr;

		if (!yaml_is_mapping(item, reader->errors))
			continue;
		if (!item->nr)
			error_input(reader->errors, item->place,
				    "this would exclude every point");
		for (child = item->first; child; child = child->next)
			read_excluded(reader,
				      &sweep->exclude[sweep->nr_excludes],
				      child);
		/* One that is wrong excludes nothing, to find more errors. */
		if (reader->errors->nr == before)
			sweep->nr_excludes++;
	}
}

/* ---- the whole ---------------------------------------------------------- */

static void read_root(struct reader *reader, const struct yaml_node *root)
{
	static const char *const texts[] = { "name", "description" };

	yaml_check_keys(root, root_keys, LENGTH(root_keys), reader->errors);
	for (size_t i = 0; i < LENGTH(texts); i++) {
		const struct yaml_node *node = yaml_get(root, texts[i]);

		if (node)
			yaml_text(node, &(const char *){ NULL },
				  reader->errors);
	}
	read_files(reader, root);
	read_axes(reader, root);
	read_exclude(reader, root);
	count_points(reader, root);
}

struct sweep *sweep_load(const char *path, struct errors *errors)
{
	struct sweep *sweep = host_alloc(1, sizeof(*sweep));
	struct reader reader = { sweep, path, errors };

	if (!sweep || !(sweep->arena = arena_new())) {
		no_memory(&reader);
		free(sweep);
		return NULL;
	}
	sweep->tree = yaml_tree_load(path, errors);
	if (sweep->tree &&
	    config_check_header(sweep->tree->root, "sweep", errors) == 0)
		read_root(&reader, sweep->tree->root);
	if (sweep_make_names(sweep))
		no_memory(&reader);
	if (sweep->nr_points && sweep->nr_axes > 1 &&
	    sweep->axis[0].kind == SWEEP_CONFIG &&
	    sweep->axis[1].kind == SWEEP_WORKLOAD)
		return sweep;
	sweep_free(sweep);
	return NULL;
}

void sweep_free(struct sweep *sweep)
{
	if (!sweep)
		return;
	yaml_tree_free(sweep->tree);
	arena_free(sweep->arena);
	free(sweep);
}
