/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The formats there are, and what they share: files that a config names lie
 * beside it and appear together with it.
 */
#include <stdlib.h>
#include <string.h>

#include "workloads/import/format.h"

#define X(name) extern const struct import_format import_format_##name;
IMPORT_FORMATS(X)
#undef X

const struct import_format *const import_formats[] = {
#define X(name) &import_format_##name,
	IMPORT_FORMATS(X)
#undef X
};
const size_t nr_import_formats =
	sizeof(import_formats) / sizeof(*import_formats);

const char *import_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (strcmp(path, "-") == 0)
		return "stdin";
	if (strncmp(path, "/dev/fd/", strlen("/dev/fd/")) == 0)
		return "pipe";
	return slash ? slash + 1 : path;
}

/* How much of a file's name stands before its ending. */
static size_t stem_length(const char *base)
{
	const char *dot = strrchr(base, '.');

	return dot && dot != base ? (size_t)(dot - base) : strlen(base);
}

/* Would it be written over what is read from it? */
static bool is_read(const struct import_job *job, const char *path)
{
	for (size_t i = 0; i < job->nr_files; i++) {
		if (!same_file(job->files[i], path))
			continue;
		error_input(job->errors,
			    (struct place){ .file = job->files[i] },
			    "would be overwritten by a file beside the config: "
			    "give that another name");
		return true;
	}
	return false;
}

FILE *import_job_side(struct import_job *job, const char *suffix,
		      const char **name)
{
	struct import_side *side = &job->side[job->nr_sides];
	const char *config = job->config_path;
	struct text path = TEXT_EMPTY;
	const char *base;

	if (!config || strcmp(config, "-") == 0) {
		error_input(job->errors, (struct place){ .file = "-" },
			    "the config names a %s beside it: it needs a file "
			    "of its own, not stdout",
			    suffix);
		return NULL;
	}
	base = import_base_name(config);
	text_add_bytes(&path, config,
		       (size_t)(base - config) + stem_length(base));
	text_add(&path, ".%s", suffix);
	if (path.failed) {
		text_release(&path);
		error_host(job->errors, "no memory for a file's name");
		return NULL;
	}
	if (is_read(job, path.s) ||
	    safe_file_open(&side->file, path.s, job->errors) < 0) {
		text_release(&path);
		return NULL;
	}
	side->path = path.s;
	job->nr_sides++;
	*name = import_base_name(side->path);
	return side->file.file;
}

int import_job_commit(struct import_job *job)
{
	int status = 0;

	while (job->nr_sides) {
		struct import_side *side = &job->side[--job->nr_sides];

		if (safe_file_commit(&side->file, job->errors) < 0)
			status = -1;
		free(side->path);
	}
	return status;
}

void import_job_discard(struct import_job *job)
{
	while (job->nr_sides) {
		struct import_side *side = &job->side[--job->nr_sides];

		safe_file_discard(&side->file);
		free(side->path);
	}
}

void import_add_name(struct text *name, const char *path)
{
	const char *base = import_base_name(path);

	text_add_bytes(name, base, stem_length(base));
}
