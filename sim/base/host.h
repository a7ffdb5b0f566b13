/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_BASE_HOST_H
#define KMEMSIM_BASE_HOST_H

/*
 * The host, the machine that the simulator runs on: its memory, and how many
 * CPUs it has. Every function that gives memory returns NULL when the host has
 * no more, and the caller reports that with error_host(): it is an error of the
 * run, never a simulated result.
 */

#include <stddef.h>

struct arena; /* grows only; everything in it is freed at once */

/*
 * Sets the heap up for programs whose threads run simulations side by side:
 * once, before there are threads or much has been allocated.
 */
void host_setup_heap(void);

/* Zeroed memory for `nr` things of `size` bytes; free with free(). */
void *host_alloc(size_t nr, size_t size);

/* Room for at least `nr` things: grows *capacity by half or more. */
void *host_grow(void *old, size_t *capacity, size_t nr, size_t size);

/*
 * The same, of things whose size divides a line of the host's caches, or is a
 * multiple of it: none lies on more lines than it has to.
 */
void *host_grow_lines(void *old, size_t *capacity, size_t nr, size_t size);

/*
 * Zeroed pages straight from the host's kernel, touched only when used, with
 * huge pages asked for: for tables with an entry per simulated page. Release
 * with host_unmap() and the same `bytes`.
 */
void *host_map(size_t bytes);
/* The same for room of which mostly little is used: no huge pages. */
void *host_map_sparse(size_t bytes);
void host_unmap(void *map, size_t bytes);

struct arena *arena_new(void);
/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t bytes);
/*
 * Room for one more in an array of `nr` things that was grown by this alone: it
 * moves, at twice the size, when it is full. NULL: the array is as it was.
 */
void *arena_one_more(struct arena *arena, void *array, size_t nr, size_t size);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
void arena_free(struct arena *arena);

/*
 * The CPUs that are online: how many threads are worth having. At least 1. No
 * result may depend on it.
 */
size_t host_cpus(void);

#endif
