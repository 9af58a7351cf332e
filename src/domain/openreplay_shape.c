/* openreplay_shape.c - texts from recordings, made fit to be shown.
 * SPDX-License-Identifier: MIT
 *
 * Prose is cleaned first, so that all further steps see valid UTF-8 without control characters;
 * then one pass over it stars, at each place, the first of what applies: a word with an @ in it, a
 * number of nine digits or more, however it is grouped (nine: a date has eight, an SSN nine; not in
 * a UUID), what follows a word such as "password=", and what looks like a key or a token. */
#include "config.h"

#include "domain/openreplay_shape.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"

#define PROSE_BYTES   2048 /* of a text that are looked at */
#define VALUE_COLUMNS 40
#define REVEALED      120
#define URL_COLUMNS   200
#define NUMBER_DIGITS 9
#define TOKEN_ROW     20
#define TOKEN_CHARS   32

static const char ellipsis[] = "…";

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Bytes of characters beyond ASCII count as letters of words. */
static bool
is_word(char c)
{
    return is_digit(c) || is_letter(c) || (unsigned char)c >= 0x80;
}

/* Each letter and digit as one star; what is between them stays. */
static void
add_stars(struct buf *b, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            buf_addc(b, is_word(text[i]) ? '*' : text[i]);
}

/* --- what is starred in prose: each answers how many bytes from here on, 0 for none ------------
 */

struct prose {
    const char *text;
    /* Runs that were looked at whole and have no address, no token in them end here. */
    size_t no_address, no_token;
};

/* "jane.roe@example.com", "jane%40example.com": up to a blank, or what stands around addresses. */
static size_t
address_length(struct prose *prose, size_t at)
{
    const char *text = prose->text + at;
    size_t length;

    if (at < prose->no_address)
        return 0;
    length = strcspn(text, " \"'`<>(),;&=?/|[]{}");
    for (size_t i = 1; i + 1 < length; i++)
        if (text[i] == '@' || (i + 3 < length && strncmp(text + i, "%40", 3) == 0))
            return length;
    prose->no_address = at + length;
    return 0;
}

/* "078-05-1120", "(415) 555-0132", "4111 1111 1111 1111": from the first digit to the last. */
static size_t
number_length(const char *text)
{
    size_t length = 0, digits = 0;

    if (!is_digit(*text))
        return 0;
    for (size_t i = 0; is_digit(text[i]) || (text[i] != '\0' && strchr(" .-()/", text[i])); i++) {
        if (is_digit(text[i])) {
            digits++;
            length = i + 1;
        } else if (i - length >= 3) {
            break;
        }
    }
    return digits >= NUMBER_DIGITS ? length : 0;
}

/* Keys and parts of tokens: twenty letters and digits in a row, or 32 with dashes between them and
 * all kinds of characters. Names of classes and UUIDs are neither. */
static bool
is_token(const char *text, size_t length)
{
    size_t digits = 0, upper = 0, lower = 0, row = 0;
    bool row_has_digit = false, row_has_letter = false;

    for (size_t i = 0; i < length; i++) {
        bool is_dash = text[i] == '-' || text[i] == '_';

        digits += is_digit(text[i]);
        upper += text[i] >= 'A' && text[i] <= 'Z';
        lower += text[i] >= 'a' && text[i] <= 'z';
        row = is_dash ? 0 : row + 1;
        row_has_digit = !is_dash && (row_has_digit || is_digit(text[i]));
        row_has_letter = !is_dash && (row_has_letter || is_letter(text[i]));
        if (row >= TOKEN_ROW && row_has_digit && row_has_letter)
            return true;
    }
    return length >= TOKEN_CHARS && digits >= 3 && upper >= 3 && lower >= 3;
}

static size_t
token_length(struct prose *prose, size_t at)
{
    const char *text = prose->text + at;
    size_t length = 0;

    if (at < prose->no_token)
        return 0;
    while (is_digit(text[length]) || is_letter(text[length]) || text[length] == '_' ||
           text[length] == '-')
        length++;
    if (is_token(text, length))
        return length;
    prose->no_token = at + length;
    return 0;
}

