"""A second reading of the rules: what each event makes of an item, told as plainly as can be.

The laws of the kernel compare it with the state. An event that the kernel took in is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dovetail.kernel import Event
from tests.support.facts import Facts, Kid, Trouble, Try

__all__ = ["Reading"]


class Reading(Facts):
    """What the events of an item mean."""

    def put(self, event: Event) -> None:
        """Take an event in, then what follows from it for what is out of play."""
        self.events.append(event)
        name = "_" + event.type.name.lower()
        handler = getattr(self, name, None)  # some change nothing of what is to be done
        if handler is not None:
            handler(event.data)
        for key in self.keys:
            if self.out(key):
                self._overtake(key, "late")
                self.entries.pop(key, None)  # looked at again if it ever comes back
                self._forget(b for b in self.blockers if b.of_attempts and b.steps == (key,))

    def _forget(self, blockers: Iterable[Trouble]) -> None:
        for blocker in blockers:
            blocker.open = False

    def _overtake(self, key: str, how: str) -> None:
        for t in self.tries[key]:
            if t.status == "queued":
                t.status = "cancelled"
            elif t.status == "claimed" and t.overtaken is None:
                t.overtaken = how
                for kid in t.kids.values():
                    kid.overtaken = kid.status is None

    def _reopen(self, keys: set[str]) -> None:
        for key in keys:
            self.generation[key] += 1
            self._overtake(key, "superseded")
            self.results.pop(key, None)
            self.fired.pop(key, None)
            self.conditions.pop(key, None)
            self.entries.pop(key, None)
            self.rejected.pop(key, None)
            self.tries_granted[key] = 0
        self.skipped -= keys
        self.redo -= keys
        self.forced -= keys
        self.to_look_at = [c for c in self.to_look_at if c[0] not in keys]
        self.to_raise = [c for c in self.to_raise if c[1] not in keys]
        own = [b for b in self.blockers if b.child is None]
        self._forget(b for b in own if b.type == "done-unmet")
        self._forget(b for b in own if b.of_attempts and b.steps and {*b.steps} <= keys)
        self._forget(b for b in own if b.source is not None and b.source[0] in keys)
        self.good = None
        if any(self.plan.step(k).kind == "integrate" for k in keys):
            self.reverted = False

    def _registered(self, data: Mapping[str, Any]) -> None:
        self.accepted = not data["intake"]
        self.awaited = [*data.get("after", ())]

    def _intake(self, data: Mapping[str, Any]) -> None:
        self.accepted = self.accepted or data["decision"] in ("accept", "link", "override")
        self.closed = data["decision"] in ("merge", "close")

    def _dependency_settled(self, data: Mapping[str, Any]) -> None:
        self.awaited.remove(data["item"])

    def _admitted(self, _data: Mapping[str, Any]) -> None:
        self.admitted = True

    def _item_completed(self, _data: Mapping[str, Any]) -> None:
        self.completed = True

    def _item_closed(self, _data: Mapping[str, Any]) -> None:
        self.closed = True
        for t in self.flying():
            t.status = "cancelled" if t.status == "queued" else "superseded"

    def _evaluated(self, data: Mapping[str, Any]) -> None:
        step = data["step"]
        match data["what"]:
            case "when":
                self.conditions[step] = data["holds"]
            case "entry":
                unmet = {c for c, holds in data["criteria"].items() if not holds}
                self.entries[step] = (data["attempt"], unmet)
            case "blockers":
                self.to_look_at.remove((step, data["attempt"]))
                watched = [k for k, b in sorted(self.plan.blockers.items()) if b.when is not None]
                raised = [k for k in watched if k in data["raised"]]
                self.to_raise += [(k, step, data["attempt"]) for k in raised]
            case "pause":
                self._kid(data).pauses = data["holds"]
            case "done":
                self.good = all(data["criteria"].values())

    def _fired(self, data: Mapping[str, Any]) -> None:
        self.fired[data["step"]] = tuple(data["winners"])

    def _skipped(self, data: Mapping[str, Any]) -> None:
        self.skipped.add(data["step"])
        self.started = True

    def _queued(self, data: Mapping[str, Any]) -> None:
        key = data["step"]
        saw = self.sees(key)
        new = Try(key, data["attempt"], data["generation"], saw)
        self.tries[key].append(new)
        self.started = True

    def _claimed(self, data: Mapping[str, Any]) -> None:
        t = self.named(data)
        t.status, t.executor = "claimed", data["executor"]

    def _completed(self, data: Mapping[str, Any]) -> None:
        self._ended(self.named(data), data)

    def _integrated(self, data: Mapping[str, Any]) -> None:
        self._ended(self.named(data), data)
        self.integrated = True

    def _ended(self, t: Try, data: Mapping[str, Any]) -> None:
        rendered = (t.content or ({}, {}, {}))[2]
        files = {**rendered, **data["artifacts"]}
        t.content = (data.get("outputs", {}), data.get("evidence", {}), files)
        t.status = t.overtaken or "completed"
        if not t.overtaken:
            self._came_to(t)

    def _came_to(self, t: Try) -> None:
        self.results[t.step] = t
        self._watch(t)

    def _watch(self, t: Try) -> None:
        if any(b.when for b in self.plan.blockers.values()):
            self.to_look_at.append((t.step, t.number))

    def _failed(self, data: Mapping[str, Any]) -> None:
        t = self.named(data)
        t.status, t.interrupted = t.overtaken or "failed", data["interrupted"]
        external = self.plan.step(t.step).kind == "external"
        t.waits = t.status == "failed" and external and not t.interrupted

    def _requeued(self, data: Mapping[str, Any]) -> None:
        self.named(data).waits = False

    def _reused(self, data: Mapping[str, Any]) -> None:
        self.results[data["step"]] = self.named(data)

    def _approved(self, data: Mapping[str, Any]) -> None:
        t, gate = self.named(data), self.gate(data["step"])
        assert gate is not None
        if "child" in data:
            kid = self._kid(data)
            kid.approvals.append(data["executor"])
            kid.pause = "approved" if len(kid.approvals) >= gate.approvals else "open"
            return
        t.approvals.append((data["executor"], self.shows(t.step)))
        told = t.content or ({}, {}, {})
        made = ({**told[0], **data.get("outputs", {})}, {**told[1], **data["evidence"]}, {})
        t.content, t.executor = made, data["executor"]
        if len(t.approvals) >= gate.approvals:
            t.status = "completed"
            self._came_to(t)

    def _rejected(self, data: Mapping[str, Any]) -> None:
        self.rejected[data["step"]] = data["to"]
        if "child" in data:
            self._kid(data).pause = "rejected"
            return
        t = self.named(data)
        t.status, t.executor = "rejected", data["executor"]
        self._watch(t)

    def _rework(self, data: Mapping[str, Any]) -> None:
        cause, below = data["gate"], self.below[data["to"]]
        if cause is not None:
            (self.rejections if cause in self.rejected else self.retreats)[cause] += 1
        self._reopen(below)
        self.redo |= below if data.get("force") else {data["to"]}
        self.forced |= below if data.get("force") else set()

    def _reverted(self, data: Mapping[str, Any]) -> None:
        self._reopen(self.below[data["step"]])
        self.reverted, self.integrated, self.completed = True, False, False

    def _blocked(self, data: Mapping[str, Any]) -> None:
        at = data.get("source")
        source = (at[0], at[1]) if at else None
        steps = tuple(data["steps"])
        self.blockers.append(Trouble(data["type"], steps, source, data.get("child")))
        if source is not None:
            self.to_raise = [r for r in self.to_raise if r != (data["type"], *source)]
        if data["type"] == "expression-error" and source is not None:
            self.to_look_at.remove(source)

    def _unblocked(self, data: Mapping[str, Any]) -> None:
        blocker = self.blockers[data["blocker"] - 1]
        blocker.open = False
        for key in blocker.steps if blocker.child is None else ():
            if blocker.type == "attempts-exhausted":
                self.tries_granted[key] += 1
                for t in self.now(key):
                    t.waits = False
            elif blocker.type == "rework-limit":
                self.reworks_granted[key] += 1
            elif blocker.type == "entry-unmet":
                self.entries.pop(key, None)
        if blocker.type == "done-unmet" and blocker.child is None:
            self.good = None

    # --- children

    def _kid(self, data: Mapping[str, Any]) -> Kid:
        return self.named(data).kids[data["child"]]

    def _expanded(self, data: Mapping[str, Any]) -> None:
        t = self.named(data)
        t.expanded, t.version = True, data["version"]
        for e in data["children"]:
            needs = tuple(e.get("needs") or ())
            kid = t.kids[e["key"]] = Kid(e["key"], e["params"], needs, e.get("group"))
            version, old = self._old(t, kid.key)
            if old is None or old.item is None:
                continue
            same = version == t.version and old.params == kid.params and not old.overtaken
            if old.status == "completed" and same and t.step not in self.forced:
                kid.item, kid.status, kid.reused = old.item, old.status, True
                kid.absorbed, kid.rendered, kid.files = old.absorbed, old.rendered, old.files
                if old.pause == "approved":
                    kid.pauses, kid.pause = True, "approved"
            else:
                kid.supersedes = old.item
        t.content = ({}, {}, {path: of for k in t.kids.values() for path, of in k.files.items()})

    def _old(self, t: Try, key: str) -> tuple[str, Kid | None]:
        """Give the last child of a key that an earlier attempt started, and its version."""
        for earlier in reversed(self.tries[t.step][: t.number - 1]):
            if key in earlier.kids and earlier.kids[key].item:
                return earlier.version, earlier.kids[key]
        return "", None

    def _child_started(self, data: Mapping[str, Any]) -> None:
        self._kid(data).item = data["item"]

    def _child_settled(self, data: Mapping[str, Any]) -> None:
        kid = self._kid(data)
        kid.status, kid.settled_at = data["status"], len(self.events)
        self._forget(b for b in self.blockers if b.child == kid.item)

    def _child_rendered(self, data: Mapping[str, Any]) -> None:
        t = self.named(data)
        kid = self._kid(data)
        kid.rendered, kid.files = True, data["artifacts"]
        t.content = ({}, {}, {path: of for k in t.kids.values() for path, of in k.files.items()})

    def _children_absorbed(self, data: Mapping[str, Any]) -> None:
        kids = self.named(data).kids
        for key in data["children"]:
            kids[key].absorbed = True

    def _paused(self, data: Mapping[str, Any]) -> None:
        self._kid(data).pause = "open"
