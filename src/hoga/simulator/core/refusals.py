"""Everything the simulated venue refuses, in Upbit's names and messages (Upbit docs, REST guide and order pages, 2026).

Where the documents give no message, the text is ours and says the same thing.
"""

from decimal import Decimal

from hoga.model import money
from hoga.model.errors import HogaError

BAD_REQUEST = 400
FORBIDDEN = 403
NOT_FOUND = 404


class Refused(HogaError):  # noqa: N818 - a refusal is the venue's answer, not an error of the venue
    """The venue says no: `name` and `message` go into the error body, `status` is the HTTP status."""

    def __init__(self, name: str, message: str, status: int = BAD_REQUEST) -> None:
        super().__init__(f"{status} {name}: {message}")
        self.name = name
        self.message = message
        self.status = status


def invalid_field(*faults: str) -> Refused:
    """Refuse for missing or senseless fields, e.g. `side is missing`, `side does not have a valid value`."""
    return Refused("validation_error", ", ".join(faults))


def invalid_parameter() -> Refused:
    """Refuse for parameters that do not go together or are out of range."""
    return Refused("invalid_parameter", "잘못된 파라미터")


def unknown_market(code: str) -> Refused:
    """Refuse an order for a market that is not traded."""
    return Refused("notfoundmarket", f"다음 마켓에 없는 종목입니다: {code}")


def market_offline() -> Refused:
    """Refuse while the market is suspended."""
    return Refused("market_offline", "시스템 점검 중입니다. 점검이 완료된 후에 다시 시도해주세요.", FORBIDDEN)


def insufficient_funds(side: str, currency: str) -> Refused:
    """Refuse an order the account cannot pay for."""
    return Refused(f"insufficient_funds_{side}", f"주문 가능한 금액({currency})이 부족합니다.")


def under_min_total(side: str, min_total: Decimal, currency: str) -> Refused:
    """Refuse an order below the market's minimum total."""
    text = f"최소 주문 금액 {money.plain(min_total)} {currency} 이상의 주문을 입력해 주세요."
    return Refused(f"under_min_total_{side}", text)


def over_max_total(side: str, max_total: Decimal, currency: str) -> Refused:
    """Refuse an order above the market's maximum total."""
    text = f"최대 주문 가능 금액 {money.plain(max_total)} {currency} 보다 작은 주문을 입력해 주세요."
    return Refused(f"over_krw_funds_{side}", text)


def invalid_price(side: str) -> Refused:
    """Refuse a limit price that is not on the market's tick."""
    return Refused(f"invalid_price_{side}", "주문가격 단위를 잘못 입력하셨습니다. 확인 후 시도해주세요.")


def invalid_time_in_force() -> Refused:
    """Refuse a time in force that does not fit the order type."""
    return Refused("invalid_time_in_force", "주문조건을 다시 확인해 주세요.")


def invalid_post_only() -> Refused:
    """Refuse `post_only` on anything but a limit order, or together with self-match prevention."""
    return Refused("invalid_post_only", "post_only 주문조건을 다시 확인해 주세요.")


def duplicated_identifier() -> Refused:
    """Refuse an identifier that was ever used before by the account."""
    return Refused("duplicated_identifier", "이미 등록된 identifier입니다.")


def create_error(side: str) -> Refused:
    """Refuse an order that makes no sense as a whole, e.g. a volume on a buy asked in money."""
    return Refused(f"create_{side}_error", "주문 요청 정보가 올바르지 않습니다.")


def order_not_found() -> Refused:
    """Refuse to look up or cancel an order that is not there (or has already ended)."""
    return Refused("order_not_found", "주문을 찾지 못했습니다.", NOT_FOUND)
