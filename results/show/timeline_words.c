/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One function for each kind of event. What is not there is left out of the
 * sentence: a call that was not logged has no flags, an event of an actor that
 * did nothing before has no time since then.
 */

#include "results/show/timeline_words.h"

#include <inttypes.h>
#include <string.h>

#include "results/show/show_timeline.h"
#include "results/text/table.h"

/* ---- names of actors ----------------------------------------------------- */

static const char *const device_names[] = { "disk", "swap" };
#define NR_DEVICE_NAMES (sizeof(device_names) / sizeof(device_names[0]))

static bool is_kind(enum actor_kind kind, const char *name)
{
	return !strcmp(name, actor_kind_names[kind]);
}

static void add_actor(struct text *out, const char *kind, uint64_t number)
{
	if (is_kind(ACTOR_DEVICE, kind) && number < NR_DEVICE_NAMES)
		text_add(out, "%s", device_names[number]);
	else if (is_kind(ACTOR_FLUSHER, kind))
		text_add(out, "%s", kind);
	else if (is_kind(ACTOR_IPI, kind) && number)
		text_add(out, "ipi of call %" PRIu64, number);
	else if (is_kind(ACTOR_IPI, kind))
		text_add(out, "ipi");
	else
		text_add(out, "%s%s%" PRIu64, kind,
			 is_kind(ACTOR_CALL, kind) ? " " : "", number);
}

bool timeline_parse_actor(const char *word, struct timeline_filter *filter)
{
	size_t length = strcspn(word, " 0123456789");
	const char *number = word + length;
	unsigned int kind, device;

	for (device = 0; device < NR_DEVICE_NAMES; device++)
		if (!strcmp(word, device_names[device])) {
			filter->actor = (struct actor){ ACTOR_DEVICE, device };
			filter->has_number = true;
			return true;
		}
	number += strspn(number, " ");
	filter->actor.number = 0;
	filter->has_number = *number;
	if (*number &&
	    !parse_u64(number, strlen(number), &filter->actor.number))
		return false;
	for (kind = ACTOR_NOBODY + 1; kind < NR_ACTOR_KINDS; kind++)
		if (strlen(actor_kind_names[kind]) == length &&
		    !strncmp(word, actor_kind_names[kind], length)) {
			filter->actor.kind = (enum actor_kind)kind;
			return true;
		}
	return false;
}

enum actor_kind timeline_actor_kind(const char *name)
{
	int kind = 0;

	while (kind < NR_ACTOR_KINDS && (!actor_kind_names[kind] ||
					 strcmp(name, actor_kind_names[kind])))
		kind++;
	return (enum actor_kind)kind;
}

enum timeline_kind timeline_kind_of(const char *name)
{
	int kind = 0;

	while (kind < NR_TIMELINE_KINDS &&
	       strcmp(name, timeline_kind_names[kind]))
		kind++;
	return (enum timeline_kind)kind;
}

/* Was that what its actor did before? */
static bool comes_after(const struct timeline_row *row, enum timeline_kind kind)
{
	return row->before.last_kind == kind;
}

/* ---- one event in words -------------------------------------------------- */

static void add_ns(struct text *out, uint64_t ns)
{
	char buffer[NUMBER_TEXT_MAX];

	text_add(out, "%s", format_ns(ns, buffer));
}

static void add_since(const struct timeline_row *row, struct text *out,
		      uint64_t since_ns)
{
	add_ns(out, timeline_number(row, COLUMN_T_NS) - since_ns);
}

static void add_other(const struct timeline_row *row, struct text *out)
{
	add_actor(out, timeline_text(row, COLUMN_OTHER),
		  timeline_number(row, COLUMN_OTHER_NUMBER));
}

/* What a call asks for, at the first event of its life. */
static void add_request(const struct timeline_row *row, struct text *out)
{
	char buffer[NUMBER_TEXT_MAX];

	if (row->before.last_kind != NR_TIMELINE_KINDS ||
	    !timeline_has(row, COLUMN_OP))
		return;
	text_add(out, ": %s", timeline_text(row, COLUMN_OP));
	if (timeline_has(row, COLUMN_ORDER))
		text_add(out, " order %" PRIu64,
			 timeline_number(row, COLUMN_ORDER));
	if (timeline_has(row, COLUMN_SIZE))
		text_add(out, " %s",
			 format_bytes(timeline_number(row, COLUMN_SIZE),
				      buffer));
	if (timeline_has(row, COLUMN_CACHE)) {
		text_add(out, " ");
		text_add_visible(out, timeline_text(row, COLUMN_CACHE));
	}
	if (timeline_has(row, COLUMN_CTX) &&
	    strcmp(timeline_text(row, COLUMN_CTX), "process"))
		text_add(out, " in %s", timeline_text(row, COLUMN_CTX));
	if (timeline_has(row, COLUMN_GFP))
		text_add(out, ", %s", timeline_text(row, COLUMN_GFP));
}

