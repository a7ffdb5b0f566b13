/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a machine waits for: the devices that page cache and anonymous memory
 * go to and come from, and the CPU itself.
 *
 *	disk: {latency: 100us, bandwidth: 500MiB}
 *	swap: {size: 1GiB, latency: 100us, bandwidth: 500MiB}
 *	scheduler: {keeps_cpu: 20us, slice: 6ms, kernel_threads: false}
 *
 * Rules: a bandwidth is in bytes a second and never 0, since then nothing
 * would ever arrive; swap may be left out or have size 0, which is a machine
 * without swap space. There is no kernel setting behind `disk` and `swap`: they
 * are hardware. What `scheduler` stands for is in models/machine.h.
 */

#include "configs/config_reader.h"
#include "sim/base/numbers.h"

/* As many pages of 4 KiB as 32 bits can number. */
#define SWAP_BYTES_MOST (UINT64_C(16) << 40)

static void read_time(struct config_reader *reader, const struct yaml_node *map,
		      const char *key, uint64_t *ns)
{
	const struct yaml_node *node = yaml_get(map, key);

	if (node)
		yaml_time(node, ns, reader->errors);
}

static void read_device(struct config_reader *reader,
			const struct yaml_node *map, struct device_desc *device)
{
	const struct yaml_node *node = yaml_get(map, "bandwidth");

	read_time(reader, map, "latency", &device->latency_ns);
	if (node)
		yaml_size(node, 1, INT64_MAX, &device->bytes_per_s,
			  reader->errors);
}

static void read_disk(struct config_reader *reader,
		      const struct yaml_node *root)
{
	static const char *const keys[] = { "latency", "bandwidth" };
	const struct yaml_node *map = yaml_get(root, "disk");

	if (!map || !yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	read_device(reader, map, &reader->machine->disk);
}

static void read_swap(struct config_reader *reader,
		      const struct yaml_node *root)
{
	static const char *const keys[] = { "size", "latency", "bandwidth" };
	const struct yaml_node *map = yaml_get(root, "swap"), *node;
	struct machine_desc *machine = reader->machine;

	if (!map || !yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	node = yaml_get(map, "size");
	if (node)
		yaml_size(node, 0, SWAP_BYTES_MOST, &machine->swap_bytes,
			  reader->errors);
	read_device(reader, map, &machine->swap);
}

static void read_scheduler(struct config_reader *reader,
			   const struct yaml_node *root)
{
	static const char *const keys[] = { "keeps_cpu", "slice",
					    "kernel_threads" };
	const struct yaml_node *map = yaml_get(root, "scheduler");
	const struct yaml_node *threads;
	struct scheduler_desc *scheduler = &reader->machine->scheduler;

	if (!map || !yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	read_time(reader, map, "keeps_cpu", &scheduler->keeps_cpu_ns);
	read_time(reader, map, "slice", &scheduler->slice_ns);
	threads = yaml_get(map, "kernel_threads");
	if (threads)
		yaml_bool(threads, &scheduler->kernel_threads, reader->errors);
}

void config_read_devices(struct config_reader *reader,
			 const struct yaml_node *root)
{
	read_disk(reader, root);
	read_swap(reader, root);
	read_scheduler(reader, root);
}

static void need_bandwidth(struct config_reader *reader,
			   const struct yaml_node *root, const char *key,
			   const struct device_desc *device)
{
	const struct yaml_node *map = yaml_get(root, key);

	/* A value that was refused has its message already. */
	if (!device->bytes_per_s && !yaml_get(map, "bandwidth"))
		error_input(reader->errors, map ? map->place : root->place,
			    "%s: the key \"bandwidth\" is missing: the bytes "
			    "that it moves in a second",
			    key);
}

void config_check_devices(struct config_reader *reader,
			  const struct yaml_node *root)
{
	const struct machine_desc *machine = reader->machine;

	need_bandwidth(reader, root, "disk", &machine->disk);
	if (machine->swap_bytes)
		need_bandwidth(reader, root, "swap", &machine->swap);
}

static void add_device(struct text *text, const struct device_desc *device)
{
	text_add(text, "latency: %lluns",
		 (unsigned long long)device->latency_ns);
	if (device->bytes_per_s)
		text_add(text, ", bandwidth: %llu",
			 (unsigned long long)device->bytes_per_s);
	text_add(text, "}\n");
}

void config_format_devices(struct text *text,
			   const struct machine_desc *machine)
{
	const struct scheduler_desc *scheduler = &machine->scheduler;

	text_add(text, "disk: {");
	add_device(text, &machine->disk);
	text_add(text, "swap: {size: %llu, ",
		 (unsigned long long)machine->swap_bytes);
	add_device(text, &machine->swap);
	text_add(text, "scheduler: {keeps_cpu: %lluns, slice: %lluns",
		 (unsigned long long)scheduler->keeps_cpu_ns,
		 (unsigned long long)scheduler->slice_ns);
	if (scheduler->kernel_threads)
		text_add(text, ", kernel_threads: true");
	text_add(text, "}\n");
}
