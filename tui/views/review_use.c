/* review_use.c - how busy was what costs money, and what to do about it.
 * SPDX-License-Identifier: MIT
 *
 * One number each over the whole month, so a review asks CloudWatch for few metrics. The five
 * actions are the document's "Optimization Actions" (S3, ECS, NAT, Grafana) and the load balancers,
 * which below 100 users cost more than they carry. Nothing is advised without its evidence: where a
 * number is missing, the action says which. */
#include "config.h"

#include "tui/views/review.h"

#include "base/day.h"
#include "tui/format.h"
#include "tui/views/known_tags.h"
#include "tui/views/parts.h"

#include <math.h>
#include <string.h>

#define SOURCE     "CloudWatch GetMetricData"
#define MOST       40   /* resources of a kind */
#define IDLE       20.0 /* percent on average; and never above ... */
#define IDLE_PEAK  50.0
#define GROWTH     1.1  /* a bucket that lets go of what is old stays within that */
#define DATA_SHARE 0.25 /* of a NAT gateway's cost */
#define FEW        1.0  /* requests a second */
#define DAY_S      86400

/* What is looked at: one row of each resource that publishes it. */
static const struct measure {
    const char *kind;
    const char *namespace_name, *metric;
    const char *dimension; /* the resource's name */
    size_t dimensions;     /* in the set that is looked at */
    const char *word;
    const char *stat, *peak; /* NULL: there is none worth telling */
    enum quantity quantity;
    bool is_judged; /* as idle or not, by percent */
} measures[] = {
    { "ECS service", "AWS/ECS", "CPUUtilization", "ServiceName", 2, "CPU", "Average", "Maximum",
      QUANTITY_PERCENT, true },
    { "ECS service", "AWS/ECS", "MemoryUtilization", "ServiceName", 2, "memory", "Average",
      "Maximum", QUANTITY_PERCENT, true },
    { "database", "AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", 1, "CPU", "Average",
      "Maximum", QUANTITY_PERCENT, true },
    { "load balancer", "AWS/ApplicationELB", "RequestCount", "LoadBalancer", 1, "requests", "Sum",
      NULL, QUANTITY_COUNT, false },
    { "NAT gateway", "AWS/NATGateway", "BytesOutToDestination", "NatGatewayId", 1, "bytes out",
      "Sum", NULL, QUANTITY_BYTES, false },
    { "NAT gateway", "AWS/NATGateway", "BytesInFromDestination", "NatGatewayId", 1, "bytes in",
      "Sum", NULL, QUANTITY_BYTES, false },
    { "bucket", "AWS/S3", "BucketSizeBytes", "BucketName", 2, "size", "Average", NULL,
      QUANTITY_BYTES, false },
};
#define MEASURES (sizeof measures / sizeof measures[0])
enum { SERVICE_CPU, SERVICE_MEMORY, DATABASE_CPU, REQUESTS, BYTES_OUT, BYTES_IN, BUCKET_SIZE };

/* --- asking ----------------------------------------------------------------------------------- */

static const char *
names_key(struct arena *arena, const struct measure *m)
{
    return arena_printf(arena, "review.names.%s", m->namespace_name);
}

static bool
is_of(const struct measure *m, const struct series_key *key)
{
    return strcmp(key->namespace_name, m->namespace_name) == 0 &&
           strcmp(key->metric, m->metric) == 0 && key->dims.count == m->dimensions &&
           dimension_value(&key->dims, m->dimension) != NULL;
}

static const char *
id_of(struct arena *arena, size_t measure, const char *name, const char *what)
{
    return arena_printf(arena, "%zu.%s.%s", measure, what, name);
}

/* A bucket's size is published once a day, and its first and last day are compared. */
static int32_t
period_of(size_t measure)
{
    return measure == BUCKET_SIZE ? DAY_S : 0;
}

