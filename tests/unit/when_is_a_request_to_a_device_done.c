/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a device begins with a request, when it is done, and whose it was. Page
 * cache of one page a folio that was dirty for 30 s is written: a request each,
 * all asked for at once. A page takes the disk 1 us, and 10 us later it tells
 * of it:
 *
 *	us   0  1  2  3 . .  10 11 12 13
 *	 1   |==|--------------|  done
 *	 2   |..|==|--------------|  done
 *	 3   |.....|==|--------------|  done
 */

#define _GNU_SOURCE

#include "tests/unit/machine_fixture.h"
#include "tests/unit/engine_run.h"

#include "sim/base/text.h"

#define TRANSFER_NS 1000u
#define LATENCY_NS 10000u
/* A device's ring begins with room for 64. */
#define FIRST 40u
#define THEN 100u

struct watch {
	struct sink sink;
	struct timeline_event io[FIRST + THEN];
	size_t nr;
	struct timeline_event woken; /* the last call that was */
	uint64_t sleep_ns;	     /* of the last operation */
	uint64_t dirty[3], under_way[3], written[3]; /* at samples */
	size_t samples;
};

static int note_io(struct sink *sink, const struct timeline_event *event,
		   struct errors *errors)
{
	struct watch *watch = (struct watch *)sink;

	(void)errors;
	if (event->kind == TIMELINE_WOKEN && event->who.kind == ACTOR_CALL)
		watch->woken = *event;
	if (event->kind != TIMELINE_IO)
		return 0;
	assert_true(watch->nr < FIRST + THEN);
	watch->io[watch->nr++] = *event;
	return 0;
}

static int note_sleep(struct sink *sink, const struct call *call,
		      const struct outcome *outcome, struct errors *errors)
{
	(void)call;
	(void)errors;
	((struct watch *)sink)->sleep_ns = outcome->sleep_ns;
	return 0;
}

static int note_sample(struct sink *sink, uint64_t t_ns, const char *label,
		       const struct kernel *kernel, struct errors *errors)
{
	struct watch *watch = (struct watch *)sink;
	const uint64_t *stat = kernel->memory->node[0].stat;
	size_t i = watch->samples++;

	(void)t_ns;
	(void)label;
	(void)errors;
	assert_true(i < 3);
	watch->dirty[i] = stat[NR_FILE_DIRTY];
	watch->under_way[i] = stat[NR_WRITEBACK];
	watch->written[i] = stat[NR_WRITTEN];
	return 0;
}

static const struct sink_ops watch_ops = {
	.name = "watch",
	.operation = note_sleep,
	.sample = note_sample,
	.timeline = note_io,
};

static void add_dirty(struct text *events, const char *t, const char *file,
		      uint32_t first, uint32_t nr)
{
	for (uint32_t id = first; id < first + nr; id++)
		text_add(events,
			 "  - {t: %s, op: alloc_pages, id: %u, order: 0, "
			 "gfp: GFP_HIGHUSER_MOVABLE, lru: file, mapping: %s, "
			 "dirty: true}\n",
			 t, id, file);
}

/* Runs events on 32 MiB and a disk; all that is told is kept in `watch`. */
static void run_watched(struct watch *watch, struct text *events)
{
	struct engine_options options = { .check = true };
	struct run_totals totals;
	struct scratch scratch;
	struct machine m;
	struct names *names = names_new();
	struct sink *sink = &watch->sink;
	struct source *source;

	machine_describe(&m, 8192, 9, 11);
	m.desc.sysctl.dirty_ratio = 20;
	m.desc.sysctl.dirty_background_ratio = 10;
	m.desc.disk.latency_ns = LATENCY_NS;
	m.desc.disk.bytes_per_s = 4096ull * 1000000000 / TRANSFER_NS;
	scratch_init(&scratch);
	source = workload_open(scratch_file(&scratch, "w.yaml", events->s),
			       names, &scratch.errors);
	*watch = (struct watch){ .sink.ops = &watch_ops };
	if (!source || engine_run(&m.desc, source, &sink, 1, &options, &totals,
				  &scratch.errors) != ENGINE_DONE) {
		print_errors(&scratch);
		fail_msg("the run failed");
	}
	source_close(source);
	names_free(names);
	scratch_release(&scratch);
	text_release(events);
}

