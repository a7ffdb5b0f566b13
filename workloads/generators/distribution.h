/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_GENERATORS_DISTRIBUTION_H
#define KMEMSIM_WORKLOADS_GENERATORS_DISTRIBUTION_H

/*
 * What numbers are drawn from: sizes, orders, lifetimes, gaps. A distribution
 * is a file with a `struct distribution_kind`, and a line of the list below.
 */

#include "workloads/generators/random.h"
#include "workloads/generators/spec.h"

struct distribution {
	const struct distribution_kind *kind;
	enum spec_unit unit;
	uint64_t least; /* what is drawn outside becomes the nearest end */
	uint64_t most;
	/* The kind's own: its parameters, or a list of values. */
	uint64_t a;
	uint64_t b;
	const uint64_t *value;	/* nr of them */
	const uint64_t *behind; /* weights of value[0…i], summed up */
	size_t nr;
};

struct distribution_kind {
	const char *name;
	/*
	 * Reads what stands behind the name; `key` is whose it is. kind, unit,
	 * least and most are there. False: an error was added.
	 */
	bool (*read)(const struct spec *spec, const struct node *node,
		     const char *key, struct distribution *distribution);
	uint64_t (*draw)(const struct distribution *distribution,
			 struct random *random);
};

/*
 * Reads a number (constant), a list (each as likely) or `{KIND: …}`. NULL: an
 * error was added. The spec's arena owns it.
 */
const struct distribution *distribution_read(const struct spec *spec,
					     const struct node *node,
					     const char *key,
					     enum spec_unit unit,
					     uint64_t least, uint64_t most);

/* The same where the kind is known, and the node what stands behind it. */
const struct distribution *
distribution_read_as(const struct spec *spec, const struct node *node,
		     const char *key, enum spec_unit unit, uint64_t least,
		     uint64_t most, const struct distribution_kind *kind);

static inline uint64_t
distribution_draw(const struct distribution *distribution,
		  struct random *random)
{
	uint64_t value = distribution->kind->draw(distribution, random);

	if (value < distribution->least)
		return distribution->least;
	return value > distribution->most ? distribution->most : value;
}

/* ---- for the kinds ---- */

/* Those with a name, one per line: NAME's kind is NAME_distribution. */
#define DISTRIBUTIONS(X)                                                       \
	X(constant)                                                            \
	X(uniform)                                                             \
	X(exponential)                                                         \
	X(lognormal)                                                           \
	X(pareto)                                                              \
	X(weighted)                                                            \
	X(empirical)                                                           \
	X(quantiles)

#define X(name) extern const struct distribution_kind name##_distribution;
DISTRIBUTIONS(X)
#undef X
/* A list of values, each as likely, has none. */
extern const struct distribution_kind list_distribution;

/* One of the distribution's values, in its unit and its range. */
bool distribution_value(const struct spec *spec, const struct node *node,
			const char *key,
			const struct distribution *distribution,
			uint64_t *value);

/* `at_least` and `at_most`, each NULL or a node, narrow what is drawn. */
bool distribution_limits(const struct spec *spec, const char *key,
			 const struct node *at_least,
			 const struct node *at_most,
			 struct distribution *distribution);

/* Which of `nr` weights, summed up in behind[], one draw falls on. */
static inline size_t weights_draw(const uint64_t *behind, size_t nr,
				  struct random *random)
{
	uint64_t at = random_below(random, behind[nr - 1]);
	size_t low = 0, high = nr - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (at < behind[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* value[] by behind[]: what weighted lists and counted values share. */
uint64_t weighted_draw(const struct distribution *distribution,
		       struct random *random);

/*
 * Adds a weight to a sum. False where all of them are above 2^63, with an
 * error at the node.
 */
bool weights_add(const struct spec *spec, const struct node *node,
		 const char *key, uint64_t weight, uint64_t *sum);

#endif
