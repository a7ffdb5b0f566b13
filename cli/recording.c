/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a recording's files are, what it is called, and what it ran on.
 *
 *	scripted   call call call call call call      one thread, no gap
 *	traced     call call   kswapd   call kcompactd      real times
 *
 * A scripted recording's calls came from one thread of the kernel, one after
 * another. Nothing takes the CPU from such a thread, unless it sleeps, in a
 * kernel that is not preemptible (CONFIG_PREEMPT_VOLUNTARY): kswapd and
 * kcompactd, once woken, had to wait until all was over, and the times in
 * workload.yaml only number the calls. Nor does such a thread wait for others
 * to reclaim.
 *
 *	gives way  call call kcompactd call   call      real times, too
 *
 * Where its config says scheduler.kernel_threads, the thread did let others
 * have the CPU between its calls, and the times are the kernel's own, counted
 * so that the timer's ticks are at multiples of 4 ms: kswapd and kcompactd run
 * when the fair scheduler lets them (sim/fair.c).
 */

#include "cli/recording.h"

#include <string.h>

#include "cli/simulate.h"
#include "sim/base/text.h"
#include "sim/base/numbers.h"

char *path_in(const char *directory, const char *file)
{
	struct text path = TEXT_EMPTY;

	text_add(&path, "%s/%s", directory, file);
	return path.s;
}

char *case_name(const char *directory)
{
	size_t length = strlen(directory);
	size_t start;

	while (length > 1 && directory[length - 1] == '/')
		length--;
	start = length;
	while (start && directory[start - 1] != '/')
		start--;
	return strndup(directory + start, length - start);
}

struct config *load_machine(const char *config_path, bool scripted,
			    struct errors *errors)
{
	static const char *const nobody_else[] = {
		"scheduler.keeps_cpu=1000000s",
		"scheduler.slice=1000000s",
		"scheduler.kernel_threads=true",
	};
	struct config *config = load_config(config_path, NULL, 0, errors);

	if (!config || !scripted || config->machine.scheduler.kernel_threads)
		return config;
	config_free(config);
	return load_config(config_path, nobody_else, LENGTH(nobody_else),
			   errors);
}
