"""The exercises on limits: mistaken answers are those of a misunderstanding."""

from oslab_multiplex.limits import LimitsConfig
from oslab_multiplex.problems.selectlimit import SelectLimit

# Sockets are 10, 13, 16 …
SERVER = LimitsConfig((), 4096, 4096, None, 0, 1000, 1024, None, None, 10, 3)


def test_the_key_and_the_mistakes():
    problem = SelectLimit()
    key = problem.solve(SERVER, problem.run(SERVER))
    # 10 + 3 · 337 = 1021 is connection 338's; 10 + 3i > 4096 for i = 1363.
    assert key == {"select": 339, "select_fd": 1024, "nfds": 1022, "poll": 1363, "epoll": 1000}
    gives = {name: method(problem, SERVER) for name, method in problem.mistakes().items()}
    assert gives["count-not-number"] == {"select": 1025, "select_fd": 10 + 3 * 1024, "nfds": 3080}
    assert gives["nfds-no-plus-1"] == {"select": 339, "select_fd": 1024, "nfds": 1021}
    assert gives["ulimit-raises"] == {"select": 1363, "select_fd": None, "nfds": 4094}
    assert gives["none-taken"]["select"] == 343
    assert gives["epoll-takes-none"]["epoll"] == 1001
    assert gives["listener-not-counted"]["epoll"] == 1001
