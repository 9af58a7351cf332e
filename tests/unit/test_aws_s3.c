/* test_aws_s3.c - the recordings bucket: lists, ranges, conditions, removal.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws_ask.h"
#include "base/json.h"
#include "base/mem.h"
#include "domain/openreplay_batch.h"
#include "domain/openreplay_token.h"
#include "domain/recording_file.h"
#include "openreplay_captures.h"
#include "store/recording.h"
#include "wire/xml_read.h"
#include "wire/zstd.h"

#define SESSIONS 3

struct bucket {
    struct ask ask;
    struct captures captures;
    uint64_t sessions[SESSIONS]; /* ascending */
};

static uint64_t
session_number(int i)
{
    return openreplay_session_first(ASK_NOW - 60000) + (uint64_t)i * 4096;
}

static void
commit(struct store *store, struct store_write *write)
{
    struct err err = { 0 };

    if (store_submit_wait(store, write, &err) != OK)
        fail_msg("%s", err.text);
}

/* Of its first message, as ingest notes it. */
static int64_t
first_ms(const struct capture_body *body)
{
    struct openreplay_reader reader;
    struct openreplay_message message;

    openreplay_reader_init(&reader, body->bytes, body->length);
    while (openreplay_reader_next(&reader, &message) && reader.now_ms == 0)
        continue;
    return reader.now_ms;
}

static void
add_body(struct bucket *b, uint64_t session, uint64_t index, const struct capture_body *body)
{
    struct store_write *write = store_write_new(emulator_store(b->ask.em));

    store_write_recording_body(write, &(struct recording_body){ .session = session,
                                                                .received_ms = ASK_NOW - 50000,
                                                                .tab = "t",
                                                                .first_index = index,
                                                                .first_ms = first_ms(body),
                                                                .bytes = body->bytes,
                                                                .length = body->length });
    commit(emulator_store(b->ask.em), write);
}

static void
add_session(struct bucket *b, uint64_t session)
{
    struct store_write *write = store_write_new(emulator_store(b->ask.em));

    store_write_recording(write, &(struct recording_start){ .session = session,
                                                            .time_ms = ASK_NOW - 60000,
                                                            .user_uuid = "u",
                                                            .project_key = "p",
                                                            .tracker_version = "19.0.1",
                                                            .user_agent = "Mozilla/5.0",
                                                            .user_id = "",
                                                            .timezone = "UTC",
                                                            .referrer = "",
                                                            .width = 1280,
                                                            .height = 720 });
    commit(emulator_store(b->ask.em), write);
}

static int
setup(void **state)
{
    static const char *const names[] = { "v19-default-p1", "v19-default-p2" };
    struct bucket *b = xcalloc(1, sizeof *b);

    ask_start(&b->ask);
    captures_load(&b->captures);
    for (int i = 0; i < SESSIONS; i++) { /* the last has no body */
        b->sessions[i] = session_number(i);
        add_session(b, b->sessions[i]);
    }
    for (int i = 0; i < 2; i++) {
        const struct capture *capture = captures_find(&b->captures, names[i]);

        assert_non_null(capture);
        for (size_t n = 0; n < capture->body_count; n++)
            add_body(b, b->sessions[i], n, &capture->bodies[n]);
    }
    *state = b;
    return 0;
}

static int
teardown(void **state)
{
    struct bucket *b = *state;

    captures_free(&b->captures);
    ask_stop(&b->ask);
    free(b);
    return 0;
}

static void
ask_s3(struct bucket *b, const char *method, const char *path, const char *query,
       const struct ask_header *headers, const char *body, struct answer *out)
{
    ask_send(&b->ask,
             &(struct ask_request){ .service = "s3",
                                    .method = method,
                                    .path = path,
                                    .query = query,
                                    .type = "",
                                    .extra = headers,
                                    .body = body },
             out);
}

/* The answer's XML, which must have this status. */
static cJSON *
ask_xml(struct bucket *b, const char *method, const char *path, const char *query, const char *body,
        unsigned status)
{
    char root[XML_READ_NAME];
    struct answer answer;
    struct err err = { 0 };
    cJSON *out = NULL;

    ask_s3(b, method, path, query, NULL, body, &answer);
    if (answer.status != status)
        fail_msg("%s %s?%s: %u %s", method, path, query, answer.status, answer.body);
    if (xml_read(&out, root, NULL, answer.body, strlen(answer.body), &err) != OK)
        fail_msg("%s: %s", err.text, answer.body);
    answer_fini(&answer);
    return out;
}

