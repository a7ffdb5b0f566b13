/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose turn is it, a caller's or a kernel task's, when both want the CPU?
 *
 *	ms      0         4         8        12
 *	tick    |         |         |         |
 *	caller  ====......................====
 *	task        ======|=========|====          has to go at the tick by
 *	                                           which it had its 3 ms
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/engine/fair.h"

#define US 1000ull
#define MS 1000000ull

/* One CPU, a caller that has it, a kernel task that has slept for long. */
struct scene {
	struct fair_tasks tasks;
	struct fair cpu;
	struct fair_task task;
};

static void scene_init(struct scene *scene, uint64_t ran_ns)
{
	const struct scheduler_desc desc = {
		.keeps_cpu_ns = 20 * US,
		.slice_ns = 6 * MS,
	};

	*scene = (struct scene){ .cpu = { .task = 0 } };
	fair_init(&scene->tasks, &desc, 1);
	assert_int_equal(
		fair_begins(&scene->tasks, &scene->cpu, 0, 0, 0, ran_ns), 0);
	fair_wakes(&scene->tasks, &scene->cpu, &scene->task);
}

/*
 * The task gets the CPU 0.5 ms before a tick, or just behind one.
 *
 * Expect: it stays until a tick finds that it has had more than half of the
 * latency, 3 ms, and no longer than to that one.
 */
static void a_tick_ends_a_turn(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, 20 * MS);
	scene.task.vruntime = fair_min_vruntime(&scene.cpu);
	assert_false(fair_tick_ends(&scene.tasks, &scene.cpu, &scene.task,
				    39500 * US, 43999 * US));
	assert_true(fair_tick_ends(&scene.tasks, &scene.cpu, &scene.task,
				   39500 * US, 44 * MS));
	assert_false(fair_tick_ends(&scene.tasks, &scene.cpu, &scene.task,
				    41500 * US, 47 * MS));
	fair_release(&scene.tasks);
}

/*
 * The task has run for so long before that it is ahead of the caller by more
 * than its part.
 *
 * Expect: the first tick that finds it there for an eighth of the latency sends
 * it away.
 */
static void who_is_far_ahead_goes_sooner(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, 20 * MS);
	scene.task.vruntime = fair_min_vruntime(&scene.cpu) + 3 * MS + 1;
	assert_true(fair_tick_ends(&scene.tasks, &scene.cpu, &scene.task,
				   39 * MS, 40 * MS));
	assert_false(fair_tick_ends(&scene.tasks, &scene.cpu, &scene.task,
				    39500 * US, 40 * MS));
	fair_release(&scene.tasks);
}

/*
 * Woken with half of the latency to its credit, the task uses it up and a bit
 * more; then the caller has the CPU again.
 *
 * Expect: the caller has had less, until it has caught up.
 */
static void who_has_had_less_comes_first(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, 20 * MS);
	assert_true(fair_has_had_less(&scene.tasks, &scene.cpu, &scene.task));
	fair_ran(&scene.tasks, &scene.cpu, &scene.task, 3100 * US, 23100 * US);
	assert_false(fair_has_had_less(&scene.tasks, &scene.cpu, &scene.task));
	fair_ends(&scene.tasks, &scene.cpu, 23300 * US);
	assert_true(fair_has_had_less(&scene.tasks, &scene.cpu, &scene.task));
	fair_release(&scene.tasks);
}

/*
 * The caller, who is alone there, has the CPU for 20 ms and for 5 more.
 *
 * Expect: when he sleeps, his virtual time is his own, whatever becomes of the
 * CPU's meanwhile.
 */
static void a_sleeper_takes_his_time_along(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, 20 * MS);
	fair_goes_on_for(&scene.tasks, &scene.cpu, 5 * MS);
	fair_sleeps(&scene.tasks, &scene.cpu);
	assert_int_equal(fair_min_vruntime(&scene.cpu), 25 * MS);
	assert_int_equal(scene.tasks.task[0].vruntime, 25 * MS);
	fair_release(&scene.tasks);
}

/* Of a caller whose calls take 1 us and begin every `period_ns`: ten more. */
static uint64_t vruntime_after_ten(uint64_t period_ns, bool inlined)
{
	struct scene scene;
	uint64_t least;

	scene_init(&scene, US);
	for (uint64_t t = period_ns; t <= 10 * period_ns; t += period_ns)
		if (!inlined ||
		    !fair_goes_on(&scene.tasks, &scene.cpu, 0, t, t, t + US))
			assert_int_equal(fair_begins(&scene.tasks, &scene.cpu,
						     0, t, t, t + US),
					 0);
	least = fair_min_vruntime(&scene.cpu);
	fair_release(&scene.tasks);
	return least;
}

/*
 * Each call takes 1 us. From its end to the next one's beginning it is 19 us,
 * or 20 us, which is as long as whoever calls keeps the CPU.
 *
 *	us  0         20        40
 *	    =.........=.........=      has the CPU all the time: 200 us
 *	us  0          21         42
 *	    =          =          =    has it while it calls: 10 us
 *
 * Expect: who keeps the CPU from others is charged for it, and who doesn't, is
 * not. (By the whole period, 20 us, it would be neither: nobody else would have
 * the CPU, and yet the caller would never have had enough of it.)
 */
