/* openreplay_message.h - the messages of OpenReplay's web tracker 14 to 19: one row each, and the
 * decoder. SPDX-License-Identifier: MIT
 *
 * A message is an id, a size and fields of four types: unsigned varint, zig-zag varint, text with
 * its length before it, one byte for a truth. Ids we do not know are stepped over by their size.
 * Source: the tracker's own encoder, as `message-types.tsv` of the captures lists it. */
#ifndef OV_DOMAIN_OPENREPLAY_MESSAGE_H
#define OV_DOMAIN_OPENREPLAY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The ids that code asks for by name; the table has them all. */
enum openreplay_id {
    OPENREPLAY_TIMESTAMP = 0,
    OPENREPLAY_SET_PAGE_LOCATION_OLD = 4,
    OPENREPLAY_CREATE_DOCUMENT = 7,
    OPENREPLAY_CREATE_ELEMENT = 8,
    OPENREPLAY_CREATE_TEXT = 9,
    OPENREPLAY_MOVE_NODE = 10,
    OPENREPLAY_REMOVE_NODE = 11,
    OPENREPLAY_SET_ATTRIBUTE = 12,
    OPENREPLAY_REMOVE_ATTRIBUTE = 13,
    OPENREPLAY_SET_NODE_DATA = 14,
    OPENREPLAY_SET_INPUT_VALUE = 18,
    OPENREPLAY_SET_INPUT_CHECKED = 19,
    OPENREPLAY_CONSOLE_LOG = 22,
    OPENREPLAY_USER_ID = 28,
    OPENREPLAY_METADATA = 30,
    OPENREPLAY_STRING_DICT_GLOBAL = 34,
    OPENREPLAY_SET_ATTRIBUTE_DICT_GLOBAL = 35,
    OPENREPLAY_STRING_DICT = 43,
    OPENREPLAY_STRING_DICT_OLD = 50,
    OPENREPLAY_SET_ATTRIBUTE_DICT_OLD = 51,
    OPENREPLAY_SET_ATTRIBUTE_DICT = 52,
    OPENREPLAY_SET_PAGE_VISIBILITY = 55,
    OPENREPLAY_SET_NODE_FOCUS = 58,
    OPENREPLAY_SET_ATTRIBUTE_URL = 60,
    OPENREPLAY_MOUSE_CLICK = 68,
    OPENREPLAY_MOUSE_CLICK_OLD = 69,
    OPENREPLAY_CREATE_ROOT = 70, /* of an iframe or a shadow tree */
    OPENREPLAY_JS_EXCEPTION = 78,
    OPENREPLAY_BATCH_METADATA = 81,
    OPENREPLAY_NETWORK_REQUEST = 83,
    OPENREPLAY_INPUT_CHANGE = 112,
    OPENREPLAY_SELECTION_CHANGE = 113,
    OPENREPLAY_TAB_CHANGE = 117,
    OPENREPLAY_TAB_DATA = 118,
    OPENREPLAY_SET_PAGE_LOCATION = 122,
    OPENREPLAY_ISSUE_EVENT = 125
};

enum openreplay_type { OPENREPLAY_UINT, OPENREPLAY_INT, OPENREPLAY_TEXT, OPENREPLAY_BOOL };

/* What a text may hold that a person would not want kept; decides how it is scanned. */
enum openreplay_privacy {
    OPENREPLAY_HARMLESS,  /* enumerations, tags, keys of dictionaries */
    OPENREPLAY_PROSE,     /* page text, console, labels */
    OPENREPLAY_URL,       /* percent-decoded, too */
    OPENREPLAY_JSON,      /* unescaped once, too */
    OPENREPLAY_ATTRIBUTE, /* by the name beside it */
    OPENREPLAY_IDENTITY,  /* who the application says it is: often an e-mail on purpose */
    OPENREPLAY_CODE /* style sheets, source positions: digits without a meaning, not scanned */
};

/* Which stream of protocol 2 carries it; which files of a bucket hold it follows
 * (openreplay_mob.h). */
enum openreplay_stream {
    OPENREPLAY_HEADER,
    OPENREPLAY_PLAYER,
    OPENREPLAY_ASSETS,
    OPENREPLAY_DEVTOOLS,
    OPENREPLAY_ANALYTICS,
    OPENREPLAY_STREAMS
};

/* Its place in a storyboard (openreplay_story.h). */
enum openreplay_kind {
    OPENREPLAY_NOISE,
    OPENREPLAY_PAGE,
    OPENREPLAY_CLICK,
    OPENREPLAY_INPUT,
    OPENREPLAY_CONSOLE,
    OPENREPLAY_NETWORK,
    OPENREPLAY_RESOURCE,
    OPENREPLAY_ERROR,
    OPENREPLAY_LOAD,
    OPENREPLAY_VITAL,
    OPENREPLAY_EVENT,
    OPENREPLAY_ISSUE, /* rage click, dead click, CPU, memory */
    OPENREPLAY_USER,
    OPENREPLAY_META,
    OPENREPLAY_TAB,
    OPENREPLAY_VISIBILITY,
    OPENREPLAY_SOCKET,
    OPENREPLAY_STATE,
    OPENREPLAY_GRAPHQL,
    OPENREPLAY_SELECTION,
    OPENREPLAY_KINDS
};
/* "page", "click", ...: what a row, a filter and JSON call it. */
const char *openreplay_kind_name(enum openreplay_kind kind);

#define OPENREPLAY_FIELDS_MAX 17

struct openreplay_field {
    const char *name; /* as OpenReplay names it: "selectionStart" */
    enum openreplay_type type;
    enum openreplay_privacy privacy; /* of texts */
};
struct openreplay_layout {
    unsigned id;
    const char *name; /* "SetNodeData" */
    enum openreplay_stream stream;
    enum openreplay_kind kind;
    unsigned field_count;
    struct openreplay_field fields[OPENREPLAY_FIELDS_MAX];
};
/* NULL: no message of that id is known. */
const struct openreplay_layout *openreplay_layout(uint64_t id);

struct openreplay_text {
    const char *at; /* into the body; not terminated, may hold NULs and broken UTF-8 */
    size_t length;
};
union openreplay_value {
    uint64_t u;
    int64_t i;
    bool b;
    struct openreplay_text text;
};
/* One message. Fields that are missing at its end are empty; further ones were stepped over. */
struct openreplay_message {
    uint64_t id;
    const struct openreplay_layout *layout; /* NULL: unknown, and no values */
    size_t offset, length;                  /* in the body, id and size included */
    union openreplay_value values[OPENREPLAY_FIELDS_MAX];
};

/* The field of a name: a number for openreplay_message.values, or -1. */
int openreplay_field_index(const struct openreplay_layout *layout, const char *name);

#endif
