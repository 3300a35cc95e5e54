#!/usr/bin/env -S python3 -I
"""Kraken as a program: what docs/process-plugins.md asks of one, with the standard library alone.

It signs and reads. Sending, limits, numbers in their order and every safety of orders are the host's.
"""
import base64, hashlib, hmac, sys, threading, urllib.parse
import json
from datetime import datetime, timezone
from decimal import Decimal

# ---- The protocol: JSON lines. The same for every brokerage; copy it as it is. ----

WRITING = threading.Lock()
WAITING = {}  # (call, ask): [event, answer]


def say(line):
    with WRITING:
        sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
        sys.stdout.flush()


class Refused(Exception):
    """An error as data: its class decides what the host does next."""

    def __init__(self, kind, scope, message, retry=None, doubt=False, venue=None):
        self.data = {"class": kind, "scope": scope, "message": message, "may_have_executed": doubt}
        if retry is not None:
            self.data["retry_after_ms"] = retry
        if venue is not None:
            self.data["venue_text"] = venue


class Call:
    """One call of the host, in a thread of its own, so that a cancel never waits behind a question."""

    def __init__(self, line):
        self.id, self.name, self.arguments, self.asks = line["id"], line["call"], line["arguments"], 0

    def ask(self, **what):
        self.asks += 1
        slot = WAITING[(self.id, self.asks)] = [threading.Event(), None]
        say({"id": self.id, "ask": self.asks, **what})
        slot[0].wait()
        del WAITING[(self.id, self.asks)]
        if failure := slot[1].get("failure"):
            raise Refused(failure["class"], failure["scope"], failure["message"], failure["retry_after_ms"],
                          failure["may_have_arrived"])
        return slot[1]

    def run(self):
        try:
            say({"id": self.id, "result": OPERATIONS[self.name](self, self.arguments)})
        except Refused as refused:
            say({"id": self.id, "error": refused.data})
        except Exception as error:  # an answer that is not what the venue documents
            text = f"{type(error).__name__}: {error}"
            say({"id": self.id, "error": Refused("malformed_answer", "broker", text, 10_000, doubt=True).data})


def main():
    for text in sys.stdin:
        line = json.loads(text)
        if "call" in line:
            threading.Thread(target=Call(line).run, daemon=True).start()
        elif "answer" in line and (slot := WAITING.get((line["id"], line["answer"]))):
            slot[1] = line
            slot[0].set()


# ---- Kraken ----

CANDLES = [1, 5, 15, 30, 60, 240, 1440, 10080, 21600]  # minutes
NEEDED = ["query-funds", "query-open-trades", "query-closed-trades", "modify-trades", "close-trades"]
MOVING = ["withdraw-funds", "add-withdraw-address", "update-withdraw-address", "add-funds", "earn-funds"]


def limits(tier):
    """Kraken's counter of a key, which empties evenly; and that of the address, for public calls."""
    most, seconds = {"starter": (15, 45), "intermediate": (20, 40), "pro": (20, 20)}[tier]
    return [{"name": "rest", "most": most, "per_ms": 1000 * seconds, "reserve": 4},
            {"name": "address", "most": 15, "per_ms": 15_000}]


DECLARATION = {
    "name": "kraken_py", "title": "Kraken (Python example)", "endpoint": "https://api.kraken.com",
    "credentials": [
        {"name": "api_key", "format": "text", "doc": "The API key, made at Kraken under Settings, API."},
        {"name": "api_secret", "format": "base64", "doc": "The private key shown once when the API key is made."}],
    "options": [{"name": "tier", "type": "choice", "choices": ["starter", "intermediate", "pro"], "default": "starter",
                 "doc": "The account's verification tier, which sets how many calls the key may make."}],
    "capabilities": [
        "order_by_client_id", "order_deadline", "quotes_in_tickers", "permissions", "post_only", "fill_or_kill",
        "good_till_date", "market_orders", "quote_amounts", "stop_loss_limit", "stop_loss_market",
        "take_profit_limit", "take_profit_market", "cancel_by_client_id", "cancel_all"],
    "candle_seconds": [60 * minutes for minutes in CANDLES], "candle_limit": 719,
    "client_id": {"as": "hex", "unique": "open"}, "needed_permissions": NEEDED,
    "order_lifetime_ms": 15_000, "visible_within_ms": 5_000, "stand_in": "kraken",
    "limits": limits("starter"),
}

