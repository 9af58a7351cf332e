/* test_error_report.c - bodies of POST /errors/report, and which errors are the same.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "domain/error_report.h"
#include "domain/limits.h"
#include "domain/stack_frame.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* The architecture document's body, to the letter. */
static const char document_body[] =
    "{\n  \"error\": {\n    \"message\": \"Cannot read property 'x' of undefined\",\n"
    "    \"stack\": \"Error: Cannot read property...\\n  at Component.render...\",\n"
    "    \"type\": \"TypeError\"\n  },\n  \"context\": {\n"
    "    \"url\": \"https://example.com/page\",\n    \"userAgent\": \"Mozilla/5.0...\",\n"
    "    \"timestamp\": \"2025-11-23T10:30:00.000Z\",\n"
    "    \"sessionId\": \"uuid-v4-session-id\",\n"
    "    \"componentStack\": \"in Component (at App.tsx:42)\"\n  }\n}\n";

struct reading {
    struct arena *arena;
    cJSON *body;
    struct error_report report;
    struct field_errors errors;
    bool is_ok;
};

static struct reading
read_body(const char *text)
{
    struct reading r = { .arena = arena_new() };
    struct err err = { 0 };

    if (json_parse(&r.body, text, strlen(text), &err) != OK)
        fail_msg("%s: %s", err.text, text);
    r.is_ok = error_report_read(&r.report, r.arena, r.body, &r.errors);
    return r;
}

static void
done(struct reading *r)
{
    cJSON_Delete(r->body);
    arena_free(r->arena);
}

static void
the_documents_body_passes(void **state)
{
    struct reading r = read_body(document_body);

    (void)state;
    assert_true(r.is_ok);
    assert_string_equal(r.report.message, "Cannot read property 'x' of undefined");
    assert_string_equal(r.report.type, "TypeError");
    assert_string_equal(r.report.session_id, "uuid-v4-session-id");
    assert_string_equal(r.report.user_agent, "Mozilla/5.0...");
    assert_string_equal(r.report.component_stack, "in Component (at App.tsx:42)");
    assert_string_equal(r.report.route, "/page");
    assert_true(r.report.page_time_ms == 1763893800000);
    done(&r);
}

#define CONTEXT "\"context\":{\"sessionId\":\"s\"}"
#define ERROR   "\"error\":{\"message\":\"m\"}"

static const struct {
    const char *body;
    const char *field;
    const char *message;
} refused[] = {
    { "[]", "body", "expected an object, got an array" },
    { "true", "body", "expected an object, got true" },
    { "{}", "error", "expected an object, got nothing" },
    { "{\"error\":null," CONTEXT "}", "error", "expected an object, got null" },
    { "{\"error\":\"boom\"," CONTEXT "}", "error", "expected an object, got a string \"boom\"" },
    { "{\"error\":[]," CONTEXT "}", "error", "expected an object, got an array" },
    { "{" ERROR "}", "context", "expected an object, got nothing" },
    { "{" ERROR ",\"context\":7}", "context", "expected an object, got 7" },
    { "{\"error\":{}," CONTEXT "}", "error.message", "expected a string, got nothing" },
    { "{\"error\":{\"message\":null}," CONTEXT "}", "error.message",
      "expected a string, got null" },
    { "{\"error\":{\"message\":{}}," CONTEXT "}", "error.message",
      "expected a string, got an object" },
    { "{\"error\":{\"message\":\"\"}," CONTEXT "}", "error.message",
      "expected a message, a stack or a type, got three times nothing" },
    { "{\"error\":{\"message\":\"m\xc3\"}," CONTEXT "}", "error.message",
      "expected UTF-8, got a string \"m\xef\xbf\xbd\"" },
    { "{\"error\":{\"message\":\"m\",\"stack\":[]}," CONTEXT "}", "error.stack",
      "expected a string, got an array" },
    { "{\"error\":{\"message\":\"m\",\"type\":5}," CONTEXT "}", "error.type",
      "expected a string, got 5" },
    { "{" ERROR ",\"context\":{}}", "context.sessionId", "expected a string, got nothing" },
    { "{" ERROR ",\"context\":{\"sessionId\":\"\"}}", "context.sessionId",
      "expected 1 to 128 bytes of printable text, got a string \"\"" },
    { "{" ERROR ",\"context\":{\"sessionId\":\"s\",\"url\":1}}", "context.url",
      "expected a string, got 1" },
    { "{" ERROR ",\"context\":{\"sessionId\":\"s\",\"timestamp\":\"now\"}}", "context.timestamp",
      "expected an ISO 8601 time or epoch milliseconds, got a string \"now\"" },
    { "{" ERROR ",\"context\":{\"sessionId\":\"s\",\"componentStack\":false}}",
      "context.componentStack", "expected a string, got false" },
};

