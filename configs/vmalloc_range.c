// SPDX-License-Identifier: GPL-2.0-only
/*
 * `vmalloc`: the addresses that vmalloc() has.
 *
 * Rules: `start` and `size`, or `start` and `end`. On 32 bits the range begins
 * behind the memory that is mapped directly, so it depends on the machine:
 * `start: auto` is the last multiple of 8 MiB that leaves less than 16 MiB
 * between the two, and no less than 8 MiB (VMALLOC_START,
 * include/asm-i386/pgtable.h, 2.6.16). The memory that is mapped directly
 * ends with the highest zone below HighMem.
 */

#include "configs/config_reader.h"
#include "sim/base/numbers.h"

#include <string.h>

#define VMALLOC_OFFSET (UINT64_C(8) << 20)

static void read_start(struct config_reader *reader,
		       const struct yaml_node *node)
{
	reader->vmalloc_auto = node->kind == YAML_NODE_SCALAR &&
			       strcmp(node->text, "auto") == 0;
	if (!reader->vmalloc_auto)
		yaml_size(node, 0, UINT64_MAX, &reader->machine->vmalloc_start,
			  reader->errors);
}

void config_read_vmalloc(struct config_reader *reader,
			 const struct yaml_node *root)
{
	static const char *const keys[] = { "start", "size", "end" };
	struct machine_desc *machine = reader->machine;
	const struct yaml_node *map = yaml_get(root, "vmalloc");
	const struct yaml_node *start, *size, *end;

	if (!map || !yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	start = yaml_get(map, "start");
	size = yaml_get(map, "size");
	end = yaml_get(map, "end");
	if (start)
		read_start(reader, start);
	if (size && end)
		error_input(reader->errors, end->place,
			    "vmalloc: either size or end");
	if (size && yaml_size(size, 1, UINT64_MAX, &machine->vmalloc_size,
			      reader->errors))
		reader->vmalloc_end = 0;
	if (end)
		yaml_size(end, 1, UINT64_MAX, &reader->vmalloc_end,
			  reader->errors);
}

/* Where `start: auto` comes to, with memory mapped up to `high_memory`. */
static uint64_t auto_start(const struct config_reader *reader,
			   uint64_t high_memory)
{
	uint64_t last = reader->machine->page_offset + high_memory +
			2 * VMALLOC_OFFSET - 1;

	return last - last % VMALLOC_OFFSET;
}

static void set_range(struct config_reader *reader, uint64_t high_memory,
		      struct place place)
{
	struct machine_desc *machine = reader->machine;

	if (reader->vmalloc_auto)
		machine->vmalloc_start = auto_start(reader, high_memory);
	if (!reader->vmalloc_end)
		return;
	if (reader->vmalloc_end <= machine->vmalloc_start) {
		error_input(reader->errors, place,
			    "vmalloc: the range would begin at 0x%llx, and "
			    "end before that",
			    (unsigned long long)machine->vmalloc_start);
		reader->vmalloc_end = 0;
		return;
	}
	machine->vmalloc_size = reader->vmalloc_end - machine->vmalloc_start;
}

void config_check_vmalloc(struct config_reader *reader,
			  const struct yaml_node *root)
{
	struct machine_desc *machine = reader->machine;
	uint64_t page_mask = (UINT64_C(1) << machine->page_shift) - 1;
	const struct yaml_node *map = yaml_get(root, "vmalloc");
	struct place place = map ? map->place : root->place;
	uint64_t last;

	/* No zone is there yet: the most that may be mapped directly. */
	set_range(reader, machine->zone_limit[ZONE_NORMAL], place);
	if ((machine->vmalloc_start | machine->vmalloc_size) & page_mask) {
		/* The profile's own, on a machine of larger pages. */
		if (map)
			error_input(reader->errors, place,
				    "vmalloc: "
				    "start and size must be whole pages");
		machine->vmalloc_start = (machine->vmalloc_start + page_mask) &
					 ~page_mask;
		machine->vmalloc_size &= ~page_mask;
	}
	if (__builtin_add_overflow(machine->vmalloc_start,
				   machine->vmalloc_size - 1, &last) ||
	    (machine->address_bits == 32 && last > UINT32_MAX))
		error_input(reader->errors, place,
			    "vmalloc: the range ends beyond the machine's "
			    "%u-bit addresses",
			    machine->address_bits);
}

void config_place_vmalloc(struct config_reader *reader,
			  const struct yaml_node *root)
{
	uint64_t high_memory = 0;
	size_t i;

	for (i = 0; i < reader->nr_zones; i++) {
		const struct zone_desc *zone = &reader->zone[i].zone;
		uint64_t end = (zone->start_pfn + zone->spanned_pages)
			       << reader->machine->page_shift;

		if (zone->type <= ZONE_NORMAL && end > high_memory)
			high_memory = end;
	}
	if (reader->vmalloc_auto)
		set_range(reader, high_memory, root->place);
}
