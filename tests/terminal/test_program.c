/* test_program.c - the program itself on a terminal of its own.
 * SPDX-License-Identifier: MIT
 *
 * The other end of a pseudo terminal is libvterm, so this is what a person would see: starting,
 * keys, a new size, suspending and coming back, leaving, dying, and terminals nothing can be drawn
 * on. Each wait is for a condition, ten seconds at most. */
#include "config.h"

#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <cmocka.h>

#define DEADLINE_MS 60000 /* for whatever ought to come, on a machine with much else to do */
#define RAW_MAX     (8u << 20)

struct program {
    pid_t pid;
    int fd;
    int ours; /* the program's end, kept open to look at its modes */
    struct terminal terminal;
    struct buf raw; /* all bytes it wrote */
    struct termios before;
};

static int64_t
now_ms(void)
{
    return (int64_t)(mono_ns() / 1000000);
}

static void
start_with(struct program *p, const char *term, char *const *words)
{
    struct winsize size = { .ws_row = 36, .ws_col = 120 };

    memset(p, 0, sizeof(*p));
    terminal_init(&p->terminal, 120, 36);
    buf_init(&p->raw, RAW_MAX);
    assert_int_equal(openpty(&p->fd, &p->ours, NULL, NULL, &size), 0);
    assert_int_equal(tcgetattr(p->ours, &p->before), 0);
    p->pid = fork();
    assert_true(p->pid >= 0);
    if (p->pid == 0) {
        close(p->fd);
        login_tty(p->ours);
        setenv("TERM", term, 1);
        execv("./obsview", words);
        _exit(99);
    }
}

static void
start(struct program *p, const char *term)
{
    char *words[] = { (char[]){ "obsview" },     (char[]){ "--db" },
                      (char[]){ ":memory:" },    (char[]){ "--listen" },
                      (char[]){ "127.0.0.1:0" }, (char[]){ "--emf-listen" },
                      (char[]){ "off" },         NULL };

    start_with(p, term, words);
}

static void
end(struct program *p)
{
    if (p->pid > 0) {
        kill(p->pid, SIGKILL);
        waitpid(p->pid, NULL, 0);
    }
    close(p->fd);
    close(p->ours);
    terminal_fini(&p->terminal);
    buf_fini(&p->raw);
}

/* Takes what the program wrote; waits for some at most `wait_ms`. */
static void
pump(struct program *p, int wait_ms)
{
    struct pollfd ready = { .fd = p->fd, .events = POLLIN };
    char bytes[65536];
    ssize_t n;

    if (poll(&ready, 1, wait_ms) <= 0)
        return;
    n = read(p->fd, bytes, sizeof(bytes));
    if (n <= 0)
        return;
    buf_add(&p->raw, bytes, (size_t)n);
    terminal_sink(&p->terminal, bytes, (size_t)n);
}

static bool
sees(struct program *p, const char *text)
{
    struct buf screen;
    bool found;

    buf_init(&screen, RAW_MAX);
    terminal_print(&p->terminal, &screen);
    found = strstr(screen.data, text) != NULL;
    buf_fini(&screen);
    return found;
}

static void
show(struct program *p)
{
    struct buf screen;

    buf_init(&screen, RAW_MAX);
    terminal_print(&p->terminal, &screen);
    fprintf(stderr, "the screen:\n%s\n", screen.data);
    buf_fini(&screen);
}

static void
await(struct program *p, const char *text)
{
    int64_t until = now_ms() + DEADLINE_MS;

    while (!sees(p, text)) {
        if (now_ms() > until) {
            show(p);
            fail_msg("\"%s\" did not come", text);
        }
        pump(p, 50);
    }
}

/* Until one text is there and another is gone. */
static void
await_other(struct program *p, const char *text, const char *gone)
{
    const int64_t until = now_ms() + DEADLINE_MS;

    while (sees(p, gone) || !sees(p, text)) {
        if (now_ms() > until) {
            show(p);
            fail_msg("\"%s\" did not come without \"%s\"", text, gone);
        }
        pump(p, 50);
    }
}

