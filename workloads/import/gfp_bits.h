/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_GFP_BITS_H
#define KMEMSIM_WORKLOADS_IMPORT_GFP_BITS_H

/*
 * GFP masks as numbers: what a bit means depends on the kernel.
 */

#include "models/gfp.h"

struct gfp_bits; /* the bits of one generation of kernels */

/* Those of a kernel, KERNEL_VERSION(); the oldest known for still older. */
const struct gfp_bits *gfp_bits_of(uint32_t version);

/* "3.6 to 4.3" */
const char *gfp_bits_kernels(const struct gfp_bits *bits);

/*
 * A whole mask as the flags that Linux 6.1 would use for the same request.
 * Returns false where it has bits that those kernels have not; the others are
 * in *flags.
 */
bool gfp_bits_mask(const struct gfp_bits *bits, uint64_t mask, gfp_t *flags);

/*
 * The same for bits that were left over when the others had been printed by
 * their names: nothing is concluded from bits that are not there.
 */
bool gfp_bits_rest(const struct gfp_bits *bits, uint64_t mask, gfp_t *flags);

/*
 * The generation in which most of the masks are what callers use; of several,
 * the newest; that of 6.1 where there are none.
 */
const struct gfp_bits *gfp_bits_guess(const uint64_t *mask, size_t nr);

/* "4.9", "2.6.32", "6.1.0-13-amd64": KERNEL_VERSION() of its beginning. */
bool gfp_bits_version(const char *s, uint32_t *version);

#endif
