/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread that reads, decompresses and checks blocks while those before them
 * are in use.
 *
 *	file --> [ready][ready][in use][being read] -->	in order
 *
 * Rules: blocks come in the file's order and only once, so no result depends
 * on the thread. It is started with the second block: most files have only
 * one. Where the host gives no thread, blocks are read when they are asked
 * for.
 */

#include "workloads/packed/packed_ahead.h"

#include <pthread.h>
#include <stdlib.h>

#include "sim/base/host.h"

/* One in use, one being read, and some between that even out the two. */
#define NR_AHEAD 4

struct packed_ahead {
	struct packed_file *file;
	struct packed_block block[NR_AHEAD];
	uint64_t taken; /* blocks given out so far */
	bool threaded;
	bool tried; /* to start the thread */
	pthread_t thread;

	/* Shared; under the mutex. */
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	uint64_t ready;	   /* blocks read so far */
	uint64_t released; /* blocks done with */
	int status;	   /* of the last reading: packed_file_next()'s */
	bool stop;
};

struct packed_ahead *packed_ahead_new(struct packed_file *file)
{
	struct packed_ahead *ahead = host_alloc(1, sizeof(*ahead));

	if (!ahead)
		return NULL;
	ahead->file = file;
	ahead->status = 1;
	pthread_mutex_init(&ahead->mutex, NULL);
	pthread_cond_init(&ahead->changed, NULL);
	return ahead;
}

/* Waits for room; false: nothing more is wanted. */
static bool wait_for_room(struct packed_ahead *ahead)
{
	bool go_on;

	pthread_mutex_lock(&ahead->mutex);
	while (!ahead->stop && ahead->ready - ahead->released == NR_AHEAD)
		pthread_cond_wait(&ahead->changed, &ahead->mutex);
	go_on = !ahead->stop;
	pthread_mutex_unlock(&ahead->mutex);
	return go_on;
}

static void *read_ahead(void *argument)
{
	struct packed_ahead *ahead = argument;
	int status = 1;

	while (status > 0 && wait_for_room(ahead)) {
		/* Only this thread changes `ready`. */
		status = packed_file_next(
			ahead->file, &ahead->block[ahead->ready % NR_AHEAD]);
		pthread_mutex_lock(&ahead->mutex);
		ahead->ready += status > 0;
		ahead->status = status;
		pthread_cond_signal(&ahead->changed);
		pthread_mutex_unlock(&ahead->mutex);
	}
	return NULL;
}

static void start_thread(struct packed_ahead *ahead)
{
	if (ahead->tried || !ahead->taken)
		return;
	ahead->tried = true;
	ahead->threaded =
		pthread_create(&ahead->thread, NULL, read_ahead, ahead) == 0;
}

/* Lets go of the block in use, waits for the next; packed_file_next()'s. */
static int exchange(struct packed_ahead *ahead)
{
	int status;

	pthread_mutex_lock(&ahead->mutex);
	ahead->released = ahead->taken;
	pthread_cond_signal(&ahead->changed);
	while (ahead->ready == ahead->taken && ahead->status > 0)
		pthread_cond_wait(&ahead->changed, &ahead->mutex);
	status = ahead->ready == ahead->taken ? ahead->status : 1;
	pthread_mutex_unlock(&ahead->mutex);
	return status;
}

int packed_ahead_next(struct packed_ahead *ahead, struct packed_block **block)
{
	struct packed_block *next = &ahead->block[ahead->taken % NR_AHEAD];
	int status;

	start_thread(ahead);
	if (ahead->threaded) {
		status = exchange(ahead);
	} else {
		status = packed_file_next(ahead->file, next);
		ahead->ready += status > 0;
	}
	if (status <= 0)
		return status;
	ahead->taken++;
	*block = next;
	return 1;
}

void packed_ahead_free(struct packed_ahead *ahead)
{
	if (!ahead)
		return;
	if (ahead->threaded) {
		pthread_mutex_lock(&ahead->mutex);
		ahead->stop = true;
		pthread_cond_signal(&ahead->changed);
		pthread_mutex_unlock(&ahead->mutex);
		pthread_join(ahead->thread, NULL);
	}
	for (int i = 0; i < NR_AHEAD; i++)
		packed_block_release(&ahead->block[i]);
	pthread_cond_destroy(&ahead->changed);
	pthread_mutex_destroy(&ahead->mutex);
	free(ahead);
}
