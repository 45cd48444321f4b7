"""A seeded flow of commands for matching cores, and the fills that it must give.

A command is `[kind, order number, side, price, quantity]`: kind 0 = add a limit order (side 0 buys, 1 sells; price in ticks), 1 = cancel
the order of that number, which is still open. Order numbers count the adds from 1. The fills are computed here by a matcher of sorted
lists that shares nothing with any core: `[taker, maker, price, quantity]`.
"""

from __future__ import annotations

import hashlib
import json
import random
from bisect import insort
from pathlib import Path

ADD, CANCEL = 0, 1
BUY, SELL = 0, 1
MIDDLE = 100_000
CROSSING, CANCELLED = 0.18, 0.30
"""Shares of the mixed flow: orders that reach across the spread, and cancels; the rest are orders that come to rest."""

Command = list[int]
Fill = list[int]


class Reference:
    """Price-time priority the slow and obvious way."""

    def __init__(self) -> None:
        self.sides: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        self.open: dict[int, list[int]] = {}

    def add(self, number: int, side: int, price: int, quantity: int) -> list[Fill]:
        fills: list[Fill] = []
        opposite = self.sides[1 - side]
        while quantity and opposite:
            key, maker = opposite[0]
            maker_price = key if side == BUY else -key
            if (maker_price > price) if side == BUY else (maker_price < price):
                break
            take = min(quantity, self.open[maker][2])
            fills.append([number, maker, maker_price, take])
            quantity -= take
            self.open[maker][2] -= take
            if not self.open[maker][2]:
                del opposite[0], self.open[maker]
        if quantity:
            insort(self.sides[side], (price if side == SELL else -price, number))
            self.open[number] = [side, price, quantity]
        return fills

    def cancel(self, number: int) -> None:
        side, price, _ = self.open.pop(number)
        self.sides[side].remove((price if side == SELL else -price, number))


def mixed(count: int, seed: int) -> tuple[list[Command], list[Fill]]:
    """`count` commands: orders that rest within 200 ticks of a middle that drifts, orders that cross, cancels of open orders."""
    dice = random.Random(seed)  # noqa: S311 - a reproducible flow, not a secret
    reference = Reference()
    commands: list[Command] = []
    fills: list[Fill] = []
    alive: list[int] = []
    number, middle = 0, MIDDLE
    while len(commands) < count:
        draw = dice.random()
        if draw < CANCELLED and alive:
            index = dice.randrange(len(alive))
            alive[index], alive[-1] = alive[-1], alive[index]
            target = alive.pop()
            if target in reference.open:
                reference.cancel(target)
                commands.append([CANCEL, target, 0, 0, 0])
            continue
        number += 1
        middle += dice.choice((-1, 0, 1))
        side, away = dice.randrange(2), min(200, 1 + int(dice.expovariate(0.05)))
        reach = -away if draw < CANCELLED + CROSSING else away
        price = middle - reach if side == BUY else middle + reach
        quantity = dice.randint(1, 100)
        commands.append([ADD, number, side, price, quantity])
        fills += reference.add(number, side, price, quantity)
        if number in reference.open:
            alive.append(number)
    return commands, fills


def deep(resting: int, count: int, seed: int) -> tuple[list[Command], list[Command]]:
    """(orders that build a book of `resting` orders on 20,000 price levels, `count` commands on it that keep its size)."""
    dice = random.Random(seed)  # noqa: S311
    build: list[Command] = []
    for number in range(1, resting + 1):
        side, away = number % 2, 1 + dice.randrange(10_000)
        build.append([ADD, number, side, MIDDLE - away if side == BUY else MIDDLE + away, dice.randint(1, 100)])
    commands: list[Command] = []
    number, alive = resting, list(range(1, resting + 1))
    while len(commands) < count:
        index = dice.randrange(len(alive))
        target = alive[index]
        commands.append([CANCEL, target, 0, 0, 0])
        number += 1
        alive[index] = number
        side, away = number % 2, 1 + dice.randrange(10_000)
        commands.append([ADD, number, side, MIDDLE - away if side == BUY else MIDDLE + away, dice.randint(1, 100)])
    return build, commands


def write(path: Path, commands: list[Command]) -> None:
    path.write_text(json.dumps(commands), "utf-8")


def digest(fills: list[Fill]) -> str:
    """Of maker, price and quantity of each fill, in order: what every core can tell."""
    return hashlib.sha256(json.dumps([fill[1:] for fill in fills]).encode()).hexdigest()[:16]
