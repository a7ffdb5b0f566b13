// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `perf script` prints.
 */

#include "tests/fuzz/import_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	import_input("perf", data, size, "tests/fixtures/proc/zoneinfo-3.10");
	return 0;
}
