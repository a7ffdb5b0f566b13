/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_YAML_FAST_WORDS_H
#define KMEMSIM_WORKLOADS_YAML_FAST_WORDS_H

/*
 * The words of a workload's events, keys and values, looked up by their bytes
 * as two numbers: a hash table made from event_fields[], so that no word is
 * listed twice.
 */

#include "sim/base/scatter.h"
#include "workloads/yaml/fast_text.h"
#include "workloads/fields.h"

/* A text as numbers, and where it stands: what it means depends on that. */
struct word {
	uint64_t head; /* its first 8 bytes */
	uint64_t tail; /* its last 8, where it is as long */
	uint64_t tag;  /* its length, and where */
};

#define TAG(where, length) ((length) | (uint64_t)(where) << 32)

enum {
	AS_KEY,		 /* a field, or IS_RECORDED */
	AS_RECORDED_KEY, /* the same inside `recorded` */
	AS_VALUE	 /* and the field's number */
};

#define IS_RECORDED NR_FIELDS

struct known_word {
	struct word word; /* tag 0: none */
	const char *text;
	unsigned int meaning;
};

/* `key: ` in eight bytes. */
struct short_key {
	uint64_t bytes;
	uint64_t mask;
	unsigned int where;
	size_t length; /* 0: the key is longer */
};

#define NR_WORDS 512 /* a power of two, far more than there are words */

struct fast_words {
	struct known_word word[NR_WORDS];
	struct short_key key[NR_FIELDS + 1]; /* by meaning */
};

void fast_words_init(struct fast_words *words);

static inline struct word word_of(const char *s, size_t length,
				  unsigned int where)
{
	struct word word = { load(s), 0, TAG(where, length) };

	if (length < 8)
		word.head &= ((uint64_t)1 << 8 * length) - 1;
	else
		word.tail = load(s + length - 8);
	return word;
}

static inline bool words_equal(const struct word *word, const char *s,
			       const struct word *other, const char *other_s)
{
	size_t length = (uint32_t)word->tag;

	return word->head == other->head && word->tail == other->tail &&
	       word->tag == other->tag &&
	       (length <= 16 || memcmp(s, other_s, length) == 0);
}

/* The upper bits of the product depend on all bits of the word. */
static inline size_t hash_of(const struct word *word)
{
	uint64_t mixed = word->head ^ (word->tail << 23 | word->tail >> 41) ^
			 (word->tag << 7 | word->tag >> 57);

	return (size_t)(mixed * GOLDEN_RATIO >> 40);
}

/* The word's place in the table: where it is, or where it would be. */
static inline size_t find_word(const struct fast_words *words, const char *s,
			       const struct word *word)
{
	size_t i = hash_of(word) % NR_WORDS;

	while (!words_equal(word, s, &words->word[i].word,
			    words->word[i].text) &&
	       words->word[i].word.tag)
		i = (i + 1) % NR_WORDS;
	return i;
}

#endif
