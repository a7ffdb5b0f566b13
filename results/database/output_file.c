/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A database that is written anew replaces the one of an earlier run, and
 * nothing else: a file that is not ours is never touched. The earlier one is
 * kept beside it as NAME.previous until the new run is complete:
 *
 *	RUN.db                 RUN.db (new)              RUN.db
 *	        -- claim -->   RUN.db.previous  -- keep -->
 *
 *	                                        -- discard --> RUN.db (old)
 *
 * A run that is killed leaves both.
 *
 * Source: a file is ours by the application id that SQLite keeps at offset 68
 * of the file ("Database File Format", section 1.3).
 */

#include "results/database/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "results/database/database.h"

#define HEADER_SIZE 100
#define HEADER_MAGIC "SQLite format 3"
#define HEADER_APPLICATION_ID 68

static bool is_run_header(const unsigned char *header)
{
	const unsigned char *id = header + HEADER_APPLICATION_ID;
	uint32_t application = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 |
			       (uint32_t)id[2] << 8 | id[3];

	return !memcmp(header, HEADER_MAGIC, sizeof(HEADER_MAGIC)) &&
	       application == DATABASE_APPLICATION_ID;
}

static bool is_run(const char *path)
{
	unsigned char header[HEADER_SIZE];
	FILE *file = fopen(path, "rb");
	size_t got = 0;

	if (file) {
		got = fread(header, 1, sizeof(header), file);
		fclose(file);
	}
	return got == sizeof(header) && is_run_header(header);
}

static int report_busy(const char *path, struct errors *errors)
{
	return error_input(errors, (struct place){ .file = path },
			   "another run is being written there");
}

/*
 * Over a network, a lock of flock() is one of fcntl() as well, which would keep
 * SQLite from the file.
 */
static bool has_locks_of_its_own(int fd)
{
	struct statfs system;

	return fstatfs(fd, &system) == 0 && system.f_type != NFS_SUPER_MAGIC &&
	       system.f_type != SMB_SUPER_MAGIC &&
	       system.f_type != CIFS_SUPER_MAGIC &&
	       system.f_type != SMB2_SUPER_MAGIC;
}

static bool is_locked_by_another(int fd)
{
	return has_locks_of_its_own(fd) && flock(fd, LOCK_EX | LOCK_NB) &&
	       errno == EWOULDBLOCK;
}

static bool is_held_by_another(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_held = fd >= 0 && is_locked_by_another(fd);

	if (fd >= 0)
		close(fd);
	return is_held;
}

/* Has nobody written to the file at the path, or put another there, since? */
static bool is_as_before(const char *path, const struct stat *before)
{
	struct stat now;

	return stat(path, &now) == 0 && now.st_ino == before->st_ino &&
	       now.st_dev == before->st_dev && now.st_size == before->st_size &&
	       now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

static enum output_path refuse_other(const char *path, const char *what,
				     struct errors *errors)
{
	error_input(errors, (struct place){ .file = path }, "%s", what);
	return OUTPUT_REFUSED;
}

/*
 * What is at a path; an error only for what must not be replaced. A run that
 * has only just begun is no database yet: `held`, it can't be another's. If
 * not, it may be over before it is asked for, and then it is looked at again.
 */
static enum output_path look_at(const char *path, bool held,
				struct errors *errors)
{
	struct stat status;

	do {
		if (stat(path, &status)) {
			if (errno == ENOENT)
				return OUTPUT_FREE;
			error_host(errors, "%s", path);
			return OUTPUT_REFUSED;
		}
		if (S_ISDIR(status.st_mode))
			return refuse_other(path,
					    "a directory: not a place for a "
					    "database",
					    errors);
		if (!S_ISREG(status.st_mode))
			return refuse_other(path,
					    "not a regular file: not a place "
					    "for a database",
					    errors);
		if (!status.st_size)
			return OUTPUT_FREE;
		if (is_run(path))
			return OUTPUT_OLD_RUN;
		if (!held && is_held_by_another(path)) {
			report_busy(path, errors);
			return OUTPUT_REFUSED;
		}
	} while (!is_as_before(path, &status));
	return refuse_other(path,
			    "exists and is no database of a kmemsim run; it is "
			    "not overwritten",
			    errors);
}

/* Whether a file can be made in the path's folder. */
static int check_folder(const char *path, struct errors *errors)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) :
			       strdup(".");
	int result = 0;

	if (!folder || access(folder, W_OK | X_OK))
		result = error_host(errors, "%s", folder ? folder : path);
	free(folder);
	return result;
}

static char *previous_of(const char *path)
{
	static const char suffix[] = ".previous";
	char *previous = malloc(strlen(path) + sizeof(suffix));

	if (previous)
		strcat(strcpy(previous, path), suffix);
	return previous;
}

