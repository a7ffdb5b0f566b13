// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nodes of a config: their CPUs, distances and zones, and where in the
 * address space the zones lie that are given by size alone.
 *
 *	0    16 MiB                4 GiB
 *	| DMA | DMA32    |          | Normal       | Normal (node 1) |
 *
 * Rules: a sized zone begins at its type's floor, or after the zones above it
 * in the file that are of its type or a lower one, and after any zone that is
 * in its way; it must end within its type's limit. Zones that say where they
 * lie are believed, but no two may overlap. Within a node zones of higher
 * types lie at higher addresses. Distances: LOCAL_DISTANCE 10,
 * REMOTE_DISTANCE 20 (include/linux/topology.h, 6.1).
 */

#include "configs/config_reader.h"
#include "sim/base/numbers.h"

#include <stdlib.h>
#include <string.h>

#define LOCAL_DISTANCE 10
#define REMOTE_DISTANCE 20
#define DISTANCE_MAX 255

static const char *const node_keys[] = { "id", "cpus", "zones", "distance" };

/* Which node has each CPU, while nodes are read. */
struct cpu_owners {
	int16_t node[MAX_CPUS]; /* -1: none yet */
	size_t nr;
};

static void read_cpus(struct config_reader *reader,
		      const struct yaml_node *list, struct node_desc *node,
		      struct cpu_owners *owners)
{
	const struct yaml_node *child;
	uint64_t cpu;

	if (!list || !yaml_is_list(list, reader->errors))
		return;
	node->cpus = host_alloc(list->nr, sizeof(*node->cpus));
	if (!node->cpus) {
		config_no_memory(reader);
		return;
	}
	for (child = list->first; child; child = child->next) {
		if (!yaml_u64(child, 0, MAX_CPUS - 1, &cpu, reader->errors))
			continue;
		if (owners->node[cpu] >= 0) {
			error_input(reader->errors, child->place,
				    "cpus: CPU %llu is on node %d already",
				    (unsigned long long)cpu, owners->node[cpu]);
			continue;
		}
		owners->node[cpu] = node->id;
		owners->nr++;
		node->cpus[node->nr_cpus++] = (cpu_t)cpu;
	}
}

static void read_distance(struct config_reader *reader,
			  const struct yaml_node *list, struct node_desc *node)
{
	const struct yaml_node *child;
	uint64_t distance;
	size_t to = 0;

	if (!list || !yaml_is_list(list, reader->errors))
		return;
	if (list->nr > MAX_NODES) {
		error_input(reader->errors, list->place,
			    "distance: %zu "
			    "values; at most %d, one for each node's id",
			    list->nr, MAX_NODES);
		return;
	}
	for (child = list->first; child; child = child->next, to++) {
		if (!yaml_u64(child, LOCAL_DISTANCE, DISTANCE_MAX, &distance,
			      reader->errors))
			continue;
		if ((node_t)to == node->id && distance != LOCAL_DISTANCE)
			error_input(reader->errors, child->place,
				    "distance: "
				    "\"%s\" from node %d to itself; it is 10",
				    child->text, node->id);
		node->distance[to] = (uint32_t)distance;
	}
}

static bool read_id(struct config_reader *reader, const struct yaml_node *map,
		    struct node_desc *node)
{
	const struct machine_desc *machine = reader->machine;
	const struct yaml_node *id;
	uint64_t value;
	size_t i;

	id = yaml_require(map, "id", "the node's number, from 0",
			  reader->errors);
	if (!id || !yaml_u64(id, 0, MAX_NODES - 1, &value, reader->errors))
		return false;
	for (i = 0; i < machine->nr_nodes; i++) {
		if ((uint64_t)machine->nodes[i].id == value) {
			error_input(reader->errors, id->place,
				    "id: there is a node %llu already",
				    (unsigned long long)value);
			return false;
		}
	}
	node->id = (node_t)value;
	return true;
}

static void read_node(struct config_reader *reader, const struct yaml_node *map,
		      struct cpu_owners *owners)
{
	struct machine_desc *machine = reader->machine;
	struct node_desc node = { .id = NODE_ANY };
	const struct yaml_node *zones, *zone;
	size_t before = reader->nr_zones;
	bool has_id;

