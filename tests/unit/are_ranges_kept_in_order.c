/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tree of ranges against a plain table of slots that knows the same
 * ranges and is searched from one end to the other.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "models/vmalloc/vmap_tree.h"

#define NR_SLOTS 400 /* ranges may begin at multiples of SLOT */
#define SLOT 64u
#define NR_STEPS 20000

struct fixture {
	struct vmap_nodes nodes;
	struct vmap_tree tree;
	uint32_t node[NR_SLOTS]; /* VMAP_NODE_NONE: no range begins here */
	uint64_t length[NR_SLOTS];
	uint32_t random;
};

static uint32_t draw(struct fixture *f, uint32_t below)
{
	f->random = f->random * 1664525u + 1013904223u;
	return (f->random >> 8) % below;
}

static void toggle(struct fixture *f, uint32_t slot)
{
	if (f->node[slot] != VMAP_NODE_NONE) {
		vmap_tree_erase(&f->tree, f->node[slot]);
		f->node[slot] = VMAP_NODE_NONE;
		return;
	}
	f->length[slot] = 1 + draw(f, SLOT);
	assert_true(vmap_nodes_reserve(&f->nodes, 1));
	f->node[slot] =
		vmap_tree_insert(&f->tree, (uint64_t)slot * SLOT,
				 (uint64_t)slot * SLOT + f->length[slot]);
}

static void resize(struct fixture *f, uint32_t slot)
{
	if (f->node[slot] == VMAP_NODE_NONE)
		return;
	f->length[slot] = 1 + draw(f, SLOT);
	vmap_tree_resize(&f->tree, f->node[slot], (uint64_t)slot * SLOT,
			 (uint64_t)slot * SLOT + f->length[slot]);
}

/* The lowest range of some length, wherever it begins. */
static uint32_t lowest_fit(const struct vmap_tree *tree, uint64_t length,
			   uint32_t *steps)
{
	const struct vmap_want want = {
		.size = length,
		.align = 1,
		.length = length,
	};

	return vmap_tree_find(tree, &want, steps);
}

static uint32_t plain_lowest_fit(const struct fixture *f, uint64_t length)
{
	uint32_t slot;

	for (slot = 0; slot < NR_SLOTS; slot++)
		if (f->node[slot] != VMAP_NODE_NONE &&
		    f->length[slot] >= length)
			return f->node[slot];
	return VMAP_NODE_NONE;
}

static uint32_t plain_first_above(const struct fixture *f, uint64_t address)
{
	uint32_t slot;

	for (slot = 0; slot < NR_SLOTS; slot++)
		if (f->node[slot] != VMAP_NODE_NONE &&
		    (uint64_t)slot * SLOT + f->length[slot] > address)
			return f->node[slot];
	return VMAP_NODE_NONE;
}

static void expect_order(const struct fixture *f)
{
	uint32_t node = vmap_tree_first(&f->tree);
	uint32_t previous = VMAP_NODE_NONE;
	char why[200];
	uint32_t slot;

	for (slot = 0; slot < NR_SLOTS; slot++) {
		if (f->node[slot] == VMAP_NODE_NONE)
			continue;
		assert_int_equal(node, f->node[slot]);
		assert_int_equal(vmap_tree_previous(&f->tree, node), previous);
		previous = node;
		node = vmap_tree_next(&f->tree, node);
	}
	assert_int_equal(node, VMAP_NODE_NONE);
	assert_int_equal(vmap_tree_last(&f->tree), previous);
	if (!vmap_tree_validate(&f->tree, why, sizeof(why)))
		fail_msg("%s", why);
}

/*
 * Expect: after each of many insertions, removals and changes of length, both
 * searches find what the plain table says.
 */
static void searches_agree_with_a_plain_table(void **state)
{
	static struct fixture f;
	uint32_t steps = 0;
	uint32_t i;

	(void)state;
	f.random = 1;
	vmap_nodes_init(&f.nodes);
	vmap_tree_init(&f.tree, &f.nodes);
	for (i = 0; i < NR_STEPS; i++) {
		uint64_t length = 1 + draw(&f, SLOT + 1);
		uint64_t address = draw(&f, NR_SLOTS * SLOT);

		if (draw(&f, 3))
			toggle(&f, draw(&f, NR_SLOTS));
		else
			resize(&f, draw(&f, NR_SLOTS));
		assert_int_equal(lowest_fit(&f.tree, length, &steps),
				 plain_lowest_fit(&f, length));
		assert_int_equal(vmap_tree_first_above(&f.tree, address),
				 plain_first_above(&f, address));
		if (i % 100 == 0)
			expect_order(&f);
	}
	expect_order(&f);
	/* Some 200 ranges: a list would take 100 steps a search. */
	assert_in_range(steps / NR_STEPS, 1, 20);
	vmap_nodes_release(&f.nodes);
}

/* Expect: ranges that come in ascending order do not make a list either. */
static void ascending_ranges_stay_balanced(void **state)
{
	struct vmap_nodes nodes;
	struct vmap_tree tree;
	uint32_t steps = 0;
	uint32_t i;

	(void)state;
	vmap_nodes_init(&nodes);
	vmap_tree_init(&tree, &nodes);
	assert_true(vmap_nodes_reserve(&nodes, 100000));
	for (i = 0; i < 100000; i++)
		vmap_tree_insert(&tree, (uint64_t)i * 10, i * 10ull + 5);
	assert_int_equal(lowest_fit(&tree, 6, &steps), VMAP_NODE_NONE);
	assert_in_range(steps, 1, 30);
	steps = 0;
	vmap_tree_resize(&tree, vmap_tree_last(&tree), 999990, 1000000);
	assert_int_equal(lowest_fit(&tree, 6, &steps), vmap_tree_last(&tree));
	assert_in_range(steps, 1, 60);
	vmap_nodes_release(&nodes);
}

/* Expect: nodes given back are used before the host is asked for more. */
static void the_steady_state_asks_the_host_for_nothing(void **state)
{
	struct vmap_nodes nodes;
	struct vmap_tree tree;
	size_t capacity;
	uint32_t i;

	(void)state;
	vmap_nodes_init(&nodes);
	vmap_tree_init(&tree, &nodes);
	assert_true(vmap_nodes_reserve(&nodes, 2));
	capacity = nodes.capacity;
	for (i = 0; i < 1000; i++) {
		assert_true(vmap_nodes_reserve(&nodes, 2));
		vmap_tree_insert(&tree, 0, 10);
		vmap_tree_insert(&tree, 10, 30);
		vmap_tree_erase(&tree, vmap_tree_first(&tree));
		vmap_tree_erase(&tree, vmap_tree_first(&tree));
	}
	assert_int_equal(nodes.capacity, capacity);
	assert_int_equal(tree.nr, 0);
	vmap_nodes_release(&nodes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(searches_agree_with_a_plain_table),
		cmocka_unit_test(ascending_ranges_stay_balanced),
		cmocka_unit_test(the_steady_state_asks_the_host_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
