/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_FORMAT_H
#define KMEMSIM_WORKLOADS_IMPORT_FORMAT_H

/*
 * What an import format is: a name, what it takes, and a function. A new one
 * is a file that defines `import_format_NAME`, and a line in the list below.
 *
 *	kmemsim import NAME FILE… --> struct import_job --> import()
 *	                              .workload, .config, .report
 */

#include "models/gfp.h"
#include "sim/base/error.h"
#include "sim/base/safe_file.h"
#include "sim/base/text.h"
#include "workloads/import/ftrace.h"

#define IMPORT_FORMATS(X)                                                      \
	X(ftrace)                                                              \
	X(perf)                                                                \
	X(dmesg)                                                               \
	X(page_owner)                                                          \
	X(proc)

/* Options that not every format takes. */
enum import_option {
	IMPORT_TAKES_LEVEL = 1 << 0,
	IMPORT_TAKES_MODEL_RECLAIM = 1 << 1,
	IMPORT_TAKES_NO_TASKS = 1 << 2,
	IMPORT_TAKES_GFP_BITS = 1 << 3,
	IMPORT_TAKES_NTH = 1 << 4,
};

#define IMPORT_SIDES_MAX 2

/* A file that the config names, such as its free lists. */
struct import_side {
	char *path; /* owned */
	struct safe_file file;
};

/* One import: what is asked for, and where its results go. */
struct import_job {
	const char *const *files; /* at least one */
	size_t nr_files;
	const char *name;    /* of the workload or config; NULL: by the files */
	const char *profile; /* NULL: by what was read */
	const char *config_path; /* where `config` goes; "-": stdout */
	enum import_level level;
	uint32_t gfp_bits; /* KERNEL_VERSION() of masks' bits; 0: not said */
	uint64_t nth;	   /* of several things in a file, from 1 */
	bool no_tasks;
	bool model_reclaim;
	FILE *workload; /* NULL: none is asked for */
	FILE *config;	/* NULL: none is asked for */
	struct import_side side[IMPORT_SIDES_MAX];
	size_t nr_sides;
	const volatile int *interrupted; /* reading may end then; or NULL */
	struct text *report; /* for people: what was read, guessed, lost */
	struct errors *errors;
};

struct import_format {
	const char *name;
	unsigned int takes; /* enum import_option */
	size_t most_files;
	/*
	 * Files behind the first are those of /proc that make the config of
	 * its machine.
	 */
	bool proc_behind;
	/*
	 * The first of its files is read once, from its beginning to its end:
	 * a pipe need not be kept for it. Behind it nothing is.
	 */
	bool reads_first_once;
	/* `-o` is a config, and a workload only where these files make one. */
	bool makes_config;
	bool (*has_workload)(const char *const *files, size_t nr_files);
	/* 0; -1 with errors added. */
	int (*import)(struct import_job *job);
};

/* All, in the list's order. */
extern const struct import_format *const import_formats[];
extern const size_t nr_import_formats;

/*
 * Opens a file beside the config, for what the config refers to: for
 * "m.yaml" and "pagetypeinfo" it is "m.pagetypeinfo". *name is how the config
 * calls it, valid as long as the job. NULL with an error added: it can't be
 * written, or the config goes to stdout. It appears with job_commit().
 */
FILE *import_job_side(struct import_job *job, const char *suffix,
		      const char **name);

/* All files beside the config are complete. -1 with an error. */
int import_job_commit(struct import_job *job);
/* They are not to be. */
void import_job_discard(struct import_job *job);

/* "boot.txt" for "logs/boot.txt", "stdin" for "-", "pipe" for an open one. */
const char *import_base_name(const char *path);

/* The name that a workload of that file gets: "boot" for "logs/boot.txt". */
void import_add_name(struct text *name, const char *path);

#endif
