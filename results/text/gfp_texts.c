/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formatting a mask walks the table of names; a hash probe is far cheaper,
 * and SQLite wants texts that stay where they are.
 */

#include "results/text/gfp_texts.h"

#include <stdlib.h>
#include <string.h>

static const char *make_text(struct gfp_texts *texts, gfp_t mask)
{
	char text[GFP_TEXT_MAX];

	if (!texts->arena)
		texts->arena = arena_new();
	if (!texts->arena)
		return NULL;
	gfp_format(mask, text);
	return arena_strndup(texts->arena, text, strlen(text));
}

const char *gfp_texts_get(struct gfp_texts *texts, gfp_t mask)
{
	size_t before = texts->masks.nr;
	size_t number;
	const char **grown;

	grown = host_grow(texts->text, &texts->capacity, before + 1,
			  sizeof(*grown));
	if (!grown)
		return NULL;
	texts->text = grown;
	number = numbering_of(&texts->masks, mask);
	if (number == NUMBERING_FULL)
		return NULL;
	if (!grown[number])
		grown[number] = make_text(texts, mask);
	return grown[number];
}

void gfp_texts_release(struct gfp_texts *texts)
{
	numbering_release(&texts->masks);
	free(texts->text);
	arena_free(texts->arena);
	memset(texts, 0, sizeof(*texts));
}
