/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What does each GFP flag change? Every name that a workload may use is seen
 * at work, in a line of its own.
 *
 * A request is watched on small machines: where it goes on x86_64 and on i386,
 * which type its pageblock gets, how few pages may stay free for it, whom it
 * asks for help before it fails (for a page, and for a block of 16), whether
 * its pages are cleared, whether another node will do, and whether a block of
 * two pages is compound. A flag is joined to a request that lacks it, so that
 * the line beside the request's own shows what it changes. A line reads
 *
 *	Normal Normal unmovable 1001 | w r17 k1 | w r1 c2 | - any
 *
 * for x86_64's zone, i386's zone, pageblock type, least free pages; the calls
 * for help for a page: kswapd (w), reclaim (r), compaction (c), the OOM killer
 * (k), each with how often; the same for a block; z for cleared; the node; and
 * "compound" if it is.
 */

#include "tests/unit/machine_fixture.h"

#define MIN 1000
#define LINE_MAX 160

/* ---- who is asked for help, in vain ---- */

struct helper {
	unsigned int wakes, reclaims, compactions, kills;
};

static void wake_kswapd(struct memory *memory, void *argument,
			struct zone *zone, gfp_t gfp, order_t order,
			enum zone_type highest)
{
	(void)memory;
	(void)zone;
	(void)gfp;
	(void)order;
	(void)highest;
	((struct helper *)argument)->wakes++;
}

/* Finds nothing. */
static uint64_t direct_reclaim(struct memory *memory, void *argument,
			       const struct pressure_request *request)
{
	(void)memory;
	(void)request;
	((struct helper *)argument)->reclaims++;
	return 0;
}

static enum compact_result
direct_compact(struct memory *memory, void *argument,
	       const struct pressure_request *request,
	       enum compact_priority priority, pfn_t *captured)
{
	(void)memory;
	(void)request;
	(void)priority;
	((struct helper *)argument)->compactions++;
	*captured = PFN_NONE;
	return COMPACT_COMPLETE;
}

static enum oom_result out_of_memory(struct memory *memory, void *argument,
				     const struct pressure_request *request)
{
	(void)memory;
	(void)request;
	((struct helper *)argument)->kills++;
	return OOM_NOBODY;
}

static uint64_t reclaimable_pages(struct memory *memory, void *argument,
				  const struct zone *zone)
{
	(void)memory;
	(void)argument;
	(void)zone;
	return 100 * MIN;
}

static const struct pressure_ops helper_ops = {
	.name = "helper",
	.wake_kswapd = wake_kswapd,
	.direct_reclaim = direct_reclaim,
	.direct_compact = direct_compact,
	.out_of_memory = out_of_memory,
	.reclaimable_pages = reclaimable_pages,
};

/* ---- the machines ---- */

/* A zone of each kind, all free, all movable. */
static void start_with_zones(struct machine *m, unsigned int types)
{
	uint64_t start = 0;

	machine_describe(m, 0, 9, 11);
	m->desc.zone_types = types;
	m->node[0].nr_zones = 0;
	for (enum zone_type type = ZONE_DMA; type < NR_ZONE_TYPES; type++) {
		if (!(types >> type & 1))
			continue;
		m->zone[m->node[0].nr_zones++] = open_zone(type, start, 2048);
		start += 2048;
	}
	machine_start(m);
}

/* A zone that the request may use, whose counter will be set. */
static void start_short(struct machine *m, struct helper *helper, gfp_t gfp)
{
	enum zone_type highest;

	machine_describe(m, 8192, 9, 11);
	assert_true(gfp_zone(gfp, X86_64_ZONES, &highest));
	if (highest < ZONE_NORMAL)
		m->zone[0].type = highest;
	m->zone[0].watermark[WMARK_MIN] = MIN;
	m->zone[0].watermark[WMARK_LOW] = MIN + MIN / 4;
	m->zone[0].watermark[WMARK_HIGH] = MIN + MIN / 2;
	m->zone[0].pcp_batch = 1;
	machine_start(m);
	m->memory->zone[0].stat_threshold = INT32_MAX / 2;
	m->memory->pressure = &helper_ops;
	m->memory->pressure_argument = helper;
}

