/* umami_param.c - the query of a call: range, unit, zone, filters, page.
 * SPDX-License-Identifier: MIT
 *
 * The texts of faults are those of the validators of Umami 2.20 and 3.1. All parameters are looked
 * at before the answer, in the order in which Umami names them. */
#include "config.h"

#include "emulator/umami_api.h"

#include <stdlib.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/text.h"

#define TIME_MAX   INT64_C(253402300799999) /* year 9999 */
#define HOUR_MS    INT64_C(3600000)
#define DAY_HOURS  24
#define REPEAT_MAX 10
#define LIST_MAX   100
#define NO_TYPE    7 /* that no row has */
#define MISSING_V3 "Invalid input: expected string, received undefined"

/* --- columns ---------------------------------------------------------------------------------- */

static const struct {
    const char *v2, *v3;
    enum umami_column column;
} names[] = {
    { "url", "path", UMAMI_BY_PATH },
    { "referrer", "referrer", UMAMI_BY_REFERRER },
    { "title", "title", UMAMI_BY_TITLE },
    { "query", "query", UMAMI_BY_QUERY },
    { "os", "os", UMAMI_BY_OS },
    { "browser", "browser", UMAMI_BY_BROWSER },
    { "device", "device", UMAMI_BY_DEVICE },
    { "country", "country", UMAMI_BY_COUNTRY },
    { "region", "region", UMAMI_BY_REGION },
    { "city", "city", UMAMI_BY_CITY },
    { "tag", "tag", UMAMI_BY_TAG },
    { "host", "hostname", UMAMI_BY_HOSTNAME },
    { NULL, "distinctId", UMAMI_BY_DISTINCT_ID },
    { "language", "language", UMAMI_BY_LANGUAGE },
    { "event", "event", UMAMI_BY_EVENT },
    { NULL, "utmSource", UMAMI_BY_UTM_SOURCE },
    { NULL, "utmMedium", UMAMI_BY_UTM_MEDIUM },
    { NULL, "utmCampaign", UMAMI_BY_UTM_CAMPAIGN },
    { NULL, "utmContent", UMAMI_BY_UTM_CONTENT },
    { NULL, "utmTerm", UMAMI_BY_UTM_TERM },
};
#define NAMES (sizeof names / sizeof names[0])

bool
umami_column_of(enum umami_column *out, const char *name, bool is_v3)
{
    for (size_t i = 0; i < NAMES; i++) {
        const char *known = is_v3 ? names[i].v3 : names[i].v2;

        if (known != NULL && strcmp(known, name) == 0) {
            *out = names[i].column;
            return true;
        }
    }
    return false;
}

/* --- range, unit, zone ------------------------------------------------------------------------ */

/* JavaScript's Number(): what is not a number is NaN. */
static bool
read_ms(const char *text, int64_t *out)
{
    double value;

    if (text == NULL || !text_parse_double(&value, text) || value < -TIME_MAX || value > TIME_MAX)
        return false;
    *out = (int64_t)value;
    return true;
}

static void
read_dates(struct umami_call *c)
{
    const char *from = exchange_query(c->x, "startDate"), *to = exchange_query(c->x, "endDate");

    if (from == NULL || to == NULL) {
        umami_is_wrong(c, NULL, NULL, "Either startAt+endAt or startDate+endDate must be provided");
        return;
    }
    if (!iso8601_parse(&c->scope.start_ms, from))
        umami_is_wrong(c, "startDate", NULL, "Invalid input: expected date, received Date");
    if (!iso8601_parse(&c->scope.end_ms, to))
        umami_is_wrong(c, "endDate", NULL, "Invalid input: expected date, received Date");
}

static void
read_range(struct umami_call *c)
{
    static const char nan_v2[] = "Expected number, received nan",
                      nan_v3[] = "Invalid input: expected number, received NaN";
    const char *from = exchange_query(c->x, "startAt"), *to = exchange_query(c->x, "endAt");

    if (c->is_v3 && (from == NULL || to == NULL)) {
        read_dates(c);
        return;
    }
    if (!read_ms(from, &c->scope.start_ms))
        umami_is_wrong(c, "startAt", nan_v2, nan_v3);
    if (!read_ms(to, &c->scope.end_ms))
        umami_is_wrong(c, "endAt", nan_v2, nan_v3);
}

static int64_t
calendar_months(int64_t ms)
{
    time_t t = (time_t)(ms / 1000);
    struct tm tm = { 0 };

    gmtime_r(&t, &tm);
    return tm.tm_year * 12 + tm.tm_mon;
}

