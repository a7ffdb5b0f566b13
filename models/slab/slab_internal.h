/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_SLAB_SLAB_INTERNAL_H
#define KMEMSIM_MODELS_SLAB_SLAB_INTERNAL_H

/*
 * What the files of the slab allocator share, and the contract of a flavour:
 * how to add one is at struct slab_flavour_ops.
 *
 *	slab.c		caches by name, merging
 *	slab_object.c	objects: what is given, and back from an address
 *	slab_kmalloc.c	kmalloc's size classes
 *	slab_store.c	slabs by page frame, their object lists
 *	slab_grace.c	pages of slabs that wait for a grace period
 *	slab_report.c	slabinfo, validate
 *	slub.c …	the flavour SLUB: where the next object comes from
 *	aslab.c …	the flavour SLAB, with arrays of objects
 */

#include "models/gfp.h"
#include "models/slab/slab.h"
#include "sim/base/text.h"

/* Numbers of slabs count from 1, so that a zeroed table has none. */
typedef uint32_t slab_id;
#define SLAB_NONE ((slab_id)0)

/* Caches have numbers for as long as they live, from 1. */
typedef uint16_t cache_number;
#define CACHE_NUMBER_NONE ((cache_number)0)

/* Objects of a slab are numbered; the links between free ones end with… */
#define OBJECT_END ((uint16_t)0x7fff)
#define OBJECT_IN_USE ((uint16_t)0xffff) /* not free: in the caller's hands */
#define OBJECT_QUEUED ((uint16_t)0xfffe) /* free, in an array of SLAB's */
/* Source: MAX_OBJS_PER_PAGE, mm/slub.c: slab->objects has 15 bits. */
#define MAX_OBJECTS_PER_SLAB 32767

/*
 * One slab: what the kernel keeps in the struct page of its first page.
 * `freelist` is the slab's own list of free objects; those that a CPU has
 * taken over count as in use here.
 */
struct slab {
	pfn_t pfn;     /* PFN_NONE: this entry is unused */
	uint32_t slot; /* of its objects' links, within the cache's */
	slab_id next;  /* on whichever list it is */
	union {
		slab_id prev;	    /* on a node's list */
		uint32_t nr_behind; /* on a CPU's: slabs to its end */
	};
	uint32_t offset; /* bytes from the slab's start to object 0 */
	cache_number cache;
	uint16_t objects;
	uint16_t inuse;
	uint16_t freelist; /* first free object, or OBJECT_END */
	uint16_t zone;	   /* index in memory->zone[] */
	uint8_t node;	   /* and in memory->node[] */
	uint8_t order : 6; /* of pages */
	bool frozen : 1;   /* a CPU's, not on a node's list */
	bool reserves : 1; /* came from the emergency reserves: pfmemalloc */
};
_Static_assert(sizeof(struct slab) == 32, "two slabs share a host's line");

/* Slabs in order, linked by their next and prev. */
struct slab_list {
	slab_id head;
	slab_id tail;
	uint32_t nr;
};

/* What every flavour has of a cache; its own struct begins with this. */
struct slab_cache {
	struct slab_caches *caches;
	const char *text;     /* one of the caches' texts */
	uint32_t text_number; /* 0: none yet */
	cache_number number;  /* NONE while it is made */
	uint32_t flags;	      /* enum slab_flag */
	uint32_t object_size; /* bytes asked for */
	uint32_t size;	      /* bytes from one object to the next */
	uint32_t align;
	uint64_t inverse;  /* of size: slab_index() */
	uint32_t inuse;	   /* bytes up to the metadata behind the object */
	uint32_t granted;  /* bytes that the caller may use: ksize() */
	uint32_t left_pad; /* bytes of red zone before the object */
	order_t order;	   /* tried first */
	order_t min_order; /* when there is no block of `order` */
	uint32_t objects;  /* in a slab of `order`: slots have room for these */
	gfp_t gfp;	   /* added to every request for pages */
	bool unmergeable;
	uint32_t refcount; /* names that stand for it */

