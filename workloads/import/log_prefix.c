/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a log puts before each line of the kernel's:
 *
 *	Nov 22 01:00:00 host kernel: …			syslog, journalctl
 *	<4>[   12.345678] …				levels, stamps
 *	[   12.345678][    C1] …			and CPUs, or tasks
 *	kern  :warn  : [   12.345678] …			dmesg --decode
 *	2026-11-22T01:00:00,123456+00:00 …		dmesg --time-format iso
 *	4,1234,12345678,-;…				/dev/kmsg
 *	<4>1 2026-11-22T01:00:00Z host kernel - - - …	syslog (RFC 5424)
 *	> …						who quotes it in a mail
 *
 * Each may follow another. What the kernel itself wrote begins with none of
 * these but `[<`, an address of a call trace.
 */
#include "workloads/import/log_prefix.h"
#include "workloads/import/lines.h"

#include <string.h>

#include "sim/base/numbers.h"

/* "4,1234,1234567,-;": a record of /dev/kmsg; its length, or 0. */
static size_t record_length(const char *p)
{
	size_t length = strcspn(p, "; ");

	return strspn(p, "0123456789") && p[strspn(p, "0123456789")] == ',' &&
			       p[length] == ';' ?
		       length + 1 :
		       0;
}

/* "kern  :warn  : ", of `dmesg --decode`; its length, or 0. */
static size_t decoded_length(const char *p)
{
	static const char *const levels[] = {
		"emerg", "alert",  "crit", "err",
		"warn",	 "notice", "info", "debug"
	};
	const char *level = p + strspn(p, "abcdefghijklmnopqrstuvwxyz");
	size_t length;

	level = skip_blanks(level);
	if (level == p || *level != ':')
		return 0;
	level++;
	length = strcspn(level, " :");
	for (size_t i = 0; i < LENGTH(levels); i++) {
		const char *end = skip_blanks(level + length);

		if (strlen(levels[i]) == length &&
		    memcmp(levels[i], level, length) == 0 && *end == ':')
			return (size_t)(end + 1 - p);
	}
	return 0;
}

/* "2026-11-22T01:00:00,123456+00:00"; its length, or 0. */
static size_t stamp_length(const char *p)
{
	static const char like[] = "0000-00-00T00:00:00";

	for (size_t i = 0; like[i]; i++)
		if (like[i] == '0' ? p[i] < '0' || p[i] > '9' : p[i] != like[i])
			return 0;
	return strcspn(p, " \t");
}

/* "<4>", "[   12.345678]", "[T1234]"; its length, or 0. */
static size_t bracket_length(const char *p)
{
	const char *end = NULL;

	if (p[0] == '<' && p[1] >= '0' && p[1] <= '9')
		end = strchr(p, '>');
	else if (p[0] == '[' && p[1] != '<')
		end = strchr(p, ']');
	return end ? (size_t)(end + 1 - p) : 0;
}

/* Behind what a syslog has put before the kernel's words; or the line. */
static const char *syslog_end(const char *line)
{
	static const char name[] = " kernel: ";
	static const char fields[] = " kernel - - "; /* no process, no id */
	const char *at = strstr(line, name);

	if (at)
		return at + strlen(name);
	at = strstr(line, fields);
	if (!at)
		return line;
	at += strlen(fields);
	/* What is structured: nothing, or in brackets. */
	return strncmp(at, "- ", 2) == 0 ? at + 2 : at;
}

const char *log_prefix_end(const char *line)
{
	const char *p = syslog_end(line);
	size_t length;

	do {
		p = skip_blanks(p);
		length = *p == '>' ? 1 : bracket_length(p);
		if (!length)
			length = record_length(p);
		if (!length)
			length = decoded_length(p);
		if (!length)
			length = stamp_length(p);
		p += length;
	} while (length);
	return p;
}
