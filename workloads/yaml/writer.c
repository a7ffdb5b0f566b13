/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes workloads. The keys of an event come in the order of the table of
 * fields; what the file's defaults say already is left out, and so is what
 * the operation does not take.
 */
#include <errno.h>
#include <string.h>

#include "workloads/fields.h"
#include "workloads/yaml/writer.h"

/* Lines are gathered up to this size before they are written. */
#define BATCH_BYTES (64 * 1024)

/* Up to how many blank lines and columns an event's place is kept. */
#define BLANK_LINES_MAX 10000
#define INDENTATION_MAX 80

/* Where the list's dashes stand, unless an event was further to the left. */
#define DASH_COLUMN 3

/* kmemsim, version, name, events */
#define IN_PLACE_HEAD_LINES 4

static void flush(struct workload_writer *writer)
{
	size_t nr = writer->line.failed ? 0 : writer->line.length;

	/* The first reason is the one to tell. */
	errno = 0;
	if (nr && fwrite(writer->line.s, 1, nr, writer->to) != nr &&
	    !writer->why)
		writer->why = errno;
	writer->line.length = 0;
}

/* A text that is known when this is compiled. */
#define add(line, literal) text_add_bytes(line, literal, sizeof(literal) - 1)

static void add_word(struct text *line, const char *word)
{
	text_add_bytes(line, word, strlen(word));
}

#define add_number(line, key, value)                                           \
	(add(line, ", " key ": "), text_add_u64(line, value))

void workload_write_begin(struct workload_writer *writer, FILE *to,
			  const struct names *names, const char *name,
			  const char *comment)
{
	*writer = (struct workload_writer){ .to = to, .names = names };
	if (comment)
		text_add_yaml_comment(&writer->line, comment);
	add(&writer->line, "kmemsim: workload\nversion: 1\nname: ");
	text_add_yaml(&writer->line, name);
	add(&writer->line, "\ndefaults: {cpu: 0, node: any, ctx: process}\n");
}

void workload_write_begin_in_place(struct workload_writer *writer, FILE *to,
				   const struct names *names, const char *name,
				   const char *from)
{
	*writer = (struct workload_writer){
		.to = to,
		.names = names,
		.in_place = true,
		.next_line = IN_PLACE_HEAD_LINES + 1,
	};
	add(&writer->line, "kmemsim: workload\nversion: 1\nname: {is: ");
	text_add_yaml(&writer->line, name);
	add(&writer->line, ", from: ");
	text_add_yaml(&writer->line, from);
	add(&writer->line, "}\n");
}

void workload_write_traced(struct workload_writer *writer,
			   const struct traced *traced)
{
	struct text *line = &writer->line;
	const char *between = "";

	if (!traced->line_ns)
		return;
	add(line, "traced: {line: ");
	text_add_u64(line, traced->line_ns);
	add(line, "ns, events: [");
	for (int i = 0; i < NR_TRACEPOINTS; i++) {
		if (!(traced->tracepoints & 1u << i))
			continue;
		add_word(line, between);
		add_word(line, tracepoint_names[i]);
		between = ", ";
	}
	add(line, "]}\n");
	writer->next_line++;
}

#define add_name(writer, key, name)                                            \
	((name) ? (add(&(writer)->line, ", " key ": "),                        \
		   text_add_yaml(&(writer)->line,                              \
				 names_text((writer)->names, name))) :         \
		  (void)0)

/* What is called, or whose. */
static void add_subject(struct workload_writer *writer, const struct call *call,
			field_set takes)
{
	struct text *line = &writer->line;

	if (call->has & CALL_HAS_ID) {
		add_number(line, "id", call->id);
	} else if (call->has & CALL_HAS_NAMED_ID) {
		add(line, ", id: ");
		text_add_yaml_quoted(line, names_text(writer->names,
						      (uint32_t)call->id));
	}
	if (call->has & CALL_HAS_PFN)
		add_number(line, "pfn", call->pfn);
	if (call->has & CALL_HAS_PAGE)
		add_number(line, "page", call->page);
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

	add(line, ", flags: [");
	for (i = 0; i < NR_SLAB_FLAGS; i++) {
		if (!(flags & (uint32_t)1 << i))
			continue;
		add_word(line, between);
		add_word(line, slab_flag_names[i]);
		between = ", ";
	}
	add(line, "]");
}

/* What is said of pages that can be taken back: each bit has its key. */
static void add_page_flags(struct text *line, const struct call *call,
			   field_set takes)
{
	if (call->pages & CALL_LRU_FILE)
		add(line, ", lru: file");
	else if (call->pages & CALL_LRU_ANON)
		add(line, ", lru: anon");
	for (int id = FIELD_LRU + 1; id < NR_FIELDS; id++) {
		if (!(takes & FIELD_BIT(id)) ||
		    !(call->pages & event_fields[id].pages))
			continue;
		add(line, ", ");
		add_word(line, event_fields[id].name);
		add(line, ": true");
	}
}

static void add_gfp(struct workload_writer *writer, gfp_t gfp)
{
	uint32_t slot = gfp * UINT32_C(0x9e3779b1) / (1u << 28);
	struct writer_gfp_text *text = &writer->gfp_text[slot];

	_Static_assert(WRITER_GFP_TEXTS == 16, "a slot has four bits");
	if (!text->length || text->gfp != gfp) {
		gfp_format(gfp, text->text);
		text->length = strlen(text->text);
		text->gfp = gfp;
	}
	add(&writer->line, ", gfp: ");
	text_add_bytes(&writer->line, text->text, text->length);
}

