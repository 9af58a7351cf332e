/* url.c - the URL standard's parser, cut down to what is looked at afterwards.
 * SPDX-License-Identifier: MIT
 *
 * The standard's state machine is written as a descent: scheme, then authority or what is left of
 * the base, then path, query and fragment. User names, passwords and ports are checked and dropped.
 * Written after https://url.spec.whatwg.org (2024). */
#include "config.h"

#include "domain/url.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/text.h"

#define HOST_MAX 1024

/* Which ASCII characters each part writes as %XX, besides controls and all that is not ASCII. */
#define SET_PATH     " \"#<>?`{}^"
#define SET_QUERY    " \"#<>"
#define SET_SPECIAL  " \"#<>'"
#define SET_FRAGMENT " \"<>`"
#define SET_OPAQUE   ""

static void
add_encoded(struct buf *b, const char *text, size_t len, const char *set)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < 0x20 || c >= 0x7f || strchr(set, c) != NULL)
            buf_addf(b, "%%%02X", c);
        else
            buf_addc(b, (char)c);
    }
}

static bool
needs_encoding(const char *text, size_t len, const char *set)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < 0x20 || c >= 0x7f || strchr(set, c) != NULL)
            return true;
    }
    return false;
}

static const char *
encode(struct arena *arena, const char *text, size_t len, const char *set)
{
    struct buf b;
    const char *out;

    if (!needs_encoding(text, len, set))
        return arena_strndup(arena, text, len);
    buf_init(&b, 3 * len + 1);
    add_encoded(&b, text, len, set);
    out = arena_strndup(arena, b.data, b.len);
    buf_fini(&b);
    return out;
}

/* --- hosts ------------------------------------------------------------------------------------ */

/* Letters of Latin, Greek and Cyrillic as Unicode lowers them. */
static uint32_t
lower(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) ||
        (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177))
        return c | 1;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    return c;
}

static uint32_t
adapt_bias(uint32_t delta, uint32_t count, bool is_first)
{
    uint32_t k = 0;

    delta = is_first ? delta / 700 : delta / 2;
    for (delta += delta / count; delta > 455; k += 36)
        delta /= 35;
    return k + 36 * delta / (delta + 38);
}

static void
add_delta(struct buf *b, uint32_t delta, uint32_t bias)
{
    for (uint32_t k = 36;; k += 36) {
        uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias, digit;

        if (delta < t) {
            buf_addc(b, (char)(delta < 26 ? 'a' + delta : '0' + delta - 26));
            return;
        }
        digit = t + (delta - t) % (36 - t);
        buf_addc(b, (char)(digit < 26 ? 'a' + digit : '0' + digit - 26));
        delta = (delta - t) / (36 - t);
    }
}

/* RFC 3492, one label of at most 63 code points. */
static void
add_punycode(struct buf *b, const uint32_t *label, size_t len)
{
    uint32_t n = 128, delta = 0, bias = 72, done = 0, basic;

    buf_adds(b, "xn--");
    for (size_t i = 0; i < len; i++) {
        if (label[i] < 128) {
            buf_addc(b, (char)label[i]);
            done++;
        }
    }
    basic = done;
    if (basic > 0)
        buf_addc(b, '-');
    while (done < len) {
        uint32_t next = UINT32_MAX;

        for (size_t i = 0; i < len; i++) {
            if (label[i] >= n && label[i] < next)
                next = label[i];
        }
        delta += (next - n) * (done + 1);
        n = next;
        for (size_t i = 0; i < len; i++) {
            if (label[i] < n)
                delta++;
            if (label[i] != n)
                continue;
            add_delta(b, delta, bias);
            bias = adapt_bias(delta, done + 1, done == basic);
            delta = 0;
            done++;
        }
        delta++;
        n++;
    }
}

static bool
end_label(struct buf *b, const uint32_t *label, size_t len)
{
    bool is_ascii = true;

    for (size_t i = 0; i < len; i++)
        is_ascii = is_ascii && label[i] < 128;
    if (!is_ascii) {
        add_punycode(b, label, len);
        return !buf_failed(b);
    }
    for (size_t i = 0; i < len; i++)
        buf_addc(b, (char)label[i]);
    return !buf_failed(b);
}

