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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_list_is_a_row_of_the_table),
        cmocka_unit_test(the_table_knows_what_is_not_on_the_list_either),
        cmocka_unit_test(every_capture_is_what_its_oracle_says),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
