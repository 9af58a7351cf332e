/* services_model.c - tasks and targets: what is asked, and what is wrong with them.
 * SPDX-License-Identifier: MIT
 *
 * A service that wants tasks and has none is bad; one that has fewer than it wants is worth a look
 * while ECS still tries, and bad when it has given up. A target group none of whose targets answers
 * is bad, because all its requests fail. The document's two services, Umami and OpenReplay, have
 * one more line that puts together what is known of each: its tasks, its targets, and whether its
 * load balancer carries requests. They are known by their names. */
#include "config.h"

#include "tui/views/services.h"

#include "aws/ecs.h"
#include "aws/elb.h"
#include "tui/format.h"
#include "tui/views/parts.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define HOUR_MS 3600000

void
services_ask(struct ask_list *asks, const struct view_query *q)
{
    (void)q;
    ask_list_add(asks, &(struct ask){ .key = "health.services",
                                      .kind = ASK_SERVICES,
                                      .range = { .span_ms = HOUR_MS } });
    ask_list_add(asks, &(struct ask){ .key = "health.targets",
                                      .kind = ASK_TARGETS,
                                      .range = { .span_ms = HOUR_MS } });
}

/* --- tasks --- */

static bool
is_told(const struct ecs_service *s)
{
    return s->desired != ECS_UNTOLD && s->running != ECS_UNTOLD;
}

static enum level
service_level(const struct ecs_service *s)
{
    if (strcmp(s->rollout, "FAILED") == 0 || (s->running == 0 && s->desired > 0))
        return LEVEL_BAD;
    if (ecs_service_is_short(s))
        return LEVEL_WARN;
    return s->desired == 0 || !is_told(s) ? LEVEL_UNKNOWN : LEVEL_OK;
}

/* ", 2 failed" unless there are none. */
static const char *
also(struct arena *arena, const char *text, int64_t count, const char *what)
{
    return count == 0 ? text : arena_printf(arena, "%s, %" PRId64 " %s", text, count, what);
}

/* What was told of its tasks. */
static const char *
tasks_text(struct arena *arena, const struct ecs_service *s)
{
    if (s->desired == 0 && s->running == 0)
        return "no task is wanted";
    if (is_told(s))
        return arena_printf(arena, "%" PRId64 " of %" PRId64 " task%s run%s", s->running,
                            s->desired, s->desired == 1 ? "" : "s", s->running == 1 ? "s" : "");
    if (s->running != ECS_UNTOLD)
        return arena_printf(arena, "%s run%s, of how many ECS did not tell",
                            counted(arena, (double)s->running, "task"), s->running == 1 ? "s" : "");
    return s->desired == ECS_UNTOLD ? "how many tasks run ECS did not tell"
                                    : arena_printf(arena, "how many of %s run ECS did not tell",
                                                   counted(arena, (double)s->desired, "task"));
}

static const char *
service_text(struct arena *arena, const struct view_query *q, const struct ecs_service *s)
{
    char when[FORMAT_TEXT];
    const char *text = tasks_text(arena, s);

    text = also(arena, text, s->pending, "pending");
    text = also(arena, text, s->failed, "failed");
    if (*s->rollout != '\0' && strcmp(s->rollout, "COMPLETED") != 0)
        text = arena_printf(arena, "%s, rollout %s%s%s", text, s->rollout,
                            *s->rollout_reason == '\0' ? "" : ": ", s->rollout_reason);
    if (*s->stopped == '\0')
        return text;
    format_time(when, s->stopped_ms, q->now_ms);
    return arena_printf(arena, "%s; last stopped%s%s: %s", text, s->stopped_ms == 0 ? "" : " ",
                        s->stopped_ms == 0 ? "" : when, s->stopped);
}

static void
add_service(struct things *all, const struct view_query *q, const struct ecs_service *s)
{
    enum level level = service_level(s);

    things_add(all, arena_printf(all->arena, "ECS %s/%s", s->cluster, s->name), level,
               level >= LEVEL_WARN && s->stopped_ms == 0 ? s->rollout_ms : 0,
               arena_printf(all->arena, "%s%s", service_text(all->arena, q, s), things_origin(q)));
}

/* --- targets --- */

static enum level
group_level(const struct elb_group *g)
{
    size_t counted = g->targets - g->leaving;

    if (*g->balancer == '\0')
        return LEVEL_UNKNOWN;
    if (counted == 0 || g->healthy == 0)
        return g->starting > 0 ? LEVEL_WARN : LEVEL_BAD;
    return g->healthy + g->starting < counted ? LEVEL_WARN : LEVEL_OK;
}

