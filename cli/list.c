/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim list: what there is to choose from. Files by what comes with the
 * program, all else from the tables that the program itself goes by.
 */

#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/shipped.h"
#include "models/gfp.h"
#include "results/text/json.h"
#include "results/plots/plot.h"
#include "workloads/fields.h"

static int list_main(int argc, char **argv);

const struct verb list_verb = {
	.name = "list",
	.does = "configs, workloads, plots, operations, flags",
	.run = list_main,
	/* clang-format off */
	.help =
"Usage: kmemsim list WHAT [--json]\n"
"\n"
"Prints what there is to choose from.\n"
"\n"
"  WHAT      configs    profiles of kernels, and example machines\n"
"            workloads  those that come with kmemsim\n"
"            plots      pictures for `kmemsim plot --what`\n"
"            queries    questions for `kmemsim export --query`\n"
"            ops        operations of a workload; fields that each needs, and\n"
"                       those it takes besides\n"
"            flags      GFP flags and what they change\n"
"      --json  the same as JSON\n"
"\n"
"Example:\n"
"  kmemsim list flags\n",
	/* clang-format on */
};

/* ---- pictures ------------------------------------------------------------ */

static void list_plots(struct json *json)
{
	for (size_t i = 0; i < nr_plot_kinds; i++) {
		const struct plot_kind *kind = &plot_kinds[i];

		if (!json) {
			print_entry(kind->name, 21, kind->shows);
			continue;
		}
		json_begin_object(json, NULL);
		json_string(json, "name", kind->name);
		json_string(json, "shows", kind->shows);
		json_end_object(json);
	}
}

/* ---- operations ---------------------------------------------------------- */

/* The fields of the set, blanks between. */
static void add_fields(struct text *text, field_set set)
{
	for (int i = 0; i < NR_FIELDS; i++)
		if (set >> i & 1)
			text_add(text, "%s%s", text->length ? " " : "",
				 event_fields[i].name);
}

static void list_op(const struct operation *operation, const char *name,
		    struct json *json)
{
	struct text needs = TEXT_EMPTY;
	struct text one_of = TEXT_EMPTY;
	struct text takes = TEXT_EMPTY;

	add_fields(&needs, operation->required);
	add_fields(&one_of, operation->one_of);
	add_fields(&takes, operation->optional);
	if (json) {
		json_begin_object(json, NULL);
		json_string(json, "name", name);
		json_string(json, "needs", needs.s ? needs.s : "");
		json_string(json, "one_of", one_of.s ? one_of.s : "");
		json_string(json, "takes", takes.s ? takes.s : "");
		json_end_object(json);
	} else {
		struct text all = TEXT_EMPTY;

		text_add(&all, "%s", needs.s ? needs.s : "");
		if (one_of.s)
			text_add(&all, "%sone of: %s", needs.s ? " " : "",
				 one_of.s);
		if (takes.s)
			text_add(&all, "%s[%s]", all.length ? " " : "",
				 takes.s);
		print_entry(name, 20, all.s ? all.s : "");
		text_release(&all);
	}
	text_release(&needs);
	text_release(&one_of);
	text_release(&takes);
}

static void list_ops(struct json *json)
{
	for (int op = 0; op < NR_CALL_OPS; op++)
		list_op(&operations[op], call_op_names[op], json);
}

/* ---- flags --------------------------------------------------------------- */

static void list_flags(struct json *json)
{
	for (size_t i = 0; i < nr_gfp_names; i++) {
		const struct gfp_name *name = &gfp_names[i];
		const char *means = name->means ? name->means : name->became;

		if (json) {
			json_begin_object(json, NULL);
			json_string(json, "name", name->name);
			json_int(json, "mask", name->flags);
			json_string(json, "changes", name->means);
			json_string(json, "taken_for", name->became);
			json_end_object(json);
		} else {
			struct text says = TEXT_EMPTY;

			text_add(&says, "%#" PRIx32 " %s%s",
				 (uint32_t)name->flags,
				 name->means ? "" : "taken for ", means);
			print_entry(name->name, 28, says.s ? says.s : "");
			text_release(&says);
		}
	}
}

/* ---- the verb ------------------------------------------------------------ */

/* Either prints files, or has a function that adds to an array. */
static const struct kind {
	const char *name;
	const struct shipped *files;
	void (*list)(struct json *json); /* NULL: as text, to stdout */
} kinds[] = {
	{ .name = "configs", .files = &shipped_configs },
	{ .name = "workloads", .files = &shipped_workloads },
	{ .name = "plots", .list = list_plots },
	{ .name = "queries", .files = &shipped_queries },
	{ .name = "ops", .list = list_ops },
	{ .name = "flags", .list = list_flags },
};
#define NR_KINDS (sizeof kinds / sizeof *kinds)

void list_offer(const char *begun)
{
	for (size_t i = 0; i < NR_KINDS; i++)
		if (!strncmp(kinds[i].name, begun, strlen(begun)))
			puts(kinds[i].name);
}

static int list_kind(const struct kind *kind, bool as_json)
{
	struct text text = TEXT_EMPTY;
	struct json json = JSON_TO(&text);
	int status = EXIT_FINE;

	if (kind->files)
		return shipped_print(kind->files, as_json);
	if (!as_json) {
		kind->list(NULL);
		return EXIT_FINE;
	}
	json_begin_array(&json, NULL);
	kind->list(&json);
	json_end_array(&json);
	if (text.failed) {
		fputs("error: no memory for the list\n", stderr);
		status = EXIT_FAILED;
	} else {
		fputs(text.s, stdout);
	}
	text_release(&text);
	return status;
}

static const struct kind *find_kind(const char *word, int *status)
{
	const char *names[NR_KINDS];
	struct text hint = TEXT_EMPTY;

	for (size_t i = 0; i < NR_KINDS; i++) {
		names[i] = kinds[i].name;
		if (!strcmp(word, kinds[i].name))
			return &kinds[i];
	}
	text_add_hint(&hint, word, strlen(word), names, NR_KINDS, NULL);
	*status = usage_error(&list_verb, "\"%s\" can't be listed%s", word,
			      hint.s ? hint.s : "");
	text_release(&hint);
	return NULL;
}

static int list_main(int argc, char **argv)
{
	struct words operands = { .nr = 0 };
	const struct kind *kind = NULL;
	bool json = false;
	const struct option_spec specs[] = {
		{ "--json", 0, .flag = &json },
		{ .name = NULL },
	};
	int status = options_parse(&list_verb, specs, argc, argv, &operands);

	if (!status && operands.nr != 1)
		status = usage_error(&list_verb,
				     operands.nr ? "one thing at a time" :
						   "say what is to be listed");
	if (!status)
		kind = find_kind(operands.word[0], &status);
	if (kind)
		status = list_kind(kind, json);
	words_release(&operands);
	return status < 0 ? EXIT_FINE : status;
}
