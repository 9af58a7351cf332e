/* body.c - what browsers send, whatever they call it.
 * SPDX-License-Identifier: MIT
 *
 * sendBeacon() labels a string text/plain and an untyped Blob not at all, so the label says little;
 * it is refused only when it clearly promises something that is not JSON. */
#include "config.h"

#include "emulator/body.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"
#include "emulator/exchange_own.h"

static bool
is_json_type(const char *type)
{
    size_t len = strcspn(type, ";");

    while (len > 0 && (type[len - 1] == ' ' || type[len - 1] == '\t'))
        len--;
    if (len == 0)
        return true;
    if (len == 16 && strncasecmp(type, "application/json", len) == 0)
        return true;
    if (len == 10 && strncasecmp(type, "text/plain", len) == 0)
        return true;
    return len > 5 && strncasecmp(type + len - 5, "+json", 5) == 0;
}

static bool
pass_type(struct exchange *x)
{
    const char *type = exchange_header(x, "Content-Type");
    const char *encoding = exchange_header(x, "Content-Encoding");

    if (type != NULL && !is_json_type(type)) {
        exchange_refuse(x, REFUSAL_TYPE, 415, "send JSON as application/json or text/plain",
                        "content type %.80s is not read here", type);
        return false;
    }
    if (encoding != NULL && strcasecmp(encoding, "identity") != 0) {
        exchange_set_header(x, "Accept-Encoding", "identity");
        exchange_refuse(x, REFUSAL_TYPE, 415, "send it uncompressed",
                        "content encoding %.40s is not read here", encoding);
        return false;
    }
    return true;
}

void
body_refuse_fields(struct exchange *x, const struct field_errors *errors)
{
    struct buf b;

    buf_init(&b, 16384);
    field_errors_print(&b, errors);
    x->refusal = REFUSAL_BODY;
    if (errors->count > 1)
        exchange_note(x, true, "%s: %s, and %zu more", errors->list[0].field,
                      errors->list[0].message, errors->count - 1);
    else
        exchange_note(x, true, "%s: %s", errors->list[0].field, errors->list[0].message);
    exchange_reply(x, 400, "application/json", b.data, b.len);
    buf_fini(&b);
}

bool
body_json(struct exchange *x, cJSON **out)
{
    struct field_errors errors = { .count = 0 };
    struct err err = { 0 };
    const char *text;
    size_t len, valid;

    if (!pass_type(x))
        return false;
    text = exchange_body(x, &len);
    valid = text_utf8_end(text, len);
    if (len == 0)
        field_error_add(&errors, "body", "expected a JSON object, got nothing");
    else if (valid < len)
        field_error_add(&errors, "body", "byte %zu is not valid UTF-8", valid);
    else if (json_parse(out, text, len, &err) == OK)
        return true;
    else
        field_error_add(&errors, "body", "%s", err.text);
    body_refuse_fields(x, &errors);
    return false;
}
