/* SPDX-License-Identifier: GPL-2.0-only */
/* What was meant by a number whose unit is another's: "4K", "10 ms", "64MB". */
#include <stdio.h>
#include <string.h>

#include "sim/base/numbers.h"
#include "sim/base/text.h"

struct unit {
	const char *usual; /* as others write it */
	const char *ours;
};

static const char *const sizes[] = { "B", "KiB", "MiB", "GiB", "TiB" };
static const struct unit usual_sizes[] = {
	{ "K", "KiB" }, { "k", "KiB" },	  { "M", "MiB" }, { "G", "GiB" },
	{ "T", "TiB" }, { "bytes", "B" }, { "b", "B" },	  { "Bytes", "B" },
};

static const char *const times[] = { "ns", "us", "ms", "s" };
static const struct unit usual_times[] = {
	{ "\u00b5s", "us" }, { "\u03bcs", "us" }, { "nsec", "ns" },
	{ "usec", "us" },    { "msec", "ms" },	  { "sec", "s" },
	{ "second", "s" },   { "seconds", "s" },
};

/* Units of one kind. */
struct units {
	const char *const *ours;
	size_t nr;
	const struct unit *usual;
	size_t nr_usual;
};
static const struct units size_units = { sizes, LENGTH(sizes), usual_sizes,
					 LENGTH(usual_sizes) };
static const struct units time_units = { times, LENGTH(times), usual_times,
					 LENGTH(usual_times) };

/* The one that is called so elsewhere, or else is spelt nearly so. */
static const char *meant(const char *unit, const struct units *units)
{
	for (size_t i = 0; i < units->nr_usual; i++)
		if (!strcmp(unit, units->usual[i].usual))
			return units->usual[i].ours;
	return nearest_match(unit, strlen(unit), units->ours, units->nr);
}

static const char *write_guess(const char *s, const char *unit, char *guess,
			       size_t room)
{
	size_t digits = strspn(s, "0123456789.");

	if (!unit)
		return NULL;
	snprintf(guess, room, "%.*s%s", (int)digits, s, unit);
	/* The unit is right: it is the number that does not do. */
	return strcmp(guess, s) == 0 ? NULL : guess;
}

/* Where the unit begins; NULL: this is no number with one. */
static const char *unit_of(const char *s)
{
	size_t digits = strspn(s, "0123456789.");
	const char *unit = s + digits + strspn(s + digits, " ");

	return digits == 0 || digits > 20 || !*unit ? NULL : unit;
}

static const char *near_one(const char *s, const struct units *units,
			    char *guess, size_t room)
{
	const char *unit = unit_of(s);

	return unit ? write_guess(s, meant(unit, units), guess, room) : NULL;
}

const char *near_size(const char *s, char *guess, size_t room)
{
	return near_one(s, &size_units, guess, room);
}

const char *near_time(const char *s, char *guess, size_t room)
{
	return near_one(s, &time_units, guess, room);
}
