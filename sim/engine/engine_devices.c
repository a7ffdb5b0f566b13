/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that page cache and swapped memory are written to and read from.
 *
 *	request  1 |= transfer =|-- latency --> done
 *	         2 .............|= transfer =|-- latency --> done
 *
 * Rules:
 *
 * - A device serves requests in order, each as long as its pages take at the
 *   device's bandwidth, and tells of each a latency later: so requests overlap
 *   in their latency, not in their transfer.
 * - When a request is done, the model of folios is told, which wakes those who
 *   wait for it.
 *
 * Left out: merging and sorting of requests, priorities, several queues.
 */

#include "sim/engine/engine_cpu.h"

#include <stdlib.h>

#include "models/reclaim/folio.h"
#include "sim/base/host.h"
#include "sim/cost.h"

/* What the timeline says of a device's. */
#define NO_CPU UINT16_MAX

static int device_grow(struct device *device)
{
	size_t capacity = device->capacity ? 2 * device->capacity : 64;
	struct io_request *ring = host_alloc(capacity, sizeof *ring);

	if (!ring)
		return -1;
	for (size_t i = 0; i < device->nr; i++)
		ring[i] = device->ring[(device->first + i) &
				       (device->capacity - 1)];
	free(device->ring);
	device->ring = ring;
	device->capacity = capacity;
	device->first = 0;
	return 0;
}

/* How long the request has the device's bus. */
static uint64_t transfer_ns(const struct engine *engine,
			    const struct device_desc *desc, uint32_t pages)
{
	uint64_t bytes = (uint64_t)pages << engine->kernel->machine->page_shift;

	if (!desc->bytes_per_s)
		return 0;
	return (uint64_t)((unsigned __int128)bytes * 1000000000u /
			  desc->bytes_per_s);
}

/* It begins when the device is through with what it was given before. */
static void trace_io(struct engine *engine, uint32_t number, uint64_t start_ns,
		     uint64_t done_ns)
{
	struct thread device = { .who = { ACTOR_DEVICE, number },
				 .cpu = NO_CPU };
	struct actor by = engine->current ? engine->current->who : nobody();
	uint64_t now_ns = engine->now_ns;

	engine->now_ns = start_ns;
	engine_note(engine, engine_trace(engine, &device, TIMELINE_IO, by,
					 done_ns - start_ns, 0));
	engine->now_ns = now_ns;
}

void engine_submit_io(struct memory *memory, void *argument,
		      const struct io_request *request)
{
	struct engine *engine = argument;
	const struct machine_desc *machine = engine->kernel->machine;
	const struct device_desc *desc = request->swap ? &machine->swap :
							 &machine->disk;
	uint32_t number = request->swap ? DEVICE_SWAP : DEVICE_DISK;
	struct device *device = &engine->device[number];
	uint64_t start_ns, done_ns;

	if (device->nr == device->capacity && device_grow(device) < 0) {
		error_host(engine->errors,
			   "no memory for requests to a device");
		engine_note(engine, ENGINE_FAILED);
		return;
	}
	/* What the caller has done until now takes its time first. */
	start_ns =
		engine->now_ns + cost_of_work(&machine->costs, &memory->work);
	if (device->free_ns < start_ns)
		device->free_ns = start_ns;
	start_ns = device->free_ns;
	device->free_ns += transfer_ns(engine, desc, request->pages);
	device->ring[(device->first + device->nr++) & (device->capacity - 1)] =
		*request;
	done_ns = device->free_ns + desc->latency_ns;
	trace_io(engine, number, start_ns, done_ns);
	engine_note(engine, engine_schedule(engine, done_ns, EVENT_IO, number));
}

enum engine_result engine_io_event(struct engine *engine, uint32_t number)
{
	struct device *device = &engine->device[number];
	struct io_request request =
		device->ring[device->first & (device->capacity - 1)];

	device->first++;
	device->nr--;
	engine->waking_device = number + 1;
	folio_io_done(engine->kernel->memory, &request);
	engine->waking_device = 0;
	/* What was written can be taken back: those who yield may go on. */
	engine->ends++;
	return engine->result;
}

void engine_devices_release(struct engine *engine)
{
	for (int i = 0; i < NR_DEVICES; i++)
		free(engine->device[i].ring);
}