/* The status of the program's next change; what it writes meanwhile is taken. */
static int
await_change(struct program *p, int options)
{
    int64_t until = now_ms() + DEADLINE_MS;
    int status;

    for (;;) {
        pid_t pid = waitpid(p->pid, &status, options | WNOHANG);

        assert_true(pid >= 0);
        if (pid == p->pid)
            break;
        if (now_ms() > until) {
            show(p);
            fail_msg("the program did not change");
        }
        pump(p, 20);
    }
    for (int i = 0; i < 5; i++)
        pump(p, 20);
    if (!WIFSTOPPED(status))
        p->pid = 0;
    return status;
}

static void
type(struct program *p, const char *keys)
{
    assert_int_equal(write(p->fd, keys, strlen(keys)), (ssize_t)strlen(keys));
}

static void
assert_restored(struct program *p)
{
    struct termios after;

    assert_int_equal(tcgetattr(p->ours, &after), 0);
    assert_int_equal(after.c_lflag, p->before.c_lflag);
    assert_int_equal(after.c_iflag, p->before.c_iflag);
    assert_int_equal(after.c_oflag, p->before.c_oflag);
    assert_non_null(strstr(p->raw.data, "\033[?1049h"));
    for (const char *at = p->raw.data; (at = strstr(at, "\033[?1049h")) != NULL; at++)
        assert_non_null(strstr(at, "\033[?1049l"));
}

/* As a user does, and all is well. */
static void
leave(struct program *p)
{
    int status;

    type(p, "q");
    status = await_change(p, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_restored(p);
    end(p);
}

static void
starts_and_leaves(void **state)
{
    struct program p;

    (void)state;
    start(&p, "xterm-256color");
    await(&p, "live");
    await(&p, "2 Vit"); /* the names are short where counts stand beside them */
    type(&p, "2");
    await(&p, "Vitals › p75 by metric");
    type(&p, ":logs\r");
    await(&p, "Logs › ");
    leave(&p);
}

static void
follows_the_size_of_the_terminal(void **state)
{
    static const struct {
        unsigned short columns, rows;
        const char *sees;
    } sizes[] = { { 33, 9, "needs 40 × 10, has 33 × 9" },
                  { 60, 16, "Tab panel" },
                  { 120, 36, "q quit" } };
    struct program p;

    (void)state;
    start(&p, "xterm-256color");
    await(&p, "live");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct winsize size = { .ws_row = sizes[i].rows, .ws_col = sizes[i].columns };

        p.terminal.columns = sizes[i].columns;
        p.terminal.rows = sizes[i].rows;
        vterm_set_size(p.terminal.vt, sizes[i].rows, sizes[i].columns);
        assert_int_equal(ioctl(p.fd, TIOCSWINSZ, &size), 0);
        await(&p, sizes[i].sees);
    }
    end(&p);
}

static void
stops_and_comes_back(void **state)
{
    struct program p;
    struct termios stopped;
    int status;

    (void)state;
    start(&p, "xterm-256color");
    await(&p, "live");
    type(&p, "\x1a");
    status = await_change(&p, WUNTRACED);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(tcgetattr(p.ours, &stopped), 0);
    assert_int_equal(stopped.c_lflag, p.before.c_lflag);
    assert_false(sees(&p, "2 Vit")); /* the other screen */
    kill(p.pid, SIGCONT);
    await(&p, "2 Vit"); /* the rest of the name where there is room for it */
    type(&p, "\x03");
    status = await_change(&p, 0);
    assert_true(WIFEXITED(status));
    assert_restored(&p);
    end(&p);
}

static void
gives_the_terminal_back_when_it_dies(void **state)
{
    static const int signals[] = { SIGSEGV, SIGABRT, SIGTERM, SIGHUP };

    (void)state;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct program p;
        int status;

        start(&p, "xterm-256color");
        await(&p, "live");
        kill(p.pid, signals[i]);
        status = await_change(&p, 0);
        if (signals[i] == SIGTERM || signals[i] == SIGHUP)
            assert_true(WIFEXITED(status));
        else
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
        assert_restored(&p);
        end(&p);
    }
}

