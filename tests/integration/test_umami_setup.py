#!/usr/bin/env python3
"""How the emulated Umami is set up: the variables of a real server's environment, a database of places, the paths that
only version 3 has; and what is said of a hit: why its visit is a new one, and from where it came.

SPDX-License-Identifier: MIT

OBSVIEW names the program.
"""
import base64
import hashlib
import hmac
import json
import os
import random
import subprocess
import sys
import tempfile

import mmdb
from harness import BINARY, Emulator, Refused, check, finish, ok

WEBSITE = "11111111-2222-4333-8444-555555555555"
SECRET = "obsview-fixed-secret"
MAC = ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 "
       "Safari/537.36")
BERLIN = {"country": {"iso_code": "DE", "names": {"en": "Germany"}}, "subdivisions": [{"iso_code": "BE"}],
          "city": {"names": {"de": "Berlin (de)", "en": "Berlin"}}}
LISBON = {"registered_country": {"iso_code": "PT"}, "city": {"names": {"en": "Lisbon"}}}
PLACES = mmdb.build({"203.0.113.0/24": BERLIN, "2001:db8::/32": LISBON, "198.51.100.0/24": {"traits": {"is_proxy": "no"}},
                     "192.0.2.0/24": {"country": {"iso_code": b"\xff\xfe"}, "city": {"names": {"en": "x" * 300}}}})


def ask(emulator, method, path, body=None, **headers):
    """Status, headers in lower case, body."""
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body)
    emulator.http.request(method, path, data, {"User-Agent": MAC, **{k.replace("_", "-"): v for k, v in headers.items()}})
    answer = emulator.http.getresponse()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


def hit(**payload):
    return {"type": "event", "payload": {"website": WEBSITE, "url": "/", **payload}}


def send(emulator, body=None, **headers):
    """The answer, decoded."""
    status, _, text = ask(emulator, "POST", "/api/send", body or hit(), **headers)
    return {"status": status, **json.loads(text)}


def shown(emulator):
    """What the newest line of the intake says behind its headers."""
    item = json.loads(ask(emulator, "GET", "/_obsview/events?limit=1")[2])["events"][-1]
    item = json.loads(ask(emulator, "GET", "/_obsview/events/%s" % item["id"])[2])
    return {**{k: v for k, v in item["headers"] if k.startswith("Umami-")}, "fault": item["fault"], "verdict": item["verdict"]}


def place(emulator, body=None, **headers):
    """Country, region and city of the session that a hit makes, as the read API tells them, and the words for it."""
    session = send(emulator, body, **headers)["sessionId"]
    words = shown(emulator)["Umami-Place"]
    token = json.loads(ask(emulator, "POST", "/api/auth/login", {"username": "admin", "password": "umami"})[2])["token"]
    got = json.loads(ask(emulator, "GET", "/api/websites/%s/sessions/%s" % (WEBSITE, session),
                         Authorization="Bearer " + token)[2])
    return [got["country"], got["region"], got["city"], words]


# --- places -----------------------------------------------------------------------------------------------------------

def refused(*options, **env):
    """What is said by a program that does not start."""
    try:
        Emulator(*options, env=env).stop()
    except Refused as e:
        return e.args[0]
    return "it starts"


