"""The cache of this computer over one that a team shares: what is not here is looked up there; what was made is sent.

Nothing of it can fail a build. A shared cache that cannot be reached is told once and put aside until the build ends;
an entry that is not believed, or that is damaged, is counted, told at the end, and its artifact is made. What is still
to be sent stands in `unsent/`, so that neither a kill nor a broken line loses it: `comfyvn cache push` goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from comfyvn.errors import RemoteError, StoreError
from comfyvn.store.cache import Cache, Cached
from comfyvn.store.connections import Refused
from comfyvn.store.entries import ENTRY_LIMIT, FINGERPRINT, CacheEntry, entry_name, object_name, parse
from comfyvn.store.files import move
from comfyvn.store.remote import Remote
from comfyvn.store.sending import Sender
from comfyvn.store.signing import KEY_VARIABLE, Trust

OBJECT_LIMIT = 2**30  # bytes of one file; the same as what is taken from a server
Sent = Literal["sent", "there", "signed", "gone"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sharing:
    """`area` keeps what only this novel believes apart from what every novel of the user does."""

    push: bool = True
    trust: Trust = field(default_factory=Trust)
    area: str = "novel"


class SharedCache(Cache):
    """The same questions as Cache answers; `get` may ask the remote, `share` sends in the background."""

    def __init__(self, folder: Path, remote: Remote, sharing: Sharing) -> None:
        super().__init__(folder)
        self.remote, self.sharing = remote, sharing
        self._apart = Cache(folder, f"apart/{sharing.area}")
        self._unsent = folder / "unsent" / hashlib.sha256(remote.label.encode()).hexdigest()[:16]
        self._guard = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._is_aside = False
        self._refused: Counter[str] = Counter()
        self._damaged: set[str] = set()
        self._sender = Sender(self.send, self._cannot_send)

    # --- taking

    def find(self, fingerprint: str) -> Cached | None:
        return super().find(fingerprint) or self._apart.find(fingerprint)

    def get(self, fingerprint: str) -> Cached | None:
        found = self.find(fingerprint)
        if found is not None or self._is_aside or not FINGERPRINT.fullmatch(fingerprint):
            self.uses.count("near" if found else "missed")
            return found
        found = self.find(fingerprint) if self._take(fingerprint) else None
        self.uses.count("far" if found else "missed")
        return found

    def _take(self, fingerprint: str) -> bool:
        """Brings an entry that is believed here; False where there is none."""
        try:
            return self._fetch(fingerprint)
        except RemoteError as error:
            self._put_aside(error)
        except (StoreError, OSError) as error:
            _log.warning("what the shared cache has cannot be kept here: %s", getattr(error, "what", error))
        return False

    def _fetch(self, fingerprint: str) -> bool:
        try:
            data = self.remote.read(entry_name(fingerprint), ENTRY_LIMIT)
        except Refused:
            return self._refuse("damaged")
        if data is None:
            return False
        entry = parse(data, fingerprint, strict=True)
        if entry is None:
            return self._refuse("damaged")
        entry, belief = self.sharing.trust.believe(entry)
        if not belief:
            return self._refuse("signed with another key" if entry.signature else "not signed")
        if not all(self._bring(digest) for digest in dict.fromkeys(entry.files.values())):
            return self._refuse("damaged")
        (self if belief == "signed" else self._apart).write_entry(entry)
        return True

    def _bring(self, digest: str) -> bool:
        """Whether an object is here now; what arrives is hashed before it gets its name."""
        if self.touch(digest):
            return True
        with self.scratch.file() as scratch:
            try:
                arrived = self.remote.fetch(object_name(digest), scratch, OBJECT_LIMIT)
            except Refused:
                arrived = ""
            if arrived != digest:
                if arrived is not None:
                    self._damaged.add(digest)
                return False
            move(scratch, self.object(digest))
        return True

    def _refuse(self, why: str) -> Literal[False]:
        with self._guard:
            self._refused[why] += 1
        return False

    def _put_aside(self, error: RemoteError) -> None:
        with self._guard:
            is_first, self._is_aside = not self._is_aside, True
        if is_first:
            _log.warning("%s; going on without it (%s)", error.what, self.remote.label)

    @property
    def is_aside(self) -> bool:
        """Whether the shared cache could not be reached in this build."""
        return self._is_aside

    # --- giving

    def share(self, fingerprint: str) -> None:
        if not self.sharing.push:
            return
        with contextlib.suppress(OSError):
            self._note(fingerprint).parent.mkdir(parents=True, exist_ok=True)
            self._note(fingerprint).touch()
        if not self._is_aside:
            self._sender.add(fingerprint)

    def unsent(self) -> list[str]:
        """Fingerprints that a build meant to send and did not."""
        found = (path.name.replace("-", ":", 1) for path in self._unsent.glob("fp*-*"))
        return sorted(name for name in found if FINGERPRINT.fullmatch(name))

    def send(self, fingerprint: str) -> Sent:
        """Sends an entry with the objects that are not there yet. Raises RemoteError, StoreError.

        `there`: the remote has an entry that is believed, which stays; `signed`: it got this team's present signature;
        `gone`: it is not in this computer's cache any more. What was believed of a tracked record or a trusted place is
        never sent: it would get our signature.
        """
        entry = self.entry(fingerprint)
        if entry is None:
            outcome: Sent = "there" if self._apart.entry(fingerprint) else "gone"
        else:
            outcome = self._send(entry) if self.holds(list(entry.files.values())) else "gone"
        self._note(fingerprint).unlink(missing_ok=True)
        return outcome

    def _send(self, mine: CacheEntry) -> Sent:
        keys = self.sharing.trust.keys
        theirs = self._theirs(mine.fingerprint)
        entry = theirs if theirs and self._complete(theirs) else mine
        if entry is mine:
            for digest in dict.fromkeys(mine.files.values()):
                self._send_object(digest)
        elif not keys or keys.is_current(entry):
            return "there"
        self.remote.write(entry_name(entry.fingerprint), keys.sign(replace(entry, signature="")).to_bytes())
        return "sent" if entry is mine else "signed"

    def _theirs(self, fingerprint: str) -> CacheEntry | None:
        """The remote's entry where it stays; None for none, and for one that this team refuses: that is replaced."""
        try:
            data = self.remote.read(entry_name(fingerprint), ENTRY_LIMIT)
        except Refused:
            return None
        entry = parse(data, fingerprint, strict=True) if data else None
        if entry is None:
            return None
        if self.sharing.trust.keys:
            return entry if self.sharing.trust.keys.verify(entry) else None
        # Without a key we can neither judge what others have signed nor put anything better there.
        return entry if entry.signature or self.sharing.trust.believe(entry)[1] else None

    def _complete(self, entry: CacheEntry) -> bool:
        """Whether the remote has, or now gets, every object of its own entry."""
        for digest in dict.fromkeys(entry.files.values()):
            if self.holds([digest]):
                self._send_object(digest)
            elif digest in self._damaged or self.remote.size(object_name(digest)) is None:
                return False
        return True

    def _send_object(self, digest: str) -> None:
        file = self.object(digest)
        try:
            is_there = self.remote.size(object_name(digest)) == file.stat().st_size and digest not in self._damaged
        except Refused:
            is_there = False
        if not is_there:
            self.remote.send(object_name(digest), file)
            self._damaged.discard(digest)

    def _note(self, fingerprint: str) -> Path:
        return self._unsent / fingerprint.replace(":", "-", 1)

    def _cannot_send(self, error: Exception) -> None:
        if not self._is_aside:
            said = getattr(error, "what", error)
            _log.warning("%s; what is made is kept here, `comfyvn cache push` sends it later", said)

    # --- the end of a build

    def hurry(self) -> None:
        self._sender.hurry()

    def close(self) -> list[str]:
        """Waits for uploads as long as they get on; then tells what was refused and what is still to be sent."""
        is_all_sent = self._sender.close() and not self._is_aside
        told = list(self._told(is_all_sent))
        self.remote.close()
        self.uses.write()
        self._begin()
        return told

    def _told(self, is_all_sent: bool) -> Iterator[str]:
        if self._refused:
            count = self._refused.total()
            causes = ", ".join(f"{number} {why}" for why, number in sorted(self._refused.items()))
            yield (
                f"refused from the shared cache: {count} {'entry' if count == 1 else 'entries'} ({causes}); "
                f"made here instead. {_hint(self._refused, bool(self.sharing.trust.keys))}"
            )
        left = len(self.unsent()) if self.sharing.push and not is_all_sent else 0
        if left:
            yield f"{left} not sent to the shared cache yet: `comfyvn cache push` sends {'it' if left == 1 else 'them'}"


def _hint(refused: Counter[str], has_keys: bool) -> str:
    if set(refused) == {"damaged"}:
        return "`comfyvn cache verify --remote` finds what is damaged"
    if has_keys:
        return f"{KEY_VARIABLE} must be the key that your team signs with"
    return f"Set {KEY_VARIABLE} to your team's key, track the records in Git, or say `trusted: true`"
