/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/vmallocinfo: a line for each busy range of vmalloc's space.
 *
 *	0xffffb1e180000000-0xffffb1e180005000   20480 func+0x2b/0x80 pages=4 …
 *
 *	base         offsets from it are what a config has
 *	|[####]  [##]    [########]   …          [module]
 *	                                  32 TiB ^ left out
 *
 * Rules: the guard page is in the range and in the size, as a config has it
 * (s_show(), mm/vmalloc.c, Linux 6.1). Kernels since 6.9 print area by area of
 * several trees, so that the lines are sorted here.
 *
 * Where vmalloc's space begins is not in the file. The kernel begins with its
 * lowest addresses, and places the space at a multiple of 1 GiB
 * (kernel_randomize_memory(), arch/x86/mm/kaslr.c): the lowest range, rounded
 * down to that, is the guess. On 32 bits it is the lowest range itself.
 *
 * An unprivileged reader, or kernel.kptr_restrict, gets other addresses: that
 * shows by ranges that are not as long as the line says.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "workloads/import/lines.h"
#include "workloads/import/vmallocinfo.h"

#define PAGE UINT64_C(4096)
/* VMALLOC_SIZE with 4-level page tables; 128 MiB less the fixed mappings. */
#define SPACE_64 (UINT64_C(32) << 40)
#define SPACE_32 (UINT64_C(120) << 20)

struct area {
	uint64_t start;
	uint64_t end;
	uint64_t line;
};

struct area_list {
	struct area *area; /* owned */
	size_t nr;
	size_t room;
};

/* "0x…-0x… SIZE"; NULL where it is none of these. */
static const char *take_range(const char *line, struct area *area)
{
	size_t first = strcspn(line, "-");
	size_t second;

	if (line[first] != '-' || line[0] != '0' || line[1] != 'x' ||
	    !parse_u64(line, first, &area->start))
		return NULL;
	line += first + 1;
	second = strcspn(line, " \t");
	if (!parse_u64(line, second, &area->end))
		return NULL;
	return line + second + strspn(line + second, " \t");
}

bool vmallocinfo_is_line(const char *line)
{
	struct area area;

	return take_range(line, &area) != NULL;
}

static int add_area(struct area_list *list, const struct area *area,
		    struct errors *errors)
{
	struct area *grown = host_grow(list->area, &list->room, list->nr + 1,
				       sizeof(*grown));

	if (!grown)
		return error_host(errors, "no memory for the areas");
	list->area = grown;
	grown[list->nr++] = *area;
	return 0;
}

static int take_line(struct area_list *list, const char *line,
		     struct place place, struct errors *errors)
{
	struct area area = { .line = place.line };
	const char *p = take_range(line, &area);
	uint64_t size;

	if (!p || !parse_u64(p, strcspn(p, " \t"), &size))
		return error_input(errors, place,
				   "\"%.60s\" is not a range of vmalloc: "
				   "0xSTART-0xEND SIZE is expected here",
				   line);
	if (area.end <= area.start || area.end - area.start != size ||
	    (area.start | area.end) & (PAGE - 1))
		return error_input(errors, place,
				   "the range is not %llu bytes long: the "
				   "kernel hides its addresses; read the file "
				   "as root, with kernel.kptr_restrict=1",
				   (unsigned long long)size);
	return add_area(list, &area, errors);
}

static int read_areas(struct area_list *list, const char *path,
		      struct errors *errors)
{
	struct place place = { .file = path, .column = 1 };
	size_t before = errors->nr;
	struct lines lines;
	size_t length;
	char *line;
	int got;

	if (lines_open(&lines, path, errors) < 0)
		return -1;
	while ((got = lines_next(&lines, &line, &length, errors)) > 0) {
		place.line = lines.nr;
		if (length)
			take_line(list, line, place, errors);
	}
	lines_close(&lines);
	return errors->nr == before ? 0 : -1;
}

static int by_start(const void *a, const void *b)
{
	const struct area *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static int check_overlaps(const struct area_list *list, const char *path,
			  struct errors *errors)
{
	struct place place = { .file = path, .column = 1 };

	for (size_t i = 1; i < list->nr; i++) {
		if (list->area[i].start >= list->area[i - 1].end)
			continue;
		place.line = list->area[i].line;
		return error_input(errors, place,
				   "the range overlaps that of line %llu",
				   (unsigned long long)list->area[i - 1].line);
	}
	return 0;
}

static void write_areas(const struct area_list *list, FILE *out,
			struct vmallocinfo_report *report)
{
	uint64_t space = SPACE_64;

	fputs("start_offset,end_offset\n", out);
	if (!list->nr)
		return;
	report->base = list->area[0].start & ~((UINT64_C(1) << 30) - 1);
	if (list->area[0].start <= UINT32_MAX) {
		report->base = list->area[0].start;
		space = SPACE_32;
	}
	for (size_t i = 0; i < list->nr; i++) {
		const struct area *area = &list->area[i];

		if (area->end - report->base > space) {
			report->outside++;
			continue;
		}
		fprintf(out, "%llu,%llu\n",
			(unsigned long long)(area->start - report->base),
			(unsigned long long)(area->end - report->base));
		report->areas++;
		report->bytes += area->end - area->start;
	}
}

int vmallocinfo_import(const char *path, FILE *out,
		       struct vmallocinfo_report *report, struct errors *errors)
{
	struct area_list list = { .area = NULL };
	int err;

	*report = (struct vmallocinfo_report){ .areas = 0 };
	err = read_areas(&list, path, errors);
	if (!err && list.nr)
		qsort(list.area, list.nr, sizeof(*list.area), by_start);
	if (!err)
		err = check_overlaps(&list, path, errors);
	if (!err) {
		errno = 0;
		write_areas(&list, out, report);
		if (fflush(out) != 0 || ferror(out))
			err = error_host(errors, "can't write the areas");
	}
	free(list.area);
	return err;
}

void vmallocinfo_report_add(const struct vmallocinfo_report *report,
			    struct text *text)
{
	text_add(text,
		 "vmallocinfo: %llu area%s of %llu KiB in all; that vmalloc's "
		 "space begins at %#llx is a guess\n",
		 (unsigned long long)report->areas, plural(report->areas),
		 (unsigned long long)report->bytes / 1024,
		 (unsigned long long)report->base);
	if (report->outside)
		text_add(text,
			 "vmallocinfo: %llu area%s left out that %s above it, "
			 "such as modules\n",
			 (unsigned long long)report->outside,
			 plural(report->outside),
			 report->outside == 1 ? "lies" : "lie");
}
