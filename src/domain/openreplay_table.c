/* openreplay_table.c - one row for each message of OpenReplay's web tracker.
 * SPDX-License-Identifier: MIT
 *
 * Ids, names and fields are those of the trackers' own encoders, 14 to 19; a unit test holds them
 * against the list that was made from there. 15, 72 and 74 come from OpenReplay's own backend,
 * which writes them into files of the older layout in the place of 61, 71 and 73. Ids 90 to 111 are
 * of mobile trackers, 1, 3, 31 to 33, 56, 66, 126 and 127 stay within the backend: they are not
 * known here, and stepped over.
 *
 * A new message is a new row; a new field is one more at the end of its row. */
#include "config.h"

#include "domain/openreplay_message.h"

#define UINT(field_name)                              \
    {                                                 \
        .name = (field_name), .type = OPENREPLAY_UINT \
    }
#define INT(field_name)                              \
    {                                                \
        .name = (field_name), .type = OPENREPLAY_INT \
    }
#define BOOL(field_name)                              \
    {                                                 \
        .name = (field_name), .type = OPENREPLAY_BOOL \
    }
#define TEXT(field_name, holds)                                                      \
    {                                                                                \
        .name = (field_name), .type = OPENREPLAY_TEXT, .privacy = OPENREPLAY_##holds \
    }

#define FIELD_COUNT(...) \
    (sizeof((const struct openreplay_field[]){ __VA_ARGS__ }) / sizeof(struct openreplay_field))
#define ROW(number, message, sent_in, shown_as, ...)      \
    [number] = { .id = (number),                          \
                 .name = (message),                       \
                 .stream = OPENREPLAY_##sent_in,          \
                 .kind = OPENREPLAY_##shown_as,           \
                 .field_count = FIELD_COUNT(__VA_ARGS__), \
                 .fields = { __VA_ARGS__ } }

