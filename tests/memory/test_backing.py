"""The virtual-memory manager: values from the backing store, faults and TLB hits counted."""

import io
import json
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oslab import InputError
from oslab.cli import main
from oslab_memory.backing import (
    STORE_SIZE,
    BackingConfig,
    Manager,
    count,
    parse_addresses,
    run,
)
from oslab_paging.replacement.replace import count_pages

STORE = Random(10).randbytes(STORE_SIZE)


def config(frames=256, tlb=16, tlb_policy="fifo", page_policy="lru"):
    return BackingConfig("addresses.txt", "store.bin", frames, tlb, tlb_policy, page_policy)


def signed(byte):
    return byte - 256 if byte > 127 else byte


class Plain:
    """The same manager with two lists and nothing else: the next to leave stands first."""

    def __init__(self, frames, tlb, tlb_policy, page_policy):
        self.sizes = {"frames": frames, "tlb": tlb}
        self.policy = {"frames": page_policy, "tlb": tlb_policy}
        self.held = {"frames": [], "tlb": []}
        self.hits = {"frames": 0, "tlb": 0}

    def use(self, where, page):
        """Look a page up, bringing it in; the page that leaves for it."""
        held = self.held[where]
        if page in held:
            self.hits[where] += 1
            if self.policy[where] == "lru":
                held.remove(page)
                held.append(page)
            return None
        victim = held.pop(0) if len(held) == self.sizes[where] else None
        held.append(page)
        return victim

    def access(self, page):
        in_tlb = page in self.held["tlb"]
        victim = self.use("frames", page)
        if victim in self.held["tlb"] and not in_tlb:
            self.held["tlb"].remove(victim)
        self.use("tlb", page)


policies = st.sampled_from(["fifo", "lru"])
configs = st.builds(config, st.integers(1, 12), st.integers(1, 6), policies, policies)
# Few pages, so that some are met again; and more bits than count.
addresses = st.lists(
    st.builds(
        lambda page, offset, high: high << 16 | page << 8 | offset,
        st.integers(0, 15), st.integers(0, 255), st.sampled_from([0, 0, 1, 0xFFFF]),
    ),
    min_size=1, max_size=120,
)  # fmt: skip


