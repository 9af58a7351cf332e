/* check_aurora.c - CPU and connections of each instance, against the document's lines.
 * SPDX-License-Identifier: MIT
 *
 * "Alert if Aurora CPU exceeds 70% or connection count exceeds 80% of max_connections": the line
 * itself is still well (domain/db_limit.h). What counts is the highest minute of the last hour,
 * since an average over it would hide what happened. Where the maximum of connections is not known,
 * nothing is said about them, above all not that all is well.
 *
 * With --mark it is judged instead what does worse since, as the view compares it: "Aurora
 * performance baseline captured before enhancement; alerts configured if metrics degrade". */
#include "config.h"

#include "cli/check/checks.h"
#include "tui/format.h"
#include "tui/views/aurora_parts.h"

#include <math.h>

#define MAIN "aurora.main"

/* What is judged, and no more: users, storage and events cost requests. */
void
check_aurora_ask(struct ask_list *asks, const struct view_query *q)
{
    struct view_query behind = *q;

    if (q->mark_ms != 0) {
        databases_ask_measures(asks, q);
        return;
    }
    behind.is_behind = true;
    databases_ask(asks, &behind);
}

/* NaN without a value. */
static double
most_of(const struct view_query *q, struct arena *arena, const char *what, const char *instance)
{
    const struct metric_points *points =
        answer_points(snapshot_answer(q->snapshot, MAIN), database_id(arena, what, instance));
    double most = (double)NAN;

    for (size_t i = 0; points != NULL && i < points->count; i++) {
        if (!(most >= points->values[i]))
            most = points->values[i];
    }
    return most;
}

static const enum finding_level levels[] = {
    [DB_CANNOT_JUDGE] = FINDING_UNKNOWN, [DB_WELL] = FINDING_OK, [DB_OVER] = FINDING_FAIL
};

static void
judge_cpu(struct findings *found, struct arena *arena, const char *subject, double percent)
{
    enum db_verdict verdict = db_judge_cpu(percent);
    struct finding finding = { .level = levels[verdict], .rule = "aurora.cpu", .subject = subject };

    if (verdict == DB_CANNOT_JUDGE)
        finding.evidence = "cannot judge: CloudWatch has no CPUUtilization of the last hour";
    else
        finding.evidence = arena_printf(arena, "up to %.1f %% CPU in the last hour", percent);
    if (verdict == DB_OVER) {
        finding.expected = arena_printf(arena, "at most %.0f %%", DB_CPU_LINE);
        finding.fix = "obsview report aurora shows the load by user";
    }
    findings_put(found, &finding);
}

static const char *
connections_evidence(struct arena *arena, const struct db_limit *limit, double connections)
{
    if (isnan(connections))
        return "cannot judge: CloudWatch has no DatabaseConnections of the last hour";
    if (isnan(limit->connections))
        return arena_printf(arena, "cannot judge: up to %.0f connections, of a maximum nobody told",
                            connections);
    return arena_printf(arena, "up to %.0f of %s%.0f connections in the last hour, %.1f %% (%s)",
                        connections, limit->is_estimate ? "about " : "", limit->connections,
                        100 * connections / limit->connections,
                        db_limit_source_name(limit->source));
}

static void
judge_connections(struct findings *found, struct arena *arena, const char *subject,
                  const struct db_limit *limit, double connections)
{
    enum db_verdict verdict = db_judge_connections(connections, limit->connections);
    struct finding finding = { .level = levels[verdict],
                               .rule = "aurora.connections",
                               .subject = subject,
                               .evidence = connections_evidence(arena, limit, connections) };

    if (verdict == DB_OVER) {
        finding.expected =
            arena_printf(arena, "at most %.0f %% of the maximum", DB_CONNECTIONS_LINE);
        finding.fix = "pool connections, or take a larger instance class";
    } else if (isnan(limit->connections))
        finding.fix = "allow rds:DescribeDBClusterParameters and rds:DescribeDBInstances";
    findings_put(found, &finding);
}

static void
judge_database(struct findings *found, struct arena *arena, const struct view_query *q,
               const struct database *db)
{
    if (db->instance_count == 0)
        findings_add(found, FINDING_UNKNOWN, "aurora", NULL,
                     "cannot judge: cluster %s has no instance", db->cluster->id);
    for (size_t i = 0; i < db->instance_count; i++) {
        const char *id = db->instances[i]->id;
        const char *subject = arena_printf(arena, "%s/%s", db->cluster->id, id);

        judge_cpu(found, arena, subject, most_of(q, arena, "cpu", id));
        judge_connections(found, arena, subject, &db->limit, most_of(q, arena, "conn", id));
    }
}

/* --- before and after --- */

static const char *
change_evidence(struct arena *arena, const struct measure *m, const struct db_change *change)
{
    char before[FORMAT_TEXT], after[FORMAT_TEXT];

    if (change->verdict == DB_CHANGE_UNKNOWN)
        return arena_printf(arena, "cannot judge: too few samples of %s before or after", m->name);
    format_quantity(before, change->before, m->series->quantity);
    format_quantity(after, change->after, m->series->quantity);
    return arena_printf(arena, "%s: %s before, %s after", m->name, before, after);
}

static void
judge_changes(struct findings *found, struct arena *arena, const struct view_query *q,
              const struct database *db)
{
    static const enum finding_level by_verdict[] = { [DB_CHANGE_UNKNOWN] = FINDING_UNKNOWN,
                                                     [DB_CHANGE_NONE] = FINDING_OK,
                                                     [DB_CHANGE_WORSE] = FINDING_WARN,
                                                     [DB_CHANGE_OVER] = FINDING_FAIL };
    struct measures all = { .arena = arena };

    aurora_measures_gather(&all, q, db);
    for (size_t i = 0; i < all.count; i++) {
        const struct measure *m = &all.list[i];
        struct db_change change;
        struct finding finding = { .rule = "aurora.change" };

        if (!aurora_change_of(&change, arena, q, m))
            continue;
        finding.level = by_verdict[change.verdict];
        finding.subject = arena_printf(arena, "%s %s", db->cluster->id, m->key);
        finding.evidence = change_evidence(arena, m, &change);
        if (finding.level == FINDING_FAIL || finding.level == FINDING_WARN) {
            finding.expected = "no more than before, but for chance";
            finding.fix = "obsview report aurora shows the load by user";
        }
        findings_put(found, &finding);
    }
}

static size_t
instances_of(const struct databases *all)
{
    size_t count = 0;

    for (size_t i = 0; i < all->count; i++)
        count += all->list[i].instance_count;
    return count;
}

void
check_aurora_judge(struct findings *found, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct databases all;
    bool is_known = check_answer(found, q, "aurora.clusters", "aurora") != NULL;

    databases_find(&all, arena, q);
    if (is_known && all.count == 0)
        findings_add(found, FINDING_UNKNOWN, "aurora", "see --region, --profile and --env",
                     "cannot judge: there is no Aurora cluster here");
    if (is_known && instances_of(&all) > 0)
        is_known = check_answer(found, q, MAIN, "aurora") != NULL;
    for (size_t i = 0; is_known && i < all.count; i++) {
        if (q->mark_ms != 0)
            judge_changes(found, arena, q, &all.list[i]);
        else
            judge_database(found, arena, q, &all.list[i]);
    }
    if (all.left_out > 0)
        findings_add(found, FINDING_UNKNOWN, "aurora", NULL,
                     "cannot judge %zu more clusters: %zu are asked about", all.left_out,
                     all.count);
    arena_free(arena);
}
