/* fuzz_restjson.c - METHOD path?query: an operation with text members, or a sentence.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/restjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Cuts the text at the first `c`; what stood behind it, or "". */
static char *
cut(char *text, char c)
{
    char *at = strchr(text, c);

    if (at == NULL)
        return text + strlen(text);
    *at = '\0';
    return at + 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);
    char *path = cut(text, ' ');
    char *query = cut(path, '?');
    const struct http_request rq = { .method = text, .path = path, .query = query };
    struct wire_error error = { 0 };
    struct wire_call call;
    const cJSON *member;

    if (codec_restjson.recognise(&rq)) {
        if (codec_restjson.decode(&call, &rq, &error) == OK) {
            assert(call.service != NULL && call.operation[0] != '\0');
            cJSON_ArrayForEach(member, call.input) assert(cJSON_IsString(member));
        } else
            assert(error.code[0] != '\0' && error.message[0] != '\0');
        wire_call_fini(&call);
    }
    free(text);
    return 0;
}
