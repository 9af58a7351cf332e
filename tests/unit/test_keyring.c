/* test_keyring.c - which keys are let in, and how the others learn that they are not.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws_ask.h"
#include "base/json.h"
#include "base/mem.h"
#include "emulator/keyring.h"
#include "emulator/parts.h"

static const struct emulator_key known[] = {
    { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL },
    { "ASIDEXAMPLE", "a secret", "a token" },
};

struct signer {
    const char *access_key;
    const char *secret;
    const char *token;
    int64_t skew_ms;
};

/* Signs as told, at the real time and what it is off, and asks the ring. */
static enum status
ask_ring(struct keyring *ring, const struct signer *by, struct wire_error *error)
{
    struct http_header headers[6] = { { "Host", "localhost" } };
    struct http_request rq = { .method = "POST",
                               .path = "/",
                               .query = "",
                               .headers = headers,
                               .header_count = 1,
                               .body = "{}",
                               .body_len = 2 };
    const struct sigv4_key key = { by->access_key, by->secret, by->token, "eu-west-1", "logs" };
    struct clock *clock = clock_new_real();
    struct arena *arena = arena_new();
    struct sigv4_signed out;
    struct sigv4_claim claim;
    enum status st;

    assert_int_equal(sigv4_sign(&out, &rq, &key, clock_now_ms(clock) + by->skew_ms, NULL), OK);
    headers[rq.header_count++] = (struct http_header){ "X-Amz-Date", out.date };
    headers[rq.header_count++] = (struct http_header){ "Authorization", out.authorization };
    if (by->token != NULL)
        headers[rq.header_count++] = (struct http_header){ "X-Amz-Security-Token", by->token };
    assert_int_equal(sigv4_read(&claim, &rq, error), OK);
    st = keyring_verify(ring, &claim, &rq, arena, error);
    arena_free(arena);
    clock_free(clock);
    return st;
}

static void
only_known_keys_with_their_secret_and_token_pass(void **state)
{
    static const struct {
        const char *what;
        struct signer by;
        const char *code; /* NULL: passes */
    } cases[] = {
        { "a known key",
          { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL, 0 },
          NULL },
        { "four minutes early",
          { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL, -240000 },
          NULL },
        { "a known key with a token", { "ASIDEXAMPLE", "a secret", "a token", 0 }, NULL },
        { "another token",
          { "ASIDEXAMPLE", "a secret", "a tokem", 0 },
          "UnrecognizedClientException" },
        { "no token", { "ASIDEXAMPLE", "a secret", NULL, 0 }, "UnrecognizedClientException" },
        { "a token too many",
          { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a token", 0 },
          "UnrecognizedClientException" },
        { "an unknown key", { "AKIDOTHER", "a secret", NULL, 0 }, "UnrecognizedClientException" },
        { "another secret", { "AKIDEXAMPLE", "guess", NULL, 0 }, "InvalidSignatureException" },
        { "six minutes late",
          { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL, -360000 },
          "InvalidSignatureException" },
        { "six minutes early",
          { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL, 360000 },
          "InvalidSignatureException" },
    };
    struct keyring *ring = keyring_new(known, sizeof known / sizeof known[0]);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_error error = { 0 };
        enum status st = ask_ring(ring, &cases[i].by, &error);

        if ((st == OK) != (cases[i].code == NULL))
            fail_msg("%s: %d %s", cases[i].what, (int)st, error.message);
        if (cases[i].code != NULL)
            assert_string_equal(error.code, cases[i].code);
    }
    keyring_free(ring);
}

static void
issued_keys_pass_until_they_expire(void **state)
{
    struct keyring *ring = keyring_new(known, 1);
    struct arena *arena = arena_new();
    struct wire_error error = { 0 };
    struct key fresh, stale, found;

    (void)state;
    keyring_issue(ring, "AROA:me", "arn:aws:sts::1:assumed-role/r/me", 900, arena, &fresh);
    keyring_issue(ring, "AROA:me", "arn:aws:sts::1:assumed-role/r/me", -1, arena, &stale);
    assert_string_not_equal(fresh.access_key, stale.access_key);
    assert_string_not_equal(fresh.secret, stale.secret);
    assert_int_equal(strlen(fresh.access_key), 20);
    assert_int_equal(strlen(fresh.secret), 40);
    assert_int_equal(
        ask_ring(ring, &(struct signer){ fresh.access_key, fresh.secret, fresh.token, 0 }, &error),
        OK);
    assert_int_not_equal(
        ask_ring(ring, &(struct signer){ stale.access_key, stale.secret, stale.token, 0 }, &error),
        OK);
    assert_string_equal(error.code, "ExpiredTokenException");
    assert_int_not_equal(
        ask_ring(ring, &(struct signer){ fresh.access_key, fresh.secret, stale.token, 0 }, &error),
        OK);
    assert_string_equal(error.code, "UnrecognizedClientException");
    assert_true(keyring_find(ring, fresh.access_key, arena, &found));
    assert_string_equal(found.arn, "arn:aws:sts::1:assumed-role/r/me");
    arena_free(arena);
    keyring_free(ring);
}

