/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ranges in order, in red-black trees: binary trees by start whose nodes are
 * red or black, such that no red one has a red parent, and every way down from
 * the root passes as many black ones.
 *
 *		 40-48 b		longest range below: 16
 *		 /    \
 *	    10-12 r   60-76 b
 *	     /   \
 *	  0-2 b  20-28 b
 *
 * The kernel (mm/vmalloc.c, Linux 6.1) keeps its ranges so, augmented with
 * subtree_max_size as `longest` is here, and this tree takes the kernel's
 * shape, turn for turn (lib/rbtree.c: __rb_insert(), __rb_erase_augmented(),
 * ____rb_erase_color()): a removed node with two children is replaced by its
 * successor, and the same rotations bring colours in order. For it matters
 * which nodes a search passes. One for a block of 2 MiB, aligned to 2 MiB,
 * goes by ranges with room for any misalignment, but takes a shorter one on
 * its way if that happens to do (find_vmap_lowest_match()).
 *
 * A search also begins where the space does: all that lies below is one free
 * range longer than anything, so the way leads down there first, and up again
 * from node to node, each with a look to its right.
 *
 * Left out: what shape the tree has before a run (vmap_space.c).
 */

#include "models/vmalloc/vmap_tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/bug.h"
#include "sim/base/host.h"

