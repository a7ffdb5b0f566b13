/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the same run gives the same results: its digest twice, and as it
 * was when this was written; what the seed decides; and that two simulations
 * in one process do not know of each other.
 */

#include "sim/digest.h"
#include "tests/unit/engine_story.h"

/* ---- the digest ---- */

static const struct zone some_zone = { .node = 1, .type = ZONE_NORMAL };
static const struct zone same_zone = { .node = 1, .type = ZONE_NORMAL };

static const struct outcome some_outcome = {
	.seq = 1,
	.latency_ns = 20,
	.cost_ns = 10,
	.vaddr = 0xffff888000001000,
	.requested = 4096,
	.granted = 4096,
	.pfn = 1,
	.zone = &some_zone,
	.status = OUTCOME_OK,
	.path = PATH_PCP,
};

static void digest_of(const struct outcome *outcomes, size_t nr, char text[33])
{
	struct digest *digest = digest_new();

	assert_non_null(digest);
	for (size_t i = 0; i < nr; i++)
		digest_add(digest, &outcomes[i]);
	digest_text(digest, text);
	digest_free(digest);
}

static void expect_differs(struct outcome other)
{
	char one[33], two[33];

	digest_of(&some_outcome, 1, one);
	digest_of(&other, 1, two);
	assert_string_not_equal(one, two);
}

/* Changes one field of the outcome. */
#define WITH(field, value)                                                     \
	({                                                                     \
		struct outcome changed = some_outcome;                         \
		changed.field = value;                                         \
		changed;                                                       \
	})

/* Expect: whatever a run comes to is in its digest. */
static void every_result_counts(void **state)
{
	(void)state;
	expect_differs(WITH(seq, 2));
	expect_differs(WITH(latency_ns, 21));
	expect_differs(WITH(latency_ns, 10));
	expect_differs(WITH(cost_ns, 11));
	expect_differs(WITH(cost_ns, 20));
	expect_differs(WITH(vaddr, 0));
	expect_differs(WITH(pfn, PFN_NONE));
	expect_differs(WITH(status, OUTCOME_FAILED));
	expect_differs(WITH(path, PATH_BUDDY));
	expect_differs(WITH(reason, REASON_ORDER));
	expect_differs(WITH(skipped, SKIP_BAD_FREE));
	expect_differs(WITH(data, DATA_BYTE));
	expect_differs(WITH(data_byte, 1));
}

/* Expect: nor is a call that waited like two that did not. */
static void a_wait_counts(void **state)
{
	struct outcome waited = some_outcome, at_once = some_outcome;
	char one[33], two[33];

	(void)state;
	at_once.cost_ns = at_once.latency_ns;
	waited.cost_ns = at_once.vaddr;
	digest_of((struct outcome[]){ waited, at_once }, 2, one);
	digest_of((struct outcome[]){ at_once, at_once }, 2, two);
	assert_string_not_equal(one, two);
}

/* Expect: but not where the simulator keeps its own things. */
static void the_hosts_addresses_do_not_count(void **state)
{
	struct outcome other = WITH(zone, &same_zone);
	char one[33], two[33];

	(void)state;
	digest_of(&some_outcome, 1, one);
	digest_of(&other, 1, two);
	assert_string_equal(one, two);
}

/* Expect: order counts, and the digest of nothing is that of no bytes. */
static void order_counts(void **state)
{
	struct outcome outcomes[] = { some_outcome, WITH(pfn, 2),
				      some_outcome };
	char forth[33], back[33], empty[33];

	(void)state;
	digest_of(outcomes, 2, forth);
	digest_of(outcomes + 1, 2, back);
	assert_string_not_equal(forth, back);
	digest_of(NULL, 0, empty);
	assert_string_equal(empty, "99aa06d3014798d86001c324468d497f");
	assert_int_equal(strlen(forth), 32);
}

/* Expect: the same, however many outcomes there are between two looks. */
static void looking_changes_nothing(void **state)
{
	struct digest *looked = digest_new();
	struct digest *not_looked = digest_new();
	char one[33], two[33];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct outcome outcome = WITH(seq, i);

		digest_add(looked, &outcome);
		digest_add(not_looked, &outcome);
		if (i % 7 == 0)
			digest_text(looked, one);
	}
	digest_text(looked, one);
	digest_text(not_looked, two);
	assert_string_equal(one, two);
	digest_free(looked);
	digest_free(not_looked);
}

/* ---- runs ---- */