/* Too fine a unit for the range is replaced. */
static enum umami_unit
finest_unit(const struct umami_call *c)
{
    const int64_t from = c->scope.start_ms, to = c->scope.end_ms, minutes = (to - from) / 60000;
    const int64_t months = calendar_months(to) - calendar_months(from);

    if (minutes <= 60)
        return UMAMI_MINUTE;
    if (minutes / 60 <= (c->is_v3 ? 30 * DAY_HOURS : 2 * DAY_HOURS))
        return UMAMI_HOUR;
    if (months <= (c->is_v3 ? 7 : 6))
        return UMAMI_DAY;
    return months <= 24 ? UMAMI_MONTH : UMAMI_YEAR;
}

/* false: there is no such unit. */
static bool
find_unit(struct umami_call *c, const char *text, enum umami_unit *out)
{
    static const char *const units[] = { "minute", "hour", "day", "month", "year" };

    for (size_t i = 0; i < UMAMI_UNITS; i++) {
        if (strcmp(units[i], text) == 0) {
            *out = (enum umami_unit)i;
            return true;
        }
    }
    umami_is_wrong(c, "unit", "Invalid unit", "Invalid unit");
    return false;
}

/* At least the finest unit the range allows. */
static void
take_unit(struct umami_call *c, const char *text)
{
    enum umami_unit unit = UMAMI_DAY;

    c->unit = c->fault_count == 0 ? finest_unit(c) : UMAMI_DAY;
    if (text != NULL && find_unit(c, text, &unit) && unit > c->unit)
        c->unit = unit;
}

static void
take_zone(struct umami_call *c, const char *text)
{
    c->has_zone = !c->is_v3 || strcmp(text, "utc") != 0;
    if (zone_find(&c->zone, c->arena, text, NULL) != OK)
        umami_is_wrong(c, "timezone", "Invalid timezone", "Invalid timezone");
}

bool
umami_set_unit(struct umami_call *c, const char *unit, const char *zone)
{
    c->unit = UMAMI_DAY;
    if (unit != NULL)
        (void)find_unit(c, unit, &c->unit);
    take_zone(c, zone);
    return !umami_faulty(c);
}

static void
read_unit(struct umami_call *c)
{
    const char *text = exchange_query(c->x, "unit");

    take_unit(c, text);
    if (text == NULL && !c->is_v3)
        umami_is_wrong(c, "unit", "Required", NULL);
}

static void
read_zone(struct umami_call *c, bool required)
{
    const char *text = exchange_query(c->x, "timezone");

    if (text == NULL && required)
        umami_is_wrong(c, "timezone", "Required", MISSING_V3);
    take_zone(c, text == NULL ? "utc" : text);
}

static void
read_compare(struct umami_call *c)
{
    const char *text = exchange_query(c->x, "compare");

    c->wants_compare = text != NULL;
    if (text == NULL)
        return;
    c->by_year = strcmp(text, "yoy") == 0;
    if (c->is_v3 && !c->by_year && strcmp(text, "prev") != 0)
        umami_is_wrong(c, "compare", NULL, "Invalid option: expected one of \"prev\"|\"yoy\"");
}

/* --- filters ---------------------------------------------------------------------------------- */

static void
split_list(struct umami_call *c, struct umami_filter *f, const char *text)
{
    const char **values = arena_alloc(c->arena, LIST_MAX * sizeof *values);

    f->values = values;
    while (f->count < LIST_MAX) {
        size_t len = strcspn(text, ",");

        values[f->count++] = arena_strndup(c->arena, text, len);
        if (text[len] == '\0')
            break;
        text += len + 1;
    }
}

static void
read_value_v3(struct umami_call *c, struct umami_filter *f, const char *name, const char *text)
{
    static const struct {
        const char *word;
        enum umami_operator operator_;
    } words[] = {
        { "eq.", UMAMI_IS },      { "neq.", UMAMI_IS_NOT },
        { "c.", UMAMI_CONTAINS }, { "dnc.", UMAMI_CONTAINS_NOT },
        { "re.", UMAMI_MATCHES }, { "nre.", UMAMI_MATCHES_NOT },
    };

    const char **value;
    struct err err = { 0 };

    f->operator_ = UMAMI_IS;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t len = strlen(words[i].word);

        if (strncmp(text, words[i].word, len) == 0) {
            f->operator_ = words[i].operator_;
            text += len;
            break;
        }
    }
    if (f->operator_ == UMAMI_IS || f->operator_ == UMAMI_IS_NOT) {
        split_list(c, f, text);
        return;
    }
    if ((f->operator_ == UMAMI_MATCHES || f->operator_ == UMAMI_MATCHES_NOT) &&
        umami_pattern_check(text, &err) != OK)
        umami_is_wrong(c, name, NULL, arena_strdup(c->arena, err.text));
    value = arena_alloc(c->arena, sizeof *value);
    *value = text;
    f->values = value;
    f->count = 1;
}

