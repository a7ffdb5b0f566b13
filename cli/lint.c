/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads calls as a reviewer reads a driver: each is held against the rules of
 * its context and flags (sim/rules/rules.h), and each id is followed from the
 * call that made it to the one that frees it.
 *
 * What only a run can tell is left to it: whether an allocation succeeds,
 * whether kvmalloc() falls back to vmalloc(), whether caches were merged.
 */

#include "cli/lint.h"

#include <stdlib.h>
#include <string.h>

#include "models/vmalloc/vmalloc.h"
#include "sim/base/host.h"
#include "sim/kernel.h"
#include "sim/rules/suggestion.h"

/* ---- names of flags ---- */

struct kernel_range kernel_range_of(const char *profile)
{
	unsigned int major = 6, minor = 1;

	if (profile && sscanf(profile, "linux-%3u.%3u", &major, &minor) != 2)
		major = 6, minor = 1;
	return (struct kernel_range){
		KERNEL_VERSION(major, minor, 0),
		KERNEL_VERSION(major, minor, 255),
	};
}

/* "2.6.24", "3.10" */
static void version_text(uint32_t version, char text[16])
{
	unsigned int major = version >> 24, minor = version >> 16 & 0xff;

	if (major < 3)
		snprintf(text, 16, "%u.%u.%u", major, minor,
			 version >> 8 & 0xff);
	else
		snprintf(text, 16, "%u.%u", major, minor);
}

static void note_name(const struct gfp_name *name, const struct gfp_use *use,
		      struct kernel_range kernel, struct errors *notes)
{
	bool newer = name->since > kernel.newest;
	char own[16], other[16];

	version_text(kernel.oldest, own);
	version_text(newer ? name->since : name->until, other);
	remark_input(notes, "note", use->first,
		     "gfp: \"%s\" is not a name of Linux %s, but of kernels %s "
		     "%s: taken for %s (%llu time%s)",
		     name->name, own, newer ? "from about" : "up to about",
		     other, name->became ? name->became : "itself",
		     (unsigned long long)use->times, plural(use->times));
}

void lint_gfp_names(const struct source *source, struct kernel_range kernel,
		    struct errors *notes)
{
	for (size_t i = 0; source->gfp_uses && i < nr_gfp_names; i++) {
		const struct gfp_use *use = &source->gfp_uses->name[i];

		if (use->times &&
		    !gfp_name_is_known(&gfp_names[i], kernel.oldest,
				       kernel.newest))
			note_name(&gfp_names[i], use, kernel, notes);
	}
}

/* ---- calls ---- */

/* Of such objects any allocator makes slabs; of larger ones it may not. */
#define SURE_OBJECT_SIZE 4096

struct place lint_place(const struct lint *lint, const struct call *call)
{
	return (struct place){ lint->source->file, call->line, call->column };
}

/* Says how often, where that was more than once. */
static void finish_told(struct lint *lint, const struct lint_told *told)
{
	struct text whole = TEXT_EMPTY;
	char **text;

	if (told->times < 2 || told->index >= ERRORS_MAX)
		return;
	text = &lint->warnings->text[told->index];
	if (!*text)
		return;
	text_add(&whole, "%s (%llu times)", *text,
		 (unsigned long long)told->times);
	if (whole.failed) {
		text_release(&whole);
		return;
	}
	free(*text);
	*text = whole.s;
}

/* false: the next call from there that breaks the rule is no news. */
static bool is_news(struct lint *lint, const struct call *call,
		    enum rule_id rule)
{
	struct lint_told *told;

	if (!call->line)
		return true;
	for (size_t i = 0; i < LINT_TOLD; i++) {
		told = &lint->told[i];
		if (told->times && told->line == call->line &&
		    told->column == call->column && told->rule == rule) {
			told->times++;
			return false;
		}
	}
	told = &lint->told[lint->nr_told++ % LINT_TOLD];
	finish_told(lint, told);
	*told = (struct lint_told){ call->line, call->column, rule, 1,
				    lint->warnings->nr };
	return true;
}

static void warn(struct lint *lint, const struct call *call, enum rule_id rule,
		 struct rule_case about)
{
	char says[512], instead[256];

	if (!is_news(lint, call, rule))
		return;
	about.rules = lint->rules;
	about.call = call;
	about.names = lint->source->names;
	rule_message(rule, &about, says, sizeof says);
	rule_advice(rule, &about, instead, sizeof instead);
	remark_input(lint->warnings, "warning", lint_place(lint, call),
		     "[%s] %s; instead: %s", rule_table[rule].id, says,
		     instead);
}

