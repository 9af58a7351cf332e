/* stack_load.c - a curve over the day and the week, and noise that anybody can ask for at any time.
 * SPDX-License-Identifier: MIT
 *
 * The curve's 24 values stand at the full hours with straight lines between them, so that nothing
 * jumps when an hour ends; the mean of such a line is the mean of its corners. The day of the week
 * is a factor over the whole day. Both are brought to a mean of 1 when the file is read
 * (stack_read.c), so sizes in the file are averages whatever the curve.
 *
 * Noise is a hash of what, when and the seed: no state, no order, any month at once. */
#include "config.h"

#include "domain/stack_load.h"

#include "base/day.h"
#include "base/text.h"

#include <string.h>

#define HOUR_MS INT64_C(3600000)

/* The finaliser of SplitMix64: each bit of the input changes half of those of the output. */
static uint64_t
mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

#define GOLDEN 0x9e3779b97f4a7c15u

/* `seed` is mixed, `when` is multiplied already. */
static double
noise(uint64_t seed, uint64_t what, uint64_t when)
{
    return (double)(mix(mix(seed ^ what) + when) >> 11) * 0x1p-52 - 1;
}

double
stack_noise(const struct stack *stack, uint64_t what, int64_t when)
{
    return noise(mix(stack->seed + GOLDEN), what, (uint64_t)when * GOLDEN);
}

uint64_t
stack_noise_key(const struct stack_resource *resource, const char *what)
{
    uint64_t key = text_hash(resource->name, strlen(resource->name), TEXT_HASH_SEED);

    return text_hash(what, strlen(what), key);
}

static double
weekday_factor(const struct stack *stack, int64_t day)
{
    return stack->curve.weekdays[day_weekday(day)];
}

double
stack_load(const struct stack *stack, int64_t time_ms)
{
    int64_t day = day_of_ms(time_ms), of_day = time_ms - day * DAY_MS;
    int64_t hour = of_day / HOUR_MS;
    double from = stack->curve.hours[hour], to = stack->curve.hours[(hour + 1) % 24];
    double part = (double)(of_day - hour * HOUR_MS) / (double)HOUR_MS;

    return (from + (to - from) * part) * weekday_factor(stack, day);
}

struct stack_day_load
stack_day_load(const struct stack *stack, int64_t day)
{
    return (struct stack_day_load){ .weekday = weekday_factor(stack, day),
                                    .noise = stack->curve.noise,
                                    .seed = mix(stack->seed + GOLDEN),
                                    .when = (uint64_t)day * GOLDEN };
}

double
stack_day_load_of(const struct stack_day_load *load, uint64_t what)
{
    return load->weekday * (1 + load->noise * noise(load->seed, what, load->when));
}

double
stack_load_share(const struct stack *stack, int64_t ms_of_day)
{
    const double *hours = stack->curve.hours;
    double sum = 0, part, from, to;
    int64_t hour = ms_of_day / HOUR_MS;

    if (ms_of_day <= 0)
        return 0;
    if (ms_of_day >= DAY_MS)
        return 1;
    for (int64_t h = 0; h < hour; h++)
        sum += (hours[h] + hours[(h + 1) % 24]) / 2;
    part = (double)(ms_of_day - hour * HOUR_MS) / (double)HOUR_MS;
    from = hours[hour];
    to = hours[(hour + 1) % 24];
    sum += part * (from + (to - from) * part / 2);
    return sum / 24;
}
