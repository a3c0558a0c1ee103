"""What `make mutate` says of the kernel's tests."""

from __future__ import annotations

from tests.support.mutants import score


def test_what_was_not_noticed_is_named_and_counted_by_module() -> None:
    told = """\
    dovetail.kernel.apply.x_apply__mutmut_1: killed
    dovetail.kernel.apply.x_apply__mutmut_2: survived
    dovetail.kernel.apply.x_apply__mutmut_3: not checked
    dovetail.kernel.apply.x_apply__mutmut_4: no tests
    dovetail.kernel.state.xǁStateǁcopy__mutmut_1: timeout
"""

    assert score(told) == [
        "survived: dovetail.kernel.apply.x_apply__mutmut_2",
        "no tests: dovetail.kernel.apply.x_apply__mutmut_4",
        "dovetail.kernel.apply            1 of     3 noticed   33.3 %",
        "dovetail.kernel.state            1 of     1 noticed  100.0 %",
        "all                              2 of     4 noticed   50.0 %",
    ]


def test_nothing_tried_is_nothing_missed() -> None:
    assert score("") == ["all                              0 of     0 noticed  100.0 %"]
