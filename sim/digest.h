/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_DIGEST_H
#define KMEMSIM_SIM_DIGEST_H

/*
 * A fingerprint of a run: the same config, workload, seed and version give
 * the same one on every machine, compiler and optimisation level.
 */

#include "sim/outcome.h"

struct digest;

/* NULL: the host has no memory. */
struct digest *digest_new(void);

/*
 * Adds an outcome: its number, status, place, address, times, path and
 * reasons, each as little-endian bytes of a fixed width.
 */
void digest_add(struct digest *digest, const struct outcome *outcome);

/* The digest of all so far: 32 hexadecimal digits and a NUL. */
void digest_text(struct digest *digest, char text[33]);

void digest_free(struct digest *digest);

#endif