/* Caches and pools have names of their own: a place for each kind. */
static struct lint_cache *cache_of(struct lint *lint, uint32_t name,
				   bool of_pool)
{
	size_t number = 2 * (size_t)name + of_pool;

	if (number >= lint->nr_caches) {
		size_t before = lint->nr_caches;
		struct lint_cache *grown = host_grow(lint->cache,
						     &lint->nr_caches,
						     number + 1, sizeof *grown);

		if (!grown) {
			error_host(lint->errors, "no memory to count objects");
			return NULL;
		}
		lint->cache = grown;
		memset(grown + before, 0,
		       (lint->nr_caches - before) * sizeof *grown);
	}
	return &lint->cache[number];
}

/* Where what comes from a cache or a pool is counted; NULL: nowhere. */
static struct lint_cache *counted_at(struct lint *lint, enum call_op made_by,
				     uint32_t name)
{
	if (made_by != OP_CACHE_ALLOC && made_by != OP_MEMPOOL_ALLOC)
		return NULL;
	return cache_of(lint, name, made_by == OP_MEMPOOL_ALLOC);
}

/*
 * A caller that can't wait gets nothing when there is neither memory nor a
 * reserve. Objects of caches are taken to be allocated, as everything else is.
 */
static bool is_sure(const struct lint_cache *cache, const struct call *call)
{
	return call->op != OP_MEMPOOL_ALLOC || cache->live < cache->min_nr ||
	       call_gfp(call) & __GFP_DIRECT_RECLAIM;
}

static bool is_freed_to_another(const struct call *call,
				const struct allocation *allocation)
{
	return (call->op == OP_CACHE_FREE || call->op == OP_MEMPOOL_FREE) &&
	       call->name && call->name != allocation->name;
}

static bool may_be_an_area(enum call_op made_by)
{
	return made_by == OP_VMALLOC || made_by == OP_VZALLOC ||
	       made_by == OP_KVMALLOC;
}

/* The id is freed: by the right call, into the right cache? */
static void lint_free(struct lint *lint, const struct call *call,
		      struct allocation *allocation)
{
	enum call_op by = (enum call_op)allocation->op;
	struct lint_cache *cache;

	if (lint_free_pages(lint, call, allocation))
		return;
	if (!(rules_freed_by(by) >> call->op & 1))
		warn(lint, call, RULE_WRONG_FREE,
		     (struct rule_case){ .made_by = by });
	else if (call_frees_other_order(call, allocation->order))
		warn(lint, call, RULE_WRONG_ORDER,
		     (struct rule_case){ .made_order = allocation->order });
	else if (is_freed_to_another(call, allocation))
		warn(lint, call,
		     by == OP_MEMPOOL_ALLOC ? RULE_WRONG_POOL :
					      RULE_WRONG_CACHE,
		     (struct rule_case){ .other_cache = allocation->name });
	else if (call->op == OP_KVFREE && call_under_lock(call) &&
		 may_be_an_area(by))
		warn(lint, call, RULE_VFREE_IN_ATOMIC, (struct rule_case){ 0 });
	/* vfree leaves alone what is no area. */
	if (call->op == OP_VFREE && !may_be_an_area(by))
		return;
	cache = counted_at(lint, by, allocation->name);
	if (cache) {
		cache->live--;
		cache->sure -= allocation->handle;
	}
	allocations_remove(&lint->live, call);
}

static void lint_make(struct lint *lint, const struct call *call)
{
	struct allocation *allocation = allocations_insert(&lint->live, call);
	struct lint_cache *cache =
		counted_at(lint, (enum call_op)call->op, call->name);

	if (!allocation) {
		error_host(lint->errors, "no memory for the table of live ids");
		return;
	}
	allocation->op = call->op;
	allocation->name = call->name;
	allocation->order = (order_t)rules_order(lint->rules, call);
	if (call->pages & CALL_LRU)
		allocation->kind = ALLOCATION_FOLIO;
	else if (call->pages & CALL_RECLAIMABLE)
		allocation->kind = ALLOCATION_DROPPABLE;
	else
		allocation->kind = ALLOCATION_PAGES; /* or whatever stays */
	/* Of no use else: how much of it is sure. */
	allocation->handle = cache && is_sure(cache, call);
	if (cache) {
		cache->live++;
		cache->sure += allocation->handle;
	}
}

const char *lint_id_text(const struct lint *lint, const struct call *call,
			 char text[LINT_ID_MAX])
{
	if (call->has & CALL_HAS_NAMED_ID)
		snprintf(text, LINT_ID_MAX, "\"%.*s\"", LINT_ID_MAX - 3,
			 names_text(lint->source->names, (uint32_t)call->id));
	else
		snprintf(text, LINT_ID_MAX, "%llu",
			 (unsigned long long)call->id);
	return text;
}

