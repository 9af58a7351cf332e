/* test_openreplay_batch.c - recorded bodies decode as their oracles say; hostile ones end.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "domain/openreplay_batch.h"
#include "openreplay_captures.h"

static struct captures captures;

static int
load(void **state)
{
    (void)state;
    captures_load(&captures);
    return 0;
}

static int
unload(void **state)
{
    (void)state;
    captures_free(&captures);
    return 0;
}

/* --- the table against the list of the trackers' encoders --------------------------------------
 */

static const char *const type_names[] = { [OPENREPLAY_UINT] = "uint",
                                          [OPENREPLAY_INT] = "int",
                                          [OPENREPLAY_TEXT] = "string",
                                          [OPENREPLAY_BOOL] = "bool" };
static const char *const stream_names[] = { [OPENREPLAY_HEADER] = "header",
                                            [OPENREPLAY_PLAYER] = "player",
                                            [OPENREPLAY_ASSETS] = "assets",
                                            [OPENREPLAY_DEVTOOLS] = "devtools",
                                            [OPENREPLAY_ANALYTICS] = "analytics" };

/* "8\tCreateElementNode\tid:uint parentID:uint ...\tplayer", as the list has it. */
static void
print_row(struct buf *b, const struct openreplay_layout *layout)
{
    buf_addf(b, "%u\t%s\t", layout->id, layout->name);
    for (unsigned i = 0; i < layout->field_count; i++)
        buf_addf(b, "%s%s:%s", i == 0 ? "" : " ", layout->fields[i].name,
                 type_names[layout->fields[i].type]);
    buf_addf(b, "\t%s", stream_names[layout->stream]);
}

static void
every_row_of_the_list_is_a_row_of_the_table(void **state)
{
    char *directory = captures_directory(), *list, *line, *rest;
    unsigned rows = 0;
    struct buf row;
    size_t length;

    (void)state;
    buf_init(&row, 4096);
    list = captures_read(directory, "message-types.tsv", &length);
    rest = list;
    strsep(&rest, "\n"); /* the names of the columns */
    while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
        const struct openreplay_layout *layout = openreplay_layout(strtoull(line, NULL, 10));

        *strrchr(line, '\t') = '\0'; /* the trackers that have it */
        assert_non_null(layout);
        buf_clear(&row);
        print_row(&row, layout);
        assert_string_equal(row.data, line);
        rows++;
    }
    assert_int_equal(rows, 87);
    buf_fini(&row);
    free(list);
    free(directory);
}

static void
the_table_knows_what_is_not_on_the_list_either(void **state)
{
    unsigned known = 0;

    (void)state;
    for (uint64_t id = 0; id < 300; id++) {
        const struct openreplay_layout *layout = openreplay_layout(id);

        if (layout == NULL)
            continue;
        known++;
        assert_int_equal(layout->id, id);
        assert_non_null(openreplay_kind_name(layout->kind));
        for (unsigned i = 0; i < layout->field_count; i++) {
            assert_int_equal(openreplay_field_index(layout, layout->fields[i].name), i);
            assert_true(layout->fields[i].type == OPENREPLAY_TEXT ||
                        layout->fields[i].privacy == OPENREPLAY_HARMLESS);
        }
        assert_int_equal(openreplay_field_index(layout, "no such field"), -1);
    }
    assert_int_equal(known, 87 + 3);
    assert_null(openreplay_layout(UINT64_MAX));
    assert_null(openreplay_layout(100)); /* of the mobile trackers */
}

/* --- message for message -----------------------------------------------------------------------
 */

static void
same_value(const struct openreplay_field *field, const union openreplay_value *value,
           const cJSON *expected)
{
    switch (field->type) {
    case OPENREPLAY_UINT:
        assert_true(cJSON_IsNumber(expected));
        assert_true(value->u == (uint64_t)expected->valuedouble);
        break;
    case OPENREPLAY_INT:
        assert_true(cJSON_IsNumber(expected));
        assert_true(value->i == (int64_t)expected->valuedouble);
        break;
    case OPENREPLAY_BOOL:
        assert_true(cJSON_IsBool(expected) || cJSON_IsNumber(expected));
        assert_int_equal(value->b, cJSON_IsTrue(expected) || expected->valueint != 0);
        break;
    case OPENREPLAY_TEXT:
        assert_true(cJSON_IsString(expected));
        assert_int_equal(value->text.length, strlen(expected->valuestring));
        assert_memory_equal(value->text.at, expected->valuestring, value->text.length);
        break;
    }
}