static void say_waits(const struct timeline_row *row, struct text *out)
{
	text_add(out, "waits for its CPU");
	if (timeline_has(row, COLUMN_OTHER)) {
		text_add(out, ", which ");
		add_other(row, out);
		text_add(out, " has");
	}
	add_request(row, out);
}

static void say_runs(const struct timeline_row *row, struct text *out)
{
	text_add(out, "runs");
	if (comes_after(row, TIMELINE_WAITS)) {
		text_add(out, " after waiting ");
		add_since(row, out, row->before.last_t_ns);
	}
	add_request(row, out);
}

static void say_preempted(const struct timeline_row *row, struct text *out)
{
	text_add(out, "preempted");
	if (timeline_has(row, COLUMN_OTHER)) {
		text_add(out, " by ");
		add_other(row, out);
	}
}

static void say_resumes(const struct timeline_row *row, struct text *out)
{
	text_add(out, "resumes");
	if (comes_after(row, TIMELINE_PREEMPTED)) {
		text_add(out, " after ");
		add_since(row, out, row->before.last_t_ns);
	}
}

static void say_spins(const struct timeline_row *row, struct text *out)
{
	text_add(out, "spins ");
	add_ns(out, timeline_number(row, COLUMN_NS));
	text_add(out, " for the lock %s", timeline_text(row, COLUMN_LOCK));
}

static void say_sleeps(const struct timeline_row *row, struct text *out)
{
	if (!timeline_has(row, COLUMN_QUEUE))
		text_add(out, "has got nothing, and lets others go on");
	else
		text_add(out, "sleeps on %s %" PRIu64,
			 timeline_text(row, COLUMN_QUEUE),
			 timeline_number(row, COLUMN_QUEUE_NUMBER));
}

static void say_woken(const struct timeline_row *row, struct text *out)
{
	text_add(out, "woken by ");
	if (timeline_has(row, COLUMN_OTHER))
		add_other(row, out);
	else
		text_add(out, "its timeout");
	if (comes_after(row, TIMELINE_SLEEPS)) {
		text_add(out, " after ");
		add_since(row, out, row->before.last_t_ns);
	}
}

static void say_ends(const struct timeline_row *row, struct text *out)
{
	bool is_call = is_kind(ACTOR_CALL, timeline_text(row, COLUMN_ACTOR));

	text_add(out, "ends");
	if (is_call) {
		text_add(out, " after ");
		add_since(row, out, row->before.first_t_ns);
	}
	if (!is_call || !timeline_number(row, COLUMN_LOGGED))
		return;
	if (timeline_has(row, COLUMN_PATH))
		text_add(out, ": by %s", timeline_text(row, COLUMN_PATH));
	else if (timeline_has(row, COLUMN_REASON))
		text_add(out, ": %s, %s",
			 timeline_has(row, COLUMN_OK) ? "fails" :
							"nothing to do",
			 timeline_text(row, COLUMN_REASON));
}

static void say_io(const struct timeline_row *row, struct text *out)
{
	text_add(out, "starts I/O of ");
	add_ns(out, timeline_number(row, COLUMN_NS));
	if (timeline_has(row, COLUMN_OTHER)) {
		text_add(out, " for ");
		add_other(row, out);
	}
}

static const struct {
	void (*say)(const struct timeline_row *row, struct text *out);
	enum cpu_change cpu; /* from now on */
} events[NR_TIMELINE_KINDS] = {
	[TIMELINE_WAITS] = { say_waits, CPU_STAYS },
	[TIMELINE_RUNS] = { say_runs, CPU_BUSY },
	[TIMELINE_PREEMPTED] = { say_preempted, CPU_BUSY },
	[TIMELINE_RESUMES] = { say_resumes, CPU_BUSY },
	[TIMELINE_SPINS] = { say_spins, CPU_BUSY },
	[TIMELINE_SLEEPS] = { say_sleeps, CPU_IDLE },
	[TIMELINE_WOKEN] = { say_woken, CPU_STAYS },
	[TIMELINE_ENDS] = { say_ends, CPU_IDLE },
	[TIMELINE_IO] = { say_io, CPU_STAYS },
};

void timeline_add_who(const struct timeline_row *row, struct text *out)
{
	add_actor(out, timeline_text(row, COLUMN_ACTOR),
		  timeline_number(row, COLUMN_ACTOR_NUMBER));
}

void timeline_add_what(const struct timeline_row *row, struct text *out)
{
	if (row->kind < NR_TIMELINE_KINDS)
		events[row->kind].say(row, out);
}

enum cpu_change timeline_cpu_change(const struct timeline_row *row)
{
	return row->kind < NR_TIMELINE_KINDS ? events[row->kind].cpu :
					       CPU_STAYS;
}