	uint64_t live;	    /* objects handed out and not freed */
	uint32_t under_way; /* allocations that have begun and not ended */
	uint64_t nr_slabs;
	uint64_t nr_objects; /* of all slabs, free or not */
	uint64_t nr_pages;

	/* Links between free objects: `objects` a slot, a slot a slab. */
	uint16_t *links;
	size_t links_capacity;
	uint32_t nr_slots;
	slab_id spare; /* unused slabs that keep their slots, by `next` */
};

/* The outcome of one allocation within a flavour. */
struct slab_object {
	slab_id slab; /* SLAB_NONE: failed */
	uint16_t index;
	enum alloc_path path;
	enum alloc_reason reason;
	bool host_failed;
};

/* What a layout depends on. */
struct slab_machine {
	uint32_t page_shift;
	uint32_t nr_orders; /* of the page allocator */
	uint32_t word;	    /* bytes of a pointer */
	uint32_t cpus;	    /* that are present */
};

/* A recount of all slabs that is under way. */
struct slab_census {
	const struct slab_caches *caches;
	bool *seen;	/* [nr_slabs]: found on a list */
	uint32_t *free; /* [nr_slabs]: free objects found on lists */
	char *why;
	size_t why_size;
};

/*
 * A flavour of slab allocator. To add one: a file with these functions, and a
 * line of SLAB_ALLOCATORS (models/machine.h). docs/extending.md has an example.
 */
struct slab_flavour_ops {
	const char *name;
	size_t cache_bytes; /* of its struct, which begins with slab_cache */
	/* The smallest kmalloc class is 1 << this, unless the machine says. */
	unsigned int kmalloc_shift_low;
	uint32_t kmalloc_flags; /* of all kmalloc caches: ARCH_KMALLOC_FLAGS */
	/*
	 * Lays out the objects and readies the per-CPU and per-node state.
	 * object_size, align and flags are set, the rest is zero. Reports
	 * SLAB_CREATED, SLAB_CREATE_TOO_BIG or SLAB_CREATE_HOST.
	 */
	enum slab_create_status (*open)(struct slab_cache *cache);
	/* Frees what open() got. Called after a failed open(), too. */
	void (*close)(struct slab_cache *cache);
	/*
	 * May sleep within page_alloc(): others allocate and free then, and
	 * shrink the cache, but nobody closes it.
	 */
	struct slab_object (*alloc)(struct slab_cache *cache,
				    const struct object_request *request);
	void (*free)(struct slab_cache *cache, slab_id slab, uint16_t index,
		     cpu_t cpu);
	/* Every CPU gives up its slabs, empty ones go: kmem_cache_shrink(). */
	void (*shrink)(struct slab_cache *cache, cpu_t cpu);
	/* The same before the cache's end: kmem_cache_destroy(). */
	void (*shutdown)(struct slab_cache *cache, cpu_t cpu);
	uint32_t (*ksize)(const struct slab_cache *cache);
	/* A node's free objects that slabinfo does not count as active. */
	uint64_t (*idle_objects)(const struct slab_cache *cache,
				 uint32_t node_index);
	/* What slabinfo says beyond that; NULL: nothing. */
	void (*describe)(const struct slab_cache *cache,
			 struct slab_info *info);
	/*
	 * What a CPU does for the cache in each period of two seconds:
	 * slab_caches_reap(). NULL: nothing, and no clock is needed.
	 */
	void (*reap)(struct slab_cache *cache, cpu_t cpu, uint64_t round);
	/*
	 * Walks its lists: tells slab_census_see() of each slab on them, and
	 * checks what only it knows. False with the reason in census->why.
	 */
	bool (*validate)(const struct slab_cache *cache,
			 struct slab_census *census);
};

#define X(value, functions, word)                                              \
	extern const struct slab_flavour_ops functions##_ops;
SLAB_ALLOCATORS(X)
#undef X

