"""Answers of the venues' public calls, made up in their shapes: as many markets, rows and digits as real ones have."""

import json
import random

QUOTES = ["USD", "EUR", "XBT", "USDT", "GBP", "USDC"]


def decimal(number, low=1e-4, high=1e5, places=None):
    value = 10 ** number.uniform(-4, 5) if places is None else number.uniform(low, high)
    return f"{value:.{places if places is not None else number.choice([1, 2, 5, 6, 8])}f}"


def kraken(result):
    return json.dumps({"error": [], "result": result}, separators=(",", ":")).encode()


def kraken_pairs(count=1100, seed=1):
    number = random.Random(seed)
    pairs = {}
    for index in range(count):
        base, quote = f"A{index // len(QUOTES):03}", QUOTES[index % len(QUOTES)]
        tiers = [0, 10000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000]
        pairs[f"{base}{quote}"] = {
            "altname": f"{base}{quote}", "wsname": f"{base}/{quote}", "aclass_base": "currency", "base": base,
            "aclass_quote": "currency", "quote": quote, "lot": "unit", "cost_decimals": 5,
            "pair_decimals": number.randint(1, 8), "lot_decimals": 8, "lot_multiplier": 1,
            "leverage_buy": [2, 3] if index % 5 == 0 else [], "leverage_sell": [2, 3] if index % 5 == 0 else [],
            "fees": [[tier, round(0.4 - 0.03 * step, 2)] for step, tier in enumerate(tiers)],
            "fees_maker": [[tier, round(0.25 - 0.025 * step, 3)] for step, tier in enumerate(tiers)],
            "fee_volume_currency": "ZUSD", "margin_call": 80, "margin_stop": 40,
            "ordermin": decimal(number), "costmin": "0.5", "tick_size": f"{10 ** -number.randint(1, 8):.8f}",
            "status": "online", "execution_venue": "international"}
    return kraken(pairs)


def kraken_candles(rows=720, seed=1):
    number = random.Random(seed)
    start, price = 1_700_000_000, number.uniform(1, 60000)
    candles = []
    for row in range(rows):
        price *= number.uniform(0.995, 1.005)
        prices = [f"{price * number.uniform(0.999, 1.001):.5f}" for _ in range(5)]
        candles.append([start + 300 * row, *prices, f"{number.uniform(0, 500):.8f}", number.randint(0, 2000)])
    return kraken({"A000USD": candles, "last": start + 300 * (rows - 2)})


def coinbase_products(count=800, seed=1):
    number = random.Random(seed)
    products = []
    for index in range(count):
        base, quote = f"A{index // 3:03}", ["USD", "EUR", "USDC"][index % 3]
        products.append({
            "product_id": f"{base}-{quote}", "price": decimal(number), "price_percentage_change_24h": "1.25",
            "volume_24h": decimal(number), "volume_percentage_change_24h": "-3.5", "base_increment": "0.00000001",
            "quote_increment": "0.01", "quote_min_size": "1", "quote_max_size": "150000000",
            "base_min_size": "0.00000001", "base_max_size": "3400", "base_name": f"Asset {index}",
            "quote_name": "US Dollar", "watched": False, "is_disabled": False, "new": False, "status": "online",
            "cancel_only": False, "limit_only": False, "post_only": False, "trading_disabled": False,
            "auction_mode": False, "product_type": "SPOT", "quote_currency_id": quote, "base_currency_id": base,
            "fcm_trading_session_details": None, "mid_market_price": "", "alias": "", "alias_to": [f"{base}-USDC"],
            "base_display_symbol": base, "quote_display_symbol": quote, "view_only": False,
            "price_increment": "0.01", "display_name": f"{base}-{quote}", "product_venue": "CBE",
            "approximate_quote_24h_volume": decimal(number)})
    return json.dumps({"products": products, "num_products": count}, separators=(",", ":")).encode()


def coinbase_candles(rows=350, seed=1):
    number = random.Random(seed)
    start, price = 1_700_000_000 - 1_700_000_000 % 300, number.uniform(1, 60000)
    candles = []
    for row in range(rows):
        price *= number.uniform(0.995, 1.005)
        names = ["low", "high", "open", "close"]
        candles.append({"start": str(start - 300 * row), **{name: f"{price * number.uniform(0.999, 1.001):.2f}" for name in names},
                        "volume": f"{number.uniform(0, 500):.8f}"})
    return json.dumps({"candles": candles}, separators=(",", ":")).encode()


MADE = {"kraken-pairs": kraken_pairs, "kraken-candles": kraken_candles,
        "coinbase-products": coinbase_products, "coinbase-candles": coinbase_candles}