static void
add_measure(struct query_list *queries, const struct review_month *review, size_t i)
{
    const struct measure *m = &measures[i];
    const struct answer *names = snapshot_answer(review->q->snapshot, names_key(review->arena, m));
    size_t left = MOST;

    for (size_t k = 0; names != NULL && k < names->name_count && left > 0; k++) {
        const struct series_key *key = &names->names[k];
        const char *name;

        if (!is_of(m, key))
            continue;
        left--;
        name = dimension_value(&key->dims, m->dimension);
        query_add(queries, id_of(review->arena, i, name, "mean"), key, m->stat, period_of(i));
        if (m->peak != NULL)
            query_add(queries, id_of(review->arena, i, name, "peak"), key, m->peak, 0);
    }
}

void
review_ask_use(struct ask_list *asks, const struct review_month *review)
{
    struct query_list queries = { .arena = review->arena };

    known_tags_ask(asks, review->q);
    for (size_t i = 0; i < MEASURES; i++) {
        ask_list_add(asks, &(struct ask){ .key = names_key(review->arena, &measures[i]),
                                          .kind = ASK_METRIC_NAMES,
                                          .range = review->q->range,
                                          .namespace_name = measures[i].namespace_name });
        add_measure(&queries, review, i);
    }
    if (queries.count > 0)
        ask_list_add(asks, &(struct ask){ .key = "review.use",
                                          .kind = ASK_METRICS,
                                          .range = review->q->range,
                                          .queries = queries.items,
                                          .query_count = queries.count });
}

/* --- how busy --------------------------------------------------------------------------------- */

enum { NAME, COMPONENT, KIND, MEASURE, MEAN, PEAK, VERDICT, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [NAME] =    { .name = "resource", .kind = CELL_TEXT, .is_flexible = true },
    [COMPONENT] = { .name = "component", .kind = CELL_TEXT },
    [KIND] =    { .name = "kind", .kind = CELL_TEXT },
    [MEASURE] = { .name = "measure", .kind = CELL_TEXT },
    [MEAN] =    { .name = "month", .kind = CELL_NUMBER },
    [PEAK] =    { .name = "peak", .kind = CELL_NUMBER },
    [VERDICT] = { .name = "verdict", .kind = CELL_TEXT },
};
/* clang-format on */

/* What one resource was measured at; `mean` is a sum where the measure sums. */
struct use {
    const char *name;
    const char *component; /* its tag; "" when it has none, or its tags are not known */
    size_t measure;
    double mean, peak;
    double first, last; /* of a series by days */
    bool is_idle;
};

struct uses {
    struct use *list;
    size_t count;
};

static void
read_days(struct use *use, const struct answer *answer, const char *id)
{
    const struct metric_points *points = answer_points(answer, id);

    use->first = use->last = use->mean = (double)NAN;
    if (points == NULL || points->count == 0)
        return;
    use->first = points->values[0];
    use->last = points->values[points->count - 1];
    use->mean = use->last;
}

static void
read_use(struct use *use, const struct review_month *review, const struct answer *answer)
{
    const struct measure *m = &measures[use->measure];
    const char *mean = id_of(review->arena, use->measure, use->name, "mean");

    use->peak = m->peak == NULL
                    ? (double)NAN
                    : answer_value(answer, id_of(review->arena, use->measure, use->name, "peak"));
    if (period_of(use->measure) != 0)
        read_days(use, answer, mean);
    else
        use->mean = answer_value(answer, mean);
    use->is_idle = m->is_judged && use->mean < IDLE && use->peak < IDLE_PEAK;
}

/* A metric's dimension names a service alone, its ARN the cluster before it. */
static bool
is_called(const struct tagged_resource *resource, const char *name)
{
    const char *slash = strrchr(resource->name, '/');

    return strcmp(resource->name, name) == 0 || (slash != NULL && strcmp(slash + 1, name) == 0);
}

static const char *
component_of(const struct known_tags *tags, const char *name)
{
    const char *component = NULL;

    for (size_t i = 0; i < tags->count && component == NULL; i++) {
        if (is_called(tags->items[i].resource, name))
            component = tag_find(tags->items[i].resource, "Component");
    }
    return component == NULL ? "" : component;
}

