// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text from a file, made fit for a terminal: what is no valid UTF-8, or a
 * control character, reads \xNN.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"

/* Length of the valid UTF-8 sequence at s[0…left), or 0. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	static const unsigned char lowest[] = { 0x80, 0xa0, 0x90 };
	unsigned char high = 0xbf, low = 0x80;
	size_t length, i;

	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		length = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		length = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (length > left)
		return 0;
	if (s[0] == 0xe0 || s[0] == 0xf0)
		low = lowest[length - 2];
	if (s[0] == 0xed)
		high = 0x9f;
	if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	/* U+0080…U+009F are control characters. */
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	for (i = 2; i < length; i++) {
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	}
	return length;
}

char *make_visible(const char *raw, size_t length)
{
	const unsigned char *s = (const unsigned char *)raw;
	char *visible = malloc(4 * length + 1), *to = visible;
	size_t i, n;

	if (!visible)
		return NULL;
	for (i = 0; i < length; i += n) {
		n = 1;
		if (s[i] >= 0x20 && s[i] < 0x7f) {
			*to++ = raw[i];
			continue;
		}
		n = utf8_length(s + i, length - i);
		if (n) {
			memcpy(to, raw + i, n);
			to += n;
			continue;
		}
		n = 1;
		to += sprintf(to, "\\x%02x", s[i]);
	}
	*to = '\0';
	return visible;
}

void text_add_visible(struct text *text, const char *raw)
{
	char *visible = make_visible(raw, strlen(raw));

	if (visible)
		text_add_bytes(text, visible, strlen(visible));
	else
		text->failed = true;
	free(visible);
}
