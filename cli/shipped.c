/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks files up where the program's data is (cli/data.c): the first place
 * that has any of a kind has them all.
 *
 * What a file is about is the first sentence of its first comment behind the
 * licence line.
 */

#include "cli/shipped.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "results/text/json.h"
#include "sim/base/host.h"

#define SUBJECT_MAX 400 /* bytes */

const struct shipped shipped_configs = {
	.what = "config",
	.kind = "configs",
	.dirs = { "configs", "configs/examples" },
	.suffix = ".yaml",
	.comment = "#",
};

const struct shipped shipped_profiles = {
	.what = "profile",
	.kind = "configs",
	.dirs = { "configs" },
	.suffix = ".yaml",
	.comment = "#",
	.by_name = true,
};

const struct shipped shipped_workloads = {
	.what = "workload",
	.kind = "workloads",
	.dirs = { "workloads" },
	.suffix = ".yaml",
	.comment = "#",
};

const struct shipped shipped_inputs = {
	.what = "config or workload",
	.kind = "configs` or `kmemsim list workloads",
	.dirs = { "configs", "configs/examples", "workloads" },
	.suffix = ".yaml",
	.comment = "#",
};

const struct shipped shipped_queries = {
	.what = "query",
	.kind = "queries",
	.dirs = { "results/queries" },
	.suffix = ".sql",
	.comment = "--",
	.by_name = true,
};

/* ---- files --------------------------------------------------------------- */

struct found {
	struct words paths; /* whole, each its own */
	struct errors *errors;
};

static bool has_suffix(const char *name, const char *suffix)
{
	size_t length = strlen(name), ends = strlen(suffix);

	return length > ends && !strcmp(name + length - ends, suffix) &&
	       *name != '.';
}

static void add_path(struct found *found, const char *dir, const char *name)
{
	struct text path = TEXT_EMPTY;

	text_add(&path, "%s/%s", dir, name);
	if (path.failed || words_add(&found->paths, path.s) < 0) {
		error_host(found->errors, "no memory for a list of files");
		text_release(&path);
	}
}

static void look_in(struct found *found, const char *dir, const char *suffix)
{
	DIR *open = opendir(dir);
	struct dirent *entry;

	while (open && (entry = readdir(open)))
		if (has_suffix(entry->d_name, suffix))
			add_path(found, dir, entry->d_name);
	if (open)
		closedir(open);
}

static int by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static int find_all(const struct shipped *shipped, struct found *found,
		    struct errors *errors)
{
	*found = (struct found){ .errors = errors };
	for (int i = 0; shipped->dirs[i]; i++) {
		size_t before = found->paths.nr;
		char **dirs = data_dirs(shipped->dirs[i]);

		if (!dirs)
			error_host(errors, "no memory for a list of files");
		for (int d = 0; dirs && dirs[d]; d++)
			if (found->paths.nr == before)
				look_in(found, dirs[d], shipped->suffix);
		data_dirs_free(dirs);
		if (found->paths.nr > before)
			qsort(found->paths.word + before,
			      found->paths.nr - before,
			      sizeof *found->paths.word, by_name);
	}
	return errors->nr ? -1 : 0;
}

static void forget_all(struct found *found)
{
	for (size_t i = 0; i < found->paths.nr; i++)
		free((char *)found->paths.word[i]);
	words_release(&found->paths);
}

int shipped_read(const char *path, struct text *text, struct errors *errors)
{
	struct place place = { .file = path };
	FILE *file = fopen(path, "re");
	char buffer[4096];
	size_t nr;

	if (!file)
		return error_open(errors, place);
	while ((nr = fread(buffer, 1, sizeof buffer, file)) > 0)
		text_add_bytes(text, buffer, nr);
	if (ferror(file))
		error_host(errors, "%s", path);
	fclose(file);
	if (text->failed)
		error_host(errors, "%s: no memory for it", path);
	return errors->nr ? -1 : 0;
}

/* ---- names and subjects -------------------------------------------------- */

