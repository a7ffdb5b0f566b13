/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/zoneinfo: a block of lines for each node and zone.
 *
 *	Node 0, zone    DMA32
 *	  per-node stats
 *	      nr_inactive_anon 41
 *	  pages free     90865
 *	        min      8701
 *	        protection: (0, 684, 684, 684, 684)
 *	  pagesets
 *	    cpu: 0
 *	              high:  10876
 *	  start_pfn:           4096
 *
 * Source: zoneinfo_show_print(), mm/vmstat.c, Linux 6.1. Older kernels
 * print no `boost`, and the oldest no `managed`: what is present is managed
 * then.
 * ZONE_DEVICE holds no pages that the allocator gives out and is passed over.
 * Lines that are not known are counters, and not needed.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "sim/base/text.h"
#include "workloads/import/lines.h"
#include "workloads/import/zoneinfo.h"

struct number_key {
	const char *key;
	size_t offset; /* in struct zoneinfo_zone */
	bool required;
	bool adds; /* the sum of all lines, not the last one */
};

#define KEY(text, member, ...)                                                 \
	{                                                                      \
		text, offsetof(struct zoneinfo_zone, member), __VA_ARGS__      \
	}

static const struct number_key keys[] = {
	KEY("pages free", free, true, false),
	KEY("boost", boost, false, false),
	KEY("min", watermark[WMARK_MIN], true, false),
	KEY("low", watermark[WMARK_LOW], true, false),
	KEY("high", watermark[WMARK_HIGH], true, false),
	KEY("spanned", spanned, true, false),
	KEY("present", present, true, false),
	KEY("managed", managed, false, false),
	KEY("start_pfn:", start_pfn, true, false),
	KEY("count:", pcp_pages, false, true),
	KEY("high:", pcp_high, false, false),
	KEY("batch:", pcp_batch, false, false),
};

#define KEY_MANAGED 7 /* its place above */
#define NR_KEYS (sizeof(keys) / sizeof(keys[0]))

struct zoneinfo_reader {
	struct zoneinfo *info;
	struct errors *errors;
	struct place place;	    /* of the line at hand */
	struct zoneinfo_zone *zone; /* NULL: none, or one to pass over */
};

/* Digits up to a blank or the end. */
static bool take_count(const char *p, uint64_t *value)
{
	return parse_u64(p, strcspn(p, " \t"), value);
}

static uint64_t *member(struct zoneinfo_zone *zone,
			const struct number_key *key)
{
	return (uint64_t *)((char *)zone + key->offset);
}

/* What a populated zone must say; an empty one needs no more than that. */
static void check_zone(struct zoneinfo_reader *reader)
{
	struct zoneinfo_zone *zone = reader->zone;
	size_t i;

	if (!zone)
		return;
	for (i = 0; i < NR_KEYS; i++) {
		if (!keys[i].required || zone->has & 1u << i)
			continue;
		if (strcmp(keys[i].key, "start_pfn:") == 0 &&
		    zone->present == 0)
			continue;
		error_input(reader->errors, zone->place,
			    "node %d, zone %s: the line \"%s\" is missing",
			    zone->node, zone_type_names[zone->type],
			    keys[i].key);
	}
	if (!(zone->has & 1u << KEY_MANAGED))
		zone->managed = zone->present;
}

static int add_zone(struct zoneinfo_reader *reader, node_t node,
		    enum zone_type type)
{
	struct zoneinfo *info = reader->info;
	struct zoneinfo_zone *grown;

	if (info->nr_zones == ZONEINFO_ZONES_MAX)
		return error_input(reader->errors, reader->place,
				   "more than %d zones", ZONEINFO_ZONES_MAX);
	grown = host_grow(info->zone, &info->room, info->nr_zones + 1,
			  sizeof(*grown));
	if (!grown)
		return error_host(reader->errors, "no memory for the zones");
	info->zone = grown;
	reader->zone = &grown[info->nr_zones++];
	*reader->zone = (struct zoneinfo_zone){
		.node = node,
		.type = type,
		.place = reader->place,
	};
	return 0;
}

