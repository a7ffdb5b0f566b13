/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/slabinfo as a workload: the caches, with as many objects as they had.
 *
 *	slabinfo - version: 2.1
 *	# name  <active_objs> <num_objs> <objsize> <objperslab> …
 *	skbuff_head_cache  480  512  256  16  1 : tunables … : slabdata …
 *
 *	slab      |oooo|oo.o|oooo|o.oo|     num_objs are allocated, then
 *	                  ^        ^        the free ones freed, evenly
 *
 * so that as many slabs are held as the kernel held, with the room in them
 * that it had.
 *
 * Rules: `objsize` has the kernel's padding in it and is the size that a cache
 * is created with; no alignment is said, and none is needed then. The
 * kernel's general caches (kmalloc-*, size-*) are there in every run: their
 * objects come from kmalloc, by flags of the cache's family. kmem_cache,
 * kmem_cache_node and vmap_area are the simulated kernel's own, too. When
 * objects were allocated is not in the file: calls follow each other at an even
 * pace, slow enough that they do not queue for the CPU. Source:
 * cache_show() and new_kmalloc_cache(), mm/slab_common.c, Linux 6.1.
 *
 * Left out: the caches' flags, which the file does not tell (which of them are
 * reclaimable or accounted), and in which slab each object lies.
 */
#include <stdlib.h>
#include <string.h>

#include "workloads/import/lines.h"
#include "workloads/import/slabinfo.h"
#include "workloads/yaml/writer.h"
#include "sim/base/numbers.h"

/* Longer than these calls take, but for what reclaims. */
#define CALL_EVERY_NS 100000

static const char first_words[] = "slabinfo - version:";

/* What stands before " : tunables", from the right. */
enum { ACTIVE_OBJS, NUM_OBJS, OBJSIZE, OBJPERSLAB, PAGESPERSLAB, NR_COUNTS };

struct slab_line {
	const char *name; /* in the line */
	size_t name_length;
	uint64_t count[NR_COUNTS];
};

struct slab_reader {
	struct workload_writer writer;
	struct names *names; /* owned */
	struct slabinfo_report *report;
	struct errors *errors;
	struct place place;
	uint64_t last_id;
	uint64_t t_ns; /* of the next call */
};

/* A family of the kernel's general caches, by how their names begin. */
static const struct family {
	const char *prefix;
	gfp_t gfp;
} families[] = {
	{ "kmalloc-cg-", GFP_KERNEL_ACCOUNT },
	{ "kmalloc-rcl-", GFP_KERNEL | __GFP_RECLAIMABLE },
	{ "kmalloc-dma-", GFP_KERNEL | __GFP_DMA },
	{ "dma-kmalloc-", GFP_KERNEL | __GFP_DMA },
	{ "kmalloc-rnd-", GFP_KERNEL },
	{ "kmalloc-", GFP_KERNEL },
	{ "size-", GFP_KERNEL },
};

static const char *const boot_caches[] = { "kmem_cache", "kmem_cache_node",
					   "vmap_area" };

static bool has_version(const char *line)
{
	return strncmp(line, first_words, sizeof(first_words) - 1) == 0;
}

/* The last word before `end`; NULL: there is none. */
static const char *word_before(const char *line, const char *end,
			       size_t *length)
{
	const char *start;

	while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	for (start = end;
	     start > line && start[-1] != ' ' && start[-1] != '\t';)
		start--;
	*length = (size_t)(end - start);
	return *length ? start : NULL;
}

/* A name may have blanks, so the counts are read from the right. */
static bool split(const char *line, struct slab_line *slab)
{
	const char *end = strstr(line, ": tunables");
	size_t length;

	if (!end)
		end = line + strlen(line);
	for (int i = NR_COUNTS; i-- > 0;) {
		const char *word = word_before(line, end, &length);

		if (!word || !parse_u64(word, length, &slab->count[i]))
			return false;
		end = word;
	}
	slab->name = line;
	while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	slab->name_length = (size_t)(end - line);
	return slab->name_length > 0;
}

bool slabinfo_is_first_line(const char *line)
{
	struct slab_line slab;

	return has_version(line) || strncmp(line, "# name ", 7) == 0 ||
	       (strstr(line, ": tunables ") && split(line, &slab));
}

/*
 * The bytes in "kmalloc-rnd-01-8k" or "size-32(DMA)": the last number, since
 * objsize has debugging's own bytes in it.
 */
