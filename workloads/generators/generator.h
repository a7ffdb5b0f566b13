/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_GENERATORS_GENERATOR_H
#define KMEMSIM_WORKLOADS_GENERATORS_GENERATOR_H

/*
 * One generator: what it was told, and where it is. A kind of generator is a
 * file with a `struct generator_kind`, and a line of the table in
 * generator_spec.c.
 */

#include "sim/source.h"
#include "workloads/generators/arrivals.h"
#include "workloads/generators/call_template.h"
#include "workloads/generators/live.h"

/*
 * The n-th allocation of the k-th generator, both counted from 1, has the id
 * k * 10^15 + n; what a workload with generators writes itself is below.
 */
#define GENERATED_IDS 1000000000000000ull
#define GENERATORS_MAX 1000

/* A span in which one set of rules holds. */
struct generator_phase {
	struct call_template alloc;
	const struct arrivals *arrivals;
	const struct distribution *lifetime; /* NULL: nothing is freed */
	uint64_t kept;	    /* share of 2^32 that is not freed all the same */
	uint64_t length_ns; /* TIME_NEVER: to the end */
};

/* The caller that frees; what is not said is as it was at the allocation. */
struct free_caller {
	struct call_template template;
	field_set said;
};

/* What becomes of a request when max_live are live. */
enum when_full { FULL_SKIP, FULL_REPLACE };

/* What becomes at the end of what is live. */
enum at_end { END_EXPIRE, END_FREE, END_KEEP };

struct ring {
	uint64_t entries;
	struct live_item *item; /* owned; the oldest at `made` % entries */
};

enum fragment_pattern { PATTERN_PAGES, PATTERN_BLOCKS };

struct fragment {
	uint64_t order;
	uint64_t index;	 /* in 32 bits behind the point, below one */
	uint64_t memory; /* bytes */
	uint64_t every_ns;
	enum fragment_pattern pattern;
	uint64_t nr;	/* allocations */
	uint64_t kept;	/* of these, that are to stay yet */
	uint64_t freed; /* allocations looked at so far, to be freed */
	uint64_t page;	/* PATTERN_BLOCKS: that is kept of a block */
	uint64_t part;	/* PATTERN_BLOCKS: parts freed of it */
	bool splits;	/* PATTERN_BLOCKS: it is freed but for a page */
	bool drained;
};

struct generator {
	const struct generator_kind *kind;
	const char *name;
	struct place place;
	uint32_t number; /* from 1 */
	uint64_t seed;	 /* its own */
	uint64_t start_ns;
	uint64_t until_ns; /* TIME_NEVER: not said */
	uint64_t count;	   /* of allocations; TIME_NEVER: not said */
	uint64_t max_live;
	enum when_full when_full;
	enum at_end at_end;
	struct free_caller frees;
	struct generator_phase *phase;
	size_t nr_phases;
	bool repeats; /* its phases begin again after the last */
	enum call_op free_op;
	struct ring ring;
	struct fragment fragment;

	/* While it runs */
	const struct source *source; /* borrowed: how long it is read */
	uint64_t next_ns; /* of its next call; TIME_NEVER: it is over */
	struct random arrives, draws, lives;
	struct arrival_state arrival;
	size_t phase_at;
	uint64_t phase_end_ns;
	uint64_t arrival_ns; /* the next; TIME_NEVER: there is none */
	uint64_t last_ns;    /* of the last call */
	uint64_t arrived;    /* arrivals so far */
	uint64_t made;	     /* allocations so far */
	uint64_t nr_forever; /* live, and never freed */
	struct live live;
};

struct generator_kind {
	const char *name;
	/* Keys of its own, beside those of all; NULL-terminated. */
	const char *const *keys;
	enum call_op op;  /* NR_CALL_OPS: `op` must say */
	bool takes_order; /* `order` is one of its own keys */
	bool arrives;	  /* has arrivals and lifetimes */
	/* Reads its keys. False: errors were added. */
	bool (*read)(struct spec *spec, const struct node *node,
		     struct generator *generator);
	/* Sets next_ns. -1: the host has no memory. */
	int (*begin)(struct generator *generator);
	/* Fills *call, all of it, and sets next_ns to what follows. -1: so. */
	int (*emit)(struct generator *generator, struct call *call);
};

extern const struct generator_kind stream_kind, ring_kind, fragment_kind;

/* Reads the generator that is the `number`th. False: errors were added. */
bool generator_read(struct spec *spec, struct event_reader *reader,
		    const struct node *node, uint32_t number,
		    struct generator *generator);

/*
 * Sets it to its begin; draws by the source's seed. Once that is interrupted,
 * nothing more arrives. -1: the host has no memory.
 */
int generator_begin(struct generator *generator, const struct source *source);
void generator_release(struct generator *generator);

/* ---- for the kinds ---- */

static inline const struct generator_phase *
generator_phase(const struct generator *generator)
{
	return &generator->phase[generator->phase_at];
}

/* Arrivals can be passed over for long: polled for each of them. */
static inline bool generator_is_interrupted(const struct generator *generator)
{
	const volatile int *interrupted = generator->source->interrupted;

	return interrupted && *interrupted;
}

/* Will nobody read a call at t_ns? */
static inline bool generator_is_unread(const struct generator *generator,
				       uint64_t t_ns)
{
	uint64_t until_ns = generator->source->until_ns;

	return until_ns && t_ns > until_ns;
}

/* The first arrival into arrival_ns; then each further one. */
void generator_first_arrival(struct generator *generator);
void generator_next_arrival(struct generator *generator);

/*
 * Fills an allocation at t_ns, and *item for its free, with the end of its
 * life as t_ns.
 */
void generator_allocate(struct generator *generator, uint64_t t_ns,
			struct call *call, struct live_item *item);

/* Fills the free of what *item says, at t_ns. */
void generator_free(struct generator *generator, uint64_t t_ns,
		    const struct live_item *item, struct call *call);

static inline uint64_t generator_id(const struct generator *generator,
				    uint64_t number)
{
	return generator->number * GENERATED_IDS + number;
}

#endif
