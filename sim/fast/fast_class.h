/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_FAST_FAST_CLASS_H
#define KMEMSIM_SIM_FAST_FAST_CLASS_H

/*
 * Classes of calls: what the fast path (sim/fast/fast_path.c) remembers of all
 * calls that are alike, and how a call finds its class. Private to the fast
 * path.
 *
 *	call: gfp, has, …, byte --hash--> place[] --> class
 *	                                   | the next place, where another
 *	                                   v class has this one
 */

#include <string.h>

#include "models/page/page_fast.h"
#include "models/slab/slab_fast.h"
#include "sim/base/scatter.h"
#include "sim/cost.h"
#include "sim/fast/fast_path.h"
#include "sim/op_tally.h"

/* The fields of struct call, from `gfp` on, that make its class. */
struct fast_key {
	uint32_t word[5];
};
#define FAST_KEY offsetof(struct call, gfp)
_Static_assert(offsetof(struct call, has) == FAST_KEY + 8 &&
		       offsetof(struct call, order) == FAST_KEY + 16 &&
		       offsetof(struct call, task) == FAST_KEY + 20,
	       "what calls of a class have in common lies together");

/* Some work, and what it costs. */
struct fast_work {
	uint64_t cost_ns;
	uint64_t units; /* of cost, without any words that are zeroed */
	struct work work;
};

/* The cost of the same work with `words` words zeroed. */
struct fast_zeroing {
	uint64_t cost_ns;
	uint32_t words; /* 0: unused, unless it is the first */
};
#define FAST_ZEROINGS 32
_Static_assert(FAST_WORKS >= NR_SLAB_FAST_ALLOCS * FAST_ZEROINGS &&
		       FAST_WORKS >= 2 * PAGE_STATES,
	       "each cost has a number");

/* What calls of a class do. */
enum fast_kind {
	NOT_FAST,
	FAST_ALLOC_PAGES,
	FAST_FREE_PAGES,
	FAST_ALLOC_OBJECT,
	FAST_FREE_OBJECT,
};

/* The fields of an id's entry behind its handle, as one word. */
struct entry_tail {
	uint64_t word;
};
#define ENTRY_TAIL offsetof(struct allocation, name)
_Static_assert(ENTRY_TAIL + sizeof(struct entry_tail) ==
		       sizeof(struct allocation),
	       "what is behind the handle is a word");

/*
 * Which zone serves a class in this epoch: as long as nothing happens but fast
 * calls without locks, no zone's free pages change.
 */
struct fast_choice {
	uint64_t epoch;	       /* fast_path.epoch when it was chosen */
	struct pcp_list *list; /* an empty one: a lock is needed */
	const struct page_fast_place *place;
	const struct fast_work *work;
	/* The address of page n is offset + n * bytes; both 0: it has none. */
	uint64_t offset;
	uint64_t page_bytes;
	uint32_t at;	 /* of the place */
	uint32_t number; /* of the work */
};

/*
 * In two or three lines of the host's cache; most frees need but the first.
 */
struct fast_class {
	_Alignas(64) struct fast_key key;
	uint8_t kind;	  /* enum fast_kind */
	bool names_cache; /* for objects: not by their size */
	/* What its entries say besides the handle: fast_fill_entry(). */
	struct entry_tail tail;
	/*
	 * By fast_outcome.number: for pages, by zone, or for frees, by state;
	 * for frees of objects, by enum slab_fast_free. For objects, by enum
	 * slab_fast_alloc.
	 */
	struct fast_work *work;
	struct fast_counts *counted; /* [2]: fast_counts_of() */
	uint64_t bytes;		     /* of pages */
	union {
		struct {
			_Alignas(64) struct fast_choice choice;
			struct page_fast pages;
		};
		struct {
			struct slab_fast objects;
			/* By fast_outcome.number: fast_zero(). */
			struct fast_zeroing *zeroing;
		};
	};
	rule_set broken;
};
_Static_assert(offsetof(struct fast_class, choice) == 64,
	       "what each call asks of its class lies in one line");

/* A class is found by hashing, at one of many places. */
#define FAST_PLACE_BITS 12
#define FAST_CLASSES 1024

/* The state of the fast path. Costs are shared by all classes. */
struct fast_path {
	/* Counts up with whatever else happens: fast_epoch_ends(). */
	uint64_t epoch;
	struct pcp_list no_list;
	uint64_t page_offset; /* of the linear map */
	unsigned int page_shift;
	unsigned int nr_classes;
	struct fast_class *place[1 << FAST_PLACE_BITS]; /* or &none */
	struct fast_class none; /* for empty places; no call is of it */
	struct fast_class class[FAST_CLASSES];
	struct fast_counts counted[FAST_CLASSES][2]; /* the classes' */
	bool has_failed; /* no memory to add what was counted */
	/* Zeroed? HighMem? Of which place? */
	struct fast_work page_alloc[MAX_ORDERS][2][2][PAGE_FAST_PLACES];
	struct fast_work page_free[2][PAGE_STATES]; /* HighMem? */
	/* Zeroed? By size? */
	struct fast_work object_alloc[2][2][NR_SLAB_FAST_ALLOCS];
	struct fast_work object_free[NR_SLAB_FAST_FREES];
	/* The last one is for sizes that get no number. */
	struct fast_zeroing zeroing[2][2][FAST_WORKS + 1];
};

/* Two words of a key, or of the same fields of a call, from `from` on. */
static inline uint64_t fast_key_words(const void *key, int from)
{
	uint64_t words;

	memcpy(&words, (const char *)key + 4 * from, sizeof words);
	return words;
}

static inline bool fast_is_same(const struct fast_key *a, const void *b)
{
	return !((fast_key_words(a, 0) ^ fast_key_words(b, 0)) |
		 (fast_key_words(a, 2) ^ fast_key_words(b, 2)) |
		 (fast_key_words(a, 3) ^ fast_key_words(b, 3)));
}

/* Multiplies by a large odd number: the upper bits depend on all words. */
static inline size_t fast_first_place(const void *key)
{
	uint64_t a = fast_key_words(key, 0), b = fast_key_words(key, 2),
		 c = fast_key_words(key, 3);
	uint64_t sum = (a ^ (b << 23 | b >> 41)) + (c << 41 | c >> 23);

	return sum * GOLDEN_RATIO >> (64 - FAST_PLACE_BITS);
}

/* Makes the class of a call that is the first of its kind, at that place. */
struct fast_class *fast_learn_class(struct kernel *kernel,
				    const struct call *call, size_t place);

static inline struct fast_class *fast_class_of(struct kernel *kernel,
					       const struct call *call)
{
	struct fast_path *fast = kernel->fast;
	const char *key = (const char *)call + FAST_KEY;
	size_t place = fast_first_place(key);
	struct fast_class *class;

	while (!fast_is_same(&(class = fast->place[place])->key, key)) {
		if (class == &fast->none)
			return fast_learn_class(kernel, call, place);
		place = (place + 1) % (1 << FAST_PLACE_BITS);
	}
	return class;
}

#endif
