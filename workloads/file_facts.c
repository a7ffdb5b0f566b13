/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cache of what reading whole files has shown.
 *
 *	run 1 --begin--> not known: reads ------end--> known
 *	run 2 -----begin--> waits ......................|--> takes it
 *	run 3                                            `--begin--> takes it
 *
 * To compute the SHA-256 of a YAML workload and to search it takes a seventh of
 * its run's time, and runs side by side mostly read the same one.
 *
 * Rules: a file is the same if its place on the host, its size and its times
 * are the same; one that was changed is read again. Whoever begins also ends,
 * so nobody waits for more than one reading. Only regular files are kept: a
 * pipe gives its bytes once.
 */

#include "workloads/file_facts.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "sim/base/host.h"

struct file_facts_entry {
	struct file_facts_entry *next;
	struct stat status;
	bool busy; /* somebody is finding it out */
	bool known;
	struct file_facts facts;
};

struct file_facts_cache {
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	struct file_facts_entry *first; /* owned, as all behind it */
};

struct file_facts_cache *file_facts_cache_new(void)
{
	struct file_facts_cache *cache = host_alloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	pthread_mutex_init(&cache->mutex, NULL);
	pthread_cond_init(&cache->ended, NULL);
	return cache;
}

void file_facts_cache_free(struct file_facts_cache *cache)
{
	struct file_facts_entry *entry = cache ? cache->first : NULL;

	while (entry) {
		struct file_facts_entry *next = entry->next;

		free(entry);
		entry = next;
	}
	if (cache) {
		pthread_cond_destroy(&cache->ended);
		pthread_mutex_destroy(&cache->mutex);
	}
	free(cache);
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
static struct file_facts_entry *find(struct file_facts_cache *cache,
				     const struct stat *status)
{
	struct file_facts_entry *entry = cache->first;

	while (entry && !is_same_file(&entry->status, status))
		entry = entry->next;
	if (entry)
		return entry;
	entry = host_alloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->status = *status;
	entry->next = cache->first;
	cache->first = entry;
	return entry;
}

/* Takes what is known; else the entry is the caller's to fill. */
static struct file_facts_entry *take(struct file_facts_entry *entry,
				     struct file_facts *facts)
{
	if (!entry)
		return NULL;
	if (entry->known) {
		*facts = entry->facts;
		return NULL;
	}
	entry->busy = true;
	return entry;
}

struct file_facts_entry *file_facts_begin(struct file_facts_cache *cache,
					  int fd, struct file_facts *facts)
{
	struct file_facts_entry *entry;
	struct stat status;

	if (!cache || fstat(fd, &status) || !S_ISREG(status.st_mode))
		return NULL;
	pthread_mutex_lock(&cache->mutex);
	entry = find(cache, &status);
	while (entry && entry->busy)
		pthread_cond_wait(&cache->ended, &cache->mutex);
	entry = take(entry, facts);
	pthread_mutex_unlock(&cache->mutex);
	return entry;
}

void file_facts_end(struct file_facts_cache *cache,
		    struct file_facts_entry *entry,
		    const struct file_facts *facts)
{
	if (!entry)
		return;
	pthread_mutex_lock(&cache->mutex);
	entry->facts = *facts;
	entry->known = *facts->sha256 != '\0';
	entry->busy = false;
	pthread_cond_broadcast(&cache->ended);
	pthread_mutex_unlock(&cache->mutex);
}
