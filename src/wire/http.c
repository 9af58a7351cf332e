/* http.c - looking things up in a request.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/http.h"

#include "base/iso8601.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

const char *
http_header_get(const struct http_request *rq, const char *name)
{
    for (size_t i = 0; i < rq->header_count; i++) {
        if (strcasecmp(rq->headers[i].name, name) == 0)
            return rq->headers[i].value;
    }
    return NULL;
}

bool
http_header_next(struct http_header *out, char **lines)
{
    char *end;

    while ((end = strchr(*lines, '\n')) != NULL) {
        char *line = *lines, *colon;

        *lines = end + 1;
        *end = '\0';
        if (end > line && end[-1] == '\r')
            end[-1] = '\0';
        colon = strstr(line, ": ");
        if (colon == NULL)
            continue;
        *colon = '\0';
        *out = (struct http_header){ line, colon + 2 };
        return true;
    }
    return false;
}

bool
http_type_is(const char *content_type, const char *type)
{
    size_t len = strlen(type);

    if (content_type == NULL)
        return false;
    content_type += strspn(content_type, " \t");
    if (strncasecmp(content_type, type, len) != 0)
        return false;
    content_type += len;
    content_type += strspn(content_type, " \t");
    return *content_type == '\0' || *content_type == ';';
}

void
http_date_format(char text[HTTP_DATE_TEXT], int64_t epoch_ms)
{
    time_t seconds = (time_t)(epoch_ms / 1000);
    struct tm tm = { 0 };

    gmtime_r(&seconds, &tm);
    if (tm.tm_year < 0 || tm.tm_year > 8099)
        tm = (struct tm){ .tm_wday = 4, .tm_mday = 1, .tm_year = 70 };
    snprintf(text, HTTP_DATE_TEXT, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + 3 * tm.tm_wday,
             (unsigned)tm.tm_mday % 100, months + 3 * tm.tm_mon,
             (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
             (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}

/* As ISO 8601, of which the calendar is known elsewhere. */
bool
http_date_parse(int64_t *epoch_ms, const char *text)
{
    char iso[24], again[HTTP_DATE_TEXT];
    const char *month = months;

    if (strlen(text) != HTTP_DATE_TEXT - 1)
        return false;
    while (*month != '\0' && strncmp(month, text + 8, 3) != 0)
        month += 3;
    snprintf(iso, sizeof iso, "%.4s-%02u-%.2sT%.8sZ", text + 12,
             (unsigned)(month - months) / 3 % 12 + 1, text + 5, text + 17);
    if (*month == '\0' || !iso8601_parse(epoch_ms, iso))
        return false;
    http_date_format(again, *epoch_ms);
    return strcmp(again, text) == 0;
}
