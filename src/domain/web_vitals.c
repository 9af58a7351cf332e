/* web_vitals.c - the web vitals Lambda, as far as it computes.
 * SPDX-License-Identifier: MIT
 *
 * What a body must have is what makes its numbers usable: a list of metrics with a known name and a
 * finite value each, and the session they belong to. The rest may be missing, because the Metric
 * objects of the web-vitals package have neither url nor timestamp: the route is then "unknown".
 * Members nobody asked for (delta, id, entries, navigationType) are passed over. Texts that only
 * inform are cut when too long, the session id is refused: half an id is another id. */
#include "config.h"

#include "domain/web_vitals.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "domain/field.h"
#include "domain/limits.h"
#include "domain/route.h"

/* clang-format off */
const struct vital_info vitals[VITALS] = {
    /* Thresholds: web.dev, "Web Vitals", and the web-vitals package, 2024. */
    [VITAL_LCP]  = { "LCP",  "LargestContentfulPaint", UNIT_MILLISECONDS, 2500, 4000, false },
    [VITAL_INP]  = { "INP",  "InteractionToNextPaint", UNIT_MILLISECONDS,  200,  500, false },
    [VITAL_CLS]  = { "CLS",  "CumulativeLayoutShift",  UNIT_NONE,          0.1, 0.25, false },
    [VITAL_FCP]  = { "FCP",  "FirstContentfulPaint",   UNIT_MILLISECONDS, 1800, 3000, false },
    [VITAL_TTFB] = { "TTFB", "TimeToFirstByte",        UNIT_MILLISECONDS,  800, 1800, false },
    [VITAL_FID]  = { "FID",  "FirstInputDelay",        UNIT_MILLISECONDS,  100,  300, true },
};
/* clang-format on */
#define VITAL_NAMES "LCP, INP, CLS, FCP, TTFB, FID"

static const struct {
    const char *wire;
    const char *screen;
} ratings[] = {
    [RATING_NONE] = { "", "" },
    [RATING_GOOD] = { "good", "good" },
    [RATING_FAIR] = { "needs-improvement", "fair" },
    [RATING_POOR] = { "poor", "poor" },
};

bool
vital_parse(enum vital *out, const char *name)
{
    for (int v = 0; v < VITALS; v++) {
        if (strcmp(name, vitals[v].name) == 0 || strcmp(name, vitals[v].alias) == 0) {
            *out = (enum vital)v;
            return true;
        }
    }
    return false;
}

enum rating
vital_rate(enum vital vital, double value)
{
    if (value <= vitals[vital].good)
        return RATING_GOOD;
    return value <= vitals[vital].poor ? RATING_FAIR : RATING_POOR;
}

const char *
rating_wire_name(enum rating rating)
{
    return ratings[rating].wire;
}

const char *
rating_screen_name(enum rating rating)
{
    return ratings[rating].screen;
}

/* --- reading */

static void
read_name(enum vital *out, const struct field_object *metric)
{
    const cJSON *got = field_get(metric, "name");

    if (!cJSON_IsString(got) || !vital_parse(out, got->valuestring))
        field_expected(metric, "name", "one of " VITAL_NAMES, got);
}

static void
read_value(double *out, const struct field_object *metric)
{
    const cJSON *got = field_get(metric, "value");

    if (!cJSON_IsNumber(got) || !isfinite(got->valuedouble))
        field_expected(metric, "value", "a finite number", got);
    else if (got->valuedouble < 0 || got->valuedouble > LIMIT_VITAL_VALUE)
        field_expected(metric, "value", "a number from 0 to 86400000", got);
    else
        *out = got->valuedouble;
}

static void
read_rating(enum rating *out, const struct field_object *metric)
{
    const cJSON *got = field_get(metric, "rating");

    if (got == NULL || cJSON_IsNull(got))
        return;
    for (int r = RATING_GOOD; r <= RATING_POOR && cJSON_IsString(got); r++) {
        if (strcmp(got->valuestring, ratings[r].wire) == 0) {
            *out = (enum rating)r;
            return;
        }
    }
    field_expected(metric, "rating", "good, needs-improvement or poor", got);
}

