"""What must hold of a server after its disk failed, given what it had acknowledged."""

import json
import os
import sqlite3
import time

from product import Failure, Refused, Tree, content_hash, log_lines
from workload import JobPlan


class Expectation:
    """What the journal's entries promise."""

    def __init__(self, entries):
        self.accounts = {}
        self.begun, self.offsets, self.committed = {}, {}, {}
        self.versions = {}
        self.datasets = set()
        self.plans, self.finished, self.seen = {}, {}, {}
        # Whoever asks for a stop may have it stored without hearing of it.
        self.asked, self.stopped = set(), set()
        for entry in entries:
            self.take(entry)

    def take(self, entry):
        kind = entry["kind"]
        if kind == "account":
            self.accounts[entry["name"]] = entry["token"]
        elif kind == "dataset":
            self.datasets.add(entry["name"])
        elif kind == "begun":
            self.begun[entry["id"]] = entry
        elif kind == "offset":
            self.offsets[entry["id"]] = entry["offset"]
        elif kind == "committed":
            self.committed[entry["id"]] = entry
        elif kind == "version":
            self.versions[entry["id"]] = entry
        elif kind == "submitted":
            self.plans[entry["id"]] = JobPlan(entry["plan"])
        elif kind == "seen":
            self.seen[entry["id"]] = entry
        elif kind == "finished":
            self.finished[entry["id"]] = entry
        elif kind == "asked to stop":
            self.asked.add(entry["id"])
        elif kind == "stopped":
            self.stopped.add(entry["id"])


