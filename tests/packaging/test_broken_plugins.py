"""A broken plugin costs one line on standard error; everything else works.

Each kind of breakage is a project of its own, built and installed by pip beside oslab.
"""

from __future__ import annotations

import site
import sys
import venv
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from .conftest import Environment, pip

HOOKS = "from oslab import Command, ProblemType, hookimpl\n"


@dataclass(frozen=True)
class Broken:
    """A plugin's ``__init__``, and how the reason given for leaving it out reads."""

    code: str
    reason: str
    requires: str = "oslab"
    entry: str = ""


BROKEN = {
    "import-error": Broken(
        "import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'"
    ),
    "syntax-error": Broken("def half(:\n", "SyntaxError: invalid syntax"),
    "exits": Broken("import sys\nsys.exit(3)\n", "it called sys.exit()"),
    "base-exception": Broken("raise BaseException('enough')\n", "BaseException: enough"),
    "arguments": Broken(
        HOOKS + "@hookimpl\ndef oslab_commands(manager):\n    return []\n",
        "hook oslab_commands takes no arguments",
    ),
    "misspelt": Broken(
        HOOKS + "@hookimpl\ndef oslab_comands():\n    return []\n",
        "no hook is called oslab_comands",
    ),
    "midway": Broken(
        HOOKS + "@hookimpl\ndef oslab_commands():\n"
        "    yield Command('midway', 'Half.', 'midway:app')\n"
        "    raise RuntimeError('half way')\n",
        "oslab_commands: RuntimeError: half way",
    ),
    "hook-exits": Broken(
        HOOKS + "@hookimpl\ndef oslab_problems():\n    raise SystemExit\n",
        "oslab_problems: it called sys.exit()",
    ),
    "wrong-type": Broken(
        HOOKS + "@hookimpl\ndef oslab_commands():\n    yield 'wrong-type'\n",
        "oslab_commands must yield Commands, not str",
    ),
    "nothing": Broken(
        HOOKS + "@hookimpl\ndef oslab_commands():\n    pass\n",
        "oslab_commands: TypeError: 'NoneType' object is not iterable",
    ),
    "takes-command": Broken(
        HOOKS + "@hookimpl\ndef oslab_commands():\n"
        "    yield Command('paging', 'Mine.', 'oslab_takes_command:app')\n",
        'the command name "paging" is taken by plugin paging (oslab ',
    ),
    "takes-host-command": Broken(
        HOOKS + "@hookimpl\ndef oslab_commands():\n"
        "    yield Command('exercise', 'Mine.', 'oslab_takes_host_command:app')\n",
        'the command name "exercise" is taken by oslab itself',
    ),
    "takes-export": Broken(
        HOOKS + "from oslab import Exporter\n@hookimpl\ndef oslab_exporters():\n"
        "    yield Exporter('csv', 'Mine.', 'oslab_takes_export:export')\n",
        'the export format name "csv" is taken by plugin grader (oslab ',
    ),
    "no-exporter": Broken(
        HOOKS + "@hookimpl\ndef oslab_exporters():\n    yield 'csv'\n",
        "oslab_exporters must yield Exporters, not str",
    ),
    "foreign-problem": Broken(
        HOOKS + "@hookimpl\ndef oslab_problems():\n"
        "    yield ProblemType('paging.replace', 'oslab_foreign_problem:Replace')\n",
        'problem type "paging.replace" must be called foreign-problem.replace',
    ),
    "too-new": Broken(HOOKS, "it needs oslab>=99; this is oslab ", requires="oslab>=99"),
    "too-old": Broken(HOOKS, "it needs oslab<0.0.1; this is oslab ", requires="oslab<0.0.1"),
    "no-attribute": Broken(HOOKS, "AttributeError: ", entry="oslab_no_attribute:plugin"),
}

# Their names are taken: by a plugin of oslab itself, and by each other.
CLASHING = {"impostor": "paging", "twin-one": "twin", "twin-two": "twin"}

# Good manifests; what they name cannot be loaded, which shows when it is used.
LATE = {
    "late-module": ("oslab_late_nowhere:app", "No module named 'oslab_late_nowhere'"),
    "late-attribute": ("oslab_late_attribute:nothing", "nothing"),
    "late-exit": ("oslab_late_exit.cli:app", "it called sys.exit()"),
    "late-kind": ("oslab_late_kind:hookimpl", "not a typer.Typer"),
}


# A good manifest; the format it names cannot be loaded.
EXPORTING = "late-export"


def export_hook(name: str, target: str) -> str:
    hook = f"@hookimpl\ndef oslab_exporters():\n    yield Exporter('{name}', 'One.', '{target}')\n"
    return f"from oslab import Exporter\n{HOOKS}{hook}"


