/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim show: what the kernel's own files and its log would have said, and
 * who ran when.
 */

#include "results/show/show.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "sim/base/text.h"

static int show_main(int argc, char **argv);

const struct verb show_verb = {
	.name = "show",
	.does = "what /proc or dmesg would have said; the timeline",
	.run = show_main,
	/* clang-format off */
	.help =
"Usage: kmemsim show RUN.db VIEW [--at T|LABEL] [--json]\n"
"       kmemsim show RUN.db timeline [--from T] [--until T] [--actor WHO]\n"
"                                    [--json]\n"
"       kmemsim show RUN.db dmesg [--json]\n"
"\n"
"Prints what a Linux 6.1 in the state of a sample would have shown, byte for\n"
"byte in its format, so that tools that read it read this too. The run's\n"
"workload says when samples are taken (op: sample), or `kmemsim run\n"
"--sample-every` does; there is one at the end in any case.\n"
"\n"
"  VIEW             buddyinfo     free blocks by zone and order\n"
"                   pagetypeinfo  the same by migrate type; pageblocks\n"
"                   zoneinfo      watermarks, counters, per-CPU lists\n"
"                   slabinfo      slab caches\n"
"                   vmallocinfo   areas of vmalloc's address space\n"
"                   meminfo       the machine as a whole\n"
"                   timeline      who ran when, on which CPU, who slept and\n"
"                                 who woke whom: of a run --timeline\n"
"                   dmesg         the kernel's log: allocations that failed,\n"
"                                 tasks that the OOM killer killed\n"
"      --at T|LABEL the last sample of that label; or the last one at a time\n"
"                   or before it, e.g. 10ms (default: the run's last one)\n"
"      --from T, --until T\n"
"                   the timeline from then on; before then\n"
"      --actor WHO  what one does, and does to others, as the timeline names\n"
"                   it: kswapd0, \"call 12\", disk; or all of a kind: kswapd\n"
"      --json       the same numbers as JSON\n"
"\n"
"Examples:\n"
"  kmemsim show nic-rx.db buddyinfo\n"
"  kmemsim show nic-rx.db --at before-teardown slabinfo\n"
"  kmemsim show nic-rx.db timeline --actor kswapd0 --until 10ms\n",
	/* clang-format on */
};

static int find_view(const char *word, enum show_view *view)
{
	struct text hint = TEXT_EMPTY;
	int status;

	for (int i = 0; i < NR_SHOW_VIEWS; i++)
		if (!strcmp(word, show_view_names[i])) {
			*view = (enum show_view)i;
			return 0;
		}
	text_add_hint(&hint, word, strlen(word), show_view_names, NR_SHOW_VIEWS,
		      "`kmemsim show --help`");
	status = usage_error(&show_verb, "there is no view \"%s\"%s", word,
			     hint.s ? hint.s : "");
	text_release(&hint);
	return status;
}

/* The options of the timeline, as words. */
struct timeline_words {
	const char *from;
	const char *until;
	const char *actor;
};

static int read_time(const char *option, const char *word, uint64_t *ns)
{
	if (!word || parse_time(word, strlen(word), ns))
		return 0;
	return usage_error(&show_verb, "%s: \"%s\" is not " TIME_UNITS, option,
			   word);
}

static int read_filter(const struct timeline_words *words,
		       struct show_options *options)
{
	struct timeline_filter *filter = &options->timeline;
	bool is_timeline = options->view == SHOW_TIMELINE;

	if (options->view == SHOW_DMESG && options->at)
		return usage_error(&show_verb, "--at is for samples: dmesg "
					       "shows all of the run");
	if (is_timeline && options->at)
		return usage_error(&show_verb, "--at is for samples: a "
					       "timeline takes --from and "
					       "--until");
	if (!is_timeline && (words->from || words->until || words->actor))
		return usage_error(&show_verb, "--from, --until and --actor "
					       "are for the timeline");
	if (read_time("--from", words->from, &filter->from_ns) ||
	    read_time("--until", words->until, &filter->until_ns))
		return EXIT_USAGE;
	if (words->until && !filter->until_ns)
		return usage_error(&show_verb, "--until: nothing is before 0");
	if (words->actor && !timeline_parse_actor(words->actor, filter))
		return usage_error(&show_verb,
				   "--actor: \"%s\" is not call, kswapd, "
				   "kcompactd, flusher, device or ipi, with or "
				   "without a number, nor disk or swap",
				   words->actor);
	return 0;
}

static bool print_part(void *argument, struct text *out)
{
	(void)argument;
	print_text(out);
	return !ferror(stdout);
}

static int print_view(const struct show_options *options)
{
	struct errors errors = ERRORS_NONE;
	struct text out = TEXT_EMPTY;
	int status = EXIT_FINE;

	if (show_run(options, &out, &errors))
		status = fail_with(&errors);
	else
		print_text(&out);
	text_release(&out);
	return status;
}

static int show_main(int argc, char **argv)
{
	const struct outlet outlet = { .take = print_part };
	struct show_options options = { .at = NULL };
	struct timeline_words timeline = { .from = NULL };
	struct words operands = { .nr = 0 };
	const struct option_spec specs[] = {
		{ "--at", 0, "a time or a label", .text = &options.at },
		{ "--from", 0, "a time", .text = &timeline.from },
		{ "--until", 0, "a time", .text = &timeline.until },
		{ "--actor", 0, "kswapd0, call 12, …",
		  .text = &timeline.actor },
		{ "--json", 0, .flag = &options.json },
		{ .name = NULL },
	};
	int status = options_parse(&show_verb, specs, argc, argv, &operands);

	if (!status && operands.nr != 2)
		status = usage_error(&show_verb,
				     "a database and a view are needed");
	if (!status)
		status = find_view(operands.word[1], &options.view);
	if (!status)
		status = read_filter(&timeline, &options);
	if (!status) {
		options.database = operands.word[0];
		options.timeline.outlet = &outlet;
		status = print_view(&options);
	}
	words_release(&operands);
	return status < 0 ? EXIT_FINE : status;
}
