// SPDX-License-Identifier: GPL-2.0-only
/*
 * A YAML file as a stream of events, on libyaml's parser.
 *
 *	file --> yaml_reader ---------------> libyaml --> items <-- yaml_anchors
 *	         screens bytes  yaml_bypass   parses               plays aliases
 *	                        holds lines                        again
 *	                        back
 *
 * Rules: one document a file; constant memory, whatever the file holds: the
 * reader bounds a scalar, the anchors what they keep, this file the depth and
 * what aliases may multiply. libyaml's own depth limit and its limit of 1,024
 * characters for a key without `? ` bound what it keeps itself. Tags change
 * nothing but `!!str`, which makes a plain scalar a text; a tag of one's own
 * is an error, for nobody would act on it. Source: YAML 1.1.
 */

#include "configs/yaml/yaml_stream.h"

#include "configs/yaml/yaml_anchors.h"
#include "configs/yaml/yaml_bypass.h"
#include "configs/yaml/yaml_reader.h"
#include "sim/base/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

struct yaml_stream {
	struct yaml_reader reader;
	struct yaml_bypass bypass;
	struct yaml_anchors anchors;
	yaml_parser_t parser;
	yaml_event_t event; /* owns the value of the item given last */
	struct yaml_item peeked;
	bool has_peeked;
	bool failed;
	bool ended;
	unsigned int depth;
	uint64_t nr_written; /* items that the file itself holds */
	uint64_t nr_aliased; /* items that aliases stood for */
};

static int feed(void *data, unsigned char *to, size_t size, size_t *length)
{
	struct yaml_stream *stream = data;

	return yaml_bypass_read(&stream->bypass, &stream->reader, to, size,
				length);
}

static struct yaml_stream *stream_new(struct errors *errors)
{
	struct yaml_stream *stream = host_alloc(1, sizeof(*stream));

	errno = 0;
	if (!stream) {
		error_host(errors, "no memory to read YAML");
		return NULL;
	}
	stream->reader.fd = -1;
	if (yaml_anchors_init(&stream->anchors) != 0 ||
	    !yaml_parser_initialize(&stream->parser)) {
		error_host(errors, "no memory to read YAML");
		yaml_anchors_release(&stream->anchors);
		free(stream);
		return NULL;
	}
	/* The reader takes a byte order mark off; nothing is to be guessed. */
	yaml_parser_set_encoding(&stream->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input(&stream->parser, feed, stream);
	return stream;
}

struct yaml_stream *yaml_stream_open(const char *path, struct errors *errors)
{
	struct yaml_stream *stream = stream_new(errors);

	if (!stream)
		return NULL;
	if (yaml_reader_open(&stream->reader, path, errors) != 0) {
		yaml_stream_close(stream);
		return NULL;
	}
	return stream;
}

struct yaml_stream *yaml_stream_open_fd(int fd, const char *path,
					struct errors *errors)
{
	struct yaml_stream *stream = stream_new(errors);

	if (!stream) {
		if (fd > STDIN_FILENO)
			close(fd);
		return NULL;
	}
	if (yaml_reader_open_fd(&stream->reader, fd, path, errors) != 0) {
		yaml_stream_close(stream);
		return NULL;
	}
	return stream;
}

struct yaml_stream *yaml_stream_open_memory(const char *name, const char *bytes,
					    size_t length,
					    struct errors *errors)
{
	struct yaml_stream *stream = stream_new(errors);

