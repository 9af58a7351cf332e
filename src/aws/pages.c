/* pages.c - following page tokens, warily.
 * SPDX-License-Identifier: MIT
 *
 * An empty page with a token is normal (FilterLogEvents gives many), so only the token says when to
 * stop. A server that gives a token it gave before would be asked for ever; it is told off instead.
 */
#include "config.h"

#include "aws/pages.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct pages {
    struct aws_client *client;
    struct aws_call *call;
    struct pages_request rq;
    char *operation;
    uint64_t *seen; /* hashes of the tokens that were followed */
    unsigned asked;
    unsigned arrived; /* of these */
};

static void on_page(void *arg, const cJSON *page, const struct err *err);

static void
ask(struct pages *pages)
{
    pages->asked++;
    if (pages->rq.path != NULL)
        pages->call = aws_get_start(pages->client, pages->rq.service, pages->operation,
                                    pages->rq.path, pages->rq.input, on_page, pages);
    else
        pages->call = aws_call_start(pages->client, pages->rq.service, pages->operation,
                                     pages->rq.input, on_page, pages);
    aws_call_count(pages->call, &pages->arrived);
}

static void
pages_free(struct pages *pages)
{
    cJSON_Delete(pages->rq.input);
    free(pages->operation);
    free(pages->seen);
    free(pages);
}

static void
end(struct pages *pages, bool more, const struct err *err)
{
    pages->rq.done(pages->rq.arg, more, pages->arrived, err);
    pages_free(pages);
}

/* The token of the next page, NULL behind the last. E_INVALID when it cannot be followed. */
static enum status
next_token(struct pages *pages, const cJSON *page, const char **out, struct err *err)
{
    const char *name = pages->rq.next != NULL ? pages->rq.next : pages->rq.token;
    const cJSON *token = json_get(page, name);
    uint64_t hash;

    *out = NULL;
    if (token == NULL || cJSON_IsNull(token))
        return OK;
    if (!cJSON_IsString(token))
        return err_set(err, E_INVALID, "%s: %s is not text", pages->operation, name);
    if (*token->valuestring == '\0')
        return OK;
    hash = text_hash(token->valuestring, strlen(token->valuestring), TEXT_HASH_SEED);
    for (unsigned i = 0; i + 1 < pages->asked; i++) {
        if (pages->seen[i] == hash)
            return err_set(err, E_INVALID, "%s: the server repeats a page token without end",
                           pages->operation);
    }
    pages->seen[pages->asked - 1] = hash;
    *out = token->valuestring;
    return OK;
}

/* The same question, for the page behind the token. */
static void
set_token(struct pages *pages, const char *token)
{
    cJSON_DeleteItemFromObjectCaseSensitive(pages->rq.input, pages->rq.token);
    cJSON_AddStringToObject(pages->rq.input, pages->rq.token, token);
}

static void
on_page(void *arg, const cJSON *page, const struct err *failure)
{
    struct pages *pages = arg;
    const char *token = NULL;
    bool enough = false;
    struct err err = { 0 };

    pages->call = NULL;
    if (failure != NULL) {
        end(pages, false, failure);
        return;
    }
    if (pages->rq.read(pages->rq.arg, page, &enough, &err) != OK ||
        next_token(pages, page, &token, &err) != OK) {
        end(pages, false, &err);
        return;
    }
    if (token == NULL || enough || pages->asked >= pages->rq.max) {
        end(pages, token != NULL, NULL);
        return;
    }
    set_token(pages, token);
    ask(pages);
}

struct pages *
pages_start(struct aws_client *client, const struct pages_request *request)
{
    struct pages *pages = xcalloc(1, sizeof *pages);

    pages->client = client;
    pages->rq = *request;
    pages->operation = xstrdup(request->operation);
    pages->seen = xcalloc(request->max + 1, sizeof *pages->seen);
    ask(pages);
    return pages;
}

void
pages_cancel(struct pages *pages)
{
    if (pages == NULL)
        return;
    aws_call_cancel(pages->call);
    pages_free(pages);
}
