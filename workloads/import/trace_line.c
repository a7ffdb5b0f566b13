/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of ftrace's text (`trace`, `trace_pipe`, and what `trace-cmd report`
 * prints), from 2.6.3x to 6.x:
 *
 *	            init-1       [000] .....     6.033207: kfree: …
 *	      kworker/0:1-23  (  23) [001] d.h1.  6.033207: kfree: …   (tgid)
 *	             cat-77      [000]  6.033207123: kfree: …    (trace-cmd)
 *	             cat-77      0d.s.  125us : kfree: …  (latency-format)
 *
 * A task's name may hold anything, the look of such an anchor included. What
 * can't be faked is its length: the kernel keeps 15 bytes of it and prints
 * them right-aligned in 16 columns, so that the dash before the process id is
 * the 17th byte of the line, or comes earlier where blanks were cut off the
 * line. The rightmost place up to there that continues as a line must, is the
 * one.
 *
 * The flags' column, one character each: interrupts off (d), bottom halves
 * off (b), both (D); need-resched; hardirq (h, H), nmi (z, Z), softirq (s);
 * depth of disabled preemption. Source: Documentation/trace/ftrace.rst.
 *
 * `perf script` says the same, but for the flags:
 *
 *	         swapper     0 [001]     6.033207: kmem:kfree: …
 *	     kworker/0:1    23/23 [000] 6.033207123:   1 kmem:kfree: …
 *		ffffffff8123 kfree+0x10 ([kernel.kallsyms])	(with -g)
 *
 * The process and thread, the CPU and the period are there or not, as its
 * user asked. A task's name is the shortest that the rest of a line follows.
 */
#include <string.h>

#include "sim/base/text.h"
#include "workloads/import/trace_line.h"
#include "workloads/import/lines.h"

#define COMM_COLUMNS 16

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A decimal number; NULL where there is none or it is absurdly long. */
static const char *take_number(const char *p, uint64_t *value)
{
	const char *start = p;

	*value = 0;
	while (is_digit(*p) && p - start < 19)
		*value = *value * 10 + (uint64_t)(*p++ - '0');
	return p == start || is_digit(*p) ? NULL : p;
}

/* "6.033207" seconds, "6033207123" ns, "125us", "125us+" */
static const char *take_time(const char *p, uint64_t *ns)
{
	uint64_t scale = 1000000000;
	uint64_t whole;

	p = take_number(p, &whole);
	if (!p)
		return NULL;
	if (*p != '.') {
		*ns = whole;
		if (p[0] != 'u' || p[1] != 's')
			return whole <= TIME_MOST ? p : NULL;
		if (whole > TIME_MOST / 1000)
			return NULL;
		*ns = whole * 1000;
		p += 2;
		if (*p && *p != ':' && *p != ' ')
			p++;
		return skip_blanks(p);
	}
	if (whole > TIME_MOST / scale - 1)
		return NULL;
	*ns = whole * scale;
	for (p++; is_digit(*p); p++) {
		scale /= 10;
		*ns += scale * (uint64_t)(*p - '0');
	}
	return p;
}

static const char *skip_word(const char *p)
{
	while (*p == '_' || is_digit(*p) || (*p >= 'a' && *p <= 'z') ||
	       (*p >= 'A' && *p <= 'Z'))
		p++;
	return p;
}

/* "TIME: EVENT: ARGS", "TIME: PERIOD SUBSYSTEM:EVENT: ARGS" */
static bool take_event(const char *p, struct trace_line *parsed)
{
	const char *start;

	p = take_time(p, &parsed->t_ns);
	if (!p || *p != ':')
		return false;
	start = p = skip_blanks(p + 1);
	while (is_digit(*p))
		p++;
	if (p > start && *p == ' ')
		start = skip_blanks(p);
	p = skip_word(start);
	if (p > start && p[0] == ':' && skip_word(p + 1) > p + 1) {
		start = p + 1;
		p = skip_word(start);
	}
	if (p == start || *p != ':')
		return false;
	parsed->event = start;
	parsed->event_length = (size_t)(p - start);
	parsed->args = skip_blanks(p + 1);
	return true;
}

static void read_flags(const char *flags, size_t length,
		       struct trace_line *parsed)
{
	char off = length > 0 ? flags[0] : '.';
	char irq = length > 2 ? flags[2] : '.';
	char depth = length > 3 ? flags[3] : '.';

	if (irq == 'z' || irq == 'Z')
		parsed->ctx = CONTEXT_NMI;
	else if (irq == 'h' || irq == 'H')
		parsed->ctx = CONTEXT_HARDIRQ;
	else if (irq == 's')
		parsed->ctx = CONTEXT_SOFTIRQ;
	parsed->can_sleep = parsed->ctx == CONTEXT_PROCESS && off != 'd' &&
			    off != 'D' && off != 'b' &&
			    (depth == '.' || depth == '0');
}

/* "FLAGS TIME: EVENT: ARGS", or without the flags. */
static bool take_flags(const char *p, struct trace_line *parsed)
{
	size_t length = strcspn(p, " \t");

	parsed->ctx = CONTEXT_PROCESS;
	parsed->can_sleep = true;
	parsed->has_ctx = false;
	if (take_event(p, parsed))
		return true;
	parsed->has_ctx = true;
	read_flags(p, length, parsed);
	return length > 0 && take_event(skip_blanks(p + length), parsed);
}

