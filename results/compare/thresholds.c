/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads and judges thresholds.
 *
 *	expression := value operator number
 *	value      := metric | "delta(" metric ")"
 *	metric     := NAME [ "[" label { "," label } "]" ]
 *	operator   := "<" | "<=" | ">" | ">=" | "==" | "!="
 *	number     := ["-" | "+"] DIGITS ["." DIGITS] [unit]
 *	unit       := "%" | ns | us | ms | s | B | KiB | MiB | GiB | TiB
 *
 * Rules: blanks are free between parts. A unit must be one of the metric's:
 * times for times, sizes for sizes, % for indices and shares. In delta() a
 * number in % is of the first run's value, whatever the metric. Whatever is
 * wrong is told with its column, and with the word that was probably meant: a
 * threshold with a misspelt name must not pass for one that is never crossed.
 *
 * Left out: arithmetic, `and`, `or`: --fail-if may be given again and again.
 */

#include "results/compare/thresholds.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const threshold_operators[NR_THRESHOLD_OPERATORS] = {
	[THRESHOLD_LESS] = "<",	  [THRESHOLD_AT_MOST] = "<=",
	[THRESHOLD_MORE] = ">",	  [THRESHOLD_AT_LEAST] = ">=",
	[THRESHOLD_EQUAL] = "==", [THRESHOLD_NOT_EQUAL] = "!=",
};

struct parser {
	struct threshold *threshold;
	const char *at;
	struct errors *errors;
};

static struct place place_at(const struct parser *parser, const char *where)
{
	const struct threshold *threshold = parser->threshold;

	return (struct place){ threshold->option, threshold->number,
			       (uint64_t)(where - threshold->text) + 1 };
}

static void skip_blanks(struct parser *parser)
{
	while (*parser->at == ' ' || *parser->at == '\t')
		parser->at++;
}

/* Takes a word if it comes next. */
static bool take(struct parser *parser, const char *word)
{
	size_t length = strlen(word);

	skip_blanks(parser);
	if (strncmp(parser->at, word, length) != 0)
		return false;
	parser->at += length;
	return true;
}

static int expected(const struct parser *parser, const char *what)
{
	if (!*parser->at)
		return error_input(parser->errors, place_at(parser, parser->at),
				   "%s is missing at the end, as in "
				   "unusable[9] > 0.5",
				   what);
	return error_input(parser->errors, place_at(parser, parser->at),
			   "%s belongs here, not \"%s\"", what, parser->at);
}

static int unknown_metric(const struct parser *parser, const char *name,
			  size_t length)
{
	struct text hint = TEXT_EMPTY;

	text_add_near(&hint, metric_nearest(name, length));
	error_input(parser->errors, place_at(parser, name),
		    "there is no metric \"%.*s\"%s%s `kmemsim compare "
		    "--fail-if list` prints all",
		    (int)length, name, hint.s ? hint.s : "", hint.s ? "" : ";");
	text_release(&hint);
	return -1;
}

static int read_name(struct parser *parser)
{
	struct threshold *threshold = parser->threshold;
	const char *name;
	size_t length = 0;
	enum metric_id id;

	skip_blanks(parser);
	name = parser->at;
	while (isalnum((unsigned char)name[length]) || name[length] == '_')
		length++;
	if (!length)
		return expected(parser, "a metric");
	id = metric_find(name, length);
	if (id == NR_METRICS)
		return unknown_metric(parser, name, length);
	threshold->column = place_at(parser, name).column;
	threshold->family = &metric_families[id];
	snprintf(threshold->metric, sizeof(threshold->metric), "%s",
		 threshold->family->name);
	parser->at += length;
	return 0;
}

static int wrong_label(const struct parser *parser, const char *where,
		       const char *label, size_t which, const char *near)
{
	const struct metric_family *family = parser->threshold->family;
	enum metric_label kind =
		which < METRIC_LABELS_MAX ? family->label[which] : LABEL_NONE;
	struct text hint = TEXT_EMPTY;

	if (!kind)
		return error_input(parser->errors, place_at(parser, where),
				   "\"%s\" is a label too many: %s takes %zu",
				   label, family->name, which);
	text_add_near(&hint, near);
	error_input(parser->errors, place_at(parser, where),
		    "%s: \"%s\" is no %s%s", family->name, label,
		    metric_label_names[kind], hint.s ? hint.s : "");
	text_release(&hint);
	return -1;
}

