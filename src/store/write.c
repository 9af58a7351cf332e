/* write.c - one submit's data as flat records.
 * SPDX-License-Identifier: MIT
 *
 * The caller's structs are written one behind the other into a single growing buffer, so handing
 * data to the writer thread costs two allocations whatever is in it. Texts lie behind their length;
 * the writer interns them without copying. */
#include "config.h"

#include "store/write.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/store_inside.h"

struct store_write *
store_write_new(struct store *store)
{
    struct store_write *write = xcalloc(1, sizeof *write);

    write->made_ms = store == NULL ? 0 : clock_now_ms(store->clock);
    buf_init(&write->bytes, WRITE_BYTES_MAX);
    buf_room(&write->bytes, 1000);
    return write;
}

void
store_write_free(struct store_write *write)
{
    if (write == NULL)
        return;
    buf_fini(&write->bytes);
    free(write);
}

bool
store_write_is_empty(const struct store_write *write)
{
    return write->bytes.len == 0;
}

static void
add_text(struct buf *b, const char *text)
{
    pack_text(b, text == NULL ? "" : text);
}

void
store_write_vitals(struct store_write *write, const struct vitals_post *post)
{
    struct buf *b = &write->bytes;

    pack_u8(b, RECORD_VITALS);
    pack_signed(b, post->received_ms);
    pack_varint(b, post->duration_us);
    buf_add(b, post->request_id, 16);
    add_text(b, post->environment);
    add_text(b, post->session_id);
    add_text(b, post->user_agent);
    pack_varint(b, post->sample_count);
    for (size_t i = 0; i < post->sample_count; i++) {
        const struct vital_sample *s = &post->samples[i];

        pack_u8(b, (uint8_t)s->vital);
        pack_u8(b, (uint8_t)((unsigned)s->rating | (unsigned)s->claimed << 4));
        pack_f64(b, s->value);
        add_text(b, s->url);
        add_text(b, s->route);
        pack_signed(b, s->page_time_ms);
    }
}

static uint64_t
group_of(const struct error_report *report)
{
    struct arena *arena = arena_new();
    struct fingerprint print;

    fingerprint_make(&print, arena, report->type == NULL ? "" : report->type,
                     report->message == NULL ? "" : report->message,
                     report->stack == NULL ? "" : report->stack);
    arena_free(arena);
    return print.id;
}

void
store_write_error(struct store_write *write, const struct error_report *report)
{
    struct buf *b = &write->bytes;

    pack_u8(b, RECORD_ERROR);
    pack_varint(b, group_of(report));
    pack_signed(b, report->received_ms);
    pack_varint(b, report->duration_us);
    buf_add(b, report->request_id, 16);
    buf_add(b, report->error_id, 16);
    add_text(b, report->environment);
    add_text(b, report->session_id);
    add_text(b, report->user_agent);
    add_text(b, report->message);
    add_text(b, report->stack);
    add_text(b, report->type);
    add_text(b, report->url);
    add_text(b, report->route);
    add_text(b, report->component_stack);
    pack_signed(b, report->page_time_ms);
}

void
write_fan_key(struct buf *b, const struct metric_datum *datum)
{
    pack_u8(b, (uint8_t)datum->unit);
    pack_u8(b, datum->high_resolution);
    add_text(b, datum->namespace_name);
    add_text(b, datum->metric);
    pack_varint(b, datum->set_count);
    for (size_t i = 0; i < datum->set_count; i++) {
        pack_varint(b, datum->sets[i].count);
        for (size_t k = 0; k < datum->sets[i].count; k++) {
            add_text(b, datum->sets[i].dims[k].name);
            add_text(b, datum->sets[i].dims[k].value);
        }
    }
}

static void
add_values(struct buf *b, const struct metric_datum *datum)
{
    pack_varint(b, datum->value_count);
    for (size_t i = 0; i < datum->value_count; i++) {
        pack_number(b, datum->values[i]);
        if (datum->counts != NULL)
            pack_number(b, datum->counts[i]);
    }
}

void
store_write_datum(struct store_write *write, const struct metric_datum *datum)
{
    struct buf *b = &write->bytes;
    size_t from;
    char *len;

    if (datum->set_count == 0)
        return;
    pack_u8(b, RECORD_DATUM);
    /* The key's length goes in front of it, in four bytes that are filled in afterwards. */
    from = b->len;
    buf_add(b, "\0\0\0\0", 4);
    write_fan_key(b, datum);
    if (buf_failed(b))
        return;
    len = b->data + from;
    for (unsigned i = 0; i < 4; i++)
        len[i] = (char)(uint8_t)((b->len - from - 4) >> (8 * i));
    pack_signed(b, datum->time_ms);
    if (datum->value_count > 0) {
        pack_u8(b, datum->counts == NULL ? DATUM_ONCE : DATUM_COUNTED);
        add_values(b, datum);
        return;
    }
    pack_u8(b, DATUM_STATISTICS);
    pack_number(b, datum->statistics.count);
    pack_number(b, datum->statistics.sum);
    pack_number(b, datum->statistics.min);
    pack_number(b, datum->statistics.max);
}

void
store_write_logs(struct store_write *write, const char *group, const char *stream,
                 const struct log_event *events, size_t count, int64_t ingested_ms)
{
    struct buf *b = &write->bytes;

    pack_u8(b, RECORD_LOGS);
    add_text(b, group);
    add_text(b, stream);
    pack_signed(b, ingested_ms);
    pack_varint(b, count);
    for (size_t i = 0; i < count; i++) {
        pack_signed(b, events[i].time_ms);
        pack_blob(b, events[i].message, events[i].message_len);
    }
}