static void
refused(struct bucket *b, const char *method, const char *path, const char *query, unsigned status,
        const char *code, const char *part)
{
    cJSON *error = ask_xml(b, method, path, query, "", status);

    assert_string_equal(json_get_string(error, "Code", ""), code);
    if (strstr(json_get_string(error, "Message", ""), part) == NULL)
        fail_msg("%s lacks \"%s\"", json_get_string(error, "Message", ""), part);
    cJSON_Delete(error);
}

static const cJSON *
first_of(const cJSON *value)
{
    return cJSON_IsArray(value) ? value->child : value;
}

/* --- listing --- */

static void
sessions_are_listed_as_prefixes_page_by_page(void **state)
{
    struct bucket *b = *state;
    char query[400] = "list-type=2&delimiter=%2F&max-keys=1";

    for (int i = 0; i < SESSIONS; i++) {
        cJSON *page = ask_xml(b, "GET", "/mobs", query, "", 200);
        const char *next = json_get_string(page, "NextContinuationToken", NULL);
        char prefix[RECORDING_KEY_TEXT];

        snprintf(prefix, sizeof prefix, "%llu/", (unsigned long long)b->sessions[i]);
        assert_string_equal(json_get_string(json_get(page, "CommonPrefixes"), "Prefix", ""),
                            prefix);
        assert_null(json_get(page, "Contents"));
        assert_string_equal(json_get_string(page, "KeyCount", ""), "1");
        assert_string_equal(json_get_string(page, "IsTruncated", ""),
                            i == SESSIONS - 1 ? "false" : "true");
        assert_true((next == NULL) == (i == SESSIONS - 1));
        if (next != NULL)
            snprintf(query, sizeof query,
                     "list-type=2&delimiter=%%2F&max-keys=1&continuation-token=%s", next);
        cJSON_Delete(page);
    }
}

/* Every key of the bucket, by pages of two. */
static void
flat_pages_name_every_file_once(void **state)
{
    struct bucket *b = *state;
    char query[400] = "list-type=2&max-keys=2", last[RECORDING_KEY_TEXT] = "";
    size_t keys = 0;
    bool more = true;

    while (more) {
        cJSON *page = ask_xml(b, "GET", "/mobs", query, "", 200);
        const cJSON *item = first_of(json_get(page, "Contents"));
        const char *next = json_get_string(page, "NextContinuationToken", NULL);

        for (; item != NULL; item = cJSON_IsArray(json_get(page, "Contents")) ? item->next : NULL) {
            const char *key = json_get_string(item, "Key", "");

            assert_true(strcmp(last, key) < 0);
            snprintf(last, sizeof last, "%s", key);
            keys++;
        }
        more = next != NULL;
        if (more)
            snprintf(query, sizeof query, "list-type=2&max-keys=2&continuation-token=%s", next);
        cJSON_Delete(page);
    }
    assert_int_equal(keys, 3 + 3 + 1); /* captures are shorter than 15 s: no dom.mobe */
}

static void
a_list_is_cut_by_prefix_and_place(void **state)
{
    static const struct {
        const char *query; /* %1$llu: the second session */
        const char *count;
    } cases[] = {
        { "list-type=2&prefix=%1$llu", "3" },
        { "list-type=2&prefix=%1$llu/d", "2" },
        { "list-type=2&prefix=%1$llu/d&delimiter=.", "2" },
        { "list-type=2&prefix=%1$llu&delimiter=/", "1" },
        { "list-type=2&prefix=none", "0" },
        { "list-type=2&start-after=%1$llu/dom.mobs", "2" },
        { "list-type=2&start-after=~", "0" },
        { "list-type=2&max-keys=0", "0" },
        { "list-type=2&max-keys=5000", "7" },
    };
    struct bucket *b = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char query[200];
        const char *format = cases[i].query, *at = strstr(format, "%1$llu");
        cJSON *page;

        snprintf(query, sizeof query, "%.*s", at == NULL ? 199 : (int)(at - format), format);
        if (at != NULL)
            snprintf(query + strlen(query), sizeof query - strlen(query), "%llu%s",
                     (unsigned long long)b->sessions[1], at + 6);
        page = ask_xml(b, "GET", "/mobs", query, "", 200);
        if (strcmp(json_get_string(page, "KeyCount", ""), cases[i].count) != 0)
            fail_msg("%s: %s", query, json_get_string(page, "KeyCount", ""));
        cJSON_Delete(page);
    }
    refused(b, "GET", "/mobs", "list-type=2&continuation-token=00", 400, "InvalidArgument",
            "token");
    refused(b, "GET", "/mobs", "list-type=2&max-keys=-1", 400, "InvalidArgument", "max-keys");
}