static struct uses
read_uses(const struct review_month *review)
{
    const struct answer *answer = snapshot_answer(review->q->snapshot, "review.use");
    struct uses all = { .list = arena_alloc(review->arena, MEASURES * MOST * sizeof *all.list) };
    struct known_tags tags;

    known_tags_read(&tags, review->arena, review->q);
    for (size_t i = 0; answer != NULL && i < MEASURES; i++) {
        const struct answer *names =
            snapshot_answer(review->q->snapshot, names_key(review->arena, &measures[i]));
        size_t left = MOST;

        for (size_t k = 0; names != NULL && k < names->name_count && left > 0; k++) {
            const struct series_key *key = &names->names[k];
            struct use *use = &all.list[all.count];

            if (!is_of(&measures[i], key))
                continue;
            left--;
            *use = (struct use){ .name = dimension_value(&key->dims, measures[i].dimension),
                                 .measure = i };
            use->component = component_of(&tags, use->name);
            read_use(use, review, answer);
            all.count++;
        }
    }
    return all;
}

static void
fill_row(struct row *row, struct arena *arena, const struct use *use)
{
    const struct measure *m = &measures[use->measure];
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);

    cells[NAME] = cell_text(use->name, LEVEL_NONE);
    cells[COMPONENT] = cell_text(use->component, LEVEL_NONE);
    cells[KIND] = cell_text(m->kind, LEVEL_NONE);
    cells[MEASURE] = cell_text(m->word, LEVEL_NONE);
    cells[MEAN] = cell_number(use->mean, m->quantity, LEVEL_NONE);
    if (m->peak != NULL)
        cells[PEAK] = cell_number(use->peak, m->quantity, LEVEL_NONE);
    if (isnan(use->mean))
        cells[VERDICT] = cell_text("no data", LEVEL_UNKNOWN);
    else if (m->is_judged)
        cells[VERDICT] =
            cell_text(use->is_idle ? "underused" : "in use", use->is_idle ? LEVEL_WARN : LEVEL_OK);
    *row = (struct row){ .key = arena_printf(arena, "%s %s", use->name, m->word),
                         .cells = cells,
                         .level = use->is_idle ? LEVEL_WARN : LEVEL_NONE };
}

/* Where the numbers of both panels come from. */
static void
add_sources(struct panel *panel, const struct review_month *review)
{
    known_tags_source(panel, review->q);
    for (size_t i = 0; i < MEASURES; i++)
        panel_source(panel, SOURCE, review->q,
                     snapshot_answer(review->q->snapshot, names_key(review->arena, &measures[i])));
    if (snapshot_answer(review->q->snapshot, "review.use") != NULL)
        panel_source(panel, SOURCE, review->q, snapshot_answer(review->q->snapshot, "review.use"));
}

static void
build_uses(struct panel *panel, const struct review_month *review, const struct uses *all)
{
    struct arena *arena = review->arena;
    struct row *rows = arena_alloc(arena, (all->count + 1) * sizeof *rows);
    struct grid *grid = arena_alloc(arena, sizeof *grid);

    for (size_t i = 0; i < all->count; i++)
        fill_row(&rows[i], arena, &all->list[i]);
    *grid = (struct grid){ .name = "use",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = all->count,
                           .sort_column = -1,
                           .empty = "no service of the stack has published a metric in the last "
                                    "two weeks, which is how far back ListMetrics looks" };
    *panel = (struct panel){ .name = "use",
                             .title = "how busy it was",
                             .note = arena_printf(arena,
                                                  "underused: below %.0f %% on average and never "
                                                  "above %.0f %%",
                                                  IDLE, IDLE_PEAK),
                             .grid = grid };
    add_sources(panel, review);
}

/* --- what to do ------------------------------------------------------------------------------- */

enum { ACTION, ADVICE, COST, EVIDENCE, ACTION_COLUMNS };

/* clang-format off */
static const struct column action_columns[ACTION_COLUMNS] = {
    [ACTION] =   { .name = "about", .kind = CELL_TEXT },
    [ADVICE] =   { .name = "advice", .kind = CELL_TEXT },
    [COST] =     { .name = "cost", .kind = CELL_NUMBER, .quantity = QUANTITY_MICROUSD },
    [EVIDENCE] = { .name = "evidence", .kind = CELL_TEXT, .is_flexible = true },
};
/* clang-format on */

struct advice {
    enum level level; /* LEVEL_UNKNOWN: what would decide is not known */
    const char *text;
    int64_t microusd;
    const char *evidence;
};

