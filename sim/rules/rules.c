/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the table of rules (sim/rules/rule_table.c): which of them a call breaks
 * on a machine, and what is to be said about it.
 *
 * Each operation has the set of rules that speak of it, so that a call asks
 * a handful of them and most calls none.
 */

#include "sim/rules/rules.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/bug.h"

/* The kernel's words where vfree() finds no area. */
#define VFREE_SAYS "Trying to vfree() nonexistent vm area: "
/* …and where a large kmalloc() asks for pages. */
#define KMALLOC_SAYS "WARNING: at mm/page_alloc.c __alloc_pages: "
#define BIT_OF(op) OP_BIT(OP_##op)

const char *const rule_effect_names[] = {
	[RULE_CARRIED_OUT] = "carried out",
	[RULE_CORRECTED] = "corrected",
	[RULE_FAILS] = "fails",
	[RULE_SKIPPED] = "skipped",
	[RULE_STOPS] = "stops",
};

unsigned int rules_order(const struct rules *rules, const struct call *call)
{
	if (call->has & CALL_HAS_ORDER || !call->size)
		return call->order;
	return get_order(call->size, rules->page_shift);
}

rule_set rules_find_broken(const struct rules *rules, const struct call *call)
{
	rule_set broken = 0;

	for (rule_set left = rules->of_op[call->op]; left; left &= left - 1) {
		int rule = __builtin_ctzll(left);

		if (rule_table[rule].is_broken(rules, call))
			broken |= RULE_BIT(rule);
	}
	return broken;
}

rule_set rules_that_stop(void)
{
	rule_set stop = 0;

	for (int rule = 0; rule < NR_RULES; rule++)
		if (rule_table[rule].effect == RULE_STOPS)
			stop |= RULE_BIT(rule);
	return stop;
}

op_set rules_freed_by(enum call_op op)
{
	switch (op) {
	case OP_ALLOC_PAGES:
	case OP_GET_FREE_PAGES:
	case OP_GET_ZEROED_PAGE:
		return BIT_OF(FREE_PAGES);
	case OP_KMALLOC:
	case OP_KZALLOC:
		return BIT_OF(KFREE) | BIT_OF(KVFREE);
	case OP_VMALLOC:
	case OP_VZALLOC:
		return BIT_OF(VFREE) | BIT_OF(KVFREE);
	case OP_KVMALLOC:
		return BIT_OF(KVFREE);
	case OP_CACHE_ALLOC:
		return BIT_OF(CACHE_FREE) | BIT_OF(KFREE) | BIT_OF(KVFREE);
	case OP_MEMPOOL_ALLOC:
		return BIT_OF(MEMPOOL_FREE);
	case OP_DMA_ALLOC_COHERENT:
		return BIT_OF(DMA_FREE_COHERENT);
	default:
		return 0;
	}
}

static void sort_by_operation(struct rules *rules)
{
	for (int rule = 0; rule < NR_RULES; rule++)
		for (int op = 0; op < NR_CALL_OPS; op++)
			if (rule_table[rule].ops >> op & 1)
				rules->of_op[op] |= RULE_BIT(rule);
}

static void add_zone(struct rules *rules, const struct zone_desc *zone,
		     uint32_t page_shift)
{
	for (int type = zone->type; type < NR_ZONE_TYPES; type++)
		rules->reach[type] += zone->managed_pages << page_shift;
}

void rules_init(struct rules *rules, const struct machine_desc *machine)
{
	*rules = (struct rules){
		.page_shift = machine->page_shift,
		.nr_orders = machine->nr_orders,
		.zone_types = machine->zone_types,
		.has_sizes = true,
		.kmalloc_max =
			1ull << (machine->page_shift + machine->nr_orders - 1),
		.quick_size = 2ull << machine->page_shift,
		.knows_no_reap = machine->slab_rules == SLAB_RULES_2_6,
	};
	if (machine->kmalloc.refuse_larger) {
		rules->kmalloc_max = machine->kmalloc.largest;
		rules->kmalloc_is_silent = true;
	}
	for (size_t i = 0; i < machine->nr_nodes; i++)
		for (size_t j = 0; j < machine->nodes[i].nr_zones; j++)
			add_zone(rules, &machine->nodes[i].zones[j],
				 machine->page_shift);
	sort_by_operation(rules);
}

void rules_init_default(struct rules *rules)
{
	struct machine_desc machine = {
		.page_shift = 12,
		.nr_orders = 11,
		.zone_types = 1u << ZONE_DMA | 1u << ZONE_DMA32 |
			      1u << ZONE_NORMAL | 1u << ZONE_MOVABLE,
	};

	rules_init(rules, &machine);
	rules->has_sizes = false;
}

/* ---- messages ---- */

/* Text of a fixed size; what does not fit is left out. */
struct line {
	char *at;
	size_t left; /* with the NUL */
};

static void add(struct line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line->at, line->left, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if ((size_t)length >= line->left)
		length = (int)line->left - 1;
	line->at += length;
	line->left -= (size_t)length;
}

static void add_names(struct line *line, gfp_t gfp)
{
	char text[GFP_TEXT_MAX];

	gfp_format(gfp, text);
	add(line, "%s", text);
}

