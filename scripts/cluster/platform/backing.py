"""What the platform finds outside of the cluster: PostgreSQL, Redis and a copy
of the login's public keys on the bridge, and the login on loopback. All are
processes of this run, and end with it."""

import atexit
import glob
import http.server
import os
import pathlib
import secrets
import shutil
import subprocess
import threading
import urllib.request

from shell import ADDRESS, PLACE, RUN, ROOT, Failed, run, until

LOGIN = "http://127.0.0.1:7900"
JWKS = f"http://{ADDRESS}:8080/jwks.json"
BINARY = ROOT / "target/release/sanshe"
# How PostgreSQL asks for passwords. What is built without optimisation takes
# seconds over the better way, each time it opens a connection.
PASSWORDS = "scram-sha-256"
# Mounted into the services: the clock of a platform whose story takes years.
DATA = PLACE / "platform"


class Backing:
    def __init__(self):
        self.passwords = {name: secrets.token_hex(12) for name in ("owner", "app", "redis")}
        self.running = []
        atexit.register(self.stop)

    @property
    def owner(self):
        return f"postgres://sanshe_owner:{self.passwords['owner']}@{ADDRESS}:5432/postgres"

    @property
    def app(self):
        return f"postgres://sanshe_app:{self.passwords['app']}@{ADDRESS}:5432"

    @property
    def redis(self):
        return f"redis://:{self.passwords['redis']}@{ADDRESS}:6379"

    def start(self):
        DATA.mkdir(parents=True, exist_ok=True)
        DATA.chmod(0o777)
        self.postgres()
        log = open(PLACE / "logs/redis.log", "w", encoding="utf-8")
        self.launch("redis", "redis-server", "--bind", ADDRESS, "--port", "6379", "--save", "", "--appendonly", "no",
                    "--requirepass", self.passwords["redis"], "--dir", str(PLACE), log=log)
        log = open(PLACE / "logs/login.log", "w", encoding="utf-8")
        self.launch("login", BINARY, "demo", "login", "--issuer", LOGIN, "--data", DATA, log=log)
        keys, _ = until("the login answers", self.keys, limit=30)
        self.publish(keys)

    def launch(self, name, *command, log, **more):
        started = subprocess.Popen(
            [str(part) for part in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            start_new_session=True, **more)
        (RUN / f"platform-{name}.pid").write_text(str(started.pid), encoding="utf-8")
        self.running.append(started)

    def postgres(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
        if not found:
            raise Failed("PostgreSQL is missing (Debian: postgresql)")
        programs = pathlib.Path(found[-1]).parent
        # It refuses to run as root, and its folder is nobody else's.
        PLACE.chmod(0o711)
        data = PLACE / "postgres"
        data.mkdir(mode=0o700)
        shutil.chown(data, "postgres", "postgres")
        run(programs / "initdb", "--pgdata", data, f"--auth={PASSWORDS}", "--auth-local=peer", "--encoding=UTF8",
            "--locale=C.UTF-8", "--no-sync", user="postgres", cwd="/")
        with open(data / "pg_hba.conf", "a", encoding="utf-8") as rules:
            rules.write(f"host all all 10.0.0.0/8 {PASSWORDS}\n")
        log = open(PLACE / "logs/postgres.log", "w", encoding="utf-8")
        # Thrown away with the cluster: no disk has to be sure of it. Room for a
        # surge of pods of all services.
        self.launch("postgres", programs / "postgres", "-D", data, "-k", data, "-h", ADDRESS, "-p", "5432",
                    "-c", "fsync=off", "-c", "max_connections=500",
                    "-c", f"password_encryption={PASSWORDS}", log=log, user="postgres", cwd="/")
        self.psql = (programs / "psql", "--host", data)

        def answers():
            try:
                return self.ask("SELECT 1")
            except Failed:
                return False
        until("PostgreSQL answers", answers, limit=30)
        self.ask(f"CREATE ROLE sanshe_owner LOGIN CREATEDB PASSWORD '{self.passwords['owner']}'")
        self.ask(f"CREATE ROLE sanshe_app LOGIN PASSWORD '{self.passwords['app']}'")

    def ask(self, sql, database="postgres"):
        return run(*self.psql, f"--dbname={database}", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--tuples-only",
                   "--no-align", "--command", sql, user="postgres", cwd="/")

    @staticmethod
    def keys():
        try:
            with urllib.request.urlopen(LOGIN + "/jwks.json", timeout=2) as answer:
                return answer.read()
        except OSError:
            return None

    @staticmethod
    def publish(keys):
        """A copy of the public keys where pods can fetch it; the login itself stays on loopback."""
        class Copy(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(keys)))
                self.end_headers()
                self.wfile.write(keys)

            def log_message(self, *_):
                pass
        server = http.server.ThreadingHTTPServer((ADDRESS, 8080), Copy)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def sanshe(self, *arguments, **settings):
        environment = {"PATH": os.environ["PATH"], **settings}
        return run(BINARY, *arguments, env=environment, cwd=DATA)

    def stop(self):
        for process in reversed(self.running):
            process.terminate()
        for process in self.running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for file in RUN.glob("platform-*.pid"):
            file.unlink()
        self.running = []