/* One label, up to a comma or bracket. */
static int read_label(struct parser *parser, size_t which)
{
	struct threshold *threshold = parser->threshold;
	size_t used = strlen(threshold->metric), length;
	const char *where, *near = NULL;
	char label[THRESHOLD_NAME_MAX];

	skip_blanks(parser);
	where = parser->at;
	length = strcspn(where, ",]");
	parser->at += length;
	while (length && isspace((unsigned char)where[length - 1]))
		length--;
	if (!length)
		return error_input(parser->errors, place_at(parser, where),
				   "a label is missing here");
	if (used + length + 4 > sizeof(threshold->metric))
		return error_input(parser->errors, place_at(parser, where),
				   "the metric's name is too long");
	snprintf(label, sizeof(label), "%.*s", (int)length, where);
	if (which >= METRIC_LABELS_MAX ||
	    !metric_label_fits(threshold->family, which, label, &near))
		return wrong_label(parser, where, label, which, near);
	snprintf(threshold->metric + used, sizeof(threshold->metric) - used,
		 "%s%s", which ? ", " : "[", label);
	return 0;
}

static int read_labels(struct parser *parser)
{
	struct threshold *threshold = parser->threshold;
	size_t nr = 0;

	if (!take(parser, "[")) {
		if (threshold->family->has_total)
			return 0;
		return error_input(
			parser->errors, place_at(parser, parser->at),
			"%s takes a label, the %s, as in %s[%s]",
			threshold->family->name,
			metric_label_names[threshold->family->label[0]],
			threshold->family->name,
			threshold->family->label[0] == LABEL_ORDER ? "9" : "…");
	}
	do {
		if (read_label(parser, nr++))
			return -1;
	} while (take(parser, ","));
	if (!take(parser, "]"))
		return expected(parser, "a \"]\"");
	strcat(threshold->metric, "]");
	return 0;
}

static int read_operator(struct parser *parser)
{
	/* Those of two characters first. */
	static const enum threshold_operator order[] = {
		THRESHOLD_AT_MOST,   THRESHOLD_AT_LEAST, THRESHOLD_EQUAL,
		THRESHOLD_NOT_EQUAL, THRESHOLD_LESS,	 THRESHOLD_MORE,
	};

	for (size_t i = 0; i < NR_THRESHOLD_OPERATORS; i++)
		if (take(parser, threshold_operators[order[i]])) {
			parser->threshold->operator= order[i];
			return 0;
		}
	return expected(parser, "one of < <= > >= == !=");
}

struct unit {
	const char *name;
	enum metric_unit of;
	double size;
};

static const struct unit units[] = {
	{ "%", METRIC_INDEX, 0.01 },
	{ "%", METRIC_SHARE, 0.01 },
	{ "ns", METRIC_NS, 1 },
	{ "us", METRIC_NS, 1e3 },
	{ "ms", METRIC_NS, 1e6 },
	{ "s", METRIC_NS, 1e9 },
	{ "B", METRIC_BYTES, 1 },
	{ "KiB", METRIC_BYTES, 1024.0 },
	{ "MiB", METRIC_BYTES, 1024.0 * 1024 },
	{ "GiB", METRIC_BYTES, 1024.0 * 1024 * 1024 },
	{ "TiB", METRIC_BYTES, 1024.0 * 1024 * 1024 * 1024 },
};
#define NR_UNITS (sizeof(units) / sizeof(units[0]))

static int wrong_unit(const struct parser *parser, const char *word,
		      size_t length)
{
	const struct threshold *threshold = parser->threshold;
	struct text allowed = TEXT_EMPTY;

	for (size_t i = 0; i < NR_UNITS; i++)
		if (units[i].of == threshold->family->unit)
			text_add(&allowed, "%s ", units[i].name);
	if (threshold->delta && threshold->family->unit != METRIC_INDEX &&
	    threshold->family->unit != METRIC_SHARE)
		text_add(&allowed, "%% ");
	error_input(parser->errors, place_at(parser, word),
		    "\"%.*s\" is no unit of %s; allowed: %sor none",
		    (int)length, word, threshold->metric,
		    allowed.s ? allowed.s : "");
	text_release(&allowed);
	return -1;
}

