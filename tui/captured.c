/* captured.c - as a curl command, an awscli command, or a line of a fixture.
 * SPDX-License-Identifier: MIT
 *
 * What is copied goes into somebody's shell, so all that is foreign stands in single quotes, and
 * with control characters in it in the quotes of $'...', where they are spelled out (in octal,
 * whose three digits end by themselves in every shell). Methods are tokens of HTTP, which may hold
 * a $ or a backtick, and are words like others; an operation is letters and digits, or there is
 * none. curl has a language of its own in addresses ([1-3], {a,b}) and headers (@file), which is
 * switched off or refused. The names of awscli's commands follow from those of operations
 * (botocore's rule for snake case). A body that is no text goes to curl through a pipe, from
 * base64; awscli writes its own bytes, from the input that was in them. A form of the query
 * protocol says nothing of types, and awscli insists on them: what looks like a number or a boolean
 * is one, except in lists whose values are texts (dimensions, tags, filters) and where the name of
 * a member tells a text.
 */
#include "config.h"

#include "tui/captured.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/text.h"
#include "fixture/record.h"
#include "wire/cbor.h"
#include "wire/form.h"
#include "wire/inflate.h"
#include "wire/service.h"

#define MASK "***"

/* --- reading ---------------------------------------------------------------------------------- */

/* Of one connection, or of one signature. */
static bool
is_passing(const char *name, bool is_aws)
{
    static const char *const own[] = { "host",       "content-length",  "transfer-encoding",
                                       "connection", "accept-encoding", "expect" };

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcasecmp(own[i], name) == 0)
            return true;
    }
    return is_aws && fixture_is_signature(name);
}

/* What the emulator says about a hit, a recording or a request to AWS, below its headers. */
static bool
is_detail(const char *name)
{
    return strncmp(name, "Umami-", 6) == 0 || strncmp(name, "Replay-", 7) == 0 ||
           strcmp(name, "x-amzn-RequestId") == 0;
}

static void
read_headers(struct captured *c, struct arena *arena, const cJSON *list, bool is_aws)
{
    const cJSON *pair;

    c->headers = arena_alloc(arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *c->headers);
    cJSON_ArrayForEach(pair, list)
    {
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0));
        const char *value = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));

        if (name == NULL || value == NULL || is_detail(name))
            continue;
        if (strcasecmp(name, "host") == 0)
            c->host = value;
        if (is_passing(name, is_aws))
            continue;
        if (strcmp(value, MASK) == 0)
            c->is_masked = true;
        else
            c->headers[c->header_count++] = (struct http_header){ name, value };
    }
}

static const char *
header_of(const struct captured *c, const char *name)
{
    struct http_request rq = { .headers = c->headers, .header_count = c->header_count };

    return http_header_get(&rq, name);
}

static const char *
form_value(struct arena *arena, const struct captured *c, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = c->plain; at != NULL && *at != '\0';) {
        size_t part = strcspn(at, "&");

        if (strncmp(at, name, len) == 0 && at[len] == '=')
            return arena_strndup(arena, at + len + 1, part - len - 1);
        at += part + (at[part] == '&');
    }
    return NULL;
}

/* What is no name of an operation is none: it goes into a shell as it stands. */
static const char *
operation_name(const char *text)
{
    const char *at = text;

    while (at != NULL && isalnum((unsigned char)*at))
        at++;
    return at == NULL || at == text || *at != '\0' ? NULL : text;
}

/* Which service a request is for stands in its signature, which is not kept; but each protocol
 * says it in some other way too. */
