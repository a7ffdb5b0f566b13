/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gnuplot's SVG, made part of a page. It is copied tag by tag:
 *
 *	<?xml …?>, <!DOCTYPE …>     dropped: they are for files
 *	<svg viewBox="…" …>         viewBox kept; role and names are ours
 *	<title>…, <desc>…           dropped: gnuplot's own, a tooltip each
 *	id="x", href="#x", url(#x)  get the picture's id in front, for ids must
 *	                            be there once in a page
 *
 * What is between tags is text and stays as it is: gnuplot has escaped it.
 */

#define _GNU_SOURCE

#include <string.h>

#include "results/report/page_internal.h"

struct copy {
	struct text *out;
	const char *id;
};

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* Copies a tag, with ids changed; [s, end) is "<…>". */
static void copy_tag(struct copy *copy, const char *s, const char *end)
{
	static const char *const before_id[] = {
		" id=\"", " id='", "href=\"#", "href='#", "url(#",
	};
	const char *plain = s;

	for (; s < end; s++)
		for (size_t i = 0; i < sizeof before_id / sizeof *before_id;
		     i++) {
			if (!begins(s, before_id[i]))
				continue;
			s += strlen(before_id[i]);
			text_add_bytes(copy->out, plain, (size_t)(s - plain));
			text_add(copy->out, "%s-", copy->id);
			plain = s--;
			break;
		}
	text_add_bytes(copy->out, plain, (size_t)(end - plain));
}

/* The value of the attribute in the tag at `s`; "" where it has none. */
static void copy_attribute(struct copy *copy, const char *s, const char *name)
{
	const char *end = strchr(s, '>');
	const char *value = strstr(s, name);

	if (!end || !value || value > end)
		return;
	value += strlen(name);
	text_add(copy->out, " %s%.*s\"", name, (int)strcspn(value, "\""),
		 value);
}

static void begin_svg(struct copy *copy, const char *svg, const char *title,
		      const char *description)
{
	struct html html = HTML_TO(copy->out);
	struct text names = TEXT_EMPTY;

	text_add(&names, "%s-title %s-desc", copy->id, copy->id);
	text_add(copy->out, "<svg role=\"img\" aria-labelledby=\"%s\"",
		 names.s ? names.s : "");
	copy_attribute(copy, svg, "viewBox=\"");
	text_add(copy->out, ">");
	text_add(copy->out, "<title id=\"%s-title\">", copy->id);
	html_text(&html, title);
	text_add(copy->out, "</title><desc id=\"%s-desc\">", copy->id);
	html_text(&html, description);
	text_add(copy->out, "</desc>");
	copy->out->failed |= names.failed;
	text_release(&names);
}

/* Behind `close`, which ends what begins at `s`. */
static const char *behind(const char *s, const char *close)
{
	const char *end = strstr(s, close);

	return end ? end + strlen(close) : s + strlen(s);
}

void page_add_svg(struct text *out, const char *svg, const char *id,
		  const char *title, const char *description)
{
	struct copy copy = { out, id };
	const char *s = strstr(svg, "<svg");

	if (!s)
		return;
	begin_svg(&copy, s, title, description);
	s = behind(s, ">");
	while (*s) {
		const char *tag = strchrnul(s, '<');
		const char *end = behind(tag, ">");

		text_add_bytes(out, s, (size_t)(tag - s));
		if (begins(tag, "<title"))
			end = behind(tag, "</title>");
		else if (begins(tag, "<desc"))
			end = behind(tag, "</desc>");
		else
			copy_tag(&copy, tag, end);
		s = end;
	}
}