static const char *
group_text(struct arena *arena, const struct elb_group *g)
{
    size_t counted = g->targets - g->leaving;
    const char *text =
        arena_printf(arena, "%zu of %zu target%s healthy%s%s", g->healthy, counted,
                     counted == 1 ? "" : "s", *g->check == '\0' ? "" : ", asked for ", g->check);

    if (counted == 0)
        text = "no target is registered";
    text = also(arena, text, (int64_t)g->starting, "starting");
    text = also(arena, text, (int64_t)g->leaving, "leaving");
    if (*g->state != '\0')
        text = arena_printf(arena, "%s; %s: %s", text, g->state,
                            *g->description != '\0' ? g->description : g->reason);
    return *g->balancer == '\0' ? arena_printf(arena, "no load balancer uses it; %s", text) : text;
}

static void
add_group(struct things *all, const struct view_query *q, const struct elb_group *g)
{
    things_add(all, arena_printf(all->arena, "targets %s", g->name), group_level(g), 0,
               arena_printf(all->arena, "%s%s", group_text(all->arena, g), things_origin(q)));
}

/* --- Umami and OpenReplay --- */

struct beat {
    const char *name;
    const char *word; /* in the names of what belongs to it */
    enum wiring_wire load;
};

static const struct beat beats[] = {
    { "Umami", "umami", WIRE_ANALYTICS_LOAD },
    { "OpenReplay", "replay", WIRE_REPLAY_LOAD },
};

struct pulse {
    int64_t desired, running;
    size_t targets, healthy;
    bool has_tasks, has_targets, is_untold;
    enum level level;
};

static void
worsen(struct pulse *p, enum level level)
{
    if (level > p->level)
        p->level = level;
}

static void
take_pulse(struct pulse *p, const struct beat *beat, const struct answer *services,
           const struct answer *targets)
{
    for (size_t i = 0; services != NULL && i < services->service_count; i++) {
        const struct ecs_service *s = &services->services[i];

        if (!has_word(s->name, beat->word))
            continue;
        p->has_tasks = true;
        p->is_untold = p->is_untold || !is_told(s);
        p->desired += s->desired;
        p->running += s->running;
        worsen(p, service_level(s));
    }
    for (size_t i = 0; targets != NULL && i < targets->target_count; i++) {
        const struct elb_group *g = &targets->targets[i];

        if (!has_word(g->name, beat->word))
            continue;
        p->has_targets = true;
        p->targets += g->targets - g->leaving;
        p->healthy += g->healthy;
        worsen(p, group_level(g));
    }
}

static const char *
load_text(struct arena *arena, const struct view_query *q, const struct wiring_evidence *load)
{
    char age[FORMAT_TEXT];

    if (!load->is_answered || !load->exists)
        return "";
    if (load->last_ms == 0)
        return ", no request in two weeks";
    format_age(age, view_query_to_ms(q) - load->last_ms);
    return arena_printf(arena, ", %s in this range, the last %s ago",
                        counted(arena, isnan(load->count) ? 0 : load->count, "request"), age);
}

static void
add_beat(struct things *all, const struct view_query *q, const struct edges *edges,
         const struct beat *beat)
{
    struct arena *arena = all->arena;
    struct pulse p = { .level = LEVEL_UNKNOWN };
    const char *text = "";

    take_pulse(&p, beat, snapshot_answer(q->snapshot, "health.services"),
               snapshot_answer(q->snapshot, "health.targets"));
    if (!p.has_tasks && !p.has_targets)
        return;
    if (p.has_tasks && p.is_untold)
        text = ", how many tasks run ECS did not tell";
    else if (p.has_tasks)
        text = arena_printf(arena, ", %" PRId64 " of %s run%s", p.running,
                            counted(arena, (double)p.desired, "task"), p.running == 1 ? "s" : "");
    if (p.has_targets)
        text = arena_printf(arena, "%s, %zu of %s healthy", text, p.healthy,
                            counted(arena, (double)p.targets, "target"));
    text = arena_printf(arena, "%s%s", text, load_text(arena, q, &edges->evidence[beat->load]));
    things_add(all, beat->name, p.level, 0,
               arena_printf(arena, "%s%s", text + 2, things_origin(q)));
}

/* Nothing is known of them, which is not the same as that there are none. */
static void
add_refusal(struct things *all, const char *name, const struct answer *answer)
{
    if (answer != NULL && answer->got_ms == 0 && answer->failure != NULL)
        things_add(all, name, LEVEL_UNKNOWN, 0, answer->failure);
}

void
services_add(struct things *all, const struct view_query *q, const struct edges *edges)
{
    const struct answer *services = snapshot_answer(q->snapshot, "health.services");
    const struct answer *targets = snapshot_answer(q->snapshot, "health.targets");

    for (size_t i = 0; i < sizeof beats / sizeof beats[0]; i++)
        add_beat(all, q, edges, &beats[i]);
    add_refusal(all, "ECS services", services);
    add_refusal(all, "load balancers", targets);
    for (size_t i = 0; services != NULL && i < services->service_count; i++)
        add_service(all, q, &services->services[i]);
    for (size_t i = 0; targets != NULL && i < targets->target_count; i++)
        add_group(all, q, &targets->targets[i]);
}
