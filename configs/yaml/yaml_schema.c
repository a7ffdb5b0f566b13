// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a YAML tree's nodes as what they should be, and says what is wrong
 * with those that are not: the value as it was written, what is allowed, and
 * the word that was probably meant.
 *
 * Rules: a quoted value is a text, never a number; true and false are the
 * only truth values (YAML 1.1's yes and on are too easily meant as words).
 */

#include "configs/yaml/yaml_tree.h"
#include "sim/base/text.h"

#include <errno.h>
#include <string.h>

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *child;

	if (!map || map->kind != YAML_NODE_MAPPING)
		return NULL;
	for (child = map->first; child; child = child->next) {
		if (strcmp(child->key, key) == 0)
			return child;
	}
	return NULL;
}

static void report_word(const char *what, const char *word, size_t length,
			struct place place, const char *const *allowed,
			size_t nr, struct errors *errors)
{
	struct text hint = TEXT_EMPTY;

	text_add_hint(&hint, word, length, allowed, nr, "docs/config.md");
	if (hint.failed)
		error_input(errors, place, "%s \"%s\"", what, word);
	else
		error_input(errors, place, "%s \"%s\"%s", what, word, hint.s);
	text_release(&hint);
}

static const char *nowhere(const char *key)
{
	(void)key;
	return NULL;
}

bool yaml_check_keys(const struct yaml_node *map, const char *const *allowed,
		     size_t nr, struct errors *errors)
{
	return yaml_check_places(map, allowed, nr, nowhere, errors);
}

bool yaml_check_places(const struct yaml_node *map, const char *const *allowed,
		       size_t nr, const char *(*elsewhere)(const char *key),
		       struct errors *errors)
{
	const struct yaml_node *child;
	bool fine = true;
	size_t i;

	for (child = map->first; child; child = child->next) {
		for (i = 0; i < nr; i++) {
			if (strcmp(child->key, allowed[i]) == 0)
				break;
		}
		if (i < nr)
			continue;
		fine = false;
		if (elsewhere(child->key))
			error_input(errors, child->key_place,
				    "unknown key \"%s\" here; it belongs into "
				    "%s",
				    child->key, elsewhere(child->key));
		else
			report_word("unknown key", child->key,
				    strlen(child->key), child->key_place,
				    allowed, nr, errors);
	}
	return fine;
}

void yaml_missing(const struct yaml_node *map, const char *key,
		  const char *meaning, struct errors *errors)
{
	error_input(errors, map->place, "the key \"%s\" is missing: %s", key,
		    meaning);
}

const struct yaml_node *yaml_require(const struct yaml_node *map,
				     const char *key, const char *meaning,
				     struct errors *errors)
{
	const struct yaml_node *node = yaml_get(map, key);

	if (!node)
		yaml_missing(map, key, meaning, errors);
	return node;
}

static const char *const kind_names[] = {
	[YAML_NODE_SCALAR] = "a plain value",
	[YAML_NODE_LIST] = "a list",
	[YAML_NODE_MAPPING] = "a mapping",
};

/* "KEY: ", or nothing for an element of a list. */
#define KEY_FORMAT "%s%s"
#define KEY_OF(node) (node)->key ? (node)->key : "", (node)->key ? ": " : ""

static bool is_kind(const struct yaml_node *node, enum yaml_node_kind kind,
		    struct errors *errors)
{
	if (node->kind == kind)
		return true;
	if (node->kind == YAML_NODE_SCALAR)
		error_input(errors, node->place,
			    KEY_FORMAT "%s belongs here, "
				       "not \"%s\"",
			    KEY_OF(node), kind_names[kind], node->text);
	else
		error_input(errors, node->place,
			    KEY_FORMAT "%s belongs here, "
				       "not %s",
			    KEY_OF(node), kind_names[kind],
			    kind_names[node->kind]);
	return false;
}

bool yaml_is_mapping(const struct yaml_node *node, struct errors *errors)
{
	return is_kind(node, YAML_NODE_MAPPING, errors);
}

bool yaml_is_list(const struct yaml_node *node, struct errors *errors)
{
	return is_kind(node, YAML_NODE_LIST, errors);
}

/* A kind of number, and how to tell what is none. */
struct number_kind {
	bool (*parse)(const char *s, size_t length, uint64_t *value);
	const char *allowed;
	/* NULL: units are no part of it */
	const char *(*near)(const char *s, char *guess, size_t room);
};

static void report_number(const struct yaml_node *node,
			  const struct number_kind *kind, struct errors *errors)
{
	struct text hint = TEXT_EMPTY;
	char guess[32];

	if (is_like_a_range(node->text, node->length))
		text_add(&hint, "; %s",
			 node->key ? "an axis of a sweep takes a list of them" :
				     "each number is an element of its own");
	else if (kind->near && !node->quoted)
		text_add_near(&hint,
			      kind->near(node->text, guess, sizeof(guess)));
	error_input(errors, node->place,
		    KEY_FORMAT "%s%s\" is not allowed; it takes %s%s",
		    KEY_OF(node), node->quoted ? "the text \"" : "\"",
		    node->text, kind->allowed, hint.s ? hint.s : "");
	text_release(&hint);
}

