/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values that are listed: each as likely as the other, `[4KiB, 8KiB]`, or
 * with weights, `{weighted: {4KiB: 3, 8KiB: 1}}`.
 */
#include "workloads/generators/distribution.h"

static bool room_for(const struct spec *spec, const struct node *node,
		     const char *key, uint64_t **value, uint64_t **behind)
{
	if (!node->nr) {
		error_input(spec->input.errors, node->place,
			    "%s: the list is empty; a value is needed", key);
		return false;
	}
	*value = spec_alloc(spec, node->nr, sizeof(**value));
	*behind = spec_alloc(spec, node->nr, sizeof(**behind));
	return *value && *behind;
}

static bool read_list(const struct spec *spec, const struct node *node,
		      const char *key, struct distribution *distribution)
{
	const struct node *inner;
	uint64_t *value, *behind;
	bool good = true;
	size_t nr = 0;

	if (!room_for(spec, node, key, &value, &behind))
		return false;
	for (inner = node->first; inner; inner = inner->next, nr++)
		good &= distribution_value(spec, inner, key, distribution,
					   &value[nr]);
	distribution->value = value;
	distribution->nr = nr;
	return good;
}

static uint64_t draw_list(const struct distribution *distribution,
			  struct random *random)
{
	return distribution->value[random_below(random, distribution->nr)];
}

static bool read_weighted(const struct spec *spec, const struct node *node,
			  const char *key, struct distribution *distribution)
{
	uint64_t *value, *behind, weight, sum = 0;
	const struct node *inner;
	bool good = true;
	size_t nr = 0;

	if (node->kind != YAML_MAPPING_START) {
		spec_error(spec, node, key, "a mapping from values to weights");
		return false;
	}
	if (!room_for(spec, node, key, &value, &behind))
		return false;
	for (inner = node->first; inner; inner = inner->next, nr++) {
		good &= distribution_value(spec, inner->key, key, distribution,
					   &value[nr]);
		good &= spec_number(spec, inner, "weight", UNIT_NUMBER, 1,
				    INT64_MAX, &weight) &&
			weights_add(spec, inner, "weight", weight, &sum);
		behind[nr] = sum;
	}
	distribution->value = value;
	distribution->behind = behind;
	distribution->nr = nr;
	return good;
}

uint64_t weighted_draw(const struct distribution *distribution,
		       struct random *random)
{
	return distribution->value[weights_draw(distribution->behind,
						distribution->nr, random)];
}

/* Has no name: a list is one. */
const struct distribution_kind list_distribution = {
	.read = read_list,
	.draw = draw_list,
};

const struct distribution_kind weighted_distribution = {
	.name = "weighted",
	.read = read_weighted,
	.draw = weighted_draw,
};
