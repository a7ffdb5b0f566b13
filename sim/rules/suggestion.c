/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks through all names of a run, as they were first used, or through an
 * areas' list, and keeps the nearest: nearest_match() says which is near
 * enough. Among equally near ones the first wins, whatever the tables' order.
 *
 * Left out: names that stood for something before, and such as others of
 * another kind have (a pool's, where a cache is asked for).
 */

#include "sim/rules/suggestion.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *say(struct suggestion *suggestion, const char *near)
{
	*suggestion->text = '\0';
	if (near)
		snprintf(suggestion->text, sizeof suggestion->text,
			 "; did you mean \"%s\"?", near);
	return suggestion->text;
}

const char *suggest_name(struct suggestion *suggestion,
			 const struct names *names, uint32_t wrong,
			 name_is_there *is_there, const void *argument)
{
	const char *word = names_text(names, wrong);
	struct nearest nearest = { .word = word, .length = strlen(word) };

	for (uint32_t i = 1; i <= names_count(names); i++)
		if (is_there(argument, i))
			nearest_consider(&nearest, names_text(names, i));
	return say(suggestion, nearest.best);
}

static bool differ_in_digits_only(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b &&
		    !(isdigit((unsigned char)*a) && isdigit((unsigned char)*b)))
			return false;
	a += strspn(a, "0123456789");
	b += strspn(b, "0123456789");
	return !*a && !*b;
}

struct ids {
	const struct allocations *live;
	const struct names *names;
	const char *wrong;
};

static bool id_is_meant(const void *argument, uint32_t name)
{
	const struct ids *ids = argument;

	return allocation_table_find(&ids->live->by_name, name) &&
	       !differ_in_digits_only(ids->wrong, names_text(ids->names, name));
}

const char *suggest_id(struct suggestion *suggestion, const struct names *names,
		       const struct call *call, const struct allocations *live)
{
	struct ids ids = { .live = live, .names = names };

	if (!(call->has & CALL_HAS_NAMED_ID))
		return say(suggestion, NULL);
	ids.wrong = names_text(names, (uint32_t)call->id);
	return suggest_name(suggestion, names, (uint32_t)call->id, id_is_meant,
			    &ids);
}

const char *suggest_area(struct suggestion *suggestion,
			 const struct machine_desc *machine, const char *wrong)
{
	struct nearest nearest = { .word = wrong, .length = strlen(wrong) };

	for (size_t i = 0; i < machine->nr_cma; i++)
		nearest_consider(&nearest, machine->cma[i].name);
	return say(suggestion, nearest.best);
}