static bool read_number(const struct yaml_node *node,
			const struct number_kind *kind, uint64_t least,
			uint64_t most, uint64_t *value, struct errors *errors)
{
	uint64_t number;

	if (!is_kind(node, YAML_NODE_SCALAR, errors))
		return false;
	if (node->quoted || !kind->parse(node->text, node->length, &number)) {
		report_number(node, kind, errors);
		return false;
	}
	if (number < least || number > most) {
		error_input(errors, node->place,
			    KEY_FORMAT "\"%s\" is out of "
				       "range; allowed: %llu to %llu",
			    KEY_OF(node), node->text, (unsigned long long)least,
			    (unsigned long long)most);
		return false;
	}
	*value = number;
	return true;
}

bool yaml_u64(const struct yaml_node *node, uint64_t least, uint64_t most,
	      uint64_t *value, struct errors *errors)
{
	static const struct number_kind kind = {
		parse_u64, "a whole number, without a unit", NULL
	};

	return read_number(node, &kind, least, most, value, errors);
}

bool yaml_size(const struct yaml_node *node, uint64_t least, uint64_t most,
	       uint64_t *bytes, struct errors *errors)
{
	static const struct number_kind kind = { parse_size, SIZE_UNITS,
						 near_size };

	return read_number(node, &kind, least, most, bytes, errors);
}

bool yaml_time(const struct yaml_node *node, uint64_t *ns,
	       struct errors *errors)
{
	static const struct number_kind kind = { parse_time, TIME_UNITS,
						 near_time };

	return read_number(node, &kind, 0, UINT64_MAX, ns, errors);
}

bool yaml_word(const struct yaml_node *node, const char *const *words,
	       size_t nr, size_t *which, struct errors *errors)
{
	char what[64];
	size_t i;

	if (!is_kind(node, YAML_NODE_SCALAR, errors))
		return false;
	for (i = 0; i < nr; i++) {
		if (strcmp(node->text, words[i]) == 0) {
			*which = i;
			return true;
		}
	}
	snprintf(what, sizeof(what), KEY_FORMAT "unknown", KEY_OF(node));
	report_word(what, node->text, node->length, node->place, words, nr,
		    errors);
	return false;
}

bool yaml_bool(const struct yaml_node *node, bool *value, struct errors *errors)
{
	static const char *const words[] = { "false", "true" };
	size_t which;

	if (!yaml_word(node, words, 2, &which, errors))
		return false;
	*value = which == 1;
	return true;
}

bool yaml_text(const struct yaml_node *node, const char **text,
	       struct errors *errors)
{
	if (!is_kind(node, YAML_NODE_SCALAR, errors))
		return false;
	if (node->length == 0) {
		error_input(errors, node->place,
			    KEY_FORMAT "a text belongs "
				       "here, and there is none",
			    KEY_OF(node));
		return false;
	}
	*text = node->text;
	return true;
}

bool yaml_get_u64(const struct yaml_node *map, const char *key, uint64_t least,
		  uint64_t most, uint64_t *value, struct errors *errors)
{
	const struct yaml_node *node = yaml_get(map, key);

	return node && yaml_u64(node, least, most, value, errors);
}

bool yaml_get_u32(const struct yaml_node *map, const char *key, uint32_t least,
		  uint32_t most, uint32_t *value, struct errors *errors)
{
	uint64_t wide;

	if (!yaml_get_u64(map, key, least, most, &wide, errors))
		return false;
	*value = (uint32_t)wide;
	return true;
}

bool yaml_get_bool(const struct yaml_node *map, const char *key, bool *value,
		   struct errors *errors)
{
	const struct yaml_node *node = yaml_get(map, key);

	return node && yaml_bool(node, value, errors);
}

static void format_text(const struct yaml_node *node, struct text *out)
{
	if (!node->quoted) {
		text_add_bytes(out, node->text, node->length);
		return;
	}
	text_add(out, "\"");
	for (const char *s = node->text; *s; s++)
		text_add(out, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
	text_add(out, "\"");
}

void yaml_format(const struct yaml_node *node, struct text *out)
{
	bool mapping = node->kind == YAML_NODE_MAPPING;
	const struct yaml_node *child;

	if (node->kind == YAML_NODE_SCALAR) {
		format_text(node, out);
		return;
	}
	text_add(out, mapping ? "{" : "[");
	for (child = node->first; child; child = child->next) {
		text_add(out, "%s", child == node->first ? "" : ", ");
		if (mapping)
			text_add(out, "%s: ", child->key);
		yaml_format(child, out);
	}
	text_add(out, mapping ? "}" : "]");
}

char *yaml_beside(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	struct text text = TEXT_EMPTY;

	if (slash && name[0] != '/')
		text_add_bytes(&text, path, (size_t)(slash - path) + 1);
	text_add(&text, "%s", name);
	if (text.failed)
		text_release(&text);
	return text.s;
}
