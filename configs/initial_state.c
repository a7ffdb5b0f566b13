// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state that memory is in before the first call: exact free lists, page
 * blocks' types and busy vmalloc ranges from CSV files, or counts from /proc.
 *
 * Rules: files lie relative to the config; free lists stay in the file's
 * order, which is the kernel's list order, head first; a block is whole, in
 * one zone, at a frame that its order divides; a run of page blocks lasts to
 * the next run of its zone or the zone's end; free memory is given in one way
 * only. holes.c checks that no two blocks overlap. docs/config.md has the
 * files' columns.
 */

#include "configs/config_reader.h"
#include "sim/base/csv.h"
#include "sim/base/numbers.h"

#include <stdlib.h>
#include <string.h>

static const char *const initial_keys[] = {
	"free_lists", "pageblocks", "vmap_areas", "buddyinfo", "pagetypeinfo",
};

const struct zone_source *config_find_zone(struct config_reader *reader,
					   uint64_t node, const char *type,
					   struct place node_place,
					   struct place type_place)
{
	const struct machine_desc *machine = reader->machine;
	size_t t, n;
	uint16_t at;

	for (n = 0; n < machine->nr_nodes; n++) {
		if ((uint64_t)machine->nodes[n].id == node)
			break;
	}
	if (n == machine->nr_nodes) {
		error_input(reader->errors, node_place,
			    "node: the config has no node %llu",
			    (unsigned long long)node);
		return NULL;
	}
	for (t = 0; t < NR_ZONE_TYPES; t++) {
		if (strcmp(zone_type_names[t], type) == 0)
			break;
	}
	at = t < NR_ZONE_TYPES ? reader->zone_at[node][t] : 0;
	if (!at) {
		error_input(reader->errors, type_place,
			    "zone: the config's node %llu has no zone \"%s\"",
			    (unsigned long long)node, type);
		return NULL;
	}
	return &reader->zone[at - 1];
}

/* Columns 0 and 1 of the frames' tables: node and zone. */
static const struct zone_source *row_zone(struct config_reader *reader,
					  const struct csv *csv, node_t *node)
{
	uint64_t id;

	if (!field_u64(&csv->field[0], "node", 0, MAX_NODES - 1, &id,
		       reader->errors))
		return NULL;
	*node = (node_t)id;
	return config_find_zone(reader, id, csv->field[1].s,
				csv->field[0].place, csv->field[1].place);
}

/* A kernel that does not group by mobility has one type, unmovable. */
static bool type_is_known(const struct config_reader *reader,
			  const struct field *field, size_t type)
{
	if (!reader->machine->no_mobility_grouping ||
	    type == MIGRATE_UNMOVABLE || type == NR_MIGRATETYPES)
		return true;
	error_input(reader->errors, field->place,
		    "migratetype: \"%s\" is not known to a kernel with "
		    "grouping_by_mobility: false; allowed: unmovable",
		    field->s);
	return false;
}

static bool read_block(struct config_reader *reader, const struct csv *csv,
		       struct free_block_desc *block)
{
	const struct zone_source *source = row_zone(reader, csv, &block->node);
	uint64_t order, pfn, pages;
	size_t type;

	if (!source ||
	    !field_word(&csv->field[2], "migratetype", migratetype_names,
			NR_MIGRATETYPES, &type, reader->errors) ||
	    !type_is_known(reader, &csv->field[2], type) ||
	    !field_u64(&csv->field[3], "order", 0,
		       reader->machine->nr_orders - 1, &order, reader->errors))
		return false;
	pages = UINT64_C(1) << order;
	if (pages > source->zone.spanned_pages) {
		error_input(reader->errors, csv->field[3].place,
			    "order: a block of %llu pages does not fit the "
			    "zone's %llu",
			    (unsigned long long)pages,
			    (unsigned long long)source->zone.spanned_pages);
		return false;
	}
	if (!field_u64(&csv->field[4], "pfn", source->zone.start_pfn,
		       source->zone.start_pfn + source->zone.spanned_pages -
			       pages,
		       &pfn, reader->errors))
		return false;
	if (pfn & (pages - 1)) {
		error_input(reader->errors, csv->field[4].place,
			    "pfn: \"%s\" is no frame of a block of order %llu; "
			    "it must be a multiple of %llu",
			    csv->field[4].s, (unsigned long long)order,
			    (unsigned long long)pages);
		return false;
	}
	block->zone = source->zone.type;
	block->migratetype = (enum migratetype)type;
	block->order = (order_t)order;
	block->pfn = (pfn_t)pfn;
	return true;
}

