/* privacy_lines.c - what was found, as lines of a log group.
 * SPDX-License-Identifier: MIT
 *
 * A value is told once for each field and session; what is remembered for that is bounded, so after
 * very many it may be told again. */
#include "config.h"

#include "emulator/privacy_own.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/iso8601.h"
#include "emulator/changes.h"
#include "emulator/metric_filters.h"
#include "emulator/parts.h"
#include "emulator/service_metrics.h"
#include "store/store.h"

#define TOLD_MAX 65536 /* values that are remembered so as not to be told again */

struct privacy_lines
privacy_lines_begin(struct privacy *p, const char *stream)
{
    return (struct privacy_lines){ .p = p,
                                   .write = store_write_new(emulator_store(p->em)),
                                   .stream = stream,
                                   .now_ms = clock_now_ms(emulator_clock(p->em)) };
}

static void
add_line(struct privacy_lines *lines, const struct buf *text)
{
    const struct log_event event = { .time_ms = lines->now_ms,
                                     .message = text->data,
                                     .message_len = text->len };
    struct emulator *em = lines->p->em;

    if (buf_failed(text))
        return;
    store_write_logs(lines->write, PII_LOG_GROUP, lines->stream, &event, 1, lines->now_ms);
    if (metric_filters_apply(emulator_metric_filters(em), lines->write, PII_LOG_GROUP, &event, 1))
        service_metrics_wake(emulator_service_metrics(em));
}

void
privacy_lines_tell(struct privacy_lines *lines, const struct pii_finding *finding)
{
    struct buf text;

    buf_init(&text, PRIVACY_LINE_MAX);
    pii_finding_print(&text, finding);
    add_line(lines, &text);
    buf_fini(&text);
    lines->findings++;
}

void
privacy_lines_tell_unsearched(struct privacy_lines *lines, const char *session, uint64_t count,
                              const char *what)
{
    char time[ISO8601_TEXT];
    struct buf text;

    buf_init(&text, PRIVACY_LINE_MAX);
    iso8601_format_ms(lines->now_ms, time);
    buf_addf(&text,
             "{\"timestamp\":\"%s\",\"level\":\"WARN\",\"message\":\"not searched for personal "
             "data: %" PRIu64 " %s\",\"functionName\":\"" PII_FUNCTION "\",\"requestId\":\"%s\","
             "\"unsearched\":%" PRIu64 "}",
             time, count, what, session, count);
    add_line(lines, &text);
    buf_fini(&text);
}

bool
privacy_lines_commit(struct privacy_lines *lines, bool has_lines)
{
    struct privacy *p = lines->p;
    struct err err = { 0 };

    if (store_submit_wait(emulator_store(p->em), lines->write, &err) != OK)
        return false;
    atomic_fetch_add(&p->findings, lines->findings);
    if (has_lines)
        changes_poke(emulator_changes(p->em));
    return true;
}

bool
privacy_was_told(struct privacy *p, const struct pii_finding *f, const uint8_t hash[16])
{
    struct buf key;
    bool was;

    buf_init(&key, PRIVACY_LINE_MAX);
    buf_add(&key, hash, 16);
    buf_addf(&key, "%s\n%s\n%s\n%s", f->source, f->message, f->field, f->session);
    was = table_find(&p->told, key.data, key.len) != NULL;
    if (!was && p->told.count >= TOLD_MAX)
        table_clear(&p->told);
    if (!was)
        table_add(&p->told, key.data, key.len);
    buf_fini(&key);
    return was;
}
