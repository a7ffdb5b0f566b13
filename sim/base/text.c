// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text that grows, numbers with units, nearest matches.
 *
 * Rules: numbers are read exactly, in integers: a fraction counts only where
 * it comes to a whole number of bytes or nanoseconds ("1.5KiB" does,
 * "0.3ns" does not); what does not fit 64 bits is refused, never wrapped; the
 * nearest match is by optimal string alignment distance (edits and swaps of
 * neighbours), the first of equally near candidates. Left out: signs other
 * than a leading minus, exponents, blanks inside a number, powers of 1000.
 */

#include "sim/base/text.h"
#include "sim/base/numbers.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool text_reserve(struct text *text, size_t more)
{
	size_t capacity = text->capacity ? text->capacity : 64;
	char *grown;

	if (text->failed)
		return false;
	if (text->s && text->capacity - text->length > more)
		return true;
	while (capacity - text->length <= more) {
		if (capacity > SIZE_MAX / 2) {
			text->failed = true;
			return false;
		}
		capacity *= 2;
	}
	grown = realloc(text->s, capacity);
	if (!grown) {
		text->failed = true;
		return false;
	}
	text->s = grown;
	text->capacity = capacity;
	return true;
}

void text_add(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0) {
		text->failed = true;
		return;
	}
	if (!text_reserve(text, (size_t)length))
		return;
	va_start(args, format);
	vsnprintf(text->s + text->length, (size_t)length + 1, format, args);
	va_end(args);
	text->length += (size_t)length;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	if (!text_reserve(text, length))
		return;
	if (length)
		memcpy(text->s + text->length, bytes, length);
	text->length += length;
	text->s[text->length] = '\0';
}

void text_add_ranges(struct text *text, const bool *in, size_t nr)
{
	const char *before = "";

	for (size_t n = 0; n < nr; n++) {
		size_t last = n;

		if (!in[n])
			continue;
		while (last + 1 < nr && in[last + 1])
			last++;
		text_add(text, "%s%zu", before, n);
		if (last > n)
			text_add(text, "-%zu", last);
		before = ",";
		n = last;
	}
}

void text_add_u64(struct text *text, uint64_t value)
{
	char digits[20];
	char *at = digits + sizeof(digits);

	do
		*--at = (char)('0' + value % 10);
	while (value /= 10);
	text_add_bytes(text, at, (size_t)(digits + sizeof(digits) - at));
}

/* "[s]" or "[is|are]", which begins at `at`; returns what is behind it. */
static const char *add_choice(struct text *text, const char *at, bool one)
{
	size_t length = strcspn(at, "]");
	size_t first = strcspn(at, "|]");
	bool has_both = first < length;

	if (one && has_both)
		text_add_bytes(text, at + 1, first - 1);
	else if (!one && has_both)
		text_add_bytes(text, at + first + 1, length - first - 1);
	else if (!one)
		text_add_bytes(text, at + 1, length - 1);
	return at + length + 1;
}

void text_add_counted(struct text *text, int columns, uint64_t nr,
		      const char *what)
{
	text_add(text, "%*llu ", columns, (unsigned long long)nr);
	while (*what) {
		size_t plain = strcspn(what, "[");

		text_add_bytes(text, what, plain);
		what += plain;
		if (*what)
			what = add_choice(text, what, nr == 1);
	}
}

