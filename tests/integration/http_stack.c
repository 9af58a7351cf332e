/* http_stack.c - what the emulator tells of its account, and the files it refuses.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

#define START_MS INT64_C(1795435200000) /* 2026-11-23T12:00:00Z */

static char directory[] = "/tmp/obsview-stack-XXXXXX";

static int
make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL ? -1 : 0;
}

static int
remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

/* The path of a new file with that text; the caller removes and frees it. */
static char *
write_file(const char *text)
{
    char *path = xasprintf("%s/stack.json", directory);
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    return path;
}

static bool
holds(const cJSON *list, const char *text)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, text) == 0)
            return true;
    }
    return false;
}

static void
the_built_in_account_is_told(void **state)
{
    struct emulator *em = wire_start(NULL);
    cJSON *got = wire_get_json(em, "/_obsview/stack");

    (void)state;
    assert_string_equal(json_get_string(got, "name", ""), "document");
    assert_true(cJSON_IsNull(json_get(got, "file")));
    assert_string_equal(json_get_string(got, "account", ""), "000000000000");
    assert_string_equal(json_get_string(got, "since", ""), "2024-01-01T00:00:00.000Z");
    assert_int_equal(json_get_int(got, "listed", 0), 15);
    assert_int_equal(cJSON_GetArraySize(json_get(got, "incidents")), 0);
    assert_true(holds(json_get(got, "simulated"), "AWS/RDS"));
    assert_true(holds(json_get(got, "simulated"), "AWS/ECS"));
    assert_false(holds(json_get(got, "simulated"), "AWS/Lambda")); /* those are measured */
    assert_true(cJSON_GetArraySize(json_get(got, "measured")) > 0);
    cJSON_Delete(got);
    wire_stop(em);
}

static void
without_an_account_nothing_is_simulated(void **state)
{
    const struct emulator_options options = { .stack_path = "off" };
    struct emulator *em = wire_start(&options);
    cJSON *got = wire_get_json(em, "/_obsview/stack");

    (void)state;
    assert_true(cJSON_IsNull(json_get(got, "name")));
    assert_int_equal(cJSON_GetArraySize(json_get(got, "simulated")), 0);
    assert_int_equal(cJSON_GetArraySize(json_get(got, "measured")), 0);
    cJSON_Delete(got);
    wire_stop(em);
}

static const cJSON *
incident(const cJSON *stack)
{
    return cJSON_GetArrayItem(json_get(stack, "incidents"), 0);
}

static void
incidents_come_and_go_with_the_product_clock(void **state)
{
    char *path =
        write_file("{\"obsview-stack\":1,\"extends\":\"document\",\"name\":\"mine\",\"incidents\":["
                   "{\"name\":\"busy\",\"text\":\"Aurora is busy\",\"after\":10,\"minutes\":5,"
                   "\"effects\":[{\"resource\":\"shop-aurora-1\",\"cpu\":90}]}]}");
    struct clock *clock = clock_new_virtual(START_MS);
    const struct emulator_options options = { .stack_path = path, .clock = clock };
    struct emulator *em = wire_start(&options);
    cJSON *got = wire_get_json(em, "/_obsview/stack");

    (void)state;
    assert_string_equal(json_get_string(got, "name", ""), "mine");
    assert_string_equal(json_get_string(got, "file", ""), path);
    assert_string_equal(json_get_string(incident(got), "name", ""), "busy");
    assert_string_equal(json_get_string(incident(got), "text", ""), "Aurora is busy");
    assert_string_equal(json_get_string(incident(got), "from", ""), "2026-11-23T12:10:00.000Z");
    assert_string_equal(json_get_string(incident(got), "to", ""), "2026-11-23T12:15:00.000Z");
    assert_false(json_get_bool(incident(got), "active", true));
    cJSON_Delete(got);
    clock_set(clock, START_MS + 10 * 60000);
    got = wire_get_json(em, "/_obsview/stack");
    assert_true(json_get_bool(incident(got), "active", false));
    cJSON_Delete(got);
    clock_set(clock, START_MS + 15 * 60000);
    got = wire_get_json(em, "/_obsview/stack");
    assert_false(json_get_bool(incident(got), "active", true));
    cJSON_Delete(got);
    wire_stop(em);
    clock_free(clock);
    unlink(path);
    free(path);
}

static void
a_file_with_faults_is_refused(void **state)
{
    char *path = write_file("{\"obsview-stack\":1,\"resources\":[{\"name\":\"a\",\"type\":"
                            "\"ec2:vpc\",\"cpu\":1}],\"seed\":-1}");
    struct clock *clock = clock_new_real();
    struct emulator_options options = {
        .listen = "127.0.0.1:0", .db = ":memory:", .stack_path = path, .clock = clock
    };
    struct emulator *em = NULL;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(emulator_start(&em, &options, &err), E_USAGE);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "/seed: expected a number from 0"));
    assert_non_null(strstr(err.text, "and 1 more"));
    assert_null(em);
    unlink(path);
    assert_int_equal(emulator_start(&em, &options, &err), E_IO);
    assert_non_null(strstr(err.text, path));
    clock_free(clock);
    free(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_built_in_account_is_told),
        cmocka_unit_test(without_an_account_nothing_is_simulated),
        cmocka_unit_test(incidents_come_and_go_with_the_product_clock),
        cmocka_unit_test(a_file_with_faults_is_refused),
    };

    return cmocka_run_group_tests_name("stack over the wire", tests, make_directory,
                                       remove_directory);
}
