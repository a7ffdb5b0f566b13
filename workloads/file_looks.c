/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps what whole files were seen to have.
 *
 *	run 1 --begin--> not known: looks ------end--> known
 *	run 2 -----begin--> waits ......................|--> takes it
 *	run 3                                            `--begin--> takes it
 *
 * To sum up a workload and to search it takes a seventh of its run's time where
 * it is YAML. Runs side by side mostly read the same.
 *
 * Rules: a file is the same one where its place on the host, its size and its
 * times are; who changes it has it looked at again. Whoever looks always ends
 * that, so nobody waits for more than one look. What is no file is never kept:
 * a pipe gives its bytes once.
 */

#include "workloads/file_looks.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "sim/base/host.h"

struct looked_at {
	struct looked_at *next;
	struct stat status;
	bool busy; /* somebody looks */
	bool known;
	struct file_look look;
};

struct file_looks {
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	struct looked_at *first; /* owned, as all behind it */
};

struct file_looks *file_looks_new(void)
{
	struct file_looks *looks = host_alloc(1, sizeof(*looks));

	if (!looks)
		return NULL;
	pthread_mutex_init(&looks->mutex, NULL);
	pthread_cond_init(&looks->ended, NULL);
	return looks;
}

void file_looks_free(struct file_looks *looks)
{
	struct looked_at *at = looks ? looks->first : NULL;

	while (at) {
		struct looked_at *next = at->next;

		free(at);
		at = next;
	}
	if (looks) {
		pthread_cond_destroy(&looks->ended);
		pthread_mutex_destroy(&looks->mutex);
	}
	free(looks);
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       is_same_time(&a->st_mtim, &b->st_mtim) &&
	       is_same_time(&a->st_ctim, &b->st_ctim);
}

/* The file's entry, made where there is none; NULL: the host has no memory. */
static struct looked_at *find(struct file_looks *looks,
			      const struct stat *status)
{
	struct looked_at *at = looks->first;

	while (at && !is_same_file(&at->status, status))
		at = at->next;
	if (at)
		return at;
	at = host_alloc(1, sizeof(*at));
	if (!at)
		return NULL;
	at->status = *status;
	at->next = looks->first;
	looks->first = at;
	return at;
}

/* Takes what is known; else the entry is the caller's to fill. */
static struct looked_at *take(struct looked_at *at, struct file_look *look)
{
	if (!at)
		return NULL;
	if (at->known) {
		*look = at->look;
		return NULL;
	}
	at->busy = true;
	return at;
}

struct looked_at *file_looks_begin(struct file_looks *looks, int fd,
				   struct file_look *look)
{
	struct looked_at *at;
	struct stat status;

	if (!looks || fstat(fd, &status) || !S_ISREG(status.st_mode))
		return NULL;
	pthread_mutex_lock(&looks->mutex);
	at = find(looks, &status);
	while (at && at->busy)
		pthread_cond_wait(&looks->ended, &looks->mutex);
	at = take(at, look);
	pthread_mutex_unlock(&looks->mutex);
	return at;
}

void file_looks_end(struct file_looks *looks, struct looked_at *at,
		    const struct file_look *look)
{
	if (!at)
		return;
	pthread_mutex_lock(&looks->mutex);
	at->look = *look;
	at->known = *look->sha256 != '\0';
	at->busy = false;
	pthread_cond_broadcast(&looks->ended);
	pthread_mutex_unlock(&looks->mutex);
}
