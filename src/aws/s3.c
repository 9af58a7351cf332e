/* s3.c - jobs on the recordings bucket.
 * SPDX-License-Identifier: MIT
 *
 * Path style throughout: it works for an emulator on an address without a name, and for a bucket of
 * AWS alike. A list is asked page by page; an object range by range, each fastened to the ETag of
 * the first, so that no two states of it are mixed. */
#include "config.h"

#include "aws/s3.h"

#include "base/buf.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/text.h"
#include "wire/byte_range.h"
#include "wire/percent.h"
#include "wire/xml.h"
#include "wire/xml_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_KEYS  1000
#define PAGES_MAX  (S3_KEYS_MAX / 10) /* pages need not be full */
#define STEP_BYTES ((uint64_t)4 * 1024 * 1024)
#define TEXT_MAX   ((size_t)8 * 1024 * 1024)
#define QUERY_MAX  16384

struct s3_job {
    struct aws_client *client;
    struct aws_call *call;
    struct s3_use *use;
    char *bucket, *key; /* key NULL: it is about the bucket */
    void *arg;
    /* a list */
    struct arena *arena;
    struct s3_key *keys;
    size_t count, room, max;
    char *prefix, *delimiter, *after, *token;
    unsigned pages;
    s3_listed *listed;
    /* an object */
    uint64_t at, end, size;
    bool is_growing;
    char *etag;
    s3_take *take;
    s3_read_done *read_done;
    /* settings */
    struct s3_bucket_settings settings;
    s3_settings_done *settings_done;
    s3_deleted *deleted;
};

static struct s3_job *
new_job(struct aws_client *client, const char *bucket, struct s3_use *use, void *arg)
{
    struct s3_job *job = xcalloc(1, sizeof *job);

    job->client = client;
    job->bucket = xstrdup(bucket);
    job->use = use;
    job->arg = arg;
    return job;
}

static void
job_free(struct s3_job *job)
{
    free(job->bucket);
    free(job->key);
    free(job->prefix);
    free(job->delimiter);
    free(job->after);
    free(job->token);
    free(job->etag);
    free(job);
}

void
s3_cancel(struct s3_job *job)
{
    if (job == NULL)
        return;
    aws_call_cancel(job->call);
    job_free(job);
}

int64_t
s3_cost_microusd(const struct price_list *prices, const struct s3_use *use)
{
    return price_microusd(prices, PRICE_S3_PUT, use->lists) + /* a LIST is priced as a PUT */
           price_microusd(prices, PRICE_S3_GET, use->gets);
}

/* --- asking --- */

static void
start(struct s3_job *job, struct aws_rest *rest, unsigned *count, aws_rest_done *done)
{
    struct buf path;

    buf_init(&path, 8192);
    buf_addc(&path, '/');
    percent_encode(&path, job->bucket, strlen(job->bucket), false);
    if (job->key != NULL) {
        buf_addc(&path, '/');
        percent_encode(&path, job->key, strlen(job->key), true);
    }
    rest->path = path.data;
    rest->query = rest->query == NULL ? "" : rest->query;
    job->call = aws_rest_start(job->client, rest, done, job);
    if (count != NULL)
        aws_call_count(job->call, count);
    buf_fini(&path);
}

static void
add_parameter(struct buf *query, const char *name, const char *value)
{
    buf_addf(query, "%s%s=", query->len == 0 ? "" : "&", name);
    percent_encode(query, value, strlen(value), false);
}

/* "s3://mobs/7451/dom.mobs: ..." */
static struct err
named(const struct s3_job *job, const struct err *err)
{
    struct err out = *err;

    (void)err_context(&out, "s3://%s%s%s", job->bucket, job->key == NULL ? "" : "/",
                      job->key == NULL ? "" : job->key);
    return out;
}

static enum status
read_xml(cJSON **out, const struct net_answer *answer, const char *expected, struct err *err)
{
    char root[XML_READ_NAME];
    enum status st = xml_read(out, root, NULL, answer->body->data, answer->body->len, err);

    if (st == OK && strcmp(root, expected) != 0) {
        cJSON_Delete(*out);
        st = err_set(err, E_INVALID, "expected <%s> in the answer, got <%s>", expected, root);
    }
    return st;
}