static void
read_value_v2(struct umami_call *c, struct umami_filter *f, const char *text)
{
    const bool not = *text == '!';
    const char **value = arena_alloc(c->arena, sizeof *value);

    text += not ;
    f->operator_ = not ? UMAMI_IS_NOT : UMAMI_IS;
    if (*text == '~') {
        f->operator_ = not ? UMAMI_CONTAINS_NOT : UMAMI_CONTAINS;
        text++;
    }
    *value = text;
    f->values = value;
    f->count = 1;
}

/* Of the query; or, of a report, of its body. */
static const char *
filter_text(struct umami_call *c, const char *name)
{
    const cJSON *value;

    if (c->filters_in == NULL)
        return exchange_query(c->x, name);
    value = json_get(c->filters_in, name);
    if (value == NULL || cJSON_IsNull(value))
        return NULL;
    if (cJSON_IsString(value))
        return value->valuestring;
    if (cJSON_IsNumber(value) && strcmp(name, "eventType") == 0)
        return arena_printf(c->arena, "%.0f", value->valuedouble);
    umami_is_wrong(c, "filters", "", arena_printf(c->arena, "%.64s: expected string", name));
    return NULL;
}

static void
add_filter(struct umami_call *c, enum umami_column column, const char *name)
{
    const char *text = filter_text(c, name);
    struct umami_filter *f = &c->filters[c->scope.filter_count];

    if (text == NULL || c->scope.filter_count == UMAMI_FILTERS_MAX)
        return;
    f->column = column;
    if (c->is_v3)
        read_value_v3(c, f, name, text);
    else
        read_value_v2(c, f, text);
    c->scope.filter_count++;
}

/* path, path1, path2 ...; only v3 repeats a filter */
static void
read_column_filters(struct umami_call *c)
{
    for (size_t i = 0; i < NAMES; i++) {
        const char *name = c->is_v3 ? names[i].v3 : names[i].v2;

        if (name == NULL)
            continue;
        add_filter(c, names[i].column, name);
        for (int n = 0; c->is_v3 && n < REPEAT_MAX; n++)
            add_filter(c, names[i].column, arena_printf(c->arena, "%s%d", name, n));
    }
    c->scope.filters = c->filters;
}

static void
read_other_filters(struct umami_call *c)
{
    const char *match = filter_text(c, "match"), *type = filter_text(c, "eventType");
    const char *bounce = filter_text(c, "excludeBounce");
    int64_t number = 0;

    c->scope.any = match != NULL && strcmp(match, "any") == 0;
    if (match != NULL && !c->scope.any && strcmp(match, "all") != 0)
        umami_is_wrong(c, "match", NULL, "Invalid option: expected one of \"all\"|\"any\"");
    if (type != NULL && !text_parse_int(&number, type))
        umami_is_wrong(c, "eventType", NULL, "Invalid input: expected number, received NaN");
    else if (type != NULL && number < 1)
        umami_is_wrong(c, "eventType", NULL, "Too small: expected number to be >0");
    else if (type != NULL)
        c->scope.only_types = UMAMI_BIT(number <= 5 ? number : NO_TYPE);
    if (bounce != NULL && *bounce != '\0') /* "false", too, is something */
        c->scope.bounce_types = UMAMI_BIT(UMAMI_ROW_VIEW);
}

static void
read_filters(struct umami_call *c)
{
    c->scope.own_referrer_with_www = !c->is_v3;
    if ((c->endpoint->takes & TAKES_LIST_FILTERS) != 0 && !c->is_v3)
        return;
    read_column_filters(c);
    if (c->is_v3)
        read_other_filters(c);
}

/* --- pages and metrics ------------------------------------------------------------------------ */

static void
read_count(struct umami_call *c, const char *name, int64_t least, int64_t most, int64_t *out)
{
    const char *text = exchange_query(c->x, name);
    int64_t value;

    if (text == NULL || *text == '\0')
        return;
    if (!text_parse_int(&value, text))
        umami_is_wrong(c, name, "Expected number, received nan",
                       "Invalid input: expected number, received NaN");
    else if (value < least)
        umami_is_wrong(c, name, "Number must be greater than 0",
                       "Too small: expected number to be >0");
    else
        *out = value < most ? value : most;
}

static void
read_search(struct umami_call *c)
{
    const char *text = exchange_query(c->x, "search");

    c->search = text == NULL || *text == '\0' ? NULL : text;
}

/* v2 lets a list be ordered by anything, and fails where it has an order already. */
static void
read_order(struct umami_call *c)
{
    const char *order = exchange_query(c->x, "orderBy");

    if (order != NULL && !c->is_v3 && (c->endpoint->takes & TAKES_ORDER) == 0)
        umami_is_wrong(c, "orderBy", "this list is ordered by time", NULL);
}