	if (stream)
		yaml_reader_open_memory(&stream->reader, name, bytes, length);
	return stream;
}

void yaml_stream_close(struct yaml_stream *stream)
{
	if (!stream)
		return;
	yaml_event_delete(&stream->event);
	yaml_parser_delete(&stream->parser);
	yaml_anchors_release(&stream->anchors);
	yaml_reader_close(&stream->reader);
	free(stream);
}

static struct place place_of(const struct yaml_stream *stream,
			     const yaml_mark_t *mark)
{
	return (struct place){ stream->reader.place.file,
			       yaml_bypass_line(&stream->bypass, mark->line),
			       mark->column + 1 };
}

static int report_reader(struct yaml_stream *stream, struct errors *errors)
{
	const struct yaml_reader *reader = &stream->reader;

	if (reader->host_errno) {
		errno = reader->host_errno;
		return error_host(errors, "%s: %s", reader->place.file,
				  reader->problem);
	}
	return error_input(errors, reader->where, "%s", reader->problem);
}

/* The most common of the "characters that cannot start any token". */
static bool is_at_tab(const yaml_parser_t *parser)
{
	return parser->error == YAML_SCANNER_ERROR && parser->unread &&
	       *parser->buffer.pointer == '\t';
}

/* What people have written, mostly, where libyaml says so. */
static const char *likely_cause(const char *problem)
{
	static const struct {
		const char *problem;
		const char *cause;
	} causes[] = {
		{ "mapping values are not allowed in this context",
		  "; is it indented otherwise than what it belongs to, or does "
		  "a blank lack behind the colon above?" },
		{ "did not find expected '-' indicator",
		  "; is it indented otherwise than what it belongs to?" },
		{ "did not find expected key",
		  "; is it indented otherwise than what it belongs to?" },
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++)
		if (strcmp(problem, causes[i].problem) == 0)
			return causes[i].cause;
	return "";
}

/* Tells what libyaml could not take. */
static int report_parser(struct yaml_stream *stream, struct errors *errors)
{
	const yaml_parser_t *parser = &stream->parser;
	struct place place = place_of(stream, &parser->problem_mark);
	struct place context = place_of(stream, &parser->context_mark);
	const char *problem = parser->problem ? parser->problem : "no details";

	/* What libyaml has not reached yet is not what it stumbled over. */
	if (stream->reader.failed && parser->error == YAML_READER_ERROR)
		return report_reader(stream, errors);
	errno = 0;
	if (parser->error == YAML_MEMORY_ERROR)
		return error_host(errors, "no memory to read YAML");
	/* At the file's end libyaml counts a line that is not there. */
	if (parser->error == YAML_READER_ERROR ||
	    place.line > stream->reader.place.line)
		place = stream->reader.place;
	if (is_at_tab(parser))
		return error_input(errors, place,
				   "not valid YAML: a tab; lines are indented "
				   "with blanks alone");
	if (parser->context)
		return error_input(errors, place,
				   "not valid YAML: %s (%s "
				   "that begins at %llu:%llu)%s",
				   problem, parser->context,
				   (unsigned long long)context.line,
				   (unsigned long long)context.column,
				   likely_cause(problem));
	return error_input(errors, place, "not valid YAML: %s%s", problem,
			   likely_cause(problem));
}

/*
 * The marker says nothing, and what is counted since the last event is counted
 * since the last one that was told or passed over.
 */
static void drop_marker(struct yaml_stream *stream)
{
	struct yaml_reader *reader = &stream->reader;

	yaml_reader_mark(reader, reader->mark.line, reader->mark.column);
	if (stream->event.type == YAML_MAPPING_END_EVENT)
		yaml_bypass_resume(&stream->bypass);
}

static int parse(struct yaml_stream *stream, struct errors *errors)
{
	struct place end;

	for (;;) {
		yaml_event_delete(&stream->event);
		if (!yaml_parser_parse(&stream->parser, &stream->event))
			return report_parser(stream, errors);
		if (!yaml_bypass_is_marker(&stream->bypass,
					   stream->event.start_mark.line))
			break;
		drop_marker(stream);
	}
	end = place_of(stream, &stream->event.end_mark);
	yaml_reader_mark(&stream->reader, end.line, end.column);
	return 0;
}

/* The stream's end where a document was to begin. */
static int report_empty(struct yaml_stream *stream, struct errors *errors)
{
	struct place top = { stream->reader.place.file, 1, 1 };

	if (stream->reader.nr_bytes == 0)
		return error_input(errors, top, "the file is empty");
	return error_input(errors, top,
			   "the file holds only comments or blanks");
}

/* The document is over: nothing but the stream's end may come. */
static int finish(struct yaml_stream *stream, struct yaml_item *item,
		  struct errors *errors)
{
	struct place place;

