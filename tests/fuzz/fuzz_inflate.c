/* fuzz_inflate.c - the first byte chooses the encoding, the rest is a body.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/inflate.h"

#define CAP 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf out;
    struct err err = { 0 };

    if (size == 0)
        return 0;
    buf_init(&out, CAP);
    if (inflate_body(&out, data[0] % 2 == 0 ? "gzip" : "deflate", data + 1, size - 1, &err) != OK)
        assert(err.text[0] != '\0');
    assert(out.len <= CAP && out.cap <= CAP + 1);
    buf_fini(&out);
    return 0;
}
