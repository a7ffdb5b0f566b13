/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fibres by way of the C library's contexts. A stack is mapped, not
 * allocated: what is never touched costs the host nothing, and a page that
 * may not be touched lies below each.
 *
 * Under AddressSanitizer each switch is announced, or it would take another
 * stack for an overflow of this one.
 */

#include "sim/engine/fibre.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "sim/base/bug.h"
#include "sim/base/host.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#define STACK_BYTES (512u << 10)
#define GUARD_BYTES (16u << 10) /* a page of any host's at least */

struct fibre {
	ucontext_t context;
	struct fibre *next;	  /* of all */
	struct fibre *next_spare; /* while it is spare */
	char *stack;		  /* NULL: the host's own */
	void *fake_stack;	  /* the sanitizer's, and what it knows */
	const void *bottom;
	size_t bytes;
};

static void leave(struct fibre *from, struct fibre *to, bool for_good)
{
#ifdef HAS_ASAN
	__sanitizer_start_switch_fiber(for_good ? NULL : &from->fake_stack,
				       to->bottom, to->bytes);
#else
	(void)from;
	(void)to;
	(void)for_good;
#endif
}

static void arrive(struct fibre *fibre)
{
#ifdef HAS_ASAN
	__sanitizer_finish_switch_fiber(fibre->fake_stack, NULL, NULL);
#else
	(void)fibre;
#endif
}

/* A stack that was left in the middle of calls keeps marks of their frames. */
static void unmap_stack(char *stack)
{
#ifdef HAS_ASAN
	__asan_unpoison_memory_region(stack, STACK_BYTES);
#endif
	host_unmap(stack, STACK_BYTES);
}

/* A fibre's first arrival: tells the bounds of the stack it comes from. */
static void arrive_first(struct fibres *fibres)
{
#ifdef HAS_ASAN
	const void *bottom;
	size_t bytes;

	__sanitizer_finish_switch_fiber(NULL, &bottom, &bytes);
	if (!fibres->main->bytes) {
		fibres->main->bottom = bottom;
		fibres->main->bytes = bytes;
	}
#else
	(void)fibres;
#endif
}

static void switch_to(struct fibres *fibres, struct fibre *to)
{
	struct fibre *from = fibres->current;

	fibres->current = to;
	leave(from, to, false);
	swapcontext(&from->context, &to->context);
	arrive(from);
}

void fibres_stop(struct fibres *fibres)
{
	leave(fibres->current, fibres->main, true);
	fibres->current = fibres->main;
	setcontext(&fibres->main->context);
	BUG("the host's own stack is gone");
}

/* makecontext() hands over ints: a pointer comes in two. */
static void start(unsigned int high, unsigned int low)
{
	struct fibres *fibres =
		(struct fibres *)(uintptr_t)((uint64_t)high << 32 | low);

	arrive_first(fibres);
	fibres->loop(fibres->argument);
	fibres_stop(fibres);
}

static struct fibre *new_fibre(struct fibres *fibres)
{
	struct fibre *fibre = host_alloc(1, sizeof *fibre);
	uintptr_t self = (uintptr_t)fibres;

	if (!fibre)
		return NULL;
	fibre->stack = host_map(STACK_BYTES);
	if (!fibre->stack || mprotect(fibre->stack, GUARD_BYTES, PROT_NONE) ||
	    getcontext(&fibre->context)) {
		if (fibre->stack)
			unmap_stack(fibre->stack);
		free(fibre);
		return NULL;
	}
	fibre->bottom = fibre->stack + GUARD_BYTES;
	fibre->bytes = STACK_BYTES - GUARD_BYTES;
	fibre->context.uc_stack.ss_sp = fibre->stack + GUARD_BYTES;
	fibre->context.uc_stack.ss_size = fibre->bytes;
	fibre->context.uc_link = NULL;
	makecontext(&fibre->context, (void (*)(void))start, 2,
		    (unsigned int)((uint64_t)self >> 32), (unsigned int)self);
	fibre->next = fibres->all;
	fibres->all = fibre;
	return fibre;
}

static void free_all(struct fibres *fibres)
{
	while (fibres->all) {
		struct fibre *fibre = fibres->all;

		fibres->all = fibre->next;
		unmap_stack(fibre->stack);
		free(fibre);
	}
}

int fibres_run(struct fibres *fibres, void (*loop)(void *argument),
	       void *argument)
{
	struct fibre main = { .stack = NULL };
	struct fibre *first;

	*fibres = (struct fibres){
		.main = &main,
		.current = &main,
		.loop = loop,
		.argument = argument,
	};
	first = new_fibre(fibres);
	if (!first)
		return -1;
	switch_to(fibres, first);
	free_all(fibres);
	return 0;
}

bool fibre_park(struct fibres *fibres)
{
	struct fibre *spare = fibres->spare;

	if (spare)
		fibres->spare = spare->next_spare;
	else
		spare = new_fibre(fibres);
	if (!spare)
		return false;
	switch_to(fibres, spare);
	return true;
}

void fibre_resume(struct fibres *fibres, struct fibre *fibre)
{
	fibres->current->next_spare = fibres->spare;
	fibres->spare = fibres->current;
	switch_to(fibres, fibre);
}
