/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Five characters mean something in HTML, wherever text may stand: & < > and
 * the two quotes. Escaping all of them everywhere spares asking where one is.
 * Not all characters of a name can be in a page, either: HTML forbids the
 * controls, even as references (HTML standard, "Text" and "Preprocessing the
 * input stream"), and readers see through bytes that are no UTF-8 in different
 * ways.
 *
 * Left out: indentation, which would be part of the text, and <script>, <style>
 * and comments, whose contents have rules of their own: html_raw().
 */

#define _GNU_SOURCE

#include "results/text/html.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/bug.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* The bytes of the character at `s`; 0: it is not UTF-8. */
static size_t character_length(const unsigned char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = *s < 0x80	    ? 1 :
			(*s & 0xe0) == 0xc0 ? 2 :
			(*s & 0xf0) == 0xe0 ? 3 :
			(*s & 0xf8) == 0xf0 ? 4 :
					      0;
	uint32_t code;
	size_t i;

	if (length < 2)
		return length;
	code = *s & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	return code < least[length] || code > 0x10ffff ||
			       (code >= 0xd800 && code <= 0xdfff) ?
		       0 :
		       length;
}

/* NULL: it may stand as it is. */
static const char *stand_in(const unsigned char *s, size_t length)
{
	switch (*s) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
	case '\n':
		return NULL;
	default:
		break;
	}
	if (!length || *s < 0x20 || *s == 0x7f ||
	    (*s == 0xc2 && s[1] < 0xa0)) /* U+0080 to U+009F */
		return REPLACEMENT;
	return NULL;
}

void html_add_escaped(struct text *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	const unsigned char *plain = s; /* not yet written */

	while (*s) {
		size_t length = character_length(s);
		const char *instead = stand_in(s, length);

		if (instead) {
			text_add_bytes(out, (const char *)plain,
				       (size_t)(s - plain));
			text_add_bytes(out, instead, strlen(instead));
		}
		s += length ? length : 1;
		if (instead)
			plain = s;
	}
	text_add_bytes(out, (const char *)plain, (size_t)(s - plain));
}

static bool has_no_content(const char *element)
{
	return !strcmp(element, "meta") || !strcmp(element, "input");
}

static void open_element(struct html *html, const char *element)
{
	if (has_no_content(element))
		return;
	BUG_ON(html->depth == HTML_DEPTH_MAX);
	html->open[html->depth++] = element;
}

void html_begin_words(struct html *html, const char *const *words)
{
	const char *const *attribute = words + 1;

	text_add(html->out, "<%s", words[0]);
	for (; *attribute; attribute += 2) {
		text_add(html->out, " %s=\"", attribute[0]);
		html_add_escaped(html->out, attribute[1]);
		text_add(html->out, "\"");
	}
	text_add(html->out, ">");
	open_element(html, words[0]);
}

void html_end(struct html *html, const char *element)
{
	BUG_ON(!html->depth ||
	       strcmp(html->open[html->depth - 1], element) != 0);
	html->depth--;
	text_add(html->out, "</%s>", element);
}

static void add_formatted(struct html *html, const char *format, va_list words)
{
	char *text;

	if (vasprintf(&text, format, words) < 0) {
		html->out->failed = true;
		return;
	}
	html_add_escaped(html->out, text);
	free(text);
}

void html_element(struct html *html, const char *element, const char *class,
		  const char *format, ...)
{
	va_list words;

	if (class)
		html_begin(html, element, "class", class);
	else
		html_begin(html, element);
	va_start(words, format);
	add_formatted(html, format, words);
	va_end(words);
	html_end(html, element);
}

void html_text(struct html *html, const char *text)
{
	html_add_escaped(html->out, text);
}

void html_format(struct html *html, const char *format, ...)
{
	va_list words;

	va_start(words, format);
	add_formatted(html, format, words);
	va_end(words);
}

void html_raw(struct html *html, const char *markup)
{
	text_add_bytes(html->out, markup, strlen(markup));
}
