"""The tolerance table itself: it covers every operation, and the best answer float32 can hold is within it."""

from __future__ import annotations

import numpy as np
import pytest
from cases import FAMILIES, IDS, OTHERWISE, arguments
from tolerances import TABLE, bound, error

OPERATIONS = [operation for operation in TABLE if operation not in OTHERWISE]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("family", FAMILIES, ids=IDS)
def test_rounded_answers_are_within_the_table(family, operation):
    given = [np.asarray(value, dtype=np.float32) for value in arguments(family, operation, hard=False)]
    answer = getattr(family, operation)(*given)
    assert answer.dtype == np.float32
    worst = error(family, operation, answer, *given)
    assert worst.shape == answer.shape
    assert worst.max(initial=0.0) <= bound(operation, type(family).__name__, np.float32)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("family", FAMILIES, ids=IDS)
def test_the_reference_agrees_with_itself_and_a_wrong_answer_is_seen(family, operation):
    given = arguments(family, operation)
    answer = getattr(family, operation)(*given)
    allowed = bound(operation, type(family).__name__, np.float64)
    worst = error(family, operation, answer, *given)
    assert worst.max(initial=0.0) <= allowed
    ordinary = slice(0, 5)
    wrong = np.where(np.isfinite(answer), answer * (1 + 1e-4), answer)
    few = [value[ordinary] for value in given]
    moved = error(family, operation, wrong[ordinary], *few)
    finite = np.isfinite(answer[ordinary]) & (answer[ordinary] != 0)
    assert not finite.any() or moved.max() > allowed
