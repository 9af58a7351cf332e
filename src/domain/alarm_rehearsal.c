/* alarm_rehearsal.c - judges every period of the past as it would have been judged then.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/alarm_rehearsal.h"

#include <math.h>

struct play {
    const struct alarm_rule *rule;
    struct arena *arena;
    struct alarm_turn *turns;
    struct alarm_blind_span *blind;
    struct alarm_rehearsal *out;
    int64_t left_alarm_ms; /* when ALARM was left last */
    bool has_left;
};

static void
note_turn(struct play *p, const struct alarm_verdict *verdict, int64_t now_ms)
{
    const int64_t range_ms = (int64_t)alarm_evaluation_range(p->rule) * p->rule->period_s * 1000;
    struct alarm_rehearsal *out = p->out;
    struct alarm_turn *turn = &p->turns[out->turn_count++];

    *turn = (struct alarm_turn){ .time_ms = now_ms, .from = out->last, .to = verdict->state };
    turn->reason = arena_strdup(p->arena, verdict->reason);
    if (turn->to == ALARM_STATE_ALARM) {
        turn->is_flap = p->has_left && now_ms - p->left_alarm_ms <= range_ms;
        out->fired++;
        out->flaps += turn->is_flap;
    }
    if (turn->from == ALARM_STATE_ALARM) {
        p->has_left = true;
        p->left_alarm_ms = now_ms;
    }
    out->last = turn->to;
}

static void
note_blind(struct play *p, int64_t start_ms, int64_t end_ms)
{
    struct alarm_rehearsal *out = p->out;

    if (out->blind_count > 0 && p->blind[out->blind_count - 1].end_ms == start_ms)
        p->blind[out->blind_count - 1].end_ms = end_ms;
    else
        p->blind[out->blind_count++] = (struct alarm_blind_span){ start_ms, end_ms };
    out->blind_ms += end_ms - start_ms;
}

void
alarm_rehearse(const struct alarm_rule *rule, const double *values, const double *samples,
               size_t count, int64_t start_ms, double percentile, struct arena *arena,
               struct alarm_rehearsal *out)
{
    const int64_t period_ms = (int64_t)rule->period_s * 1000;
    struct play play = { .rule = rule, .arena = arena, .out = out };

    *out = (struct alarm_rehearsal){ .last = ALARM_STATE_NO_DATA };
    play.turns = arena_alloc(arena, (count + 1) * sizeof *play.turns);
    play.blind = arena_alloc(arena, (count + 1) * sizeof *play.blind);
    for (size_t i = 0; i < count; i++) {
        const int64_t at_ms = start_ms + (int64_t)i * period_ms;
        const struct alarm_window window = { values, samples, i + 1, at_ms, percentile };
        struct alarm_verdict verdict;

        alarm_judge(rule, &window, out->last, &verdict);
        if (verdict.state != out->last)
            note_turn(&play, &verdict, at_ms + period_ms);
        if (verdict.real == 0)
            note_blind(&play, at_ms, at_ms + period_ms);
        out->state_ms[out->last] += period_ms;
    }
    out->turns = play.turns;
    out->blind = play.blind;
}