/* Lower case, Punycode; false for what no domain may hold. */
static bool
add_domain(struct buf *b, const char *text)
{
    uint32_t label[256];
    size_t len = 0;

    for (;;) {
        uint32_t c = lower(text_next(&text));

        if (c == 0xad) /* a soft hyphen counts for nothing */
            continue;
        if (c == 0 || c == '.' || c == 0x3002) {
            if (!end_label(b, label, len))
                return false;
            len = 0;
            if (c == 0)
                return true;
            buf_addc(b, '.');
            continue;
        }
        if (c <= 0x20 || c == 0x7f || c == 0xfffd || (c < 128 && strchr("#/:<>?@[\\]^|%", (int)c)))
            return false;
        if (len == sizeof label / sizeof label[0])
            return false;
        label[len++] = c;
    }
}

/* Whether the last label makes it an IPv4 address, and then its number. */
static bool
ends_in_number(const char *host)
{
    size_t len = strlen(host);
    const char *last;

    if (len > 0 && host[len - 1] == '.')
        len--;
    last = host + len;
    while (last > host && last[-1] != '.')
        last--;
    len = (size_t)(host + len - last);
    if (len == 0)
        return false;
    if (strspn(last, "0123456789") >= len)
        return true;
    return len >= 2 && strncasecmp(last, "0x", 2) == 0 &&
           strspn(last + 2, "0123456789abcdefABCDEF") >= len - 2;
}

static bool
parse_ipv4(struct buf *b, const char *host)
{
    uint64_t parts[4], value = 0;
    size_t count = 0;

    while (*host != '\0') {
        bool is_hex = strncasecmp(host, "0x", 2) == 0;
        int radix = is_hex ? 16 : *host == '0' && host[1] != '.' && host[1] != '\0' ? 8 : 10;
        char *end;

        if (count == 4 || hex_digit(*host) < 0)
            return false;
        host += is_hex ? 2 : 0;
        parts[count++] = hex_digit(*host) < 0 ? 0 : strtoull(host, &end, radix);
        if (hex_digit(*host) < 0)
            end = (char *)(uintptr_t)host;
        if (*end != '.' && *end != '\0')
            return false;
        host = *end == '.' ? end + 1 : end;
    }
    for (size_t i = 0; i + 1 < count; i++) {
        if (parts[i] > 255)
            return false;
        value |= parts[i] << (8 * (3 - i));
    }
    if (count == 0 || parts[count - 1] >= (uint64_t)1 << (8 * (5 - count)))
        return false;
    value |= parts[count - 1];
    buf_addf(b, "%u.%u.%u.%u", (unsigned)(value >> 24 & 255), (unsigned)(value >> 16 & 255),
             (unsigned)(value >> 8 & 255), (unsigned)(value & 255));
    return true;
}

static bool
add_ipv6(struct buf *b, const char *text, size_t len)
{
    char inner[INET6_ADDRSTRLEN + 1], out[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (len < 2 || text[len - 1] != ']' || len - 2 >= sizeof inner)
        return false;
    memcpy(inner, text + 1, len - 2);
    inner[len - 2] = '\0';
    if (inet_pton(AF_INET6, inner, &address) != 1)
        return false;
    inet_ntop(AF_INET6, &address, out, sizeof out);
    buf_addf(b, "[%s]", out);
    return true;
}

/* '%XX' of a host; what is left is text that may be anything. */
static char *
decode_bytes(struct arena *arena, const char *text, size_t len, bool plus)
{
    char *out = arena_alloc(arena, len + 1), *to = out;

    for (size_t i = 0; i < len; i++) {
        int high = text[i] == '%' && i + 2 < len ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

        if (low >= 0) {
            *to++ = (char)(high * 16 + low);
            i += 2;
        } else {
            *to++ = (char)(plus && text[i] == '+' ? ' ' : text[i]);
        }
    }
    *to = '\0';
    return out;
}

/* Most hosts: small letters, digits, hyphens, and a last label that is no number. */
static bool
is_plain_host(const char *text, size_t len)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    const char *last = text + len;

    while (last > text && last[-1] != '.')
        last--;
    return len > 0 && len <= HOST_MAX && strspn(text, plain) >= len && last < text + len &&
           *last >= 'a';
}

static bool
parse_special_host(struct buf *b, struct arena *arena, const char *text, size_t len)
{
    char *decoded;

    if (len == 0 || len > HOST_MAX)
        return false;
    if (text[0] == '[')
        return add_ipv6(b, text, len);
    decoded = decode_bytes(arena, text, len, false);
    if (text_utf8_end(decoded, strlen(decoded)) < strlen(decoded) || *decoded == '\0' ||
        !add_domain(b, decoded))
        return false;
    if (ends_in_number(b->data)) {
        char *name = arena_strndup(arena, b->data, b->len);

        buf_clear(b);
        return parse_ipv4(b, name);
    }
    return b->len > 0;
}