@given(configs, addresses)
def test_values_are_those_of_the_store_and_faults_those_of_paging(settings, found):
    metrics = run(settings, found, STORE).metrics
    for address, row in zip(found, metrics["translations"], strict=True):
        assert row["va"] == address % STORE_SIZE
        assert row["pa"] % 256 == row["va"] % 256
        assert row["pa"] < settings.frames * 256
        assert row["value"] == signed(STORE[row["va"]])
    pages = [address % STORE_SIZE // 256 for address in found]
    expected = count_pages(settings.page_policy, settings.frames, pages)
    assert metrics["page_faults"] == expected["faults"]
    assert metrics["evictions"] == expected["evictions"]


@given(configs, addresses)
def test_hits_are_those_of_two_plain_lists(settings, found):
    plain = Plain(settings.frames, settings.tlb_entries, settings.tlb_policy, settings.page_policy)
    for address in found:
        plain.access(address % STORE_SIZE // 256)
    metrics = count(settings, found, STORE)
    assert metrics["tlb_hits"] == plain.hits["tlb"]
    assert metrics["accesses"] - metrics["page_faults"] == plain.hits["frames"]


@given(configs, addresses)
def test_count_gives_the_figures_of_run(settings, found):
    metrics = dict(run(settings, found, STORE).metrics)
    assert len(metrics.pop("translations")) == len(found)
    assert count(settings, found, STORE) == metrics
    assert metrics["tlb_hits"] + metrics["tlb_misses"] == metrics["accesses"]
    assert metrics["tlb_hits"] + metrics["page_faults"] <= metrics["accesses"]


@settings(max_examples=20)
@given(st.permutations(range(256)), policies)
def test_with_a_frame_for_each_page_frames_are_filled_in_order(order, policy):
    found = run(config(page_policy=policy), [page * 256 + 7 for page in order], STORE).metrics
    assert [row["pa"] for row in found["translations"]] == [n * 256 + 7 for n in range(256)]
    assert (found["page_faults"], found["tlb_hits"], found["evictions"]) == (256, 0, 0)


def test_the_first_address_of_the_published_project():
    """16916 is page 66; frame 0 is the first to be filled, so it is at 20."""
    [row] = run(config(), [16916], STORE).metrics["translations"]
    assert (row["va"], row["pa"]) == (16916, 20)


def test_an_evicted_page_is_no_longer_in_the_tlb():
    steps = run(config(frames=2, tlb=16), [0x000, 0x100, 0x200, 0x000], STORE).steps
    assert [step.result["tlb_hit"] for step in steps] == [False] * 4
    assert [step.result["victim"] for step in steps] == [None, None, 0, 1]
    assert steps[-1].state["tlb_pages"].values == (2, 0)


def test_hits_in_the_tlb_keep_a_page_in_memory_under_lru():
    pages = [0, 1, 0, 2, 0]
    assert (
        count(config(frames=2, page_policy="lru"), [p * 256 for p in pages], STORE)["page_faults"]
        == 3
    )
    assert (
        count(config(frames=2, page_policy="fifo"), [p * 256 for p in pages], STORE)["page_faults"]
        == 4
    )


def test_long_lists_are_counted_without_being_kept():
    def many():
        random = Random(1)
        return (random.randrange(STORE_SIZE) for _ in range(10_050))

    found = run(config(), many(), STORE, telling=False)
    assert not found.steps
    assert "translations" not in found.metrics
    assert found.metrics == count(config(), many(), STORE)
    with pytest.raises(InputError, match="at most 10000"):
        run(config(), many(), STORE, telling=True)


def test_lines_are_read_one_by_one():
    taken = []

    def lines():
        for n in range(5):
            taken.append(n)
            yield f"{n}\n"

    stream = parse_addresses(lines(), "x")
    assert next(stream) == 0
    assert taken == [0]


def test_addresses_may_be_in_any_base_with_empty_lines():
    assert list(parse_addresses(["16916\n", "\n", " 0x10 \r\n", "007\n"], "x")) == [16916, 16, 7]


@pytest.mark.parametrize("text", ["abc", "12 13", "-5", "1.5", "9" * 400])
def test_lines_that_are_no_addresses_are_named(text):
    with pytest.raises(InputError, match=r"x\.txt, line 2"):
        list(parse_addresses(["1", text], "x.txt"))


@pytest.mark.parametrize("changes", [{"frames": 0}, {"tlb": 0}, {"frames": 2**30}])
def test_sizes_that_make_no_sense_are_refused(changes):
    with pytest.raises(InputError):
        config(**changes)


def test_memory_holds_what_was_read_in():
    manager = Manager(config(frames=3), STORE)
    for page in (9, 4, 200):
        manager.translate(page * 256)
    assert (
        bytes(manager.memory) == STORE[9 * 256 : 10 * 256] + STORE[1024:1280] + STORE[51200:51456]
    )


# The command.


@pytest.fixture
def project(tmp_path):
    random = Random(3)
    store, listed = tmp_path / "BACKING_STORE.bin", tmp_path / "addresses.txt"
    store.write_bytes(STORE)
    found = [
        random.choice([random.randrange(STORE_SIZE), random.randrange(2000)]) for _ in range(200)
    ]
    listed.write_text("\n".join(map(str, found)) + "\n")
    return ["--addresses", str(listed), "--backing", str(store)], found, tmp_path


def command(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["memory", "backing", *arguments])
    return stop.value.code, *capsys.readouterr()


def test_the_command_gives_figures_and_each_value(capsys, project):
    files, found, _ = project
    code, out, err = command(capsys, *files, "--json")
    assert code == 0, err
    document = json.loads(out)
    expected = count(config(), found, STORE)
    assert document["metrics"]["page_faults"] == expected["page_faults"]
    assert document["metrics"]["tlb_hits"] == expected["tlb_hits"]
    assert [row["value"] for row in document["metrics"]["translations"]] == [
        signed(STORE[va]) for va in found
    ]
    assert not document.get("steps")


def test_steps_are_shown_when_asked_for_and_figures_alone_when_declined(capsys, project):
    files, _, _ = project
    settled = ["--frames", "8", "--tlb", "4", "--tlb-policy", "lru", "--page-policy", "fifo"]
    whole = json.loads(command(capsys, *files, *settled, "--steps", "--json")[1])
    assert len(whole["steps"]) == 200
    assert whole["conventions"]["tlb_policy"] == "lru"
    figures = json.loads(command(capsys, *files, *settled, "--no-steps", "--json")[1])
    assert "translations" not in figures["metrics"]
    assert figures["metrics"].items() <= whole["metrics"].items()


def test_addresses_from_standard_input(capsys, project, monkeypatch):
    files, _, _ = project
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"16916\n62493\n")))
    code, out, _ = command(capsys, "--addresses", "-", *files[2:], "--json")
    assert code == 0
    assert [row["va"] for row in json.loads(out)["metrics"]["translations"]] == [16916, 62493]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_words(capsys, project, language):
    files, _, _ = project
    with pytest.raises(SystemExit):
        main(["--lang", language, "memory", "backing", *files, "--frames", "8", "--steps"])
    out = capsys.readouterr().out
    assert "translate-va" not in out
    assert "$" not in out


@pytest.mark.parametrize(
    ("store", "listed", "named"),
    [
        (STORE[:1000], b"1\n", "too short for a backing store: 1000 bytes"),
        (STORE + b"x", b"1\n", "longer than a backing store"),
        (STORE, b"1\n2\nthree\n4\n", "addresses.txt, line 3"),
        (STORE, b"", "no addresses"),
        (STORE, b"1\n\xff\xfe\n", "line 2: this is not text"),
    ],
)
def test_bad_files_are_named(capsys, tmp_path, store, listed, named):
    (tmp_path / "store.bin").write_bytes(store)
    (tmp_path / "addresses.txt").write_bytes(listed)
    files = [
        "--addresses",
        str(tmp_path / "addresses.txt"),
        "--backing",
        str(tmp_path / "store.bin"),
    ]
    code, _, err = command(capsys, *files)
    assert code == 2
    assert named in err


def test_files_that_are_not_there_are_named(capsys, project):
    files, _, _ = project
    code, _, err = command(capsys, "--addresses", "/no/such", *files[2:])
    assert code == 2
    assert "one address a line" in err
    code, _, err = command(capsys, *files[:2], "--backing", "/no/such")
    assert code == 2
    assert "65,536" in err


@pytest.mark.parametrize("option", [["--frames", "0"], ["--tlb", "x"], ["--tlb-policy", "clock"]])
def test_bad_options_are_named(capsys, project, option):
    files, _, _ = project
    code, _, err = command(capsys, *files, *option)
    assert code == 2
    assert option[0] in err


def test_ratios_are_exact():
    metrics = count(config(), [0, 0, 0], STORE)
    assert (metrics["page_fault_ratio"], metrics["tlb_hit_ratio"]) == (
        Fraction(1, 3),
        Fraction(2, 3),
    )
