/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_CALL_SITE_H
#define KMEMSIM_WORKLOADS_IMPORT_CALL_SITE_H

/*
 * Call traces, as the kernel prints them: who it was that wanted memory.
 */

#include <stdbool.h>
#include <stddef.h>

#define FUNCTION_MAX 128 /* with the NUL; longer names are cut */

/*
 * The function of a line: " [<ffffffff81>] foo+0x1/0x2", " foo+0x1/0x2 [m]".
 * false: it is no such line, or one that the kernel is not sure of ("? foo").
 */
bool call_trace_function(const char *line, char function[FUNCTION_MAX]);

/* Is it one of the allocators' own, on the way to a page? */
bool is_allocator(const char *function);

#endif
