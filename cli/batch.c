/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads take runs one by one from a list until it is empty, a run fails, or
 * Ctrl-C comes. Runs share nothing but the host and what one of them has found
 * out about a whole file (workloads/file_facts.h): each has its own simulated
 * machine and database.
 */

#include "cli/batch.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "cli/progress_board.h"
#include "sim/base/host.h"
#include "sim/base/text.h"

/* Runs that are still to be made, taken one by one by the threads. */
struct queue {
	const struct batch *batch;
	struct file_facts_cache *facts; /* NULL: no memory; not shared */
	struct progress_board board;
	pthread_mutex_t lock;
	size_t next;
	int worst;
};

static bool is_over(const struct queue *queue)
{
	return interrupted || queue->next >= queue->batch->nr ||
	       (queue->worst && !queue->batch->keep_going);
}

static struct batch_job *take(struct queue *queue)
{
	struct batch_job *job = NULL;

	pthread_mutex_lock(&queue->lock);
	if (!is_over(queue))
		job = &queue->batch->job[queue->next++];
	pthread_mutex_unlock(&queue->lock);
	return job;
}

static void run_one(struct queue *queue, struct batch_job *job)
{
	struct board_line *line = board_add(&queue->board, job->name);
	struct simulation simulation = job->simulation;

	int status;

	simulation.quiet = true;
	simulation.errors = &job->errors;
	simulation.facts = queue->facts;
	if (line) {
		simulation.progress = board_progress;
		simulation.progress_argument = line;
	}
	status = simulate(queue->batch->verb, &simulation);
	board_remove(&queue->board, line);
	pthread_mutex_lock(&queue->lock);
	if (status > queue->worst)
		queue->worst = status;
	pthread_mutex_unlock(&queue->lock);
}

static void *run_some(void *argument)
{
	struct queue *queue = argument;
	struct batch_job *job;

	while ((job = take(queue)) != NULL)
		run_one(queue, job);
	return NULL;
}

static size_t choose_threads(const struct batch *batch)
{
	size_t nr = batch->at_once ? batch->at_once : host_cpus();

	if (nr > BATCH_JOBS_MAX)
		nr = BATCH_JOBS_MAX;
	return nr < batch->nr ? nr : batch->nr;
}

/* Runs that read the same file find the same: it is told once. */
static void print_errors(const struct batch *batch)
{
	struct errors all = ERRORS_NONE;

	for (size_t i = 0; i < batch->nr; i++)
		errors_merge(&all, &batch->job[i].errors);
	errors_print(&all, stderr);
	errors_release(&all);
}

int batch_run(const struct batch *batch)
{
	struct queue queue = { .batch = batch,
			       .facts = file_facts_cache_new(),
			       .lock = PTHREAD_MUTEX_INITIALIZER };
	size_t threads = choose_threads(batch), nr = 0;
	pthread_t thread[BATCH_JOBS_MAX];

	board_begin(&queue.board, batch->nr);
	/* This thread works too, so that at least one does. */
	while (nr + 1 < threads &&
	       pthread_create(&thread[nr], NULL, run_some, &queue) == 0)
		nr++;
	run_some(&queue);
	while (nr)
		pthread_join(thread[--nr], NULL);
	board_end(&queue.board);
	file_facts_cache_free(queue.facts);
	print_errors(batch);
	return interrupted ? EXIT_INTERRUPTED : queue.worst;
}

int batch_read_jobs(const struct verb *verb, const char *word, size_t *at_once)
{
	uint64_t number;

	if (!word)
		return 0;
	if (!parse_u64(word, strlen(word), &number) || !number ||
	    number > BATCH_JOBS_MAX)
		return usage_error(
			verb, "--jobs: \"%s\" is not a number from 1 to %d",
			word, BATCH_JOBS_MAX);
	*at_once = (size_t)number;
	return 0;
}

int batch_read_seeds(const struct verb *verb, const char *word, uint64_t *first,
		     uint64_t *last)
{
	*first = 1;
	if (parse_u64(word, strlen(word), last) && *last)
		return 0;
	if (parse_range(word, strlen(word), first, last))
		return 0;
	return usage_error(
		verb,
		"--seeds: \"%s\" is not how many there are to be, nor "
		"a range such as 1..20",
		word);
}