static void id_error(struct lint *lint, const struct call *call,
		     const char *what)
{
	char id[LINT_ID_MAX];

	error_input(lint->errors, lint_place(lint, call), "id %s %s",
		    lint_id_text(lint, call, id), what);
}

static void lint_not_live(struct lint *lint, const struct call *call)
{
	struct suggestion near = { .text = "" };
	char what[192];

	/* An error that is only counted needs no words. */
	if (lint->errors->nr < ERRORS_MAX)
		suggest_id(&near, lint->source->names, call, &lint->live);
	snprintf(what, sizeof what,
		 "is not live: it was never allocated, or was freed already%s",
		 near.text);
	id_error(lint, call, what);
}

/* What uses an id: is it there to stay, or taken back at times? */
static void lint_use(struct lint *lint, const struct call *call,
		     const struct allocation *allocation)
{
	bool may_go = allocation->kind != ALLOCATION_PAGES;
	char what[96];

	if (!may_go && (call->op == OP_KMAP || call->op == OP_KUNMAP))
		lint_use_page(lint, call, allocation);
	if (may_go == (call->op == OP_TOUCH))
		return;
	if (may_go)
		snprintf(what, sizeof what,
			 "may be moved or taken back at any time, and %s needs "
			 "it to stay: touch it",
			 call_op_names[call->op]);
	else
		snprintf(what, sizeof what,
			 "of %s is never taken back: there is nothing to touch",
			 call_op_names[allocation->op]);
	id_error(lint, call, what);
}

static void lint_id(struct lint *lint, const struct call *call)
{
	struct allocation *allocation = allocations_find(&lint->live, call);
	bool makes = rules_freed_by((enum call_op)call->op);

	if (makes && allocation)
		id_error(lint, call,
			 "is live: free it before it is used again");
	else if (makes)
		lint_make(lint, call);
	else if (!allocation)
		lint_not_live(lint, call);
	else if (call_frees(call))
		lint_free(lint, call, allocation);
	else
		lint_use(lint, call, allocation);
}

static bool is_there(const struct lint *lint, uint32_t name, bool of_pool)
{
	size_t number = 2 * (size_t)name + of_pool;

	return number < lint->nr_caches && lint->cache[number].is_there;
}

static bool cache_is_there(const void *lint, uint32_t name)
{
	return is_there(lint, name, false);
}

static bool pool_is_there(const void *lint, uint32_t name)
{
	return is_there(lint, name, true);
}

/* The cache that each run has: vmalloc()'s own. */
static bool is_vmallocs(const struct lint *lint, uint32_t name)
{
	return strcmp(names_text(lint->source->names, name),
		      VMAP_AREA_CACHE_TEXT) == 0;
}

/* The cache or pool that a call needs is there. */
static void need_cache(struct lint *lint, const struct call *call,
		       uint32_t name, bool of_pool)
{
	const struct names *names = lint->source->names;
	struct suggestion near = { .text = "" };

	if (is_there(lint, name, of_pool))
		return;
	if (lint->errors->nr < ERRORS_MAX)
		suggest_name(&near, names, name,
			     of_pool ? pool_is_there : cache_is_there, lint);
	error_input(lint->errors, lint_place(lint, call),
		    "there is no %s \"%s\" at this moment%s",
		    of_pool ? "pool" : "cache", names_text(names, name),
		    near.text);
}

/* Of vmalloc()'s own, too, there can be more objects. */
static void need_cache_for_objects(struct lint *lint, const struct call *call)
{
	if (!is_vmallocs(lint, call->name))
		need_cache(lint, call, call->name, false);
}

/* Objects can be dropped where the cache was made for such. */
static void lint_object(struct lint *lint, const struct call *call)
{
	const struct lint_cache *cache = cache_of(lint, call->name, false);

	need_cache_for_objects(lint, call);
	if (cache && cache->is_there && !cache->may_drop &&
	    call->pages & CALL_RECLAIMABLE)
		error_input(lint->errors, lint_place(lint, call),
			    "reclaimable: cache \"%s\" was made without "
			    "SLAB_RECLAIM_ACCOUNT",
			    names_text(lint->source->names, call->name));
}