static void
find_service(struct captured *c, struct arena *arena)
{
    const char *target = header_of(c, "X-Amz-Target"), *version, *dot, *at;
    const struct wire_service *service = NULL;

    dot = target == NULL ? NULL : strrchr(target, '.');
    version = form_value(arena, c, "Version");
    if (dot != NULL) {
        service = service_by_target(arena_strndup(arena, target, (size_t)(dot - target)));
        c->operation = operation_name(dot + 1);
    } else if (strncmp(c->path, "/service/", 9) == 0) {
        at = c->path + 9;
        service = service_by_cbor_name(arena_strndup(arena, at, strcspn(at, "/")));
        at = strstr(at, "/operation/");
        c->operation = operation_name(at == NULL ? NULL : at + 11);
    } else if (version != NULL) {
        service = service_by_query_version(version);
        c->operation = operation_name(form_value(arena, c, "Action"));
    } else if (c->path[0] == '/' && (c->path[1] != '\0' || strcmp(c->method, "GET") == 0)) {
        service =
            service_by_rest_version(arena_strndup(arena, c->path + 1, strcspn(c->path + 1, "/")));
        if (service == NULL)
            service = service_by_name("s3");
    }
    c->service = service == NULL ? NULL : service->name;
}

static bool
read_source(enum fixture_source *out, const char *kind)
{
    static const struct {
        const char *kind;
        enum fixture_source source;
    } kinds[] = { { "http", FIXTURE_HTTP },
                  { "aws", FIXTURE_HTTP },
                  { "emf-tcp", FIXTURE_EMF_TCP },
                  { "emf-udp", FIXTURE_EMF_UDP },
                  { "emf-stdin", FIXTURE_EMF_STDIN } };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].kind, kind) == 0) {
            *out = kinds[i].source;
            return true;
        }
    }
    return false;
}

/* NULs may be in it; one is behind it. */
static const char *
kept(struct arena *arena, const struct buf *bytes)
{
    return memcpy(arena_alloc(arena, bytes->len + 1), bytes->data, bytes->len);
}

/* As it came: text, or in base64 where it is none. */
static void
read_body(struct captured *c, struct arena *arena, const cJSON *event)
{
    const char *packed = json_get_string(event, "bodyBase64", NULL);
    struct buf plain;

    c->body = json_get_string(event, "body", "");
    c->body_len = strlen(c->body);
    buf_init(&plain, CAPTURED_TEXT_MAX);
    if (packed != NULL && base64_read(&plain, packed, strlen(packed)) && plain.len > 0) {
        c->body_len = plain.len;
        c->body = kept(arena, &plain);
    }
    buf_fini(&plain);
    if (json_get_int(event, "size", -1) != (int64_t)c->body_len)
        c->lacks = c->is_scrubbed ? "its body is shown without the personal data in it"
                                  : "its body is no text, and the intake tells text alone";
}

/* The headers are read. What cannot be unfolded stays as it is. */
static void
read_plain(struct captured *c, struct arena *arena)
{
    const char *encoding = header_of(c, "Content-Encoding");
    struct buf plain;

    c->plain = c->body;
    c->plain_len = c->body_len;
    if (!inflate_is_needed(encoding))
        return;
    buf_init(&plain, CAPTURED_TEXT_MAX);
    if (inflate_body(&plain, encoding, c->body, c->body_len, NULL) == OK) {
        c->plain_len = plain.len;
        c->plain = kept(arena, &plain);
    }
    buf_fini(&plain);
}

enum status
captured_read(struct captured *out, struct arena *arena, const cJSON *event, struct err *err)
{
    struct captured c = { .took_us = json_get_int(event, "durationUs", -1),
                          .host = "127.0.0.1:6270" };
    const char *kind = json_get_string(event, "kind", "");
    bool is_aws = strcmp(kind, "aws") == 0;

    if (!cJSON_IsObject(event))
        return err_set(err, E_UNSUPPORTED, "it is not known whole yet");
    if (!read_source(&c.source, kind))
        return err_set(err, E_UNSUPPORTED, "%s: %s", kind,
                       strcmp(kind, "replay") == 0
                           ? "bodies of recordings are not kept in the intake"
                           : "it came within a PutLogEvents, which is a row of its own");
    c.method = json_get_string(event, "method", "");
    c.path = json_get_string(event, "path", "");
    c.is_scrubbed = json_get_bool(event, "masked", false);
    read_body(&c, arena, event);
    if (c.source == FIXTURE_HTTP && (c.method[0] < 'A' || c.method[0] > 'Z' || c.path[0] != '/'))
        return err_set(err, E_UNSUPPORTED, "it never became a request");
    if (json_get_bool(event, "bodyCut", false))
        return err_set(err, E_UNSUPPORTED, "the intake did not keep its body whole");
    read_headers(&c, arena, json_get(event, "headers"), is_aws);
    read_plain(&c, arena);
    c.is_masked = c.is_masked || (c.source == FIXTURE_HTTP && strstr(c.path, "=" MASK) != NULL);
    if (is_aws)
        find_service(&c, arena);
    *out = c;
    return OK;
}

