/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call that finds its CPU free begins without the questions that the engine
 * asks where others wait, and one of a common kind is carried out and costed by
 * what is remembered of its kind (sim/plain_calls.c); of those that queue, some
 * looks at CPUs are left out (sim/engine_turns.c). The same random workload is
 * run with and without these short cuts: all operations that have one, in all
 * contexts, with flags that fit and some that don't, objects of no bytes, ids
 * that are numbers, large ones and names, objects of caches of which one is
 * debugged, frees of what is not live, was made otherwise or is another
 * cache's, with samples, on machines that it fills, one of which begins at
 * frame 0, with two nodes, and one with HighMem: calm and rushed in turn, calm
 * and with a timeline, or so fast that nearly all wait. What is told of each
 * call is compared, and in the end the whole state.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/scatter.h"
#include "sim/engine.h"
#include "tests/unit/config_case.h"
#include "workloads/workload.h"

#define CALLS 12000 /* and some more */
#define MOST_LIVE 4000

#define ONE_CPU CONFIG_SMALL
#define FOUR_CPUS                                                              \
	CONFIG_HEAD                                                            \
	"  - id: 0\n"                                                          \
	"    cpus: [0, 1, 2, 3]\n"                                             \
	"    zones: [{type: DMA32, size: 64MiB}]\n"
#define SLAB FOUR_CPUS "slab: {allocator: slab}\n"
/* Its first frame is number 0; the second node's CPUs prefer that one. */
#define TWO_NODES                                                              \
	CONFIG_HEAD                                                            \
	"  - id: 0\n"                                                          \
	"    cpus: [0, 1]\n"                                                   \
	"    zones: [{type: DMA, size: 16MiB}, {type: DMA32, size: 24MiB}]\n"  \
	"  - id: 1\n"                                                          \
	"    cpus: [2, 3]\n"                                                   \
	"    zones: [{type: Normal, size: 32MiB}]\n"
#define HIGHMEM                                                                \
	CONFIG_HEAD_OF("linux-6.1-i386-pae")                                   \
	"  - id: 0\n"                                                          \
	"    cpus: [0, 1]\n"                                                   \
	"    zones: [{type: DMA, size: 16MiB}, {type: Normal, size: 24MiB}, "  \
	"{type: HighMem, size: 32MiB}]\n"

/* ---- what is told, in one number ---- */

struct listener {
	struct sink sink;
	volatile int interrupted; /* the engine is to stop */
	uint64_t interrupts_at;	  /* when so many were told; 0: never */
	uint64_t nr_operations;
	uint64_t sum;
	uint64_t nr;
};

static void hear(struct sink *sink, uint64_t value)
{
	struct listener *listener = (struct listener *)sink;

	listener->sum = (listener->sum ^ value) * GOLDEN_RATIO;
	listener->sum ^= listener->sum >> 29;
	listener->nr++;
}

static int hear_operation(struct sink *sink, const struct call *call,
			  const struct outcome *outcome, struct errors *errors)
{
	struct listener *listener = (struct listener *)sink;

	(void)errors;
	if (++listener->nr_operations == listener->interrupts_at)
		listener->interrupted = 1;
	hear(sink, call->line);
	hear(sink, outcome->seq);
	hear(sink, outcome->latency_ns);
	hear(sink, outcome->cost_ns);
	hear(sink, outcome->cpu_wait_ns);
	hear(sink, outcome->lock_wait_ns);
	hear(sink, outcome->sleep_ns);
	hear(sink, outcome->vaddr);
	hear(sink, outcome->pfn);
	hear(sink, outcome->requested);
	hear(sink, outcome->granted);
	hear(sink, outcome->extents);
	hear(sink, outcome->zone ? outcome->zone->index : UINT64_MAX);
	hear(sink, outcome->status | outcome->path << 8 |
			   outcome->reason << 16 | outcome->skipped << 24);
	for (int kind = 0; outcome->work && kind < NR_WORK_KINDS; kind++)
		hear(sink, outcome->work->count[kind]);
	return 0;
}

