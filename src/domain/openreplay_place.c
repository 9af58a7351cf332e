/* openreplay_place.c - by message and field, what masks a text there.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/openreplay_place.h"

#include <string.h>

/* The first row that fits wins; NULL fits any. */
static const struct {
    const char *message, *field;
    enum pii_way way;
    const char *advice;
} places[] = {
    { "SelectionChange", NULL, PII_WAY_NONE, "user-select: none on what must not be selected" },
    { "BatchMetadata", NULL, PII_WAY_NONE, "keep it out of the page's URL" },
    { NULL, "baseURL", PII_WAY_NONE, "keep it out of the page's URL" },
    { "SetPageLocation", "documentTitle", PII_WAY_TEXT, "urls.titleSanitizer" },
    { "SetPageLocation", NULL, PII_WAY_URL, "urls.urlSanitizer" },
    { "ResourceTiming", NULL, PII_WAY_URL, "resourceNameSanitizer" },
    { "ResourceTimingDeprecated", NULL, PII_WAY_URL, "resourceNameSanitizer" },
    { "NetworkRequest", "url", PII_WAY_URL, "network.sanitizer" },
    { "NetworkRequest", NULL, PII_WAY_PAYLOAD,
      "network.ignoreHeaders for a header, network.capturePayload: false for a body" },
    { "GraphQL", NULL, PII_WAY_PAYLOAD, "the sanitizer of the GraphQL plugin" },
    { "ConsoleLog", NULL, PII_WAY_PAYLOAD, "do not log it, or consoleMethods: null" },
    { "JSException", NULL, PII_WAY_PAYLOAD, "keep it out of error messages" },
    { "UserID", NULL, PII_WAY_PAYLOAD, "an id that names nobody" },
    { "UserAnonymousID", NULL, PII_WAY_PAYLOAD, "an id that names nobody" },
    { "Metadata", NULL, PII_WAY_PAYLOAD, "keep it out of setMetadata()" },
    { "SetInputValue", NULL, PII_WAY_INPUT, "data-openreplay-obscured" },
    { "InputChange", "value", PII_WAY_INPUT, "data-openreplay-obscured" },
    { "InputChange", "label", PII_WAY_TEXT, "data-openreplay-label" },
    { "SetInputTarget", NULL, PII_WAY_TEXT, "data-openreplay-label" },
    { "MouseClick", NULL, PII_WAY_TEXT, "data-openreplay-label" },
    { "SetNodeData", NULL, PII_WAY_TEXT, "data-openreplay-obscured" },
    { "IssueEvent", "url", PII_WAY_URL, "urls.urlSanitizer" },
    { "IssueEvent", NULL, PII_WAY_TEXT, "data-openreplay-label" },
    { NULL, NULL, PII_WAY_PAYLOAD, "do not send it" },
};

static size_t
row_of(const struct openreplay_place *place)
{
    size_t i = 0;

    while ((places[i].message != NULL && strcmp(places[i].message, place->layout->name) != 0) ||
           (places[i].field != NULL && strcmp(places[i].field, place->field) != 0))
        i++;
    return i;
}

enum pii_way
openreplay_place_way(const struct openreplay_place *place)
{
    enum pii_way way = places[row_of(place)].way;

    if (way == PII_WAY_NONE)
        return way;
    if (place->selector != NULL)
        return PII_WAY_SELECTOR;
    if (place->privacy == OPENREPLAY_ATTRIBUTE)
        return PII_WAY_ATTRIBUTE;
    return way == PII_WAY_PAYLOAD && place->privacy == OPENREPLAY_URL ? PII_WAY_URL : way;
}

const char *
openreplay_place_advice(const struct openreplay_place *place, const char *element,
                        struct arena *arena)
{
    const char *advice = places[row_of(place)].advice;

    if (place->privacy == OPENREPLAY_ATTRIBUTE)
        return arena_printf(arena, "keep it out of attribute %.*s, which is always sent",
                            place->attribute.length > 0 ? (int)place->attribute.length : 8,
                            place->attribute.length > 0 ? place->attribute.at : "of a node");
    if (element == NULL || strncmp(advice, "data-", 5) != 0)
        return advice;
    return arena_printf(arena, "%s on %.*s", advice, (int)strcspn(element, " "), element);
}