#define SLAB_CACHE_LINE 64u /* bytes, of every x86 since 2001 */

/* Of the caller's flags, those that reach the page allocator. */
#define SLAB_GFP_MASK (GFP_RECLAIM_MASK | GFP_CONSTRAINT_MASK)

/* Classes are 1: 96 bytes, 2: 192, n: 2^n; up to two pages of 64 KiB. */
#define NR_KMALLOC_CLASSES 18
/*
 * Sizes up to 8 KiB find their class in a table, by 8 bytes. (The kernel has
 * one up to 192 only, size_index[]: behind it classes are powers of two.)
 */
#define NR_SMALL_SIZES 1024

/* A name and the cache it stands for. */
struct slab_name {
	uint32_t name;
	struct slab_cache *cache;
};

/* A slab's pages, when they are no slab's any more. */
struct slab_pages {
	pfn_t pfn;
	uint32_t flags; /* of the cache: enum slab_flag */
	cpu_t cpu;	/* that gives them back */
	uint8_t node;	/* index in memory->node[] */
	order_t order;
};

/* Those that wait for a grace period, oldest first: slab_grace.c. */
struct slab_grace {
	struct slab_pages *pages;
	size_t capacity;
	size_t nr;
	size_t nr_due;	     /* of these, those whose grace period is over, */
	size_t nr_under_way; /* and these with those whose is under way */
	bool is_under_way;
};

struct slab_caches {
	struct memory *memory;
	struct errors *errors;
	const struct slab_flavour_ops *ops;

	struct slab_cache **cache; /* oldest first */
	size_t nr_caches;
	size_t caches_capacity;
	struct slab_cache **numbered; /* by cache_number; NULL: free */
	size_t nr_numbers;	      /* used or free, with [0] */
	size_t numbers_capacity;
	size_t free_number;	/* all below are used */
	struct slab_name *name; /* in any order */
	size_t nr_names;
	size_t names_capacity;
	uint32_t *by_name;    /* hash of names: 1 + index in name[]; 0: empty */
	size_t by_name_slots; /* a power of two, at least twice nr_names */
	struct names *texts;  /* all that a cache was ever called */
	bool *text_taken;     /* by their numbers: one is called so now */
	size_t texts_capacity;
	struct slab_cache *kmalloc[NR_KMALLOC_TYPES][NR_KMALLOC_CLASSES];
	uint64_t kmalloc_largest; /* bytes: of the largest class */
	uint8_t small_class[NR_SMALL_SIZES];

	struct slab *slab; /* by slab_id; [0] is unused */
	size_t slabs_capacity;
	uint32_t nr_slabs;   /* entries in use or spare, with [0] */
	slab_id spare;	     /* unused entries without a slot, by `next` */
	slab_id *of_page;    /* [max_pfn]: the slab a page belongs to */
	uint64_t node_mask;  /* nodes with kernel-usable memory, by index */
	uint64_t reap_round; /* the last one that began */
	struct slab_grace grace;
	struct slab_machine machine;
};

static inline uint64_t slab_bytes(const struct slab_machine *machine,
				  order_t order)
{
	return (uint64_t)1 << (machine->page_shift + order);
}

/* --- slab_object.c --- */

/* As slab_cache_clears(), for those that ask at each call. */
static inline bool slab_clears(const struct slab_cache *cache, gfp_t gfp)
{
	if (gfp & __GFP_ZERO)
		return true;
	return cache->caches->memory->init_on_alloc &&
	       !(cache->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON));
}

/* --- slab_store.c --- */

static inline struct slab *slab_at(const struct slab_caches *caches, slab_id id)
{
	return &caches->slab[id];
}

static inline struct zone *slab_zone(const struct slab_caches *caches,
				     const struct slab *slab)
{
	return &caches->memory->zone[slab->zone];
}

/* The cache that the slab is, or was last, of; NULL: of none. */
static inline struct slab_cache *slab_cache_of(const struct slab_caches *caches,
					       const struct slab *slab)
{
	return caches->numbered[slab->cache];
}

