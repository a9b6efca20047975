"""The desk: one request in, one durable answer out, whatever it takes."""

import asyncio
import random
import sqlite3
from dataclasses import dataclass
from typing import Any

from divergent_bench.answers import Answer
from divergent_bench.errors import UserError
from divergent_bench.gateway.claims import Claims
from divergent_bench.gateway.commits import GroupCommit
from divergent_bench.gateway.lanes import Lanes
from divergent_bench.gateway.ledger import Ledger
from divergent_bench.providers import llm
from divergent_bench.requests import FREE_PROVIDERS, Request, digest

MAX_ATTEMPTS = 6
FIRST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 60.0
LONGEST_RETRY_AFTER_SECONDS = 120.0  # whoever asks for more is asked by the next run
CLAIM_POLL_SECONDS = 0.2


class NoAnswerError(Exception):
    """There is no answer to this request now; the message is for people."""


@dataclass
class _Inquiry:
    """A request being worked on, and how many wait for its answer."""

    task: "asyncio.Task[str]"
    waiting: int = 0
    paid: bool = False  # sent, or about to be: from here on nobody may call it off


class Desk:
    """Answers requests: from the ledger, by joining an equal one, or by asking the provider."""

    def __init__(self, ledger: Ledger, claims: Claims) -> None:
        self._ledger = ledger
        self._claims = claims
        self._commits = GroupCommit(ledger.add)
        self._lanes = Lanes()
        self._inquiries: dict[str, _Inquiry] = {}
        self._refused: dict[object, str] = {}  # by endpoint and model, or by what was asked of it
        self._failed: dict[str, str] = {}  # by digest
        self._broken: str | None = None
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether any request is being worked on."""
        return bool(self._inquiries)

    def close(self) -> None:
        """Call off everything that was not sent yet, and take nothing more."""
        self._closed = True
        for inquiry in list(self._inquiries.values()):
            if not inquiry.paid:
                inquiry.task.cancel()

    def give_another_chance(self) -> None:
        """Forget what failed: a new run may come with the cause removed."""
        self._refused.clear()
        self._failed.clear()
        self._broken = None

    async def answer(self, request: Request, limits: dict[str, Any]) -> str:
        """Return the answer to `request`, as JSON; for language models it is in the ledger by then.

        Being cancelled calls the request off unless somebody else waits for it or it was sent.

        Raises
        ------
        NoAnswerError
            When there is none.
        """
        if self._closed:
            raise asyncio.CancelledError
        if request["provider"] in FREE_PROVIDERS:
            return await asyncio.to_thread(_free_answer, request)
        name = digest(request)
        inquiry = self._inquiries.get(name)
        if inquiry is None:
            if stored := self._find(name):
                return stored
            if reason := self._failed.get(name):
                raise NoAnswerError(reason)  # as in read-ahead, so for the job that comes for it
            inquiry = _Inquiry(asyncio.create_task(self._ask(name, request, limits)))
            self._inquiries[name] = inquiry
            inquiry.task.add_done_callback(lambda task: self._settle(name, task))
        inquiry.waiting += 1
        try:
            return await asyncio.shield(inquiry.task)
        finally:
            inquiry.waiting -= 1
            if not inquiry.waiting and not inquiry.paid:
                inquiry.task.cancel()

    def _settle(self, name: str, task: "asyncio.Task[str]") -> None:
        del self._inquiries[name]
        if not task.cancelled():
            task.exception()  # when nobody waits any more, nobody else would look at it

    async def _ask(self, name: str, request: Request, limits: dict[str, Any]) -> str:
        await asyncio.to_thread(llm.load_litellm)
        try:
            llm.check(request)
        except llm.ModelRefusedError as error:
            raise NoAnswerError(str(error)) from error
        if stored := await self._claim(name):
            return stored
        try:
            return await self._ask_until_answered(name, request, limits)
        finally:
            self._claims.give_up(name)

    async def _claim(self, name: str) -> str | None:
        while not self._claims.take(name):  # a gateway with other keys is asking for it
            await asyncio.sleep(CLAIM_POLL_SECONDS)
        try:
            stored = self._find(name)
        except NoAnswerError:
            self._claims.give_up(name)
            raise
        if stored:
            self._claims.give_up(name)
        return stored

    async def _ask_until_answered(self, name: str, request: Request, limits: dict[str, Any]) -> str:
        inquiry = self._inquiries[name]
        of_model, of_provider = self._lanes.of(request, limits)
        for attempt in range(1, MAX_ATTEMPTS + 1):
            async with of_model.slot(), of_provider.slot():
                self._check_not_refused(request)
                inquiry.paid = True
                try:
                    return await self._ask_once(name, request, attempt)
                except llm.TransportError as error:
                    fault = error
                finally:
                    inquiry.paid = False
            if not inquiry.waiting or self._closed:
                raise asyncio.CancelledError
            if (fault.retry_after_s or 0) > LONGEST_RETRY_AFTER_SECONDS:
                break
            if attempt < MAX_ATTEMPTS:
                await asyncio.sleep(_pause(attempt, fault.retry_after_s))
        reason = f"{fault} (after {attempt} attempts; the next run tries again)"
        self._failed[name] = reason
        raise NoAnswerError(reason)

    def _check_not_refused(self, request: Request) -> None:
        for scope in (_endpoint(request), _question(request)):
            if reason := self._broken or self._refused.get(scope):
                raise NoAnswerError(reason)

    async def _ask_once(self, name: str, request: Request, attempt: int) -> str:
        try:
            answer = await llm.answer(request)
            answer.attempts = attempt
            return await self._keep(name, request, answer)
        except llm.ModelRefusedError as error:
            scope = _endpoint(request) if error.whole_model else _question(request)
            self._refused[scope] = str(error)
            raise NoAnswerError(str(error)) from error
        except (llm.TransportError, NoAnswerError):
            raise
        except Exception as error:
            # Ours to mend, but not to be paid for again and again in this run.
            self._failed[name] = f"the answer cannot be used: {type(error).__name__}: {error}"
            raise NoAnswerError(self._failed[name]) from error

    def _find(self, name: str) -> str | None:
        try:
            return self._ledger.find(name)
        except (sqlite3.Error, OSError, UserError) as error:
            raise NoAnswerError(f"the ledger cannot be read: {error}") from error

    async def _keep(self, name: str, request: Request, answer: Answer) -> str:
        text: str = answer.to_json()
        try:
            await self._commits.add((name, request, text, answer.answered_at, answer.cost_usd))
        except (sqlite3.Error, OSError, UserError) as error:
            # An answer that cannot be kept must be the last one that is paid for.
            self._broken = (
                f"the ledger cannot be written ({error}); nothing more is sent. "
                "Make room on the disk or mend its permissions, then run again"
            )
            raise NoAnswerError(self._broken) from error
        return text


def _endpoint(request: Request) -> object:
    return request["provider"], request["model"], request["api_base"]


def _question(request: Request) -> object:
    return digest({**request, "seed": None})


def _free_answer(request: Request) -> str:
    from divergent_bench.providers import baseline, recorded  # seldom needed: start without them

    answer = baseline.answer if request["provider"] == "baseline" else recorded.answer
    try:
        return answer(request).to_json()
    except UserError as error:
        raise NoAnswerError(str(error)) from error


def _pause(attempt: int, retry_after_s: float | None) -> float:
    if retry_after_s is not None:
        return retry_after_s + random.uniform(0, 1)
    longest = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** (attempt - 1))
    return random.uniform(longest / 2, longest)
