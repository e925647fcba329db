"""An inbox in a folder, in memory, on a real S3 server and on a real SFTP server."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingestion.archive import archived_receipts
from ingestion.programme import read_programme
from orchestration.home import SHIPPED_PROGRAMME, Home
from orchestration.inbox import take_inbox
from orchestration.refused import refusals
from orchestration.remote_inbox import InboxError, fetch_inbox, inbox_state

NOW = datetime.now(UTC) + timedelta(minutes=1)
FILES = {
    "Walsall return.csv": b"a,b\n1,2\n",
    "2025/Ward End.csv": b"c\n3\n",
    "2025/~$lock.xlsx": b"x",
    "empty.csv": b"",
}
TAKEN = {"Walsall return.csv", "2025/Ward End.csv", "empty.csv"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "home").mkdir()
    return Home(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        file = tmp_path / "elsewhere" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path / "elsewhere"


@pytest.fixture
def in_memory() -> Iterator[str]:
    import fsspec

    system = fsspec.filesystem("memory")
    for name, content in FILES.items():
        system.pipe_file(f"/returns/{name}", content)
    yield "memory://returns"
    system.rm("/returns", recursive=True)


@pytest.fixture
def on_s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    values = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "reader", "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "eu-west-2",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    # The server keeps its buckets for as long as the process lives.
    if any(bucket["Name"] == "wmca" for bucket in client.list_buckets()["Buckets"]):
        for listed in client.list_objects_v2(Bucket="wmca").get("Contents", []):
            client.delete_object(Bucket="wmca", Key=listed["Key"])
        client.delete_bucket(Bucket="wmca")
    client.create_bucket(Bucket="wmca", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    for name, content in FILES.items():
        client.put_object(Bucket="wmca", Key=f"returns/{name}", Body=content)
    yield "s3://wmca/returns"
    server.stop()


@pytest.fixture
def on_sftp(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    import asyncssh

    class OneReader(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("reader", "p@ss word")

    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()

    async def serve() -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(
            OneReader, "127.0.0.1", 0, server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder.parent).encode()),
        )  # fmt: skip

    server = loop.run_until_complete(serve())
    port = server.get_port()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {key.export_public_key().decode()}")
    monkeypatch.setenv("RETURNS_INBOX_USER", "reader")
    monkeypatch.setenv("RETURNS_INBOX_PASSWORD", "p@ss word")
    monkeypatch.setenv("RETURNS_INBOX_KNOWN_HOSTS", str(known))
    yield f"sftp://127.0.0.1:{port}/elsewhere"
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@pytest.fixture(params=["a folder", "in_memory", "on_s3", "on_sftp"])
def address(request: pytest.FixtureRequest, folder: Path) -> str:
    return str(folder) if request.param == "a folder" else str(request.getfixturevalue(request.param))


def test_files_are_received_from_anywhere_as_from_a_folder(
    address: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETURNS_INBOX", address)
    programme = read_programme(SHIPPED_PROGRAMME)
    received = take_inbox(home, programme, now=NOW)
    receipts = tuple(archived_receipts(home.archive))
    assert {receipt.file_name: receipt.size_bytes for receipt in receipts} == {name: len(FILES[name]) for name in TAKEN}
    assert received.new == len(TAKEN)
    # The second look changes nothing and finds the same.
    again = take_inbox(home, programme, now=NOW + timedelta(days=1))
    assert (again.files, again.new) == (received.files, 0)
    assert tuple(archived_receipts(home.archive)) == receipts
    assert not home.inbox.exists()


def test_what_the_console_puts_into_the_home_is_received_beside_the_inbox_elsewhere(
    folder: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETURNS_INBOX", str(folder))
    sent = home.inbox / "console" / "walsall" / "0123456789abcdef-return.csv"
    sent.parent.mkdir(parents=True)
    sent.write_bytes(b"a,b\n5,6\n")
    (home.inbox / "the same again.csv").write_bytes(FILES["Walsall return.csv"])
    sent.with_name("open.csv").symlink_to(sent)
    programme = read_programme(SHIPPED_PROGRAMME)
    received = take_inbox(home, programme, now=NOW)
    mine = "console/walsall/0123456789abcdef-return.csv"
    assert sorted(receipt.file_name for receipt in archived_receipts(home.archive)) == sorted([*TAKEN, mine])
    # The same bytes in both inboxes are one receipt.
    assert (received.files, received.new) == (5, 4)
    assert [one.receipt.file_name for one in refusals(home)] == ["console/walsall/open.csv"]
    # What could not be opened there is taken back once it can.
    sent.with_name("open.csv").unlink()
    sent.with_name("open.csv").write_bytes(b"7\n")
    take_inbox(home, programme, now=NOW + timedelta(days=1))
    assert refusals(home) == ()


def test_a_new_file_in_either_inbox_wakes_the_sensor(folder: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.sensors import state_of_inboxes

    monkeypatch.setenv("RETURNS_INBOX", folder.as_uri())
    states = [state_of_inboxes(home)]
    sent = home.inbox / "console" / "walsall" / "return.csv"
    sent.parent.mkdir(parents=True)
    sent.write_bytes(b"1\n")
    states.append(state_of_inboxes(home))
    (folder / "another.csv").write_bytes(b"2\n")
    states += [state_of_inboxes(home), state_of_inboxes(home)]
    assert len(set(states)) == 3
    assert states[2] == states[3]


@pytest.mark.parametrize("place", ["in_memory", "on_s3", "on_sftp"])
def test_only_what_is_new_is_copied_and_what_is_gone_goes(
    place: str, home: Home, request: pytest.FixtureRequest, folder: Path
) -> None:
    address = request.getfixturevalue(place)
    copies = fetch_inbox(address, home)
    first = {file.name: file.stat().st_ino for file in copies.rglob("*.csv")}
    assert {file.name: file.stat().st_ino for file in fetch_inbox(address, home).rglob("*.csv")} == first
    change_and_remove: dict[str, Callable[[], None]] = {
        "in_memory": _change_in_memory,
        "on_s3": _change_on_s3,
        "on_sftp": lambda: _change_in(folder),
    }
    before = inbox_state(address)
    change_and_remove[place]()
    assert inbox_state(address) != before
    found = {
        file.relative_to(copies).as_posix(): file.read_bytes() for file in fetch_inbox(address, home).rglob("*.csv")
    }
    assert found == {"Walsall return.csv": b"a,b\n1,2\n3,4\n", "empty.csv": b""}


def _change_in_memory() -> None:
    import fsspec

    system = fsspec.filesystem("memory")
    system.pipe_file("/returns/Walsall return.csv", b"a,b\n1,2\n3,4\n")
    system.rm("/returns/2025", recursive=True)


def _change_on_s3() -> None:
    import boto3

    client = boto3.client("s3")
    client.put_object(Bucket="wmca", Key="returns/Walsall return.csv", Body=b"a,b\n1,2\n3,4\n")
    client.delete_object(Bucket="wmca", Key="returns/2025/Ward End.csv")


def _change_in(folder: Path) -> None:
    (folder / "Walsall return.csv").write_bytes(b"a,b\n1,2\n3,4\n")
    (folder / "2025" / "Ward End.csv").unlink()


def test_a_file_that_is_far_too_large_is_refused_without_being_copied(
    in_memory: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fsspec

    fsspec.filesystem("memory").pipe_file("/returns/huge.xlsx", bytes(51_000_000))
    monkeypatch.setenv("RETURNS_INBOX", in_memory)
    take_inbox(home, read_programme(SHIPPED_PROGRAMME), now=NOW)
    assert {receipt.file_name for receipt in archived_receipts(home.archive)} == TAKEN
    (refused,) = refusals(home)
    assert "51 MB; a return has at most 50 MB" in refused.refusal.message
    assert (home.build / "inbox" / "huge.xlsx").stat().st_blocks * 512 < 1_000_000


def test_a_name_that_no_disk_can_keep_is_shortened(in_memory: str, home: Home) -> None:
    import fsspec

    for last in ("1", "2"):
        fsspec.filesystem("memory").pipe_file(f"/returns/{'é' * 300}{last}.csv", last.encode())
    copies = sorted(file for file in fetch_inbox(in_memory, home).iterdir() if file.name.startswith("éé"))
    assert [file.suffix for file in copies] == [".csv", ".csv"]
    assert {file.read_bytes() for file in copies} == {b"1", b"2"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("sftp://reader:secret@host/folder", "holds a user or a password"),
        ("/no/such/folder", "There is no inbox at /no/such/folder"),
        ("memory://nothing-here", "There is no inbox at memory://nothing-here"),
        ("gopher://host/x", "no kind of place called gopher"),
        ("sftp:///folder", "names no server"),
        ("sftp://127.0.0.1:1/folder", "cannot be read"),
    ],
)
def test_an_inbox_that_cannot_be_read_is_said_in_one_line(given: str, says: str, home: Home) -> None:
    with pytest.raises(InboxError, match=says) as caught:
        fetch_inbox(given, home)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_nobody_vouched_for_is_not_given_the_password(
    on_sftp: str, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other_hosts").write_text("")
    monkeypatch.setenv("RETURNS_INBOX_KNOWN_HOSTS", str(tmp_path / "other_hosts"))
    with pytest.raises(InboxError, match="cannot be read"):
        fetch_inbox(on_sftp, home)
