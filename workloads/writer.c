/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes workloads. The keys of an event come in the order of the table of
 * fields; what the file's defaults say already is left out, and so is what
 * the operation does not take.
 */
#include <errno.h>
#include <string.h>

#include "workloads/fields.h"
#include "workloads/writer.h"

/* Lines are gathered up to this size before they are written. */
#define BATCH_BYTES (64 * 1024)

static void flush(struct workload_writer *writer)
{
	if (writer->line.length && !writer->line.failed)
		fwrite(writer->line.s, 1, writer->line.length, writer->to);
	writer->line.length = 0;
}

void workload_write_begin(struct workload_writer *writer, FILE *to,
			  const struct names *names, const char *name,
			  const char *comment)
{
	*writer = (struct workload_writer){ .to = to, .names = names };
	gfp_format(writer->gfp, writer->gfp_text);
	if (comment)
		text_add_yaml_comment(&writer->line, comment);
	text_add(&writer->line, "kmemsim: workload\nversion: 1\nname: ");
	text_add_yaml(&writer->line, name);
	text_add(&writer->line,
		 "\ndefaults: {cpu: 0, node: any, ctx: process}\n");
}

static void add_name(struct workload_writer *writer, const char *key,
		     uint32_t name)
{
	if (!name)
		return;
	text_add(&writer->line, ", %s: ", key);
	text_add_yaml(&writer->line, names_text(writer->names, name));
}

/* What is called, or whose. */
static void add_subject(struct workload_writer *writer, const struct call *call,
			field_set takes)
{
	struct text *line = &writer->line;

	if (call->has & CALL_HAS_ID) {
		text_add(line, ", id: %llu", (unsigned long long)call->id);
	} else if (call->has & CALL_HAS_NAMED_ID) {
		text_add(line, ", id: ");
		text_add_yaml_quoted(line, names_text(writer->names,
						      (uint32_t)call->id));
	}
	if (call->has & CALL_HAS_PFN)
		text_add(line, ", pfn: %u", call->pfn);
	if (call->has & CALL_HAS_PAGE)
		text_add(line, ", page: %u", call->page);
	if (takes & FIELD_BIT(FIELD_POOL)) {
		add_name(writer, "pool", call->name);
		add_name(writer, "cache", call->cache);
	} else if (takes & FIELD_BIT(FIELD_CACHE)) {
		add_name(writer, "cache", call->name);
	} else if (takes & FIELD_BIT(FIELD_AREA)) {
		add_name(writer, "area", call->name);
	} else if (takes & FIELD_BIT(FIELD_MAPPING)) {
		add_name(writer, "mapping", call->name);
	} else {
		add_name(writer, "label", call->name);
	}
}

static void add_slab_flags(struct text *line, uint32_t flags)
{
	const char *between = "";
	size_t i;

	text_add(line, ", flags: [");
	for (i = 0; i < NR_SLAB_FLAGS; i++) {
		if (!(flags & (uint32_t)1 << i))
			continue;
		text_add(line, "%s%s", between, slab_flag_names[i]);
		between = ", ";
	}
	text_add(line, "]");
}

/* What is said of pages that can be taken back: each bit has its key. */
static void add_page_flags(struct text *line, const struct call *call,
			   field_set takes)
{
	if (call->pages & CALL_LRU)
		text_add(line, ", lru: %s",
			 call->pages & CALL_LRU_FILE ? "file" : "anon");
	for (int id = FIELD_LRU + 1; id < NR_FIELDS; id++)
		if (takes & FIELD_BIT(id) &&
		    call->pages & event_fields[id].pages)
			text_add(line, ", %s: true", event_fields[id].name);
}

