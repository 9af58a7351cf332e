/* s3_operation.c - the table of S3's operations (its API model, 2006-03-01).
 * SPDX-License-Identifier: MIT
 *
 * All of them, so that one that is not supported is refused by its name. The first row that fits is
 * the one: those that want more stand before those that want less. */
#include "config.h"

#include "wire/s3_operation.h"

#include <stddef.h>
#include <string.h>

/* clang-format off */
static const struct s3_operation operations[] = {
    { S3_SERVICE, "GET", { NULL, NULL }, NULL, "ListBuckets", "ListAllMyBucketsResult" },
    { S3_BUCKET, "DELETE", { "analytics", "id" }, NULL, "DeleteBucketAnalyticsConfiguration", NULL },
    { S3_BUCKET, "DELETE", { "intelligent-tiering", "id" }, NULL, "DeleteBucketIntelligentTieringConfiguration", NULL },
    { S3_BUCKET, "DELETE", { "inventory", "id" }, NULL, "DeleteBucketInventoryConfiguration", NULL },
    { S3_BUCKET, "DELETE", { "metrics", "id" }, NULL, "DeleteBucketMetricsConfiguration", NULL },
    { S3_BUCKET, "DELETE", { "cors", NULL }, NULL, "DeleteBucketCors", NULL },
    { S3_BUCKET, "DELETE", { "encryption", NULL }, NULL, "DeleteBucketEncryption", NULL },
    { S3_BUCKET, "DELETE", { "lifecycle", NULL }, NULL, "DeleteBucketLifecycle", NULL },
    { S3_BUCKET, "DELETE", { "metadataConfiguration", NULL }, NULL, "DeleteBucketMetadataConfiguration", NULL },
    { S3_BUCKET, "DELETE", { "metadataTable", NULL }, NULL, "DeleteBucketMetadataTableConfiguration", NULL },
    { S3_BUCKET, "DELETE", { "ownershipControls", NULL }, NULL, "DeleteBucketOwnershipControls", NULL },
    { S3_BUCKET, "DELETE", { "policy", NULL }, NULL, "DeleteBucketPolicy", NULL },
    { S3_BUCKET, "DELETE", { "replication", NULL }, NULL, "DeleteBucketReplication", NULL },
    { S3_BUCKET, "DELETE", { "tagging", NULL }, NULL, "DeleteBucketTagging", NULL },
    { S3_BUCKET, "DELETE", { "website", NULL }, NULL, "DeleteBucketWebsite", NULL },
    { S3_BUCKET, "DELETE", { "publicAccessBlock", NULL }, NULL, "DeletePublicAccessBlock", NULL },
    { S3_BUCKET, "DELETE", { NULL, NULL }, NULL, "DeleteBucket", NULL },
    { S3_BUCKET, "GET", { "analytics", "id" }, NULL, "GetBucketAnalyticsConfiguration", NULL },
    { S3_BUCKET, "GET", { "intelligent-tiering", "id" }, NULL, "GetBucketIntelligentTieringConfiguration", NULL },
    { S3_BUCKET, "GET", { "inventory", "id" }, NULL, "GetBucketInventoryConfiguration", NULL },
    { S3_BUCKET, "GET", { "metrics", "id" }, NULL, "GetBucketMetricsConfiguration", NULL },
    { S3_BUCKET, "GET", { "session", NULL }, NULL, "CreateSession", NULL },
    { S3_BUCKET, "GET", { "abac", NULL }, NULL, "GetBucketAbac", NULL },
    { S3_BUCKET, "GET", { "accelerate", NULL }, NULL, "GetBucketAccelerateConfiguration", NULL },
    { S3_BUCKET, "GET", { "acl", NULL }, NULL, "GetBucketAcl", NULL },
    { S3_BUCKET, "GET", { "cors", NULL }, NULL, "GetBucketCors", NULL },
    { S3_BUCKET, "GET", { "encryption", NULL }, NULL, "GetBucketEncryption", "ServerSideEncryptionConfiguration" },
    { S3_BUCKET, "GET", { "lifecycle", NULL }, NULL, "GetBucketLifecycleConfiguration", "LifecycleConfiguration" },
    { S3_BUCKET, "GET", { "location", NULL }, NULL, "GetBucketLocation", "LocationConstraint" },
    { S3_BUCKET, "GET", { "logging", NULL }, NULL, "GetBucketLogging", NULL },
    { S3_BUCKET, "GET", { "metadataConfiguration", NULL }, NULL, "GetBucketMetadataConfiguration", NULL },
    { S3_BUCKET, "GET", { "metadataTable", NULL }, NULL, "GetBucketMetadataTableConfiguration", NULL },
    { S3_BUCKET, "GET", { "notification", NULL }, NULL, "GetBucketNotificationConfiguration", NULL },
    { S3_BUCKET, "GET", { "ownershipControls", NULL }, NULL, "GetBucketOwnershipControls", NULL },
    { S3_BUCKET, "GET", { "policy", NULL }, NULL, "GetBucketPolicy", NULL },
    { S3_BUCKET, "GET", { "policyStatus", NULL }, NULL, "GetBucketPolicyStatus", NULL },
    { S3_BUCKET, "GET", { "replication", NULL }, NULL, "GetBucketReplication", NULL },
    { S3_BUCKET, "GET", { "requestPayment", NULL }, NULL, "GetBucketRequestPayment", NULL },
    { S3_BUCKET, "GET", { "tagging", NULL }, NULL, "GetBucketTagging", NULL },
    { S3_BUCKET, "GET", { "versioning", NULL }, NULL, "GetBucketVersioning", NULL },
    { S3_BUCKET, "GET", { "website", NULL }, NULL, "GetBucketWebsite", NULL },
    { S3_BUCKET, "GET", { "object-lock", NULL }, NULL, "GetObjectLockConfiguration", NULL },
    { S3_BUCKET, "GET", { "publicAccessBlock", NULL }, NULL, "GetPublicAccessBlock", NULL },
    { S3_BUCKET, "GET", { "analytics", NULL }, NULL, "ListBucketAnalyticsConfigurations", NULL },
    { S3_BUCKET, "GET", { "intelligent-tiering", NULL }, NULL, "ListBucketIntelligentTieringConfigurations", NULL },
    { S3_BUCKET, "GET", { "inventory", NULL }, NULL, "ListBucketInventoryConfigurations", NULL },
    { S3_BUCKET, "GET", { "metrics", NULL }, NULL, "ListBucketMetricsConfigurations", NULL },
    { S3_BUCKET, "GET", { "uploads", NULL }, NULL, "ListMultipartUploads", NULL },
    { S3_BUCKET, "GET", { "versions", NULL }, NULL, "ListObjectVersions", NULL },
    { S3_BUCKET, "GET", { "list-type", NULL }, NULL, "ListObjectsV2", "ListBucketResult" },
    { S3_BUCKET, "GET", { NULL, NULL }, NULL, "ListObjects", "ListBucketResult" },
    { S3_BUCKET, "HEAD", { NULL, NULL }, NULL, "HeadBucket", NULL },
    { S3_BUCKET, "POST", { "metadataConfiguration", NULL }, NULL, "CreateBucketMetadataConfiguration", NULL },
    { S3_BUCKET, "POST", { "metadataTable", NULL }, NULL, "CreateBucketMetadataTableConfiguration", NULL },
    { S3_BUCKET, "POST", { "delete", NULL }, NULL, "DeleteObjects", "DeleteResult" },
    { S3_BUCKET, "PUT", { "analytics", "id" }, NULL, "PutBucketAnalyticsConfiguration", NULL },
    { S3_BUCKET, "PUT", { "intelligent-tiering", "id" }, NULL, "PutBucketIntelligentTieringConfiguration", NULL },
    { S3_BUCKET, "PUT", { "inventory", "id" }, NULL, "PutBucketInventoryConfiguration", NULL },
    { S3_BUCKET, "PUT", { "metrics", "id" }, NULL, "PutBucketMetricsConfiguration", NULL },
    { S3_BUCKET, "PUT", { "abac", NULL }, NULL, "PutBucketAbac", NULL },
    { S3_BUCKET, "PUT", { "accelerate", NULL }, NULL, "PutBucketAccelerateConfiguration", NULL },
    { S3_BUCKET, "PUT", { "acl", NULL }, NULL, "PutBucketAcl", NULL },
    { S3_BUCKET, "PUT", { "cors", NULL }, NULL, "PutBucketCors", NULL },
    { S3_BUCKET, "PUT", { "encryption", NULL }, NULL, "PutBucketEncryption", NULL },
    { S3_BUCKET, "PUT", { "lifecycle", NULL }, NULL, "PutBucketLifecycleConfiguration", NULL },
    { S3_BUCKET, "PUT", { "logging", NULL }, NULL, "PutBucketLogging", NULL },
    { S3_BUCKET, "PUT", { "notification", NULL }, NULL, "PutBucketNotificationConfiguration", NULL },
    { S3_BUCKET, "PUT", { "ownershipControls", NULL }, NULL, "PutBucketOwnershipControls", NULL },
    { S3_BUCKET, "PUT", { "policy", NULL }, NULL, "PutBucketPolicy", NULL },
    { S3_BUCKET, "PUT", { "replication", NULL }, NULL, "PutBucketReplication", NULL },
    { S3_BUCKET, "PUT", { "requestPayment", NULL }, NULL, "PutBucketRequestPayment", NULL },
    { S3_BUCKET, "PUT", { "tagging", NULL }, NULL, "PutBucketTagging", NULL },
    { S3_BUCKET, "PUT", { "versioning", NULL }, NULL, "PutBucketVersioning", NULL },
    { S3_BUCKET, "PUT", { "website", NULL }, NULL, "PutBucketWebsite", NULL },
    { S3_BUCKET, "PUT", { "object-lock", NULL }, NULL, "PutObjectLockConfiguration", NULL },
    { S3_BUCKET, "PUT", { "publicAccessBlock", NULL }, NULL, "PutPublicAccessBlock", NULL },
    { S3_BUCKET, "PUT", { "metadataInventoryTable", NULL }, NULL, "UpdateBucketMetadataInventoryTableConfiguration", NULL },
    { S3_BUCKET, "PUT", { "metadataJournalTable", NULL }, NULL, "UpdateBucketMetadataJournalTableConfiguration", NULL },
    { S3_BUCKET, "PUT", { NULL, NULL }, NULL, "CreateBucket", NULL },
    { S3_OBJECT, "DELETE", { "uploadId", NULL }, NULL, "AbortMultipartUpload", NULL },
    { S3_OBJECT, "DELETE", { "tagging", NULL }, NULL, "DeleteObjectTagging", NULL },
    { S3_OBJECT, "DELETE", { NULL, NULL }, NULL, "DeleteObject", NULL },
    { S3_OBJECT, "GET", { "acl", NULL }, NULL, "GetObjectAcl", NULL },
    { S3_OBJECT, "GET", { "attributes", NULL }, NULL, "GetObjectAttributes", NULL },
    { S3_OBJECT, "GET", { "legal-hold", NULL }, NULL, "GetObjectLegalHold", NULL },
    { S3_OBJECT, "GET", { "retention", NULL }, NULL, "GetObjectRetention", NULL },
    { S3_OBJECT, "GET", { "tagging", NULL }, NULL, "GetObjectTagging", NULL },
    { S3_OBJECT, "GET", { "torrent", NULL }, NULL, "GetObjectTorrent", NULL },
    { S3_OBJECT, "GET", { "uploadId", NULL }, NULL, "ListParts", NULL },
    { S3_OBJECT, "GET", { NULL, NULL }, NULL, "GetObject", NULL },
    { S3_OBJECT, "HEAD", { NULL, NULL }, NULL, "HeadObject", NULL },
    { S3_OBJECT, "POST", { "uploadId", NULL }, NULL, "CompleteMultipartUpload", NULL },
    { S3_OBJECT, "POST", { "uploads", NULL }, NULL, "CreateMultipartUpload", NULL },
    { S3_OBJECT, "POST", { "restore", NULL }, NULL, "RestoreObject", NULL },
    { S3_OBJECT, "POST", { "select", NULL }, NULL, "SelectObjectContent", NULL },
    { S3_OBJECT, "PUT", { "partNumber", "uploadId" }, "x-amz-copy-source", "UploadPartCopy", NULL },
    { S3_OBJECT, "PUT", { "partNumber", "uploadId" }, NULL, "UploadPart", NULL },
    { S3_OBJECT, "PUT", { NULL, NULL }, "x-amz-copy-source", "CopyObject", NULL },
    { S3_OBJECT, "PUT", { "acl", NULL }, NULL, "PutObjectAcl", NULL },
    { S3_OBJECT, "PUT", { "legal-hold", NULL }, NULL, "PutObjectLegalHold", NULL },
    { S3_OBJECT, "PUT", { "retention", NULL }, NULL, "PutObjectRetention", NULL },
    { S3_OBJECT, "PUT", { "tagging", NULL }, NULL, "PutObjectTagging", NULL },
    { S3_OBJECT, "PUT", { "renameObject", NULL }, NULL, "RenameObject", NULL },
    { S3_OBJECT, "PUT", { "encryption", NULL }, NULL, "UpdateObjectEncryption", NULL },
    { S3_OBJECT, "PUT", { NULL, NULL }, NULL, "PutObject", NULL },
};
/* clang-format on */

#define OPERATIONS (sizeof operations / sizeof operations[0])

static bool
has_parameter(const char *query, const char *name)
{
    size_t len = strlen(name);

    while (*query != '\0') {
        size_t own = strcspn(query, "=&");

        if (own == len && strncmp(query, name, len) == 0)
            return true;
        query += strcspn(query, "&");
        query += *query == '&';
    }
    return false;
}

static bool
fits(const struct s3_operation *op, const struct http_request *rq, enum s3_level level)
{
    if (op->level != level || strcmp(op->method, rq->method) != 0)
        return false;
    for (size_t i = 0; i < 2 && op->marks[i] != NULL; i++) {
        if (!has_parameter(rq->query, op->marks[i]))
            return false;
    }
    return op->header == NULL || http_header_get(rq, op->header) != NULL;
}

const struct s3_operation *
s3_operation_of(const struct http_request *rq, enum s3_level level)
{
    for (size_t i = 0; i < OPERATIONS; i++) {
        if (fits(&operations[i], rq, level))
            return &operations[i];
    }
    return NULL;
}

const struct s3_operation *
s3_operation_named(const char *name)
{
    for (size_t i = 0; i < OPERATIONS; i++) {
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    }
    return NULL;
}
