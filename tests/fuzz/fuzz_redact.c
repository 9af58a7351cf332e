/* fuzz_redact.c - whatever a text holds, what becomes of it is bounded and can be judged again.
 * SPDX-License-Identifier: MIT
 *
 * The first byte says whether the text is code. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fixture/redact.h"

#define OUT_MAX ((size_t)1 << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    size_t length, last;
};

static void
look_at_found(void *arg, const char *kind, size_t offset)
{
    struct seen *seen = arg;

    assert(kind[0] != '\0' && offset >= seen->last && offset < seen->length);
    seen->last = offset;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[PII_KEY_BYTES];
    static struct pii_rules *rules;
    static struct redactor *redactor;
    const bool is_code = size > 0 && data[0] % 2 == 1;
    const char *text = (const char *)data + (size > 0);
    struct seen seen = { size > 0 ? size - 1 : 0, 0 };
    struct buf out;

    if (redactor == NULL) {
        rules = pii_rules_default();
        redactor = redactor_new(rules, key);
    }
    buf_init(&out, OUT_MAX);
    if (is_code ? redact_code(redactor, &out, text, seen.length)
                : redact_text(redactor, &out, text, seen.length)) {
        assert(!buf_failed(&out));
        (void)!(is_code ? redact_search_code(redactor, text, seen.length, look_at_found, &seen)
                        : redact_search(redactor, text, seen.length, look_at_found, &seen));
        seen = (struct seen){ out.len, 0 };
        (void)!(is_code ? redact_search_code(redactor, out.data, out.len, look_at_found, &seen)
                        : redact_search(redactor, out.data, out.len, look_at_found, &seen));
    }
    buf_fini(&out);
    return 0;
}