	if (parse(stream, errors) != 0)
		return -1;
	place = place_of(stream, &stream->event.start_mark);
	if (stream->event.type != YAML_STREAM_END_EVENT)
		return error_input(errors, place,
				   "a second document begins "
				   "here; a file holds one");
	stream->ended = true;
	*item = (struct yaml_item){ .kind = YAML_END, .place = place };
	return 0;
}

#define CORE_TAG "tag:yaml.org,2002:"

static int check_tag(const yaml_char_t *tag, struct place place, bool *is_text,
		     struct errors *errors)
{
	const char *name = (const char *)tag;

	*is_text = false;
	if (!name)
		return 0;
	*is_text = strcmp(name, "!") == 0 || strcmp(name, CORE_TAG "str") == 0;
	if (*is_text || strncmp(name, CORE_TAG, strlen(CORE_TAG)) == 0)
		return 0;
	return error_input(errors, place,
			   "the tag %s has no meaning here; "
			   "leave it out",
			   name);
}

static int start_node(struct yaml_stream *stream, const yaml_char_t *anchor,
		      const yaml_char_t *tag, struct yaml_item *item,
		      struct errors *errors)
{
	bool is_text;

	if (check_tag(tag, item->place, &is_text, errors) != 0)
		return -1;
	if (is_text && item->kind == YAML_SCALAR)
		item->quoted = true;
	if (!anchor)
		return 0;
	return yaml_anchors_define(&stream->anchors, (const char *)anchor,
				   item->place, errors);
}

static int take_scalar(struct yaml_stream *stream, struct yaml_item *item,
		       struct errors *errors)
{
	const yaml_event_t *event = &stream->event;

	item->kind = YAML_SCALAR;
	item->value = (const char *)event->data.scalar.value;
	item->length = event->data.scalar.length;
	item->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (item->length > YAML_SCALAR_MAX)
		return error_input(errors, item->place,
				   "a value of %zu bytes; "
				   "at most %d are allowed",
				   item->length, YAML_SCALAR_MAX);
	/* "\0" would end the text that others see. */
	if (strlen(item->value) != item->length)
		return error_input(errors, item->place,
				   "a value must not hold a NUL byte");
	return start_node(stream, event->data.scalar.anchor,
			  event->data.scalar.tag, item, errors);
}

static int take_alias(struct yaml_stream *stream, struct place place,
		      struct errors *errors)
{
	const char *name = (const char *)stream->event.data.alias.anchor;
	uint64_t most = YAML_ALIAS_MAX + YAML_ALIAS_RATIO * stream->nr_written;
	long nr = yaml_anchors_use(&stream->anchors, name, place, errors);

	if (nr < 0)
		return -1;
	stream->nr_aliased += (uint64_t)nr;
	if (stream->nr_aliased > most)
		return error_input(errors, place,
				   "the aliases so far stand "
				   "for %llu values, far more than the file "
				   "itself holds; at most %llu are allowed "
				   "here",
				   (unsigned long long)stream->nr_aliased,
				   (unsigned long long)most);
	return 0;
}

/* Turns libyaml's next event into an item; *nothing: into none. */
static int convert(struct yaml_stream *stream, struct yaml_item *item,
		   bool *nothing, struct errors *errors)
{
	const yaml_event_t *event = &stream->event;

	*nothing = false;
	*item = (struct yaml_item){
		.place = place_of(stream, &event->start_mark),
	};
	stream->nr_written++;
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return take_scalar(stream, item, errors);
	case YAML_SEQUENCE_START_EVENT:
		item->kind = YAML_SEQUENCE_START;
		return start_node(stream, event->data.sequence_start.anchor,
				  event->data.sequence_start.tag, item, errors);
	case YAML_MAPPING_START_EVENT:
		item->kind = YAML_MAPPING_START;
		return start_node(stream, event->data.mapping_start.anchor,
				  event->data.mapping_start.tag, item, errors);
	case YAML_SEQUENCE_END_EVENT:
		item->kind = YAML_SEQUENCE_END;
		return 0;
	case YAML_MAPPING_END_EVENT:
		item->kind = YAML_MAPPING_END;
		return 0;
	case YAML_DOCUMENT_END_EVENT:
		return finish(stream, item, errors);
	case YAML_ALIAS_EVENT:
		*nothing = true;
		return take_alias(stream, item->place, errors);
	case YAML_STREAM_END_EVENT:
		return report_empty(stream, errors);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_START_EVENT:
		break;
	}
	*nothing = true;
	return 0;
}