static void
the_elder_list_goes_on_behind_its_marker(void **state)
{
    struct bucket *b = *state;
    char query[200];
    cJSON *page = ask_xml(b, "GET", "/mobs", "delimiter=/&max-keys=2", "", 200), *rest;

    snprintf(query, sizeof query, "delimiter=/&marker=%s", json_get_string(page, "NextMarker", ""));
    rest = ask_xml(b, "GET", "/mobs", query, "", 200);
    assert_string_equal(json_get_string(page, "IsTruncated", ""), "true");
    assert_int_equal(cJSON_GetArraySize(json_get(page, "CommonPrefixes")), 2);
    assert_non_null(json_get_string(json_get(rest, "CommonPrefixes"), "Prefix", NULL));
    cJSON_Delete(page);
    cJSON_Delete(rest);
}

/* --- reading --- */

static const char *
path_of(char path[64], uint64_t session, enum recording_file file)
{
    memcpy(path, "/mobs/", 6);
    recording_key(path + 6, session, file);
    return path;
}

static size_t
length_in(const struct answer *answer)
{
    const char *range = strstr(answer->headers, "Content-Range: bytes ");
    unsigned long from, to;
    char *end;

    assert_non_null(range);
    from = strtoul(range + 21, &end, 10);
    to = strtoul(end + 1, NULL, 10);
    return to - from + 1;
}

/* obsview.full by ranges of `step`, which must be the same whatever the step. */
static void
read_all(struct bucket *b, uint64_t session, enum recording_file file, size_t step, struct buf *out)
{
    char path[64], range[64];
    size_t got = step;

    path_of(path, session, file);
    while (got == step) {
        const struct ask_header headers[] = { { "Range", range }, { NULL, NULL } };
        struct answer answer;

        snprintf(range, sizeof range, "bytes=%zu-%zu", out->len, out->len + step - 1);
        ask_s3(b, "GET", path, "", headers, "", &answer);
        if (answer.status == 416) {
            answer_fini(&answer);
            return;
        }
        assert_int_equal(answer.status, 206);
        got = length_in(&answer);
        buf_add(out, answer.body, got);
        answer_fini(&answer);
    }
}

static void
the_full_file_has_every_body_as_it_came(void **state)
{
    struct bucket *b = *state;
    const struct capture *capture = captures_find(&b->captures, "v19-default-p2");
    struct recording_head head;
    struct arena *arena = arena_new();
    struct buf full, pieces;
    size_t at = RECORDING_HEAD_BYTES;

    buf_init(&full, 1 << 20);
    buf_init(&pieces, 1 << 20);
    read_all(b, b->sessions[1], RECORDING_FULL, 1 << 19, &full);
    read_all(b, b->sessions[1], RECORDING_FULL, 1777, &pieces);
    assert_int_equal(full.len, pieces.len);
    assert_memory_equal(full.data, pieces.data, full.len);

    assert_int_equal(recording_head_read(&head, arena, full.data, NULL), OK);
    assert_true(head.session == b->sessions[1]);
    assert_string_equal(head.user_agent, "Mozilla/5.0");
    for (size_t i = 0; i < capture->body_count; i++) {
        struct recording_line line;

        assert_int_equal(recording_line_read(&line, full.data + at, NULL), OK);
        assert_int_equal(line.length, capture->bodies[i].length);
        assert_int_equal(line.received_ms, ASK_NOW - 50000);
        at += RECORDING_LINE_BYTES;
        assert_memory_equal(full.data + at, capture->bodies[i].bytes, line.length);
        at += line.length;
    }
    assert_int_equal(at, full.len);
    buf_fini(&full);
    buf_fini(&pieces);
    arena_free(arena);
}

