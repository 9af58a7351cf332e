/* test_log_shape.c - paths, types and counts of the fields of structured lines.
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
#include "domain/log_shape.h"

static void
take(struct log_shape *shape, const char *line)
{
    cJSON *value = NULL;

    assert_int_equal(json_parse(&value, line, strlen(line), NULL), OK);
    log_shape_take(shape, value);
    cJSON_Delete(value);
}

/* "path:types:lines ..." of all fields. */
static void
expect(struct log_shape *shape, const char *wanted)
{
    char got[2048] = "", types[LOG_SHAPE_TEXT];
    size_t used = 0;

    log_shape_sort(shape);
    for (size_t i = 0; i < shape->count; i++) {
        log_shape_type_text(types, shape->fields[i].types);
        used += (size_t)snprintf(got + used, sizeof got - used, "%s%s:%s:%llu", i == 0 ? "" : " ",
                                 shape->fields[i].path, types,
                                 (unsigned long long)shape->fields[i].lines);
    }
    assert_string_equal(got, wanted);
    log_shape_fini(shape);
}

static void
fields_are_paths(void **state)
{
    struct log_shape s;

    (void)state;
    log_shape_init(&s);
    take(&s, "{\"level\":\"INFO\",\"error\":{\"type\":\"A\"}}");
    take(&s, "{\"level\":\"INFO\",\"error\":null}");
    take(&s, "{\"level\":30}");
    take(&s, "[1]");
    take(&s, "\"text\"");
    assert_int_equal(s.lines, 3);
    expect(&s, "error:null or object:2 error.type:string:1 level:number or string:3");
}

static void
elements_share_a_path_and_count_once_a_line(void **state)
{
    struct log_shape s;

    (void)state;
    log_shape_init(&s);
    take(&s, "{\"a\":[{\"b\":1},{\"b\":\"x\"},[true]]}");
    expect(&s, "a:array:1 a[]:array or object:1 a[].b:number or string:1 a[][]:boolean:1");
}

static void
ids_are_one_field(void **state)
{
    struct log_shape s;

    (void)state;
    log_shape_init(&s);
    take(&s, "{\"by\":{\"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11\":1}}");
    take(&s, "{\"by\":{\"7f2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b12\":1}}");
    expect(&s, "by:object:2 by.*:number:2");
}

static void
what_a_document_measures_is_no_field(void **state)
{
    struct log_shape s;

    (void)state;
    log_shape_init(&s);
    take(&s, "{\"_aws\":{\"Timestamp\":1,\"CloudWatchMetrics\":[{\"Dimensions\":[[\"service\"]],"
             "\"Metrics\":[{\"Name\":\"Orders\"}]}]},\"service\":\"cart\",\"Orders\":3,"
             "\"requestId\":\"r\",\"in\":{\"Orders\":1}}");
    expect(&s, "in:object:1 in.Orders:number:1 requestId:string:1");
}

/* However much there is of it: what does not fit is counted. */
static void
hostile_lines_are_bounded(void **state)
{
    struct log_shape s;
    char line[1024];
    struct buf b;

    (void)state;
    log_shape_init(&s);
    for (int i = 0; i < LOG_SHAPE_FIELDS + 10; i++) {
        snprintf(line, sizeof line, "{\"field%c%c%c\":1}", 'a' + i % 26, 'a' + i / 26 % 26,
                 'a' + i / 676);
        take(&s, line);
    }
    assert_int_equal(s.count, LOG_SHAPE_FIELDS);
    assert_int_equal(s.dropped, 10);
    log_shape_fini(&s);

    log_shape_init(&s);
    buf_init(&b, 4096);
    buf_adds(&b, "{\"");
    for (int i = 0; i < LOG_SHAPE_PATH; i++)
        buf_adds(&b, "xy");
    buf_adds(&b, "\":1,\"a\":");
    for (int i = 0; i < 40; i++)
        buf_adds(&b, "{\"k\":");
    buf_adds(&b, "1");
    for (int i = 0; i < 41; i++)
        buf_addc(&b, '}');
    take(&s, b.data);
    buf_fini(&b);
    assert_int_equal(s.count, LOG_SHAPE_DEPTH);
    assert_int_equal(s.dropped, 1);
    log_shape_fini(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_paths),
        cmocka_unit_test(elements_share_a_path_and_count_once_a_line),
        cmocka_unit_test(ids_are_one_field),
        cmocka_unit_test(what_a_document_measures_is_no_field),
        cmocka_unit_test(hostile_lines_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
