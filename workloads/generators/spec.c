/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what a generator says.
 *
 *	- name: rx                     mapping
 *	  gfp: {weighted: {A: 3}}       +- name --- scalar
 *	  <<: *more                     +- gfp ---- mapping
 *	                                |            +- weighted --- mapping
 *	                                +- (what *more has and this has not)
 *
 * The rules for a key that is there more than once are those of events
 * (workloads/yaml/event.c): what a mapping says itself wins over what it
 * merges, what is merged first over what is merged later.
 */
#include "workloads/generators/spec.h"

#include <stdlib.h>
#include <string.h>

#include "workloads/generators/fixed.h"

#define MERGE "<<"

void *spec_alloc(const struct spec *spec, size_t nr, size_t size)
{
	void *memory = nr <= SIZE_MAX / size ?
			       arena_alloc(spec->arena, nr * size) :
			       NULL;

	if (!memory)
		error_host(spec->input.errors, "no memory for generators");
	return memory;
}

/* ---- the tree ------------------------------------------------------------ */

static int next_item(struct spec *spec, struct yaml_item *item)
{
	return yaml_stream_next(spec->input.stream, item, spec->input.errors);
}

static void append(struct node *parent, struct node ***end, struct node *node)
{
	**end = node;
	*end = &node->next;
	parent->nr++;
}

const struct node *spec_find(const struct node *mapping, const char *key)
{
	const struct node *node;

	for (node = mapping->first; node; node = node->next)
		if (node->key && strcmp(node->key->value, key) == 0)
			return node;
	return NULL;
}

/* Adds what `from` has and `to` has not. */
static int merge(struct spec *spec, struct node *to, struct node ***end,
		 const struct node *from)
{
	const struct node *node;
	struct node *copy;

	if (from->kind == YAML_SEQUENCE_START && !from->key)
		spec_error(spec, from, MERGE, "a mapping or a list of them");
	else if (from->kind == YAML_SCALAR)
		spec_error(spec, from, MERGE, "a mapping or a list of them");
	for (node = from->first; node; node = node->next) {
		if (from->kind == YAML_SEQUENCE_START) {
			if (merge(spec, to, end, node) < 0)
				return -1;
			continue;
		}
		if (spec_find(to, node->key->value))
			continue;
		copy = spec_alloc(spec, 1, sizeof(*copy));
		if (!copy)
			return -1;
		*copy = *node;
		copy->next = NULL;
		append(to, end, copy);
	}
	return 0;
}

/* A key and its value. *merged collects what `<<` brings, for later. */
static int read_pair(struct spec *spec, struct node *node, struct node ***end,
		     const struct yaml_item *start, struct node **merged)
{
	struct yaml_item item;
	struct node *key, *value;
	bool is_merge;

	if (spec_read_tree(spec, start, &key) < 0 ||
	    next_item(spec, &item) < 0 ||
	    spec_read_tree(spec, &item, &value) < 0)
		return -1;
	if (key->kind != YAML_SCALAR) {
		error_input(spec->input.errors, key->place,
			    "a key is a single word");
		return 0;
	}
	value->key = key;
	is_merge = strcmp(key->value, MERGE) == 0 && !key->quoted;
	if (is_merge ? *merged != NULL : spec_find(node, key->value) != NULL) {
		error_input(spec->input.errors, key->place,
			    "key \"%.*s\" is there twice", SHOWN(key->length),
			    key->value);
		return 0;
	}
	if (is_merge)
		*merged = value;
	else
		append(node, end, value);
	return 0;
}

static int read_inside(struct spec *spec, struct node *node)
{
	bool is_list = node->kind == YAML_SEQUENCE_START;
	struct node **end = &node->first;
	struct node *merged = NULL;
	struct yaml_item item;
	struct node *inner;

	for (;;) {
		if (next_item(spec, &item) < 0)
			return -1;
		if (item.kind == YAML_SEQUENCE_END ||
		    item.kind == YAML_MAPPING_END)
			return merged ? merge(spec, node, &end, merged) : 0;
		if (!is_list) {
			if (read_pair(spec, node, &end, &item, &merged) < 0)
				return -1;
			continue;
		}
		if (spec_read_tree(spec, &item, &inner) < 0)
			return -1;
		append(node, &end, inner);
	}
}

