/* web_vitals.h - the body of POST /metrics/web-vitals: read, judged, and written as the Lambda
 * behind it would. SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_WEB_VITALS_H
#define OV_DOMAIN_WEB_VITALS_H

#include "base/buf.h"
#include "base/mem.h"
#include "domain/field_error.h"
#include "domain/metric.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* INP first: it is the one that replaced FID. The short names are canonical, the long ones aliases.
 */
enum vital { VITAL_LCP, VITAL_INP, VITAL_CLS, VITAL_FCP, VITAL_TTFB, VITAL_FID, VITALS };

enum rating { RATING_NONE, RATING_GOOD, RATING_FAIR, RATING_POOR };

/* Thresholds as web.dev publishes them: good up to and including `good`, poor beyond `poor`. */
struct vital_info {
    const char *name;  /* "LCP" */
    const char *alias; /* "LargestContentfulPaint" */
    enum unit unit;    /* Milliseconds; None for CLS */
    double good;
    double poor;
    bool deprecated; /* FID */
};
extern const struct vital_info vitals[VITALS];

bool vital_parse(enum vital *out, const char *name); /* canonical name or alias */
enum rating vital_rate(enum vital vital, double value);
const char *rating_wire_name(enum rating rating);   /* "good", "needs-improvement", "poor" */
const char *rating_screen_name(enum rating rating); /* "good", "fair", "poor" */

struct vital_sample {
    enum vital vital;
    double value;
    enum rating rating;  /* by our own thresholds */
    enum rating claimed; /* what the page said; RATING_NONE when it said nothing */
    const char *url;
    const char *route;    /* the URL's path with ids folded to ":id" */
    int64_t page_time_ms; /* the page's own clock; 0 when absent */
};

struct vitals_post {
    int64_t received_ms;  /* product clock: the metric's timestamp, as the Lambda's EMF library
                             stamps it */
    uint32_t duration_us; /* measured handling time */
    uint8_t request_id[16];
    const char *environment;
    const char *session_id; /* as sent; usually a UUID */
    const char *user_agent;
    const struct vital_sample *samples;
    size_t sample_count;
};

/* Reads {metrics:[{name,value,rating,url,timestamp}], sessionId, userAgent}. Required: 1 to 100
 * metrics, each with a known name and a finite value of at least 0, and sessionId (1 to 128 bytes).
 * Optional, also null: rating (one of three words), timestamp (ISO 8601 or epoch milliseconds), url
 * and userAgent (cut behind 2048 and 512 bytes; "" when absent, the route is then "unknown").
 * Strings point into `body` or `arena`. Fills everything but received_ms, duration_us, request_id
 * and environment. false: `errors` says what is wrong, field by field, and *out is untouched.
 * Unknown members are ignored; of members with one name the last one counts. */
bool web_vitals_read(struct vitals_post *out, struct arena *arena, const cJSON *body,
                     struct field_errors *errors);

/* The EMF document the Lambda prints for one sample: namespace UserMetrics/Frontend, dimension sets
 * [environment] and [environment, route]. */
void web_vitals_print_emf(struct buf *b, const struct vitals_post *post, size_t sample);
/* How long all its documents together are, without printing them. */
size_t web_vitals_emf_bytes(const struct vitals_post *post);

#define WEB_VITALS_NAMESPACE "UserMetrics/Frontend"
#define WEB_VITALS_FUNCTION  "obsview-dev-web-vitals" /* its log group is /aws/lambda/<this> */

#endif
