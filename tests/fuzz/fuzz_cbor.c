/* fuzz_cbor.c - any bytes become a bounded value or a sentence, and values survive the way back.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/awsvalue.h"
#include "wire/cbor.h"
#include "wire/rpccbor.h"

#define PRINTED_MAX (16u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
depth_of(const cJSON *value)
{
    size_t deepest = 0;
    const cJSON *child;

    cJSON_ArrayForEach(child, value)
    {
        size_t depth = depth_of(child);

        if (depth > deepest)
            deepest = depth;
    }
    return deepest + 1;
}

/* What was read prints as bytes that read as what prints the same. */
static void
check_way_back(const cJSON *value)
{
    struct buf first, second;
    cJSON *again = NULL;

    buf_init(&first, PRINTED_MAX);
    buf_init(&second, PRINTED_MAX);
    cbor_print(&first, value);
    assert(!buf_failed(&first));
    assert(cbor_parse(&again, first.data, first.len, NULL) == OK);
    cbor_print(&second, again);
    assert(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    cJSON_Delete(again);
    buf_fini(&first);
    buf_fini(&second);
}

static void
check_call(const char *body, size_t len)
{
    static const struct http_header headers[] = { { "Smithy-Protocol", "rpc-v2-cbor" },
                                                  { "Content-Type", "application/cbor" } };
    struct http_request rq = { .method = "POST",
                               .path =
                                   "/service/GraniteServiceVersion20100801/operation/ListMetrics",
                               .query = "",
                               .headers = headers,
                               .header_count = 2,
                               .body = body,
                               .body_len = len };
    struct wire_error error = { 0 };
    struct wire_call call;
    int64_t ms = 0;

    if (codec_rpccbor.decode(&call, &rq, &error) == OK) {
        struct awsvalue in = awsvalue_of(&call, &error);

        if (awsvalue_time(&in, "StartTime", AWS_OPTIONAL, &ms) == OK)
            assert(ms >= 0);
    } else
        assert(error.code[0] != '\0' && error.message[0] != '\0');
    wire_call_fini(&call);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = { 0 };
    cJSON *value = NULL;

    if (cbor_parse(&value, data, size, &err) == OK) {
        assert(depth_of(value) <= CBOR_DEPTH_MAX + 1);
        check_way_back(value);
    } else
        assert(value == NULL && err.text[0] != '\0');
    cJSON_Delete(value);
    check_call((const char *)data, size);
    return 0;
}