static int add_block(struct config_reader *reader,
		     const struct free_block_desc *block, uint64_t line,
		     size_t *block_capacity, size_t *span_capacity)
{
	struct initial_state_desc *initial = &reader->machine->initial;
	size_t nr = initial->nr_free_blocks;
	struct free_block_desc *blocks;
	struct pfn_span *spans;

	blocks = host_grow(initial->free_blocks, block_capacity, nr + 1,
			   sizeof(*blocks));
	if (!blocks)
		return config_no_memory(reader);
	initial->free_blocks = blocks;
	spans = host_grow(reader->block, span_capacity, nr + 1, sizeof(*spans));
	if (!spans)
		return config_no_memory(reader);
	reader->block = spans;
	blocks[nr] = *block;
	spans[nr] = (struct pfn_span){
		block->pfn,
		block->pfn + (UINT64_C(1) << block->order),
		line,
	};
	initial->nr_free_blocks++;
	return 0;
}

static int read_free_lists(struct config_reader *reader, const char *path)
{
	static const char *const columns[] = {
		"node", "zone", "migratetype", "order", "pfn",
	};
	size_t block_capacity = 0, span_capacity = 0;
	struct free_block_desc block;
	struct csv csv;
	int more;

	if (csv_open(&csv, path, columns, LENGTH(columns), reader->errors))
		return -1;
	reader->machine->initial.exact = true;
	while ((more = csv_next(&csv, reader->errors)) == 1) {
		if (read_block(reader, &csv, &block) &&
		    add_block(reader, &block, csv.lines.place.line,
			      &block_capacity, &span_capacity) != 0)
			break;
	}
	csv_close(&csv);
	reader->free_lists_path = strdup(path);
	if (!reader->free_lists_path)
		return config_no_memory(reader);
	return more == 0 ? 0 : -1;
}

/* The last run of each zone so far, to see that runs ascend. */
struct last_run {
	bool any;
	uint64_t start_pfn;
};

/* "hole" stands beside the migrate types. */
static bool read_run_type(struct config_reader *reader,
			  const struct field *field,
			  struct pageblock_run_desc *run)
{
	const char *words[NR_MIGRATETYPES + 1];
	size_t which, i;

	for (i = 0; i < NR_MIGRATETYPES; i++)
		words[i] = migratetype_names[i];
	words[NR_MIGRATETYPES] = "hole";
	if (!field_word(field, "migratetype", words, LENGTH(words), &which,
			reader->errors) ||
	    !type_is_known(reader, field, which))
		return false;
	run->hole = which == NR_MIGRATETYPES;
	run->migratetype = run->hole ? MIGRATE_UNMOVABLE :
				       (enum migratetype)which;
	return true;
}

static bool read_run(struct config_reader *reader, const struct csv *csv,
		     struct last_run *last, struct pageblock_run_desc *run)
{
	const struct zone_source *source = row_zone(reader, csv, &run->node);
	uint64_t least, most, pfn;

	if (!source || !read_run_type(reader, &csv->field[3], run))
		return false;
	last += source - reader->zone;
	least = last->any ? last->start_pfn + 1 : source->zone.start_pfn;
	/* What comes before the first run would have no type. */
	most = last->any ?
		       source->zone.start_pfn + source->zone.spanned_pages - 1 :
		       source->zone.start_pfn;
	if (!field_u64(&csv->field[2],
		       last->any ? "start_pfn" :
				   "start_pfn "
				   "of the zone's first run",
		       least, most, &pfn, reader->errors))
		return false;
	run->zone = source->zone.type;
	run->start_pfn = (pfn_t)pfn;
	*last = (struct last_run){ true, pfn };
	return true;
}

static int read_pageblocks(struct config_reader *reader, const char *path)
{
	static const char *const columns[] = {
		"node",
		"zone",
		"start_pfn",
		"migratetype",
	};
	struct initial_state_desc *initial = &reader->machine->initial;
	struct last_run *last = host_alloc(reader->nr_zones, sizeof(*last));
	struct pageblock_run_desc run, *grown;
	size_t capacity = 0;
	struct csv csv;
	int more = -1;

	if (!last)
		return config_no_memory(reader);
	if (csv_open(&csv, path, columns, LENGTH(columns), reader->errors)) {
		free(last);
		return -1;
	}
	while ((more = csv_next(&csv, reader->errors)) == 1) {
		if (!read_run(reader, &csv, last, &run))
			continue;
		grown = host_grow(initial->pageblocks, &capacity,
				  initial->nr_pageblocks + 1, sizeof(*grown));
		if (!grown) {
			more = config_no_memory(reader);
			break;
		}
		initial->pageblocks = grown;
		grown[initial->nr_pageblocks++] = run;
	}
	csv_close(&csv);
	free(last);
	return more;
}