static void count_free(struct machine *m, int64_t pages)
{
	struct zone *zone = &m->memory->zone[0];

	zone->free_diff[0] += zone->nr_free_pages - pages;
	zone->nr_free_pages = pages;
}

/* ---- what is seen ---- */

static const char *zone_seen(gfp_t gfp, unsigned int types)
{
	struct page_grant grant;
	struct machine m;
	const char *name;

	start_with_zones(&m, types);
	grant = get_grant(&m, gfp, 0);
	name = grant.zone ? zone_type_names[grant.zone->type] : "none";
	if (grant.pfn != PFN_NONE)
		put(&m, grant.pfn, 0);
	machine_stop(&m);
	return name;
}

static const char *type_seen(gfp_t gfp)
{
	struct page_grant grant;
	struct machine m;
	uint8_t type;

	start_with_zones(&m, X86_64_ZONES);
	grant = get_grant(&m, gfp, 9);
	assert_true(grant.pfn != PFN_NONE);
	type = *pageblock_type(m.memory, grant.zone, grant.pfn);
	put(&m, grant.pfn, 9);
	machine_stop(&m);
	return migratetype_names[type];
}

/* The fewest free pages that the request still succeeds with. */
static int least_seen(gfp_t gfp)
{
	struct helper helper = { 0 };
	struct machine m;
	int least = -1;

	start_short(&m, &helper, gfp);
	for (int pages = 0; pages < 2 * MIN && least < 0; pages++) {
		pfn_t pfn;

		count_free(&m, pages);
		pfn = get(&m, gfp, 0);
		if (pfn == PFN_NONE)
			continue;
		least = pages;
		put(&m, pfn, 0);
	}
	page_drain_all(m.memory, 0);
	machine_stop(&m);
	return least;
}

static void add_calls(char *line, char letter, unsigned int nr)
{
	size_t used = strlen(line);

	if (nr)
		snprintf(line + used, LINE_MAX - used, " %c%u", letter, nr);
}

/* The calls for help of a request that finds nothing. */
static void add_help(char *line, gfp_t gfp, order_t order)
{
	struct helper helper = { 0 };
	struct machine m;
	pfn_t pfn;

	start_short(&m, &helper, gfp);
	count_free(&m, 0);
	pfn = get(&m, gfp, order);
	if (pfn != PFN_NONE)
		put(&m, pfn, order);
	strcat(line, " |");
	if (helper.wakes)
		strcat(line, " w");
	add_calls(line, 'r', helper.reclaims);
	add_calls(line, 'c', helper.compactions);
	add_calls(line, 'k', helper.kills);
	machine_stop(&m);
}

static bool is_cleared(gfp_t gfp)
{
	struct machine m;
	pfn_t pfn;
	bool cleared;

	start_with_zones(&m, X86_64_ZONES);
	pfn = get(&m, gfp, 0);
	cleared = m.memory->work.count[WORK_PAGES_CLEARED] == 1;
	put(&m, pfn, 0);
	machine_stop(&m);
	return cleared;
}

static bool is_compound(gfp_t gfp)
{
	struct machine m;
	pfn_t page, pair;
	bool compound;

	start_with_zones(&m, X86_64_ZONES);
	page = get(&m, gfp, 0);
	pair = get(&m, gfp, 1);
	/* A single page never is. */
	assert_false(page_state_is_compound(m.memory->state[page]));
	compound = page_state_is_compound(m.memory->state[pair]);
	put(&m, page, 0);
	put(&m, pair, 1);
	machine_stop(&m);
	return compound;
}

