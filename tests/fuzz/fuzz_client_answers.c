/* fuzz_client_answers.c - what a server may answer the client: XML, errors, keys.
 * SPDX-License-Identifier: MIT
 *
 * Whatever comes is a value within its bounds or a sentence; what was read as keys is whole; a
 * value that was read can be asked again as a form. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/command_words.h"
#include "aws/key_source.h"
#include "aws/refusal.h"
#include "base/buf.h"
#include "base/mem.h"
#include "wire/form.h"
#include "wire/query_client.h"
#include "wire/xml_read.h"

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

static void
read_xml(const struct wire_service *service, const char *text, size_t len)
{
    cJSON *json = NULL;
    struct err err = { 0 };
    struct buf form;

    if (query_client_read(&json, service, text, len, &err) != OK) {
        assert(json == NULL && err.text[0] != '\0');
        return;
    }
    assert(cJSON_IsObject(json));
    assert(depth_of(json) <= XML_READ_DEPTH_MAX + 1);
    buf_init(&form, (size_t)64 << 20);
    query_client_form(&form, service, "Op", json);
    assert(strncmp(form.data, "Action=Op&Version=20", 20) == 0);
    buf_fini(&form);
    cJSON_Delete(json);
}

static void
read_refusal(const char *text, size_t len)
{
    struct buf body;
    struct refusal refusal;
    struct net_answer answer = { .status = 400, .body = &body };

    buf_init(&body, len + 1);
    buf_add(&body, text, len);
    refusal_read(&refusal, &answer);
    assert(refusal.error.code[0] != '\0');
    assert(strlen(refusal.error.message) < sizeof refusal.error.message);
    buf_fini(&body);
}

static void
read_keys(const char *text, size_t len)
{
    static const struct key_shape *const shapes[] = { &key_shape_aws, &key_shape_metadata,
                                                      &key_shape_camel, &key_shape_login };

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct aws_credentials keys = { .access_key = NULL };
        struct err err = { 0 };

        if (key_shape_parse(&keys, text, len, shapes[i], "fuzz", &err) == OK)
            assert(*keys.access_key != '\0' && *keys.secret_key != '\0' && keys.expires_ms >= 0);
        else
            assert(keys.access_key == NULL && err.text[0] != '\0');
        aws_credentials_fini(&keys);
    }
}

static void
cut_words(const char *text)
{
    char **words = NULL;
    size_t total = 0;

    if (command_words(&words, text, NULL) != OK)
        return;
    assert(words[0] != NULL);
    for (char **w = words; *w != NULL; w++)
        total += strlen(*w);
    assert(total <= strlen(text));
    command_words_free(words);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const services[] = { "monitoring", "rds", "elasticloadbalancing" };
    char *text = xstrndup((const char *)data, size);

    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        read_xml(service_by_name(services[i]), (const char *)data, size);
    read_refusal((const char *)data, size);
    read_keys((const char *)data, size);
    cut_words(text);
    free(text);
    return 0;
}