/* What may be there once, often or not at all. */
static const cJSON *
first_of(const cJSON *value)
{
    return cJSON_IsArray(value) ? value->child : value;
}

static const cJSON *
next_of(const cJSON *list, const cJSON *item)
{
    return cJSON_IsArray(list) ? item->next : NULL;
}

/* --- lists --- */

static void on_list(void *arg, const struct net_answer *answer, const struct err *err);

static void
ask_page(struct s3_job *job)
{
    struct aws_rest rest = { .operation = "ListObjectsV2",
                             .method = "GET",
                             .answer_max = TEXT_MAX };
    size_t left = job->max - job->count;
    struct buf query;
    char max[16];

    snprintf(max, sizeof max, "%zu", left < PAGE_KEYS ? left : (size_t)PAGE_KEYS);
    buf_init(&query, QUERY_MAX);
    if (job->token != NULL)
        add_parameter(&query, "continuation-token", job->token);
    if (*job->delimiter != '\0')
        add_parameter(&query, "delimiter", job->delimiter);
    add_parameter(&query, "list-type", "2");
    add_parameter(&query, "max-keys", max);
    add_parameter(&query, "prefix", job->prefix);
    if (*job->after != '\0')
        add_parameter(&query, "start-after", job->after);
    rest.query = query.data;
    job->pages++;
    start(job, &rest, job->use == NULL ? NULL : &job->use->lists, on_list);
    buf_fini(&query);
}

static struct s3_key *
add_key(struct s3_job *job, const char *text)
{
    struct s3_key *key;

    job->keys = arena_grow(job->arena, job->keys, job->count, &job->room, 64, sizeof *job->keys);
    key = &job->keys[job->count++];
    *key = (struct s3_key){ .key = arena_strdup(job->arena, text), .etag = "" };
    return key;
}

static void
take_object(struct s3_job *job, const cJSON *item)
{
    const char *text = json_get_string(item, "Key", NULL);
    struct s3_key *key;
    int64_t size;

    if (text == NULL || job->count == job->max)
        return;
    key = add_key(job, text);
    if (text_parse_int(&size, json_get_string(item, "Size", "")) && size >= 0)
        key->size = (uint64_t)size;
    if (!iso8601_parse(&key->modified_ms, json_get_string(item, "LastModified", "")))
        key->modified_ms = 0;
    key->etag = arena_strdup(job->arena, json_get_string(item, "ETag", ""));
}

static void
take_prefix(struct s3_job *job, const cJSON *item)
{
    const char *text = json_get_string(item, "Prefix", NULL);

    if (text != NULL && job->count < job->max)
        add_key(job, text)->is_prefix = true;
}

static int
by_key(const void *a, const void *b)
{
    return strcmp(((const struct s3_key *)a)->key, ((const struct s3_key *)b)->key);
}

static void
end_list(struct s3_job *job, bool more, const struct err *err)
{
    struct err why = err == NULL ? (struct err){ .code = OK } : named(job, err);

    if (job->count > 1)
        qsort(job->keys, job->count, sizeof *job->keys, by_key);
    job->listed(job->arg, job->keys, job->count, more, err == NULL ? NULL : &why);
    job_free(job);
}

static void
on_list(void *arg, const struct net_answer *answer, const struct err *err)
{
    struct s3_job *job = arg;
    const cJSON *contents, *prefixes;
    struct err why = { 0 };
    cJSON *page = NULL;
    char *token;

    if (err == NULL && read_xml(&page, answer, "ListBucketResult", &why) != OK)
        err = &why;
    if (err != NULL) {
        end_list(job, false, err);
        return;
    }
    contents = json_get(page, "Contents");
    for (const cJSON *item = first_of(contents); item != NULL; item = next_of(contents, item))
        take_object(job, item);
    prefixes = json_get(page, "CommonPrefixes");
    for (const cJSON *item = first_of(prefixes); item != NULL; item = next_of(prefixes, item))
        take_prefix(job, item);
    token = json_get_string(page, "NextContinuationToken", NULL) == NULL
                ? NULL
                : xstrdup(json_get_string(page, "NextContinuationToken", NULL));
    cJSON_Delete(page);
    free(job->token);
    job->token = token;
    if (token != NULL && job->count < job->max && job->pages < PAGES_MAX)
        ask_page(job);
    else
        end_list(job, token != NULL, NULL);
}

