/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is text in a page what it was, whatever is in it, and is a picture the same
 * with names of its own?
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "results/text/html.h"
#include "results/report/page_internal.h"

#define NOT_A_CHARACTER "\xef\xbf\xbd"

static void escapes(const char *text, const char *expected)
{
	struct text out = TEXT_EMPTY;

	html_add_escaped(&out, text);
	assert_string_equal(out.s ? out.s : "", expected);
	text_release(&out);
}

static void what_means_something_in_html_is_escaped(void **state)
{
	(void)state;
	escapes("", "");
	escapes("GFP_KERNEL", "GFP_KERNEL");
	escapes("<script>alert(\"1\")</script>",
		"&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
	escapes("a & b", "a &amp; b");
	escapes("it's", "it&#39;s");
	/* What looks escaped is text, too. */
	escapes("&lt;", "&amp;lt;");
	escapes("]]>--><!--", "]]&gt;--&gt;&lt;!--");
}

static void letters_of_all_scripts_stay(void **state)
{
	(void)state;
	escapes("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7",
		"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7");
	escapes("a\tb\nc", "a\tb\nc");
}

static void what_html_can_not_hold_is_replaced(void **state)
{
	(void)state;
	escapes("a\x01z\x7f\r",
		"a" NOT_A_CHARACTER "z" NOT_A_CHARACTER NOT_A_CHARACTER);
	/* U+0085, a control; U+00A0 is none. */
	escapes("\xc2\x85\xc2\xa0", NOT_A_CHARACTER "\xc2\xa0");
	/* Bytes alone, a character cut off, one that is too long, a half. */
	escapes("\xff\xfe", NOT_A_CHARACTER NOT_A_CHARACTER);
	escapes("\x80", NOT_A_CHARACTER);
	escapes("\xe2\x82", NOT_A_CHARACTER NOT_A_CHARACTER);
	escapes("\xe2\x82<", NOT_A_CHARACTER NOT_A_CHARACTER "&lt;");
	escapes("\xc0\xbc", NOT_A_CHARACTER NOT_A_CHARACTER);
	escapes("\xed\xa0\x80",
		NOT_A_CHARACTER NOT_A_CHARACTER NOT_A_CHARACTER);
	escapes("\xf4\x90\x80\x80", NOT_A_CHARACTER NOT_A_CHARACTER
					    NOT_A_CHARACTER NOT_A_CHARACTER);
}

static void elements_are_closed_and_attributes_quoted(void **state)
{
	struct text out = TEXT_EMPTY;
	struct html html = HTML_TO(&out);

	(void)state;
	html_begin(&html, "div", "class", "a\" onclick=\"b", "id", "<x>");
	html_begin(&html, "meta", "name", "n");
	html_element(&html, "b", NULL, "%s & %d", "<i>", 3);
	html_element(&html, "p", "note", "x");
	html_end(&html, "div");
	assert_int_equal(html.depth, 0);
	assert_string_equal(out.s, "<div class=\"a&quot; onclick=&quot;b\" "
				   "id=\"&lt;x&gt;\"><meta name=\"n\">"
				   "<b>&lt;i&gt; &amp; 3</b>"
				   "<p class=\"note\">x</p></div>");
	text_release(&out);
}

static void a_picture_has_ids_of_its_own(void **state)
{
	static const char svg[] =
		"<?xml version=\"1.0\"?>\n"
		"<svg\n viewBox=\"0 0 10 20\" xmlns=\"x\">"
		"<title>made by gnuplot</title><desc>gnuplot</desc>"
		"<g id=\"a\"><title>a_plot_1</title>"
		"<use xlink:href='#gpPt1' id='gpPt2'/>"
		"<path fill='url(#p)'/></g>"
		"<text> id=\"stays\" url(#stays) &lt;b&gt;</text></svg>\n";
	struct text out = TEXT_EMPTY;

	(void)state;
	page_add_svg(&out, svg, "map", "A & B", "says <what>");
	assert_string_equal(out.s,
			    "<svg role=\"img\" aria-labelledby=\"map-title "
			    "map-desc\" viewBox=\"0 0 10 20\">"
			    "<title id=\"map-title\">A &amp; B</title>"
			    "<desc id=\"map-desc\">says &lt;what&gt;</desc>"
			    "<g id=\"map-a\">"
			    "<use xlink:href='#map-gpPt1' id='map-gpPt2'/>"
			    "<path fill='url(#map-p)'/></g>"
			    "<text> id=\"stays\" url(#stays) &lt;b&gt;</text>"
			    "</svg>\n");
	text_release(&out);
}

static void number(enum page_kind kind, double value, const char *expected)
{
	char text[PAGE_NUMBER_MAX];

	assert_string_equal(page_number(kind, value, text), expected);
}

static void numbers_are_for_people(void **state)
{
	(void)state;
	number(AS_COUNT, 0, "0");
	number(AS_COUNT, 999, "999");
	number(AS_COUNT, 1000, "1,000");
	number(AS_COUNT, -1234567, "-1,234,567");
	number(AS_COUNT, 18446744073709551615.0, "18,446,744,073,709,551,616");
	number(AS_NS, 1500000, "1.50 ms");
	number(AS_BYTES, 4096, "4.00 KiB");
	number(AS_BYTES, -4096, "-4.00 KiB");
	number(AS_PERCENT, 61.8, "61.8 %");
	number(AS_INDEX, -0.25, "-0.250");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_means_something_in_html_is_escaped),
		cmocka_unit_test(letters_of_all_scripts_stay),
		cmocka_unit_test(what_html_can_not_hold_is_replaced),
		cmocka_unit_test(elements_are_closed_and_attributes_quoted),
		cmocka_unit_test(a_picture_has_ids_of_its_own),
		cmocka_unit_test(numbers_are_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
