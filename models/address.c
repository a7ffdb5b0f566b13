/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses of pages.
 *
 * Rules (Linux 6.1):
 *
 * - The linear map begins at the profile's page_offset and has all memory
 *   that is not HighMem, byte for byte: __pa() and __va() subtract and add
 *   (arch/x86/include/asm/page.h, page_32.h, page_64.h).
 * - HighMem is what the linear map has no room for. The zone Movable is part
 *   of it where the kernel has HighMem: find_usable_zone_for_movable()
 *   takes it from the highest zone, is_highmem_idx() tells the two apart.
 *
 * Left out: the kernel image's second mapping (__START_KERNEL_map on x86_64);
 * page_offset moved by chance at boot (KASLR), for runs are to repeat.
 */

#include "models/address.h"

uint64_t pfn_to_kaddr(const struct memory *memory, pfn_t pfn)
{
	return phys_to_virt(memory, (uint64_t)pfn << memory->page_shift);
}

uint64_t page_address(const struct memory *memory, pfn_t pfn)
{
	const struct zone *zone = memory_zone_of(memory, pfn);

	if (!zone || zone_is_highmem(memory, zone))
		return 0;
	return pfn_to_kaddr(memory, pfn);
}
