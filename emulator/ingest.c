/* ingest.c - one pass over a batch of lines.
 * SPDX-License-Identifier: MIT
 *
 * Consecutive lines of one group and stream go to the store in one call, and the AWS/Logs metrics
 * are summed up per group and batch, so a busy socket does not pay per line for either. */
#include "config.h"

#include "emulator/ingest.h"

#include <stdio.h>
#include <string.h>

#include "domain/emf.h"
#include "domain/limits.h"
#include "domain/metric.h"
#include "emulator/changes.h"
#include "emulator/metric_filters.h"
#include "emulator/parts.h"
#include "emulator/privacy.h"
#include "emulator/service_metrics.h"
#include "emulator/tally.h"

#define GROUPS_MAX 16 /* groups whose sums are kept open at a time */

struct group_sum {
    const char *group;
    double bytes, lines, invalid, malformed;
};

/* The verdict on a document without fault; mostly the next one gets the same. */
struct praise {
    size_t values, series;
    char text[64];
};

struct batch {
    struct store_write *write;
    const struct ingest *in;
    struct praise praise;
    struct arena *names; /* groups and streams that documents named */
    struct group_sum sums[GROUPS_MAX];
    size_t sum_count;
    /* the run of lines that go to the same place */
    const char *group, *stream;
    const struct log_event *first;
    size_t run;
};

static bool
is_same(const char *a, const char *b)
{
    return a == b || strcmp(a, b) == 0;
}

/* --- AWS/Logs --------------------------------------------------------------------------------- */

static void
put_metric(struct batch *b, const char *group, const char *metric, enum unit unit, double value)
{
    const struct dimension dim = { "LogGroupName", group };
    const struct dimension_set sets[] = { { &dim, 1 }, { NULL, 0 } }; /* and all groups */
    const struct metric_datum datum = {
        .namespace_name = "AWS/Logs",
        .metric = metric,
        .unit = unit,
        .time_ms = b->in->now_ms,
        .sets = sets,
        .set_count = 2,
        .values = &value,
        .value_count = 1,
    };

    store_write_datum(b->write, &datum);
}

static void
put_sums(struct batch *b)
{
    for (size_t i = 0; i < b->sum_count; i++) {
        const struct group_sum *s = &b->sums[i];

        put_metric(b, s->group, "IncomingBytes", UNIT_BYTES, s->bytes);
        put_metric(b, s->group, "IncomingLogEvents", UNIT_COUNT, s->lines);
        if (s->invalid > 0)
            put_metric(b, s->group, "EMFValidationErrors", UNIT_COUNT, s->invalid);
        if (s->malformed > 0)
            put_metric(b, s->group, "EMFParsingErrors", UNIT_COUNT, s->malformed);
    }
    b->sum_count = 0;
}

static struct group_sum *
sum_of(struct batch *b, const char *group)
{
    for (size_t i = 0; i < b->sum_count; i++) {
        if (is_same(b->sums[i].group, group))
            return &b->sums[i];
    }
    if (b->sum_count == GROUPS_MAX)
        put_sums(b);
    b->sums[b->sum_count] = (struct group_sum){ .group = group };
    return &b->sums[b->sum_count++];
}

/* --- the intake ---------------------------------------------------------------------------------
 */

static void
print_faults(struct buf *headers, const struct emf_result *doc)
{
    for (size_t i = 0; i < doc->fault_count; i++) {
        const struct emf_fault *f = &doc->faults[i];

        buf_addf(headers, "Fault: %s at %s: %s\n", f->rule, *f->pointer == '\0' ? "/" : f->pointer,
                 f->text);
        buf_addf(headers, "Fix: %s\n", f->fix);
    }
}

static const char *
praise(struct praise *last, const struct emf_result *doc)
{
    size_t values = (size_t)doc->value_count, series = 0;

    for (size_t i = 0; i < doc->datum_count; i++)
        series += doc->data[i].set_count;
    if (last->text[0] == '\0' || last->values != values || last->series != series) {
        last->values = values;
        last->series = series;
        snprintf(last->text, sizeof last->text, "%zu value%s, %zu series", values,
                 values == 1 ? "" : "s", series);
    }
    return last->text;
}

static const char *
verdict_on(struct batch *b, const struct emf_result *doc, char text[static INTAKE_VERDICT_MAX])
{
    const struct emf_fault *f = doc->faults;

    if (doc->fault_count == 0)
        return doc->kind == EMF_PLAIN ? "not EMF: the CloudWatch agent drops such lines"
                                      : praise(&b->praise, doc);
    snprintf(text, INTAKE_VERDICT_MAX, "%s: %s", *f->pointer == '\0' ? "/" : f->pointer, f->text);
    return text;
}

static void
show(struct batch *b, const char *group, const struct log_event *event,
     const struct emf_result *doc)
{
    const struct ingest *in = b->in;
    char verdict[INTAKE_VERDICT_MAX];
    struct buf headers;

    buf_init(&headers, INTAKE_HEADERS_MAX);
    print_faults(&headers, doc);
    intake_add(emulator_intake(in->em),
               &(struct intake_item){
                   .kind = in->kind,
                   .has_fault = doc->fault_count > 0 || doc->kind != EMF_DOCUMENT,
                   .time_ms = in->now_ms,
                   .size = event->message_len,
                   .peer = in->peer,
                   .method = "EMF",
                   .path = group,
                   .verdict = verdict_on(b, doc, verdict),
                   .reason = doc->fault_count > 0     ? doc->faults[0].rule
                             : doc->kind == EMF_PLAIN ? "not-emf"
                                                      : "",
                   .headers = headers.data,
                   .headers_len = headers.len,
                   .body = event->message,
                   .body_len = event->message_len,
               });
    buf_fini(&headers);
}