static void hear_memory(struct sink *sink, const struct memory *memory)
{
	for (pfn_t pfn = 0; pfn < memory->max_pfn; pfn += 61) /* some */
		hear(sink, memory->state[pfn]);
	for (int event = 0; event < NR_VM_EVENTS; event++)
		hear(sink, memory->vm_event[event]);
	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		const struct zone *zone = &memory->zone[i];

		for (int event = 0; event < NR_NUMA_EVENTS; event++)
			hear(sink, zone->numa_event[event]);
		for (uint32_t cpu = 0; cpu < memory->nr_cpus; cpu++) {
			hear(sink, (uint64_t)zone->pcp[cpu].count);
			hear(sink, (uint64_t)zone->pcp[cpu].free_factor);
		}
		hear(sink, zone_free_pages(zone));
		hear(sink, zone_counted_free_pages(zone));
	}
}

static void hear_caches(struct sink *sink, const struct slab_caches *caches)
{
	struct slab_info info;

	for (size_t i = 0; i < slab_caches_count(caches); i++) {
		slab_caches_info(caches, i, &info);
		hear(sink, info.active_objs);
		hear(sink, info.num_objs);
		hear(sink, info.live_objs);
		hear(sink, info.active_slabs);
		hear(sink, info.num_pages);
	}
}

static int hear_sample(struct sink *sink, uint64_t t_ns, const char *label,
		       const struct kernel *kernel, struct errors *errors)
{
	(void)label;
	(void)errors;
	hear(sink, t_ns);
	hear_memory(sink, kernel->memory);
	hear_caches(sink, kernel->caches);
	return 0;
}

static int hear_violation(struct sink *sink, const struct violation *violation,
			  struct errors *errors)
{
	(void)errors;
	hear(sink, violation->seq);
	hear(sink, violation->t_ns);
	hear(sink, violation->line);
	return 0;
}

static int hear_timeline(struct sink *sink, const struct timeline_event *event,
			 struct errors *errors)
{
	(void)errors;
	hear(sink, event->t_ns);
	hear(sink, event->kind);
	hear(sink, event->cpu);
	hear(sink, event->who.number);
	hear(sink, event->other.number);
	hear(sink, event->ns);
	return 0;
}

static const struct sink_ops listener_ops = {
	.name = "listener",
	.operation = hear_operation,
	.sample = hear_sample,
	.violation = hear_violation,
	.reads_work = true,
};

static const struct sink_ops timeline_listener_ops = {
	.name = "listener",
	.operation = hear_operation,
	.sample = hear_sample,
	.violation = hear_violation,
	.timeline = hear_timeline,
};

/* ---- the workload ---- */

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

static uint32_t draw(struct author *author, uint32_t below)
{
	author->random = author->random * 6364136223846793005u + 1;
	return (uint32_t)(author->random >> 33) % below;
}

static const struct maker *maker_of(uint32_t id)
{
	return &makers[id % NR_MAKERS];
}

/* Objects of one of three caches; which is told by the id, too. */
static void write_cache(FILE *file, const struct maker *maker, uint32_t id)
{
	static const char *const caches[] = { "plain", "accounted",
					      "poisoned" };

	if (strncmp(maker->makes, "kmem", 4) == 0)
		fprintf(file, ", cache: %s", caches[id / NR_MAKERS % 3]);
}

/* Ids are small numbers that lie close together, large ones, or names. */
static void write_id(FILE *file, uint32_t id)
{
	if (id % 11 == 0)
		fprintf(file, ", id: \"name %u\"", id);
	else if (id % 3 == 1)
		fprintf(file, ", id: %llu", (unsigned long long)id << 40);
	else
		fprintf(file, ", id: %u", id);
}

/* As another maker's, or of what may be free already, as another cache's. */
static void write_wrong_free(struct author *author, FILE *file)
{
	bool live = draw(author, 2);
	uint32_t id = live ? author->live[draw(author, author->nr_live)] :
			     1 + draw(author, author->last_id);
	const struct maker *as = maker_of(live ? id + 4 : id);

	fprintf(file, "op: %s", as->frees);
	write_id(file, id);
	write_cache(file, as, live ? id : id + NR_MAKERS);
}

