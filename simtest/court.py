"""The judge's sittings: is the bot well again, does it agree with the exchange, is what it says at its end true?"""

import asyncio

from hoga.brain.brain import Brain
from hoga.model.orders import Order, OrderState
from simtest.lives import ROUNDS_S, Lives
from simtest.oracle import judge

#: After a storm the bot must be ready within this (I20), plus what is left of a block the venue imposed.
READY_WITHIN_S = 120.0
#: Two rounds of reconciling and then so long until all must agree: the grace of a difference, and answers on their way.
SETTLED_AFTER_S = 30.0
#: A fill may be under way at the moment of judging; what is still wrong after these looks is wrong.
LOOKS, LOOK_EVERY_S = 4, 5.0


class Court(Lives):
    """A world whose bot is judged."""

    async def until_well(self) -> bool:
        """Wait until the bot is ready and no order is in doubt; False, and a violation, when that takes too long."""
        began_s = self.loop.time()
        while why := self._why_not_well():
            if self.loop.time() - began_s > READY_WITHIN_S:
                self.violated(f"I20: not well {READY_WITHIN_S:.0f} s after the storm: {why}")
                return False
            await asyncio.sleep(1.0)
        self.report.slowest_heal_s = max(self.report.slowest_heal_s, self.loop.time() - began_s)
        return True

    async def until_settled(self) -> None:
        """Wait until bot and exchange must agree on everything."""
        # What an earlier life left and this one only looks at would trade on, and each such trade is news for a while.
        known = {str(order.order_id) for order in self._brain().open_orders}
        self.report.sometimes["orphan swept"] += self.exchange.sweep(known)
        await asyncio.sleep(2 * self.every_s() + SETTLED_AFTER_S)

    async def judge(self) -> bool:
        """Compare everything; True when all agrees."""
        found: list[str] = []
        self.check_adopted()
        for _ in range(LOOKS):
            found = self._look()
            if not found:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        self.report.checks += 1
        self.trace("judged", len(found))
        for problem in found:
            self.violated(problem)
        return not found

    async def stop(self, within_s: float) -> None:
        """Ask the bot to stop as Ctrl+C does; what it says of the orders it leaves must be true."""
        bot = self.bot
        if bot is None or bot.desk is None or bot.process.is_dead:
            return
        bot.desk.halt("asked to")
        began_s = self.loop.time()
        while not bot.died.is_set():
            if self.loop.time() - began_s > within_s:
                self.violated(f"I21: not stopped after {within_s:.0f} s")
                return
            await asyncio.sleep(0.5)
        if bot.ended_well:
            self.report.sometimes["stopped, some left open" if bot.left_open else "stopped, nothing left open"] += 1
            for identifier in sorted(bot.found_open - bot.left_open):
                self.violated(f"I21: {identifier} was left open and not told")

    def every_s(self) -> float:
        """How often the present bot reconciles."""
        return ROUNDS_S[-1] if self.bot is None else self.bot.reconcile_every_s

    def _brain(self) -> Brain:
        assert self.bot is not None
        assert self.bot.desk is not None
        return self.bot.desk.brain

    def _why_not_well(self) -> str:
        bot = self.bot
        if bot is None or bot.process.is_dead or bot.desk is None:
            return "there is no bot"
        brain = bot.desk.brain
        if not brain.ready:
            return brain.reason
        unclear = [f"{o.order_id} {o.state}" for o in brain.open_orders if _is_unclear(o)]
        return ", ".join(unclear)

    def _look(self) -> list[str]:
        bot = self.bot
        if bot is None or bot.desk is None or bot.process.is_dead:
            return ["I20: there is no bot"]
        exchange = self.exchange
        problems = judge(
            exchange.orders(),
            exchange.totals(),
            exchange.locked(),
            bot.desk.brain,
            bot.strategy,
            self.asked,
            # What an order locks is known to us by the fee rate read at the start; the venue tells nobody of a new one.
            fees_changed=bool(exchange.faults.counts["mkt.fee"]),
        )
        exchange.running.venue.exchange._clearing.ledger.check()
        if self.loop.failures:
            problems += [f"unhandled: {failure}" for failure in self.loop.failures]
            self.loop.failures.clear()
        return problems + self._rates()

    def _rates(self) -> list[str]:
        if self.crashes_in_storm:
            return []
        tallies = self.exchange.running.venue.pacer.tallies
        return [
            f"I9: {tally.refused_429} x 429 in group {name}" for name, tally in tallies.items() if tally.refused_429
        ]


def _is_unclear(order: Order) -> bool:
    return order.state in {OrderState.SENDING, OrderState.UNKNOWN} or order.has_fill_gap or order.cancel_asked
