/* pages.c - following page tokens, warily.
 * SPDX-License-Identifier: MIT
 *
 * An empty page with a token is normal (FilterLogEvents gives many), so only the token says when to
 * stop. A server that gives the same token twice would be asked for ever; it is told off instead.
 */
#include "config.h"

#include "aws/pages.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct pages {
    struct aws_client *client;
    struct aws_call *call;
    struct pages_request rq;
    char *operation;
    char *last_token;
    unsigned asked;
};

static void on_page(void *arg, const cJSON *page, const struct err *err);

static void
ask(struct pages *pages)
{
    pages->asked++;
    pages->call = aws_call_start(pages->client, pages->rq.service, pages->operation,
                                 pages->rq.input, on_page, pages);
}

static void
pages_free(struct pages *pages)
{
    cJSON_Delete(pages->rq.input);
    free(pages->operation);
    free(pages->last_token);
    free(pages);
}

static void
end(struct pages *pages, bool more, const struct err *err)
{
    pages->rq.done(pages->rq.arg, more, pages->asked, err);
    pages_free(pages);
}

/* The token of the next page, NULL behind the last. E_INVALID when it cannot be followed. */
static enum status
next_token(const struct pages *pages, const cJSON *page, const char **out, struct err *err)
{
    const cJSON *token = json_get(page, pages->rq.token);

    *out = NULL;
    if (token == NULL || cJSON_IsNull(token))
        return OK;
    if (!cJSON_IsString(token))
        return err_set(err, E_INVALID, "%s: %s is not text", pages->operation, pages->rq.token);
    if (*token->valuestring == '\0')
        return OK;
    if (pages->last_token != NULL && strcmp(pages->last_token, token->valuestring) == 0)
        return err_set(err, E_INVALID, "%s: the server repeats a page token without end",
                       pages->operation);
    *out = token->valuestring;
    return OK;
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
    free(pages->last_token);
    pages->last_token = xstrdup(token);
    cJSON_DeleteItemFromObjectCaseSensitive(pages->rq.input, pages->rq.token);
    cJSON_AddStringToObject(pages->rq.input, pages->rq.token, pages->last_token);
    ask(pages);
}

struct pages *
pages_start(struct aws_client *client, const struct pages_request *request)
{
    struct pages *pages = xcalloc(1, sizeof *pages);

    pages->client = client;
    pages->rq = *request;
    pages->operation = xstrdup(request->operation);
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