struct s3_job *
s3_list(struct aws_client *client, struct arena *arena, const struct s3_list_request *request,
        struct s3_use *use, s3_listed *done, void *arg)
{
    struct s3_job *job = new_job(client, request->bucket, use, arg);

    job->arena = arena;
    job->max = request->max < S3_KEYS_MAX ? request->max : S3_KEYS_MAX;
    job->prefix = xstrdup(request->prefix);
    job->delimiter = xstrdup(request->delimiter);
    job->after = xstrdup(request->after);
    job->listed = done;
    ask_page(job);
    return job;
}

/* --- objects --- */

static void on_part(void *arg, const struct net_answer *answer, const struct err *err);

static void
ask_part(struct s3_job *job)
{
    uint64_t last = job->at + STEP_BYTES - 1;
    struct aws_rest rest = { .operation = "GetObject",
                             .method = "GET",
                             .if_match = job->is_growing ? NULL : job->etag,
                             .answer_max = STEP_BYTES };
    char range[64];

    snprintf(range, sizeof range, "bytes=%" PRIu64 "-%" PRIu64, job->at, last);
    rest.range = range;
    start(job, &rest, job->use == NULL ? NULL : &job->use->gets, on_part);
}

static void
end_read(struct s3_job *job, const struct err *err)
{
    struct err why = err == NULL ? (struct err){ .code = OK } : named(job, err);

    job->read_done(job->arg, job->size, err == NULL ? NULL : &why);
    job_free(job);
}

/* Where the part is that came. A server that knows no ranges sends all of it from the start. */
static enum status
place_part(struct s3_job *job, const struct net_answer *answer, struct err *err)
{
    uint64_t from = 0, size = answer->body->len;

    if (answer->status == 206 && !byte_range_read_content(answer->content_range, &from, &size))
        return err_set(err, E_INVALID, "expected Content-Range \"bytes A-B/SIZE\", got \"%.60s\"",
                       answer->content_range == NULL ? "" : answer->content_range);
    if (from != job->at)
        return err_set(err, E_INVALID, "expected bytes from %" PRIu64 " on, got some from %" PRIu64,
                       job->at, from);
    job->size = size;
    if (job->end != 0 && size > job->end)
        return err_set(err, E_LIMIT, "it has %" PRIu64 " bytes, expected %" PRIu64 " at most", size,
                       job->end);
    if (answer->body->len == 0 && job->at < size)
        return err_set(err, E_INVALID, "the answer has none of the bytes it announces");
    return OK;
}

static void
on_part(void *arg, const struct net_answer *answer, const struct err *err)
{
    struct s3_job *job = arg;
    struct err why = { 0 };

    if (err == NULL && answer->status == 416) { /* nothing is behind it */
        job->size = job->at;
        end_read(job, NULL);
        return;
    }
    if (err == NULL && place_part(job, answer, &why) != OK)
        err = &why;
    if (err != NULL) {
        end_read(job, err);
        return;
    }
    if (job->etag == NULL && answer->etag != NULL)
        job->etag = xstrdup(answer->etag);
    job->at += answer->body->len;
    if (!job->take(job->arg, answer->body->data, answer->body->len) || job->at >= job->size)
        end_read(job, NULL);
    else
        ask_part(job);
}

struct s3_job *
s3_read(struct aws_client *client, const struct s3_read_request *request, struct s3_use *use,
        s3_take *take, s3_read_done *done, void *arg)
{
    struct s3_job *job = new_job(client, request->bucket, use, arg);

    job->key = xstrdup(request->key);
    job->at = request->from;
    job->end = request->max == 0 ? 0 : request->from + request->max;
    job->is_growing = request->is_growing;
    job->take = take;
    job->read_done = done;
    ask_part(job);
    return job;
}

/* --- settings --- */

/* NoSuchLifecycleConfiguration and its like: nothing is set. */
static void
keep_err(struct err *out, const struct s3_job *job, const struct err *err)
{
    if (err != NULL && strstr(err->text, "bucket does not exist") != NULL)
        *out = named(job, err);
    else if (err != NULL && err->code != E_NOTFOUND)
        *out = named(job, err);
}

