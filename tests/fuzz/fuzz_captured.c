/* fuzz_captured.c - what is copied of a request must mean to a shell what came in, byte for byte.
 * SPDX-License-Identifier: MIT
 *
 * The input is a kind and texts that end with a NUL: method, path, names and values of headers,
 * and the body behind them. The commands are taken apart by a small shell of this file's own, which
 * stops at whatever a shell would act on. */
#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "tui/captured.h"

#define HEADERS_MAX 8
#define WORDS_MAX   64
#define INPUT_MAX   4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- a shell ---------------------------------------------------------------------------------- */

struct words {
    char *list[WORDS_MAX];
    size_t count;
};

static int
octal(const char *at)
{
    int value = 0;

    for (int i = 0; i < 3; i++) {
        assert(at[i] >= '0' && at[i] <= '7');
        value = value * 8 + at[i] - '0';
    }
    return value;
}

/* Behind $'; returns what follows the closing quote. */
static const char *
read_spelled(struct buf *word, const char *at)
{
    for (; *at != '\''; at++) {
        assert((unsigned char)*at >= 0x20 && *at != 0x7f);
        if (*at != '\\') {
            buf_addc(word, *at);
        } else if (at[1] == '\'' || at[1] == '\\') {
            buf_addc(word, *++at);
        } else {
            buf_addc(word, (char)octal(at + 1));
            at += 3;
        }
    }
    return at + 1;
}

/* A piece of a word: quoted in one of four ways, or what needs no quotes. */
static const char *
read_piece(struct buf *word, const char *at)
{
    const char *end;

    if (*at == '\'' || *at == '"') {
        end = strchr(at + 1, *at);
        assert(end != NULL);
        buf_add(word, at + 1, (size_t)(end - at - 1));
        return end + 1;
    }
    if (*at == '$') {
        assert(at[1] == '\'');
        return read_spelled(word, at + 2);
    }
    if (*at == '\\') {
        assert(at[1] == '\'');
        at++;
    } else {
        assert(isalnum((unsigned char)*at) || *at == '-' || *at == '_');
    }
    buf_addc(word, *at);
    return at + 1;
}

static void
split(struct words *words, struct arena *arena, const char *at)
{
    words->count = 0;
    while (*at != '\0') {
        struct buf word;

        buf_init(&word, CAPTURED_TEXT_MAX);
        while (*at != '\0' && *at != ' ')
            at = read_piece(&word, at);
        assert(words->count < WORDS_MAX && !buf_failed(&word));
        words->list[words->count++] = arena_strdup(arena, word.data);
        buf_fini(&word);
        at += *at == ' ';
    }
}

/* --- what the commands say -------------------------------------------------------------------- */

/* What curl is told not to add, as the request has none of it. */
static void
check_left_out(const struct captured *c, const char *word)
{
    static const char *const names[] = { "User-Agent", "Accept", "Content-Type" };
    const char *name = NULL;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(word, names[i], strlen(names[i])) == 0 &&
            strcmp(word + strlen(names[i]), ":") == 0)
            name = names[i];
    }
    assert(name != NULL && (strcmp(name, "Content-Type") != 0 || c->body_len > 0));
    for (size_t i = 0; i < c->header_count; i++)
        assert(strcasecmp(c->headers[i].name, name) != 0);
}

static void
check_header(const struct captured *c, size_t number, const char *word, struct arena *arena)
{
    const struct http_header *h = &c->headers[number];

    if (number >= c->header_count) {
        check_left_out(c, word);
        return;
    }
    assert(*word != '@');
    assert(strcmp(word, *h->value == '\0' ? arena_printf(arena, "%s;", h->name)
                                          : arena_printf(arena, "%s: %s", h->name, h->value)) == 0);
}

/* A body that is no text comes to curl through a pipe, which nothing foreign is a part of. The
 * command without it. */
static char *
without_pipe(const struct captured *c, char *text)
{
    static const char lead[] = "printf %s ", pipe[] = " | base64 -d | ",
                      end[] = " --data-binary @-";
    struct buf plain;
    size_t length;

    assert(strncmp(text, lead, sizeof lead - 1) == 0);
    text += sizeof lead - 1;
    length = strcspn(text, " ");
    buf_init(&plain, CAPTURED_TEXT_MAX);
    assert(base64_read(&plain, text, length));
    assert(plain.len == c->body_len && memcmp(plain.data, c->body, plain.len) == 0);
    buf_fini(&plain);
    text += length;
    assert(strncmp(text, pipe, sizeof pipe - 1) == 0);
    text += sizeof pipe - 1;
    length = strlen(text);
    assert(length >= sizeof end && strcmp(text + length - (sizeof end - 1), end) == 0);
    text[length - (sizeof end - 1)] = '\0';
    return text;
}

