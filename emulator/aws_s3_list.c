/* aws_s3_list.c - ListObjectsV2 and its elder: keys in their order, rolled up at a delimiter.
 * SPDX-License-Identifier: MIT
 *
 * Keys are sorted as text, sessions as numbers in the store, so all numbers are read first: eight
 * bytes each. What is rolled up ("7451/") needs no look at the files, which is how a client asks
 * that lists sessions. Else the size of a file has to be known, and making files takes time; a page
 * that has made PAGE_WORK bytes of bodies ends there, as pages of S3 may end anywhere. */
#include "config.h"

#include "emulator/aws_s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"
#include "emulator/parts.h"
#include "wire/percent.h"

#define KEYS_MAX      1000
#define KEY_MAX       1024
#define SESSIONS_PAGE 1000
#define PAGE_WORK     (32ull * 1024 * 1024)

struct listing {
    struct aws_call *call;
    const char *prefix, *delimiter, *after;
    size_t max;
    bool is_encoded; /* encoding-type=url */
    bool with_owner;
    bool skips_rolled;  /* `after` may be a rolled-up prefix, of which nothing comes again */
    uint64_t work_left; /* bytes of bodies that may be read */
    /* what was found */
    cJSON *contents, *prefixes;
    size_t count;
    const char *last; /* key or prefix */
    bool is_truncated;
};

/* --- sessions in the order of their keys --- */

struct sessions {
    uint64_t *numbers;
    size_t count, room;
};

static int
by_text(const void *a, const void *b)
{
    char x[RECORDING_KEY_TEXT], y[RECORDING_KEY_TEXT];

    recording_key(x, *(const uint64_t *)a, RECORDING_FULL);
    recording_key(y, *(const uint64_t *)b, RECORDING_FULL);
    return strcmp(x, y);
}

static void
add_session(struct sessions *list, uint64_t number)
{
    if (list->count == list->room) {
        list->room = list->room == 0 ? 256 : list->room * 2;
        list->numbers = xreallocarray(list->numbers, list->room, sizeof *list->numbers);
    }
    list->numbers[list->count++] = number;
}

static enum status
read_sessions(struct sessions *list, struct store_reader *reader, struct err *err)
{
    struct arena *arena = arena_new();
    struct recording *page;
    uint64_t after = 0;
    size_t count;
    enum status st;

    do {
        arena_clear(arena);
        st = store_list_recordings(reader, arena, after, SESSIONS_PAGE, &page, &count, err);
        for (size_t i = 0; st == OK && i < count; i++)
            add_session(list, page[i].start.session);
        if (st == OK && count > 0)
            after = page[count - 1].start.session;
    } while (st == OK && count == SESSIONS_PAGE);
    arena_free(arena);
    if (st == OK && list->count > 0)
        qsort(list->numbers, list->count, sizeof *list->numbers, by_text);
    return st;
}

/* --- entries --- */

static void
add_key_text(const struct listing *l, cJSON *to, const char *name, const char *text)
{
    struct buf encoded;

    if (!l->is_encoded) {
        cJSON_AddStringToObject(to, name, text);
        return;
    }
    buf_init(&encoded, 3 * KEY_MAX);
    percent_encode(&encoded, text, strlen(text), true);
    cJSON_AddStringToObject(to, name, encoded.data);
    buf_fini(&encoded);
}

static void
take(struct listing *l, const char *entry)
{
    l->count++;
    l->last = arena_strdup(l->call->arena, entry);
}

/* The part of the key up to the delimiter behind the prefix; NULL: it has none there. */
static const char *
rolled_up(const struct listing *l, const char *key)
{
    size_t skip = strlen(l->prefix);
    const char *at = *l->delimiter == '\0' ? NULL : strstr(key + skip, l->delimiter);

    if (at == NULL)
        return NULL;
    return arena_strndup(l->call->arena, key, (size_t)(at - key) + strlen(l->delimiter));
}

/* false: the page is full. */
static bool
add_prefix(struct listing *l, const char *prefix)
{
    cJSON *entry;

    if (l->last != NULL && strcmp(l->last, prefix) == 0)
        return true;
    if (l->count == l->max)
        return false;
    entry = cJSON_CreateObject();
    add_key_text(l, entry, "Prefix", prefix);
    cJSON_AddItemToArray(l->prefixes, entry);
    take(l, prefix);
    return true;
}

