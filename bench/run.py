"""`make bench`: figures as ratios within one run, each with its target where it has one. A missed one says missed.

Whole processes only; nothing here is a test. The machine is never quiet: quote medians and ratios.
"""

import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from accounts import HERE, Host, running
from documents import MADE

ROOT = HERE.parent
PROGRAMS = ROOT / ".build/release"
BUILT = ROOT / ".build/bench"
ROUNDS = 5


def line(name, figure, target=None, met=None):
    verdict = "" if met is None else ("  met" if met else "  MISSED")
    print(f"{name:<58} {figure:<34} {'target ' + target if target else 'no target':<16}{verdict}", flush=True)


def compile_c():
    BUILT.mkdir(parents=True, exist_ok=True)
    for name in ["venue", "order", "sign", "yaml"]:
        subprocess.run(["gcc", "-O2", "-o", BUILT / name, HERE / f"c/{name}.c", "-lcurl", "-lcrypto", "-lyaml"], check=True)
    subprocess.run(["g++", "-O2", "-std=c++17", "-o", BUILT / "decode", HERE / "c/decode.cpp", "-lsimdjson"], check=True)


def numbers(words):
    return [float(x) for x in subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()]


def pinned(*words):
    return ["taskset", "-c", "0", *[str(w) for w in words]]


