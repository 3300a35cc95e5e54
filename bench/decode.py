"""A peer of `make bench`: `decode.py PARSER KIND FILE COUNT`, decoding in a process that does nothing else.

Prints seconds, peak KiB before the first document, peak KiB at the end, and a sum that proves the work.
"""

import decimal
import sys
import time

exact = decimal.Decimal


def pairs(loads, body):
    total = 0
    for name, pair in loads(body)["result"].items():
        if pair.get("wsname") is None:
            continue
        market = (name, pair["wsname"], pair["altname"], pair["base"], pair["quote"], pair["status"],
                  exact(pair["tick_size"]), pair["lot_decimals"], exact(pair["ordermin"]), exact(pair["costmin"]))
        total += len(market[0])
    return total


def candles(loads, body):
    rows = next(rows for name, rows in loads(body)["result"].items() if name != "last")
    made = [(row[0], exact(row[1]), exact(row[2]), exact(row[3]), exact(row[4]), exact(row[6])) for row in rows[:-1]]
    return len(made)


def products(loads, body):
    total = 0
    for product in loads(body)["products"]:
        market = (product["product_id"], product["base_currency_id"], product["quote_currency_id"], product["status"],
                  *[exact(product[name]) for name in (
                      "price_increment", "base_increment", "base_min_size", "base_max_size", "quote_min_size",
                      "quote_max_size")],
                  *[product[name] for name in (
                      "is_disabled", "trading_disabled", "cancel_only", "post_only", "limit_only", "view_only",
                      "auction_mode")])
        total += len(market[0])
    return total


def coinbase_candles(loads, body):
    made = [(int(row["start"]), *[exact(row[name]) for name in ("open", "high", "low", "close", "volume")])
            for row in loads(body)["candles"]]
    return len(made)


READ = {"kraken-pairs": pairs, "kraken-candles": candles, "coinbase-products": products,
        "coinbase-candles": coinbase_candles}


def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def main(parser, kind, file, count):
    loads = __import__(parser).loads
    with open(file, "rb") as document:
        body = document.read()
    read, before, total = READ[kind], peak(), 0
    start = time.perf_counter()
    for _ in range(int(count)):
        total += read(loads, body)
    print(time.perf_counter() - start, before, peak(), total)


main(*sys.argv[1:])
