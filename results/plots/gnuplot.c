/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gnuplot is a program of its own: it is started with scripts as arguments,
 * without the user's start-up file (a picture must not depend on it) and
 * without a shell in between. It reports errors on stderr, which is kept and
 * passed on.
 */

#define _GNU_SOURCE

#include "results/plots/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPTS_MAX 8
#define MESSAGE_MAX 600

int scratch_make(struct scratch *scratch, struct errors *errors)
{
	const char *base = getenv("TMPDIR");

	if (!base || !*base)
		base = "/tmp";
	if (asprintf(&scratch->folder, "%s/kmemsim-XXXXXX", base) < 0) {
		scratch->folder = NULL;
		return error_host(errors, "%s", base);
	}
	if (mkdtemp(scratch->folder))
		return 0;
	error_host(errors, "%s", scratch->folder);
	free(scratch->folder);
	scratch->folder = NULL;
	return -1;
}

char *scratch_path(const struct scratch *scratch, const char *name,
		   struct errors *errors)
{
	char *path;

	if (asprintf(&path, "%s/%s", scratch->folder, name) >= 0)
		return path;
	error_host(errors, "%s", name);
	return NULL;
}

int scratch_write(const struct scratch *scratch, const char *name,
		  const struct text *text, struct errors *errors)
{
	char *path = scratch_path(scratch, name, errors);
	FILE *file = path ? fopen(path, "w") : NULL;
	int result = 0;

	if (file) {
		fwrite(text->s, 1, text->length, file);
		result = ferror(file);
		result |= fclose(file);
	}
	if (path && (!file || result || text->failed))
		result = error_host(errors, "%s", path);
	free(path);
	return path && !result ? 0 : -1;
}

void scratch_remove(struct scratch *scratch, const char *const *names,
		    size_t nr)
{
	struct errors unused = ERRORS_NONE;
	size_t i;

	if (!scratch->folder)
		return;
	for (i = 0; i < nr; i++) {
		char *path = scratch_path(scratch, names[i], &unused);

		if (path)
			unlink(path);
		free(path);
	}
	errors_release(&unused);
	rmdir(scratch->folder);
	free(scratch->folder);
	scratch->folder = NULL;
}

static int start(char *const *arguments, const char *messages, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int result = posix_spawn_file_actions_init(&actions);

	if (result)
		return result;
	result = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO,
						  messages,
						  O_WRONLY | O_CREAT | O_TRUNC,
						  0600);
	if (!result)
		result = posix_spawn_file_actions_addopen(
			&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!result)
		result = posix_spawnp(pid, arguments[0], &actions, NULL,
				      arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return result;
}

/* A signal that was caught asks for an end. */
static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
		kill(pid, SIGTERM);
	}
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

/* The first lines of what gnuplot said, on one line. */
static int report(const char *messages, struct errors *errors)
{
	char said[MESSAGE_MAX] = "";
	FILE *file = fopen(messages, "r");
	size_t length = 0, i;

	if (file) {
		length = fread(said, 1, sizeof(said) - 1, file);
		fclose(file);
	}
	said[length] = '\0';
	for (i = 0; i < length; i++)
		if (said[i] == '\n' || said[i] == '\t')
			said[i] = ' ';
	errno = 0;
	return error_host(errors, "gnuplot failed: %s",
			  said + strspn(said, " "));
}

int gnuplot_run(const char *const *scripts, size_t nr, const char *messages,
		struct errors *errors)
{
	char program[] = "gnuplot", defaults[] = "--default-settings";
	char *arguments[SCRIPTS_MAX + 3] = { program, defaults };
	pid_t pid;
	size_t i;

	for (i = 0; i < nr && i < SCRIPTS_MAX; i++)
		arguments[i + 2] = (char *)scripts[i];
	errno = start(arguments, messages, &pid);
	if (errno == ENOENT) {
		errno = 0;
		return error_host(errors,
				  "gnuplot is needed for pictures and is not "
				  "there (Debian: gnuplot-nox)");
	}
	if (errno)
		return error_host(errors, "gnuplot");
	return wait_for(pid) ? report(messages, errors) : 0;
}

void gnuplot_quote(struct text *out, const char *s)
{
	text_add(out, "'");
	for (; *s; s++)
		if (*s == '\'')
			text_add(out, "''");
		else
			text_add(out, "%c", (unsigned char)*s < ' ' ? ' ' : *s);
	text_add(out, "'");
}
