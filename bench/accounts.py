"""Whole hosts in live mode over TLS: memory of accounts, their start, and their return after `kill -9`."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def certificates(folder):
    """A throw-away authority in a folder by hash, and a certificate of its for localhost."""
    run = lambda *words: subprocess.run(words, cwd=folder, check=True, capture_output=True)
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=bench authority", "-keyout", "ca.key", "-out", "ca.pem")
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
        "-keyout", "key.pem", "-out", "request.pem")
    (folder / "san").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    run("openssl", "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-days", "2", "-extfile", "san", "-out", "cert.pem")
    trusted = folder / "trusted"
    trusted.mkdir()
    (trusted / "ca.pem").write_bytes((folder / "ca.pem").read_bytes())
    run("openssl", "rehash", str(trusted))
    return trusted


def ask(path, question):
    """One line to a control socket, one line back. Long paths are reached through the folder's descriptor."""
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
            link.sendall(json.dumps(question).encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                piece = link.recv(1 << 20)
                if not piece:
                    break
                answer += piece
            return json.loads(answer)
    finally:
        os.close(folder)


@contextlib.contextmanager
def running(words, **more):
    process = subprocess.Popen(words, **more)
    try:
        yield process
    finally:
        if process.stdin:
            process.stdin.close()
        else:
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def manifest(folder, count, port, descriptor=None):
    """One master and count - 1 users at a venue on loopback over TLS; returns the variables' names by account.

    With `descriptor`, a file, the accounts' plugin is made of that instead of the built-in one."""
    users = folder / "users"
    users.mkdir(exist_ok=True)
    names = {"kraken": "BENCH_MASTER"}
    for index in range(1, count):
        name = f"user_{index:03}"
        names[f"kraken/{name}"] = f"BENCH_{index:03}"
        (users / f"{name}.yaml").write_text(
            f"format: nija-user/1\nname: User {index}\ncredentials:\n"
            f"  api_key: {{env: BENCH_{index:03}_KEY}}\n  api_secret: {{env: BENCH_{index:03}_SECRET}}\n")
    (folder / "brokers.yaml").write_text(
        "format: nija/1\nmode: live\nlisten: off\ndefaults:\n  strategy: trend_pullback\n  candles: 1m\n  cycle: 5s\n"
        + (f"plugins:\n  described: {{descriptor: {descriptor}}}\nbrokers:\n  kraken:\n    plugin: described\n"
           if descriptor else "brokers:\n  kraken:\n    plugin: kraken\n    options: {tier: pro}\n")
        + f"    endpoint: https://localhost:{port}\n    credentials:\n"
        "      api_key: {env: BENCH_MASTER_KEY}\n      api_secret: {env: BENCH_MASTER_SECRET}\n"
        + ("    users: [users/*.yaml]\n" if count > 1 else ""))
    return names


class Host:
    """A host and its venue, up to the moment that all its accounts trade."""

    def __init__(self, programs, folder, count, descriptor=None):
        self.folder, self.count = folder, count
        self.stack = contextlib.ExitStack()
        venue = self.stack.enter_context(running(
            [programs / "nija-sandbox", "serve", "--state", folder / "venue", "--speed", "1", "--seed", "1",
             "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        said = json.loads(venue.stdout.readline())
        port = int(said["endpoints"]["kraken"].rsplit(":", 1)[1])
        trusted = certificates(folder)
        front = self.stack.enter_context(running(
            [sys.executable, HERE / "tls_front.py", str(port), folder / "cert.pem", folder / "key.pem"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        names = manifest(folder, count, int(front.stdout.readline()), descriptor)
        variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "SSL_CERT_DIR": str(trusted)}
        for account, name in names.items():
            keys = ask(said["control"], {
                "do": "open_account", "venue": "kraken", "account": account, "funds": {"USD": "1000.00"}})["credentials"]
            variables[name + "_KEY"], variables[name + "_SECRET"] = keys["api_key"], keys["api_secret"]
        self.log = open(folder / "host.log", "wb")
        self.stack.enter_context(running(
            [programs / "nija-host", "run", "--live", "--config", folder / "brokers.yaml"], env=variables,
            stdout=self.log, stderr=self.log))
        self.wait(lambda accounts: len(accounts) == count and all(a["state"] == "trading" for a in accounts), 120)

    def accounts(self):
        answer = ask(str(self.folder / ".nija/run/host.sock"), {"do": "status"})
        return answer.get("status", answer)["accounts"]

    def wait(self, fact, seconds, pause=0.05):
        end, last = time.monotonic() + seconds, None
        while time.monotonic() < end:
            try:
                accounts = self.accounts()
                if fact(accounts):
                    return accounts
                last = [(a["id"], a["state"], a["reason"]) for a in accounts][:4]
            except (OSError, ValueError, KeyError) as error:
                last = error
            time.sleep(pause)
        raise TimeoutError(f"not within {seconds} s: {last}")

    def memory(self):
        """Proportional KiB of each account's process, as the processes report it."""
        accounts = self.wait(lambda a: all(x.get("memory_kib") for x in a), 30)
        return sum(a["memory_kib"] for a in accounts)

    def starts(self):
        return sorted(a["start_milliseconds"] for a in self.accounts())

    def kills(self):
        """Milliseconds from `kill -9` to trading under another pid, one account after the other."""
        times = []
        for account in [a["id"] for a in self.accounts()]:
            old = next(a for a in self.accounts() if a["id"] == account)["pid"]
            start = time.monotonic()
            os.kill(old, signal.SIGKILL)
            self.wait(lambda accounts: any(
                a["id"] == account and a["state"] == "trading" and a["pid"] not in (None, old) for a in accounts),
                30, pause=0.001)
            times.append((time.monotonic() - start) * 1000)
        return sorted(times)

    def close(self):
        self.stack.close()
        self.log.close()
