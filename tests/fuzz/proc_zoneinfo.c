// SPDX-License-Identifier: GPL-2.0-only
/*
 * A zoneinfo, beside a slabinfo.
 */

#include "tests/fuzz/import_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	import_input("proc", data, size, "tests/fixtures/proc/slabinfo-6.6");
	return 0;
}