static bool
parse_opaque_host(struct buf *b, const char *text, size_t len)
{
    if (len > HOST_MAX)
        return false;
    if (len > 0 && text[0] == '[')
        return add_ipv6(b, text, len);
    for (size_t i = 0; i < len; i++) {
        if (strchr(" #/:<>?@[\\]^|", text[i]) != NULL)
            return false;
    }
    add_encoded(b, text, len, SET_OPAQUE);
    return true;
}

static bool
is_port(const char *text, size_t len)
{
    unsigned long port = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        port = port * 10 + (unsigned long)(text[i] - '0');
        if (port > 65535)
            return false;
    }
    return true;
}

/* "user:password@host:port" */
static bool
parse_authority(struct url *url, struct arena *arena, const char *text, size_t len)
{
    struct buf host;
    size_t from = 0, host_len;
    bool in_brackets = false, is_good;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '@')
            from = i + 1;
    }
    if (from > 0 && from == len)
        return false;
    text += from;
    len -= from;
    for (host_len = 0; host_len < len; host_len++) {
        if (text[host_len] == '[')
            in_brackets = true;
        else if (text[host_len] == ']')
            in_brackets = false;
        else if (text[host_len] == ':' && !in_brackets)
            break;
    }
    if (host_len < len && (host_len == 0 || !is_port(text + host_len + 1, len - host_len - 1)))
        return false;
    if (url->is_special && is_plain_host(text, host_len)) {
        url->host = arena_strndup(arena, text, host_len);
        return true;
    }
    buf_init(&host, 4 * HOST_MAX);
    is_good = url->is_special ? parse_special_host(&host, arena, text, host_len)
                              : parse_opaque_host(&host, text, host_len);
    url->host = arena_strndup(arena, host.data, host.len);
    buf_fini(&host);
    return is_good;
}

/* --- paths ------------------------------------------------------------------------------------ */

/* 1 for ".", 2 for "..", in any of their spellings; else 0. */
static int
dots(const char *text, size_t len)
{
    int count = 0;

    for (size_t i = 0; i < len; count++) {
        if (text[i] == '.')
            i++;
        else if (len - i >= 3 && strncasecmp(text + i, "%2e", 3) == 0)
            i += 3;
        else
            return 0;
    }
    return count > 2 ? 0 : count;
}

static void
drop_segment(struct buf *path)
{
    while (path->len > 0 && path->data[path->len - 1] != '/')
        path->len--;
    if (path->len > 0)
        path->len--;
    path->data[path->len] = '\0';
}

/* Adds "/segment" for each segment of the text, which begins behind the slash. */
static void
add_segments(struct buf *path, const char *text, size_t len, bool is_special)
{
    const char *slashes = is_special ? "/\\" : "/";

    for (size_t from = 0;;) {
        size_t to = from;
        bool is_last;
        int kind;

        while (to < len && strchr(slashes, text[to]) == NULL)
            to++;
        is_last = to == len;
        kind = dots(text + from, to - from);
        if (kind == 2)
            drop_segment(path);
        if (kind == 0) {
            buf_addc(path, '/');
            add_encoded(path, text + from, to - from, SET_PATH);
        } else if (is_last) {
            buf_addc(path, '/');
        }
        if (is_last)
            return;
        from = to + 1;
    }
}

/* Nothing to encode, no backslash, and no segment that begins with a dot. */
static bool
is_plain_path(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '/' && i + 1 < len && (text[i + 1] == '.' || text[i + 1] == '%'))
            return false;
    }
    return text[0] == '/' && !needs_encoding(text, len, SET_PATH "\\");
}

/* `text` begins at the path: "", "/a" or "\a". */
static void
take_path(struct url *url, struct arena *arena, const char *text, size_t len)
{
    struct buf path;

    if (len == 0) {
        url->path = url->is_special ? "/" : "";
        return;
    }
    if (is_plain_path(text, len)) {
        url->path = arena_strndup(arena, text, len);
        return;
    }
    buf_init(&path, 3 * len + 16);
    add_segments(&path, text + 1, len - 1, url->is_special);
    url->path = arena_strndup(arena, path.data, path.len);
    buf_fini(&path);
}

