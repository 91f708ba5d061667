"""SSM: as many names a call as AWS takes. moto itself refuses tags together with overwriting.

A name that was deleted may be made again at once here.
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html says to wait for 30 seconds,
and neither that page nor a public report says what AWS answers before: no answer is made up. That the function waits is
tested by when it asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ssm.exceptions import ValidationException
from moto.ssm.models import SimpleSystemManagerBackend

from .patching import wrap

MOST_NAMES = 10


@wrap(SimpleSystemManagerBackend)
def delete_parameters(original: Callable[..., list[str]], self: Any, names: list[str]) -> list[str]:
    """moto takes any number of names.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html
    """
    if not 1 <= len(names) <= MOST_NAMES:
        raise ValidationException(
            f"1 validation error detected: Value '[{', '.join(names)}]' at 'names' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MOST_NAMES}."
        )
    return original(self, names)
