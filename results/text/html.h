/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_TEXT_HTML_H
#define KMEMSIM_RESULTS_TEXT_HTML_H

/*
 * Writes HTML. What is text stays text, whatever is in it: only html_raw()
 * lets markup through, and that is for what the program itself has made.
 */

#include "sim/base/text.h"

#define HTML_DEPTH_MAX 32

struct html {
	struct text *out; /* borrowed; its `failed` tells of lost memory */
	const char *open[HTML_DEPTH_MAX]; /* elements, the outermost first */
	unsigned int depth;
};

#define HTML_TO(text) ((struct html){ .out = (text) })

/*
 * html_begin(html, "div", "class", "top"): begins an element with attributes,
 * names and values in turn. One that has no content (meta, input) is whole with
 * that; all others want an html_end() of the same name.
 */
#define html_begin(html, ...)                                                  \
	html_begin_words(html, (const char *const[]){ __VA_ARGS__, NULL })
void html_begin_words(struct html *html, const char *const *words);
void html_end(struct html *html, const char *element);

/* <element class="CLASS">text</element>; NULL class: none. */
void html_element(struct html *html, const char *element, const char *class,
		  const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Text within the element that is open. */
void html_text(struct html *html, const char *text);
void html_format(struct html *html, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Markup as it is. */
void html_raw(struct html *html, const char *markup);

/*
 * Appends text such that a reader of HTML finds the same text again, within
 * elements and within quoted attributes. What HTML can't hold (controls but
 * tabs and newlines, bytes that are no UTF-8) becomes U+FFFD.
 */
void html_add_escaped(struct text *out, const char *text);

#endif
