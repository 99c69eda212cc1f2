from stages.contracts.findings import Finding, Findings, Severity


def finding(kind: str, severity: Severity, cases: tuple[str, ...] = ()) -> Finding:
    return Finding(kind=kind, severity=severity, message="m", cases=cases, remedy="r")


def test_the_most_severe_comes_first() -> None:
    found = Findings.of(
        "d", [finding("b", "note"), finding("z", "severe"), finding("a", "note"), finding("c", "warning")]
    )
    assert [f.kind for f in found.findings] == ["z", "c", "a", "b"]
    assert [f.kind for f in found.at_least("warning")] == ["z", "c"]


def test_a_block_names_three_cases_and_counts_the_others() -> None:
    block = str(finding("k", "severe", ("a", "b", "c", "d", "e")).as_error("raw", ", and 2 more"))
    assert "where:  raw: a, b, c and 2 more" in block
    assert "why:    the finding 'k' is severe, and 2 more" in block
    assert "where:  raw\n" in str(finding("k", "note").as_error("raw"))


def test_cases_whose_names_are_the_finding_are_not_printed() -> None:
    hidden = finding("identifier-in-name", "warning", ("DOE^JOHN",))
    assert "DOE" not in str(hidden.as_error("raw"))
    assert hidden.cases == ("DOE^JOHN",)