static bool read_area(struct config_reader *reader, const struct csv *csv,
		      uint64_t from, struct vmap_area_desc *area)
{
	const struct machine_desc *machine = reader->machine;
	uint64_t page = UINT64_C(1) << machine->page_shift;

	if (!field_u64(&csv->field[0], "start_offset", from,
		       machine->vmalloc_size - page, &area->start,
		       reader->errors) ||
	    !field_u64(&csv->field[1], "end_offset", area->start + page,
		       machine->vmalloc_size, &area->end, reader->errors))
		return false;
	if ((area->start | area->end) & (page - 1)) {
		error_input(reader->errors, csv->lines.place,
			    "the range %s to "
			    "%s is not one of whole pages",
			    csv->field[0].s, csv->field[1].s);
		return false;
	}
	return true;
}

static int read_vmap_areas(struct config_reader *reader, const char *path)
{
	static const char *const columns[] = { "start_offset", "end_offset" };
	struct initial_state_desc *initial = &reader->machine->initial;
	struct vmap_area_desc area, *grown;
	uint64_t from = 0;
	size_t capacity = 0;
	struct csv csv;
	int more;

	if (csv_open(&csv, path, columns, LENGTH(columns), reader->errors))
		return -1;
	while ((more = csv_next(&csv, reader->errors)) == 1) {
		if (!read_area(reader, &csv, from, &area))
			continue;
		from = area.end;
		grown = host_grow(initial->vmap_areas, &capacity,
				  initial->nr_vmap_areas + 1, sizeof(*grown));
		if (!grown) {
			more = config_no_memory(reader);
			break;
		}
		initial->vmap_areas = grown;
		grown[initial->nr_vmap_areas++] = area;
	}
	csv_close(&csv);
	return more;
}

static void read_file(struct config_reader *reader, const char *key,
		      int (*read)(struct config_reader *reader,
				  const char *path))
{
	const struct yaml_node *node = yaml_get(reader->initial, key);
	const char *name;
	char *path;

	if (!node || !yaml_text(node, &name, reader->errors))
		return;
	path = yaml_beside(reader->path, name);
	if (!path)
		config_no_memory(reader);
	else
		read(reader, path);
	free(path);
}

/* Two files that say the same thing could say two things. */
static void exclude(struct config_reader *reader, const char *one,
		    const char *other)
{
	const struct yaml_node *first = yaml_get(reader->initial, one);
	const struct yaml_node *second = yaml_get(reader->initial, other);

	if (first && second)
		error_input(reader->errors, second->key_place,
			    "initial_state: %s and %s both say what is free; "
			    "give one of them",
			    one, other);
}

/* /proc/pagetypeinfo came with the types. */
static void check_pagetypeinfo(struct config_reader *reader)
{
	const struct yaml_node *node =
		yaml_get(reader->initial, "pagetypeinfo");

	if (node && reader->machine->no_mobility_grouping)
		error_input(reader->errors, node->key_place,
			    "initial_state: a kernel with "
			    "grouping_by_mobility: false has no pagetypeinfo; "
			    "give its buddyinfo");
}

void config_check_initial(struct config_reader *reader,
			  const struct yaml_node *root)
{
	reader->initial = yaml_get(root, "initial_state");
	if (!reader->initial ||
	    !yaml_is_mapping(reader->initial, reader->errors))
		return;
	yaml_check_keys(reader->initial, initial_keys, LENGTH(initial_keys),
			reader->errors);
	exclude(reader, "free_lists", "buddyinfo");
	exclude(reader, "free_lists", "pagetypeinfo");
	exclude(reader, "buddyinfo", "pagetypeinfo");
	check_pagetypeinfo(reader);
}

void config_read_initial(struct config_reader *reader)
{
	if (!reader->initial)
		return;
	read_file(reader, "free_lists", read_free_lists);
	read_file(reader, "pageblocks", read_pageblocks);
	read_file(reader, "vmap_areas", read_vmap_areas);
	read_file(reader, "buddyinfo", config_read_buddyinfo);
	read_file(reader, "pagetypeinfo", config_read_pagetypeinfo);
}