/* --- printing --------------------------------------------------------------------------------- */

static bool
has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    }
    return false;
}

/* A word of a shell. */
static void
print_quoted(struct buf *b, const char *text)
{
    bool spelled = has_control(text);

    buf_adds(b, spelled ? "$'" : "'");
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (spelled && (c < 0x20 || c == 0x7f))
            buf_addf(b, "\\%03o", c);
        else if (spelled && (c == '\'' || c == '\\'))
            buf_addf(b, "\\%c", c);
        else if (c == '\'')
            buf_adds(b, "'\\''");
        else
            buf_addc(b, (char)c);
    }
    buf_addc(b, '\'');
}

/* One that needs no quotes in any shell. */
static bool
is_plain_word(const char *text)
{
    while (isalnum((unsigned char)*text) || *text == '-' || *text == '_')
        text++;
    return *text == '\0';
}

static enum status
needs_body(const struct captured *c, struct err *err)
{
    return c->lacks == NULL ? OK : err_set(err, E_UNSUPPORTED, "%s", c->lacks);
}

static enum status
needs_request(const struct captured *c, const char *form, struct err *err)
{
    if (c->lacks != NULL || c->source == FIXTURE_HTTP)
        return needs_body(c, err);
    return err_set(err, E_UNSUPPORTED,
                   "a line is no request: there is no %s for it; copy it as a "
                   "fixture line",
                   form);
}

/* curl takes "Name:" for a header to leave out, and "Name;" for one without a value. */
static void
print_header(struct buf *b, const struct http_header *h)
{
    struct buf line;

    buf_init(&line, CAPTURED_TEXT_MAX);
    if (*h->value == '\0')
        buf_addf(&line, "%s;", h->name);
    else
        buf_addf(&line, "%s: %s", h->name, h->value);
    buf_adds(b, " -H ");
    print_quoted(b, line.data);
    buf_fini(&line);
}

static void
print_url(struct buf *b, const struct captured *c, const char *path)
{
    struct buf url;

    buf_init(&url, CAPTURED_TEXT_MAX);
    buf_addf(&url, "http://%s%s", c->host, path);
    print_quoted(b, url.data);
    buf_fini(&url);
}

static enum status
needs_headers(const struct captured *c, struct err *err)
{
    for (size_t i = 0; i < c->header_count; i++) {
        if (*c->headers[i].name == '@')
            return err_set(err, E_UNSUPPORTED,
                           "curl would read a file for its header that begins "
                           "with @; copy it as a fixture line");
    }
    return OK;
}

static void
print_method(struct buf *b, const struct captured *c)
{
    if (strcmp(c->method, "HEAD") == 0) {
        buf_adds(b, "--head ");
    } else if (strcmp(c->method, c->body_len > 0 ? "POST" : "GET") != 0) {
        buf_adds(b, "-X ");
        if (is_plain_word(c->method))
            buf_adds(b, c->method);
        else
            print_quoted(b, c->method);
        buf_addc(b, ' ');
    }
}

