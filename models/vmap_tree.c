/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ranges in order, in a treap: a binary tree by start, in which each node
 * also carries a random priority that no child's exceeds. That keeps the
 * depth near 2 log2(n) with two rotations and no case analysis. The
 * priorities come from a fixed sequence, so the same calls build the same
 * tree everywhere.
 *
 * The kernel (mm/vmalloc.c, Linux 6.1) keeps red-black trees for the same
 * purpose, augmented with subtree_max_size as `longest` is here. Which range
 * is the lowest that fits does not depend on the tree's shape.
 *
 * Left out: nothing that an address depends on.
 */

#include "models/vmap_tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/bug.h"
#include "sim/base/host.h"

void vmap_nodes_init(struct vmap_nodes *nodes)
{
	*nodes = (struct vmap_nodes){ .nr = 1, .random = 2463534242u };
}

void vmap_nodes_release(struct vmap_nodes *nodes)
{
	free(nodes->node);
	vmap_nodes_init(nodes);
}

bool vmap_nodes_reserve(struct vmap_nodes *nodes, uint32_t nr)
{
	struct vmap_node *grown;

	if (nodes->nr_unused >= nr && nodes->node)
		return true;
	nr -= nodes->nr_unused;
	if (nodes->nr + (size_t)nr <= nodes->capacity)
		return true;
	grown = host_grow(nodes->node, &nodes->capacity, nodes->nr + (size_t)nr,
			  sizeof(*grown));
	if (!grown)
		return false;
	nodes->node = grown;
	nodes->node[VMAP_NODE_NONE] = (struct vmap_node){ .start = 0 };
	return true;
}

/* Marsaglia's xorshift with the triple 13, 17, 5: period 2^32 - 1. */
static uint32_t next_priority(struct vmap_nodes *nodes)
{
	uint32_t x = nodes->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	nodes->random = x;
	return x;
}

static uint32_t take_node(struct vmap_nodes *nodes)
{
	uint32_t id = nodes->unused;

	if (id != VMAP_NODE_NONE) {
		nodes->unused = nodes->node[id].left;
		nodes->nr_unused--;
		return id;
	}
	BUG_ON(nodes->nr >= nodes->capacity);
	return nodes->nr++;
}

static void give_back_node(struct vmap_nodes *nodes, uint32_t id)
{
	nodes->node[id] = (struct vmap_node){ .left = nodes->unused };
	nodes->unused = id;
	nodes->nr_unused++;
}

void vmap_tree_init(struct vmap_tree *tree, struct vmap_nodes *nodes)
{
	*tree = (struct vmap_tree){ .nodes = nodes };
}

static uint64_t longest_below(const struct vmap_tree *tree, uint32_t id)
{
	const struct vmap_node *node = vmap_node(tree, id);
	uint64_t longest = node->end - node->start;

	if (vmap_node(tree, node->left)->longest > longest)
		longest = vmap_node(tree, node->left)->longest;
	if (vmap_node(tree, node->right)->longest > longest)
		longest = vmap_node(tree, node->right)->longest;
	return longest;
}

/* Corrects `longest` from a node up to the first where nothing changes. */
static void propagate(struct vmap_tree *tree, uint32_t id)
{
	while (id != VMAP_NODE_NONE) {
		struct vmap_node *node = vmap_node(tree, id);
		uint64_t longest = longest_below(tree, id);

		if (node->longest == longest)
			return;
		node->longest = longest;
		id = node->parent;
	}
}

/* Puts `with` (or nothing) where `old` hangs from its parent. */
static void replace_child(struct vmap_tree *tree, uint32_t old, uint32_t with)
{
	uint32_t parent = vmap_node(tree, old)->parent;

	if (parent == VMAP_NODE_NONE)
		tree->root = with;
	else if (vmap_node(tree, parent)->left == old)
		vmap_node(tree, parent)->left = with;
	else
		vmap_node(tree, parent)->right = with;
	if (with != VMAP_NODE_NONE)
		vmap_node(tree, with)->parent = parent;
}

/*
 *	    p                 n
 *	   / \               / \
 *	  n   C     -->     A   p        and the mirror image
 *	 / \                   / \
 *	A   B                 B   C
 */
static void rotate_up(struct vmap_tree *tree, uint32_t id)
{
	struct vmap_node *node = vmap_node(tree, id);
	uint32_t parent_id = node->parent;
	struct vmap_node *parent = vmap_node(tree, parent_id);
	uint32_t inner;

	replace_child(tree, parent_id, id);
	if (parent->left == id) {
		inner = node->right;
		node->right = parent_id;
		parent->left = inner;
	} else {
		inner = node->left;
		node->left = parent_id;
		parent->right = inner;
	}
	if (inner != VMAP_NODE_NONE)
		vmap_node(tree, inner)->parent = parent_id;
	parent->parent = id;
	node->longest = parent->longest;
	parent->longest = longest_below(tree, parent_id);
}

static void hang_leaf(struct vmap_tree *tree, uint32_t id)
{
	struct vmap_node *leaf = vmap_node(tree, id);
	uint32_t *link = &tree->root;

	while (*link != VMAP_NODE_NONE) {
		struct vmap_node *above = vmap_node(tree, *link);

		leaf->parent = *link;
		BUG_ON(leaf->start < above->end && above->start < leaf->end);
		link = leaf->start < above->start ? &above->left :
						    &above->right;
	}
	*link = id;
}