static bool size_in_name(const char *name, size_t length, uint64_t *size)
{
	size_t end = length, start;
	uint64_t unit = 1;

	while (end && (name[end - 1] < '0' || name[end - 1] > '9'))
		end--;
	if (end < length && name[end] == 'k')
		unit = 1024;
	if (end < length && name[end] == 'M')
		unit = 1024 * 1024;
	for (start = end;
	     start && name[start - 1] >= '0' && name[start - 1] <= '9';)
		start--;
	if (!parse_u64(name + start, end - start, size) || *size > 1 << 22)
		return false;
	*size *= unit;
	return *size > 0;
}

/* True where the cache is one of the kernel's own for kmalloc. */
static bool is_general(const struct slab_line *slab, gfp_t *gfp, uint64_t *size)
{
	for (size_t i = 0; i < LENGTH(families); i++) {
		size_t length = strlen(families[i].prefix);

		if (slab->name_length <= length ||
		    memcmp(slab->name, families[i].prefix, length) != 0)
			continue;
		*gfp = families[i].gfp;
		if (slab->name[slab->name_length - 1] == ')')
			*gfp |= __GFP_DMA; /* size-32(DMA) */
		return size_in_name(slab->name, slab->name_length, size);
	}
	return false;
}

static bool is_boot_cache(const struct slab_line *slab)
{
	for (size_t i = 0; i < LENGTH(boot_caches); i++)
		if (strlen(boot_caches[i]) == slab->name_length &&
		    memcmp(slab->name, boot_caches[i], slab->name_length) == 0)
			return true;
	return false;
}

/* A number of names that no cache has yet: "foo", "foo#2", … */
static uint32_t new_name(struct slab_reader *reader,
			 const struct slab_line *slab)
{
	uint32_t before = names_count(reader->names);
	uint32_t name =
		names_intern(reader->names, slab->name, slab->name_length);

	for (unsigned int n = 2; name && name <= before; n++) {
		struct text other = TEXT_EMPTY;

		text_add_bytes(&other, slab->name, slab->name_length);
		text_add(&other, "#%u", n);
		name = other.failed ? 0 :
				      names_intern(reader->names, other.s,
						   other.length);
		text_release(&other);
	}
	return name;
}

static void write(struct slab_reader *reader, struct call call)
{
	call.node = NODE_ANY;
	call.has |= CALL_CAN_SLEEP;
	call.t_ns = reader->t_ns;
	reader->t_ns += CALL_EVERY_NS;
	workload_write_call(&reader->writer, &call);
}

/* All of its objects, and the free ones given back, evenly among them. */
static void fill(struct slab_reader *reader, const struct slab_line *slab,
		 struct call call, enum call_op release)
{
	uint64_t nr = slab->count[NUM_OBJS];
	uint64_t holes = nr - slab->count[ACTIVE_OBJS];
	uint64_t first = reader->last_id + 1;

	call.has = CALL_HAS_ID | CALL_HAS_GFP;
	for (uint64_t i = 0; i < nr; i++) {
		call.id = ++reader->last_id;
		write(reader, call);
	}
	for (uint64_t i = 0; i < nr; i++)
		if ((i + 1) * holes / nr != i * holes / nr)
			write(reader, (struct call){
					      .op = (uint8_t)release,
					      .id = first + i,
					      .has = CALL_HAS_ID,
				      });
	reader->report->objects += nr - holes;
	reader->report->holes += holes;
}

static int take_cache(struct slab_reader *reader, const struct slab_line *slab)
{
	struct slabinfo_report *report = reader->report;
	struct call call = { .gfp = GFP_KERNEL };

	if (is_boot_cache(slab)) {
		report->boot_caches++;
		return 0;
	}
	if (slab->count[OBJPERSLAB])
		report->pages +=
			(slab->count[NUM_OBJS] + slab->count[OBJPERSLAB] - 1) /
			slab->count[OBJPERSLAB] * slab->count[PAGESPERSLAB];
	if (is_general(slab, &call.gfp, &call.size)) {
		report->kmalloc_caches++;
		call.op = OP_KMALLOC;
		fill(reader, slab, call, OP_KFREE);
		return 0;
	}
	call.name = new_name(reader, slab);
	if (!call.name)
		return error_host(reader->errors, "no memory for names");
	report->caches++;
	write(reader, (struct call){ .op = OP_CACHE_CREATE,
				     .name = call.name,
				     .size = slab->count[OBJSIZE] });
	call.op = OP_CACHE_ALLOC;
	fill(reader, slab, call, OP_CACHE_FREE);
	return 0;
}

