/* SPDX-License-Identifier: GPL-2.0-only */
/* What verbs print: texts, and entries of lists in lines that fit. */

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"

#define COLUMNS 79

void print_text(struct text *text)
{
	if (!text->length)
		return;
	fwrite(text->s, 1, text->length, stdout);
	text->s[text->length = 0] = '\0';
}

/* Characters, of UTF-8, in a word of `bytes` bytes. */
static int characters(const char *word, size_t bytes)
{
	int nr = 0;

	for (size_t i = 0; i < bytes; i++)
		nr += ((unsigned char)word[i] & 0xc0) != 0x80;
	return nr;
}

void print_entry(const char *name, int width, const char *says)
{
	int column = printf("%-*s", *says ? width : 0, name);

	while (*says) {
		size_t length = strcspn(says, " ");
		int room = characters(says, length);

		if (column > width && column + 1 + room > COLUMNS)
			column = printf("\n%*s", width, "") - 1;
		column +=
			printf(" %.*s", (int)length, says) - (int)length + room;
		says += length;
		says += strspn(says, " ");
	}
	putchar('\n');
}

size_t terminal_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
