/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that write and read memory: memset and read.
 *
 * They name an allocation and bytes of it, `size` bytes from `offset` on, or
 * all that were asked for: of an object as many as its cache has objects of, of
 * a device's buffer its size in whole pages, else all that was granted. The
 * bytes must lie within what was granted, and the memory must have an address;
 * a page of HighMem has one from kmap. An access that breaks this is a
 * violation, and nothing is written or read.
 *
 * Contents are followed from the first of these calls on. What is live then and
 * was cleared when it was allocated is zero, for nobody has written to it
 * since. Of everything else nothing is known.
 */

#include <inttypes.h>
#include <stdio.h>

#include "models/address.h"
#include "models/contents.h"
#include "models/gfp.h"
#include "models/kmap.h"
#include "sim/calls/calls.h"

/* The bytes of an allocation. */
struct span {
	uint64_t granted; /* may be touched */
	uint64_t whole;	  /* of these, what its caller wanted */
	uint64_t address; /* physical, of the first; meaningless for areas */
	uint64_t area;	  /* offset in vmalloc's range, or VMALLOC_NOWHERE */
};

static struct span object_span(const struct kernel *kernel, uint64_t address)
{
	const struct slab_cache *cache = slab_cache_at(kernel->caches, address);
	struct span span = {
		.address = address,
		.area = VMALLOC_NOWHERE,
		.granted = ksize(kernel->caches, address),
	};

	span.whole = span.granted;
	if (cache && slab_cache_object_size(cache) < span.whole)
		span.whole = slab_cache_object_size(cache);
	return span;
}

static struct span area_span(const struct kernel *kernel, uint64_t offset)
{
	struct vmalloc_info info = { .pages = 0 };
	struct span span = { .area = offset };

	vmalloc_next_area(kernel->vmalloc, offset, &info);
	span.granted = info.pages << kernel->machine->page_shift;
	span.whole = span.granted;
	return span;
}

static struct span block_span(const struct kernel *kernel,
			      const struct allocation *allocation)
{
	unsigned int shift = kernel->machine->page_shift;
	uint64_t bytes = 1ull << (shift + allocation->order);

	return (struct span){
		.address = allocation->handle << shift,
		.area = VMALLOC_NOWHERE,
		.granted = bytes,
		.whole = bytes,
	};
}

static struct span dma_span(const struct kernel *kernel, uint64_t handle)
{
	unsigned int shift = kernel->machine->page_shift;
	struct dma_buffer buffer = dma_buffer_of(handle);

	return (struct span){
		.address = (uint64_t)buffer.pfn << shift,
		.area = VMALLOC_NOWHERE,
		.granted = dma_granted_pages(&buffer) << shift,
		.whole = (uint64_t)buffer.pages << shift,
	};
}

static struct span span_of(const struct kernel *kernel,
			   const struct allocation *allocation)
{
	switch ((enum allocation_kind)allocation->kind) {
	case ALLOCATION_PAGES:
	case ALLOCATION_SPLIT:
		return block_span(kernel, allocation);
	case ALLOCATION_OBJECT:
	case ALLOCATION_KMALLOC:
	case ALLOCATION_KVMALLOC:
		return object_span(kernel, slab_address_of(kernel->caches,
							   allocation->handle));
	case ALLOCATION_ELEMENT:
		return object_span(kernel, allocation->handle);
	case ALLOCATION_VMALLOC:
		return area_span(kernel, allocation->handle);
	case ALLOCATION_DMA:
		return dma_span(kernel, allocation->handle);
	case ALLOCATION_NONE:
	case ALLOCATION_FAILED:
	case ALLOCATION_WAITING:
	case ALLOCATION_FOLIO:
	case ALLOCATION_DROPPABLE:
	case ALLOCATION_DROPPED:
	case NR_ALLOCATION_KINDS:
		break;
	}
	return (struct span){ .area = VMALLOC_NOWHERE };
}