# The venue's words: class, scope, wait before the next try (ms), and whether it may have been carried out.
ERRORS = [
    ("EAPI:Invalid key", "invalid_key", "account", None, False),
    ("EAPI:Invalid signature", "invalid_signature", "account", None, False),
    ("EAPI:Invalid nonce", "invalid_nonce", "account", 1_000, False),
    ("EAPI:Rate limit exceeded", "rate_limited", "account", 10_000, False),
    ("EGeneral:Too many requests", "rate_limited", "account", 10_000, False),
    ("EService:Throttled", "rate_limited", "account", 5_000, False),
    ("EGeneral:Temporary lockout", "locked_out", "account", 900_000, False),
    ("EGeneral:Permission denied", "permission_denied", "account", None, False),
    ("EGeneral:Invalid arguments:cl_ord_id not unique", "duplicate_order", "order", None, True),
    ("EGeneral:Invalid arguments:volume minimum not met", "below_minimum", "order", None, False),
    ("EGeneral:Invalid arguments:volume", "invalid_amount", "order", None, False),
    ("EGeneral:Invalid arguments:price", "invalid_amount", "order", None, False),
    ("EGeneral:Invalid arguments", "invalid_request", "order", None, False),
    ("EQuery:Unknown asset pair", "instrument_unavailable", "instrument", None, False),
    ("EOrder:Insufficient funds", "insufficient_funds", "order", None, False),
    ("EOrder:Order minimum not met", "below_minimum", "order", None, False),
    ("EOrder:Cost minimum not met", "below_minimum", "order", None, False),
    ("EOrder:Tick size check failed", "invalid_amount", "order", None, False),
    ("EOrder:Invalid price", "invalid_amount", "order", None, False),
    ("EOrder:Post only order", "order_rejected", "order", None, False),
    ("EOrder:Rate limit exceeded", "rate_limited", "instrument", 15_000, False),
    ("EOrder:Unknown order", "unknown_order", "order", None, False),
    ("EOrder:Invalid order", "unknown_order", "order", None, False),
    ("EOrder:Cancel pending", "order_rejected", "order", 2_000, True),
    ("EService:Market in", "instrument_unavailable", "instrument", 60_000, False),
    ("EService:Deadline elapsed", "deadline_elapsed", "order", None, True),
    ("EService:", "venue_unavailable", "broker", 5_000, True),
    ("EGeneral:Internal error", "venue_unavailable", "broker", 5_000, True),
]


def refusal(text):
    plain = ":".join(part.strip() for part in text.split(":"))
    for words, kind, scope, retry, doubt in ERRORS:
        if plain.lower().startswith(words.lower()):
            return Refused(kind, scope, words, retry, doubt, text)
    return Refused("unknown", "order", "an error that is not in the table", 30_000, True, text)


def opened(answer):
    """Kraken's envelope."""
    http = answer["http"]
    if http["status"] in (403, 429):
        wait = min(max(int(http["headers"].get("retry-after", 60)), 60), 3600)
        raise Refused("rate_limited", "broker", f"blocked before Kraken, HTTP {http['status']}", 1000 * wait)
    if http["status"] != 200:
        raise Refused("venue_unavailable", "broker", f"HTTP {http['status']}", 5_000, doubt=True)
    body = json.loads(http["body"], parse_float=Decimal)
    if errors := [text for text in body["error"] if not text.startswith("W")]:
        raise refusal(errors[0])
    return body["result"]


WHOLE = {"brokerage": True}  # or single operations of a descriptor, which says itself what a request costs


def costs(**counters):
    return counters if WHOLE["brokerage"] else {}


def public(call, method, **query):
    path = f"/0/public/{method}" + ("?" + urllib.parse.urlencode(query) if query else "")
    return opened(call.ask(http={"method": "GET", "path": path, "timeout_ms": 20_000, "cost": costs(address=1)}))


