/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The report that a kernel writes when it has no pages to give.
 *
 *	swapper/0: page allocation failure: order:4, mode:0xa20(GFP_ATOMIC), …
 *	CPU: 0 PID: 0 Comm: swapper/0 Not tainted 6.1.0-13-amd64 #1
 *	Call Trace:
 *	 <IRQ>
 *	 __alloc_skb+0x8d/0x1d0
 *	Mem-Info:
 *	active_anon:99 inactive_anon:24001 isolated_anon:0
 *	Node 0 DMA free:1920kB boost:0kB min:88kB low:108kB … present:15996kB …
 *	lowmem_reserve[]: 0 435 435 435
 *	Node 0 DMA: 0*4kB 2*8kB (UM) 1*16kB (U) … = 1920kB
 *	Total swap = 0kB
 *
 * Kernels: 2.6 has no `:` but `.` before the order, no names for the mask, no
 * `managed`, no letters; 3.8 brought the letters, 4.6 the names, 5.15 `boost`.
 * A kernel without NUMA does not name nodes. Sources: warn_alloc() and
 * dump_header(), show_free_areas(), show_migration_types(), 2.6.32 to 6.1.
 *
 * What a log puts before each line is passed over (log_prefix.c).
 *
 * Lines that are not needed are passed over. Another Mem-Info behind the first
 * is not this report's (somebody pressed SysRq-M).
 */
#include <string.h>

#include "sim/base/text.h"
#include "workloads/import/call_site.h"
#include "workloads/import/gfp_bits.h"
#include "workloads/import/lines.h"
#include "workloads/import/log_prefix.h"
#include "workloads/import/splat.h"
#include "workloads/import/splat_hints.h"

static const char *const number_keys[NR_SPLAT_NUMBERS] = {
	[SPLAT_FREE] = " free:",
	[SPLAT_BOOST] = " boost:",
	[SPLAT_MIN] = " min:",
	[SPLAT_LOW] = " low:",
	[SPLAT_HIGH] = " high:",
	[SPLAT_HIGHATOMIC] = " reserved_highatomic:",
	[SPLAT_PRESENT] = " present:",
	[SPLAT_MANAGED] = " managed:",
	[SPLAT_FREE_PCP] = " free_pcp:",
	[SPLAT_FREE_CMA] = " free_cma:",
	[SPLAT_INACTIVE_ANON] = " inactive_anon:",
	[SPLAT_ACTIVE_ANON] = " active_anon:",
	[SPLAT_INACTIVE_FILE] = " inactive_file:",
	[SPLAT_ACTIVE_FILE] = " active_file:",
	[SPLAT_UNEVICTABLE] = " unevictable:",
	[SPLAT_WRITEPENDING] = " writepending:",
	[SPLAT_DIRTY] = " dirty:",
	[SPLAT_WRITEBACK] = " writeback:",
};

/* No machine has more, and sums of these don't overflow. */
#define KB_MAX (UINT64_C(1) << 42)
#define BLOCKS_MAX (UINT64_C(1) << 40)

struct splat_reader {
	struct splat *splat;
	struct errors *errors;
	struct place place;
	uint64_t nr;	/* reports begun so far */
	uint64_t nth;	/* the one to read */
	bool in_irq;	/* the call trace is in an interrupt */
	bool irq_known; /* and in which sort is known */
	bool has_info;	/* its Mem-Info was begun */
	bool done;	/* and another one, too */
	struct splat_hints hints;
};

/* ---- lines -------------------------------------------------------------- */

static uint64_t leading_number(const char *p, size_t *length)
{
	uint64_t value = 0;

	*length = strspn(p, "0123456789");
	if (!parse_u64(p, *length, &value))
		*length = 0;
	return value;
}

/* "Node 1 DMA32" up to behind the zone's name; NULL: it is none. */
static const char *take_zone_name(const char *p, uint64_t *node,
				  enum zone_type *type, bool *named)
{
	size_t length;