/* A row of requests that were asked for at once. */
static void expect_row(const struct timeline_event *io, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		assert_int_equal(io[i].who.kind, ACTOR_DEVICE);
		assert_int_equal(io[i].who.number, 0);
		assert_int_equal(io[i].other.kind, ACTOR_FLUSHER);
		assert_int_equal(io[i].t_ns, io[0].t_ns + i * TRANSFER_NS);
		assert_int_equal(io[i].ns, TRANSFER_NS + LATENCY_NS);
	}
}

/*
 * 40 pages of a file, and 100 of another a minute later: more than the ring
 * has room for, from its 41st place on, and around its end.
 *
 * Expect: each begins when the one before has been transferred, none waits for
 * the one before to be done; and each page that was written is written once.
 */
static void requests_overlap_in_their_latency(void **state)
{
	struct watch watch;
	struct text events = TEXT_EMPTY;

	(void)state;
	text_add(&events, HEAD "events:\n");
	add_dirty(&events, "0s", "a", 1, FIRST);
	text_add(&events, "  - {t: 1s, op: sample}\n");
	add_dirty(&events, "60s", "b", 1 + FIRST, THEN);
	text_add(&events, "  - {t: 61s, op: sample}\n"
			  "  - {t: 120s, op: sample}\n");
	run_watched(&watch, &events);
	assert_int_equal(watch.nr, FIRST + THEN);
	expect_row(watch.io, FIRST);
	expect_row(watch.io + FIRST, THEN);
	assert_true(watch.io[FIRST].t_ns > 60000000000);
	assert_int_equal(watch.samples, 3);
	assert_int_equal(watch.dirty[0], FIRST);
	assert_int_equal(watch.written[1], FIRST);
	assert_int_equal(watch.dirty[1], THEN);
	assert_int_equal(watch.dirty[2], 0);
	assert_int_equal(watch.under_way[2], 0);
	assert_int_equal(watch.written[2], FIRST + THEN);
}

/*
 * All but the page of a file is taken, so that it is given up for the last of
 * the requests. Then there is room again, and the page is wanted back.
 *
 * Expect: who wants it sleeps until it is there, and the disk wakes him.
 */
static void a_reader_sleeps_until_it_is_done(void **state)
{
	struct watch watch;
	struct text events = TEXT_EMPTY;

	(void)state;
	text_add(&events,
		 HEAD "defaults: {gfp: GFP_KERNEL}\n"
		      "events:\n"
		      "  - {t: 0s, op: alloc_pages, id: \"page\", order: 0, "
		      "lru: file, mapping: log, gfp: GFP_HIGHUSER_MOVABLE}\n");
	for (int i = 0; i < 7; i++)
		text_add(&events,
			 "  - {t: 1s, op: alloc_pages, id: %d, order: 10}\n",
			 i);
	text_add(&events,
		 "  - {t: 1s, op: alloc_pages, id: \"half\", order: 9}\n"
		 "  - {t: 1s, op: alloc_pages, id: \"quarter\", order: 8}\n"
		 "  - {t: 2s, op: alloc_pages, id: \"last\", order: 8}\n"
		 "  - {t: 3s, op: free_pages, id: \"half\"}\n"
		 "  - {t: 4s, op: touch, id: \"page\"}\n");
	run_watched(&watch, &events);
	assert_int_equal(watch.nr, 1);
	assert_int_equal(watch.io[0].t_ns, 4000000000);
	assert_int_equal(watch.io[0].other.kind, ACTOR_CALL);
	assert_int_equal(watch.woken.t_ns,
			 4000000000 + TRANSFER_NS + LATENCY_NS);
	assert_int_equal(watch.woken.other.kind, ACTOR_DEVICE);
	assert_int_equal(watch.woken.other.number, 0);
	assert_int_equal(watch.sleep_ns, TRANSFER_NS + LATENCY_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_overlap_in_their_latency),
		cmocka_unit_test(a_reader_sleeps_until_it_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
