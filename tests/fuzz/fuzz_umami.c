/* fuzz_umami.c - what an Umami tracker may send: a message, judged in both dialects, its page and
 * its data; and the bytes once more as a token, a user agent and an address.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/umami_agent.h"
#include "domain/umami_data.h"
#include "domain/umami_identity.h"
#include "domain/url.h"

#define ANSWER_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_width(const char *text, size_t units)
{
    assert(text == NULL || text_utf16_units(text) <= units);
}

static void
check_answer(enum umami_dialect dialect, const struct umami_faults *faults)
{
    cJSON *value = NULL;
    char text[200];
    struct buf b;

    assert(faults->count > 0);
    buf_init(&b, ANSWER_MAX);
    umami_faults_print(&b, dialect, faults);
    assert(!buf_failed(&b) && json_parse(&value, b.data, b.len, NULL) == OK);
    umami_faults_describe(text, sizeof text, faults);
    cJSON_Delete(value);
    buf_fini(&b);
}

static void
make_rows(struct arena *arena, enum umami_dialect dialect, const struct umami_send *send)
{
    struct umami_doubt doubt = { 0 };
    struct umami_hit hit = { 0 };

    umami_data_read(&hit, arena, send->data, &doubt);
    umami_data_revenue(&hit, arena, send->data);
    umami_data_session(&hit);
    assert(hit.data_count <= UMAMI_DATA_ROWS_MAX);
    for (size_t i = 0; i < hit.data_count; i++) {
        check_width(hit.data[i].key, UMAMI_WIDTH_DATA);
        check_width(hit.data[i].string, UMAMI_WIDTH_DATA);
    }
    if (!umami_page_make(&hit.page, arena, dialect, true, send, &doubt))
        return;
    check_width(hit.page.url_path, UMAMI_WIDTH_URL);
    check_width(hit.page.url_query, UMAMI_WIDTH_URL);
    check_width(hit.page.page_title, UMAMI_WIDTH_URL);
    check_width(hit.page.referrer_path, UMAMI_WIDTH_URL);
    for (int i = 0; i < UMAMI_PARAMETER_COUNT; i++)
        check_width(hit.page.parameters[i], UMAMI_WIDTH_PARAMETER);
}

static void
read_message(struct arena *arena, enum umami_dialect dialect, const cJSON *body)
{
    struct umami_faults faults;
    struct umami_send send;

    faults.count = 0;
    if (umami_send_read(&send, arena, dialect, body, &faults))
        make_rows(arena, dialect, &send);
    else
        check_answer(dialect, &faults);
    faults.count = 0;
    if (!umami_batch_read(body, dialect, &faults))
        check_answer(dialect, &faults);
}

static void
read_text(struct arena *arena, const char *text)
{
    static struct umami_agents *agents;
    static struct umami_signer *signer;
    struct umami_agent agent;
    struct umami_token token;
    struct url url;

    if (agents == NULL) {
        assert(umami_agents_new(&agents, NULL) == OK);
        signer = umami_signer_new("secret", UMAMI_SALT_WEEK);
    }
    umami_agents_judge(agents, text, &agent);
    umami_device(UMAMI_V2, &agent, text);
    umami_device(UMAMI_V3, &agent, text);
    assert(!umami_token_read(&token, signer, text));
    if (url_parse(&url, arena, text, NULL))
        url_parameter(arena, url.query, "utm_source");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const cJSON *body = NULL;

    if (size > 65536 || json_parse_strict_in(&body, arena, (const char *)data, size, NULL) != OK)
        body = NULL;
    read_message(arena, UMAMI_V2, body);
    read_message(arena, UMAMI_V3, body);
    if (size <= 65536)
        read_text(arena, arena_strndup(arena, (const char *)data, size));
    arena_free(arena);
    return 0;
}
