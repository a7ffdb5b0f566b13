// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page_owner dump, on the machine that a zoneinfo shows.
 */

#include "tests/fuzz/import_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	import_input("page_owner", data, size,
		     "tests/fixtures/proc/zoneinfo-3.10");
	return 0;
}