static void who_keeps_the_cpu_has_had_it(void **state)
{
	(void)state;
	for (int inlined = 0; inlined < 2; inlined++) {
		assert_int_equal(vruntime_after_ten(20 * US, inlined),
				 201 * US);
		assert_int_equal(vruntime_after_ten(21 * US, inlined), 11 * US);
	}
}

/*
 * In the caller's call a worker has the CPU for 0.2 ms.
 *
 * Expect: that is not the caller's time; its turn begins anew.
 */
static void a_workers_time_is_its_own(void **state)
{
	struct scene scene;
	uint64_t before;

	(void)state;
	scene_init(&scene, 20 * MS);
	before = fair_min_vruntime(&scene.cpu);
	fair_lends(&scene.cpu, 20200 * US);
	assert_int_equal(scene.cpu.began_ns, 20200 * US);
	assert_int_equal(fair_min_vruntime(&scene.cpu), before);
	fair_ends(&scene.tasks, &scene.cpu, 20300 * US);
	assert_int_equal(fair_min_vruntime(&scene.cpu), before + 100 * US);
	fair_release(&scene.tasks);
}

/*
 * Expect: while it waits for a kernel task, its time stands still; after 4 ms
 * that is ahead of it, so that a worker that comes between gives it the CPU.
 */
static void a_kernel_task_gets_ahead(void **state)
{
	struct scene scene;
	uint64_t before;

	(void)state;
	scene_init(&scene, 20 * MS);
	before = fair_min_vruntime(&scene.cpu);
	scene.task.vruntime = before - 3 * MS;
	fair_ran(&scene.tasks, &scene.cpu, &scene.task, 2 * MS, 22 * MS);
	assert_int_equal(fair_min_vruntime(&scene.cpu), before);
	assert_false(fair_has_had_more(&scene.tasks, &scene.cpu, &scene.task));
	fair_ran(&scene.tasks, &scene.cpu, &scene.task, 2 * MS, 24 * MS);
	assert_true(fair_has_had_more(&scene.tasks, &scene.cpu, &scene.task));
	fair_release(&scene.tasks);
}

/*
 * The caller has the CPU to the 20th millisecond, and has had as much of it.
 *
 * Expect: who is woken takes it at once if he has had a sixth of the latency
 * less, 1 ms; anybody does, once the caller has made no call for 20 us.
 */
static void who_is_far_behind_takes_it_at_once(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, 20 * MS);
	scene.task.vruntime = 19 * MS - 1;
	assert_true(
		fair_preempts(&scene.tasks, &scene.cpu, &scene.task, 20 * MS));
	scene.task.vruntime = 19 * MS;
	assert_false(fair_preempts(&scene.tasks, &scene.cpu, &scene.task,
				   20020 * US - 1));
	assert_true(fair_preempts(&scene.tasks, &scene.cpu, &scene.task,
				  20020 * US));
	fair_release(&scene.tasks);
}

static void expect_turn(const struct scene *scene, uint64_t since_ns,
			uint64_t now_ns, uint64_t turn_ns)
{
	assert_int_equal(fair_turn(&scene->tasks, &scene->cpu, &scene->task,
				   since_ns, now_ns),
			 turn_ns);
}

/*
 *	ms	20  20.5	   23 23.02	 24
 *	caller	====================
 *	task	     waits . . . . .  ^a gap	 ^a tick
 *
 * Expect: one that has had as much as the caller waits for the tick that ends
 * the caller's turn, or for a gap between his calls if that comes first.
 */
static void others_wait_for_a_tick_or_a_gap(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, 23 * MS);
	scene.task.vruntime = 23 * MS;
	expect_turn(&scene, 20500 * US, 20500 * US, 23020 * US);
	fair_ends(&scene.tasks, &scene.cpu, 30 * MS);
	expect_turn(&scene, 20500 * US, 23 * MS, 24 * MS);
	expect_turn(&scene, 20500 * US, 24 * MS, 24 * MS);
	/* A tick at which it did not wait yet is none of its own. */
	expect_turn(&scene, 24 * MS, 25 * MS, 28 * MS);
	/* Nor does one end a turn that has just begun, unless it had more. */
	scene.cpu.began_ns = 21 * MS;
	expect_turn(&scene, 20500 * US, 24 * MS, 24 * MS);
	scene.task.vruntime = 27 * MS;
	expect_turn(&scene, 20500 * US, 24 * MS, 28 * MS);
	fair_sleeps(&scene.tasks, &scene.cpu);
	expect_turn(&scene, 20500 * US, 22 * MS, 22 * MS);
	fair_release(&scene.tasks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tick_ends_a_turn),
		cmocka_unit_test(who_is_far_ahead_goes_sooner),
		cmocka_unit_test(who_has_had_less_comes_first),
		cmocka_unit_test(a_sleeper_takes_his_time_along),
		cmocka_unit_test(who_keeps_the_cpu_has_had_it),
		cmocka_unit_test(a_workers_time_is_its_own),
		cmocka_unit_test(a_kernel_task_gets_ahead),
		cmocka_unit_test(who_is_far_behind_takes_it_at_once),
		cmocka_unit_test(others_wait_for_a_tick_or_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
