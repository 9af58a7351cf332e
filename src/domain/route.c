/* route.c - folds the paths of pages into a small set of routes.
 * SPDX-License-Identifier: MIT
 *
 * Nobody tells us the app's route table, so each segment is judged by its looks, after undoing
 * percent escapes: what a person would have typed into a router stays, what a program has minted
 * goes (idlike.c has the rules), and so does whatever is longer than 40 bytes. Product slugs
 * without a number stay: they look like routes. */
#include "config.h"

#include "domain/route.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/hex.h"
#include "domain/idlike.h"

#define SEGMENT_MAX 40
#define UPPER_HEX   "0123456789ABCDEF"

/* Undoes percent escapes; never writes more than it reads. Returns the length. */
static size_t
unescape(char *out, const char *segment, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        int high = i + 2 < len && segment[i] == '%' ? hex_digit(segment[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(segment[i + 2]) : -1;

        if (low >= 0) {
            out[n++] = (char)(high << 4 | low);
            i += 2;
        } else
            out[n++] = segment[i];
    }
    return n;
}

struct writer {
    char *out;
    size_t len;
    bool is_full;
};

/* Keeps the text whole or not at all; room for the final "/" and "*" is always left. */
static void
write_text(struct writer *w, const char *text, size_t len)
{
    if (w->is_full || len > ROUTE_TEXT - 3 - w->len) {
        w->is_full = true;
        return;
    }
    memcpy(w->out + w->len, text, len);
    w->len += len;
    w->out[w->len] = '\0';
}

static void
write_segment(struct writer *w, const char *segment, size_t len)
{
    size_t from = w->len;

    write_text(w, "/", 1);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)segment[i];
        char escaped[3] = { '%', UPPER_HEX[c >> 4], UPPER_HEX[c & 15] };

        if (c > 0x20 && c < 0x7f)
            write_text(w, segment + i, 1);
        else
            write_text(w, escaped, sizeof escaped);
    }
    if (w->is_full)
        w->len = from;
}

static void
fold_segment(struct writer *w, const char *segment, size_t len)
{
    char plain[4 * SEGMENT_MAX];
    size_t kept = strcspn(segment, ";"); /* ";jsessionid=..." is no part of the route */
    size_t n;

    if (kept < len)
        len = kept;
    if (len >= sizeof plain) {
        write_segment(w, ":id", 3);
        return;
    }
    n = unescape(plain, segment, len);
    if (n > SEGMENT_MAX || idlike(plain, n))
        write_segment(w, ":id", 3);
    else
        write_segment(w, segment, len);
}

/* Where the path begins. NULL when the address has a scheme but nothing that looks like a path. */
static const char *
path_of(const char *url)
{
    const char *p = url;

    if (!isalpha((unsigned char)*p))
        return strncmp(p, "//", 2) == 0 ? p + 2 + strcspn(p + 2, "/?#") : p;
    while (isalnum((unsigned char)*p) || *p == '+' || *p == '-' || *p == '.')
        p++;
    if (*p != ':')
        return url; /* a relative path */
    if (strncmp(p, "://", 3) != 0)
        return NULL;
    return p + 3 + strcspn(p + 3, "/?#");
}

void
route_fold(char out[ROUTE_TEXT], const char *url)
{
    struct writer w = { .out = out };
    const char *p = path_of(url);
    size_t segments = 0;

    out[0] = '\0';
    if (*url == '\0') {
        write_text(&w, ROUTE_UNKNOWN, strlen(ROUTE_UNKNOWN));
        return;
    }
    if (p == NULL) {
        size_t len = strcspn(url, ":") + 1;

        write_text(&w, url, len < SEGMENT_MAX ? len : SEGMENT_MAX);
        return;
    }
    while (*p != '\0' && *p != '?' && *p != '#' && !w.is_full) {
        size_t len = strcspn(p, "/?#");

        if (len > 0 && segments++ == ROUTE_SEGMENTS)
            w.is_full = true;
        else if (len > 0)
            fold_segment(&w, p, len);
        p += len;
        p += *p == '/';
    }
    if (w.is_full)
        memcpy(out + w.len, "/*", 3);
    else if (w.len == 0)
        memcpy(out, "/", 2);
}
