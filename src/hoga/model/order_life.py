"""The life of one order as a table: what each piece of evidence means in each state, and nothing else decides it.

Theory. Evidence reaches us by three roads (the answer to our POST, the private stream, questions we ask), late, twice
or out of order. So it is *joined*, never believed by turn: executed volume is the greatest seen, fills are a set by
trade id, and a state moves to a higher rank only,

    INTENDED 0 < SENDING 1 < UNKNOWN 2 < WORKING 3 < PARTIAL 4 < DONE, CANCELLED, REJECTED, ABANDONED 5

which makes the end independent of order and repetition: a greatest value has no order. Three things go downwards, and
all three are acts or proofs of our own: the proof that no byte of a first attempt left (SENDING to INTENDED), sending
the same order again after its absence was proven (UNKNOWN to SENDING), and a restart (SENDING to UNKNOWN).

REJECTED and ABANDONED mean that the venue has no such order. Proof of existence overrides both: the order is adopted,
cancelled if it still waits, and a person is told. DONE against CANCELLED is a contradiction of the venue's own rules;
nothing is decided but by the answer to a question by id. What no lawful venue and no correct program can produce is
`x`, a fault of ours, and stops everything.

What a refusal proves depends on the attempt. A first attempt that is refused by a published word leaves no order. A
second one that is refused may be refused *because* the first arrived, so it proves nothing (the rows "again").
"""

from enum import StrEnum

from msgspec import Struct


class OrderState(StrEnum):
    """Where an order is in its life."""

    INTENDED = "intended"
    SENDING = "sending"
    UNKNOWN = "unknown"
    WORKING = "working"
    PARTIAL = "partial"
    DONE = "done"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    ABANDONED = "abandoned"


TERMINAL = frozenset({OrderState.DONE, OrderState.CANCELLED, OrderState.REJECTED, OrderState.ABANDONED})


class Evidence(StrEnum):
    """What we may learn about an order, or do to it."""

    SENT = "sent"
    FORBIDDEN = "forbidden by our own checks"
    NOT_SENT = "proven not sent"
    NOT_SENT_AGAIN = "second attempt proven not sent"
    ACCEPTED = "accepted by the venue"
    UNREADABLE = "answer unreadable or about another order"
    REFUSED = "refused by a published word"
    REFUSED_AGAIN = "second attempt refused"
    REFUSED_UNCLEAR = "refused by an unknown word"
    LIMITED = "too many requests"
    BLOCKED = "blocked for a time"
    BARRED = "key or its scope refused"
    BARRED_AGAIN = "second attempt: key or its scope refused"
    LOST = "answer lost"
    WAIT = "stream: waits"
    TRADE = "stream: traded in part"
    FILLED = "stream: done"
    CANCELLED = "stream: cancelled"
    PREVENTED = "stream: self-match prevented"
    FOUND_OPEN = "question: open"
    FOUND_DONE = "question: done"
    FOUND_CANCELLED = "question: cancelled"
    NOT_FOUND = "question: no such order"
    LISTED = "open orders have it"
    UNLISTED = "open orders lack it"
    CANCEL_ASKED = "cancel wished"
    CANCEL_TAKEN = "cancel taken by the venue"
    CANCEL_REFUSED = "cancel refused by the venue"
    CANCEL_LOST = "answer to a cancel lost"
    ABSENT = "absence proven"
    ABSENT_AGAIN = "absence proven and to be sent again"
    RESTARTED = "the program began anew"
    SUSPENDED = "market suspended"


