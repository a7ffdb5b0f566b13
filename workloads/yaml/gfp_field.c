/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The field `gfp`: names of flags joined by bars. Names of other kernels are
 * taken too; it is remembered which were used, for those who report them.
 */
#include <string.h>

#include "models/gfp.h"
#include "workloads/yaml/field_values.h"

static const char *nearest_gfp(const char *word, size_t length)
{
	const char *names[NR_GFP_NAMES];

	for (size_t i = 0; i < NR_GFP_NAMES; i++)
		names[i] = gfp_names[i].name;
	return nearest_match(word, length, names, NR_GFP_NAMES);
}

static void gfp_error(const struct field *field, struct field_input *input,
		      const struct yaml_item *item, const char *bad,
		      size_t length)
{
	const char *match = nearest_gfp(bad, length);
	struct text wanted = TEXT_EMPTY;
	struct yaml_item word = *item;
	char copy[SHOWN_MAX + 2];

	/* The error shows the one bad word, not all that surround it. */
	snprintf(copy, sizeof(copy), "%.*s",
		 (int)(length < sizeof(copy) ? length : sizeof(copy) - 1), bad);
	word.value = copy;
	word.length = strlen(copy);
	text_add(&wanted, "a GFP flag");
	if (!match)
		text_add(&wanted, ", as are GFP_KERNEL, GFP_ATOMIC and "
				  "__GFP_NOWARN; all: `kmemsim list flags`");
	field_error(input, &word, field->name,
		    wanted.failed ? "a GFP flag" : wanted.s, match);
	text_release(&wanted);
}

/* Tells of the first bad name and of those behind it. */
static int gfp_errors(const struct field *field, struct field_input *input,
		      const struct yaml_item *item)
{
	const char *end = item->value + item->length;
	const char *rest = item->value;
	struct gfp_name_set unused = { { 0 } };
	const char *bad;
	size_t length;
	gfp_t flags;

	while (rest && !gfp_parse_names(rest, (size_t)(end - rest), &flags,
					&unused, &bad, &length)) {
		gfp_error(field, input, item, bad, length);
		bad += length;
		rest = memchr(bad, '|', (size_t)(end - bad));
		if (rest)
			rest++;
	}
	return 1;
}

void field_note_gfp(struct field_input *input, struct place place,
		    const struct gfp_name_set *names)
{
	struct gfp_use *use = input->gfp_uses ? input->gfp_uses->name : NULL;

	if (!use)
		return;
	for (size_t i = 0; i < sizeof(names->word) / sizeof(names->word[0]);
	     i++) {
		for (uint64_t left = names->word[i]; left; left &= left - 1) {
			size_t n = 64 * i + (size_t)__builtin_ctzll(left);

			if (!use[n].times++)
				use[n].first = place;
		}
	}
}

int field_parse_gfp(const struct field *field, struct field_input *input,
		    const struct yaml_item *item, struct call *call)
{
	int err = field_want_scalar(field, input, item);
	const char *bad = item->value;
	size_t length = item->length;
	struct gfp_name_set names = { { 0 } };
	gfp_t flags = 0;

	if (err)
		return err;
	/* gfp_format() says "0" where no flag is set. */
	if (strcmp(item->value, "0") != 0 &&
	    !gfp_parse_names(item->value, item->length, &flags, &names, &bad,
			     &length))
		return gfp_errors(field, input, item);
	field_note_gfp(input, item->place, &names);
	field_store(field, call, flags);
	return 0;
}