/* The name that the file goes by: [*start, returned length). */
static size_t name_of(const struct shipped *shipped, const char *path,
		      const char **start)
{
	const char *slash = strrchr(path, '/');

	*start = slash ? slash + 1 : path;
	return strlen(*start) -
	       (shipped->by_name ? strlen(shipped->suffix) : 0);
}

/* A line of the comment; NULL: the comment is over, or has not begun. */
static const char *comment_line(const struct shipped *shipped, char *line)
{
	size_t mark = strlen(shipped->comment);

	line[strcspn(line, "\r\n")] = '\0';
	if (strncmp(line, shipped->comment, mark))
		return NULL;
	line += mark;
	return line + strspn(line, " ");
}

/* The first sentence of the first paragraph. */
static void read_subject(const struct shipped *shipped, const char *path,
			 char subject[SUBJECT_MAX])
{
	FILE *file = fopen(path, "re");
	size_t used = 0;
	char line[256];
	char *end;

	*subject = '\0';
	while (file && fgets(line, sizeof line, file)) {
		const char *says = comment_line(shipped, line);

		if (says && !strncmp(says, "SPDX-", 5))
			continue;
		if (says && *says)
			used += snprintf(subject + used, SUBJECT_MAX - used,
					 "%s%s", used ? " " : "", says);
		else if (used || !says)
			break;
		if (used >= SUBJECT_MAX)
			break;
	}
	if (file)
		fclose(file);
	end = strstr(subject, ". ");
	if (end)
		end[1] = '\0';
}

static void add_json(struct json *json, const char *path, const char *name,
		     const char *subject)
{
	json_begin_object(json, NULL);
	json_string(json, "name", name);
	json_string(json, "path", path);
	json_string(json, "about", subject);
	json_end_object(json);
}

static void print_found(const struct shipped *shipped,
			const struct found *found, struct json *json)
{
	const char *name;
	int width = 0;

	for (size_t i = 0; i < found->paths.nr; i++) {
		int length = (int)name_of(shipped, found->paths.word[i], &name);

		if (length > width)
			width = length;
	}
	for (size_t i = 0; i < found->paths.nr; i++) {
		const char *path = found->paths.word[i];
		int length = (int)name_of(shipped, path, &name);
		char subject[SUBJECT_MAX], own[NAME_MAX + 1];

		read_subject(shipped, path, subject);
		snprintf(own, sizeof own, "%.*s", length, name);
		if (json)
			add_json(json, path, own, subject);
		else
			print_entry(own, width + 1, subject);
	}
}

int shipped_print(const struct shipped *shipped, bool as_json)
{
	struct errors errors = ERRORS_NONE;
	struct text text = TEXT_EMPTY;
	struct json json = JSON_TO(&text);
	struct found found;

	if (find_all(shipped, &found, &errors) == 0) {
		if (as_json)
			json_begin_array(&json, NULL);
		print_found(shipped, &found, as_json ? &json : NULL);
		if (as_json)
			json_end_array(&json);
		if (text.failed)
			error_host(&errors, "no memory for a list of files");
		else if (as_json)
			fputs(text.s, stdout);
	}
	forget_all(&found);
	text_release(&text);
	return errors.nr ? fail_with(&errors) : EXIT_FINE;
}

void shipped_offer(const struct shipped *shipped, const char *begun)
{
	struct errors errors = ERRORS_NONE;
	struct found found;
	const char *name;

	find_all(shipped, &found, &errors);
	for (size_t i = 0; i < found.paths.nr; i++) {
		int length = (int)name_of(shipped, found.paths.word[i], &name);

		if (!strncmp(name, begun, strlen(begun)))
			printf("%.*s\n", length, name);
	}
	forget_all(&found);
	errors_release(&errors);
}

/* ---- one of them --------------------------------------------------------- */