/* "Node 0, zone    DMA32" */
static int start_zone(struct zoneinfo_reader *reader, const char *p)
{
	struct text hint = TEXT_EMPTY;
	uint64_t node;
	int type;

	check_zone(reader);
	reader->zone = NULL;
	p = skip_blanks(p + strlen("Node"));
	if (!parse_u64(p, strcspn(p, ", "), &node) || node >= MAX_NODES)
		return error_input(reader->errors, reader->place,
				   "a node from 0 to %d is expected here",
				   MAX_NODES - 1);
	p = strstr(p, "zone");
	if (!p)
		return error_input(reader->errors, reader->place,
				   "a zone is expected here");
	p = skip_blanks(p + strlen("zone"));
	if (strcmp(p, "Device") == 0)
		return 0;
	for (type = 0; type < NR_ZONE_TYPES; type++)
		if (strcmp(p, zone_type_names[type]) == 0)
			return add_zone(reader, (node_t)node,
					(enum zone_type)type);
	text_add_hint(&hint, p, strlen(p), zone_type_names, NR_ZONE_TYPES,
		      NULL);
	error_input(reader->errors, reader->place, "\"%.60s\" is not a zone%s",
		    p, hint.s ? hint.s : "");
	text_release(&hint);
	return -1;
}

/* "(0, 684, 684, 684, 684)" */
static void read_protection(struct zoneinfo_reader *reader, const char *p)
{
	struct zoneinfo_zone *zone = reader->zone;
	size_t room = sizeof(zone->protection) / sizeof(zone->protection[0]);
	size_t length;

	zone->nr_protection = 0;
	p += *p == '(';
	while (zone->nr_protection < room) {
		length = strspn(p, "0123456789");
		if (!parse_u64(p, length,
			       &zone->protection[zone->nr_protection])) {
			error_input(reader->errors, reader->place,
				    "protection: numbers of pages in brackets "
				    "are expected here");
			return;
		}
		zone->nr_protection++;
		p += length;
		if (*p != ',')
			return;
		p = skip_blanks(p + 1);
	}
}

static void read_cpu(struct zoneinfo_reader *reader, const char *p)
{
	struct zoneinfo *info = reader->info;
	uint64_t cpu;

	if (!take_count(p, &cpu) || cpu >= MAX_CPUS) {
		error_input(reader->errors, reader->place,
			    "cpu: a number from 0 to %d is expected here",
			    MAX_CPUS - 1);
		return;
	}
	info->nr_cpus += !info->cpu[cpu];
	info->cpu[cpu] = true;
}

static void read_number(struct zoneinfo_reader *reader, size_t i, const char *p)
{
	uint64_t *to = member(reader->zone, &keys[i]);
	uint64_t value;

	reader->zone->has |= 1u << i;
	if (!take_count(p, &value)) {
		error_input(reader->errors, reader->place,
			    "%s: \"%.60s\" is not a number of pages",
			    keys[i].key, p);
		return;
	}
	*to = keys[i].adds ? *to + value : value;
}

static int read_line(struct zoneinfo_reader *reader, const char *line)
{
	const char *p = skip_blanks(line);
	size_t length, i;

	if (strncmp(line, "Node ", 5) == 0)
		return start_zone(reader, line);
	if (!reader->zone)
		return 0;
	if (strncmp(p, "cpu:", 4) == 0) {
		read_cpu(reader, skip_blanks(p + 4));
		return 0;
	}
	if (strncmp(p, "protection:", 11) == 0) {
		read_protection(reader, skip_blanks(p + 11));
		return 0;
	}
	for (i = 0; i < NR_KEYS; i++) {
		length = strlen(keys[i].key);
		if (strncmp(p, keys[i].key, length) == 0 &&
		    (p[length] == ' ' || p[length] == '\t'))
			read_number(reader, i, skip_blanks(p + length));
	}
	return 0;
}

int zoneinfo_read(struct zoneinfo *info, const char *path,
		  struct errors *errors)
{
	struct zoneinfo_reader reader = {
		.info = info,
		.errors = errors,
		.place = { .file = path },
	};
	size_t before = errors->nr;
	struct lines lines;
	size_t length;
	char *line;
	int got;

	*info = (struct zoneinfo){ .zone = NULL };
	if (lines_open(&lines, path, errors) < 0)
		return -1;
	while ((got = lines_next(&lines, &line, &length, errors)) > 0) {
		reader.place.line = lines.nr;
		reader.place.column = 1;
		read_line(&reader, line);
	}
	check_zone(&reader);
	lines_close(&lines);
	if (errors->nr == before && !info->nr_zones)
		error_input(errors, place_of_file(path),
			    "no zone found: is this /proc/zoneinfo?");
	return errors->nr == before ? 0 : -1;
}

void zoneinfo_release(struct zoneinfo *info)
{
	free(info->zone);
	*info = (struct zoneinfo){ .zone = NULL };
}