# A cell: the letter of the next state or `=` (stay), then what follows from it:
#   ?  ask the venue by id              !  tell a person           #  no new orders until a person says so
#   +  it exists although we thought it did not: adopt, cancel, tell a person
#   c  ask the venue to cancel now      r  send the same once more
#   s  suspicious; the third time in a row the market rests        ~  an old answer, only counted
# or `x`: impossible. Whatever the cell, amounts and fills that came with the evidence are joined.
#
#                                I    S    U    W    P    D    C    R    A
TABLE: dict[Evidence, str] = {
    Evidence.SENT:             " S    x    S    x    x    x    x    x    x ",  # 1
    Evidence.FORBIDDEN:        " R    x    x    x    x    x    x    x    x ",
    Evidence.NOT_SENT:         " x    I    =?   =    =    =    =    =    = ",  # 2, first attempt
    Evidence.NOT_SENT_AGAIN:   " x    U?   =?   =    =    =    =    =    = ",
    Evidence.ACCEPTED:         " x    W    W    =    =    =    =    W+   W+ ",  # 3
    Evidence.UNREADABLE:       " x    U?   =?   =    =    =    =    =!   =! ",  # 4
    Evidence.REFUSED:          " x    R    =?   =?!  =?!  =    =    =    = ",  # 5
    Evidence.REFUSED_AGAIN:    " x    U?   =?   =    =    =    =    =    = ",  # 6
    Evidence.REFUSED_UNCLEAR:  " x    U?   =?   =    =    =    =    =    = ",
    Evidence.LIMITED:          " x    U?   =    =    =    =    =    =    = ",  # 7
    Evidence.BLOCKED:          " x    U?   =    =    =    =    =    =    = ",  # 8
    Evidence.BARRED:           " x    R#   =?#  =#   =#   =    =    =    = ",  # 9
    Evidence.BARRED_AGAIN:     " x    U?#  =?#  =#   =#   =    =    =    = ",
    Evidence.LOST:             " x    U?   =?   =    =    =    =    =    = ",  # 10
    Evidence.WAIT:             " x    W    W    =    =    =    =    W+   W+ ",  # 11
    Evidence.TRADE:            " x    P    P    P    =    =    =    P+   P+ ",  # 12
    Evidence.FILLED:           " x    D    D    D    D    =    =?   D+   D+ ",  # 13
    Evidence.CANCELLED:        " x    C    C    C    C    =?   =    C+   C+ ",  # 14
    Evidence.PREVENTED:        " x    W    W    =    =    =    =    W+   W+ ",  # 15
    Evidence.FOUND_OPEN:       " x    W    W    =    =    =~   =~   W+   W+ ",  # 16
    Evidence.FOUND_DONE:       " x    D    D    D    D    =    D!   D+   D+ ",  # 17
    Evidence.FOUND_CANCELLED:  " x    C    C    C    C    C!   =    C+   C+ ",  # 18
    Evidence.NOT_FOUND:        " =    =    =    =s   =s   =    =    =    = ",  # 19
    Evidence.LISTED:           " x    W    W    =    =    =~   =~   W+   W+ ",  # 20
    Evidence.UNLISTED:         " =    =    =    =?   =?   =    =    =    = ",  # 21
    Evidence.CANCEL_ASKED:     " R    =    =c   =c   =c   =    =    =    = ",  # 22
    Evidence.CANCEL_TAKEN:     " x    =    =?   =    =    =    =    =!   =! ",  # 23
    Evidence.CANCEL_REFUSED:   " x    =?   =?   =?   =?   =    =    =    = ",  # 24
    Evidence.CANCEL_LOST:      " x    =c   =c   =c   =c   =    =    =    = ",  # 25
    Evidence.ABSENT:           " x    A    A    x    x    x    x    x    = ",  # 26
    Evidence.ABSENT_AGAIN:     " x    =r   =r   x    x    x    x    x    = ",
    Evidence.RESTARTED:        " R    U?   =?   =?   =?   =    =    =    = ",  # 27
    Evidence.SUSPENDED:        " R    U?   =    =?   =?   =    =    =    = ",  # 28
}  # fmt: skip

#: What an answer to a second or third attempt of the same order means instead.
AGAIN = {
    Evidence.NOT_SENT: Evidence.NOT_SENT_AGAIN,
    Evidence.REFUSED: Evidence.REFUSED_AGAIN,
    Evidence.BARRED: Evidence.BARRED_AGAIN,
}

_LETTER = dict(zip("ISUWPDCRA", OrderState, strict=True))


class Step(Struct, frozen=True):
    """What one piece of evidence means: the next state, and what is to be done about it."""

    state: OrderState
    ask: bool = False
    alert: bool = False
    bar: bool = False
    adopted: bool = False
    cancel: bool = False
    resend: bool = False
    suspect: bool = False
    stale: bool = False
    impossible: bool = False


def _read_cell(here: OrderState, cell: str) -> Step:
    if cell == "x":
        return Step(here, alert=True, impossible=True)
    return Step(
        here if cell[0] == "=" else _LETTER[cell[0]],
        ask="?" in cell,
        alert="!" in cell or "+" in cell or "#" in cell,
        bar="#" in cell,
        adopted="+" in cell,
        cancel="c" in cell,
        resend="r" in cell,
        suspect="s" in cell,
        stale="~" in cell,
    )


#: The table, read: `NEXT[evidence, state]` says what follows.
NEXT: dict[tuple[Evidence, OrderState], Step] = {
    (evidence, state): _read_cell(state, cell)
    for evidence, row in TABLE.items()
    for state, cell in zip(OrderState, row.split(), strict=True)
}
