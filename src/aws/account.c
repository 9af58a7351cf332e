/* account.c - STS GetCallerIdentity.
 * SPDX-License-Identifier: MIT
 *
 * STS speaks only the query protocol, and of its answer one element of twelve digits is wanted, so
 * it is looked for rather than parsed: anything but exactly that is no account. */
#include "config.h"

#include "aws/account.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct account_job {
    struct aws_call *call;
    account_done *done;
    void *arg;
};

static void
read_id(char id[ACCOUNT_TEXT], const char *text)
{
    const char *at = text == NULL ? NULL : strstr(text, "<Account>");

    id[0] = '\0';
    if (at == NULL || strspn(at + 9, "0123456789") != ACCOUNT_TEXT - 1 || at[9 + 12] != '<')
        return;
    memcpy(id, at + 9, ACCOUNT_TEXT - 1);
    id[ACCOUNT_TEXT - 1] = '\0';
}

static void
on_answer(void *arg, const char *text, const struct err *err)
{
    struct account_job *job = arg;
    struct err none;
    char id[ACCOUNT_TEXT];

    read_id(id, text);
    if (err == NULL && *id == '\0') {
        err_set(&none, E_INVALID, "its answer has no Account of twelve digits");
        err = &none;
    }
    job->done(job->arg, id, err);
    free(job);
}

struct account_job *
account_ask(struct aws_client *client, account_done *done, void *arg)
{
    struct account_job *job = xcalloc(1, sizeof *job);

    job->done = done;
    job->arg = arg;
    job->call = aws_query_start(client, AWS_STS, "GetCallerIdentity", on_answer, job);
    return job;
}

void
account_cancel(struct account_job *job)
{
    if (job == NULL)
        return;
    aws_call_cancel(job->call);
    free(job);
}
