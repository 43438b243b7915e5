import pytest

from .cases import CASES, report_of_case


@pytest.fixture(params=CASES)
def report(request):
    """Give the report of each hard case; the same one to every test."""
    return report_of_case(request.param)
