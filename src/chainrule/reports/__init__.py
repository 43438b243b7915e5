"""Reports: how a fitted model does on rows it has not seen, as data, as text and as a page."""

from .build import make_report as make_report
from .page import write_html as write_html
from .report import Report as Report
from .terminal import as_text as as_text
from .terminal import print_report as print_report
from .terminal import renderables as renderables
