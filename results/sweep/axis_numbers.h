/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SWEEP_AXIS_NUMBERS_H
#define KMEMSIM_RESULTS_SWEEP_AXIS_NUMBERS_H

/* Values of a sweep's axis as numbers. Internal to results/. */

#include <stdbool.h>
#include <stddef.h>

/*
 * Are the texts all plain numbers, all sizes, or all times? Then they are in
 * `number`: bytes of sizes, ns of times.
 */
bool axis_numbers(const char *const *text, size_t nr, double *number);

#endif