	if (!yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, node_keys, LENGTH(node_keys), reader->errors);
	has_id = read_id(reader, map, &node);
	read_cpus(reader, yaml_get(map, "cpus"), &node, owners);
	read_distance(reader, yaml_get(map, "distance"), &node);
	zones = yaml_require(map, "zones", "the node's memory, [] for none",
			     reader->errors);
	machine->nodes[machine->nr_nodes++] = node;
	if (!zones || !yaml_is_list(zones, reader->errors))
		return;
	for (zone = zones->first; zone; zone = zone->next)
		config_read_zone(reader, machine->nr_nodes - 1, zone);
	/* Nobody knows where they belong. */
	for (size_t i = before; !has_id && i < reader->nr_zones; i++)
		reader->zone[i].wrong = true;
}

static uint64_t end_of(const struct zone_desc *zone)
{
	return zone->start_pfn + zone->spanned_pages;
}

static bool overlap(const struct zone_desc *a, const struct zone_desc *b)
{
	return a->start_pfn < end_of(b) && b->start_pfn < end_of(a);
}

/* Moves the zone past any of the first `nr` that is in its way. */
static void find_room(const struct config_reader *reader,
		      struct zone_desc *zone, size_t nr)
{
	bool moved = true;
	size_t i;

	while (moved) {
		moved = false;
		for (i = 0; i < nr; i++) {
			const struct zone_source *other = &reader->zone[i];

			if (other->wrong || !overlap(zone, &other->zone))
				continue;
			zone->start_pfn = end_of(&other->zone);
			moved = true;
		}
	}
}

static void place_sized(struct config_reader *reader, size_t which)
{
	const struct machine_desc *machine = reader->machine;
	struct zone_source *source = &reader->zone[which];
	struct zone_desc *zone = &source->zone;
	uint64_t page = UINT64_C(1) << machine->page_shift, limit;
	size_t i;

	zone->start_pfn = (machine->zone_floor[zone->type] + page - 1) / page;
	for (i = 0; i < which; i++) {
		const struct zone_source *other = &reader->zone[i];

		if (!other->wrong && other->zone.type <= zone->type &&
		    end_of(&other->zone) > zone->start_pfn)
			zone->start_pfn = end_of(&other->zone);
	}
	find_room(reader, zone, which);
	limit = machine->zone_limit[zone->type] / page;
	if (limit && end_of(zone) > limit) {
		error_input(
			reader->errors, source->place,
			"the zone would be %llu pages from frame %llu; %s "
			"ends at frame %llu, so there is room for %llu "
			"pages",
			(unsigned long long)zone->spanned_pages,
			(unsigned long long)zone->start_pfn,
			zone_type_names[zone->type], (unsigned long long)limit,
			(unsigned long long)(limit > zone->start_pfn ?
						     limit - zone->start_pfn :
						     0));
		source->wrong = true;
	}
}

static bool check_overlap(struct config_reader *reader, size_t which)
{
	struct zone_source *source = &reader->zone[which];
	size_t i;

	for (i = 0; i < which; i++) {
		const struct zone_source *other = &reader->zone[i];

		if (other->wrong || !overlap(&source->zone, &other->zone))
			continue;
		error_input(reader->errors, source->place,
			    "frames %llu to %llu overlap those of the zone at "
			    "line %llu, %llu to %llu",
			    (unsigned long long)source->zone.start_pfn,
			    (unsigned long long)end_of(&source->zone) - 1,
			    (unsigned long long)other->place.line,
			    (unsigned long long)other->zone.start_pfn,
			    (unsigned long long)end_of(&other->zone) - 1);
		return false;
	}
	return true;
}

/* A node's zones: one of a type, in the order of their addresses. */
static bool check_in_node(struct config_reader *reader, size_t which)
{
	struct zone_source *source = &reader->zone[which];
	enum zone_type type = source->zone.type;
	size_t i;

	for (i = 0; i < which; i++) {
		const struct zone_source *other = &reader->zone[i];

		if (other->node != source->node || other->wrong)
			continue;
		if (other->zone.type == type) {
			error_input(reader->errors, source->place,
				    "the node has a zone %s already, at line "
				    "%llu",
				    zone_type_names[type],
				    (unsigned long long)other->place.line);
			return false;
		}
		if ((other->zone.type < type) !=
		    (other->zone.start_pfn < source->zone.start_pfn)) {
			error_input(reader->errors, source->place,
				    "%s and %s of one node are the wrong way "
				    "round: lower types have lower frames",
				    zone_type_names[type],
				    zone_type_names[other->zone.type]);
			return false;
		}
	}
	return true;
}