int spec_read_tree(struct spec *spec, const struct yaml_item *start,
		   struct node **node)
{
	struct node *made = spec_alloc(spec, 1, sizeof(*made));

	*node = made;
	if (!made)
		return -1;
	made->kind = start->kind;
	made->place = start->place;
	if (start->kind != YAML_SCALAR)
		return read_inside(spec, made);
	made->value = arena_strndup(spec->arena, start->value, start->length);
	made->length = start->length;
	made->quoted = start->quoted;
	if (!made->value)
		return error_host(spec->input.errors,
				  "no memory for generators");
	return 0;
}

struct yaml_item spec_item(const struct node *node)
{
	return (struct yaml_item){
		.kind = node->kind,
		.place = node->place,
		.value = node->value,
		.length = node->length,
		.quoted = node->quoted,
	};
}

/* ---- values -------------------------------------------------------------- */

void spec_error(const struct spec *spec, const struct node *node,
		const char *key, const char *wanted)
{
	if (node->kind == YAML_SCALAR)
		error_input(spec->input.errors, node->place,
			    "%s: \"%.*s%s\" is not %s", key,
			    SHOWN(node->length), node->value,
			    node->length > SHOWN_MAX ? "…" : "", wanted);
	else
		error_input(spec->input.errors, node->place,
			    "%s: a %s is not %s", key,
			    node->kind == YAML_MAPPING_START ? "mapping" :
							       "list",
			    wanted);
}

void spec_unknown(const struct spec *spec, const struct node *node,
		  const char *what, const char *const *words, size_t nr)
{
	struct text hint = TEXT_EMPTY;

	text_add_hint(&hint, node->value, node->length, words, nr,
		      "docs/generators.md");
	error_input(spec->input.errors, node->place, "%s \"%.*s\"%s", what,
		    SHOWN(node->length), node->value,
		    hint.failed ? "" : hint.s);
	text_release(&hint);
}

int spec_word(const struct spec *spec, const struct node *node, const char *key,
	      const char *const *words, size_t nr)
{
	char what[80];

	if (node->kind != YAML_SCALAR) {
		spec_error(spec, node, key, "a single word");
		return -1;
	}
	for (size_t i = 0; i < nr; i++)
		if (strcmp(node->value, words[i]) == 0)
			return (int)i;
	snprintf(what, sizeof(what), "%s: unknown word", key);
	spec_unknown(spec, node, what, words, nr);
	return -1;
}

/* What a number with another unit may have been meant for. */
static void add_near(char *wanted, size_t room, const struct node *node,
		     enum spec_unit unit)
{
	size_t length = strlen(wanted);
	const char *near = NULL;
	char guess[32];

	if (node->kind == YAML_SCALAR && unit == UNIT_SIZE)
		near = near_size(node->value, guess, sizeof(guess));
	else if (node->kind == YAML_SCALAR && unit == UNIT_TIME)
		near = near_time(node->value, guess, sizeof(guess));
	if (near)
		snprintf(wanted + length, room - length,
			 "; did you mean \"%s\"?", near);
}

bool spec_number(const struct spec *spec, const struct node *node,
		 const char *key, enum spec_unit unit, uint64_t least,
		 uint64_t most, uint64_t *value)
{
	static bool (*const parse[])(const char *, size_t, uint64_t *) = {
		[UNIT_NUMBER] = parse_u64,
		[UNIT_SIZE] = parse_size,
		[UNIT_TIME] = parse_time,
	};
	static const char *const units[] = {
		[UNIT_NUMBER] = "a whole number",
		[UNIT_SIZE] = SIZE_UNITS,
		[UNIT_TIME] = TIME_UNITS,
	};
	static const char *const of[] = {
		[UNIT_NUMBER] = "",
		[UNIT_SIZE] = " bytes",
		[UNIT_TIME] = " ns",
	};
	char wanted[200];

	if (node->kind != YAML_SCALAR ||
	    !parse[unit](node->value, node->length, value)) {
		snprintf(wanted, sizeof(wanted), "%s", units[unit]);
		add_near(wanted, sizeof(wanted), node, unit);
		spec_error(spec, node, key, wanted);
		return false;
	}
	if (*value >= least && *value <= most)
		return true;
	snprintf(wanted, sizeof(wanted), "from %llu to %llu%s",
		 (unsigned long long)least, (unsigned long long)most, of[unit]);
	spec_error(spec, node, key, wanted);
	return false;
}

