/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_RANDOM_WORKLOAD_H
#define KMEMSIM_TESTS_RANDOM_WORKLOAD_H

/*
 * Workloads of thousands of calls, drawn from a seed: of the kinds that have a
 * fast path, in all contexts, with flags that fit and some that don't, objects
 * of no bytes, ids that are numbers, large ones and names, objects of caches of
 * which one is debugged, frees of what is not live, was made otherwise or is
 * another cache's, with samples; or of fast calls alone. Those of tests/fuzz
 * are shorter, and of all kinds of calls.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CALLS 12000 /* and some more */
#define MOST_LIVE 4000

/* How what an id stands for was made, and is freed. */
struct maker {
	const char *makes;
	const char *frees;
	const char *gfp; /* in process context, where it may sleep */
	uint32_t sizes;	 /* so many; 0: it has no size */
	uint32_t orders; /* the same */
};

static const struct maker makers[] = {
	{ "alloc_pages", "free_pages", "GFP_HIGHUSER_MOVABLE|__GFP_NORETRY", 0,
	  10 },
	{ "alloc_pages", "free_pages", "GFP_KERNEL|__GFP_NORETRY", 0, 4 },
	{ "__get_free_pages", "free_pages", "GFP_NOWAIT|__GFP_COMP", 0, 3 },
	{ "get_zeroed_page", "free_pages", "GFP_KERNEL|__GFP_NORETRY", 0, 0 },
	{ "kmalloc", "kfree", "GFP_KERNEL|__GFP_NORETRY", 9000, 0 },
	{ "kmalloc", "kfree", "GFP_NOWAIT|__GFP_DMA32", 300, 0 },
	{ "kzalloc", "kfree", "GFP_KERNEL_ACCOUNT|__GFP_NORETRY", 2000, 0 },
	{ "kmalloc", "kvfree", "GFP_KERNEL|__GFP_ZERO|__GFP_NORETRY", 100, 0 },
	{ "kmem_cache_alloc", "kmem_cache_free", "GFP_KERNEL|__GFP_NORETRY", 0,
	  0 },
};
#define NR_MAKERS (sizeof makers / sizeof *makers)

struct author {
	uint64_t random;
	uint64_t t_ns;
	uint32_t live[MOST_LIVE]; /* ids: the maker is told by the rest */
	uint32_t nr_live;
	uint32_t last_id;
};

static inline uint32_t draw(struct author *author, uint32_t below)
{
	author->random = author->random * 6364136223846793005u + 1;
	return (uint32_t)(author->random >> 33) % below;
}

static const struct maker *maker_of(uint32_t id)
{
	return &makers[id % NR_MAKERS];
}

/* Objects of one of three caches; which is told by the id, too. */
static inline void write_cache(FILE *file, const struct maker *maker,
			       uint32_t id)
{
	static const char *const caches[] = { "plain", "accounted",
					      "poisoned" };

	if (strncmp(maker->makes, "kmem", 4) == 0)
		fprintf(file, ", cache: %s", caches[id / NR_MAKERS % 3]);
}

/* Ids are small numbers that lie close together, large ones, or names. */
static inline void write_id(FILE *file, uint32_t id)
{
	if (id % 11 == 0)
		fprintf(file, ", id: \"name %u\"", id);
	else if (id % 3 == 1)
		fprintf(file, ", id: %llu", (unsigned long long)id << 40);
	else
		fprintf(file, ", id: %u", id);
}

/* As another maker's, or of what may be free already, as another cache's. */
static inline void write_wrong_free(struct author *author, FILE *file)
{
	bool live = draw(author, 2);
	uint32_t id = live ? author->live[draw(author, author->nr_live)] :
			     1 + draw(author, author->last_id);
	const struct maker *as = maker_of(live ? id + 4 : id);

	fprintf(file, "op: %s", as->frees);
	write_id(file, id);
	write_cache(file, as, live ? id : id + NR_MAKERS);
}

/* Who frees pages says of how many at times, and is wrong about it. */
static inline void write_free(struct author *author, FILE *file)
{
	uint32_t i = draw(author, author->nr_live);
	uint32_t id = author->live[i];
	bool of_pages = strcmp(maker_of(id)->frees, "free_pages") == 0;

	author->live[i] = author->live[--author->nr_live];
	fprintf(file, "op: %s", maker_of(id)->frees);
	write_id(file, id);
	write_cache(file, maker_of(id), id);
	if (of_pages && draw(author, 20) == 0)
		fprintf(file, ", order: %u", draw(author, 3));
}