static void
wrong_bodies_are_named_by_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct reading r = read_body(refused[i].body);

        assert_false(r.is_ok);
        assert_string_equal(r.errors.list[0].field, refused[i].field);
        assert_string_equal(r.errors.list[0].message, refused[i].message);
        assert_null(r.report.message); /* untouched */
        done(&r);
    }
}

static void
anything_can_be_thrown(void **state)
{
    static const char *const bodies[] = {
        "{\"error\":{\"message\":\"\",\"stack\":\"at x (http://a/b.js:1:2)\"}," CONTEXT "}",
        "{\"error\":{\"message\":\"\",\"type\":\"AbortError\"}," CONTEXT "}",
        "{\"error\":{\"message\":\"undefined\",\"stack\":null,\"type\":null,\"name\":1}," CONTEXT
        "}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct reading r = read_body(bodies[i]);

        assert_true(r.is_ok);
        assert_string_equal(r.report.route, "unknown");
        done(&r);
    }
}

static void
long_texts_are_cut_behind_a_character(void **state)
{
    struct buf b;
    struct reading r;

    (void)state;
    buf_init(&b, 1 << 20);
    buf_adds(&b, "{\"error\":{\"message\":\"x");
    for (int i = 0; i < 10000; i++)
        buf_adds(&b, "\xe2\x82\xac"); /* three bytes each */
    buf_adds(&b, "\"}," CONTEXT "}");
    r = read_body(b.data);
    assert_true(r.is_ok);
    assert_int_equal(strlen(r.report.message), LIMIT_ERROR_MESSAGE_BYTES - 1);
    done(&r);
    buf_fini(&b);
}

static void
the_log_line_has_the_documents_schema(void **state)
{
    struct reading r = read_body(document_body);
    struct buf b;

    (void)state;
    r.report.environment = "dev";
    r.report.received_ms = 1795392530839;
    memset(r.report.request_id, 0xab, 16);
    memset(r.report.error_id, 0xcd, 16);
    buf_init(&b, 4096);
    error_report_print_log(&b, &r.report);
    assert_string_equal(
        b.data,
        "{\"timestamp\":\"2026-11-23T00:08:50.839Z\",\"level\":\"ERROR\","
        "\"message\":\"Cannot read property 'x' of undefined\","
        "\"functionName\":\"obsview-dev-error-reporter\","
        "\"requestId\":\"abababab-abab-abab-abab-abababababab\",\"context\":{"
        "\"errorId\":\"cdcdcdcd-cdcd-cdcd-cdcd-cdcdcdcdcdcd\",\"environment\":\"dev\","
        "\"url\":\"https://example.com/page\",\"route\":\"/page\","
        "\"userAgent\":\"Mozilla/5.0...\",\"timestamp\":\"2025-11-23T10:30:00.000Z\","
        "\"sessionId\":\"uuid-v4-session-id\",\"componentStack\":\"in Component (at App.tsx:42)\"},"
        "\"error\":{\"message\":\"Cannot read property 'x' of undefined\","
        "\"stack\":\"Error: Cannot read property...\\n  at Component.render...\","
        "\"type\":\"TypeError\"}}");
    buf_fini(&b);
    done(&r);
}

/* --- frames */