bool spec_real(const struct spec *spec, const struct node *node,
	       const char *key, uint64_t least, uint64_t most, uint64_t *value)
{
	char wanted[160];

	if (node->kind == YAML_SCALAR &&
	    parse_fixed(node->value, node->length, value) && *value >= least &&
	    *value <= most)
		return true;
	snprintf(wanted, sizeof(wanted),
		 "a number from %.6g to %.*g, with at most nine decimals",
		 (double)least / (double)FIXED_ONE, most < FIXED_ONE ? 9 : 10,
		 (double)most / (double)FIXED_ONE);
	spec_error(spec, node, key, wanted);
	return false;
}

bool spec_bool(const struct spec *spec, const struct node *node,
	       const char *key, bool *value)
{
	if (node->kind == YAML_SCALAR && (strcmp(node->value, "true") == 0 ||
					  strcmp(node->value, "false") == 0)) {
		*value = node->value[0] == 't';
		return true;
	}
	spec_error(spec, node, key, "true or false");
	return false;
}

/* ---- mappings ------------------------------------------------------------ */

#define KEYS_MAX 32

static bool find_key(const struct spec *spec, const struct node *value,
		     const char *of, const struct spec_key *keys, size_t nr)
{
	const char *names[KEYS_MAX];
	char what[80];
	size_t i;

	for (i = 0; i < nr; i++) {
		names[i] = keys[i].name;
		if (strcmp(value->key->value, names[i]) != 0)
			continue;
		*keys[i].node = value;
		return true;
	}
	snprintf(what, sizeof(what), "%s: unknown key", of);
	spec_unknown(spec, value->key, what, names, nr);
	return false;
}

/* Tells what belongs there: its keys that are needed, or else the first. */
static void no_mapping(const struct spec *spec, const struct node *node,
		       const char *of, const struct spec_key *keys, size_t nr)
{
	struct text wanted = TEXT_EMPTY;
	const char *between = "";

	text_add(&wanted, "a mapping, such as {");
	for (size_t i = 0; i < nr; i++) {
		if (!keys[i].needed)
			continue;
		text_add(&wanted, "%s%s: …", between, keys[i].name);
		between = ", ";
	}
	if (*between)
		text_add(&wanted, "}");
	else
		text_add(&wanted, "%s: …}", keys[0].name);
	spec_error(spec, node, of, wanted.s ? wanted.s : "a mapping");
	text_release(&wanted);
}

bool spec_keys(const struct spec *spec, const struct node *mapping,
	       const char *of, const struct spec_key *keys, size_t nr)
{
	const struct node *value;
	bool good = true;

	if (mapping->kind != YAML_MAPPING_START) {
		no_mapping(spec, mapping, of, keys, nr);
		return false;
	}
	for (value = mapping->first; value; value = value->next)
		good &= find_key(spec, value, of, keys, nr);
	for (size_t i = 0; i < nr; i++) {
		if (!keys[i].needed || spec_find(mapping, keys[i].name))
			continue;
		error_input(spec->input.errors, mapping->place,
			    "%s needs \"%s\"", of, keys[i].name);
		good = false;
	}
	return good;
}

const char *spec_path(const struct spec *spec, const struct node *node,
		      const char *key)
{
	const char *slash = strrchr(spec->file, '/');
	size_t length = slash ? (size_t)(slash - spec->file) + 1 : 0;
	char *path;

	if (node->kind != YAML_SCALAR || !node->length) {
		spec_error(spec, node, key, "the path of a file");
		return NULL;
	}
	if (node->value[0] == '/')
		return node->value;
	path = spec_alloc(spec, length + node->length + 1, 1);
	if (!path)
		return NULL;
	memcpy(path, spec->file, length);
	memcpy(path + length, node->value, node->length + 1);
	return path;
}