/* Node 0 has nothing to give: does node 1? */
static const char *node_seen(gfp_t gfp)
{
	struct machine m;
	pfn_t pfn;

	machine_describe(&m, 2048, 9, 11);
	m.zone[0].watermark[WMARK_MIN] = 4096;
	m.zone[0].watermark[WMARK_LOW] = 4096;
	m.zone[0].watermark[WMARK_HIGH] = 4096;
	m.zone[1] = open_zone(ZONE_NORMAL, 2048, 2048);
	m.node[1] = (struct node_desc){ .id = 1,
					.zones = &m.zone[1],
					.nr_zones = 1 };
	m.desc.nr_nodes = 2;
	m.desc.zone_types = 1u << ZONE_NORMAL;
	machine_start(&m);
	pfn = get(&m, gfp, 0);
	if (pfn != PFN_NONE)
		put(&m, pfn, 0);
	machine_stop(&m);
	return pfn == PFN_NONE || pfn < 2048 ? "own" : "any";
}

static void describe(const char *text, char line[LINE_MAX])
{
	size_t bad_length;
	const char *bad;
	gfp_t gfp;

	assert_true(gfp_parse(text, strlen(text), &gfp, &bad, &bad_length));
	snprintf(line, LINE_MAX, "%s %s %s %d", zone_seen(gfp, X86_64_ZONES),
		 zone_seen(gfp, I386_ZONES), type_seen(gfp), least_seen(gfp));
	add_help(line, gfp, 0);
	add_help(line, gfp, 4);
	strcat(line, is_cleared(gfp) ? " | z " : " | - ");
	strcat(line, node_seen(gfp));
	strcat(line, is_compound(gfp) ? " compound" : "");
}

/* ---- the names ---- */

struct expectation {
	const char *name;
	const char *with; /* the request's other flags; NULL: the name alone */
	const char *line;
};

/* What GFP_KERNEL does, and so each flag that the models don't look at. */
#define KERNEL "Normal Normal unmovable 1001 | w r17 k1 | w r1 c2 | - any"

