"""SSM: as many names a call as AWS takes. moto itself refuses tags together with overwriting."""

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
