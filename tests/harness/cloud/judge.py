"""Says whether policies allow something: ministack's own evaluation of IAM policies, asked a line at a time.

Run with the Python of `.venv-stack`. It ends when its standard input does.
"""

from __future__ import annotations

import json
import sys

from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

ALLOWED = "Allow"


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        context = EvalContext(
            principal_arn=asked["principal"],
            principal_type="AssumedRole",
            principal_account=asked["account"],
            action=asked["action"],
            resource_arn=asked["resource"],
            region=asked["region"],
            service_context={name.lower(): value for name, value in asked["context"].items()},
        )
        policies = [parse_policy_document(each) for each in asked["policies"]]
        print(json.dumps(evaluate(context, policies).decision == ALLOWED), flush=True)


if __name__ == "__main__":
    main()
