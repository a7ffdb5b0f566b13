/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who wanted memory: the first function of a call trace that is not one of the
 * allocators' own or of what reports.
 *
 *	 dump_stack_lvl+0x48/0x5e
 *	 warn_alloc+0x13a/0x1b0
 *	 __alloc_pages+0x251/0x310
 *	 allocate_slab+0x2e0/0x3c0
 *	 __kmalloc_node_track_caller+0x9d/0x160
 *	 __alloc_skb+0x8d/0x1d0			<- here
 *
 * The allocators' functions come and go with each version; the table has the
 * beginnings of names from 2.6 to 6.x. A name that only begins so and belongs
 * to a caller (`alloc_pages_exact`, say) is passed over, too: what called it
 * says more.
 */
#include <string.h>

#include "workloads/import/call_site.h"
#include "sim/base/numbers.h"

static const char *const beginnings[] = {
	/* reports */
	"dump_stack",
	"dump_header",
	"show_stack",
	"show_trace",
	"show_regs",
	"unwind_backtrace",
	"dump_backtrace",
	"warn_alloc",
	"oom_kill_process",
	"out_of_memory",
	"__pagefault_out_of_memory",
	"__warn_alloc",
	/* pages */
	"__alloc_pages",
	"alloc_pages",
	"__alloc_frozen",
	"alloc_frozen",
	"__get_free_pages",
	"get_free_pages",
	"get_zeroed_page",
	"__folio_alloc",
	"folio_alloc",
	"vma_alloc_folio",
	"__page_cache_alloc",
	"page_frag_alloc",
	"__page_frag",
	"prep_new_page",
	"post_alloc_hook",
	"get_page_from_freelist",
	"alloc_folio",
	"alloc_kmem_pages",
	/* page_owner's own */
	"save_stack",
	"__set_page_owner",
	"set_page_owner",
	"__reset_page",
	"register_early_stack",
	"register_dummy_stack",
	"init_page_owner",
	/* slabs */
	"allocate_slab",
	"new_slab",
	"___slab_alloc",
	"__slab_alloc",
	"slab_alloc",
	"kmem_cache_alloc",
	"__kmem_cache_alloc",
	"kmalloc",
	"__kmalloc",
	"krealloc",
	"kzalloc",
	"kmem_getpages",
	"cache_grow",
	"cache_alloc_refill",
	"fallback_alloc",
	"kvmalloc",
	"__kvmalloc",
	"kmalloc_order",
	"____cache_alloc",
	"__do_kmalloc",
	"kmem_alloc",
	/* vmalloc */
	"vmalloc",
	"__vmalloc",
	"vzalloc",
	"vm_area_alloc_pages",
	/* for devices */
	"dma_alloc_attrs",
	"dma_generic_alloc",
	"dma_direct_alloc",
	"__dma_direct_alloc",
	"x86_swiotlb_alloc",
	"dma_alloc_from",
};

bool call_trace_function(const char *line, char function[FUNCTION_MAX])
{
	const char *plus = strstr(line, "+0x");
	const char *start = plus;
	size_t length;

	if (!plus || !strchr(plus, '/'))
		return false;
	while (start > line && start[-1] != ' ' && start[-1] != '\t' &&
	       start[-1] != ']' && start[-1] != '(')
		start--;
	for (const char *p = start; p > line; p--) {
		if (p[-1] == '?')
			return false;
		if (p[-1] != ' ')
			break;
	}
	length = (size_t)(plus - start);
	if (!length || strcspn(start, ":=") < length)
		return false;
	if (length >= FUNCTION_MAX)
		length = FUNCTION_MAX - 1;
	memcpy(function, start, length);
	function[length] = '\0';
	return true;
}

bool is_allocator(const char *function)
{
	for (size_t i = 0; i < LENGTH(beginnings); i++)
		if (strncmp(function, beginnings[i], strlen(beginnings[i])) ==
		    0)
			return true;
	return false;
}