def check_places(folder):
    path = os.path.join(folder, "places.mmdb")
    with open(path, "wb") as file:
        file.write(PLACES)
    database = "from the database of places"
    with Emulator("--geo-db", path) as e:
        ok("an address is looked up", place(e, x_forwarded_for="203.0.113.9"),
           ["DE", "DE-BE", "Berlin", "DE, DE-BE, Berlin, " + database])
        ok("of version 6 too, and a country may be the registered one", place(e, cf_connecting_ip="2001:db8::7"),
           ["PT", None, "Lisbon", "PT, Lisbon, " + database])
        ok("a proxy is believed first", place(e, x_forwarded_for="203.0.113.8", cf_ipcountry="FR", cf_ipcity="Paris"),
           ["FR", None, "Paris", "FR, Paris, from the proxy's headers"])
        ok("but not about an address of the message", place(e, hit(ip="203.0.113.7"), cf_ipcountry="FR"),
           ["DE", "DE-BE", "Berlin", "DE, DE-BE, Berlin, " + database])
        ok("a row without a place", place(e, x_forwarded_for="198.51.100.1"), [None, None, None, database])
        ok("texts that are none, or too long", place(e, x_forwarded_for="192.0.2.1"), [None, None, None, database])
        ok("an address that is not there", place(e, x_forwarded_for="8.8.8.8"),
           [None, None, None, "the database of places does not know the address"])
        ok("no address at all", place(e, x_forwarded_for="nobody"),
           [None, None, None, "the database of places does not know the address"])
        ok("loopback is nowhere", place(e), [None, None, None, "private address: nobody is asked about it"])
        check("and that is no fault", not shown(e)["fault"], shown(e))
        send(e, x_forwarded_for="10.1.2.3")
        ok("but a proxy that tells a private address is one", (shown(e)["fault"], shown(e)["Umami-Rule"]),
           (True, "private-address"))
    with Emulator("--umami-dialect", "v3", env={"GEOLITE_DB_PATH": path, "SKIP_LOCATION_HEADERS": "1"}) as e:
        ok("GEOLITE_DB_PATH, SKIP_LOCATION_HEADERS", place(e, x_forwarded_for="203.0.113.8", cf_ipcountry="FR"),
           ["DE", "DE-BE", "Berlin", "DE, DE-BE, Berlin, " + database])
    with Emulator("--geo-db", path, env={"GEOLITE_DB_PATH": "/nowhere"}) as e:
        ok("the option comes before the variable", place(e, x_forwarded_for="203.0.113.9")[0], "DE")
    with Emulator() as e:
        ok("without a database", place(e, x_forwarded_for="203.0.113.9"),
           [None, None, None, "no proxy's header tells it, and there is no --geo-db"])


def check_bad_places(folder):
    asn, text = os.path.join(folder, "asn.mmdb"), os.path.join(folder, "text.mmdb")
    with open(asn, "wb") as file:
        file.write(mmdb.build({"203.0.113.0/24": {"autonomous_system_number": 64496}}, "GeoLite2-ASN"))
    with open(text, "w", encoding="ascii") as file:
        file.write("no database\n" * 1000)
    pipe = os.path.join(folder, "pipe")
    os.mkfifo(pipe)
    for name, path, said in (("a missing file", "/nowhere/x.mmdb", "--geo-db: cannot open the database of places"),
                             ("a directory", folder, "is no file"), ("a pipe", pipe, "is no file"),
                             ("another file", text, "is no MaxMind database of places such as GeoLite2-City.mmdb"),
                             ("a database of something else", asn, 'is a MaxMind database of "GeoLite2-ASN"')):
        told = refused("--geo-db", path)
        check("%s stops the start" % name, said in told and path in told, told)
    check("the variable is named", "GEOLITE_DB_PATH: cannot open" in refused(GEOLITE_DB_PATH="/nowhere"))


def check_damaged_places(folder):
    """Whatever the file holds, the program refuses it or answers."""
    chance, path = random.Random(7), os.path.join(folder, "damaged.mmdb")
    started = 0
    for i in range(24):
        data = bytearray(PLACES)
        if i % 3 == 0:
            del data[chance.randrange(len(data)):]
        else:
            for _ in range(1 + i):
                data[chance.randrange(len(data) - (160 if i % 3 == 1 else 0))] = chance.randrange(256)
        with open(path, "wb") as file:
            file.write(data)
        try:
            e = Emulator("--geo-db", path)
        except Refused as refusal:
            check("damaged %d: refused" % i, "MaxMind database" in refusal.args[0], refusal.args[0])
            continue
        started += 1
        members = [hit(ip=a) for a in ("203.0.113.9", "2001:db8::7", "192.0.2.1", "198.51.100.1", "8.8.8.8", "::", "ffff::1")]
        status, _, text = ask(e, "POST", "/api/batch", members)
        check("damaged %d: answered" % i, (status, json.loads(text)["errors"]) == (200, 0), text)
        e.stop()
    check("some of them are still databases", started > 3, started)


# --- variables --------------------------------------------------------------------------------------------------------

def session_of(website, ip, agent, salt):
    """Umami's formula, worked out here."""
    def digest(*texts):
        return hashlib.sha512("".join(texts).encode()).hexdigest()
    name = digest(website, ip, agent, digest(salt), digest(SECRET))
    raw = bytearray(hashlib.sha1(bytes.fromhex("6ba7b8109dad11d180b400c04fd430c8") + name.encode()).digest()[:16])
    raw[6], raw[8] = raw[6] & 15 | 0x50, raw[8] & 63 | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def path_of(e, url, **payload):
    send(e, hit(url=url, **payload))
    return shown(e).get("Umami-Path", "")


