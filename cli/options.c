/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options, the same way for every verb: `--name VALUE`, `--name=VALUE`,
 * `-o VALUE`, `-oVALUE`, in any order with operands; `--` ends them, `-` is an
 * operand.
 */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/shipped.h"
#include "configs/config.h"
#include "sim/base/host.h"
#include "sim/base/text.h"

int words_add(struct words *words, const char *word)
{
	const char **grown = host_grow(words->word, &words->capacity,
				       words->nr + 1, sizeof *grown);

	if (!grown)
		return -1;
	words->word = grown;
	words->word[words->nr++] = word;
	return 0;
}

int words_take_shipped(struct words *words, const struct shipped *shipped,
		       const char **word)
{
	struct errors errors = ERRORS_NONE;
	char *path = shipped_path(shipped, *word, &errors);
	char **grown;

	if (!path)
		return errors.nr ? fail_with(&errors) : 0;
	grown = host_grow(words->kept, &words->kept_capacity,
			  words->nr_kept + 1, sizeof *grown);
	if (!grown) {
		free(path);
		error_host(&errors, "no memory for a path");
		return fail_with(&errors);
	}
	words->kept = grown;
	words->kept[words->nr_kept++] = path;
	*word = path;
	return 0;
}

void words_release(struct words *words)
{
	for (size_t i = 0; i < words->nr_kept; i++)
		free(words->kept[i]);
	free(words->kept);
	free(words->word);
	*words = (struct words){ .nr = 0 };
}

int usage_error(const struct verb *verb, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "kmemsim %s: ", verb->name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\nSee `kmemsim %s --help`.\n", verb->name);
	return EXIT_USAGE;
}

/* Of those kept: the others are of the same pass. */
static bool all_of_set(const struct errors *errors)
{
	static const char begins[] = CONFIG_SET_NAME ":";

	for (size_t i = 0; i < errors->nr && i < ERRORS_MAX; i++)
		if (!errors->text[i] ||
		    strncmp(errors->text[i], begins, sizeof(begins) - 1))
			return false;
	return errors->nr > 0;
}

int exit_status_of(const struct errors *errors)
{
	if (errors->any_host)
		return EXIT_FAILED;
	return all_of_set(errors) ? EXIT_USAGE : EXIT_INPUT;
}

int fail_with(struct errors *errors)
{
	int status = exit_status_of(errors);

	errors_print(errors, stderr);
	errors_release(errors);
	return status;
}

static const struct option_spec *find(const struct option_spec *specs,
				      const char *word, const char **value)
{
	for (const struct option_spec *spec = specs; spec->name; spec++) {
		size_t length = strlen(spec->name);

		*value = NULL;
		if (strcmp(word, spec->name) == 0)
			return spec;
		if (strncmp(word, spec->name, length) == 0 &&
		    word[length] == '=') {
			*value = word + length + 1;
			return spec;
		}
		if (spec->letter && word[1] == spec->letter) {
			*value = word[2] ? word + 2 : NULL;
			return spec;
		}
	}
	return NULL;
}

static int unknown_option(const struct verb *verb,
			  const struct option_spec *specs, const char *word)
{
	const char *names[64];
	struct text near = TEXT_EMPTY;
	size_t nr = 0;
	int status;

	for (; specs->name && nr < 63; specs++)
		names[nr++] = specs->name;
	names[nr++] = "--help";
	text_add_near(&near,
		      nearest_match(word, strcspn(word, "="), names, nr));
	status = usage_error(verb, "there is no option \"%s\"%s", word,
			     near.s ? near.s : "");
	text_release(&near);
	return status;
}

static int set_option(const struct verb *verb, const struct option_spec *spec,
		      const char *value, struct words *operands)
{
	int status;

	if (!spec->takes) {
		if (value)
			return usage_error(verb, "%s takes no value",
					   spec->name);
		*spec->flag = true;
		return 0;
	}
	if (!value)
		return usage_error(verb, "%s takes a value: %s", spec->name,
				   spec->takes);
	if (spec->shipped) {
		status = words_take_shipped(operands, spec->shipped, &value);
		if (status)
			return status;
	}
	if (spec->text)
		*spec->text = value;
	else if (words_add(spec->words, value) < 0)
		return EXIT_FAILED;
	return 0;
}

int options_parse(const struct verb *verb, const struct option_spec *specs,
		  int argc, char **argv, struct words *operands)
{
	bool ended = false;

	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		const struct option_spec *spec;
		const char *value;
		int status;

		if (ended || word[0] != '-' || !word[1]) {
			if (words_add(operands, word) < 0)
				return EXIT_FAILED;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			ended = true;
			continue;
		}
		if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
			fputs(verb->help, stdout);
			return -1;
		}
		spec = find(specs, word, &value);
		if (!spec)
			return unknown_option(verb, specs, word);
		if (spec->takes && !value && i + 1 < argc)
			value = argv[++i];
		status = set_option(verb, spec, value, operands);
		if (status)
			return status;
	}
	return 0;
}