/* The links of a slab's objects: [objects]. */
static inline uint16_t *slab_links(const struct slab_cache *cache,
				   const struct slab *slab)
{
	return cache->links + (size_t)slab->slot * cache->objects;
}

/* The address of a slab's object 0. */
static inline uint64_t slab_first(const struct slab_caches *caches,
				  const struct slab *slab)
{
	return ((uint64_t)slab->pfn << caches->machine.page_shift) +
	       slab->offset;
}

static inline uint64_t slab_object_address(const struct slab_caches *caches,
					   slab_id id, uint16_t index)
{
	const struct slab *slab = slab_at(caches, id);

	return slab_first(caches, slab) +
	       (uint64_t)index * slab_cache_of(caches, slab)->size;
}

/*
 * An object_ref of a slab's object: bit 62, the slab's number, 16 bits of the
 * object's. No address is like it: those of memory lie below, others above.
 */
#define SLAB_REF (1ull << 62)

static inline object_ref slab_ref(slab_id id, uint16_t index)
{
	return SLAB_REF | (uint64_t)id << 16 | index;
}

static inline bool slab_ref_has_slab(object_ref ref)
{
	return ref >> 62 == 1;
}

static inline slab_id slab_ref_slab(object_ref ref)
{
	return (slab_id)(ref >> 16);
}

static inline uint16_t slab_ref_index(object_ref ref)
{
	return (uint16_t)ref;
}

/* 2^64 / size, rounded up; a size of 2 or more. */
static inline uint64_t slab_inverse(uint32_t size)
{
	return UINT64_MAX / size + 1;
}

/* offset / size, rounded down. */
static inline uint32_t slab_index(const struct slab_cache *cache,
				  uint32_t offset)
{
	return (uint32_t)((unsigned __int128)cache->inverse * offset >> 64);
}

/* The slab that a page belongs to, or SLAB_NONE. */
static inline slab_id slab_of(const struct slab_caches *caches,
			      uint64_t address)
{
	uint64_t pfn = address >> caches->machine.page_shift;

	return pfn < caches->memory->max_pfn ? caches->of_page[pfn] : SLAB_NONE;
}

/* The live object at an address of the slab; OBJECT_END: there is none. */
static inline uint16_t slab_object_at(const struct slab_caches *caches,
				      slab_id id, uint64_t address)
{
	const struct slab *slab = slab_at(caches, id);
	const struct slab_cache *cache = slab_cache_of(caches, slab);
	uint64_t first = slab_first(caches, slab);
	uint32_t offset = (uint32_t)(address - first);
	uint32_t index = slab_index(cache, offset);

	if (address < first || offset != index * cache->size ||
	    index >= slab->objects ||
	    slab_links(cache, slab)[index] != OBJECT_IN_USE)
		return OBJECT_END;
	return (uint16_t)index;
}

/*
 * Enters allocated pages as a slab of the cache, all objects free on its
 * list in order of address. SLAB_NONE when the host has no memory.
 */
slab_id slab_enter(struct slab_cache *cache, const struct page_grant *grant,
		   order_t order);
/*
 * Takes the slab out of the tables and frees its pages, those of a cache with
 * SLAB_TYPESAFE_BY_RCU after a grace period.
 */
void slab_discard(struct slab_cache *cache, slab_id id, cpu_t cpu);
/* Gives the cache's spare entries to others; it has no slabs left. */
void slab_forget_spares(struct slab_cache *cache);

/*
 * Counts pages that a node's slabs have taken or, below 0, given back, for
 * objects of a cache with those flags. `node` is an index in memory->node[].
 * Source: account_slab(), mm/slab.h.
 */
void slab_account(struct slab_caches *caches, uint32_t node, uint32_t flags,
		  int64_t pages);

/* The lock of a node's lists is taken: list_lock of struct kmem_cache_node. */
static inline void slab_list_lock(struct slab_caches *caches, uint32_t node)
{
	struct memory *memory = caches->memory;

	lock_set_add(&memory->work.nodes, &memory->far_nodes, node);
}