uint32_t vmap_tree_insert(struct vmap_tree *tree, uint64_t start, uint64_t end)
{
	uint32_t id = take_node(tree->nodes);
	struct vmap_node *node = vmap_node(tree, id);

	BUG_ON(start >= end);
	*node = (struct vmap_node){
		.start = start,
		.end = end,
		.longest = end - start,
		.priority = next_priority(tree->nodes),
	};
	hang_leaf(tree, id);
	propagate(tree, node->parent);
	while (node->parent != VMAP_NODE_NONE &&
	       vmap_node(tree, node->parent)->priority < node->priority)
		rotate_up(tree, id);
	tree->nr++;
	return id;
}

void vmap_tree_erase(struct vmap_tree *tree, uint32_t id)
{
	struct vmap_node *node = vmap_node(tree, id);
	uint32_t parent;

	while (node->left != VMAP_NODE_NONE && node->right != VMAP_NODE_NONE) {
		bool left = vmap_node(tree, node->left)->priority >
			    vmap_node(tree, node->right)->priority;

		rotate_up(tree, left ? node->left : node->right);
	}
	parent = node->parent;
	replace_child(tree, id,
		      node->left != VMAP_NODE_NONE ? node->left : node->right);
	propagate(tree, parent);
	give_back_node(tree->nodes, id);
	tree->nr--;
}

void vmap_tree_resize(struct vmap_tree *tree, uint32_t id, uint64_t start,
		      uint64_t end)
{
	struct vmap_node *node = vmap_node(tree, id);

	BUG_ON(start >= end);
	node->start = start;
	node->end = end;
	propagate(tree, id);
}

uint32_t vmap_tree_lowest_fit(const struct vmap_tree *tree, uint64_t length,
			      uint32_t *steps)
{
	uint32_t id = tree->root;

	if (id == VMAP_NODE_NONE || vmap_node(tree, id)->longest < length)
		return VMAP_NODE_NONE;
	for (;;) {
		const struct vmap_node *node = vmap_node(tree, id);

		++*steps;
		if (vmap_node(tree, node->left)->longest >= length)
			id = node->left;
		else if (node->end - node->start >= length)
			return id;
		else
			id = node->right;
	}
}

uint32_t vmap_tree_first_above(const struct vmap_tree *tree, uint64_t address)
{
	uint32_t id = tree->root;
	uint32_t best = VMAP_NODE_NONE;

	while (id != VMAP_NODE_NONE) {
		if (vmap_node(tree, id)->end > address) {
			best = id;
			id = vmap_node(tree, id)->left;
		} else {
			id = vmap_node(tree, id)->right;
		}
	}
	return best;
}

static uint32_t leftmost(const struct vmap_tree *tree, uint32_t id)
{
	while (id != VMAP_NODE_NONE &&
	       vmap_node(tree, id)->left != VMAP_NODE_NONE)
		id = vmap_node(tree, id)->left;
	return id;
}

static uint32_t rightmost(const struct vmap_tree *tree, uint32_t id)
{
	while (id != VMAP_NODE_NONE &&
	       vmap_node(tree, id)->right != VMAP_NODE_NONE)
		id = vmap_node(tree, id)->right;
	return id;
}

uint32_t vmap_tree_first(const struct vmap_tree *tree)
{
	return leftmost(tree, tree->root);
}

uint32_t vmap_tree_last(const struct vmap_tree *tree)
{
	return rightmost(tree, tree->root);
}

uint32_t vmap_tree_next(const struct vmap_tree *tree, uint32_t id)
{
	const struct vmap_node *node = vmap_node(tree, id);

	if (node->right != VMAP_NODE_NONE)
		return leftmost(tree, node->right);
	while (node->parent != VMAP_NODE_NONE &&
	       vmap_node(tree, node->parent)->right == id) {
		id = node->parent;
		node = vmap_node(tree, id);
	}
	return node->parent;
}

uint32_t vmap_tree_previous(const struct vmap_tree *tree, uint32_t id)
{
	const struct vmap_node *node = vmap_node(tree, id);

	if (node->left != VMAP_NODE_NONE)
		return rightmost(tree, node->left);
	while (node->parent != VMAP_NODE_NONE &&
	       vmap_node(tree, node->parent)->left == id) {
		id = node->parent;
		node = vmap_node(tree, id);
	}
	return node->parent;
}

static const char *what_is_wrong(const struct vmap_tree *tree, uint32_t id,
				 uint64_t previous_end)
{
	const struct vmap_node *node = vmap_node(tree, id);

	if (node->start >= node->end)
		return "is empty";
	if (node->start < previous_end)
		return "overlaps the range below it";
	if (node->longest != longest_below(tree, id))
		return "has a wrong longest range below it";
	if (node->parent != VMAP_NODE_NONE &&
	    vmap_node(tree, node->parent)->priority < node->priority)
		return "is out of balance";
	return NULL;
}

bool vmap_tree_validate(const struct vmap_tree *tree, char *why, size_t size)
{
	uint64_t previous_end = 0;
	uint32_t nr = 0;
	uint32_t id;

	for (id = vmap_tree_first(tree); id != VMAP_NODE_NONE;
	     id = vmap_tree_next(tree, id)) {
		const char *wrong = what_is_wrong(tree, id, previous_end);

		if (wrong) {
			snprintf(why, size,
				 "the range at offset %" PRIu64 " %s",
				 vmap_node(tree, id)->start, wrong);
			return false;
		}
		previous_end = vmap_node(tree, id)->end;
		nr++;
	}
	if (nr != tree->nr)
		snprintf(why, size, "%u ranges counted, %u in the tree",
			 tree->nr, nr);
	return nr == tree->nr;
}
