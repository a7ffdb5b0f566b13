/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_COMPARE_CONFIG_KEYS_H
#define KMEMSIM_RESULTS_COMPARE_CONFIG_KEYS_H

/*
 * An effective config, as a run's database holds it, taken apart into keys
 * and values, to tell what differs between two runs. Internal to results/.
 */

#include <stddef.h>

#include "sim/base/host.h"

struct config_key {
	const char *path;  /* "nodes.0.zones.1.managed_pages", as --set takes */
	const char *value; /* as written: a scalar or a list */
};

struct config_keys {
	struct config_key *key; /* in the config's order */
	size_t nr;
};

/* Everything goes into the arena. -1 where the host has no memory left. */
int config_keys_read(struct config_keys *keys, const char *text,
		     struct arena *arena);

/* NULL where there is no such key. */
const char *config_keys_find(const struct config_keys *keys, const char *path);

#endif