static const struct {
    const char *line;
    const char *function;
    const char *file;
    bool is_own;
} frames[] = {
    /* Chromium, Vite's development server */
    { "    at CartTotal (http://localhost:5173/src/cart/CartTotal.tsx?t=1795392530839:12:34)",
      "CartTotal", "src/cart/CartTotal.tsx", true },
    { "    at async Object.loadCart (http://localhost:5173/src/api.ts:3:9)", "loadCart",
      "src/api.ts", true },
    { "    at http://localhost:5173/src/main.tsx:7:1", "", "src/main.tsx", true },
    { "    at async http://localhost:5173/src/main.tsx:7:1", "", "src/main.tsx", true },
    { "    at new Basket (http://localhost:5173/src/basket.ts:3:11)", "Basket", "src/basket.ts",
      true },
    { "    at HTMLButtonElement.<anonymous> (http://localhost:5173/src/a.ts:1:2)", "", "src/a.ts",
      true },
    { "    at Proxy.render [as original] (http://localhost:5173/src/a.ts:1:2)", "render",
      "src/a.ts", true },
    { "    at renderWithHooks "
      "(http://localhost:5173/node_modules/.vite/deps/react-dom_client.js?v=1f2e:4588:19)",
      "renderWithHooks", "node_modules/.vite/deps/react-dom_client.js", false },
    { "    at Array.map (<anonymous>)", "map", "<anonymous>", false },
    { "    at chrome-extension://abcdef/inject.js:1:2", "", "inject.js", false },
    /* Chromium, a build of Vite and one of webpack */
    { "    at qe (https://shop.example/assets/index-BxT3k9aQ.js:1:47110)", "", "assets/index.js",
      true },
    { "    at CartTotal (https://shop.example/assets/Cart-3f2a91bc.js:1:47110)", "CartTotal",
      "assets/Cart.js", true },
    { "    at t (https://shop.example/static/js/main.3f2a91bc.chunk.js:2:1)", "",
      "static/js/main.js", true },
    { "    at t (https://shop.example/static/js/12.9f8e7d6c.chunk.js:2:1)", "",
      "static/js/chunk.js", true },
    { "    at u (https://shop.example/vendor-9f8e7d6c.js:2:1)", "", "vendor.js", false },
    { "    at load (webpack-internal:///./src/load.ts:3:9)", "load", "src/load.ts", true },
    /* a script inside a page */
    { "    at buy (https://shop.example/products/42:12:3)", "buy", "/products/:id", true },
    { "    at f (http://localhost:5173/@fs/home/jane/shop/src/a.ts:1:2)", "f", "shop/src/a.ts",
      true },
    /* Firefox */
    { "CartTotal@http://localhost:5173/src/cart/CartTotal.tsx?t=1795392530839:12:34", "CartTotal",
      "src/cart/CartTotal.tsx", true },
    { "async*loadCart@http://localhost:5173/src/api.ts:3:9", "loadCart", "src/api.ts", true },
    { "setTimeout handler*later@http://localhost:5173/src/api.ts:3:9", "later", "src/api.ts",
      true },
    { "onClick/<@http://localhost:5173/src/a.ts:1:2", "onClick", "src/a.ts", true },
    { "@http://localhost:5173/src/main.tsx:7:1", "", "src/main.tsx", true },
    { "run@http://localhost:5173/src/a.ts line 3 > eval:1:2", "run", "src/a.ts", true },
    { "connect@http://localhost:5173/@vite/client:12:3", "connect", "/@vite/client", false },
    { "f@moz-extension://1b2c/content.js:1:2", "f", "content.js", false },
    /* Safari */
    { "CartTotal@http://localhost:5173/src/cart/CartTotal.tsx:12:34", "CartTotal",
      "src/cart/CartTotal.tsx", true },
    { "module code@http://localhost:5173/src/main.tsx:7:1", "", "src/main.tsx", true },
    { "http://localhost:5173/src/main.tsx:7:1", "", "src/main.tsx", true },
    { "map@[native code]", "map", "", false },
    { "[native code]", "", "", false },
    { "    at Array.map (native)", "map", "", false },
    /* names that only sound foreign */
    { "    at f (http://localhost:5173/src/internal/x.ts:1:2)", "f", "src/internal/x.ts", true },
    { "    at f (http://localhost:5173/src/vendors/list.ts:1:2)", "f", "src/vendors/list.ts",
      true },
    { "    at f (https://shop.example/assets/react-vendor-BxT3k9aQ.js:1:2)", "", "", false },
    { "    at f (http://127.0.0.1:6270/obsview.js:1:2)", "f", "", false },
    /* Node */
    { "    at handler (/var/task/src/index.js:12:3)", "handler", "src/index.js", true },
    { "    at handler (/var/task/index.js:12:3)", "handler", "index.js", true },
    { "    at handler (/var/task/cart/index.js:12:3)", "handler", "cart/index.js", true },
    { "    at handler (file:///home/jane/shop/src/index.mjs:12:3)", "handler", "src/index.mjs",
      true },
    { "    at handler (/home/jane/work/shop/src/index.mjs:12:3)", "handler", "src/index.mjs",
      true },
    { "    at handler (/home/jane/shop/cart/index.js:12:3)", "handler", "cart/index.js", true },
    { "    at handler (/Users/jane/shop/index.js:12:3)", "handler", "index.js", true },
    { "    at handler (/home/runner/work/shop/shop/cart/index.js:12:3)", "handler", "cart/index.js",
      true },
    { "    at handler (C:\\Users\\jane\\shop\\cart\\index.js:12:3)", "handler", "cart/index.js",
      true },
    { "    at async C:\\Users\\jane\\shop\\src\\index.js:12:3", "", "src/index.js", true },
    { "    at handler (file:///C:/Users/jane/shop/cart/index.js:12:3)", "handler", "cart/index.js",
      true },
    { "    at handler (/app/server/cart.js:12:3)", "handler", "server/cart.js", true },
    { "    at handler (/srv/shop/current/server/cart.js:12:3)", "handler", "current/server/cart.js",
      true },
    { "    at handler (/var/task/a/b/c/d.js:12:3)", "handler", "b/c/d.js", true },
    { "    at handler (/home/jane/shop/a/b/c/d.js:12:3)", "handler", "b/c/d.js", true },
    { "    at handler (/var/tasks/index.js:12:3)", "handler", "var/tasks/index.js", true },
    { "    at fail (/var/task/node_modules/pg/lib/client.js:12:3)", "fail", "lib/client.js",
      false },
    { "    at fail (C:\\shop\\node_modules\\pg\\lib\\client.js:12:3)", "fail", "lib/client.js",
      false },
    { "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
      "processTicksAndRejections", "", false },
    { "  at Component.render...", "Component.render...", "", true },
};

