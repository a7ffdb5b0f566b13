/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_GENERATORS_SPEC_H
#define KMEMSIM_WORKLOADS_GENERATORS_SPEC_H

/*
 * A generator's text: as a tree, since unlike events generators are few and
 * their keys depend on each other; and what is read from it, with every error
 * at its place.
 */

#include "sim/base/host.h"
#include "workloads/fields.h"

struct node {
	enum yaml_kind kind; /* YAML_SCALAR or the start of what it is */
	struct place place;
	const char *value; /* YAML_SCALAR: NUL-terminated */
	size_t length;
	bool quoted;
	/* Of a mapping: pairs, what it merges included. */
	const struct node *key; /* whose value this is; NULL: in a list */
	struct node *first;	/* inside */
	struct node *next;	/* beside */
	size_t nr;		/* inside */
};

struct spec {
	struct field_input input;
	struct arena *arena; /* owns all that is read */
	const char *file;    /* the workload's; others are relative to it */
};

/* What a number counts. */
enum spec_unit { UNIT_NUMBER, UNIT_SIZE, UNIT_TIME };

/*
 * Reads the value that `start` begins. 0; -1 where the stream is over, or the
 * host's memory. Merge keys are resolved, what they bring comes last; keys
 * that are there twice are errors.
 */
int spec_read_tree(struct spec *spec, const struct yaml_item *start,
		   struct node **node);

/* As a reader's item, for field_parse(). Scalars only. */
struct yaml_item spec_item(const struct node *node);

/* The value of a key; NULL: it is not there. */
const struct node *spec_find(const struct node *mapping, const char *key);

/* `KEY: "VALUE" is not WANTED`, of whatever kind the node is. */
void spec_error(const struct spec *spec, const struct node *node,
		const char *key, const char *wanted);

/* `unknown WHAT "VALUE"; did you mean …? allowed: …` at the node. */
void spec_unknown(const struct spec *spec, const struct node *node,
		  const char *what, const char *const *words, size_t nr);

/* The index of one of the words; -1: an error was added. */
int spec_word(const struct spec *spec, const struct node *node, const char *key,
	      const char *const *words, size_t nr);

/* A whole number with its unit; false: an error was added. */
bool spec_number(const struct spec *spec, const struct node *node,
		 const char *key, enum spec_unit unit, uint64_t least,
		 uint64_t most, uint64_t *value);

/* A decimal number in 32 bits behind the point; the same. */
bool spec_real(const struct spec *spec, const struct node *node,
	       const char *key, uint64_t least, uint64_t most, uint64_t *value);

/* true or false. */
bool spec_bool(const struct spec *spec, const struct node *node,
	       const char *key, bool *value);

/* A key of a mapping that holds nothing else. */
struct spec_key {
	const char *name;
	const struct node **node; /* its value; left alone where it is not */
	bool needed;
};

/*
 * Finds all keys of a mapping that `of` is called in messages; what it should
 * not have and what it lacks are errors. False where there were any.
 */
bool spec_keys(const struct spec *spec, const struct node *mapping,
	       const char *of, const struct spec_key *keys, size_t nr);

/* A path in the workload as the program sees it; NULL: an error was added. */
const char *spec_path(const struct spec *spec, const struct node *node,
		      const char *key);

/* Zeroed memory that lives as long as the spec; NULL: an error was added. */
void *spec_alloc(const struct spec *spec, size_t nr, size_t size);

#endif