static void write_free(struct author *author, FILE *file)
{
	uint32_t i = draw(author, author->nr_live);
	uint32_t id = author->live[i];

	author->live[i] = author->live[--author->nr_live];
	fprintf(file, "op: %s", maker_of(id)->frees);
	write_id(file, id);
	write_cache(file, maker_of(id), id);
}

/* One object in twenty has no bytes. */
static uint32_t draw_size(struct author *author, uint32_t sizes)
{
	return draw(author, 20) ? 1 + draw(author, sizes) : 0;
}

/* One call in fifty says that it can wait where it can't. */
static void write_allocation(struct author *author, FILE *file, bool can_sleep)
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

static void write_call(struct author *author, FILE *file, uint32_t cpu)
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

static void write_sample(const struct author *author, FILE *file)
{
	fprintf(file, "- {t: %llu, op: sample}\n",
		(unsigned long long)author->t_ns);
}

/*
 * Calls that the CPU of a sample gets all at once: some interrupt others. When
 * it is taken they are over, and nobody has been told. Returns how many.
 */
static int write_burst(struct author *author, FILE *file)
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
	uint32_t rushed_ns;
	bool samples;
};

static const struct pace very_calm = { 60000, 60000, true };
static const struct pace in_turn = { 5000, 300, true };
/* Hundreds wait for each CPU, and nothing else happens for long. */
static const struct pace all_wait = { 2000, 100, false };

static void write_workload(const char *path, uint32_t nr_cpus, uint64_t seed,
			   const struct pace *pace)
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
		author.t_ns += draw(&author, i / 500 % 2 ? pace->rushed_ns :
							   pace->calm_ns);
		if (draw(&author, 200) == 0 && pace->samples)
			write_sample(&author, file);
		if (i % 50 == 0 && pace->samples)
			i += write_burst(&author, file);
		write_call(&author, file, draw(&author, nr_cpus));
	}
	assert_int_equal(fclose(file), 0);
}

/* Nothing but plain calls, in one row. */
static void write_plain_calls(const char *path)
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

/* ---- the runs ---- */

struct heard {
	uint64_t sum;
	uint64_t nr;
	struct run_totals totals;
};

/* How it is run. */
struct way {
	bool no_short_cuts;
	bool timeline;
	uint64_t sample_every_ns;
	uint64_t until_ns; /* 0: to the end */
	uint64_t interrupts_at;
};

/* The state is often looked at, or long rows of calls are left alone. */
#define OFTEN_NS 100000
#define SELDOM_NS 20000000

static struct heard run(const struct config *config, const char *path,
			struct errors *errors, struct way way)
{
	struct listener listener = {
		.sink.ops = way.timeline ? &timeline_listener_ops :
					   &listener_ops,
		.interrupts_at = way.interrupts_at,
	};
	struct engine_options options = {
		.sample_every_ns = way.sample_every_ns,
		.until_ns = way.until_ns,
		.count_bad_frees = true,
		.no_short_cuts = way.no_short_cuts,
		.interrupted = &listener.interrupted,
	};
	struct names *names = names_new();
	struct source *source = workload_open(path, names, errors);
	struct sink *sink = &listener.sink;
	struct heard heard;

	assert_non_null(source);
	assert_int_equal(engine_run(&config->machine, source, &sink, 1,
				    &options, &heard.totals, errors),
			 ENGINE_DONE);
	source_close(source);
	names_free(names);
	heard.sum = listener.sum;
	heard.nr = listener.nr;
	return heard;
}

/* What is told must be the same. Returns what the run came to. */
static struct run_totals run_both_ways(const struct config *config,
				       const char *path, struct errors *errors,
				       struct way way)
{
	struct heard one = run(config, path, errors, way);
	struct heard other;

	way.no_short_cuts = true;
	other = run(config, path, errors, way);
	assert_true(one.totals.ops == other.totals.ops);
	assert_true(one.totals.failed == other.totals.failed);
	assert_true(one.totals.sim_ns == other.totals.sim_ns);
	assert_string_equal(one.totals.digest, other.totals.digest);
	assert_true(one.nr == other.nr);
	assert_true(one.sum == other.sum);
	return one.totals;
}