static void
check_curl(const struct captured *c, struct arena *arena, const struct words *w, bool is_piped)
{
    const char *method = NULL, *url = NULL, *body = is_piped ? c->body : NULL;
    size_t headers = 0, i = 1;

    assert(strcmp(w->list[0], "curl") == 0);
    for (; i < w->count; i++) {
        const char *word = w->list[i];

        if (strcmp(word, "--globoff") == 0 || strcmp(word, "--path-as-is") == 0)
            continue;
        if (strcmp(word, "--head") == 0)
            method = "HEAD";
        else if (strcmp(word, "-X") == 0)
            method = w->list[++i];
        else if (strcmp(word, "-H") == 0)
            check_header(c, headers++, w->list[++i], arena);
        else if (strcmp(word, "--data-raw") == 0 && !is_piped)
            body = w->list[++i];
        else if (strcmp(word, "--aws-sigv4") == 0 || strcmp(word, "--user") == 0)
            i++;
        else {
            assert(url == NULL);
            url = word;
        }
    }
    assert(i == w->count && headers >= c->header_count);
    assert(strcmp(method == NULL ? (body == NULL ? "GET" : "POST") : method, c->method) == 0);
    assert(strcmp(url, arena_printf(arena, "http://%s%s", c->host, c->path)) == 0);
    assert(strcmp(body == NULL ? "" : body, c->body) == 0);
}

/* aws --endpoint-url URL SERVICE COMMAND --cli-input-json INPUT */
static void
check_awscli(const struct captured *c, struct arena *arena, const struct words *w)
{
    bool is_json = false;

    assert(w->count == 7 && strcmp(w->list[0], "aws") == 0);
    assert(strcmp(w->list[2], arena_printf(arena, "http://%s", c->host)) == 0);
    assert(strspn(w->list[4], "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(w->list[4]));
    for (size_t i = 0; i < c->header_count; i++)
        is_json |= strcasecmp(c->headers[i].name, "X-Amz-Target") == 0;
    if (is_json)
        assert(strcmp(w->list[6], c->plain_len == 0 ? "{}" : c->plain) == 0);
}

static void
check_line(const char *line)
{
    cJSON *json = NULL;

    assert(json_parse(&json, line, strlen(line), NULL) == OK);
    cJSON_Delete(json);
}

static void
look_at(const struct captured *c, struct arena *arena)
{
    for (const struct captured_form *form = captured_forms; form->name != NULL; form++) {
        struct err err = { 0 };
        struct words words;
        struct buf b;

        buf_init(&b, CAPTURED_TEXT_MAX);
        if (form->print(&b, c, &err) != OK) {
            assert(err.text[0] != '\0');
        } else if (strcmp(form->name, "fixture") == 0) {
            check_line(b.data);
        } else if (strcmp(form->name, "awscli") == 0) {
            split(&words, arena, b.data);
            check_awscli(c, arena, &words);
        } else {
            bool is_piped = *b.data == 'p';

            split(&words, arena, is_piped ? without_pipe(c, b.data) : b.data);
            check_curl(c, arena, &words, is_piped);
        }
        buf_fini(&b);
    }
}

/* --- the event -------------------------------------------------------------------------------- */

static const char *
next_text(char **at, const char *end)
{
    const char *text = *at;

    if (text >= end)
        return "";
    *at += strlen(text) + 1;
    return text;
}

static cJSON *
make_event(char *at, const char *end)
{
    static const char *const kinds[] = { "http", "aws", "emf-tcp", "replay" };
    cJSON *event = cJSON_CreateObject(), *headers;
    const char *text = next_text(&at, end);
    size_t count;

    cJSON_AddStringToObject(event, "kind", kinds[(unsigned char)text[0] % 4]);
    count = (unsigned char)(*text == '\0' ? 0 : text[1]) % (HEADERS_MAX + 1);
    cJSON_AddStringToObject(event, "method", next_text(&at, end));
    cJSON_AddStringToObject(event, "path", next_text(&at, end));
    headers = cJSON_AddArrayToObject(event, "headers");
    for (size_t i = 0; i < count; i++) {
        cJSON *pair = cJSON_CreateArray();

        cJSON_AddItemToArray(pair, cJSON_CreateString(next_text(&at, end)));
        cJSON_AddItemToArray(pair, cJSON_CreateString(next_text(&at, end)));
        cJSON_AddItemToArray(headers, pair);
    }
    text = next_text(&at, end);
    cJSON_AddStringToObject(event, "body", text);
    cJSON_AddNumberToObject(event, "size", (double)strlen(text));
    return event;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena;
    struct captured captured;
    struct err err = { 0 };
    cJSON *event;
    char *text;

    if (size > INPUT_MAX)
        return 0;
    arena = arena_new();
    text = arena_alloc(arena, size + 1);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    event = make_event(text, text + size);
    if (captured_read(&captured, arena, event, &err) == OK)
        look_at(&captured, arena);
    else
        assert(err.text[0] != '\0');
    cJSON_Delete(event);
    arena_free(arena);
    return 0;
}
