"""axe-core, the engine that browsers' accessibility tools use, from a package of the tests."""

from importlib.resources import files

from playwright.sync_api import Page

AXE = files("axe_playwright_python") / "axe.min.js"

RUN = """() => axe.run({rules: {"color-contrast": {enabled: false}}})
  .then((results) => results.violations)"""


def find_violations(page: Page) -> list[str]:
    """Return the violations of axe's rules, best practices included, contrast excluded.

    Contrast takes most of axe's time, and a test of ours measures it in light and dark.

    Args:
        page: of a context with `bypass_csp`, because the policy forbids scripts from elsewhere.
    """
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate(RUN)
    return [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in violations
        for node in violation["nodes"]
    ]