/* What follows the base's last slash. */
static void
take_relative(struct url *url, struct arena *arena, const char *text, size_t len,
              const struct url *base)
{
    struct buf path;

    buf_init(&path, 3 * len + strlen(base->path) + 16);
    buf_adds(&path, base->path);
    drop_segment(&path);
    add_segments(&path, text, len, url->is_special);
    url->path = arena_strndup(arena, path.data, path.len);
    buf_fini(&path);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Without blanks and controls at its ends, and without tabs and newlines anywhere. */
static char *
trim(struct arena *arena, const char *text)
{
    size_t len = strlen(text), n = 0;
    char *out;

    while (len > 0 && (unsigned char)*text <= ' ') {
        text++;
        len--;
    }
    while (len > 0 && (unsigned char)text[len - 1] <= ' ')
        len--;
    out = arena_alloc(arena, len + 1);
    for (size_t i = 0; i < len; i++) {
        if (strchr("\t\n\r", text[i]) == NULL)
            out[n++] = text[i];
    }
    out[n] = '\0';
    return out;
}

/* The length of "scheme" when a colon follows it; 0: there is none. */
static size_t
scheme_length(const char *text)
{
    static const char alpha[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
    size_t len;

    if (*text == '\0' || strchr(alpha, *text) == NULL)
        return 0;
    len = strspn(text, rest);
    return text[len] == ':' ? len : 0;
}

static bool
is_special_scheme(const char *scheme)
{
    static const char *const special[] = { "http", "https", "ws", "wss", "ftp", "file", NULL };

    for (const char *const *s = special; *s != NULL; s++) {
        if (strcmp(*s, scheme) == 0)
            return true;
    }
    return false;
}

static const char *
take_scheme(struct url *url, struct arena *arena, const char *text, size_t len)
{
    char *scheme = arena_strndup(arena, text, len);

    for (char *c = scheme; *c != '\0'; c++)
        *c = (char)lower((unsigned char)*c);
    url->scheme = scheme;
    url->is_special = is_special_scheme(scheme);
    return text + len + 1;
}

static size_t
count_slashes(const char *text, size_t len, bool is_special)
{
    size_t n = 0;

    while (n < len && (text[n] == '/' || (is_special && text[n] == '\\')))
        n++;
    return n;
}

/* Behind the slashes: authority, then path. `len` ends at query or fragment. */
static bool
take_host_and_path(struct url *url, struct arena *arena, const char *text, size_t len)
{
    size_t host = 0;

    while (host < len && text[host] != '/' && !(url->is_special && text[host] == '\\'))
        host++;
    if (!parse_authority(url, arena, text, host))
        return false;
    take_path(url, arena, text + host, len - host);
    return true;
}

/* file: takes no port and may have no host. */
static bool
take_file(struct url *url, struct arena *arena, const char *text, size_t len)
{
    size_t slashes = count_slashes(text, len, true), host = 2;

    if (slashes != 2) {
        if (slashes > 2)
            text += 2, len -= 2;
        if (len > 0 && count_slashes(text, 1, true) == 0)
            text = arena_printf(arena, "/%.*s", (int)len, text), len++;
        take_path(url, arena, text, len);
        return true;
    }
    while (host < len && text[host] != '/' && text[host] != '\\')
        host++;
    if (host > 2 && !parse_authority(url, arena, text + 2, host - 2))
        return false;
    take_path(url, arena, text + host, len - host);
    return true;
}

/* A scheme stood in front. */
static bool
take_absolute(struct url *url, struct arena *arena, const char *text, size_t len,
              const struct url *base)
{
    size_t slashes = count_slashes(text, len, url->is_special);

    if (strcmp(url->scheme, "file") == 0)
        return take_file(url, arena, text, len);
    if (url->is_special) {
        if (slashes < 2 && base != NULL && strcmp(base->scheme, url->scheme) == 0) {
            url->host = base->host;
            if (slashes == 1 || len == 0)
                take_path(url, arena, text, len);
            else
                take_relative(url, arena, text, len, base);
            return true;
        }
        return take_host_and_path(url, arena, text + slashes, len - slashes);
    }
    if (slashes >= 2)
        return take_host_and_path(url, arena, text + 2, len - 2);
    if (slashes == 1) {
        take_path(url, arena, text, len);
        return true;
    }
    url->is_opaque = true;
    url->path = encode(arena, text, len, SET_OPAQUE);
    return true;
}

/* None did. `has_query`: a query follows. */
static bool
take_of_base(struct url *url, struct arena *arena, const char *text, size_t len,
             const struct url *base, bool has_query)
{
    size_t slashes = count_slashes(text, len, base->is_special);

    url->scheme = base->scheme;
    url->is_special = base->is_special;
    url->host = base->host;
    if (slashes >= 2)
        return take_host_and_path(url, arena, text + (base->is_special ? slashes : 2),
                                  len - (base->is_special ? slashes : 2));
    if (slashes == 1) {
        take_path(url, arena, text, len);
    } else if (len > 0) {
        take_relative(url, arena, text, len, base);
    } else {
        url->path = base->path;
        if (!has_query)
            url->query = base->query;
    }
    return true;
}

bool
url_parse(struct url *out, struct arena *arena, const char *text, const struct url *base)
{
    struct url url = { .scheme = "", .host = "", .path = "", .query = "", .hash = "" };
    const char *at = trim(arena, text), *hash, *query;
    size_t scheme = scheme_length(at), len;
    bool is_good;

    if (scheme > 0)
        at = take_scheme(&url, arena, at, scheme);
    else if (base == NULL || base->is_opaque)
        return false;
    hash = strchr(at, '#');
    len = hash == NULL ? strlen(at) : (size_t)(hash - at);
    query = memchr(at, '?', len);
    if (query != NULL)
        len = (size_t)(query - at);
    is_good = scheme > 0 ? take_absolute(&url, arena, at, len, base)
                         : take_of_base(&url, arena, at, len, base, query != NULL);
    if (!is_good)
        return false;
    if (query != NULL)
        url.query = encode(arena, query + 1,
                           hash == NULL ? strlen(query + 1) : (size_t)(hash - query - 1),
                           url.is_special ? SET_SPECIAL : SET_QUERY);
    if (hash != NULL)
        url.hash = encode(arena, hash + 1, strlen(hash + 1), SET_FRAGMENT);
    *out = url;
    return true;
}

/* --- decoding --------------------------------------------------------------------------------- */

/* Bytes that are not UTF-8 become U+FFFD. */
static const char *
repair(struct arena *arena, const char *text)
{
    size_t len = strlen(text);
    struct buf b;

    if (text_utf8_end(text, len) == len)
        return text;
    buf_init(&b, 3 * len + 1);
    while (*text != '\0') {
        size_t good = text_utf8_end(text, strlen(text));

        buf_add(&b, text, good);
        text += good;
        if (*text != '\0') {
            buf_adds(&b, "\xef\xbf\xbd");
            text++;
        }
    }
    text = arena_strndup(arena, b.data, b.len);
    buf_fini(&b);
    return text;
}

const char *
url_parameter(struct arena *arena, const char *query, const char *name)
{
    size_t name_len = strlen(name);

    while (*query != '\0') {
        size_t len = strcspn(query, "&"), key = strcspn(query, "=&");
        bool is_it = key == name_len && strncmp(query, name, key) == 0;

        if (!is_it && memchr(query, '%', key) != NULL)
            is_it = strcmp(decode_bytes(arena, query, key, true), name) == 0;
        if (is_it && key == len)
            return "";
        if (is_it)
            return repair(arena, decode_bytes(arena, query + key + 1, len - key - 1, true));
        query += len;
        query += *query == '&' ? 1 : 0;
    }
    return NULL;
}

/* Escapes of characters in `kept` stay; NULL where one is broken or the bytes are not UTF-8. */
static const char *
decode(struct arena *arena, const char *text, const char *kept)
{
    size_t len = strlen(text), n = 0;
    char *out;

    if (memchr(text, '%', len) == NULL)
        return text;
    out = arena_alloc(arena, len + 1);
    for (size_t i = 0; i < len; i++) {
        int high, low;

        if (text[i] != '%') {
            out[n++] = text[i];
            continue;
        }
        high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
        low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low < 0)
            return NULL;
        if (high * 16 + low == 0) { /* no text of ours can hold it */
            memcpy(out + n, "\xef\xbf\xbd", 3);
            n += 3;
        } else if (high < 8 && strchr(kept, high * 16 + low) != NULL) {
            memcpy(out + n, text + i, 3);
            n += 3;
        } else {
            out[n++] = (char)(high * 16 + low);
        }
        i += 2;
    }
    out[n] = '\0';
    return text_utf8_end(out, n) == n ? out : NULL;
}

const char *
url_decode_uri(struct arena *arena, const char *text)
{
    return decode(arena, text, ";/?:@&=+$,#");
}

const char *
url_decode_component(struct arena *arena, const char *text)
{
    return decode(arena, text, "");
}
