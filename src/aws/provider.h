/* provider.h - the keys in force: found, renewed before they end, and found again.
 * SPDX-License-Identifier: MIT
 *
 * Belongs to the thread of its struct net; everything it does on the network is done by net_run().
 * Keys that a service refuses, files that change and logins that somebody makes elsewhere all lead
 * to another search, so nothing has to be started again. */
#ifndef OV_AWS_PROVIDER_H
#define OV_AWS_PROVIDER_H

#include "aws/credentials.h"
#include "aws/net.h"
#include "aws/target.h"

struct provider;

/* A search is over: there are keys, or `err` says why not. */
typedef void provider_done(void *arg, const struct err *err);

/* Both are borrowed. A target that has keys of its own (an emulator's) is never searched for any.
 */
struct provider *provider_new(struct net *net, const struct aws_target *target, provider_done *done,
                              void *arg);
void provider_free(struct provider *p); /* wipes the secrets; NULL is fine */

/* The keys to sign with now, or NULL: a search has begun, or goes on, and will be done. Keys that
 * are about to end are renewed in the background. */
const struct aws_credentials *provider_keys(struct provider *p);
/* The same, but nothing is begun: NULL where there are none that are still good. */
const struct aws_credentials *provider_alive(const struct provider *p);
bool provider_is_searching(const struct provider *p);
/* The region of the target, or of the machine; NULL until there are keys. */
const char *provider_region(const struct provider *p);

/* A service has refused these keys. True: a search goes on, and may find others. False: the same
 * were found just now. */
bool provider_refused(struct provider *p, const struct aws_credentials *keys);

/* The MFA device that must show a code before the search can go on, or NULL. */
const char *provider_wants_code(const struct provider *p);
void provider_give_code(struct provider *p, const char *code);

/* Where keys come from, for a person: "profile prod"; "" before the first search. */
const char *provider_source(const struct provider *p);

#endif
