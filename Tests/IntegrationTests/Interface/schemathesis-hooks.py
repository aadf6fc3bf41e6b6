"""What schemathesis can't know of the interface."""
import os
import random
import re

import schemathesis

JOB = os.environ["FLOYDLITE_JOB"]
VERSION = os.environ["FLOYDLITE_VERSION"]
KNOWN = {"job": JOB, "version": VERSION, "dataset": VERSION}
NAME = r"[A-Za-z][A-Za-z0-9._-]{0,63}"
REFERENCE = re.compile(rf"({NAME}/((datasets|projects)/)?)?{NAME}(/[1-9][0-9]{{0,17}})?")
chance = random.Random(1)


def is_positive(case):
    """Whether all of the case is as the document wants it."""
    return case.meta is None or case.meta.generation.mode.is_positive


@schemathesis.serializer("application/x-ndjson", "application/offset+octet-stream")
def as_bytes(context, value):
    """Lines and bytes go out as they are."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Looks at what is there as often as at what isn't, and ends the streams that otherwise have no end."""
    for name, value in (case.path_parameters or {}).items():
        # A well-formed reference leads nowhere, most often. What is malformed stays.
        if name in KNOWN and is_positive(case) and case.method != "DELETE" and REFERENCE.fullmatch(str(value)) and chance.random() < 0.5:
            case.path_parameters = {**case.path_parameters, name: KNOWN[name]}
    # Nobody fuzzes on without the token.
    if case.operation.path.endswith("/tokens/{token}") and case.method == "DELETE":
        case.path_parameters = {**case.path_parameters, "token": "2" * 22}
    address = ".".join(str(chance.randrange(1, 255)) for _ in range(4))
    case.headers = {**(case.headers or {}), "X-Forwarded-For": address}
    query = dict(case.query or {})
    # No page gave a cursor that is made up, so it is refused, which its schema can't say.
    if re.fullmatch(r"[A-Za-z0-9._-]{1,64}|[^/].*", str(query.get("cursor", "/")), re.S):
        del query["cursor"]
    path = case.operation.path
    if path.endswith("/log/stream"):
        # A log's ends where it is now. One start at a time, which OpenAPI can't say.
        if str(query.get("follow", "true")) == "true":
            query["follow"] = "false"
        starts = [name for name in ("from", "tail", "since", "line") if name in query]
        for name in starts[1:] if is_positive(case) else []:
            del query[name]
    elif path.endswith("/events/stream") and "job" not in query:
        # That of moves ends with the job.
        query["job"] = JOB
    if query != (case.query or {}):
        case.query = query
