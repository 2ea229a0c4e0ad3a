"""Refusals that are about the account or its key and not about what was asked: what a person has to do, twice told.

Upbit publishes few of these names, so the table holds those seen, and a name nobody published counts when one of its
words speaks of the member, the identity or a consent. Such a guess stops a run; it never proves that an order is not
there.
"""

import re

from msgspec import Struct


class Restriction(Struct, frozen=True):
    """What the venue wants before it trades for this account again."""

    english: str
    korean: str


_BLOCKED = Restriction(
    "Upbit takes no orders from this account. Log in at upbit.com, read the notice there or ask its support; "
    "start again when it is lifted.",
    "업비트가 이 계정의 주문을 제한했습니다. 업비트에 로그인해 안내를 확인하거나 고객센터에 문의하고, "
    "제한이 풀리면 다시 시작하세요.",
)
_IDENTITY = Restriction(
    "Upbit wants this account's identity confirmed. Log in at upbit.com and finish the check; then start again.",
    "업비트가 고객확인(본인확인)을 요구합니다. 업비트에 로그인해 고객확인을 마친 뒤 다시 시작하세요.",
)
_CONSENT = Restriction(
    "Upbit wants terms to be agreed to. Log in at upbit.com, read and accept them if you wish; then start again.",
    "업비트가 약관 또는 정보 제공 동의를 요구합니다. 업비트에 로그인해 동의 여부를 정한 뒤 다시 시작하세요.",
)
_SECOND_FACTOR = Restriction(
    "Upbit wants the second factor of this account set up. Do so at upbit.com; then start again.",
    "업비트가 2채널 인증 등록을 요구합니다. 업비트에서 인증을 등록한 뒤 다시 시작하세요.",
)

_ADDRESS = Restriction(
    "Upbit does not take this key from the address this machine has on the internet. Register that address for the key "
    "at upbit.com (Open API management; keys that order need a list of addresses), or make a new key; `hoga doctor` "
    "tells what is known. What is open can be cancelled only from a registered address or on Upbit's own pages.",
    "이 컴퓨터의 인터넷 주소(IP)는 이 API Key에 허용되지 않았습니다. "
    "업비트 Open API 관리에서 허용 IP로 등록하거나 새 Key를 만드세요. "
    "남은 주문은 허용된 주소나 업비트 화면에서만 취소할 수 있습니다.",
)

#: Names seen (reliability study of 2026-11, ccxt), and those of the same house style at the sister venues.
RESTRICTIONS: dict[str, Restriction] = {
    "order_disabled_member": _BLOCKED,
    "blocked_member_id": _BLOCKED,
    "thirdparty_agreement_required": _CONSENT,
    "bank_account_required": _IDENTITY,
    "two_factor_auth_required": _SECOND_FACTOR,
    "no_authorization_ip": _ADDRESS,
    "no_authorization_i_p": _ADDRESS,  # the older docs' spelling
}

#: Words in names of tomorrow, the first that is found decides.
_WORDS: dict[str, Restriction] = {
    "kyc": _IDENTITY,
    "identity": _IDENTITY,
    "agreement": _CONSENT,
    "consent": _CONSENT,
    "terms": _CONSENT,
    "member": _BLOCKED,
    "restricted": _BLOCKED,
    "suspended": _BLOCKED,
}


def restriction_of(name: str) -> Restriction | None:
    """What a refusal by this name says of the account, or None where it is about something else."""
    if name in RESTRICTIONS:
        return RESTRICTIONS[name]
    words = set(re.split(r"[^a-z]+", name.lower()))
    return next((restriction for word, restriction in _WORDS.items() if word in words), None)
