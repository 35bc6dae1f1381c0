from __future__ import annotations

import pytest

from scanner.history.scanned import found, is_kept, scanned, scope_of
from tests.history.nights import UNIT, denied, document, error, finding

SNAPSHOT = {"path": "nights/account.json", "kind": "snapshot", "role": "scanned"}
US = "111122223333/us-east-1"


def test_units_are_files_and_accounts_with_what_could_be_read() -> None:
    whole = document(accounts=[UNIT, US], errors=[error("b.yaml"), denied()])
    whole["inputs"] += [SNAPSHOT]
    assert scanned(whole, "x").units == {"a.yaml": "read", "b.yaml": "incomplete", UNIT: "incomplete", US: "read"}


def test_an_error_of_no_region_concerns_the_whole_account() -> None:
    whole = document(files=[], accounts=[UNIT, US, "999988887777/us-east-1"], errors=[denied("iam:ListRoles", "")])
    assert scanned(whole, "x").units == {UNIT: "incomplete", US: "incomplete", "999988887777/us-east-1": "read"}


def test_a_finding_hangs_on_all_that_takes_part_and_is_known() -> None:
    one = found(finding("a.yaml#S", related=["b.yaml", "app/shop.ts", f"aws/{UNIT}/ec2/subnet/s.json"]))
    assert one.units(["b.yaml", "c.yaml", "a.yaml", UNIT, US]) == ["a.yaml", "b.yaml", UNIT]


def test_the_line_belongs_to_what_is_said_and_the_state_does_not() -> None:
    one = found(finding())
    assert one.key == found(finding(verdict="undecided", line=7)).key
    assert one.digest == found(finding(verdict="undecided")).digest
    assert one.digest != found(finding(line=7)).digest
    assert one.digest != found(finding(related=["b.yaml"])).digest


def test_what_an_account_hides_is_no_finding() -> None:
    hidden = finding(f"{UNIT}#ecs:DescribeServices", verdict="undecided", live=True)
    hidden["subject"]["id"] = UNIT
    assert not is_kept(hidden)
    assert not is_kept(finding(verdict="pass"))
    assert is_kept(finding(f"{UNIT}#service", verdict="undecided", live=True))


@pytest.mark.parametrize(
    ("paths", "given", "scope"),
    [
        (["stacks/"], [], "stacks"),
        (["./b.yaml", "a.yaml"], [], "a.yaml b.yaml"),
        (["a.yaml", "a.yaml"], ["with prod.json", "in", "eu-west-1"], "a.yaml with prod.json in eu-west-1"),
        (["./nights/account.json"], [], "account 111122223333"),
        (["nights/account.json", "stacks"], [], "stacks account 111122223333"),
        (["nights"], [], "nights"),
    ],
)
def test_a_scope_is_the_same_every_night(paths: list[str], given: list[str], scope: str) -> None:
    whole = document(accounts=[UNIT, US])
    whole["inputs"] += [SNAPSHOT]
    assert scope_of(paths, whole, given) == scope


def test_a_long_scope_is_cut_and_still_its_own() -> None:
    many = [f"stacks/service-{number}.yaml" for number in range(100)]
    one, other = scope_of(many, document()), scope_of([*many, "zz.yaml"], document())
    assert len(one) <= 120
    assert one != other