static void
frames_of_every_engine_have_one_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(frames); i++) {
        struct stack_frame f;

        if (!stack_frame_read(&f, frames[i].line, strlen(frames[i].line)))
            fail_msg("no frame: %s", frames[i].line);
        if (strcmp(f.function, frames[i].function) != 0 || f.is_own != frames[i].is_own ||
            (f.is_own && strcmp(f.file, frames[i].file) != 0))
            fail_msg("%s: \"%s\" \"%s\" %d", frames[i].line, f.function, f.file, f.is_own);
    }
}

static void
other_lines_are_no_frames(void **state)
{
    static const char *const lines[] = { "",
                                         "   ",
                                         "TypeError: Cannot read properties of undefined",
                                         "Error: mail to jane@example.com/x failed",
                                         "attention",
                                         "see http://example.com/ for more" };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct stack_frame f;

        if (stack_frame_read(&f, lines[i], strlen(lines[i])))
            fail_msg("a frame: %s", lines[i]);
    }
}

/* --- fingerprints */

struct sighting {
    const char *type;
    const char *message;
    const char *stack;
};

static struct fingerprint
print_of(struct arena *arena, const struct sighting *s)
{
    struct fingerprint f;

    fingerprint_make(&f, arena, s->type, s->message, s->stack);
    return f;
}