/* Behind `"password": "`, `token=`, `Bearer `: how much of a secret begins here, `before` of which
 * name and separators are. */
static size_t
secret_length(const char *text, size_t *before)
{
    static const char *const names[] = { "password", "passwd",  "secret",  "token", "apikey",
                                         "api_key",  "api-key", "session", "bearer" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]), gap;

        if (strncasecmp(text, names[i], length) != 0)
            continue;
        gap = strspn(text + length, "\"'\\:= ");
        if (gap == 0 || (strcspn(text + length, ":=") >= gap && strcmp(names[i], "bearer") != 0))
            return 0;
        *before = length + gap;
        return strcspn(text + *before, " \"'\\,;&}");
    }
    return 0;
}

/* What begins at `at` and is to be starred, behind `before` bytes that are not. */
static size_t
starred_length(struct prose *prose, size_t at, size_t *before)
{
    const char *text = prose->text + at;
    char last = at == 0 ? ' ' : text[-1];
    size_t length = 0;

    *before = 0;
    if (is_word(*text) && !is_word(last)) {
        length = address_length(prose, at);
        if (length == 0)
            length = secret_length(text, before);
        if (length == 0)
            length = token_length(prose, at);
    }
    if (length == 0 && !is_digit(last)) {
        *before = 0;
        length = number_length(text);
    }
    return length;
}

/* A UUID that begins at `at`: the id of a session or a visit. Digits in it are no number; one of
 * digits alone is not taken for one. */
static size_t
uuid_length(const struct prose *prose, size_t at)
{
    const char *text = prose->text + at;
    const size_t length = UUID_TEXT - 1;
    char id[UUID_TEXT];
    uint8_t bytes[16];

    if ((at > 0 && (is_word(text[-1]) || text[-1] == '-')) || strnlen(text, length) < length ||
        is_word(text[length]) || text[length] == '-')
        return 0;
    memcpy(id, text, length);
    id[length] = '\0';
    return uuid_parse(bytes, id) && strpbrk(id, "abcdefABCDEF") != NULL ? length : 0;
}

static void
add_careful(struct buf *b, const struct buf *plain)
{
    struct prose prose = { .text = plain->data };

    for (size_t at = 0; at < plain->len;) {
        size_t before, length = uuid_length(&prose, at);

        if (length > 0) {
            buf_add(b, plain->data + at, length);
            at += length;
            continue;
        }
        length = starred_length(&prose, at, &before);
        if (length == 0) {
            buf_addc(b, plain->data[at++]);
            continue;
        }
        buf_add(b, plain->data + at, before);
        add_stars(b, plain->data + at + before, length);
        at += before + length;
    }
}

/* Appends at most `columns` of clean text. */
static void
add_cut(struct buf *b, const struct buf *text, int columns)
{
    size_t fit = text_fit(text->data, columns);

    buf_add(b, text->data, fit);
    if (fit < text->len)
        buf_adds(b, ellipsis);
}

static void
clean(struct buf *out, struct openreplay_text text)
{
    size_t length = text.length;

    if (length > PROSE_BYTES) {
        length = PROSE_BYTES;
        while (length > 0 && ((unsigned char)text.at[length] & 0xc0) == 0x80)
            length--;
    }
    buf_init(out, 4 * PROSE_BYTES);
    text_clean(out, text.at, length);
}

void
openreplay_shape_prose(struct buf *b, struct openreplay_text prose, int columns, bool reveal)
{
    struct buf plain, careful;

    clean(&plain, prose);
    buf_init(&careful, 4 * PROSE_BYTES);
    if (reveal)
        buf_add(&careful, plain.data, plain.len);
    else
        add_careful(&careful, &plain);
    add_cut(b, &careful, columns);
    buf_fini(&careful);
    buf_fini(&plain);
}

/* --- values ------------------------------------------------------------------------------------
 */

static size_t
utf16_units(struct openreplay_text text)
{
    size_t units = 0;

    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];

        units += ((c & 0xc0) != 0x80) + (c >= 0xf0);
    }
    return units;
}

