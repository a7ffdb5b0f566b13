// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can any file at all break the reader of workloads? And are the times of what
 * it lets through in order?
 */

#include "tests/fuzz/input.h"

#include "workloads/workload.h"

#define BATCH 64
/* Generators may go on for ever. */
#define CALLS_MAX 100000

/* Reads to the end; true where the source refused something. */
static bool read_all(struct source *source, struct errors *errors)
{
	struct call batch[BATCH];
	uint64_t t_ns = 0;
	long total = 0;
	long nr;

	while (total < CALLS_MAX &&
	       (nr = source_read(source, batch, BATCH, errors)) > 0) {
		total += nr;
		BUG_ON(nr > BATCH);
		for (long i = 0; i < nr; i++) {
			BUG_ON(batch[i].t_ns < t_ns);
			t_ns = batch[i].t_ns;
		}
	}
	return total < CALLS_MAX && nr < 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errors errors = ERRORS_NONE;
	struct names *names = names_new();
	struct source *source;
	struct input input;
	bool refused = true;

	BUG_ON(!names);
	input_init(&input, data, size);
	source = workload_open(input.path, names, &errors);
	if (source) {
		refused = read_all(source, &errors);
		source_close(source);
	}
	input_check(refused, &errors);
	names_free(names);
	input_release(&input);
	return 0;
}
