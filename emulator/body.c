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
#include "domain/limits.h"
#include "emulator/exchange_own.h"
#include "wire/inflate.h"

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

    if (type == NULL || is_json_type(type))
        return true;
    exchange_refuse(
        x, REFUSAL_TYPE, 415,
        "send JSON as application/json or text/plain (curl: -H Content-Type:application/json)",
        "content type %.80s is not read here", type);
    return false;
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

static void
parse(struct exchange *x, const char *text, size_t len, body_handler *handle)
{
    struct field_errors errors = { .count = 0 };
    size_t valid = text_utf8_end(text, len);
    struct err err = { 0 };
    cJSON *body = NULL;

    if (len == 0)
        field_error_add(&errors, "body", "expected a JSON object, got nothing");
    else if (valid < len)
        field_error_add(&errors, "body", "byte %zu is not valid UTF-8", valid);
    else if (json_parse_strict(&body, text, len, &err) != OK)
        field_error_add(&errors, "body", "%s", err.text);
    if (errors.count > 0)
        body_refuse_fields(x, &errors);
    else
        handle(x, body);
    cJSON_Delete(body);
}

struct packed {
    body_handler *handle;
};

/* On a reader thread. */
static void
open_packed(struct exchange *x, struct store_reader *reader, void *arg)
{
    const struct packed *packed = arg;
    struct err err = { 0 };
    struct buf opened;
    const char *text;
    enum status st;
    size_t len;

    (void)reader;
    text = exchange_body(x, &len);
    buf_init(&opened, LIMIT_BODY_BYTES);
    st = inflate_body(&opened, "gzip", text, len, &err);
    if (st == E_LIMIT)
        exchange_refuse(x, REFUSAL_SIZE, 413, "send fewer metrics in one request",
                        "body over %d bytes once it is unpacked", LIMIT_BODY_BYTES);
    else if (st != OK)
        exchange_refuse(x, REFUSAL_TYPE, 400, NULL, "%s", err.text);
    else
        parse(x, opened.data, opened.len, packed->handle);
    buf_fini(&opened);
}

void
body_read(struct exchange *x, body_handler *handle)
{
    const char *encoding = exchange_header(x, "Content-Encoding");
    struct packed *packed;
    const char *text;
    size_t len;

    if (!pass_type(x))
        return;
    if (encoding == NULL || strcasecmp(encoding, "identity") == 0) {
        text = exchange_body(x, &len);
        parse(x, text, len, handle);
    } else if (strcasecmp(encoding, "gzip") == 0) {
        packed = arena_alloc(exchange_arena(x), sizeof *packed);
        packed->handle = handle;
        exchange_defer(x, open_packed, packed);
    } else {
        exchange_set_header(x, "Accept-Encoding", "gzip, identity");
        exchange_refuse(x, REFUSAL_TYPE, 415, "send it plain or with gzip",
                        "content encoding %.40s is not read here", encoding);
    }
}
