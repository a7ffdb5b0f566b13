/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_GENERATORS_CALL_TEMPLATE_H
#define KMEMSIM_WORKLOADS_GENERATORS_CALL_TEMPLATE_H

/*
 * A call with parts that are drawn: what of its fields is constant, and from
 * what the others come.
 */

#include "workloads/yaml/event.h"
#include "workloads/generators/distribution.h"

struct call_choice {
	const struct field *field;
	/* A number's; NULL: one of value[], by behind[] as weights_draw(). */
	const struct distribution *numbers;
	const struct call *value;
	const uint64_t *behind;
	size_t nr;
};

struct call_template {
	struct call call; /* finished, but for what is chosen */
	const struct call_choice *choice;
	size_t nr_choices;
	bool decides_sleep; /* ctx is chosen, and says who can sleep */
};

/* What was read so far: copied, and read on, for each phase. */
struct call_draft {
	struct event event; /* before defaults and rules */
	struct call_choice choice[NR_FIELDS];
	field_set chosen; /* those of choice[] that count */
};

/* Reads a field in place of what the draft has for it. False: an error. */
bool call_draft_read(struct spec *spec, struct call_draft *draft, int field,
		     const struct node *node);

/*
 * The call that a draft comes to, its operation's rules checked and the
 * reader's defaults applied. False: errors were added.
 */
bool call_draft_finish(struct spec *spec, struct event_reader *reader,
		       const struct call_draft *draft,
		       struct call_template *template);

/* The same without defaults and rules: what the draft says is all there is. */
bool call_draft_settle(struct spec *spec, const struct call_draft *draft,
		       struct call_template *template);

/* Fills *call, but for time and id. */
void call_template_draw(const struct call_template *template,
			struct random *random, struct call *call);

#endif
