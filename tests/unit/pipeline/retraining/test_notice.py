from __future__ import annotations

from pipeline.retraining.notice import Notice, post
from tests.flow.webhook import Webhook

NOTICE = Notice("project", "schedule: new cases", "3 added", "2 stages ran", "", "promoted as v2", None)


def test_the_text_has_a_line_for_each_fact_that_is_known() -> None:
    assert str(NOTICE).splitlines() == [
        "medgraft retrained in project",
        "Why: schedule: new cases",
        "Changed: 3 added",
        "Done: 2 stages ran",
        "Decision: promoted as v2",
    ]


def test_a_webhook_gets_the_text_as_json() -> None:
    with Webhook() as webhook:
        assert post(webhook.url, str(NOTICE), lambda *_: None)
    assert webhook.texts == [str(NOTICE)]


def test_that_nobody_listens_is_said_without_the_address_which_is_a_secret() -> None:
    said: list[str] = []
    assert not post("http://127.0.0.1:9/secret", "text", lambda _, line: said.append(line))
    assert said
    assert "secret" not in said[0]