/* clang-format off */
static const struct openreplay_layout layouts[] = {
    ROW(0, "Timestamp", PLAYER, NOISE, UINT("timestamp")),
    ROW(4, "SetPageLocationDeprecated", PLAYER, PAGE, TEXT("url", URL), TEXT("referrer", URL),
        UINT("navigationStart")),
    ROW(5, "SetViewportSize", PLAYER, NOISE, UINT("width"), UINT("height")),
    ROW(6, "SetViewportScroll", PLAYER, NOISE, INT("x"), INT("y")),
    [7] = { .id = 7, .name = "CreateDocument", .stream = OPENREPLAY_PLAYER },
    ROW(8, "CreateElementNode", PLAYER, NOISE, UINT("id"), UINT("parentID"), UINT("index"),
        TEXT("tag", HARMLESS), BOOL("svg")),
    ROW(9, "CreateTextNode", PLAYER, NOISE, UINT("id"), UINT("parentID"), UINT("index")),
    ROW(10, "MoveNode", PLAYER, NOISE, UINT("id"), UINT("parentID"), UINT("index")),
    ROW(11, "RemoveNode", PLAYER, NOISE, UINT("id")),
    ROW(12, "SetNodeAttribute", PLAYER, NOISE, UINT("id"), TEXT("name", HARMLESS),
        TEXT("value", ATTRIBUTE)),
    ROW(13, "RemoveNodeAttribute", PLAYER, NOISE, UINT("id"), TEXT("name", HARMLESS)),
    ROW(14, "SetNodeData", PLAYER, NOISE, UINT("id"), TEXT("data", PROSE)),
    ROW(15, "SetCSSData", ASSETS, NOISE, UINT("id"), TEXT("data", CODE)),
    ROW(16, "SetNodeScroll", PLAYER, NOISE, UINT("id"), INT("x"), INT("y")),
    ROW(17, "SetInputTarget", ANALYTICS, NOISE, UINT("id"), TEXT("label", PROSE)),
    ROW(18, "SetInputValue", PLAYER, INPUT, UINT("id"), TEXT("value", PROSE), INT("mask")),
    ROW(19, "SetInputChecked", PLAYER, INPUT, UINT("id"), BOOL("checked")),
    ROW(20, "MouseMove", PLAYER, NOISE, UINT("x"), UINT("y")),
    ROW(21, "NetworkRequestDeprecated", DEVTOOLS, NETWORK, TEXT("type", HARMLESS),
        TEXT("method", HARMLESS), TEXT("url", URL), TEXT("request", JSON), TEXT("response", JSON),
        UINT("status"), UINT("timestamp"), UINT("duration")),
    ROW(22, "ConsoleLog", DEVTOOLS, CONSOLE, TEXT("level", HARMLESS), TEXT("value", PROSE)),
    ROW(23, "PageLoadTiming", ANALYTICS, LOAD, UINT("requestStart"), UINT("responseStart"),
        UINT("responseEnd"), UINT("domContentLoadedEventStart"), UINT("domContentLoadedEventEnd"),
        UINT("loadEventStart"), UINT("loadEventEnd"), UINT("firstPaint"),
        UINT("firstContentfulPaint")),
    ROW(24, "PageRenderTiming", ANALYTICS, LOAD, UINT("speedIndex"), UINT("visuallyComplete"),
        UINT("timeToInteractive")),
    ROW(27, "CustomEvent", ANALYTICS, EVENT, TEXT("name", PROSE), TEXT("payload", JSON)),
    ROW(28, "UserID", ANALYTICS, USER, TEXT("id", IDENTITY)),
    ROW(29, "UserAnonymousID", ANALYTICS, USER, TEXT("id", IDENTITY)),
    ROW(30, "Metadata", ANALYTICS, META, TEXT("key", HARMLESS), TEXT("value", IDENTITY)),
    ROW(34, "StringDictGlobal", PLAYER, NOISE, UINT("key"), TEXT("value", ATTRIBUTE)),
    ROW(35, "SetNodeAttributeDictGlobal", PLAYER, NOISE, UINT("id"), UINT("name"), UINT("value")),
    ROW(36, "NodeAnimationResult", PLAYER, NOISE, UINT("id"), TEXT("styles", CODE)),
    ROW(37, "CSSInsertRule", PLAYER, NOISE, UINT("id"), TEXT("rule", CODE), UINT("index")),
    ROW(38, "CSSDeleteRule", PLAYER, NOISE, UINT("id"), UINT("index")),
    ROW(39, "Fetch", PLAYER, NETWORK, TEXT("method", HARMLESS), TEXT("url", URL),
        TEXT("request", JSON), TEXT("response", JSON), UINT("status"), UINT("timestamp"),
        UINT("duration")),
    ROW(40, "Profiler", DEVTOOLS, STATE, TEXT("name", PROSE), UINT("duration"), TEXT("args", JSON),
        TEXT("result", JSON)),
    ROW(41, "OTable", DEVTOOLS, NOISE, TEXT("key", HARMLESS), TEXT("value", JSON)),
    ROW(42, "StateAction", ANALYTICS, STATE, TEXT("type", PROSE)),
    ROW(43, "StringDict", PLAYER, NOISE, TEXT("key", HARMLESS), TEXT("value", ATTRIBUTE)),
    ROW(44, "ReduxDeprecated", DEVTOOLS, STATE, TEXT("action", JSON), TEXT("state", JSON),
        UINT("duration")),
    ROW(45, "Vuex", DEVTOOLS, STATE, TEXT("mutation", JSON), TEXT("state", JSON)),
    ROW(46, "MobX", DEVTOOLS, STATE, TEXT("type", PROSE), TEXT("payload", JSON)),
    ROW(47, "NgRx", DEVTOOLS, STATE, TEXT("action", JSON), TEXT("state", JSON), UINT("duration")),
    ROW(48, "GraphQLDeprecated", DEVTOOLS, GRAPHQL, TEXT("operationKind", HARMLESS),
        TEXT("operationName", PROSE), TEXT("variables", JSON), TEXT("response", JSON),
        INT("duration")),
    ROW(49, "PerformanceTrack", PLAYER, NOISE, INT("frames"), INT("ticks"), UINT("totalJSHeapSize"),
        UINT("usedJSHeapSize")),
    ROW(50, "StringDictDeprecated", PLAYER, NOISE, UINT("key"), TEXT("value", ATTRIBUTE)),
    ROW(51, "SetNodeAttributeDictDeprecated", PLAYER, NOISE, UINT("id"), UINT("nameKey"),
        UINT("valueKey")),
    ROW(52, "SetNodeAttributeDict", PLAYER, NOISE, UINT("id"), TEXT("name", HARMLESS),
        TEXT("value", HARMLESS)),
    ROW(53, "ResourceTimingDeprecatedDeprecated", PLAYER, RESOURCE, UINT("timestamp"),
        UINT("duration"), UINT("ttfb"), UINT("headerSize"), UINT("encodedBodySize"),
        UINT("decodedBodySize"), TEXT("url", URL), TEXT("initiator", HARMLESS)),
    ROW(54, "ConnectionInformation", PLAYER, NOISE, UINT("downlink"), TEXT("type", HARMLESS)),
    ROW(55, "SetPageVisibility", PLAYER, VISIBILITY, BOOL("hidden")),
    ROW(57, "LoadFontFace", PLAYER, NOISE, UINT("parentID"), TEXT("family", HARMLESS),
        TEXT("source", CODE), TEXT("descriptors", CODE)),
    ROW(58, "SetNodeFocus", PLAYER, NOISE, INT("id")),
    ROW(59, "LongTask", PLAYER, LOAD, UINT("timestamp"), UINT("duration"), UINT("context"),
        UINT("containerType"), TEXT("containerSrc", URL), TEXT("containerId", PROSE),
        TEXT("containerName", PROSE)),
    ROW(60, "SetNodeAttributeURLBased", ASSETS, NOISE, UINT("id"), TEXT("name", HARMLESS),
        TEXT("value", ATTRIBUTE), TEXT("baseURL", URL)),
    ROW(61, "SetCSSDataURLBased", ASSETS, NOISE, UINT("id"), TEXT("data", CODE),
        TEXT("baseURL", URL)),
    ROW(63, "TechnicalInfo", ANALYTICS, META, TEXT("type", HARMLESS), TEXT("value", PROSE)),
    ROW(64, "CustomIssue", ANALYTICS, ISSUE, TEXT("name", PROSE), TEXT("payload", JSON)),
    ROW(65, "SetNodeSlot", PLAYER, NOISE, UINT("id"), UINT("slotID")),
    ROW(67, "CSSInsertRuleURLBased", PLAYER, NOISE, UINT("id"), TEXT("rule", CODE), UINT("index"),
        TEXT("baseURL", URL)),
    ROW(68, "MouseClick", PLAYER, CLICK, UINT("id"), UINT("hesitationTime"), TEXT("label", PROSE),
        TEXT("selector", PROSE), UINT("normalizedX"), UINT("normalizedY")),
    ROW(69, "MouseClickDeprecated", PLAYER, CLICK, UINT("id"), UINT("hesitationTime"),
        TEXT("label", PROSE), TEXT("selector", PROSE)),
    ROW(70, "CreateIFrameDocument", PLAYER, NOISE, UINT("frameID"), UINT("id")),
    ROW(71, "AdoptedSSReplaceURLBased", ASSETS, NOISE, UINT("sheetID"), TEXT("text", CODE),
        TEXT("baseURL", URL)),
    ROW(72, "AdoptedSSReplace", ASSETS, NOISE, UINT("sheetID"), TEXT("text", CODE)),
    ROW(73, "AdoptedSSInsertRuleURLBased", ASSETS, NOISE, UINT("sheetID"), TEXT("rule", CODE),
        UINT("index"), TEXT("baseURL", URL)),
    ROW(74, "AdoptedSSInsertRule", ASSETS, NOISE, UINT("sheetID"), TEXT("rule", CODE),
        UINT("index")),
    ROW(75, "AdoptedSSDeleteRule", PLAYER, NOISE, UINT("sheetID"), UINT("index")),
    ROW(76, "AdoptedSSAddOwner", PLAYER, NOISE, UINT("sheetID"), UINT("id")),
    ROW(77, "AdoptedSSRemoveOwner", PLAYER, NOISE, UINT("sheetID"), UINT("id")),
    ROW(78, "JSException", ANALYTICS, ERROR, TEXT("name", PROSE), TEXT("message", PROSE),
        TEXT("payload", CODE), TEXT("metadata", JSON)),
    ROW(79, "Zustand", DEVTOOLS, STATE, TEXT("mutation", JSON), TEXT("state", JSON)),
    ROW(81, "BatchMetadata", HEADER, NOISE, UINT("version"), UINT("pageNo"), UINT("firstIndex"),
        INT("timestamp"), TEXT("location", URL)),
    ROW(82, "PartitionedMessage", PLAYER, NOISE, UINT("partNo"), UINT("partTotal")),
    ROW(83, "NetworkRequest", DEVTOOLS, NETWORK, TEXT("type", HARMLESS), TEXT("method", HARMLESS),
        TEXT("url", URL), TEXT("request", JSON), TEXT("response", JSON), UINT("status"),
        UINT("timestamp"), UINT("duration"), UINT("transferredBodySize")),
    ROW(84, "WSChannel", DEVTOOLS, SOCKET, TEXT("chType", HARMLESS), TEXT("channelName", URL),
        TEXT("data", JSON), UINT("timestamp"), TEXT("dir", HARMLESS),
        TEXT("messageType", HARMLESS)),
    ROW(85, "ResourceTiming", DEVTOOLS, RESOURCE, UINT("timestamp"), UINT("duration"), UINT("ttfb"),
        UINT("headerSize"), UINT("encodedBodySize"), UINT("decodedBodySize"), TEXT("url", URL),
        TEXT("initiator", HARMLESS), UINT("transferredSize"), BOOL("cached"), UINT("queueing"),
        UINT("dnsLookup"), UINT("initialConnection"), UINT("ssl"), UINT("contentDownload"),
        UINT("total"), UINT("stalled")),
    ROW(87, "Incident", DEVTOOLS, ISSUE, TEXT("label", PROSE), INT("startTime"), INT("endTime")),
    ROW(89, "LongAnimationTask", DEVTOOLS, LOAD, TEXT("name", PROSE), INT("duration"),
        INT("blockingDuration"), INT("firstUIEventTimestamp"), INT("startTime"),
        TEXT("scripts", JSON)),
    ROW(112, "InputChange", ANALYTICS, INPUT, UINT("id"), TEXT("value", PROSE), BOOL("valueMasked"),
        TEXT("label", PROSE), INT("hesitationTime"), INT("inputDuration")),
    ROW(113, "SelectionChange", PLAYER, SELECTION, UINT("selectionStart"), UINT("selectionEnd"),
        TEXT("selection", PROSE)),
    ROW(114, "MouseThrashing", PLAYER, ISSUE, UINT("timestamp")),
    ROW(115, "UnbindNodes", ANALYTICS, NOISE, UINT("totalRemovedPercent")),
    ROW(116, "ResourceTimingDeprecated", DEVTOOLS, RESOURCE, UINT("timestamp"), UINT("duration"),
        UINT("ttfb"), UINT("headerSize"), UINT("encodedBodySize"), UINT("decodedBodySize"),
        TEXT("url", URL), TEXT("initiator", HARMLESS), UINT("transferredSize"), BOOL("cached")),
    ROW(117, "TabChange", PLAYER, TAB, TEXT("tabId", HARMLESS)),
    ROW(118, "TabData", PLAYER, NOISE, TEXT("tabId", HARMLESS)),
    ROW(119, "CanvasNode", PLAYER, NOISE, TEXT("nodeId", HARMLESS), UINT("timestamp")),
    ROW(120, "TagTrigger", DEVTOOLS, EVENT, INT("tagId")),
    ROW(121, "Redux", DEVTOOLS, STATE, TEXT("action", JSON), TEXT("state", JSON), UINT("duration"),
        UINT("actionTime")),
    ROW(122, "SetPageLocation", PLAYER, PAGE, TEXT("url", URL), TEXT("referrer", URL),
        UINT("navigationStart"), TEXT("documentTitle", PROSE)),
    ROW(123, "GraphQL", DEVTOOLS, GRAPHQL, TEXT("operationKind", HARMLESS),
        TEXT("operationName", PROSE), TEXT("variables", JSON), TEXT("response", JSON),
        UINT("duration")),
    ROW(124, "WebVitals", ANALYTICS, VITAL, TEXT("name", HARMLESS), TEXT("value", HARMLESS)),
    ROW(125, "IssueEvent", ANALYTICS, ISSUE, UINT("messageID"), UINT("timestamp"),
        TEXT("type", HARMLESS), TEXT("contextString", PROSE), TEXT("context", PROSE),
        TEXT("payload", JSON), TEXT("url", URL)),
};
/* clang-format on */

const struct openreplay_layout *
openreplay_layout(uint64_t id)
{
    if (id >= sizeof layouts / sizeof *layouts || layouts[id].name == NULL)
        return NULL;
    return &layouts[id];
}