/* One object in twenty has no bytes. */
static inline uint32_t draw_size(struct author *author, uint32_t sizes)
{
	return draw(author, 20) ? 1 + draw(author, sizes) : 0;
}

/* One call in fifty says that it can wait where it can't. */
static inline void write_allocation(struct author *author, FILE *file,
				    bool can_sleep)
{
	uint32_t id = ++author->last_id;
	const struct maker *maker = maker_of(id);
	bool fits = can_sleep || draw(author, 50) == 0;

	author->live[author->nr_live++] = id;
	fprintf(file, "op: %s, gfp: %s", maker->makes,
		fits ? maker->gfp : "GFP_ATOMIC");
	write_id(file, id);
	write_cache(file, maker, id);
	if (maker->sizes)
		fprintf(file, ", size: %u", draw_size(author, maker->sizes));
	if (maker->orders)
		fprintf(file, ", order: %u", draw(author, maker->orders));
}

static inline void write_call(struct author *author, FILE *file, uint32_t cpu)
{
	static const char *const contexts[] = { "process", "process", "process",
						"softirq", "hardirq" };
	const char *ctx = contexts[draw(author, 5)];

	fprintf(file, "- {t: %llu, cpu: %u, ctx: %s, ",
		(unsigned long long)author->t_ns, cpu, ctx);
	if (author->nr_live && draw(author, 100) == 0)
		write_wrong_free(author, file);
	else if (author->nr_live == MOST_LIVE ||
		 (author->nr_live && draw(author, 5) < 2))
		write_free(author, file);
	else
		write_allocation(author, file, *ctx == 'p');
	fputs("}\n", file);
}

static inline void write_sample(const struct author *author, FILE *file)
{
	fprintf(file, "- {t: %llu, op: sample}\n",
		(unsigned long long)author->t_ns);
}

/*
 * Calls that the CPU of a sample gets all at once: some interrupt others. When
 * it is taken they are over, and nobody has been told. Returns how many.
 */
static inline int write_burst(struct author *author, FILE *file)
{
	enum { CALLS_AT_ONCE = 4 };

	for (int i = 0; i < CALLS_AT_ONCE; i++)
		write_call(author, file, 0);
	author->t_ns += 400000;
	write_sample(author, file);
	return CALLS_AT_ONCE;
}

/* How fast calls follow each other, 500 and 500 in turn. */
struct pace {
	uint32_t calm_ns;
	uint32_t busy_ns;
	bool samples;
};

static const struct pace very_calm = { 60000, 60000, true };
static const struct pace in_turn = { 5000, 300, true };
/* Hundreds wait for each CPU, and nothing else happens for long. */
static const struct pace all_wait = { 2000, 100, false };

static inline void write_workload(const char *path, uint32_t nr_cpus,
				  uint64_t seed, const struct pace *pace)
{
	static struct author author;
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	author = (struct author){ .random = seed };
	fputs("kmemsim: workload\nversion: 1\nname: any\nevents:\n"
	      "- {t: 0, op: kmem_cache_create, cache: plain, size: 200}\n"
	      "- {t: 0, op: kmem_cache_create, cache: accounted, size: 700, "
	      "flags: [SLAB_ACCOUNT]}\n"
	      "- {t: 0, op: kmem_cache_create, cache: poisoned, size: 300, "
	      "flags: [SLAB_POISON]}\n",
	      file);
	for (int i = 0; i < CALLS; i++) {
		author.t_ns += draw(&author, i / 500 % 2 ? pace->busy_ns :
							   pace->calm_ns);
		if (draw(&author, 200) == 0 && pace->samples)
			write_sample(&author, file);
		if (i % 50 == 0 && pace->samples)
			i += write_burst(&author, file);
		write_call(&author, file, draw(&author, nr_cpus));
	}
	assert_int_equal(fclose(file), 0);
}

/* Nothing but fast calls. */
static inline void write_fast_calls(const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs("kmemsim: workload\nversion: 1\nname: plain\nevents:\n", file);
	for (int t = 1; t <= 1000; t++)
		fprintf(file, "- {t: %dus, op: %s}\n", 10 * t,
			t % 2 ? "kmalloc, id: 1, size: 64, gfp: GFP_KERNEL" :
				"kfree, id: 1");
	assert_int_equal(fclose(file), 0);
}

#endif
