from __future__ import annotations

import torch

from stages.components.training.seed import derive_seed, generator


def test_every_seed_and_purpose_has_draws_of_its_own() -> None:
    seeds = {derive_seed(seed, purpose) for seed in range(50) for purpose in ("weights", "order", "head")}
    assert len(seeds) == 150
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_a_seed_stays_what_it_was() -> None:
    assert derive_seed(0, "weights") == derive_seed(0, "weights") == 2039098572050236917


def test_generators_do_not_touch_each_other_or_the_global_one() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    one, same = generator(0, "a"), generator(0, "a")
    torch.rand(5, generator=generator(0, "b"))
    assert torch.equal(torch.rand(4, generator=one), torch.rand(4, generator=same))
    assert torch.equal(torch.rand(1), expected)