static const char *const components[] = { "Infrastructure", "OpenReplay",  "Umami", "CloudWatch",
                                          "Grafana",        "Application", "" };

static int64_t
spent_on_all(const struct review_month *review, const char *resource)
{
    int64_t sum = 0;

    for (size_t i = 0; i < sizeof components / sizeof components[0]; i++)
        sum += review_spent_on(review, components[i], resource);
    return sum;
}

/* What a component cost in all. */
static int64_t
spent_by(const struct review_month *review, const char *component)
{
    const struct answer *answer = review->by_resource;
    int64_t sum = 0;

    for (size_t i = 0; answer != NULL && i < answer->cost_count; i++) {
        const struct bill_row *row = &answer->costs[i];

        if (row->day >= review->first && row->day < review->end &&
            strcmp(row->keys[0], component) == 0)
            sum += row->microusd;
    }
    return sum;
}

static struct advice
advise_buckets(const struct review_month *review, const struct uses *all)
{
    struct advice advice = { .level = LEVEL_UNKNOWN,
                             .text = "unknown",
                             .microusd = review_spent_on(review, "OpenReplay", "S3Bucket"),
                             .evidence = "no size of a bucket of OpenReplay's in this month" };
    double worst = 0;

    for (size_t i = 0; i < all->count; i++) {
        const struct use *use = &all->list[i];
        char first[FORMAT_TEXT], last[FORMAT_TEXT];

        if (use->measure != BUCKET_SIZE || strcmp(use->component, "OpenReplay") != 0 ||
            !(use->last / use->first > worst))
            continue;
        worst = use->last / use->first;
        format_quantity(first, use->first, QUANTITY_BYTES);
        format_quantity(last, use->last, QUANTITY_BYTES);
        advice.evidence = arena_printf(review->arena, "%s: %s at the beginning, %s at the end",
                                       use->name, first, last);
        advice.level = worst > GROWTH ? LEVEL_WARN : LEVEL_OK;
        advice.text = worst > GROWTH ? "verify that the 30-day lifecycle rule works" : "none";
    }
    return advice;
}

static struct advice
advise_services(const struct review_month *review, const struct uses *all)
{
    struct advice advice = { .level = LEVEL_UNKNOWN,
                             .text = "unknown",
                             .microusd = spent_on_all(review, "ECSService"),
                             .evidence = "no CPUUtilization of a service in this month" };
    const char *idle = "", *busy = "";

    for (size_t i = 0; i < all->count; i++) {
        const struct use *use = &all->list[i];
        const char **list = use->is_idle ? &idle : &busy;

        if (use->measure != SERVICE_CPU || isnan(use->mean))
            continue;
        *list = arena_printf(review->arena, "%s%s%s: CPU %.0f %% on average, %.0f %% at most",
                             *list, **list == '\0' ? "" : "; ", use->name, use->mean, use->peak);
    }
    if (*idle != '\0')
        return (struct advice){
            LEVEL_WARN,
            "fewer tasks, or less CPU and memory for each (Fargate has no less than 0.25 vCPU)",
            advice.microusd, idle
        };
    if (*busy != '\0')
        return (struct advice){ LEVEL_OK, "none", advice.microusd, busy };
    return advice;
}

static double
sum_of(const struct uses *all, size_t measure, size_t *count)
{
    double sum = 0;

    *count = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (all->list[i].measure != measure || isnan(all->list[i].mean))
            continue;
        sum += all->list[i].mean;
        ++*count;
    }
    return sum;
}

static struct advice
advise_nat(const struct review_month *review, const struct uses *all)
{
    size_t out_count, in_count;
    double bytes = sum_of(all, BYTES_OUT, &out_count) + sum_of(all, BYTES_IN, &in_count);
    double usd = view_price_usd(review->q, PRICE_NAT_GB, bytes / 1e9);
    struct advice advice = { .level = LEVEL_UNKNOWN,
                             .text = "unknown",
                             .microusd = spent_on_all(review, "NATGateway"),
                             .evidence = "no traffic of a NAT gateway in this month" };
    char text[FORMAT_TEXT];
    bool is_much;

    if (out_count + in_count == 0)
        return advice;
    is_much = usd * 1e6 > DATA_SHARE * (double)advice.microusd;
    format_quantity(text, bytes, QUANTITY_BYTES);
    advice.level = is_much ? LEVEL_WARN : LEVEL_OK;
    advice.text =
        is_much ? "review what is transferred, S3 and ECR through endpoints first" : "none";
    advice.evidence =
        arena_printf(review->arena, "%s, listed at $%.2f; the rest is its hours", text, usd);
    return advice;
}

