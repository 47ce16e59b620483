"""The commands of zerocopy, from the command line to what is printed."""

import json

import pytest


def metrics(oslab, *arguments):
    found = oslab("zerocopy", *arguments, "--json")
    assert found.code == 0, found.err
    return json.loads(found.out)["metrics"]


def test_run_states_all_counts(oslab):
    found = metrics(oslab, "run", "splice", "--size", "16K", "--chunk", "4K")
    assert (found["syscalls"], found["mode_switches"]) == (8, 16)
    assert found["counts"]["total"] == {"syscalls": 9, "mode_switches": 18}
    found = metrics(oslab, "run", "mmap-write", "--count", "amortised", "--size", "4K")
    assert found["mode_switches"] == 2


def test_run_without_steps_counts_what_the_steps_do(oslab):
    long = ["run", "io-uring-splice", "--size", "1M", "--chunk", "1K", "--batch", "3"]
    plain = json.loads(oslab("zerocopy", *long, "--json").out)
    assert plain["steps"] == []
    asked = json.loads(oslab("zerocopy", *long, "--json", "--steps").out)
    assert asked["metrics"] == plain["metrics"]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "command",
    [
        "run msg-zerocopy --size 10K --chunk 4K",
        "run io-uring --size 10K --chunk 4K --batch 2 --sqpoll",
        "run splice --loopback --cached yes",
        "compare --size 1M --chunk 64K",
        "mmap --access read~0;write~0~1;pread~0;pwrite~9~9;truncate~1;close;read~5000",
        "mmap --offset 5",
        "mmap --flags shared --prot read-write --open-mode r",
        "mmap --address 0x10000000 --placement fixed --occupied 0x10000000:4K:3",
        "mmap --address 0x10000000 --placement fixed-noreplace --occupied 0x10000000:4K",
        "mmap --address 0x10000000 --occupied 0x10000000:4K --access read~0",
        "sendfile --ops send~8K;send~8K;drain~100;seek~5;offset~3;send~9~offset --room 9000",
        "sendfile --count 5 --limit 3 --offset 2",
        "break-even",
        "break-even --path sendfile --fault-time 1ms",
        "break-even --fault-time 1ms",
        "choose --need look,no-pipe",
        "choose --source socket --target file --need modify",
    ],
)
def test_every_step_has_words(oslab, command, lang):
    words = [word.replace("~", " ") for word in command.split()]
    found = oslab("--lang", lang, "zerocopy", *words)
    assert (found.code, found.err) == (0, "")
    # Where there are no words, the names of values are shown.
    assert "mode_switches" not in found.out
    assert "outcome" not in found.out


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("run", "Missing argument"),
        ("run carrier-pigeon", "is not one of read-write"),
        ("run splice --size 0", "a transfer has 1 to"),
        ("run splice --size 1e99", "--size"),
        ("run splice --cached maybe", "--cached"),
        ("run splice --size 1G --chunk 1 --steps", "at most 10000 can be shown"),
        ("run sendfile-sg --nic-sg no", "the path is sendfile"),
        ("run direct --chunk 1000", "no multiple of 512"),
        ("run io-uring --batch 0", "--batch"),
        ("run splice --call-time -5", "less than nothing"),
        ("compare --count most", "--count"),
        ("mmap --page-size 5000", "a power of two"),
        ("mmap --access fly", "--access: operation 1"),
        ("mmap --occupied 5", "ADDRESS:BYTES is expected"),
        ("mmap --address 0x10000000 --occupied 0x10000000:5", "whole pages"),
        ("mmap --placement fixed", "needs an address"),
        ("sendfile", "either --count"),
        ("sendfile --count 5 --ops send~5", "both were given"),
        ("sendfile --ops ;", "--ops is empty"),
        ("sendfile --ops send~5~offset", "has no value yet"),
        ("sendfile --count 5 --limit 0", "1 byte or more"),
        ("break-even --size 5000", "whole pages of 4096 bytes"),
        ("break-even --size 0", "whole pages of 4096 bytes"),
        ("break-even --page-size 0", "one byte or more"),
        ("break-even --path tee", "--path"),
        ("choose --need luck", "--need"),
        ("choose --paths tee,tee", "names a path twice"),
        ("choose --chunk 1000", "no multiple of 512"),
    ],
)
def test_bad_input_is_said_in_one_sentence(oslab, command, said):
    found = oslab("zerocopy", *[word.replace("~", " ") for word in command.split()])
    assert found.code == 2
    assert said in found.err
    assert "Traceback" not in found.err
    assert found.out == ""


def test_huge_numbers_take_no_time(oslab):
    found = metrics(oslab, "run", "splice", "--size", "1000P", "--chunk", "1")
    assert found["chunks"] == 1000 * 2**50
    assert metrics(oslab, "sendfile", "--count", "1000P", "--file-size", "1000P")["sends"] == 1


def test_sendfile_from_the_command_line(oslab):
    found = metrics(
        oslab, "sendfile", "--ops", "send 64K; send 64K", "--file-size", "100000", "--offset", "5",
        "--room", "80000",
    )  # fmt: skip
    assert found == {
        "sends": 2,
        "sent_bytes": 80_000,
        "again": 0,
        "ends": 0,
        "position": 0,
        "offset": 80_005,
        "queued_bytes": 80_000,
    }


def test_mmap_from_the_command_line(oslab):
    found = metrics(
        oslab, "mmap", "--offset", "4K", "--length", "8K", "--file-size", "5000", "--page-size", "4K",
    )  # fmt: skip
    assert found["result"] == "ok"
    assert (found["pages"], found["zero_bytes"], found["sigbus_from"]) == (2, 3192, 4096)