static void
draws_on_other_terminals(void **state)
{
    static const char *const terms[] = { "screen", "tmux-256color", "linux", "vt100" };

    (void)state;
    for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
        struct program p;

        start(&p, terms[i]);
        await(&p, "2 Vit"); /* the rest of the name where there is room for it */
        end(&p);
    }
}

static void
draws_without_colours_when_asked(void **state)
{
    struct program p;

    (void)state;
    setenv("NO_COLOR", "1", 1);
    start(&p, "xterm-256color");
    unsetenv("NO_COLOR");
    await(&p, "live");
    assert_false(sees(&p, " fg ")); /* in the legend of looks */
    assert_false(sees(&p, " bg "));
    end(&p);
    start(&p, "xterm-256color");
    await(&p, "live");
    assert_true(sees(&p, " fg "));
    end(&p);
}

static void
says_so_where_nothing_can_be_drawn(void **state)
{
    struct program p;
    int status;

    (void)state;
    start(&p, "dumb");
    status = await_change(&p, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
    assert_non_null(strstr(p.raw.data, "watch --once"));
    assert_null(strstr(p.raw.data, "\033["));
    end(&p);
}

/* Sends bytes to the emulator whose address the header shows; the caller's answer. */
static void
say(struct program *p, struct buf *answer, const void *bytes, size_t length)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    struct buf screen;
    const char *at;
    char some[4096];
    ssize_t n;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    buf_init(&screen, RAW_MAX);
    terminal_print(&p->terminal, &screen);
    at = strstr(screen.data, "127.0.0.1:");
    assert_non_null(at);
    to.sin_port = htons((uint16_t)strtol(at + strlen("127.0.0.1:"), NULL, 10));
    buf_fini(&screen);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(write(fd, bytes, length), (ssize_t)length);
    while ((n = read(fd, some, sizeof some)) > 0)
        buf_add(answer, some, (size_t)n);
    close(fd);
    if (strstr(answer->data, " 200 ") == NULL)
        fail_msg("%s", answer->data);
}

static void
post(struct program *p, const char *path, const char *head, const char *body, size_t length)
{
    struct buf request, answer;

    buf_init(&request, RAW_MAX);
    buf_init(&answer, RAW_MAX);
    buf_addf(&request, "POST %s HTTP/1.0\r\nHost: 127.0.0.1\r\n%sContent-Length: %zu\r\n\r\n", path,
             head, length);
    buf_add(&request, body, length);
    say(p, &answer, request.data, request.len);
    buf_fini(&request);
    buf_fini(&answer);
}

/* How often a text stands in what the intake has, as it came. */
static unsigned
count_in_intake(struct program *p, const char *text)
{
    static const char request[] = "GET /_obsview/events?body=1 HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
    struct buf answer;
    unsigned count = 0;

    buf_init(&answer, RAW_MAX);
    say(p, &answer, request, sizeof request - 1);
    for (const char *at = answer.data; (at = strstr(at, text)) != NULL; at++)
        count++;
    buf_fini(&answer);
    return count;
}

