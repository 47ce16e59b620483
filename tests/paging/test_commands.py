"""The list of commands, which are imported only when they are used."""

import inspect
from importlib import import_module

import pytest
import typer

from oslab.cli import main
from oslab_paging.cli import app
from oslab_paging.cli.replacement import rules

COMMANDS = typer.main.get_command(app).commands


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_of_the_list_is_there_and_says_what_it_does(name):
    loaded = COMMANDS[name].load()
    assert loaded.name == name
    assert loaded.help


def test_the_list_leaves_no_command_out():
    modules = {command.command.target.partition(":")[0] for command in COMMANDS.values()}
    mounted = {
        command.name
        for module in modules
        for command in import_module(module).app.registered_commands
    }
    assert mounted == set(COMMANDS)


@pytest.mark.parametrize("name", ["replace", "compare", "curve"])
def test_every_disputed_rule_can_be_settled(name):
    options = {parameter.name for parameter in COMMANDS[name].load().params}
    assert set(inspect.signature(rules).parameters) <= options


def test_a_walk_records_the_memory_it_touched_and_no_more(capsys, tmp_path):
    image = tmp_path / "memory"
    memory = bytearray(1 << 20)
    memory[0x1000:0x1004] = (0x2007).to_bytes(4, "little")
    memory[0x2000:0x2004] = (0x3007).to_bytes(4, "little")
    memory[0x3012] = 0x5A
    image.write_bytes(memory)
    arguments = ["--layout", "x86-32", "--memory", str(image), "--root", "0x1000", "--json"]
    with pytest.raises(SystemExit) as stop:
        main(["paging", "walk", "0x12:r:kernel", *arguments])
    written = capsys.readouterr().out
    assert stop.value.code == 0
    assert len(written) < 5000
    assert '"value":90' in written


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("eat --disk-time 1e999", "--disk-time"),
        ("inverted 0x1000 --pid -1", "--pid"),
        ("fault 0x1000 --free -1", "--free"),
        ("size --memory 100", "--memory"),
        ("translate 0x1000 --pte 1=99999999999999999999999999", "frame number"),
        ("translate 0x1000 --pte 1=-5", "--pte"),
        ("translate 0x1000 --table /", "directory"),
        ("error-code --situation zz", "ru:w:user"),
        ("page-size --sizes ,", "one page size "),
        ("replace --refs 1 --policy aging --aging-bits 0", "--aging-bits"),
        ("replace --refs 1 --policy fifo --tau 4", "wsclock"),
        ("replace --refs 1 --policy lru --counts-kept", "lfu, mfu"),
    ],
)
def test_bad_input_is_one_line_that_names_the_option(capsys, arguments, named):
    with pytest.raises(SystemExit) as stop:
        main(["paging", *arguments.split()])
    message = capsys.readouterr().err
    assert stop.value.code == 2
    assert named in message
    assert message.count("\n") == 1


def test_a_policy_may_be_written_in_capitals(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["paging", "replace", "--refs", "1,2", "--policy", "LRU", "--json"])
    assert stop.value.code == 0
    assert '"policy":"lru"' in capsys.readouterr().out


def test_addresses_are_numbers_in_json(capsys):
    with pytest.raises(SystemExit):
        main(["paging", "translate", "0x1004", "--pte", "1=3", "--json"])
    assert '"pa":12292' in capsys.readouterr().out
