"""Which policy applies to a variant: the first rule that matches, else the store's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from connector.domain.availability import Policy


@dataclass(frozen=True, slots=True)
class Rule:
    """Exactly one of the three is set.  ``sku`` is a shell pattern; categories and tags are compared without case."""

    policy: Policy
    sku: str = ""
    category: str = ""
    tag: str = ""

    def matches(self, sku: str, categories: Sequence[str], tags: Sequence[str]) -> bool:
        if self.sku:
            return fnmatchcase(sku, self.sku)
        if self.category:
            return self.category.casefold() in {one.casefold() for one in categories}
        return bool(self.tag) and self.tag.casefold() in {one.casefold() for one in tags}

    def __str__(self) -> str:
        key, value = next((pair for pair in self._criteria() if pair[1]), ("sku", ""))
        return f"rule {key} = {value}"

    def _criteria(self) -> tuple[tuple[str, str], ...]:
        return (("sku", self.sku), ("category", self.category), ("tag", self.tag))


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """A store's policy and its exceptions."""

    default: Policy = field(default_factory=Policy)
    rules: tuple[Rule, ...] = ()

    def find(self, sku: str, categories: Sequence[str], tags: Sequence[str]) -> tuple[Policy, str]:
        """The policy, and where it stands in words."""
        for rule in self.rules:
            if rule.matches(sku, categories, tags):
                return rule.policy, str(rule)
        return self.default, "the store's policy"