static int add_unknown(const struct shipped *shipped, const char *name,
		       const struct found *found, struct errors *errors)
{
	const char **names = host_alloc(found->paths.nr + 1, sizeof *names);
	char **own = host_alloc(found->paths.nr + 1, sizeof *own);
	struct text hint = TEXT_EMPTY;

	for (size_t i = 0; names && own && i < found->paths.nr; i++) {
		size_t length =
			name_of(shipped, found->paths.word[i], &names[i]);

		own[i] = strndup(names[i], length);
		names[i] = own[i] ? own[i] : "";
	}
	if (names && own)
		text_add_near(&hint, nearest_match(name, strlen(name), names,
						   found->paths.nr));
	if (!hint.s)
		text_add(&hint, "; `kmemsim list %s` has them", shipped->kind);
	error_input(errors, (struct place){ 0 }, "there is no %s \"%s\"%s",
		    shipped->what, name, hint.s ? hint.s : "");
	text_release(&hint);
	for (size_t i = 0; own && i < found->paths.nr; i++)
		free(own[i]);
	free(own);
	free(names);
	return -1;
}

int shipped_find(const struct shipped *shipped, const char *name,
		 struct text *path, struct errors *errors)
{
	struct found found;
	int result = find_all(shipped, &found, errors);
	const char *match = NULL;
	const char *start;

	for (size_t i = 0; !result && i < found.paths.nr; i++) {
		size_t length = name_of(shipped, found.paths.word[i], &start);

		if (strlen(name) == length && !strncmp(name, start, length))
			match = found.paths.word[i];
	}
	if (match)
		text_add(path, "%s", match);
	else if (!result)
		result = add_unknown(shipped, name, &found, errors);
	forget_all(&found);
	return result;
}

/* ---- a path, or one of them ---------------------------------------------- */

static bool is_called(const struct shipped *shipped, const char *path,
		      const char *word)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t length = strlen(word);

	return !strncmp(name, word, length) &&
	       (!name[length] || !strcmp(name + length, shipped->suffix));
}

/* The name of a file of one's own, as those of ours may be written. */
static bool is_without_suffix(const struct shipped *shipped, const char *word)
{
	struct text path = TEXT_EMPTY;
	bool there;

	text_add(&path, "%s%s", word, shipped->suffix);
	there = path.s && !path.failed && access(path.s, F_OK) == 0;
	text_release(&path);
	return there;
}

/* Nobody has such a file: is it one of ours, misspelt? */
static void add_misspelt(const struct shipped *shipped, const char *word,
			 const struct found *found, struct errors *errors)
{
	struct nearest nearest = { .word = word, .length = strlen(word) };
	size_t suffix = strlen(shipped->suffix);
	const char *name;

	if (has_suffix(word, shipped->suffix))
		nearest.length -= suffix;
	for (size_t i = 0; i < found->paths.nr; i++) {
		char *path = (char *)found->paths.word[i];

		path[strlen(path) - suffix] = '\0';
		name = strrchr(path, '/');
		nearest_consider(&nearest, name ? name + 1 : path);
	}
	if (is_without_suffix(shipped, word))
		error_input(errors, place_of_file(word),
			    "can't be opened: %s; did you mean \"%s%s\", "
			    "which is here?",
			    strerror(ENOENT), word, shipped->suffix);
	else if (nearest.best)
		error_input(errors, place_of_file(word),
			    "can't be opened: %s; did you mean \"%s\", which "
			    "comes with kmemsim?",
			    strerror(ENOENT), nearest.best);
}

char *shipped_path(const struct shipped *shipped, const char *word,
		   struct errors *errors)
{
	size_t before = errors->nr;
	const char *match = NULL;
	struct found found;
	char *path = NULL;

	if (!*word || !strcmp(word, "-") || strchr(word, '/') ||
	    !access(word, F_OK))
		return NULL;
	find_all(shipped, &found, errors);
	for (size_t i = 0; i < found.paths.nr && !match; i++)
		if (is_called(shipped, found.paths.word[i], word))
			match = found.paths.word[i];
	if (match) {
		/* Without the "build/.." that it was found by. */
		path = realpath(match, NULL);
		if (!path)
			error_host(errors, "no memory for a file's path");
	} else if (errors->nr == before) {
		add_misspelt(shipped, word, &found, errors);
	}
	forget_all(&found);
	return path;
}
