/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps whole lines of a list from libyaml, so that someone faster can read
 * them, and libyaml goes on behind them as though they had not been there.
 *
 *	the file                        what libyaml is given
 *	events:                         events:
 *	  - {t: 1, …}                     - {t: 1, …}
 *	  - {t: 2, …}   \                 - {}          <- the marker
 *	  - {t: 3, …}   | passed over
 *	  - {t: 4, …}   /
 *	  - {t: x, …}                     - {t: x, …}
 *	tail: []                        tail: []
 *
 * Why a marker: libyaml looks beyond an item before it tells it, as far as the
 * first token of the next line (a `{` may turn out to begin a key as long as
 * its line is not over) and the four characters from there on. What it has
 * seen can't be taken back, so it is shown an item that says nothing, dropped
 * when it comes out, and the lines behind it stay free.
 *
 * Why that changes nothing: between two items of a block list libyaml's state
 * is the same whatever the items were: the open collections, the column of
 * each, and no key begun. So leaving out whole items, or adding one, shows
 * nowhere but in the count of lines, which is put right where places are
 * told. That holds
 *
 *	- behind a line that is one whole item: it begins with `- {`, where
 *	  libyaml has just taken the `-` for the start of an item, and the
 *	  bracket that closes the first `{` ends the line. Quotes, comments and
 *	  tags can hide brackets: a line that has any is not taken for whole,
 *	  but for double quotes without escapes where a value begins;
 *	- before a line that begins an item of the same list: the same blanks,
 *	  `- {` and one more printable character, which is as far as libyaml
 *	  looks ahead;
 *	- while libyaml counts lines as we do: not behind one of the other
 *	  breaks that YAML knows.
 *
 * Of what libyaml has begun but not yet told when lines are left out, there are
 * only the collections around the items, and these began before the first
 * marker. So one number of missing lines is enough.
 */

#include "configs/yaml/yaml_bypass.h"

#include <string.h>

/* Deeper lists than this are not worth it. */
#define INDENT_MAX 64

static bool is_printable(char c)
{
	return c >= 0x20 && c < 0x7f;
}

/*
 * Length of the text in double quotes that s[i] begins, quotes and all; 0
 * where it may be none: not where a value or a key begins, or with escapes.
 */
static size_t quoted_length(const char *s, size_t length, size_t i)
{
	size_t from = i, before = i;

	while (before > 0 && s[before - 1] == ' ')
		before--;
	if (before == 0 || !strchr("{[,:", s[before - 1]) ||
	    (s[before - 1] == ':' && before == i))
		return 0;
	for (i++; i < length && s[i] != '"'; i++)
		if (!is_printable(s[i]) || s[i] == '\\')
			return 0;
	return i < length ? i + 1 - from : 0;
}

/* True where the brackets of s[0…length) close at its end, not before. */
static bool is_one_collection(const char *s, size_t length)
{
	size_t depth = 0, i = 0, quoted;

	while (i < length) {
		if (s[i] == '"') {
			quoted = quoted_length(s, length, i);
			if (!quoted)
				return false;
			i += quoted;
			continue;
		}
		if (!is_printable(s[i]) || strchr("'#!", s[i]))
			return false;
		if (s[i] == '{' || s[i] == '[')
			depth++;
		else if (s[i] == '}' || s[i] == ']')
			depth--;
		i++;
		if (depth == 0)
			return i == length;
	}
	return false;
}

void yaml_bypass_allow(struct yaml_bypass *bypass,
		       const struct yaml_reader *reader, uint64_t line,
		       uint64_t column)
{
	size_t length, indent = 0;
	const char *s = yaml_reader_last_line(reader, &length);

	bypass->state = BYPASS_NONE;
	if (!s || reader->failed || reader->odd_breaks)
		return;
	while (indent < length && s[indent] == ' ')
		indent++;
	if (indent > INDENT_MAX || column != indent + 1 ||
	    yaml_bypass_line(bypass, line) + 1 != reader->place.line)
		return;
	if (length < indent + 3 || memcmp(s + indent, "- {", 3) != 0 ||
	    !is_one_collection(s + indent + 2, length - indent - 2))
		return;
	bypass->indent = indent;
	bypass->marker = line + 1;
	bypass->state = BYPASS_ALLOWED;
}

static bool begins_item(const struct yaml_bypass *bypass, const char *s,
			size_t length)
{
	size_t i;

	if (length < bypass->indent + 4)
		return false;
	for (i = 0; i < bypass->indent; i++)
		if (s[i] != ' ')
			return false;
	return memcmp(s + i, "- {", 3) == 0 && is_printable(s[i + 3]);
}

static size_t write_marker(struct yaml_bypass *bypass, unsigned char *to)
{
	static const char marker[] = "- {}\n";

	memset(to, ' ', bypass->indent);
	memcpy(to + bypass->indent, marker, strlen(marker));
	if (!bypass->nr_markers++)
		bypass->first_marker = bypass->marker;
	bypass->nr_passed = 0;
	bypass->state = BYPASS_MARKED;
	return bypass->indent + strlen(marker);
}

int yaml_bypass_read(struct yaml_bypass *bypass, struct yaml_reader *reader,
		     unsigned char *to, size_t size, size_t *length)
{
	const char *ahead;
	size_t nr;

	if (bypass->state == BYPASS_ALLOWED) {
		bypass->state = BYPASS_NONE;
		ahead = yaml_reader_ahead(reader, 1, &nr);
		if (size > INDENT_MAX + 8 && begins_item(bypass, ahead, nr)) {
			*length = write_marker(bypass, to);
			return 1;
		}
	}
	return yaml_reader_read(reader, to, size, length);
}

void yaml_bypass_pass(struct yaml_bypass *bypass, uint64_t nr_lines)
{
	bypass->nr_passed += nr_lines;
}

void yaml_bypass_resume(struct yaml_bypass *bypass)
{
	/* The marker's line is one that libyaml counts too many. */
	bypass->missing_lines += bypass->nr_passed - 1;
	bypass->state = BYPASS_NONE;
}
