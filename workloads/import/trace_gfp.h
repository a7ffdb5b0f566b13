/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_TRACE_GFP_H
#define KMEMSIM_WORKLOADS_IMPORT_TRACE_GFP_H

#include "workloads/import/gfp_bits.h"

/*
 * Reads the `gfp_flags=` of a trace event of any kernel into the flags that
 * Linux 6.1 would use for the same request. Returns false where a part of it
 * is not known: that part counts for nothing, the rest is in *flags. Numbers
 * are read by `bits`.
 */
bool trace_gfp_parse(const char *s, size_t length, const struct gfp_bits *bits,
		     gfp_t *flags);

#endif
