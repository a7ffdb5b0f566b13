/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_VMALLOC_VMAP_TREE_H
#define KMEMSIM_MODELS_VMALLOC_VMAP_TREE_H

/*
 * Address ranges in order, as balanced trees that share one pool of nodes:
 * the free, the busy and the lazily freed ranges of vmalloc's space. Each
 * node knows the longest range below it, so that a range for a request is
 * found in O(log n).
 */

#include "models/types.h"

#define VMAP_NODE_NONE 0u /* the number of no node */

/* A range [start, end): the kernel's struct vmap_area. */
struct vmap_node {
	uint64_t start;
	uint64_t end;
	uint64_t longest; /* the longest range in this node's subtree */
	uint64_t object;  /* the owner's: where the descriptor lives; 0: none */
	uint32_t left;
	uint32_t right;
	uint32_t parent;
	uint32_t area; /* the owner's: what the range is used for */
	bool red;      /* as red-black trees have it */
};

/* The nodes of several trees. Node 0 stands for "none", and is never used. */
struct vmap_nodes {
	struct vmap_node *node;
	size_t capacity;
	uint32_t nr;	 /* ever used, node 0 included */
	uint32_t unused; /* the first of those given back, linked by `left` */
	uint32_t nr_unused;
};

struct vmap_tree {
	struct vmap_nodes *nodes; /* borrowed */
	uint32_t root;
	uint32_t nr; /* ranges */
};

void vmap_nodes_init(struct vmap_nodes *nodes);
void vmap_nodes_release(struct vmap_nodes *nodes);

/*
 * Makes room for `nr` more ranges, so that inserting that many can't fail.
 * false when the host has no memory.
 */
bool vmap_nodes_reserve(struct vmap_nodes *nodes, uint32_t nr);

void vmap_tree_init(struct vmap_tree *tree, struct vmap_nodes *nodes);

/*
 * Adds a range that overlaps none of the tree's. Room was reserved before.
 * Returns its node, whose number stays the same until it is erased.
 */
uint32_t vmap_tree_insert(struct vmap_tree *tree, uint64_t start, uint64_t end);
void vmap_tree_erase(struct vmap_tree *tree, uint32_t node);

/* Moves a range's ends, not past its neighbours'. */
void vmap_tree_resize(struct vmap_tree *tree, uint32_t node, uint64_t start,
		      uint64_t end);

/* What is looked for: room of `size` at a multiple of `align`. */
struct vmap_want {
	uint64_t from; /* the lowest address that will do */
	uint64_t size;
	uint64_t align;	 /* a power of two */
	uint64_t length; /* subtrees with no range as long are passed by */
};

/*
 * Where a range would hold what is wanted: the lowest such address, not below
 * `from`. false: nowhere.
 */
bool vmap_range_holds(const struct vmap_node *range,
		      const struct vmap_want *want, uint64_t *address);

/*
 * The range that the kernel would take. With `length` equal to `size`, and
 * `align` no more than all ranges begin with, that is the lowest one that
 * holds what is wanted. With a `length` that allows for the worst alignment,
 * it is the lowest one of that length, or a lower, shorter one that happens
 * to hold it and to lie on the search's way through the tree. Adds nodes
 * visited to *steps. Source: find_vmap_lowest_match().
 */
uint32_t vmap_tree_find(const struct vmap_tree *tree,
			const struct vmap_want *want, uint32_t *steps);

/* The lowest range that ends above `address`. */
uint32_t vmap_tree_first_above(const struct vmap_tree *tree, uint64_t address);

/* In ascending order. */
uint32_t vmap_tree_first(const struct vmap_tree *tree);
uint32_t vmap_tree_last(const struct vmap_tree *tree);
uint32_t vmap_tree_next(const struct vmap_tree *tree, uint32_t node);
uint32_t vmap_tree_previous(const struct vmap_tree *tree, uint32_t node);

static inline struct vmap_node *vmap_node(const struct vmap_tree *tree,
					  uint32_t node)
{
	return &tree->nodes->node[node];
}

/* How many nodes are on the way from the root to this one, both included. */
uint32_t vmap_tree_depth(const struct vmap_tree *tree, uint32_t node);

/* Order, colours and sums, recounted; the first contradiction in `why`. */
bool vmap_tree_validate(const struct vmap_tree *tree, char *why, size_t size);

#endif
