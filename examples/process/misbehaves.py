#!/usr/bin/env -S python3 -I
"""A program that does what no plugin's program may, one thing at a time: for the tests that show that it harms nobody.

    misbehaves.py WHAT      WHAT is one of the functions below
"""
import json, os, signal, sys, threading, time

NORMAL = {"server_time": {"time": "2026-01-16T12:00:00Z"}, "start": {},
          "instruments": {"instruments": [{"symbol": "BTC/USD", "id": "BTCUSD", "base": "BTC", "quote": "USD",
                                           "status": "online", "tick": "0.1", "step": "0.0001"}]},
          "balances": {"balances": [{"currency": "USD", "total": "100", "held": "0"}]},
          "place": {"id": "O-1"}, "cancel": {"outcome": "cancelled"}}
ANYTHING = {"tickers": [], "orders": [], "fills": [], "candles": [], "maker": "0", "taker": "0", "bid": "1", "ask": "2"}
NORMAL["hello"] = {"protocol": 1, "plugin": {
    "name": "misbehaves", "title": "Misbehaves", "endpoint": "https://venue.invalid",
    "credentials": [{"name": "api_key", "format": "text", "doc": "A key."}], "capabilities": [],
    "candle_seconds": [60, 300], "candle_limit": 100, "client_id": {"as": "hex", "unique": "open"},
    "needed_permissions": [], "order_lifetime_ms": 15000, "visible_within_ms": 5000, "stand_in": "kraken"}}


def raw(data):
    try:
        while data:
            data = data[os.write(1, data):]
    except BrokenPipeError:
        os._exit(1)


def say(line):
    raw(json.dumps(line).encode() + b"\n")


def ask(call, number, http):
    say({"id": call["id"], "ask": number, "http": http})
    while True:
        answer = json.loads(sys.stdin.readline())
        if answer.get("id") == call["id"] and answer.get("answer") == number:
            return answer


def result(call, value):
    say({"id": call["id"], "result": value})


def sleep_for_ever(*_):
    while True:
        time.sleep(3600)


# ---- What may go wrong in a call: each is given the call, and answers it or not. ----

hangs = sleep_for_ever


def dies(call):
    os._exit(3)


def is_killed(call):
    os.kill(os.getpid(), signal.SIGSEGV)


def answers_twice(call):
    result(call, NORMAL[call["call"]])
    result(call, NORMAL[call["call"]])


def answers_a_stranger(call):
    say({"id": 4711, "result": {}})


def answers_with_wrong_types(call):
    result(call, {"balances": [{"currency": "USD", "total": 100.5, "held": 0}], "id": 7, "time": 12, "outcome": None})


def answers_with_nothing(call):
    say({"id": call["id"]})


def answers_with_an_error_of_its_own(call):
    say({"id": call["id"], "error": {"class": "i_feel_bad", "scope": "order", "message": "no"}})


def writes_no_json(call):
    raw(b"hello, world\n")


def writes_no_utf8(call):
    raw(b'{"id":%d,"result":"\xff\xfe"}\n' % call["id"])


def writes_a_huge_line(call):
    raw(b'{"id":%d,"result":"' % call["id"])
    while True:
        raw(b"x" * 65536)


def floods_its_output(call):
    while True:
        raw(b'{"id":1,"result":{}}\n' * 1000)


def asks_for_ever(call):
    asks = 0
    while True:
        asks += 1
        say({"id": call["id"], "ask": asks, "http": {"method": "GET", "path": "/"}})


def asks_again_and_again(call):
    asks = 0
    while True:  # each time it waits for what it asked for, so that it never owes a word for long
        asks += 1
        ask(call, asks, {"method": "GET", "path": "/"})


def sends_an_order_twice_by_get(call):
    ask(call, 1, {"method": "GET", "path": "/book", "effect": "safe"})
    answers = [ask(call, number, {"method": "GET", "path": "/order"}) for number in (2, 3)]
    ask(call, 4, {"method": "GET", "path": "/book", "effect": "safe"})
    result(call, {"id": "twice" if "http" in answers[1] else "once"})


def says_that_an_order_is_safe(call):
    ask(call, 1, {"method": "POST", "path": "/order", "effect": "safe"})
    result(call, {"id": "O-1"})


def floods_its_log(call):
    threading.Thread(target=flood_log, daemon=True).start()
    sleep_for_ever()


def flood_log():
    while True:
        os.write(2, b"something is wrong, something is wrong, something is wrong\n" * 100)


def logs_its_secrets(call):
    os.write(2, b"my key is %s, and so on\n" % SECRET)
    result(call, NORMAL[call["call"]])


def says_its_secrets(call):
    say({"id": call["id"], "error": {"class": "invalid_request", "scope": "order", "may_have_executed": False,
                                     "message": "bad key " + SECRET.decode(), "venue_text": SECRET.decode()}})


def leaves_a_child_that_holds_its_pipes(call):
    if os.fork() == 0:
        sleep_for_ever()
    os._exit(0)


def closes_its_output(call):
    os.close(1)
    sleep_for_ever()


# ---- What may go wrong before. ----

def exits_at_once():
    os._exit(1)


def says_hello_wrongly(call):
    result(call, {"protocol": 1, "plugin": {"name": "Not A Name"}, "operations": "all"})


def speaks_another_protocol(call):
    result(call, {"protocol": 99, "plugin": {}})


def declares_something_else(call):
    if "operations" in NORMAL["hello"]:
        return result(call, {"protocol": 1, "operations": NORMAL["hello"]["operations"] + ["fees"]})
    result(call, {"protocol": 1, "plugin": {**NORMAL["hello"]["plugin"], "title": "Somebody else"}})


def says_no_hello(call):
    sleep_for_ever()


def reads_nothing():
    sleep_for_ever()


def ignores_its_end():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


AT_HELLO = {says_hello_wrongly, speaks_another_protocol, declares_something_else, says_no_hello}
SECRET = b"none"


def main():
    global SECRET
    what = globals().get(sys.argv[1]) if len(sys.argv) > 1 else None
    if what in (exits_at_once, reads_nothing, ignores_its_end):
        what()
    for text in sys.stdin:
        call = json.loads(text)
        if "call" not in call:
            continue
        if operations := call["arguments"].get("operations"):  # a descriptor's, instead of a whole brokerage
            NORMAL["hello"] = {"protocol": 1, "operations": operations}
        if call["call"] == "start":
            SECRET = call["arguments"]["credentials"].get("api_key", "none").encode()
        misbehaves = what in AT_HELLO if call["call"] == "hello" else call["call"] in ("balances", "place", "cancel")
        if what and misbehaves and what not in (exits_at_once, reads_nothing, ignores_its_end) and (
                call["call"] == "hello") == (what in AT_HELLO):
            what(call)
        else:
            result(call, NORMAL.get(call["call"], ANYTHING))
    if what is ignores_its_end:
        sleep_for_ever()


main()