static int read_unit(struct parser *parser)
{
	struct threshold *threshold = parser->threshold;
	const char *word;
	size_t length = 0;

	skip_blanks(parser);
	word = parser->at;
	while (word[length] && !isspace((unsigned char)word[length]))
		length++;
	parser->at += length;
	if (!length)
		return 0;
	if (threshold->delta && length == 1 && *word == '%') {
		threshold->relative = true;
		threshold->limit /= 100;
		return 0;
	}
	for (size_t i = 0; i < NR_UNITS; i++)
		if (units[i].of == threshold->family->unit &&
		    strlen(units[i].name) == length &&
		    !memcmp(units[i].name, word, length)) {
			threshold->limit *= units[i].size;
			return 0;
		}
	return wrong_unit(parser, word, length);
}

/* A decimal number, however the host writes its own. */
static int read_number(struct parser *parser)
{
	double value = 0, place = 1;
	bool minus, digits = false;

	skip_blanks(parser);
	minus = *parser->at == '-';
	if (*parser->at == '-' || *parser->at == '+')
		parser->at++;
	for (; isdigit((unsigned char)*parser->at); parser->at++) {
		value = value * 10 + (*parser->at - '0');
		digits = true;
	}
	if (*parser->at == '.')
		while (isdigit((unsigned char)*++parser->at)) {
			value += (*parser->at - '0') * (place /= 10);
			digits = true;
		}
	if (!digits)
		return expected(parser, "a number");
	if (!isfinite(value))
		return error_input(parser->errors, place_at(parser, parser->at),
				   "the number is too large");
	parser->threshold->limit = minus ? -value : value;
	return 0;
}

static int read_value(struct parser *parser)
{
	struct threshold *threshold = parser->threshold;

	threshold->delta = take(parser, "delta(");
	if (read_name(parser) || read_labels(parser))
		return -1;
	if (threshold->delta && !take(parser, ")"))
		return expected(parser, "a \")\"");
	return 0;
}

int threshold_parse(struct threshold *threshold, const char *text,
		    uint64_t number, struct errors *errors)
{
	struct parser parser = { threshold, text, errors };

	*threshold = (struct threshold){
		.option = THRESHOLD_FILE,
		.text = text,
		.number = number,
	};
	if (read_value(&parser) || read_operator(&parser) ||
	    read_number(&parser) || read_unit(&parser))
		return -1;
	skip_blanks(&parser);
	return *parser.at ? expected(&parser, "the end") : 0;
}

int metric_name_parse(struct threshold *threshold, const char *option,
		      const char *text, uint64_t number, struct errors *errors)
{
	struct parser parser = { threshold, text, errors };

	*threshold = (struct threshold){
		.option = option,
		.text = text,
		.number = number,
	};
	if (read_name(&parser) || read_labels(&parser))
		return -1;
	skip_blanks(&parser);
	return *parser.at ? expected(&parser, "the end") : 0;
}

static bool holds(enum threshold_operator operator, double a, double b)
{
	switch (operator) {
	case THRESHOLD_LESS:
		return a < b;
	case THRESHOLD_AT_MOST:
		return a <= b;
	case THRESHOLD_MORE:
		return a > b;
	case THRESHOLD_AT_LEAST:
		return a >= b;
	case THRESHOLD_EQUAL:
		return a == b;
	case THRESHOLD_NOT_EQUAL:
		return a != b;
	case NR_THRESHOLD_OPERATORS:
		break;
	}
	return false;
}

/* Where the first run has 0, any difference is more than any share of it. */
static double relative_difference(double first, double value)
{
	if (value == first)
		return 0;
	return first == 0 ? copysign(INFINITY, value) :
			    (value - first) / fabs(first);
}

bool threshold_is_crossed(const struct threshold *threshold, double first,
			  double value, double *measured, double *by)
{
	if (threshold->relative)
		*measured = relative_difference(first, value);
	else
		*measured = threshold->delta ? value - first : value;
	*by = fabs(*measured - threshold->limit);
	return !isnan(*measured) &&
	       holds(threshold->operator, * measured, threshold->limit);
}