static struct advice
advise_grafana(const struct review_month *review, const struct uses *all)
{
    double editor_usd = view_price_usd(review->q, PRICE_GRAFANA_EDITOR, 1);
    int64_t spent = spent_by(review, "Grafana");
    bool is_above = (double)spent > editor_usd * 1e6 + 0.5;

    (void)all;
    return (struct advice){
        .level = is_above ? LEVEL_WARN : LEVEL_OK,
        .text = is_above ? "count who uses it: each editor and viewer is paid for" : "none",
        .microusd = spent,
        .evidence = arena_printf(review->arena, "one editor is $%.2f a month", editor_usd)
    };
}

static struct advice
advise_balancers(const struct review_month *review, const struct uses *all)
{
    int64_t end_ms = review->is_open ? review->q->now_ms : review->end * DAY_MS;
    double seconds = (double)(end_ms - review->first * DAY_MS) / 1000;
    size_t count;
    double rate = sum_of(all, REQUESTS, &count) / seconds;
    bool is_few = count > 1 && rate < FEW;
    struct advice advice = { .level = LEVEL_UNKNOWN,
                             .text = "unknown",
                             .microusd = spent_on_all(review, "ALB"),
                             .evidence = "no requests at a load balancer in this month" };

    if (count == 0)
        return advice;
    advice.level = is_few ? LEVEL_WARN : LEVEL_OK;
    advice.text = is_few ? "let one load balancer serve all target groups" : "none";
    advice.evidence = arena_printf(review->arena, "%s, together %.2f requests a second",
                                   counted(review->arena, (double)count, "load balancer"), rate);
    return advice;
}

static const struct {
    const char *about;
    struct advice (*advise)(const struct review_month *review, const struct uses *all);
} actions[] = {
    { "OpenReplay S3", advise_buckets },    { "ECS services", advise_services },
    { "NAT gateway", advise_nat },          { "Grafana", advise_grafana },
    { "load balancers", advise_balancers },
};
#define ACTIONS (sizeof actions / sizeof actions[0])

static void
build_actions(struct panel *panel, const struct review_month *review, const struct uses *all)
{
    struct arena *arena = review->arena;
    struct row *rows = arena_alloc(arena, ACTIONS * sizeof *rows);
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    bool is_told = review_is_told(review->by_resource);

    for (size_t i = 0; is_told && i < ACTIONS; i++) {
        struct cell *cells = arena_alloc(arena, ACTION_COLUMNS * sizeof *cells);
        struct advice advice = actions[i].advise(review, all);

        cells[ACTION] = cell_text(actions[i].about, LEVEL_NONE);
        cells[ADVICE] = cell_text(advice.text, advice.level);
        cells[COST] = cell_number((double)advice.microusd, QUANTITY_MICROUSD, LEVEL_NONE);
        cells[EVIDENCE] = cell_text(advice.evidence, LEVEL_NONE);
        rows[i] = (struct row){ .key = actions[i].about, .cells = cells, .level = advice.level };
    }
    *grid = (struct grid){ .name = "actions",
                           .columns = action_columns,
                           .column_count = ACTION_COLUMNS,
                           .rows = rows,
                           .row_count = is_told ? ACTIONS : 0,
                           .sort_column = -1,
                           .empty = "without the costs there is nothing to advise" };
    *panel = (struct panel){ .name = "actions", .title = "what to do", .grid = grid };
    panel_source(panel, "Cost Explorer and CloudWatch", review->q, review->by_resource);
    add_sources(panel, review);
}

void
review_build_use(struct panel panels[REVIEW_USE_PANELS], const struct review_month *review)
{
    struct uses all = read_uses(review);

    build_actions(&panels[0], review, &all);
    build_uses(&panels[1], review, &all);
}