def orders():
    with running(pinned(BUILT / "venue"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as venue:
        url = f"http://127.0.0.1:{int(venue.stdout.readline())}"
        pairs = []
        for _ in range(ROUNDS):
            plain = numbers(pinned(BUILT / "order", url, 4000))
            ours = numbers(pinned(PROGRAMS / "nija-bench", "order", url, 4000))
            pairs.append((ours[0] / plain[0], ours[0], plain[0], ours[1], plain[1]))
    ratio, ours, plain, ours99, plain99 = sorted(pairs)[len(pairs) // 2]
    line("signed order on loopback, p50, over a plain libcurl loop",
         f"{ratio:.2f} x ({ours / 1000:.0f} over {plain / 1000:.0f} us)", "<= 1.5 x", ratio <= 1.5)
    line("  the same, p99", f"{ours99 / 1000:.0f} over {plain99 / 1000:.0f} us")


def signatures():
    pairs = []
    for _ in range(ROUNDS):
        c = numbers(pinned(BUILT / "sign", 200000))[0]
        ours = numbers(pinned(PROGRAMS / "nija-bench", "sign", 200000))[0]
        pairs.append((ours / c, ours, c))
    ratio, ours, c = sorted(pairs)[len(pairs) // 2]
    line("Kraken signatures a second, over libcrypto from C", f"{ratio:.2f} x ({ours / 1000:.0f} over {c / 1000:.0f} k/s)")


def descriptor():
    """Kraken as a file against the built-in plugin: the same signatures in one process, the same orders in two."""
    file = ROOT / "brokers/kraken.yaml"
    pairs = []
    for _ in range(ROUNDS):
        ours, plain = numbers(pinned(PROGRAMS / "nija-bench", "descriptor", "sign", file, 200000))
        pairs.append((plain / ours, ours, plain))
    ratio, ours, plain = sorted(pairs)[len(pairs) // 2]
    line("signing as Kraken's descriptor says, over the plugin",
         f"{ratio:.2f} x ({1e6 / ours:.1f} over {1e6 / plain:.1f} us)", "<= 3 x", ratio <= 3)
    with running(pinned(BUILT / "venue"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as venue:
        url = f"http://127.0.0.1:{int(venue.stdout.readline())}"
        pairs = []
        for _ in range(ROUNDS):
            plain = numbers(pinned(PROGRAMS / "nija-bench", "order", url, 4000))
            ours = numbers(pinned(PROGRAMS / "nija-bench", "descriptor", "order", file, url, 4000))
            pairs.append((ours[0] / plain[0], ours[0], plain[0]))
    ratio, ours, plain = sorted(pairs)[len(pairs) // 2]
    line("  an order of it on loopback, p50, over the plugin",
         f"{ratio:.2f} x ({ours / 1000:.0f} over {plain / 1000:.0f} us)", "<= 1.2 x", ratio <= 1.2)


# What, how often, how much longer than bare simdjson at most, and the most KiB beyond what the process had before. A list
# of markets may take ten times its document, which holds simdjson's own index (4 times) and the markets themselves.
DECODED = {"kraken-pairs": ("Kraken AssetPairs of 1,100 pairs", 20, 3, 8000), "kraken-candles": ("1,000 Kraken answers of 720 candles", 1000, 3, 2048),
           "coinbase-products": ("Coinbase products, 800", 20, 3, 7000), "coinbase-candles": ("1,000 Coinbase answers of 350 candles", 1000, 3, 2048)}


def decoding():
    python = ROOT / ".build/python/bin/python3"
    with tempfile.TemporaryDirectory() as folder:
        for kind, (title, count, most, room) in DECODED.items():
            file = pathlib.Path(folder) / kind
            file.write_bytes(MADE[kind]())
            size = file.stat().st_size / 1024
            rounds = []
            for _ in range(ROUNDS):
                bare = numbers(pinned(BUILT / "decode", kind, file, count))
                ours = numbers(pinned(PROGRAMS / "nija-bench", "decode", kind, file, count))
                assert ours[3] == bare[3] > 0, f"{kind}: {ours[3]} decoded, {bare[3]} by the peer"
                rounds.append((ours[0] / bare[0], ours, bare))
            ratio, ours, bare = sorted(rounds)[len(rounds) // 2]
            line(f"{title}, over bare simdjson", f"{ratio:.2f} x ({ours[0] / count * 1e6:.0f} over {bare[0] / count * 1e6:.0f} us each)",
                 f"<= {most} x", ratio <= most)
            grown = ours[2] - ours[1]
            line("  peak memory beyond the start, over bare simdjson",
                 f"{grown:.0f} over {bare[2] - bare[1]:.0f} KiB (a document: {size:.0f})", f"<= {room} KiB", grown <= room)
            few = numbers(pinned(PROGRAMS / "nija-bench", "decode", kind, file, max(1, count // 10)))
            line("  what the other nine tenths added to it", f"{grown - few[2] + few[1]:.0f} KiB", "<= 512 KiB", grown - few[2] + few[1] <= 512)
            for parser in ("orjson", "json"):
                try:
                    peer = numbers(pinned(python, HERE / "decode.py", parser, kind, file, count))
                except subprocess.CalledProcessError:
                    line(f"  Python {parser}", "not there")
                    continue
                line(f"  Python {parser} with Decimal, over ours", f"{peer[0] / ours[0]:.2f} x ({peer[0] / count * 1e6:.0f} us each, {peer[2] - peer[1]:.0f} KiB)")


def cpu(words):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def big_manifest(folder, count=10000):
    users = folder / "users"
    users.mkdir()
    for index in range(count):
        (users / f"user_{index:05}.yaml").write_text(
            f"format: nija-user/1\nname: User {index}\nenabled: true\ncontrol: independent\ncredentials:\n"
            f"  api_key:    {{env: USER_{index:05}_API_KEY}}\n  api_secret: {{env: USER_{index:05}_API_SECRET}}\n"
            "markets: {exclude: [XRP/USD]}\nrisk: {max_order: 50, max_positions: 3}\n")
    (folder / "brokers.yaml").write_text(
        "format: nija/1\nmode: live\ndefaults: {strategy: hold}\nbrokers:\n  kraken:\n    plugin: kraken\n    credentials:\n"
        "      api_key: {env: MASTER_API_KEY}\n      api_secret: {env: MASTER_API_SECRET}\n    users: [users/*.yaml]\n")
    return [folder / "brokers.yaml", *sorted(users.iterdir())]


def journal():
    """An intent until it is durable, against a plain write and fdatasync of the same bytes beside it, in turns."""
    figures = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(dir=BUILT) as folder:
            figures.append(numbers(pinned(PROGRAMS / "nija-bench", "journal", folder, 500)))
    ours, ours99, plain, _, growing, _ = sorted(figures, key=lambda x: x[0] / x[2])[len(figures) // 2]
    line("intent to durable, p50, over one fdatasync of its size", f"{ours / plain:.2f} x ({ours / 1000:.0f} over {plain / 1000:.0f} us)",
         "<= 1.5 x", ours <= 1.5 * plain)
    line("  the same, over one that makes its file longer", f"{ours / growing:.2f} x; p99 of ours {ours99 / 1000:.0f} us")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        ours = numbers(pinned(PROGRAMS / "nija-bench", "journal", folder, 5000))[0]
    line("  the same without the sync (tmpfs)", f"{ours / 1000:.0f} us")


def intents():
    """From a decision until the order's bytes are with the transport, through the real path, with the sync and without."""
    def measured(parent, count):
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{folder}/coinbase.pem"], check=True)
            return numbers(pinned(PROGRAMS / "nija-bench", "intent", folder, count))

    bare = sorted(measured("/dev/shm", 3000) for _ in range(ROUNDS))[ROUNDS // 2]
    synced = [measured(BUILT, 400) for _ in range(ROUNDS)]
    for name, at, most in (("Kraken", 0, 60), ("Coinbase", 2, 100)):
        line(f"intent to bytes out without the sync, {name}, p50 (tmpfs)", f"{bare[at] / 1000:.0f} us (p99 {bare[at + 1] / 1000:.0f})",
             f"<= {most} us", bare[at] <= most * 1000)
        ours = sorted(synced, key=lambda x: x[at] / x[4])[ROUNDS // 2]
        line("  with it, over one fdatasync of its size", f"{ours[at] / ours[4]:.2f} x ({ours[at] / 1000:.0f} over {ours[4] / 1000:.0f} us)",
             "<= 1.5 x", ours[at] <= 1.5 * ours[4])


def manifests():
    with tempfile.TemporaryDirectory() as folder:
        files = big_manifest(pathlib.Path(folder))
        check = [PROGRAMS / "nija-host", "check", "--config", files[0]]
        subprocess.run(check, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pairs = []
        for _ in range(3):
            bare, ours = cpu([BUILT / "yaml", *files]), cpu(check)
            pairs.append((ours / bare, ours, bare))
    ratio, ours, bare = sorted(pairs)[1]
    line("manifest of 10,000 users checked, CPU, over libyaml events", f"{ratio:.1f} x ({ours:.2f} over {bare:.2f} s)")


def accounts():
    sums, together, starts, kills = {}, [], [], []
    for count in (4, 24):
        with tempfile.TemporaryDirectory() as folder:
            host = Host(PROGRAMS, pathlib.Path(folder), count)
            try:
                time.sleep(20)  # several cycles, so that what a worker comes to need is counted
                sums[count] = host.memory()
                if count == 24:
                    together, kills = host.starts(), host.kills()
                    starts = host.starts()  # each of the successors started alone
            finally:
                host.close()
    each = (sums[24] - sums[4]) / 20 / 1024
    line("memory of a further account over TLS, marginal PSS", f"{each:.2f} MiB (4: {sums[4] / 1024:.1f}, 24: {sums[24] / 1024:.1f})",
         "<= 4 MiB", each <= 4)
    middle = statistics.median(starts)
    line("worker start to first private call answered, median of 24",
         f"{middle:.0f} ms (greatest {starts[-1]} ms)", "<= 50 ms", middle <= 50)
    line("  the same, 24 started at once through one TLS front", f"{statistics.median(together):.0f} ms")
    line("kill -9 to trading again, p99 of 24", f"{kills[-1]:.0f} ms (median {statistics.median(kills):.0f} ms)", "<= 100 ms", kills[-1] <= 100)


def described():
    """The memory of a worker whose plugin a file describes, over one with the built-in plugin: all of eight accounts each."""
    sums = []
    for descriptor in (None, ROOT / "brokers" / "kraken.yaml"):
        with tempfile.TemporaryDirectory() as folder:
            host = Host(PROGRAMS, pathlib.Path(folder), 8, descriptor)
            try:
                time.sleep(20)
                sums.append(host.memory() / 8 / 1024)
            finally:
                host.close()
    more = sums[1] - sums[0]
    line("memory of a worker, described Kraken over built-in", f"{more:.2f} MiB more ({sums[1]:.2f} over {sums[0]:.2f})",
         "<= 1 MiB", more <= 1)


def main():
    print(f"{os.cpu_count()} cores, medians of {ROUNDS} paired runs unless said otherwise")
    compile_c()
    for measure in [signatures, orders, descriptor, decoding, journal, intents, manifests, accounts, described]:
        if len(sys.argv) == 1 or measure.__name__ in sys.argv[1:]:
            measure()


main()