static void add_arguments(struct workload_writer *writer,
			  const struct call *call, field_set takes,
			  field_set required)
{
	struct text *line = &writer->line;

	if (call->has & CALL_HAS_ORDER)
		text_add(line, ", order: %u", call->order);
	if (required & FIELD_BIT(FIELD_SIZE) || call->size)
		text_add(line, ", size: %llu", (unsigned long long)call->size);
	if (takes & FIELD_BIT(FIELD_ALIGN) && call->align)
		text_add(line, ", align: %u", call->align);
	if (takes & FIELD_BIT(FIELD_MIN_NR))
		text_add(line, ", min_nr: %u", call->min_nr);
	if (call->offset)
		text_add(line, ", offset: %llu",
			 (unsigned long long)call->offset);
	if (call->op == OP_MEMSET)
		text_add(line, ", byte: %u", call->byte);
	if (call->mask_bits)
		text_add(line, ", mask_bits: %u", call->mask_bits);
	if (call->pages)
		add_page_flags(line, call, takes);
	if (takes & FIELD_BIT(FIELD_VALUE))
		text_add(line, ", value: %d", call->value);
	if (takes & FIELD_BIT(FIELD_FLAGS) && call->slab_flags)
		add_slab_flags(line, call->slab_flags);
	if (!(call->has & CALL_HAS_GFP))
		return;
	if (call->gfp != writer->gfp)
		gfp_format(call->gfp, writer->gfp_text);
	writer->gfp = call->gfp;
	text_add(line, ", gfp: %s", writer->gfp_text);
}

static void add_caller(struct workload_writer *writer, const struct call *call)
{
	bool can_sleep = call->has & CALL_CAN_SLEEP;
	struct text *line = &writer->line;

	if (call->cpu)
		text_add(line, ", cpu: %u", call->cpu);
	if (call->node != NODE_ANY)
		text_add(line, ", node: %d", call->node);
	if (call->ctx != CONTEXT_PROCESS)
		text_add(line, ", ctx: %s", call_context_names[call->ctx]);
	if (can_sleep != (call->ctx == CONTEXT_PROCESS))
		text_add(line, ", can_sleep: %s", can_sleep ? "true" : "false");
	add_name(writer, "task", call->task);
}

static void add_recorded(struct text *line, const struct call *call)
{
	const char *between = "";

	if (!(call->has & (CALL_HAS_RECORDED_OK | CALL_HAS_RECORDED_PFN |
			   CALL_HAS_RECORDED_VADDR)))
		return;
	text_add(line, ", recorded: {");
	if (call->has & CALL_HAS_RECORDED_OK) {
		text_add(line, "ok: %s",
			 call->has & CALL_RECORDED_OK ? "true" : "false");
		between = ", ";
	}
	if (call->has & CALL_HAS_RECORDED_PFN) {
		text_add(line, "%spfn: %u", between, call->recorded_pfn);
		between = ", ";
	}
	if (call->has & CALL_HAS_RECORDED_VADDR)
		text_add(line, "%svaddr: %llu", between,
			 (unsigned long long)call->recorded_vaddr);
	text_add(line, "}");
}

void workload_write_call(struct workload_writer *writer,
			 const struct call *call)
{
	const struct operation *operation = &operations[call->op];
	field_set takes = operation_fields(call->op);
	struct text *line = &writer->line;

	if (!writer->begun)
		text_add(line, "events:\n");
	writer->begun = true;
	text_add(line, "  - {t: %llu, op: %s", (unsigned long long)call->t_ns,
		 call_op_names[call->op]);
	add_subject(writer, call, takes);
	add_arguments(writer, call, takes, operation->required);
	add_caller(writer, call);
	add_recorded(line, call);
	text_add(line, "}\n");
	if (line->length >= BATCH_BYTES)
		flush(writer);
}

int workload_write_end(struct workload_writer *writer, const char *comment,
		       struct errors *errors)
{
	bool failed = writer->line.failed;

	if (!writer->begun)
		text_add(&writer->line, "events: []\n");
	if (comment)
		text_add_yaml_comment(&writer->line, comment);
	failed |= writer->line.failed;
	flush(writer);
	errno = 0;
	failed |= fflush(writer->to) != 0 || ferror(writer->to) != 0;
	text_release(&writer->line);
	if (failed)
		return error_host(errors, "can't write the workload");
	return 0;
}
