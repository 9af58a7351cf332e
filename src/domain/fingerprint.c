/* fingerprint.c - which errors are the same error.
 * SPDX-License-Identifier: MIT
 *
 * The same error is: one type, one normalised message, thrown in one place of the app's own. The
 * place is the first frame that is not a package's, a bundler's or the engine's; without one, type
 * and message decide alone. Lines and columns never count, so an edit above the place, or a
 * rebuild, does not split a group; two errors alike in one function are one group, which is where
 * somebody would look anyway.
 *
 * A message loses what differs from one visit to the next: numbers, ids, addresses, and quoted
 * text, so it is the same whether personal data in it was masked or not. But quoted names stay,
 * because "(reading 'amount')" and "(reading 'total')" are different mistakes: a quotation is a
 * name when it could stand in a program and does not look like an id. React's production errors are
 * known by their number alone, so that number stays. The first line counts, up to 200 bytes.
 *
 * Engines word the same mistake differently ("undefined is not an object" is Safari's). A group per
 * wording is the price of not keeping a dictionary of engines. */
#include "config.h"

#include "domain/error_report.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "domain/idlike.h"
#include "domain/route.h"
#include "domain/stack_frame.h"

#define MESSAGE_MAX    200  /* bytes of a normalised message */
#define MESSAGE_LOOK   1024 /* bytes of a message that are looked at */
#define NAME_MAX_BYTES 40   /* of a quoted name */
#define FRAMES_MAX     64   /* lines of a stack that are looked at */
#define TYPE_TEXT      64

static bool
is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (c & 0x80) != 0;
}

/* --- what stands in front of a message */

static const char *
after(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(text, prefix, len) == 0 ? text + len : text;
}

/* "Uncaught TypeError: x" is what window.onerror gets of a TypeError with the message "x". Moves
 * *message behind such a head and replaces a type that says nothing. */
static void
split_head(char type[TYPE_TEXT], const char **message)
{
    const char *p = after(after(*message, "Uncaught "), "(in promise) ");
    size_t len = 0;

    while (is_word(p[len]))
        len++;
    *message = p;
    if (len < 5 || len >= TYPE_TEXT || strncmp(p + len, ": ", 2) != 0 ||
        (strncmp(p + len - 5, "Error", 5) != 0 && strncmp(p + len - 5, "ption", 5) != 0))
        return;
    if (type[0] == '\0' || strcmp(type, "Error") == 0) {
        memcpy(type, p, len);
        type[len] = '\0';
    } else if (strncmp(type, p, len) != 0 || type[len] != '\0')
        return; /* the message speaks of another error */
    *message = p + len + 2;
}

/* --- the message, piece by piece: each reader writes its piece and returns what it has read */

static bool
is_name(const char *text, size_t len)
{
    if (len == 0 || len > NAME_MAX_BYTES || isdigit((unsigned char)text[0]))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_word(text[i]) && strchr(".-[]()", text[i]) == NULL)
            return false;
    }
    return !idlike(text, len);
}

/* The length of a quotation with its quotes; 0 when this is an apostrophe or never closed. */
static size_t
quotation(const char *start, const char *text)
{
    size_t i = 1;

    if (strchr("\"'`", *text) == NULL || (text > start && is_word(text[-1])))
        return 0;
    while (text[i] != '\0' && (text[i] != *text || is_word(text[i + 1])))
        i++;
    return text[i] == '\0' ? 0 : i + 1;
}

static void
write_quotation(struct buf *b, const char *text, size_t len)
{
    buf_addc(b, *text);
    if (is_name(text + 1, len - 2))
        buf_add(b, text + 1, len - 2);
    else if (len > 2)
        buf_addc(b, '*');
    buf_addc(b, *text);
}

static size_t
address(const char *text)
{
    size_t scheme = 0;

    while (isalnum((unsigned char)text[scheme]) || text[scheme] == '-')
        scheme++;
    if (scheme == 0 || strncmp(text + scheme, "://", 3) != 0)
        return 0;
    return strcspn(text, " \t\r\n\"'`<>)");
}

/* A script is told by its file, as in a frame; a page by its route. */
static void
write_address(struct buf *b, const char *text, size_t len)
{
    struct stack_frame frame;
    char place[MESSAGE_LOOK + 2];

    snprintf(place, sizeof place, "@%.*s", (int)len, text);
    if (stack_frame_read(&frame, place, strlen(place)))
        buf_adds(b, frame.file);
}

/* Digits with what may stand inside a number or a time: "1,234.5e-6", "10:30",
 * "2026-11-24T10:30:00.000Z". */
static size_t
number(const char *text)
{
    bool has_day = strnlen(text, 11) == 11 && text[4] == '-' && text[10] == 'T';
    size_t i = 0;

    while (isdigit((unsigned char)text[i]) || (has_day && i == 10) ||
           (i > 0 && text[i] != '\0' && strchr(".,:-", text[i]) != NULL &&
            isdigit((unsigned char)text[i + 1])))
        i++;
    return i + (has_day && i > 10 && text[i] == 'Z');
}

