/* stack_load.h - how busy a stack is at a time: a curve over the day and the week, and noise.
 * SPDX-License-Identifier: MIT
 *
 * Everything here is a pure function of the stack's seed and the time, in UTC. */
#ifndef OV_DOMAIN_STACK_LOAD_H
#define OV_DOMAIN_STACK_LOAD_H

#include "domain/stack.h"

#include <stdint.h>

/* In [-1, 1), the same for the same three numbers and seed, else unrelated. */
double stack_noise(const struct stack *stack, uint64_t what, int64_t when);
/* A number for stack_noise(): of one thing about one resource. */
uint64_t stack_noise_key(const struct stack_resource *resource, const char *what);

/* The load at a minute, without noise: 1 on average over a week. Smooth between hours. */
double stack_load(const struct stack *stack, int64_t time_ms);
/* The mean load of a whole day of UTC, with that day's noise for `what`: what is the same for all
 * things on a day is made once. */
struct stack_day_load {
    double weekday, noise;
    uint64_t seed, when;
};
struct stack_day_load stack_day_load(const struct stack *stack, int64_t day);
double stack_day_load_of(const struct stack_day_load *load, uint64_t what);
/* Which part of a day's load is over at `ms_of_day` (0 to 86,400,000): 0 to 1. */
double stack_load_share(const struct stack *stack, int64_t ms_of_day);

#endif