static void
add_object(struct listing *l, const char *key, const struct s3_object *object)
{
    cJSON *entry = cJSON_CreateObject();

    add_key_text(l, entry, "Key", key);
    cJSON_AddItemToObject(entry, "LastModified", json_time(object->modified_ms));
    cJSON_AddStringToObject(entry, "ETag", object->etag);
    cJSON_AddNumberToObject(entry, "Size", (double)object->size);
    cJSON_AddStringToObject(entry, "StorageClass", "STANDARD");
    if (l->with_owner)
        cJSON_AddItemToObject(entry, "Owner", s3_owner());
    cJSON_AddItemToArray(l->contents, entry);
    take(l, key);
}

static bool
is_asked(const struct listing *l, const char *key)
{
    size_t after = strlen(l->after);

    if (strncmp(key, l->prefix, strlen(l->prefix)) != 0 || strcmp(key, l->after) <= 0)
        return false;
    return !(l->skips_rolled && after > 0 && *l->delimiter != '\0' &&
             strncmp(key, l->after, after) == 0);
}

/* A session whose files would be too much work for this page. */
static bool
is_too_much(struct listing *l, const struct recording *recording)
{
    if (s3_objects_know(emulator_s3_objects(l->call->em), recording))
        return false;
    if (l->count > 0 && recording->raw_bytes > l->work_left)
        return true;
    l->work_left -= recording->raw_bytes < l->work_left ? recording->raw_bytes : l->work_left;
    return false;
}

/* One key. *full: nothing more fits. */
static enum status
list_key(struct listing *l, const struct recording *recording, enum recording_file file, bool *full,
         struct err *err)
{
    char key[RECORDING_KEY_TEXT];
    struct s3_object object;
    const char *rolled;
    enum status st;

    recording_key(key, recording->start.session, file);
    if (!is_asked(l, key))
        return OK;
    rolled = rolled_up(l, key);
    if (rolled != NULL) {
        *full = !add_prefix(l, rolled);
        return OK;
    }
    if (file != RECORDING_FULL && is_too_much(l, recording)) {
        *full = true;
        return OK;
    }
    st = s3_objects_find(emulator_s3_objects(l->call->em), l->call->reader, recording, file,
                         &object, err);
    if (st != OK || object.size == 0)
        return st;
    *full = l->count == l->max;
    if (!*full)
        add_object(l, key, &object);
    return OK;
}

/* The keys of one session. What is rolled up or not asked for needs no look into the store. */
static enum status
list_session(struct listing *l, uint64_t session, bool *full, struct err *err)
{
    struct recording recording = { .start.session = session };
    bool is_needed = false;
    enum status st = OK;

    for (int f = 0; f < RECORDING_FILES && !is_needed; f++) {
        char key[RECORDING_KEY_TEXT];

        recording_key(key, session, (enum recording_file)f);
        is_needed = is_asked(l, key) && rolled_up(l, key) == NULL;
    }
    if (is_needed)
        st = store_find_recording(l->call->reader, l->call->arena, session, &recording, err);
    for (int f = 0; st == OK && f < RECORDING_FILES && !*full; f++)
        st = list_key(l, &recording, (enum recording_file)f, full, err);
    return st == E_NOTFOUND ? OK : st; /* it has gone meanwhile */
}

static enum status
list_all(struct listing *l)
{
    struct sessions sessions = { .count = 0 };
    struct err err = { 0 };
    bool full = false;
    enum status st = read_sessions(&sessions, l->call->reader, &err);

    l->contents = cJSON_CreateArray();
    l->prefixes = cJSON_CreateArray();
    for (size_t i = 0; st == OK && i < sessions.count && !full && l->max > 0; i++)
        st = list_session(l, sessions.numbers[i], &full, &err);
    l->is_truncated = full;
    free(sessions.numbers);
    return st == OK ? OK : s3_failed(l->call, &err);
}

/* --- the question and the answer --- */

static const char *const question[] = { "Bucket", "prefix", "delimiter", NULL };

static enum status
read_common(struct listing *l)
{
    static const char *const encodings[] = { "url", NULL };
    const struct awsvalue *in = &l->call->in;
    int64_t max = KEYS_MAX;
    int encoding = -1;
    enum status st = s3_check_bucket(l->call);

    if (st == OK)
        st = awsvalue_string(in, "prefix", AWS_OPTIONAL, 0, KEY_MAX, &l->prefix);
    if (st == OK)
        st = awsvalue_string(in, "delimiter", AWS_OPTIONAL, 0, KEY_MAX, &l->delimiter);
    if (st == OK)
        st = awsvalue_int(in, "max-keys", AWS_OPTIONAL, 0, INT32_MAX, &max);
    if (st == OK && awsvalue_has(in, "encoding-type"))
        st = awsvalue_enum(in, "encoding-type", AWS_OPTIONAL, encodings, &encoding);
    l->max = max > KEYS_MAX ? KEYS_MAX : (size_t)max;
    l->is_encoded = encoding == 0;
    return st;
}

