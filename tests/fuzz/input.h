/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_FUZZ_INPUT_H
#define KMEMSIM_FUZZ_INPUT_H

/*
 * What the fuzzers share. A fuzzer feeds one reader whatever bytes the engine
 * comes up with; the reader may accept or refuse them, and has to do either
 * without touching what is not its own, leaking or running for ever. The one
 * thing checked beside: whoever refuses says why, and nobody else complains.
 * (simulation.c draws what is valid from its bytes, and runs it.)
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create() */
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/base/bug.h"
#include "sim/base/error.h"

/* The engine's entry: each fuzzer has one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory that can be opened by its name. */
struct input {
	int fd;
	char path[64];
};

static inline void input_init(struct input *input, const uint8_t *data,
			      size_t size)
{
	input->fd = memfd_create("input", 0);
	BUG_ON(input->fd < 0);
	while (size > 0) {
		ssize_t done = write(input->fd, data, size);

		BUG_ON(done <= 0);
		data += done;
		size -= (size_t)done;
	}
	snprintf(input->path, sizeof(input->path), "/proc/self/fd/%d",
		 input->fd);
}

static inline void input_release(struct input *input)
{
	close(input->fd);
}

/* Errors exactly where the reader refused; frees them. */
static inline void input_check(bool refused, struct errors *errors)
{
	BUG_ON(refused != (errors->nr > 0));
	errors_release(errors);
}

#endif