/* --- lines
 * ---------------------------------------------------------------------------------------- */

static void
flush_run(struct batch *b)
{
    if (b->run > 0) {
        store_write_logs(b->write, b->group, b->stream, b->first, b->run, b->in->now_ms);
        privacy_take_lines(emulator_privacy(b->in->em), b->group, b->first, b->run);
        if (metric_filters_apply(emulator_metric_filters(b->in->em), b->write, b->group, b->first,
                                 b->run))
            service_metrics_wake(emulator_service_metrics(b->in->em));
    }
    b->run = 0;
}

static void
add_to_run(struct batch *b, const char *group, const char *stream, const struct log_event *event)
{
    if (b->run > 0 && is_same(b->group, group) && is_same(b->stream, stream)) {
        b->run++;
        return;
    }
    flush_run(b);
    b->group = group;
    b->stream = stream;
    b->first = event;
    b->run = 1;
}

/* `name` itself dies with its document; consecutive lines mostly name the same. */
static const char *
keep_name(struct batch *b, const char *name, const char *otherwise, const char *last)
{
    if (!b->in->by_document || name == NULL || *name == '\0')
        return otherwise;
    if (last != NULL && strcmp(last, name) == 0)
        return last;
    return arena_strdup(b->names, name);
}

/* `arena` is for this line alone. */
static void
take_line(struct batch *b, struct arena *arena, const struct log_event *event,
          struct ingest_result *out)
{
    const struct ingest *in = b->in;
    const char *group, *stream;
    struct group_sum *sum;
    struct emf_result doc;

    emf_read(&doc, arena, event->message, event->message_len, in->now_ms);
    for (size_t i = 0; i < doc.datum_count; i++)
        store_write_datum(b->write, &doc.data[i]);
    group = keep_name(b, doc.log_group, in->group, b->group);
    stream = keep_name(b, doc.log_stream, in->stream, b->stream);
    add_to_run(b, group, stream, event);

    sum = sum_of(b, group);
    sum->lines++;
    sum->bytes += (double)(event->message_len + LIMIT_LOG_EVENT_EXTRA);
    if (doc.kind == EMF_MALFORMED)
        sum->malformed++;
    else if (doc.kind != EMF_PLAIN && doc.fault_count > 0)
        sum->invalid++;
    out->documents += doc.kind == EMF_DOCUMENT;
    out->faulty += doc.fault_count > 0;
    out->plain += doc.kind == EMF_PLAIN;
    out->values += doc.value_count;
    if (doc.kind != EMF_PLAIN || doc.fault_count > 0 || in->emf_only)
        show(b, group, event, &doc);
}

void
ingest_log_lines(struct store_write *write, struct arena *arena, const struct ingest *in,
                 const struct log_event *events, size_t count, struct ingest_result *out)
{
    struct tally *tally = emulator_tally(in->em);
    struct batch b = { .write = write, .in = in, .names = arena };
    struct arena *line = arena_new();

    *out = (struct ingest_result){ .lines = count };
    for (size_t i = 0; i < count; i++) {
        take_line(&b, line, &events[i], out);
        arena_clear(line);
    }
    arena_free(line);
    flush_run(&b);
    put_sums(&b);
    tally_emf(tally, TALLY_EMF_LINES, count);
    tally_emf(tally, TALLY_EMF_DOCUMENTS, out->documents);
    tally_emf(tally, TALLY_EMF_FAULTY, out->faulty);
    tally_emf(tally, TALLY_EMF_PLAIN, out->plain);
    tally_emf(tally, TALLY_EMF_VALUES, (uint64_t)out->values);
    changes_poke(emulator_changes(in->em));
}

void
ingest_overlong(struct store_write *write, const struct ingest *in, const char *start, size_t len,
                size_t max)
{
    struct batch b = { .write = write, .in = in };
    char verdict[INTAKE_VERDICT_MAX];

    put_metric(&b, in->group, "EMFParsingErrors", UNIT_COUNT, 1);
    tally_emf(emulator_tally(in->em), TALLY_EMF_LINES, 1);
    tally_emf(emulator_tally(in->em), TALLY_EMF_FAULTY, 1);
    snprintf(verdict, sizeof verdict, "line over %zu bytes, dropped: a log event may not be longer",
             max);
    intake_add(emulator_intake(in->em), &(struct intake_item){ .kind = in->kind,
                                                               .has_fault = true,
                                                               .time_ms = in->now_ms,
                                                               .size = max + 1,
                                                               .peer = in->peer,
                                                               .method = "EMF",
                                                               .path = in->group,
                                                               .verdict = verdict,
                                                               .reason = "line-too-long",
                                                               .body = start,
                                                               .body_len = len });
    changes_poke(emulator_changes(in->em));
}