def write_project(
    folder: Path,
    name: str,
    code: str,
    *,
    plugin: str = "",
    requires: str = "oslab",
    entry: str = "",
) -> Path:
    """A plugin's project, as its author would have it."""
    package = f"oslab_{name.replace('-', '_')}"
    project = folder / f"oslab-{name}"
    (project / package).mkdir(parents=True)
    (project / package / "__init__.py").write_text(code, encoding="utf-8")
    (project / "pyproject.toml").write_text(
        f"""
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "oslab-{name}"
version = "1.2.3"
dependencies = ["{requires}"]
[project.entry-points.oslab]
{plugin or name} = "{entry or package}"
""",
        encoding="utf-8",
    )
    return project


def command_hook(name: str, target: str) -> str:
    hook = f"@hookimpl\ndef oslab_commands():\n    yield Command('{name}', 'One.', '{target}')\n"
    return HOOKS + hook


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """oslab as it is installed here, and every broken plugin beside it."""
    folder = tmp_path_factory.mktemp("broken")
    projects = [
        write_project(folder, name, broken.code, requires=broken.requires, entry=broken.entry)
        for name, broken in BROKEN.items()
    ]
    for name, plugin in CLASHING.items():
        code = command_hook(name, f"oslab_{name.replace('-', '_')}:app")
        projects.append(write_project(folder, name, code, plugin=plugin))
    for name, (target, _) in LATE.items():
        projects.append(write_project(folder, name, command_hook(name, target)))
    hook = export_hook(EXPORTING, "oslab_late_export.nowhere:export")
    projects.append(write_project(folder, EXPORTING, hook))
    exits = folder / "oslab-late-exit" / "oslab_late_exit" / "cli.py"
    exits.write_text("raise SystemExit(0)\n", encoding="utf-8")

    venv.create(folder / "venv", symlinks=sys.platform != "win32")
    made = Environment(folder / "venv")
    # The environment of the tests lends its packages, oslab among them, installed or editable.
    lent = "; ".join(f"site.addsitedir({place!r})" for place in site.getsitepackages())
    own = made.run("python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    Path(own.stdout.strip(), "lent.pth").write_text(f"import site; {lent}\n", encoding="utf-8")
    python = made.path("python")
    options = ["--no-deps", "--no-index", "--no-build-isolation"]
    pip("--python", python, "install", *options, *map(str, projects))
    # oslab is started as a module: its launcher is in the lending environment.
    return made


def oslab(
    environment: Environment, *arguments: str, disable: str = ""
) -> tuple[int, str, list[str]]:
    done = environment.run(
        "python", "-m", "oslab", *arguments, OSLAB_DISABLE=disable, OSLAB_LANG="en"
    )
    return done.returncode, done.stdout, done.stderr.splitlines()


def all_but(*names: str) -> str:
    everyone = {*BROKEN, *LATE, EXPORTING, "twin"}
    return ",".join(sorted(everyone - set(names)))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_one_line_naming_plugin_distribution_and_reason(
    environment: Environment, name: str
) -> None:
    code, _, said = oslab(environment, "--version", disable=all_but(name))
    mine = [line for line in said if "impostor" not in line]
    assert code == 0
    assert len(mine) == 1, said
    assert mine[0].startswith(
        f"oslab: skipped plugin {name} (oslab-{name} 1.2.3): {BROKEN[name].reason}"
    )


def test_everything_else_works_beside_all_of_them_at_once(environment: Environment) -> None:
    code, out, said = oslab(environment, "--help")
    assert code == 0
    assert len(said) == len(BROKEN) + 2  # the impostor, and one of the twins
    assert "paging" in out
    assert "grade" in out
    code, out, _ = oslab(environment, "paging", "split", "8196", "--json")
    assert code == 0
    assert '"vpn":2' in out


def test_a_misspelt_hook_is_told_the_right_name(environment: Environment) -> None:
    _, _, said = oslab(environment, "--version", disable=all_but("misspelt"))
    assert any("oslab_commands" in line for line in said)


def test_a_plugin_may_not_take_the_name_of_one_of_ours(environment: Environment) -> None:
    _, _, said = oslab(environment, "--version", disable=all_but())
    assert len(said) == 1
    assert said[0].startswith(
        "oslab: skipped plugin paging (oslab-impostor 1.2.3): the name paging is taken by oslab "
    )


@pytest.mark.parametrize("hash_seed", ["1", "2", "3"])
def test_of_two_strangers_with_one_name_always_the_same_one_wins(
    environment: Environment, hash_seed: str
) -> None:
    done = environment.run(
        "python", "-m", "oslab", "--help", OSLAB_DISABLE=all_but("twin"), PYTHONHASHSEED=hash_seed
    )
    assert done.returncode == 0
    assert (
        "oslab: skipped plugin twin (oslab-twin-two 1.2.3): "
        "the name twin is taken by oslab-twin-one 1.2.3"
    ) in done.stderr
    assert "twin-one" in done.stdout


@pytest.mark.parametrize("name", LATE)
def test_a_target_that_does_not_resolve_costs_nobody_else(
    environment: Environment, name: str
) -> None:
    target, reason = LATE[name]
    disable = f"{all_but(name)},paging"
    code, out, said = oslab(environment, "--help", disable=disable)
    assert (code, said) == (0, [])
    assert name in out

    code, out, said = oslab(environment, name, disable=disable)
    assert (code, out, len(said)) == (70, "", 1), said
    assert all(part in said[0] for part in (name, f"oslab-{name} 1.2.3", target, reason))


def test_a_format_that_does_not_resolve_is_listed_and_one_line_when_used(
    environment: Environment,
) -> None:
    disable = all_but(EXPORTING)
    code, out, said = oslab(environment, "gradebook", "export", disable=disable)
    assert (code, [line for line in said if "impostor" not in line]) == (0, [])
    assert "  late-export   One.   plugin late-export (oslab-late-export 1.2.3)" in out
    assert "1 export format" in oslab(environment, "plugin", "list", disable=disable)[1]
    about = oslab(environment, "plugin", "info", EXPORTING, disable=disable)[1]
    assert "export    oslab gradebook export late-export   One." in about

    code, out, said = oslab(environment, "gradebook", "export", EXPORTING, disable=disable)
    assert (code, out, len(said)) == (70, "", 2), said
    wanted = ("oslab-late-export 1.2.3", "oslab_late_export.nowhere:export cannot be loaded")
    assert all(part in said[1] for part in wanted)
    code, out, _ = oslab(environment, "plugin", "check", EXPORTING, disable=disable)
    assert code == 1
    assert "oslab_late_export.nowhere:export cannot be loaded" in out


def test_the_traceback_is_there_on_request(environment: Environment) -> None:
    code, _, said = oslab(environment, "--debug", "late-module", disable=all_but("late-module"))
    assert code != 0
    assert any(line.startswith("Traceback") for line in said)


def test_disabled_plugins_are_silent(environment: Environment) -> None:
    ours = ",".join(entry.name for entry in entry_points(group="oslab"))
    code, out, said = oslab(environment, "--help", disable=f"{all_but()},{ours}")
    assert (code, said) == (0, [])
    block = out.partition("Commands:\n")[2].partition("\n\n")[0]
    listed = [line.split()[0] for line in block.splitlines()]
    assert listed == ["exercise", "plugin", "trace"]


def test_plugin_list_shows_who_was_left_out_and_why(environment: Environment) -> None:
    code, out, _ = oslab(environment, "plugin", "list", disable="exits")
    assert code == 0
    flat = " ".join(out.split())
    for name in ("import-error", "takes-command", "too-new"):
        assert name in flat
        assert f"oslab-{name} 1.2.3" in flat
    assert "exits" in flat  # disabled
    code, out, said = oslab(environment, "plugin", "list", "--verbose")
    assert code == 0
    assert any("Traceback" in line for line in [*out.splitlines(), *said])


def test_one_package_under_two_names_is_one_plugin(
    environment: Environment, tmp_path: Path
) -> None:
    code = command_hook("double", "oslab_double:app")
    project = write_project(tmp_path, "double", code)
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('again = "oslab_double"\n')
    target = tmp_path / "site"
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--target", str(target)]
    pip("install", *options, str(project))
    done = environment.run(
        "python",
        "-m",
        "oslab",
        "--help",
        PYTHONPATH=str(target),
        OSLAB_DISABLE=f"{all_but()},paging",
    )
    assert done.returncode == 0
    assert "double" in done.stdout
    (line,) = done.stderr.splitlines()
    assert "it is the plugin again under another name" in line


def test_damaged_metadata_costs_only_its_plugin(environment: Environment, tmp_path: Path) -> None:
    """What a builder would have refused, but an old or damaged installation can hold."""
    info = tmp_path / "oslab_damaged-1.0.dist-info"
    info.mkdir()
    (tmp_path / "oslab_damaged.py").write_text(HOOKS)
    (info / "entry_points.txt").write_text("[oslab]\ndamaged = oslab_damaged\n")
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: oslab-damaged\nVersion: 1.0\nRequires-Dist: oslab >= one\n"
    )
    done = environment.run(
        "python",
        "-m",
        "oslab",
        "--help",
        PYTHONPATH=str(tmp_path),
        OSLAB_DISABLE=f"{all_but()},paging",
    )
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line == (
        "oslab: skipped plugin damaged (oslab-damaged 1.0): "
        'its requirement "oslab >= one" cannot be read'
    )