void text_release(struct text *text)
{
	free(text->s);
	*text = TEXT_EMPTY;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

bool parse_u64(const char *s, size_t length, uint64_t *value)
{
	uint64_t result = 0;
	int base = 10;
	size_t i = 0;

	if (length > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		i = 2;
	}
	if (i == length)
		return false;
	for (; i < length; i++) {
		int digit = digit_value(s[i]);

		if (digit >= base ||
		    __builtin_mul_overflow(result, (uint64_t)base, &result) ||
		    __builtin_add_overflow(result, (uint64_t)digit, &result))
			return false;
	}
	*value = result;
	return true;
}

bool parse_range(const char *s, size_t length, uint64_t *first, uint64_t *last)
{
	const char *dots = memchr(s, '.', length);
	size_t before = dots ? (size_t)(dots - s) : length;

	if (length - before < 3 || dots[1] != '.')
		return false;
	return parse_u64(s, before, first) &&
	       parse_u64(dots + 2, length - before - 2, last) &&
	       *first <= *last;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{ "", 1 },
	{ "B", 1 },
	{ "KiB", UINT64_C(1) << 10 },
	{ "MiB", UINT64_C(1) << 20 },
	{ "GiB", UINT64_C(1) << 30 },
	{ "TiB", UINT64_C(1) << 40 },
	{ NULL, 0 },
};

static const struct unit time_units[] = {
	{ "", 1 },	   { "ns", 1 },		{ "us", 1000 },
	{ "ms", 1000000 }, { "s", 1000000000 }, { NULL, 0 },
};

static const struct unit *find_unit(const struct unit *units, const char *s,
				    size_t length)
{
	for (; units->name; units++) {
		if (strlen(units->name) == length &&
		    memcmp(units->name, s, length) == 0)
			return units;
	}
	return NULL;
}

/* Digits after the point that a fraction may have; zeros at its end free. */
#define FRACTION_DIGITS_MAX 18

/* Adds the fraction s[0…length) of `factor` where it is a whole number. */
static bool add_fraction(const char *s, size_t length, uint64_t factor,
			 uint64_t *value)
{
	unsigned __int128 numerator = 0, denominator = 1;
	size_t i;

	while (length > 0 && s[length - 1] == '0')
		length--;
	if (length > FRACTION_DIGITS_MAX)
		return false;
	for (i = 0; i < length; i++) {
		numerator = numerator * 10 + (unsigned int)(s[i] - '0');
		denominator *= 10;
	}
	numerator *= factor;
	if (numerator % denominator)
		return false;
	return !__builtin_add_overflow(
		*value, (uint64_t)(numerator / denominator), value);
}

static bool parse_with_unit(const char *s, size_t length,
			    const struct unit *units, uint64_t *value)
{
	size_t whole = 0, point, fraction;
	const struct unit *unit;
	uint64_t result;

	if (length > 1 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		return parse_u64(s, length, value);
	while (whole < length && s[whole] >= '0' && s[whole] <= '9')
		whole++;
	if (!parse_u64(s, whole, &result))
		return false;
	point = whole;
	fraction = 0;
	if (point < length && s[point] == '.') {
		point++;
		while (point + fraction < length &&
		       s[point + fraction] >= '0' && s[point + fraction] <= '9')
			fraction++;
		if (fraction == 0)
			return false;
	}
	unit = find_unit(units, s + point + fraction,
			 length - point - fraction);
	if (!unit || __builtin_mul_overflow(result, unit->factor, &result) ||
	    !add_fraction(s + point, fraction, unit->factor, &result))
		return false;
	*value = result;
	return true;
}

bool parse_size(const char *s, size_t length, uint64_t *bytes)
{
	return parse_with_unit(s, length, size_units, bytes);
}

bool parse_time(const char *s, size_t length, uint64_t *ns)
{
	uint64_t value;

	if (!parse_with_unit(s, length, time_units, &value) ||
	    value > TIME_MOST)
		return false;
	*ns = value;
	return true;
}

/* Longer words than these are nobody's misspelling. */
#define WORD_MAX 80
/* An edit counts 2, so that a change of case can count half of one. */
#define EDIT 2

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned int letter_cost(char a, char b, unsigned int case_cost)
{
	if (a == b)
		return 0;
	return lower(a) == lower(b) ? case_cost : EDIT;
}

static unsigned int distance(const char *a, size_t a_length, const char *b,
			     size_t b_length, unsigned int case_cost)
{
	unsigned int rows[3][WORD_MAX + 1];
	size_t i, j;

	for (j = 0; j <= b_length; j++)
		rows[0][j] = EDIT * (unsigned int)j;
	for (i = 1; i <= a_length; i++) {
		unsigned int *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const unsigned int *above2 = rows[(i + 1) % 3];

		row[0] = EDIT * (unsigned int)i;
		for (j = 1; j <= b_length; j++) {
			row[j] = smaller(above[j], row[j - 1]) + EDIT;
			row[j] = smaller(row[j],
					 above[j - 1] + letter_cost(a[i - 1],
								    b[j - 1],
								    case_cost));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = smaller(row[j], above2[j - 2] + EDIT);
		}
	}
	return rows[a_length % 3][b_length];
}

/* Of four letters and more: what somebody knows of a longer name. */
static bool is_begin_of(const char *word, size_t length, const char *candidate)
{
	return length >= 4 && strlen(candidate) > length &&
	       strncmp(word, candidate, length) == 0;
}

void nearest_consider(struct nearest *nearest, const char *candidate)
{
	const char *word = nearest->word;
	size_t length = nearest->length;
	size_t other = strlen(candidate);
	size_t longer = other > length ? other : length;
	size_t shorter = other > length ? length : other;
	unsigned int d;

	if (length == 0 || longer > WORD_MAX)
		return;
	if (is_begin_of(word, length, candidate)) {
		/* Farther than anything misspelt. */
		d = EDIT * (unsigned int)(WORD_MAX + other - length);
		if (!nearest->best || d < nearest->distance) {
			nearest->best = candidate;
			nearest->distance = d;
		}
	}
	/* Letters that one has more differ in any case. */
	if (3 * (longer - shorter) > longer)
		return;
	/* By gfp_kernel GFP_KERNEL is meant: near is without case. */
	d = distance(word, length, candidate, other, 0);
	if (3 * d > EDIT * longer)
		return;
	d = distance(word, length, candidate, other, EDIT / 2);
	if (nearest->best && d >= nearest->distance)
		return;
	nearest->best = candidate;
	nearest->distance = d;
}

const char *nearest_match(const char *word, size_t length,
			  const char *const *candidates, size_t nr)
{
	struct nearest nearest = { .word = word, .length = length };

	for (size_t i = 0; i < nr; i++)
		nearest_consider(&nearest, candidates[i]);
	return nearest.best;
}

void text_add_choices(struct text *text, const char *const *words, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (i > 0)
			text_add(text, "%s", i + 1 == nr ? " or " : ", ");
		text_add(text, "%s", words[i]);
	}
}

#define HINT_WHOLE 240 /* characters: as long may a list be, or it is cut … */
#define HINT_ROOM 140  /* … to so many */

/* How many of them fit. */
static size_t count_shown(const char *const *words, size_t nr)
{
	size_t used = 0, shown = 0, fit = 0;

	for (; shown < nr && used <= HINT_WHOLE; shown++) {
		used += strlen(words[shown]) + strlen(", ");
		fit += used <= HINT_ROOM;
	}
	return used <= HINT_WHOLE ? nr : fit;
}

void text_add_near(struct text *text, const char *near)
{
	if (near)
		text_add(text, "; did you mean \"%s\"?", near);
}

/* "t:0" is one word to YAML. */
static bool add_colon(struct text *text, const char *word, size_t length,
		      const char *const *words, size_t nr)
{
	const char *colon = memchr(word, ':', length);
	size_t key = colon ? (size_t)(colon - word) : 0;

	for (size_t i = 0; key && i < nr; i++) {
		if (strlen(words[i]) != key || memcmp(words[i], word, key) != 0)
			continue;
		text_add(text, "; a blank belongs behind the colon: \"%s: …\"",
			 words[i]);
		return true;
	}
	return false;
}

void text_add_hint(struct text *text, const char *word, size_t length,
		   const char *const *words, size_t nr, const char *all)
{
	const char *near = nearest_match(word, length, words, nr);
	size_t shown = count_shown(words, nr);

	if (add_colon(text, word, length, words, nr))
		return;
	text_add_near(text, near);
	text_add(text, "%s allowed: ", near ? "" : ";");
	if (shown == nr) {
		text_add_choices(text, words, nr);
		return;
	}
	for (size_t i = 0; i < shown; i++)
		text_add(text, "%s, ", words[i]);
	text_add(text, "… (%zu in all%s%s)", nr, all ? ": " : "",
		 all ? all : "");
}

bool is_like_a_range(const char *s, size_t length)
{
	size_t first = 0, gap = 0, second = 0;

	while (first < length && isdigit((unsigned char)s[first]))
		first++;
	if (first < length && s[first] == '-')
		gap = 1;
	else if (length - first >= 2 && s[first] == '.' && s[first + 1] == '.')
		gap = 2;
	while (first + gap + second < length &&
	       isdigit((unsigned char)s[first + gap + second]))
		second++;
	return first && gap && second && first + gap + second == length;
}

void text_add_stem(struct text *text, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *start = slash ? slash + 1 : path;
	const char *dot = strrchr(start, '.');

	text_add_bytes(text, start,
		       dot && dot > start ? (size_t)(dot - start) :
					    strlen(start));
}

void text_add_csv(struct text *out, const char *value)
{
	if (*value && !strpbrk(value, ",\"\r\n")) {
		text_add_bytes(out, value, strlen(value));
		return;
	}
	text_add_bytes(out, "\"", 1);
	for (; *value; value++) {
		if (*value == '"')
			text_add_bytes(out, "\"", 1);
		text_add_bytes(out, value, 1);
	}
	text_add_bytes(out, "\"", 1);
}
