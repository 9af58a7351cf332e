/* s3.h - the recordings bucket over the wire: its keys, their bytes, what is set on it.
 * SPDX-License-Identifier: MIT
 *
 * The same for an emulator's bucket and for one of AWS. Objects are read in ranges, so what is in
 * memory is bounded whatever their size, and a file that grows can be followed. Each request costs:
 * `use` counts those that reached the service, whatever it said; it may be NULL, else it must live
 * until the end is told. */
#ifndef OV_AWS_S3_H
#define OV_AWS_S3_H

#include "aws/client.h"
#include "base/mem.h"
#include "domain/price.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define S3_OBJECT_MAX \
    ((uint64_t)64 * 1024 * 1024) /* what a session may have, for us to look at it */
#define S3_KEYS_MAX 20000

struct s3_job;                      /* under way; gone once its end was told */
void s3_cancel(struct s3_job *job); /* NULL is fine */

struct s3_use {
    unsigned lists, gets;
};
int64_t s3_cost_microusd(const struct price_list *prices, const struct s3_use *use);

struct s3_key {
    const char *key; /* of a common prefix: with the delimiter at its end */
    bool is_prefix;  /* then the rest is not known */
    uint64_t size;
    int64_t modified_ms;
    const char *etag;
};
struct s3_list_request {
    const char *bucket;
    const char *prefix;    /* "" */
    const char *delimiter; /* "": none */
    const char *after;     /* go on behind this key; "": from the start */
    size_t max;            /* at most S3_KEYS_MAX */
};
/* In the order of the keys; `partial`: there are more. */
typedef void s3_listed(void *arg, const struct s3_key *keys, size_t count, bool partial,
                       const struct err *err);
struct s3_job *s3_list(struct aws_client *client, struct arena *arena,
                       const struct s3_list_request *request, struct s3_use *use, s3_listed *done,
                       void *arg);

struct s3_read_request {
    const char *bucket;
    const char *key;
    uint64_t from;
    uint64_t max;    /* bytes from there on; E_LIMIT when the object has more; 0: no limit */
    bool is_growing; /* what was read stays true when it changes: obsview.full */
};
/* Takes bytes as they come, in order. false ends it all, well. */
typedef bool s3_take(void *arg, const char *bytes, size_t length);
/* `size`: of the object when it was looked at last. Nothing behind `from` is no error. */
typedef void s3_read_done(void *arg, uint64_t size, const struct err *err);
struct s3_job *s3_read(struct aws_client *client, const struct s3_read_request *request,
                       struct s3_use *use, s3_take *take, s3_read_done *done, void *arg);

/* What is set on the bucket; asks both, and a refusal of one is told in its place. */
struct s3_bucket_settings {
    int64_t expiry_days; /* of the first rule that expires objects; 0: there is none */
    char encryption[32]; /* "AES256", "aws:kms"; "": none is set */
    struct err lifecycle_err, encryption_err;
};
typedef void s3_settings_done(void *arg, const struct s3_bucket_settings *settings);
struct s3_job *s3_settings(struct aws_client *client, const char *bucket, struct s3_use *use,
                           s3_settings_done *done, void *arg);

/* Removes keys, in one request. The error names the first that was refused. */
#define S3_DELETE_MAX 1000
typedef void s3_deleted(void *arg, const struct err *err);
struct s3_job *s3_delete(struct aws_client *client, const char *bucket, const char *const *keys,
                         size_t count, s3_deleted *done, void *arg);

#endif