def check_variables():
    env = {"IGNORE_IP": "203.0.113.7, 198.51.100.0/24", "DISABLE_BOT_CHECK": "0", "CLIENT_IP_HEADER": "X-Mine",
           "REMOVE_TRAILING_SLASH": "1", "CORS_MAX_AGE": "600", "COLLECT_API_ENDPOINT": "/hit",
           "TRACKER_SCRIPT_NAME": "stats.js,/other.js", "SALT_ROTATION": "day", "APP_SECRET": SECRET}
    with Emulator("--umami-dialect", "v3", env=env, clock="2026-11-20T10:00:00Z") as e:
        ok("IGNORE_IP refuses an address", send(e, x_mine="203.0.113.7"),
           {"status": 403, "error": {"message": "Forbidden", "code": "forbidden", "status": 403}})
        ok("and says so", (shown(e)["Umami-Rule"], shown(e)["verdict"]),
           ("ignored-address", "IGNORE_IP holds 203.0.113.7: its hits are refused"))
        ok("a network", send(e, x_mine="198.51.100.200")["status"], 403)
        ok("an address of the message", send(e, hit(ip="203.0.113.7"))["status"], 403)
        ok("the member of a batch", json.loads(ask(e, "POST", "/api/batch", [hit(), hit(ip="203.0.113.7")])[2])["details"],
           [{"index": 1, "response": {"error": {"message": "Forbidden", "code": "forbidden", "status": 403}}}])
        ok("others may send, CLIENT_IP_HEADER is believed first, SALT_ROTATION day", send(
            e, true_client_ip="203.0.113.7", x_mine="203.0.113.1")["sessionId"],
            session_of(WEBSITE, "203.0.113.1", MAC, "Fri, 20 Nov 2026 00:00:00 GMT"))
        check("DISABLE_BOT_CHECK", "Umami-Rule" not in send(e, User_Agent="curl/8.5.0") and not shown(e)["fault"], shown(e))
        ok("REMOVE_TRAILING_SLASH", [path_of(e, u) for u in ("/a/", "/", "/a/?q=/", "/a/#top", "/a#b/", "/a//", "/%2F")],
           ["/a", "", "/a", "/a#top", "/a#b", "/a/", "/%2F"])
        ok("CORS_MAX_AGE", ask(e, "OPTIONS", "/api/send")[1]["access-control-max-age"], "600")
        status, headers, text = ask(e, "POST", "/hit", hit())
        ok("COLLECT_API_ENDPOINT", (status, "sessionId" in json.loads(text), headers["access-control-allow-origin"]),
           (200, True, "*"))
        ok("the old path stays", send(e)["status"], 200)
        scripts = [ask(e, "GET", p) for p in ("/script.js", "/stats.js", "/other.js")]
        check("TRACKER_SCRIPT_NAME", [s[0] for s in scripts] == [200] * 3 and len({s[2] for s in scripts}) == 1)
        check("and the script sends to the endpoint", b"'/hit'" in scripts[0][2] and b"/api/send'" not in scripts[0][2])
    with Emulator("--umami-bots", "drop", "--umami-secret", SECRET, clock="2026-11-20T10:00:00Z",
                  env={"DISABLE_BOT_CHECK": "1", "APP_SECRET": "another", "SALT_ROTATION": "day"}) as e:
        ok("--umami-bots drop comes before DISABLE_BOT_CHECK", send(e, User_Agent="curl/8.5.0"), {"status": 200, "beep": "boop"})
        ok("--umami-secret before APP_SECRET, and version 2 has no SALT_ROTATION",
           send(e, x_forwarded_for="203.0.113.1")["sessionId"],
           session_of(WEBSITE, "203.0.113.1", MAC, "Sun, 01 Nov 2026 00:00:00 GMT"))
        ok("IGNORE_IP unset", send(e, x_forwarded_for="203.0.113.7")["status"], 200)
        check("the script", b"'/api/send'" in ask(e, "GET", "/script.js")[2])
    told = refused(IGNORE_IP="10.0.0.0/99")
    check("a wrong one stops the start", "IGNORE_IP: expected addresses and networks" in told, told)


