/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text as YAML scalars. Names in traces hold anything that a task may call
 * itself, so what is not plainly a word goes in double quotes, where every
 * byte can be escaped (YAML 1.1, section 5.6: the printable characters).
 */
#include <string.h>
#include <strings.h>

#include "workloads/yaml/writer.h"

#define RESERVED_LENGTH_MAX 5 /* "false" */

/* Words that some reader of YAML takes for something else than text. */
static bool is_reserved(const char *s)
{
	static const char *const reserved[] = {
		"y",	"n",	 "yes",	 "no",	 "on",	 "off",
		"true", "false", "null", ".inf", ".nan",
	};
	size_t i;

	if (strlen(s) > RESERVED_LENGTH_MAX)
		return false;
	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcasecmp(s, reserved[i]) == 0)
			return true;
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_plain(const char *s)
{
	const char *p;

	if (!is_letter(*s) && *s != '/' && *s != '<')
		return false;
	for (p = s; *p; p++)
		if (!is_letter(*p) && !(*p >= '-' && *p <= '9') && *p != '<' &&
		    *p != '>' && *p != '+') /* '-' to '9': "-./" too */
			return false;
	return !is_reserved(s);
}

/*
 * Length of the printable character of more than one byte that s begins
 * with; 0 where there is none.
 */
static size_t printable_utf8(const unsigned char *s)
{
	size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t c = s[0] & (0xffu >> (length + 1));
	static const uint32_t least[] = { 0, 0, 0xa0, 0x800, 0x10000 };
	size_t i;

	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < least[length] || c > 0x10ffff || (c & 0xfffe) == 0xfffe)
		return 0;
	/* Surrogates, line and paragraph separators, the byte order mark. */
	if ((c >= 0xd800 && c <= 0xdfff) || c == 0x2028 || c == 0x2029 ||
	    c == 0xfeff)
		return 0;
	return length;
}

void text_add_yaml_quoted(struct text *text, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t length;

	text_add_bytes(text, "\"", 1);
	while (*p) {
		length = 1;
		if (*p == '"' || *p == '\\')
			text_add(text, "\\%c", *p);
		else if (*p >= 0x20 && *p < 0x7f)
			text_add_bytes(text, (const char *)p, 1);
		else if (*p >= 0x80 && (length = printable_utf8(p)) > 0)
			text_add_bytes(text, (const char *)p, length);
		else
			text_add(text, "\\x%02x", *p);
		p += length ? length : 1;
	}
	text_add_bytes(text, "\"", 1);
}

void text_add_yaml(struct text *text, const char *s)
{
	if (is_plain(s))
		text_add_bytes(text, s, strlen(s));
	else
		text_add_yaml_quoted(text, s);
}

void text_add_yaml_comment(struct text *text, const char *comment)
{
	const unsigned char *p;

	text_add_bytes(text, "# ", 2);
	for (p = (const unsigned char *)comment; *p; p++) {
		if (*p == '\n')
			text_add_bytes(text, "\n# ", 3);
		else if (*p >= 0x20 && *p < 0x7f)
			text_add_bytes(text, (const char *)p, 1);
		else
			text_add_bytes(text, "?", 1);
	}
	text_add_bytes(text, "\n", 1);
}
