"""Work for a server: uploads, versions, jobs of all kinds, stops, accounts, all at the same time; and a journal of what the server acknowledged."""

import json
import random
import threading
import time

from product import SUM_COMMAND, Client, Failure, Refused, Tree

PROJECT, DATASET = "campaign", "numbers"


class Journal:
    """What was acknowledged, and when: each entry has in `at` what the clock said just after the answer was read."""

    def __init__(self, clock):
        self.clock = clock
        self.entries = []
        self.lock = threading.Lock()

    def note(self, kind, **facts):
        with self.lock:
            self.entries.append({"at": self.clock(), "kind": kind, **facts})


class JobPlan:
    """A job whose log, result and end are known beforehand."""

    def __init__(self, facts):
        self.facts = facts

    @classmethod
    def random(cls, generator, tag, data=None):
        kind = generator.choices(["success", "code", "signal", "long"], [6, 3, 1, 2])[0]
        if data and generator.random() < 0.5:
            kind = "data"
        return cls(
            {
                "kind": kind,
                "tag": tag,
                "lines": generator.choice([0, 1, 7, 40, 40, 300, 3000]),
                "pause": generator.choice([0, 0, 0.01, 0.04]) if kind != "long" else 0.02,
                "code": {"success": 0, "data": 0, "code": generator.randint(1, 125), "signal": 137, "long": 0}[kind],
                "source": data["name"] if kind == "data" else None,
                "sum": data["sum"] if kind == "data" else None,
            }
        )

    @property
    def command(self):
        facts = self.facts
        # No more than about two seconds: each point of a replay waits for its jobs.
        lines = min(facts["lines"], 50) if facts["pause"] else facts["lines"]
        pause = f"sleep {facts['pause']}; " if facts["pause"] else ""
        parts = [f"for i in $(seq {lines}); do echo \"{facts['tag']} line $i\"; {pause}done"]
        if facts["kind"] == "data":
            parts.append(f'sum=$({SUM_COMMAND}); [ "$sum" = {facts["sum"]} ] || {{ echo "wrong data: $sum"; exit 99; }}')
        parts.append(f'echo "result of {facts["tag"]}" > /output/result')
        parts.append({"signal": "kill -KILL $$", "long": "sleep 1000", "stopped": "sleep 1000"}.get(facts["kind"], f"exit {facts['code']}"))
        return "; ".join(parts)

    @property
    def result(self):
        return f"result of {self.facts['tag']}\n"

    @property
    def lines(self):
        count = min(self.facts["lines"], 50) if self.facts["pause"] else self.facts["lines"]
        return [f"{self.facts['tag']} line {i}" for i in range(1, count + 1)]

    @property
    def outcome(self):
        return {"success": "success", "data": "success", "long": "shutdown", "stopped": "shutdown"}.get(self.facts["kind"], "failed")

    def request(self):
        request = {}
        if self.facts["source"]:
            request["data"] = [{"source": self.facts["source"]}]
        return request


class Workload:
    """Runs until it is told to end. What goes wrong in it is kept in `failures`."""

    def __init__(self, server, token, seed, clock):
        self.server, self.token, self.seed = server, token, seed
        self.journal = Journal(clock)
        self.ending = threading.Event()
        self.failures = []
        self.versions = []
        self.code = None

    def begin(self):
        """What the rest of the work needs."""
        client = self.server.client(self.token)
        self.journal.note("account", name="campaign", token=self.token)
        code = Tree({"main.py": b"print('hello')\n", "data/empty": b""})
        self.code = client.send(code)["id"]
        self.journal.note("committed", id=self.code, contents=code.contents)
        client.expect(200, "POST", "/api/v1/datasets", {"name": DATASET})
        self.journal.note("dataset", name=DATASET)

    def run(self, seconds, part):
        """May be called again, with another number for `part`, when the server was started again."""
        self.ending.clear()
        parts = [self.upload, self.submit, self.submit, self.accounts]
        threads = [
            threading.Thread(target=self.guard, args=(work, f"{part}.{number}")) for number, work in enumerate(parts)
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self.ending.set()
        for thread in threads:
            thread.join(60)
            if thread.is_alive():
                raise Failure("the workload doesn't end")
        if self.failures:
            raise self.failures[0]

    def guard(self, work, number):
        generator = random.Random(f"{self.seed} {number}")
        client = Client(self.server.port, self.token)
        try:
            while not self.ending.is_set():
                work(client, generator, number)
        except (Failure, Refused, OSError) as error:
            self.failures.append(error)

    def upload(self, client, generator, number):
        tree = Tree.random(generator, size=generator.choice([3_000, 40_000, 200_000]))
        note = self.journal.note
        upload = client.begin_upload(tree)
        identifier = upload["id"]
        facts = {"id": identifier, "manifest": tree.manifest.decode(), "contents": tree.contents}
        if upload["state"] != "committed":
            stream = tree.stream(client.missing(identifier))
            note("begun", stream=stream.hex(), **facts)
            offset = 0
            while offset < len(stream):
                size = generator.choice([len(stream), len(stream) // 2 + 1, 5_000])
                offset = client.patch(identifier, offset, stream[offset : offset + size])
                note("offset", id=identifier, offset=offset)
                if generator.random() < 0.1:
                    # Never finished.
                    return
            if client.commit(identifier)["state"] != "committed":
                raise Failure(f"the upload {identifier} was not committed")
        note("committed", **facts)
        if generator.random() < 0.7:
            version = client.expect(
                201, "POST", f"/api/v1/datasets/{DATASET}/versions", {"upload": identifier, "message": "of the campaign"}
            ).json
            note("version", id=version["id"], files=len(tree.files), size=tree.size, **{"contents": tree.contents})
            self.versions.append({"name": version["id"], "sum": tree.sum})
        self.ending.wait(generator.choice([0, 0.1, 0.3]))

    def submit(self, client, generator, number):
        data = generator.choice(self.versions) if self.versions else None
        tag = f"job{number}x{generator.randrange(10**9)}"
        plan = JobPlan.random(generator, tag, data)
        job = client.submit(PROJECT, self.code, plan.command, **plan.request())
        note = self.journal.note
        note("submitted", id=job["id"], plan=plan.facts)
        stops = plan.facts["kind"] == "long" or generator.random() < 0.05
        stop_at = time.monotonic() + generator.uniform(0, 1.5)
        seen = None
        while True:
            present = client.job(job["id"])
            state = (present["state"], present["attempt"])
            if state != seen:
                seen = state
                note("seen", id=job["id"], state=present["state"], attempt=present["attempt"])
            if present["state"] == "finished":
                note("finished", id=job["id"], outcome=present["outcome"], code=present["exit_code"], attempt=present["attempt"])
                return
            # Some are left to themselves, so that there is a queue.
            if not stops and generator.random() < 0.02:
                return
            if stops and time.monotonic() > stop_at:
                stops = False
                note("asked to stop", id=job["id"])
                answer = client.request("POST", f"/api/v1/jobs/{job['id']}/stop", b"")
                if answer.status == 202:
                    note("stopped", id=job["id"])
                elif answer.status != 409:
                    raise Refused("stop", answer)
            time.sleep(0.05)

    def accounts(self, client, generator, number):
        name = f"user{generator.randrange(10**9)}"
        token = self.server.add_user(name)
        self.journal.note("account", name=name, token=token)
        self.ending.wait(generator.uniform(0.5, 2))


def save(entries, path):
    with open(path, "w") as file:
        json.dump(entries, file)
