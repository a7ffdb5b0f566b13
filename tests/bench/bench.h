/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_BENCH_H
#define KMEMSIM_TESTS_BENCH_H

/*
 * What the programs of `make bench` share: a clock of CPU time, memory in huge
 * pages, random numbers, and how a result is said. Each of them measures once
 * and prints a line "KEY=VALUE KEY=VALUE…"; to repeat, to interleave and to
 * take medians is the script's business (scripts/bench.sh).
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define NO_FRAME UINT32_MAX

static inline void die(const char *why)
{
	fprintf(stderr, "bench: %s\n", why);
	exit(1);
}

/* CPU time of this process so far, user's and kernel's. */
static inline double cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

/* Zeroed, touched only when used, for as long as the program runs. */
static inline void *map_table(size_t nr, size_t size)
{
	void *map = mmap(NULL, nr * size + 1, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED)
		die("no memory");
	(void)madvise(map, nr * size, MADV_HUGEPAGE);
	return map;
}

/* xorshift64: any steady stream of numbers will do. */
static inline uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#define RANDOM_SEED 0x9e3779b97f4a7c15u

/* A number below `limit`, from the better bits. */
static inline uint32_t random_below(uint64_t *state, uint32_t limit)
{
	return (next_random(state) >> 32) * limit >> 32;
}

static inline uint64_t to_number(const char *word)
{
	char *end;
	uint64_t number = strtoull(word, &end, 10);

	if (end == word || *end)
		die("not a number");
	return number;
}

/* A checksum keeps a compiler from leaving the work out. */
static inline void print_result(double ns, uint64_t ops, uint64_t failed,
				uint64_t sum)
{
	printf("ns=%.2f ops=%llu failed=%llu sum=%llx\n", ns / ops,
	       (unsigned long long)ops, (unsigned long long)failed,
	       (unsigned long long)sum);
}

#endif
