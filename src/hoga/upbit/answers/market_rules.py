"""One market's rules, put together from the three answers that hold them."""

from collections.abc import Sequence

from hoga.model.errors import WireError
from hoga.model.market import Market, TickBand
from hoga.upbit.answers.account import read_chance
from hoga.upbit.answers.quotation import Instrument, read_instruments, read_markets
from hoga.upbit.answers.wallet import WalletStatus, read_list
from hoga.upbit.ticks import bands_for


def read_market(code: str, bodies: Sequence[bytes], wallets: bytes = b"") -> Market:
    """The rules of `code` from the bodies of `orders/chance`, `orderbook/instruments` and `market/all` with details.

    `wallets` is the body of `status/wallet`, empty where there is none.

    `WireError` where one is missing, cannot be read or does not speak of this market: rules are never guessed.
    """
    try:
        chance_body, instruments_body, markets_body = bodies
    except ValueError:
        raise WireError(f"{len(bodies)} of the 3 answers came that tell the rules of {code}.") from None
    chance = read_chance(chance_body)
    if chance.market != code:
        raise WireError(f"The answer speaks of {chance.market}, not of {code}.")
    instrument = next((each for each in read_instruments(instruments_body) if each.market == code), None)
    listing = next((each for each in read_markets(markets_body) if each.code == code), None)
    if instrument is None or not instrument.tick_size or listing is None:
        raise WireError(f"The venue tells no price step for {code}, or does not list it.")
    return Market(
        code=code,
        tick=instrument.tick_size,
        bands=_bands(code, instrument),
        min_total=chance.min_total,
        max_total=chance.max_total,
        bid_fee=chance.bid_fee,
        ask_fee=chance.ask_fee,
        maker_bid_fee=chance.maker_bid_fee,
        maker_ask_fee=chance.maker_ask_fee,
        state=chance.state,
        bid_types=chance.bid_types,
        ask_types=chance.ask_types,
        korean_name=listing.korean_name,
        english_name=listing.english_name,
        warning=listing.warning,
        cautions=listing.cautions,
        wallet=_wallet(code.partition("-")[2], wallets),
    )


def _wallet(currency: str, body: bytes) -> str:
    """Whether a coin can be moved: over every network, over none, or in part; empty where that is not told.

    It says nothing about trading, which goes on while wallets are frozen (as in 2025-11).
    """
    try:
        states = {row.wallet_state for row in read_list(body, WalletStatus) if row.currency == currency}
    except WireError:
        return ""
    if len(states) == 1 and states <= {"working", "paused"}:
        return states.pop()
    return "limited" if states else ""


def _bands(code: str, instrument: Instrument) -> tuple[TickBand, ...]:
    """The published steps, unless the live one is none of them: then the table is out of date and is not used."""
    bands = bands_for(code.partition("-")[0])
    return bands if any(band.tick == instrument.tick_size for band in bands) else ()