/* "CSSInsertRule(old)" stands in the oracles for one that only old trackers know. */
static bool
same_name(const char *name, const char *expected)
{
    size_t length = strlen(name);

    return strncmp(name, expected, length) == 0 &&
           (expected[length] == '\0' || expected[length] == '(');
}

static void
same_message(const struct openreplay_reader *reader, const struct openreplay_message *message,
             const struct capture_body *body, const char *line, size_t length)
{
    const cJSON *fields;
    struct err err;
    cJSON *oracle;

    assert_int_equal(json_parse(&oracle, line, length, &err), OK);
    assert_string_equal(json_get_string(oracle, "body", ""), body->name);
    assert_int_equal(json_get_int(oracle, "seg", -1), reader->segment);
    assert_int_equal(json_get_int(oracle, "off", -1), message->offset);
    assert_int_equal(json_get_int(oracle, "tp", -1), message->id);
    assert_non_null(message->layout);
    assert_true(same_name(message->layout->name, json_get_string(oracle, "name", "")));
    fields = json_get(oracle, "f");
    assert_int_equal(cJSON_GetArraySize(fields), message->layout->field_count);
    for (unsigned i = 0; i < message->layout->field_count; i++)
        same_value(&message->layout->fields[i], &message->values[i],
                   cJSON_GetArrayItem(fields, (int)i));
    cJSON_Delete(oracle);
}

static unsigned
decodes_like_its_oracle(const struct capture *capture)
{
    size_t length;
    char *oracle = captures_read(capture->directory, "decoded.jsonl", &length), *rest = oracle;
    unsigned messages = 0;

    for (size_t i = 0; i < capture->body_count; i++) {
        const struct capture_body *body = &capture->bodies[i];
        struct openreplay_message message;
        struct openreplay_reader reader;
        size_t end = 0;

        openreplay_reader_init(&reader, body->bytes, body->length);
        while (openreplay_reader_next(&reader, &message)) {
            char *line = strsep(&rest, "\n");

            assert_int_equal(message.offset, end);
            end = message.offset + message.length;
            assert_non_null(line);
            same_message(&reader, &message, body, line, strlen(line));
            messages++;
        }
        assert_int_equal(reader.fault.kind, OPENREPLAY_NO_FAULT);
        assert_int_equal(end, body->length);
    }
    assert_true(rest == NULL || *rest == '\0');
    free(oracle);
    return messages;
}

static void
every_capture_is_what_its_oracle_says(void **state)
{
    unsigned messages = 0;

    (void)state;
    for (size_t i = 0; i < captures.count; i++)
        messages += decodes_like_its_oracle(&captures.list[i]);
    print_message("%zu captures, %u messages\n", captures.count, messages);
    assert_true(captures.count >= 12 && messages > 12000);
}

/* --- hostile bodies ----------------------------------------------------------------------------
 */

#define HEADER "\x51\x01\x00\x00\x00\x00" /* BatchMetadata 1, page 0, index 0, time 0, "" */

struct outcome {
    unsigned messages;
    struct openreplay_fault fault;
};

/* Over an allocation of exactly that length, so that a sanitizer sees each byte beyond. */
static struct outcome
read_all(const void *bytes, size_t length, bool is_file)
{
    unsigned char *exact = xmalloc(length == 0 ? 1 : length);
    struct openreplay_message message;
    struct openreplay_reader reader;
    struct outcome outcome = { 0 };
    char sentence[160];
    size_t end = 0;

    memcpy(exact, bytes, length);
    if (is_file)
        openreplay_reader_init_file(&reader, exact, length);
    else
        openreplay_reader_init(&reader, exact, length);
    while (openreplay_reader_next(&reader, &message)) {
        outcome.messages++;
        assert_true(message.offset >= end && message.length > 0);
        end = message.offset + message.length;
        assert_true(end <= length);
        for (unsigned i = 0; message.layout != NULL && i < message.layout->field_count; i++) {
            const struct openreplay_text *text = &message.values[i].text;

            if (message.layout->fields[i].type == OPENREPLAY_TEXT && text->length > 0) {
                assert_true(text->at >= (const char *)exact);
                assert_true(text->at + text->length <= (const char *)exact + length);
            }
        }
    }
    outcome.fault = reader.fault;
    assert_true(reader.fault.offset <= length);
    openreplay_fault_describe(sentence, sizeof sentence, &reader.fault);
    assert_true(strlen(sentence) > 5);
    if (!is_file && reader.fault.kind == OPENREPLAY_NO_FAULT)
        assert_int_equal(end, length);
    free(exact);
    return outcome;
}