static void
on_encryption(void *arg, const struct net_answer *answer, const struct err *err)
{
    struct s3_job *job = arg;
    struct err why = { 0 };
    cJSON *doc = NULL;

    if (err == NULL && read_xml(&doc, answer, "ServerSideEncryptionConfiguration", &why) != OK)
        err = &why;
    keep_err(&job->settings.encryption_err, job, err);
    snprintf(job->settings.encryption, sizeof job->settings.encryption, "%s",
             json_get_string(
                 json_get(first_of(json_get(doc, "Rule")), "ApplyServerSideEncryptionByDefault"),
                 "SSEAlgorithm", ""));
    cJSON_Delete(doc);
    job->settings_done(job->arg, &job->settings);
    job_free(job);
}

static void
take_rule(struct s3_job *job, const cJSON *rule)
{
    int64_t days;

    if (job->settings.expiry_days == 0 &&
        strcmp(json_get_string(rule, "Status", ""), "Enabled") == 0 &&
        text_parse_int(&days, json_get_string(json_get(rule, "Expiration"), "Days", "")) &&
        days > 0)
        job->settings.expiry_days = days;
}

static void
on_lifecycle(void *arg, const struct net_answer *answer, const struct err *err)
{
    struct s3_job *job = arg;
    struct aws_rest rest = { .operation = "GetBucketEncryption",
                             .method = "GET",
                             .query = "encryption=",
                             .answer_max = TEXT_MAX };
    const cJSON *rules;
    struct err why = { 0 };
    cJSON *doc = NULL;

    if (err == NULL && read_xml(&doc, answer, "LifecycleConfiguration", &why) != OK)
        err = &why;
    keep_err(&job->settings.lifecycle_err, job, err);
    rules = json_get(doc, "Rule");
    for (const cJSON *rule = first_of(rules); rule != NULL; rule = next_of(rules, rule))
        take_rule(job, rule);
    cJSON_Delete(doc);
    start(job, &rest, job->use == NULL ? NULL : &job->use->gets, on_encryption);
}

struct s3_job *
s3_settings(struct aws_client *client, const char *bucket, struct s3_use *use,
            s3_settings_done *done, void *arg)
{
    struct s3_job *job = new_job(client, bucket, use, arg);
    struct aws_rest rest = { .operation = "GetBucketLifecycleConfiguration",
                             .method = "GET",
                             .query = "lifecycle=",
                             .answer_max = TEXT_MAX };

    job->settings_done = done;
    start(job, &rest, use == NULL ? NULL : &use->gets, on_lifecycle);
    return job;
}

/* --- removal --- */

static void
on_deleted(void *arg, const struct net_answer *answer, const struct err *err)
{
    struct s3_job *job = arg;
    struct err why = { 0 };
    const cJSON *refused;
    cJSON *doc = NULL;

    if (err == NULL && read_xml(&doc, answer, "DeleteResult", &why) != OK)
        err = &why;
    refused = first_of(json_get(doc, "Error"));
    if (refused != NULL) {
        err_set(&why, E_INVALID, "%s: %s", json_get_string(refused, "Key", ""),
                json_get_string(refused, "Message", ""));
        err = &why;
    }
    cJSON_Delete(doc);
    if (err != NULL)
        why = named(job, err);
    job->deleted(job->arg, err == NULL ? NULL : &why);
    job_free(job);
}

struct s3_job *
s3_delete(struct aws_client *client, const char *bucket, const char *const *keys, size_t count,
          s3_deleted *done, void *arg)
{
    struct s3_job *job = new_job(client, bucket, NULL, arg);
    struct aws_rest rest = {
        .operation = "DeleteObjects", .method = "POST", .query = "delete=", .answer_max = TEXT_MAX
    };
    struct buf body;

    buf_init(&body, TEXT_MAX);
    buf_adds(&body, "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (size_t i = 0; i < count; i++) {
        buf_adds(&body, "<Object><Key>");
        xml_text(&body, keys[i]);
        buf_adds(&body, "</Key></Object>");
    }
    buf_adds(&body, "</Delete>");
    rest.body = body.data;
    job->deleted = done;
    start(job, &rest, NULL, on_deleted);
    buf_fini(&body);
    return job;
}
