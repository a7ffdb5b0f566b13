/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_RULES_RULE_TEXTS_H
#define KMEMSIM_SIM_RULES_RULE_TEXTS_H

/*
 * The words about calls that break the rules of their context and flags, made
 * once for all calls that they fit.
 */

#include "sim/rules/rules.h"

struct rule_texts;

/* For one machine's rules and one workload's names. NULL: no memory. */
struct rule_texts *rule_texts_new(void);
void rule_texts_free(struct rule_texts *texts);

/* What is said of a call that breaks a rule. */
struct rule_text {
	uint64_t number; /* of this rule and text alone; 0: it has none */
	char text[RULE_MESSAGE_MAX];
};

/* rule_message()'s text; valid until the next call. */
const struct rule_text *rule_texts_message(struct rule_texts *texts,
					   enum rule_id rule,
					   const struct rule_case *about);

#endif
