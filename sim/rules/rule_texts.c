/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Remembers what rule_message() has said.
 *
 * A workload that breaks a rule tends to break it often, and a text costs a
 * microsecond to put together. But few differ: most are made from the rule,
 * the operation, its flags and its context, and nothing else of the call.
 *
 *	rule, op, gfp, context, order, size --hash--> slot: the same? its text
 *	`-- of these, those that the rule's text names; the others count as 0
 *
 * Where two texts meet in a slot the later one takes it. A text that names
 * anything else of its call, such as its id, is put together each time. Each
 * that is remembered has a number, by which a reader recognises it.
 */

#include "sim/rules/rule_texts.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "sim/base/scatter.h"

#define NR_SLOTS 256 /* a power of two */

/* What of a call a text may be made from. */
enum {
	FROM_OP = 1,
	FROM_GFP = 2,
	FROM_CONTEXT = 4,
	FROM_ORDER = 8,
	FROM_SIZE = 16,
	FROM_MORE = 32,
};

/* The keys of texts that are made from no more than that. */
static const struct {
	const char *key;
	unsigned int from;
} sources[] = {
	{ "op", FROM_OP },	 { "vfree", FROM_OP },
	{ "names", FROM_GFP },	 { "zones", FROM_GFP },
	{ "bad", FROM_GFP },	 { "fixed", FROM_GFP },
	{ "reach", FROM_GFP },	 { "context", FROM_CONTEXT },
	{ "order", FROM_ORDER }, { "size", FROM_SIZE },
	{ "max_order", 0 },	 { "kmalloc", 0 },
	{ "kmalloc_max", 0 },
};
#define NR_SOURCES (sizeof sources / sizeof sources[0])

struct made_from {
	uint64_t size;
	gfp_t gfp;
	uint8_t rule; /* and 1; 0: none */
	uint8_t op;
	uint8_t context;
	uint8_t order;
};

struct rule_texts {
	unsigned int from[NR_RULES];
	struct remembered {
		struct made_from from;
		struct rule_text text;
	} slot[NR_SLOTS];
	struct rule_text other;
	uint64_t nr_made; /* of those that were remembered */
};

static unsigned int source_of(const char *key, size_t length)
{
	for (size_t i = 0; i < NR_SOURCES; i++)
		if (strlen(sources[i].key) == length &&
		    memcmp(sources[i].key, key, length) == 0)
			return sources[i].from;
	return FROM_MORE;
}

static unsigned int sources_of(const char *says)
{
	unsigned int from = 0;

	for (says = strchr(says, '{'); says; says = strchr(says, '{')) {
		size_t length = strcspn(++says, "}");

		from |= source_of(says, length);
	}
	return from;
}

struct rule_texts *rule_texts_new(void)
{
	struct rule_texts *texts = host_alloc(1, sizeof *texts);

	for (int rule = 0; texts && rule < NR_RULES; rule++)
		texts->from[rule] = sources_of(rule_table[rule].says);
	return texts;
}

void rule_texts_free(struct rule_texts *texts)
{
	free(texts);
}

static struct made_from made_from(unsigned int from, enum rule_id rule,
				  const struct rule_case *about)
{
	const struct call *call = about->call;
	struct made_from made = { .rule = (uint8_t)(rule + 1) };

	if (from & FROM_OP)
		made.op = call->op;
	if (from & FROM_GFP)
		made.gfp = call_gfp(call);
	if (from & FROM_CONTEXT)
		made.context = call->ctx;
	if (from & FROM_ORDER)
		made.order = (uint8_t)rules_order(about->rules, call);
	if (from & FROM_SIZE)
		made.size = call->size;
	return made;
}

static size_t slot_of(const struct made_from *made)
{
	uint64_t what = (uint64_t)made->gfp << 32 | made->rule << 24 |
			made->op << 16 | made->context << 8 | made->order;
	uint64_t mixed =
		(what ^ made->size << 17 ^ made->size >> 47) * GOLDEN_RATIO;

	return (size_t)(mixed >> 40) % NR_SLOTS;
}

static bool are_same(const struct made_from *a, const struct made_from *b)
{
	return a->rule == b->rule && a->op == b->op && a->gfp == b->gfp &&
	       a->context == b->context && a->order == b->order &&
	       a->size == b->size;
}

const struct rule_text *rule_texts_message(struct rule_texts *texts,
					   enum rule_id rule,
					   const struct rule_case *about)
{
	unsigned int from = texts->from[rule];
	struct made_from made = made_from(from, rule, about);
	struct remembered *slot = &texts->slot[slot_of(&made)];

	if (from & FROM_MORE) {
		rule_message(rule, about, texts->other.text,
			     sizeof texts->other.text);
		return &texts->other;
	}
	if (!are_same(&slot->from, &made)) {
		rule_message(rule, about, slot->text.text,
			     sizeof slot->text.text);
		slot->text.number = ++texts->nr_made;
		slot->from = made;
	}
	return &slot->text;
}
