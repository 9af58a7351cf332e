/* fuzz_sigv4.c - three lines: Authorization, X-Amz-Date, path?query; whatever they claim is judged.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/sigv4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text up to the next newline; *rest moves behind it. */
static const char *
next_line(char **rest)
{
    char *line = *rest;
    size_t len = strcspn(line, "\n");

    *rest = line + len + (line[len] == '\n');
    line[len] = '\0';
    return line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct sigv4_key key = { "A", "secret", NULL, "r", "s" };
    char *text = xstrndup((const char *)data, size);
    char *rest = text;
    struct http_header headers[] = { { "Host", "localhost" },
                                     { "Authorization", next_line(&rest) },
                                     { "X-Amz-Date", next_line(&rest) } };
    char *path = rest + strspn(rest, "\n");
    char *query = path + strcspn(path, "?");
    struct http_request rq = { .method = "GET",
                               .path = path,
                               .query = *query == '?' ? query + 1 : query,
                               .headers = headers,
                               .header_count = 3 };
    struct sigv4_claim claim;
    struct sigv4_signed out;
    struct wire_error error = { 0 };
    struct err err = { 0 };

    *query = '\0';
    if (headers[1].value[0] == '\0') /* then the query string may hold the claim */
        rq.header_count = 1;
    if (sigv4_read(&claim, &rq, &error) != OK)
        assert(error.code[0] != '\0' && error.message[0] != '\0');
    else if (sigv4_verify(&claim, &rq, "secret", &error) != OK)
        assert(strcmp(error.code, "InvalidSignatureException") == 0);
    rq.header_count = 1;
    if (sigv4_sign(&out, &rq, &key, 0, &err) != OK)
        assert(err.text[0] != '\0');
    free(text);
    return 0;
}
