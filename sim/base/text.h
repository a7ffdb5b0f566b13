/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_BASE_TEXT_H
#define KMEMSIM_BASE_TEXT_H

/*
 * Text that grows, numbers with units, nearest matches, and names that stand
 * for small numbers.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A string that grows. Always NUL-terminated once anything was added. When
 * the host has no memory left, `failed` is set and what follows is dropped:
 * check it once, at the end.
 */
struct text {
	char *s; /* owned; NULL while empty */
	size_t length;
	size_t capacity;
	bool failed;
};

#define TEXT_EMPTY ((struct text){ .s = NULL })

void text_add(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *text, const char *bytes, size_t length);
/* The numbers n < nr with in[n] set, as the kernel lists them: "0-3,8". */
void text_add_ranges(struct text *text, const bool *in, size_t nr);
/* "nic-rx" of "workloads/nic-rx.yaml". */
void text_add_stem(struct text *text, const char *path);
/* A decimal number, a good deal faster than text_add(). */
void text_add_u64(struct text *text, uint64_t value);
void text_release(struct text *text);

/* "s" behind a noun of which there is not exactly one. */
static inline const char *plural(uint64_t nr)
{
	return nr == 1 ? "" : "s";
}

/*
 * A number, right-aligned in so many columns, and what there are so many of.
 * "[s]" in `what` is there unless the number is 1, and of "[is|are]" the first
 * stands for 1: 3, "page[s] that [was|were] moved".
 */
void text_add_counted(struct text *text, int columns, uint64_t nr,
		      const char *what);

/*
 * A copy of raw[0…length) in which what is no valid UTF-8 and what is a
 * control character reads \xNN: fit for a terminal. The caller frees it;
 * NULL: the host has no memory.
 */
char *make_visible(const char *raw, size_t length);
void text_add_visible(struct text *text, const char *raw);

/*
 * A value of a CSV file (RFC 4180): quoted where it has a comma, a quote or a
 * line's end, and where it is empty, to tell that from none at all.
 */
void text_add_csv(struct text *text, const char *value);

/* A decimal or 0x… number, the whole of s[0…length). false if it is not. */
bool parse_u64(const char *s, size_t length, uint64_t *value);

/* "1..20", both inclusive, the first no larger. false if it is not. */
bool parse_range(const char *s, size_t length, uint64_t *first, uint64_t *last);

/*
 * "16MiB", "4KiB", "100B", a bare number is bytes. Units: B KiB MiB GiB TiB.
 * Fractions ("1.5GiB") are taken where they come to whole bytes. false on
 * anything else, and where the result does not fit 64 bits.
 */
bool parse_size(const char *s, size_t length, uint64_t *bytes);

/*
 * The latest that a time may be, in ns: 146 years. Whatever lasts from then on
 * still fits the signed numbers that databases have.
 */
#define TIME_MOST (UINT64_C(1) << 62)

/*
 * "10us", "1.5ms"; a bare number is ns. Units: ns us ms s. false on anything
 * else, and above TIME_MOST.
 */
bool parse_time(const char *s, size_t length, uint64_t *ns);

/* What the two accept, for error messages. */
#define SIZE_UNITS                                                             \
	"a number of bytes below 2^64, or one with B, KiB, MiB, GiB or TiB"
#define TIME_UNITS                                                             \
	"a number of ns, or one with ns, us, ms or s, in whole ns up to 2^62"

/*
 * What may have been meant by text that these two do not accept, for its unit:
 * "4KiB" by "4K", "10ms" by "10 ms". It is written to guess[0…room) and
 * returned; NULL where nothing is near.
 */
const char *near_size(const char *s, char *guess, size_t room);
const char *near_time(const char *s, char *guess, size_t room);

/*
 * The candidate nearest to `word` by edit distance (Damerau-Levenshtein,
 * letters' case counting half), or NULL where none is near enough to be
 * meant: more than a third of the longer one's letters differ, case aside.
 * Where none is, the shortest that begins with `word`, from four letters on.
 */
const char *nearest_match(const char *word, size_t length,
			  const char *const *candidates, size_t nr);

/* The same of candidates that come one by one: each is considered in turn. */
struct nearest {
	const char *word;
	size_t length;
	const char *best;      /* NULL: none so far; else one of the caller's */
	unsigned int distance; /* private */
};
void nearest_consider(struct nearest *nearest, const char *candidate);

/* The words as one text, "a, b or c", appended to `text`. */
void text_add_choices(struct text *text, const char *const *words, size_t nr);

/* "; did you mean "B"?"; nothing where `near` is NULL. */
void text_add_near(struct text *text, const char *near);

/*
 * What to tell whoever wrote `word` where one of the words is expected:
 * "; did you mean "B"? allowed: A, B or C". Of more than fit into a line or two
 * the first ones, how many there are, and `all`, where to find them (NULL:
 * nowhere).
 */
void text_add_hint(struct text *text, const char *word, size_t length,
		   const char *const *words, size_t nr, const char *all);

/* "1-10", "1..10": several numbers, for who takes one. */
bool is_like_a_range(const char *s, size_t length);

/*
 * Interned names: equal texts get the same number, counted from 1 in the
 * order of first use; 0 is "no name".
 */
struct names;
struct names *names_new(void);
/* 0 when the host has no memory left. */
uint32_t names_intern(struct names *names, const char *s, size_t length);
/* The number of a text that is there; 0: it is not. */
uint32_t names_find(const struct names *names, const char *s, size_t length);
/* The text of a number: NUL-terminated, valid until names_free(). */
const char *names_text(const struct names *names, uint32_t number);
uint32_t names_count(const struct names *names);
void names_free(struct names *names);

#endif