static void add_arguments(struct workload_writer *writer,
			  const struct call *call, field_set takes)
{
	const struct operation *operation = &operations[call->op];
	struct text *line = &writer->line;
	/* Where one of several must be said, it is this if no other is. */
	bool sized = operation->required & FIELD_BIT(FIELD_SIZE) ||
		     (operation->one_of & FIELD_BIT(FIELD_SIZE) &&
		      !call->cache && !(call->has & CALL_HAS_ORDER));

	if (call->has & CALL_HAS_ORDER)
		add_number(line, "order", call->order);
	if (sized || call->size)
		add_number(line, "size", call->size);
	if (takes & FIELD_BIT(FIELD_ALIGN) && call->align)
		add_number(line, "align", call->align);
	if (takes & FIELD_BIT(FIELD_MIN_NR))
		add_number(line, "min_nr", call->min_nr);
	if (call->offset)
		add_number(line, "offset", call->offset);
	if (call->op == OP_MEMSET)
		add_number(line, "byte", call->byte);
	if (call->mask_bits)
		add_number(line, "mask_bits", call->mask_bits);
	if (call->pages)
		add_page_flags(line, call, takes);
	if (takes & FIELD_BIT(FIELD_VALUE))
		text_add(line, ", value: %d", call->value);
	if (takes & FIELD_BIT(FIELD_FLAGS) && call->slab_flags)
		add_slab_flags(line, call->slab_flags);
	if (call->has & CALL_HAS_GFP)
		add_gfp(writer, call->gfp);
}

static void add_caller(struct workload_writer *writer, const struct call *call)
{
	bool can_sleep = call->has & CALL_CAN_SLEEP;
	struct text *line = &writer->line;

	if (call->cpu)
		add_number(line, "cpu", call->cpu);
	if (call->node == NODE_RECORDED)
		add(line, ", node: recorded");
	else if (call->node != NODE_ANY)
		add_number(line, "node", (uint64_t)call->node);
	if (call->ctx != CONTEXT_PROCESS) {
		add(line, ", ctx: ");
		add_word(line, call_context_names[call->ctx]);
	}
	if (can_sleep && call->ctx != CONTEXT_PROCESS)
		add(line, ", can_sleep: true");
	else if (!can_sleep && call->ctx == CONTEXT_PROCESS)
		add(line, ", can_sleep: false");
	add_name(writer, "task", call->task);
}

static void add_recorded(struct text *line, const struct call *call)
{
	const char *between = "";

	if (!(call->has & (CALL_HAS_RECORDED_OK | CALL_HAS_RECORDED_PFN |
			   CALL_HAS_RECORDED_VADDR)))
		return;
	add(line, ", recorded: {");
	if (call->has & CALL_HAS_RECORDED_OK) {
		add_word(line, call->has & CALL_RECORDED_OK ? "ok: true" :
							      "ok: false");
		between = ", ";
	}
	if (call->has & CALL_HAS_RECORDED_PFN) {
		add_word(line, between);
		add(line, "pfn: ");
		text_add_u64(line, call->recorded_pfn);
		between = ", ";
	}
	if (call->has & CALL_HAS_RECORDED_VADDR) {
		add_word(line, between);
		add(line, "vaddr: ");
		text_add_u64(line, call->recorded_vaddr);
	}
	add(line, "}");
}

static void add_blanks(struct text *line, uint32_t nr)
{
	for (; nr; nr--)
		add(line, " ");
}

/* From the line's begin to the event's: "  - ", or to where it was. */
static void add_place(struct workload_writer *writer, const struct call *call)
{
	struct text *line = &writer->line;
	uint32_t blanks = 1;

	if (!writer->in_place) {
		add(line, "  - ");
		return;
	}
	if (call->line > writer->next_line &&
	    call->line - writer->next_line <= BLANK_LINES_MAX)
		for (; writer->next_line < call->line; writer->next_line++)
			add(line, "\n");
	writer->next_line++;
	/* All dashes must stand in the same column. */
	if (!writer->dash)
		writer->dash = call->column < DASH_COLUMN + 2 ? 1 : DASH_COLUMN;
	if (call->column > writer->dash + 1 && call->column <= INDENTATION_MAX)
		blanks = call->column - writer->dash - 1;
	add_blanks(line, writer->dash - 1);
	add(line, "-");
	add_blanks(line, blanks);
}

static void add_event(struct workload_writer *writer, const struct call *call)
{
	field_set takes = operation_fields(call->op);
	struct text *line = &writer->line;

	add(line, "{t: ");
	text_add_u64(line, call->t_ns);
	add(line, ", op: ");
	add_word(line, call_op_names[call->op]);
	add_subject(writer, call, takes);
	add_arguments(writer, call, takes);
	add_caller(writer, call);
	add_recorded(line, call);
	add(line, "}");
}

void text_add_event(struct text *text, const struct names *names,
		    const struct call *call)
{
	struct workload_writer writer = { .names = names, .line = *text };

	add_event(&writer, call);
	*text = writer.line;
}

void workload_write_call(struct workload_writer *writer,
			 const struct call *call)
{
	struct text *line = &writer->line;

	if (!writer->begun)
		add(line, "events:\n");
	writer->begun = true;
	add_place(writer, call);
	add_event(writer, call);
	add(line, "\n");
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
	if (writer->why)
		errno = writer->why;
	text_release(&writer->line);
	if (failed)
		return error_host(errors, "can't write the workload");
	return 0;
}
