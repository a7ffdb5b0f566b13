/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_FUZZ_DICE_H
#define KMEMSIM_FUZZ_DICE_H

/*
 * Choices out of a fuzzer's bytes, so that the engine which makes these up
 * learns what each of them decides. When there are no more, each choice is the
 * first one.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct dice {
	const uint8_t *data;
	size_t left;
};

/* 0 to below - 1; `below` is at most 65536. */
static inline uint32_t draw(struct dice *dice, uint32_t below)
{
	uint32_t value = 0;

	for (uint32_t most = 1; most < below && dice->left; most *= 256) {
		value = value * 256 + *dice->data++;
		dice->left--;
	}
	return value % below;
}

/* Once in so many times. */
static inline bool seldom(struct dice *dice, uint32_t times)
{
	return draw(dice, times) == times - 1;
}

/* One of a list. */
#define PICK(dice, list)                                                       \
	((list)[draw(dice, (uint32_t)(sizeof(list) / sizeof *(list)))])

#endif