void slab_list_add_head(struct slab_caches *caches, struct slab_list *list,
			slab_id id);
void slab_list_add_tail(struct slab_caches *caches, struct slab_list *list,
			slab_id id);
void slab_list_del(struct slab_caches *caches, struct slab_list *list,
		   slab_id id);
/* Moves all of `from` to the head of `to`. */
void slab_list_splice(struct slab_caches *caches, struct slab_list *to,
		      struct slab_list *from);

/* --- slab_grace.c --- */

/*
 * The pages wait for a grace period. false: there is none to wait for, or the
 * host has no memory, with an error added; they go back at once.
 */
bool slab_grace_add(struct slab_caches *caches, const struct slab_pages *pages);
/* To the page allocator; the node no longer counts them. */
void slab_pages_give_back(struct slab_caches *caches,
			  const struct slab_pages *pages);
/* How many pages wait that are of caches with all of these flags. */
uint64_t slab_grace_pages(const struct slab_caches *caches, uint32_t flags);
/* Are those that wait allocated, and no slab's? Else one that is not. */
bool slab_grace_is_valid(const struct slab_caches *caches, pfn_t *wrong);

/* --- slab.c --- */

/* Makes a cache that has a text but no name yet. */
enum slab_create_status slab_cache_new(struct slab_caches *caches,
				       const struct slab_cache_request *request,
				       struct slab_cache **cache);

/*
 * What the objects have to be aligned to. Source: calculate_alignment(),
 * mm/slab_common.c.
 */
uint32_t slab_alignment(const struct slab_caches *caches, uint32_t flags,
			uint32_t align, uint32_t size);

/* --- slab_report.c --- */

/*
 * The flavour found the slab on one of the cache's lists. A CPU may have taken
 * free objects over: they are listed from `taken`, or that is OBJECT_END.
 * Follows that list and the slab's own.
 */
bool slab_census_see(struct slab_census *census, const struct slab_cache *cache,
		     slab_id id, uint16_t taken);
/*
 * slab_census_see() for each slab of a node's list; also checks the list
 * itself: its links, that its slabs are of the node, and that each `belongs`
 * there.
 */
bool slab_census_see_list(struct slab_census *census,
			  const struct slab_cache *cache, uint32_t node,
			  const struct slab_list *list,
			  bool (*belongs)(const struct slab *slab));
/*
 * The flavour found a free object of a slab that it has shown already, in a
 * place that no list of free objects leads to.
 */
bool slab_census_see_object(struct slab_census *census,
			    const struct slab_cache *cache, slab_id id,
			    uint16_t index);
/* Leaves the reason; returns false, always. */
bool slab_census_fail(struct slab_census *census,
		      const struct slab_cache *cache, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* --- slab_kmalloc.c --- */

/* The power of two that a size fits into. */
static inline unsigned int kmalloc_power_of(uint64_t size)
{
	return size > 1 ? 64 - (unsigned int)__builtin_clzll(size - 1) : 0;
}

/* The class of a size of 1 byte up to the largest. */
static inline unsigned int kmalloc_class_of(const struct slab_caches *caches,
					    uint64_t size)
{
	if (size <= 8 * NR_SMALL_SIZES)
		return caches->small_class[(size - 1) / 8];
	return kmalloc_power_of(size);
}

/* The caches of those who ask with these flags, by class. */
struct slab_cache *const *kmalloc_family_of(const struct slab_caches *caches,
					    gfp_t gfp);

/*
 * The cache that serves a size of 1 byte up to the largest class; NULL while
 * it is still to be created. Source: kmalloc_slab().
 */
struct slab_cache *kmalloc_cache_of(const struct slab_caches *caches,
				    uint64_t size, gfp_t gfp);

/* 0, or -1 with an error added. */
int kmalloc_caches_create(struct slab_caches *caches);

#endif