static void lint_create(struct lint *lint, const struct call *call)
{
	bool of_pool = call->op == OP_MEMPOOL_CREATE;
	struct lint_cache *cache = cache_of(lint, call->name, of_pool);

	if (of_pool && call->cache)
		need_cache(lint, call, call->cache, false);
	if (!of_pool && !call->size)
		error_input(lint->errors, lint_place(lint, call),
			    CACHE_OF_NOTHING,
			    names_text(lint->source->names, call->name));
	if (!cache)
		return;
	if ((cache->is_there && !cache->may_be_missing) ||
	    (!of_pool && is_vmallocs(lint, call->name)))
		error_input(lint->errors, lint_place(lint, call),
			    of_pool ? POOL_IS_THERE : CACHE_IS_THERE,
			    names_text(lint->source->names, call->name));
	cache->is_there = true;
	cache->may_be_missing =
		of_pool ? call->cache && !is_there(lint, call->cache, false) :
			  call->size > SURE_OBJECT_SIZE;
	cache->min_nr = of_pool ? call->min_nr : 0;
	cache->may_drop = call->slab_flags & SLAB_RECLAIM_ACCOUNT;
}

/* A cache in use stays; a pool goes, and leaves its elements behind. */
static void lint_destroy(struct lint *lint, const struct call *call)
{
	bool of_pool = call->op == OP_MEMPOOL_DESTROY;
	struct lint_cache *cache = cache_of(lint, call->name, of_pool);

	need_cache(lint, call, call->name, of_pool);
	if (!cache)
		return;
	if (cache->sure)
		warn(lint, call,
		     of_pool ? RULE_POOL_IN_USE : RULE_DESTROY_IN_USE,
		     (struct rule_case){ .live = cache->sure });
	cache->is_there &= cache->live && !of_pool;
}

/* The machine has the area that a device wants its memory from. */
static void lint_area(struct lint *lint, const struct call *call)
{
	const struct machine_desc *machine = lint->machine;
	struct suggestion near;
	const char *area;

	if (!machine || !call->name)
		return;
	area = names_text(lint->source->names, call->name);
	for (size_t i = 0; i < machine->nr_cma; i++)
		if (strcmp(machine->cma[i].name, area) == 0)
			return;
	error_input(lint->errors, lint_place(lint, call), NO_SUCH_AREA, area,
		    suggest_area(&near, machine, area));
}

static void lint_of_name(struct lint *lint, const struct call *call)
{
	switch ((enum call_op)call->op) {
	case OP_CACHE_CREATE:
	case OP_MEMPOOL_CREATE:
		lint_create(lint, call);
		break;
	case OP_CACHE_ALLOC:
		lint_object(lint, call);
		break;
	case OP_CACHE_SHRINK:
		need_cache_for_objects(lint, call);
		break;
	case OP_MEMPOOL_ALLOC:
		need_cache(lint, call, call->name, true);
		break;
	case OP_DMA_ALLOC_COHERENT:
		lint_area(lint, call);
		break;
	case OP_CACHE_DESTROY:
	case OP_MEMPOOL_DESTROY:
		lint_destroy(lint, call);
		break;
	default:
		break;
	}
}

/* The machine has the node, and the CPU, which is told of once. */
static void lint_places(struct lint *lint, const struct call *call)
{
	bool has_cpu = false;
	bool has_node = call->node == NODE_ANY || call->node == NODE_RECORDED;

	for (size_t i = 0; i < lint->machine->nr_nodes; i++) {
		const struct node_desc *node = &lint->machine->nodes[i];

		has_node |= node->id == call->node;
		for (size_t j = 0; j < node->nr_cpus; j++)
			has_cpu |= node->cpus[j] == call->cpu;
	}
	if (!has_cpu && !lint->missed[call->cpu])
		error_input(lint->errors, lint_place(lint, call), NO_SUCH_CPU,
			    call->cpu);
	lint->missed[call->cpu] |= !has_cpu;
	if (!has_node)
		error_input(lint->errors, lint_place(lint, call), NO_SUCH_NODE,
			    call->node);
}

void lint_call(struct lint *lint, const struct call *call)
{
	rule_set broken = rules_broken(lint->rules, call);

	for (; broken; broken &= broken - 1)
		warn(lint, call, (enum rule_id)__builtin_ctzll(broken),
		     (struct rule_case){ .live = 0 });
	if (lint->machine)
		lint_places(lint, call);
	lint_of_name(lint, call);
	if (call->has & (CALL_HAS_ID | CALL_HAS_NAMED_ID))
		lint_id(lint, call);
}

void lint_release(struct lint *lint)
{
	lint_pages_release(lint);
	for (size_t i = 0; i < LINT_TOLD; i++)
		finish_told(lint, &lint->told[i]);
	allocations_release(&lint->live);
	free(lint->cache);
}
