/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From lines to events: which events count, and what their arguments mean.
 *
 * Arguments, by kernel (include/trace/events/kmem.h):
 *
 *	mm_page_alloc	page= pfn= order= migratetype= gfp_flags=
 *	mm_page_free	page= pfn= order=   (mm_page_free_direct before 3.3)
 *	kmalloc		call_site= ptr= bytes_req= bytes_alloc= gfp_flags=
 *			[node= accounted=]; before 6.1 also kmalloc_node
 *	kmem_cache_alloc  the same, and kmem_cache_alloc_node; [name=] behind
 *			ptr= in newer kernels
 *	kfree		call_site= ptr=
 *	kmem_cache_free	call_site= ptr= [name=], the name in newer kernels
 *	mm_page_alloc_extfrag  pageblock_order=
 *	mm_vmscan_lru_shrink_inactive  nr_reclaimed= flags=  (events/vmscan.h)
 *	mm_vmscan_wakeup_kswapd, …_kswapd_wake, …_kswapd_sleep	nid=
 *	mm_vmscan_direct_reclaim_end  nr_reclaimed=
 *	mm_compaction_end  zone_start= status=  (events/compaction.h)
 *
 * A pfn is decimal in older kernels and 0x… in newer ones; some tools print it
 * in hexadecimal without saying so, which shows by a letter in one of the
 * file's first pfns. An allocation that failed has a NULL page or ptr.
 */
#include <string.h>

#include "workloads/import/known_events.h"
#include "workloads/import/trace_dat.h"
#include "workloads/import/trace_gfp.h"
#include "workloads/import/trace_reader.h"
#include "sim/base/numbers.h"

#define MASKS_SNIFFED 256

static bool begins(const char *s, size_t length, const char *with)
{
	size_t n = strlen(with);

	return length >= n && memcmp(s, with, n) == 0;
}

/* ---- arguments ----------------------------------------------------------- */

