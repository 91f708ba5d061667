"""DynamoDB: a transaction with the token of an earlier one is that transaction, and is not done again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.responses import DynamoHandler

from .errors import json_refusal
from .patching import wrap

_done: dict[str, str] = {}
"""The transactions that succeeded, by their tokens."""


def forget() -> None:
    _done.clear()


@wrap(DynamoHandler)
def transact_write_items(original: Callable[..., ActionResult], self: Any) -> ActionResult:
    """moto ignores the token, so that the retry of a lost answer meets its own effect as a failed condition.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    token = self.body.get("ClientRequestToken")
    asked = json.dumps(self.body["TransactItems"], sort_keys=True)
    if token in _done:
        if _done[token] != asked:
            raise json_refusal("dynamodb", "TransactWriteItems", "IdempotentParameterMismatchException")
        return ActionResult({})
    result = original(self)
    if token:
        _done[token] = asked
    return result
