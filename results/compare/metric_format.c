/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers for people, each in the unit of its metric. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/compare/comparison.h"
#include "results/text/table.h"

int metric_decimals(enum metric_unit unit, double value, int decimals)
{
	bool needs = unit == METRIC_COUNT && value != floor(value) &&
		     fabs(value) < METRIC_LARGE;

	return needs ? 1 : decimals;
}

const char *metric_format(enum metric_unit unit, double value,
			  char text[METRIC_TEXT_MAX])
{
	return metric_format_to(unit, value, metric_decimals(unit, value, 0),
				text);
}

const char *metric_format_difference(enum metric_unit unit, double value,
				     int decimals, char text[METRIC_TEXT_MAX])
{
	double points = fabs(value) * 100;
	const char *sign = value < 0 ? "-" : "";

	if (unit != METRIC_SHARE || isnan(value))
		return metric_format_to(unit, value, decimals, text);
	if (points >= 0.01 || points == 0)
		snprintf(text, METRIC_TEXT_MAX, "%s%.*f pp", sign,
			 points >= 0.1 || points == 0 ? 1 : 2, points);
	else
		snprintf(text, METRIC_TEXT_MAX, "%s<0.01 pp", sign);
	return text;
}

const char *metric_format_to(enum metric_unit unit, double value, int decimals,
			     char text[METRIC_TEXT_MAX])
{
	double size = fabs(value);
	char number[NUMBER_TEXT_MAX];
	const char *sign = value < 0 ? "-" : "";

	if (isnan(value))
		return strcpy(text, "-");
	switch (unit) {
	case METRIC_NS:
		snprintf(text, METRIC_TEXT_MAX, "%s%s", sign,
			 format_ns((uint64_t)(size + 0.5), number));
		break;
	case METRIC_BYTES:
		snprintf(text, METRIC_TEXT_MAX, "%s%s", sign,
			 format_bytes((uint64_t)(size + 0.5), number));
		break;
	case METRIC_INDEX:
		/* Small ones tell, too: 0.0007 and 0.0012 differ by a lot. */
		if (size >= 0.01 || size == 0)
			snprintf(text, METRIC_TEXT_MAX, "%.3f", value);
		else if (size >= 0.0001)
			snprintf(text, METRIC_TEXT_MAX, "%.*f",
				 size >= 0.001 ? 4 : 5, value);
		else
			snprintf(text, METRIC_TEXT_MAX, "%s<0.0001", sign);
		break;
	case METRIC_SHARE:
		snprintf(text, METRIC_TEXT_MAX, "%.1f %%", value * 100);
		break;
	case METRIC_COUNT:
	case NR_METRIC_UNITS:
		snprintf(text, METRIC_TEXT_MAX, "%.*f", decimals, value);
		break;
	}
	return text;
}