/* One page sends many metrics of one address: it is folded once. */
static const char *
route_of(struct arena *arena, const char *url, const struct vital_sample *before)
{
    char route[ROUTE_TEXT];

    if (before != NULL && strcmp(before->url, url) == 0)
        return before->route;
    route_fold(route, url);
    return arena_strdup(arena, route);
}

static void
read_sample(struct vital_sample *out, const struct field_object *metric,
            const struct vital_sample *before)
{
    static const struct field_text url = { .key = "url", .max = LIMIT_URL_BYTES };
    size_t wrong = metric->errors->count;

    read_name(&out->vital, metric);
    read_value(&out->value, metric);
    read_rating(&out->claimed, metric);
    field_read_text(&out->url, metric, &url);
    field_read_time(&out->page_time_ms, metric, "timestamp");
    if (metric->errors->count > wrong)
        return;
    out->rating = vital_rate(out->vital, out->value);
    out->route = route_of(metric->arena, out->url, before);
}

static void
read_samples(struct vitals_post *out, const struct field_object *body)
{
    const cJSON *list = field_get(body, "metrics"), *item;
    int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    size_t wrong = body->errors->count;
    struct vital_sample *samples;
    long i = 0;

    if (!cJSON_IsArray(list)) {
        field_expected(body, "metrics", "an array of metrics", list);
        return;
    }
    if (count < 1 || count > LIMIT_VITALS_PER_BODY) {
        field_error_add(body->errors, "metrics", "expected 1 to %d metrics, got %d",
                        LIMIT_VITALS_PER_BODY, count);
        return;
    }
    samples = arena_alloc(body->arena, (size_t)count * sizeof *samples);
    cJSON_ArrayForEach(item, list)
    {
        struct field_object metric = { item, "metrics", i, body->arena, body->errors };
        bool has_before = i > 0 && body->errors->count == wrong;

        if (cJSON_IsObject(item))
            read_sample(&samples[i], &metric, has_before ? &samples[i - 1] : NULL);
        else
            field_expected(&metric, NULL, "an object", item);
        i++;
    }
    out->samples = samples;
    out->sample_count = (size_t)count;
}

bool
web_vitals_read(struct vitals_post *out, struct arena *arena, const cJSON *body,
                struct field_errors *errors)
{
    static const struct field_text session = {
        .key = "sessionId", .max = LIMIT_SESSION_BYTES, .is_required = true, .is_identity = true
    };
    static const struct field_text agent = { .key = "userAgent", .max = LIMIT_USER_AGENT_BYTES };
    struct field_object object = { body, "", -1, arena, errors };
    struct vitals_post post = *out;
    size_t wrong = errors->count;

    if (!cJSON_IsObject(body)) {
        field_expected(&object, NULL, "an object", body);
        return false;
    }
    read_samples(&post, &object);
    field_read_text(&post.session_id, &object, &session);
    field_read_text(&post.user_agent, &object, &agent);
    if (errors->count > wrong)
        return false;
    *out = post;
    return true;
}

/* --- writing */

static void
print_member(struct buf *b, const char *lead, const char *value)
{
    if (value[0] == '\0')
        return;
    buf_adds(b, lead);
    json_print_string(b, value, strlen(value));
}

static void
print_page_time(struct buf *b, const struct vital_sample *s)
{
    char text[ISO8601_TEXT];

    if (s->page_time_ms == 0)
        return;
    iso8601_format_ms(s->page_time_ms, text);
    print_member(b, ",\"pageTimestamp\":", text);
}

