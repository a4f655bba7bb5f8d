"""Asks Paradime's own package about a workspace; everything in it is theirs, the requests over the network too.

The argument is `{endpoint, key, secret, questions: [[method, arguments]]}` as JSON. One client is asked all of them,
and on stdout go `{answers: [{value}, ...]}`, or `{error, message}` with the type of the exception in place of a value.
"""

import contextlib
import json
import sys

import polars
from paradime import Paradime
from pydantic.v1 import BaseModel


def plain(value):
    """What json does not know: their models, rows of a data frame, and times."""
    if isinstance(value, BaseModel):
        return value.dict()
    if isinstance(value, polars.DataFrame):
        return value.rows(named=True)
    return str(value)


def answer(client, method, arguments):
    try:
        value = getattr(client, method)(*arguments)
        return {"value": json.loads(json.dumps(value, default=plain))}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def answers(session):
    workspace = Paradime(
        api_endpoint=session["endpoint"], api_key=session["key"], api_secret=session["secret"]
    )
    client = workspace.metadata
    try:
        return [answer(client, method, arguments) for method, arguments in session["questions"]]
    finally:
        client.close()


# Their package prints what it could not load: that goes beside the answers, not into them.
with contextlib.redirect_stdout(sys.stderr):
    told = answers(json.loads(sys.argv[1]))
json.dump({"answers": told}, sys.stdout)