/* First letters of words, stars for the rest. */
static void
shape_words(struct buf *shape, const struct buf *plain)
{
    bool begins = true;

    for (const char *at = plain->data, *next = at; *at != '\0'; at = next) {
        uint32_t c = text_next(&next);

        if (c == ' ')
            buf_addc(shape, ' ');
        else if (begins && (is_letter(*at) || c >= 0x80))
            buf_add(shape, at, (size_t)(next - at));
        else
            buf_addc(shape, '*');
        begins = c == ' ';
    }
}

void
openreplay_shape_value(struct buf *b, struct openreplay_text value, bool reveal)
{
    struct buf plain, shape;

    clean(&plain, value);
    buf_init(&shape, 4 * PROSE_BYTES);
    if (reveal)
        buf_add(&shape, plain.data, plain.len);
    else
        shape_words(&shape, &plain);
    buf_addc(b, '"');
    add_cut(b, &shape, reveal ? REVEALED : VALUE_COLUMNS);
    buf_addf(b, "\" (%zu)", utf16_units(value));
    buf_fini(&shape);
    buf_fini(&plain);
}

/* --- addresses ---------------------------------------------------------------------------------
 */

/* "https://shop.example" of "https://shop.example/a": 0 when there is none. */
static size_t
origin_length(const char *url, size_t length)
{
    const char *host = memmem(url, length, "://", 3);
    const char *slash;

    if (host == NULL || memchr(url, '/', (size_t)(host - url)) != NULL)
        return 0;
    host += 3;
    slash = memchr(host, '/', length - (size_t)(host - url));
    return slash == NULL ? length : (size_t)(slash - url);
}

static bool
is_of_page(const struct buf *url, struct openreplay_text page, size_t origin)
{
    return origin > 0 && origin < url->len && origin_length(page.at, page.length) == origin &&
           memcmp(url->data, page.at, origin) == 0;
}

/* The names of parameters; not what they say. */
static void
add_query(struct buf *b, const char *query)
{
    const char *mark = "?";

    while (*query != '\0') {
        size_t length = strcspn(query, "&"), name = strcspn(query, "&=");

        buf_adds(b, mark);
        mark = "&";
        openreplay_shape_prose(b, (struct openreplay_text){ query, name }, 30, false);
        if (name < length)
            buf_addf(b, "=%s", ellipsis);
        query += length + (query[length] == '&');
    }
}

static void
add_address(struct buf *b, struct buf *url, size_t skipped)
{
    char *hash = strchr(url->data, '#'), *query;

    if (hash != NULL)
        *hash = '\0';
    query = strchr(url->data, '?');
    if (query != NULL)
        *query++ = '\0';
    openreplay_shape_prose(
        b, (struct openreplay_text){ url->data + skipped, strlen(url->data + skipped) },
        URL_COLUMNS, false);
    if (query != NULL)
        add_query(b, query);
    if (hash != NULL)
        buf_addf(b, "#%s", ellipsis);
}

void
openreplay_shape_url(struct buf *b, struct openreplay_text url, struct openreplay_text page,
                     bool reveal)
{
    struct buf plain, shown;
    size_t origin;

    clean(&plain, url);
    buf_init(&shown, 16 * PROSE_BYTES);
    origin = origin_length(plain.data, plain.len);
    if (!is_of_page(&plain, page, origin))
        origin = 0;
    if (reveal)
        buf_add(&shown, plain.data + origin, plain.len - origin);
    else if (strncasecmp(plain.data, "data:", 5) == 0)
        buf_addf(&shown, "data:%s", ellipsis);
    else
        add_address(&shown, &plain, origin);
    add_cut(b, &shown, URL_COLUMNS);
    buf_fini(&shown);
    buf_fini(&plain);
}

void
openreplay_shape_page(struct buf *b, struct openreplay_text url)
{
    size_t length = 0;

    while (length < url.length && url.at[length] != '?' && url.at[length] != '#')
        length++;
    url.length = length;
    openreplay_shape_prose(b, url, URL_COLUMNS, false);
}