/* ---- from bytes of an allocation to physical ones ------------------------ */

typedef int run_handler(void *argument, uint64_t address, uint64_t size);

/* Hands on bytes [offset, offset + size), one physical run after another. */
static int each_run(const struct kernel *kernel, const struct span *span,
		    uint64_t offset, uint64_t size, run_handler *handler,
		    void *argument)
{
	unsigned int shift = kernel->machine->page_shift;
	struct vmalloc_extent extent = { .pages = 0 };

	if (span->area == VMALLOC_NOWHERE)
		return size ? handler(argument, span->address + offset, size) :
			      0;
	while (size &&
	       vmalloc_next_extent(kernel->vmalloc, span->area, &extent)) {
		uint64_t bytes = (uint64_t)extent.pages << shift;
		uint64_t first = ((uint64_t)extent.pfn << shift) + offset;

		if (offset >= bytes) {
			offset -= bytes;
			continue;
		}
		bytes -= offset;
		if (bytes > size)
			bytes = size;
		if (handler(argument, first, bytes))
			return -1;
		offset = 0;
		size -= bytes;
	}
	return 0;
}

/* ---- following contents ------------------------------------------------- */

static int clear_run(void *argument, uint64_t address, uint64_t size)
{
	return contents_clear(argument, address, size);
}

static bool was_cleared(const struct kernel *kernel,
			const struct allocation *allocation,
			const struct span *span)
{
	const struct slab_cache *cache = NULL;
	gfp_t gfp = allocation->cleared ? __GFP_ZERO : 0;

	if (span->area == VMALLOC_NOWHERE)
		cache = slab_cache_at(kernel->caches, span->address);
	return cache ? slab_cache_clears(cache, gfp) :
		       gfp || kernel->machine->init_on_alloc;
}

/* A block that is freed in parts: what is left of it. */
static int clear_parts(struct kernel *kernel,
		       const struct allocation *allocation,
		       const struct span *span)
{
	uint64_t page = 1ull << kernel->machine->page_shift;

	for (uint32_t i = 0; i < 1u << allocation->order; i++)
		if (!part_is_freed(kernel, allocation, i) &&
		    contents_clear(kernel->contents, span->address + i * page,
				   page))
			return -1;
	return 0;
}

/* If it has been zero since it was allocated. */
static int clear_if_zero(struct kernel *kernel,
			 const struct allocation *allocation)
{
	struct span span = span_of(kernel, allocation);

	if (!span.whole || !was_cleared(kernel, allocation, &span))
		return 0;
	if (allocation->kind == ALLOCATION_SPLIT)
		return clear_parts(kernel, allocation, &span);
	return each_run(kernel, &span, 0, span.whole, clear_run,
			kernel->contents);
}

static int clear_live(struct kernel *kernel)
{
	struct allocation_cursor seen = { .named = false };
	int err = 0;

	while (!err && allocations_next(&kernel->allocations, &seen))
		err = clear_if_zero(kernel, seen.allocation);
	return err;
}

int follow_new_contents(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;

	if (handling->had_contents || !kernel->contents ||
	    !handling->allocation)
		return 0;
	return clear_if_zero(kernel, handling->allocation);
}

static int follow_contents(struct kernel *kernel)
{
	if (kernel->contents)
		return 0;
	kernel->contents = contents_new(kernel->memory, kernel->errors);
	if (!kernel->contents)
		return -1;
	kernel->memory->contents = kernel->contents;
	return clear_live(kernel);
}

/* ---- what may be touched ------------------------------------------------- */

/* One call's bytes. */
struct access {
	struct span span;
	uint64_t offset;
	uint64_t size;
};

static enum call_result bad_access(struct handling *handling, enum rule_id rule)
{
	handling->report->rule = rule_table[rule].id;
	handling->outcome->status = OUTCOME_SKIPPED;
	handling->outcome->skipped = SKIP_BAD_ACCESS;
	return CALL_VIOLATION;
}

