/* fuzz_lambda_line.c - whatever a function prints is some kind of line.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "domain/lambda_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = xmalloc(size); /* exact, so that a step too far is seen */
    struct lambda_line out;

    if (size > 0)
        memcpy(line, data, size);
    lambda_line_read(&out, line, size);
    assert(out.kind <= LAMBDA_LINE_REPORT);
    assert(memchr(out.request_id, '\0', sizeof out.request_id) != NULL);
    assert(out.message_len <= size);
    assert(out.message_len == 0 ||
           (out.message >= line && out.message + out.message_len <= line + size));
    free(line);
    return 0;
}
