"""Series brought up to date article by article, in the order in which articles are decided on."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from monitors.shifts.firsts import first_stance
from monitors.shifts.observing import HeldStance, observe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitors.records import Shift
    from monitors.shifts.series import Detector, SeriesState

SeriesKey = tuple[str, str]


class SeriesFold:
    """The states of some series, and the stories they rest on as far as they are known.

    `states` holds every series that will be added to; `held` are the stances that the stories in
    question had before.
    """

    def __init__(
        self,
        detector: Detector,
        states: Mapping[SeriesKey, SeriesState],
        held: Iterable[HeldStance] = (),
    ) -> None:
        self.detector = detector
        self._held: dict[tuple[str, str, str], list[HeldStance]] = defaultdict(list)
        self.states = dict(states)
        for stance in held:
            self._held[stance[:3]].append(stance)

    def add(self, stances: Iterable[HeldStance]) -> list[tuple[SeriesKey, Shift]]:
        """Add one article's stances; answer the shifts that they complete, by series.

        A first stance is among them whether or not the topic was watched before.
        """
        touched: dict[tuple[str, str, str], None] = {}
        for stance in stances:
            self._held[stance[:3]].append(stance)
            touched[stance[:3]] = None
        shifts = []
        for actor_id, topic_id, story_id in touched:
            observation = observe(self._held[actor_id, topic_id, story_id])
            if observation is None:
                continue
            key = (actor_id, topic_id)
            before = self.states[key]
            self.states[key], shift = self.detector.step(before, observation)
            shift = shift or self._first(before, self.states[key])
            if shift is not None:
                shifts.append((key, shift))
        return shifts

    def _first(self, before: SeriesState, after: SeriesState) -> Shift | None:
        return first_stance(before, after, self.detector.settings, self.detector.name)