/* Members in the order of aws-embedded-metrics: dimensions, properties, _aws, values. */
void
web_vitals_print_emf(struct buf *b, const struct vitals_post *post, size_t sample)
{
    const struct vital_sample *s = &post->samples[sample];
    const struct vital_info *vital = &vitals[s->vital];
    char request[UUID_TEXT];

    uuid_format(post->request_id, request);
    buf_adds(b, "{\"environment\":");
    json_print_string(b, post->environment, strlen(post->environment));
    print_member(b, ",\"route\":", s->route);
    print_member(b, ",\"sessionId\":", post->session_id);
    print_member(b, ",\"url\":", s->url);
    print_member(b, ",\"userAgent\":", post->user_agent);
    print_member(b, ",\"rating\":", rating_wire_name(s->rating));
    if (s->claimed != s->rating)
        print_member(b, ",\"claimedRating\":", rating_wire_name(s->claimed));
    print_page_time(b, s);
    print_member(b, ",\"requestId\":", request);
    buf_addf(b, ",\"_aws\":{\"Timestamp\":%lld,\"CloudWatchMetrics\":[{\"Namespace\":\"%s\",",
             (long long)post->received_ms, WEB_VITALS_NAMESPACE);
    buf_addf(b,
             "\"Dimensions\":[[\"environment\"],[\"environment\",\"route\"]],"
             "\"Metrics\":[{\"Name\":\"%s\",\"Unit\":\"%s\"}]}]},\"%s\":",
             vital->name, unit_name(vital->unit), vital->name);
    json_print_number(b, s->value);
    buf_addc(b, '}');
}

/* A member that print_member() prints. */
static size_t
member_bytes(size_t lead, const char *value)
{
    return value[0] == '\0' ? 0 : lead + json_string_bytes(value, strlen(value));
}

#define LENGTH(text)    (sizeof(text) - 1)
#define PAGE_TIME_BYTES LENGTH("2026-11-23T00:00:00.000Z")

/* What is the same in all documents of a post: web_vitals_print_emf() line by line. */
static size_t
shared_bytes(const struct vitals_post *post)
{
    return LENGTH("{\"environment\":") +
           json_string_bytes(post->environment, strlen(post->environment)) +
           member_bytes(LENGTH(",\"sessionId\":"), post->session_id) +
           member_bytes(LENGTH(",\"userAgent\":"), post->user_agent) +
           LENGTH(",\"requestId\":\"\"") + UUID_TEXT - 1 +
           LENGTH(",\"_aws\":{\"Timestamp\":,\"CloudWatchMetrics\":[{\"Namespace\":\"\","
                  "\"Dimensions\":[[\"environment\"],[\"environment\",\"route\"]],"
                  "\"Metrics\":[{\"Name\":\"\",\"Unit\":\"\"}]}]},\"\":}") +
           LENGTH(WEB_VITALS_NAMESPACE) + json_number_bytes((double)post->received_ms);
}

static size_t
sample_bytes(const struct vital_sample *s)
{
    const struct vital_info *vital = &vitals[s->vital];
    size_t bytes =
        member_bytes(LENGTH(",\"route\":"), s->route) + member_bytes(LENGTH(",\"url\":"), s->url) +
        member_bytes(LENGTH(",\"rating\":"), rating_wire_name(s->rating)) +
        2 * strlen(vital->name) + strlen(unit_name(vital->unit)) + json_number_bytes(s->value);

    if (s->claimed != s->rating)
        bytes += member_bytes(LENGTH(",\"claimedRating\":"), rating_wire_name(s->claimed));
    if (s->page_time_ms != 0)
        bytes += LENGTH(",\"pageTimestamp\":\"\"") + PAGE_TIME_BYTES;
    return bytes;
}

size_t
web_vitals_emf_bytes(const struct vitals_post *post)
{
    size_t bytes = post->sample_count * shared_bytes(post);

    for (size_t i = 0; i < post->sample_count; i++)
        bytes += sample_bytes(&post->samples[i]);
    return bytes;
}