/* Objects that the allocator could not hold are not in any real file. */
#define OBJSIZE_MAX (UINT64_C(1) << 22)
#define OBJECTS_MAX (UINT64_C(1) << 32)

static int take_line(struct slab_reader *reader, const char *line)
{
	struct slab_line slab;

	if (*line == '#' || line[strspn(line, " \t")] == '\0')
		return 0;
	if (!split(line, &slab))
		return error_input(reader->errors, reader->place,
				   "\"%.60s\" is not a cache: its name and %d "
				   "numbers are expected here",
				   line, NR_COUNTS);
	if (slab.count[OBJSIZE] < 1 || slab.count[OBJSIZE] > OBJSIZE_MAX)
		return error_input(reader->errors, reader->place,
				   "objsize: %llu bytes; allowed: 1 to %llu",
				   (unsigned long long)slab.count[OBJSIZE],
				   (unsigned long long)OBJSIZE_MAX);
	if (slab.count[ACTIVE_OBJS] > slab.count[NUM_OBJS] ||
	    slab.count[NUM_OBJS] > OBJECTS_MAX)
		return error_input(reader->errors, reader->place,
				   "%llu active objects of %llu: that can't be",
				   (unsigned long long)slab.count[ACTIVE_OBJS],
				   (unsigned long long)slab.count[NUM_OBJS]);
	return take_cache(reader, &slab);
}

static int take_version(struct slab_reader *reader, const char *line)
{
	const char *version = line + sizeof(first_words) - 1;

	version += strspn(version, " ");
	if (strncmp(version, "2.", 2) == 0)
		return 0;
	return error_input(reader->errors, reader->place,
			   "\"%.60s\": a slabinfo of version 2.0 or 2.1 is "
			   "expected here, as kernels since 2.6 have it",
			   line);
}

/* All lines, the bad ones too, for all errors in one pass. */
static int read_lines(struct slab_reader *reader, const char *path)
{
	size_t before = reader->errors->nr;
	struct lines lines;
	size_t length;
	char *line;
	int got;

	if (lines_open(&lines, path, reader->errors) < 0)
		return -1;
	while ((got = lines_next(&lines, &line, &length, reader->errors)) > 0) {
		reader->place.line = lines.nr;
		reader->place.column = 1;
		if (!has_version(line))
			take_line(reader, line);
		else if (take_version(reader, line) < 0)
			break;
	}
	lines_close(&lines);
	return reader->errors->nr == before ? 0 : -1;
}

int slabinfo_import(const char *path, FILE *out, const char *name,
		    struct slabinfo_report *report, struct errors *errors)
{
	struct slab_reader reader = {
		.names = names_new(),
		.report = report,
		.errors = errors,
		.place = { .file = path },
	};
	struct text comment = TEXT_EMPTY;
	int err, end;

	*report = (struct slabinfo_report){ .caches = 0 };
	if (!reader.names)
		return error_host(errors, "no memory for names");
	workload_write_begin(&reader.writer, out, reader.names,
			     name ? name : "slabs",
			     "The caches of a real kernel, as full as they "
			     "were.\nThe counts are at the end.");
	err = read_lines(&reader, path);
	slabinfo_report_add(report, &comment);
	if (comment.length)
		comment.s[comment.length - 1] = '\0';
	end = workload_write_end(&reader.writer, comment.s, errors);
	text_release(&comment);
	names_free(reader.names);
	return err < 0 || end < 0 ? -1 : 0;
}

void slabinfo_report_add(const struct slabinfo_report *report,
			 struct text *text)
{
	text_add(text, "slabinfo: ");
	text_add_counted(text, 0, report->caches, "cache[s] created, ");
	text_add(text,
		 "%llu of kmalloc's filled, %llu made by every kernel left "
		 "out\n",
		 (unsigned long long)report->kmalloc_caches,
		 (unsigned long long)report->boot_caches);
	text_add(text, "slabinfo: ");
	text_add_counted(text, 0, report->objects, "live object[s] and ");
	text_add_counted(text, 0, report->holes, "free one[s] among them, ");
	text_add_counted(text, 0, report->pages, "page[s]\n");
	text_add(text,
		 "slabinfo: a call every %d us: when they were made it does "
		 "not say\n",
		 CALL_EVERY_NS / 1000);
	text_add(text, "slabinfo: which caches are reclaimable or accounted, "
		       "and what they are aligned to, it does not say\n");
}