	*node = 0;
	*named = strncmp(p, "Node ", 5) == 0;
	if (*named) {
		*node = leading_number(p + 5, &length);
		if (!length || *node >= MAX_NODES || p[5 + length] != ' ')
			return NULL;
		p += 5 + length + 1;
	}
	length = strcspn(p, " :");
	for (int i = 0; i < NR_ZONE_TYPES; i++) {
		if (strlen(zone_type_names[i]) != length ||
		    memcmp(zone_type_names[i], p, length) != 0)
			continue;
		*type = (enum zone_type)i;
		return p + length;
	}
	return NULL;
}

static void copy_text(char *to, size_t room, const char *from, size_t length)
{
	if (length >= room)
		length = room - 1;
	memcpy(to, from, length);
	to[length] = '\0';
}

/* ---- head --------------------------------------------------------------- */

/* "order:4, mode:0xa20(GFP_ATOMIC)", "gfp_mask=0x201da, order=0" */
static void take_request(struct splat_reader *reader, const char *p)
{
	struct splat *splat = reader->splat;
	const char *order = strstr(p, "order");
	const char *mask = strstr(p, splat->oom ? "gfp_mask=" : "mode:");
	uint64_t value;
	size_t length;

	order = order && order[5] ? order + strlen("order:") : NULL;
	value = order ? leading_number(order, &length) : 0;
	if (!order || !length || value >= MAX_ORDERS) {
		error_input(reader->errors, reader->place,
			    "an order from 0 to %d is expected here",
			    MAX_ORDERS - 1);
		return;
	}
	splat->order = (order_t)value;
	mask = mask ? mask + strcspn(mask, ":=") + 1 : "";
	length = strcspn(mask, "(, ");
	if (!parse_u64(mask, length, &splat->mask)) {
		error_input(reader->errors, reader->place,
			    "a mask of GFP flags is expected here");
		return;
	}
	if (mask[length] == '(')
		copy_text(splat->gfp, sizeof(splat->gfp), mask + length + 1,
			  strcspn(mask + length + 1, ")"));
}

/* True where the line begins a report. */
static bool take_head(struct splat_reader *reader, const char *p)
{
	static const char failure[] = ": page allocation failure";
	static const char killer[] = " invoked oom-killer:";
	const char *at = strstr(p, failure);
	bool oom = !at;

	if (oom)
		at = strstr(p, killer);
	if (!at)
		return false;
	if (++reader->nr != reader->nth)
		return true;
	reader->splat->line = reader->place.line;
	reader->splat->oom = oom;
	copy_text(reader->splat->comm, sizeof(reader->splat->comm), p,
		  (size_t)(at - p));
	take_request(reader, at + (oom ? strlen(killer) : strlen(failure)));
	return true;
}

/* "CPU: 0 PID: 0 Comm: swapper/0 Not tainted 6.1.0 #1" */
static void take_who(struct splat *splat, const char *p)
{
	const char *at = strstr(p, "ainted");
	size_t length;

	/* "(DT)": by a device tree, which no PC has. */
	if (strncmp(p, "Hardware name: ", 15) == 0 && strstr(p, "(DT)"))
		splat->other_processor = true;
	if (strncmp(p, "CPU: ", 5) == 0) {
		uint64_t cpu = leading_number(p + 5, &length);

		splat->has_cpu = length && cpu < MAX_CPUS;
		splat->cpu = splat->has_cpu ? (uint32_t)cpu : 0;
	}
	if (!at || splat->version)
		return;
	/* "Tainted: G        W  O  5.10.0" */
	while (*at && !gfp_bits_version(at, &splat->version)) {
		at += strcspn(at, " ");
		at = skip_blanks(at);
	}
	copy_text(splat->version_text, sizeof(splat->version_text), at,
		  strcspn(at, " "));
}

/* "CPU    3: hi:  186, btch:  31 usd: 0", up to 4.0 */
static void take_pcp(struct splat *splat, const char *p)
{
	size_t length;
	uint64_t cpu;

	if (strncmp(p, "CPU ", 4) != 0 || !strstr(p, ": hi:"))
		return;
	cpu = leading_number(skip_blanks(p + 4), &length);
	if (length && cpu < MAX_CPUS && cpu >= splat->nr_cpus)
		splat->nr_cpus = (uint32_t)cpu + 1;
}