static const struct expectation expectations[] = {
	{ "GFP_TRANSHUGE", NULL,
	  "Movable Movable movable 1001 | r17 k1 | r1 c2 | - any compound" },
	{ "GFP_TRANSHUGE_LIGHT", NULL,
	  "Movable Movable movable 1001 | | | - any compound" },
	{ "GFP_HIGHUSER_MOVABLE", NULL,
	  "Movable Movable movable 1001 | w r17 k1 | w r1 c2 | - any" },
	{ "GFP_HIGHUSER", NULL,
	  "Normal HighMem unmovable 1001 | w r17 k1 | w r1 c2 | - any" },
	{ "GFP_USER", NULL, KERNEL },
	{ "GFP_KERNEL_ACCOUNT", NULL, KERNEL },
	{ "GFP_KERNEL", NULL, KERNEL },
	{ "GFP_NOFS", NULL, KERNEL },
	{ "GFP_ATOMIC", NULL, "Normal Normal unmovable 376 | w | w | - any" },
	{ "GFP_NOIO", NULL,
	  "Normal Normal unmovable 1001 | w r17 k1 | w r1 | - any" },
	{ "GFP_NOWAIT", NULL, "Normal Normal unmovable 1001 | w | w | - any" },
	{ "GFP_DMA", "GFP_KERNEL",
	  "DMA DMA unmovable 1001 | w r17 | w r1 c2 | - any" },
	{ "__GFP_HIGHMEM", "GFP_KERNEL",
	  "Normal HighMem unmovable 1001 | w r17 k1 | w r1 c2 | - any" },
	{ "GFP_DMA32", "GFP_KERNEL",
	  "DMA32 Normal unmovable 1001 | w r17 | w r1 c2 | - any" },
	{ "__GFP_HIGH", "GFP_KERNEL",
	  "Normal Normal unmovable 501 | w r17 k1 | w r1 c2 | - any" },
	{ "__GFP_ATOMIC", "GFP_NOWAIT",
	  "Normal Normal unmovable 1001 | w | w | - any" },
	{ "__GFP_IO", "GFP_NOIO", KERNEL },
	{ "__GFP_FS", "GFP_NOFS", KERNEL },
	{ "__GFP_NOWARN", "GFP_KERNEL", KERNEL },
	{ "__GFP_RETRY_MAYFAIL", "GFP_KERNEL",
	  "Normal Normal unmovable 1001 | w r17 | w r17 c18 | - any" },
	{ "__GFP_NOFAIL", "GFP_KERNEL",
	  "Normal Normal unmovable 0 | w r17 k1 | w r1 c2 | - any" },
	{ "__GFP_NORETRY", "GFP_KERNEL",
	  "Normal Normal unmovable 1001 | w r1 | w r1 c2 | - any" },
	{ "__GFP_COMP", "GFP_KERNEL", KERNEL " compound" },
	{ "__GFP_ZERO", "GFP_KERNEL",
	  "Normal Normal unmovable 1001 | w r17 k1 | w r1 c2 | z any" },
	{ "__GFP_NOMEMALLOC", "GFP_ATOMIC",
	  "Normal Normal unmovable 501 | w | w | - any" },
	{ "__GFP_MEMALLOC", "GFP_KERNEL",
	  "Normal Normal unmovable 0 | w | w | - any" },
	{ "__GFP_HARDWALL", "GFP_KERNEL", KERNEL },
	{ "__GFP_THISNODE", "GFP_KERNEL",
	  "Normal Normal unmovable 1001 | w r17 | w r1 c2 | - own" },
	{ "__GFP_RECLAIMABLE", "GFP_KERNEL",
	  "Normal Normal reclaimable 1001 | w r17 k1 | w r1 c2 | - any" },
	{ "__GFP_MOVABLE", "GFP_KERNEL",
	  "Normal Normal movable 1001 | w r17 k1 | w r1 c2 | - any" },
	{ "__GFP_ACCOUNT", "GFP_KERNEL", KERNEL },
	{ "__GFP_WRITE", "GFP_KERNEL", KERNEL },
	{ "__GFP_RECLAIM", NULL,
	  "Normal Normal unmovable 1001 | w r17 k1 | w r1 | - any" },
	{ "__GFP_DIRECT_RECLAIM", "GFP_NOWAIT",
	  "Normal Normal unmovable 1001 | w r17 k1 | w r1 | - any" },
	{ "__GFP_KSWAPD_RECLAIM", "__GFP_DIRECT_RECLAIM",
	  "Normal Normal unmovable 1001 | w r17 k1 | w r1 | - any" },
	{ "__GFP_ZEROTAGS", "GFP_KERNEL", KERNEL },
	{ "__GFP_SKIP_ZERO", "GFP_KERNEL", KERNEL },
	{ "__GFP_SKIP_KASAN_UNPOISON", "GFP_KERNEL", KERNEL },
	{ "__GFP_SKIP_KASAN_POISON", "GFP_KERNEL", KERNEL },
	{ "__GFP_NOLOCKDEP", "GFP_KERNEL", KERNEL },
	{ "__GFP_DMA", "GFP_KERNEL",
	  "DMA DMA unmovable 1001 | w r17 | w r1 c2 | - any" },
	{ "__GFP_DMA32", "GFP_KERNEL",
	  "DMA32 Normal unmovable 1001 | w r17 | w r1 c2 | - any" },
	{ "GFP_BUFFER", NULL,
	  "Normal Normal unmovable 1001 | w r17 k1 | w r1 | - any" },
	{ "GFP_NFS", NULL, KERNEL },
	{ "GFP_KSWAPD", NULL, KERNEL },
	{ "GFP_HIGHMEM", "GFP_KERNEL",
	  "Normal HighMem unmovable 1001 | w r17 k1 | w r1 c2 | - any" },
	{ "GFP_NOHIGHIO", NULL, KERNEL },
	{ "__GFP_HIGHIO", "GFP_NOIO", KERNEL },
	{ "__GFP_WAIT", NULL,
	  "Normal Normal unmovable 1001 | w r17 k1 | w r1 | - any" },
	{ "__GFP_COLD", "GFP_KERNEL", KERNEL },
	{ "__GFP_REPEAT", "GFP_KERNEL",
	  "Normal Normal unmovable 1001 | w r17 | w r17 c18 | - any" },
	{ "__GFP_NO_GROW", "GFP_KERNEL", KERNEL },
	{ "GFP_TEMPORARY", NULL,
	  "Normal Normal reclaimable 1001 | w r17 k1 | w r1 c2 | - any" },
	{ "GFP_NOFS_PAGECACHE", NULL,
	  "Normal Normal movable 1001 | w r17 k1 | w r1 c2 | - any" },
	{ "GFP_USER_PAGECACHE", NULL,
	  "Normal Normal movable 1001 | w r17 k1 | w r1 c2 | - any" },
	{ "GFP_HIGHUSER_PAGECACHE", NULL,
	  "Movable Movable movable 1001 | w r17 k1 | w r1 c2 | - any" },
	{ "GFP_THISNODE", NULL, "Normal Normal unmovable 1001 | | | - own" },
	{ "GFP_IOFS", NULL, "Normal Normal unmovable 1001 | | | - any" },
	{ "__GFP_KMEMCG", "GFP_KERNEL", KERNEL },
	{ "__GFP_NOTRACK", "GFP_KERNEL", KERNEL },
	{ "__GFP_NOTRACK_FALSE_POSITIVE", "GFP_KERNEL", KERNEL },
	{ "__GFP_OTHER_NODE", "GFP_KERNEL", KERNEL },
	{ "__GFP_NO_KSWAPD", "GFP_KERNEL",
	  "Normal Normal unmovable 1001 | r17 k1 | r1 c2 | - any" },
	{ "__GFP_SKIP_KASAN", "GFP_KERNEL", KERNEL },
};

