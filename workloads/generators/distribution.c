/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which distribution is meant.
 *
 *	size: 4KiB                          constant
 *	size: [1KiB, 2KiB]                  each as likely
 *	size: {lognormal: {median: …}}      by name, from the table
 */
#include "workloads/generators/distribution.h"

#include <string.h>

static const struct distribution_kind *const kinds[] = {
#define X(name) &name##_distribution,
	DISTRIBUTIONS(X)
#undef X
};
#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

bool distribution_value(const struct spec *spec, const struct node *node,
			const char *key,
			const struct distribution *distribution,
			uint64_t *value)
{
	return spec_number(spec, node, key, distribution->unit,
			   distribution->least, distribution->most, value);
}

bool distribution_limits(const struct spec *spec, const char *key,
			 const struct node *at_least,
			 const struct node *at_most,
			 struct distribution *distribution)
{
	uint64_t least = distribution->least;
	uint64_t most = distribution->most;

	if ((at_least &&
	     !distribution_value(spec, at_least, key, distribution, &least)) ||
	    (at_most &&
	     !distribution_value(spec, at_most, key, distribution, &most)))
		return false;
	if (least > most) {
		spec_error(spec, at_most ? at_most : at_least, key,
			   "an upper end: \"at_least\" is above it");
		return false;
	}
	distribution->least = least;
	distribution->most = most;
	return true;
}

bool weights_add(const struct spec *spec, const struct node *node,
		 const char *key, uint64_t weight, uint64_t *sum)
{
	if (weight <= INT64_MAX - *sum) {
		*sum += weight;
		return true;
	}
	spec_error(spec, node, key, "a weight: all of them come to over 2^63");
	return false;
}

static const struct distribution_kind *
find_kind(const struct spec *spec, const struct node *node, const char *key)
{
	const char *names[NR_KINDS];
	char what[80];

	for (size_t i = 0; i < NR_KINDS; i++) {
		names[i] = kinds[i]->name;
		if (strcmp(node->key->value, names[i]) == 0)
			return kinds[i];
	}
	snprintf(what, sizeof(what), "%s: unknown distribution", key);
	spec_unknown(spec, node->key, what, names, NR_KINDS);
	return NULL;
}

const struct distribution *
distribution_read_as(const struct spec *spec, const struct node *node,
		     const char *key, enum spec_unit unit, uint64_t least,
		     uint64_t most, const struct distribution_kind *kind)
{
	struct distribution *made = spec_alloc(spec, 1, sizeof(*made));

	if (!made)
		return NULL;
	*made = (struct distribution){
		.kind = kind, .unit = unit, .least = least, .most = most
	};
	return kind->read(spec, node, key, made) ? made : NULL;
}

const struct distribution *distribution_read(const struct spec *spec,
					     const struct node *node,
					     const char *key,
					     enum spec_unit unit,
					     uint64_t least, uint64_t most)
{
	const struct distribution_kind *kind = NULL;
	const struct node *inner = node;

	if (node->kind == YAML_SCALAR) {
		kind = &constant_distribution;
	} else if (node->kind == YAML_SEQUENCE_START) {
		kind = &list_distribution;
	} else if (node->nr == 1) {
		inner = node->first;
		kind = find_kind(spec, inner, key);
	} else {
		spec_error(spec, node, key,
			   "one distribution, such as {uniform: {from: 1, "
			   "to: 9}}");
	}
	return kind ? distribution_read_as(spec, inner, key, unit, least, most,
					   kind) :
		      NULL;
}