/* Whether the old run can be kept beside the new one. */
static int check_previous(const char *path, struct errors *errors)
{
	struct errors unused = ERRORS_NONE;
	char *previous = previous_of(path);
	enum output_path found;

	if (!previous)
		return error_host(errors, "%s", path);
	found = look_at(previous, false, &unused);
	if (found == OUTPUT_REFUSED)
		error_input(errors, (struct place){ .file = path },
			    "can't be kept as %s meanwhile: that is something "
			    "else",
			    previous);
	errors_release(&unused);
	free(previous);
	return found == OUTPUT_REFUSED ? -1 : 0;
}

enum output_path recorder_check_path(const char *path, struct errors *errors)
{
	enum output_path found;

	if (!strcmp(path, "-")) {
		error_input(errors, (struct place){ .file = path },
			    "a database can't be written to standard output");
		return OUTPUT_REFUSED;
	}
	found = look_at(path, false, errors);
	if (found == OUTPUT_REFUSED || check_folder(path, errors))
		return OUTPUT_REFUSED;
	if (found == OUTPUT_OLD_RUN && check_previous(path, errors))
		return OUTPUT_REFUSED;
	return found;
}

/*
 * Nobody else may be writing to the old database. Asking also rolls back what
 * a killed run has left in its journal, which would otherwise be applied to
 * the new database of that name.
 */
static int settle_old_run(const char *path, struct errors *errors)
{
	sqlite3 *db;
	int result;

	result = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_exec(db, "BEGIN EXCLUSIVE; COMMIT", NULL, NULL,
				      NULL);
	sqlite3_close(db);
	if (result == SQLITE_BUSY)
		return report_busy(path, errors);
	/* Damaged or not, it is about to be replaced. */
	return 0;
}

/*
 * Opens what is at the path, or a new file, and holds it: of runs that begin at
 * the same time, one gets it. An old run may be read-only. NULL: another has
 * it, and an error was added. A file system that knows no locks is taken at its
 * word.
 */
static FILE *hold(const char *path, int flags, struct errors *errors)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0644);
	struct stat there, ours;
	FILE *held;

	if (fd < 0 && errno == EACCES && !flags)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	held = fd < 0 ? NULL : fdopen(fd, "r");

	if (!held) {
		if (errno == EEXIST)
			report_busy(path, errors);
		else
			error_host(errors, "%s", path);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	/* It may have been moved away before it was held. */
	if (is_locked_by_another(fd) || fstat(fd, &ours) ||
	    stat(path, &there) || ours.st_ino != there.st_ino ||
	    ours.st_dev != there.st_dev) {
		report_busy(path, errors);
		fclose(held);
		return NULL;
	}
	return held;
}

/* Puts the old run, held, aside. Returns the new file, held, or NULL. */
static FILE *put_aside(const char *path, const char *previous, FILE *held,
		       struct errors *errors)
{
	FILE *fresh = NULL;

	if (settle_old_run(path, errors) == 0) {
		if (rename(path, previous))
			error_host(errors, "%s", previous);
		else
			fresh = hold(path, O_EXCL, errors);
	}
	fclose(held);
	return fresh;
}

/* Leaves file->path NULL where it fails: then there is nothing to discard. */
int output_file_claim(struct output_file *file, const char *path,
		      struct errors *errors)
{
	enum output_path found = recorder_check_path(path, errors);
	char *previous = previous_of(path), *own = strdup(path);
	FILE *held = NULL;

	if (!previous || !own)
		error_host(errors, "%s", path);
	else if (found != OUTPUT_REFUSED)
		held = hold(path, 0, errors);
	/* As it is now that nobody else writes it. */
	if (held)
		found = look_at(path, true, errors);
	if (held && found == OUTPUT_OLD_RUN)
		held = put_aside(path, previous, held, errors);
	if (!held || found == OUTPUT_REFUSED) {
		if (held)
			fclose(held);
		free(previous);
		free(own);
		return -1;
	}
	*file = (struct output_file){ .path = own,
				      .previous = previous,
				      .held = held,
				      .moved = found == OUTPUT_OLD_RUN };
	return 0;
}

void output_file_keep(struct output_file *file)
{
	if (file->moved)
		unlink(file->previous);
	file->moved = false;
}

static void unlink_journal(const char *path)
{
	char *journal = malloc(strlen(path) + sizeof("-journal"));

	if (journal)
		unlink(strcat(strcpy(journal, path), "-journal"));
	free(journal);
}

void output_file_discard(struct output_file *file, struct errors *errors)
{
	if (!file->path)
		return;
	unlink_journal(file->path);
	unlink(file->path);
	if (file->moved && rename(file->previous, file->path))
		error_host(errors,
			   "%s: the earlier run can't come back from %s",
			   file->path, file->previous);
	file->moved = false;
}

void output_file_release(struct output_file *file)
{
	if (file->held)
		fclose(file->held);
	free(file->path);
	free(file->previous);
	memset(file, 0, sizeof(*file));
}
