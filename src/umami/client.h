/* client.h - asking a Umami server: login, its token, its generation, what went wrong.
 * SPDX-License-Identifier: MIT
 *
 * On the thread of its struct net. Reading is free, but a server of somebody else's is not asked
 * more than it must be: one login serves all calls, and one that was refused is not repeated by
 * every call that needs it. No sentence holds a secret, or what the server says to a login. */
#ifndef OV_UMAMI_CLIENT_H
#define OV_UMAMI_CLIENT_H

#include "aws/hearing.h"
#include "aws/net.h"
#include "umami/question.h"
#include "umami/target.h"

#include <stdbool.h>

struct umami_client;

/* Borrows both. */
struct umami_client *umami_client_new(struct net *net, const struct umami_target *target);
void umami_client_free(struct umami_client *client); /* after its calls; NULL is fine */
const struct umami_target *umami_client_target(const struct umami_client *client);
/* As far as its answers have shown it. */
enum umami_dialect umami_client_dialect(const struct umami_client *client);

/* As those of aws/client.h; the service is "umami", the operation a topic, the parameters are
 * website, type, startAt and endAt, the answer {"generation":"v3","answer":...}. Whatever else
 * comes of a question is a failure without an answer. */
void umami_client_set_ear(struct umami_client *client, const struct aws_ear *ear);
void umami_client_set_stand_in(struct umami_client *client, const struct aws_stand_in *stand_in);
int64_t umami_client_known_ms(const struct umami_client *client);

struct umami_call; /* under way; gone once `done` was called */

/* `answer` NULL: `err` says why. E_AUTH that begins with "access denied" is about this website,
 * any other about the login. */
typedef void umami_done(void *arg, const struct umami_answer *answer, const struct err *err);
/* Copies the question; reads the answer into `arena`. `done` is called from net_run(), never from
 * here. */
struct umami_call *umami_ask(struct umami_client *client, struct arena *arena,
                             const struct umami_question *question, umami_done *done, void *arg);
void umami_cancel(struct umami_call *call); /* NULL is fine */

#endif
