import pytest

from stages.adapters.suffixes import is_case_name, misnamed, stem_of


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a.nii.gz", "a"), ("ward/A.1.NII.GZ", "ward/A.1"), ("a.b.png", "a.b"), ("a.gz", "a.gz"), ("a", "a")],
)
def test_the_stem_is_the_name_without_the_extension_of_a_case(name: str, stem: str) -> None:
    assert stem_of(name) == stem
    assert is_case_name(name) == (stem != name)


def test_a_name_without_an_extension_is_never_wrong() -> None:
    assert misnamed("a", "PNG") is None
    assert misnamed("a.txt", "PNG") == "PNG"