static void
read_page(struct umami_call *c)
{
    c->page = 1;
    c->page_size = c->is_v3 ? 20 : 10;
    read_count(c, "page", 1, INT32_MAX, &c->page);
    read_count(c, "pageSize", 1, UMAMI_PAGE_MAX, &c->page_size);
    read_search(c);
    read_order(c);
}

static void
read_type(struct umami_call *c)
{
    c->type = exchange_query(c->x, "type");
    if (c->type == NULL)
        umami_is_wrong(c, "type", "Required", MISSING_V3);
    c->limit = 500;
    read_count(c, "limit", 1, 10000, &c->limit);
    read_count(c, "offset", 0, INT32_MAX, &c->offset);
    read_search(c);
}

static void
read_property(struct umami_call *c)
{
    c->property = exchange_query(c->x, "propertyName");
    if (c->property == NULL && c->is_v3)
        umami_is_wrong(c, "propertyName", "Required", MISSING_V3);
}

/* false: one that is not built was asked for, and that is answered. */
static bool
without_groups(struct umami_call *c)
{
    static const char *const later[] = { "segment", "cohort" };

    for (size_t i = 0; i < 2; i++) {
        if (filter_text(c, later[i]) != NULL) {
            umami_refuse_unbuilt(c, arena_printf(c->arena, "the filter %s", later[i]));
            return false;
        }
    }
    return true;
}

bool
umami_read_body_filters(struct umami_call *c, const cJSON *filters)
{
    if (filters != NULL && !cJSON_IsObject(filters))
        umami_is_wrong(c, "filters", "Expected object", "Invalid input: expected object");
    else if (filters != NULL) {
        c->filters_in = filters;
        read_column_filters(c);
        read_other_filters(c);
        c->scope.bounce_types = 0; /* no report looks at it */
    }
    return !umami_faulty(c) && (c->filters_in == NULL || without_groups(c));
}

bool
umami_read_params(struct umami_call *c)
{
    const unsigned takes = c->endpoint->takes;
    const unsigned filtered = TAKES_FILTERS | (c->is_v3 ? TAKES_LIST_FILTERS : 0);

    c->scope.types = umami_view_types(c);
    if ((takes & TAKES_RANGE) != 0)
        read_range(c);
    if ((takes & TAKES_UNIT) != 0)
        read_unit(c);
    if ((takes & (TAKES_UNIT | TAKES_ZONE | TAKES_ANY_ZONE)) != 0)
        read_zone(c, (takes & TAKES_ZONE) != 0 || (!c->is_v3 && (takes & TAKES_UNIT) != 0));
    if ((takes & TAKES_COMPARE) != 0)
        read_compare(c);
    if ((takes & TAKES_TYPE) != 0)
        read_type(c);
    if ((takes & TAKES_PROPERTY) != 0)
        read_property(c);
    if ((takes & TAKES_EVENT) != 0 && c->is_v3 && exchange_query(c->x, "event") == NULL)
        umami_is_wrong(c, "event", NULL, MISSING_V3);
    if ((takes & TAKES_PAGE) != 0)
        read_page(c);
    if ((takes & (TAKES_FILTERS | TAKES_LIST_FILTERS)) != 0)
        read_filters(c);
    if (umami_faulty(c))
        return false;
    return (takes & filtered) == 0 || without_groups(c);
}

const char *
umami_body_text(struct umami_call *c, const char *name, bool required, size_t max)
{
    const cJSON *value = json_get(c->body, name);
    const char *got;

    if (value == NULL || (!required && cJSON_IsNull(value))) {
        if (required)
            umami_is_wrong(c, name, "Required", MISSING_V3);
        return NULL;
    }
    if (!cJSON_IsString(value)) {
        got = cJSON_IsNull(value)     ? "null"
              : cJSON_IsNumber(value) ? "number"
              : cJSON_IsArray(value)  ? "array"
              : cJSON_IsObject(value) ? "object"
                                      : "boolean";
        umami_is_wrong(c, name, arena_printf(c->arena, "Expected string, received %s", got),
                       arena_printf(c->arena, "Invalid input: expected string, received %s", got));
        return NULL;
    }
    if (text_utf16_units(value->valuestring) > max) {
        umami_is_wrong(
            c, name, arena_printf(c->arena, "String must contain at most %zu character(s)", max),
            arena_printf(c->arena, "Too big: expected string to have <=%zu characters", max));
        return NULL;
    }
    return value->valuestring;
}

size_t
umami_page_offset(const struct umami_call *c)
{
    return (size_t)((c->page - 1) * c->page_size);
}