/* Allocations of many orders, frees, failures, a bad free, samples. */
static void tell(struct story *story)
{
	story->options.count_bad_frees = true;
	for (uint64_t id = 0; id < 16; id++)
		story_alloc(story, id, id % 8)->cpu = id % 2;
	for (uint64_t id = 0; id < 16; id += 3)
		story_free(story, id);
	story_sample_as(story, "half-way");
	story_alloc(story, 20, 10);
	story_alloc(story, 21, 9);
	story_free(story, 20);
	story_free(story, 20);
	for (uint64_t id = 22; id < 30; id++)
		story_alloc(story, id, 2);
}

static void run_afresh(char digest[33])
{
	struct story story;

	story_init(&story);
	tell(&story);
	story_run_well(&story);
	memcpy(digest, story.totals.digest, 33);
	story_release(&story);
}

/*
 * Expect: the same twice, and the same as ever. What the models do decides
 * it: when one of them learns a rule that this story touches, the new digest
 * is right, and belongs here.
 */
static void the_same_run_gives_the_same_digest(void **state)
{
	char first[33], second[33];

	(void)state;
	run_afresh(first);
	run_afresh(second);
	assert_string_equal(first, second);
	assert_string_equal(first, "1d1650e0d6d9fa52325e7619295107f8");
}

/* Expect: another story, another digest. */
static void another_run_gives_another(void **state)
{
	struct story story;
	char plain[33];

	(void)state;
	run_afresh(plain);
	story_init(&story);
	tell(&story);
	story.call[0].order = 1;
	story_run_well(&story);
	assert_string_not_equal(story.totals.digest, plain);
	story_release(&story);
}

/* Half of the pages free, one by one, no-one knows which. */
static void run_with_seed(uint64_t seed, char digest[33])
{
	struct free_count_desc count = {
		.zone = ZONE_NORMAL,
		.migratetype = MIGRATE_MOVABLE,
		.nr_free = STORY_PAGES / 4,
	};
	struct story story;

	story_init(&story);
	story.m.desc.initial.free_counts = &count;
	story.m.desc.initial.nr_free_counts = 1;
	story.options.seed = seed;
	story_alloc(&story, 1, 0);
	story_alloc(&story, 2, 0);
	story_run_well(&story);
	memcpy(digest, story.totals.digest, 33);
	story_release(&story);
}

/* Expect: the seed decides what is not known, and nothing else does. */
static void the_seed_decides_what_is_not_known(void **state)
{
	char one[33], again[33], two[33];

	(void)state;
	run_with_seed(1, one);
	run_with_seed(1, again);
	run_with_seed(2, two);
	assert_string_equal(one, again);
	assert_string_not_equal(one, two);
}

/* ---- side by side ---- */

/* A source that runs another simulation whenever it is asked for calls. */
static long read_with_interruption(struct source *source, struct call *batch,
				   size_t max, struct errors *errors)
{
	char ignored[33];

	run_afresh(ignored);
	return story_read(source, batch, max, errors);
}

/* Expect: a run in the midst of another leaves no trace in it. */
static void runs_do_not_disturb_each_other(void **state)
{
	static const struct source_ops interrupted_ops = {
		.name = "interrupted",
		.read = read_with_interruption,
		.progress = story_progress,
		.close = story_close,
	};
	struct story story;
	struct story_source source;
	char plain[33];

	(void)state;
	run_afresh(plain);
	story_init(&story);
	tell(&story);
	source = (struct story_source){
		.source = { .ops = &interrupted_ops,
			    .file = "story.yaml",
			    .name = "story",
			    .names = story.names },
		.call = story.call,
		.nr = story.nr_calls,
	};
	assert_int_equal(engine_run(&story.m.desc, &source.source, NULL, 0,
				    &story.options, &story.totals,
				    &story.m.errors),
			 ENGINE_DONE);
	assert_string_equal(story.totals.digest, plain);
	story_release(&story);
}

/* Expect: who listens, and how often state is read, changes nothing. */
static void watching_changes_nothing(void **state)
{
	struct story story;
	char plain[33];

	(void)state;
	run_afresh(plain);
	story_init(&story);
	tell(&story);
	story.options.check = false;
	story.options.sample_every_ns = 7;
	story_run_well(&story);
	assert_string_equal(story.totals.digest, plain);
	story_release(&story);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_result_counts),
		cmocka_unit_test(a_wait_counts),
		cmocka_unit_test(the_hosts_addresses_do_not_count),
		cmocka_unit_test(order_counts),
		cmocka_unit_test(looking_changes_nothing),
		cmocka_unit_test(the_same_run_gives_the_same_digest),
		cmocka_unit_test(another_run_gives_another),
		cmocka_unit_test(the_seed_decides_what_is_not_known),
		cmocka_unit_test(runs_do_not_disturb_each_other),
		cmocka_unit_test(watching_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
