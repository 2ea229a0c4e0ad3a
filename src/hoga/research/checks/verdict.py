"""What all findings come to together, in words."""

from collections.abc import Sequence
from html import escape

from msgspec import Struct

from hoga.research.checks.examining import Examination
from hoga.research.checks.looks import LOOKS, Finding, Outcome
from hoga.research.report.words import Words


class Verdict(Struct, frozen=True, kw_only=True):
    """All findings, and what they come to: BAD when one is bad, DOUBT when one is in doubt or unknown, else OK."""

    findings: Sequence[Finding]
    outcome: Outcome
    words: Words

    def _repr_html_(self) -> str:
        """The findings as a table, for a notebook; figures and words of our own, nothing from outside."""
        rows = "".join(
            f"<tr><td>{finding.outcome}</td><td>{finding.name}</td><td>{escape(finding.words.en)}</td></tr>"
            for finding in self.findings
        )
        return f"<p><b>{escape(self.words.en)}</b></p><table>{rows}</table>"


SUMMARY = {
    Outcome.OK: Words(
        "스스로를 속인 흔적을 찾지 못했습니다. 그래도 먼저 모의 거래로, 그다음 적은 금액으로 시작하십시오.",
        "No self-deception was found. Begin on paper all the same, and then with little money.",
    ),
    Outcome.DOUBT: Words(
        "증명되지 않았습니다. 의심스러운 점이 남아 있으니 돈을 걸기 전에 해소하십시오.",
        "Not proven. Doubts remain; clear them up before money is at stake.",
    ),
    Outcome.BAD: Words(
        "이대로 거래하지 마십시오. 아래에 표시된 이유로 백테스트 수익은 믿을 수 없습니다.",
        "Do not trade this. The gain in the backtest cannot be trusted, for the reasons marked below.",
    ),
}


def judge(examined: Examination) -> Verdict:
    """Read an examination."""
    findings = [look(examined) for look in LOOKS]
    outcomes = {finding.outcome for finding in findings}
    worst = Outcome.OK
    if outcomes & {Outcome.DOUBT, Outcome.UNKNOWN}:
        worst = Outcome.DOUBT
    if Outcome.BAD in outcomes:
        worst = Outcome.BAD
    return Verdict(findings=findings, outcome=worst, words=SUMMARY[worst])