static bool take_u64(const char *s, size_t length, bool hex, uint64_t *value)
{
	size_t i;
	char c;

	if (!s)
		return false;
	if (!hex || (length > 2 && s[0] == '0' && s[1] == 'x'))
		return parse_u64(s, length, value);
	*value = 0;
	for (i = 0; i < length && i < 16; i++) {
		c = (char)(s[i] | 0x20);
		if (s[i] >= '0' && s[i] <= '9')
			*value = *value << 4 | (uint64_t)(s[i] - '0');
		else if (c >= 'a' && c <= 'f')
			*value = *value << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	return length > 0 && i == length;
}

/* A pointer as the kernel prints it: "(null)", 16 digits, with or without 0x */
static bool take_pointer(const char *args, const char *key, uint64_t *value)
{
	size_t length;
	const char *s = trace_arg(args, key, &length);

	if (s && begins(s, length, "(")) {
		*value = 0;
		return begins(s, length, "(null)") ||
		       begins(s, length, "(nil)");
	}
	return take_u64(s, length, true, value);
}

static bool take_gfp(struct trace_reader *reader, struct trace_event *event)
{
	const char *args = event->line.args;
	uint64_t number;
	size_t length;
	const char *s = trace_arg(args, "gfp_flags", &length);

	if (!s)
		return false;
	reader->report->missing_gfp += !length;
	if (length != reader->gfp_length || !reader->gfp_length ||
	    memcmp(s, reader->gfp_text, length) != 0) {
		reader->gfp_known = trace_gfp_parse(s, length, reader->gfp_bits,
						    &reader->gfp);
		reader->gfp_is_number = parse_u64(s, length, &number);
		reader->gfp_length =
			length <= sizeof(reader->gfp_text) ? length : 0;
		memcpy(reader->gfp_text, s, reader->gfp_length);
	}
	event->gfp = reader->gfp;
	reader->report->unknown_gfp += length && !reader->gfp_known;
	reader->report->gfp_masks += reader->gfp_is_number;
	return true;
}

static bool take_page(struct trace_reader *reader, struct trace_event *event)
{
	const char *args = event->line.args;
	uint64_t page, pfn, order;
	size_t length;
	const char *s = trace_arg(args, "pfn", &length);

	if (!take_u64(s, length, reader->pfn_is_hex, &pfn))
		return false;
	if (pfn == UINT64_MAX)
		pfn = 0; /* raw fields: no page */
	s = trace_arg(args, "order", &length);
	if (!take_u64(s, length, false, &order) || order >= MAX_ORDERS)
		return false;
	event->unaligned = pfn & (((uint64_t)1 << order) - 1);
	if (pfn >= PFN_NONE || event->unaligned)
		return false;
	event->pfn = (pfn_t)pfn;
	event->order = (order_t)order;
	/* The NULL may be padded with blanks; frame 0 is never given out. */
	event->ok = pfn != 0 || (take_pointer(args, "page", &page) && page);
	if (event->kind == TRACE_PAGE_FREE)
		return event->ok;
	return take_gfp(reader, event);
}

/* The name of a cache may have blanks; what follows it tells where it ends. */
static void take_name(struct trace_event *event)
{
	static const char *const followers[] = { " ptr=", " bytes_req=" };
	const char *end, *next;

	event->name = trace_arg(event->line.args, "name", &event->name_length);
	if (!event->name)
		return;
	end = event->name + strlen(event->name);
	for (size_t i = 0; i < LENGTH(followers); i++) {
		next = strstr(event->name, followers[i]);
		if (next && next < end)
			end = next;
	}
	while (end > event->name && end[-1] == ' ')
		end--;
	event->name_length = (size_t)(end - event->name);
	if (!event->name_length)
		event->name = NULL;
}

/* "nr_scanned=32 nr_reclaimed=31 … flags=RECLAIM_WB_ANON|RECLAIM_WB_ASYNC" */
static bool take_shrunk(struct trace_event *event)
{
	size_t length;
	const char *s = trace_arg(event->line.args, "nr_reclaimed", &length);

	if (!take_u64(s, length, false, &event->nr_reclaimed))
		event->nr_reclaimed = UINT64_MAX;
	s = trace_arg(event->line.args, "flags", &length);
	if (!s)
		return false;
	event->anon = begins(s, length, "RECLAIM_WB_ANON");
	return event->anon || begins(s, length, "RECLAIM_WB_FILE");
}

/* "nid=0 order=0", "nr_reclaimed=32", "zone_start=0x1000 … status=complete" */
static bool take_kswapd(struct trace_event *event)
{
	const char *args = event->line.args;
	uint64_t value;
	size_t length;
	const char *s;

	switch (event->kind) {
	case TRACE_KSWAPD_DIRECT:
	case TRACE_KSWAPD_OTHER:
		return true;
	case TRACE_KSWAPD_RECLAIMED:
		s = trace_arg(args, "nr_reclaimed", &length);
		return take_u64(s, length, false, &event->nr_reclaimed);
	case TRACE_KSWAPD_COMPACTED:
		s = trace_arg(args, "status", &length);
		event->ok = s && (begins(s, length, "complete") ||
				  begins(s, length, "partial_skipped"));
		s = trace_arg(args, "zone_start", &length);
		if (!take_u64(s, length, true, &value) || value >= PFN_NONE)
			return false;
		event->pfn = (pfn_t)value;
		return true;
	default:
		s = trace_arg(args, "nid", &length);
		if (!take_u64(s, length, false, &value) || value >= MAX_NODES)
			return false;
		event->node = (node_t)value;
		return true;
	}
}

static bool take_object(struct trace_reader *reader, struct trace_event *event)
{
	const char *args = event->line.args;
	uint64_t node;
	size_t length;
	const char *s;

	if (!take_pointer(args, "ptr", &event->ptr))
		return false;
	event->ok = event->ptr != 0;
	event->name = NULL;
	if (event->kind == TRACE_CACHE_ALLOC || event->kind == TRACE_CACHE_FREE)
		take_name(event);
	if (event->kind == TRACE_KFREE || event->kind == TRACE_CACHE_FREE)
		return true;
	event->call_site =
		trace_arg(args, "call_site", &event->call_site_length);
	s = trace_arg(args, "bytes_req", &length);
	if (!take_u64(s, length, false, &event->bytes_req))
		return false;
	s = trace_arg(args, "bytes_alloc", &length);
	if (!take_u64(s, length, false, &event->bytes_alloc))
		return false;
	s = trace_arg(args, "node", &length);
	event->node = NODE_ANY;
	if (take_u64(s, length, false, &node) && node < MAX_NODES)
		event->node = (node_t)node;
	s = trace_arg(args, "accounted", &length);
	event->accounted = s && begins(s, length, "true");
	return take_gfp(reader, event);
}

/*
 * The fallback of an allocation to pages of another type tells of pageblocks:
 * "alloc_order=0 fallback_order=9 pageblock_order=9 …"
 */
static void see_pageblock(struct trace_reader *reader,
			  const struct trace_event *event)
{
	size_t length;
	const char *s = trace_arg(event->line.args, "pageblock_order", &length);
	uint64_t order;

	if (take_u64(s, length, false, &order) && order < MAX_ORDERS)
		reader->pageblock_order = (order_t)order;
}

/* ---- lines --------------------------------------------------------------- */

/* True where one of the first pfns has a letter and no 0x before it. */
static bool sniff_hex_pfns(const char *s, size_t length)
{
	const char *end = s + length;
	const char *p = s;
	size_t digits;

	while (end - p > 8 && (p = memchr(p, ' ', (size_t)(end - p) - 8))) {
		p++;
		if (memcmp(p, "pfn=", 4) != 0)
			continue;
		p += 4;
		if (p[0] == '0' && p[1] == 'x')
			continue;
		for (digits = 0; p + digits < end && digits < 16; digits++) {
			if ((p[digits] >= 'a' && p[digits] <= 'f') ||
			    (p[digits] >= 'A' && p[digits] <= 'F'))
				return true;
			if (p[digits] < '0' || p[digits] > '9')
				break;
		}
	}
	return false;
}

/* The generation of kernels that the first masks look like. */
static const struct gfp_bits *sniff_gfp_bits(const char *s, size_t length)
{
	static const char key[] = "gfp_flags=";
	const char *end = s + length;
	uint64_t mask[MASKS_SNIFFED];
	size_t nr = 0, digits;

	while (nr < MASKS_SNIFFED && s < end &&
	       (s = memchr(s, ' ', (size_t)(end - s)))) {
		s++;
		if (!begins(s, (size_t)(end - s), key))
			continue;
		s += sizeof(key) - 1;
		for (digits = 0; s + digits < end && s[digits] > ' ';)
			digits++;
		nr += parse_u64(s, digits, &mask[nr]);
	}
	return gfp_bits_guess(mask, nr);
}

/* "# entries-in-buffer/entries-written: 60850/60850   #P:1" */
static void read_comment(struct import_report *report, const char *line)
{
	static const char key[] = "entries-in-buffer/entries-written:";
	const char *p = strstr(line, key);
	uint64_t held, written;
	size_t digits;

	if (!p)
		return;
	p += sizeof(key) - 1;
	p += strspn(p, " ");
	digits = strspn(p, "0123456789");
	if (!parse_u64(p, digits, &held) || p[digits] != '/')
		return;
	p += digits + 1;
	if (!parse_u64(p, strspn(p, "0123456789"), &written))
		return;
	report->announced = written;
	report->overwritten = written > held ? written - held : 0;
}

static void set_time(struct trace_reader *reader, struct trace_event *event)
{
	struct import_report *report = reader->report;
	uint64_t t = event->line.t_ns;

	if (!reader->begun)
		reader->first_t_ns = t;
	reader->begun = true;
	t = t > reader->first_t_ns ? t - reader->first_t_ns : 0;
	if (event->line.t_ns < reader->first_t_ns || t < reader->last_t_ns) {
		report->clamped_times++;
		t = reader->last_t_ns;
	}
	if (t > TIME_MOST)
		t = TIME_MOST;
	reader->last_t_ns = t;
	report->span_ns = t;
	event->t_ns = t;
}

/*
 * Idle tasks call only on top of an interrupt, and ksoftirqd runs soft
 * interrupts and nothing else.
 */
static bool is_softirq_task(const struct trace_line *line)
{
	return line->pid == 0 ||
	       begins(line->comm, line->comm_length, "ksoftirqd/");
}

/* Without a column for it. */
static void guess_context(struct trace_reader *reader, struct trace_line *line)
{
	if (line->has_ctx)
		return;
	reader->report->no_context++;
	if (!is_softirq_task(line))
		return;
	reader->report->softirq_tasks++;
	line->ctx = CONTEXT_SOFTIRQ;
	line->can_sleep = false;
}

/* The user is told where it is. */
static void skip_wrong(const struct trace_reader *reader,
		       struct trace_event *event)
{
	enum import_skip skip = event->unaligned ? IMPORT_SKIP_UNALIGNED :
						   IMPORT_SKIP_UNREADABLE;

	trace_event_skipped(event, skip);
	if (event->counts && !event->counts->first_line[skip])
		event->counts->first_line[skip] = reader->lines.nr;
}

/* True where the event is one to hand out. */
static bool read_event(struct trace_reader *reader, struct trace_event *event)
{
	const struct known_event *known =
		known_event_of(&event->line, reader->reclaim, reader->kswapd);
	bool ok;

	reader->report->events++;
	import_report_cpu(reader->report, event->line.cpu);
	guess_context(reader, &event->line);
	set_time(reader, event);
	event->counts = import_report_kind(reader->report, event->line.event,
					   event->line.event_length);
	if (known->skip == IMPORT_SKIP_INSIDE)
		see_pageblock(reader, event);
	if (known->kind < 0) {
		trace_event_skipped(event, known->skip);
		return false;
	}
	event->kind = (enum trace_event_kind)known->kind;
	event->unaligned = false;
	if (event->kind <= TRACE_PAGE_FREE)
		ok = take_page(reader, event);
	else if (event->kind <= TRACE_CACHE_FREE)
		ok = take_object(reader, event);
	else if (event->kind >= TRACE_KSWAPD_ASKED)
		ok = take_kswapd(event);
	else
		ok = event->kind != TRACE_LRU_SHRUNK || take_shrunk(event);
	if (!ok)
		skip_wrong(reader, event);
	return ok;
}

static bool read_line(struct trace_reader *reader, const char *line,
		      size_t length, struct trace_event *event)
{
	struct import_report *report = reader->report;

	report->lines++;
	report->unfinished = reader->lines.unfinished;
	switch (trace_line_parse(line, length, &event->line)) {
	case TRACE_LINE_EVENT:
		return read_event(reader, event);
	case TRACE_LINE_COMMENT:
		read_comment(report, line);
		return false;
	case TRACE_LINE_STACK:
		report->stack_lines++;
		return false;
	case TRACE_LINE_LOST:
		report->lost_marks++;
		report->lost_events += event->line.lost;
		return false;
	default:
		if (report->unreadable < IMPORT_LINES_KEPT)
			report->unreadable_line[report->unreadable] =
				reader->lines.nr;
		report->unreadable++;
		return false;
	}
}

/* What a file that is no text begins with, and what makes text of it. */
static const struct not_text {
	const char *magic;
	const char *what;
	const char *cure;
} not_texts[] = {
	{ "\xfd\x37zXZ", "packed", "xz -dc" },
	{ "\x1f\x8b", "packed", "gzip -dc" },
	{ "\x28\xb5\x2f\xfd", "packed", "zstd -dc" },
	{ "BZh", "packed", "bzip2 -dc" },
	{ "PERFILE2", "a binary perf.data", "perf script" },
};

int trace_reader_open(struct trace_reader *reader, const char *path,
		      struct import_report *report, struct errors *errors)
{
	struct place place = place_of_file(path);
	const char *ahead;
	size_t length;

	*reader = (struct trace_reader){ .report = report };
	if (lines_open(&reader->lines, path, errors) < 0)
		return -1;
	ahead = lines_ahead(&reader->lines, &length);
	if (trace_dat_is_one(ahead, length)) {
		reader->dat = trace_dat_open(path, errors);
		if (!reader->dat)
			lines_close(&reader->lines);
		length = 0; /* there is no text to look into */
		if (!reader->dat)
			return -1;
	}
	for (size_t i = 0; i < sizeof(not_texts) / sizeof(*not_texts); i++) {
		const struct not_text *not_text = &not_texts[i];

		if (!begins(ahead, length, not_text->magic))
			continue;
		lines_close(&reader->lines);
		return error_input(errors, place,
				   "this is %s; `%s` makes the text that is "
				   "read here",
				   not_text->what, not_text->cure);
	}
	reader->pfn_is_hex = sniff_hex_pfns(ahead, length);
	reader->gfp_bits = report->gfp_version ?
				   gfp_bits_of(report->gfp_version) :
				   sniff_gfp_bits(ahead, length);
	report->gfp_kernels = gfp_bits_kernels(reader->gfp_bits);
	return 0;
}

static int next_line(struct trace_reader *reader, const char **line,
		     size_t *length, struct errors *errors)
{
	const volatile int *interrupted = reader->report->interrupted;
	char *text;
	int got;

	if (interrupted && *interrupted)
		return 0;
	if (reader->dat) {
		reader->lines.nr++;
		return trace_dat_next(reader->dat, line, length, errors);
	}
	got = lines_next(&reader->lines, &text, length, errors);
	*line = text;
	return got;
}

int trace_reader_next(struct trace_reader *reader, struct trace_event *event,
		      struct errors *errors)
{
	struct place place = place_of_file(reader->lines.path);
	const char *line;
	size_t length;
	int got;

	while ((got = next_line(reader, &line, &length, errors)) > 0)
		if (read_line(reader, line, length, event))
			return 1;
	if (got == 0 && !reader->report->events)
		return error_input(errors, place,
				   "no trace event found: is this the text of "
				   "ftrace's `trace` file, of `trace-cmd "
				   "report` or of `perf script`?");
	return got;
}

void trace_reader_close(struct trace_reader *reader)
{
	lines_close(&reader->lines);
	if (reader->dat)
		trace_dat_close(reader->dat);
	reader->dat = NULL;
}

void trace_event_used(const struct trace_event *event)
{
	if (event->counts)
		event->counts->used++;
}

void trace_event_skipped(const struct trace_event *event, enum import_skip skip)
{
	if (event->counts)
		event->counts->skipped[skip]++;
}
