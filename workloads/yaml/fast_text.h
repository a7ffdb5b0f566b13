/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_YAML_FAST_TEXT_H
#define KMEMSIM_WORKLOADS_YAML_FAST_TEXT_H

/*
 * Text, eight bytes at a time. All of this may look at bytes behind what it is
 * asked about: at most sixteen, so there must be so many in memory.
 */

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *s;
	size_t length;
};

/* The first byte is the lowest, whatever the host. */
static inline uint64_t load(const char *s)
{
	uint64_t bytes;

	memcpy(&bytes, s, sizeof(bytes));
	return le64toh(bytes);
}

#define EACH_BYTE UINT64_C(0x0101010101010101)

/* The bytes that are 0 have their highest bit set, up to the first of them. */
static inline uint64_t zero_bytes(uint64_t bytes)
{
	return (bytes - EACH_BYTE) & ~bytes & 0x80 * EACH_BYTE;
}

/* Up to the `,` or `}` behind a value: there is one before the line's end. */
static inline struct span plain_value(const char *s)
{
	struct span span = { s, 0 };
	uint64_t found;

	for (;; s += 8) {
		uint64_t bytes = load(s);

		found = zero_bytes(bytes ^ ',' * EACH_BYTE) |
			zero_bytes(bytes ^ '}' * EACH_BYTE);
		if (found)
			break;
	}
	s += __builtin_ctzll(found) / 8;
	while (s > span.s && s[-1] == ' ')
		s--;
	span.length = (size_t)(s - span.s);
	return span;
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * The number whose eight digits are the bytes, the first one lowest: pairs of
 * digits become numbers below 100, and each pair counts 100 times the next.
 */
static inline uint64_t eight_digits(uint64_t bytes)
{
	uint64_t pairs = 10 * bytes + (bytes >> 8);
	uint64_t odd = pairs & UINT64_C(0x000000ff000000ff);
	uint64_t even = pairs >> 16 & UINT64_C(0x000000ff000000ff);

	return (odd * (100 + (UINT64_C(1000000) << 32)) +
		even * (1 + (UINT64_C(10000) << 32))) >>
	       32;
}

/* Numbers with this many digits fit 64 bits. */
#define SAFE_DIGITS 19

/* How many digits s begins with, up to eight, and their bytes from 0 to 9. */
static inline unsigned int count_digits(const char *s, uint64_t *bytes)
{
	uint64_t other;

	*bytes = load(s) ^ '0' * EACH_BYTE;
	/* What is no digit is above 9; none below it carries. */
	other = ((*bytes + 0x76 * EACH_BYTE) | *bytes) & 0x80 * EACH_BYTE;
	return other ? (unsigned int)__builtin_ctzll(other) / 8 : 8;
}

/* As read_digits(), of numbers of sixteen digits and more. */
const char *read_many_digits(const char *s, uint64_t *value);

/* 10^0 to 10^8 */
extern const uint32_t powers_of_ten[9];

/* The number whose first `nr` digits, up to eight, are the bytes'. */
static inline uint64_t few_digits(uint64_t bytes, unsigned int nr)
{
	/* In two steps: no shift may be as wide as the number. */
	return eight_digits(bytes << 4 * (8 - nr) << 4 * (8 - nr));
}

/* Reads digits; behind them stands something else. NULL: no number. */
static inline const char *read_digits(const char *s, uint64_t *value)
{
	uint64_t bytes, more;
	unsigned int nr = count_digits(s, &bytes), nr_more;

	if (nr == 0)
		return NULL;
	*value = few_digits(bytes, nr);
	if (nr < 8)
		return s + nr;
	nr_more = count_digits(s + 8, &more);
	if (nr_more == 8)
		return read_many_digits(s, value);
	*value = *value * powers_of_ten[nr_more] + few_digits(more, nr_more);
	return s + 8 + nr_more;
}

#endif
