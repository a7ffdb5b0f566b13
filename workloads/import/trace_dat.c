/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.dat through trace-cmd's own library, which knows how each version of
 * the file and of the kernel's ring buffer looks.
 *
 *	CPU 0  |--*-----*------->   each CPU's next record is at hand; the
 *	CPU 1  |*---*----------->   earliest of them becomes a line
 *
 * A record is printed by the event's own format, which is in the file, so that
 * what reads ftrace's text reads this as well. Plugins, which would run other
 * people's code and print other texts, are left out.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* cpu_set_t, in the library's header */
#endif
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <trace-cmd.h>

#include "sim/base/host.h"
#include "sim/base/text.h"
#include "workloads/import/trace_dat.h"

static const char magic[] = "\x17\x08\x44tracing";

struct trace_dat {
	struct tracecmd_input *input;
	struct tep_handle *events;
	struct tep_record **record; /* owned: of each CPU, or NULL */
	int nr_cpus;
	bool lost_told; /* of the record that comes next */
	struct trace_seq seq;
	struct text lost;
};

bool trace_dat_is_one(const char *bytes, size_t length)
{
	return length >= sizeof(magic) - 1 &&
	       memcmp(bytes, magic, sizeof(magic) - 1) == 0;
}

static int read_first(struct trace_dat *dat, struct errors *errors)
{
	dat->nr_cpus = tep_get_cpus(dat->events);
	dat->record = host_alloc((size_t)dat->nr_cpus + 1,
				 sizeof(struct tep_record *));
	if (!dat->record)
		return error_host(errors, "no memory for the trace");
	for (int cpu = 0; cpu < dat->nr_cpus; cpu++)
		dat->record[cpu] = tracecmd_read_data(dat->input, cpu);
	return 0;
}

/* NULL: the library can't read it. */
static struct tracecmd_input *open_input(const char *path)
{
	struct tracecmd_input *input =
		tracecmd_open_head(path, TRACECMD_FL_LOAD_NO_PLUGINS);

	/*
	 * Of a file that is cut off behind its head. To close it then would be
	 * right, and crashes the library (tracecmd_close(), 3.1.6), which
	 * tracecmd_open() does by itself: it stays open until we exit.
	 */
	if (input && tracecmd_init_data(input) < 0)
		return NULL;
	return input;
}

struct trace_dat *trace_dat_open(const char *path, struct errors *errors)
{
	struct place place = place_of_file(path);
	struct trace_dat *dat;

	if (strcmp(path, "-") == 0) {
		error_input(errors, place,
			    "a binary trace.dat can't be read from a pipe: "
			    "give the file's name");
		return NULL;
	}
	dat = host_alloc(1, sizeof(*dat));
	if (!dat) {
		error_host(errors, "no memory for the trace");
		return NULL;
	}
	trace_seq_init(&dat->seq);
	/* What it has to say of a broken file, we say. */
	tracecmd_set_loglevel(TEP_LOG_NONE);
	dat->input = open_input(path);
	if (!dat->input) {
		error_input(errors, place,
			    "begins as a trace.dat, but trace-cmd's library "
			    "can't read it: is it complete?");
		trace_dat_close(dat);
		return NULL;
	}
	dat->events = tracecmd_get_tep(dat->input);
	tep_set_loglevel(TEP_LOG_NONE);
	if (read_first(dat, errors) < 0) {
		trace_dat_close(dat);
		return NULL;
	}
	return dat;
}

/* The CPU with the earliest record; -1: all are read. */
static int next_cpu(const struct trace_dat *dat)
{
	int best = -1;

	for (int cpu = 0; cpu < dat->nr_cpus; cpu++)
		if (dat->record[cpu] &&
		    (best < 0 || dat->record[cpu]->ts < dat->record[best]->ts))
			best = cpu;
	return best;
}

/* A line for events that the ring buffer had no room for; false: none. */
static bool add_lost(struct trace_dat *dat, const struct tep_record *record)
{
	if (!record->missed_events || dat->lost_told)
		return false;
	text_release(&dat->lost);
	text_add(&dat->lost, "CPU:%d [LOST", record->cpu);
	if (record->missed_events > 0)
		text_add(&dat->lost, " %lld", record->missed_events);
	text_add(&dat->lost, " EVENTS]");
	dat->lost_told = true;
	return !dat->lost.failed;
}

int trace_dat_next(struct trace_dat *dat, const char **line, size_t *length,
		   struct errors *errors)
{
	int cpu = next_cpu(dat);
	struct tep_record *record;

	if (cpu < 0)
		return 0;
	record = dat->record[cpu];
	if (add_lost(dat, record)) {
		*line = dat->lost.s;
		*length = dat->lost.length;
		return 1;
	}
	trace_seq_reset(&dat->seq);
	tep_print_event(dat->events, &dat->seq, record,
			"%16s-%-5d [%03d] %s %d: %s: %s", TEP_PRINT_COMM,
			TEP_PRINT_PID, TEP_PRINT_CPU, TEP_PRINT_LATENCY,
			TEP_PRINT_TIME, TEP_PRINT_NAME, TEP_PRINT_INFO);
	trace_seq_terminate(&dat->seq);
	dat->lost_told = false;
	tracecmd_free_record(record);
	dat->record[cpu] = tracecmd_read_data(dat->input, cpu);
	if (dat->seq.state != TRACE_SEQ__GOOD)
		return error_host(errors, "no memory for a line of the trace");
	*line = dat->seq.buffer;
	*length = dat->seq.len;
	return 1;
}

void trace_dat_close(struct trace_dat *dat)
{
	for (int cpu = 0; dat->record && cpu < dat->nr_cpus; cpu++)
		tracecmd_free_record(dat->record[cpu]);
	free(dat->record);
	if (dat->input)
		tracecmd_close(dat->input);
	trace_seq_destroy(&dat->seq);
	text_release(&dat->lost);
	free(dat);
}