static void
copies_a_request_and_sends_it_again(void **state)
{
    static const char broke[] =
        "{\"error\":{\"message\":\"for "
        "ada@corp.io\"},\"context\":{\"url\":\"https://app.example/\","
        "\"userAgent\":\"a\",\"timestamp\":\"2026-11-28T19:36:05.289Z\",\"sessionId\":\"s-1\"}}";
    struct program p;

    (void)state;
    start(&p, "xterm-256color");
    await(&p, "127.0.0.1:");
    post(&p, "/errors/report", "X-Empty:\r\nCookie: a=b\r\n", broke, strlen(broke));
    type(&p, "ig");           /* the first: the screen's own login at Umami may stand behind it */
    await(&p, "Cookie: ***"); /* it is known whole */
    type(&p, "y");
    await(&p, "copy as  c curl  a awscli  f fixture  Esc not at all");
    type(&p, "a");
    await(&p, "not copied: it is no request to AWS");
    assert_null(strstr(p.raw.data, "\033]52;"));
    type(&p, "yc");
    await(&p, "without its credentials and personal data: curl 'http://127.0.0.1/errors/report'");
    assert_non_null(strstr(p.raw.data, "\033]52;c;Y3VybCAnaHR0cDovLzEyNy4wLjAuMS9lcnJvcnMv"));
    type(&p, "R");
    await(&p, "sent POST /errors/report again: 200 {");
    type(&p, "G");
    await_other(&p, "X-Empty:", "Cookie: ***"); /* as it came, and with nothing of our own */
    assert_false(sees(&p, "User-Agent") || sees(&p, "Accept:"));
    assert_int_equal(count_in_intake(&p, "\\\"for ada@corp.io\\\""), 2);
    leave(&p);
}

static void
sends_bytes_again_as_they_came(void **state)
{
    static const char zipped[] = /* {"error":{"message":"packed"},"context":{"sessionId":"s"}} */
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\x2d\x2a\xca"
        "\x2f\x52\xb2\xaa\x56\xca\x4d\x2d\x2e\x4e\x4c\x4f\x55\xb2\x52\x2a"
        "\x48\x4c\xce\x4e\x4d\x51\xaa\xd5\x51\x4a\xce\xcf\x2b\x49\xad\x28"
        "\x01\x49\x17\x03\xa5\x33\xf3\xf3\x3c\x53\x80\x0a\x8a\x95\x6a\x6b"
        "\x01\x3b\xdb\x58\xab\x3a\x00\x00\x00";
    struct program p;

    (void)state;
    start(&p, "xterm-256color");
    await(&p, "127.0.0.1:");
    post(&p, "/errors/report", "Content-Encoding: gzip\r\n", zipped, sizeof zipped - 1);
    type(&p, "ig");
    await(&p, "Content-Encoding: gzip"); /* it is known whole */
    type(&p, "yf");
    await(&p, "copied as fixture");
    type(&p, "yc");
    await(&p, "printf %s H4sI");
    type(&p, "R");
    await(&p, "sent POST /errors/report again: 200 {");
    leave(&p);
}

/* --- a recording ------------------------------------------------------------------------------
 */

#define RECORDED_START \
    "{\"obsview-fixture\":2,\"start\":\"2026-11-23T12:00:00.000Z\",\"length\":600000}\n"

static char recorded[] = "/tmp/obsview-recorded-XXXXXX";

/* A vital each second, and an error each two minutes: a new one first, then again and again. */
static void
write_recording(void)
{
    int fd = mkstemp(recorded);
    FILE *file = fdopen(fd, "w");

    assert_non_null(file);
    fputs(RECORDED_START, file);
    for (int t = 1000; t < 600000; t += 1000) {
        bool is_error = t % 120000 == 0;

        fprintf(file,
                "{\"t\":%d,\"source\":\"http\",\"request\":{\"method\":\"POST\",\"path\":\"%s\","
                "\"headers\":{\"content-type\":\"application/json\"},\"body\":",
                t, is_error ? "/errors/report" : "/metrics/web-vitals");
        if (is_error)
            fputs("{\"error\":{\"message\":\"the cart is gone\"},\"context\":{\"url\":"
                  "\"https://a.example/\",\"sessionId\":\"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11\"}}",
                  file);
        else
            fprintf(file,
                    "{\"metrics\":[{\"name\":\"LCP\",\"value\":%d,\"rating\":\"good\",\"url\":"
                    "\"https://a.example/\",\"timestamp\":\"2026-11-23T12:00:00Z\"}],\"sessionId\":"
                    "\"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11\",\"userAgent\":\"Mozilla/5.0\"}",
                    t % 977);
        fputs("}}\n", file);
    }
    fclose(file);
}