/* As the kernel prints a mask and its names: 0x2 (__GFP_HIGHMEM). */
static void add_mask(struct line *line, gfp_t gfp)
{
	char text[GFP_TEXT_MAX];

	gfp_format(gfp, text);
	add(line, "%#x (%s)", gfp, gfp ? text : "none");
}

static void add_name(struct line *line, const struct rule_case *about,
		     uint32_t name)
{
	add(line, "%s", name ? names_text(about->names, name) : "another");
}

static void add_id(struct line *line, const struct rule_case *about)
{
	const struct call *call = about->call;

	if (call->has & CALL_HAS_NAMED_ID)
		add(line, "\"%s\"",
		    names_text(about->names, (uint32_t)call->id));
	else
		add(line, "%" PRIu64, call->id);
}

static void add_context(struct line *line, const struct call *call)
{
	if (call_in_interrupt(call))
		add(line, "%s context", call_context_names[call->ctx]);
	else
		add(line, "process context that can't sleep");
}

/* The calls that would have freed it. */
static void add_right(struct line *line, const struct rule_case *about)
{
	op_set right = rules_freed_by(about->made_by);
	const char *between = "";

	for (int op = 0; op < NR_CALL_OPS; op++) {
		if (!(right >> op & 1))
			continue;
		add(line, "%s%s", between, call_op_names[op]);
		between = " or ";
	}
}

static uint64_t reach_of(const struct rules *rules, gfp_t gfp)
{
	enum zone_type highest;

	return gfp_zone(gfp & ~__GFP_HIGHMEM, rules->zone_types, &highest) ?
		       rules->reach[highest] :
		       0;
}

static bool is_key(const char *key, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(key, word, length) == 0;
}

/* What a number in the text stands for; false: it is no number. */
static bool number_of(const struct rule_case *about, const char *key,
		      size_t length, uint64_t *value)
{
	const struct rules *rules = about->rules;
	const struct call *call = about->call;

	if (is_key(key, length, "size"))
		*value = call->size;
	else if (is_key(key, length, "order"))
		*value = rules_order(rules, call);
	else if (is_key(key, length, "max_order"))
		*value = rules->nr_orders - 1;
	else if (is_key(key, length, "kmalloc_max"))
		*value = rules->kmalloc_max;
	else if (is_key(key, length, "reach"))
		*value = reach_of(rules, call_gfp(call));
	else if (is_key(key, length, "live"))
		*value = about->live;
	else if (is_key(key, length, "made_order"))
		*value = about->made_order;
	else
		return false;
	return true;
}

static void add_value(struct line *line, const struct rule_case *about,
		      const char *key, size_t length)
{
	const struct call *call = about->call;
	gfp_t bad = __GFP_HIGHMEM | __GFP_DMA32;
	uint64_t number;

	if (number_of(about, key, length, &number))
		add(line, "%" PRIu64, number);
	else if (is_key(key, length, "op"))
		add(line, "%s", call_op_names[call->op]);
	else if (is_key(key, length, "names"))
		add_names(line, call_gfp(call));
	else if (is_key(key, length, "zones"))
		add_names(line, call_gfp(call) & (bad | __GFP_DMA));
	else if (is_key(key, length, "bad"))
		add_mask(line, call_gfp(call) & bad);
	else if (is_key(key, length, "fixed"))
		add_mask(line, call_gfp(call) & ~bad);
	else if (is_key(key, length, "context"))
		add_context(line, call);
	else if (is_key(key, length, "id"))
		add_id(line, about);
	else if (is_key(key, length, "by"))
		add(line, "%s", call_op_names[about->made_by]);
	else if (is_key(key, length, "right"))
		add_right(line, about);
	else if (is_key(key, length, "cache"))
		add_name(line, about, call->name);
	else if (is_key(key, length, "other"))
		add_name(line, about, about->other_cache);
	else if (is_key(key, length, "holders"))
		add(line, "%s", about->holders ? about->holders : "");
	else if (is_key(key, length, "kmalloc"))
		add(line, "%s",
		    about->rules->kmalloc_is_silent ? "" : KMALLOC_SAYS);
	else if (is_key(key, length, "vfree"))
		/* What kvmalloc() made may be one. */
		add(line, "%s",
		    call->op == OP_VFREE && about->made_by != OP_KVMALLOC ?
			    VFREE_SAYS :
			    "");
	else
		BUG("a rule's text has a key that nothing fills in");
}

static void fill_in(const char *says, const struct rule_case *about, char *text,
		    size_t size)
{
	struct line line = { text, size };

	text[0] = '\0';
	while (*says) {
		size_t plain = strcspn(says, "{");
		size_t key;

		add(&line, "%.*s", (int)plain, says);
		says += plain;
		if (!*says)
			break;
		key = strcspn(says, "}");
		add_value(&line, about, says + 1, key - 1);
		says += key + 1;
	}
}

void rule_message(enum rule_id rule, const struct rule_case *about, char *text,
		  size_t size)
{
	fill_in(rule_table[rule].says, about, text, size);
}

void rule_advice(enum rule_id rule, const struct rule_case *about, char *text,
		 size_t size)
{
	fill_in(rule_table[rule].instead, about, text, size);
}