/* What was read stays where it was when more comes. */
static void
the_full_file_grows_at_its_end(void **state)
{
    struct bucket *b = *state;
    const struct capture *capture = captures_find(&b->captures, "v19-default-p1");
    struct buf before, after;

    buf_init(&before, 1 << 20);
    buf_init(&after, 1 << 20);
    read_all(b, b->sessions[2], RECORDING_FULL, 1 << 18, &before);
    assert_int_equal(before.len, RECORDING_HEAD_BYTES);
    for (size_t i = 0; i < 2; i++) {
        add_body(b, b->sessions[2], i, &capture->bodies[i]);
        buf_clear(&after);
        buf_add(&after, before.data, before.len);
        read_all(b, b->sessions[2], RECORDING_FULL, 4096, &after); /* from there on */
        assert_int_equal(after.len, before.len + RECORDING_LINE_BYTES + capture->bodies[i].length);
        assert_memory_equal(after.data + after.len - capture->bodies[i].length,
                            capture->bodies[i].bytes, capture->bodies[i].length);
        buf_clear(&before);
        buf_add(&before, after.data, after.len);
    }
    buf_clear(&after);
    read_all(b, b->sessions[2], RECORDING_FULL, 1 << 18, &after);
    assert_int_equal(after.len, before.len);
    assert_memory_equal(after.data, before.data, before.len);
    buf_fini(&before);
    buf_fini(&after);
}

/* How many messages a packed file has of the stream, and of all. */
static void
count_messages(const struct buf *packed, enum openreplay_stream stream, size_t *of_stream,
               size_t *all)
{
    struct openreplay_reader reader;
    struct openreplay_message message;
    struct buf plain;

    buf_init(&plain, 1 << 22);
    assert_int_equal(zstd_open(&plain, packed->data, packed->len, NULL), OK);
    assert_memory_equal(plain.data, "\xff\xff\xff\xff\xff\xff\xff\xfe", 8);
    *of_stream = *all = 0;
    openreplay_reader_init_file(&reader, plain.data, plain.len);
    while (openreplay_reader_next(&reader, &message)) {
        if (message.layout == NULL || message.id == OPENREPLAY_TIMESTAMP ||
            message.id == OPENREPLAY_BATCH_METADATA || message.id == OPENREPLAY_TAB_DATA)
            continue;
        *of_stream += message.layout->stream == stream;
        ++*all;
    }
    assert_int_equal(reader.fault.kind, OPENREPLAY_NO_FAULT);
    buf_fini(&plain);
}

static void
packed_files_hold_their_streams(void **state)
{
    static const struct {
        enum recording_file file;
        enum openreplay_stream stream;
    } files[] = { { RECORDING_BEGIN, OPENREPLAY_PLAYER },
                  { RECORDING_DEVTOOLS, OPENREPLAY_DEVTOOLS } };
    struct bucket *b = *state;

    for (int s = 0; s < 2; s++) {
        for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
            size_t of_stream, all;
            struct buf packed;

            buf_init(&packed, 1 << 20);
            read_all(b, b->sessions[s], files[i].file, 1000, &packed);
            count_messages(&packed, files[i].stream, &of_stream, &all);
            assert_true(of_stream > 5);
            if (files[i].stream == OPENREPLAY_DEVTOOLS)
                assert_int_equal(of_stream, all);
            buf_fini(&packed);
        }
    }
}

static void
head_get_and_list_agree(void **state)
{
    struct bucket *b = *state;
    char path[64], query[100];

    for (int f = 0; f < RECORDING_FILES; f++) {
        struct answer head, whole;
        char size[40];
        cJSON *page;

        if (f == RECORDING_REST)
            continue;
        path_of(path, b->sessions[0], (enum recording_file)f);
        snprintf(query, sizeof query, "list-type=2&prefix=%s", path + 6);
        page = ask_xml(b, "GET", "/mobs", query, "", 200);
        ask_s3(b, "HEAD", path, "", NULL, "", &head);
        ask_s3(b, "GET", path, "", NULL, "", &whole);
        assert_int_equal(head.status, 200);
        assert_int_equal(whole.status, 200);
        assert_memory_equal(strstr(head.headers, "ETag: "), strstr(whole.headers, "ETag: "), 41);
        assert_non_null(
            strstr(head.headers, json_get_string(json_get(page, "Contents"), "ETag", "")));
        assert_non_null(strstr(head.headers, "x-amz-server-side-encryption: AES256\n"));
        assert_non_null(strstr(head.headers, "Accept-Ranges: bytes\n"));
        snprintf(size, sizeof size, "%s", json_get_string(json_get(page, "Contents"), "Size", ""));
        {
            const struct ask_header headers[] = { { "Range", "bytes=-1" }, { NULL, NULL } };
            struct answer last;

            ask_s3(b, "GET", path, "", headers, "", &last);
            assert_non_null(strstr(strstr(last.headers, "Content-Range: "), size));
            answer_fini(&last);
        }
        answer_fini(&head);
        answer_fini(&whole);
        cJSON_Delete(page);
    }
}

