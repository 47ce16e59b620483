"""The @simulator decorator, and what it adds to every simulator."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from oslab import InputError, Int, Run, Step, group, simulator
from oslab.quantities import QuantityError, parse_int

runner = CliRunner()


def double_app() -> typer.Typer:
    app = group("Numbers.")

    @simulator(app, "double")
    def double(
        numbers: Annotated[list[str], typer.Argument(metavar="N...", help="Numbers.")],
        times: Annotated[str, typer.Option(help="How often.")] = "2",
    ) -> Run:
        """Double numbers."""
        steps = tuple(
            Step(
                action="double",
                given={"n": parse_int(n)},
                result={"product": parse_int(n) * parse_int(times)},
            )
            for n in numbers
        )
        return Run(
            command="paging.double",
            config=None,
            asks={"double": {"product": Int()}},
            steps=steps,
            metrics={"count": len(steps)},
        )

    @simulator(app, "other")
    def other() -> Run:
        """Another one."""
        return Run(command="paging.other", config=None)

    assert double(["3"]).metrics == {"count": 1}
    return app


def test_a_simulator_has_its_own_help_and_the_output_options() -> None:
    result = runner.invoke(double_app(), ["double", "--help"])
    assert result.exit_code == 0
    for text in ("Double numbers.", "N...", "--times", "--json", "--no-steps", "--predict"):
        assert text in result.output


def test_the_group_lists_its_simulators_and_needs_one() -> None:
    result = runner.invoke(double_app(), [])
    assert "Numbers." in result.output
    assert "double" in result.output


def test_a_run_is_shown() -> None:
    result = runner.invoke(double_app(), ["double", "3", "4", "--times", "5"])
    assert result.exit_code == 0
    assert "product" in result.output
    assert "20" in result.output


def test_steps_can_be_left_out() -> None:
    result = runner.invoke(double_app(), ["double", "3", "4", "--no-steps"])
    assert "product" not in result.output
    assert "count  2" in result.output


def test_json_is_one_document_and_nothing_else() -> None:
    result = runner.invoke(double_app(), ["double", "3", "--json"])
    assert result.output.endswith("}\n")
    assert json.loads(result.output)["steps"][0]["result"] == {"product": 6}
    assert result.stderr == ""


def test_json_without_steps() -> None:
    result = runner.invoke(double_app(), ["double", "3", "--json", "--no-steps"])
    assert "steps" not in json.loads(result.output)


@pytest.mark.parametrize(("answers", "code"), [("6\n8\n", 0), ("6\n7\n", 1), ("6\n", 1), ("", 1)])
def test_predict_exits_with_0_only_when_all_is_right(answers: str, code: int) -> None:
    result = runner.invoke(double_app(), ["double", "3", "4", "--predict"], input=answers)
    assert result.exit_code == code


def test_predict_and_json_together() -> None:
    result = runner.invoke(double_app(), ["double", "3", "--predict", "--json"], input="6\n")
    assert json.loads(result.stdout)["score"]["right"] == 1
    assert "product" in result.stderr


def test_a_list_and_the_answers_cannot_both_come_from_standard_input() -> None:
    result = runner.invoke(double_app(), ["double", "-", "--predict"], input="6\n")
    assert isinstance(result.exception, InputError)
    assert "@FILE" in str(result.exception)


def test_bad_input_is_left_to_the_root_command() -> None:
    result = runner.invoke(double_app(), ["double", "three"])
    assert isinstance(result.exception, QuantityError)


def test_a_function_may_not_declare_an_output_option_itself() -> None:
    with pytest.raises(TypeError, match="predict belongs to @simulator"):

        @simulator(group("x"), "bad")
        def bad(predict: int = 3) -> Run:
            """Bad."""
            return Run(command="paging.bad", config=None)


@pytest.mark.parametrize(
    ("options", "told"),
    [([], None), (["--steps"], True), (["--no-steps"], False), (["--no-steps", "--predict"], True)],
)
def test_a_simulator_of_long_inputs_is_told_whether_steps_were_asked_for(
    options: list[str], told: bool | None
) -> None:
    app = group("x")
    heard = []

    @simulator(app, "long")
    def long(steps: bool | None = None) -> Run:
        """Long."""
        heard.append(steps)
        return Run(command="paging.long", config=None)

    assert runner.invoke(app, ["long", *options]).exit_code == 0
    assert heard == [told]


def test_a_run_of_an_unknown_plugin_is_named() -> None:
    app = group("x")

    @simulator(app, "lost")
    def lost() -> Run:
        """Lost."""
        return Run(command="nowhere.lost", config=None)

    result = runner.invoke(app, ["lost"])
    assert result.exception is not None
    assert "there is no plugin nowhere" in str(result.exception)


IMPORTED = """
import sys
from oslab.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize("options", [(), ("--json",), ("--no-steps",)])
def test_showing_a_run_imports_nothing_heavy(options: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, "paging", "replace", "--refs", "1,2,3", *options],
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    modules = set(done.stderr.splitlines()[-1].split())
    assert not {m for m in modules if m.split(".")[0] in ("rich", "pydantic", "numpy")}
    assert "oslab.predict" not in modules
