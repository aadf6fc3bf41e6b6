"""The product as a campaign sees it: its programs, a server on a data folder, and the HTTP interface."""

import hashlib
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
import uuid


class Failure(Exception):
    """The product, or the ground it stands on, doesn't do what it must."""


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def is_clear(self):
        """Whether a refusal says what is wrong as the interface promises it."""
        if self.status < 400:
            return True
        if not self.fields.get("content-type", "").startswith("application/problem+json"):
            return False
        problem = self.json
        return bool(problem.get("code")) and bool(problem.get("title") or problem.get("detail"))

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Refused(Exception):
    def __init__(self, what, answer):
        super().__init__(f"{what}: {answer}")
        self.answer = answer


class Client:
    """Requests of one account, each on a connection of its own."""

    def __init__(self, port, token):
        self.port, self.token = port, token

    def request(self, method, path, body=None, fields=None, timeout=30):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        fields = {"Authorization": f"Bearer {self.token}", **(fields or {})}
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            fields["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, fields)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def expect(self, status, method, path, body=None, fields=None):
        answer = self.request(method, path, body, fields)
        if answer.status != status:
            raise Refused(f"{method} {path}", answer)
        return answer

    def get(self, path):
        return self.expect(200, "GET", path).json

    def begin_upload(self, tree):
        fields = {"Content-Type": "application/x-ndjson"}
        return self.expect(201, "POST", "/api/v1/uploads", tree.manifest, fields).json

    def missing(self, upload):
        text = self.expect(200, "GET", f"/api/v1/uploads/{upload}/missing").body.decode()
        return [int(line) for line in text.split()]

    def patch(self, upload, offset, data):
        fields = {
            "Content-Type": "application/offset+octet-stream",
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": str(offset),
        }
        answer = self.expect(204, "PATCH", f"/api/v1/uploads/{upload}", data, fields)
        return int(answer.fields["upload-offset"])

    def offset(self, upload):
        answer = self.expect(200, "HEAD", f"/api/v1/uploads/{upload}", None, {"Tus-Resumable": "1.0.0"})
        return int(answer.fields["upload-offset"])

    def commit(self, upload):
        return self.expect(200, "POST", f"/api/v1/uploads/{upload}/commit", b"").json

    def send(self, tree):
        """A whole upload; returns it as committed."""
        upload = self.begin_upload(tree)
        if upload["state"] == "committed":
            return upload
        stream = tree.stream(self.missing(upload["id"]))
        if stream:
            self.patch(upload["id"], 0, stream)
        return self.commit(upload["id"])

    def submit(self, project, code, command, **more):
        body = {"project": project, "code": code, "command": command, **more}
        return self.expect(201, "POST", "/api/v1/jobs", body).json

    def job(self, job):
        return self.get(f"/api/v1/jobs/{job}")

    def stop(self, job):
        return self.expect(202, "POST", f"/api/v1/jobs/{job}/stop", b"").json

    def wait(self, job, limit=30):
        deadline = time.monotonic() + limit
        while True:
            present = self.job(job)
            if present["state"] == "finished":
                return present
            if time.monotonic() > deadline:
                raise Failure(f"{present['name']} has not ended after {limit} s: {present['state']}, {present['reason']}")
            time.sleep(0.02)


def content_hash(data):
    """What the store calls a content, in hexadecimal digits."""
    return subprocess.run(["b3sum", "--no-names"], input=data, capture_output=True, check=True).stdout.decode().strip()


class Tree:
    """Files to be uploaded: {path: bytes}."""

    def __init__(self, files):
        self.files = dict(sorted(files.items(), key=lambda item: item[0].encode()))
        lines = []
        for path, data in self.files.items():
            digest = content_hash(data)
            lines.append(json.dumps({"path": path, "type": "file", "size": len(data), "blake3": digest}))
        self.manifest = "".join(f"{line}\n" for line in lines).encode()
        self.size = sum(len(data) for data in self.files.values())

    @classmethod
    def random(cls, generator, count=5, size=40_000):
        return cls(
            {
                f"folder {n % 2}/file {n}.bin": generator.randbytes(generator.choice([0, 1, 700, size, size * 3]))
                for n in range(generator.randint(1, count))
            }
        )

    def stream(self, lines):
        paths = list(self.files)
        return b"".join(self.files[paths[line]] for line in lines)

    @property
    def contents(self):
        """{hash: size} of what the store must have."""
        return {content_hash(data): len(data) for data in self.files.values() if data}

    @property
    def sum(self):
        """What `SUM_COMMAND` prints in a folder that has these files."""
        text = "".join(f"{hashlib.sha256(data).hexdigest()}  ./{path}\n" for path, data in self.files.items())
        return hashlib.sha256(text.encode()).hexdigest()


SUM_COMMAND = "cd /input && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1"


class Server:
    """`floydlited serve` on a data folder."""

    CONFIG = """\
uv: {uv}
resources: {{cpus: 4, gpus: []}}
instance_types: {{cpu: {{cpus: 1}}, gpu: {{gpus: 0, cpus: 1}}}}
grace_period: 2s
"""
    ENVIRONMENTS = 'python: {python: "3.11", packages: []}\n'

    def __init__(self, programs, folder, data, uv, boot_id=None):
        """`boot_id`: what the server and all it starts take for the machine's, as if that had been started again."""
        self.programs, self.folder, self.data, self.boot_id = programs, folder, data, boot_id
        self.child, self.port, self.said, self.past = None, 0, [], ""
        self.has_said = threading.Condition()
        os.makedirs(folder, exist_ok=True)
        self.config = f"{folder}/floydlited.yml"
        with open(self.config, "w") as file:
            file.write(self.CONFIG.format(uv=uv))
        with open(f"{folder}/environments.yml", "w") as file:
            file.write(self.ENVIRONMENTS)
        if boot_id:
            with open(f"{folder}/boot_id", "w") as file:
                file.write(f"{boot_id}\n")

    def command(self, *arguments):
        command = [f"{self.programs}/floydlited", *arguments, "--config", self.config, "--data-dir", self.data]
        if not self.boot_id:
            return command
        script = 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, f"{self.folder}/boot_id", *command]

    def start(self, limit=30):
        self.past, self.said = self.log, []
        self.child = subprocess.Popen(
            self.command("serve", "--listen", f"127.0.0.1:{self.port}"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
        )
        listener = threading.Thread(target=self.listen, args=(self.child,), daemon=True)
        listener.start()
        deadline = time.monotonic() + limit
        with self.has_said:
            while True:
                found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", "".join(self.said))
                if found:
                    self.port = int(found[1])
                    return self
                if self.child.poll() is not None or time.monotonic() > deadline:
                    break
                self.has_said.wait(0.05)
        self.kill()
        listener.join(5)
        raise Failure(f"the server doesn't start: {''.join(self.said)[-2000:]}")

    def listen(self, child):
        for line in child.stderr:
            with self.has_said:
                self.said.append(line.decode(errors="replace"))
                self.has_said.notify_all()

    @property
    def log(self):
        """All that was said since the first start."""
        with self.has_said:
            return self.past + "".join(self.said)

    def reason(self, answer):
        """What the log says of a refusal that names no reason itself."""
        found = re.search(rb"reason under (\w+)", answer.body)
        return next((line for line in self.log.splitlines() if found and found[1].decode() in line), "")

    @property
    def is_alive(self):
        return self.child is not None and self.child.poll() is None

    def add_user(self, name):
        """The new account's token."""
        result = subprocess.run(self.command("user", "add", name), capture_output=True, text=True, cwd="/", timeout=60)
        if result.returncode != 0:
            raise Failure(f"user add {name}: {result.stderr}")
        return result.stdout.strip()

    def client(self, token):
        return Client(self.port, token)

    def kill(self):
        if self.child:
            self.child.kill()
            self.child.wait()

    def stop(self, limit=20):
        """SIGTERM; what doesn't end then is a failure."""
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(limit)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure("the server doesn't end after SIGTERM")

    def workers(self):
        """The pids of this data folder's supervisors."""
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"floydlite-worker") and len(words) > 1 and words[1].startswith(f"{self.data}/".encode()):
                found.append(int(name))
        return found

    def end_all(self):
        """SIGKILL for the server and its supervisors, whose jobs end with them. Returns when they are gone."""
        self.kill()
        deadline = time.monotonic() + 20
        while workers := self.workers():
            for pid in workers:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if time.monotonic() > deadline:
                raise Failure(f"supervisors don't end: {workers}")
            time.sleep(0.01)


def new_boot_id():
    return str(uuid.uuid4())


def log_lines(path):
    """What a job printed, from its log: whole lines of its standard output; and whether parts of the log hold nothing."""
    lines, piece = [], ""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return [], False
    records = content.split(b"\n")
    for record in records[:-1]:
        fields = record.split(b" ", 3)
        # What the supervisor itself says has a tag of its own.
        if len(fields) < 4 or fields[1] != b"stdout" or b":" in fields[2] or b"\0" in record:
            continue
        piece += fields[3].decode()
        if fields[2] == b"F":
            lines.append(piece)
            piece = ""
    return lines, b"\0" in content