/* What curl would add of its own: Umami would take it for a bot, a body for a form. */
static void
print_left_out(struct buf *b, const struct captured *c)
{
    if (header_of(c, "User-Agent") == NULL)
        buf_adds(b, " -H 'User-Agent:'");
    if (header_of(c, "Accept") == NULL)
        buf_adds(b, " -H 'Accept:'");
    if (c->body_len > 0 && header_of(c, "Content-Type") == NULL)
        buf_adds(b, " -H 'Content-Type:'");
}

/* Which a word of a shell can hold. */
static bool
has_text(const struct captured *c)
{
    return fixture_is_text(c->body, c->body_len);
}

static enum status
print_curl(struct buf *b, const struct captured *c, struct err *err)
{
    enum status st = needs_request(c, "curl", err);

    if (st == OK)
        st = needs_headers(c, err);
    if (st != OK)
        return st;
    if (!has_text(c)) {
        buf_adds(b, "printf %s ");
        base64_print(b, c->body, c->body_len, 0);
        buf_adds(b, " | base64 -d | ");
    }
    buf_adds(b, "curl ");
    if (strpbrk(c->path, "[]{}") != NULL || strpbrk(c->host, "[]{}") != NULL)
        buf_adds(b, "--globoff ");
    if (strstr(c->path, "/.") != NULL)
        buf_adds(b, "--path-as-is ");
    print_method(b, c);
    print_url(b, c, c->path);
    if (c->service != NULL)
        buf_addf(b,
                 " --aws-sigv4 \"aws:amz:${AWS_REGION:-us-east-1}:%s\" --user "
                 "\"${AWS_ACCESS_KEY_ID:-test}:${AWS_SECRET_ACCESS_KEY:-test}\"",
                 c->service);
    for (size_t i = 0; i < c->header_count; i++)
        print_header(b, &c->headers[i]);
    print_left_out(b, c);
    if (!has_text(c)) {
        buf_adds(b, " --data-binary @-");
    } else if (c->body_len > 0) {
        buf_adds(b, " --data-raw ");
        print_quoted(b, c->body);
    }
    return OK;
}

/* "DescribeDBClusters": describe-db-clusters */
static void
print_command(struct buf *b, const char *operation)
{
    for (const char *at = operation; *at != '\0'; at++) {
        bool is_upper = isupper((unsigned char)*at) != 0;
        bool after_lower = at > operation && !isupper((unsigned char)at[-1]);
        bool before_lower = islower((unsigned char)at[1]) != 0;

        if (is_upper && at > operation && (after_lower || before_lower))
            buf_addc(b, '-');
        buf_addc(b, (char)tolower((unsigned char)*at));
    }
}

static const char *
client_name(const char *service)
{
    static const char *const names[][2] = { { "monitoring", "cloudwatch" },
                                            { "tagging", "resourcegroupstaggingapi" },
                                            { "elasticloadbalancing", "elbv2" } };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i][0], service) == 0)
            return names[i][1];
    }
    return service;
}

static cJSON *
typed(const cJSON *value, bool is_text)
{
    double number;

    if (cJSON_IsString(value) && !is_text && text_parse_double(&number, value->valuestring))
        return cJSON_CreateNumber(number);
    if (cJSON_IsString(value) && !is_text &&
        (strcmp(value->valuestring, "true") == 0 || strcmp(value->valuestring, "false") == 0))
        return cJSON_CreateBool(value->valuestring[0] == 't');
    return cJSON_Duplicate(value, true);
}

/* Of a member: whether it is a text, and all in it are. */
static bool
tells_text(const char *name)
{
    const size_t length = name == NULL ? 0 : strlen(name);
    static const char *const ends[] = { "Dimensions", "Tags",       "TagKeys",   "Filters",
                                        "Name",       "Names",      "Namespace", "Description",
                                        "Id",         "Identifier", "Arn",       "Arns",
                                        "Token",      "Marker",     "Prefix",    "Expression" };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const size_t end = strlen(ends[i]);

        if (length >= end && strcmp(name + length - end, ends[i]) == 0)
            return true;
    }
    return false;
}