/* How a call trace begins where the processor is an ARM, of 64 or 32 bits. */
static bool is_of_arm(const char *frame)
{
	return strstr(frame, "dump_backtrace") ||
	       strstr(frame, "unwind_backtrace");
}

/*
 * A frame, innermost first. In an interrupt, what comes first says which: what
 * runs soft interrupts, or what runs handlers.
 */
static void take_frame(struct splat_reader *reader, const char *p)
{
	struct splat *splat = reader->splat;
	char function[FUNCTION_MAX];

	if (strstr(p, "<IRQ>"))
		reader->in_irq = true;
	if (strstr(p, "<NMI>"))
		splat->ctx = CONTEXT_NMI;
	if (strstr(p, "</IRQ>") || strstr(p, "<EOI>")) {
		if (reader->in_irq && !reader->irq_known)
			splat->ctx = CONTEXT_HARDIRQ;
		reader->irq_known = true;
	}
	splat->other_processor |= is_of_arm(p);
	if (!call_trace_function(p, function))
		return;
	splat->has_trace = true;
	if (!splat->site[0] && !is_allocator(function))
		copy_text(splat->site, sizeof(splat->site), function,
			  strlen(function));
	if (reader->irq_known || splat->ctx == CONTEXT_NMI)
		return;
	if (strstr(function, "do_softirq") || strstr(function, "irq_exit")) {
		splat->ctx = CONTEXT_SOFTIRQ;
		reader->irq_known = true;
	} else if (strstr(function, "handle_irq") ||
		   strstr(function, "handle_IRQ") ||
		   strcmp(function, "do_IRQ") == 0) {
		splat->ctx = CONTEXT_HARDIRQ;
		reader->irq_known = true;
	}
}

/* ---- Mem-Info ----------------------------------------------------------- */

static struct splat_zone *find_zone(struct splat *splat, uint64_t node,
				    enum zone_type type)
{
	for (size_t i = 0; i < splat->nr_zones; i++)
		if (splat->zone[i].node == (node_t)node &&
		    splat->zone[i].type == type)
			return &splat->zone[i];
	return NULL;
}

static void take_number(struct splat_reader *reader, struct splat_zone *zone,
			int which, const char *line)
{
	const char *p = strstr(line, number_keys[which]);
	size_t length;

	if (!p)
		return;
	p += strlen(number_keys[which]);
	zone->kb[which] = leading_number(p, &length);
	if (!length || (p[length] | 0x20) != 'k' || zone->kb[which] > KB_MAX) {
		error_input(reader->errors, reader->place,
			    "%s \"%.20s\" is not a number of kB up to 2^42",
			    number_keys[which] + 1, p);
		return;
	}
	zone->has |= 1u << which;
}

/* " free:1920kB boost:0kB min:88kB …", behind the zone's name */
static void take_zone(struct splat_reader *reader, const char *p, uint64_t node,
		      enum zone_type type)
{
	struct splat *splat = reader->splat;
	struct splat_zone *zone;

	if (find_zone(splat, node, type)) {
		reader->done = true;
		return;
	}
	if (splat->nr_zones == SPLAT_ZONES_MAX)
		return;
	zone = &splat->zone[splat->nr_zones++];
	*zone = (struct splat_zone){
		.node = (node_t)node,
		.type = type,
		.line = reader->place.line,
	};
	for (int i = 0; i < NR_SPLAT_NUMBERS; i++)
		take_number(reader, zone, i, p);
	for (int i = SPLAT_FREE; i <= SPLAT_PRESENT; i++)
		if (!(zone->has & 1u << i) && i != SPLAT_BOOST &&
		    i != SPLAT_HIGHATOMIC)
			error_input(
				reader->errors, reader->place,
				"zone %s has no \"%s\"; the line is cut off",
				zone_type_names[type], number_keys[i] + 1);
}