static void
conditions_are_judged(void **state)
{
    struct bucket *b = *state;
    char path[64], etag[64], both[200];
    struct answer answer;

    path_of(path, b->sessions[0], RECORDING_BEGIN);
    ask_s3(b, "HEAD", path, "", NULL, "", &answer);
    snprintf(etag, sizeof etag, "%.*s", (int)strcspn(strstr(answer.headers, "ETag: ") + 6, "\n"),
             strstr(answer.headers, "ETag: ") + 6);
    answer_fini(&answer);
    snprintf(both, sizeof both, "\"other\", %s", etag);
    {
        const struct {
            const char *name, *value;
            unsigned status;
        } cases[] = {
            { "If-Match", etag, 200 },
            { "If-Match", both, 200 },
            { "If-Match", "*", 200 },
            { "If-Match", "\"other\"", 412 },
            { "If-None-Match", etag, 304 },
            { "If-None-Match", "\"other\"", 200 },
            { "If-Modified-Since", "Sun, 22 Nov 2026 23:59:10 GMT", 304 },
            { "If-Modified-Since", "Sun, 22 Nov 2026 23:59:09 GMT", 200 },
            { "If-Modified-Since", "yesterday", 200 },
            { "If-Unmodified-Since", "Sun, 22 Nov 2026 23:59:10 GMT", 200 },
            { "If-Unmodified-Since", "Sun, 22 Nov 2026 23:59:09 GMT", 412 },
            { "Range", "bytes=0-7", 206 },
            { "Range", "bytes=100000000-", 416 },
            { "Range", "lines=1-2", 200 },
        };

        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            const struct ask_header headers[] = { { cases[i].name, cases[i].value },
                                                  { NULL, NULL } };

            ask_s3(b, "GET", path, "", headers, "", &answer);
            if (answer.status != cases[i].status)
                fail_msg("%s: %s: %u", cases[i].name, cases[i].value, answer.status);
            answer_fini(&answer);
        }
    }
}

static void
what_is_not_there_is_refused_by_name(void **state)
{
    struct bucket *b = *state;
    char path[64];

    refused(b, "GET", "/mobs/7/dom.mobs", "", 404, "NoSuchKey", "");
    refused(b, "GET", "/mobs/7/other", "", 404, "NoSuchKey", "");
    refused(b, "GET", path_of(path, b->sessions[0], RECORDING_REST), "", 404, "NoSuchKey", "");
    refused(b, "GET", path_of(path, b->sessions[2], RECORDING_BEGIN), "", 404, "NoSuchKey", "");
    refused(b, "GET", "/other/7/dom.mobs", "", 404, "NoSuchBucket", "mobs");
    refused(b, "GET", "/mobs", "acl", 501, "NotImplemented", "GetBucketAcl");
    refused(b, "PUT", "/mobs/7/dom.mobs", "", 501, "NotImplemented", "PutObject");
    refused(b, "GET", "/mobs/7/dom.mobs", "partNumber=1", 400, "InvalidArgument", "partNumber");
    refused(b, "GET", "/mobs", "list-type=2&versions2=x", 400, "InvalidArgument", "versions2");
}

