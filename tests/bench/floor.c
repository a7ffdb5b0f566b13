// SPDX-License-Identifier: GPL-2.0-only
/*
 * The least that a replay of page allocations has to do, to measure the
 * simulator against: no rules of any kernel, no checks, no statistics.
 *
 *	floor generate OPS LIVE	writes a workload: OPS calls of order 0, about
 *				LIVE pages in use once it has warmed up
 *	floor libyaml FILE	every event of libyaml's parser, then a stack
 *				of page frames for a model
 *	floor scan FILE		the same, but the lines are taken apart by
 *				hand, knowing how `generate` wrote them
 *
 * The last two print the operations and a checksum, so that no compiler can
 * leave the work out and both can be seen to have done the same.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

struct frames {
	uint32_t *of_id; /* frame of each allocation, by id */
	uint32_t *stack; /* free frames */
	size_t nr;
	uint64_t ops;
	uint64_t sum;
};

static void die(const char *why)
{
	fprintf(stderr, "floor: %s\n", why);
	exit(1);
}

/* xorshift64: any steady stream of numbers will do. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int generate(size_t ops, size_t live)
{
	uint32_t *used = calloc(live + 1, sizeof(*used));
	uint64_t state = 88172645463325252u;
	size_t nr = 0;
	uint32_t id = 0;

	if (!used)
		die("no memory");
	puts("kmemsim: workload\nversion: 1\nname: floor\nevents:");
	for (size_t i = 0; i < ops; i++) {
		uint64_t random = next_random(&state);

		if (nr < live && (nr == 0 || random % 8 < 5)) {
			used[nr++] = ++id;
			printf("  - {t: %zu, op: alloc_pages, id: %u, "
			       "order: 0, gfp: GFP_KERNEL}\n",
			       (i + 1) * 1000, id);
		} else {
			size_t victim = (random >> 8) % nr;

			printf("  - {t: %zu, op: free_pages, id: %u}\n",
			       (i + 1) * 1000, used[victim]);
			used[victim] = used[--nr];
		}
	}
	free(used);
	return 0;
}

/* Enough for any workload that one cares to wait for. */
#define MOST_IDS (1u << 26)
#define MOST_FRAMES (1u << 18)

static void frames_init(struct frames *frames)
{
	memset(frames, 0, sizeof(*frames));
	frames->of_id = calloc(MOST_IDS, sizeof(*frames->of_id));
	frames->stack = calloc(MOST_FRAMES, sizeof(*frames->stack));
	if (!frames->of_id || !frames->stack)
		die("no memory");
	for (uint32_t i = 0; i < MOST_FRAMES; i++)
		frames->stack[i] = MOST_FRAMES - i;
	frames->nr = MOST_FRAMES;
}

static void frames_release(struct frames *frames)
{
	free(frames->of_id);
	free(frames->stack);
}

static void frames_call(struct frames *frames, bool is_free, uint64_t id)
{
	if (id >= MOST_IDS || (!is_free && frames->nr == 0))
		die("more than there is room for");
	if (is_free)
		frames->stack[frames->nr++] = frames->of_id[id];
	else
		frames->of_id[id] = frames->stack[--frames->nr];
	frames->ops++;
	frames->sum = frames->sum * 31 + frames->of_id[id];
}

/* The number after `key`, or 0. */
static uint64_t number_after(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static void scan(struct frames *frames, FILE *file)
{
	char line[256];

	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "  - {", 5) != 0)
			continue;
		frames_call(frames, strstr(line, "op: free") != NULL,
			    number_after(line, " id: "));
	}
}

/* What the scalars of one event said; keys and values take turns. */
struct event {
	bool is_free;
	uint64_t id;
	char key[16];
};

static void take_scalar(struct event *event, const char *value)
{
	if (!event->key[0]) {
		snprintf(event->key, sizeof(event->key), "%s", value);
		return;
	}
	if (strcmp(event->key, "op") == 0)
		event->is_free = value[0] == 'f';
	else if (strcmp(event->key, "id") == 0)
		event->id = strtoull(value, NULL, 10);
	event->key[0] = '\0';
}

static void read_libyaml(struct frames *frames, FILE *file)
{
	struct event event = { .is_free = false };
	yaml_parser_t parser;
	yaml_event_t token;
	int depth = 0;
	bool end = false;

	if (!yaml_parser_initialize(&parser))
		die("no memory");
	yaml_parser_set_input_file(&parser, file);
	while (!end) {
		if (!yaml_parser_parse(&parser, &token))
			die("not YAML");
		if (token.type == YAML_MAPPING_START_EVENT) {
			depth++;
			memset(&event, 0, sizeof(event));
		} else if (token.type == YAML_MAPPING_END_EVENT) {
			if (depth-- == 2)
				frames_call(frames, event.is_free, event.id);
		} else if (token.type == YAML_SCALAR_EVENT && depth == 2) {
			take_scalar(&event,
				    (const char *)token.data.scalar.value);
		}
		end = token.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&token);
	}
	yaml_parser_delete(&parser);
}

static int replay(const char *path, void (*read)(struct frames *, FILE *))
{
	struct frames frames;
	FILE *file = fopen(path, "r");

	if (!file)
		die("cannot open the workload");
	frames_init(&frames);
	read(&frames, file);
	printf("%llu operations, checksum %016llx\n",
	       (unsigned long long)frames.ops, (unsigned long long)frames.sum);
	frames_release(&frames);
	fclose(file);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "generate") == 0)
		return generate(strtoull(argv[2], NULL, 10),
				strtoull(argv[3], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "libyaml") == 0)
		return replay(argv[2], read_libyaml);
	if (argc == 3 && strcmp(argv[1], "scan") == 0)
		return replay(argv[2], scan);
	die("generate OPS LIVE, libyaml FILE or scan FILE");
}
