/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_FILE_FACTS_H
#define KMEMSIM_WORKLOADS_FILE_FACTS_H

/*
 * What only reading all of a file shows, found out once for all runs that read
 * the same file.
 */

#include <stdbool.h>

#include "workloads/file_sha256.h"

struct file_facts {
	bool sums;		      /* is the SHA-256 asked for? */
	char sha256[SHA256_TEXT_MAX]; /* "": not known */
	bool searched;		      /* is has_word known? */
	bool has_word;		      /* `generators` stands somewhere in it */
};

/* The facts of any number of files; for use by any number of threads. */
struct file_facts_cache;

/* NULL: the host has no memory. */
struct file_facts_cache *file_facts_cache_new(void);
/* Nobody may be between begin() and end(). NULL is fine. */
void file_facts_cache_free(struct file_facts_cache *cache);

struct file_facts_entry;

/*
 * Fills *facts with what is known of the file that `fd` is. If somebody is
 * finding that out, waits until it is done. If nothing is known, the caller has
 * to find it out, and to pass what is returned to file_facts_end(). NULL: that
 * is not needed. Facts that *facts does not have then are found out for the
 * caller alone: where `fd` is no regular file, `cache` is NULL or the host has
 * no memory.
 */
struct file_facts_entry *file_facts_begin(struct file_facts_cache *cache,
					  int fd, struct file_facts *facts);

/*
 * Hands on what was found out. Without a SHA-256, the next caller tries again.
 */
void file_facts_end(struct file_facts_cache *cache,
		    struct file_facts_entry *entry,
		    const struct file_facts *facts);

#endif