static const char *verb(const struct handling *handling)
{
	return handling->call->op == OP_READ ? "reads" : "writes";
}

static enum call_result out_of_bounds(struct handling *handling,
				      const struct access *access)
{
	char id[ID_TEXT_MAX];

	return refuse_call(handling, bad_access(handling, RULE_OUT_OF_BOUNDS),
			   "%s %" PRIu64 " byte%s from byte %" PRIu64
			   " of id %s on, which has %" PRIu64,
			   verb(handling), access->size, plural(access->size),
			   access->offset, id_text(handling, id),
			   access->span.granted);
}

/* Each page must be there and have an address. `page`: of the allocation. */
static enum call_result check_page(struct handling *handling, pfn_t pfn,
				   uint32_t page)
{
	const struct kernel *kernel = handling->kernel;
	enum call_result result;
	char id[ID_TEXT_MAX];

	if (part_is_freed(kernel, handling->allocation, page)) {
		handling->report->rule = rule_table[RULE_USE_AFTER_FREE].id;
		return refuse_call(handling, CALL_BAD_FREE,
				   "%s page %u of id %s, which was freed "
				   "already",
				   verb(handling), page, id_text(handling, id));
	}
	if (page_address(kernel->memory, pfn) || kmap_users(kernel->kmap, pfn))
		return CALL_DONE;
	if (waits_for_kmap(handling, pfn, 0, &result))
		return result;
	return refuse_call(handling, bad_access(handling, RULE_NO_ADDRESS),
			   "%s page %u of id %s, which is in HighMem and has "
			   "no address before kmap gives it one",
			   verb(handling), page, id_text(handling, id));
}

/* Those of an area all have the area's addresses. */
static enum call_result check_pages(struct handling *handling,
				    const struct access *access)
{
	unsigned int shift = handling->kernel->machine->page_shift;
	uint64_t first = access->span.address >> shift;
	uint64_t address = access->span.address + access->offset;
	uint64_t end = address + access->size;
	enum call_result result = CALL_DONE;

	if (access->span.area != VMALLOC_NOWHERE)
		return CALL_DONE;
	for (uint64_t pfn = address >> shift;
	     pfn << shift < end && result == CALL_DONE; pfn++)
		result = check_page(handling, (pfn_t)pfn,
				    (uint32_t)(pfn - first));
	return result;
}

/* The address of the first byte. */
static uint64_t access_address(const struct kernel *kernel,
			       const struct access *access)
{
	uint64_t physical = access->span.address + access->offset;
	unsigned int shift = kernel->machine->page_shift;
	uint64_t page;

	if (access->span.area != VMALLOC_NOWHERE)
		return kernel->machine->vmalloc_start + access->span.area +
		       access->offset;
	page = kmap_page_address(kernel->kmap, (pfn_t)(physical >> shift));
	return page + (physical & ((1ull << shift) - 1));
}

static int report_first(void *argument, uint64_t address, uint64_t size)
{
	struct handling *handling = argument;
	const struct kernel *kernel = handling->kernel;
	pfn_t pfn = (pfn_t)(address >> kernel->machine->page_shift);

	(void)size;
	handling->outcome->pfn = pfn;
	handling->outcome->zone = memory_zone_of(kernel->memory, pfn);
	return -1; /* one is enough */
}

/* *found is false where nothing is to be read or written. */
static enum call_result find_access(struct handling *handling,
				    struct access *access, bool *found)
{
	struct kernel *kernel = handling->kernel;
	const struct call *call = handling->call;
	enum call_result result = find_fixed(handling, found);