static void expect_the_same(const char *yaml, uint32_t nr_cpus, uint64_t seed,
			    bool timeline)
{
	struct way way = {
		.timeline = timeline,
		.sample_every_ns = seed % 4 < 2 ? OFTEN_NS : SELDOM_NS,
	};
	struct scratch scratch;
	struct config *config;
	struct run_totals totals;
	const char *path;

	scratch_init(&scratch);
	config = load_fine(&scratch, yaml, NULL);
	path = scratch_file(&scratch, "w.yaml", "");
	write_workload(path, nr_cpus, seed, timeline ? &very_calm : &in_turn);
	totals = run_both_ways(config, path, &scratch.errors, way);
	assert_true(totals.ops >= CALLS + 3);
	assert_true(totals.violations > 0);
	assert_true(totals.failed > 0);
	assert_true(totals.skipped > 0);
	config_free(config);
	scratch_release(&scratch);
}

/* Expect: all that is told, and its order, is the same without short cuts. */
static void on_four_cpus(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++)
		expect_the_same(FOUR_CPUS, 4, seed, seed % 2);
}

/* Expect: the same where nobody can do anything meanwhile. */
static void on_one_cpu(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++)
		expect_the_same(ONE_CPU, 1, seed, seed % 2);
}

/* Expect: the same with frame 0, and with memory that is farther away. */
static void on_two_nodes(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++)
		expect_the_same(TWO_NODES, 4, seed, seed % 2);
}

/* Expect: the same where some pages have no address. */
static void with_highmem(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++)
		expect_the_same(HIGHMEM, 2, seed, seed % 2);
}

/* Expect: no call begins after Ctrl-C, by whichever way. */
static void interrupted(void **state)
{
	struct scratch scratch;
	struct config *config;
	struct way way = { .sample_every_ns = SELDOM_NS, .interrupts_at = 100 };
	struct heard one, other;
	const char *path;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch, FOUR_CPUS, NULL);
	path = scratch_file(&scratch, "w.yaml", "");
	write_plain_calls(path);
	one = run(config, path, &scratch.errors, way);
	way.no_short_cuts = true;
	other = run(config, path, &scratch.errors, way);
	assert_int_equal(one.totals.status, RUN_INTERRUPTED);
	/* Whether the one that is about to begin still does makes no odds. */
	assert_in_range(one.totals.ops, 100, 110);
	assert_in_range(one.totals.ops + 1, other.totals.ops,
			other.totals.ops + 1);
	config_free(config);
	scratch_release(&scratch);
}

/* Expect: the same where objects are SLAB's, whose arrays are not looked at. */
static void with_slab(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++)
		expect_the_same(SLAB, 4, seed, seed % 2);
}

/*
 * Expect: the same where nearly all calls wait for a CPU, to the end and where
 * the run is over before that.
 */
static void where_all_wait(void **state)
{
	const char *const machines[] = { TWO_NODES, FOUR_CPUS, ONE_CPU };

	(void)state;
	for (uint64_t seed = 1; seed <= 15; seed++) {
		size_t at = seed > 12 ? 2 : seed % 2;
		struct way way = {
			.sample_every_ns = OFTEN_NS,
			.until_ns = seed > 12 ? 200000 * (seed - 12) :
				    seed % 3  ? 0 :
						4000000,
		};
		struct scratch scratch;
		struct config *config;
		const char *path;

		scratch_init(&scratch);
		config = load_fine(&scratch, machines[at], NULL);
		path = scratch_file(&scratch, "w.yaml", "");
		write_workload(path, at == 2 ? 1 : 4, seed, &all_wait);
		run_both_ways(config, path, &scratch.errors, way);
		config_free(config);
		scratch_release(&scratch);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupted),
		cmocka_unit_test(on_four_cpus),
		cmocka_unit_test(on_one_cpu),
		cmocka_unit_test(on_two_nodes),
		cmocka_unit_test(with_highmem),
		cmocka_unit_test(with_slab),
		cmocka_unit_test(where_all_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
