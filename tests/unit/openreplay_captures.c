/* openreplay_captures.c - recorded bodies from disk, once for unit tests and benchmarks.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "openreplay_captures.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/mem.h"

#define FILE_MAX ((size_t)64 << 20)

static void
die(const char *path, const char *reason)
{
    fprintf(stderr, "captures: %s: %s\n", path, reason);
    exit(2);
}

/* gzread() lets what is not compressed pass as it is. */
static unsigned char *
read_file(const char *path, size_t *length)
{
    gzFile file = gzopen(path, "rb");
    unsigned char *exact;
    struct buf text;
    int got;

    if (file == NULL)
        die(path, "cannot be opened");
    buf_init(&text, FILE_MAX);
    do {
        char *room = buf_room(&text, 1 << 16);

        got = room == NULL ? -1 : gzread(file, room, 1 << 16);
        if (got < 0)
            die(path, "cannot be read");
        buf_grown(&text, (size_t)got);
    } while (got > 0);
    gzclose(file);
    *length = text.len;
    exact = xmalloc(text.len == 0 ? 1 : text.len);
    memcpy(exact, text.data, text.len);
    buf_fini(&text);
    return exact;
}

char *
captures_directory(void)
{
    const char *srcdir = getenv("srcdir");

    return xasprintf("%s/fixtures/openreplay", srcdir != NULL ? srcdir : "..");
}

char *
captures_read(const char *directory, const char *name, size_t *length)
{
    char *path = xasprintf("%s/%s", directory, name);
    char *packed = xasprintf("%s.gz", path);
    unsigned char *bytes = read_file(access(path, R_OK) == 0 ? path : packed, length);
    char *text = xmalloc(*length + 1);

    memcpy(text, bytes, *length);
    text[*length] = '\0';
    free(bytes);
    free(packed);
    free(path);
    return text;
}

static int
is_body(const struct dirent *entry)
{
    return strstr(entry->d_name, "-i.bin") != NULL;
}

static int
is_not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void
load_bodies(struct capture *capture)
{
    struct dirent **entries;
    int count = scandir(capture->directory, &entries, is_body, alphasort);

    capture->bodies = xcalloc((size_t)(count > 0 ? count : 1), sizeof *capture->bodies);
    for (int i = 0; i < count; i++) {
        struct capture_body *body = &capture->bodies[capture->body_count++];
        char *path = xasprintf("%s/%s", capture->directory, entries[i]->d_name);

        body->bytes = read_file(path, &body->length);
        body->name = xstrdup(entries[i]->d_name);
        free(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* Directories without a body (a start that was refused) are no captures. */
static void
load_from(struct captures *captures, const char *directory)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_not_hidden, alphasort);

    if (count < 0)
        die(directory, "cannot be read");
    captures->list =
        xreallocarray(captures->list, captures->count + (size_t)count, sizeof *captures->list);
    for (int i = 0; i < count; i++) {
        struct capture *capture = &captures->list[captures->count];

        *capture = (struct capture){ .name = xstrdup(entries[i]->d_name) };
        capture->directory = xasprintf("%s/%s", directory, capture->name);
        load_bodies(capture);
        free(entries[i]);
        if (capture->body_count > 0) {
            captures->count++;
            continue;
        }
        free(capture->bodies);
        free(capture->directory);
        free(capture->name);
    }
    free(entries);
}

void
captures_load(struct captures *captures)
{
    const char *others = getenv("OBSVIEW_CAPTURES");
    char *directory = captures_directory();

    *captures = (struct captures){ 0 };
    load_from(captures, directory);
    if (others != NULL && *others != '\0')
        load_from(captures, others);
    if (captures->count == 0)
        die(directory, "no captures");
    free(directory);
}

void
captures_free(struct captures *captures)
{
    for (size_t i = 0; i < captures->count; i++) {
        struct capture *capture = &captures->list[i];

        for (size_t k = 0; k < capture->body_count; k++) {
            free(capture->bodies[k].name);
            free(capture->bodies[k].bytes);
        }
        free(capture->bodies);
        free(capture->directory);
        free(capture->name);
    }
    free(captures->list);
    *captures = (struct captures){ 0 };
}

const struct capture *
captures_find(const struct captures *captures, const char *name)
{
    for (size_t i = 0; i < captures->count; i++)
        if (strcmp(captures->list[i].name, name) == 0)
            return &captures->list[i];
    die(name, "no such capture");
    return NULL;
}