def check_config():
    env = {"PATH": os.environ["PATH"], "HOME": "/proc/nonexistent", "APP_SECRET": "hush", "IGNORE_IP": "1.2.3.4"}
    told = subprocess.run([BINARY, "config", "--umami-secret", "hush"], capture_output=True, text=True, check=True, env=env).stdout
    lines = [line for line in told.splitlines() if line.startswith("# ") and "_" in line]
    ok("obsview config lists the variables", [line.split()[1] for line in lines],
       ["APP_SECRET", "CLIENT_IP_HEADER", "COLLECT_API_ENDPOINT", "CORS_MAX_AGE", "DISABLE_BOT_CHECK", "GEOLITE_DB_PATH",
        "IGNORE_IP", "REMOVE_TRAILING_SLASH", "SALT_ROTATION", "SKIP_LOCATION_HEADERS", "TRACKER_SCRIPT_NAME"])
    check("with their values", "IGNORE_IP             = 1.2.3.4 " in told, told)
    check("but no secret", "hush" not in told and "APP_SECRET            = (set)" in told, told)


# --- why --------------------------------------------------------------------------------------------------------------

def check_why():
    with Emulator("--umami-secret", SECRET, clock="2026-11-20T10:00:00Z") as e:
        def why(**headers):
            answer = send(e, **headers)
            return answer["cache"], shown(e)["Umami-Why"]

        token, told = why()
        ok("the first hit", told, "new session: nothing is remembered of this visitor; new visit: no token, so it is the "
                                  "clock hour's")
        ok("another", why()[1], "same session; same visit: no token, same clock hour")
        e.move_clock(advance=29 * 60)
        ok("with the token", why(x_umami_cache=token)[1],
           "same session; same visit: token, its visit began 29 min ago (30 at most)")
        e.move_clock(advance=2 * 60)
        token, told = why(x_umami_cache=token)
        ok("half an hour after the first hit, within the hour", told,
           "same session; same visit: token expired after 30 min, but same clock hour")
        e.move_clock(advance=31 * 60)
        ok("in the next hour", why(x_umami_cache=token)[1],
           "same session; new visit: token expired, its visit began 31 min ago (30 at most)")
        ok("a forged token", why(x_umami_cache=token[:-2])[1],
           "same session; same visit: the token is not signed with this server's secret, same clock hour")
        token = why()[0]
        e.move_clock(advance=11 * 86400)
        ok("next month", why()[1], "new session: salt rotated, month; new visit: no token, another clock hour")
        ok("the token of somebody else", why(x_umami_cache=token, User_Agent=MAC + " Edg/129.0")[1],
           "new session: the token is of another address, browser, id or month; new visit: token expired, its visit began "
           "15840 min ago (30 at most)")
        send(e, hit(timestamp=1795168800), x_umami_cache=token)
        check("a timestamp of its own", "a hit with a timestamp" in shown(e)["Umami-Why"], shown(e))


# --- paths of version 3 -----------------------------------------------------------------------------------------------

