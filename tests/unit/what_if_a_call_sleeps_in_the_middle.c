/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A workload's call sleeps for a page, and calls of other tasks are carried
 * out before it goes on: what its id, its pool, its cache come to.
 *
 *	id 1   alloc ---- sleeps ---------------------> goes on
 *	                   | others: ids 2, 3, …, id 1
 */

#include "tests/unit/slab_machine.h"

#include "models/contents.h"
#include "sim/kernel.h"
#include "tests/unit/others_helper.h"

#define TICKET 5
#define MANY 3000

struct fixture {
	struct slab_machine_fixture machine;
	struct others others;
	struct names *names;
	struct kernel *kernel;
	uint32_t name;
	struct call sleeper;
	enum call_result result; /* of the last call */
	struct outcome outcome;
	struct call_report report;
	enum call_result others_result; /* of the others' last */
	struct call_report others_report;
};

static void check(const struct fixture *f)
{
	char why[256];

	if (!kernel_validate(f->kernel, why, sizeof(why)))
		fail_msg("%s", why);
}

static void start(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	machine_describe(&f->machine, 2);
	f->machine.desc.vmalloc_start = 0xffffc90000000000;
	f->machine.desc.vmalloc_size = 1ull << 32;
	f->names = names_new();
	assert_non_null(f->names);
	f->name = names_intern(f->names, "thing", strlen("thing"));
	f->kernel =
		kernel_new(&f->machine.desc, f->names, 1, &f->machine.errors);
	assert_non_null(f->kernel);
}

static void finish(struct fixture *f)
{
	check(f);
	assert_int_equal(f->machine.errors.nr, 0);
	kernel_free(f->kernel);
	names_free(f->names);
}

/* A call of a task that may sleep. */
static struct call call_of(enum call_op op, uint64_t id, uint64_t size)
{
	return (struct call){
		.op = op,
		.id = id,
		.size = size,
		.node = NODE_ANY,
		.has = CALL_HAS_ID | CALL_CAN_SLEEP,
	};
}

static void make(struct fixture *f, struct call call)
{
	f->result = kernel_call(f->kernel, &call, &f->outcome, &f->report);
}

/* The call sleeps for its first page, and `come_in` has its way. */
static void make_dry(struct fixture *f, struct call call,
		     void (*come_in)(void *argument))
{
	f->sleeper = call;
	others_may_come_in(&f->others, f->kernel->memory, come_in, f);
	run_dry(f->kernel->memory);
	make(f, call);
	assert_int_equal(f->others.times, 1);
}

/* Others, whose outcome is not that of the call that sleeps. */
static void others_make(struct fixture *f, struct call call)
{
	struct outcome outcome;

	f->others_result =
		kernel_call(f->kernel, &call, &outcome, &f->others_report);
}

static void fall_asleep(struct fixture *f)
{
	assert_true(kernel_call_sleeps(f->kernel, &f->sleeper, TICKET));
	check(f);
}

static void make_many_ids(void *argument)
{
	struct fixture *f = argument;

	fall_asleep(f);
	for (uint64_t id = 2; id < MANY; id++)
		others_make(f, call_of(OP_KMALLOC, id, 64));
}

/*
 * Expect: where the table of ids lies elsewhere afterwards, the id stands for
 * the block that was had, of its order, and can be freed.
 */
static void the_table_of_ids_may_move(void **state)
{
	struct call call = call_of(OP_ALLOC_PAGES, 1, 0);
	struct fixture f;

	(void)state;
	start(&f);
	call.has |= CALL_HAS_ORDER;
	call.order = 2;
	make_dry(&f, call, make_many_ids);
	assert_int_equal(f.result, CALL_DONE);
	assert_int_equal(f.outcome.status, OUTCOME_OK);
	call = call_of(OP_FREE_PAGES, 1, 0);
	make(&f, call);
	assert_int_equal(f.result, CALL_DONE);
	for (uint64_t id = 2; id < MANY; id++) {
		make(&f, call_of(OP_KFREE, id, 0));
		assert_int_equal(f.result, CALL_DONE);
	}
	finish(&f);
}

static void free_what_is_under_way(void *argument)
{
	struct fixture *f = argument;

	fall_asleep(f);
	others_make(f, call_of(OP_FREE_PAGES, 1, 0));
}

/* Expect: who frees what is not there yet waits behind who gets it. */
static void a_free_waits_for_its_allocation(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	make_dry(&f, call_of(OP_GET_FREE_PAGES, 1, 4096),
		 free_what_is_under_way);
	assert_int_equal(f.others_result, CALL_WAITS);
	assert_int_equal(f.others_report.wait.what, WAIT_FOR_CALL);
	assert_int_equal(f.others_report.wait.number, TICKET);
	make(&f, call_of(OP_FREE_PAGES, 1, 0));
	assert_int_equal(f.result, CALL_DONE);
	finish(&f);
}

static void begin_to_write(void *argument)
{
	struct fixture *f = argument;

	fall_asleep(f);
	assert_int_equal(vmalloc_nr_pages(f->kernel->vmalloc), 101 + 400 + 101);
	others_make(f, call_of(OP_KMALLOC, 2, 64));
	others_make(f, call_of(OP_MEMSET, 2, 0));
	assert_int_equal(f->others_result, CALL_DONE);
}

