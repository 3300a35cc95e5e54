#!/usr/bin/env -S python3 -I
"""Two operations of a descriptor: balances and place of brokers/binance.yaml, with the standard library alone.

All else is the descriptor's, or the host's: what a request costs, when it leaves, and every safety of orders.
"""
import hashlib, hmac, json, sys, threading, urllib.parse
from datetime import datetime, timezone
from decimal import Decimal

WRITING = threading.Lock()
WAITING = {}  # (call, ask): [event, answer]


def say(line):
    with WRITING:
        sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
        sys.stdout.flush()


class Refused(Exception):
    def __init__(self, kind, scope, message, retry=None, doubt=False, venue=None):
        self.data = {"class": kind, "scope": scope, "message": message, "retry_after_ms": retry,
                     "may_have_executed": doubt, "venue_text": venue}


class Call:
    """One call of the host, in a thread of its own."""

    def __init__(self, line):
        self.id, self.name, self.arguments, self.now = line["id"], line["call"], line["arguments"], line["now"]

    def http(self, **what):
        slot = WAITING[(self.id, 1)] = [threading.Event(), None]
        say({"id": self.id, "ask": 1, "http": what})
        slot[0].wait()
        del WAITING[(self.id, 1)]
        if failure := slot[1].get("failure"):
            raise Refused(failure["class"], failure["scope"], failure["message"], failure["retry_after_ms"],
                          failure["may_have_arrived"])
        return slot[1]["http"]

    def run(self):
        try:
            say({"id": self.id, "result": OPERATIONS[self.name](self, self.arguments)})
        except Refused as refused:
            say({"id": self.id, "error": refused.data})
        except Exception as error:  # an answer that is not what the venue documents
            text = f"{type(error).__name__}: {error}"
            say({"id": self.id, "error": Refused("malformed_answer", "broker", text, 10_000, doubt=True).data})


# ---- Binance: its codes, in the order in which they count; class, scope, wait (ms), whether it may have happened ----

ERRORS = [
    (-1006, "", "venue_unavailable", "broker", 5_000, True), (-1007, "", "venue_unavailable", "broker", 5_000, True),
    (-1008, "", "venue_unavailable", "broker", 5_000, False), (-1003, "", "rate_limited", "account", 60_000, False),
    (-1015, "", "rate_limited", "account", 10_000, False), (-1021, "", "invalid_nonce", "account", 5_000, False),
    (-1022, "", "invalid_signature", "account", None, False), (-2014, "", "invalid_key", "account", None, False),
    (-2015, "", "invalid_key", "account", None, False), (-1002, "", "permission_denied", "account", None, False),
    (-1121, "", "instrument_unavailable", "instrument", None, False),
    (-1013, "NOTIONAL", "below_minimum", "order", None, False), (-1013, "", "invalid_amount", "order", None, False),
    (-1111, "", "invalid_amount", "order", None, False),
    (-2010, "insufficient balance", "insufficient_funds", "order", None, False),
    (-2010, "Duplicate order sent", "duplicate_order", "order", None, True),
    (-2010, "Market is closed", "instrument_unavailable", "instrument", 60_000, False),
    (-2010, "This symbol is", "instrument_unavailable", "instrument", None, False),
    (-2010, "", "order_rejected", "order", None, False),
]
STATUSES = {418: ("locked_out", "broker", 120_000), 429: ("rate_limited", "account", 60_000),
            403: ("rate_limited", "broker", 60_000)}


def opened(http):
    status, text = http["status"], http.get("body", "")
    if status in STATUSES:
        kind, scope, wait = STATUSES[status]
        raise Refused(kind, scope, f"HTTP {status}", 1000 * int(http["headers"].get("retry-after", wait // 1000)), venue=text)
    try:
        body = json.loads(text, parse_float=Decimal)
    except ValueError:
        body = {}
        if status == 200:
            raise
    code, words = int(body.get("code", 0)), str(body.get("msg", ""))
    for known, part, kind, scope, wait, doubt in ERRORS:
        if code == known and part in words:
            raise Refused(kind, scope, f"error {code}", wait, doubt, words)
    if -1200 < code <= -1100:
        raise Refused("invalid_request", "order", f"error {code}", venue=words)
    if status >= 500:
        raise Refused("venue_unavailable", "broker", f"HTTP {status}", 5_000, doubt=True, venue=text)
    if status != 200 or code < 0:
        raise Refused("unknown", "order", f"HTTP {status}, error {code}", doubt=True, venue=text)
    return body


def milliseconds(text):
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=timezone.utc).timestamp())
    return 1000 * seconds + int((fraction + "000")[:3])


def signed(call, method, path, **parameters):
    text = urllib.parse.urlencode({"timestamp": milliseconds(call.now), **parameters, "recvWindow": 10_000})
    text += "&signature=" + hmac.new(KEY["api_secret"].encode(), text.encode(), hashlib.sha256).hexdigest()
    headers = {"X-MBX-APIKEY": KEY["api_key"]}
    if method == "GET":
        return opened(call.http(method=method, path=f"{path}?{text}", headers=headers))
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return opened(call.http(method=method, path=path, headers=headers, body=text))


def balances(call, _):
    rows = signed(call, "GET", "/api/v3/account")["balances"]
    total = lambda row: f"{Decimal(row['free']) + Decimal(row['locked']):f}"
    return {"balances": [{"currency": row["asset"], "total": total(row), "held": row["locked"]} for row in rows]}


def place(call, given):
    kind, tif = given["kind"], {"immediate_or_cancel": "IOC", "fill_or_kill": "FOK"}.get(given["time_in_force"], "GTC")
    words = {"stop_loss": "STOP_LOSS", "take_profit": "TAKE_PROFIT", "limit": "LIMIT", "market": "MARKET"}
    order = {"symbol": given["market"], "side": given["side"].upper(), "newClientOrderId": given["client_id"],
             "newOrderRespType": "FULL", "type": words[kind]}
    order |= {"quantity": given["quantity"]} if given.get("quantity") else {"quoteOrderQty": given["notional"]}
    if given["trigger"]:
        order["stopPrice"] = given["trigger"]
    if given["limit"]:
        order["type"] += "_LIMIT" if given["trigger"] else "_MAKER" if given["post_only"] else ""
        order |= {"price": given["limit"]} | ({} if given["post_only"] else {"timeInForce": tif})
    taken = signed(call, "POST", "/api/v3/order", **order)["orderId"]
    if not isinstance(taken, (int, str)) or not taken:
        raise ValueError("orderId is no name of an order")
    return {"id": str(taken)}


KEY = {}


def start(_, given):
    KEY.update(given["credentials"])
    return {}


OPERATIONS = {"hello": lambda call, given: {"protocol": 1, "operations": ["balances", "place"]}, "start": start,
              "balances": balances, "place": place}


def main():
    for text in sys.stdin:
        line = json.loads(text)
        if "call" in line:
            threading.Thread(target=Call(line).run, daemon=True).start()
        elif "answer" in line and (slot := WAITING.get((line["id"], line["answer"]))):
            slot[1] = line
            slot[0].set()


main()
