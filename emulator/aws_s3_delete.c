/* aws_s3_delete.c - DeleteObjects and DeleteObject: a session goes as a whole or not at all.
 * SPDX-License-Identifier: MIT
 *
 * The files of a session are one thing here: who removes them together, in one request, removes the
 * session with its metadata. A file alone stays, and the answer says why. As in S3, a key that is
 * not there counts as removed. */
#include "config.h"

#include "emulator/aws_s3.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "emulator/aws_operations.h"
#include "emulator/parts.h"

#define KEYS_MAX 1000

/* A session of which something is to be removed. */
struct doomed {
    uint64_t session;
    bool is_named[RECORDING_FILES];
    char missing[RECORDING_KEY_TEXT]; /* a file that is there and was not named; "": none */
    bool has_gone;
};

struct deletion {
    struct aws_call *call;
    struct doomed *list;
    size_t count;
};

static struct doomed *
find_doomed(const struct deletion *d, uint64_t session)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->list[i].session == session)
            return &d->list[i];
    }
    return NULL;
}

static void
take_key(struct deletion *d, const char *key)
{
    enum recording_file file;
    struct doomed *doomed;
    uint64_t session;

    if (!recording_key_read(&session, &file, key))
        return;
    doomed = find_doomed(d, session);
    if (doomed == NULL) {
        doomed = &d->list[d->count++];
        doomed->session = session;
    }
    doomed->is_named[file] = true;
}

/* Which of its files were not named; a session that is not there has none. */
static enum status
look_for_missing(struct deletion *d, struct doomed *doomed, struct err *err)
{
    struct s3_objects *objects = emulator_s3_objects(d->call->em);
    struct recording recording;
    enum status st =
        store_find_recording(d->call->reader, d->call->arena, doomed->session, &recording, err);

    doomed->has_gone = st == E_NOTFOUND;
    for (int f = 0; st == OK && f < RECORDING_FILES; f++) {
        struct s3_object object;

        if (doomed->is_named[f])
            continue;
        st = s3_objects_find(objects, d->call->reader, &recording, (enum recording_file)f, &object,
                             err);
        if (st == OK && object.size > 0 && doomed->missing[0] == '\0')
            recording_key(doomed->missing, doomed->session, (enum recording_file)f);
    }
    return st == E_NOTFOUND ? OK : st;
}

static enum status
remove_sessions(struct deletion *d)
{
    struct err err = { 0 };
    enum status st = OK;

    for (size_t i = 0; st == OK && i < d->count; i++) {
        struct doomed *doomed = &d->list[i];

        st = look_for_missing(d, doomed, &err);
        if (st != OK || doomed->has_gone || doomed->missing[0] != '\0')
            continue;
        st = store_delete_recording(d->call->store, doomed->session, &err);
        if (st == E_NOTFOUND)
            st = OK;
    }
    return st == OK ? OK : s3_failed(d->call, &err);
}

static void
add_result(const struct deletion *d, const char *key, bool is_quiet, cJSON *deleted, cJSON *errors)
{
    enum recording_file file;
    uint64_t session;
    const struct doomed *doomed =
        recording_key_read(&session, &file, key) ? find_doomed(d, session) : NULL;
    cJSON *entry;

    if (is_quiet && (doomed == NULL || doomed->missing[0] == '\0'))
        return;
    entry = cJSON_CreateObject();
    cJSON_AddStringToObject(entry, "Key", key);
    if (doomed == NULL || doomed->missing[0] == '\0') {
        cJSON_AddItemToArray(deleted, entry);
        return;
    }
    cJSON_AddStringToObject(entry, "Code", "AccessDenied");
    cJSON_AddStringToObject(
        entry, "Message",
        arena_printf(d->call->arena, "a session is removed as a whole: %s is not among the keys",
                     doomed->missing));
    cJSON_AddItemToArray(errors, entry);
}

static enum status
malformed(struct aws_call *call)
{
    return wire_error_set(call->error, 400, "MalformedXML",
                          "expected <Delete> with 1 to %d <Object>s, each with a <Key>", KEYS_MAX);
}

/* The keys as a list, be there one or many; of each is checked that it is a text. */
static enum status
read_keys(struct aws_call *call, const cJSON **first, size_t *count)
{
    const cJSON *objects = json_get(json_get(call->in.object, "Delete"), "Object");

    *first = cJSON_IsArray(objects) ? objects->child : objects;
    *count = cJSON_IsArray(objects) ? (size_t)cJSON_GetArraySize(objects) : objects != NULL;
    if (*count == 0 || *count > KEYS_MAX)
        return malformed(call);
    objects = *first;
    for (size_t i = 0; i < *count; i++, objects = objects->next) {
        if (json_get_string(objects, "Key", NULL) == NULL)
            return malformed(call);
    }
    return OK;
}

enum status
aws_s3_delete_objects(struct aws_call *call)
{
    static const char *const known[] = { "Bucket", "delete", "Delete",
                                         "x-amz-expected-bucket-owner", NULL };
    const cJSON *object = NULL, *first = NULL;
    struct deletion d = { .call = call };
    cJSON *deleted, *errors;
    bool is_quiet;
    size_t count = 0;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = s3_check_bucket(call);
    if (st == OK)
        st = read_keys(call, &first, &count);
    if (st != OK)
        return st;
    is_quiet =
        strcmp(json_get_string(json_get(call->in.object, "Delete"), "Quiet", ""), "true") == 0;
    d.list = arena_alloc(call->arena, count * sizeof *d.list);
    object = first;
    for (size_t i = 0; i < count; i++, object = object->next)
        take_key(&d, json_get_string(object, "Key", ""));
    st = remove_sessions(&d);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    deleted = cJSON_AddArrayToObject(call->out, "Deleted");
    errors = cJSON_AddArrayToObject(call->out, "Error");
    object = first;
    for (size_t i = 0; i < count; i++, object = object->next)
        add_result(&d, json_get_string(object, "Key", ""), is_quiet, deleted, errors);
    snprintf(call->note, sizeof call->note, "%zu of %zu keys refused",
             (size_t)cJSON_GetArraySize(errors), count);
    call->has_fault = cJSON_GetArraySize(errors) > 0;
    return OK;
}

enum status
aws_s3_delete_object(struct aws_call *call)
{
    static const char *const known[] = { "Bucket", "Key", "x-amz-expected-bucket-owner", NULL };
    struct recording recording;
    struct s3_object object;
    enum recording_file file;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = s3_check_bucket(call);
    if (st != OK)
        return st;
    st = s3_find(call, json_get_string(call->in.object, "Key", ""), &recording, &file, &object);
    if (st == OK)
        return wire_error_set(
            call->error, 403, "AccessDenied",
            "a session is removed as a whole: give all its keys to DeleteObjects, "
            "or: obsview sessions rm %llu",
            (unsigned long long)recording.start.session);
    if (call->error->status != 404)
        return st;
    s3_answer(call, 204);
    return OK;
}