static void
messages_lose_what_differs_by_visit(void **state)
{
    static const struct {
        const char *message;
        const char *normalised;
    } cases[] = {
        { "Cannot read properties of undefined (reading 'amount')",
          "Cannot read properties of undefined (reading 'amount')" },
        { "can't access property \"amount\", item is undefined",
          "can't access property \"amount\", item is undefined" },
        { "undefined is not an object (evaluating 'props.item.amount')",
          "undefined is not an object (evaluating 'props.item.amount')" },
        { "order 4711 not found", "order # not found" },
        { "order ORD-2026-000123 not found", "order # not found" },
        { "timeout of 5000ms exceeded", "timeout of #ms exceeded" },
        { "expected 12.5, got -3", "expected #, got -#" },
        { "session 8f3c6d2e-1b2a-4c3d-8e4f-0123456789ab expired", "session # expired" },
        { "hash 3f2a91bcd is stale", "hash # is stale" },
        { "no account for jane@example.com", "no account for #" },
        { "no account for ada.lovelace+1@shop.co.uk, sorry", "no account for #, sorry" },
        { "cart.total@ is odd", "cart.total@ is odd" },
        { "no account for ****@*******.***", "no account for #" }, /* the same, masked */
        { "ssn 123-45-6789", "ssn #" },
        { "ssn ***-**-****", "ssn #" },
        { "call (415) 555-0134 or +44 20 7946", "call (#) # or +# # #" },
        { "call (***) ***-**** or +** ** ****", "call (#) # or +# # #" },
        { "token ********************************************... is old", "token # is old" },
        { "2 * 3 ** 4", "# # # # #" },
        { "at 2026-11-24T01:02:03.004Z it broke", "at # it broke" },
        { "Product \"Red Shoe, size 42\" is gone", "Product \"*\" is gone" },
        { "Product 'red-shoe-182736' is gone", "Product '*' is gone" },
        { "Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
          "Unexpected token '*', \"*\"... is not valid JSON" },
        { "GET https://api.example/carts/42?x=1 failed", "GET /carts/:id failed" },
        { "Failed to fetch dynamically imported module: "
          "https://shop.example/assets/Cart-BxT3k9aQ.js",
          "Failed to fetch dynamically imported module: assets/Cart.js" },
        { "Loading chunk 12 failed.", "Loading chunk # failed." },
        { "Minified React error #418; visit https://react.dev/errors/418?args[]=HTML for it",
          "Minified React error #418" },
        { "h264 is not supported by v2", "h264 is not supported by v2" },
        { "Uncaught TypeError: x is not a function", "x is not a function" },
        { "Uncaught (in promise) Error: lost", "lost" },
        { "first line\n  second line 12", "first line" },
        { "two   blanks\tand a tab", "two blanks and a tab" },
        { "it's a user's fault", "it's a user's fault" },
        { "never 'closed", "never 'closed" },
        { "", "" },
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fingerprint f = print_of(arena, &(struct sighting){ "", cases[i].message, "" });

        if (strcmp(f.normalised_message, cases[i].normalised) != 0)
            fail_msg("%s: %s, expected %s", cases[i].message, f.normalised_message,
                     cases[i].normalised);
    }
    arena_free(arena);
}

/* The same mistake, seen twice: each pair is one group. */
static const struct {
    const char *name;
    struct sighting a, b;
} same[] = {
    { "a rebuild with other hashes, positions and minified names",
      { "TypeError", "Cannot read properties of undefined (reading 'amount')",
        "TypeError: Cannot read properties of undefined (reading 'amount')\n"
        "    at qe (https://shop.example/assets/index-BxT3k9aQ.js:1:47110)\n"
        "    at Zo (https://shop.example/assets/index-BxT3k9aQ.js:38:16959)" },
      { "TypeError", "Cannot read properties of undefined (reading 'amount')",
        "TypeError: Cannot read properties of undefined (reading 'amount')\n"
        "    at Xf (https://shop.example/assets/index-D_9qLm2x.js:2:51002)\n"
        "    at Zp (https://shop.example/assets/index-D_9qLm2x.js:38:17001)" } },
    { "on a laptop and in Lambda",
      { "TypeError", "no", "TypeError: no\n    at pay (/home/jane/shop/src/pay.js:3:9)" },
      { "TypeError", "no", "TypeError: no\n    at pay (/var/task/src/pay.js:3:9)" } },
    { "an edit above, while Vite reloads",
      { "Error", "order 12 not found",
        "Error: order 12 not found\n    at fail "
        "(http://localhost:5173/src/a.ts?t=1795392530839:12:3)" },
      { "Error", "order 99 not found",
        "Error: order 99 not found\n    at fail "
        "(http://localhost:5173/src/a.ts?t=1795392599999:40:9)" } },
    { "Chromium and Firefox, same words",
      { "Error", "no stock",
        "Error: no stock\n    at Object.reserve (http://localhost:5173/src/stock.ts:12:3)\n"
        "    at HTMLButtonElement.onclick (http://localhost:5173/src/b.ts:1:1)" },
      { "Error", "no stock",
        "reserve@http://localhost:5173/src/stock.ts:12:9\nonclick@http://localhost:5173/src/"
        "b.ts:1:5" } },
    { "Firefox and Safari",
      { "Error", "no stock", "async*reserve@http://localhost:5173/src/stock.ts:12:9" },
      { "Error", "no stock", "[native code]\nreserve@http://localhost:5173/src/stock.ts:12:3" } },
    { "packages above the app's own frame",
      { "TypeError", "x is not a function",
        "    at invoke (http://localhost:5173/node_modules/.vite/deps/chunk-ABCD.js?v=1:1:2)\n"
        "    at pay (http://localhost:5173/src/pay.ts:5:1)" },
      { "TypeError", "x is not a function",
        "    at call (http://localhost:5173/node_modules/.vite/deps/chunk-WXYZ.js?v=2:7:2)\n"
        "    at pay (http://localhost:5173/src/pay.ts:5:1)" } },
    { "window.onerror and a boundary",
      { "Error", "Uncaught TypeError: x is not a function",
        "    at http://localhost:5173/src/pay.ts:5:1" },
      { "TypeError", "x is not a function", "    at http://localhost:5173/src/pay.ts:5:1" } },
    { "staging and production",
      { "E", "m", "    at load (https://staging.shop.example/assets/index-BxT3k9aQ.js:1:2)" },
      { "E", "m", "    at load (https://shop.example/assets/index-BxT3k9aQ.js:1:2)" } },
    { "two builds of webpack",
      { "E", "m", "    at n (https://shop.example/static/js/main.3f2a91bc.chunk.js:2:1)" },
      { "E", "m", "    at r (https://shop.example/static/js/main.0c4d5e6f.chunk.js:2:9)" } },
};