static void place_zone(struct config_reader *reader, size_t which)
{
	struct zone_source *source = &reader->zone[which];
	node_t id = reader->machine->nodes[source->node].id;

	if (source->wrong)
		return;
	if (!source->has_start)
		place_sized(reader, which);
	if (source->wrong)
		return;
	if (end_of(&source->zone) > PFN_LIMIT) {
		error_input(reader->errors, source->place,
			    "the zone ends at frame %llu; frames go up to %llu",
			    (unsigned long long)end_of(&source->zone),
			    (unsigned long long)PFN_LIMIT);
		source->wrong = true;
		return;
	}
	source->wrong = !check_overlap(reader, which) ||
			!check_in_node(reader, which);
	reader->zone_at[id][source->zone.type] = (uint16_t)(which + 1);
}

/* Distances that are not given are 10 to the node itself, 20 elsewhere. */
static void fill_distances(struct config_reader *reader,
			   const struct yaml_node *list)
{
	struct machine_desc *machine = reader->machine;
	bool known[MAX_NODES] = { false };
	size_t from, to, last = 0;

	for (from = 0; from < machine->nr_nodes; from++) {
		size_t id = (size_t)machine->nodes[from].id;

		known[id] = true;
		last = id > last ? id : last;
	}
	for (from = 0; from < machine->nr_nodes; from++) {
		struct node_desc *node = &machine->nodes[from];

		for (to = 0; to < MAX_NODES; to++) {
			if (to > last && node->distance[to])
				error_input(reader->errors, list->place,
					    "distance: node %d gives one to "
					    "node %zu, which is not there",
					    node->id, to);
			/* A gap in the ids has a value that means nothing. */
			if (!known[to])
				node->distance[to] = 0;
			if (!known[to] || node->distance[to])
				continue;
			node->distance[to] = (node_t)to == node->id ?
						     LOCAL_DISTANCE :
						     REMOTE_DISTANCE;
		}
	}
}

static void check_machine(struct config_reader *reader,
			  const struct yaml_node *list,
			  const struct cpu_owners *owners)
{
	if (owners->nr == 0)
		error_input(reader->errors, list->place,
			    "nodes: no node has a CPU");
	if (reader->nr_zones == 0)
		error_input(reader->errors, list->place,
			    "nodes: no node has a zone");
}

void config_read_nodes(struct config_reader *reader,
		       const struct yaml_node *root)
{
	struct machine_desc *machine = reader->machine;
	size_t before = reader->errors->nr, i;
	const struct yaml_node *list, *node;
	struct cpu_owners owners;

	list = yaml_require(root, "nodes", "the machine's CPUs and memory",
			    reader->errors);
	if (!list || !yaml_is_list(list, reader->errors))
		return;
	if (list->nr == 0 || list->nr > MAX_NODES) {
		error_input(reader->errors, list->place,
			    "nodes: %zu of them; allowed: 1 to %d", list->nr,
			    MAX_NODES);
		return;
	}
	machine->nodes = host_alloc(list->nr, sizeof(*machine->nodes));
	if (!machine->nodes) {
		config_no_memory(reader);
		return;
	}
	memset(owners.node, -1, sizeof(owners.node));
	owners.nr = 0;
	for (node = list->first; node; node = node->next)
		read_node(reader, node, &owners);
	for (i = 0; i < reader->nr_zones; i++)
		place_zone(reader, i);
	/* What is missing from a file with errors may be in its wrong parts. */
	if (reader->errors->nr == before)
		check_machine(reader, list, &owners);
	if (reader->errors->nr == before)
		fill_distances(reader, list);
}

static int by_start(const void *a, const void *b)
{
	const struct zone_desc *x = a, *y = b;

	return (x->start_pfn > y->start_pfn) - (x->start_pfn < y->start_pfn);
}

static int by_id(const void *a, const void *b)
{
	const struct node_desc *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int give_zones(struct config_reader *reader, size_t which)
{
	struct node_desc *node = &reader->machine->nodes[which];
	size_t i;

	node->zones = host_alloc(NR_ZONE_TYPES, sizeof(*node->zones));
	if (!node->zones)
		return config_no_memory(reader);
	for (i = 0; i < reader->nr_zones; i++) {
		struct zone_source *source = &reader->zone[i];

		if (source->node != which)
			continue;
		node->zones[node->nr_zones++] = source->zone;
		/* The node owns them from here on. */
		source->zone.holes = NULL;
		source->zone.nr_holes = 0;
	}
	qsort(node->zones, node->nr_zones, sizeof(*node->zones), by_start);
	return 0;
}

int config_finish_nodes(struct config_reader *reader)
{
	struct machine_desc *machine = reader->machine;
	size_t i;

	for (i = 0; i < machine->nr_nodes; i++) {
		if (give_zones(reader, i) != 0)
			return -1;
	}
	qsort(machine->nodes, machine->nr_nodes, sizeof(*machine->nodes),
	      by_id);
	return 0;
}