/* Cut anywhere, a body gives the messages before the cut, and a fault unless it is between two. */
static void
every_truncation_ends_where_it_was_cut(void **state)
{
    /* Reading each prefix is quadratic: of long bodies the first part, then every 97th, but all
     * when somebody asks for more than the tree's own captures. */
    const size_t later_step = getenv("OBSVIEW_CAPTURES") != NULL ? 1 : 97;

    (void)state;
    for (size_t c = 0; c < captures.count; c++)
        for (size_t i = 0; i < captures.list[c].body_count; i++) {
            const struct capture_body *body = &captures.list[c].bodies[i];
            size_t step = 1;

            for (size_t length = 0; length < body->length; length += step) {
                struct outcome outcome = read_all(body->bytes, length, false);

                assert_true(outcome.fault.kind == OPENREPLAY_NO_FAULT ||
                            outcome.fault.kind == OPENREPLAY_TRUNCATED ||
                            (length == 0 && outcome.fault.kind == OPENREPLAY_NO_HEADER));
                step = length < 1000 ? 1 : later_step;
            }
        }
}

static uint64_t
next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void
flipped_bytes_never_lead_outside(void **state)
{
    uint64_t seed = 0x9e3779b97f4a7c15u;

    (void)state;
    for (size_t c = 0; c < captures.count; c++)
        for (size_t i = 0; i < captures.list[c].body_count; i++) {
            const struct capture_body *body = &captures.list[c].bodies[i];
            unsigned char *copy = xmalloc(body->length);

            for (int round = 0; round < 200; round++) {
                memcpy(copy, body->bytes, body->length);
                for (uint64_t flips = 1 + next_random(&seed) % 8; flips > 0; flips--)
                    copy[next_random(&seed) % body->length] = (unsigned char)next_random(&seed);
                read_all(copy, body->length, round % 2 == 1);
            }
            free(copy);
        }
}

#define READ(literal) read_all(literal, sizeof(literal) - 1, false)

static void
expect_fault(struct outcome outcome, enum openreplay_fault_kind kind, size_t offset,
             unsigned messages)
{
    assert_int_equal(outcome.fault.kind, kind);
    assert_int_equal(outcome.fault.offset, offset);
    assert_int_equal(outcome.messages, messages);
}