static const struct {
    const char *name;
    struct sighting a, b;
} different[] = {
    { "another property",
      { "TypeError", "Cannot read properties of undefined (reading 'amount')", "" },
      { "TypeError", "Cannot read properties of undefined (reading 'total')", "" } },
    { "another type", { "TypeError", "m", "" }, { "RangeError", "m", "" } },
    { "another place",
      { "E", "m", "    at a (http://localhost:5173/src/a.ts:1:1)" },
      { "E", "m", "    at b (http://localhost:5173/src/a.ts:1:1)" } },
    { "another folder of a function",
      { "E", "m", "    at handler (/var/task/cart/index.js:1:1)" },
      { "E", "m", "    at handler (/var/task/users/index.js:1:1)" } },
    { "another React error",
      { "Error", "Minified React error #418; visit x", "" },
      { "Error", "Minified React error #423; visit x", "" } },
    { "parts that shift", { "ab", "c", "" }, { "a", "bc", "" } },
};

static void
one_mistake_is_one_group(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(same); i++) {
        struct fingerprint a = print_of(arena, &same[i].a), b = print_of(arena, &same[i].b);

        if (a.id != b.id)
            fail_msg("%s: \"%s\" at \"%s\", \"%s\" at \"%s\"", same[i].name, a.normalised_message,
                     a.frame, b.normalised_message, b.frame);
        assert_string_equal(a.text, b.text);
        assert_int_equal(strlen(a.text), 16);
    }
    for (size_t i = 0; i < COUNT(different); i++) {
        if (print_of(arena, &different[i].a).id == print_of(arena, &different[i].b).id)
            fail_msg("%s: one group", different[i].name);
    }
    arena_free(arena);
}

static void
a_group_shows_function_and_file(void **state)
{
    static const struct sighting seen = {
        "TypeError", "m",
        "TypeError: m\n    at CartTotal (http://localhost:5173/src/cart/CartTotal.tsx?t=1:12:34)"
    };
    struct arena *arena = arena_new();

    (void)state;
    assert_string_equal(print_of(arena, &seen).frame, "CartTotal src/cart/CartTotal.tsx");
    assert_string_equal(print_of(arena, &(struct sighting){ "", "m", "" }).frame, "");
    arena_free(arena);
}

static void
endless_messages_and_stacks_cost_little(void **state)
{
    struct arena *arena = arena_new();
    size_t size = 40000;
    char *text = malloc(size + 1);
    struct fingerprint f;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = "'\"`1a@:/. \xe2\x82\xac"[i % 13];
    text[size] = '\0';
    f = print_of(arena, &(struct sighting){ text, text, text });
    assert_true(strlen(f.normalised_message) <= 200);
    memset(text, '\'', size);
    print_of(arena, &(struct sighting){ text, text, text });
    arena_free(arena);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documents_body_passes),
        cmocka_unit_test(wrong_bodies_are_named_by_field),
        cmocka_unit_test(anything_can_be_thrown),
        cmocka_unit_test(long_texts_are_cut_behind_a_character),
        cmocka_unit_test(the_log_line_has_the_documents_schema),
        cmocka_unit_test(frames_of_every_engine_have_one_shape),
        cmocka_unit_test(other_lines_are_no_frames),
        cmocka_unit_test(messages_lose_what_differs_by_visit),
        cmocka_unit_test(one_mistake_is_one_group),
        cmocka_unit_test(a_group_shows_function_and_file),
        cmocka_unit_test(endless_messages_and_stacks_cost_little),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