void vmap_nodes_init(struct vmap_nodes *nodes)
{
	*nodes = (struct vmap_nodes){ .nr = 1 };
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

/* Corrects `longest` from a node up to the root. */
static void recount_up(struct vmap_tree *tree, uint32_t id)
{
	for (; id != VMAP_NODE_NONE; id = vmap_node(tree, id)->parent)
		vmap_node(tree, id)->longest = longest_below(tree, id);
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

static bool is_red(const struct vmap_tree *tree, uint32_t id)
{
	return vmap_node(tree, id)->red;
}

static bool is_left(const struct vmap_tree *tree, uint32_t id)
{
	return vmap_node(tree, vmap_node(tree, id)->parent)->left == id;
}

/* The other child of the parent. */
static uint32_t sibling_of(const struct vmap_tree *tree, uint32_t parent,
			   bool of_left)
{
	return of_left ? vmap_node(tree, parent)->right :
			 vmap_node(tree, parent)->left;
}

/* A red node may have a red parent: __rb_insert(). */
static void balance_after_insert(struct vmap_tree *tree, uint32_t id)
{
	while (is_red(tree, vmap_node(tree, id)->parent)) {
		uint32_t parent = vmap_node(tree, id)->parent;
		uint32_t above = vmap_node(tree, parent)->parent;
		bool left = is_left(tree, parent);
		uint32_t uncle = sibling_of(tree, above, left);

		vmap_node(tree, above)->red = true;
		if (is_red(tree, uncle)) {
			vmap_node(tree, parent)->red = false;
			vmap_node(tree, uncle)->red = false;
			id = above;
			continue;
		}
		if (is_left(tree, id) != left) {
			rotate_up(tree, id);
			parent = id;
		}
		rotate_up(tree, parent);
		vmap_node(tree, parent)->red = false;
		break;
	}
	vmap_node(tree, tree->root)->red = false;
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
		.red = true,
	};
	hang_leaf(tree, id);
	propagate(tree, node->parent);
	balance_after_insert(tree, id);
	tree->nr++;
	return id;
}

/*
 * The last turn of ____rb_erase_color(): a red child of the sibling, best the
 * far one, makes up for the black node that is missing beside it.
 */
static void lend_black(struct vmap_tree *tree, uint32_t sibling, uint32_t near,
		       uint32_t far)
{
	uint32_t parent = vmap_node(tree, sibling)->parent;

	if (!is_red(tree, far)) {
		rotate_up(tree, near);
		far = sibling;
		sibling = near;
	}
	rotate_up(tree, sibling);
	vmap_node(tree, sibling)->red = is_red(tree, parent);
	vmap_node(tree, parent)->red = false;
	vmap_node(tree, far)->red = false;
}

/*
 * One child of `parent`, first the place where a black node was, has a black
 * node less on its ways down than the other: ____rb_erase_color().
 */
static void balance_after_erase(struct vmap_tree *tree, uint32_t parent)
{
	uint32_t id = VMAP_NODE_NONE;

	while (parent != VMAP_NODE_NONE) {
		bool left = vmap_node(tree, parent)->left == id;
		uint32_t sibling = sibling_of(tree, parent, left);
		uint32_t near, far;

		if (is_red(tree, sibling)) {
			rotate_up(tree, sibling);
			vmap_node(tree, sibling)->red = false;
			vmap_node(tree, parent)->red = true;
			sibling = sibling_of(tree, parent, left);
		}
		near = sibling_of(tree, sibling, !left);
		far = sibling_of(tree, sibling, left);
		if (is_red(tree, near) || is_red(tree, far)) {
			lend_black(tree, sibling, near, far);
			return;
		}
		vmap_node(tree, sibling)->red = true;
		if (is_red(tree, parent)) {
			vmap_node(tree, parent)->red = false;
			return;
		}
		id = parent;
		parent = vmap_node(tree, id)->parent;
	}
}

/*
 * Lets a node with two children and its successor, which has no left one,
 * change places and colours, so that it has one child at most.
 */
static void swap_with_successor(struct vmap_tree *tree, uint32_t id,
				uint32_t successor)
{
	struct vmap_node *node = vmap_node(tree, id);
	struct vmap_node *next = vmap_node(tree, successor);
	const struct vmap_node was = *next;

	replace_child(tree, id, successor);
	next->left = node->left;
	next->red = node->red;
	vmap_node(tree, next->left)->parent = successor;
	node->left = VMAP_NODE_NONE;
	node->red = was.red;
	if (was.parent == id) {
		next->right = id;
		node->parent = successor;
	} else {
		next->right = node->right;
		vmap_node(tree, next->right)->parent = successor;
		vmap_node(tree, was.parent)->left = id;
		node->parent = was.parent;
	}
	node->right = was.right;
	if (was.right != VMAP_NODE_NONE)
		vmap_node(tree, was.right)->parent = id;
}

void vmap_tree_erase(struct vmap_tree *tree, uint32_t id)
{
	struct vmap_node *node = vmap_node(tree, id);
	uint32_t child;

	if (node->left != VMAP_NODE_NONE && node->right != VMAP_NODE_NONE)
		swap_with_successor(tree, id, leftmost(tree, node->right));
	child = node->left != VMAP_NODE_NONE ? node->left : node->right;
	replace_child(tree, id, child);
	recount_up(tree, node->parent);
	if (child != VMAP_NODE_NONE)
		vmap_node(tree, child)->red = false;
	else if (!node->red)
		balance_after_erase(tree, node->parent);
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

bool vmap_range_holds(const struct vmap_node *range,
		      const struct vmap_want *want, uint64_t *address)
{
	uint64_t from = range->start > want->from ? range->start : want->from;
	uint64_t at = (from + want->align - 1) & ~(want->align - 1);

	*address = at;
	return at >= from && at < range->end && range->end - at >= want->size;
}

/*
 * From a node none of whose range nor right subtree will do, up to the first
 * one above that will: *found, or the subtree to go on with. All below that
 * one's start are done with then.
 */
static uint32_t climb(const struct vmap_tree *tree, uint32_t id,
		      struct vmap_want *want, uint32_t *found, uint32_t *steps)
{
	uint64_t at;

	while ((id = vmap_node(tree, id)->parent) != VMAP_NODE_NONE) {
		const struct vmap_node *node = vmap_node(tree, id);

		++*steps;
		if (vmap_range_holds(node, want, &at)) {
			*found = id;
			return VMAP_NODE_NONE;
		}
		if (vmap_node(tree, node->right)->longest >= want->length &&
		    want->from <= node->start) {
			want->from = node->start + 1;
			return node->right;
		}
	}
	return VMAP_NODE_NONE;
}

uint32_t vmap_tree_find(const struct vmap_tree *tree,
			const struct vmap_want *wanted, uint32_t *steps)
{
	struct vmap_want want = *wanted;
	uint32_t found = VMAP_NODE_NONE;
	uint32_t id = tree->root;
	uint64_t at;

	while (id != VMAP_NODE_NONE) {
		const struct vmap_node *node = vmap_node(tree, id);

		++*steps;
		if (vmap_node(tree, node->left)->longest >= want.length &&
		    want.from < node->start)
			id = node->left;
		else if (vmap_range_holds(node, &want, &at))
			return id;
		else if (vmap_node(tree, node->right)->longest >= want.length)
			id = node->right;
		else
			id = climb(tree, id, &want, &found, steps);
	}
	return found;
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

uint32_t vmap_tree_depth(const struct vmap_tree *tree, uint32_t id)
{
	uint32_t depth = 0;

	for (; id != VMAP_NODE_NONE; id = vmap_node(tree, id)->parent)
		depth++;
	return depth;
}

/* How many black nodes are on the way from a node up to the root. */
static uint32_t black_above(const struct vmap_tree *tree, uint32_t id)
{
	uint32_t nr = 0;

	for (; id != VMAP_NODE_NONE; id = vmap_node(tree, id)->parent)
		nr += !is_red(tree, id);
	return nr;
}

static const char *what_is_wrong(const struct vmap_tree *tree, uint32_t id,
				 uint64_t previous_end)
{
	const struct vmap_node *node = vmap_node(tree, id);
	bool ends = node->left == VMAP_NODE_NONE ||
		    node->right == VMAP_NODE_NONE;

	if (node->start >= node->end)
		return "is empty";
	if (node->start < previous_end)
		return "overlaps the range below it";
	if (node->longest != longest_below(tree, id))
		return "has a wrong longest range below it";
	if (node->red && is_red(tree, node->parent))
		return "is red below a red one";
	if (ends && black_above(tree, id) !=
			    black_above(tree, leftmost(tree, tree->root)))
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
