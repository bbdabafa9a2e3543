"""servers.yaml, the novel's and the user's own: what is wrong is told with file, line and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from comfyvn.bridge.servers import Server, read_servers
from comfyvn.errors import ContractError
from comfyvn.reading import located, read, read_servers_files
from tests.fakes.small_novel import write, write_small_novel

FILE = "providers/servers.yaml"


def servers(root: Path, own: Path) -> dict[str, Server]:
    found: dict[str, Server] = {}
    for source in read_servers_files(root, own):
        with located(source):
            found.update({server.name: server for server in read_servers(source.value, {}, source.file)})
    return found


def test_the_users_own_win_by_name(tmp_path: Path) -> None:
    own = tmp_path / "config" / "servers.yaml"
    assert servers(tmp_path, own) == {}
    write(tmp_path / FILE, "servers:\n  gpu: {url: http://10.0.0.2}\n  other: {url: http://10.0.0.3}\n")
    write(own, "servers:\n  gpu: {url: http://127.0.0.1:8188}\n")
    assert {name: server.url for name, server in servers(tmp_path, own).items()} == {
        "gpu": "http://127.0.0.1:8188",
        "other": "http://10.0.0.3",
    }


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "# ours\nserver:\n  gpu: {}\n",
            [
                'error: unknown key "server"; allowed: servers, voices; did you mean "servers"?',
                f"where: {FILE}:2 $.server",
            ],
        ),
        (
            "servers:\n  gpu: http://127.0.0.1:8188\n",
            [
                "error: a server is written with its url in braces; allowed: gpu: {url: http://127.0.0.1:8188}",
                f"where: {FILE}:2 $.servers.gpu",
            ],
        ),
        (
            "servers:\n  gpu:\n    url: http://127.0.0.1\n    slots: two\n",
            ['error: must be a whole number from 1 to 64; given "two"', f"where: {FILE}:4 $.servers.gpu.slots"],
        ),
        (
            "servers:\n  gpu: {url: [\n",
            ["error: not YAML: expected the node content, but found '<stream end>'", f"where: {FILE}:3"],
        ),
        ("- gpu\n", ["error: the file must begin with `servers:`; allowed: gpu: {url: http://127.0.0.1:8188}",
                     f"where: {FILE}:1 $"]),
        ("a: &x 1\nb: *x\n", ["error: not YAML: aliases (*name) are not used here", f"where: {FILE}:2"]),
    ],
)  # fmt: skip
def test_three_lines_and_the_same_from_check(tmp_path: Path, text: str, lines: list[str]) -> None:
    write_small_novel(tmp_path, {FILE: text})
    with pytest.raises(ContractError) as caught:
        servers(tmp_path, tmp_path / "none.yaml")
    assert caught.value.lines() == [*lines, "to do: correct what the report names, then run `comfyvn check`"]
    assert read(tmp_path).problems == caught.value.problems


def test_the_users_own_file_goes_by_its_whole_name(tmp_path: Path) -> None:
    own = tmp_path / "config" / "servers.yaml"
    for text in ("servers: [", "\nservers: {gpu: 3}\n"):
        write(own, text)
        with pytest.raises(ContractError) as caught:
            servers(tmp_path, own)
        assert {problem.file for problem in caught.value.problems} == {str(own)}
        assert all(problem.line for problem in caught.value.problems)


def test_a_link_is_followed_from_the_users_own_file_and_not_out_of_a_novel(tmp_path: Path) -> None:
    kept = tmp_path / "kept.yaml"
    write(kept, "servers: {gpu: {url: http://10.0.0.2}}\n")
    own = tmp_path / "servers.yaml"
    novel = tmp_path / "novel"
    (novel / "providers").mkdir(parents=True)
    try:
        own.symlink_to(kept)
        (novel / FILE).symlink_to(kept)
    except OSError:
        pytest.skip("this system makes no links")
    assert list(servers(tmp_path, own)) == ["gpu"]
    with pytest.raises(ContractError, match="a link that leads out"):
        servers(novel, own)