static void
play_recording(struct program *p, const char *first, const char *second)
{
    char *words[] = { (char[]){ "obsview" },
                      (char[]){ "watch" },
                      (char[]){ "--fixture" },
                      recorded,
                      (char *)(uintptr_t)first,
                      (char *)(uintptr_t)second,
                      NULL };

    start_with(p, "xterm-256color", words);
}

/* What obsview watch --once prints of that moment; the caller's (free()). */
static char *
frame_at(const char *at)
{
    struct buf text;
    char bytes[4096];
    int ends[2];
    ssize_t n;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl("./obsview", "obsview", "watch", "--fixture", recorded, "--once", "--size", "120x36",
              "--view", "errors", "--at", at, (char *)NULL);
        _exit(99);
    }
    close(ends[1]);
    buf_init(&text, RAW_MAX);
    while ((n = read(ends[0], bytes, sizeof(bytes))) > 0)
        buf_add(&text, bytes, (size_t)n);
    close(ends[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return buf_take(&text, NULL);
}

/* All but the header, whose age depends on when one looks, and the two last rows. */
static const char *
panels_of(char *frame)
{
    char *from = strchr(frame, '\n') + 1, *end = from;

    for (int row = 1; row < 34; row++) {
        end = strchr(end, '\n');
        assert_non_null(end);
        end++;
    }
    *end = '\0';
    return from;
}

/* Wherever one comes from, a moment is what it is. */
static void
await_frame(struct program *p, const char *at)
{
    char *frame = frame_at(at);
    const char *panels = panels_of(frame);

    await(p, panels);
    free(frame);
}

static void
steps_through_a_recording(void **state)
{
    struct program p;

    (void)state;
    write_recording();
    play_recording(&p, "--paused", NULL);
    await(&p, "paused 1x");
    await(&p, "12:00:00.000");
    await(&p, "12:10:00  0 of 599");
    type(&p, "3..");
    await(&p, "12:00:02.000");
    await(&p, "2 of 599");
    type(&p, ",");
    await(&p, "12:00:01.000");
    type(&p, ")");
    await(&p, "12:02:00.000");
    await(&p, "new error");
    await(&p, "the cart is gone");
    type(&p, "@end\r");
    await(&p, "at the end");
    await_frame(&p, "end");
    type(&p, "@12:05\r");
    await_frame(&p, "12:05");
    type(&p, "(");
    await(&p, "12:04:00.000");
    await_frame(&p, "12:04");
    type(&p, "'@12:06:30\r");
    await(&p, "12:06:30.000");
    type(&p, "'");
    await(&p, "what happened since 12:04:00");
    await(&p, "12:04:00–12:06:30");
    await(&p, "1 group, 2 events");
    type(&p, "m\033[<0;15;34M"); /* a click where the bar begins */
    await(&p, "12:00:03.");
    await(&p, "3 of 599");
    type(&p, ":at 13:00\r");
    await(&p, "is not in the recording");
    type(&p, "iR");
    await(&p, "what is recorded cannot be changed");
    type(&p, ">>>> ");
    await(&p, "playing 30x");
    type(&p, " ");
    await(&p, "paused 30x");
    type(&p, ":speed max\r ");
    await(&p, "at the end");
    leave(&p);
    unlink(recorded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_and_leaves),
        cmocka_unit_test(copies_a_request_and_sends_it_again),
        cmocka_unit_test(sends_bytes_again_as_they_came),
        cmocka_unit_test(follows_the_size_of_the_terminal),
        cmocka_unit_test(stops_and_comes_back),
        cmocka_unit_test(gives_the_terminal_back_when_it_dies),
        cmocka_unit_test(draws_on_other_terminals),
        cmocka_unit_test(draws_without_colours_when_asked),
        cmocka_unit_test(says_so_where_nothing_can_be_drawn),
        cmocka_unit_test(steps_through_a_recording),
    };

    harness_environment();
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("OBSVIEW_CONFIG", "/dev/null", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
