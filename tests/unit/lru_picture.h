/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_LRU_PICTURE_H
#define KMEMSIM_TESTS_LRU_PICTURE_H

/*
 * An LRU list of node 0 as text: the folios' numbers from its head, "2 0 1".
 * Include after cmocka.h.
 */

#include "models/reclaim/folio.h"
#include "tests/unit/machine_fixture.h"

#define expect_lru(m, list, picture)                                           \
	expect_lru_at(m, list, picture, __FILE__, __LINE__)
static inline void expect_lru_at(const struct machine *m, enum lru_list list,
				 const char *expected, const char *file,
				 int line)
{
	char found[128] = "";
	size_t used = 0;

	for (folio_t n = folio_lruvec(m->memory, 0)->head[list];
	     n != FOLIO_NONE; n = folio_get(m->memory, n)->next)
		used += (size_t)snprintf(found + used, sizeof(found) - used,
					 "%s%u", used ? " " : "", n);
	if (strcmp(expected, found) == 0)
		return;
	print_error("expected the list '%s'\nfound             '%s'\n",
		    expected, found);
	_fail(file, line);
}

#endif