/* "lowmem_reserve[]: 0 435 435 435", of the zone above */
static void take_reserves(struct splat_reader *reader, const char *p)
{
	struct splat *splat = reader->splat;
	struct splat_zone *zone;
	size_t length;

	if (!splat->nr_zones)
		return;
	zone = &splat->zone[splat->nr_zones - 1];
	for (p = skip_blanks(p); zone->nr_reserves < SPLAT_RESERVES_MAX;
	     p = skip_blanks(p + length)) {
		uint64_t pages = leading_number(p, &length);

		if (!length)
			return;
		if (pages > KB_MAX) {
			error_input(reader->errors, reader->place,
				    "lowmem_reserve: %llu pages are more than "
				    "any machine has",
				    (unsigned long long)pages);
			return;
		}
		zone->reserve[zone->nr_reserves++] = pages;
	}
}

/* "(UME)": a letter for each type that has a free block of the order */
static void take_types(struct splat_reader *reader, struct splat_zone *zone,
		       order_t order, const char *p)
{
	static const struct {
		char letter;
		enum migratetype type;
	} letters[] = {
		{ 'U', MIGRATE_UNMOVABLE },   { 'M', MIGRATE_MOVABLE },
		{ 'E', MIGRATE_RECLAIMABLE }, { 'H', MIGRATE_HIGHATOMIC },
		{ 'C', MIGRATE_CMA },	      { 'I', MIGRATE_ISOLATE },
		{ 'R', MIGRATE_UNMOVABLE },
	};

	for (; *p && *p != ')'; p++) {
		reader->splat->had_reserve_type |= *p == 'R';
		for (size_t i = 0; i < sizeof(letters) / sizeof(*letters); i++)
			if (letters[i].letter == *p)
				zone->types[order] |= 1u << letters[i].type;
	}
}

/* "0*4kB 2*8kB (UM) … = 1920kB" */
static int take_blocks(struct splat_reader *reader, struct splat_zone *zone,
		       const char *p)
{
	struct splat *splat = reader->splat;
	size_t length;

	for (p = skip_blanks(p); *p && *p != '='; p = skip_blanks(p)) {
		order_t order = (order_t)zone->nr_orders;
		uint64_t nr = leading_number(p, &length), kb;

		if (!length || p[length] != '*' || order == MAX_ORDERS ||
		    nr > BLOCKS_MAX)
			return -1;
		p += length + 1;
		kb = leading_number(p, &length);
		if (!length || p[length] != 'k' || !kb || kb > KB_MAX)
			return -1;
		p += length + strlen("kB");
		if (!splat->page_kb)
			splat->page_kb = kb;
		if (kb != splat->page_kb << order)
			return -1;
		zone->nr_free[order] = nr;
		zone->nr_orders++;
		p = skip_blanks(p);
		if (*p == '(') {
			take_types(reader, zone, order, p + 1);
			p += strcspn(p, ")");
			p += *p == ')';
		}
	}
	return zone->nr_orders ? 0 : -1;
}

static void take_list(struct splat_reader *reader, const char *p, uint64_t node,
		      enum zone_type type)
{
	struct splat_zone *zone = find_zone(reader->splat, node, type);

	if (!zone && reader->splat->nr_zones)
		error_input(reader->errors, reader->place,
			    "free blocks of zone %s of node %llu, and the line "
			    "that tells of the zone ('%s free:…') is not there",
			    zone_type_names[type], (unsigned long long)node,
			    zone_type_names[type]);
	if (!zone || zone->nr_orders)
		return;
	if (take_blocks(reader, zone, p) < 0)
		error_input(reader->errors, reader->place,
			    "the free blocks of zone %s can't be read: "
			    "'1*4kB (U) 0*8kB …', each twice as large as the "
			    "one before, is expected here",
			    zone_type_names[type]);
}

/* Adds what stands behind a key that begins a word; nothing: it is not there */
static void add_number(const char *line, const char *key, uint64_t *to)
{
	const char *at = line;
	size_t length;

	while ((at = strstr(at, key)) && at > line && at[-1] != ' ')
		at++;
	if (at)
		*to += leading_number(at + strlen(key), &length);
}

