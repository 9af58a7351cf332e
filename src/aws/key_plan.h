/* key_plan.h - how keys are got, as steps not yet taken.
 * SPDX-License-Identifier: MIT
 *
 * Pure: the environment and the two files in, a plan or a sentence out. A plan is a place where the
 * first keys come from, and the roles that are then assumed with them, one after another. */
#ifndef OV_AWS_KEY_PLAN_H
#define OV_AWS_KEY_PLAN_H

#include "aws/credentials.h"
#include "aws/shared_files.h"
#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>

#define KEY_ROLES_MAX 8 /* of a chain */

enum key_place {
    KEYS_GIVEN,        /* they are here */
    KEYS_WEB_IDENTITY, /* STS AssumeRoleWithWebIdentity with a token from a file */
    KEYS_SSO,          /* the portal's GetRoleCredentials with the token of `aws sso login` */
    KEYS_LOGIN,        /* the cache of `aws login` */
    KEYS_PROCESS,      /* credential_process */
    KEYS_CONTAINER,    /* the URI that ECS, EKS and friends name */
    KEYS_IMDS,         /* EC2's instance metadata */
    KEY_PLACES
};

struct key_role {
    const char *profile; /* whose line it is; NULL: the environment's */
    const char *arn;
    const char *session_name; /* NULL: one is made */
    const char *external_id;  /* NULL: none */
    const char *mfa_serial;   /* NULL: no code is asked for */
    int duration_s;           /* 0: as the role has it */
};

struct key_plan {
    struct arena *arena; /* of all texts but secrets */
    enum key_place place;
    const char *profile;          /* where the place was written down; NULL: the environment */
    struct aws_credentials given; /* KEYS_GIVEN */
    struct key_role web;          /* KEYS_WEB_IDENTITY */
    const char *token_file;       /* KEYS_WEB_IDENTITY, or KEYS_CONTAINER's; NULL: none */
    const char *cache_file;       /* KEYS_SSO, KEYS_LOGIN: what the AWS CLI wrote */
    const char *url;              /* KEYS_SSO: the portal; KEYS_CONTAINER, KEYS_IMDS */
    const char *account_id;       /* KEYS_SSO */
    const char *role_name;        /* KEYS_SSO */
    const char *command;          /* KEYS_PROCESS */
    const char *token_variable;   /* KEYS_CONTAINER: read when it is needed; NULL: none */
    struct key_role roles[KEY_ROLES_MAX]; /* the first is assumed first */
    size_t role_count;
    const char *source; /* for a person: "profile prod, role reader by way of profile base" */
};

/* Follows AWS's own order. `named`: a profile was named by hand, which passes over the environment.
 * An answer other than OK says what to write or to run. */
MUST_CHECK enum status key_plan_make(struct key_plan *out, const struct aws_environment *env,
                                     const struct shared_files *files, const char *profile,
                                     struct err *err);
void key_plan_fini(struct key_plan *plan); /* wipes the secrets; twice is fine */

/* Where EC2's metadata answers. */
const char *key_plan_imds_url(const struct aws_environment *env, const struct shared_files *files,
                              const char *profile);
/* The profile meant when `named` (may be NULL) was given. */
const char *aws_profile_name(const struct aws_environment *env, const char *named);

#endif