static void
numbers_and_lengths_beyond_all_bounds_are_faults(void **state)
{
    (void)state;
    expect_fault(READ(""), OPENREPLAY_NO_HEADER, 0, 0);
    /* An id, a number and the length of a text that never end, or are beyond 64 bits. */
    expect_fault(READ(HEADER "\xff\xff\xff"), OPENREPLAY_TRUNCATED, 6, 1);
    expect_fault(READ(HEADER "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
                 OPENREPLAY_OVERLONG, 6, 1);
    expect_fault(READ(HEADER "\x00\x0b\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00"),
                 OPENREPLAY_OVERLONG, 10, 1);
    expect_fault(READ(HEADER "\x76\x0b\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x41"),
                 OPENREPLAY_TRUNCATED, 10, 1);
    expect_fault(READ(HEADER "\x76\xff\xff\xff\x41"), OPENREPLAY_TRUNCATED, 7, 1);
    expect_fault(READ("\x51\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
                 OPENREPLAY_TRUNCATED, 5, 0);
    /* 2^64 - 1 itself is a number. */
    expect_fault(READ(HEADER "\x00\x0a\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
                 OPENREPLAY_NO_FAULT, 0, 2);
}

static void
old_and_odd_beginnings(void **state)
{
    struct openreplay_message message;
    struct openreplay_reader reader;
    static const char bodies[] = HEADER "\x00\x01\x00\x00\x05\x51\x02\x03\x04\x14\x01p";

    (void)state;
    expect_fault(READ("\x51\x00\x00\x00\x00\x00"), OPENREPLAY_BAD_VERSION, 0, 0);
    /* A known defect: what can be read is read, and the fault stays. */
    expect_fault(READ("\x00\x01\x00\x00\x05" HEADER), OPENREPLAY_NO_HEADER, 0, 2);
    expect_fault(READ("GIF89a"), OPENREPLAY_NO_HEADER, 0, 0);
    /* Trackers of before 6.0 had no sizes. */
    expect_fault(READ("\x00\x80\x80\x01\x07"), OPENREPLAY_NO_HEADER, 0, 0);
    openreplay_reader_init(&reader, bodies, sizeof bodies - 1);
    for (int i = 0; i < 3; i++)
        assert_true(openreplay_reader_next(&reader, &message));
    assert_int_equal(reader.segment, 1);
    assert_int_equal(reader.version, 2);
    assert_int_equal(reader.page_no, 3);
    assert_int_equal(reader.first_index, 4);
    assert_int_equal(reader.now_ms, 10);
    assert_int_equal(reader.page.length, 1);
    assert_false(openreplay_reader_next(&reader, &message));
}

static void
fields_may_be_missing_and_more_than_known(void **state)
{
    static const char body[] = HEADER "\x08\x01\x00\x00\x07" /* CreateElementNode, only its id */
                                      "\x0b\x03\x00\x00\x07\x08\x09" /* RemoveNode, and more */
                                      "\xc8\x01\x02\x00\x00\x01\x02" /* 200: nobody knows it */
                                      "\x07\x00\x00\x00";
    struct openreplay_message message;
    struct openreplay_reader reader;

    (void)state;
    openreplay_reader_init(&reader, body, sizeof body - 1);
    assert_true(openreplay_reader_next(&reader, &message));
    assert_true(openreplay_reader_next(&reader, &message));
    assert_int_equal(message.values[0].u, 7);
    assert_int_equal(message.values[1].u, 0);
    assert_int_equal(message.values[3].text.length, 0);
    assert_non_null(message.values[3].text.at);
    assert_false(message.values[4].b);
    assert_true(openreplay_reader_next(&reader, &message));
    assert_int_equal(message.values[0].u, 7);
    assert_int_equal(message.length, 7);
    assert_true(openreplay_reader_next(&reader, &message));
    assert_int_equal(message.id, 200);
    assert_null(message.layout);
    assert_true(openreplay_reader_next(&reader, &message));
    assert_int_equal(message.id, OPENREPLAY_CREATE_DOCUMENT);
    assert_false(openreplay_reader_next(&reader, &message));
    assert_int_equal(reader.fault.kind, OPENREPLAY_NO_FAULT);
}

static void
large_bodies_are_read_in_one_pass(void **state)
{
    const size_t most = (size_t)16 << 20, count = 1000000;
    unsigned char *body = xcalloc(1, most);
    struct outcome outcome;

    (void)state;
    memcpy(body, HEADER, 6);
    for (size_t i = 0; i < count; i++)
        memcpy(body + 6 + i * 5, "\x00\x01\x00\x00\x05", 5);
    outcome = read_all(body, 6 + count * 5, false);
    assert_int_equal(outcome.messages, count + 1);
    assert_int_equal(outcome.fault.kind, OPENREPLAY_NO_FAULT);
    /* A text of NULs as long as a size can say, and one that is longer than the server takes. */
    memset(body, 0, most);
    memcpy(body, HEADER, 6);
    memcpy(body + 6, "\x76\x04\x2d\x31", 4);  /* 3,222,788 */
    memcpy(body + 10, "\x80\xda\xc4\x01", 4); /* 3,222,784 */
    outcome = read_all(body, 10 + 3222788, false);
    expect_fault(outcome, OPENREPLAY_NO_FAULT, 0, 2);
    memcpy(body + 6, "\x76\x05\x97\x98", 4);  /* 10,000,133 */
    memcpy(body + 10, "\x81\xad\xe2\x04", 4); /* 10,000,001 */
    outcome = read_all(body, 10 + 10000133, false);
    expect_fault(outcome, OPENREPLAY_TEXT_TOO_LONG, 10, 1);
    free(body);
}

/* --- files -------------------------------------------------------------------------------------
 */

/* The older layout of a body: no sizes, no BatchMetadata, maybe an index before each message. */
static void
add_older(struct buf *file, const struct capture_body *body, bool is_indexed, uint64_t *index)
{
    struct openreplay_message message;
    struct openreplay_reader reader;

    openreplay_reader_init(&reader, body->bytes, body->length);
    while (openreplay_reader_next(&reader, &message)) {
        const char *bytes = (const char *)body->bytes + message.offset;

        if (message.id == OPENREPLAY_BATCH_METADATA)
            continue;
        ++*index;
        for (unsigned i = 0; i < 8 && is_indexed; i++)
            buf_addc(file, (char)(*index >> (8 * i)));
        buf_addc(file, *bytes);
        buf_add(file, bytes + 4, message.length - 4);
    }
}

/* Compares what the file says with what the bodies do, BatchMetadata apart. */
static void
same_messages(const struct buf *file, const struct capture *capture,
              enum openreplay_layout_kind layout)
{
    struct openreplay_message message, expected;
    struct openreplay_reader reader, body;
    size_t next = 0;

    openreplay_reader_init_file(&reader, file->data, file->len);
    assert_int_equal(reader.layout, layout);
    openreplay_reader_init(&body, capture->bodies[0].bytes, capture->bodies[0].length);
    for (;;) {
        while (!openreplay_reader_next(&body, &expected)) {
            if (++next == capture->body_count) {
                assert_false(openreplay_reader_next(&reader, &message));
                assert_int_equal(reader.fault.kind, OPENREPLAY_NO_FAULT);
                return;
            }
            openreplay_reader_init(&body, capture->bodies[next].bytes,
                                   capture->bodies[next].length);
        }
        if (expected.id == OPENREPLAY_BATCH_METADATA)
            continue;
        do
            assert_true(openreplay_reader_next(&reader, &message));
        while (message.id == OPENREPLAY_BATCH_METADATA);
        assert_int_equal(message.id, expected.id);
        for (unsigned i = 0; i < message.layout->field_count; i++) {
            if (message.layout->fields[i].type != OPENREPLAY_TEXT) {
                assert_true(message.layout->fields[i].type == OPENREPLAY_BOOL
                                ? message.values[i].b == expected.values[i].b
                                : message.values[i].u == expected.values[i].u);
                continue;
            }
            assert_int_equal(message.values[i].text.length, expected.values[i].text.length);
            assert_memory_equal(message.values[i].text.at, expected.values[i].text.at,
                                expected.values[i].text.length);
        }
    }
}

static void
files_of_all_layouts_are_told_apart(void **state)
{
    static const char older[] = "\xff\xff\xff\xff\xff\xff\xff\xff";
    struct buf file;

    (void)state;
    buf_init(&file, (size_t)16 << 20);
    for (size_t c = 0; c < captures.count; c++)
        for (int way = 0; way < 4; way++) {
            uint64_t index = 0;

            buf_clear(&file);
            if (way % 2 == 1)
                buf_add(&file, older, 8);
            for (size_t i = 0; i < captures.list[c].body_count; i++)
                add_older(&file, &captures.list[c].bodies[i], way >= 2, &index);
            same_messages(&file, &captures.list[c],
                          way >= 2 ? OPENREPLAY_INDEXED : OPENREPLAY_BARE);
        }
    buf_fini(&file);
}

static void
repeats_in_indexed_files_are_dropped(void **state)
{
    static const char file[] = "\xff\xff\xff\xff\xff\xff\xff\xff"
                               "\x05\0\0\0\0\0\0\0\x0b\x01" /* 5: RemoveNode 1 */
                               "\x04\0\0\0\0\0\0\0\x0b\x02" /* 4: a repeat */
                               "\x05\0\0\0\0\0\0\0\x0b\x03"
                               "\x06\0\0\0\0\0\0\0\x0b\x04"
                               "\x07\0\0\0\0\0\0\0\x0b"; /* cut */
    struct openreplay_message message;
    struct openreplay_reader reader;
    uint64_t seen = 0;

    (void)state;
    openreplay_reader_init_file(&reader, file, sizeof file - 1);
    while (openreplay_reader_next(&reader, &message))
        seen = seen * 10 + message.values[0].u;
    assert_int_equal(seen, 134);
    assert_int_equal(reader.fault.kind, OPENREPLAY_TRUNCATED);
    /* Nothing can be stepped over where there are no sizes. */
    expect_fault(read_all("\xff\xff\xff\xff\xff\xff\xff\xff\x0b\x01\x5a\x01", 12, true),
                 OPENREPLAY_UNKNOWN_ID, 10, 1);
    expect_fault(read_all("", 0, true), OPENREPLAY_NO_FAULT, 0, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_list_is_a_row_of_the_table),
        cmocka_unit_test(the_table_knows_what_is_not_on_the_list_either),
        cmocka_unit_test(every_capture_is_what_its_oracle_says),
        cmocka_unit_test(every_truncation_ends_where_it_was_cut),
        cmocka_unit_test(flipped_bytes_never_lead_outside),
        cmocka_unit_test(numbers_and_lengths_beyond_all_bounds_are_faults),
        cmocka_unit_test(old_and_odd_beginnings),
        cmocka_unit_test(fields_may_be_missing_and_more_than_known),
        cmocka_unit_test(large_bodies_are_read_in_one_pass),
        cmocka_unit_test(files_of_all_layouts_are_told_apart),
        cmocka_unit_test(repeats_in_indexed_files_are_dropped),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
