/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CONFIGS_CONFIG_H
#define KMEMSIM_CONFIGS_CONFIG_H

/*
 * A config file, read: the profile's defaults, then what the file says, then
 * the `--set PATH=VALUE` of the command line, checked and turned into a
 * machine.
 */

#include "models/machine.h"
#include "sim/base/error.h"
#include "sim/base/text.h"

struct config {
	char *name;
	char *profile;
	struct machine_desc machine; /* owned, released with the config */
	uint64_t sample_every_ns;    /* sampling.every; 0: only on `sample` */
	char *text; /* the effective config as YAML, defaults filled in */
};

struct yaml_node;

/* A value for a dotted path, as a sweep has it. */
struct config_put {
	const char *path;
	struct place place; /* of the path */
	const struct yaml_node *value;
};

/* What messages say in a file's place where a word of a config_set is wrong. */
#define CONFIG_SET_NAME "--set"

/* What changes a config from outside; the words win. */
struct config_set {
	/* Each a `--set a.b.c=v`: the whole word, as the user typed it. */
	const char *const *words;
	size_t nr;
	const struct config_put *puts;
	size_t nr_puts;
};

/*
 * Reads and checks `path` ("-": stdin). Files that it names are relative to
 * it. Profiles are found in `profile_dirs` (NULL-terminated; each is searched
 * for NAME.yaml in turn). NULL with errors added where anything is invalid.
 */
struct config *config_load(const char *path, const struct config_set *sets,
			   const char *const *profile_dirs,
			   struct errors *errors);

/*
 * The same of a config's text, as it stands in struct config; `path` says in
 * which folder the files are that it names, and is what messages say.
 */
struct config *config_load_text(const char *text, const char *path,
				const struct config_set *sets,
				const char *const *profile_dirs,
				struct errors *errors);

void config_free(struct config *config);

#endif
