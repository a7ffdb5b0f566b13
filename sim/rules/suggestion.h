/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_RULES_SUGGESTION_H
#define KMEMSIM_SIM_RULES_SUGGESTION_H

/*
 * What may have been meant by a name that stands for nothing: of those that do
 * stand for something at that moment, the one that is spelt most like it.
 *
 *	caches   dentry  inode          kmem_cache_alloc of 'dentyr':
 *	pools    bios                   `…; did you mean "dentry"?`
 */

#include "sim/ids/allocations.h"
#include "sim/base/text.h"
#include "models/machine.h"

/* The end of a message: `; did you mean "NAME"?`, or nothing. */
struct suggestion {
	char text[112];
};

/* Does the name of that number stand for something? */
typedef bool name_is_there(const void *argument, uint32_t name);

/* Each fills *suggestion and returns its text. */

/* Instead of `wrong`, of all names that are there. */
const char *suggest_name(struct suggestion *suggestion,
			 const struct names *names, uint32_t wrong,
			 name_is_there *is_there, const void *argument);

/*
 * Instead of the call's id, of all that are live: of names only, and of none
 * that differs in digits alone, as rx1 and rx2 do: those are told apart.
 */
const char *suggest_id(struct suggestion *suggestion, const struct names *names,
		       const struct call *call, const struct allocations *live);

/* Instead of `wrong`, of the machine's contiguous areas. */
const char *suggest_area(struct suggestion *suggestion,
			 const struct machine_desc *machine, const char *wrong);

#endif
