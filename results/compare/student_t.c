/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Student's t and paired differences.
 *
 * Runs of the same seed draw the same numbers, so a pair of them differs by
 * what was changed and little else: the difference is taken seed by seed, and
 * its spread over the seeds tells how sure its mean is.
 *
 *	mean ± t(97.5 %, n - 1) · s / √n
 *
 * The same is said of a number that was measured by itself.
 *
 * Rules: "Student" (W. S. Gosset), "The Probable Error of a Mean", 1908. The
 * distribution is the regularized incomplete beta function of n/2 and 1/2,
 * which is summed as a continued fraction by Lentz's method (Abramowitz and
 * Stegun 26.7.1 and 26.5.8); the quantile is found by halving.
 *
 * Left out: corrections for looking at many lines at once. Of twenty lines
 * that differ by chance alone, one is marked.
 */

#include "results/compare/student_t.h"

#include <float.h>
#include <math.h>

#define CONFIDENCE_TAIL 0.975 /* two-sided 95 % */

static double away_from_zero(double x)
{
	return fabs(x) < DBL_MIN ? DBL_MIN : x;
}

/* The continued fraction of I_x(a, b), for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
	double c = 1;
	double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
	double sum = d;

	for (int m = 1; m < 1000; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x /
			     ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 / away_from_zero(1 + even * d);
		c = away_from_zero(1 + even / c);
		sum *= d * c;
		d = 1 / away_from_zero(1 + odd * d);
		c = away_from_zero(1 + odd / c);
		step = d * c;
		sum *= step;
		if (fabs(step - 1) < 4 * DBL_EPSILON)
			break;
	}
	return sum;
}

/* I_x(a, b), the regularized incomplete beta function; 0 <= x <= 1. */
static double incomplete_beta(double a, double b, double x)
{
	double front;

	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) +
		    b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* The probability that t is above `t`, which is 0 or more. */
static double upper_tail(double t, double freedom)
{
	return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) /
	       2;
}

double student_t_quantile(double p, double freedom)
{
	double tail = p < 0.5 ? p : 1 - p;
	double low = 0, high = 1;

	while (upper_tail(high, freedom) > tail && high < DBL_MAX / 4)
		high *= 2;
	while (high - low > high * 4 * DBL_EPSILON) {
		double middle = low + (high - low) / 2;

		if (upper_tail(middle, freedom) > tail)
			low = middle;
		else
			high = middle;
	}
	return p < 0.5 ? -high : high;
}

double mean_of(const double *value, size_t nr)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < nr; i++) {
		if (isnan(value[i]))
			continue;
		sum += value[i];
		n++;
	}
	return n ? sum / (double)n : NAN;
}

/* What is looked at: b, or b - a; NaN where one of them is. */
static double number_at(const double *a, const double *b, size_t i)
{
	return a ? b[i] - a[i] : b[i];
}

static void set_mean(const double *a, const double *b, size_t nr,
		     struct interval *interval)
{
	double first = 0, sum = 0;

	/* From the first on: where all are alike, nothing is rounded. */
	for (size_t i = 0; i < nr; i++) {
		double number = number_at(a, b, i);

		if (isnan(number))
			continue;
		if (!interval->nr++)
			first = number;
		sum += number - first;
	}
	interval->mean = interval->nr ? first + sum / (double)interval->nr :
					NAN;
}

static void find_interval(const double *a, const double *b, size_t nr,
			  struct interval *interval)
{
	double squares = 0, degrees;

	*interval = (struct interval){ .half_width = NAN };
	set_mean(a, b, nr, interval);
	if (interval->nr < 2)
		return;
	for (size_t i = 0; i < nr; i++) {
		double off = number_at(a, b, i) - interval->mean;

		if (!isnan(off))
			squares += off * off;
	}
	degrees = (double)(interval->nr - 1);
	interval->half_width = student_t_quantile(CONFIDENCE_TAIL, degrees) *
			       sqrt(squares / degrees / (double)interval->nr);
}

void interval_of(const double *value, size_t nr, struct interval *interval)
{
	find_interval(NULL, value, nr, interval);
	interval->low = interval->mean - interval->half_width;
	interval->high = interval->mean + interval->half_width;
}

void paired_difference(const double *a, const double *b, size_t nr,
		       struct paired *paired)
{
	struct interval interval;

	find_interval(a, b, nr, &interval);
	*paired = (struct paired){
		.nr = interval.nr,
		.mean_a = mean_of(a, nr),
		.mean_b = mean_of(b, nr),
		.mean = interval.mean,
		.half_width = interval.half_width,
		.excludes_zero = interval.nr > 1 &&
				 fabs(interval.mean) > interval.half_width,
	};
}
