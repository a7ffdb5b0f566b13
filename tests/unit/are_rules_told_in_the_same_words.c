/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Are rules told in the same words when they are told again? Each text that
 * is remembered is compared with the one that is made anew, for every rule and
 * calls that differ in one thing after the other.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/rules/rule_texts.h"

static struct rules rules;
static struct names *names;
static struct rule_texts *texts;

static int setup(void **state)
{
	(void)state;
	rules_init_default(&rules);
	names = names_new();
	texts = rule_texts_new();
	return names && texts ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	names_free(names);
	rule_texts_free(texts);
	return 0;
}

static void expect_same(const struct call *call)
{
	struct rule_case about = {
		.rules = &rules,
		.call = call,
		.names = names,
		.made_by = call->op,
	};
	char anew[RULE_MESSAGE_MAX];

	for (int rule = 0; rule < NR_RULES; rule++) {
		if (!rule_table[rule].says)
			continue;
		rule_message((enum rule_id)rule, &about, anew, sizeof anew);
		assert_string_equal(
			rule_texts_message(texts, (enum rule_id)rule, &about)
				->text,
			anew);
	}
}

static const gfp_t flags[] = { 0, GFP_KERNEL, GFP_ATOMIC,
			       GFP_KERNEL | __GFP_HIGHMEM,
			       GFP_ATOMIC | __GFP_DMA32 | __GFP_NOFAIL };

/* Expect: the same words, whatever was asked for before. */
static void whatever_differs(void **state)
{
	struct call call = { .id = 7, .has = CALL_HAS_ID | CALL_HAS_GFP };

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int op = 0; op < NR_CALL_OPS; op++)
			for (int ctx = 0; ctx < NR_CALL_CONTEXTS; ctx++)
				for (size_t i = 0;
				     i < sizeof flags / sizeof flags[0]; i++) {
					call.op = (uint8_t)op;
					call.ctx = (uint8_t)ctx;
					call.gfp = flags[i];
					expect_same(&call);
				}
}

/* Expect: numbers and names are those of the call, not of one before it. */
static void whose_number_it_is(void **state)
{
	struct call call = { .op = OP_KMALLOC,
			     .has = CALL_HAS_ID | CALL_HAS_GFP };

	(void)state;
	for (call.size = 1; call.size < (uint64_t)1 << 40; call.size *= 3)
		expect_same(&call);
	call.op = OP_ALLOC_PAGES;
	call.has |= CALL_HAS_ORDER;
	for (call.order = 0; call.order < 30; call.order++)
		expect_same(&call);
	for (call.id = 0; call.id < 100; call.id++)
		expect_same(&call);
	call.name = names_intern(names, "one", 3);
	expect_same(&call);
	call.name = names_intern(names, "two", 3);
	expect_same(&call);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_differs),
		cmocka_unit_test(whose_number_it_is),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
