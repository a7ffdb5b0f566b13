/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of words: open addressing, with linear probing in a table that is
 * mostly empty. What a word means depends on where it stands, so that is part
 * of what is looked up.
 */

#include "workloads/yaml/fast_words.h"

#include <stdio.h>

#include "sim/base/bug.h"

static void add_word(struct fast_words *words, const char *text,
		     unsigned int where, unsigned int meaning)
{
	size_t length = strlen(text);
	char padded[64] = "";
	struct word word;
	size_t i;

	BUG_ON(length == 0 || length > sizeof(padded) - 8);
	memcpy(padded, text, length);
	word = word_of(padded, length, where);
	i = find_word(words, text, &word);
	BUG_ON(words->word[i].word.tag);
	words->word[i] = (struct known_word){ word, text, meaning };
}

/* A key for the table, and as a guess. */
static void add_key(struct fast_words *words, const char *text,
		    unsigned int where, unsigned int meaning)
{
	size_t length = strlen(text) + strlen(": ");
	char bytes[8 + 1] = "";

	add_word(words, text, where, meaning);
	if (length > 8)
		return;
	snprintf(bytes, sizeof(bytes), "%s: ", text);
	words->key[meaning] = (struct short_key){
		.bytes = word_of(bytes, length, 0).head,
		.mask = length < 8 ? ((uint64_t)1 << 8 * length) - 1 :
				     UINT64_MAX,
		.where = where,
		.length = length,
	};
}

void fast_words_init(struct fast_words *words)
{
	add_key(words, RECORDED_KEY, AS_KEY, IS_RECORDED);
	for (unsigned int id = 0; id < NR_FIELDS; id++) {
		const struct field *field = &event_fields[id];

		if (id < FIRST_RECORDED_FIELD)
			add_key(words, field->name, AS_KEY, id);
		else
			add_key(words, field->name + strlen(RECORDED_PREFIX),
				AS_RECORDED_KEY, id);
		for (unsigned int i = 0; i < field->nr_words; i++)
			add_word(words, field->words[i], AS_VALUE + id, i);
		if (field->kind != KIND_BOOL)
			continue;
		add_word(words, "false", AS_VALUE + id, false);
		add_word(words, "true", AS_VALUE + id, true);
	}
}