/*
 * Contents are followed from the first write on. That comes while a cleared
 * area has its pages, and waits for its tables.
 *
 * Expect: the area is zero, not what was there before.
 */
static void what_was_cleared_before_contents_were_followed_is_zero(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	/*
	 * Descriptors and the first table are there. The last page of 101
	 * comes alone, and its zone has been boosted; the second table is
	 * waited for.
	 */
	make(&f, call_of(OP_VZALLOC, 3, 101 * 4096));
	make(&f, call_of(OP_VZALLOC, 4, 400 * 4096));
	f.sleeper = call_of(OP_VZALLOC, 1, 101 * 4096);
	others_may_come_in(&f.others, f.kernel->memory, begin_to_write, &f);
	f.others.ops.wake_kswapd = run_dry_again;
	f.kernel->memory->zone[0].boosted = true;
	make(&f, f.sleeper);
	assert_int_equal(f.others.times, 1);
	assert_int_equal(f.result, CALL_DONE);
	assert_int_equal(f.outcome.status, OUTCOME_OK);
	make(&f, call_of(OP_READ, 1, 0));
	assert_int_equal(f.result, CALL_DONE);
	assert_int_equal(f.outcome.data, DATA_ZERO);
	finish(&f);
}

static struct call pool_call(const struct fixture *f, enum call_op op,
			     uint64_t id)
{
	struct call call = call_of(op, id, 0);

	call.name = f->name;
	call.min_nr = 1;
	call.has |= CALL_HAS_ORDER;
	if (op == OP_MEMPOOL_CREATE || op == OP_MEMPOOL_DESTROY)
		call.has &= ~CALL_HAS_ID;
	return call;
}

static void destroy_pool(void *argument)
{
	struct fixture *f = argument;

	fall_asleep(f);
	others_make(f, pool_call(f, OP_MEMPOOL_DESTROY, 0));
}

static void destroy_pool_and_stay_dry(void *argument)
{
	struct fixture *f = argument;

	destroy_pool(f);
	/* What ends when the call goes on leaves it dry. */
	marks_add(f->kernel->memory, 2 * all_memory);
}

static void use_up_the_reserve(struct fixture *f)
{
	struct call call = pool_call(f, OP_MEMPOOL_ALLOC, 9);

	make(f, pool_call(f, OP_MEMPOOL_CREATE, 0));
	assert_int_equal(f->result, CALL_DONE);
	run_dry(f->kernel->memory);
	call.gfp = GFP_NOWAIT;
	call.has |= CALL_HAS_GFP;
	make(f, call);
	assert_int_equal(f->outcome.status, OUTCOME_OK);
}

/*
 * Expect: to destroy a pool in which somebody sleeps breaks the rule that it
 * must not be in use. Who gets an element of the backing then has one of a
 * pool that is gone; who gets none sleeps for ever.
 */
static void a_pool_may_be_destroyed_under_its_callers(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	use_up_the_reserve(&f);
	make_dry(&f, pool_call(&f, OP_MEMPOOL_ALLOC, 1), destroy_pool);
	assert_int_equal(f.others_result, CALL_VIOLATION);
	assert_int_equal(f.outcome.status, OUTCOME_OK);
	make(&f, call_of(OP_MEMPOOL_FREE, 1, 0));
	assert_int_equal(f.result, CALL_VIOLATION);
	finish(&f);

	start(&f);
	use_up_the_reserve(&f);
	make_dry(&f, pool_call(&f, OP_MEMPOOL_ALLOC, 1),
		 destroy_pool_and_stay_dry);
	assert_int_equal(f.result, CALL_WAITS);
	assert_int_equal(f.report.wait.what, WAIT_FOR_ELEMENT);
	assert_int_equal(f.report.wait.timeout_ns, 0);
	marks_add(f.kernel->memory, -all_memory);
	finish(&f);
}

static void destroy_cache(void *argument)
{
	struct fixture *f = argument;
	struct call call = call_of(OP_CACHE_DESTROY, 0, 0);

	fall_asleep(f);
	call.name = f->name;
	call.has &= ~CALL_HAS_ID;
	others_make(f, call);
}

/* Expect: a cache that somebody sleeps in is in use, and stays. */
static void a_cache_is_in_use_by_who_sleeps_in_it(void **state)
{
	struct call call = call_of(OP_CACHE_CREATE, 0, 512);
	struct fixture f;

	(void)state;
	start(&f);
	call.name = f.name;
	call.has &= ~CALL_HAS_ID;
	make(&f, call);
	assert_int_equal(f.result, CALL_DONE);
	call = call_of(OP_CACHE_ALLOC, 1, 0);
	call.name = f.name;
	make_dry(&f, call, destroy_cache);
	assert_int_equal(f.others_result, CALL_VIOLATION);
	assert_int_equal(f.outcome.status, OUTCOME_OK);
	assert_int_equal(f.outcome.requested, 512);
	make(&f, call_of(OP_CACHE_FREE, 1, 0));
	assert_int_equal(f.result, CALL_DONE);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_of_ids_may_move),
		cmocka_unit_test(a_free_waits_for_its_allocation),
		cmocka_unit_test(
			what_was_cleared_before_contents_were_followed_is_zero),
		cmocka_unit_test(a_pool_may_be_destroyed_under_its_callers),
		cmocka_unit_test(a_cache_is_in_use_by_who_sleeps_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