/* What masking leaves of a value (domain/pii.h): "****@*******.***", "***-**-****". */
static size_t
mask(const char *text)
{
    size_t i = 0;

    while (text[i] == '*' ||
           (i > 0 && text[i] != '\0' && strchr("@.-/:", text[i]) != NULL && text[i + 1] == '*'))
        i++;
    return i > 0 && strncmp(text + i, "...", 3) == 0 ? i + 3 : i;
}

static size_t
word(const char *text)
{
    size_t i = 0;

    while (is_word(text[i]) ||
           (i > 0 && text[i] != '\0' && strchr("-@+", text[i]) != NULL && is_word(text[i + 1])) ||
           (i > 0 && text[i] == '.' && memchr(text, '@', i) != NULL && is_word(text[i + 1])))
        i++;
    return i;
}

/* "ada.lovelace@shop.example": of an e-mail's name the dots are part, which in words they are not.
 */
static size_t
email(const char *text)
{
    size_t name = 0, end;

    while (isalnum((unsigned char)text[name]) ||
           (text[name] != '\0' && strchr("._%+-", text[name]) != NULL))
        name++;
    if (name == 0 || text[name] != '@')
        return 0;
    end = name + 1 + word(text + name + 1);
    while (end > name + 1 && text[end] == '.' && word(text + end + 1) > 0)
        end += 1 + word(text + end + 1);
    return end > name + 1 ? end : 0;
}

static size_t
write_word(struct buf *b, const char *text)
{
    size_t len = email(text), digits = number(text);
    bool is_email = len > 0;

    if (!is_email)
        len = word(text);
    if (is_email || (idlike(text, len) && len >= digits)) {
        buf_addc(b, '#');
        return len;
    }
    if (digits > 0) { /* "12px" is "#px" */
        buf_addc(b, '#');
        return digits;
    }
    buf_add(b, text, len);
    return len;
}

static size_t
write_piece(struct buf *b, const char *start, const char *text)
{
    size_t len = quotation(start, text);

    if (len > 0) {
        write_quotation(b, text, len);
        return len;
    }
    len = address(text);
    if (len > 0) {
        write_address(b, text, len);
        return len;
    }
    if (is_word(*text))
        return write_word(b, text);
    len = mask(text);
    if (len > 0) {
        buf_addc(b, '#');
        return len;
    }
    if (!isspace((unsigned char)*text))
        buf_addc(b, *text);
    else if (b->len > 0 && b->data[b->len - 1] != ' ')
        buf_addc(b, ' ');
    return 1;
}

/* The length without a character that was cut in the middle, and without blanks at the end. */
static size_t
trimmed(const char *text, size_t len)
{
    size_t i = len;

    while (i > 0 && ((unsigned char)text[i - 1] & 0xc0) == 0x80)
        i--;
    if (i > 0 && (unsigned char)text[i - 1] >= 0xc0) {
        unsigned char lead = (unsigned char)text[i - 1];
        size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

        if (len - (i - 1) < need)
            len = i - 1;
    }
    while (len > 0 && text[len - 1] == ' ')
        len--;
    return len;
}

static const char *
normalise(struct arena *arena, const char *message)
{
    static const char react[] = "Minified React error #";
    size_t keep = strncmp(message, react, sizeof react - 1) == 0
                      ? sizeof react - 1 + strspn(message + sizeof react - 1, "0123456789")
                      : 0;
    const char *line = arena_strndup(arena, message, strcspn(message, "\r\n"));
    const char *p = arena_strndup(arena, line, MESSAGE_LOOK);
    const char *start = p, *text;
    struct buf b;

    if (keep > 0)
        return arena_strndup(arena, message, keep);
    buf_init(&b, 8 * MESSAGE_LOOK);
    while (*p != '\0' && b.len < MESSAGE_MAX)
        p += write_piece(&b, start, p);
    text = arena_strndup(arena, b.data, trimmed(b.data, b.len < MESSAGE_MAX ? b.len : MESSAGE_MAX));
    buf_fini(&b);
    return text;
}

/* --- the place */

static const char *
first_own_frame(struct arena *arena, const char *stack)
{
    struct stack_frame frame;

    for (int i = 0; i < FRAMES_MAX && *stack != '\0'; i++) {
        size_t len = strcspn(stack, "\n");

        if (stack_frame_read(&frame, stack, len) && frame.is_own &&
            (frame.function[0] != '\0' || frame.file[0] != '\0'))
            return arena_printf(arena, "%s%s%s", frame.function,
                                frame.function[0] != '\0' && frame.file[0] != '\0' ? " " : "",
                                frame.file);
        stack += len;
        stack += *stack == '\n';
    }
    return "";
}

void
fingerprint_make(struct fingerprint *out, struct arena *arena, const char *type,
                 const char *message, const char *stack)
{
    char name[TYPE_TEXT];
    uint64_t id = TEXT_HASH_SEED;

    snprintf(name, sizeof name, "%s", type);
    split_head(name, &message);
    out->normalised_message = normalise(arena, message);
    out->frame = first_own_frame(arena, stack);
    id = text_hash(name, strlen(name) + 1, id);
    id = text_hash(out->normalised_message, strlen(out->normalised_message) + 1, id);
    id = text_hash(out->frame, strlen(out->frame), id);
    out->id = id;
    snprintf(out->text, sizeof out->text, "%016llx", (unsigned long long)id);
}
