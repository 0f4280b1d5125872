"""A form opened in the designer, and its cards on the canvas."""

from playwright.sync_api import Locator, Page

from tests.journeys.sales import Sales


def design(page: Page, office: Sales, form: str) -> None:
    """Open the designer and wait until it takes what one does."""
    page.goto(f"/a/{office.app}/{form}/design")
    page.locator("form-designer[data-ready]").wait_for()


def card(page: Page, path: str) -> Locator:
    """The card of a field."""
    return page.locator(f'[data-canvas] [data-path="{path}"]')