class Inspection:
    """Looks at a data folder and the server on it, and collects what is not as it must be."""

    def __init__(self, server, expectation):
        self.server, self.expectation = server, expectation
        self.client = None
        self.violations = []
        # How jobs ended of which that wasn't known before.
        self.ends = {}

    def violated(self, text):
        self.violations.append(text)

    # The folder, without a server.

    def check_store(self):
        """Whatever has its name in the store is whole, whoever knows of it."""
        store = f"{self.server.data}/blobs"
        sizes = {}
        for part in sorted(os.listdir(f"{store}/contents")):
            for name in os.listdir(f"{store}/contents/{part}"):
                path = f"{store}/contents/{part}/{name}"
                with open(path, "rb") as file:
                    data = file.read()
                if content_hash(data) != part + name.removesuffix(".x"):
                    self.violated(f"the content {part}{name} ({len(data)} bytes) is not what its name says")
                sizes[part + name] = len(data)
        for digest in os.listdir(f"{store}/trees"):
            if not digest.startswith("."):
                self.check_tree(store, digest, sizes)
        for digest in os.listdir(f"{store}/materialised"):
            if not digest.startswith(".") and not os.path.exists(f"{store}/trees/{digest}"):
                self.violated(f"the folder of {digest} has no tree")

    def check_tree(self, store, digest, sizes):
        folder = f"{store}/materialised/{digest}"
        with open(f"{store}/trees/{digest}", "rb") as file:
            lines = file.read().split(b"\n")
        if lines.pop() != b"":
            self.violated(f"the tree {digest} has half a line")
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                self.violated(f"the tree {digest} has a line that makes no sense")
                continue
            if entry["type"] != "file":
                continue
            name = entry["blake3"] + (".x" if entry.get("executable") else "")
            if entry["size"] > 0 and sizes.get(name) != entry["size"]:
                self.violated(f"the tree {digest} lacks the content of {entry['path']}")
            if os.path.isdir(folder):
                path = f"{folder}/{entry['path']}"
                if not os.path.isfile(path) or os.path.getsize(path) != entry["size"]:
                    self.violated(f"the folder of {digest} lacks {entry['path']}")

    def check_database(self):
        """The file as SQLite sees it."""
        connection = sqlite3.connect(f"{self.server.data}/floydlite.db", timeout=10)
        try:
            found = connection.execute("PRAGMA integrity_check").fetchall()
            if found != [("ok",)]:
                self.violated(f"the database is damaged: {found[:3]}")
            if foreign := connection.execute("PRAGMA foreign_key_check").fetchall():
                self.violated(f"the database has rows that name absent ones: {foreign[:3]}")
        except sqlite3.Error as error:
            self.violated(f"the database can't be read: {error}")
        finally:
            connection.close()

    # The server, just started.

    def check_acknowledged(self):
        promised = self.expectation
        self.client = self.server.client(promised.accounts["campaign"])
        for name, token in promised.accounts.items():
            answer = self.server.client(token).request("GET", "/api/v1/account")
            if answer.status != 200 or answer.json["name"] != name:
                self.violated(f"the account {name} is lost: {answer}")
        for name in promised.datasets:
            self.found("the dataset", f"/api/v1/datasets/{name}")
        for identifier, entry in promised.begun.items():
            self.check_upload(identifier, entry)
        for identifier, entry in promised.committed.items():
            self.check_contents(f"the upload {identifier}", entry)
        for identifier, entry in promised.versions.items():
            version = self.found("the version", f"/api/v1/dataset-versions/{identifier}")
            if version and (version["files"], version["size"], version["state"]) != (entry["files"], entry["size"], "valid"):
                self.violated(f"the version {version['name']} is another: {version}")
            self.check_contents(f"the version {identifier}", entry)
        for identifier in promised.plans:
            self.found("the job", f"/api/v1/jobs/{identifier}")

    def found(self, what, path):
        answer = self.client.request("GET", path)
        if answer.status != 200:
            self.violated(f"{what} {path} is lost: {answer}")
            return None
        return answer.json

    def check_contents(self, what, entry):
        for digest, size in entry["contents"].items():
            path = f"{self.server.data}/blobs/contents/{digest[:2]}/{digest[2:]}"
            if not os.path.isfile(path) or os.path.getsize(path) != size:
                self.violated(f"{what} lacks the content {digest}")

    def check_upload(self, identifier, entry):
        """An upload stands where it was said to stand, or behind; then it can be finished."""
        promised = self.expectation.offsets.get(identifier, 0)
        if identifier in self.expectation.committed:
            upload = self.found("the committed upload", f"/api/v1/uploads/{identifier}")
            if upload and upload["state"] != "committed":
                self.violated(f"the upload {identifier} is {upload['state']}, not committed")
            return
        answer = self.client.request("HEAD", f"/api/v1/uploads/{identifier}", None, {"Tus-Resumable": "1.0.0"})
        if answer.status in (404, 410) and promised == 0:
            return
        if answer.status != 200:
            self.violated(f"the upload {identifier}, which had {promised} bytes, answers {answer.status}")
            return
        offset = int(answer.fields["upload-offset"])
        if offset < promised:
            self.violated(f"the upload {identifier} stands at {offset}, not at {promised}")
            return
        try:
            upload = self.client.get(f"/api/v1/uploads/{identifier}")
            if upload["state"] != "committed":
                stream = bytes.fromhex(entry["stream"])
                if offset < len(stream):
                    self.client.patch(identifier, offset, stream[offset:])
                self.client.commit(identifier)
            self.check_contents(f"the finished upload {identifier}", entry)
        except Refused as error:
            self.violated(f"the upload {identifier} can't be finished from {offset}: {error}")

    # The server, after some time.

    def check_jobs(self, limit=40):
        """All jobs that the server has come to their ends, and to the right ones."""
        deadline = time.monotonic() + limit
        jobs = self.jobs()
        for job in jobs:
            plan = self.expectation.plans.get(job["id"])
            if job["state"] != "finished" and (plan is None or plan.facts["kind"] == "long"):
                # One that never ends by itself, or whose submission was not acknowledged before the disk failed.
                answer = self.client.request("POST", f"/api/v1/jobs/{job['id']}/stop", b"")
                if answer.status == 202:
                    self.expectation.stopped.add(job["id"])
        while any(job["state"] != "finished" for job in jobs):
            if time.monotonic() > deadline:
                waiting = [(job["name"], job["state"], job["reason"]) for job in jobs if job["state"] != "finished"]
                self.violated(f"jobs don't end: {waiting}")
                break
            time.sleep(0.1)
            jobs = self.jobs()
        for job in jobs:
            if job["state"] == "finished" and job["id"] in self.expectation.plans:
                self.check_job(job, self.expectation.plans[job["id"]])

    def jobs(self):
        jobs, cursor = [], ""
        while True:
            page = self.client.get(f"/api/v1/jobs?limit=100{cursor}")
            jobs += page["items"]
            if not page.get("next"):
                return jobs
            cursor = f"&cursor={page['next']}"

    def check_job(self, job, plan):
        name = f"{job['name']} ({plan.facts['kind']}, attempt {job['attempt']})"
        known = self.expectation.finished.get(job["id"])
        end = (job["outcome"], job["exit_code"], job["attempt"])
        if known and end != (known["outcome"], known["code"], known["attempt"]):
            self.violated(f"{name} had ended as {known}, and now as {end}: {job['reason']}")
        if not known:
            self.ends[job["outcome"]] = self.ends.get(job["outcome"], 0) + 1
            self.check_end(name, job, plan)
        seen = self.expectation.seen.get(job["id"])
        if seen and job["attempt"] < seen["attempt"]:
            self.violated(f"{name} had an attempt {seen['attempt']}")
        for attempt in range(1, job["attempt"] + 1):
            self.check_attempt(name, job, plan, attempt, is_last=attempt == job["attempt"])

    def check_end(self, name, job, plan):
        wanted = {plan.outcome}
        if job["id"] in self.expectation.stopped | self.expectation.asked:
            wanted.add("shutdown")
        # A job that was stopped is never lost.
        if job["id"] not in self.expectation.stopped:
            wanted.add("lost")
        if job["outcome"] not in wanted:
            self.violated(f"{name} ended as {job['outcome']} ({job['reason']}), not as {' or '.join(wanted)}")
        if job["outcome"] in ("success", "failed") and job["exit_code"] != plan.facts["code"]:
            self.violated(f"{name} ended with code {job['exit_code']} ({job['reason']}), not {plan.facts['code']}")

    def check_attempt(self, name, job, plan, attempt, is_last):
        run = f"{self.server.data}/runs/{job['id']}/{attempt}"
        lines, is_torn = log_lines(f"{run}/log")
        ran_to_its_end = job["outcome"] in ("success", "failed") and is_last and job["exit_code"] is not None
        if is_torn and not ran_to_its_end:
            # Nobody had secured this log: parts of it may be missing where the disk has nothing, but what is there is in order.
            rest = iter(plan.lines)
            if any(line not in rest for line in lines):
                self.violated(f"{name}: the lines of attempt {attempt} are not in their order")
            return
        if lines != plan.lines[: len(lines)]:
            wrong = next((n for n, (a, b) in enumerate(zip(lines, plan.lines)) if a != b), len(plan.lines))
            self.violated(f"{name}: line {wrong + 1} of attempt {attempt} is {lines[wrong]!r}")
            return
        if ran_to_its_end and len(lines) != len(plan.lines):
            self.violated(f"{name}: {len(lines)} of {len(plan.lines)} lines are in the log of attempt {attempt}")
        if ran_to_its_end:
            self.check_result(name, job, plan, run)

    def check_result(self, name, job, plan, run):
        try:
            with open(f"{run}/output/result") as file:
                result = file.read()
        except OSError as error:
            result = str(error)
        if result != plan.result:
            self.violated(f"{name} has ended with code {job['exit_code']}, but its result is {result!r}")

    def check_new_work(self, tag):
        """The server is of use again."""
        try:
            code = self.client.send(Tree({"main.py": f"print({tag!r})\n".encode(), f"{tag}.txt": b"new\n"}))
            job = self.client.submit("campaign", code["id"], f"cat {tag}.txt; exit 7")
            end = self.client.wait(job["id"])
            lines, _ = log_lines(f"{self.server.data}/runs/{job['id']}/{end['attempt']}/log")
            if (end["outcome"], end["exit_code"], lines) != ("failed", 7, ["new"]):
                self.violated(f"a new job ended as {end['outcome']} {end['exit_code']} ({end['reason']}) with {lines}")
        except (Refused, Failure, OSError) as error:
            self.violated(f"a new job doesn't work: {error}")