def private(call, method, cost=1, **form):
    nonce = call.ask(nonce={"cost": costs(rest=cost)})["nonce"]["value"]
    path, body = f"/0/private/{method}", urllib.parse.urlencode({"nonce": nonce, **form})
    digest = hashlib.sha256((nonce + body).encode()).digest()
    sign = base64.b64encode(hmac.new(KEY["secret"], path.encode() + digest, hashlib.sha512).digest()).decode()
    headers = {"API-Key": KEY["key"], "API-Sign": sign,
               "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return opened(call.ask(http={"method": "POST", "path": path, "headers": headers, "body": body}))


def question(call, method, cost=1, **form):
    """Only asks: a number that an overtaking cancel made stale is tried once more."""
    try:
        return private(call, method, cost, **form)
    except Refused as refused:
        if refused.data["class"] != "invalid_nonce":
            raise
        return private(call, method, cost, **form)


def pages(call, method, key, cost=1, **form):
    """All rows of a list that comes in pages; begun anew when rows left it meanwhile."""
    for _ in range(3):
        rows, offset, most = {}, 0, 0
        while True:
            page = question(call, method, cost, **form, **({"ofs": offset} if offset else {}))
            if page["count"] < most:
                break
            most, offset = page["count"], offset + len(page[key])
            if not page[key] and offset < most:
                raise ValueError(f"rows of {key} are missing")
            rows.update((id, row) for id, row in page[key].items() if id not in rows)
            if offset >= most:
                return rows
    raise ValueError(f"{key} lost rows each time it was read")


# ---- Answers ----

def time(seconds):
    whole, _, fraction = str(seconds).partition(".")
    return datetime.fromtimestamp(int(whole), timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + (fraction or "0")[:9] + "Z"


def after(text):
    """Exclusive and in whole seconds: the second before."""
    return int(datetime.fromisoformat(text[:19] + "+00:00").timestamp()) - 1


def cut(text):
    """To milliseconds: earlier than asked is safe, later is not."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return f"{whole}.{(fraction + '000')[:3]}Z"


def text(value):
    """What must be text: an answer with something else in its place is not the venue's to be handed on."""
    if not isinstance(value, str) or not value:
        raise ValueError("text is missing")
    return value


def usual(name):
    return {"XBT": "BTC", "XDG": "DOGE"}.get(name, name)


def only(rows):
    [row] = [row for key, row in rows.items() if key != "last"]
    return row


def instruments(call, _):
    names = {id: usual(asset["altname"]) for id, asset in public(call, "Assets").items()}
    markets = []
    for id, pair in public(call, "AssetPairs").items():
        if "wsname" not in pair:
            continue
        status = pair.get("status", "online")
        markets.append({
            "symbol": f"{names[pair['base']]}/{names[pair['quote']]}", "id": id,
            "aliases": [pair["altname"], pair["wsname"]], "base": pair["base"], "quote": pair["quote"],
            "status": status if status in ("online", "cancel_only", "post_only", "limit_only", "reduce_only") else "offline",
            "tick": pair.get("tick_size") or f"1e-{pair['pair_decimals']}", "step": f"1e-{pair['lot_decimals']}",
            "minimum_quantity": pair.get("ordermin"), "minimum_cost": pair.get("costmin")})
    return {"instruments": markets}


def ticker(market, row):
    bid, ask = row["b"][0], row["a"][0]
    return {"market": market, "last": row["c"][0], "volume_24h": row["v"][1],
            "bid": bid if Decimal(bid) > 0 else None, "ask": ask if Decimal(ask) > 0 else None}


def tickers(call, _):
    return {"tickers": [ticker(market, row) for market, row in public(call, "Ticker").items()]}


def quote(call, given):
    return ticker(given["market"], only(public(call, "Ticker", pair=given["market"])))


def book(call, given):
    row = only(public(call, "Depth", pair=given["market"], count=min(given["depth"], 500)))
    return {side: [{"price": level[0], "quantity": level[1]} for level in row[side]] for side in ("bids", "asks")}


def candles(call, given):
    since = after(given["now"]) - given["interval_seconds"] * (given["limit"] + 2)
    rows = only(public(call, "OHLC", pair=given["market"], interval=given["interval_seconds"] // 60, since=max(0, since)))
    names = ("open", "high", "low", "close")
    return {"candles": [{"start": time(row[0]), **dict(zip(names, row[1:5])), "volume": row[6]} for row in rows[:-1]]}


def permissions(call, _):
    held = question(call, "GetApiKeyInfo")
    names = set(held["permissions"])
    return {"can_query": names.issuperset(NEEDED[:3]), "can_trade": names.issuperset(NEEDED[3:]),
            "can_withdraw": bool(names & set(MOVING)), "withdrawing": [name for name in MOVING if name in names],
            "missing": [name for name in NEEDED if name not in names], "account": held.get("iban") or None}


def balances(call, _):
    rows = []
    for asset, row in question(call, "BalanceEx").items():
        total = Decimal(row["balance"]) + Decimal(row.get("credit", 0)) - Decimal(row.get("credit_used", 0))
        held, (name, _, suffix) = Decimal(row["hold_trade"]), asset.partition(".")
        if suffix and suffix != "F":  # staked, bonded, …: not spendable, and not the plain asset
            name, held = asset, total
        rows.append({"currency": usual(name), "total": f"{total:f}", "held": f"{held:f}"})
    return {"balances": rows}


def fees(call, given):
    rates = question(call, "TradeVolume", pair=given["market"])
    share = lambda rows: f"{Decimal(only(rows)['fee']) / 100:f}"
    return {"taker": share(rates["fees"]), "maker": share(rates.get("fees_maker") or rates["fees"])}


STATUS = {"pending": "pending", "open": "open", "closed": "filled", "canceled": "cancelled", "expired": "expired"}
WAITS = {"GTC": "good_till_cancelled", "IOC": "immediate_or_cancel", "FOK": "fill_or_kill"}
KINDS = {"limit": "limit", "market": "market", "stop-loss": "stop_loss", "stop-loss-limit": "stop_loss",
         "take-profit": "take_profit", "take-profit-limit": "take_profit"}


def order(id, row):
    described, flags, filled = row["descr"], row.get("oflags", "").split(","), Decimal(row["vol_exec"])
    kind, status = described["ordertype"], STATUS.get(row["status"], "unknown")
    if status == "cancelled" and filled == 0 and (row.get("reason") or "").lower() == "post only order":
        status = "rejected"
    price = lambda key: described[key] if Decimal(described[key]) > 0 else None
    limit, trigger = (price("price"), None) if kind == "limit" else (price("price2"), price("price"))
    ends = Decimal(row.get("expiretm") or 0) > 0
    in_money = "viqc" in flags
    return {
        "id": id, "client_id": row.get("cl_ord_id"), "market": described["pair"], "side": described["type"],
        "status": status, "filled": row["vol_exec"], "kind": KINDS.get(kind), "limit": limit, "trigger": trigger,
        "quantity": None if in_money else row["vol"], "notional": row["vol"] if in_money else None,
        "average_price": row["price"] if filled > 0 else None, "fees": row["fee"], "cost": row["cost"],
        "created_at": time(row["opentm"]), "reason": row.get("reason"), "post_only": "post" in flags,
        "time_in_force": "good_till_date" if ends else WAITS.get(row.get("timeinforce")),
        "expires_at": time(row["expiretm"]) if ends else None}


def orders(rows):
    return {"orders": [order(id, row) for id, row in rows.items()]}


def open_orders(call, _):
    return orders(question(call, "OpenOrders")["open"])


def closed_orders(call, given):
    return orders(pages(call, "ClosedOrders", "closed", start=after(given["since"])))


def order_by_id(call, given):
    try:
        return orders(question(call, "QueryOrders", txid=given["id"]))
    except Refused as refused:
        if refused.data["class"] == "unknown_order":  # it answered, and knows none
            return {"orders": []}
        raise


def order_by_client_id(call, given):
    """Open ones first: an order that ends in between is among the closed."""
    name = given["client_id"]
    found = dict(question(call, "OpenOrders", cl_ord_id=name)["open"])
    found.update(pages(call, "ClosedOrders", "closed", cl_ord_id=name, start=after(given["since"])))
    return orders(found)


def fill(id, row):
    return {"id": id, "order": row["ordertxid"], "market": row["pair"], "side": row["type"], "price": row["price"],
            "quantity": row["vol"], "fee": row["fee"], "time": time(row["time"]),  # fees are in the quote currency: every order asks for that
            "is_maker": row.get("maker"), "kind": "other" if row.get("posstatus") else "trade"}


def trades(call, start):
    return {"fills": [fill(id, row) for id, row in pages(call, "TradesHistory", "trades", 4, start=start).items()]}


def fills(call, given):
    return trades(call, after(given["since"]))


def fills_of_order(call, given):
    found = order_by_id(call, given)["orders"]
    if not found or Decimal(found[0]["filled"]) == 0:
        return {"fills": []}
    return trades(call, after(found[0]["created_at"]))


# ---- Orders ----

def place(call, given):
    kind = {"limit": "limit", "market": "market", "stop_loss": "stop-loss", "take_profit": "take-profit"}[given["kind"]]
    form = {"pair": given["market"], "type": given["side"], "volume": given.get("quantity") or given["notional"]}
    flags = ["fciq"] + ["post"] * given["post_only"] + ["viqc"] * ("notional" in given)
    if given["kind"] == "limit":
        form["price"] = given["limit"]
    if given["trigger"]:
        kind += "-limit" if given["limit"] else ""
        form |= {"price": given["trigger"], "trigger": "last"} | ({"price2": given["limit"]} if given["limit"] else {})
    if given["kind"] != "market":
        form |= {"immediate_or_cancel": {"timeinforce": "IOC"}, "fill_or_kill": {"timeinforce": "FOK"},
                 "good_till_date": {"timeinforce": "GTD", "expiretm": after(given.get("expires_at") or "1970-01-02T00:00:00Z") + 1},
                 "good_till_cancelled": {}}[given["time_in_force"]]
    taken = private(call, "AddOrder", 0, ordertype=kind, **form, oflags=",".join(flags),
                    cl_ord_id=given["client_id"], deadline=cut(given["deadline"]))
    return {"id": text(taken["txid"][0])}


def cancelled(call, **name):
    taken = private(call, "CancelOrder", 0, **name)
    if taken.get("pending"):
        return {"outcome": "pending"}
    if taken["count"] == 0:
        raise Refused("unknown_order", "order", "Kraken cancelled no order")
    return {"outcome": "cancelled"}


KEY = {}


def hello(_, given):
    if "operations" in given:  # those that a descriptor gives to this program: what it says of itself, it says there
        WHOLE["brokerage"] = False
        return {"protocol": 1, "operations": sorted(OPERATIONS.keys() - {"hello", "start"}), "stand_in": "kraken"}
    return {"protocol": 1, "plugin": DECLARATION}


def start(_, given):
    if secrets := given["credentials"]:
        KEY.update(key=secrets["api_key"], secret=base64.b64decode(secrets["api_secret"]))
    return {"limits": limits(given["options"].get("tier", "starter"))} if WHOLE["brokerage"] else {}


OPERATIONS = {
    "hello": hello, "start": start,
    "server_time": lambda call, given: {"time": time(public(call, "Time")["unixtime"])},
    "instruments": instruments, "tickers": tickers, "ticker": quote, "order_book": book, "candles": candles,
    "permissions": permissions, "balances": balances, "fees": fees, "open_orders": open_orders,
    "closed_orders": closed_orders, "order": order_by_id, "order_by_client_id": order_by_client_id, "fills": fills,
    "fills_of_order": fills_of_order, "place": place,
    "cancel": lambda call, given: cancelled(call, txid=given["id"]),
    "cancel_by_client_id": lambda call, given: cancelled(call, cl_ord_id=given["client_id"]),
    "cancel_all": lambda call, given: {"count": private(call, "CancelAll")["count"]},
}

if __name__ == "__main__":
    main()