def sign(claims):
    def b64(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    text = b64(b'{"alg":"HS256","typ":"JWT"}') + "." + b64(json.dumps(claims).encode())
    key = hashlib.sha512(SECRET.encode()).hexdigest().encode()
    return text + "." + b64(hmac.new(key, text.encode(), hashlib.sha256).digest())


def check_paths():
    with Emulator() as e:
        for method, path in (("GET", "/api/config"), ("OPTIONS", "/api/config"), ("POST", "/api/config"), ("POST", "/api/record"),
                             ("OPTIONS", "/api/record"), ("GET", "/p/abc"), ("GET", "/q/abc")):
            status, headers, _ = ask(e, method, path)
            ok("version 2 has no %s %s" % (method, path), (status, headers.get("content-type")), (404, "text/html; charset=utf-8"))
    with Emulator("--umami-dialect", "v3", "--umami-secret", SECRET) as e:
        ok("OPTIONS /api/config", [ask(e, "OPTIONS", "/api/config")[i] for i in (0, 2)], [204, b""])
        ok("POST /api/config", ask(e, "POST", "/api/config")[0], 405)
        for path, what in (("/p/abc", "pixels"), ("/q/abc", "links")):
            status, _, text = ask(e, "GET", path)
            ok("%s are not built" % what, (status, json.loads(text)["error"]["message"]),
               (501, "%s (GET %s) are not built in this emulator" % (what, path)))

        def record(payload, token=None, kind="record"):
            headers = {} if token is None else {"x_umami_cache": token}
            status, _, text = ask(e, "POST", "/api/record", {"type": kind, "payload": payload}, **headers)
            return status, json.loads(text)

        def says(message):
            return 400, {"error": {"message": message, "code": "bad-request", "status": 400}}

        send(e)
        for field in ("browser", "os", "device"):
            send(e, hit(**{field: "x" * 21}))
            ok("a %s that is too long is cut and flagged" % field, (shown(e)["Umami-Rule"], shown(e)["Umami-Verdict"]),
               ("too-long", "payload.%s is longer than 20 characters: Umami answers 500" % field))
        cache, body = send(e)["cache"], {"website": WEBSITE, "events": [{"type": 2, "timestamp": 1}]}
        ok("a recording without a token", record(body), says("Missing session token."))
        ok("with a bad one", record(body, "x.y.z"), says("Invalid session token."))
        ok("with one that has no visit", record(body, sign({"sessionId": WEBSITE})), says("Invalid session token."))
        ok("replay is off", record(body, cache), (200, {"ok": False, "reason": "replay_disabled"}))
        ok("of an unknown website", record({**body, "website": WEBSITE.replace("1", "7")}, cache), says("Website not found."))
        ok("without events", record({**body, "events": []}), (200, {"ok": True}))
        wrong = record({"events": 5, "timestamp": "x"}, cache, "event")
        ok("what is wrong is named", (wrong[0], wrong[1]["error"]["properties"]), (400, {
            "type": {"errors": ['Invalid input: expected "record"']},
            "payload": {"errors": [], "properties": {
                "website": {"errors": ["Invalid input: expected string, received undefined"]},
                "events": {"errors": ["Invalid input: expected array, received number"]},
                "timestamp": {"errors": ["Invalid input: expected number, received NaN"]}}}}))
        wrong = record({**body, "events": [0] * 201})
        ok("too many events", wrong[1]["error"]["properties"]["payload"]["properties"],
           {"events": {"errors": ["Too big: expected array to have <=200 items"]}})
        ok("no body", ask(e, "POST", "/api/record", b"")[0], 400)


# --- a bad day --------------------------------------------------------------------------------------------------------

def check_hostile(folder):
    """Nothing that a sender says brings it down."""
    path = os.path.join(folder, "places.mmdb")
    long = "x" * 6000
    headers = ["x-forwarded-for", "cf-ipcountry", "cf-region-code", "cf-ipcity", "x-umami-cache", "user-agent", "x-mine", "dnt"]
    values = [long, "%", "%ff%fe", "a.b.c", "." * 3000, "[::", "[]", "::ffff:", "1.2.3.4:", ",", "\xff\xfe", "203.0.113.1%eth0",
              "0", "-1", "\t \t"]
    bodies = [b"", b"{", b"[" * 5000, b'{"type":' * 60 + b"1" + b"}" * 60, b"\x00\xff" * 500, b'{"type":"event"}',
              json.dumps(hit(data={"a": [[[[[{}]]]]], "b" * 5000: "c" * 5000, "": {"": {"": None}}})).encode(),
              json.dumps(hit(url="//" + "@" * 5000, referrer="http://[::1", hostname="-", ip=long)).encode(),
              json.dumps(hit(timestamp=-9007199254740991)).encode(), json.dumps({"type": "record", "payload": long}).encode(),
              json.dumps(hit(id="\u0000\ud800" * 300, title="\ud800" * 300)).encode(), json.dumps([hit()] * 300).encode()]
    for dialect in ("v2", "v3"):
        with Emulator("--umami-dialect", dialect, "--geo-db", path,
                      env={"CLIENT_IP_HEADER": "x-mine", "IGNORE_IP": "192.0.2.0/24,::/128"}) as e:
            seen = set()
            for target in ("/api/send", "/api/batch", "/api/record", "/p/" + "%2e" * 500, "/q/\"><x>"):
                for body in bodies:
                    seen.add(ask(e, "POST", target, body)[0])
            for name in headers:
                for value in values:
                    seen.add(ask(e, "POST", "/api/send", hit(), **{name.replace("-", "_"): value.encode("latin-1")})[0])
            check("%s: garbage is answered" % dialect, seen <= {200, 400, 403, 404, 405, 413, 431, 500, 501}, seen)
            ok("%s: and it lives" % dialect, send(e, x_mine="203.0.113.1")["status"], 200)


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_places(folder)
        check_bad_places(folder)
        check_damaged_places(folder)
        check_variables()
        check_config()
        check_why()
        check_paths()
        check_hostile(folder)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
