// SPDX-License-Identifier: GPL-2.0-only
/*
 * `costs`: what work costs, in nanoseconds a unit.
 *
 *	costs:
 *	  multiplier: 0.5          # a machine twice as fast
 *	  work: {pages_cleared: 512.4, splits: 67.6}
 *
 * Rules: kinds of work that nobody mentions cost nothing; what a config says
 * replaces the profile's figure for that kind alone. Numbers have three
 * decimals at most, since time is counted in thousandths of a nanosecond. With
 * a multiplier of 0 calls take no time, whatever they cost.
 */

#include "configs/config_reader.h"

#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))
#define DECIMALS 3

/* No unit of work takes four milliseconds. */
#define COST_NS_MAX 4000000

/* "285.3" as 285300. */
static bool parse_thousandths(const char *s, uint64_t *value)
{
	const char *point = strchr(s, '.');
	size_t whole = point ? (size_t)(point - s) : strlen(s);
	size_t decimals = point ? strlen(point + 1) : 0;
	uint64_t fraction = 0;

	if (!parse_u64(s, whole, value) || *value > COST_NS_MAX ||
	    (point && (!decimals || decimals > DECIMALS ||
		       !parse_u64(point + 1, decimals, &fraction))))
		return false;
	for (; decimals < DECIMALS; decimals++)
		fraction *= 10;
	*value = *value * 1000 + fraction;
	return true;
}

static void read_thousandths(struct config_reader *reader,
			     const struct yaml_node *node, uint32_t *value)
{
	uint64_t thousandths;

	if (node->kind == YAML_NODE_SCALAR &&
	    parse_thousandths(node->text, &thousandths)) {
		*value = (uint32_t)thousandths;
		return;
	}
	error_input(reader->errors, node->place,
		    "%s: \"%s\" is not a number from 0 to %d with at most %d "
		    "decimals",
		    node->key, node->text ? node->text : "…", COST_NS_MAX,
		    DECIMALS);
}

static void read_work(struct config_reader *reader, const struct yaml_node *map)
{
	char names[NR_WORK_KINDS][WORK_NAME_BYTES];
	const char *keys[NR_WORK_KINDS];
	const struct yaml_node *node;

	for (int kind = 0; kind < NR_WORK_KINDS; kind++)
		keys[kind] = work_name(kind, names[kind]);
	if (!yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	for (int kind = 0; kind < NR_WORK_KINDS; kind++) {
		node = yaml_get(map, keys[kind]);
		if (node)
			read_thousandths(reader, node,
					 &reader->machine->costs.work[kind]);
	}
}

void config_read_costs(struct config_reader *reader,
		       const struct yaml_node *root)
{
	static const char *const keys[] = { "multiplier", "work" };
	struct cost_desc *costs = &reader->machine->costs;
	const struct yaml_node *map = yaml_get(root, "costs");
	const struct yaml_node *node;

	if (!map || !yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	if (!reader->has_costs)
		costs->multiplier = COST_MULTIPLIER_ONE;
	reader->has_costs = true;
	node = yaml_get(map, "multiplier");
	if (node)
		read_thousandths(reader, node, &costs->multiplier);
	node = yaml_get(map, "work");
	if (node)
		read_work(reader, node);
}

static void add_thousandths(struct text *text, uint32_t value)
{
	text_add(text, "%u.%03u\n", value / 1000, value % 1000);
}

/* Nobody has said what anything costs, or all that was said is 0. */
static bool is_free_of_charge(const struct cost_desc *costs)
{
	const struct cost_desc none = { .multiplier = 0 };

	return !memcmp(costs, &none, sizeof none);
}

void config_format_costs(struct text *text, const struct machine_desc *machine)
{
	const struct cost_desc *costs = &machine->costs;
	char name[WORK_NAME_BYTES];

	if (is_free_of_charge(costs))
		return;
	text_add(text, "costs:\n  multiplier: ");
	add_thousandths(text, costs->multiplier);
	text_add(text, "  work:\n");
	for (int kind = 0; kind < NR_WORK_KINDS; kind++) {
		text_add(text, "    %s: ", work_name(kind, name));
		add_thousandths(text, costs->work[kind]);
	}
}