/* What follows a task's name: "-PID (TGID) [CPU] …" or "-PID CPUflags …" */
static bool take_anchor(const char *p, struct trace_line *parsed)
{
	uint64_t cpu;

	p = take_number(p + 1, &parsed->pid);
	if (!p || (*p != ' ' && *p != '\t'))
		return false;
	p = skip_blanks(p);
	if (*p == '(') {
		p = strchr(p, ')');
		if (!p)
			return false;
		p = skip_blanks(p + 1);
	}
	if (*p == '[') {
		p = take_number(p + 1, &cpu);
		if (!p || *p != ']' || cpu >= MAX_CPUS)
			return false;
		parsed->cpu = (uint32_t)cpu;
		return take_flags(skip_blanks(p + 1), parsed);
	}
	p = take_number(p, &cpu);
	if (!p || *p == ' ' || *p == '\0' || cpu >= MAX_CPUS)
		return false;
	parsed->cpu = (uint32_t)cpu;
	return take_flags(p, parsed);
}

static bool take_line(const char *line, size_t length,
		      struct trace_line *parsed)
{
	size_t last = length < COMM_COLUMNS + 1 ? length : COMM_COLUMNS + 1;
	size_t i;

	for (i = last; i-- > 0;)
		if (line[i] == '-' && take_anchor(line + i, parsed))
			break;
	/* A longer name is of another tool's making. */
	if (i == (size_t)-1) {
		for (i = last; i < length; i++)
			if (line[i] == '-' && take_anchor(line + i, parsed))
				break;
		if (i == length)
			return false;
	}
	parsed->comm = skip_blanks(line);
	if (parsed->comm > line + i)
		parsed->comm = line + i;
	parsed->comm_length = (size_t)(line + i - parsed->comm);
	return true;
}

/* perf's "PID/TID [CPU] TIME: …", behind a task's name. */
static bool take_perf_anchor(const char *p, struct trace_line *parsed)
{
	uint64_t number;

	p = take_number(p, &parsed->pid);
	if (p && *p == '/')
		p = take_number(p + 1, &number);
	if (!p || *p != ' ')
		return false;
	p = skip_blanks(p);
	parsed->cpu = 0;
	if (*p == '[') {
		p = take_number(p + 1, &number);
		if (!p || *p != ']' || number >= MAX_CPUS)
			return false;
		parsed->cpu = (uint32_t)number;
		p = skip_blanks(p + 1);
	}
	parsed->ctx = CONTEXT_PROCESS;
	parsed->can_sleep = true;
	parsed->has_ctx = false;
	return take_event(p, parsed);
}

static bool take_perf_line(const char *line, struct trace_line *parsed)
{
	const char *start = skip_blanks(line);
	const char *p;

	for (p = start; *p; p++)
		if (is_digit(*p) && p > start && p[-1] == ' ' &&
		    take_perf_anchor(p, parsed))
			break;
	if (!*p)
		return false;
	parsed->comm = start;
	while (p > start && p[-1] == ' ')
		p--;
	parsed->comm_length = (size_t)(p - start);
	return true;
}

/*
 * "	ffffffff8123 kfree+0x10 ([kernel.kallsyms])"; a short address is one
 * only in front of what it belongs to: "	0 [unknown] ([unknown])"
 */
static bool is_stack(const char *line)
{
	const char *p = skip_blanks(line);
	size_t digits = strspn(p, "0123456789abcdef");
	size_t length = strlen(p);

	return p > line && digits > 0 && p[digits] == ' ' && p[digits + 1] &&
	       (digits >= 4 || p[length - 1] == ')');
}

/* "CPU:1 [LOST 123 EVENTS]", "CPU 1: 123 EVENTS DROPPED", … */
static bool take_lost(const char *line, uint64_t *lost)
{
	const char *perf = strstr(line, "PERF_RECORD_LOST lost ");
	const char *p = skip_blanks(line);

	if (perf) {
		take_number(perf + strlen("PERF_RECORD_LOST lost "), lost);
		return true;
	}
	if (strncmp(p, "CPU", 3) != 0 ||
	    !(strstr(p, "EVENTS") || strstr(p, "events")) ||
	    !(strstr(p, "LOST") || strstr(p, "DROPPED") || strstr(p, "lost") ||
	      strstr(p, "dropped")))
		return false;
	*lost = 0;
	p += strspn(p, "CPU: ");
	p += strspn(p, "0123456789");
	p += strcspn(p, "0123456789");
	take_number(p, lost);
	return true;
}

enum trace_line_kind trace_line_parse(const char *line, size_t length,
				      struct trace_line *parsed)
{
	const char *start = skip_blanks(line);

	if (take_line(line, length, parsed) || take_perf_line(line, parsed))
		return TRACE_LINE_EVENT;
	if (*start == '#' || *start == '\0')
		return TRACE_LINE_COMMENT;
	/* trace-cmd's first lines */
	if (strncmp(line, "cpus=", 5) == 0 ||
	    strncmp(line, "version = ", 10) == 0)
		return TRACE_LINE_COMMENT;
	if (take_lost(line, &parsed->lost))
		return TRACE_LINE_LOST;
	return is_stack(line) ? TRACE_LINE_STACK : TRACE_LINE_OTHER;
}

const char *trace_arg(const char *args, const char *key, size_t *length)
{
	size_t key_length = strlen(key);
	const char *p = args;

	while ((p = strstr(p, key))) {
		if ((p == args || p[-1] == ' ') && p[key_length] == '=') {
			p += key_length + 1;
			*length = strcspn(p, " \t");
			return p;
		}
		p += key_length;
	}
	return NULL;
}
