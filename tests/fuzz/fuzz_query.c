/* fuzz_query.c - forms become values within their bounds, and any text is fit for XML.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "base/mem.h"
#include "wire/awsvalue.h"
#include "wire/query.h"
#include "wire/xml.h"

#define XML_MAX (64u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The depth of the value; every leaf must be text. */
static size_t
depth_of(const cJSON *value)
{
    size_t deepest = 0;
    const cJSON *child;

    if (cJSON_IsString(value))
        return 1;
    assert(cJSON_IsObject(value) || cJSON_IsArray(value));
    cJSON_ArrayForEach(child, value)
    {
        size_t depth = depth_of(child);

        if (depth > deepest)
            deepest = depth;
    }
    return deepest + 1;
}

static void
read_values(const struct wire_call *call)
{
    struct wire_error error;
    struct awsvalue in = awsvalue_of(call, &error);
    struct awslist list = { 0 };
    struct awsvalue item;
    const char *text = NULL;
    int64_t n = 0;

    if (awsvalue_string(&in, "Namespace", AWS_REQUIRED, 1, 255, &text) == OK)
        assert(*text != '\0');
    if (awsvalue_time(&in, "StartTime", AWS_OPTIONAL, &n) == OK)
        assert(n >= 0);
    if (awsvalue_list(&in, "MetricData", AWS_REQUIRED, 1, 1000, &list) != OK)
        return;
    while (awslist_next(&list)) {
        if (awslist_struct(&list, &item) == OK &&
            awsvalue_int(&item, "StorageResolution", AWS_OPTIONAL, 1, 60, &n) != OK)
            assert(error.message[0] != '\0');
    }
}

static void
decode(const char *body, size_t len)
{
    static const struct http_header headers[] = { { "Content-Type",
                                                    "application/x-www-form-urlencoded" } };
    struct http_request rq = { .method = "POST",
                               .path = "/",
                               .query = "",
                               .headers = headers,
                               .header_count = 1,
                               .body = body,
                               .body_len = len };
    struct wire_call call;
    struct wire_error error = { 0 };
    struct wire_reply reply;

    wire_reply_init(&reply);
    if (codec_query.decode(&call, &rq, &error) == OK) {
        assert(depth_of(call.input) <= 64);
        assert(call.service != NULL && call.operation[0] != '\0');
        read_values(&call);
    } else {
        assert(error.code[0] != '\0' && error.message[0] != '\0');
        codec_query.encode_error(&reply, &call, &error, "id");
        assert(reply.status == 400 && !buf_failed(&reply.body));
    }
    wire_reply_fini(&reply);
    wire_call_fini(&call);
}

/* Expat agrees that it is well-formed. */
static void
check_xml(const char *text)
{
    XML_Parser parser = XML_ParserCreate("UTF-8");
    struct buf b;

    assert(parser != NULL);
    buf_init(&b, XML_MAX);
    buf_adds(&b, "<a>");
    xml_text(&b, text);
    buf_adds(&b, "</a>");
    assert(XML_Parse(parser, b.data, (int)b.len, 1) == XML_STATUS_OK);
    buf_fini(&b);
    XML_ParserFree(parser);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);

    decode((const char *)data, size);
    check_xml(text);
    free(text);
    return 0;
}
