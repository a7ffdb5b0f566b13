// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel's log with a report of an allocation that failed.
 */

#include "tests/fuzz/import_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	import_input("dmesg", data, size, NULL);
	return 0;
}