	if (!*found)
		return result;
	*found = false;
	access->span = span_of(kernel, handling->allocation);
	access->offset = call->offset;
	access->size = call->size;
	if (!call->size && call->offset < access->span.whole)
		access->size = access->span.whole - call->offset;
	if (access->offset > access->span.granted ||
	    access->size > access->span.granted - access->offset)
		return out_of_bounds(handling, access);
	result = check_pages(handling, access);
	if (result != CALL_DONE || !access->size)
		return result;
	if (follow_contents(kernel))
		return CALL_HOST;
	handling->outcome->vaddr = access_address(kernel, access);
	each_run(kernel, &access->span, access->offset, access->size,
		 report_first, handling);
	*found = true;
	return CALL_DONE;
}

/* ---- the calls ----------------------------------------------------------- */

struct fill {
	struct contents *contents;
	uint32_t number;
};

static int fill_run(void *argument, uint64_t address, uint64_t size)
{
	const struct fill *fill = argument;

	return contents_fill(fill->contents, fill->number, address, size);
}

enum call_result handle_memset(struct handling *handling)
{
	const struct call *call = handling->call;
	struct content_writer writer = { .id = call->id };
	enum call_result result;
	struct access access;
	struct fill fill;
	bool found;
	int err;

	result = find_access(handling, &access, &found);
	if (!found)
		return result;
	writer.line = call->line;
	writer.has = call->has & CALL_HAS_NAMED_ID;
	writer.op = handling->allocation->op;
	writer.byte = call->byte;
	fill.contents = handling->kernel->contents;
	fill.number = contents_begin_fill(fill.contents, &writer);
	if (!fill.number)
		return CALL_HOST;
	err = each_run(handling->kernel, &access.span, access.offset,
		       access.size, fill_run, &fill);
	contents_end_fill(fill.contents, fill.number);
	return err ? CALL_HOST : CALL_DONE;
}

struct read {
	const struct contents *contents;
	struct content_reading reading;
};

static int read_run(void *argument, uint64_t address, uint64_t size)
{
	struct read *read = argument;

	contents_read(read->contents, address, size, &read->reading);
	return 0;
}

/* Whose data is read: "those of id 17 (kmalloc, 0x55 in line 14)" */
static void say_whose(const struct handling *handling,
		      const struct content_reading *reading, char *text,
		      size_t size)
{
	const struct content_writer *writer = &reading->writer;
	char id[ID_TEXT_MAX];

	if (!reading->has_writer) {
		snprintf(text, size, "%s",
			 reading->never_written == reading->stale ?
				 "what was there before the first memset" :
				 "zeros of whoever had them before");
		return;
	}
	if (writer->has & CALL_HAS_NAMED_ID)
		snprintf(id, sizeof(id), "\"%.27s\"",
			 names_text(handling->kernel->names, writer->id));
	else
		snprintf(id, sizeof(id), "%" PRIu64, writer->id);
	snprintf(text, size,
		 "those of id %s (%s, filled with 0x%02x at line %" PRIu64
		 ")%s",
		 id, call_op_names[writer->op], writer->byte, writer->line,
		 reading->several_writers ? " and others" : "");
}

static enum call_result stale_read(struct handling *handling,
				   const struct content_reading *reading)
{
	char whose[128];

	say_whose(handling, reading, whose, sizeof(whose));
	handling->report->rule = rule_table[RULE_STALE_READ].id;
	return refuse_call(handling, CALL_VIOLATION,
			   "reads %" PRIu64 " byte%s that nobody wrote since "
			   "%s allocated: still %s",
			   reading->stale, plural(reading->stale),
			   reading->stale == 1 ? "it was" : "they were", whose);
}

enum call_result handle_read(struct handling *handling)
{
	struct read read = { .reading = { .zero = 0 } };
	enum call_result result;
	struct access access;
	bool found;

	result = find_access(handling, &access, &found);
	if (!found)
		return result;
	read.contents = handling->kernel->contents;
	each_run(handling->kernel, &access.span, access.offset, access.size,
		 read_run, &read);
	handling->outcome->data = content_reading_data(&read.reading);
	handling->outcome->data_byte = read.reading.byte;
	if (read.reading.stale)
		return stale_read(handling, &read.reading);
	return CALL_DONE;
}