static int check_depth(struct yaml_stream *stream, const struct yaml_item *item,
		       struct errors *errors)
{
	if (item->kind == YAML_SEQUENCE_END || item->kind == YAML_MAPPING_END)
		stream->depth--;
	if (item->kind != YAML_SEQUENCE_START &&
	    item->kind != YAML_MAPPING_START)
		return 0;
	if (++stream->depth <= YAML_DEPTH_MAX)
		return 0;
	return error_input(errors, item->place,
			   "lists and mappings nested "
			   "more than %d deep",
			   YAML_DEPTH_MAX);
}

static int take(struct yaml_stream *stream, struct yaml_item *item,
		struct errors *errors)
{
	bool nothing = true;

	while (nothing) {
		if (yaml_anchors_playing(&stream->anchors)) {
			yaml_anchors_play(&stream->anchors, item);
			break;
		}
		if (parse(stream, errors) != 0 ||
		    convert(stream, item, &nothing, errors) != 0)
			return -1;
	}
	if (item->kind == YAML_END)
		return 0;
	if (check_depth(stream, item, errors) != 0)
		return -1;
	return yaml_anchors_record(&stream->anchors, item, errors);
}

int yaml_stream_next(struct yaml_stream *stream, struct yaml_item *item,
		     struct errors *errors)
{
	if (stream->failed)
		return -1;
	if (stream->has_peeked) {
		*item = stream->peeked;
		stream->has_peeked = false;
		return 0;
	}
	if (stream->ended) {
		*item = (struct yaml_item){ .kind = YAML_END,
					    .place = stream->reader.place };
		return 0;
	}
	if (take(stream, item, errors) != 0) {
		stream->failed = true;
		return -1;
	}
	return 0;
}

int yaml_stream_peek(struct yaml_stream *stream, struct yaml_item *item,
		     struct errors *errors)
{
	if (!stream->has_peeked) {
		if (yaml_stream_next(stream, &stream->peeked, errors) != 0)
			return -1;
		stream->has_peeked = true;
	}
	*item = stream->peeked;
	return 0;
}

int yaml_stream_skip(struct yaml_stream *stream, const struct yaml_item *item,
		     struct errors *errors)
{
	struct yaml_item next = *item;
	unsigned int depth = 0;

	for (;;) {
		if (next.kind == YAML_SEQUENCE_START ||
		    next.kind == YAML_MAPPING_START)
			depth++;
		else if (next.kind != YAML_SCALAR)
			depth--;
		if (depth == 0)
			return 0;
		if (yaml_stream_next(stream, &next, errors) != 0)
			return -1;
	}
}

bool yaml_stream_lines(struct yaml_stream *stream, struct yaml_lines *lines)
{
	struct yaml_bypass *bypass = &stream->bypass;
	const yaml_parser_t *parser = &stream->parser;

	/* What an open anchor records, and an alias plays, is all items. */
	if (stream->failed || stream->ended || stream->has_peeked ||
	    yaml_anchors_playing(&stream->anchors) ||
	    stream->anchors.nr_open > 0 || parser->flow_level > 0)
		return false;
	if (bypass->state != BYPASS_MARKED) {
		yaml_bypass_allow(bypass, &stream->reader, parser->mark.line,
				  parser->mark.column);
		return false;
	}
	lines->s = yaml_reader_ahead(&stream->reader, 2, &lines->length);
	lines->indent = bypass->indent;
	lines->place = stream->reader.place;
	return true;
}

void yaml_stream_pass(struct yaml_stream *stream, size_t nr_lines,
		      size_t length, size_t nr_items, size_t last_length)
{
	struct yaml_reader *reader = &stream->reader;

	yaml_reader_pass(reader, nr_lines, length);
	yaml_reader_mark(reader, reader->place.line - 1, last_length + 1);
	yaml_bypass_pass(&stream->bypass, nr_lines);
	stream->nr_written += nr_items;
}

int yaml_stream_progress(const struct yaml_stream *stream)
{
	uint64_t size = (uint64_t)stream->reader.size;
	uint64_t read = stream->reader.nr_bytes;

	if (stream->reader.size <= 0)
		return -1;
	if (read >= size)
		return 1000;
	return (int)((unsigned __int128)read * 1000 / size);
}
