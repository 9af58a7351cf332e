/* service.h - the AWS services by name, and how each is spoken to.
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_SERVICE_H
#define OV_WIRE_SERVICE_H

struct wire_service {
    const char *name;          /* as requests are signed: "monitoring" */
    const char *title;         /* for people: "CloudWatch" */
    const char *target;        /* X-Amz-Target before the dot; NULL: speaks no AWS JSON */
    const char *json_version;  /* what its own clients send: "1.0" or "1.1" */
    const char *cbor_name;     /* in paths of RPC v2 CBOR; NULL: does not speak it */
    const char *shapes;        /* namespace of its shapes in its Smithy model; with cbor_name */
    const char *rest_version;  /* first segment of its REST paths; NULL: has none */
    const char *query_version; /* Version parameter; NULL: speaks no query protocol */
    const char *xmlns;         /* of its query answers */
    const char *missing_code;  /* the error for a required parameter that is absent */
    const char *invalid_code;  /* the error for a parameter of a wrong value */
};

/* Ends with a row of NULLs. */
extern const struct wire_service wire_services[];

/* NULL when unknown. */
const struct wire_service *service_by_name(const char *name);
const struct wire_service *service_by_target(const char *target);
const struct wire_service *service_by_cbor_name(const char *name);
const struct wire_service *service_by_rest_version(const char *version);
const struct wire_service *service_by_query_version(const char *version);

#endif