static void
the_bucket_tells_its_settings(void **state)
{
    struct bucket *b = *state;
    cJSON *out = ask_xml(b, "GET", "/mobs", "lifecycle", "", 200);

    assert_string_equal(json_get_string(json_get(json_get(out, "Rule"), "Expiration"), "Days", ""),
                        "30");
    cJSON_Delete(out);
    out = ask_xml(b, "GET", "/mobs", "encryption", "", 200);
    assert_string_equal(
        json_get_string(json_get(json_get(out, "Rule"), "ApplyServerSideEncryptionByDefault"),
                        "SSEAlgorithm", ""),
        "AES256");
    cJSON_Delete(out);
    out = ask_xml(b, "GET", "/", "", "", 200);
    assert_string_equal(json_get_string(json_get(json_get(out, "Buckets"), "Bucket"), "Name", ""),
                        "mobs");
    cJSON_Delete(out);
}

/* --- removal --- */

static cJSON *
remove_files(struct bucket *b, uint64_t session, unsigned files)
{
    struct buf body;
    cJSON *out;

    buf_init(&body, 4096);
    buf_adds(&body, "<Delete>");
    for (int f = 0; f < RECORDING_FILES; f++) {
        char key[RECORDING_KEY_TEXT];

        recording_key(key, session, (enum recording_file)f);
        if ((files & 1u << f) != 0)
            buf_addf(&body, "<Object><Key>%s</Key></Object>", key);
    }
    buf_adds(&body, "</Delete>");
    out = ask_xml(b, "POST", "/mobs", "delete", body.data, 200);
    buf_fini(&body);
    return out;
}

static void
a_session_goes_as_a_whole_or_not_at_all(void **state)
{
    struct bucket *b = *state;
    char path[64];
    struct answer answer;
    cJSON *out = remove_files(b, b->sessions[0], 1u << RECORDING_BEGIN | 1u << RECORDING_FULL);

    assert_null(json_get(out, "Deleted"));
    assert_int_equal(cJSON_GetArraySize(json_get(out, "Error")), 2);
    assert_non_null(
        strstr(json_get_string(first_of(json_get(out, "Error")), "Message", ""), "devtools.mob"));
    cJSON_Delete(out);
    path_of(path, b->sessions[0], RECORDING_FULL);
    refused(b, "DELETE", path, "", 403, "AccessDenied", "as a whole");
    ask_s3(b, "HEAD", path, "", NULL, "", &answer);
    assert_int_equal(answer.status, 200);
    answer_fini(&answer);

    out = remove_files(b, b->sessions[0], 15);
    assert_int_equal(cJSON_GetArraySize(json_get(out, "Deleted")), 4);
    assert_null(json_get(out, "Error"));
    cJSON_Delete(out);
    refused(b, "GET", path, "", 404, "NoSuchKey", "");
    ask_s3(b, "DELETE", path, "", NULL, "", &answer);
    assert_int_equal(answer.status, 204);
    answer_fini(&answer);
    out = ask_xml(b, "GET", "/mobs", "list-type=2&delimiter=/", "", 200);
    assert_string_equal(json_get_string(out, "KeyCount", ""), "2");
    cJSON_Delete(out);
}

static void
a_broken_removal_removes_nothing(void **state)
{
    static const char *const bodies[] = { "", "<Delete/>", "<Delete><Object/></Delete>",
                                          "<Delete><Object><Key><a/></Key></Object></Delete>",
                                          "<Other><Object><Key>7/a</Key></Object></Other>" };
    struct bucket *b = *state;

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        cJSON *error = ask_xml(b, "POST", "/mobs", "delete", bodies[i], 400);

        assert_non_null(json_get_string(error, "Code", NULL));
        cJSON_Delete(error);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sessions_are_listed_as_prefixes_page_by_page, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(flat_pages_name_every_file_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_list_is_cut_by_prefix_and_place, setup, teardown),
        cmocka_unit_test_setup_teardown(the_elder_list_goes_on_behind_its_marker, setup, teardown),
        cmocka_unit_test_setup_teardown(the_full_file_has_every_body_as_it_came, setup, teardown),
        cmocka_unit_test_setup_teardown(the_full_file_grows_at_its_end, setup, teardown),
        cmocka_unit_test_setup_teardown(packed_files_hold_their_streams, setup, teardown),
        cmocka_unit_test_setup_teardown(head_get_and_list_agree, setup, teardown),
        cmocka_unit_test_setup_teardown(conditions_are_judged, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_refused_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(the_bucket_tells_its_settings, setup, teardown),
        cmocka_unit_test_setup_teardown(a_session_goes_as_a_whole_or_not_at_all, setup, teardown),
        cmocka_unit_test_setup_teardown(a_broken_removal_removes_nothing, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
