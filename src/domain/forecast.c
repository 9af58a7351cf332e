/* forecast.c - a forecast that can be worked out on paper.
 * SPDX-License-Identifier: MIT
 *
 * The method. Of the history, what stands before the first cost is no history (the account did not
 * exist), and of the rest the last eight weeks count, the same number of each day of the week. With
 * two weeks or more the forecast of a day is the mean of its weekday; with less it is the mean of
 * all days. What the history leaves over against those means has a variance; a day to come differs
 * from its mean by that, and the mean itself is only known from so many days:
 *
 *     variance of a day  = s^2 (1 + 1/n)
 *     variance of a sum  = s^2 (days + for each weekday (its days)^2 / n)
 *
 * where n is the number of days behind a mean. The interval is Student's t with the degrees of
 * freedom that the means left. A sum is narrower than its days' intervals together because days
 * err to both sides.
 *
 * What it does not know, and why: trends (an extrapolated line is wrong just when something ends),
 * events (a month's first invoice) and the calendar (what costs by the month costs 3 % more a day
 * in a month of 30 days than of 31). They widen the interval only as far as they stand in the
 * history, so where noise is small the sum of a month lies outside more often than it says, if by
 * less than 1 %. A lasting change is believed for good after eight weeks. Costs that lean on each
 * other from day to day make the sum's interval too narrow; traffic in a week, the main such
 * reason, is taken out by the weekdays. Rejected: exponential smoothing with seasons, which follows
 * changes sooner, but whose interval nobody can check by hand. */
#include "config.h"

#include "domain/forecast.h"

#include "base/day.h"

#include <math.h>
#include <string.h>

#define WEEK        7
#define WEEKS_MOST  8
#define WEEKS_LEAST 2 /* for a mean per weekday */

struct model {
    double means[WEEK];  /* from Monday */
    double counts[WEEK]; /* days behind each mean */
    double variance;     /* of what is left over */
    double freedom;
    bool by_weekday;
};

/* The part of the history that counts; its length is 0 when that is too little. */
static size_t
usable(const int64_t *history, size_t count)
{
    size_t start = 0, len;

    while (start < count && history[start] == 0)
        start++;
    len = count - start;
    if (len < FORECAST_DAYS_LEAST)
        return 0;
    if (len < WEEKS_LEAST * WEEK)
        return len;
    len -= len % WEEK;
    return len < WEEKS_MOST * WEEK ? len : WEEKS_MOST * WEEK;
}

static void
fit_means(struct model *m, const int64_t *history, size_t count, int64_t first)
{
    double sums[WEEK] = { 0 }, sum = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned weekday = day_weekday(first + (int64_t)i);

        sums[weekday] += (double)history[i];
        sum += (double)history[i];
        m->counts[weekday]++;
    }
    for (size_t w = 0; w < WEEK; w++) {
        m->means[w] = m->by_weekday ? sums[w] / m->counts[w] : sum / (double)count;
        if (!m->by_weekday)
            m->counts[w] = (double)count;
    }
}

static struct model
fit(const int64_t *history, size_t count, int64_t first)
{
    struct model m = { .by_weekday = count >= WEEKS_LEAST * WEEK };
    double squares = 0;

    m.freedom = (double)count - (m.by_weekday ? WEEK : 1);
    fit_means(&m, history, count, first);
    for (size_t i = 0; i < count; i++) {
        double left = (double)history[i] - m.means[day_weekday(first + (int64_t)i)];

        squares += left * left;
    }
    m.variance = squares / m.freedom;
    return m;
}

/* The z between -z and z of which lies `part` of the normal distribution, by halving: there is no
 * inverse in the C library. */
static double
normal_within(double part)
{
    double low = 0, high = 10;

    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;

        if (erf(middle / sqrt(2)) < part)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The same of Student's distribution: Fisher's expansion, within 1 % from six degrees of freedom up
 * to 98 %, and 3 % at 99. */
static double
student_within(double part, double freedom)
{
    double z = normal_within(part), z2 = z * z;
    double a = (z2 + 1) / 4;
    double b = ((5 * z2 + 16) * z2 + 3) / 96;
    double c = (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;

    return z * (1 + (a + (b + c / freedom) / freedom) / freedom);
}

static int64_t
whole(double value)
{
    if (!(value > 0))
        return 0;
    return value < 9e18 ? llround(value) : INT64_MAX;
}

static struct forecast_value
interval(double exact, double half)
{
    const double mean = (double)whole(exact);

    return (struct forecast_value){ .mean = whole(mean),
                                    .low = whole(mean - half),
                                    .high = whole(mean + half) };
}

/* Of a sum, the days that share a mean err together by what that mean is off. */
static double
variance_of_sum(const struct model *m, const double *days, double ahead)
{
    double sum = ahead;

    if (!m->by_weekday)
        return m->variance * (ahead + ahead * ahead / m->counts[0]);
    for (size_t w = 0; w < WEEK; w++)
        sum += days[w] * days[w] / m->counts[w];
    return m->variance * sum;
}

/* Fits the model; false: too little history. */
static bool
learn(struct model *m, const int64_t *history, size_t count, int64_t first)
{
    size_t used = usable(history, count);

    if (used == 0)
        return false;
    *m = fit(history + (count - used), used, first + (int64_t)(count - used));
    return true;
}

static struct forecast_value
sum_of(const struct model *m, int64_t from, size_t count, double t)
{
    double days[WEEK] = { 0 }, mean = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned w = day_weekday(from + (int64_t)i);

        mean += (double)whole(m->means[w]); /* as it is told of a day, so that days add up */
        days[w]++;
    }
    return interval(mean, t * sqrt(variance_of_sum(m, days, (double)count)));
}

bool
forecast_days(struct forecast_value *out, size_t ahead, struct forecast_value *total,
              const int64_t *history, size_t count, int64_t first, double level)
{
    struct model m;
    double t;

    if (!learn(&m, history, count, first))
        return false;
    t = student_within(level / 100, m.freedom);
    for (size_t i = 0; i < ahead; i++) {
        unsigned w = day_weekday(first + (int64_t)(count + i));

        out[i] = interval(m.means[w], t * sqrt(m.variance * (1 + 1 / m.counts[w])));
    }
    *total = sum_of(&m, first + (int64_t)count, ahead, t);
    return true;
}

bool
forecast_sum(struct forecast_value *out, size_t skip, size_t days, const int64_t *history,
             size_t count, int64_t first, double level)
{
    struct model m;

    if (!learn(&m, history, count, first))
        return false;
    *out =
        sum_of(&m, first + (int64_t)(count + skip), days, student_within(level / 100, m.freedom));
    return true;
}