static void
the_oldest_issued_key_makes_room(void **state)
{
    struct keyring *ring = keyring_new(known, 1);
    struct arena *arena = arena_new();
    struct key first, second, found;

    (void)state;
    keyring_issue(ring, "a", "a", 900, arena, &first);
    keyring_issue(ring, "b", "b", 900, arena, &second);
    for (size_t i = 0; i < KEYRING_ISSUED_MAX - 1; i++)
        keyring_issue(ring, "c", "c", 900, arena, &found);
    assert_false(keyring_find(ring, first.access_key, arena, &found));
    assert_true(keyring_find(ring, second.access_key, arena, &found));
    arena_free(arena);
    keyring_free(ring);
}

/* --- STS --- */

static void
ask_form(struct ask *a, const char *form, const char *authorization, struct answer *out)
{
    ask_send(a,
             &(struct ask_request){ .service = "sts",
                                    .body = form,
                                    .type = "application/x-www-form-urlencoded",
                                    .authorization = authorization },
             out);
}

#define ROLE "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fteam%2Fweb&RoleSessionName=me"

static void
roles_are_assumed_with_and_without_a_signature(void **state)
{
    static const struct {
        const char *form;
        const char *authorization; /* NULL: signed */
        unsigned status;
        const char *says;
    } cases[] = {
        { "Action=AssumeRole&" ROLE, NULL, 200,
          "<Arn>arn:aws:sts::123456789012:assumed-role/web/me</Arn>" },
        { "Action=AssumeRole&DurationSeconds=900&" ROLE, NULL, 200, "<SessionToken>" },
        { "Action=AssumeRole&" ROLE, "", 403, "<Code>MissingAuthenticationToken</Code>" },
        { "Action=AssumeRoleWithWebIdentity&WebIdentityToken=abcd&" ROLE, "", 200,
          "<Arn>arn:aws:sts::123456789012:assumed-role/web/me</Arn>" },
        { "Action=AssumeRoleWithWebIdentity&" ROLE, "", 400, "WebIdentityToken" },
        { "Action=ListAll", "", 403, "<Code>MissingAuthenticationToken</Code>" },
        { "Action=AssumeRole&DurationSeconds=899&" ROLE, NULL, 400,
          "greater than or equal to 900" },
        { "Action=AssumeRole&DurationSeconds=43201&" ROLE, NULL, 400,
          "less than or equal to 43200" },
        { "Action=AssumeRole&Policy=%7B%7D&" ROLE, NULL, 400, "Policy is not supported" },
        { "Action=AssumeRole&RoleSessionName=me&RoleArn=arn%3Aaws%3As3%3A%3A%3Athe-bucket", NULL,
          400, "expected arn:aws:iam::123456789012:role/NAME" },
        { "Action=AssumeRole&RoleSessionName=m%20e&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole"
          "%2Fw",
          NULL, 400, "letters, digits" },
        { "Action=GetSessionToken&DurationSeconds=900", NULL, 200, "<AccessKeyId>ASIA" },
        { "Action=GetSessionToken&DurationSeconds=129601", NULL, 400, "129600" },
    };
    struct ask a;

    (void)state;
    ask_start(&a);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *form = xasprintf("%s&Version=2011-06-15", cases[i].form);
        struct answer answer;

        ask_form(&a, form, cases[i].authorization, &answer);
        if (answer.status != cases[i].status || strstr(answer.body, cases[i].says) == NULL)
            fail_msg("%s: expected %u with \"%s\", got %u: %s", form, cases[i].status,
                     cases[i].says, answer.status, answer.body);
        answer_fini(&answer);
        free(form);
    }
    ask_stop(&a);
}

static void
an_assumed_role_is_the_caller(void **state)
{
    struct arena *arena = arena_new();
    const char *authorization;
    struct answer answer;
    struct key key;
    struct ask a;

    (void)state;
    ask_start(&a);
    keyring_issue(emulator_keyring(a.em), "AROAX:me",
                  "arn:aws:sts::123456789012:assumed-role/web/me", 900, arena, &key);
    authorization =
        arena_printf(arena,
                     "AWS4-HMAC-SHA256 Credential=%s/20261123/eu-west-1/sts/aws4_request, "
                     "SignedHeaders=host;x-amz-date, Signature=%064d",
                     key.access_key, 7);
    ask_form(&a, "Action=GetCallerIdentity&Version=2011-06-15", authorization, &answer);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body, "<UserId>AROAX:me</UserId>"));
    assert_non_null(strstr(answer.body, "<Account>123456789012</Account>"));
    answer_fini(&answer);
    ask_form(&a, "Action=AssumeRole&Version=2011-06-15&DurationSeconds=3601&" ROLE, authorization,
             &answer);
    assert_non_null(strstr(answer.body, "role chaining"));
    answer_fini(&answer);
    ask_form(&a, "Action=GetSessionToken&Version=2011-06-15", authorization, &answer);
    assert_non_null(strstr(answer.body, "Cannot call GetSessionToken with session credentials"));
    answer_fini(&answer);
    arena_free(arena);
    ask_stop(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_known_keys_with_their_secret_and_token_pass),
        cmocka_unit_test(issued_keys_pass_until_they_expire),
        cmocka_unit_test(the_oldest_issued_key_makes_room),
        cmocka_unit_test(roles_are_assumed_with_and_without_a_signature),
        cmocka_unit_test(an_assumed_role_is_the_caller),
    };

    return cmocka_run_group_tests_name("keyring", tests, NULL, NULL);
}