/* A form has texts alone. */
static void
give_types(cJSON *in, bool is_text)
{
    for (cJSON *item = in->child, *next; item != NULL; item = next) {
        bool inside = is_text || tells_text(item->string);

        next = item->next;
        if (!cJSON_IsString(item))
            give_types(item, inside);
        else if (item->string != NULL)
            cJSON_ReplaceItemInObjectCaseSensitive(in, item->string, typed(item, inside));
        else
            cJSON_ReplaceItemViaPointer(in, item, typed(item, inside));
    }
}

static enum status
read_form(cJSON **input, const struct captured *c, struct err *err)
{
    enum status st = form_parse(input, c->plain, c->plain_len, err);

    if (st != OK)
        return st;
    cJSON_DeleteItemFromObjectCaseSensitive(*input, "Action");
    cJSON_DeleteItemFromObjectCaseSensitive(*input, "Version");
    give_types(*input, false);
    return OK;
}

static enum status
print_input(struct buf *b, const struct captured *c, struct err *err)
{
    const bool has_target = header_of(c, "X-Amz-Target") != NULL;
    const bool is_cbor = !has_target && strncmp(c->path, "/service/", 9) == 0;
    cJSON *input;
    char *text;
    enum status st;

    if (!is_cbor && !fixture_is_text(c->plain, c->plain_len))
        return err_set(err, E_UNSUPPORTED, "its body is no text; copy it as curl");
    if (has_target) {
        print_quoted(b, c->plain_len == 0 ? "{}" : c->plain);
        return OK;
    }
    st = is_cbor ? cbor_parse(&input, c->plain, c->plain_len, err) : read_form(&input, c, err);
    if (st != OK)
        return st;
    text = cJSON_PrintUnformatted(input);
    print_quoted(b, text);
    cJSON_free(text);
    cJSON_Delete(input);
    return OK;
}

static enum status
print_awscli(struct buf *b, const struct captured *c, struct err *err)
{
    enum status st = needs_request(c, "awscli command", err);

    if (st != OK)
        return st;
    if (c->service == NULL)
        return err_set(err, E_UNSUPPORTED, "it is no request to AWS; copy it as curl");
    if (c->operation == NULL)
        return err_set(err, E_UNSUPPORTED,
                       "S3's requests do not name their operation as awscli does; copy it as "
                       "curl");
    buf_addf(b, "aws --endpoint-url ");
    print_url(b, c, "");
    buf_addf(b, " %s ", client_name(c->service));
    print_command(b, c->operation);
    buf_adds(b, " --cli-input-json ");
    return print_input(b, c, err);
}

static enum status
print_line(struct buf *b, const struct captured *c, struct err *err)
{
    struct fixture_record record = { .took_us = c->took_us, .source = c->source };
    struct fixture_header *headers;
    size_t count = c->header_count;
    enum status st = needs_body(c, err);

    if (st != OK)
        return st;
    headers = xcalloc(count + 1, sizeof *headers);
    for (size_t i = 0; i < count; i++)
        headers[i] = (struct fixture_header){ c->headers[i].name, c->headers[i].value };
    if (c->service != NULL) /* in the place of the signature: obsview-fixture(5) */
        headers[count++] = (struct fixture_header){ FIXTURE_SIGNED, c->service };
    if (c->source == FIXTURE_HTTP) {
        record.method = c->method;
        record.path = c->path;
        record.headers = headers;
        record.header_count = count;
        record.body = c->body;
        record.body_length = c->body_len;
        record.has_body = c->body_len > 0;
    } else {
        record.line = c->body;
        record.line_length = c->body_len;
    }
    fixture_print(b, &record);
    free(headers);
    return OK;
}

const struct captured_form captured_forms[] = {
    { "curl", 'c', print_curl },
    { "awscli", 'a', print_awscli },
    { "fixture", 'f', print_line },
    { NULL, '\0', NULL },
};