static void each_changes_what_is_expected(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(expectations) / sizeof(*expectations);
	     i++) {
		const struct expectation *expected = &expectations[i];
		char line[LINE_MAX];
		char text[LINE_MAX];

		snprintf(text, sizeof(text), "%s%s%s", expected->name,
			 expected->with ? "|" : "",
			 expected->with ? expected->with : "");
		describe(text, line);
		if (strcmp(line, expected->line) == 0)
			continue;
		wrong++;
		print_error("%s\n  expected %s\n  found    %s\n", text,
			    expected->line, line);
	}
	assert_int_equal(wrong, 0);
}

/* What a request that is refused is said to have cost. */
static void expect_asked(gfp_t gfp, order_t order, uint32_t kswapd,
			 uint32_t kcompactd)
{
	struct helper helper = { 0 };
	const struct work *work;
	struct machine m;

	start_short(&m, &helper, gfp);
	count_free(&m, 0);
	work = &m.memory->work;
	assert_true(get(&m, gfp, order) == PFN_NONE);
	assert_int_equal(work->count[WORK_SLOWPATHS], 1);
	assert_int_equal(work->count[WORK_KSWAPD_ASKED], kswapd);
	assert_int_equal(work->count[WORK_KCOMPACTD_ASKED], kcompactd);
	machine_stop(&m);
}

/*
 * Expect: kswapd is asked for before each look at the zones, unless the flags
 * forbid it. That is for a block, too, only where the caller does not compact
 * by itself.
 */
static void asking_for_kswapd_is_counted(void **state)
{
	(void)state;
	expect_asked(GFP_ATOMIC, 0, 2, 0);
	expect_asked(GFP_ATOMIC, 4, 2, 2);
	expect_asked(__GFP_HIGH, 4, 0, 0);
	expect_asked(GFP_KERNEL | __GFP_NORETRY, 3, 2, 0);
}

/* A name that is added without a line above fails here. */
static void every_name_is_asked_for(void **state)
{
	size_t nr = sizeof(expectations) / sizeof(*expectations);

	(void)state;
	for (size_t i = 0; i < nr_gfp_names; i++) {
		size_t at = 0;

		while (at < nr &&
		       strcmp(expectations[at].name, gfp_names[i].name) != 0)
			at++;
		if (at == nr)
			fail_msg("%s: nobody asks what it changes",
				 gfp_names[i].name);
	}
	assert_int_equal(nr, nr_gfp_names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_changes_what_is_expected),
		cmocka_unit_test(asking_for_kswapd_is_counted),
		cmocka_unit_test(every_name_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
