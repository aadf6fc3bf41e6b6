"""What schemathesis can't know of the interface."""
import os

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    """Ends the streams that otherwise have no end: a log's where it is now, that of moves with the end of a job."""
    path = case.operation.path
    if path.endswith("/log/stream"):
        if case.query is None or case.query.get("follow", "true") in ("true", True):
            case.query = {**(case.query or {}), "follow": "false"}
    elif path.endswith("/events/stream"):
        if not (case.query or {}).get("job"):
            case.query = {**(case.query or {}), "job": os.environ["FLOYDLITE_JOB"]}
