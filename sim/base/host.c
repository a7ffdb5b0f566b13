// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's memory, and its CPUs.
 *
 * Rules: all of it is zeroed, so that a run can't depend on what was there
 * before; multiplications are checked; tables with an entry for each
 * simulated page are mapped without reserving swap, because most of a big
 * machine is never touched; from 2 MiB on they begin and end where the host may
 * use large pages, which spare it a look into its page tables. Left out:
 * shrinking, and returning an arena's parts one by one.
 */

#define _GNU_SOURCE

#include "sim/base/host.h"

#include <malloc.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK_MIN ((size_t)4096)
#define CHUNK_MAX ((size_t)1 << 20)
#define CACHE_LINE ((size_t)64)
/* The heap grows by so much. */
#define HEAP_STEP (4 << 20)
/* Of x86; elsewhere it is a wish that may not come true. */
#define HUGE_PAGE ((size_t)2 << 20)

struct chunk {
	struct chunk *next;
	size_t used;
	size_t size;
	alignas(max_align_t) char bytes[];
};

struct arena {
	struct chunk *chunk; /* the newest; the only one with room */
	size_t next_size;
};

/*
 * glibc gives threads heaps of their own, each of which grows by a page at a
 * time; for that the kernel keeps all threads from touching new memory. One
 * heap that grows by megabytes serves all of them faster. They share its lock,
 * but seldom ask for it: runs allocate little once their tables have grown.
 */
void host_setup_heap(void)
{
#if defined(M_ARENA_MAX) && defined(M_TOP_PAD)
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TOP_PAD, HEAP_STEP);
#endif
}

void *host_alloc(size_t nr, size_t size)
{
	return calloc(nr ? nr : 1, size ? size : 1);
}

/* By half or more, to at least `nr`. */
static size_t grown_capacity(size_t capacity, size_t nr)
{
	size_t wanted = capacity + capacity / 2;

	if (wanted < nr)
		wanted = nr;
	return wanted < 16 ? 16 : wanted;
}

void *host_grow(void *old, size_t *capacity, size_t nr, size_t size)
{
	size_t wanted = grown_capacity(*capacity, nr);
	void *grown;

	if (nr <= *capacity && old)
		return old;
	grown = reallocarray(old, wanted, size);
	if (!grown)
		return NULL;
	memset((char *)grown + *capacity * size, 0,
	       (wanted - *capacity) * size);
	*capacity = wanted;
	return grown;
}

void *host_grow_lines(void *old, size_t *capacity, size_t nr, size_t size)
{
	size_t wanted = grown_capacity(*capacity, nr);
	size_t used = *capacity * size;
	size_t bytes;
	char *grown;

	if (nr <= *capacity && old)
		return old;
	if (__builtin_mul_overflow(wanted, size, &bytes) ||
	    bytes > SIZE_MAX - CACHE_LINE)
		return NULL;
	bytes = (bytes + CACHE_LINE - 1) & ~(CACHE_LINE - 1);
	grown = aligned_alloc(CACHE_LINE, bytes);
	if (!grown)
		return NULL;
	if (old)
		memcpy(grown, old, used);
	memset(grown + used, 0, bytes - used);
	free(old);
	*capacity = wanted;
	return grown;
}

static void *map_anywhere(size_t bytes)
{
	void *map = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return map == MAP_FAILED ? NULL : map;
}

/* Is it worth a large page? */
static bool is_large(size_t bytes)
{
	return bytes >= HUGE_PAGE && bytes < SIZE_MAX - 2 * HUGE_PAGE;
}

static size_t whole_pages(size_t bytes)
{
	return (bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
}

/* Begins where a large page may: more is asked for, and the ends given back. */
static void *map_aligned(size_t bytes)
{
	char *map = map_anywhere(bytes + HUGE_PAGE);
	size_t before = -(uintptr_t)map & (HUGE_PAGE - 1);

	if (!map)
		return NULL;
	if (before)
		munmap(map, before);
	munmap(map + before + bytes, HUGE_PAGE - before);
	return map + before;
}

void *host_map(size_t bytes)
{
	void *map;

	if (!is_large(bytes))
		return map_anywhere(bytes);
	map = map_aligned(whole_pages(bytes));
	/* Only a wish: a host without huge pages serves as well. */
	if (map)
		(void)madvise(map, whole_pages(bytes), MADV_HUGEPAGE);
	return map;
}

void *host_map_sparse(size_t bytes)
{
	return map_anywhere(is_large(bytes) ? whole_pages(bytes) : bytes);
}

void host_unmap(void *map, size_t bytes)
{
	if (map && is_large(bytes))
		munmap(map, whole_pages(bytes));
	else if (map)
		munmap(map, bytes ? bytes : 1);
}

struct arena *arena_new(void)
{
	struct arena *arena = host_alloc(1, sizeof(*arena));

	if (arena)
		arena->next_size = CHUNK_MIN;
	return arena;
}

static struct chunk *arena_grow(struct arena *arena, size_t bytes)
{
	size_t size = arena->next_size;
	struct chunk *chunk;

	if (size < bytes)
		size = bytes;
	chunk = calloc(1, sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	chunk->size = size;
	chunk->next = arena->chunk;
	arena->chunk = chunk;
	if (arena->next_size < CHUNK_MAX)
		arena->next_size *= 2;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	const size_t mask = alignof(max_align_t) - 1;
	struct chunk *chunk = arena->chunk;
	void *there;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	bytes = (bytes + mask) & ~mask;
	if (!chunk || chunk->size - chunk->used < bytes)
		chunk = arena_grow(arena, bytes);
	if (!chunk)
		return NULL;
	there = chunk->bytes + chunk->used;
	chunk->used += bytes;
	return there;
}

void *arena_one_more(struct arena *arena, void *array, size_t nr, size_t size)
{
	void *grown;

	if (nr & (nr - 1))
		return array;
	grown = arena_alloc(arena, (nr ? nr * 2 : 1) * size);
	if (grown && nr)
		memcpy(grown, array, nr * size);
	return grown;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

void arena_free(struct arena *arena)
{
	struct chunk *chunk, *next;

	if (!arena)
		return;
	for (chunk = arena->chunk; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

size_t host_cpus(void)
{
	long nr = sysconf(_SC_NPROCESSORS_ONLN);

	return nr > 0 ? (size_t)nr : 1;
}