/* "active_anon:99 inactive_anon:24001 …", in pages, of the whole machine */
static void take_totals(struct splat *splat, const char *p)
{
	static const char *const keys[] = { "active_anon:", "inactive_anon:",
					    "active_file:", "inactive_file:" };

	if (strncmp(p, "Node ", 5) == 0)
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		add_number(p, keys[i], &splat->lru_pages);
	add_number(p, "slab_reclaimable:", &splat->slab_pages);
}

static bool take_zone_line(struct splat_reader *reader, const char *p)
{
	enum zone_type type;
	uint64_t node;
	bool named;
	const char *behind = take_zone_name(p, &node, &type, &named);

	if (!behind)
		return false;
	if (strncmp(behind, " free:", 6) == 0) {
		take_zone(reader, behind, node, type);
		reader->splat->node_named |= named;
	} else if (behind[0] == ':' && strchr(behind, '*')) {
		take_list(reader, behind + 1, node, type);
	}
	return true;
}

static void take_free_swap(struct splat *splat, const char *p)
{
	size_t length;

	splat->free_swap_kb = leading_number(p, &length);
	splat->has_free_swap = length;
}

static void take_info(struct splat_reader *reader, const char *p)
{
	static const char reserve[] = "lowmem_reserve[]:";
	static const char swap[] = "Total swap = ";
	static const char free_swap[] = "Free swap  = ";
	size_t length;

	if (strncmp(p, "Mem-Info:", 9) == 0 ||
	    strncmp(p, "Mem-info:", 9) == 0) {
		reader->done = reader->has_info;
		reader->has_info = true;
		return;
	}
	if (!reader->has_info) {
		take_who(reader->splat, p);
		take_frame(reader, p);
	}
	take_pcp(reader->splat, p);
	if (take_zone_line(reader, p))
		return;
	if (strncmp(p, reserve, sizeof(reserve) - 1) == 0)
		take_reserves(reader, p + sizeof(reserve) - 1);
	else if (strncmp(p, swap, sizeof(swap) - 1) == 0)
		reader->splat->swap_kb =
			leading_number(p + sizeof(swap) - 1, &length);
	else if (strncmp(p, free_swap, sizeof(free_swap) - 1) == 0)
		take_free_swap(reader->splat, p + sizeof(free_swap) - 1);
	else if (!reader->splat->nr_zones)
		take_totals(reader->splat, p);
}

/* ---- the whole ---------------------------------------------------------- */

static int check(const struct splat_reader *reader, const char *path)
{
	struct place place = place_of_file(path);

	if (!reader->nr)
		return splat_hints_no_report(&reader->hints, place,
					     reader->errors);
	if (reader->nr < reader->nth)
		return error_input(reader->errors, place,
				   "report %llu is asked for (--nth), and the "
				   "log has %llu",
				   (unsigned long long)reader->nth,
				   (unsigned long long)reader->nr);
	place.line = reader->splat->line;
	place.column = 1;
	if (!reader->splat->nr_zones)
		return splat_hints_no_zone(&reader->hints, place,
					   reader->errors);
	return 0;
}

int splat_read(struct splat *splat, const char *path, uint64_t nth,
	       uint64_t *nr, struct errors *errors)
{
	struct splat_reader reader = {
		.splat = splat,
		.errors = errors,
		.place = { .file = path, .column = 1 },
		.nth = nth,
	};
	size_t before = errors->nr;
	struct lines lines;
	size_t length;
	char *line;
	int got;

	memset(splat, 0, sizeof(*splat));
	if (lines_open(&lines, path, errors) < 0)
		return -1;
	while ((got = lines_next(&lines, &line, &length, errors)) > 0) {
		const char *p = log_prefix_end(line);

		reader.place.line = lines.nr;
		if (take_head(&reader, p))
			continue;
		if (!reader.nr || reader.nr == nth)
			splat_hints_look(&reader.hints, p, lines.nr);
		if (reader.nr == nth && !reader.done)
			take_info(&reader, p);
	}
	lines_close(&lines);
	*nr = reader.nr;
	if (errors->nr != before)
		return -1;
	return check(&reader, path);
}