static void
put_entries(struct listing *l)
{
    cJSON *out = l->call->out;

    if (*l->delimiter != '\0')
        add_key_text(l, out, "Delimiter", l->delimiter);
    if (l->is_encoded)
        cJSON_AddStringToObject(out, "EncodingType", "url");
    cJSON_AddItemToObject(out, "Contents", l->contents);
    cJSON_AddItemToObject(out, "CommonPrefixes", l->prefixes);
    snprintf(l->call->note, sizeof l->call->note, "%zu", l->count);
}

static void
put_head(struct listing *l)
{
    l->call->out = cJSON_CreateObject();
    cJSON_AddStringToObject(l->call->out, "Name", s3_bucket(l->call));
    add_key_text(l, l->call->out, "Prefix", l->prefix);
    cJSON_AddNumberToObject(l->call->out, "MaxKeys", (double)l->max);
    cJSON_AddBoolToObject(l->call->out, "IsTruncated", l->is_truncated);
}

enum status
aws_s3_list_objects_v2(struct aws_call *call)
{
    static const char *const known[] = { "Bucket",
                                         "list-type",
                                         "prefix",
                                         "delimiter",
                                         "max-keys",
                                         "start-after",
                                         "fetch-owner",
                                         "continuation-token",
                                         "encoding-type",
                                         "x-amz-expected-bucket-owner",
                                         NULL };
    struct listing l = {
        .call = call, .prefix = "", .delimiter = "", .after = "", .work_left = PAGE_WORK
    };
    uint64_t scope = aws_token_scope("ListObjectsV2", &call->in, question);
    const char *token = NULL, *start_after = "";
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_common(&l);
    if (st == OK)
        st = awsvalue_bool(&call->in, "fetch-owner", AWS_OPTIONAL, &l.with_owner);
    if (st == OK)
        st = awsvalue_string(&call->in, "start-after", AWS_OPTIONAL, 0, KEY_MAX, &start_after);
    if (st == OK)
        st = awsvalue_string(&call->in, "continuation-token", AWS_OPTIONAL, 1, 8192, &token);
    if (st != OK)
        return st;
    l.after = token == NULL ? start_after : aws_token_read(call->arena, scope, token);
    l.skips_rolled = token != NULL;
    if (l.after == NULL)
        return wire_error_set(call->error, 400, "InvalidArgument",
                              "The continuation token provided is incorrect");
    st = list_all(&l);
    put_head(&l);
    cJSON_AddNumberToObject(call->out, "KeyCount", (double)l.count);
    if (token != NULL)
        cJSON_AddStringToObject(call->out, "ContinuationToken", token);
    if (*start_after != '\0')
        add_key_text(&l, call->out, "StartAfter", start_after);
    if (l.is_truncated)
        cJSON_AddStringToObject(call->out, "NextContinuationToken",
                                aws_token_make(call->arena, scope, l.last));
    put_entries(&l);
    return st;
}

/* A page of the elder goes on behind its last key, which only a delimiter makes it tell. */
enum status
aws_s3_list_objects(struct aws_call *call)
{
    static const char *const known[] = { "Bucket",
                                         "prefix",
                                         "delimiter",
                                         "max-keys",
                                         "marker",
                                         "encoding-type",
                                         "x-amz-expected-bucket-owner",
                                         NULL };
    struct listing l = { .call = call,
                         .prefix = "",
                         .delimiter = "",
                         .after = "",
                         .work_left = PAGE_WORK,
                         .with_owner = true,
                         .skips_rolled = true };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_common(&l);
    if (st == OK)
        st = awsvalue_string(&call->in, "marker", AWS_OPTIONAL, 0, KEY_MAX, &l.after);
    if (st != OK)
        return st;
    l.skips_rolled = strlen(l.after) >= strlen(l.delimiter) &&
                     strcmp(l.after + strlen(l.after) - strlen(l.delimiter), l.delimiter) == 0;
    st = list_all(&l);
    put_head(&l);
    add_key_text(&l, call->out, "Marker", l.after);
    if (l.is_truncated)
        add_key_text(&l, call->out, "NextMarker", l.last);
    put_entries(&l);
    return st;
}
